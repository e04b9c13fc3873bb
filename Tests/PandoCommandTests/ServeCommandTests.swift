import TestSupport
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct ServeCommandTests {
    private func serve(_ place: Workplace, _ options: String...) throws -> (server: PandoProcess, url: String) {
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1"] + options)
        let url = try server.firstLine()
        try #require(url.hasPrefix("http://127.0.0.1:"))
        return (server, url)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func servesUntilItIsToldToStop(signal: Int32) throws {
        let place = try Workplace()
        let (server, url) = try serve(place)
        #expect(try httpAnswer("PUT", url, "/app").hasPrefix("HTTP/1.1 201"))
        #expect(try httpAnswer("PUT", url, "/app/users").hasPrefix("HTTP/1.1 201"))
        #expect(try httpAnswer("POST", url, "/app/users", body: #"{"id":"u1","name":"Ada"}"#).hasPrefix("HTTP/1.1 201"))
        #expect(
            try httpAnswer("POST", url, "/_reql", body: #"r.db("app").table("users").count()"#, type: "text/plain").contains(
                #"{"result":1}"#))
        server.signal(signal)
        let outcome = try server.finish()
        #expect(outcome.status == 0)
        #expect(outcome.messages.contains("Stopping."))
        #expect(try place.good("query", place.file, #"r.db("app").table("users").get("u1")("name")"#) == "\"Ada\"\n")
    }

    #if os(Linux)
        /// Whoever starts it may hold signals back, or ignore them, for itself.
        @Test func signalsThatWereHeldBackStopIt() throws {
            let place = try Workplace()
            let serve = ["serve", place.file, "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--bind", "127.0.0.1"]
            for option in ["--block-signal=TERM", "--ignore-signal=TERM"] {
                let server = try PandoProcess(serve, through: ["/usr/bin/env", option])
                _ = try server.firstLine()
                server.signal(SIGTERM)
                let outcome = try server.finish()
                #expect(outcome.status == 0 && outcome.messages.contains("Stopping."), "\(outcome)")
            }
            let endless = ["query", place.file, "r.range(100000000000000).map(x => x.add(1)).sum()"]
            let query = try PandoProcess.run(
                endless, through: ["/usr/bin/timeout", "-s", "TERM", "-k", "60", "1", "/usr/bin/env", "--block-signal=TERM"])
            #expect(query.status == 124, "\(query)")
        }

        /// The allocator would keep it for the thread that ran the query, and the next may run on another one.
        @Test func memoryOfALargeQueryGoesBack() throws {
            let place = try Workplace()
            let (server, url) = try serve(place)
            func answer(_ query: String) throws -> String { try httpAnswer("POST", url, "/_reql", body: query, type: "text/plain") }
            #expect(try answer("r.range(10).distinct().count()").contains(#"{"result":10}"#))
            let before = try residentBytes(server)
            let text = String(repeating: "x", count: 1000)
            let large = "r.range(90000).map(n => n.coerceTo('string').add('\(text)')).distinct().count()"
            #expect(try answer(large).contains(#"{"result":90000}"#))
            // 80 MB at least were held at the end.
            #expect(try eventually { try residentBytes(server) <= before + 32 << 20 })
            server.signal(SIGTERM)
            #expect(try server.finish().status == 0)
        }

        /// Memory of a process that no file stands behind.
        private func residentBytes(_ process: PandoProcess) throws -> Int {
            let file = unsafe try #require(fopen("/proc/\(process.identifier)/status", "r"))
            defer { unsafe fclose(file) }
            var line = [CChar](repeating: 0, count: 256)
            while unsafe fgets(&line, 256, file) != nil {
                let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
                let words = text.split { $0 == "\t" || $0 == " " }
                if words.first == "RssAnon:" { return try #require(Int(words[1])) << 10 }
            }
            throw ProcessFailure(description: "no RssAnon")
        }
    #endif

    @Test func othersReadWhileItServes() throws {
        let place = try Workplace.withUsers()
        let (server, url) = try serve(place)
        #expect(try place.good("inspect", place.file, "--prefix", "db:", "--count") == "3\n")
        let metadata = try place.good("inspect", place.file, "--prefix", "__meta__:")
        for kind in ["databases:app", "database_ids:", "tables:app.users", "table_ids:"] { #expect(metadata.contains("__meta__:\(kind)")) }
        #expect(try httpAnswer("PUT", url, "/app/users/u4", body: #"{"id":"u4","name":"Alan"}"#).hasPrefix("HTTP/1.1 201"))
        #expect(try place.good("inspect", place.file, "--prefix", "db:", "--count") == "4\n")
        #expect(try place.good("query", place.file, #"r.db("app").table("users").get("u4")("name")"#) == "\"Alan\"\n")
        #expect(try place.good("check", place.file).contains("is sound"))
        try place.good("dump", place.file, "-o", place.path("live.tar"))
        let message = try place.bad("query", place.file, #"r.db("app").table("users").delete()"#)
        #expect(message.contains("process"), "\(message)")
        #expect(try httpAnswer("GET", url, "/app/users/u1").contains("Ada"))
        server.signal(SIGTERM)
        #expect(try server.finish().status == 0)
    }

    @Test func settingsHaveAnOrder() throws {
        let place = try Workplace()
        let config = try place.store("# ours\nhttp-port = 1111\nport-offset = 5 # five\n", as: "pando.conf")
        func settings(_ words: [String], _ environment: [String]) throws -> String {
            let outcome = try PandoProcess.run(["serve", place.file, "--print-config"] + words, environment: environment)
            #expect(outcome.status == 0, "\(outcome.messages)")
            return outcome.output.withSingleSpaces
        }
        #expect(try settings([], []).contains("http-port 8080 default"))
        #expect(try settings(["--config", config], []).contains("http-port 1111 \(config), line 2"))
        #expect(try settings(["--config", config], ["PANDO_HTTP_PORT=2222"]).contains("http-port 2222 PANDO_HTTP_PORT"))
        #expect(
            try settings(["--config", config, "--http-port", "3333"], ["PANDO_HTTP_PORT=2222"]).contains(
                "http-port 3333 --http-port"))
        #expect(try settings(["--config", config], []).contains("port-offset 5 \(config), line 3"))
        // What comes right behind a value is part of it.
        let marked = try place.store("\t# ours\ninitial-password = a#b\nlog = a#b #c#d\n", as: "marked.conf")
        #expect(try settings(["--config", marked], []).contains("log a#b \(marked), line 3"))
    }

    @Test func badSettingsAreNamed() throws {
        let place = try Workplace()
        #expect(try place.bad("serve", place.file, "--http-port", "x", status: 2).contains("--http-port is a whole number"))
        #expect(try place.bad("serve", place.file, "--http-port", "65535", "--port-offset", "1", status: 2).contains("beyond 65535"))
        #expect(try place.bad("serve", place.file, "--bind", "0.0.0.0", status: 2).contains("admin has no password"))
        let typo = try place.store("htp-port = 1\n", as: "typo.conf")
        #expect(
            try place.bad("serve", place.file, "--config", typo).contains("line 1: there is no setting htp-port. Did you mean http-port?"))
        #expect(try place.bad("serve", place.folder).contains("is a directory"))
        #expect(try place.bad("serve", place.file, "--log-contents", "yes", status: 2).contains("log-contents is true or false, not “yes”"))
        for (option, value) in [("tls-min", "1.3"), ("tls-ports", "http"), ("tls-client-auth", "required"), ("tls-client-ca", "ca.pem")] {
            let message = try place.bad("serve", place.file, "--\(option)", value, status: 2)
            #expect(message.contains("\(option) goes with tls-cert and tls-key"), "\(message)")
        }
        #expect(try place.bad("serve", place.file, "--http-port", "0", "--bind", "not-an-address", status: 2).contains("not-an-address"))
    }

    /// What an encrypted file holds is not copied into a plain one that nobody asked for.
    @Test func aStandbyOfAnEncryptedFileWantsAKeyOrAWord() throws {
        let place = try Workplace()
        let key = ["--key-command", "echo " + String(repeating: "5a", count: 32)]
        let doors = ["--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--bind", "127.0.0.1"]
        let primary = try PandoProcess(["serve", place.file] + doors + key)
        let url = try primary.firstLine()
        #expect(try httpAnswer("PUT", url, "/app").hasPrefix("HTTP/1.1 201"))
        func standby(_ name: String, _ options: [String]) throws -> PandoProcess {
            let address = url.split(separator: "/").last.map(String.init) ?? ""
            return try PandoProcess(["serve", place.path(name), "--standby-of", address] + doors + options)
        }
        let refused = try standby("refused.pando", []).finish()
        #expect(refused.status == 2 && refused.messages.contains("--plain"), "\(refused.messages)")
        #expect(refused.messages.contains("--key-file"))
        #expect(!place.exists("refused.pando"))
        for (name, options) in [("sealed.pando", key), ("plain.pando", ["--plain"]), ("plain.pando", [])] {
            let server = try standby(name, options)
            #expect(try httpAnswer("GET", server.firstLine(), "/app").hasPrefix("HTTP/1.1 200"), "\(name) \(options)")
            server.signal(SIGTERM)
            #expect(try server.finish().status == 0)
        }
        #expect(try place.bad("key", place.path("plain.pando")).contains("not encrypted"))
        #expect(try place.bad("serve", place.path("none.pando"), "--plain", status: 2).contains("--standby-of"))
        primary.signal(SIGTERM)
        #expect(try primary.finish().status == 0)
    }

    @Test func theInitialPasswordIsSetOnce() throws {
        let place = try Workplace()
        let printed = try place.good("serve", place.file, "--initial-password", "secret", "--print-config").withSingleSpaces
        #expect(printed.contains("initial-password …"))
        for _ in 0..<2 {
            let (server, _) = try serve(place, "--initial-password", "secret")
            server.signal(SIGTERM)
            #expect(try server.finish().status == 0)
        }
        #expect(try place.good("user", place.file, "list").contains("admin  yes"))
    }

    @Test func aPortThatIsTaken() throws {
        let place = try Workplace()
        let (server, url) = try serve(place)
        let port = url.split(separator: ":").last.map(String.init) ?? ""
        let message = try place.bad("serve", place.path("other.pando"), "--bind", "127.0.0.1", "--http-port", port)
        #expect(message.contains(port))
        server.signal(SIGTERM)
        #expect(try server.finish().status == 0)
    }
}

extension String {
    /// Without what only makes columns.
    fileprivate var withSingleSpaces: String { split(separator: " ").joined(separator: " ") }
}
