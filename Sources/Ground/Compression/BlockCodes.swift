/// The two Huffman codes of a block, and how its header says what they are.
struct BlockCodes {
    private let literals: HuffmanEncoder
    private let distances: HuffmanEncoder
    /// The code lengths of both, with repetitions taken together: the symbol, the value of its extra bits, and how many these are.
    private let description: [(symbol: Int, extra: Int, extraBits: Int)]
    private let descriptionCode: HuffmanEncoder
    private let counts: (literals: Int, distances: Int, codeLengths: Int)

    /// The best codes for symbols that occur so often.
    init(_ literalFrequencies: [UInt32], _ distanceFrequencies: [UInt32]) {
        self.init(
            HuffmanEncoder(frequencies: literalFrequencies, limit: DeflateFormat.maximumCodeLength),
            HuffmanEncoder(frequencies: distanceFrequencies, limit: DeflateFormat.maximumCodeLength))
    }

    /// Those that need no description.
    static let fixed = BlockCodes(
        HuffmanEncoder(lengths: DeflateFormat.fixedLiteralLengths), HuffmanEncoder(lengths: DeflateFormat.fixedDistanceLengths))

    private init(_ literals: HuffmanEncoder, _ distances: HuffmanEncoder) {
        self.literals = literals
        self.distances = distances
        let literalCount = max(257, 1 + (literals.lengths.lastIndex { $0 > 0 } ?? 0))
        let distanceCount = max(1, 1 + (distances.lengths.lastIndex { $0 > 0 } ?? 0))
        description = Self.description(Array(literals.lengths[..<literalCount] + distances.lengths[..<distanceCount]))
        var frequencies = [UInt32](repeating: 0, count: DeflateFormat.codeLengthCount)
        for item in description { frequencies[item.symbol] += 1 }
        let code = HuffmanEncoder(frequencies: frequencies, limit: 7)
        descriptionCode = code
        let lengthCount = max(4, 1 + (DeflateFormat.codeLengthOrder.lastIndex { code.lengths[$0] > 0 } ?? 0))
        counts = (literalCount, distanceCount, lengthCount)
    }

    private static func description(_ lengths: [UInt8]) -> [(symbol: Int, extra: Int, extraBits: Int)] {
        var result: [(symbol: Int, extra: Int, extraBits: Int)] = []
        var index = 0
        while index < lengths.count {
            let length = lengths[index]
            var run = 1
            while index + run < lengths.count, lengths[index + run] == length { run += 1 }
            index += run
            if length > 0 {
                result.append((Int(length), 0, 0))
                run -= 1
            }
            while run >= 3 {
                let taken: Int
                if length > 0 {
                    taken = min(run, 6)
                    result.append((DeflateFormat.repeatLast, taken - 3, 2))
                } else if run <= 10 {
                    taken = run
                    result.append((DeflateFormat.repeatZero, taken - 3, 3))
                } else {
                    taken = min(run, 138)
                    result.append((DeflateFormat.repeatZeroLong, taken - 11, 7))
                }
                run -= taken
            }
            for _ in 0..<run { result.append((Int(length), 0, 0)) }
        }
        return result
    }

    /// The bits that the symbols take, without their extra bits.
    func bitCount(_ literalFrequencies: [UInt32], _ distanceFrequencies: [UInt32]) -> Int {
        literals.bitCount(literalFrequencies) + distances.bitCount(distanceFrequencies)
    }

    var headerBitCount: Int {
        description.reduce(14 + 3 * counts.codeLengths) { $0 + Int(descriptionCode.lengths[$1.symbol]) + $1.extraBits }
    }

    /// What a dynamic block has behind its type.
    func writeHeader(to writer: inout BitWriter) {
        writer.write(counts.literals - 257, count: 5)
        writer.write(counts.distances - 1, count: 5)
        writer.write(counts.codeLengths - 4, count: 4)
        for symbol in DeflateFormat.codeLengthOrder[..<counts.codeLengths] {
            writer.write(Int(descriptionCode.lengths[symbol]), count: 3)
        }
        for item in description {
            writer.write(Int(descriptionCode.codes[item.symbol]), count: Int(descriptionCode.lengths[item.symbol]))
            writer.write(item.extra, count: item.extraBits)
        }
    }

    /// Tables for writing: a code from bit 8, its length from bit 0.
    func copy(to literalTable: RawAreaView<UInt32>, _ distanceTable: RawAreaView<UInt32>) {
        for symbol in 0..<DeflateFormat.literalCount {
            literalTable[symbol] = UInt32(literals.codes[symbol]) << 8 | UInt32(literals.lengths[symbol])
        }
        for symbol in 0..<DeflateFormat.distanceCount {
            distanceTable[symbol] = UInt32(distances.codes[symbol]) << 8 | UInt32(distances.lengths[symbol])
        }
    }
}
