import Catalog
import Testing

@testable import ReQLish

/// Coercion, objects, JSON and binary.
@Suite struct ValuesTests {
    @Test(
        arguments: [
            (.null, "bool", "false"), (false, "BOOL", "false"), (0, "bool", "true"), ("", "Bool", "true"), ([], "bool", "true"),
            (1, "string", #""1""#), (0.5, "STRING", #""0.5""#), ("a", "string", #""a""#), (.null, "string", #""null""#),
            ([1, "a"], "string", #""[1,\"a\"]""#),
            (["b": 1, "a": 2], "string", #""{\"a\":2,\"b\":1}""#), (.binary([0x61]), "string", #""a""#),
            (.binary([0xFF]), "string", "!queryLogic"),
            ("12", "number", "12"), ("-1.5e3", "number", "-1500"), (" 1", "number", "1"), ("1x", "number", "!queryLogic"),
            ("", "number", "!queryLogic"), ("0x10", "number", "16"),
            ("nan", "number", "!queryLogic"), ("inf", "number", "!queryLogic"), ("1e999999", "number", "!queryLogic"),
            ("1e999", "number", "1e999"), (5, "number", "5"),
            (true, "number", "!queryLogic"), (.null, "number", "!nonExistence"), ([1], "number", "!queryLogic"),
            (["b": 1, "a": 2], "array", #"[["a",2],["b",1]]"#), ([1], "array", "[1]"), ("a", "array", "!queryLogic"),
            (.null, "array", "!nonExistence"),
            ([["a", 1], ["b", [2]]], "object", #"{"a":1,"b":[2]}"#), ([], "object", "{}"),
            ([["a", 1], ["a", 2]], "object", "!queryLogic"), ([["a"]], "object", "!queryLogic"), ([["a", 1, 2]], "object", "!queryLogic"),
            ([[1, 2]], "object", "!queryLogic"), (["a"], "object", "!queryLogic"), ([[.null, 1]], "object", "!nonExistence"),
            (["a": 1], "object", #"{"a":1}"#), (1, "object", "!queryLogic"),
            (1, "datum", "1"), (1, "nope", "!queryLogic"), (1, "ptype<time>", "!queryLogic"), (1, 5, "!queryLogic"),
            (1, .null, "!nonExistence"), (.null, "null", "null"), (1, "null", "!queryLogic"),
        ] as [(Datum, Datum, String)])
    func coerce(value: Datum, name: Datum, expected: String) {
        #expect(
            outcome { () throws(ReQLError) in try Coercion.coerce(value, to: try CoercionTarget(name), arrayLimit: anyLimit) } == expected)
    }

    @Test func coerceToBinaryAndBack() throws {
        let bytes = try Coercion.coerce("é", to: .binary, arrayLimit: 1)
        #expect(bytes == .binary([0xC3, 0xA9]))
        #expect(try Coercion.coerce(bytes, to: .string, arrayLimit: 1) == "é")
        #expect(outcome { () throws(ReQLError) in try Coercion.coerce(["a": 1, "b": 2], to: .array, arrayLimit: 1) } == "!resourceLimit")
    }

    @Test func objects() {
        let object: Datum = ["b": 1, "a": .null, "B": 2]
        #expect(outcome { () throws(ReQLError) in try Objects.keys(object) } == #"["B","a","b"]"#)
        #expect(outcome { () throws(ReQLError) in try Objects.values(object) } == "[2,null,1]")
        #expect(outcome { () throws(ReQLError) in try Objects.keys([1]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Objects.values(.null) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Objects.keys(.time(epochSeconds: 0, offsetMinutes: 0)) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Objects.object(["a", 1, "b", [2]]) } == #"{"a":1,"b":[2]}"#)
        #expect(outcome { () throws(ReQLError) in try Objects.object([]) } == "{}")
        #expect(outcome { () throws(ReQLError) in try Objects.object(["a"]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Objects.object(["a", 1, "a", 2]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Objects.object([1, 1]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Objects.object([.null, 1]) } == "!nonExistence")
    }

    @Test func json() {
        let parse = { (text: Datum) in outcome { () throws(ReQLError) in try JSONFunctions.parse(text) } }
        #expect(parse(#" {"b":[1,2.50],"a":"\u00e9"} "#) == #"{"a":"é","b":[1,2.5]}"#)
        #expect(parse("7") == "7")
        #expect(parse("") == "!queryLogic")
        #expect(parse("[1,]") == "!queryLogic")
        #expect(parse(#"{"a":1,"a":2}"#) == "!queryLogic")
        #expect(parse(#"{"$reql_type$":"NOPE"}"#) == "!queryLogic")
        #expect(parse(5) == "!queryLogic")
        #expect(parse(.null) == "!nonExistence")
        #expect(
            outcome { () throws(ReQLError) in Datum(try JSONFunctions.parse(#"{"$reql_type$":"BINARY","data":"YQ=="}"#).typeName) }
                == #""PTYPE<BINARY>""#)
    }

    @Test func jsonText() {
        let text = { (value: Datum) in outcome { () throws(ReQLError) in try JSONFunctions.text(value) } }
        #expect(text(["b": 1, "a": [.null, true]]) == #""{\"a\":[null,true],\"b\":1}""#)
        #expect(text(.minval) == "!queryLogic")
        #expect(text(["a": [.maxval]]) == "!queryLogic")
    }

    @Test func binary() {
        #expect(outcome { () throws(ReQLError) in try Binaries.binary("ab") } == Datum.binary([0x61, 0x62]).description)
        #expect(outcome { () throws(ReQLError) in try Binaries.binary(.binary([1])) } == Datum.binary([1]).description)
        #expect(outcome { () throws(ReQLError) in try Binaries.binary(1) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Binaries.binary(.null) } == "!nonExistence")
        #expect(
            outcome { () throws(ReQLError) in try Binaries.slice(.binary([1, 2, 3]), SliceBounds(from: 1)) }
                == Datum.binary([2, 3]).description)
        #expect(outcome { () throws(ReQLError) in try Binaries.slice("abc", SliceBounds(from: 1)) } == "!queryLogic")
    }
}
