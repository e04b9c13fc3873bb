import Ground
import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// What single accounts and databases may have of what all share, by every door, and from when it is said on.
@Suite struct LimitTests {
    private static let ada = ["Authorization": "Basic " + Base64.encode(Array("ada:p".utf8))]

    private static func fixture() throws -> RouteFixture {
        let route = try RouteFixture {
            $0.addresses = ["127.0.0.1"]
            ($0.driverPort, $0.postgresPort) = (0, 0)
        }
        _ = try route.query("r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'p', iterations: 1}})")
        _ = try route.query("r.grant('ada', {read: true, write: true, config: true})")
        return route
    }

    private static func limit(_ route: RouteFixture, _ row: String) throws {
        let answer = try route.query("r.db('rethinkdb').table('limits').insert(\(row), {conflict: 'replace'})")
        #expect(answer[field: "errors"] == 0, "\(answer)")
    }

    private static func ask(_ route: RouteFixture, _ query: String) throws -> TestClient.Answer {
        try TestClient(port: route.server.port).request(
            "POST", "/_reql", ada.merging(["Content-Type": "text/plain"]) { a, _ in a }, body: query)
    }

    private static func database(_ route: RouteFixture) throws -> String {
        let id = try route.query("r.db('app').info()('id')").string
        return "['database', '\(try #require(id))']"
    }

    @Test func anAccountHasItsRate() throws {
        let route = try Self.fixture()
        // Ten seconds' worth at once, and one at least.
        try Self.limit(route, "{id: ['account', 'ada'], requests_per_second: 0.001}")
        #expect(try Self.ask(route, "1").status == 200)
        let refused = try Self.ask(route, "1")
        refused.expectProblem(429, mentions: "the account `ada`")
        #expect(refused.fields["retry-after"] != nil)
        #expect(try route.query("1") == 1)
        let metrics = try route.client.request("GET", "/_metrics").body
        #expect(metrics.contains(#"pando_limited_refusals_total{account="ada"} 1"#), "\(metrics.suffix(400))")
        _ = try route.query("r.db('rethinkdb').table('limits').get(['account', 'ada']).delete()")
        for _ in 0..<5 { #expect(try Self.ask(route, "1").status == 200) }
    }

    @Test func aDatabaseHasItsRateByEveryDoor() throws {
        let route = try Self.fixture()
        let id = try Self.database(route)
        try Self.limit(route, "{id: \(id), requests_per_second: 0.001, db: 'app'}")
        #expect(try Self.ask(route, "r.db('app').table('users').count()").status == 200)
        try Self.ask(route, "r.db('app').table('users').count()").expectProblem(422, mentions: "the database `app`")
        #expect(try route.client.request("GET", "/app/users", Self.ada).status == 429)
        #expect(try Self.ask(route, "1").status == 200)
        #expect(try route.client.request("PUT", "/other", Self.ada).status == 201)
        #expect(try route.client.request("GET", "/other", Self.ada).status == 200)
        let postgres = try PostgresTestClient(route.server, [("database", "app")])
        #expect(try postgres.query("SELECT 1").states == ["53300"])
    }

    @Test(arguments: ["account", "database"])
    func anOwnerHasItsMemory(kind: String) throws {
        let route = try Self.fixture()
        let id = kind == "account" ? "['account', 'ada']" : try Self.database(route)
        let bomb = "r.db('app').table('users').count().do(n => r.range(n.add(400000)).coerceTo('array').count())"
        let body = #"{"query": "\#(bomb)", "array_limit": 1000000}"#
        func status() throws -> TestClient.Answer {
            try route.client.request("POST", "/_reql", Self.ada.merging(["Content-Type": "application/json"]) { a, _ in a }, body: body)
        }
        #expect(try status().status == 200)
        try Self.limit(route, "{id: \(id), memory_mb: 1}")
        try status().expectProblem(422, mentions: kind == "account" ? "the account `ada` together" : "the database `app` together")
        #expect(route.pando.limits.usage.map(\.memoryByteCount) == [0])
        try Self.limit(route, "{id: \(id), memory_mb: 512}")
        #expect(try status().status == 200)
    }

    @Test func statementsOfSQLCountAsWell() throws {
        let route = try Self.fixture()
        try Self.limit(route, "{id: \(try Self.database(route)), memory_mb: 2}")
        let postgres = try PostgresTestClient(route.server, [("database", "app")])
        let sort = "SELECT count(*) FROM (SELECT i FROM generate_series(1, 300000) g(i) ORDER BY -i) s"
        // What is sorted goes on in a file; a value can't.
        #expect(try postgres.query(sort).rows == [["300000"]])
        #expect(try postgres.query("SELECT length(repeat('x', 4000000))").states == ["53200"])
        #expect(try postgres.query("SELECT sum(length(repeat('x', 100000))) FROM generate_series(1, 1000)").rows == [["100000000"]])
        #expect(try postgres.query("SELECT 1").rows == [["1"]])
        #expect(route.pando.limits.usage.map(\.memoryByteCount) == [0])
    }

    @Test func anAccountHasItsConnections() throws {
        let route = try Self.fixture()
        try Self.limit(route, "{id: ['account', 'ada'], connections: 2}")
        let clients = try (0..<3).map { _ in try TestClient(port: route.server.port) }
        #expect(try clients.map { try $0.request("GET", "/app", Self.ada).status } == [200, 200, 429])
        clients[0].close()
        #expect(eventually { (try? clients[2].request("GET", "/app", Self.ada).status) == 200 })
        #expect(try route.query("1") == 1, "others have theirs")
    }

    @Test func aDatabaseHasItsSessions() throws {
        let route = try Self.fixture()
        try Self.limit(route, "{id: \(try Self.database(route)), connections: 1}")
        let one = try PostgresTestClient(route.server, [("database", "app")])
        let other = try PostgresTestClient(port: route.server.postgresPort)
        try other.start(user: "admin", [("database", "app")])
        #expect(try other.answers().states == ["53300"])
        one.client.close()
        #expect(eventually { (try? PostgresTestClient(route.server, [("database", "app")])) != nil })
    }

    @Test func theTableTakesOnlyWhatItMeans() throws {
        let route = try Self.fixture()
        for wrong in [
            "{id: ['account', 'admin'], connections: 1}", "{id: ['account', 'nobody'], connections: 1}",
            "{id: ['database', 'app'], connections: 1}",
            "{id: ['account', 'ada'], connections: 0}", "{id: ['account', 'ada'], memory_mb: 1.5}", "{id: ['account', 'ada'], rate: 1}",
            "{id: 'ada', connections: 1}", "{id: ['account', 'ada'], requests_per_second: -1}", "{connections: 1}",
        ] {
            #expect(try route.query("r.db('rethinkdb').table('limits').insert(\(wrong))")[field: "errors"] == 1, "\(wrong)")
        }
        #expect(try Self.ask(route, "r.db('rethinkdb').table('limits')").status == 403)
        #expect(try Self.ask(route, "r.db('rethinkdb').table('limits').insert({id: ['account', 'ada']})").status == 403)
        try Self.limit(route, "{id: \(try Self.database(route)), connections: 9}")
        #expect(try route.query("r.db('rethinkdb').table('limits').nth(0).pluck('db', 'connections')") == ["db": "app", "connections": 9])
        #expect(try route.query("r.dbDrop('app')('dbs_dropped')") == 1)
        #expect(try route.query("r.db('rethinkdb').table('limits').count()") == 0)
    }
}
