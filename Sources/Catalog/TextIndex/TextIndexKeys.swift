/// Where the parts of a text index stand, behind the index's prefix.
///
///     n                                     → state: the next number, documents, lengths, segments (``TextIndexState``)
///     k <primary key>                       → number of the document, 5 bytes
///     d <number, 5>                         → length of the document, then its primary key
///     p <number, 5>                         → pending: the words of a document that is in no segment yet (``DocumentWords``)
///     x <segment, 4> <number ÷ 4,096, 4>    → 512 bytes: bits of documents in the segment that are gone
///     l <segment, 4> <number ÷ 1,024, 4>    → 1,024 bytes: lengths of documents in the segment (``SegmentLengths``)
///     s <segment, 4> t <word> 00 <last, 5>  → lists of words with their documents and places (``WordBlock``); the last list is that of the
///                                             word, and `last` the number of its last document
///     m                                     → a merge that goes on (``SegmentMerge``); what it has written stands at `s` and `x`, too
///
/// Numbers are big-endian. Documents have them in the order of writing, and a changed document has a new one, so a segment's documents come
/// before those of the next. No word has a zero byte.
///
/// Segments of earlier formats (``TextIndexState/Format``) have no lengths but in their lists. In one of the first format a record at `t` is the
/// documents of one list (``PostingBlock``), and their places (``PositionBlock``) stand at the same key with `q` for `t`. When they are merged
/// they are written anew.
struct TextIndexKeys: Sendable {
    let prefix: [UInt8]

    static let bitsPerChunk: UInt64 = 4_096

    var state: [UInt8] { prefix + [0x6E] }
    var merge: [UInt8] { prefix + [0x6D] }
    func number(ofKey key: [UInt8]) -> [UInt8] { prefix + [0x6B] + key }
    func document(_ number: UInt64) -> [UInt8] { prefix + [0x64] + Self.bytes(number, 5) }
    var documents: KeyInterval { .prefix(prefix + [0x64]) }
    func pending(_ number: UInt64) -> [UInt8] { prefix + [0x70] + Self.bytes(number, 5) }
    var pending: KeyInterval { .prefix(prefix + [0x70]) }
    func dead(_ segment: UInt32, chunk: UInt64) -> [UInt8] { prefix + [0x78] + Self.bytes(UInt64(segment), 4) + Self.bytes(chunk, 4) }
    func dead(_ segment: UInt32) -> KeyInterval { .prefix(prefix + [0x78] + Self.bytes(UInt64(segment), 4)) }
    var dead: KeyInterval { .prefix(prefix + [0x78]) }
    func lengths(_ segment: UInt32, chunk: UInt64) -> [UInt8] {
        prefix + [0x6C] + Self.bytes(UInt64(segment), 4) + Self.bytes(chunk, 4)
    }
    func lengths(_ segment: UInt32) -> KeyInterval { .prefix(prefix + [0x6C] + Self.bytes(UInt64(segment), 4)) }
    var lengths: KeyInterval { .prefix(prefix + [0x6C]) }
    func segment(_ segment: UInt32) -> KeyInterval { .prefix(segmentPrefix(segment)) }
    var segments: KeyInterval { .prefix(prefix + [0x73]) }
    func postings(_ segment: UInt32) -> [UInt8] { segmentPrefix(segment) + [0x74] }
    func positions(_ segment: UInt32) -> [UInt8] { segmentPrefix(segment) + [0x71] }

    private func segmentPrefix(_ segment: UInt32) -> [UInt8] { prefix + [0x73] + Self.bytes(UInt64(segment), 4) }

    /// The primary key in what stands behind the prefix, if it is the key of a document's number.
    static func primaryKey(in rest: some Sequence<UInt8>) -> [UInt8]? {
        let bytes = Array(rest)
        return bytes.first == 0x6B ? Array(bytes.dropFirst()) : nil
    }

    /// The key of a record behind ``postings(_:)`` or ``positions(_:)``.
    static func block(_ part: [UInt8], _ word: [UInt8], last: UInt64) -> [UInt8] { part + word + [0] + bytes(last, 5) }

    /// The word and the last number in the key of a block, of whose bytes the first `count` are the part; nil if it is none.
    static func block(_ key: [UInt8], behind count: Int) -> (word: [UInt8], last: UInt64)? {
        guard key.count > count + 6, key[key.count - 6] == 0 else { return nil }
        return (Array(key[count..<(key.count - 6)]), number(key[(key.count - 5)...]))
    }

    /// How long a key may be.
    var longest: Int { max(prefix.count + 1 + PrimaryKey.maximumByteCount, segmentPrefix(0).count + 1 + TextAnalyzer.longestWord + 1 + 5) }

    static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
