import Ground

/// A merge of segments that goes on, step by step, each in a transaction of its own: the value at `m`.
///
/// Until the last step the segments that it reads are those that are searched, and whose documents are marked when they go; what the merge
/// has written is in no search. With the last step the new segment stands in place of them.
struct SegmentMerge: Equatable {
    /// The segment that is made.
    var id: UInt32
    /// Those that it is made of, in the order of their numbers.
    var sources: [UInt32]
    /// How many documents of these were gone when it began. Their bits stand where the new segment's dead will stand.
    var dead: UInt64 = 0
    /// How many blocks were written.
    var blocks: UInt64 = 0
    /// The list that was read last, as a key has it behind its part; empty at the beginning.
    var position: [UInt8] = []
    /// What it has written is in the format of now: else it begins anew.
    var isCurrent: Bool { version == Self.version }
    private var version = Self.version

    private static let version: UInt8 = 3
    private static let firstVersion: UInt8 = 1
    /// No number is as high: so sums of them, which may be damaged, are no overflow.
    private static let limit: UInt64 = 1 << 48
    private static let longestPosition = TextAnalyzer.longestWord + 6

    var encoded: [UInt8] {
        var writer = PackedNumberWriter()
        writer.append(version)
        for number in [UInt64(id), dead, blocks, UInt64(sources.count)] + sources.map({ UInt64($0) }) { writer.variable(number) }
        writer.append(position)
        return writer.bytes
    }

    init(id: UInt32, sources: [UInt32]) {
        self.id = id
        self.sources = sources
    }

    /// nil for what is no merge.
    init?(_ bytes: [UInt8]) {
        var reader = PackedNumberReader(bytes)
        guard let version = reader.byte(), Self.firstVersion...Self.version ~= version, let id = reader.variable(),
            id < UInt64(UInt32.max), let dead = reader.variable(), dead < Self.limit, let blocks = reader.variable(),
            blocks < Self.limit, let count = reader.variable(), count > 0, count <= UInt64(bytes.count)
        else { return nil }
        self.version = version
        self.id = UInt32(truncatingIfNeeded: id)
        self.dead = dead
        self.blocks = blocks
        sources = []
        for _ in 0..<count {
            guard let source = reader.variable(), source < UInt64(UInt32.max) else { return nil }
            sources.append(UInt32(truncatingIfNeeded: source))
        }
        position = Array(bytes[reader.place...])
        guard position.count <= Self.longestPosition else { return nil }
    }

    /// Where its segments are among those of the index; nil if they are not there, side by side.
    func range(in state: TextIndexState) -> Range<Int>? {
        guard let start = state.segments.firstIndex(where: { $0.id == sources[0] }),
            state.segments[start...].prefix(sources.count).map(\.id) == sources
        else { return nil }
        return start..<(start + sources.count)
    }
}

extension TextIndexWriter {
    /// The merge that goes on; nil if none does.
    func merge(_ store: borrowing KeyValueTransaction) throws(CatalogError) -> SegmentMerge? {
        guard let bytes = try store.get(keys.merge) else { return nil }
        guard let merge = SegmentMerge(bytes) else { throw keys.damaged(keys.merge) }
        return merge
    }

    /// Begins to make one segment of several that follow each other.
    func begin(_ range: Range<Int>, _ store: inout KeyValueTransaction) throws(CatalogError) -> SegmentMerge {
        var state = try state(store)
        let old = state.segments[range]
        var merge = SegmentMerge(id: state.nextSegment, sources: old.map(\.id))
        state.nextSegment += 1
        merge.dead = old.reduce(0) { $0 + $1.dead }
        for (chunk, bits) in try dead(of: merge.sources, &store) { try store.put(keys.dead(merge.id, chunk: chunk), bits) }
        try put(state, &store)
        return merge
    }

    /// The bits of all documents of segments that are gone, by chunks.
    private func dead(of segments: [UInt32], _ store: inout KeyValueTransaction) throws(CatalogError) -> [UInt64: [UInt8]] {
        var chunks: [UInt64: [UInt8]] = [:]
        let source = try store.snapshot()
        for segment in segments {
            var cursor = try source.cursor(keys.dead(segment))
            while try cursor.next() {
                let key = cursor.keyBytes
                let bits = try cursor.value.bytes
                guard bits.count == Int(TextIndexKeys.bitsPerChunk / 8) else { throw keys.damaged(key) }
                let chunk = TextIndexKeys.number(key.suffix(4))
                // Segments meet within a chunk.
                chunks[chunk] = chunks[chunk].map { known in zip(known, bits).map { $0 | $1 } } ?? bits
            }
        }
        return chunks
    }

    /// One step: as many blocks as the limit says, without the documents that are gone. With the last one the new segment is there.
    func goOn(_ begun: SegmentMerge, _ store: inout KeyValueTransaction) throws(CatalogError) {
        let state = try state(store)
        guard begun.isCurrent, let range = begun.range(in: state) else {
            // What it was to be made of is not there any more, or another version has begun it.
            try remove(begun, &store)
            return
        }
        let source = try store.snapshot()
        var readers: [SegmentReader] = []
        for segment in state.segments[range] { readers.append(try SegmentReader(keys, segment, source, behind: begun.position)) }
        var merge = begun
        var merged = SegmentWriter(keys, merge.id)
        var byteCount = 0
        // The words of all, in order; of one word, the segments' documents one after the other.
        words: while let word = readers.compactMap(\.word).min(by: { $0.lexicographicallyPrecedes($1) }) {
            for reader in readers {
                while reader.word == word {
                    guard byteCount < limits.mergedBytes else { break words }
                    byteCount += try reader.visitDocuments { posting, positions throws(CatalogError) in
                        try merged.append(posting, positions, of: word, &store)
                    }
                    merge.position = reader.position
                    try reader.next()
                }
            }
        }
        try merged.finish(&store)
        merge.blocks += merged.blocks
        if readers.allSatisfy({ $0.word == nil }) {
            try finish(merge, range, &store)
        } else {
            // A step that comes back to where it began, as lists out of order make it, would be followed by others without end.
            guard begun.position.lexicographicallyPrecedes(merge.position) else { throw keys.damaged(keys.merge) }
            try store.put(keys.merge, merge.encoded)
        }
    }

