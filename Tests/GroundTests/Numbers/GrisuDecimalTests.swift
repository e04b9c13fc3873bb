import TestSupport
import Testing

@testable import Ground

@Suite struct GrisuDecimalTests {
    /// The first is what RethinkDB 2.4.4 answers. It and the second are not the nearest of their length.
    @Test(arguments: [
        (40007862.917250894 as Double, "40007862917250897e-9"), (1e23, "9999999999999999e7"), (0.1, "1e-1"),
        (.leastNonzeroMagnitude, "5e-324"),
        (.greatestFiniteMagnitude, "17976931348623157e292"), (4.35, "435e-2"),
    ])
    func digits(number: Double, text: String) {
        let decimal = GrisuDecimal(number)
        #expect("\(decimal.digits)e\(decimal.exponent)" == text)
    }

    @Test func everyNumberIsReadBack() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: .random(in: 1..<Double.infinity.bitPattern, using: &generator))
            let decimal = GrisuDecimal(number)
            #expect(Double("\(decimal.digits)e\(decimal.exponent)") == number, "seed \(seed)")
            #expect(decimal.digits < 100_000_000_000_000_000, "seed \(seed)")
        }
    }
}
