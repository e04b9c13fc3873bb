import BTreeStore
import Ground

// The second inside of the types of StoreSeam.swift: an engine has what was committed, a tree in memory what the one transaction has changed,
// and those that left their commits to others in the same turn (TurnCommits). A record of that tree has a mark in front of its value: whether
// the engine has the key as well, so that counts need not ask it again, and whether the key is gone.

/// What a transaction does to a record.
private enum OverlayMark: UInt8 {
    /// The engine has it, and the transaction has taken it out.
    case deleted
    /// The engine has no such key.
    case new
    /// In place of what the engine has.
    case replaced
}

extension CatalogError {
    /// A refusal of what the tree of a file alone can.
    static func notOfEngine(_ what: String) -> CatalogError {
        CatalogError(
            .invalidState, "Records are kept by an engine here (a PostgreSQL database), not in a file of Pando's, which alone has \(what).")
    }
}

extension KeyValueStore {
    /// - Throws: where there is an engine.
    func requireFile(_ what: String) throws(CatalogError) {
        if engine != nil { throw CatalogError.notOfEngine(what) }
    }
}

extension KeyValueStore {
    /// Runs `body` while no other thread of this process writes.
    func withTurnHere<Result>(_ body: () throws(CatalogError) -> Result) throws(CatalogError) -> Result {
        // Without a deadline there is one.
        guard let transaction = try beginInTree() else { throw CatalogError(StoreError.closed) }
        let result = try body()
        transaction.rollback()
        return result
    }

    /// Waits for the turn among the threads of this process, and gives it up at once.
    func passTurn() {
        do throws(StoreError) { try store.beginWrite().rollback() } catch {}
    }
}

extension KeyValueStore {
    /// The newest state of an engine if no trip is needed to read what is kept of it.
    var snapshotAtHand: KeyValueSnapshot? { snapshot(of: engine?.viewAtHand) }

    /// The state that transactions begin with which share their commits, if there is one.
    var snapshotOfWrites: KeyValueSnapshot? { snapshot(of: engine?.sharedCommits.viewAtHand) }

    private func snapshot(of view: (any EngineView)?) -> KeyValueSnapshot? {
        guard let view, let emptyTree else { return nil }
        var snapshot = KeyValueSnapshot(emptyTree, view)
        snapshot.counts = engine
        return snapshot
    }
}

extension EngineStore {
    /// What is told of the engine's table.
    struct Figures {
        var byteCount: UInt64
        /// The number of the newest state.
        var number: UInt64
    }

    func figures() throws(CatalogError) -> Figures {
        let number = try newestNumber()
        return Figures(byteCount: try engine.byteCount(), number: number)
    }

    /// Asked of the engine: a state that is kept tells nothing of whether it is there.
    func newestNumber() throws(CatalogError) -> UInt64 {
        let number = try engine.newestNumber()
        // It may be another process's by now.
        _ = try view()
        return number
    }
}

extension FileStatistics {
    /// What is known of an engine's table, in the place of what is known of a file.
    func with(_ figures: EngineStore.Figures) -> FileStatistics {
        var statistics = self
        (statistics.transaction, statistics.fileBytes) = (figures.number, figures.byteCount)
        (statistics.pages, statistics.freePages, statistics.pinnedPages, statistics.records, statistics.depth) = (0, 0, 0, 0, 0)
        return statistics
    }
}

// MARK: - Reading

extension KeyValueSnapshot {
    /// Of a transaction that has changed something, the number that its commit will have at the least.
    func engineNumber(of view: any EngineView) -> UInt64 { hasOverlay ? view.number + 1 : view.number }

    private var hasOverlay: Bool { snapshot.count() > 0 }

    /// What a transaction has made of a key, with its mark; nil if it has not changed it.
    func changedValue(of key: [UInt8]) throws(CatalogError) -> StoredValue? {
        guard hasOverlay, let bytes = try translating({ () throws(StoreError) in try snapshot.get(key.span) }) else { return nil }
        return StoredValue(bytes.span.withBytes { $0 }, owner: snapshot)
    }

    /// - Parameter value: what the transaction's tree has of the key.
    func engineValue(_ key: [UInt8], overlaid value: StoredValue?) throws(CatalogError) -> StoredValue? {
        if let value { return value.undeleted }
        guard let view else { return nil }
        let rows = try view.rows(of: [key])
        return rows.count > 0 ? StoredValue(rows.value(0), among: rows) : nil
    }

