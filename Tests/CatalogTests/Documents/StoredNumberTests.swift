import Ground
import TestSupport
import Testing

@testable import Catalog

/// Numbers that are read where they lie, beside those that the language's library makes of their texts.
@Suite struct StoredNumberTests {
    private func read(_ text: String) -> Double? { Array(text.utf8).span.withBytes { StoredScalar.storedNumber($0) } }

    @Test func numbersAreTheNearestDoubles() {
        var generator = Fuzzing.generator
        for _ in 0..<50_000 {
            let digits = String(Int.random(in: 0...9_999_999_999_999_999, using: &generator) >> Int.random(in: 0...50, using: &generator))
            var text = digits
            switch Int.random(in: 0...3, using: &generator) {
            case 0: break
            case 1: text = "0." + String(repeating: "0", count: Int.random(in: 0...5, using: &generator)) + digits
            case 2: text += "e" + String(Int.random(in: -30...30, using: &generator))
            default: text.insert(".", at: text.index(text.startIndex, offsetBy: Int.random(in: 1...digits.count, using: &generator)))
            }
            if text.hasSuffix(".") { text += "5" }
            if Bool.random(using: &generator) { text = "-" + text }
            #expect(read(text) == Double(text), "\(text)")
        }
        for text in ["0", "9007199254740993", "999999999999999.5", "99999999999999.9", "0.1", "123456789012345.6", "1e308"] {
            #expect(read(text) == Double(text), "\(text)")
        }
    }

    @Test(arguments: ["1.", ".5", "1..2", "1.2.3", "-", "1e", "1-2", "0x10", "1.e5"]) func whatIsNoNumber(text: String) {
        #expect(read(text) == nil)
    }
}
