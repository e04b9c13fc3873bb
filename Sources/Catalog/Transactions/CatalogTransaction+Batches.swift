import Ground

// Many documents at once: they, and the entries of each index, are put in the order of their keys, whatever the order in which
// they come, so that what goes to one page goes there at one time.

extension CatalogTransaction {
    /// Inserts the documents of blocks, whose keys must all be new. While they are put, a second thread makes the entries of their
    /// indexes.
    ///
    /// - Returns: False if a key is taken, or is there twice, or if the table has a unique index. Then, and after an error, only rolling
    ///   back is left.
    /// - Throws: as ``put(_:in:ignoringHook:)``.
    public mutating func insertAll(_ blocks: [DocumentBlock], in table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        // Whether another document has a value is asked when the ones before are written.
        if isHeld || knownIndexes.contains(where: \.index.isUnique) { return false }
        guard let documents = SortedDocuments(blocks, of: table) else { return false }
        let entries = EntriesInTheMaking(knownIndexes, documents, cancellation)
        let making = ForkedWork { entries.make() }
        defer { making.join() }
        guard try put(documents, in: table) else { return false }
        making.join()
        for batch in try entries.result.get() { try putEntries(batch, of: table) }
        for indexer in knownTextIndexes { try putWords(of: documents, indexer, in: table) }
        return true
    }

    private mutating func putWords(
        of documents: SortedDocuments, _ indexer: TextIndexer, in table: TableConfig
    ) throws(CatalogError) {
        var batch = try beginWords(indexer)
        for position in 0..<documents.count {
            try check()
            let (block, stored) = documents[position]
            guard let words = Datum(storedDocument: stored, owner: block).flatMap({ indexer.words(of: $0) }) else { continue }
            try add(words, of: documents.keys.suffix(position).withBytes { $0.copy() }, to: &batch)
        }
        try finish(&batch, of: table)
    }

    private mutating func put(_ documents: SortedDocuments, in table: TableConfig) throws(CatalogError) -> Bool {
        var key = ByteBuffer()
        for position in 0..<documents.count {
            try check()
            let (block, stored) = documents[position]
            documents.keys.write(position, to: &key)
            guard try store.put(key.span, stored.span(of: block)) else { return false }
            if knownExpiry == nil, knownInterest.isNone { continue }
            let part = documents.keys.suffix(position).withBytes { $0.copy() }
            if let knownExpiry, let document = Datum(storedDocument: stored, owner: block),
                let due = try knownExpiry.entry(of: document, part)
            {
                try checkLength(of: due.span, table)
                _ = try store.put(due, nothing)
            }
            if knownInterest.includes(part) { changes().record(part, from: nil, to: stored.copy(), ofTable: table.id, knownInterest) }
        }
        return true
    }
}

/// The documents of many blocks in the order of their keys.
private struct SortedDocuments {
    private let blocks: [DocumentBlock]
    let keys: KeyBatch

    /// Nil if a key is there twice.
    init?(_ blocks: [DocumentBlock], of table: TableConfig) {
        var keys = KeyBatch(prefix: table.documentsPrefix, capacity: blocks.reduce(0) { $0 + $1.count })
        for (number, block) in blocks.enumerated() { keys.add(block.keys) { number << 32 | $0 } }
        guard keys.sort() else { return nil }
        self.blocks = blocks
        self.keys = keys
    }

    var count: Int { keys.count }

    /// A document's stored form, and what keeps it alive.
    subscript(position: Int) -> (block: DocumentBlock, stored: Bytes) {
        let tag = keys[position].tag
        let block = blocks[tag >> 32]
        return (block, block.stored(tag & 0xFFFF_FFFF))
    }
}

/// The entries of all indexes for sorted documents, in their order too. Whoever made it leaves it to the thread that calls ``make()``
/// until that has ended.
private final class EntriesInTheMaking {
    private let evaluators: [IndexEvaluator]
    private let documents: SortedDocuments
    private let cancellation: Cancellation?
    private(set) var result: Result<[KeyBatch], CatalogError> = .success([])

    init(_ evaluators: [IndexEvaluator], _ documents: SortedDocuments, _ cancellation: Cancellation?) {
        self.cancellation = cancellation
        self.evaluators = evaluators
        self.documents = documents
    }

    func make() {
        do throws(CatalogError) {
            var batches: [KeyBatch] = []
            for evaluator in evaluators { batches.append(try entries(evaluator)) }
            result = .success(batches)
        } catch {
            result = .failure(error)
        }
    }

    private func entries(_ evaluator: IndexEvaluator) throws(CatalogError) -> KeyBatch {
        var batch = KeyBatch(prefix: evaluator.prefix, capacity: documents.count)
        let documents = documents
        var finder = evaluator.onlyField.map { FieldFinder($0) }
        for position in 0..<documents.count {
            if let cancellation, cancellation.isCancelled { throw Cancellation.error }
            let (block, stored) = documents[position]
            if finder != nil {
                guard let json = finder?.json(in: StoredDocument(stored)) else { continue }
                let value = StoredDocument.value(json, owner: block)
                try batch.add { bytes throws(CatalogError) in
                    documents.keys.suffix(position).withBytes { IndexKey.append(value, primaryKey: $0, to: &bytes) }
                }
            } else if let document = Datum(storedDocument: stored, owner: block) {
                let key = try PrimaryKey.decode(documents.keys.suffix(position))
                try evaluator.addKeys(of: document, primaryKey: key, to: &batch)
            }
        }
        // Documents came in the order of their primary keys, so it is nearly done where values are short.
        _ = batch.sort()
        return batch
    }
}
