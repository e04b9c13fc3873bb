import TestSupport
import Testing

@testable import Ground

@Suite struct HuffmanEncoderTests {
    /// How much of all codes of `limit` bits the lengths use; all of them, for a code that wastes nothing.
    private func used(_ lengths: [UInt8], limit: Int) -> Int {
        lengths.filter { $0 > 0 }.reduce(0) { $0 + 1 << (limit - Int($1)) }
    }

    @Test func aKnownCode() {
        let code = HuffmanEncoder(frequencies: [5, 9, 12, 13, 16, 45, 0], limit: 15)
        #expect(code.lengths == [4, 4, 3, 3, 3, 1, 0])
        #expect(code.bitCount([5, 9, 12, 13, 16, 45, 0]) == 224)
        // 0 for the most frequent; then in the order of lengths and symbols, lowest bit first.
        #expect(code.codes == [0b0111, 0b1111, 0b001, 0b101, 0b011, 0, 0])
    }

    @Test(arguments: [[], [7], [0, 0, 7]] as [[UInt32]])
    func twoSymbolsAtLeast(_ frequencies: [UInt32]) {
        let code = HuffmanEncoder(frequencies: frequencies + [0, 0, 0], limit: 15)
        #expect(code.lengths.filter { $0 > 0 } == [1, 1])
    }

    /// Frequencies that grow like Fibonacci's numbers make the deepest tree.
    @Test(arguments: [5, 7, 15])
    func noCodeIsLongerThanTheLimit(_ limit: Int) {
        var frequencies: [UInt32] = [1, 1]
        while frequencies.count < 30 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
        let code = HuffmanEncoder(frequencies: frequencies, limit: limit)
        #expect(code.lengths.max() == UInt8(limit) && code.lengths.allSatisfy { $0 > 0 })
        #expect(used(code.lengths, limit: limit) == 1 << limit)
        #expect(zip(code.lengths, code.lengths.dropFirst()).allSatisfy { $0 >= $1 }, "the rarer, the longer")
    }

    @Test func anyFrequenciesMakeACodeThatCanBeRead() {
        for seed in Fuzzing.seeds(100) {
            var generator = SeededGenerator(seed: seed)
            let frequencies = (0..<286).map { _ in generator.below(3) == 0 ? 0 : UInt32(1 << generator.below(20)) }
            let limit = 9 + generator.below(7)
            let code = HuffmanEncoder(frequencies: frequencies, limit: limit)
            #expect(used(code.lengths, limit: limit) == 1 << limit, "seed \(seed)")
            #expect(zip(frequencies, code.lengths).allSatisfy { ($0 > 0) == ($1 > 0) }, "seed \(seed)")
            #expect(HuffmanDecoder(.literals).build(code.lengths[...]), "seed \(seed)")
        }
    }
}
