/// The numbers of RFC 1951.
///
/// A deflate stream is a sequence of blocks. A block's symbols are literal bytes, an end mark, and lengths, each of which is followed
/// by a distance: "repeat so many bytes from so far back". Both alphabets are written in Huffman codes; a symbol stands for a range
/// of lengths or distances, and extra bits behind it choose within.
enum DeflateFormat {
    static let windowByteCount = 32 << 10
    static let minimumMatch = 3
    static let maximumMatch = 258
    static let endOfBlock = 256
    /// Symbols that may be used: literals, the end mark, lengths.
    static let literalCount = 286
    static let distanceCount = 30
    static let maximumCodeLength = 15
    static let maximumStoredByteCount = 0xFFFF

    enum BlockType {
        static let stored = 0
        static let fixed = 1
        static let dynamic = 2
    }

    /// The shortest length of each symbol from 257 on.
    static let lengthBases: [UInt16] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
    ]
    static let lengthExtraBits: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
    static let distanceBases: [UInt16] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289,
        16385, 24577,
    ]
    static let distanceExtraBits: [UInt8] = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]

    /// The order in which a dynamic block's header has the lengths of the code that its code lengths are written in.
    static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    static let codeLengthCount = 19
    /// Repeat the last code length 3…6 times, a zero 3…10 times, a zero 11…138 times.
    static let repeatLast = 16
    static let repeatZero = 17
    static let repeatZeroLong = 18

    /// The lengths of codes in a block of type `fixed`.
    static let fixedLiteralLengths =
        [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
        + [UInt8](repeating: 8, count: 8)
    static let fixedDistanceLengths = [UInt8](repeating: 5, count: 32)

    /// The low `count` bits the other way round: codes are written from their highest bit.
    @inline(__always) static func reversed(_ code: Int, count: Int) -> Int {
        var (from, to) = (code, 0)
        for _ in 0..<count {
            to = to << 1 | from & 1
            from >>= 1
        }
        return to
    }
}
