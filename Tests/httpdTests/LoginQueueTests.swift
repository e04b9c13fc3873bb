import ReQLish
import Synchronization
import TestSupport
import Testing

@testable import httpd

/// Who guesses passwords waits, and nobody else does.
@Suite struct LoginQueueTests {
    private let service = TestService()
    private let clock = ManualClock()

    private func server(_ change: (inout HTTPConfiguration) -> Void = { _ in }) throws -> HTTPServer {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.workers = 1
        change(&configuration)
        let server = HTTPServer(service: service, configuration: configuration, now: { [clock] in clock.now })
        clock.goOn(whenStopped: server)
        try server.start()
        return server
    }

    @Test func aWrongPasswordIsAnsweredWhenItIsTime() throws {
        let server = try server()
        defer { server.stop() }
        let guesser = try TestClient(port: server.port)
        try guesser.send("GET /guess/wrong HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { service.guesses.load(ordering: .sequentiallyConsistent) == 1 })
        // The one worker and the loops are free meanwhile, and another's password is checked.
        let other = try TestClient(port: server.port)
        #expect(try other.request("GET", "/long").status == 200)
        #expect(try other.request("GET", "/short").status == 200)
        #expect(try other.request("POST", "/guess/right", body: "body").body == "POST /guess/right body")
        clock.advance(.seconds(1))
        server.clockMoved()
        #expect(try guesser.receive().status == 401)
        #expect(try guesser.request("GET", "/guess/right").status == 200, "the connection goes on")
    }

    /// The body of who has not proved anything is not read: what can't be left unread ends the connection.
    @Test func aStrangersBodyIsNotRead() throws {
        let server = try server { $0.failedLoginTime = .zero }
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        try client.send("PUT /guess/wrong HTTP/1.1\r\nHost: h\r\nContent-Length: 50000000\r\n\r\n")
        let answer = try client.receive()
        #expect(answer.status == 401)
        #expect(answer.fields["connection"] == "close")
        #expect(server.shared.counters.bodyBytes.load(ordering: .relaxed) == 0)
        // Nor is it asked for.
        let polite = try TestClient(port: server.port)
        try polite.send("PUT /guess/wrong HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(try polite.receive().status == 401)
    }

    @Test func tooManyAreToldSo() throws {
        let server = try server { $0.waitingLogins = 0 }
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        #expect(try client.request("GET", "/guess/right").status == 429)
        #expect(try client.request("GET", "/short").status == 200)
    }

    /// A database whose `admin` has the password `boss`, and a configuration of both ports.
    private func guarded() throws -> (Pando, HTTPConfiguration) {
        let pando = try Pando.inMemory()
        _ = try pando.start(
            TermTree(text: "r.db('rethinkdb').table('users').get('admin').update({password: {password: 'boss', iterations: 3}})"))
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.driverPort = 0
        return (pando, configuration)
    }

    /// A driver's key costs as many hashes as a password: while it waits for them the loop serves the others.
    @Test func aDriversKeyHoldsNobodyUp() throws {
        let (pando, ports) = try guarded()
        var configuration = ports
        configuration.workers = 1
        configuration.eventLoops = 1
        configuration.driverLimits.failedHandshakeTime = .zero
        let drivers = DriverService(pando: pando, authenticator: Authenticator(pando.catalog), limits: configuration.driverLimits)
        let server = HTTPServer(service: service, driverService: drivers, configuration: configuration, now: { [clock] in clock.now })
        clock.goOn(whenStopped: server)
        try server.start()
        defer { server.stop() }
        // Scram takes the server only a few hashes: it needs no turn.
        let bystander = try DriverClient(server, password: "boss")

        // The thread that checks passwords has something to do.
        let guesser = try TestClient(port: server.port)
        try guesser.send("GET /guess/long HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { service.blocked.load(ordering: .sequentiallyConsistent) == 1 })
        let clients = try ["boss", "wrong"].map { key in
            let client = try TestClient(port: server.driverPort)
            try client.send(HandshakeTests.magicV04 + [UInt8(key.utf8.count), 0, 0, 0] + Array(key.utf8) + HandshakeTests.json)
            return client
        }
        #expect(eventually { server.shared.logins.waitingCount == 2 })
        #expect(try bystander.ask(1, "[1,7]") == #"{"t":1,"r":[7]}"#)
        let late = try DriverClient(server, password: "boss")
        #expect(try late.ask(1, "[1,[24,[1,2]]]") == #"{"t":1,"r":[3]}"#)
        #expect(try TestClient(port: server.port).request("GET", "/short").status == 200)
        #expect(clients.allSatisfy { !$0.hasInput }, "nobody has looked at their keys yet")
        service.open()
        #expect(try clients[0].take(8) == Array("SUCCESS\0".utf8))
        #expect(try clients[1].take(7) == Array("ERROR: ".utf8))
        #expect(server.shared.counters.refusedLogins.load(ordering: .relaxed) == 2)
    }

    @Test func tooManyKeysAreToldSo() throws {
        let (pando, ports) = try guarded()
        var configuration = ports
        configuration.waitingLogins = 0
        let server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
        defer { server.stop() }
        let client = try TestClient(port: server.driverPort)
        try client.send(HandshakeTests.magicV04 + [4, 0, 0, 0] + Array("boss".utf8) + HandshakeTests.json)
        #expect(try client.take(through: "\0").contains("Too many passwords"))
        #expect(try client.closesSilently())
    }

    @Test func aClientIsAnAddressOrANetwork() {
        for (address, network) in [
            ("127.0.0.1", "127.0.0.1"), ("::ffff:10.1.2.3", "::ffff:10.1.2.3"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
            ("2001:db8::1", "2001:db8:0:0"), ("::1", "0:0:0:0"), ("fe80::", "fe80:0:0:0"), ("1:2:3:4:5:6:7::", "1:2:3:4"),
        ] {
            #expect(LoginQueue.network(of: address) == network)
        }
    }
}
