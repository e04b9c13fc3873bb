import ReQLish
import Testing

func termTree(json: String) throws(ReQLError) -> TermTree {
    let bytes = Array(json.utf8)
    return try TermTree(json: bytes.span)
}

@Suite struct TermJSONTests {
    /// JSON form, and what is written for it where that differs.
    static let forms: [(String, String?)] = [
        ("5", nil),
        ("\"a\"", nil),
        ("null", nil),
        ("[103]", nil),
        ("[103,[]]", "[103]"),
        ("[15,[[14,[\"app\"]],\"users\"]]", nil),
        ("[15,[\"users\"],{\"read_mode\":\"outdated\"}]", nil),
        ("[41,[[15,[\"t\"]]],{\"index\":[74,[\"a\"]]}]", nil),
        ("[2,[1,2,[2,[]]]]", nil),
        ("[2,[1,[103]]]", nil),
        ("{\"b\":1,\"a\":[103]}", "{\"a\":[103],\"b\":1}"),
        ("[1,{\"a\":[1,2]}]", "{\"a\":[2,[1,2]]}"),
        ("[1,[1,[2]]]", "[2,[1,[2,[2]]]]"),
        (
            "[39,[[15,[\"t\"]],[69,[[2,[7]],[21,[[170,[[10,[7]],\"age\"]],30]]]]],{\"default\":[12]}]",
            "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[10,[1]],\"age\"]],30]]]]],{\"default\":[12]}]"
        ),
        (
            "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[13,[]],\"age\"]],30]]]]]]",
            "[39,[[15,[\"t\"]],[69,[[2,[1]],[21,[[170,[[13],\"age\"]],30]]]]]]"
        ),
        ("[153,[\"http://example.org\"],{\"timeout\":3}]", nil),
        ("[151,{\"float\":true}]", nil),
        (
            "{\"$reql_type$\":\"TIME\",\"epoch_time\":1,\"timezone\":\"Z\"}",
            "{\"$reql_type$\":\"TIME\",\"epoch_time\":1,\"timezone\":\"+00:00\"}"
        ),
        (
            "{\"$reql_type$\":\"GEOMETRY\",\"type\":\"Point\",\"coordinates\":[2,[1,2]]}",
            "{\"$reql_type$\":\"GEOMETRY\",\"coordinates\":[2,[1,2]],\"type\":\"Point\"}"
        ),
        ("[35,[{\"a\":1},{\"a\":{\"$reql_type$\":\"LITERAL\",\"value\":2}}]]", "[35,[{\"a\":1},{\"a\":[137,[2]]}]]"),
        ("[24,[[154,[[2,[1,2]]]]]]", nil),
        ("[28,[[154,[[2,[1,2]]]]]]", nil),
    ]

    @Test func readingAndWritingAreInverse() throws {
        for (form, written) in Self.forms {
            let tree = try termTree(json: form)
            #expect(tree.json == written ?? form)
            #expect(try termTree(json: tree.json) == tree)
        }
    }

    @Test func variablesInOnePlaceAreLimited() throws {
        func function(_ first: Int, _ count: Int, _ body: String) -> String {
            "[69,[[2,[\((first..<first + count).map(String.init).joined(separator: ","))]],\(body)]]"
        }
        _ = try termTree(json: function(1, 600, "[2,[\(function(601, 400, "[10,[1000]]")),\(function(601, 400, "[10,[1]]"))]]"))
        for json in [function(1, 1001, "1"), function(1, 600, function(601, 401, "1"))] {
            let error = #expect(throws: ReQLError.self) { try termTree(json: json) }
            #expect(error?.kind == .compile && error?.message.contains("1000") == true, "\(String(describing: error))")
        }
    }

    @Test func literalsAreOneTerm() throws {
        let tree = try termTree(json: "[56,[[15,[\"t\"]],[2,[{\"id\":1,\"tags\":[2,[\"a\"]]},{\"id\":2}]]]]")
        let document = tree.root.argument(1)
        #expect(document.type == .datum)
        #expect(document.datum == [["id": 1, "tags": ["a"]], ["id": 2]])
        #expect(tree.termCount == 4)
    }

    @Test func theCursorReadsEverything() throws {
        let tree = try termTree(json: "[39,[[15,[\"t\"]],[69,[[2,[4]],[10,[4]]]]],{\"default\":true}]")
        let filter = tree.root
        #expect(filter.type == .filter && filter.argumentCount == 2)
        #expect(filter.arguments.map(\.type) == [.table, .function])
        #expect(filter.optional("default")?.datum == true)
        #expect(filter.optional("index") == nil)
        #expect(filter.optionalArguments.map(\.name) == ["default"])
        let function = filter.argument(1)
        #expect(function.parameters == [1])
        #expect(function.body?.variableID == 1)
        #expect(filter.child(.argument(0))?.argument(0).datum == "t")
        #expect(function.subtree.json == "[69,[[2,[1]],[10,[1]]]]")
        #expect(filter.subtree == tree)
    }