    /// Puts the new segment in place of those that it is made of. Documents that have gone since the merge began are dead in it.
    private func finish(_ merge: SegmentMerge, _ range: Range<Int>, _ store: inout KeyValueTransaction) throws(CatalogError) {
        var state = try state(store)
        let old = state.segments[range]
        let before = try dead(of: [merge.id], &store)
        let now = try dead(of: merge.sources, &store)
        var documents = old.reduce(0) { $0 + $1.documents }
        documents -= min(merge.dead, documents)
        var lengths = documents > 0 ? try lengths(of: old, &store) : SegmentLengths()
        try remove(merge, segment: false, &store)
        for segment in merge.sources {
            _ = try store.delete(keys.segment(segment))
            _ = try store.delete(keys.dead(segment))
            _ = try store.delete(keys.lengths(segment))
        }
        var dead: UInt64 = 0
        for (chunk, bits) in now where documents > 0 {
            let new = before[chunk].map { known in zip(bits, known).map { $0 & ~$1 } } ?? bits
            let count = new.reduce(0) { $0 + $1.nonzeroBitCount }
            if count > 0 { try store.put(keys.dead(merge.id, chunk: chunk), new) }
            dead += UInt64(count)
            // They are in its lists still, and may be all that there is of a chunk of lengths.
            for (index, byte) in new.enumerated() where byte != 0 {
                lengths.cover(chunk * TextIndexKeys.bitsPerChunk + UInt64(8 * index))
            }
        }
        if documents > 0 { try lengths.put(keys, merge.id, &store) }
        let one = TextIndexState.Segment(
            id: merge.id, first: old.first?.first ?? 0, last: old.last?.last ?? 0, documents: documents, dead: dead,
            records: merge.blocks)
        state.segments.replaceSubrange(range, with: documents > 0 ? [one] : [])
        try put(state, &store)
    }

    /// The lengths of the documents of segments that are there.
    private func lengths(
        of segments: ArraySlice<TextIndexState.Segment>, _ store: inout KeyValueTransaction
    ) throws(CatalogError) -> SegmentLengths {
        var lengths = SegmentLengths()
        guard let first = segments.first?.first, let last = segments.last?.last else { return lengths }
        var cursor = try store.snapshot().cursor(KeyInterval(lower: keys.document(first), upper: keys.document(last) + [0]))
        while try cursor.next() {
            let key = cursor.keyBytes
            guard let document = IndexedDocument(try cursor.value.bytes) else { throw keys.damaged(key) }
            lengths.append(TextIndexKeys.number(key.suffix(5)), length: document.length)
        }
        return lengths
    }

    /// - Parameter segment: whether what was written goes, too.
    private func remove(_ merge: SegmentMerge, segment: Bool = true, _ store: inout KeyValueTransaction) throws(CatalogError) {
        _ = try store.delete(keys.merge)
        _ = try store.delete(keys.dead(merge.id))
        if segment { _ = try store.delete(keys.segment(merge.id)) }
    }
}

/// Reads the lists of a segment, without the documents that are gone.
private final class SegmentReader {
    private let keys: TextIndexKeys
    private let dead: DeadDocuments
    private let lengths: DocumentLengths
    private let source: KeyValueSnapshot
    private let lists: SegmentLists
    private var isAtEnd = false
    private var documents = PostingBlock.Documents()
    private var places: [UInt64] = []

    /// - Parameter position: behind which list it begins.
    init(
        _ keys: TextIndexKeys, _ segment: TextIndexState.Segment, _ source: KeyValueSnapshot, behind position: [UInt8]
    ) throws(CatalogError) {
        self.keys = keys
        self.source = source
        dead = DeadDocuments(keys, [segment], source)
        lengths = DocumentLengths(keys, [segment], source)
        lists = try SegmentLists(keys, segment, source, from: position)
        try next()
        while !position.isEmpty, !isAtEnd, !position.lexicographicallyPrecedes(self.position) { try next() }
    }

    /// nil at the end.
    var word: [UInt8]? { isAtEnd ? nil : lists.word }
    /// Where it stands, as a key has it behind its part.
    var position: [UInt8] { lists.position }

    func next() throws(CatalogError) { isAtEnd = try !lists.next() }

    /// Visits the documents of the list that are still there, with their places. Answers how many bytes they take.
    func visitDocuments(_ visit: (Posting, [UInt64]) throws(CatalogError) -> Void) throws(CatalogError) -> Int {
        let list = lists.list
        documents.removeAll()
        guard let head = list.head, list.appendDocuments(head, to: &documents), let reader = try list.placeReader(head, documents, source)
        else { throw keys.damaged(lists.key) }
        for index in 0..<documents.count {
            let number = documents.numbers[index]
            guard try !dead.contains(number) else { continue }
            places.removeAll(keepingCapacity: true)
            reader.append(index, to: &places)
            let length = try lengths.byte(of: number)
            try visit(Posting(number: number, count: documents.counts[index], length: length), places)
        }
        return list.byteCount
    }
}
