import Ground
import Synchronization
import TestSupport
import Testing

@testable import httpd

/// The server on real sockets, with a service that does what the test says.
@Suite struct ServerTests {
    let service = TestService()

    func server(clock: ManualClock = ManualClock(), _ change: (inout HTTPConfiguration) -> Void = { _ in }) throws -> HTTPServer {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.workers = 4
        change(&configuration)
        let server = HTTPServer(service: service, configuration: configuration, now: { clock.now })
        clock.goOn(whenStopped: server)
        try server.start()
        return server
    }

    // MARK: Requests

    @Test func keepsAConnection() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        for _ in 0..<3 {
            let answer = try client.request("POST", "/a", body: "body")
            #expect(answer.status == 200)
            #expect(answer.body == "POST /a body")
            #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
            #expect(answer.fields["connection"] == nil)
        }
        #expect(server.shared.counters.accepted.load(ordering: .relaxed) == 1)
        #expect(server.shared.counters.requests.load(ordering: .relaxed) == 3)
    }

    /// Short requests on the loop's thread and others on workers, mixed: the answers come in the order of the requests.
    @Test func pipelines() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        var text = ""
        for number in 0..<200 { text += "GET /\(number % 3 == 0 ? "short" : "long") HTTP/1.1\r\nHost: h\r\nX: \(number)\r\n\r\n" }
        try client.send(text)
        for number in 0..<200 {
            #expect(try client.receive().body == "GET /\(number % 3 == 0 ? "short" : "long") ")
        }
    }

    @Test func chunkedBodies() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        try client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in ["3;x=y\r\none", "\r\n2\r\n, \r\n3\r", "\ntwo\r\n0\r\nTrailer: t\r\n\r\n"] { try client.send(part) }
        #expect(try client.receive().body == "POST /a one, two")
        #expect(try client.request("GET", "/b").body == "GET /b ")
    }

    @Test func continues() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        try client.send("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(try client.receive().status == 100)
        try client.send("body")
        #expect(try client.receive().body == "PUT /a body")
        try client.send("PUT /refused HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        let refusal = try client.receive()
        #expect(refusal.status == 404)
        #expect(refusal.fields["connection"] == "close")
    }

    @Test func largeBodiesBothWays() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        let body = String(repeating: "0123456789", count: 300_000)
        #expect(try client.request("POST", "/e", body: body).body == "POST /e " + body)
        #expect(try client.request("GET", "/large").body.utf8.count == 1 << 20)
    }

    @Test func tellsWhoSendsTooMuch() throws {
        let server = try server { $0.limits.bodyBytes = 100 }
        defer { server.stop() }
        let declared = try TestClient(port: server.port)
        try declared.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + String(repeating: "x", count: 200_000))
        #expect(try declared.receive().status == 413)
        declared.close()
        let head = try TestClient(port: server.port)
        try head.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "x", count: 40_000) + "\r\n\r\n")
        #expect(try head.receive().status == 431)
        #expect(try TestClient(port: server.port).request("GET", "/fine").status == 200)
    }

    @Test func tooMuchTogether() throws {
        let server = try server { $0.bodyBytesTogether = 1_000_000 }
        defer { server.stop() }
        let half = String(repeating: "x", count: 600_000)
        let first = try TestClient(port: server.port)
        try first.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 600001\r\n\r\n" + half)
        #expect(eventually { server.shared.counters.bodyBytes.load(ordering: .relaxed) == 600_000 })
        let second = try TestClient(port: server.port)
        try second.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 600000\r\n\r\n" + half)
        #expect(try second.receive().status == 503)
        try first.send("x")
        #expect(try first.receive().status == 200)
        #expect(try first.request("POST", "/b", body: half).status == 200, "what was answered is not counted any more")
        first.close()
        second.close()
        #expect(eventually { server.shared.counters.bodyBytes.load(ordering: .relaxed) == 0 })
    }

    @Test func aCutOffRequest() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        try client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")
        client.endSending()
        #expect(try client.receive().status == 400)
        #expect(try client.closesSilently())
        let gone = try TestClient(port: server.port)
        try gone.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")
        gone.close()
        #expect(eventually { server.shared.counters.connections.load(ordering: .relaxed) == 0 })
        #expect(try TestClient(port: server.port).request("GET", "/fine").status == 200)
    }

    // MARK: Slow clients

    @Test func slowHeadsAndBodies() throws {
        let clock = ManualClock()
        let server = try server(clock: clock)
        defer { server.stop() }
        let head = try TestClient(port: server.port)
        try head.send("GET / HTTP/1.1\r\nHost")
        let body = try TestClient(port: server.port)
        try body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
        let resting = try TestClient(port: server.port)
        #expect(try resting.request("GET", "/").status == 200)
        let silent = try TestClient(port: server.port)
        #expect(eventually { server.shared.counters.accepted.load(ordering: .relaxed) == 4 })
        #expect(eventually { server.shared.counters.requests.load(ordering: .relaxed) == 2 })
        clock.advance(.seconds(30))
        server.clockMoved()
        #expect(try head.receive().status == 408)
        #expect(try body.receive().status == 408)
        #expect(try silent.closesSilently())
        #expect(try resting.request("GET", "/").status == 200, "between requests there is more time")
        clock.advance(.seconds(100))
        server.clockMoved()
        #expect(try resting.closesSilently())
    }

    @Test func backPressure() throws {
        let clock = ManualClock()
        let server = try server(clock: clock)
        defer { server.stop() }
        let client = try TestClient(port: server.port, receiveBufferBytes: 16 * 1024)
        try client.send("GET /rows/100000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        // The sockets' buffers take some megabytes, then nothing is produced any more.
        var seen = 0
        #expect(
            eventually {
                let before = service.batches.load(ordering: .sequentiallyConsistent)
                defer { seen = before }
                return before > 2 && before == seen && isSteady(before)
            })
        #expect(service.batches.load(ordering: .sequentiallyConsistent) < 1_000)
        #expect(service.closedStreams.load(ordering: .sequentiallyConsistent) == 0)
        // On a busy machine a batch may still be on its way; then it is the next stall that counts.
        #expect(
            eventually {
                guard isSteady(service.batches.load(ordering: .sequentiallyConsistent)) else { return false }
                clock.advance(.seconds(1000))
                server.clockMoved()
                return service.closedStreams.load(ordering: .sequentiallyConsistent) == 1
            }, "the stall ends the stream")
        #expect(eventually { server.shared.counters.connections.load(ordering: .relaxed) == 0 })
    }

    /// Whether no batch comes in a while that is long for a machine and short for a person.
    private func isSteady(_ count: Int) -> Bool {
        let end = ContinuousClock.now + .milliseconds(100)
        while ContinuousClock.now < end {
            if service.batches.load(ordering: .sequentiallyConsistent) != count { return false }
        }
        return true
    }

    @Test func aClientThatGoesAwayEndsItsStream() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        try client.send("GET /rows/1000000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { service.batches.load(ordering: .sequentiallyConsistent) > 3 })
        client.close()
        #expect(eventually { service.closedStreams.load(ordering: .sequentiallyConsistent) == 1 })
    }

    @Test func aClientThatGoesAwayCancelsItsQuery() throws {
        let clock = ManualClock()
        let server = try server(clock: clock)
        let gone = try TestClient(port: server.port)
        try gone.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
        let halfClosed = try TestClient(port: server.port)
        try halfClosed.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { service.blocked.load(ordering: .sequentiallyConsistent) == 2 })
        gone.close()
        halfClosed.endSending()
        // Both have sent an end; what they are is found out by sending something. The clock stops long before the limits on clients
        // that don't read: who waits here may wait for many turns of the loop.
        var seconds = 0
        #expect(
            eventually {
                if seconds < 20 {
                    clock.advance(.seconds(2))
                    seconds += 2
                }
                server.clockMoved()
                service.nudge()
                let open = server.shared.counters.connections.load(ordering: .relaxed)
                return open == 1 && service.cancelled.load(ordering: .relaxed) == 1 && halfClosed.hasInput
            })
        service.open()
        #expect(try halfClosed.receive().status == 100)
        #expect(try halfClosed.receive().body == "unblocked")
        server.stop()
    }

    // MARK: Streams

    @Test func streams() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        let expected = (0..<50_000).map { "\($0)\n" }.joined()
        for _ in 0..<2 {
            let answer = try client.request("GET", "/rows/50000")
            #expect(answer.isWhole)
            #expect(answer.body == expected)
        }
        #expect(try client.request("HEAD", "/rows/50000").status == 200)
        #expect(try client.request("GET", "/after").body == "GET /after ")
        #expect(service.closedStreams.load(ordering: .sequentiallyConsistent) == 3)
    }

    @Test func aStreamThatFails() throws {
        let server = try server()
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        let answer = try client.request("GET", "/failing/30000")
        #expect(answer.status == 200)
        #expect(!answer.isWhole, "without its last chunk, nobody takes it for whole")
        #expect(answer.body.hasSuffix("29999\n"))
        #expect(service.closedStreams.load(ordering: .sequentiallyConsistent) == 1)
    }

    // MARK: Many

    @Test func manyConnections() throws {
        let server = try server()
        defer { server.stop() }
        let port = server.port
        try onThreads(8) { thread in
            for _ in 0..<25 {
                let client = try TestClient(port: port)
                for number in 0..<4 {
                    #expect(try client.request("POST", "/\(thread)", body: "\(number)").body == "POST /\(thread) \(number)")
                }
            }
        }
        #expect(eventually { server.shared.counters.connections.load(ordering: .relaxed) == 0 })
    }

    @Test func tooManyConnections() throws {
        let server = try server {
            $0.connections = 3
            $0.connectionsOfClient = 1000
        }
        defer { server.stop() }
        var clients = try (0..<3).map { _ in try TestClient(port: server.port) }
        for client in clients { #expect(try client.request("GET", "/").status == 200) }
        let refused = try TestClient(port: server.port)
        let answer = try refused.request("GET", "/")
        #expect(answer.status == 503)
        #expect(answer.fields["connection"] == "close")
        // Far more than are told so: those wait, and are served when there is room.
        let waiting = try (0..<80).map { _ in try TestClient(port: server.port) }
        #expect(eventually { server.shared.counters.isFull.load(ordering: .relaxed) })
        clients.removeAll()
        waiting.dropLast().forEach { $0.close() }
        refused.close()
        #expect(eventually { !server.shared.counters.isFull.load(ordering: .relaxed) })
        #expect(eventually { (try? TestClient(port: server.port).request("GET", "/").status) == 200 })
    }

    @Test func tooManyRequests() throws {
        let server = try server {
            ($0.workers, $0.extraWorkers) = (1, 0)
            $0.queuedRequests = 1
        }
        defer { server.stop() }
        let first = try TestClient(port: server.port)
        try first.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { service.blocked.load(ordering: .sequentiallyConsistent) == 1 })
        let second = try TestClient(port: server.port)
        try second.send("GET /second HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { server.shared.counters.requests.load(ordering: .relaxed) == 2 })
        var third = try TestClient(port: server.port)
        // The second may still be on its way into the queue.
        #expect(
            eventually {
                guard let client = try? TestClient(port: server.port) else { return false }
                third = client
                try? client.send("GET /third HTTP/1.1\r\nHost: h\r\n\r\n")
                return server.shared.workers.isFull
            })
        let fourth = try TestClient(port: server.port)
        #expect(try fourth.request("GET", "/fourth").status == 503)
        #expect(try fourth.request("GET", "/short").status == 200, "short requests need no worker, and the connection goes on")
        service.open()
        #expect(try first.receive().body == "unblocked")
        #expect(try second.receive().status == 200)
        third.close()
    }

    @Test func endlessRequestsLeaveThreadsToOthers() throws {
        let server = try server {
            ($0.workers, $0.extraWorkers) = (2, 30)
            $0.helpTime = .milliseconds(50)
        }
        defer { server.stop() }
        let endless = try (0..<20).map { _ in try TestClient(port: server.port) }
        for client in endless { try client.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n") }
        // Each of these has to wait for nobody but those that have come before.
        for _ in 0..<3 { #expect(try TestClient(port: server.port).request("GET", "/other").body == "GET /other ") }
        #expect(eventually { service.blocked.load(ordering: .sequentiallyConsistent) == 20 })
        #expect(try TestClient(port: server.port).request("GET", "/other").body == "GET /other ")
        service.open()
        for client in endless { #expect(try client.receive().body == "unblocked") }
        #expect(eventually { server.shared.workers.areIdle })
    }

    // MARK: Ends

    @Test func finishesWhatIsInFlight() throws {
        let server = try server { $0.shutdownTime = .seconds(3600) }
        let port = server.port
        let busy = try TestClient(port: port)
        try busy.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
        // One for each loop, which take turns.
        let resting = try (0..<2).map { _ in try TestClient(port: port) }
        for client in resting { #expect(try client.request("GET", "/").status == 200) }
        #expect(eventually { service.blocked.load(ordering: .sequentiallyConsistent) == 1 })
        let stopper = try SystemThread(stackByteCount: 1 << 20) { server.stop() }
        for client in resting { #expect(try client.closesSilently(), "an idle connection ends at once") }
        #expect(throws: TestClient.Failure.self) { _ = try TestClient(port: port).request("GET", "/") }
        service.open()
        let answer = try busy.receive()
        #expect(answer.body == "unblocked")
        #expect(answer.fields["connection"] == "close")
        busy.close()
        stopper.join()
        #expect(server.port == 0)
    }

    @Test func cutsOffAtTheDeadline() throws {
        let clock = ManualClock()
        let server = try server(clock: clock)
        let client = try TestClient(port: server.port)
        try client.send("GET /block HTTP/1.1\r\nHost: h\r\n\r\n")
        let streaming = try TestClient(port: server.port, receiveBufferBytes: 16 * 1024)
        try streaming.send("GET /rows/100000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { service.blocked.load(ordering: .sequentiallyConsistent) == 1 })
        #expect(eventually { service.batches.load(ordering: .sequentiallyConsistent) > 2 })
        let stopper = try SystemThread(stackByteCount: 1 << 20) { server.stop() }
        #expect(eventually { server.shared.counters.isStopping.load(ordering: .relaxed) })
        clock.advance(.seconds(60))
        server.clockMoved()
        #expect(eventually { server.shared.counters.connections.load(ordering: .relaxed) == 0 })
        service.nudge()
        stopper.join()
        #expect(service.closedStreams.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func stopsOnceAndNeverStartsAgain() throws {
        let server = try server()
        #expect(server.port != 0)
        #expect(server.urls.first?.hasPrefix("http://127.0.0.1:") == true)
        #expect(throws: ServerError.self) { try server.start() }
        server.stop()
        server.stop()
        #expect(throws: ServerError.self) { try server.start() }
    }

    @Test func addresses() throws {
        let first = try server()
        defer { first.stop() }
        let taken = first.port
        let errors: [(String, UInt16, ServerError.Kind)] = [
            ("localhost", 0, .badAddress), ("127.0.0.1", taken, .addressInUse), ("192.0.2.1", 0, .addressNotAvailable),
        ]
        for (address, port, kind) in errors {
            #expect(
                performing: {
                    _ = try self.server {
                        $0.addresses = [address]
                        $0.port = port
                    }
                }, throws: { ($0 as? ServerError)?.kind == kind })
        }
    }
}
