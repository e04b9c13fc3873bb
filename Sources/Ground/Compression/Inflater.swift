/// A decoder of a deflate stream (RFC 1951) whose bytes come in pieces, in memory of a fixed size.
///
/// It is a state machine over *steps*: a block's header, or a symbol with what belongs to it. A step that meets the end of the input
/// has taken nothing from it, and is done again when there is more. So no state is kept inside a step, and an input may be cut
/// anywhere.
struct Inflater: ~Copyable {
    enum Status {
        /// There are bytes in `output`; call again when they have been taken.
        case hasOutput
        /// More input is needed. Bytes from `position` on must be given again, before those that follow them.
        case needsInput
        /// The last block has ended.
        case finished
    }

    private enum State {
        case header
        case stored(Int)
        case symbols
        case finished
    }

    /// As much as comes out in one piece.
    private static let pieceByteCount = 64 << 10
    /// Bits of the longest symbol with its extra bits and its distance: 15 + 5 + 15 + 13.
    private static let stepBitCount = 48

    private var state = State.header
    private var isLastBlock = false
    /// The bits that come next, the first one lowest. Above `bitCount` there may be more of the same stream.
    private var bits: UInt64 = 0
    private var bitCount = 0

    /// The last 32 KiB before a piece, and the piece.
    private let window = RawArea<UInt8>(
        count: DeflateFormat.windowByteCount + pieceByteCount + DeflateFormat.maximumMatch + RawAreaView.slack)
    private var end = 0
    private var taken = 0

    private let literals = HuffmanDecoder(.literals)
    private let distances = HuffmanDecoder(.distances)
    private let codeLengths = HuffmanDecoder(.codeLengths)

    /// Forgets everything, for another stream.
    mutating func reset() {
        (state, isLastBlock) = (.header, false)
        (bits, bitCount) = (0, 0)
        (end, taken) = (0, 0)
    }

    /// What came out since the last `inflate`; good until the next.
    var output: Bytes { window.view.bytes(taken..<end) }

    /// Goes on until a piece is full, the input is used up or the stream ends.
    /// - Parameters:
    ///   - position: where to go on in `input`; moved to what has not been used. Bytes before it aren't looked at again.
    ///   - isWhole: whether no more input will come; then the end is an error.
    mutating func inflate(_ input: Bytes, from position: inout Int, isWhole: Bool) throws(CompressionError) -> Status {
        makeRoom()
        while true {
            let isDone: Bool
            switch state {
            case .header: isDone = try readHeader(input, &position)
            case .stored(let count): isDone = copyStored(count, input, &position)
            case .symbols: isDone = try readSymbols(input, &position)
            case .finished: return .finished
            }
            if case .finished = state {
                // What was read ahead belongs to who comes behind.
                position -= bitCount / 8
                (bits, bitCount) = (0, 0)
                return .finished
            }
            if isFull { return .hasOutput }
            guard !isDone else { continue }
            if isWhole { throw CompressionError(.cutOff, "The compressed bytes end too early.") }
            return end > taken ? .hasOutput : .needsInput
        }
    }

    private var isFull: Bool { end - taken >= Self.pieceByteCount }

    /// What was handed out becomes the past.
    private mutating func makeRoom() {
        let kept = min(end, DeflateFormat.windowByteCount)
        if end > DeflateFormat.windowByteCount {
            window.view.moveToStart(end - kept..<end)
            end = kept
        }
        taken = end
    }

    // MARK: Bits

    /// Takes bytes in until there are at least 56 bits, or no more input.
    @inline(__always) private mutating func refill(_ input: Bytes, _ position: inout Int) {
        if position + 8 <= input.count {
            bits |= input.word(at: position) << UInt64(bitCount)
            let count = (63 - bitCount) >> 3
            position += count
            bitCount += count * 8
        } else {
            while bitCount <= 56, position < input.count {
                bits |= UInt64(input[position]) << UInt64(bitCount)
                bitCount += 8
                position += 1
            }
        }
    }

    @inline(__always) private mutating func take(_ count: Int) -> Int {
        let value = Int(truncatingIfNeeded: bits & (1 << UInt64(count) - 1))
        bits >>= UInt64(count)
        bitCount -= count
        return value
    }

