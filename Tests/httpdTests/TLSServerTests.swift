import Ground
import PostgresWire
import ReQLish
import Synchronization
import TLS
import TestSupport
import Testing

@testable import httpd

/// TLS on real sockets, at each port. What other people's clients do there is in Tests/Acceptance/tls.py.
@Suite(.enabled(if: (try? LibSSL.load()) != nil, "OpenSSL is not installed")) struct TLSServerTests {
    let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    private func encryption(_ names: TestCertificates.Name...) -> TLSConfiguration {
        TLSConfiguration(certificates: names.map { .init(path: certificates.certificate($0), keyPath: certificates.key($0)) })
    }

    /// A server of the service of tests.
    private func server(_ service: TestService = TestService(), clock: ManualClock = ManualClock()) throws -> HTTPServer {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.workers = 2
        configuration.tls = encryption(.server)
        let server = HTTPServer(service: service, configuration: configuration, now: { clock.now })
        clock.goOn(whenStopped: server)
        try server.start()
        return server
    }

    private func client(_ port: UInt16, host: String = "localhost", receiveBufferBytes: Int32? = nil) throws -> TestClient {
        let client = try TestClient(port: port, receiveBufferBytes: receiveBufferBytes)
        try client.encrypt(certificates, host: host)
        return client
    }

    // MARK: HTTP

    @Test func requestsAndAnswers() throws {
        let server = try server()
        defer { server.stop() }
        #expect(server.urls.allSatisfy { $0.hasPrefix("https://") })
        let client = try client(server.port)
        for _ in 0..<3 { #expect(try client.request("POST", "/a", body: "body").body == "POST /a body") }
        try client.send(String(repeating: "GET /short HTTP/1.1\r\nHost: h\r\n\r\n", count: 200))
        for _ in 0..<200 { #expect(try client.receive().body == "GET /short ") }
        #expect(server.shared.counters.accepted.load(ordering: .relaxed) == 1)
    }

    @Test func largeBodiesBothWays() throws {
        let server = try server()
        defer { server.stop() }
        let client = try client(server.port)
        let text = String(decoding: (0..<3_000_000).map { UInt8(0x20 + $0 % 90) }, as: UTF8.self)
        #expect(try client.request("PUT", "/a", body: text).body == "PUT /a " + text)
        #expect(try client.request("GET", "/large").body.utf8.count == 1 << 20)
        #expect(try client.request("GET", "/rows/100000").isWhole)
    }

    /// A client that takes little at a time gets everything all the same, and its end.
    @Test func aSlowReaderGetsAll() throws {
        let server = try server()
        defer { server.stop() }
        let client = try client(server.port, receiveBufferBytes: 4096)
        try client.send("GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(try client.receive().body == String(repeating: "x", count: 1 << 20))
        #expect(try client.receiveSome() == nil)
    }

    @Test func whoSpeaksPlainIsToldSo() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        let answer = try client.request("GET", "/a")
        #expect(answer.status == 400)
        #expect(answer.json[field: "detail"] == "This port speaks TLS: its addresses begin with https.")
        #expect(try client.receiveSome() == nil)
        // Garbage behind a byte that begins a handshake: an alert, and the end.
        let other = try TestClient(port: server.port)
        try other.send([22, 3, 1, 0, 5, 1, 2, 3, 4, 5])
        #expect(try other.receiveSome()?.first == 21)
        #expect(try other.receiveSome() == nil)
    }

    @Test func aHandshakeHasItsTime() throws {
        let clock = ManualClock()
        let server = try server(clock: clock)
        defer { server.stop() }
        let silent = try TestClient(port: server.port)
        let half = try TestClient(port: server.port)
        try half.send([22, 3, 1, 2, 0, 1])
        let whole = try client(server.port)
        while server.shared.counters.connections.load(ordering: .relaxed) < 3 {}
        clock.advance(.seconds(11))
        server.clockMoved()
        #expect(try silent.receiveSome() == nil)
        #expect(try half.receiveSome() == nil)
        // Its own time is that of a request's head, which began with the connection.
        #expect(try whole.receiveSome() == nil)
    }

    @Test func badFilesKeepTheServerFromStarting() throws {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.tls = TLSConfiguration(certificates: [.init(path: certificates.certificate(.server), keyPath: certificates.lockedKey)]
        )
        let server = HTTPServer(service: TestService(), configuration: configuration)
        let error = #expect(throws: ServerError.self) { try server.start() }
        #expect(error?.kind == .encryption)
        #expect(error?.message.contains("has a passphrase") == true)
        #expect(server.port == 0)
    }

    @Test func certificatesAreReadAgain() throws {
        let server = try server()
        defer { server.stop() }
        let old = try client(server.port)
        #expect(throws: TestClient.Failure.self) { try client(server.port, host: "other.test") }
        var configuration = server.shared.configuration
        configuration.tls = encryption(.server, .other)
        try server.reload(configuration)
        #expect(try client(server.port, host: "other.test").request("GET", "/a").status == 200)
        #expect(try client(server.port).request("GET", "/a").status == 200)
        #expect(try old.request("GET", "/a").status == 200)
        // A bad one leaves all as it is.
        configuration.tls?.certificates[0].keyPath = certificates.key(.alice)
        #expect(throws: ServerError.self) { try server.reload(configuration) }
        #expect(try client(server.port, host: "other.test").request("GET", "/a").status == 200)
    }

    // MARK: Drivers

    @Test func driversSpeakInsideAndPlainOnesAreToldSo() throws {
        let (server, _) = try DriverServerTests.serve { $0.driverTLS = encryption(.server) }
        defer { server.stop() }
        let plain = try TestClient(port: server.driverPort)
        try plain.send([0xC3, 0xBD, 0xC2, 0x34])
        #expect(try plain.take(through: "\0").contains("This port speaks TLS"))
        let client = try client(server.driverPort)
        try client.send([0xC3, 0xBD, 0xC2, 0x34])
        #expect(try client.take(through: "\0").contains(#""success":true"#))
        // HTTP was left as it is.
        #expect(try TestClient(port: server.port).request("GET", "/_health/live").status == 200)
    }

    // MARK: PostgreSQL

    private func postgres() throws -> PostgresFixture { try PostgresFixture { $0.postgresTLS = encryption(.server) } }

    private func encrypted(_ fixture: PostgresFixture) throws -> PostgresTestClient {
        let client = try PostgresTestClient(port: fixture.server.postgresPort)
        try client.send(start: .gssEncryptionRequest)
        #expect(try client.client.take(1) == Array("N".utf8))
        try client.send(start: .encryptionRequest)
        #expect(try client.client.take(1) == Array("S".utf8))
        try client.client.encrypt(certificates)
        return client
    }

    @Test func postgresAgreesToEncryption() throws {
        let fixture = try postgres()
        let client = try encrypted(fixture)
        try client.start(user: "admin")
        #expect(try client.answers().last == .readyForQuery(.idle))
        #expect(try client.query("SELECT repeat('x', 300000)").rows == [[String(repeating: "x", count: 300_000)]])
        fixture.stop()
    }

    @Test func postgresRefusesWhatIsNotEncrypted() throws {
        let fixture = try postgres()
        let plain = try PostgresTestClient(port: fixture.server.postgresPort)
        try plain.start(user: "admin")
        #expect(try plain.answers().states == ["28000"])

        // Bytes behind the request, in the clear, were meant to be encrypted, or come from somebody in between.
        let eager = try PostgresTestClient(port: fixture.server.postgresPort)
        var output = ByteBuffer()
        StartupMessage.encryptionRequest.write(into: &output)
        output.append([22, 3, 1])
        try eager.client.send(output.bytes)
        #expect(try eager.answers().states == ["08P01"])

        // A second request, inside.
        let twice = try encrypted(fixture)
        try twice.send(start: .encryptionRequest)
        #expect(try twice.answers().states == ["08P01"])

        // TLS from the first byte on, and nothing said of the protocol inside.
        let direct = try PostgresTestClient(port: fixture.server.postgresPort)
        try direct.client.encrypt(certificates)
        #expect(try direct.answers().states == ["08P01"])
        fixture.stop()
    }

    @Test func passwordsAreBoundToTheCertificate() throws {
        let fixture = try postgres()
        _ = try fixture.pando.start(try TermTree(text: "r.db('rethinkdb').table('users').get('admin').update({password: 'pencil'})"))
        let context = try TLSContext(client: .authorities(certificates.authority), library: try LibSSL.load())
        withExtendedLifetime(context) {}
        let endPoint = try certificateDigest()
        func login(_ mechanism: String, _ header: String, _ data: [UInt8]) throws -> [String] {
            let client = try encrypted(fixture)
            return try PostgresStartTests.login(
                client, "admin", "pencil", header: header, mechanism: mechanism, data: data,
                mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
        }
        #expect(try login("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", endPoint) == [])
        #expect(try login("SCRAM-SHA-256", "n,,", []) == [])
        // Somebody in between has another certificate.
        #expect(try login("SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", endPoint.reversed()) == ["08P01"])
        #expect(try login("SCRAM-SHA-256-PLUS", "p=tls-unique,,", endPoint) == ["no salt"])
        #expect(try login("SCRAM-SHA-256-PLUS", "n,,", []) == ["no salt"])
        #expect(try login("SCRAM-SHA-256", "p=tls-server-end-point,,", endPoint) == ["no salt"])
        // The offer was taken out on its way.
        #expect(try login("SCRAM-SHA-256", "y,,", []) == ["no salt"])
        fixture.stop()
    }

    private func certificateDigest() throws -> [UInt8] {
        let text = String(
            decoding: try #require(SystemFiles.contents(of: certificates.certificate(.server), limit: 1 << 16)), as: UTF8.self)
        let body = text.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        return SHA256.hash(try #require(Base64.decode(body)))
    }

    // MARK: What is known of it

    /// Clients refuse it, so that is said: at the start, and when the certificates are read again.
    @Test func anExpiredCertificateIsWarnedOf() throws {
        let folder = try TemporaryDirectory()
        let fixture = try RouteFixture(database: false) {
            ($0.driverPort, $0.driverTLS, $0.logPath) = (0, encryption(.server, .expired), folder.file("log"))
        }
        func warnings() throws -> Int {
            let text = String(decoding: try #require(SystemFiles.contents(of: folder.file("log"), limit: 1 << 20)), as: UTF8.self)
            return text.split(separator: "\n").count { $0.contains("\"warn\"") && $0.contains("has expired on 2021-01-01") }
        }
        #expect(try warnings() == 1)
        #expect(fixture.server.certificateWarnings.count == 1)
        #expect(fixture.server.certificateWarnings.first?.contains(certificates.certificate(.expired)) == true)
        try fixture.server.reload(fixture.server.shared.configuration)
        #expect(try warnings() == 2)
        var configuration = fixture.server.shared.configuration
        configuration.driverTLS = encryption(.server)
        try fixture.server.reload(configuration)
        #expect(try warnings() == 2 && fixture.server.certificateWarnings.isEmpty)
        let begins = try fixture("GET", "/_status").json[field: "certificates"]?.elements.first?[field: "begins_seconds"]?.number
        #expect(begins ?? 1 < 0)
    }

    /// What named a file that can't be used is said with it.
    @Test func filesAreNamedWithTheirSettings() throws {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        for (path, key, setting) in [
            (certificates.certificate(.server), certificates.key(.other), "driver-tls-key"),
            ("/none.pem", certificates.key(.server), "tls-cert"),
        ] {
            configuration.tls = TLSConfiguration(certificates: [.init(path: path, keyPath: key)])
            configuration.tls?.settings = [setting == "tls-cert" ? path : key: setting]
            let error = #expect(throws: ServerError.self) {
                try HTTPServer(service: TestService(), configuration: configuration).start()
            }
            #expect(error?.message.hasPrefix("\(setting): The ") == true, "\(error?.message ?? "")")
        }
    }

    @Test func statusAndMetricsSayWhenCertificatesExpire() throws {
        let fixture = try RouteFixture(database: false) {
            $0.driverPort = 0; $0.driverTLS = encryption(.server, .other)
        }
        let status = try fixture("GET", "/_status").json
        #expect(
            status[field: "certificates"]?.elements.map { $0[field: "file"] }
                == [.server, .other].map { Datum(certificates.certificate($0)) })
        #expect((status[field: "certificates"]?.elements.first?[field: "expires_seconds"]?.number ?? 0) > 3e9)
        let stray = try TestClient(port: fixture.server.driverPort)
        try stray.send("hello")
        while try stray.receiveSome() != nil {}
        let metrics = try fixture("GET", "/_metrics").body
        #expect(metrics.contains("pando_tls_certificate_expires_seconds{file=\"\(certificates.certificate(.server))\"} 3"))
        #expect(metrics.contains("pando_tls_handshake_failures_total 1\n"))
    }
}
