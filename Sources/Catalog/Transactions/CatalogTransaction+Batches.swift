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
        return try insert(documents, in: table) == nil
    }

    /// Whether documents of the table may be put in blocks: nobody has to be asked about each of them before the next one is written.
    package mutating func takesBlocks(_ table: TableConfig) throws(CatalogError) -> Bool {
        try requireWritable(table)
        return !isHeld && knownHook == nil && !knownIndexes.contains(where: \.index.isUnique)
    }

    /// Puts the documents of a block into a table that takes such.
    ///
    /// - Returns: the first of them, in the order in which they came, whose key is taken; nil if all keys are new. Otherwise, and after an
    ///   error, only rolling back is left.
    /// - Throws: as ``put(_:in:ignoringHook:)``.
    package mutating func insert(_ block: DocumentBlock, in table: TableConfig) throws(CatalogError) -> Int? {
        guard try takesBlocks(table) else {
            throw CatalogError(
                .tableNotFound,
                "Table `\(table.qualifiedName)` has got a unique index or a write hook while many documents were put into it. Put them again."
            )
        }
        return try insert(SortedDocuments(block), in: table)
    }

    /// The same; the document is the number of its block, and its position there in the lower half.
    private mutating func insert(_ documents: SortedDocuments, in table: TableConfig) throws(CatalogError) -> Int? {
        guard !knownIndexes.isEmpty else {
            if let taken = try put(documents, in: table) { return taken }
            for indexer in knownTextIndexes { try putWords(of: documents, indexer, in: table) }
            return nil
        }
        let entries = EntriesInTheMaking(knownIndexes, documents, table, cancellation)
        let making = ForkedWork { entries.make() }
        defer { making.join() }
        if let taken = try put(documents, in: table) { return taken }
        making.join()
        for batch in try entries.result.get() { try putEntries(batch, of: table) }
        for indexer in knownTextIndexes { try putWords(of: documents, indexer, in: table) }
        return nil
    }

    private mutating func putWords(
        of documents: SortedDocuments, _ indexer: TextIndexer, in table: TableConfig
    ) throws(CatalogError) {
        var batch = try beginWords(indexer)
        for position in 0..<documents.count {
            try check()
            let (block, stored) = documents[position]
            guard let document = Datum(storedDocument: stored, owner: block),
                let record = try indexer.record(of: document, countingSkipped: &skippedLexemes)
            else { continue }
            try add(record, of: documents.keys.suffix(position).withBytes { $0.copy() }, to: &batch)
        }
        try finish(&batch, of: table)
    }

    /// Returns the first document, in the order in which they came, whose key is taken.
    private mutating func put(_ documents: SortedDocuments, in table: TableConfig) throws(CatalogError) -> Int? {
        var key = ByteBuffer()
        var taken: Int?
        try store.prefetch {
            (0..<documents.count).map { position in
                documents.keys.write(position, to: &key)
                return key.bytes
            }
        }
        for position in 0..<documents.count {
            try check()
            let (block, stored) = documents[position]
            documents.keys.write(position, to: &key)
            guard try store.put(key.span, stored.span(of: block)) else {
                taken = min(taken ?? .max, documents.tag(position))
                continue
            }
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
        return taken
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

    /// Of a block that is filled again afterwards.
    init(_ block: DocumentBlock) {
        block.sortKeys()
        blocks = [block]
        keys = block.keys
    }

    var count: Int { keys.count }

    /// The number of a document's block, and its position there in the lower half.
    func tag(_ position: Int) -> Int { keys[position].tag }

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
    private let table: TableConfig
    private let cancellation: Cancellation?
    private(set) var result: Result<[KeyBatch], CatalogError> = .success([])

    init(_ evaluators: [IndexEvaluator], _ documents: SortedDocuments, _ table: TableConfig, _ cancellation: Cancellation?) {
        self.table = table
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
        var maker = EntryMaker(evaluator, of: table)
        for position in 0..<documents.count {
            if let cancellation, cancellation.isCancelled { throw Cancellation.error }
            let (block, stored) = documents[position]
            try documents.keys.suffix(position).withBytes { key throws(CatalogError) in
                try maker.add(StoredDocument(stored), key, to: &batch) { Datum(storedDocument: stored, owner: block) }
            }
        }
        // Documents came in the order of their primary keys, so it is nearly done where values are short.
        _ = batch.sort()
        return batch
    }
}
