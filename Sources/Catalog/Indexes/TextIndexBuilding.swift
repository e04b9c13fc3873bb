import Ground

extension Catalog {
    /// The memory that words take until they are sorted in a file beside this one, or, where there is none, at all.
    private var heldWordByteCount: Int { path == nil ? 256 << 20 : 64 << 20 }

    /// Builds a whole text index at once, as one segment, from the sorted words of all documents.
    ///
    /// Words are made without the writer's turn; they are only put if no document of the table was written meanwhile.
    ///
    /// - Returns: Whether nothing is left to do; false if it has to be built in parts.
    func buildTextIndexAtOnce(
        _ indexer: TextIndexer, of table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?
    ) throws(CatalogError) -> Bool {
        // A document that was written before the building began has a number already.
        guard try snapshot.store.get(indexer.writer.keys.state) == nil else { return false }
        guard let words = try sortedWords(indexer, of: table, snapshot, cancellation) else { return false }

        var transaction = try beginWrite(waiting: nil, isLong: true)
        transaction.store.access = nil
        transaction.cancellation = cancellation
        guard let now = try current(table, building: indexer.index.id, since: snapshot, transaction) else { return false }
        try SortedWords.put(words, into: indexer.writer, &transaction)
        try transaction.store(now.indexes.map { $0.id == indexer.index.id ? $0.changed(state: .ready) : $0 }, of: now)
        try transaction.commit(.soft)
        return true
    }

    /// The words of all documents, by several threads that take chunk after chunk of them; nil if there is no room for them.
    private func sortedWords(
        _ indexer: TextIndexer, of table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?
    ) throws(CatalogError) -> [SortedWords]? {
        let count = try documentCount(of: table, snapshot)
        // Lexemes are made by one for all.
        let threadCount = indexer.definition.lexemes != nil ? 1 : threadCount(count, least: Self.documentsForAThread)
        let words = SortedWords(indexer, of: table, heldByteCount: heldWordByteCount / threadCount, path: path)
        return try perform([SortedWords](repeating: words, count: threadCount), on: count, of: table, snapshot, cancellation)
    }

    /// A thread that makes words of fewer has begun for little.
    private static let documentsForAThread = 1_000
}

/// The words of documents, and their numbers, in the order of the keys that they get.
private struct SortedWords: DocumentWork {
    private var entries: KeySorter
    private var lists = WordLists()
    /// What lists may take until they are sorted among the others.
    private let listByteCount: Int
    /// The number that the first document of each chunk got, and how many got one.
    private(set) var chunks: [(first: UInt64, count: UInt64)] = []
    private var state = TextIndexState()
    private var analyzer: TextAnalyzer
    private let indexer: TextIndexer
    private let table: TableConfig

    /// What the parts of a text index begin with: those of ``TextIndexKeys``, and lists of the one segment.
    private enum Part {
        static let document: UInt8 = 0x64
        static let key: UInt8 = 0x6B
        static let word: UInt8 = 0x74
    }

    /// A corpus has some hundred thousand different words, of each of which forty bytes are kept.
    private static let knownWordLimit = 1 << 18
    /// A sorter's keys are shorter than 64 KiB.
    private static let longestEntry = 60_000

    init(_ indexer: TextIndexer, of table: TableConfig, heldByteCount: Int, path: String?) {
        self.indexer = indexer
        self.table = table
        analyzer = indexer.definition.analyzer
        analyzer.knownLimit = Self.knownWordLimit
        listByteCount = heldByteCount / 2
        entries = KeySorter(prefix: [], heldByteCount: heldByteCount / 2, path: path)
    }

