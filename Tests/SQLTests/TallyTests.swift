import ReQLish
import TestSupport
import Testing

@testable import SQL

/// What the numbers of a field come to is exact, whatever is before and behind their points.
struct TallyTests {
    @Test func sumsAreThoseOfTheNumbersOneByOne() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            var (tally, sum) = (Tally(), ExactSum())
            for _ in 0..<random.below(60) {
                let number = Self.number(&random)
                tally.add(number)
                sum.add(number)
            }
            #expect(tally.sum.value == sum.value)
        }
    }

    @Test func neitherPartLosesABit() {
        var tally = Tally()
        for number in [0x1p51 + 0.5, -0x1p51, 0x1p-63, -0x1p-64, 1 - 0x1p-53, -0.0, 0x1p52, -0x1p53] { tally.add(number) }
        #expect(tally.sum.value == 1.5 - 0x1p52)
        tally.add(0x1p52)
        tally.add(-1.5)
        #expect(tally.sum.value == 0x1p-64 - 0x1p-53)
        #expect(tally.count == 10)
    }

    private static func number(_ random: inout SeededGenerator) -> Double {
        let integer = Double(random.below(1 << 53) - 1 << 52)
        switch random.below(6) {
        case 0: return integer
        case 1: return Double(random.below(2001) - 1000) / 4
        case 2: return Double(random.below(2001) - 1000) / 100
        case 3: return integer * 0x1p-63
        case 4: return integer * 0x1p-64
        default: return integer * Double(sign: .plus, exponent: random.below(600) - 300, significand: 1)
        }
    }
}
