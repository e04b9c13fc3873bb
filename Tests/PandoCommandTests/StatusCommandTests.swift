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

    /// The cipher and the names of the keys, here and of a server; no key.
    @Test func howAFileIsEncrypted() throws {
        let place = try Workplace()
        let secret = String(repeating: "5a", count: 32)
        let key = ["--key-command", "echo \(secret)"]
        try place.good("db", place.file, "create", "app", key[0], key[1], "--key-name", "prod")
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1"] + key)
        let address = String(try server.firstLine().dropFirst("http://".count))
        for words in [[place.file] + key, ["--connect", address]] {
            let (table, json) = try (PandoProcess.run(["status"] + words).output, PandoProcess.run(["status", "--json"] + words).output)
            #expect(table.contains("AES-256-GCM-SIV, ") && table.contains("prod (key)"), "\(table)")
            #expect(json.contains(#""cipher":"AES-256-GCM-SIV""#) && json.contains(#""keys":[{"kind":"key","name":"prod"}]"#), "\(json)")
            #expect(!table.contains("5a5a") && !json.contains("5a5a") && !json.lowercased().contains("wlpa"))
        }
        #expect(try PandoProcess.run(["inspect", place.file, "--stats"] + key).output.contains("prod (key)"))
        let metrics = try httpAnswer("GET", "http://\(address)", "/_metrics")
        #expect(metrics.contains("pando_decrypted_bytes "))
        server.signal(15)
        _ = try server.finish()
        try place.good("db", place.path("plain.pando"), "create", "app")
        #expect(try place.good("status", place.path("plain.pando"), "--json").contains(#""encryption":null"#))
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
