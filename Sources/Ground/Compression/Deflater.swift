/// Compresses to the deflate format (RFC 1951): finds repetitions, looking one byte ahead for a better one, and writes them in blocks
/// with a Huffman code each.
///
/// Bytes are compressed a chunk at a time. A chunk may refer to the 32 KiB before it, and ends at a byte's border, so chunks can be
/// compressed side by side and written one behind the other.
struct Deflater: ~Copyable {
    private let finder = MatchFinder()
    private var block = DeflateBlock()

    /// Compresses `range` of the bytes.
    ///
    /// - Parameters:
    ///   - bytes: what stands before `range` is what the reader has by then. Behind it, ``RawAreaView/slack`` bytes are readable.
    ///   - isLast: whether the stream ends with it.
    ///   - output: what is added to.
    mutating func compress(_ bytes: RawAreaView<UInt8>, _ range: Range<Int>, isLast: Bool, into output: inout ByteBuffer) {
        finder.reset()
        let search = finder.search(bytes, end: range.upperBound)
        search.note(max(0, range.lowerBound - DeflateFormat.windowByteCount)..<range.lowerBound)
        block.begin(at: range.lowerBound)
        var position = range.lowerBound
        while position < range.upperBound {
            position = compressStep(bytes, search, at: position, end: range.upperBound)
            if block.isFull { block.write(bytes, upTo: position, isLast: isLast && position == range.upperBound) }
        }
        if !block.isEmpty || (isLast && range.isEmpty) { block.write(bytes, upTo: position, isLast: isLast) }
        if !isLast { block.writeBorder() }
        block.move(to: &output)
    }

    /// Compresses up to the end of the next match; returns where it goes on.
    @inline(__always) private mutating func compressStep(
        _ bytes: RawAreaView<UInt8>, _ search: MatchFinder.Search, at start: Int, end: Int
    ) -> Int {
        var position = start
        var match = search.longest(at: position, longerThan: 0, depth: MatchFinder.depth)
        guard match.length > 0 else {
            block.add(bytes[position])
            return position + 1
        }
        // A full block has room for the match alone, however many literals were better put in front of it.
        while match.length < MatchFinder.goodLength, position + 1 < end, !block.isFull {
            // One byte more may begin a match that is worth a literal.
            let next = search.longest(at: position + 1, longerThan: match.length - 1, depth: MatchFinder.depth / 2)
            let gain = 4 * (next.length - match.length) + Self.log2(match.distance) - Self.log2(next.distance)
            guard next.length >= match.length, gain > 2 else {
                block.add(match)
                search.note(position + 2..<position + match.length)
                return position + match.length
            }
            block.add(bytes[position])
            position += 1
            match = next
        }
        block.add(match)
        search.note(position + 1..<position + match.length)
        return position + match.length
    }

    @inline(__always) private static func log2(_ distance: Int) -> Int { Int.bitWidth - distance.leadingZeroBitCount }
}
