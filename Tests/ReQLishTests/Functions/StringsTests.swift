import Catalog
import Testing

@testable import ReQLish

@Suite struct StringsTests {
    @Test(arguments: [("aZ9é", "\"AZ9é\"", "\"az9é\""), ("ß", "\"ß\"", "\"ß\""), ("", "\"\"", "\"\"")])
    func letterCase(text: String, upper: String, lower: String) {
        #expect(outcome { () throws(ReQLError) in try Strings.upcase(Datum(text)) } == upper)
        #expect(outcome { () throws(ReQLError) in try Strings.downcase(Datum(text)) } == lower)
    }

    @Test func onlyStrings() {
        #expect(outcome { () throws(ReQLError) in try Strings.upcase(1) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Strings.downcase(.null) } == "!nonExistence")
        #expect(outcome { () throws(ReQLError) in try Strings.count([1]) } == "!queryLogic")
        #expect(outcome { () throws(ReQLError) in try Strings.split(5, nil, limit: nil, arrayLimit: 9) } == "!queryLogic")
    }

    @Test(arguments: [("", 0), ("abc", 3), ("é世🎈", 3), ("e\u{301}", 2), ("👩‍👩‍👧", 5)])
    func countsCodePoints(text: String, count: Int) throws {
        #expect(try Strings.count(Datum(text)) == count)
    }

    @Test(arguments: [
        (SliceBounds(from: 1, to: 3), "\"世🎈\""), (SliceBounds(from: -1), "\"x\""), (SliceBounds(from: 9), "\"\""),
        (SliceBounds(from: 0, to: 1, isRightClosed: true), "\"é世\""), (SliceBounds(from: 3, to: 2), "\"\""),
    ])
    func slice(bounds: SliceBounds, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Strings.slice("é世🎈x", bounds) } == expected)
    }

    @Test(
        arguments: [
            ("", nil, nil, "[]"), ("  \t\n ", nil, nil, "[]"), ("one  two\u{2003}three ", nil, nil, #"["one","two","three"]"#),
            (" a b  c ", nil, 1, #"["a","b  c "]"#), (" a b ", nil, 0, #"["a b "]"#), ("a ", nil, 1, #"["a"]"#),
            (" a", .null, -1, #"["a"]"#), ("", "x", nil, #"[""]"#), ("x", "x", nil, #"["",""]"#),
            ("a,b,,c", ",", nil, #"["a","b","","c"]"#),
            ("a,b,,c", ",", 1, #"["a","b,,c"]"#), ("a,b", ",", 0, #"["a,b"]"#), ("aaaa", "aa", nil, #"["","",""]"#),
            ("abc", "", nil, #"["a","b","c"]"#), ("abc", "", 1, #"["a","bc"]"#), ("", "", nil, "[]"),
            ("e\u{301}a", "", nil, "[\"e\u{301}\",\"a\"]"), ("ab", "zzzzz", nil, #"["ab"]"#),
            ("a", nil, -2, "!queryLogic"), ("a", nil, 100_000, "!queryLogic"), ("a", 7, nil, "!queryLogic"), ("a", nil, "1", "!queryLogic"),
        ] as [(String, Datum?, Datum?, String)])
    func split(text: String, separator: Datum?, limit: Datum?, expected: String) {
        #expect(
            outcome { () throws(ReQLError) in try Strings.split(Datum(text), separator, limit: limit, arrayLimit: anyLimit) } == expected)
    }

    @Test func splitHoldsTheArrayLimit() {
        #expect(outcome { () throws(ReQLError) in try Strings.split("a b c", nil, limit: nil, arrayLimit: 2) } == "!resourceLimit")
        #expect(outcome { () throws(ReQLError) in try Strings.split("a b c", nil, limit: 1, arrayLimit: 2) } == #"["a","b c"]"#)
    }

    @Test(
        arguments: [
            ("{a} and {b}", ["a": 1, "b": "two"], #""1 and two""#), ("{}", ["": [1, .null]], #""[1,null]""#),
            ("no tag", ["a": 1], #""no tag""#), ("{a}{a}", ["a": 0.5], #""0.50.5""#), ("é{ö}", ["ö": "ü"], #""éü""#),
            ("{c}", ["a": 1], "!nonExistence"), ("{a", ["a": 1], "!queryLogic"), ("a}", ["a": 1], "!queryLogic"),
            ("{{a}}", ["a": 1], "!queryLogic"), ("{a,}", ["a,": 1], "!queryLogic"), ("{a\\}", ["a\\": 1], "!queryLogic"),
            ("{a}", [1], "!queryLogic"), ("{a}", .null, "!nonExistence"), (1, ["a": 1], "!queryLogic"),
        ] as [(Datum, Datum, String)])
    func format(template: Datum, object: Datum, expected: String) {
        #expect(outcome { () throws(ReQLError) in try Strings.format(template, object) } == expected)
    }
}
