import Testing

@Suite struct QueryCommandTests {
    static let users = #"r.db("app").table("users")"#

    @Test func explain() throws {
        let place = try Workplace.withUsers()
        let text = try place.good("query", place.file, "--explain", Self.users + #".orderBy("id").limit(2)"#)
        #expect(text.contains("\n└── orderBy(\"id\")") && text.contains("in the order of the primary key: nothing to sort"))
        let json = try place.good("query", place.file, "--explain", "--format", "json", Self.users + ".delete()")
        #expect(json.contains("\"rolled_back\":true"))
        #expect(try place.good("query", place.file, Self.users + ".count()") == "3\n")
    }

    @Test func aProfileStandsBesideTheAnswer() throws {
        let place = try Workplace.withUsers()
        let outcome = try PandoProcess.run(["query", place.file, Self.users + ".count()", "--profile"])
        #expect(outcome.status == 0 && outcome.output == "3\n" && outcome.messages.contains("count"), "\(outcome)")
        let insertion = try PandoProcess.run(["query", place.file, Self.users + #".insert({id: "u9"})("inserted")"#, "--profile"])
        #expect(insertion.status == 0 && insertion.output == "1\n", "\(insertion)")
    }

    /// What is no object is not left out where others are.
    @Test func rowsOfSeveralKinds() throws {
        let place = try Workplace.withUsers()
        let query = #"r.expr([{a: 1}, "x,y", null, 3])"#
        #expect(try place.good("query", place.file, query, "--format", "csv") == "a,value\r\n1,\r\n,\"x,y\"\r\n,\r\n,3\r\n")
        #expect(
            try place.good("query", place.file, query, "--format", "table")
                == "a  value\n─  ─────\n1\n   x,y\n   null\n   3\n4 rows\n")
    }

    @Test func formats() throws {
        let place = try Workplace.withUsers()
        let query = Self.users + #".pluck("id", "name").orderBy("id")"#
        #expect(
            try place.good("query", place.file, query)
                == """
                [
                {"id":"u1","name":"Ada"},
                {"id":"u2","name":"Grace"},
                {"id":"u3","name":"Edsger, W."}
                ]

                """)
        #expect(
            try place.good("query", place.file, query, "--format", "ndjson")
                == """
                {"id":"u1","name":"Ada"}
                {"id":"u2","name":"Grace"}
                {"id":"u3","name":"Edsger, W."}

                """)
        #expect(try place.good("query", place.file, query, "--format", "csv") == "id,name\r\nu1,Ada\r\nu2,Grace\r\nu3,\"Edsger, W.\"\r\n")
        #expect(
            try place.good("query", place.file, query, "--format", "table") == """
                id  name
                ──  ──────────
                u1  Ada
                u2  Grace
                u3  Edsger, W.
                3 rows

                """)
        #expect(
            try place.good("query", place.file, query, "--format", "csv", "--fields", "name")
                == "name\r\nAda\r\nGrace\r\n\"Edsger, W.\"\r\n")
    }

    /// A file has nobody who would go on building when the command has ended.
    @Test func indexesOfAFileAreBuiltWhenItEnds() throws {
        let place = try Workplace.withUsers()
        let created = try place.good("query", place.file, Self.users + #".indexCreate("all", {text: "english", fields: ["name"]})"#)
        #expect(created.contains("\"created\":1"))
        #expect(try place.good("query", place.file, Self.users + #".indexStatus("all")("ready")"#) == "[\ntrue\n]\n")
        #expect(try place.good("query", place.file, Self.users + #".indexWait("all")("ready")"#) == "[\ntrue\n]\n")
        #expect(try place.good("query", place.file, Self.users + #".search("grace", {index: "all"})("id")"#) == "[\n\"u2\"\n]\n")
        _ = try place.good("query", place.file, Self.users + #".insert({id: "u9", name: "Ada"})"#)
        #expect(try place.bad("query", place.file, Self.users + #".indexCreate("name", {unique: true})"#).contains("name"))
        _ = try place.good("query", place.file, Self.users + #".relationCreate("namesakes", {field: "name", to: "users"})"#)
        #expect(try place.good("query", place.file, Self.users + #".relationStatus()("ready")"#) == "[\ntrue\n]\n")
    }

    @Test func aValueStandsOnOneLine() throws {
        let place = try Workplace.withUsers()
        #expect(try place.good("query", place.file, Self.users + ".count()") == "3\n")
        #expect(try place.good("query", place.file, Self.users + #".get("none")"#) == "null\n")
        #expect(try place.good("query", place.file, "r.expr([1, 2])", "--format", "table") == "value\n─────\n    1\n    2\n2 rows\n")
    }

    @Test func fromStandardInput() throws {
        let place = try Workplace.withUsers()
        #expect(try place.good("query", place.file, "-", input: Self.users + "\n  .count()  // all of them\n") == "3\n")
    }

    @Test func aDefaultDatabase() throws {
        let place = try Workplace.withUsers()
        #expect(try place.good("query", place.file, #"r.table("users").count()"#, "--db", "app") == "3\n")
        #expect(try place.bad("query", place.file, #"r.table("users").count()"#).contains("--db NAME"))
    }

    @Test func writes() throws {
        let place = try Workplace.withUsers()
        let output = try place.good("query", place.file, Self.users + #".get("u1").update({age: 37})"#)
        #expect(output.contains(#""replaced":1"#))
        #expect(try place.good("query", place.file, Self.users + #".get("u1")("age")"#) == "37\n")
    }

    @Test func aQueryThatCannotBeReadShowsWhere() throws {
        let place = try Workplace.withUsers()
        let message = try place.bad("query", place.file, #"r.db("app").table("users").fliter({})"#)
        #expect(message.contains("line 1, column 28"))
        #expect(message.contains("^"))
        #expect(message.contains("filter"))
    }

    @Test func aRowThatFailsLeavesNoHalfAnswer() throws {
        let place = try Workplace.withUsers()
        #expect(try place.bad("query", place.file, Self.users + #".map(u => u("tags"))"#).contains("tags"))
    }

    /// Nothing would ever come: whoever writes is another process.
    @Test func aFeedIsRefused() throws {
        let place = try Workplace.withUsers()
        for feed in [
            Self.users + ".changes()", Self.users + ".changes({includeInitial: true}).limit(1)",
            #"r.db("rethinkdb").table("users").changes()"#,
        ] {
            #expect(try place.bad("query", place.file, feed).contains("Follow them there, over HTTP or by a driver."))
        }
    }

    @Test func aQueryThatFails() throws {
        let place = try Workplace.withUsers()
        #expect(
            try place.bad("query", place.file, #"r.db("app").table("nobody").count()"#) == """
                pando query: Table `app.nobody` does not exist.
                r.db("app").table("nobody").count()
                           ^^^^^^^^^^^^^^^^

                """)
        #expect(try place.bad("query", place.file, "r.expr(1).div(0)").contains("pando query: "))
        #expect(try place.bad("query", place.file, Self.users, "--format", "xml", status: 2).contains("one of json, ndjson, table, csv"))
        #expect(try place.bad("query", place.path("none"), "r.now()").contains("There is no file"))
    }
}
