import Synchronization

extension Catalog {
    /// More bytes of entries than that are not held: the index is built in parts.
    private static let maximumHeldByteCount = 64 << 20

    /// Builds a whole index at once, from the sorted entries of all documents: in less time than in parts, and into full pages.
    ///
    /// Entries are made without the writer's place; they are only put if nothing at all was written meanwhile, for then they are those of the
    /// newest documents.
    ///
    /// - Returns: Whether nothing is left to do; false if it has to be built in parts.
    /// - Throws: as ``buildIndex(_:of:batch:)``.
    func buildIndexAtOnce(_ id: String, of table: TableConfig) throws(CatalogError) -> Bool {
        // One at a time: another who wants the same index finds it ready then.
        try bulkBuilding.withLock { _ -> Result<Bool, CatalogError> in
            do throws(CatalogError) { return .success(try buildIndexAtOnceAlone(id, of: table)) } catch { return .failure(error) }
        }.get()
    }

    private func buildIndexAtOnceAlone(_ id: String, of table: TableConfig) throws(CatalogError) -> Bool {
        let snapshot = try snapshot()
        guard let table = try snapshot.table(id: table.id), let index = table.indexes.first(where: { $0.id == id }) else { return true }
        guard case .building(let position) = index.state else { return true }
        guard position.isEmpty else { return false }
        let evaluator = try indexEvaluators.evaluator(of: index, in: table)
        var entries = KeyBatch(prefix: evaluator.prefix, capacity: 0)
        var cursor = try snapshot.store.cursor(.prefix(table.documentsPrefix))
        while try cursor.next() {
            let document = try cursor.value.document
            try evaluator.addKeys(of: document, primaryKey: document[field: table.primaryKey] ?? .null, to: &entries)
            if entries.byteCount > Self.maximumHeldByteCount { return false }
        }
        _ = entries.sort()
        guard let duplicates = Duplicates(index.isUnique ? try entries.duplicates(evaluator) : []) else { return false }

        var transaction = try beginWrite()
        guard try store.snapshot().transaction == snapshot.store.transaction else { return false }
        if let error = duplicates.error(index) { throw error }
        try transaction.put(entries, into: index, of: table)
        try transaction.commit(.soft)
        return true
    }
}

extension KeyBatch {
    /// Pairs of documents with the same value, the first few. Nil if that can't be told, because values were cut.
    ///
    /// The keys are entries in order.
    fileprivate func duplicates(_ evaluator: IndexEvaluator) throws(CatalogError) -> [(Datum, Datum)]? {
        var pairs: [(Datum, Datum)] = []
        var last: (value: ArraySlice<UInt8>, primaryKey: Datum)?
        for position in 0..<count {
            let entry = bytes(position).dropFirst(evaluator.prefix.count)
            guard let (count, isCut) = IndexKey.valueByteCount(entry), !isCut else { return nil }
            let (value, primaryKey) = (entry.prefix(count), try IndexKey.decode(Array(entry)).primaryKey)
            if let last, last.value == value, last.primaryKey != primaryKey { pairs.append((last.primaryKey, primaryKey)) }
            if pairs.count == Duplicates.maximumPairCount { break }
            last = (value, primaryKey)
        }
        return pairs
    }
}

extension CatalogTransaction {
    /// Puts all entries of an index, which is ready then.
    fileprivate mutating func put(_ entries: KeyBatch, into index: IndexConfig, of table: TableConfig) throws(CatalogError) {
        for position in 0..<entries.count { try putEntry(entries.key(position), of: table) }
        try store(table.indexes.map { $0.id == index.id ? $0.changed(state: .ready) : $0 }, of: table)
    }
}
