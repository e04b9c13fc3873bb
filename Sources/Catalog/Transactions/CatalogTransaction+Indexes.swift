import Ground

extension CatalogTransaction {
    /// Makes an index. It is built by ``buildIndex(_:of:batch:)``; meanwhile every write keeps its entries up to date already. That
    /// of an empty table is ready at once. Throws `.indexExists`, `.tableNotFound`, what compiling the function throws.
    @discardableResult
    public mutating func createIndex(
        _ name: String, on table: TableConfig, _ source: IndexConfig.Source, isMulti: Bool = false, isGeo: Bool = false,
        isUnique: Bool = false
    ) throws(CatalogError) -> IndexConfig {
        let table = try current(table)
        guard table.index(named: name) == nil else {
            throw CatalogError(.indexExists, "Index `\(name.abbreviated)` already exists on table `\(table.qualifiedName)`.")
        }
        guard !isUnique || !isGeo else { throw CatalogError(.notStorable, "A geo index can't be unique.") }
        let isEmpty = try store.count(.prefix(table.documentsPrefix)) == 0
        let definition = IndexDefinition(source, isMulti: isMulti, isGeo: isGeo, isUnique: isUnique)
        let index = IndexConfig(name: name, definition, state: isEmpty ? .ready : .building(through: []))
        try catalog.indexEvaluators.check(index, of: table)
        if index.isText { try checkTextIndex(definition, of: table) }
        try store(table.indexes + [index], of: table)
        note("made the index `\(name)` of `\(table.qualifiedName)`")
        return index
    }

    /// Removes an index with its entries. Throws `.indexNotFound`.
    @discardableResult
    public mutating func dropIndex(_ name: String, of table: TableConfig) throws(CatalogError) -> IndexConfig {
        let table = try current(table)
        let index = try table.existingIndex(name)
        _ = try store.delete(.prefix(table.indexPrefix(of: index)))
        tellEnd(.indexDropped(index.id), ofTable: table.id)
        try store(table.indexes.filter { $0.id != index.id }, of: table)
        note("dropped the index `\(name)` of `\(table.qualifiedName)`")
        return index
    }

    /// Gives an index another name. Throws `.indexNotFound`, and `.indexExists` if the name is taken and may not be overwritten.
    /// - Returns: Whether anything changed.
    @discardableResult
    public mutating func renameIndex(
        _ name: String, of table: TableConfig, to newName: String, overwriting: Bool = false
    ) throws(CatalogError) -> Bool {
        let table = try current(table)
        let index = try table.existingIndex(name)
        guard newName != name else { return false }
        var rest = table.indexes.filter { $0.id != index.id }
        if let old = table.index(named: newName) {
            guard overwriting else {
                throw CatalogError(.indexExists, "Index `\(newName.abbreviated)` already exists on table `\(table.qualifiedName)`.")
            }
            _ = try store.delete(.prefix(table.indexPrefix(of: old)))
            tellEnd(.indexDropped(old.id), ofTable: table.id)
            rest.removeAll { $0.id == old.id }
        }
        try store(rest + [index.changed(name: newName)], of: table)
        note("renamed the index `\(name)` of `\(table.qualifiedName)` to `\(newName)`")
        return true
    }

