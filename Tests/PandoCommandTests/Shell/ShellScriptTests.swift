import Testing

@testable import PandoCommand

/// `pando shell` with a script in place of a person.
@Suite struct ShellScriptTests {
    @Test func aScriptRunsQueriesAndCommands() throws {
        let place = try Workplace.withUsers()
        let script = """
            r.table("users")
              .orderBy("id").limit(1);
            .mode csv
            r.table("users").orderBy("id").pluck("id", "age").limit(2)
            .mode table
            .use app
            .use
            r.table("users").insert({id: "u4"})("inserted"); r.table("users").count()
            """
        let output = try place.good("shell", place.file, input: script)
        #expect(
            output == """
                [
                {"age":36,"id":"u1","name":"Ada","tags":["math","engines"]}
                ]
                id,age\r
                u1,36\r
                u2,85\r
                app
                1
                4

                """)
    }

    /// Results don't go where databases are, and a file that takes none is an error.
    @Test func whereResultsGo() throws {
        let place = try Workplace.withUsers()
        try place.good("backup", place.file, place.path("copy.pando"))
        for name in ["test.pando", "copy.pando"] {
            let script = ".output \(place.path(name))\nr.expr(1)\n"
            #expect(try place.bad("shell", place.file, input: script).contains("is a database file"))
            #expect(try place.good("check", place.path(name)).contains("is sound"))
        }
        let output = ".output \(place.path("out.json"))\n"
        try place.good("shell", place.file, input: output + "r.expr(1)\n" + output + "r.expr(2)\n")
        #expect(try place.bytes("out.json") == Array("2\n".utf8))
        #if os(Linux)
            #expect(try place.bad("shell", place.file, input: ".output /dev/full\nr.expr(1)\n").contains("writing /dev/full"))
        #endif
    }

    @Test func plans() throws {
        let place = try Workplace.withUsers()
        let script = """
            .explain r.table("users").filter(u => u("age").gt(30)).count()
            r.table("users").get("u1")("name")
            .explain
            .explain r.table("users").insert({id: "u9"})
            r.table("users").count()
            """
        let output = try place.good("shell", place.file, input: script)
        for part in ["filter(", "\"Ada\"", "what was written is rolled back"] { #expect(output.contains(part), "\(part) in \(output)") }
        #expect(output.hasSuffix("\n3\n"))
        #expect(try place.bad("shell", place.file, input: ".explain r.table('none')").contains("none"))
    }

    @Test func transactions() throws {
        let place = try Workplace.withUsers()
        let script = """
            .begin
            r.table("users").insert({id: "u8"})("inserted")
            .sql CREATE TABLE t AS SELECT id FROM users
            r.table("t").pluck("id").count()
            .rollback
            r.table("users").count()
            .begin
            r.table("users").get("u1").delete()("deleted")
            .sql SELECT count(*) AS n FROM users
            .commit
            r.table("users").count()
            """
        let output = try place.good("shell", place.file, "--mode", "ndjson", input: script)
        #expect(output == "1\n{\"command\":\"SELECT\",\"rows\":4}\n4\n3\n1\n{\"n\":2}\n2\n", "\(output)")
        #expect(try place.bad("shell", place.file, input: ".commit").contains(".begin begins one"))
        #expect(try place.bad("shell", place.file, input: ".begin\n.begin").contains("open already"))
        // A block of SQL that is open beside it keeps nobody waiting, and who leaves undoes it.
        let beside = """
            .sql BEGIN; DELETE FROM users WHERE id = 'u2'
            r.table("users").insert({id: "u7"})("inserted")
            .begin
            r.table("users").get("u3").delete()("deleted")
            """
        #expect(try place.good("shell", place.file, "--mode", "ndjson", input: beside).hasSuffix("1\n1\n"))
        #expect(try place.good("query", place.file, "r.db('app').table('users').count()") == "3\n")
    }

    @Test func whatIsThereIsListed() throws {
        let place = try Workplace.withUsers()
        try place.good("index", place.file, "create", "app.users", "city")
        let output = try place.good("shell", place.file, input: ".databases\n.tables\n.indexes\n.schema users\n.stats\n.help index")
        for part in ["app", "users          3  id", "city   yes", "age    number", "100 %", "null", "pages of", ".indexes [[DB.]TABLE]"] {
            #expect(output.contains(part), "\(part) in \(output)")
        }
    }

    @Test func errorsNameTheLineAndEndTheScript() throws {
        let place = try Workplace.withUsers()
        func failure(_ script: String) throws -> String {
            let outcome = try PandoProcess.run(["shell", place.file], input: script)
            #expect(outcome.status == 1 && !outcome.output.contains("never"))
            return outcome.messages
        }
        #expect(
            try failure("r.expr(1)\n\nr.expr(2).nonsense()\nr.expr('never')").contains(
                "standard input, line 3, column 11: There is no method"))
        #expect(try failure("r.expr(1)\nr.expr(\n  [1,\n   2))").contains("line 4, column 5"))
        let message = try failure("\n\nr.table('users').map(u => u('missing'))\nr.expr('never')")
        #expect(message.contains("standard input, line 3: ") && message.contains("^^^"))
        #expect(try failure(".tables\n.tabels\nr.expr('never')").contains("line 2: There is no command .tabels. Did you mean .tables?"))
        #expect(try failure(".tables nowhere").contains("There is no database nowhere."))
        #expect(try failure(".indexes user").contains("There is no table app.user. Did you mean users?"))
        #expect(try failure(".mode tabel").contains("Did you mean table?"))
    }

    @Test func filesAreReadAndWritten() throws {
        let place = try Workplace.withUsers()
        let inner = try place.store("r.table('users').count()\nr.table('users').bad()\n", as: "inner.reql")
        let own = try place.store(".read '\(place.path("own.reql"))'\n", as: "own.reql")
        let data = try place.store("id,age\nc1,5\nc2,6\n", as: "more.csv")
        let script =
            ".import '\(data)' users\n.output '\(place.path("out"))'\nr.table('users').count()\n.output\nr.expr('seen')\n.read '\(inner)'"
        let outcome = try PandoProcess.run(["shell", place.file], input: script)
        #expect(outcome.output == "\"seen\"\n5\n" && outcome.status == 1)
        #expect(outcome.messages.contains("\(inner), line 2, column 18"))
        #expect(try String(decoding: place.bytes("out"), as: UTF8.self) == "5\n")
        let endless = try place.bad("shell", place.file, input: ".read '\(own)'")
        #expect(endless.contains("16 deep"))
        try place.good("shell", place.file, input: ".dump '\(place.path("a.tar.gz"))'")
        #expect(try place.bad("shell", place.file, input: ".dump '\(place.path("a.tar.gz"))'").contains("exists already"))
        try place.good("restore", place.path("second.pando"), place.path("a.tar.gz"))
        #expect(try place.good("query", place.path("second.pando"), "r.db('app').table('users').count()") == "5\n")
    }

    @Test func savedQueriesAreThereTheNextTime() throws {
        let place = try Workplace.withUsers()
        let home = ["HOME=\(place.folder)"]
        let first = try PandoProcess.run(["shell", place.file], input: "r.table('users').count()\n.save howMany", environment: home)
        #expect(first.status == 0)
        let second = try PandoProcess.run(["shell", place.file], input: ".run howMany\n.run howmany", environment: home)
        #expect(second.output == "3\n" && second.messages.contains("Did you mean howMany?"))
        let third = try PandoProcess.run(["shell", place.file], input: ".save wrong r.nonsense(", environment: home)
        #expect(third.status == 1)
        // What can't be read is not written over.
        _ = try place.store("{broken", as: ".local/share/pando/queries.json")
        let fourth = try PandoProcess.run(["shell", place.file], input: ".save again r.expr(1)", environment: home)
        #expect(fourth.status == 1 && fourth.messages.contains("queries.json is no object of JSON"), "\(fourth.messages)")
    }

    @Test func aFileThatSomebodyWritesIsOpenToRead() throws {
        let place = try Workplace.withUsers()
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none"])
        _ = try server.firstLine()
        let outcome = try PandoProcess.run(["shell", place.file], input: "r.table('users').count()\nr.table('users').delete()")
        #expect(outcome.output == "3\n" && outcome.status == 1)
        #expect(outcome.messages.contains(". So it is open to read only.") && !outcome.messages.contains(".."), "\(outcome.messages)")
        server.signal(15)
        _ = try server.finish()
    }

    @Test func whatCannotBeOpenedOrReadIsSaid() throws {
        let place = try Workplace.withUsers()
        #expect(try place.bad("shell", place.path("none.pando"), input: ".tables").contains("There is no file"))
        #expect(try place.bad("shell", place.file, "--mode", "tabel", status: 2).contains("Did you mean table?"))
        try place.store([0x72, 0x0A, 0xFF, 0xFE, 0x0A], as: "bad.reql")
        let message = try place.bad("shell", place.file, input: ".read '\(place.path("bad.reql"))'")
        #expect(message.contains("line 2: this is not UTF-8"))
        #expect(try place.good("shell", place.path("new.pando"), "--create", input: "r.dbCreate('app')('dbs_created')") == "1\n")
    }

    @Test func aReaderThatLeavesEndsItQuietly() throws {
        let place = try Workplace.withUsers()
        let script = String(repeating: "r.range(2000).map(i => 'something long enough')\n", count: 40)
        let process = try PandoProcess(["shell", place.file], input: script)
        try process.stopReading()
        let outcome = try process.finish()
        #expect(outcome.status == 0 && outcome.messages == "", "\(outcome.messages)")
    }
}
