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

    /// Makes a segment of what is pending if that is much, or goes on merging segments: one step. Answers whether there was something to do.
    ///
    /// - Parameter takesAll: whether all that is pending becomes one segment, however much it is.
    func tidy(_ store: inout KeyValueTransaction, takesAll: Bool = false) throws(CatalogError) -> Bool {
        let state = try state(store)
        if state.pending >= limits.pendingDocuments || state.pendingBytes >= limits.pendingBytes {
            try flush(&store, isBounded: !takesAll)
            return true
        }
        if let merge = try merge(store) {
            try goOn(merge, &store)
            return true
        }
        guard let range = merge(in: state) else { return false }
        try goOn(try begin(range, &store), &store)
        return true
    }

    /// The segments that are to become one: one of which more than a third is dead, or as many of a size as the limit says.
    func merge(in state: TextIndexState) -> Range<Int>? {
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

    /// Makes a segment of the pending documents: of all, or of the first, as many as may be pending.
    func flush(_ store: inout KeyValueTransaction, isBounded: Bool = false) throws(CatalogError) {
        var state = try state(store)
        var lists = WordLists()
        var lengths = SegmentLengths()
        var first: UInt64?
        var last: UInt64 = 0
        var documents: UInt64 = 0
        var byteCount: UInt64 = 0
        let source = try store.snapshot()
        var cursor = try source.cursor(keys.pending)
        while !isBounded || (documents < limits.pendingDocuments && byteCount < limits.pendingBytes), try cursor.next() {
            let key = cursor.keyBytes
            let bytes = try cursor.value.bytes
            let number = TextIndexKeys.number(key.suffix(5))
            guard let length = lists.add(record: bytes, number) else { throw keys.damaged(key) }
            first = first ?? number
            last = number
            documents += 1
            byteCount += UInt64(bytes.count)
            lengths.append(number, length: length)
        }
        if let first {
            _ = try store.delete(KeyInterval(lower: keys.pending(0), upper: keys.pending(last) + [0]))
            state.pending -= min(documents, state.pending)
            state.pendingBytes -= min(byteCount, state.pendingBytes)
            let id = state.nextSegment
            state.nextSegment += 1
            var segment = SegmentWriter(keys, id)
            try lists.visitParts(of: nil) { word, first, part throws(CatalogError) in
                let isWhole = try part.span.withBytes { part throws(CatalogError) in
                    try word.span.withBytes { word throws(CatalogError) in
                        try segment.append(part: part, at: 0, first: first, of: word, &store)
                    }
                }
                guard isWhole else { throw keys.damaged(keys.pending(first)) }
            }
            try lengths.put(keys, id, &store)
            try segment.finish(&store)
            state.segments.append(.init(id: id, first: first, last: last, documents: documents, dead: 0, records: segment.blocks))
        } else {
            state.pending = 0
            state.pendingBytes = 0
        }
        try put(state, &store)
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