    /// A malformed query, the class of its error, where it is, and a word of the message.
    static let mistakes: [(String, ReQLError.Kind, [ReQLError.Frame], String)] = [
        ("[1", .client, [], "JSON"),
        ("", .client, [], "JSON"),
        ("{\"a\":1,\"a\":2}", .client, [], "more than once"),
        ("[]", .compile, [], "empty"),
        ("[\"a\"]", .compile, [], "number"),
        ("[15.5,[\"t\"]]", .compile, [], "number"),
        ("[9999]", .compile, [], "9999"),
        ("[178]", .compile, [], "178"),
        ("[2,5]", .compile, [], "must be an array"),
        ("[15,[\"t\"],5]", .compile, [], "must be an object"),
        ("[15,[\"t\"],{},1]", .compile, [], "three parts"),
        ("[1]", .compile, [], "[1, value]"),
        ("[24,[1,[2,[[]]]]]", .compile, [.argument(1), .argument(0)], "empty"),
        ("{\"a\":{\"b\":[0]}}", .compile, [.optional("a"), .optional("b")], "0"),
        ("[28,[1]]", .compile, [], "`mod` takes 1 argument, not 0"),
        ("[24,[1,[28,[1,2,3]]]]", .compile, [.argument(1)], "`mod` takes 1 argument, not 2"),
        ("[43,[[15,[\"t\"]]],{\"indx\":1}]", .compile, [], "no options"),
        ("[41,[[15,[\"t\"]]],{\"indx\":1}]", .compile, [], "did you mean `index`"),
        ("[10,[1]]", .compile, [], "not bound"),
        ("[69,[[2,[1]],[24,[1,[10,[2]]]]]]", .compile, [.argument(1), .argument(1)], "not bound"),
        ("[24,[[69,[[2,[1]],1]],[10,[1]]]]", .compile, [.argument(1)], "not bound"),
        ("[69,[5,1]]", .compile, [], "literal array"),
        ("[13]", .compile, [], "r.row"),
        ("[69,[[2,[1,2]],[13]]]", .compile, [.argument(1)], "r.row"),
        ("[69,[[2,[1]],[69,[[2,[2]],[13]]]]]", .compile, [.argument(1), .argument(1)], "ambiguous"),
        ("[74,[\"a\"]]", .compile, [], "desc"),
        ("[38,[[15,[\"t\"]],[74,[\"a\"]]]]", .compile, [.argument(1)], "desc"),
        ("[38,[[15,[\"t\"]],[69,[[2,[1]],[54,[[15,[\"t\"]]]]]]]]", .compile, [.argument(1), .argument(1)], "forEach"),
    ]

    @Test func mistakesAreFoundWithTheirPlace() {
        for (form, kind, frames, word) in Self.mistakes {
            let error = #expect(throws: ReQLError.self, "\(form)") { try termTree(json: form) }
            #expect(error?.kind == kind, "\(form)")
            #expect(error?.frames == frames, "\(form)")
            #expect(error?.message.contains(word) == true, "\(form): \(error?.message ?? "")")
        }
    }

    @Test func sortingMayStandInOrderByAndUnion() throws {
        _ = try termTree(json: "[41,[[15,[\"t\"]],[74,[\"a\"]]]]")
        _ = try termTree(json: "[44,[[15,[\"t\"]]],{\"interleave\":[2,[[74,[\"a\"]],\"b\"]]}]")
    }

    @Test func writesMayStandInForEachAndAsReceiver() throws {
        _ = try termTree(json: "[68,[[15,[\"t\"]],[69,[[2,[1]],[54,[[15,[\"u\"]]]]]]]]")
        _ = try termTree(json: "[39,[[170,[[54,[[15,[\"t\"]]]],\"changes\"]],true]]")
    }

    @Test func depthIsBoundedWithoutOverflow() throws {
        func nested(_ levels: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: levels) + "[103]" + String(repeating: close, count: levels)
        }
        for (open, close) in [("[2,[", "]]"), ("[106,[", "]]"), ("{\"a\":", "}"), ("[59,{\"a\":", "}]"), ("[1,{\"a\":[1,", "]}]")] {
            let error = #expect(throws: ReQLError.self) { try termTree(json: nested(100_000, open, close)) }
            #expect(error?.message.contains("deep") == true, "\(open)")
        }
        let deepest = try termTree(json: nested(999, "[106,[", "]]"))
        #expect(deepest.root.depth == 1_000)
        #expect(deepest.json == nested(999, "[106,[", "]]"))
        #expect(throws: ReQLError.self) { try termTree(json: nested(1_000, "[106,[", "]]")) }
        let literal = String(repeating: "[2,[", count: 1_000) + String(repeating: "]]", count: 1_000)
        #expect(try termTree(json: literal).termCount == 1)
        #expect(throws: ReQLError.self) { try termTree(json: "[2,[\(literal)]]") }
    }
}