    func engineCount(_ interval: KeyInterval, _ view: any EngineView) throws(CatalogError) -> Int {
        if interval.isEmpty { return 0 }
        var count = try view.count(from: interval.lower, to: interval.upper)
        guard hasOverlay else { return count }
        var changes = try overlay(interval)
        while try changes.next() {
            switch OverlayMark(rawValue: try changes.value.mark) {
            case .deleted: count -= 1
            case .new: count += 1
            case .replaced, nil: break
            }
        }
        return count
    }

    /// About how many keys an interval has, to choose a way by; exact with a file. Not noted as read.
    func roughCount(_ interval: KeyInterval) throws(CatalogError) -> Int {
        var snapshot = self
        snapshot.notes = nil
        snapshot.beside = nil
        guard let view, let counts else { return try snapshot.count(interval) }
        if interval.upper == KeyInterval.only(interval.lower).upper { return 1 }
        return try counts.roughCount(interval, view)
    }

    func engineRecord(_ index: Int, in interval: KeyInterval) throws(CatalogError) -> StoredValue? {
        var cursor = try cursor(interval)
        try cursor.skip(index)
        return try cursor.next() ? try cursor.value : nil
    }

    func engineRows(_ interval: KeyInterval, _ reversed: Bool, _ view: any EngineView) -> EngineCursor {
        EngineCursor(view, interval, reversed: reversed, hasOverlay: hasOverlay)
    }

    /// Compares two states by reading them.
    func engineDiffers(from older: KeyValueSnapshot, in intervals: [KeyInterval]) throws(CatalogError) -> Bool {
        for interval in intervals where !interval.isEmpty {
            var new = try cursor(interval)
            var old = try older.cursor(interval)
            while true {
                let isThere = try new.next()
                guard try old.next() == isThere else { return true }
                guard isThere else { break }
                if new.keyBytes != old.keyBytes { return true }
                if try new.value.bytes != old.value.bytes { return true }
            }
        }
        return false
    }

    /// What a transaction has changed, with its marks.
    fileprivate func overlay(_ interval: KeyInterval) throws(CatalogError) -> KeyValueCursor {
        try KeyValueSnapshot(snapshot, nil).cursor(interval)
    }
}

extension StoredValue {
    /// The value of a record that a transaction has changed; nil if it is gone.
    var undeleted: StoredValue? { mark == OverlayMark.deleted.rawValue ? nil : unmarked }
}

extension KeyValueCursor {
    @inline(never) mutating func next(of rows: EngineCursor) throws(CatalogError) -> Bool {
        guard rows.hasOverlay else { return try rows.advance() }
        while true {
            if !rows.merge.isBaseKnown {
                rows.merge.hasBase = try rows.advance()
                rows.merge.isBaseKnown = true
            }
            if !rows.merge.isOverlayKnown {
                do throws(StoreError) { rows.merge.hasOverlay = try cursor.next() } catch { throw CatalogError(error) }
                rows.merge.isOverlayKnown = true
            }
            let order: Int
            switch (rows.merge.hasBase, rows.merge.hasOverlay) {
            case (false, false): return false
            case (true, false): order = -1
            case (false, true): order = 1
            case (true, true):
                let found = cursor.key.withBytes { Bytes.compare(rows.key, $0) }
                order = rows.isReversed ? -found : found
            }
            if order <= 0 { rows.merge.isBaseKnown = false }
            rows.merge.isAtOverlay = order >= 0
            if order < 0 { return true }
            rows.merge.isOverlayKnown = false
            if try overlaidValue.undeleted != nil { return true }
        }
    }

    func value(of rows: EngineCursor) throws(CatalogError) -> StoredValue {
        rows.merge.isAtOverlay ? try overlaidValue.unmarked : StoredValue(rows.value, among: rows.rows)
    }

    mutating func skip(_ n: Int, of rows: EngineCursor) throws(CatalogError) {
        guard rows.hasOverlay else { return try rows.skip(n) }
        for _ in 0..<n { guard try next(of: rows) else { return } }
    }
}

// MARK: - Writing

extension KeyValueTransaction {
    /// Reads the values of keys in one message, before they are asked for. Does nothing with a file.
    mutating func prefetch(_ keys: () throws(CatalogError) -> [[UInt8]]) throws(CatalogError) {
        if let engine { try engine.fetch(try keys()) }
    }

    /// Whether it shares its commit with others, and is little yet, so that more may become a part of it.
    var hasRoomForMore: Bool {
        engine?.shared != nil && transaction.count() < SharedCommits.largestKeyCount / 2
            && transaction.changedByteCount < SharedCommits.largestByteCount / 2
    }

