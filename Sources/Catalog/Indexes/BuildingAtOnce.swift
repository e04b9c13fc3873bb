import Ground

extension Catalog {
    /// Entries that take more are sorted in a file beside this one, or, where there is none, put in parts.
    private var heldByteCount: Int { path == nil ? 64 << 20 : 10 << 20 }
    /// A thread that makes entries of fewer has begun for little.
    private static let entriesForAThread = 10_000

    /// Builds a whole index at once, from the sorted entries of all documents: in less time than in parts, and into full pages.
    ///
    /// Entries are made without the writer's turn; they are only put if no document of the table was written meanwhile, for then they are those
    /// of the newest documents.
    ///
    /// - Returns: Whether nothing is left to do; false if it has to be built in parts.
    /// - Throws: as ``buildIndex(_:of:batch:)``.
    func buildIndexAtOnce(_ id: String, of table: TableConfig, _ cancellation: Cancellation?) throws(CatalogError) -> Bool {
        // One at a time: another who wants the same index finds it ready then.
        try bulkBuilding.withLock { () -> Result<Bool, CatalogError> in
            do throws(CatalogError) { return .success(try buildIndexAtOnceAlone(id, of: table, cancellation)) } catch {
                return .failure(error)
            }
        }.get()
    }

    private func buildIndexAtOnceAlone(_ id: String, of table: TableConfig, _ cancellation: Cancellation?) throws(CatalogError) -> Bool {
        let snapshot = try snapshot()
        guard let table = try snapshot.table(id: table.id), let index = table.indexes.first(where: { $0.id == id }) else { return true }
        guard case .building(let position) = index.state else { return true }
        guard position.isEmpty else { return false }
        if let indexer = textIndexer(of: index, in: table) {
            return try buildTextIndexAtOnce(indexer, of: table, snapshot, cancellation)
        }
        let evaluator = try indexEvaluators.evaluator(of: index, in: table, stoppedBy: cancellation)
        let count = try documentCount(of: table, snapshot)
        let threadCount = threadCount(count, least: Self.entriesForAThread)
        guard let entries = try entries(evaluator, of: table, snapshot, by: threadCount, count, cancellation) else { return false }
        var transaction = try beginWrite(waiting: nil, isLong: true)
        transaction.store.access = nil
        transaction.cancellation = cancellation
        guard let now = try current(table, building: id, since: snapshot, transaction),
            let index = now.indexes.first(where: { $0.id == id }),
            try transaction.put(entries, into: index, of: now)
        else { return false }
        try transaction.commit(.soft)
        return true
    }

    /// The table as it is in a transaction that has just begun, if it has the documents of a state still, and none of the index has been built
    /// since; nil if not. In a file what was written to other tables doesn't count, nor do flushes.
    func current(
        _ table: TableConfig, building id: String, since snapshot: CatalogSnapshot, _ transaction: borrowing CatalogTransaction
    ) throws(CatalogError) -> TableConfig? {
        guard let now = try transaction.currentIfPresent(table), let index = now.indexes.first(where: { $0.id == id }),
            case .building(let position) = index.state, position.isEmpty
        else { return nil }
        let newest = try store.snapshot()
        if newest.transaction == snapshot.store.transaction { return now }
        // An engine would be asked for the whole table while others wait for the turn.
        guard newest.view == nil else { return nil }
        // A text index has numbers of documents that came and went.
        let intervals: [KeyInterval] = [.prefix(table.documentsPrefix), .prefix(table.indexPrefix(of: index))]
        return try newest.differs(from: snapshot.store, in: intervals) ? nil : now
    }

    /// The sorted entries of all documents of a state, by several threads; nil if they are more than can be held, and there is nowhere else to
    /// put them.
    fileprivate func entries(
        _ evaluator: IndexEvaluator, of table: TableConfig, _ snapshot: CatalogSnapshot, by threadCount: Int, _ documentCount: Int,
        _ cancellation: Cancellation?
    ) throws(CatalogError) -> [KeySorter]? {
        let entries = SortedEntries(evaluator, of: table, heldByteCount: heldByteCount / threadCount, path: path)
        let works = [SortedEntries](repeating: entries, count: threadCount)
        return try perform(works, on: documentCount, of: table, snapshot, cancellation)?.map(\.entries)
    }
}

