import Catalog
import TestSupport
import Testing

@testable import ReQLish

@Suite struct ArithmeticTests {
    @Test(
        arguments: [
            (1, 2, "3"), (1, 0.5, "1.5"), ("a", "b", "\"ab\""), ("", "", "\"\""),
            ([1], [2, 3], "[1,2,3]"), ([], [], "[]"), ([[1]], [[]], "[[1],[]]"),
            (1, "a", "!queryLogic"), ("a", 1, "!queryLogic"), ([1], 1, "!queryLogic"), (["a": 1], 1, "!queryLogic"),
            (.null, 1, "!nonExistence"), (1, .null, "!nonExistence"), ("a", .null, "!nonExistence"), (true, true, "!queryLogic"),
            (1e308, 1e308, "!queryLogic"), (-1e308, -1e308, "!queryLogic"),
        ] as [(Datum, Datum, String)])
    func add(a: Datum, b: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arithmetic.add(a, b, arrayLimit: anyLimit) } == expected)
    }

    @Test func addHoldsTheArrayLimit() {
        #expect(outcome { () throws(ReQLError) in try Arithmetic.add([1, 2], [3], arrayLimit: 3) } == "[1,2,3]")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.add([1, 2], [3], arrayLimit: 2) } == "!resourceLimit")
    }

    @Test func timesAndSeconds() {
        let noon = Datum.time(epochSeconds: 43_200, offsetMinutes: 120)
        let later = Datum.time(epochSeconds: 43_201.5, offsetMinutes: 120)
        func add(_ a: Datum, _ b: Datum) -> String {
            outcome { () throws(ReQLError) in try Arithmetic.add(a, b, arrayLimit: anyLimit) }
        }
        func subtract(_ a: Datum, _ b: Datum) -> String {
            outcome { () throws(ReQLError) in try Arithmetic.subtract(a, b) }
        }
        #expect(add(noon, 1.5) == later.description)
        #expect(add(1.5, noon) == later.description)
        #expect(add(noon, noon) == "!queryLogic")
        #expect(add(noon, .null) == "!nonExistence")
        #expect(add("a", noon) == "!queryLogic")
        #expect(subtract(later, noon) == "1.5")
        #expect(subtract(later, 1.5) == noon.description)
        #expect(subtract(1, noon) == "!queryLogic")
        #expect(subtract(noon, "a") == "!queryLogic")
    }

    @Test(
        arguments: [
            (5, 3, "2"), (0.1, 0.1, "0"), ("a", 1, "!queryLogic"), (1, .null, "!nonExistence"), ([1], [1], "!queryLogic"),
            (-1e308, 1e308, "!queryLogic"),
        ] as [(Datum, Datum, String)])
    func subtract(a: Datum, b: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arithmetic.subtract(a, b) } == expected)
    }

    @Test(
        arguments: [
            (3, 4, "12"), (1.5, 2, "3"), ([1, 2], 2, "[1,2,1,2]"), (2, [1], "[1,1]"), ([1], 0, "[]"), ([], 1_000_000_000, "[]"),
            ([1], -1, "!queryLogic"), ([1], 1.5, "!queryLogic"), ([1], [1], "!queryLogic"), ("a", 2, "!queryLogic"),
            (.null, 2, "!nonExistence"), ([1], .null, "!nonExistence"), (1e200, 1e200, "!queryLogic"),
            ([1, 2], 9_007_199_254_740_992, "!resourceLimit"), ([1], 100_001, "!resourceLimit"),
        ] as [(Datum, Datum, String)])
    func multiply(a: Datum, b: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arithmetic.multiply(a, b, arrayLimit: anyLimit) } == expected)
    }

    @Test(
        arguments: [
            (4, 2, "2"), (1, 4, "0.25"), (-1, -2, "0.5"), (0, 5, "0"), (1, 0, "!queryLogic"), (0, 0, "!queryLogic"),
            (1e308, 1e-308, "!queryLogic"), ("a", 1, "!queryLogic"), (1, "a", "!queryLogic"), (1, .null, "!nonExistence"),
        ] as [(Datum, Datum, String)])
    func divide(a: Datum, b: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arithmetic.divide(a, b) } == expected)
    }

    @Test(
        arguments: [
            (7, 3, "1"), (-7, 3, "-1"), (7, -3, "1"), (6, 3, "0"), (1, 0, "!queryLogic"), (1.5, 2, "!queryLogic"),
            (4, 1.5, "!queryLogic"), ("a", 1, "!queryLogic"), (.null, 1, "!nonExistence"), (1e17, 3, "!queryLogic"),
        ] as [(Datum, Datum, String)])
    func modulo(a: Datum, b: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Arithmetic.modulo(a, b) } == expected)
    }

    @Test(
        arguments: [
            (1.5, "1", "2", "2"), (-1.5, "-2", "-1", "-2"), (0.5, "0", "1", "1"), (2.4, "2", "3", "2"), (-2.4, "-3", "-2", "-2"),
            (3, "3", "3", "3"), (1e20, "100000000000000000000.0", "100000000000000000000.0", "100000000000000000000.0"),
            ("x", "!queryLogic", "!queryLogic", "!queryLogic"), (.null, "!nonExistence", "!nonExistence", "!nonExistence"),
        ] as [(Datum, String, String, String)])
    func rounding(value: Datum, floor: String, ceiling: String, round: String) throws {
        func same(_ got: String, _ expected: String) -> Bool { got == expected || Double(got) != nil && Double(got) == Double(expected) }
        #expect(same(outcome { () throws(ReQLError) in try Arithmetic.floor(value) }, floor))
        #expect(same(outcome { () throws(ReQLError) in try Arithmetic.ceiling(value) }, ceiling))
        #expect(same(outcome { () throws(ReQLError) in try Arithmetic.round(value) }, round))
    }

    @Test func bits() {
        let top = Datum(1 << 53 - 1)
        let bottom = Datum(-(1 << 53))
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitAnd(12, 10) } == "8")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitAnd(-1, top) } == top.description)
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitOr(12, 10) } == "14")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitXor(12, 10) } == "6")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitXor(-1, 0) } == "-1")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitNot(0) } == "-1")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitNot(bottom) } == "9007199254740991")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitNot(Datum(1 << 53)) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitAnd(1.5, 1) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.bitOr(1, .null) } == "!nonExistence")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftLeft(5, 4) } == "80")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftLeft(-5, 1) } == "-10")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftLeft(1, 1_000_000) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftLeft(1, -1) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftRight(80, 4) } == "5")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftRight(-1, 100) } == "-1")
        #expect(outcome { () throws(ReQLError) in try Arithmetic.shiftRight(7, -1) } == "!queryLogic")
    }

    /// The remainder is what a division leaves, and shifts undo each other.
    @Test func properties() throws {
        let seed: UInt64 = 0x5EED_A217
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let a = generator.below(1 << 40) - 1 << 39
            let b = generator.below(1 << 20) + 1
            let rest = try #require(try Arithmetic.modulo(Datum(a), Datum(b)).integer)
            #expect((a - rest) % b == 0 && abs(rest) < b && (rest == 0 || (rest < 0) == (a < 0)), "seed \(seed)")
            let shift = Datum(generator.below(12))
            #expect(try Arithmetic.shiftRight(Arithmetic.shiftLeft(Datum(a), shift), shift) == Datum(a), "seed \(seed)")
            #expect(try Arithmetic.bitNot(Arithmetic.bitNot(Datum(a))) == Datum(a), "seed \(seed)")
        }
    }
}
