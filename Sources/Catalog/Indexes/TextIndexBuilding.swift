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

    /// The words of all documents, in parts that follow one another; nil if there is no room for them.
    private func sortedWords(
        _ indexer: TextIndexer, of table: TableConfig, _ snapshot: CatalogSnapshot, _ cancellation: Cancellation?
    ) throws(CatalogError) -> [SortedWords]? {
        let count = try snapshot.store.count(.prefix(table.documentsPrefix))
        // Lexemes are made by one for all. An engine is asked by one, and several would need a file to merge what they have.
        let isForOne = path == nil || indexer.definition.lexemes != nil
        let wanted = options.textThreadCount ?? min(SystemFacts.processorCount, 4, count / Self.documentsForAThread)
        let threadCount = isForOne ? 1 : max(1, min(wanted, count))
        let bounds = (0...threadCount).map { count * $0 / threadCount }
        let parts = (0..<threadCount).map { number in
            WordsPart(
                SortedWords(
                    indexer.definition, from: bounds[number], heldByteCount: heldWordByteCount / threadCount, path: path,
                    isAlone: threadCount == 1))
        }
        let stop = Cancellation()
        let helpers = parts.indices.dropFirst().map { number in
            ForkedWork(turns: .last) {
                parts[number].read(bounds[number]..<bounds[number + 1], indexer, table, snapshot, [cancellation, stop])
                if parts[number].outcome != nil { stop.cancel() }
            }
        }
        parts[0].read(bounds[0]..<bounds[1], indexer, table, snapshot, [cancellation, stop])
        if parts[0].outcome != nil { stop.cancel() }
        for helper in helpers { helper.join() }
        if let cancellation, cancellation.isCancelled { throw Cancellation.error }
        for case .failure(let error)? in parts.map(\.outcome) { throw error }
        return parts.contains { $0.outcome != nil } ? nil : parts.map(\.words)
    }

    /// A thread that makes words of fewer has begun for little.
    private static let documentsForAThread = 1_000
}

/// What one of several threads makes of its part of the documents.
private final class WordsPart {
    private(set) var words: SortedWords
    /// nil: all are there. Success: there is no room for them, or others have failed.
    private(set) var outcome: Result<Void, CatalogError>?

    init(_ words: SortedWords) { self.words = words }

    /// - Parameter range: the documents, by how many stand before each.
    func read(
        _ range: Range<Int>, _ indexer: TextIndexer, _ table: TableConfig, _ snapshot: CatalogSnapshot, _ stops: [Cancellation?]
    ) {
        do throws(CatalogError) {
            var cursor = try snapshot.store.cursor(.prefix(table.documentsPrefix))
            if range.lowerBound > 0 { try cursor.skip(range.lowerBound) }
            for _ in range {
                guard try cursor.next() else { break }
                if stops.contains(where: { $0?.isCancelled ?? false }) { return outcome = .success(()) }
                guard try words.add(try cursor.value.document, of: table.part(of: cursor.keyBytes), indexer) else {
                    return outcome = .success(())
                }
            }
            if try !words.finish() { outcome = .success(()) }
        } catch {
            outcome = .failure(error)
        }
    }
}

/// The words of documents, and their numbers, in the order of the keys that they get.
private struct SortedWords {
    private var entries: KeySorter
    private var lists = WordLists()
    /// What lists may take until they are sorted among the others.
    private let listByteCount: Int
    /// The number of the first document: others have those before it, at most.
    private let first: UInt64
    private var state = TextIndexState()
    private var analyzer: TextAnalyzer
    /// Whether these are the words of all documents.
    private let isAlone: Bool

    /// What the parts of a text index begin with: those of ``TextIndexKeys``, and lists of the one segment.
    private enum Part {
        static let document: UInt8 = 0x64
        static let key: UInt8 = 0x6B
        static let word: UInt8 = 0x74
    }

    /// A sorter's keys are shorter than 64 KiB.
    private static let longestEntry = 60_000
    /// Longer lists go on in another part.
    private static let partByteCount = 1 << 13

