import Ground

extension TextIndexWriter {
    /// Whether there is something to do for ``tidy(_:)``.
    func isUntidy(_ state: TextIndexState) -> Bool {
        state.pending >= limits.pendingDocuments || state.pendingBytes >= limits.pendingBytes || merge(in: state) != nil
    }

    /// Whether so much has gathered that it is tidied up by who writes: nobody does it beside.
    func isOverfull(_ state: TextIndexState) -> Bool {
        state.pending >= limits.pendingDocuments * limits.pendingLag || state.pendingBytes >= limits.pendingBytes * limits.pendingLag
            || state.segments.count >= limits.segments
    }

    /// Makes a segment of what is pending if that is much, or merges segments: one step. Answers whether there was something to do.
    func tidy(_ store: inout KeyValueTransaction) throws(CatalogError) -> Bool {
        let state = try state(store)
        if state.pending >= limits.pendingDocuments || state.pendingBytes >= limits.pendingBytes {
            try flush(&store)
            return true
        }
        guard let range = merge(in: state) else { return false }
        try merge(range, &store)
        return true
    }

    /// The segments that are to become one: one of which more than a third is dead, or as many of a size as the limit says.
    private func merge(in state: TextIndexState) -> Range<Int>? {
        if let index = state.segments.firstIndex(where: { $0.dead * 3 > $0.documents }) { return index..<(index + 1) }
        var end = state.segments.count
        while end > 0 {
            let size = Self.size(state.segments[end - 1])
            var start = end - 1
            // A smaller one between larger ones goes with them.
            while start > 0 && Self.size(state.segments[start - 1]) <= size { start -= 1 }
            if end - start >= limits.segmentsOfOneSize { return start..<end }
            end = start
        }
        return nil
    }

    /// Segments whose numbers of documents are about the same have one size.
    private static func size(_ segment: TextIndexState.Segment) -> Int {
        PackedNumberWriter.width(of: segment.documents - segment.dead) / 2
    }

    /// Makes a segment of all pending documents.
    func flush(_ store: inout KeyValueTransaction) throws(CatalogError) {
        var state = try state(store)
        var lists: [[UInt8]: [(posting: Posting, positions: [UInt64])]] = [:]
        var first: UInt64?
        var last: UInt64 = 0
        let source = try store.snapshot()
        var cursor = try source.cursor(keys.pending)
        while try cursor.next() {
            let key = cursor.keyBytes
            guard let document = DocumentWords(try cursor.value.bytes) else { throw keys.damaged(key) }
            let number = TextIndexKeys.number(key.suffix(5))
            first = first ?? number
            last = number
            let length = DocumentLength.byte(document.length)
            for word in document.words {
                lists[word.term, default: []].append((Posting(number: number, count: word.count, length: length), word.positions))
            }
        }
        _ = try store.delete(keys.pending)
        let documents = state.pending
        state.pending = 0
        state.pendingBytes = 0
        if let first {
            let id = state.nextSegment
            state.nextSegment += 1
            var segment = SegmentWriter(keys, id)
            for term in lists.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                for (posting, positions) in lists[term] ?? [] { try segment.append(posting, positions, of: term, &store) }
            }
            try segment.finish(&store)
            state.segments.append(.init(id: id, first: first, last: last, documents: documents, dead: 0))
        }
        try put(state, &store)
    }

    /// Makes one segment of several that follow each other, without the documents that are gone.
    func merge(_ range: Range<Int>, _ store: inout KeyValueTransaction) throws(CatalogError) {
        var state = try state(store)
        let old = Array(state.segments[range])
        let source = try store.snapshot()
        var readers: [SegmentReader] = []
        for segment in old { readers.append(try SegmentReader(keys, segment, source)) }
        let id = state.nextSegment
        state.nextSegment += 1
        var merged = SegmentWriter(keys, id)
        // The words of all, in order; of one word, the segments' documents one after the other.
        while let word = readers.compactMap(\.word).min(by: { $0.lexicographicallyPrecedes($1) }) {
            for index in readers.indices {
                while readers[index].word == word {
                    for (posting, positions) in try readers[index].documents() {
                        try merged.append(posting, positions, of: word, &store)
                    }
                    try readers[index].next()
                }
            }
        }
        try merged.finish(&store)
        for segment in old {
            _ = try store.delete(keys.segment(segment.id))
            _ = try store.delete(keys.dead(segment.id))
        }
        let documents = old.reduce(0) { $0 + $1.documents - min($1.dead, $1.documents) }
        let one = TextIndexState.Segment(
            id: id, first: old.first?.first ?? 0, last: old.last?.last ?? 0, documents: documents, dead: 0)
        state.segments.replaceSubrange(range, with: documents > 0 ? [one] : [])
        try put(state, &store)
    }
}