    /// A state of the transaction that nobody notes reads of.
    mutating func frozen(_ engine: EngineTransaction) throws(CatalogError) -> KeyValueSnapshot {
        try engine.goAlone()
        do throws(StoreError) { return KeyValueSnapshot(try transaction.snapshot(), engine.view) } catch { throw CatalogError(error) }
    }

    /// Whether accounts are among what it has changed, which is known of an engine's transaction alone; of a file's it is said of each.
    mutating func changesAccounts() throws(CatalogError) -> Bool {
        guard engine != nil else { return true }
        let changed: Snapshot
        do throws(StoreError) { changed = try transaction.snapshot() } catch { throw CatalogError(error) }
        var cursor = try KeyValueSnapshot(changed, nil).cursor(.prefix(CatalogKeys.users))
        return try cursor.next()
    }

    private func mark(_ key: [UInt8]) throws(CatalogError) -> OverlayMark? {
        guard let bytes = try translating({ () throws(StoreError) in try transaction.get(key.span) }) else { return nil }
        return OverlayMark(rawValue: bytes.span[0])
    }

    func value(_ key: [UInt8], of engine: EngineTransaction) throws(CatalogError) -> [UInt8]? {
        guard let bytes = try translating({ () throws(StoreError) in try transaction.get(key.span) }) else { return try engine.value(key) }
        return bytes.span[0] == OverlayMark.deleted.rawValue ? nil : Array(bytes.copy().dropFirst())
    }

    /// - Throws: `.tooLarge` for a value that the engine does not take.
    private mutating func overlay(_ key: [UInt8], _ value: Span<UInt8>, _ mark: OverlayMark) throws(CatalogError) {
        engine?.willChange(key)
        if value.count > EngineTransaction.harmlessByteCount, let engine { try engine.requireFitting(key, value.count) }
        try putMarked(key, value, mark)
    }

    private mutating func putMarked(_ key: [UInt8], _ value: Span<UInt8>, _ mark: OverlayMark) throws(CatalogError) {
        guard let engine else { return }
        engine.marked.removeAll()
        engine.marked.append(mark.rawValue)
        engine.marked.append(value)
        let marked = engine.marked
        do throws(StoreError) { _ = try transaction.put(key.span, marked.span) } catch { throw CatalogError(error) }
    }

    /// A key that the engine does not have.
    mutating func append(_ key: [UInt8], _ value: Span<UInt8>, of engine: EngineTransaction) throws(CatalogError) {
        // Unless this transaction has taken it out.
        try overlay(key, value, try mark(key) == nil ? .new : mark(key) == .new ? .new : .replaced)
    }

    /// Says that records of an interval are loaded from now on: new ones, in ascending order of their keys.
    mutating func beginToLoad(_ interval: KeyInterval) throws(CatalogError) {
        guard let engine else { return }
        let range = KeyRange(interval)
        engine.beginToSend(amongNone: try translating { () throws(StoreError) in try transaction.count(range) == 0 })
    }

    /// The next of those, which the engine may be given before the commit.
    mutating func load(_ key: [UInt8], _ value: borrowing ByteBuffer) throws(CatalogError) {
        guard let engine, engine.loadsAmongNone else {
            try append(key, value)
            engine?.send(key, value.span)
            return
        }
        try access?.willWrite(key)
        if value.count > EngineTransaction.harmlessByteCount { try engine.requireFitting(key, value.count) }
        try putMarked(key, value.span, .new)
        engine.send(key, value.span)
    }

    mutating func put(_ key: [UInt8], _ value: Span<UInt8>, of engine: EngineTransaction) throws(CatalogError) -> Bool {
        switch try mark(key) {
        case nil:
            let isNew = try engine.value(key) == nil
            try overlay(key, value, isNew ? .new : .replaced)
            return isNew
        case .deleted?:
            try overlay(key, value, .replaced)
            return true
        case let mark?:
            try overlay(key, value, mark)
            return false
        }
    }

    mutating func delete(_ key: [UInt8], of engine: EngineTransaction) throws(CatalogError) -> Bool {
        switch try mark(key) {
        case nil:
            guard try engine.value(key) != nil else { return false }
            try overlay(key, [UInt8]().span, .deleted)
            return true
        case .deleted?: return false
        case .new?:
            engine.willChange(key)
            do throws(StoreError) { _ = try transaction.delete(key.span) } catch { throw CatalogError(error) }
            return true
        case .replaced?:
            try overlay(key, [UInt8]().span, .deleted)
            return true
        }
    }

    mutating func deleteOld(_ key: [UInt8], of engine: EngineTransaction) throws(CatalogError) {
        if try mark(key) == nil { try overlay(key, [UInt8]().span, .deleted) } else { _ = try delete(key, of: engine) }
    }

