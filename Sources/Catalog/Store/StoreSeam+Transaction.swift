import BTreeStore
import Ground

/// The one write transaction. Dropping it rolls back.
struct KeyValueTransaction: ~Copyable {
    var transaction: WriteTransaction
    private let trouble: WriteTrouble
    let engine: EngineTransaction?
    /// Whether databases, tables or accounts are changed.
    var changesMetadata = false
    /// What other processes are told of the commit.
    var news = NewsParts()
    /// What others have locked, and what is noted of this one, if there is either.
    var access: TransactionAccess?
    /// What it has changed, as long as that is kept beside the tree.
    var beside: ChangesBeside?

    init(_ transaction: consuming WriteTransaction, _ trouble: WriteTrouble, _ engine: EngineTransaction?) {
        self.transaction = transaction
        self.engine = engine
        self.trouble = trouble
    }

    var isWantedToEnd: Bool { transaction.isWantedToEnd }
    var changedByteCount: Int { transaction.changedByteCount }

    func get(_ key: [UInt8]) throws(CatalogError) -> [UInt8]? {
        try access?.willRead(key)
        if let engine { return try value(key, of: engine) }
        if let changed = beside?.value(of: key) { return changed }
        return try treeValue(key)
    }

    /// A copy of a document, not decoded. Throws `.corrupt` if the value is none.
    func document(at key: [UInt8]) throws(CatalogError) -> Datum? {
        try access?.willRead(key)
        if let engine {
            return try value(key, of: engine).map { bytes throws(CatalogError) in try Datum(document: bytes) }
        }
        if let changed = beside?.value(of: key) { return try changed.map { bytes throws(CatalogError) in try Datum(document: bytes) } }
        let stored: StoredBytes?
        do throws(StoreError) { stored = try transaction.get(key.span) } catch { throw CatalogError(error) }
        guard let stored else { return nil }
        guard let document = stored.span.withBytes({ Datum(copyOfStoredDocument: $0) }) else { throw CatalogError.unreadableDocument }
        return document
    }

    func contains(_ key: [UInt8]) throws(CatalogError) -> Bool {
        try access?.willRead(key)
        if let engine { return try value(key, of: engine) != nil }
        return try isThere(key)
    }

    private func treeValue(_ key: [UInt8]) throws(CatalogError) -> [UInt8]? {
        do throws(StoreError) { return try transaction.get(key.span)?.copy() } catch { throw CatalogError(error) }
    }

    private func isThere(_ key: [UInt8]) throws(CatalogError) -> Bool {
        if let changed = beside?.value(of: key) { return changed != nil }
        do throws(StoreError) { return try transaction.get(key.span) != nil } catch { throw CatalogError(error) }
    }

    mutating func count(_ interval: KeyInterval) throws(CatalogError) -> Int {
        try access?.willRead(interval)
        if let engine { return try frozen(engine).engineCount(interval, engine.view) }
        try beside?.requireNone(in: interval)
        do throws(StoreError) { return Int(try transaction.count(KeyRange(interval))) } catch { throw CatalogError(error) }
    }

    /// Before a record is put: one that is there already may be changed where others only keep it from going away.
    func willPut(_ key: [UInt8]) throws(CatalogError) {
        guard let access, access.isLocked(key) else { return }
        let isThere = if let engine { try self.value(key, of: engine) != nil } else { try isThere(key) }
        try access.willWrite(key, isThere: isThere)
    }

    /// Returns whether the key is new.
    mutating func put(_ key: [UInt8], _ value: borrowing ByteBuffer) throws(CatalogError) -> Bool {
        try willPut(key)
        if let engine { return try put(key, value.span, of: engine) }
        if beside != nil { return try !setBeside(key, value.span.withBytes { $0.copy() }) }
        do throws(StoreError) { return try transaction.put(key.span, value.span) } catch { throw trouble.noted(error) }
    }

    /// Returns whether the key is new.
    mutating func put(_ key: Span<UInt8>, _ value: borrowing ByteBuffer) throws(CatalogError) -> Bool {
        if let access, access.meetsLocks { try willPut(key.withBytes { $0.copy() }) }
        if let engine { return try put(key.withBytes { $0.copy() }, value.span, of: engine) }
        if beside != nil { return try !setBeside(key.withBytes { $0.copy() }, value.span.withBytes { $0.copy() }) }
        do throws(StoreError) { return try transaction.put(key, value.span) } catch { throw trouble.noted(error) }
    }