/// Writes the blocks of a segment, word by word.
struct SegmentWriter {
    private let postingsKey: [UInt8]
    private let positionsKey: [UInt8]
    private var word: [UInt8] = []
    private var postings: [Posting] = []
    private var positions: [[UInt64]] = []

    init(_ keys: TextIndexKeys, _ segment: UInt32) {
        postingsKey = keys.postings(segment)
        positionsKey = keys.positions(segment)
    }

    mutating func append(
        _ posting: Posting, _ places: [UInt64], of word: [UInt8], _ store: inout KeyValueTransaction
    ) throws(CatalogError) {
        if word != self.word || postings.count == PostingBlock.limit {
            try finish(&store)
            self.word = word
        }
        postings.append(posting)
        positions.append(places)
    }

    mutating func finish(_ store: inout KeyValueTransaction) throws(CatalogError) {
        guard let last = postings.last?.number else { return }
        try store.put(TextIndexKeys.block(postingsKey, word, last: last), PostingBlock.encode(postings))
        try store.put(TextIndexKeys.block(positionsKey, word, last: last), PositionBlock.encode(positions))
        postings.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
    }
}

/// Reads the blocks of a segment, in the order of their words.
private final class SegmentReader {
    private let keys: TextIndexKeys
    private let dead: DeadDocuments
    private let source: KeyValueSnapshot
    private let part: Int
    private let positionsKey: [UInt8]
    private var cursor: KeyValueCursor
    private var block: (word: [UInt8], last: UInt64)?

    init(_ keys: TextIndexKeys, _ segment: TextIndexState.Segment, _ source: KeyValueSnapshot) throws(CatalogError) {
        self.keys = keys
        self.source = source
        let key = keys.postings(segment.id)
        part = key.count
        positionsKey = keys.positions(segment.id)
        dead = DeadDocuments(keys, [segment], source)
        cursor = try source.cursor(.prefix(key))
        try next()
    }

    /// nil at the end.
    var word: [UInt8]? { block?.word }

    func next() throws(CatalogError) {
        guard try cursor.next() else {
            block = nil
            return
        }
        let key = cursor.keyBytes
        guard let read = TextIndexKeys.block(key, behind: part) else { throw keys.damaged(key) }
        block = read
    }

    /// The documents of the block that are still there, with their places.
    func documents() throws(CatalogError) -> [(Posting, [UInt64])] {
        guard let (word, last) = block else { return [] }
        let key = TextIndexKeys.block(positionsKey, word, last: last)
        guard let postings = PostingBlock.decode(try cursor.value.bytes, last: last), let value = try source.get(key),
            let positions = PositionBlock.decode(value.bytes, count: postings.count)
        else { throw keys.damaged(cursor.keyBytes) }
        var documents: [(Posting, [UInt64])] = []
        for (posting, places) in zip(postings, positions) {
            if try dead.contains(posting.number) { continue }
            documents.append((posting, places))
        }
        return documents
    }
}

/// Which documents of segments are gone.
final class DeadDocuments {
    private let keys: TextIndexKeys
    private let segments: [TextIndexState.Segment]
    private let source: KeyValueSnapshot
    private var known: [UInt64: [UInt8]] = [:]
    /// The segment of the number that was asked for last.
    private var near = 0

    init(_ keys: TextIndexKeys, _ segments: [TextIndexState.Segment], _ source: KeyValueSnapshot) {
        self.keys = keys
        self.segments = segments
        self.source = source
    }

    func contains(_ number: UInt64) throws(CatalogError) -> Bool {
        if near >= segments.count || number < segments[near].first || number > segments[near].last {
            guard let index = segments.firstIndex(where: { $0.first <= number && number <= $0.last }) else { return false }
            near = index
        }
        let segment = segments[near]
        guard segment.dead > 0 else { return false }
        let (chunk, bit) = number.quotientAndRemainder(dividingBy: TextIndexKeys.bitsPerChunk)
        let name = UInt64(segment.id) << 32 | chunk
        let bits: [UInt8]
        if let read = known[name] {
            bits = read
        } else {
            let key = keys.dead(segment.id, chunk: chunk)
            bits = try source.get(key)?.bytes ?? []
            guard bits.isEmpty || bits.count == Int(TextIndexKeys.bitsPerChunk / 8) else { throw keys.damaged(key) }
            known[name] = bits
        }
        return !bits.isEmpty && bits[Int(bit / 8)] & (1 << UInt8(bit % 8)) != 0
    }
}