    init(_ definition: TextIndexDefinition, from first: Int, heldByteCount: Int, path: String?, isAlone: Bool) {
        self.first = UInt64(first)
        self.isAlone = isAlone
        state.nextNumber = self.first
        analyzer = definition.analyzer
        listByteCount = heldByteCount / 2
        entries = KeySorter(prefix: [], heldByteCount: heldByteCount / 2, path: path)
    }

    /// - Returns: False if there is no room for it.
    mutating func add(_ document: Datum, of key: [UInt8], _ indexer: TextIndexer) throws(CatalogError) -> Bool {
        let length: UInt64
        if indexer.definition.lexemes == nil {
            length = lists.add(indexer.definition.texts(of: document), state.nextNumber, &analyzer)
        } else if let words = indexer.words(of: document) {
            lists.add(words, state.nextNumber)
            length = words.length
        } else {
            length = 0
        }
        guard length > 0 else { return true }
        let number = TextIndexKeys.bytes(state.nextNumber, 5)
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
        let sorted = lists.removeAll()
        // From here on words may have other numbers.
        analyzer.forgetIfMany()
        var part = PackedNumberWriter()
        for term in sorted.terms {
            let word = sorted.word(term)
            var first: UInt64 = 0
            var last: UInt64 = 0
            var hasRoom = true
            try sorted.visit(term) { posting, places throws(CatalogError) in
                if part.bytes.count >= Self.partByteCount {
                    if hasRoom { hasRoom = try add(part.bytes, of: word, first) }
                    part = PackedNumberWriter()
                }
                if part.bytes.isEmpty { (first, last) = (posting.number, posting.number) }
                ListPart.append(posting, places, behind: last, to: &part)
                last = posting.number
            }
            guard hasRoom, try add(part.bytes, of: word, first) else { return false }
            part = PackedNumberWriter()
        }
        return true
    }

    private mutating func add(_ part: [UInt8], of word: [UInt8], _ first: UInt64) throws(CatalogError) -> Bool {
        // A document with more places of one word is too large for an entry.
        guard part.count < Self.longestEntry else { return false }
        return try add([Part.word] + word + [0] + TextIndexKeys.bytes(first, 5) + part)
    }

    mutating func finish() throws(CatalogError) -> Bool { try addLists() && entries.finish(isAlone: isAlone) }

    /// Writes the index, which is empty.
    ///
    /// - Parameter parts: in the order of their documents, which get numbers without a gap.
    static func put(
        _ parts: [SortedWords], into writer: TextIndexWriter, _ transaction: inout CatalogTransaction
    ) throws(CatalogError) {
        let keys = writer.keys
        var state = TextIndexState()
        /// For each part: how much lower the numbers of its documents become.
        var surplus: [UInt64] = []
        for part in parts {
            surplus.append(part.first - state.nextNumber)
            state.nextNumber += part.state.nextNumber - part.first
            state.documents += part.state.documents
            state.length += part.state.length
        }
        var segment = SegmentWriter(keys, 0)
        var lengths = SegmentLengths()
        try KeySorter.merge(parts.map(\.entries)) { part, suffix throws(CatalogError) in
            try transaction.check()
            let entry = suffix.withBytes { $0.copy() }
            switch entry.first {
            case Part.document:
                guard let document = IndexedDocument(Array(entry[6...])) else { throw Self.damaged }
                let number = TextIndexKeys.number(entry[1..<6]) - surplus[part]
                lengths.append(number, length: document.length)
                try transaction.store.put(keys.document(number), Array(entry[6...]))
            case Part.key:
                let number = TextIndexKeys.number(entry.suffix(5)) - surplus[part]
                try transaction.store.put(keys.prefix + entry.dropLast(5), TextIndexKeys.bytes(number, 5))
            default:
                guard let end = entry.firstIndex(of: 0), entry.count > end + 6 else { throw Self.damaged }
                let word = Array(entry[1..<end])
                let first = TextIndexKeys.number(entry[(end + 1)...(end + 5)]) - surplus[part]
                let isWhole = try ListPart.visit(entry, at: end + 6, first: first) { posting, places throws(CatalogError) in
                    try segment.append(posting, places, of: word, &transaction.store)
                }
                guard isWhole else { throw Self.damaged }
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

    private static let damaged = CatalogError(
        .io, "What was kept beside the file while a text index was built is not there any more.")
}
