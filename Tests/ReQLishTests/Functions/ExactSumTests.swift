import TestSupport
import Testing

@testable import ReQLish

struct ExactSumTests {
    private func sum(_ numbers: [Double]) -> Double {
        var sum = ExactSum()
        for number in numbers { sum.add(number) }
        return sum.value
    }

    @Test func `What addition one by one loses is there`() {
        #expect(sum([]) == 0)
        #expect(sum([1e16, 1, -1e16]) == 1)
        #expect(sum([1e308, 5, 1e308, -1e308, -1e308]) == 5)
        #expect(sum(Array(repeating: 0.1, count: 10)) == 1)
        #expect(sum([.greatestFiniteMagnitude, .greatestFiniteMagnitude]) == .infinity)
        #expect(sum([-.greatestFiniteMagnitude, -.greatestFiniteMagnitude]) == -.infinity)
        #expect(sum([.leastNonzeroMagnitude, 1, -1]) == .leastNonzeroMagnitude)
        #expect(sum([-1, 0.5, 0.25]) == -0.25)
    }

    @Test func `One number is itself`() {
        var generator = SeededGenerator(seed: 0x5_0001)
        let known = [
            0, 1, -1, .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown, .greatestFiniteMagnitude, .pi,
        ]
        for number in known + (0..<500).map({ _ in Double(bitPattern: generator.next()) }).filter(\.isFinite) {
            #expect(sum([number]) == number)
            #expect(sum([number, .pi, -.pi]) == number)
        }
    }

    @Test func `Halves are rounded to even`() {
        let unit = 0x1p53
        #expect(sum([unit, 1]) == unit)
        #expect(sum([unit, 1, .leastNonzeroMagnitude]) == unit + 2)
        #expect(sum([unit + 2, 1]) == unit + 4)
        #expect(sum([unit + 2, 1, -.leastNonzeroMagnitude]) == unit + 2)
        #expect(sum([-unit, -1, -.leastNonzeroMagnitude]) == -unit - 2)
        #expect(sum([.greatestFiniteMagnitude, 0x1p969]) == .greatestFiniteMagnitude)
        #expect(sum([.greatestFiniteMagnitude, 0x1p970]) == .infinity)
    }

    /// Whatever is taken out again leaves nothing behind.
    @Test(arguments: [0x5_0002 as UInt64, 0x5_0003])
    func `Taken out, in any order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var sum = ExactSum()
        var held: [Double] = []
        for _ in 0..<2000 {
            if generator.below(2) == 0, let index = held.indices.randomElement(using: &generator) {
                sum.remove(held.remove(at: index))
            } else {
                let number = Double(sign: generator.below(2) == 0 ? .plus : .minus, exponent: generator.below(600) - 300, significand: 1.7)
                held.append(number)
                sum.add(number)
            }
        }
        var fresh = ExactSum()
        for number in held.shuffled(using: &generator) { fresh.add(number) }
        #expect(sum.value == fresh.value, "seed \(seed)")
        for number in held { sum.remove(number) }
        #expect(sum.value == 0, "seed \(seed)")
    }
}
