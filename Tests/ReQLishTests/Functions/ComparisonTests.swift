import Catalog
import Testing

@testable import ReQLish

@Suite struct ComparisonTests {
    /// Ascending; no two are equal.
    static let ladder: [Datum] = [
        .minval, [], [1], [1, 0], [2], false, true, .null, -5, 0, 0.5, 1e300, [:] as Datum, ["a": 0], ["a": 0, "b": 1], ["b": 0],
        .binary([]), .binary([0]), .binary([0xFF]), .time(epochSeconds: 0, offsetMinutes: 0),
        .time(epochSeconds: 1, offsetMinutes: -600), "", "a", "aa", "b", "ä", .maxval,
    ]

    @Test func everyPairOfTheLadder() {
        for (i, a) in Self.ladder.enumerated() {
            for (j, b) in Self.ladder.enumerated() {
                #expect(Comparison.less.holds(a, b) == (i < j), "\(a) < \(b)")
                #expect(Comparison.lessOrEqual.holds(a, b) == (i <= j), "\(a) <= \(b)")
                #expect(Comparison.greater.holds(a, b) == (i > j), "\(a) > \(b)")
                #expect(Comparison.greaterOrEqual.holds(a, b) == (i >= j), "\(a) >= \(b)")
                #expect(Comparison.equal.holds(a, b) == (i == j), "\(a) == \(b)")
                #expect(Comparison.notEqual.holds(a, b) == (i != j), "\(a) != \(b)")
            }
        }
    }

    @Test func equalityOfDifferentSpellings() {
        #expect(Comparison.equal.holds(0, -0.0))
        #expect(Comparison.equal.holds(.time(epochSeconds: 7, offsetMinutes: 60), .time(epochSeconds: 7, offsetMinutes: 0)))
        #expect(Comparison.equal.holds(["a": 1, "b": 2], ["b": 2, "a": 1]))
        // Composed and decomposed: other bytes, another string.
        #expect(Comparison.notEqual.holds("\u{E9}", "e\u{301}"))
    }

    @Test func manyArguments() {
        #expect(Comparison.less.holds([1, 2, 3] as [Datum]))
        #expect(!Comparison.less.holds([1, 3, 2] as [Datum]))
        #expect(Comparison.equal.holds([1, 1, 1] as [Datum]))
        #expect(!Comparison.equal.holds([1, 2, 1] as [Datum]))
        // Not pairwise different: only not all equal.
        #expect(Comparison.notEqual.holds([1, 2, 1] as [Datum]))
        #expect(!Comparison.notEqual.holds([1, 1, 1] as [Datum]))
    }
}
