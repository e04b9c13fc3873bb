/// The symbols of one block, collected until there are enough for a Huffman code of their own.
struct DeflateBlock: ~Copyable {
    /// Codes suit what they were made for; they should not be kept for too long.
    private static let maximumCount = 24 << 10

    private var writer = BitWriter()
    /// A literal, or `matchBit`, the length from bit 16, the distance from bit 0. A full block takes one more.
    private let symbols = RawArea<UInt32>(count: maximumCount + 1)
    private var count = 0
    /// Where the block's bytes begin.
    private var start = 0
    private let literalFrequencies = RawArea<UInt32>(count: DeflateFormat.literalCount)
    private let distanceFrequencies = RawArea<UInt32>(count: DeflateFormat.distanceCount)
    /// The codes of the block that is written: each from bit 8, its length from bit 0.
    private let literalCodes = RawArea<UInt32>(count: DeflateFormat.literalCount)
    private let distanceCodes = RawArea<UInt32>(count: DeflateFormat.distanceCount)
    /// The symbol of each length, from 0.
    private let lengthSymbols: RawArea<UInt16>
    /// The base of each such symbol from bit 8, its extra bits from bit 0.
    private let lengthExtras = zip(DeflateFormat.lengthBases, DeflateFormat.lengthExtraBits).map { UInt32($0) << 8 | UInt32($1) }

    private static let matchBit: UInt32 = 1 << 31

    init() {
        lengthSymbols = RawArea(count: DeflateFormat.maximumMatch + 1)
        for (index, base) in DeflateFormat.lengthBases.enumerated() {
            for length in Int(base)...DeflateFormat.maximumMatch { lengthSymbols.view[length] = UInt16(index) }
        }
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= Self.maximumCount }

    mutating func begin(at position: Int) { start = position }

    @inline(__always) mutating func add(_ literal: UInt8) {
        precondition(count <= Self.maximumCount)
        symbols.view[count] = UInt32(literal)
        literalFrequencies.view[Int(literal)] += 1
        count += 1
    }

    @inline(__always) mutating func add(_ match: MatchFinder.Match) {
        precondition(count <= Self.maximumCount)
        symbols.view[count] = Self.matchBit | UInt32(truncatingIfNeeded: match.length << 16 | match.distance)
        literalFrequencies.view[DeflateFormat.endOfBlock + 1 + Int(lengthSymbols.view[match.length])] += 1
        distanceFrequencies.view[Self.distanceSymbol(match.distance).symbol] += 1
        count += 1
    }

    /// Two symbols for each power of two, and the bits that choose within.
    @inline(__always) private static func distanceSymbol(_ distance: Int) -> (symbol: Int, extraBits: Int) {
        let value = distance - 1
        guard value >= 4 else { return (value, 0) }
        let highest = Int.bitWidth - 1 - value.leadingZeroBitCount
        return (2 * highest + (value >> (highest - 1) & 1), highest - 1)
    }

    // MARK: Writing

    /// Writes the block, which ends at `position`, in the way that takes least, and begins the next.
    mutating func write(_ bytes: RawAreaView<UInt8>, upTo position: Int, isLast: Bool) {
        literalFrequencies.view[DeflateFormat.endOfBlock] = 1
        let literals = literalFrequencies.view.array
        let distances = distanceFrequencies.view.array
        let own = BlockCodes(literals, distances)
        let fixed = BlockCodes.fixed
        let extra = Self.extraBitCount(literals, distances)
        let ownCount = own.headerBitCount + own.bitCount(literals, distances) + extra
        let fixedCount = fixed.bitCount(literals, distances) + extra
        let stored = bytes.bytes(start..<position)
        let storedCount = 8 * (stored.count + 5 * (1 + stored.count / DeflateFormat.maximumStoredByteCount))

        if storedCount < min(ownCount, fixedCount) {
            writeStored(stored, isLast: isLast)
        } else {
            writer.write(isLast ? 1 : 0, count: 1)
            if ownCount < fixedCount {
                writer.write(DeflateFormat.BlockType.dynamic, count: 2)
                own.writeHeader(to: &writer)
                writeSymbols(own)
            } else {
                writer.write(DeflateFormat.BlockType.fixed, count: 2)
                writeSymbols(.fixed)
            }
        }
        count = 0
        start = position
        literalFrequencies.view.fill(0)
        distanceFrequencies.view.fill(0)
    }

    /// An empty uncompressed block, which ends at a byte's border.
    mutating func writeBorder() {
        writeStored(.empty, isLast: false)
    }

    /// Moves what was written to the end of `output`.
    mutating func move(to output: inout ByteBuffer) {
        writer.alignToByte()
        writer.move(to: &output)
    }

    private mutating func writeStored(_ bytes: Bytes, isLast: Bool) {
        var rest = bytes
        repeat {
            let piece = rest[0..<min(rest.count, DeflateFormat.maximumStoredByteCount)]
            rest = rest.dropFirst(piece.count)
            writer.write(isLast && rest.count == 0 ? 1 : 0, count: 1)
            writer.write(DeflateFormat.BlockType.stored, count: 2)
            writer.alignToByte()
            writer.write(piece.count, count: 16)
            writer.write(~piece.count & 0xFFFF, count: 16)
            writer.append(piece)
        } while rest.count > 0
    }

    private mutating func writeSymbols(_ codes: BlockCodes) {
        codes.copy(to: literalCodes.view, distanceCodes.view)
        let (literals, distances) = (literalCodes.view, distanceCodes.view)
        let (symbols, lengthSymbols) = (symbols.view, lengthSymbols.view)
        for index in 0..<count {
            // At most 48 bits a symbol, and fewer than 8 from before.
            if index & 1023 == 0 { writer.reserve(6 * 1024) }
            let symbol = symbols[index]
            guard symbol & Self.matchBit != 0 else {
                let code = literals[Int(symbol)]
                writer.put(UInt64(code >> 8), count: Int(code & 0xFF))
                writer.flush()
                continue
            }
            let length = Int(symbol >> 16 & 0x1FF)
            let lengthSymbol = Int(lengthSymbols[length])
            let lengthCode = literals[DeflateFormat.endOfBlock + 1 + lengthSymbol]
            writer.put(UInt64(lengthCode >> 8), count: Int(lengthCode & 0xFF))
            let lengthExtra = lengthExtras[lengthSymbol]
            writer.put(UInt64(length - Int(lengthExtra >> 8)), count: Int(lengthExtra & 0xFF))
            let distance = Int(symbol & 0xFFFF)
            let (distanceSymbol, extraBits) = Self.distanceSymbol(distance)
            let distanceCode = distances[distanceSymbol]
            writer.put(UInt64(distanceCode >> 8), count: Int(distanceCode & 0xFF))
            writer.put(UInt64((distance - 1) & (1 << extraBits - 1)), count: extraBits)
            writer.flush()
        }
        let end = literals[DeflateFormat.endOfBlock]
        writer.write(Int(end >> 8), count: Int(end & 0xFF))
    }

    private static func extraBitCount(_ literals: [UInt32], _ distances: [UInt32]) -> Int {
        let lengths = zip(literals[(DeflateFormat.endOfBlock + 1)...], DeflateFormat.lengthExtraBits).reduce(0) {
            $0 + Int($1.0) * Int($1.1)
        }
        return zip(distances, DeflateFormat.distanceExtraBits).reduce(lengths) { $0 + Int($1.0) * Int($1.1) }
    }
}
