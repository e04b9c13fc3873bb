import Catalog
import TestSupport
import Testing

@testable import ReQLish

@Suite struct MergeTests {
    private func merge(_ left: Datum, _ right: Datum) -> String {
        outcome { () throws(ReQLError) in try Merge.merge(left, right) }
    }

    private func literal(_ value: Datum? = nil) throws -> Datum { try Merge.literal(value) }

    /// An object that may hold literals, which `Datum`'s own literals refuse.
    private func object(_ fields: (String, Datum)...) throws -> Datum { try Datum.object(fields) }

    @Test(
        arguments: [
            (["a": 1], ["b": 2], #"{"a":1,"b":2}"#), (["a": 1], ["a": 2], #"{"a":2}"#), (["a": 1], [:], #"{"a":1}"#),
            ([:], ["a": 1], #"{"a":1}"#),
            (["a": ["b": 1, "c": 2]], ["a": ["b": 3]], #"{"a":{"b":3,"c":2}}"#), (["a": ["b": 1]], ["a": 5], #"{"a":5}"#),
            (["a": 5], ["a": ["b": 1]], #"{"a":{"b":1}}"#),
            (["a": [1, 2]], ["a": [3]], #"{"a":[3]}"#), (["a": 1], ["a": .null], #"{"a":null}"#),
            (["a": ["b": ["c": 1]]], ["a": ["b": ["d": 2]]], #"{"a":{"b":{"c":1,"d":2}}}"#),
            ([1], ["a": 1], #"{"a":1}"#), (["a": 1], [1], "[1]"), (.null, ["a": 1], #"{"a":1}"#),
            (["a": 1], .null, "null"), (["a": 1], "b", #""b""#), (["a": 1], .time(epochSeconds: 1, offsetMinutes: 0), "!queryLogic"),
        ] as [(Datum, Datum, String)])
    func merging(left: Datum, right: Datum, expected: String) {
        #expect(merge(left, right) == expected)
    }

    @Test func timesAreValues() {
        let time = Datum.time(epochSeconds: 1, offsetMinutes: 0)
        #expect(merge(["a": ["b": 1]], ["a": time]) == (["a": time] as Datum).description)
        #expect(merge(["a": time], ["a": ["b": 1]]) == #"{"a":{"b":1}}"#)
    }

    @Test func literals() throws {
        let left: Datum = ["a": ["b": 1, "c": 2], "d": 3]
        #expect(merge(left, try object(("a", try literal(["x": 1])))) == #"{"a":{"x":1},"d":3}"#)
        #expect(merge(left, try object(("a", try literal()))) == #"{"d":3}"#)
        #expect(merge(left, try object(("a", try object(("b", try literal()))))) == #"{"a":{"c":2},"d":3}"#)
        #expect(merge(left, try object(("a", try literal(.null)), ("d", try literal(4)))) == #"{"a":null,"d":4}"#)
        #expect(merge(left, try object(("new", try literal(4)))) == #"{"a":{"b":1,"c":2},"d":3,"new":4}"#)
        #expect(merge(left, try object(("new", try literal()))) == left.description)
        // Below a field that merges with nothing.
        #expect(
            merge(left, try object(("d", try object(("x", try literal(1)), ("y", try literal()))))) == #"{"a":{"b":1,"c":2},"d":{"x":1}}"#)
        // Beside a field without literals.
        #expect(merge(left, try object(("a", ["b": 9]), ("d", try literal()))) == #"{"a":{"b":9,"c":2}}"#)
    }

    @Test func strayLiterals() throws {
        let left: Datum = ["a": 1]
        #expect(merge(left, try literal(["a": 1])) == "!queryLogic")
        #expect(merge(left, try object(("a", try Datum.array([try literal(1)])))) == "!queryLogic")
        #expect(merge(left, try object(("a", try literal(try object(("b", try literal(1))))))) == "!queryLogic")
        #expect(try Merge.holdsLiteral(object(("a", ["b": 1]), ("c", Datum.array([literal()])))))
        #expect(!Merge.holdsLiteral(["a": [1, ["b": "LITERAL"]]]))
    }

    @Test func predicates() throws {
        let row: Datum = ["a": 1, "b": ["c": 2, "d": 3], "l": [1, 2], "n": .null]
        let matches = { (predicate: Datum) in outcome { () throws(ReQLError) in Datum(try Merge.matches(row, predicate: predicate)) } }
        #expect(matches([:]) == "true")
        #expect(matches(["a": 1]) == "true")
        #expect(matches(["a": 2]) == "false")
        #expect(matches(["b": ["c": 2]]) == "true")
        #expect(matches(["b": ["c": 3]]) == "false")
        #expect(matches(["a": ["c": 2]]) == "false")
        #expect(matches(["l": [1, 2]]) == "true")
        #expect(matches(["l": [1]]) == "false")
        #expect(matches(["n": .null]) == "true")
        #expect(matches(["zzz": 1]) == "!nonExistence")
        #expect(matches(["b": ["zzz": 1]]) == "!nonExistence")
        #expect(matches(try object(("b", try literal(["c": 2])))) == "false")
        #expect(matches(try object(("b", try literal(["c": 2, "d": 3])))) == "true")
        #expect(matches(try object(("b", try literal()))) == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Merge.matches(5, predicate: ["a": 1]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Merge.matches(.null, predicate: ["a": 1]) } == "!nonExistence")
    }

    /// What is merged twice is merged once, the right side wins, and nothing on the left is lost that the right does not name.
    @Test func properties() throws {
        let seed: UInt64 = 0x3E46E
        var generator = SeededGenerator(seed: seed)
        func value(depth: Int) throws -> Datum {
            if depth == 0 || generator.below(2) == 0 { return Datum(generator.below(5)) }
            var fields: [(String, Datum)] = []
            for name in ["a", "b", "c"] where generator.below(2) == 0 { fields.append((name, try value(depth: depth - 1))) }
            return try Datum.object(fields)
        }
        func objectValue() throws -> Datum { try Datum.object([("k", try value(depth: 3)), ("m", try value(depth: 2))]) }
        for _ in 0..<500 {
            let (a, b, c) = (try objectValue(), try objectValue(), try objectValue())
            let ab = try Merge.merge(a, b)
            #expect(try Merge.merge(ab, b) == ab, "\(a) \(b), seed \(seed)")
            #expect(try Merge.merge(a, a) == a)
            #expect(try Merge.matches(ab, predicate: b), "\(a) \(b), seed \(seed)")
            #expect(try Merge.merge(a, try Datum.object([("x", c)]))[field: "k"] == a[field: "k"])
            // With every value a literal, merge replaces whole fields.
            let literals = try Datum.object(b.fields.map { ($0.key, try Merge.literal($0.value)) })
            #expect(try Merge.merge(a, literals) == b, "\(a) \(b), seed \(seed)")
        }
    }
}
