import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Who leaves, and who stops the server, ends what runs for him, wherever it is.
@Suite struct ServerStoppingTests {
    private static let endlessHook = "r.db('app').table('users').setWriteHook((c, o, n) => n.merge({z: r.range(10000000000).sum()}))"

    private static func fixture(_ options: PandoOptions = PandoOptions()) throws -> RouteFixture {
        try RouteFixture(options: options, hasTime: true) {
            $0.limits.probeTime = .milliseconds(10)
            // One computes, and one takes nobody whose last request took long, as any may on a slow machine.
            $0.workers = 3
        }
    }

    private static func hooked() throws -> RouteFixture {
        var options = PandoOptions()
        options.catalog.functionTime = .seconds(60)
        let route = try fixture(options)
        _ = try route.query(endlessHook)
        return route
    }

    @Test(arguments: [
        ("POST", "/app/users", #"{"a": 1}"#), ("PUT", "/app/users/u1", #"{"a": 1}"#),
        ("POST", "/_reql", #"{"query": "r.db('app').table('users').insert({id: 1})"}"#),
    ])
    func aWriterThatComputesEndsWhenItsClientLeaves(method: String, target: String, body: String) throws {
        let route = try Self.hooked()
        let client = try TestClient(port: route.server.port)
        let head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        try client.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(eventually { route.pando.catalog.wasWriting })
        client.close()
        #expect(try route("PUT", "/app/other").status == 201)
        #expect(try route("GET", "/app/users").json[field: "documents"]?.count ?? 0 == 0)
    }

    @Test func aWalkEndsWhenItsClientLeaves() throws {
        let route = try Self.fixture()
        let edges = "r.db('app').table('edges')"
        #expect(try route("PUT", "/app/edges").status == 201)
        _ = try route.query("\(edges).insert(r.range(100).map(i => ({id: i, a: i, b: i.add(1).mod(50)})))")
        _ = try route.query("\(edges).relationCreate('next', {from: 'a', to: 'b'})")
        _ = try route.query("\(edges).indexWait().count()")
        // It would go back and forth for longer than the world will last.
        let over = "{over: {edges: \(edges), from: 'a', to: 'b'}, unique: 'none', direction: 'both', depth: 1000, as: 'keys'}"
        let body = "r.traverse(0, \(over)).count()"
        let client = try TestClient(port: route.server.port)
        try client.send(
            "POST /_reql HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        func walks() throws -> Bool {
            try route("GET", "/_admin/jobs").json.elements.contains {
                $0[field: "info"]?[field: "query"]?.string?.contains("traverse") == true
            }
        }
        #expect(eventually { (try? walks()) == true })
        client.close()
        #expect(eventually { (try? walks()) == false })
    }

    @Test func aJobThatHasTheWritersTurnIsStoppedByItsRoute() throws {
        let route = try Self.hooked()
        let client = try TestClient(port: route.server.port)
        let body = "r.db('app').table('users').insert({id: 1})"
        try client.send(
            "POST /_reql HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(eventually { route.pando.catalog.wasWriting })
        let jobs = try route("GET", "/_admin/jobs").json.elements.filter { $0[field: "type"] == "query" }
        let job = try #require(jobs.first { $0[field: "info"]?[field: "query"]?.string?.contains("insert") == true })
        #expect(try route("DELETE", "/_admin/jobs/\(job[field: "id"]?[1].string ?? "")").status == 204)
        #expect(try client.receive().status == 503)
        #expect(try route("PUT", "/app/other").status == 201)
    }

    @Test func theServerStopsAlthoughAWriterComputes() throws {
        var options = PandoOptions()
        options.catalog.functionTime = .seconds(60)
        let pando = try Pando.inMemory(options: options)
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.shutdownTime = .milliseconds(50)
        let server = HTTPServer(pando: pando, configuration: configuration)
        try server.start()
        let client = try TestClient(port: server.port)
        #expect(try client.request("PUT", "/app").status == 201)
        #expect(try client.request("PUT", "/app/users").status == 201)
        #expect(try client.request("POST", "/_reql", ["Content-Type": "text/plain"], body: Self.endlessHook).status == 200)
        let writers = try (0..<3).map { number in
            let writer = try TestClient(port: server.port)
            let body = #"{"id": \#(number)}"#
            try writer.send("POST /app/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            return writer
        }
        #expect(eventually { pando.catalog.wasWriting })
        server.stop()
        let database = try #require(try pando.catalog.snapshot().database("app"))
        let table = try #require(try pando.catalog.snapshot().table("users", in: database))
        #expect(try pando.catalog.snapshot().count(in: table, .all) == 0)
        try pando.close()
        withExtendedLifetime(writers) {}
    }

    @Test func whoStillWaitsAtTheEndIsTold() throws {
        let fixture = try PostgresFixture {
            $0.workers = 3
            $0.shutdownTime = .milliseconds(50)
        }
        let (client, other) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        try client.send(.query("SELECT pg_sleep(100)"))
        let running = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%(100)%' AND state = 'active' AND pid <> pg_backend_pid()"
        while try other.query(running).rows.isEmpty {}
        fixture.stop()
        #expect(try client.answers().states == ["57P01"])
    }
}
