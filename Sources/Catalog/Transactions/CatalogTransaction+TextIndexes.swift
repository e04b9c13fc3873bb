import Ground

// What stands in a text index follows from the table's documents alone, whatever numbers and segments they have in it. So its keys are nobody's to
// lock: two transactions that write different documents don't wait for each other, and one that is set aside has its words made again.

extension CatalogTransaction {
    /// Makes the words that a document is to have in text indexes; of those in which it has others than now. Writes nothing yet, so a
    /// document can be refused.
    ///
    /// - Returns: for each index its words; nil if it is to have none.
    mutating func makeWords(
        of new: Datum?, over old: Datum?, _ indexers: [TextIndexer]
    ) throws(CatalogError) -> [(indexer: TextIndexer, record: DocumentRecord?)] {
        var made: [(indexer: TextIndexer, record: DocumentRecord?)] = []
        for indexer in indexers {
            // Whether the building has come to it or not: its words are not others.
            if let old, let new, indexer.definition.isUnchanged(from: old, to: new) { continue }
            var record: DocumentRecord?
            if let new { record = try indexer.record(of: new, countingSkipped: &skippedLexemes) }
            made.append((indexer, record))
        }
        return made
    }

    /// Brings the words of a document that was written into the text indexes of its table.
    mutating func write(
        _ words: [(indexer: TextIndexer, record: DocumentRecord?)], ofDocumentAt key: [UInt8], in table: TableConfig
    ) throws(CatalogError) {
        for (indexer, record) in words {
            var batch = try beginWords(indexer)
            try add(record, of: table.part(of: key), to: &batch)
            try finish(&batch, of: table)
        }
    }

    /// Takes everything out of a text index.
    mutating func removeAll(from indexer: TextIndexer) throws(CatalogError) {
        let access = store.access.take()
        defer { store.access = access }
        try indexer.writer.removeAll(&store)
    }

    // MARK: Many documents

    /// A text index into which documents come.
    struct WordsBatch {
        let indexer: TextIndexer
        fileprivate var state: TextIndexState
        fileprivate let before: TextIndexState
    }

    mutating func beginWords(_ indexer: TextIndexer) throws(CatalogError) -> WordsBatch {
        let access = store.access.take()
        defer { store.access = access }
        let state = try indexer.writer.state(store)
        return WordsBatch(indexer: indexer, state: state, before: state)
    }

    /// - Parameters:
    ///   - record: nil if the document is gone, or has no words.
    ///   - part: what stands behind `docs:` in the document's key.
    mutating func add(_ record: DocumentRecord?, of part: [UInt8], to batch: inout WordsBatch) throws(CatalogError) {
        let access = store.access.take()
        defer { store.access = access }
        let writer = batch.indexer.writer
        try writer.write(record, of: part, in: &batch.state, &store)
        guard writer.isOverfull(batch.state) else { return }
        try writer.put(batch.state, &store)
        _ = try writer.tidy(&store, takesAll: true)
        batch.state = try writer.state(store)
    }

    mutating func finish(_ batch: inout WordsBatch, of table: TableConfig) throws(CatalogError) {
        let access = store.access.take()
        defer { store.access = access }
        if batch.state != batch.before { try batch.indexer.writer.put(batch.state, &store) }
        if batch.indexer.writer.isUntidy(batch.state) { untidyTables.insert(table.id) }
    }

    // MARK: Building

    /// Throws for what no text index can be.
    func checkTextIndex(_ definition: IndexDefinition, of table: TableConfig) throws(CatalogError) {
        guard !definition.isMulti, !definition.isGeo, !definition.isUnique else {
            throw CatalogError(.notStorable, "A text index can't be `multi`, `geo` or `unique`: it has words and no values.")
        }
        let longest = TextIndexKeys(prefix: table.indexPrefix(of: IndexConfig(name: "", definition, state: .ready))).longest
        guard longest <= catalog.store.maximumKeyByteCount else {
            throw CatalogError(
                .keyTooLong,
                "The keys of a text index take up to \(longest) bytes; the pages of this file have room for "
                    + "\(catalog.store.maximumKeyByteCount).")
        }
    }

    /// Brings the next documents into a text index that is being built. A document that was written meanwhile is in it already.
    mutating func buildTextIndex(
        _ indexer: TextIndexer, from position: [UInt8], of table: TableConfig, batch count: Int
    ) throws(CatalogError) -> Bool {
        var interval = KeyInterval.prefix(table.documentsPrefix)
        if !position.isEmpty { interval.lower = table.documentsPrefix + position + [0] }
        var cursor = try snapshot().store.cursor(interval)
        let end = MonotonicTime.now + Self.buildingTurn
        var batch = try beginWords(indexer)
        var left = count
        var last: [UInt8] = []
        var isAtEnd = false
        while left > 0, left == count || MonotonicTime.now < end {
            try check()
            guard try cursor.next() else {
                isAtEnd = true
                break
            }
            let part = table.part(of: cursor.keyBytes)
            if try !indexer.writer.contains(part, store),
                let record = try indexer.record(of: try cursor.value.document, countingSkipped: &skippedLexemes)
            {
                try add(record, of: part, to: &batch)
            }
            last = part
            left -= 1
        }
        try finish(&batch, of: table)
        // What is built is found fast.
        if isAtEnd { try flush(indexer) }
        let state: IndexConfig.State = isAtEnd ? .ready : .building(through: last)
        try store(table.indexes.map { $0.id == indexer.index.id ? $0.changed(state: state) : $0 }, of: table)
        return isAtEnd
    }

    private mutating func flush(_ indexer: TextIndexer) throws(CatalogError) {
        let access = store.access.take()
        defer { store.access = access }
        if try indexer.writer.state(store).pending > 0 { try indexer.writer.flush(&store) }
    }

    // MARK: Transactions that were set aside

    /// Brings the words of a document into those text indexes of its table that have them made again.
    ///
    /// - Parameters:
    ///   - key: the document's, as a whole.
    ///   - ids: of the indexes.
    mutating func writeWordsAgain(
        ofDocumentAt key: [UInt8], from old: [UInt8]?, to new: [UInt8]?, in table: TableConfig, _ ids: Set<String>
    ) throws(CatalogError) {
        let indexers = table.indexes.filter { ids.contains($0.id) }.compactMap { catalog.textIndexer(of: $0, in: table) }
        guard !indexers.isEmpty else { return }
        try write(try makeWords(of: try Self.document(new), over: try Self.document(old), indexers), ofDocumentAt: key, in: table)
    }

    private static func document(_ bytes: [UInt8]?) throws(CatalogError) -> Datum? {
        guard let bytes else { return nil }
        guard let document = try? Datum(document: bytes) else { throw CatalogError.unreadableDocument }
        return document
    }
}

extension Catalog {
    /// Nil for an index that is no text index.
    func textIndexer(of index: IndexConfig, in table: TableConfig) -> TextIndexer? {
        indexEvaluators.textIndexer(of: index, in: table, limits: options.textIndexLimits)
    }
}
