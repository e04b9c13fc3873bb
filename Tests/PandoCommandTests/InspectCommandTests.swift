import Testing

@Suite struct InspectCommandTests {
    @Test func keysAsText() throws {
        let place = try Workplace.withUsers()
        try place.good("import", place.file, "app.numbers", "-", "--create", input: "{\"id\":5}\n{\"id\":[1,\"x\"]}\n")
        let keys = try place.good("inspect", place.file).split(separator: "\n").map(String.init)
        #expect(keys.count == 11)
        #expect(keys.contains("__meta__:databases:app"))
        #expect(keys.contains("__meta__:tables:app.users"))
        #expect(keys.count { $0.hasPrefix("__meta__:database_ids:") } == 1)
        #expect(keys.count { $0.hasPrefix("__meta__:table_ids:") } == 2)
        #expect(keys.contains { $0.hasPrefix("db:") && $0.hasSuffix(":docs:u1") })
        #expect(keys.contains { $0.hasPrefix("db:") && $0.hasSuffix(":docs:=5") })
        #expect(keys.contains { $0.hasPrefix("db:") && $0.hasSuffix(#":docs:=[1,"x"]"#) })
    }

    @Test func prefixesLimitsAndCounts() throws {
        let place = try Workplace.withUsers()
        #expect(try place.good("inspect", place.file, "--prefix", "db:", "--count") == "3\n")
        #expect(try place.good("inspect", place.file, "--prefix", "db:", "--limit", "2").split(separator: "\n").count == 2)
        #expect(try place.good("inspect", place.file, "--prefix", "nothing", "--count") == "0\n")
        #expect(try place.good("inspect", place.file, "--prefix", "nothing") == "")
        let key = try #require(try place.good("inspect", place.file, "--prefix", "db:", "-n", "1").split(separator: "\n").first)
        #expect(try place.good("inspect", place.file, "--prefix", String(key), "--count") == "1\n")
    }

    @Test func values() throws {
        let place = try Workplace.withUsers()
        #expect(
            try place.good("inspect", place.file, "--prefix", "db:", "--values").contains(#":docs:u2  {"age":85,"id":"u2","name":"Grace"}"#)
        )
        let line = try place.good("inspect", place.file, "--prefix", "__meta__:database_ids:", "--values", "--json")
        #expect(line.contains(#""value":"app""#))
    }

    @Test func pages() throws {
        let place = try Workplace()
        let input = (0..<5000).map { "{\"id\":\($0)}\n" }.joined()
        try place.good("import", place.file, "a.b", "-", "--create", input: input)
        let stats = try place.good("inspect", place.file, "--stats")
        #expect(stats.contains("keys                5,004"))
        #expect(try place.good("inspect", place.file, "--stats", "--json").contains(#""keys":5004"#))
        let tree = try place.good("inspect", place.file, "--tree")
        #expect(tree.contains("branches 1") && tree.contains("leaves"))
        #expect(try place.good("inspect", place.file, "--page", "0").contains("meta"))
        #expect(try place.bad("inspect", place.file, "--page", "99999999").contains("99999999"))
        #expect(try place.bad("inspect", place.file, "--page", "x", status: 2).contains("whole number"))
        #expect(try place.bad("inspect", place.file, "--tree", "--stats", status: 2).contains("Choose one of"))
    }

    @Test func lookingChangesNothing() throws {
        let place = try Workplace.withUsers()
        let before = try fileBytes(place.file)
        for view in [["inspect"], ["inspect", "--stats"], ["inspect", "--tree"], ["check"], ["export", "app.users"], ["db", "list"]] {
            try #require(try PandoProcess.run([view[0], place.file] + view.dropFirst()).status == 0)
        }
        #expect(try fileBytes(place.file) == before)
    }
}