    /// Returns whether the key is new.
    mutating func put(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(CatalogError) -> Bool {
        if let access, access.meetsLocks { try willPut(key.withBytes { $0.copy() }) }
        if let engine { return try put(key.withBytes { $0.copy() }, value, of: engine) }
        if beside != nil { return try !setBeside(key.withBytes { $0.copy() }, value.withBytes { $0.copy() }) }
        do throws(StoreError) { return try transaction.put(key, value) } catch { throw trouble.noted(error) }
    }

    /// A put of a new key that fills pages, as long as keys come in ascending order.
    mutating func append(_ key: [UInt8], _ value: borrowing ByteBuffer) throws(CatalogError) {
        try access?.willWrite(key)
        if let engine { return try append(key, value.span, of: engine) }
        if let beside { throw beside.refusal }
        do throws(StoreError) { try transaction.append(key.span, value.span) } catch { throw trouble.noted(error) }
    }

    /// A put of a key that is new, wherever it stands.
    mutating func putNew(_ key: Span<UInt8>, _ value: borrowing ByteBuffer) throws(CatalogError) {
        if engine == nil {
            _ = try put(key, value)
        } else {
            try append(key.withBytes { $0.copy() }, value)
        }
    }

    /// Returns whether there was one.
    private mutating func setBeside(_ key: [UInt8], _ value: [UInt8]?) throws(CatalogError) -> Bool {
        guard var changes = beside.take() else { return false }
        defer { beside = changes }
        return try changes.set(key, value) { () throws(CatalogError) in try treeValue(key) }
    }

    /// Returns whether there was one.
    mutating func delete(_ key: [UInt8]) throws(CatalogError) -> Bool {
        try access?.willWrite(key)
        if let engine { return try delete(key, of: engine) }
        if beside != nil { return try setBeside(key, nil) }
        do throws(StoreError) { return try transaction.delete(key.span) } catch { throw trouble.noted(error) }
    }

    /// Deletes what is there, as something says that was read: nobody is asked whether it is.
    mutating func deleteOld(_ key: [UInt8]) throws(CatalogError) {
        guard let engine else {
            _ = try delete(key)
            return
        }
        try access?.willWrite(key)
        try deleteOld(key, of: engine)
    }

    /// Returns how many there were. Cuts whole subtrees, so it costs little whatever their number.
    mutating func delete(_ interval: KeyInterval) throws(CatalogError) -> Int {
        try access?.willWrite(interval)
        if let engine { return try delete(interval, of: engine) }
        if let beside { throw beside.refusal }
        do throws(StoreError) { return Int(try transaction.delete(KeyRange(interval))) } catch { throw CatalogError(error) }
    }

    /// The state that the transaction has made so far.
    ///
    /// - Parameter isShared: whether it goes on sharing its commit while nothing but single keys is read, by one thread.
    mutating func snapshot(isShared: Bool = false) throws(CatalogError) -> KeyValueSnapshot {
        var view: (any EngineView)?
        if let engine {
            if isShared, engine.shared != nil {
                view = SharingView(engine)
            } else {
                try engine.goAlone()
                engine.showsView = true
                view = engine.view
            }
        }
        do throws(StoreError) {
            var snapshot = KeyValueSnapshot(try transaction.snapshot(), view)
            snapshot.notes = access?.notes
            snapshot.counts = engine?.store
            snapshot.beside = beside
            return snapshot
        } catch {
            throw CatalogError(error)
        }
    }

    /// - Parameter deferred: what waits in its place until an engine has it, if others' commits may go along.
    consuming func commit(_ durability: Durability, deferring deferred: DeferredCommits? = nil) throws(CatalogError) {
        let trouble = trouble
        if let engine { return try commit(durability, to: engine, deferring: deferred, trouble) }
        do throws(StoreError) { try transaction.commit(.init(durability)) } catch { throw trouble.noted(error) }
        trouble.clear()
    }

    consuming func rollback() {
        engine?.endTurn()
        transaction.rollback()
    }
}

extension BTreeStore.Durability {
    fileprivate init(_ durability: Durability) {
        self =
            switch durability {
            case .hard: .hard
            case .soft: .soft
            case .none: .none
            }
    }
}
