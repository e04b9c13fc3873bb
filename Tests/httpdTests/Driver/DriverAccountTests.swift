import ReQLish
import Testing

@testable import httpd

/// Other users than `admin`, over a socket and through the whole handshake.
@Suite struct DriverAccountTests {
    private let pando: Pando
    private let server: HTTPServer

    init() throws {
        pando = try Pando.inMemory()
        for query in [
            "r.dbCreate('test')", "r.tableCreate('t')", "r.table('t').insert({id: 1})",
            "r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'sécret', iterations: 40}})",
        ] {
            _ = try pando.start(TermTree(text: query)).collected()
        }
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.driverPort = 0
        configuration.workers = 1
        configuration.driverLimits.failedHandshakeTime = .zero
        server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
    }

    private func run(_ query: String) throws { _ = try pando.start(TermTree(text: query)).collected() }

    /// `r.table("t").count()`.
    private static let count = #"[1,[43,[[15,["t"]]]]]"#

    @Test func aUserMayDoWhatWasGranted() throws {
        defer { server.stop() }
        let ada = try DriverClient(server, user: "ada", password: "sécret")
        #expect(try ada.ask(1, "[1,1]") == #"{"t":1,"r":[1]}"#)
        let refused = try Datum(json: ada.ask(2, Self.count))
        #expect(refused[field: "t"] == 18 && refused[field: "e"] == 6_000_000, "\(refused)")
        try run("r.table('t').grant('ada', {read: true})")
        #expect(try ada.ask(3, Self.count) == #"{"t":1,"r":[1]}"#)
        #expect(try ada.ask(4, #"[5]"#).contains("pando"))
        // A deleted user's connection may do nothing any more.
        try run("r.db('rethinkdb').table('users').get('ada').delete()")
        #expect(try ada.ask(5, "[1,2]").contains("6000000"))
        #expect(try ada.ask(6, Self.count).contains("6000000"))
    }

    @Test func wrongPasswordAndUnknownUserReadAlike() throws {
        defer { server.stop() }
        let wrong = try DriverClient(server, user: "ada", password: "secret", isWelcome: false)
        let unknown = try DriverClient(server, user: "nobody", password: "secret", isWelcome: false)
        #expect(wrong.verdict[field: "success"] == false && unknown.verdict[field: "success"] == false)
        #expect(wrong.verdict[field: "error"] == unknown.verdict[field: "error"])
        #expect(wrong.verdict[field: "error_code"] == 12 && unknown.verdict[field: "error_code"] == 12)
        #expect(try wrong.isAtEnd() && unknown.isAtEnd())
    }

    @Test func aChangedPasswordEndsConnectionsToo() throws {
        defer { server.stop() }
        let before = try DriverClient(server)
        try run("r.db('rethinkdb').table('users').get('admin').update({password: {password: 'boss', iterations: 5}})")
        #expect(try before.ask(1, Self.count).contains("holds no more"))
        let old = try DriverClient(server, isWelcome: false)
        #expect(old.verdict[field: "error_code"] == 12)
        let new = try DriverClient(server, password: "boss")
        #expect(try new.ask(1, Self.count) == #"{"t":1,"r":[1]}"#)

        // The key of V0_4 is the same password.
        for (key, answer) in [("boss", "SUCCESS\0"), ("admin", "ERROR: ")] {
            let client = try TestClient(port: server.driverPort)
            try client.send(HandshakeTests.magicV04 + [UInt8(key.utf8.count), 0, 0, 0] + Array(key.utf8) + HandshakeTests.json)
            #expect(try client.take(answer.utf8.count) == Array(answer.utf8))
        }
    }

    @Test func jobsTellWhoAsksFromWhere() throws {
        defer { server.stop() }
        let client = try DriverClient(server)
        // r.db("rethinkdb").table("jobs")(0)("info").pluck("user", "client_address")
        let query =
            #"[1,[33,[[170,[[170,[[15,[[14,["rethinkdb"]],"jobs"]],0]],"info"]],"user","client_address"]]]"#
        #expect(try client.ask(1, query) == #"{"t":1,"r":[{"client_address":"127.0.0.1","user":"admin"}]}"#)
    }
}
