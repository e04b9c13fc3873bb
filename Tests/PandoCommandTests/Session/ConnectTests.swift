import Testing

@testable import PandoCommand

/// Commands at a server that has the file open, beside the same ones on a file.
@Suite struct ConnectTests {
    private struct Served {
        let place: Workplace
        let server: PandoProcess
        let address: String

        init(_ options: String...) throws {
            place = try Workplace.withUsers()
            server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1"] + options)
            address = String(try server.firstLine().dropFirst("http://".count))
        }

        /// Runs a command at the server, and says what it printed.
        func run(_ words: String..., input: String = "") throws -> Outcome {
            try PandoProcess.run(words + ["--connect", address], input: input)
        }

        func good(_ words: String..., input: String = "", location: SourceLocation = #_sourceLocation) throws -> String {
            let outcome = try PandoProcess.run(words + ["--connect", address], input: input)
            #expect(outcome.status == 0, "\(words): \(outcome.messages)", sourceLocation: location)
            return outcome.output
        }

        func stop() throws {
            server.signal(15)
            #expect(try server.finish().status == 0)
        }
    }

    @Test func theSameWordsAndTheSameOutput() throws {
        let served = try Served()
        let file = served.place.file
        func same(_ before: [String], _ after: [String], location: SourceLocation = #_sourceLocation) throws {
            let atServer = try PandoProcess.run(before + ["--connect", served.address] + after)
            let onFile = try PandoProcess.run(before + [file] + after)
            #expect(atServer.status == onFile.status && atServer.output == onFile.output, "\(before)", sourceLocation: location)
            #expect(atServer.messages == onFile.messages, sourceLocation: location)
        }
        _ = try served.good("index", "create", "app.users", "city")
        // That it is ready is on the disk a moment later, which is what another process sees.
        _ = try served.good("query", "r.db('app').table('users').sync()")
        for words in [
            ["db", "list"], ["db", "list", "--json"], ["db", "info", "app"], ["db", "info", "ap"], ["table", "list", "app"],
            ["table", "info", "app.users"], ["table", "info", "app.users", "--json"], ["table", "info", "app.user"],
            ["index", "list", "app.users"], ["index", "status", "app.users"], ["index", "status", "app.users", "--json"], ["user", "list"],
            ["user", "list", "--json"],
        ] {
            try same([words[0]], Array(words.dropFirst()))
        }
        for query in [
            "r.db('app').table('users')", "r.db('app').table('users').get('u1')", "r.db('app').table('users').count()",
            "r.expr([1, 'x', null])",
            "r.expr({error: {status: 1, code: 'x'}})", "r.expr([{error: {status: 1, code: 'x'}}])", "r.epochTime(5).add(r.expr(1))",
            "r.db('app').table('users').map(u => u('missing'))", "r.range(3).map(x => r.expr(6).div(r.expr(2).sub(x)))",
            "r.db('no').table('x')",
            "r.binary('abc')", "r.expr(1).nonsense()", "r.range(70000).map(x => r.branch(x.lt(69999), x, r.error('late')))",
        ] {
            for format in ["json", "ndjson"] { try same(["query"], [query, "--format", format]) }
        }
        try served.stop()
    }

    @Test func thingsAreMadeChangedAndDropped() throws {
        let served = try Served()
        _ = try served.good("db", "create", "shop")
        _ = try served.good("db", "rename", "shop", "store")
        _ = try served.good("table", "create", "store.things", "--primary-key", "sku")
        _ = try served.good("table", "rename", "store.things", "goods")
        _ = try served.good("query", "r.table('goods').insert([{sku: 1}, {sku: 2}])", "--db", "store")
        _ = try served.good("user", "create", "ada", "--no-password")
        _ = try served.good("user", "grant", "ada", "store.goods", "--allow", "read")
        #expect(try served.good("user", "list").contains("ada    none      store.goods: read"))
        #expect(try served.good("compact", "--json").contains("bytes_after"))
        #expect(try served.run("db", "drop", "store").messages.contains("with 1 table and 2 documents. Say --force"))
        _ = try served.good("table", "drop", "store.goods", "--force")
        _ = try served.good("db", "drop", "store", "--force")
        let again = try served.run("db", "create", "app")
        #expect(again.status == 1 && again.messages.contains("already exists"))
        try served.stop()
        #expect(try !served.place.good("db", served.place.file, "list").contains("store"))
        #expect(try served.place.good("check", served.place.file).contains("is sound"))
    }