    mutating func add(_ cursor: borrowing KeyValueCursor) throws(CatalogError) -> Bool {
        let document = try cursor.value.document
        let length: UInt64
        if indexer.definition.lexemes == nil {
            length = lists.add(indexer.definition.texts(of: document), state.nextNumber, &analyzer)
        } else if let words = try indexer.words(of: document) {
            lists.add(words, state.nextNumber)
            length = words.length
        } else {
            length = 0
        }
        guard length > 0 else { return true }
        let number = TextIndexKeys.bytes(state.nextNumber, 5)
        let key = table.part(of: cursor.keyBytes)
        var record = PackedNumberWriter()
        record.variable(length)
        state.nextNumber += 1
        state.documents += 1
        state.length += length
        guard try add([Part.document] + number + record.bytes + key), try add([Part.key] + key + number) else { return false }
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
        let all = lists
        lists = WordLists()
        // Then words may have other numbers.
        defer { analyzer.forgetIfMany() }
        var hasRoom = true
        try all.visitParts(of: indexer.definition.lexemes == nil ? analyzer : nil) { word, first, part throws(CatalogError) in
            // A document with more places of one word is too large for an entry.
            guard hasRoom, part.count < Self.longestEntry else { return hasRoom = false }
            hasRoom = try entries.add { batch throws(CatalogError) in
                try batch.add { bytes throws(CatalogError) in
                    bytes.append(Part.word)
                    bytes += word
                    bytes.append(0)
                    for shift in stride(from: UInt64(32), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: first >> shift)) }
                    bytes += part
                    return true
                }
            }
        }
        return hasRoom
    }

    /// The documents of a chunk get numbers from `first` on.
    mutating func begin(_ first: Int) {
        chunks.append((UInt64(first), 0))
        state.nextNumber = UInt64(first)
    }

    /// Has a chunk's lists sorted, so that no part of one goes on behind documents that others have.
    mutating func endChunk() throws(CatalogError) -> Bool {
        chunks[chunks.count - 1].count = state.nextNumber - chunks[chunks.count - 1].first
        return try addLists()
    }

    mutating func finish() throws(CatalogError) -> Bool { entries.finish() }

    /// Writes the index, which is empty.
    ///
    /// - Parameter parts: those of all threads.
    static func put(
        _ parts: [SortedWords], into writer: TextIndexWriter, _ transaction: inout CatalogTransaction
    ) throws(CatalogError) {
        let keys = writer.keys
        let numbers = GaplessNumbers(parts.flatMap(\.chunks))
        var state = TextIndexState()
        state.nextNumber = numbers.count
        for part in parts {
            state.documents += part.state.documents
            state.length += part.state.length
        }
        var segment = SegmentWriter(keys, 0)
        var lengths = SegmentLengths()
        try KeySorter.merge(parts.map(\.entries)) { suffix throws(CatalogError) in
            try transaction.check()
            try suffix.withBytes { entry throws(CatalogError) in
                guard entry.count > 6 else { throw Self.damaged }
                switch entry[0] {
                case Part.document:
                    let record = entry.dropFirst(6).copy()
                    guard let document = IndexedDocument(record) else { throw Self.damaged }
                    let number = numbers[Self.number(entry, at: 1)]
                    lengths.append(number, length: document.length)
                    try transaction.store.put(keys.document(number), record)
                case Part.key:
                    let number = numbers[Self.number(entry, at: entry.count - 5)]
                    try transaction.store.put(keys.prefix + entry[0..<entry.count - 5].copy(), TextIndexKeys.bytes(number, 5))
                default:
                    var end = 1
                    while end < entry.count, entry[end] != 0 { end += 1 }
                    guard entry.count > end + 6 else { throw Self.damaged }
                    let isWhole = try segment.append(
                        part: entry, at: end + 6, first: numbers[Self.number(entry, at: end + 1)], of: entry[1..<end], &transaction.store)
                    guard isWhole else { throw Self.damaged }
                }
            }
        }
        try segment.finish(&transaction.store)
        try lengths.put(keys, 0, &transaction.store)
        if state.documents > 0 {
            state.nextSegment = 1
            state.segments = [
                .init(id: 0, first: 0, last: state.nextNumber - 1, documents: state.documents, dead: 0, records: segment.blocks)
            ]
        }
        try writer.put(state, &transaction.store)
    }

    /// Five bytes of an entry.
    private static func number(_ entry: Bytes, at place: Int) -> UInt64 {
        (0..<5).reduce(0) { $0 << 8 | UInt64(entry[place + $1]) }
    }

    private static let damaged = CatalogError(
        .io, "What was kept beside the file while a text index was built is not there any more.")
}

/// The numbers of documents without the gaps that chunks leave between them, in which some documents have no words.
private struct GaplessNumbers {
    /// For each chunk the number that its first document got, and how much lower those of its documents become.
    private var chunks: [(first: UInt64, surplus: UInt64)] = []
    /// How many documents there are.
    private(set) var count: UInt64 = 0

    init(_ chunks: [(first: UInt64, count: UInt64)]) {
        for chunk in chunks.sorted(by: { $0.first < $1.first }) {
            self.chunks.append((chunk.first, chunk.first - count))
            count += chunk.count
        }
    }

    subscript(given: UInt64) -> UInt64 {
        var (low, high) = (0, chunks.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if chunks[middle].first <= given { low = middle } else { high = middle }
        }
        return given &- chunks[low].surplus
    }
}