    // MARK: Blocks

    /// False if the input ends inside the header, none of which is taken then.
    private mutating func readHeader(_ input: Bytes, _ position: inout Int) throws(CompressionError) -> Bool {
        let before = (bits, bitCount, position)
        if try takeHeader(input, &position) { return true }
        (bits, bitCount, position) = before
        return false
    }

    private mutating func takeHeader(_ input: Bytes, _ position: inout Int) throws(CompressionError) -> Bool {
        refill(input, &position)
        guard bitCount >= 3 else { return false }
        let isLast = take(1) == 1
        switch take(2) {
        case DeflateFormat.BlockType.stored:
            guard let count = try takeStoredHeader(input, &position) else { return false }
            state = .stored(count)
        case DeflateFormat.BlockType.fixed:
            _ = literals.build(DeflateFormat.fixedLiteralLengths[...])
            _ = distances.build(DeflateFormat.fixedDistanceLengths[...])
            state = .symbols
        case DeflateFormat.BlockType.dynamic:
            guard try takeCodes(input, &position) else { return false }
            state = .symbols
        default: throw Self.malformed("A block has an unknown type.")
        }
        isLastBlock = isLast
        return true
    }

    private mutating func takeStoredHeader(_ input: Bytes, _ position: inout Int) throws(CompressionError) -> Int? {
        _ = take(bitCount % 8)
        refill(input, &position)
        guard bitCount >= 32 else { return nil }
        let count = take(16)
        guard take(16) == ~count & 0xFFFF else { throw Self.malformed("The length of an uncompressed block contradicts itself.") }
        // The rest is copied from the input itself.
        position -= bitCount / 8
        (bits, bitCount) = (0, 0)
        return count
    }

    /// A dynamic block's header: the lengths of both codes, themselves in a code whose lengths come first.
    private mutating func takeCodes(_ input: Bytes, _ position: inout Int) throws(CompressionError) -> Bool {
        refill(input, &position)
        guard bitCount >= 14 else { return false }
        let literalCount = take(5) + 257
        let distanceCount = take(5) + 1
        let lengthCount = take(4) + 4
        guard literalCount <= DeflateFormat.literalCount, distanceCount <= DeflateFormat.distanceCount else {
            throw Self.malformed("A block has more symbols than there are.")
        }
        var lengths = [UInt8](repeating: 0, count: DeflateFormat.codeLengthCount)
        for index in 0..<lengthCount {
            refill(input, &position)
            guard bitCount >= 3 else { return false }
            lengths[DeflateFormat.codeLengthOrder[index]] = UInt8(take(3))
        }
        guard codeLengths.build(lengths[...]) else { throw Self.malformed("A block's code of code lengths is invalid.") }

        let total = literalCount + distanceCount
        lengths = []
        lengths.reserveCapacity(total)
        while lengths.count < total {
            refill(input, &position)
            let entry = codeLengths.table.view.entry(for: bits, rootBits: codeLengths.rootBits)
            let (symbol, codeLength) = (Int(entry >> 16), Int(entry & 0xFF))
            let extra = symbol < DeflateFormat.repeatLast ? 0 : [2, 3, 7][symbol - DeflateFormat.repeatLast]
            guard bitCount >= codeLength + extra else { return false }
            _ = take(codeLength)
            var (value, count): (UInt8, Int) = (0, 1)
            switch symbol {
            case DeflateFormat.repeatLast:
                guard let last = lengths.last else { throw Self.malformed("A block repeats a code length before there is one.") }
                (value, count) = (last, 3 + take(extra))
            case DeflateFormat.repeatZero: count = 3 + take(extra)
            case DeflateFormat.repeatZeroLong: count = 11 + take(extra)
            default: value = UInt8(symbol)
            }
            guard count <= total - lengths.count else { throw Self.malformed("A block has more code lengths than symbols.") }
            for _ in 0..<count { lengths.append(value) }
        }
        guard lengths[DeflateFormat.endOfBlock] > 0 else { throw Self.malformed("A block has no code for its end.") }
        guard literals.build(lengths[..<literalCount]), distances.build(lengths[literalCount...]) else {
            throw Self.malformed("A block's Huffman code is invalid.")
        }
        return true
    }

