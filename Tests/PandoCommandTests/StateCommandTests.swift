import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct StateCommandTests {
    @Test func aStateStaysAsItWas() throws {
        let place = try Workplace()
        let input = (0..<100).map { "{\"id\":\($0)}\n" }.joined()
        try place.good("import", place.file, "app.notes", "-", "--create", input: input)
        let count = #"r.db("app").table("notes").count()"#
        #expect(try place.good("state", place.file, "list", "--json") == "[]\n")
        try place.good("state", place.file, "create", "before")
        try place.good("query", place.file, #"r.db("app").table("notes").filter(n => n("id").lt(40)).delete()"#)
        #expect(try place.good("query", place.file, count) == "60\n")
        #expect(try place.good("query", place.file, "--as-of", "before", count) == "100\n")
        #expect(try place.good("query", place.file, "--as-of", "before", #"r.db("app").table("notes").get(7)("id")"#) == "7\n")
        #expect(try place.good("query", place.file, #"r.db("app").table("notes").get(7)"#) == "null\n")
        let json = try place.good("state", place.file, "list", "--json")
        #expect(json.contains(#""name":"before""#) && json.contains("$reql_type$"), "\(json)")
        #expect(try place.good("state", place.file, "list").contains("before"))
        let difference = try PandoProcess.run(["diff", place.file, "--from", "before"])
        #expect(difference.status == 1)
        #expect(difference.output.split(separator: "\n").count { $0.hasPrefix("- ") && $0.contains(":docs:") } == 40)
        #expect(!difference.output.contains("__local__"))
        #expect(try place.good("check", place.file).contains("is sound"))
        try place.good("backup", place.file, place.file + ".copy")
        #expect(try place.good("query", place.file + ".copy", "--as-of", "before", count) == "100\n")
        try place.good("compact", place.file)
        #expect(try place.good("query", place.file, "--as-of", "before", count) == "100\n")
        try place.good("state", place.file, "drop", "before")
        #expect(try place.bad("query", place.file, "--as-of", "before", count).contains("no state before"))
    }

    /// A table put back by ordinary writes: what is the same is not written, unique values that have changed places find their way.
    @Test func aTableIsPutBack() throws {
        let place = try Workplace()
        let input = (0..<100).map { "{\"id\":\($0),\"n\":\($0)}\n" }.joined()
        try place.good("import", place.file, "app.notes", "-", "--create", input: input)
        try place.good("query", place.file, #"r.db("app").table("notes").indexCreate("n", {unique: true})"#)
        try place.good("state", place.file, "create", "before")
        try place.good("query", place.file, #"r.db("app").table("notes").filter(n => n("id").lt(40)).delete()"#)
        try place.good("query", place.file, #"r.db("app").table("notes").filter(n => n("id").ge(90)).update({n: r.row("n").add(1000)})"#)
        try place.good("query", place.file, #"r.db("app").table("notes").insert([{id: 200, n: 90}, {id: 201, n: 3}])"#)
        let tables = try PandoProcess.run(["diff", place.file, "--from", "before", "--by-table", "--json"])
        #expect(tables.status == 1 && tables.output.contains(#"{"gone":40,"new":2,"other":10,"table":"app.notes"}"#), "\(tables.output)")
        #expect(try PandoProcess.run(["diff", place.file]).status == 2)
        let put = try PandoProcess.run(["state", place.file, "restore", "before", "app.notes"])
        #expect(put.messages.contains("50 documents put back, 2 removed, 50 the same"), "\(put.messages)")
        #expect(try PandoProcess.run(["diff", place.file, "--from", "before"]).output.contains(":docs:") == false)
        try place.good("query", place.file, #"r.db("app").tableDrop("notes")"#)
        let again = try PandoProcess.run(["state", place.file, "restore", "before", "app.notes"])
        #expect(again.messages.contains("100 documents put back") && again.messages.contains("anew (n)"), "\(again.messages)")
        #expect(try place.good("query", place.file, #"r.db("app").table("notes").sum("n")"#) == "4950\n")
        #expect(try place.bad("state", place.file, "restore", "none", "app.notes").contains("no state none"))
        #expect(try place.bad("state", place.file, "restore", "before", "app.other").contains("does not exist"))
        #expect(try PandoProcess.run(["state", place.file, "restore", "before", "notes"]).status == 2)
    }

    @Test func whatIsRefused() throws {
        let place = try Workplace.withUsers()
        try place.good("state", place.file, "create", "now")
        #expect(try place.bad("state", place.file, "create", "now").contains("already"))
        #expect(try place.bad("state", place.file, "create", "a b").contains("letters"))
        #expect(try place.bad("state", place.file, "drop", "none").contains("no state none"))
        let message = try place.bad("query", place.file, "--as-of", "now", #"r.db("app").table("users").delete()"#)
        #expect(message.contains("can't be written"), "\(message)")
        #expect(try place.bad("compact", place.file, "--format", "1").contains("newer format"))
        try place.good("compact", place.file, "--format", "2")
        try place.good("query", place.file, "--as-of", "now", #"r.db("app").table("users").count()"#)
    }

    /// While a server has the file, the server does it.
    @Test func aFileThatIsServed() throws {
        let place = try Workplace.withUsers()
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1"])
        let url = try server.firstLine()
        let count = #"r.db("app").table("users").count()"#
        let before = try place.good("query", "--connect", url, count)
        #expect(try place.bad("state", place.file, "create", "served").contains("--connect"))
        try place.good("state", "--connect", url, "create", "served")
        try place.good("query", "--connect", url, #"r.db("app").table("users").delete()"#)
        #expect(try place.good("query", "--connect", url, count) == "0\n")
        #expect(try place.good("query", "--connect", url, "--as-of", "served", count) == before)
        #expect(try place.good("state", "--connect", url, "list", "--json").contains(#""name":"served""#))
        #expect(try place.good("state", "--connect", url, "list").contains("served"))
        #expect(try place.bad("state", "--connect", url, "create", "served").contains("already"))
        #expect(try place.bad("state", "--connect", url, "create", "a b/c").contains("letters"))
        try place.good("state", "--connect", url, "drop", "served")
        #expect(try place.good("state", "--connect", url, "list", "--json") == "[]\n")
        server.signal(SIGTERM)
        #expect(try server.finish().status == 0)
        #expect(try place.good("check", place.file).contains("is sound"))
    }
}
