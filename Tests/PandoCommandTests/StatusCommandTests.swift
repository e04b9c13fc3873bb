import Testing

@testable import PandoCommand

@Suite struct StatusCommandTests {
    @Test func sizesTablesAndWhoWrites() throws {
        let place = try Workplace.withUsers()
        try place.good("index", place.file, "create", "app.users", "city")
        let alone = try place.good("status", place.file)
        for part in ["written by", "nobody", "free pages", "app.users          3  city"] {
            #expect(alone.contains(part), "\(part) in \(alone)")
        }
        let json = try place.good("status", place.file, "--json")
        #expect(json.contains(#""doc_count":3"#) && json.contains(#""page_size":"#) && json.contains(#""writer":null"#))

        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1"])
        let address = String(try server.firstLine().dropFirst("http://".count))
        #expect(try place.good("status", place.file).contains("process "))
        #expect(try !place.good("status", place.file, "--json").contains(#""writer":null"#))
        let served = try place.good("status", "--connect", address)
        #expect(served.contains("app.users          3  city") && served.contains("uptime"))
        server.signal(15)
        _ = try server.finish()
        #expect(try place.good("status", place.file).contains("nobody"))
        #expect(try place.bad("status", place.path("none")).contains("There is no file"))
    }

    @Test func commitsAreFollowed() throws {
        let place = try Workplace.withUsers()
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1"])
        let address = String(try server.firstLine().dropFirst("http://".count))
        let follower = try PandoProcess(["inspect", place.file, "--follow", "--prefix", "db:", "--values", "--limit", "2"])
        try follower.waitForMessage("Following")
        for name in ["Barbara", "Donald"] {
            try place.good("query", "--connect", address, "r.db('app').table('users').insert({id: '\(name)'})")
        }
        let outcome = try follower.finish()
        // Commits that come one right after the other may be told as one.
        let changes = outcome.lines.filter { $0.hasPrefix("+ db:") }
        #expect(outcome.status == 0 && outcome.lines[0].hasPrefix("commit "), "\(outcome)")
        #expect(changes.count == 2 && changes[0].hasSuffix(":docs:Barbara") && changes[1].hasSuffix(":docs:Donald"), "\(outcome)")
        #expect(outcome.output.contains(#"    + {"id":"Barbara"}"#))
        server.signal(15)
        _ = try server.finish()
        #expect(try place.bad("inspect", place.file, "--follow", "--stats", status: 2).contains("Choose one of"))
    }
}