    private mutating func endBlock() {
        state = isLastBlock ? .finished : .header
    }

    /// False if the input ends before the block.
    private mutating func copyStored(_ count: Int, _ input: Bytes, _ position: inout Int) -> Bool {
        let n = min(count, input.count - position, Self.pieceByteCount - (end - taken))
        window.view.copy(input[position..<position + n], to: end)
        end += n
        position += n
        if n == count { endBlock() } else { state = .stored(count - n) }
        return n == count || isFull
    }

    // MARK: Symbols

    /// Goes on to the end of the block, of the piece or of the input; false at the latter.
    private mutating func readSymbols(_ input: Bytes, _ position: inout Int) throws(CompressionError) -> Bool {
        let view = window.view
        let (literalTable, distanceTable) = (literals.table.view, distances.table.view)
        let (literalRoot, distanceRoot) = (literals.rootBits, distances.rootBits)
        // A match may go beyond, into the room that is kept for it.
        let limit = taken + Self.pieceByteCount
        var end = end
        defer { self.end = end }
        while end < limit {
            refill(input, &position)
            var entry = literalTable.entry(for: bits, rootBits: literalRoot)
            if entry & HuffmanDecoder.Kind.mask == HuffmanDecoder.Kind.literal, bitCount >= 2 * Self.stepBitCount / 3 {
                // Most symbols are literals, and two of them fit in what is there for sure.
                _ = take(Int(entry & 0xFF))
                view[end] = UInt8(truncatingIfNeeded: entry >> 16)
                end += 1
                entry = literalTable.entry(for: bits, rootBits: literalRoot)
                if entry & HuffmanDecoder.Kind.mask != HuffmanDecoder.Kind.literal { refill(input, &position) }
            }
            let length = Int(entry & 0xFF)
            switch entry & HuffmanDecoder.Kind.mask {
            case HuffmanDecoder.Kind.literal:
                guard bitCount >= length else { return false }
                _ = take(length)
                view[end] = UInt8(truncatingIfNeeded: entry >> 16)
                end += 1
            case HuffmanDecoder.Kind.base:
                guard try repeatBytes(entry, view, distanceTable, distanceRoot, &end) else { return false }
            case HuffmanDecoder.Kind.end:
                guard bitCount >= length else { return false }
                _ = take(length)
                endBlock()
                return true
            default:
                guard bitCount >= DeflateFormat.maximumCodeLength else { return false }
                throw Self.malformed("A code stands for no symbol.")
            }
        }
        return true
    }

    /// A length, whose entry is given, and the distance behind it. False if the input ends before, and nothing is taken.
    @inline(__always) private mutating func repeatBytes(
        _ entry: UInt32, _ view: RawAreaView<UInt8>, _ distanceTable: RawAreaView<UInt32>, _ distanceRoot: Int, _ end: inout Int
    ) throws(CompressionError) -> Bool {
        let before = (bits, bitCount)
        _ = take(Int(entry & 0xFF))
        let length = Int(entry >> 16) + take(Int(entry >> 8 & 31))
        let distanceEntry = distanceTable.entry(for: bits, rootBits: distanceRoot)
        _ = take(Int(distanceEntry & 0xFF))
        let distance = Int(distanceEntry >> 16) + take(Int(distanceEntry >> 8 & 31))
        let isValid = distanceEntry & HuffmanDecoder.Kind.mask == HuffmanDecoder.Kind.base
        guard bitCount >= (isValid ? 0 : DeflateFormat.maximumCodeLength) else {
            (bits, bitCount) = before
            return false
        }
        guard isValid else { throw Self.malformed("A code stands for no distance.") }
        guard distance <= end else { throw Self.malformed("A distance reaches to before the beginning.") }
        view.repeatBytes(at: end, distance: distance, count: length)
        end += length
        return true
    }

    private static func malformed(_ message: String) -> CompressionError {
        CompressionError(.malformed, "The compressed bytes are damaged. " + message)
    }
}