    /// Brings the next documents into an index that is being built.
    ///
    /// Which documents are in it stands in the table's config and changes in the same transaction, so building may stop anywhere and
    /// go on after a restart. A document that is written meanwhile has its entries put or removed whether or not the building has
    /// come to it: entries follow from the document alone, so putting them again changes nothing.
    ///
    /// - Parameter batch: how many documents at most, and fewer when their functions take long: others wait for the writer's turn.
    /// - Returns: Whether nothing is left to do: the index is ready, or gone, or can't be built.
    /// - Throws: ``CatalogError/Kind/duplicateValue`` if it is unique and two documents have the same value; the message has the keys of
    ///   the first few.
    public mutating func buildIndex(_ id: String, of table: TableConfig, batch: Int = 500) throws(CatalogError) -> Bool {
        guard let table = try currentIfPresent(table), let index = table.indexes.first(where: { $0.id == id }) else { return true }
        guard case .building(let position) = index.state else { return true }
        if let indexer = catalog.textIndexer(of: index, in: table) {
            return try buildTextIndex(indexer, from: position, of: table, batch: batch)
        }
        let evaluator = try catalog.indexEvaluators.evaluator(of: index, in: table, stoppedBy: cancellation)
        var interval = KeyInterval.prefix(table.documentsPrefix)
        if !position.isEmpty { interval.lower = table.documentsPrefix + position + [0] }

        var count = 0
        // In their order they go to the tree's leaves one after the other.
        var entries = KeyBatch(prefix: evaluator.prefix, capacity: batch)
        var last: [UInt8] = []
        var duplicates = Duplicates()
        var cursor = try snapshot().store.cursor(interval)
        let end = MonotonicTime.now + Self.buildingTurn
        var isAtEnd = false
        while count < batch, count == 0 || MonotonicTime.now < end {
            try check()
            guard try cursor.next() else {
                isAtEnd = true
                break
            }
            let document = try cursor.value.document
            let primaryKey = document[field: table.primaryKey] ?? .null
            if index.isUnique {
                let keys = try evaluator.keys(of: document, primaryKey: primaryKey)
                try duplicates.look(for: keys, of: document, evaluator, table, &store)
                for key in keys { try putEntry(key.span, of: table) }
            } else {
                try evaluator.addKeys(of: document, primaryKey: primaryKey, to: &entries)
            }
            last = cursor.keyBytes
            count += 1
        }
        if let error = duplicates.error(index) { throw error }
        _ = entries.sort()
        try putEntries(entries, of: table)
        // The last documents may have been the whole batch; then the next one finds none.
        let isFinished = isAtEnd
        let state: IndexConfig.State = isFinished ? .ready : .building(through: Array(last.dropFirst(table.documentsPrefix.count)))
        try store(table.indexes.map { $0.id == id ? $0.changed(state: state) : $0 }, of: table)
        return isFinished
    }

    /// How long building keeps others from writing.
    static let buildingTurn = Duration.milliseconds(50)

    /// Gives up building an index, whose entries nobody needs any more.
    mutating func markFailed(_ id: String, of table: TableConfig, _ reason: String) throws(CatalogError) {
        guard let table = try currentIfPresent(table), let index = table.indexes.first(where: { $0.id == id }) else { return }
        _ = try store.delete(.prefix(table.indexPrefix(of: index)))
        try store(table.indexes.map { $0.id == id ? $0.changed(state: .failed(reason)) : $0 }, of: table)
    }

    /// A table as this transaction has it, with its present name and indexes. Throws `.tableNotFound`.
    public func current(_ table: TableConfig) throws(CatalogError) -> TableConfig {
        if let current = try currentIfPresent(table) { return current }
        throw CatalogError(.tableNotFound, "Table `\(table.qualifiedName)` does not exist.")
    }

    func currentIfPresent(_ table: TableConfig) throws(CatalogError) -> TableConfig? {
        if let known = newestConfigs?.table(table.qualifiedName, at: metadataNumber), known.id == table.id { return known }
        guard let qualifiedName = try text(at: CatalogKeys.tableID(table.id)) else { return nil }
        let parts = qualifiedName.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let json = try config(at: CatalogKeys.table(named: parts[1], inDatabaseNamed: parts[0])) else {
            return nil
        }
        return try TableConfig(json: json, databaseName: parts[0], at: CatalogKeys.tables + qualifiedName)
    }

    /// Writes the configs of a table's indexes.
    mutating func store(_ indexes: [IndexConfig], of table: TableConfig) throws(CatalogError) {
        let key = CatalogKeys.table(named: table.name, inDatabaseNamed: table.databaseName)
        let stored: Datum
        if let found = try config(at: key) { stored = found } else { stored = try table.json }
        var forms: [Datum] = []
        for index in indexes { forms.append(try index.storedForm) }
        metadataChanges()
        try putConfig(try datum { () throws(DatumError) in try stored.setting("indexes", to: try .array(forms)) }, at: key)
    }
}

// MARK: Entries of documents

/// The changes to the entries of a table's indexes by a change of a document.
struct IndexChanges {
    fileprivate var removed: [[UInt8]] = []
    fileprivate var added: [[UInt8]] = []

    /// Throws if one of the entries is locked.
    func check(_ access: TransactionAccess) throws(CatalogError) {
        for key in removed { try access.willWrite(key) }
        for key in added { try access.willWrite(key) }
    }
}