    /// Key by key: each of them is held until the commit.
    mutating func delete(_ interval: KeyInterval, of engine: EngineTransaction) throws(CatalogError) -> Int {
        if interval.isEmpty { return 0 }
        let before = try frozen(engine)
        var count = 0
        var changes = try before.overlay(interval)
        var seen: Set<[UInt8]> = []
        while try changes.next() {
            let key = changes.keyBytes
            seen.insert(key)
            if try delete(key, of: engine) { count += 1 }
        }
        let rows = EngineCursor(engine.view, interval, reversed: false, hasOverlay: false, onlyKeys: true)
        while try rows.advance() {
            let key = rows.key.copy()
            if seen.contains(key) { continue }
            try overlay(key, [UInt8]().span, .deleted)
            count += 1
        }
        return count
    }

    consuming func commit(
        _ durability: Durability, to engine: EngineTransaction, deferring deferred: DeferredCommits?, _ trouble: WriteTrouble
    ) throws(CatalogError) {
        if engine.sharesTurn { return try leave(to: engine, deferring: deferred, trouble) }
        var changes = try EngineChanges(in: &transaction, sent: engine.sentInterval)
        guard !changes.isEmpty else {
            engine.endTurn()
            return transaction.rollback()
        }
        changes.changesMetadata = changesMetadata
        changes.news = news
        let place = try engine.share(changes, durability)
        if place == nil {
            do throws(CatalogError) { try engine.commit(changes, durability) } catch { throw trouble.noting(error) }
        }
        // What the engine has now, or gets in its time, is not in the tree any more. Whoever waits for the turn may have it.
        transaction.rollback()
        if let place {
            return try Self.wait(for: .sent(place), engine.store, deferring: deferred, trouble)
        }
        trouble.clear()
    }

    /// Ends a part of a turn among processes.
    private consuming func leave(
        to engine: EngineTransaction, deferring deferred: DeferredCommits?, _ trouble: WriteTrouble
    ) throws(CatalogError) {
        // One that has changed nothing waits for those that it may have read.
        guard transaction.count() > 0 || engine.store.turnCommits.count > 0 else {
            engine.endTurn()
            return transaction.rollback()
        }
        let byteCount = transaction.changedByteCount + news.byteCount
        guard !changesMetadata, let place = engine.leave(byteCount, news) else {
            do throws(CatalogError) {
                try engine.send(OverlayTransaction(transaction), changesMetadata: changesMetadata, news)
            } catch {
                throw trouble.noting(error)
            }
            return trouble.clear()
        }
        do throws(StoreError) {
            try transaction.commit(.none)
        } catch {
            engine.store.turnCommits.fail(CatalogError(error), engine.store)
            throw trouble.noted(error)
        }
        try Self.wait(for: .ofTurn(place), engine.store, deferring: deferred, trouble)
    }

    private static func wait(
        for commit: DeferredCommits.Commit, _ store: EngineStore, deferring deferred: DeferredCommits?, _ trouble: WriteTrouble
    ) throws(CatalogError) {
        if let deferred { return deferred.add(commit, store, trouble) }
        do throws(CatalogError) { try commit.wait(store) } catch { throw trouble.noting(error) }
        trouble.clear()
    }
}

extension EngineChanges {
    /// What transactions have changed in the tree.
    ///
    /// - Parameter sent: where those stand that were sent before.
    init(in transaction: inout WriteTransaction, sent: KeyInterval? = nil) throws(CatalogError) {
        self.init()
        let tree: KeyValueSnapshot
        do throws(StoreError) { tree = KeyValueSnapshot(try transaction.snapshot(), nil) } catch { throw CatalogError(error) }
        guard let sent, let end = sent.upper else {
            try add(tree, .all)
            return
        }
        try add(tree, KeyInterval(lower: [], upper: sent.lower))
        try add(tree, KeyInterval(lower: end, upper: nil))
        ahead = { () throws(CatalogError) in
            var changes = EngineChanges()
            try changes.add(tree, sent)
            return changes.inserts
        }
    }

    private mutating func add(_ tree: KeyValueSnapshot, _ interval: KeyInterval) throws(CatalogError) {
        var cursor = try tree.cursor(interval)
        while try cursor.next() {
            let value = try cursor.value
            switch OverlayMark(rawValue: value.mark) {
            case .deleted: deletes.append(cursor.keyBytes)
            case .new: inserts.append((cursor.keyBytes, value.unmarked.bytes))
            case .replaced, nil: puts.append((cursor.keyBytes, value.unmarked.bytes))
            }
        }
    }
}
