import Ground

extension Catalog {
    /// The memory that words take until they are sorted in a file beside this one, or, where there is none, at all.
    private var heldWordByteCount: Int { path == nil ? 256 << 20 : 64 << 20 }

    /// Builds a whole text index at once, as one segment, from the sorted words of all documents.
    ///
    /// Words are made without the writer's turn; they are only put if nothing at all was written meanwhile.
    ///
    /// - Returns: Whether nothing is left to do; false if it has to be built in parts.
    func buildTextIndexAtOnce(
        _ indexer: TextIndexer, of table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?
    ) throws(CatalogError) -> Bool {
        // A document that was written before the building began has a number already.
        guard try snapshot.store.get(indexer.writer.keys.state) == nil else { return false }
        var words = SortedWords(heldByteCount: heldWordByteCount, path: path)
        var cursor = try snapshot.store.cursor(.prefix(table.documentsPrefix))
        while try cursor.next() {
            if let cancellation, cancellation.isCancelled { throw Cancellation.error }
            guard let found = indexer.words(of: try cursor.value.document) else { continue }
            guard try words.add(found, of: table.part(of: cursor.keyBytes)) else { return false }
        }
        guard try words.finish() else { return false }

        var transaction = try beginWrite(waiting: nil, isLong: true)
        transaction.store.access = nil
        transaction.cancellation = cancellation
        guard try store.snapshot().transaction == snapshot.store.transaction else { return false }
        try words.put(into: indexer.writer, &transaction)
        try transaction.store(table.indexes.map { $0.id == indexer.index.id ? $0.changed(state: .ready) : $0 }, of: table)
        try transaction.commit(.soft)
        return true
    }
}

/// The words of documents, and their numbers, in the order of the keys that they get.
private struct SortedWords {
    private var entries: KeySorter
    private var lists = WordLists()
    /// What lists may take until they are sorted among the others.
    private let listByteCount: Int
    private var state = TextIndexState()

    /// What the parts of a text index begin with: those of ``TextIndexKeys``, and lists of the one segment.
    private enum Part {
        static let document: UInt8 = 0x64
        static let key: UInt8 = 0x6B
        static let word: UInt8 = 0x74
    }

    /// A sorter's keys are shorter than 64 KiB.
    private static let longestEntry = 60_000

    init(heldByteCount: Int, path: String?) {
        listByteCount = heldByteCount / 2
        entries = KeySorter(prefix: [], heldByteCount: heldByteCount / 2, path: path)
    }

    /// - Returns: False if there is no room for it.
    mutating func add(_ words: DocumentWords, of key: [UInt8]) throws(CatalogError) -> Bool {
        let number = TextIndexKeys.bytes(state.nextNumber, 5)
        var document = PackedNumberWriter()
        document.variable(words.length)
        lists.add(words, state.nextNumber)
        state.nextNumber += 1
        state.documents += 1
        state.length += words.length
        guard try add([Part.document] + number + document.bytes + key), try add([Part.key] + key + number) else { return false }
        return lists.byteCount < listByteCount ? true : try addLists()
    }

    private mutating func add(_ entry: [UInt8]) throws(CatalogError) -> Bool {
        try entries.add { batch throws(CatalogError) in
            try batch.add { bytes throws(CatalogError) in
                bytes += entry
                return true
            }
        }
    }

    /// Has the lists sorted among those that were there before.
    private mutating func addLists() throws(CatalogError) -> Bool {
        for list in lists.removeAll() {
            let bytes = list.bytes
            guard bytes.count < Self.longestEntry, try add([Part.word] + list.word + [0] + TextIndexKeys.bytes(list.first, 5) + bytes)
            else { return false }
        }
        return true
    }

    mutating func finish() throws(CatalogError) -> Bool { try addLists() && entries.finish() }

    /// Writes the index, which is empty.
    func put(into writer: TextIndexWriter, _ transaction: inout CatalogTransaction) throws(CatalogError) {
        let keys = writer.keys
        var state = state
        var segment = SegmentWriter(keys, 0)
        try entries.merge { suffix throws(CatalogError) in
            try transaction.check()
            let entry = suffix.withBytes { $0.copy() }
            switch entry.first {
            case Part.document: try transaction.store.put(keys.prefix + entry[..<6], Array(entry[6...]))
            case Part.key: try transaction.store.put(keys.prefix + entry.dropLast(5), Array(entry.suffix(5)))
            default:
                guard let end = entry.firstIndex(of: 0), entry.count > end + 6 else { throw Self.damaged }
                let word = Array(entry[1..<end])
                let first = TextIndexKeys.number(entry[(end + 1)...(end + 5)])
                let isWhole = try WordLists.visit(entry, at: end + 6, first: first) { posting, places throws(CatalogError) in
                    try segment.append(posting, places, of: word, &transaction.store)
                }
                guard isWhole else { throw Self.damaged }
            }
        }
        try segment.finish(&transaction.store)
        if state.documents > 0 {
            state.nextSegment = 1
            state.segments = [
                .init(id: 0, first: 0, last: state.nextNumber - 1, documents: state.documents, dead: 0, records: segment.blocks)
            ]
        }
        try writer.put(state, &transaction.store)
    }

    private static let damaged = CatalogError(
        .io, "What was kept beside the file while a text index was built is not there any more.")
}