extension CatalogTransaction {
    /// What changes when the document with `primaryKey` becomes another one; nil stands for none. Writes nothing yet, so a document
    /// can be refused.
    mutating func indexChanges(
        from old: Datum?, to new: Datum?, primaryKey: Datum, of table: TableConfig
    ) throws(CatalogError) -> IndexChanges {
        var changes = IndexChanges()
        for evaluator in knownIndexes {
            if let old, let new, evaluator.isUnchanged(from: old, to: new) { continue }
            let before = try old.map { old throws(CatalogError) in try evaluator.keys(of: old, primaryKey: primaryKey) } ?? []
            let after = try new.map { new throws(CatalogError) in try evaluator.keys(of: new, primaryKey: primaryKey) } ?? []
            if before == after {
                // All the same it may be that the building has not come here yet; it will.
                continue
            }
            for key in after { try checkLength(of: key.span, table) }
            if evaluator.index.isUnique, evaluator.index.failure == nil, let new {
                try Duplicates.refuse(after, of: new, evaluator, table, &store)
            }
            guard !before.isEmpty, !after.isEmpty else {
                changes.removed += before
                changes.added += after
                continue
            }
            let kept = Set(before).intersection(after)
            changes.removed += before.filter { !kept.contains($0) }
            changes.added += after.filter { !kept.contains($0) }
        }
        return changes
    }

    mutating func apply(_ changes: IndexChanges) throws(CatalogError) {
        for key in changes.removed { try store.deleteOld(key) }
        for key in changes.added { try store.putNew(key.span, nothing) }
    }

    mutating func putEntries(_ entries: KeyBatch, of table: TableConfig) throws(CatalogError) {
        var key = ByteBuffer()
        for position in 0..<entries.count {
            try check()
            entries.write(position, to: &key)
            try putEntry(key.span, of: table)
        }
    }

    mutating func putEntry(_ key: Span<UInt8>, of table: TableConfig) throws(CatalogError) {
        try checkLength(of: key, table)
        try store.putNew(key, nothing)
    }

    /// Only files with pages below 4 KiB have a limit that an entry can reach.
    func checkLength(of key: Span<UInt8>, _ table: TableConfig) throws(CatalogError) {
        guard key.count > catalog.store.maximumKeyByteCount else { return }
        throw CatalogError(
            .keyTooLong,
            "An index entry of `\(table.qualifiedName)` takes \(key.count) bytes; the pages of this file have room for "
                + "\(catalog.store.maximumKeyByteCount).")
    }
}

extension TableConfig {
    fileprivate func existingIndex(_ name: String) throws(CatalogError) -> IndexConfig {
        if let index = index(named: name) { return index }
        throw CatalogError(.indexNotFound, "Index `\(name.abbreviated)` was not found on table `\(qualifiedName)`.")
    }
}

// MARK: Building

extension Catalog {
    /// Registers who understands the functions of indexes.
    public func register(_ functions: any IndexFunctions) { indexEvaluators.register(functions) }

    /// Builds an index: all of it at once if nobody writes meanwhile, else a batch of ``CatalogTransaction/buildIndex(_:of:batch:)`` as a
    /// transaction of its own.
    ///
    /// An index that can't be built for what the documents hold is marked as failed.
    /// - Parameter batch: how many documents at most, if it is not to be built at once.
    /// - Parameter cancellation: who may stop it; what was built in earlier transactions stays.
    /// - Returns: false if it is to be called again: there are documents left, or another process of an engine has written meanwhile.
    public func buildIndex(
        _ id: String, of table: TableConfig, batch: Int? = nil, stoppedBy cancellation: Cancellation? = nil
    ) throws(CatalogError) -> Bool {
        do throws(CatalogError) {
            if batch == nil, try buildIndexAtOnce(id, of: table, cancellation) { return true }
            var transaction = try beginWrite(waiting: nil, isLong: true)
            // What others have locked gets its entries when it is put back, or fails then.
            transaction.store.access = nil
            transaction.cancellation = cancellation
            let isFinished = try transaction.buildIndex(id, of: table, batch: batch ?? 500)
            try transaction.commit(.soft)
            return isFinished
        } catch {
            if error.kind == .serializationFailure { return false }
            guard [.duplicateValue, .functionTooSlow, .tooLarge].contains(error.kind) else { throw error }
            do throws(CatalogError) {
                var transaction = try beginWrite()
                transaction.store.access = nil
                // Whoever may not read the table may ask for the reason, so only the builder is told keys.
                try transaction.markFailed(id, of: table, error.kind == .duplicateValue ? Duplicates.failure : error.message)
                try transaction.commit(.soft)
            } catch let refusal {
                // The value that is there twice is found once more.
                if refusal.kind == .serializationFailure { return false }
                throw refusal
            }
            throw error
        }
    }
}
