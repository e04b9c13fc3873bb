import Testing

@testable import Catalog

@Suite struct JSONTextTests {
    static let canonical: [(String, String)] = [
        (#" { "b" : 1 , "a" : [ true , null ] } "#, #"{"a":[true,null],"b":1}"#),
        (#""\u0041\/\u00e9\u20AC\ud83d\uDE00""#, #""A/é€😀""#),
        (#""\b\f\n\r\t\u0000\u001f\u007f\"\\""#, "\"\\b\\f\\n\\r\\t\\u0000\\u001F\u{7F}\\\"\\\\\""),
        (#"{"\u0062":1,"a\n":2,"\"":3}"#, #"{"\"":3,"a\n":2,"b":1}"#),
        ("[1.0,1e2,-0,0.0,1E-2,100000000000000000000]", "[1,100,-0.0,0,0.01,100000000000000000000.0]"),
        // U+FFFF sorts before U+1F600 by bytes, though not in UTF-16.
        (#"{"😀":1,"\uFFFF":2}"#, "{\"\u{FFFF}\":2,\"😀\":1}"),
        (
            #"{"timezone":"-0730","$reql_type$":"TIME","epoch_time":1.23456789}"#,
            #"{"$reql_type$":"TIME","epoch_time":1.234568,"timezone":"-07:30"}"#
        ),
        (#"{"$reql_type$":"BINARY","data":" YW Jj\nZA"}"#.replacing("\n", with: "\\n"), #"{"$reql_type$":"BINARY","data":"YWJjZA=="}"#),
    ]

    @Test(arguments: canonical) func textBecomesCanonical(text: String, expected: String) throws {
        #expect(try Datum(json: text).description == expected)
        #expect(try Datum(json: expected).description == expected)
    }

    /// Every character that may need an escape, at every place in a word of eight bytes.
    @Test func everyCharacterComesBackFromEveryPlace() throws {
        for scalar in (0...0x20).map({ UnicodeScalar($0)! }) + ["\"", "\\", "/", "\u{7F}", "\u{80}", "é", "\u{FFFF}", "😀", "\u{10FFFF}"] {
            for offset in 0...17 {
                let string = String(repeating: "x", count: offset) + String(Character(scalar)) + "yz"
                let datum = Datum(string)
                #expect(try Datum(json: datum.description).string == string)
                #expect(try Datum(json: "{\(datum):\(datum)}")[field: string]?.string == string)
            }
        }
    }

    @Test func plainModeKeepsPseudoTypesAsObjects() throws {
        let text = #"{"$reql_type$":"TIME","epoch_time":1,"timezone":"Z"}"#
        let plain = try Datum(json: "[\(text),{\"a\":\(text)}]", options: JSONOptions(pseudoTypes: false))
        #expect(plain[0].kind == .object && plain[0].count == 3)
        #expect(plain.description == "[\(text),{\"a\":\(text)}]")
        let resolved = try plain.resolvingPseudoTypes()
        #expect(resolved[0] == .time(epochSeconds: 1, offsetMinutes: 0))
        #expect(resolved[1][field: "a"]?.kind == .time)
        #expect(throws: DatumError.self) {
            try Datum(json: #"[{"$reql_type$":"X"}]"#, options: JSONOptions(pseudoTypes: false)).resolvingPseudoTypes()
        }
    }

    @Test func base64HasLineBreaksWhereReQLShowsIt() throws {
        for count in [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 200] {
            let datum = Datum.binary((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) })
            let shown = datum.description
            let data = try #require(try Datum(json: shown, options: JSONOptions(pseudoTypes: false))[field: "data"]?.string)
            let lines = data.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(lines.dropLast().allSatisfy { $0.utf8.count == 76 } && (lines.last?.utf8.count ?? 0) <= 76)
            #expect(lines.last != "" || count == 0)
            #expect(try Datum(json: shown) == datum)
            #expect(!String(decoding: datum.json(binaryLineBreaks: false), as: UTF8.self).contains("\\r"))
        }
    }

    @Test func depthHasABound() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try Datum(json: nested(1000)).description == nested(1000))
        #expect(throws: JSONError.self) { try Datum(json: nested(1001)) }
        #expect(try Datum(json: nested(5), options: JSONOptions(maximumDepth: 5)).description == nested(5))
        #expect(throws: JSONError.self) { try Datum(json: nested(6), options: JSONOptions(maximumDepth: 5)) }

        // A text that is not closed costs no more than it is long.
        #expect(throws: JSONError.self) { try Datum(json: String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.self) { try Datum(json: String(repeating: "{\"a\":", count: 1_000_000)) }
    }
}
