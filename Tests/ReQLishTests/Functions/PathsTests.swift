import Catalog
import Testing

@testable import ReQLish

@Suite struct PathsTests {
    private let row: Datum = [
        "a": 1, "b": ["c": 2, "d": ["e": 3, "f": .null]], "l": [["x": 1, "y": 2], ["y": 3]], "m": [["x": 1], 5], "n": .null, "s": "text",
    ]

    private func pluck(_ specifications: Datum...) -> String {
        outcome { () throws(ReQLError) in try FieldPaths(specifications).pluck(row) }
    }

    private func without(_ specifications: Datum...) -> String {
        outcome { () throws(ReQLError) in
            try FieldPaths(specifications).without(["a": 1, "b": ["c": 2, "d": 3], "l": [["x": 1, "y": 2], [:]], "m": [["x": 1], 5]])
        }
    }

    private func has(_ specifications: Datum...) -> String {
        outcome { () throws(ReQLError) in Datum(try FieldPaths(specifications).areAll(in: row)) }
    }

    @Test func pluckNames() {
        #expect(pluck() == "{}")
        #expect(pluck("a", "zzz") == #"{"a":1}"#)
        #expect(pluck("s", "a", "a") == #"{"a":1,"s":"text"}"#)
        #expect(pluck(["a", ["n"]]) == #"{"a":1,"n":null}"#)
    }

    @Test func manyNames() throws {
        let names = (0..<50_000).map { Datum("n\(($0 * 7919) % 50_000)") }
        let paths = try FieldPaths([Datum(elements: names + names), "a", ["b": "c"]])
        #expect(outcome { () throws(ReQLError) in try paths.pluck(row) } == #"{"a":1,"b":{"c":2}}"#)
        #expect(outcome { () throws(ReQLError) in try paths.without(["a": 1, "n49999": 1, "n5": 2, "z": 3]) } == #"{"z":3}"#)
    }

    @Test func pluckPaths() {
        #expect(pluck(["b": true]) == #"{"b":{"c":2,"d":{"e":3,"f":null}}}"#)
        #expect(pluck(["b": "c"]) == #"{"b":{"c":2}}"#)
        #expect(pluck(["b": ["c", ["d": ["f": true]]]]) == #"{"b":{"c":2,"d":{"f":null}}}"#)
        #expect(pluck(["b": "c"], ["b": ["d": "e"]]) == #"{"b":{"c":2,"d":{"e":3}}}"#)
        // The whole and a part of it are the whole.
        #expect(pluck(["b": "c"], "b") == #"{"b":{"c":2,"d":{"e":3,"f":null}}}"#)
        #expect(pluck(["b": [:]]) == #"{"b":{}}"#)
        #expect(pluck(["b": "zzz"]) == #"{"b":{}}"#)
        #expect(pluck(["zzz": "c"]) == "{}")
        // Through a scalar leads no path.
        #expect(pluck(["a": "c"], ["n": "x"], ["s": "t"]) == "{}")
    }

    @Test func pathsGoThroughArraysOfObjects() {
        #expect(pluck(["l": "x"]) == #"{"l":[{"x":1},{}]}"#)
        #expect(pluck(["m": "x"]) == "{}")
        #expect(without(["l": "x"]) == #"{"a":1,"b":{"c":2,"d":3},"l":[{"y":2},{}],"m":[{"x":1},5]}"#)
        #expect(without(["m": "x"], "l") == #"{"a":1,"b":{"c":2,"d":3},"m":[{"x":1},5]}"#)
        #expect(has(["l": "x"]) == "false")
    }

    @Test func withoutNamesAndPaths() {
        #expect(without("a", "l", "m") == #"{"b":{"c":2,"d":3}}"#)
        #expect(without(["b": "c"], ["l", "m"]) == #"{"a":1,"b":{"d":3}}"#)
        #expect(without(["b": true], ["l": true], "m", "a", "zzz") == "{}")
        #expect(without(["a": "c"], "b", "l", "m") == #"{"a":1}"#)
        #expect(without(["b": ["c", "d", "e"]], "a", "l", "m") == #"{"b":{}}"#)
    }

    @Test func hasFields() {
        #expect(has() == "true")
        #expect(has("a", "b") == "true")
        #expect(has("a", "zzz") == "false")
        #expect(has("n") == "false")
        #expect(has(["b": ["d": "e"]]) == "true")
        #expect(has(["b": ["d": "f"]]) == "false")
        #expect(has(["a": "x"]) == "false")
        #expect(has("a", ["a": "x"]) == "false")
        #expect(has(["b": [:]]) == "true")
    }

    @Test func withFields() throws {
        #expect(try FieldPaths(["a", ["b": "c"]]).withFields(row) == ["a": 1, "b": ["c": 2]])
        #expect(try FieldPaths(["n"]).withFields(row) == nil)
    }

    @Test(arguments: [1, .null, false, ["a": 1], ["a": false], ["a": .null], [["b": 5]], ["a": ["b": [1]]]] as [Datum])
    func badPaths(specification: Datum) {
        #expect(pluck(specification) == "!queryLogic")
    }

    @Test func receiversAreObjects() throws {
        let paths = try FieldPaths(["a"])
        for (value, expected) in [(.null, "!nonExistence"), (1, "!queryLogic"), ([1], "!queryLogic"), (.binary([]), "!queryLogic")]
            as [(Datum, String)]
        {
            #expect(outcome { () throws(ReQLError) in try paths.pluck(value) } == expected)
            #expect(outcome { () throws(ReQLError) in try paths.without(value) } == expected)
            #expect(outcome { () throws(ReQLError) in try paths.areAll(in: value) } == expected)
        }
    }

    /// Names are bytes: a letter composed differently is another field.
    @Test func namesAreComparedByTheirBytes() throws {
        let row: Datum = ["\u{E9}": 1, "e\u{301}": 2]
        #expect(try FieldPaths(["\u{E9}"]).pluck(row) == ["\u{E9}": 1])
        #expect(try FieldPaths(["\u{E9}"]).without(row) == ["e\u{301}": 2])
    }
}
