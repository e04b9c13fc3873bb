import Ground
import PostgresWire
import ReQLish
import Testing

@testable import httpd

@Suite struct PostgresStartTests {
    @Test func adminIsLetInAsLongAsItHasNoPassword() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(
            client.settings.map(\.name) == [
                "application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby",
                "integer_datetimes", "IntervalStyle", "is_superuser", "server_encoding", "server_version", "session_authorization",
                "standard_conforming_strings", "TimeZone",
            ])
        #expect(client.process > 0)
        fixture.stop()
    }

    @Test func passwordsAreProvedByScram() throws {
        let fixture = try PostgresFixture()
        _ = try fixture.pando.start(try TermTree(text: "r.db('rethinkdb').table('users').get('admin').update({password: 'pencil'})"))
        #expect(try Self.login(fixture.server, "admin", "pencil") == [])
        #expect(try Self.login(fixture.server, "admin", "pencil", header: "y,,") == [])
        #expect(try Self.login(fixture.server, "admin", "wrong") == ["28P01"])
        #expect(try Self.login(fixture.server, "nobody", "pencil") == ["28P01"])
        fixture.stop()
    }

    /// - Returns: the SQLSTATEs of what was refused.
    static func login(_ server: HTTPServer, _ user: String, _ password: String, header: String = "n,,") throws -> [String] {
        try login(try PostgresTestClient(port: server.postgresPort), user, password, header: header)
    }

    /// - Parameter data: what the exchange is bound to.
    static func login(
        _ client: PostgresTestClient, _ user: String, _ password: String, header: String, mechanism: String = "SCRAM-SHA-256",
        data: [UInt8] = [], mechanisms expected: [String] = ["SCRAM-SHA-256"]
    ) throws -> [String] {
        try client.start(user: user)
        guard case .authentication(.sasl(let mechanisms))? = try client.next() else { return ["no question"] }
        #expect(mechanisms == expected)
        // libpq leaves the name empty, as it has been said before.
        let bare = "n=,r=CLIENT"
        var first = ByteBuffer()
        first.append(terminated: mechanism)
        let length = first.beginValue()
        first.append(header + bare)
        first.endValue(length)
        try client.send(.password(first.bytes))
        guard case .authentication(.saslContinue(let bytes))? = try client.next() else { return ["no salt"] }
        let challenge = String(decoding: bytes, as: UTF8.self)
        let parts = challenge.split(separator: ",").map { String($0.dropFirst(2)) }
        let salt = try #require(Base64.decode(parts[1]))
        let withoutProof = "c=\(Base64.encode(Array(header.utf8) + data)),r=\(parts[0])"
        let credential = Credential(password: password, salt: salt, iterations: Int(parts[2])!)
        let (proof, _) = HandshakeTests.proof(password, credential, "\(bare),\(challenge),\(withoutProof)")
        try client.send(.password(Array("\(withoutProof),p=\(Base64.encode(proof))".utf8)))
        return try client.answers().states
    }

    @Test func theFirstMessageMayAskForOtherThings() throws {
        let fixture = try PostgresFixture()
        let encrypted = try PostgresTestClient(port: fixture.server.postgresPort)
        try encrypted.send(start: .encryptionRequest)
        #expect(try encrypted.client.receiveSome() == Array("N".utf8))
        try encrypted.start(user: "admin")
        #expect(try encrypted.answers().last == .readyForQuery(.idle))

        let newer = try PostgresTestClient(port: fixture.server.postgresPort)
        try newer.send(
            start: .startup(
                .init(minor: 2, parameters: [.init("user", "admin"), .init("database", "test"), .init("_pq_.x", "1")])))
        #expect(try newer.next() == .negotiateProtocolVersion(newest: 0x0003_0000, unknown: ["_pq_.x"]))
        #expect(try newer.answers().last == .readyForQuery(.idle))

        let old = try PostgresTestClient(port: fixture.server.postgresPort)
        try old.send(start: .outdated)
        #expect(try old.client.receiveSome()?.starts(with: Array("EFATAL".utf8)) == true)
        #expect(try old.client.receiveSome() == nil)
        fixture.stop()
    }

    @Test(arguments: [
        ("3D000", "admin", [("database", "nowhere")]), ("0A000", "admin", [("database", "test"), ("replication", "database")]),
        ("28000", "", [("database", "test")]),
    ])
    func aStartIsRefused(state: String, user: String, parameters: [(String, String)]) throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(port: fixture.server.postgresPort)
        try client.start(user: user, parameters)
        let answers = try client.answers()
        #expect(answers.states == [state])
        #expect(try client.next() == nil)
        fixture.stop()
    }

    @Test func withoutADatabaseTheDefaultOneIsMeant() throws {
        let fixture = try PostgresFixture()
        _ = try PostgresTestClient(fixture.server, [])
        fixture.stop()
    }

    @Test func strangersAreRefused() throws {
        let fixture = try PostgresFixture()
        for bytes in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0\0\0\u{3}", "\0\0\0\u{8}\u{9}\u{9}\u{9}\u{9}"] {
            let client = try PostgresTestClient(port: fixture.server.postgresPort)
            try client.client.send(bytes)
            while try client.client.receiveSome() != nil {}
        }
        // The server goes on.
        _ = try PostgresTestClient(fixture.server)
        fixture.stop()
    }

    @Test func sessionsHaveALimit() throws {
        let fixture = try PostgresFixture { ($0.postgresLimits.sessions, $0.postgresLimits.reservedSessions) = (1, 1) }
        let first = try PostgresTestClient(fixture.server)
        let second = try PostgresTestClient(fixture.server)
        let third = try PostgresTestClient(port: fixture.server.postgresPort)
        try third.start(user: "admin")
        #expect(try third.answers().states == ["53300"])
        try second.send(.terminate)
        #expect(try second.next() == nil)
        // The place is free as soon as the worker has closed the session.
        while true {
            let next = try PostgresTestClient(port: fixture.server.postgresPort)
            try next.start(user: "admin")
            if try next.answers().states.isEmpty { break }
        }
        withExtendedLifetime(first) {}
        fixture.stop()
    }

    @Test func stoppingTellsEverySession() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        fixture.stop()
        #expect(try client.answers().states == ["57P01"])
    }

    @Test func brokenMessagesEndASession() throws {
        let fixture = try PostgresFixture()
        for bytes: [UInt8] in [[0x51, 0, 0, 0, 3], [0x51, 0x7F, 0xFF, 0xFF, 0xFF], [0x21, 0, 0, 0, 4], [0x70, 0, 0, 0, 4]] {
            let client = try PostgresTestClient(fixture.server)
            try client.client.send(bytes)
            #expect(try client.answers().states == ["08P01"], "\(bytes)")
        }
        fixture.stop()
    }

    /// What a message holds may be wrong; where the next one begins is known all the same.
    @Test func aSessionOutlivesABrokenBody() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        try client.client.send([0x51, 0, 0, 0, 7, 0xC3, 0x28, 0])
        #expect(try client.answers().states == ["22021"])
        try client.client.send([0x50, 0, 0, 0, 5, 0x41, 0x53, 0, 0, 0, 4])
        #expect(try client.answers().states == ["08P01"])
        #expect(try client.query("") == [.emptyQueryResponse, .readyForQuery(.idle)])
        fixture.stop()
    }

    @Test func messagesMayComeInPieces() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(port: fixture.server.postgresPort)
        var output = ByteBuffer()
        StartupMessage.startup(.init(parameters: [.init("user", "admin"), .init("database", "test")])).write(into: &output)
        for byte in output.bytes { try client.client.send([byte]) }
        #expect(try client.answers().last == .readyForQuery(.idle))
        for byte: UInt8 in [0x51, 0, 0, 0, 6, 0x3B, 0] { try client.client.send([byte]) }
        #expect(try client.answers() == [.emptyQueryResponse, .readyForQuery(.idle)])
        fixture.stop()
    }

    @Test func idleSessionsEndInTime() throws {
        let fixture = try PostgresFixture { $0.postgresLimits.idleTime = .milliseconds(1) }
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.answers().states == ["57P05"])
        fixture.stop()
    }
}
