import Ground
import TestSupport
import Testing

@testable import Catalog

/// Integers that no double holds go ways of their own, on which everything is as on the way of all numbers with digits.
struct LargeIntegerTests {
    private static let limit = Int64(1) << 53
    private static let edges: [Int64] = {
        var edges: [Int64] = []
        for distance in -3...3 as ClosedRange<Int64> {
            for center in [limit, -limit, 1 << 60, 10_000_000_000_000_000, -1_000_000_000_000_000_000] { edges.append(center + distance) }
        }
        for distance in 0...3 as ClosedRange<Int64> {
            edges += [Int64.max - distance, Int64.min + distance, 90_071_992_547_409_930 * (distance + 1)]
        }
        return edges
    }()

    private func check(_ integer: Int64) {
        guard integer.magnitude >= Self.limit.magnitude else { return }
        let decimal = DecimalNumber(integer)
        let (own, other) = (Datum(Int(integer)), Datum(decimal))
        #expect(own.isIdentical(to: other) && own.hasDigits == other.hasDigits && own.description == other.description, "\(integer)")
        #expect(own.int64 == integer && own.decimal == decimal, "\(integer)")
        var keys: [[UInt8]] = [[], []]
        if own.hasDigits {
            keys[1].append(KeyEncoding.number)
            KeyEncoding.append(decimal, near: decimal.nearestDouble, to: &keys[1])
        } else {
            KeyEncoding.append(number: Double(integer), to: &keys[1])
        }
        #expect(throws: Never.self) { try KeyEncoding.append(own, allowsBounds: false, to: &keys[0]) }
        #expect(keys[0] == keys[1], "\(integer)")
        let shown = DecimalNumber(shown: Double(integer))
        #expect(integer.compare(withShown: Double(integer)).signum() == DecimalNumber.compare(decimal, shown).signum(), "\(integer)")
    }

    @Test func theyAreAsDecimals() {
        for integer in Self.edges { check(integer) }
        for seed in Fuzzing.seeds(4) {
            var random = SeededGenerator(seed: seed)
            for round in 0..<5000 {
                let bits = Int64(bitPattern: random.next())
                check(bits >> Int64(round % 11))
                // Few digits and many zeros.
                let unit: Int64 = round.isMultiple(of: 2) ? 10_000_000_000_000 : 1_000_000_000_000_000
                check((bits % 100_000) &* unit)
            }
        }
    }

    @Test func textsThatAreNone() {
        func integer(_ text: String) -> Int64? { Array(text.utf8).span.withBytes { Int64(digits: $0) } }
        #expect(integer("9223372036854775807") == .max && integer("-9223372036854775808") == .min && integer("-0") == 0)
        for text in ["", "-", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1.5", "1e3", "+1", " 1", "1-"] {
            #expect(integer(text) == nil, "\(text)")
        }
    }
}
