import Synchronization
import TestSupport
import Testing

@testable import httpd

/// Streams that have nothing for a while: their connections wait, and show that they live.
@Suite struct WaitingStreamTests {
    let service = TestService()
    let clock = ManualClock()

    private func server() throws -> HTTPServer {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        let server = HTTPServer(service: service, configuration: configuration, now: { [clock] in clock.now })
        clock.goOn(whenStopped: server)
        try server.start()
        return server
    }

    /// A client whose stream waits.
    private func open(_ server: HTTPServer) throws -> TestClient {
        let client = try TestClient(port: server.port)
        try client.send("GET /waiting HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.take(through: "\r\n\r\n").contains("200 OK"))
        #expect(eventually { service.waits.load(ordering: .sequentiallyConsistent) == 1 })
        return client
    }

    @Test func aHeartbeatShowsThatItLives() throws {
        let server = try server()
        defer { server.stop() }
        let client = try open(server)
        for _ in 0..<3 {
            clock.advance(.seconds(15))
            server.clockMoved()
            #expect(try client.take(through: "beat\n\r\n") == "5\r\nbeat\n\r\n")
        }
        #expect(service.batches.load(ordering: .sequentiallyConsistent) == 1, "time alone orders no batch")
        service.tell("more")
        #expect(try client.take(through: "more\n\r\n") == "5\r\nmore\n\r\n")
        service.tell("end")
        #expect(try client.take(through: "0\r\n\r\n") == "4\r\nend\n\r\n0\r\n\r\n")
        #expect(try client.request("GET", "/after").body == "GET /after ")
        #expect(service.closedStreams.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func aHeartbeatFindsOutThatTheClientIsGone() throws {
        let server = try server()
        defer { server.stop() }
        let client = try open(server)
        client.close()
        clock.advance(.seconds(15))
        #expect(
            eventually {
                // Again and again: its end may have the loop awake with the time before.
                server.clockMoved()
                return service.closedStreams.load(ordering: .sequentiallyConsistent) == 1
            })
        #expect(eventually { server.shared.counters.connections.load(ordering: .relaxed) == 0 })
    }
}
