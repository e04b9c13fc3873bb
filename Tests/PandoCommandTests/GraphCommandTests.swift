import Testing

@Suite struct GraphCommandTests {
    private static func place() throws -> Workplace {
        let place = try Workplace.withUsers()
        _ = try place.good(
            "query", place.file, QueryCommandTests.users + #".get("u1").update({friends: ["u2", "u3"]})("replaced")"#)
        return place
    }

    private static let over = #"{field: "friends", to: "users"}"#

    @Test func whatIsAroundADocument() throws {
        let place = try Self.place()
        let text = try place.good("graph", place.file, "app.users", "u1", "--over", Self.over, "--direction", "out", "--json")
        #expect(text.contains(#""truncated":false"#) && text.contains(#"{"from":"u1","relation":"friends","to":"u2"}"#), "\(text)")
    }

    /// Degrees need an index by which edges are found from their other end.
    @Test func asATableAndForGraphviz() throws {
        let place = try Self.place()
        let create = #".relationCreate("friends", {field: "friends", to: "users"})("created")"#
        // A query that only waits would open the file to read, and build nothing.
        let users = QueryCommandTests.users
        _ = try place.good("query", place.file, "r.expr([\(users + create), \(users).indexWait().count()])")
        let table = try place.good("graph", place.file, "app.users", "u2", "--over", "friends", "--depth", "2")
        #expect(table.contains("edges to") && table.contains("u2, u3"), "\(table)")
        let dot = try place.good("graph", place.file, "app.users", "u2", "--over", "friends", "--dot")
        #expect(dot.hasPrefix("digraph {\n") && dot.contains(#" [label="Ada"];"#) && dot.contains(" -> "), "\(dot)")
        let few = try place.good("graph", place.file, "app.users", "u1", "--over", "friends", "--limit", "1", "--json")
        #expect(few.contains(#""truncated":true"#), "\(few)")
    }

    @Test func whatCannotBe() throws {
        let place = try Self.place()
        func status(_ words: String...) throws -> Int { Int(try PandoProcess.run(["graph", place.file] + words).status) }
        #expect(try status("app.users", "u1") == 2)
        #expect(try status("app.users", "u1", "--over", Self.over, "--depth", "far") == 2)
        #expect(try status("app.users", "nobody", "--over", Self.over, "--direction", "out") == 1)
        #expect(try status("app.none", "u1", "--over", Self.over) == 1)
        #expect(try status("app.users", "u1", "--over", "nothing") == 1)
    }
}