/// The entries of documents in an index, in their order.
private struct SortedEntries: DocumentWork {
    private(set) var entries: KeySorter
    private var maker: EntryMaker
    private let keyStart: Int

    init(_ evaluator: IndexEvaluator, of table: TableConfig, heldByteCount: Int, path: String?) {
        entries = KeySorter(prefix: evaluator.prefix, heldByteCount: heldByteCount, path: path)
        maker = EntryMaker(evaluator, of: table)
        keyStart = table.documentsPrefix.count
    }

    mutating func add(_ cursor: borrowing KeyValueCursor) throws(CatalogError) -> Bool {
        try Self.add(cursor, keyStart, &maker, to: &entries)
    }

    private static func add(
        _ cursor: borrowing KeyValueCursor, _ keyStart: Int, _ maker: inout EntryMaker, to entries: inout KeySorter
    ) throws(CatalogError) -> Bool {
        try entries.add { batch throws(CatalogError) in
            let document = try cursor.storedDocument
            try cursor.withKey { key throws(CatalogError) in
                try maker.add(document, key.dropFirst(keyStart), to: &batch) { () throws(CatalogError) in try cursor.value.document }
            }
        }
    }

    mutating func finish() throws(CatalogError) -> Bool { entries.finish() }
}

extension CatalogTransaction {
    /// Builds a whole index at once, of what this transaction has written as well.
    ///
    /// - Returns: Whether it is ready; false if it has to be built in parts.
    /// - Throws: as ``buildIndex(_:of:batch:)``.
    mutating func buildIndexAtOnce(_ id: String, of table: TableConfig) throws(CatalogError) -> Bool {
        guard let table = try currentIfPresent(table), let index = table.indexes.first(where: { $0.id == id }) else { return true }
        guard case .building(let position) = index.state else { return true }
        guard position.isEmpty, catalog.textIndexer(of: index, in: table) == nil else { return false }
        let evaluator = try catalog.indexEvaluators.evaluator(of: index, in: table, stoppedBy: cancellation)
        // The pages of a transaction are of one thread.
        let state = try snapshot().unnoted
        guard let entries = try catalog.entries(evaluator, of: table, state, by: 1, .max, cancellation) else { return false }
        return try put(entries, into: index, of: table)
    }

    /// Puts all entries of an index, which is ready then.
    ///
    /// - Returns: False if it can't be told whether it is unique, as values were cut.
    /// - Throws: `.duplicateValue` if it should be unique and is not.
    fileprivate mutating func put(_ entries: [KeySorter], into index: IndexConfig, of table: TableConfig) throws(CatalogError) -> Bool {
        let prefix = table.indexPrefix(of: index)
        var key = ByteBuffer()
        var duplicates: DuplicateEntries? = DuplicateEntries()
        try KeySorter.merge(entries) { suffix throws(CatalogError) in
            try check()
            if index.isUnique, duplicates?.isFull == false, try duplicates?.look(at: suffix) == false { duplicates = nil }
            KeyBatch.write(suffix, behind: prefix, to: &key)
            try putEntry(key.span, of: table)
        }
        guard let duplicates else { return false }
        if let error = Duplicates(duplicates.pairs).error(index) { throw error }
        try store(table.indexes.map { $0.id == index.id ? $0.changed(state: .ready) : $0 }, of: table)
        return true
    }
}

/// Looks for documents with the same value among the entries of an index, which come in their order.
private struct DuplicateEntries {
    /// Their primary keys: the first few.
    private(set) var pairs: [(Datum, Datum)] = []
    private var last: (value: [UInt8], primaryKey: Datum)?

    var isFull: Bool { pairs.count == Duplicates.maximumPairCount }

    /// - Parameter suffix: an entry, behind the prefix of its index.
    /// - Returns: False if its value was cut, so that it can't be told.
    mutating func look(at suffix: Span<UInt8>) throws(CatalogError) -> Bool {
        let entry = suffix.withBytes { $0.copy() }
        guard let (count, isCut) = IndexKey.valueByteCount(entry[...]), !isCut else { return false }
        let (value, primaryKey) = (Array(entry.prefix(count)), try IndexKey.decode(entry).primaryKey)
        if let last, last.value == value, last.primaryKey != primaryKey { pairs.append((last.primaryKey, primaryKey)) }
        last = (value, primaryKey)
        return true
    }
}