    @Test func theShellWorksThere() throws {
        let served = try Served()
        let more = try served.place.store("{\"id\":\"u5\"}\n{\"id\":\"u6\"}\n{\"id\":\"u1\"}\n", as: "more.ndjson")
        let script = """
            .mode table
            .tables
            .schema users
            .stats
            r.table('users').insert({id: 'u4'})('inserted')
            .dump '\(more).tar.gz'
            """
        let outcome = try served.run("shell", input: script)
        for part in ["users          3  id", "age    number", "pages of 4,096 bytes"] { #expect(outcome.output.contains(part), "\(part)") }
        #expect(outcome.output.hasSuffix("\n1\n"))
        #expect(outcome.status == 0, "\(outcome.messages)")
        let taken = try served.run("shell", input: ".import '\(more)' users")
        #expect(taken.status == 1 && taken.messages.contains("\(more), line 3: "), "\(taken.messages)")
        #expect(taken.messages.contains("Imported 2 documents into app.users"))
        #expect(try served.good("query", "r.db('app').table('users').count()") == "6\n")
        #expect(try served.run("shell", input: ".import '\(more)' usrs").messages.contains("Did you mean users?"))
        try served.stop()
    }

    @Test func aFeedComesAsItHappens() throws {
        let served = try Served()
        let query = "r.db('app').table('users').changes({includeInitial: true})('new_val')('id').limit(4)"
        let feed = try PandoProcess(["query", "--connect", served.address, query, "--format", "ndjson"])
        // What is there comes first; from then on nothing is missed.
        _ = try feed.firstLine()
        _ = try served.good("query", "r.db('app').table('users').insert({id: 'u4'})")
        #expect(try feed.finish().lines == ["\"u1\"", "\"u2\"", "\"u3\"", "\"u4\""])
        try served.stop()
    }

    @Test func aPasswordIsAskedFor() throws {
        let served = try Served("--initial-password", "secret")
        let refused = try served.run("db", "list")
        #expect(refused.status == 1 && refused.messages.contains("--password-file"))
        let right = try served.place.store("secret\n", as: "right")
        let wrong = try served.place.store("guess\n", as: "wrong")
        #expect(try served.run("db", "list", "--password-file", wrong).status == 1)
        #expect(try served.good("db", "list", "--password-file", right).contains("app"))
        #expect(try served.good("user", "create", "bob", "--no-password", "--login-password-file", right) == "")
        try served.stop()
    }

    @Test func mistakesAreNamed() throws {
        let place = try Workplace.withUsers()
        #expect(try place.bad("db", "--connect", "127.0.0.1:1", "list").contains("No server answers at 127.0.0.1:1"))
        #expect(try place.bad("db", "--connect", "127.0.0.1:http", "list", status: 2).contains("HOST:PORT"))
        #expect(try place.bad("db", place.file, "list", "--user", "ada", status: 2).contains("goes with --connect"))
        #expect(try place.bad("db", place.file, "--connect", "h:1", "list", status: 2).contains("There is no action"))
    }

    @Test func whoHoldsTheFileIsNamed() throws {
        let served = try Served()
        let file = served.place.file
        for words in [
            ["query", file, "r.db('app').table('users').delete()"], ["db", file, "create", "x"], ["table", file, "create", "app.x"],
            ["index", file, "create", "app.users", "x"], ["compact", file], ["user", file, "create", "x", "--no-password"],
            ["import", file, "app.users", "-"],
        ] {
            let outcome = try PandoProcess.run(words)
            #expect(outcome.status == 1, "\(words)")
            #expect(
                outcome.messages.contains("in process ") && outcome.messages.contains("--connect HOST:PORT"),
                "\(words): \(outcome.messages)")
        }
        try served.stop()
    }
}
