/// The lengths of a segment's documents, as ``DocumentLength`` rounds them: a byte each, in chunks by their numbers.
///
/// A byte is 0 where a number has no document. Lists don't say lengths: a document has one, and is in many lists.
struct SegmentLengths {
    /// As many numbers share a record. Values of half a page would be put outside.
    static let numbersPerChunk: UInt64 = 1_024

    private(set) var chunks: [(chunk: UInt64, bytes: [UInt8])] = []

    /// - Parameter number: higher than those before it.
    mutating func append(_ number: UInt64, length: UInt64) {
        let (chunk, place) = number.quotientAndRemainder(dividingBy: Self.numbersPerChunk)
        if chunks.last?.chunk != chunk { chunks.append((chunk, [UInt8](repeating: 0, count: Int(Self.numbersPerChunk)))) }
        chunks[chunks.count - 1].bytes[Int(place)] = DocumentLength.byte(length)
    }

    /// Makes sure that the chunk of a number is there, whether or not any of its documents is.
    mutating func cover(_ number: UInt64) {
        let chunk = number / Self.numbersPerChunk
        if chunks.contains(where: { $0.chunk == chunk }) { return }
        chunks.append((chunk, [UInt8](repeating: 0, count: Int(Self.numbersPerChunk))))
    }

    func put(_ keys: TextIndexKeys, _ segment: UInt32, _ store: inout KeyValueTransaction) throws(CatalogError) {
        for (chunk, bytes) in chunks { try store.put(keys.lengths(segment, chunk: chunk), bytes) }
    }
}

/// Looks up the lengths of documents that are in segments.
final class DocumentLengths {
    private let keys: TextIndexKeys
    private let segments: [TextIndexState.Segment]
    private let source: KeyValueSnapshot
    private var known: [UInt64: [UInt8]] = [:]
    /// The chunk that was asked for last, and where its segment's numbers in it begin and end.
    private var near: [UInt8] = []
    private var numbers: Range<UInt64> = 0..<0

    init(_ keys: TextIndexKeys, _ segments: [TextIndexState.Segment], _ source: KeyValueSnapshot) {
        self.keys = keys
        self.segments = segments
        self.source = source
    }

    /// The length of a document, as ``DocumentLength`` has it; 0 if there is none in a segment.
    func byte(of number: UInt64) throws(CatalogError) -> UInt8 {
        if !numbers.contains(number) {
            guard let segment = segments.first(where: { $0.first <= number && number <= $0.last }) else { return 0 }
            guard segment.format == .plain else { return try byteOfRecord(number) }
            try load(segment, number / SegmentLengths.numbersPerChunk)
        }
        return near[Int(number % SegmentLengths.numbersPerChunk)]
    }

    /// Earlier versions have no chunks.
    private func byteOfRecord(_ number: UInt64) throws(CatalogError) -> UInt8 {
        guard let value = try source.get(keys.document(number)) else { return 0 }
        guard let document = IndexedDocument(value.bytes) else { throw keys.damaged(keys.document(number)) }
        return DocumentLength.byte(document.length)
    }

    private func load(_ segment: TextIndexState.Segment, _ chunk: UInt64) throws(CatalogError) {
        let name = UInt64(segment.id) << 32 | chunk & 0xFFFF_FFFF
        if let read = known[name] {
            near = read
        } else {
            let key = keys.lengths(segment.id, chunk: chunk)
            guard let bytes = try source.get(key)?.bytes, bytes.count == Int(SegmentLengths.numbersPerChunk) else {
                throw keys.damaged(key)
            }
            known[name] = bytes
            near = bytes
        }
        let start = chunk * SegmentLengths.numbersPerChunk
        numbers = max(start, segment.first)..<min(start + SegmentLengths.numbersPerChunk, segment.last + 1)
    }
}
