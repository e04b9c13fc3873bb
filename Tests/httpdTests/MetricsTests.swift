import ReQLish
import Testing

@testable import httpd

/// `/_metrics`, and the figures behind it.
@Suite struct MetricsTests {
    @Test func bucketsHoldWhatIsNotAboveTheirBound() {
        for (microseconds, index) in [(0, 0), (8, 0), (9, 1), (16, 1), (17, 2), (16_777_216, 21), (16_777_217, 22), (1_000_000_000, 22)] {
            let histogram = Histogram()
            histogram.add(.microseconds(microseconds), count: 2)
            #expect(histogram.cumulative == (0...22).map { $0 >= index ? 2 : 0 }, "\(microseconds) µs")
            #expect(histogram.seconds == Double(2 * microseconds) / 1e6)
        }
        #expect(Histogram.bounds.count == 22 && Histogram.bounds[0] == 8e-6)
        let late = Histogram()
        late.add(.nanoseconds(8_001))
        late.add(.milliseconds(-1))
        #expect(late.cumulative.prefix(2) == [1, 2])
    }

    /// The samples of a scrape by name and labels.
    private func samples(_ text: String) -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                Issue.record("\(line) is no sample")
                continue
            }
            #expect(samples.updateValue(value, forKey: String(line[..<space])) == nil, "\(line) stands twice")
        }
        return samples
    }

    @Test func whatIsDoneIsCounted() throws {
        let fixture = try RouteFixture()
        for number in 0..<3 { #expect(try fixture.json("PUT", "/app/users/u\(number)", "{}").status == 201) }
        #expect(try fixture("GET", "/app/users/u1").status == 200)
        #expect(try fixture("GET", "/app/users?limit=2").status == 200)
        #expect(try fixture("GET", "/app/users/none").status == 404)
        #expect(try fixture.query("r.db('app').table('users').count()") == 3)
        #expect(try fixture.query("r.db('app').table('users').get('u2')")[field: "id"] == "u2")
        #expect(try fixture.query("r.db('app').table('users').map(u => u('id').count()).sum()") == 6)
        #expect(try fixture.query("r.db('app').table('users').insert({id: 'u4'})")[field: "inserted"] == 1)
        #expect(try fixture("PUT", "/empty").status == 201)
        let answer = try fixture("GET", "/_metrics")
        #expect(answer.fields["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let found = samples(answer.body)
        #expect(found["pando_documents_written_total{database=\"app\"}"] == 4)
        #expect(found["pando_documents_read_total{database=\"app\"}"] ?? 0 >= 1 + 2 + 1 + 3)
        #expect(found["pando_documents_written_total{database=\"empty\"}"] == 0)
        #expect(found["pando_queries_total"] == 4)
        #expect(found["pando_commit_seconds_count"] ?? 0 >= 6)
        #expect(found["pando_flush_seconds_count"] ?? 0 >= 1)
        #expect(found["pando_http_answers_total{code=\"4xx\"}"] == 1)
        #expect(found["pando_http_answers_total{code=\"2xx\"}"] == 12)
        #expect(found["pando_http_request_seconds_count"] ?? 0 >= 11)
        #expect(found["pando_query_seconds_bucket{door=\"http\",le=\"+Inf\"}"] == found["pando_query_seconds_count{door=\"http\"}"])
        #expect(found["pando_query_seconds_count{door=\"http\"}"] ?? 0 >= 3)
        #expect(found["pando_query_seconds_count{door=\"postgresql\"}"] == 0)
        #expect(found["pando_connections"] == 1)
        #expect(found["pando_file_pages"] ?? 0 > 0)
        // Buckets only grow.
        let buckets = answer.body.split(separator: "\n").filter { $0.hasPrefix("pando_commit_seconds_bucket") }
        let counts = buckets.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        #expect(counts.count == 23 && counts == counts.sorted())
    }

    @Test func sessionsOfPostgreSQLAreCounted() throws {
        let fixture = try PostgresFixture()
        defer { fixture.stop() }
        let http = try TestClient(port: fixture.server.port)
        func count() throws -> Double? { samples(try http.request("GET", "/_metrics").body)["pando_pg_connections"] }
        #expect(try count() == 0)
        let clients = [try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server)]
        for client in clients { #expect(try client.query("SELECT 1").rows == [["1"]]) }
        #expect(try count() == 2)
    }

    @Test func statementsAreCountedByTheirDoor() throws {
        let fixture = try PostgresFixture()
        defer { fixture.stop() }
        let http = try TestClient(port: fixture.server.port)
        func count(_ door: String) throws -> Double? {
            samples(try http.request("GET", "/_metrics").body)["pando_query_seconds_count{door=\"\(door)\"}"]
        }
        func statement(_ text: String) throws {
            #expect(try http.request("POST", "/_sql", body: "{\"query\": \"\(text)\"}").status == 200)
        }
        let client = try PostgresTestClient(fixture.server)
        let before = (try count("postgresql"), try count("http"))
        _ = try client.query("CREATE TABLE numbers (id int PRIMARY KEY, n int)")
        _ = try client.query("INSERT INTO numbers SELECT i, i FROM generate_series(1, 5000) i")
        // One that the loop answers itself, two in one message, one that fails, and one that runs another.
        #expect(try client.query("SELECT n FROM numbers WHERE id = 7").rows == [["7"]])
        #expect(try client.query("SELECT 1; SELECT count(*) FROM numbers").rows.last == ["5000"])
        _ = try client.query("SELECT 1 / 0")
        _ = try client.query("PREPARE p AS SELECT 1")
        _ = try client.query("EXECUTE p")
        #expect(try count("postgresql") == (before.0 ?? 0) + 8)
        try statement("SELECT 1")
        try statement("SELECT * FROM generate_series(1, 10)")
        #expect(try count("http") == (before.1 ?? 0) + 2)
    }

    /// `rethinkdb.stats` has a row for each table, and one for it on the server.
    @Test func statisticsOfTables() throws {
        let fixture = try RouteFixture()
        #expect(try fixture.query("r.db('app').table('users').insert([{id: 1}, {id: 2}])")[field: "inserted"] == 2)
        #expect(try fixture.query("r.db('app').table('users').filter(u => u('id').gt(1)).nth(0)")[field: "id"] == 2)
        let id = try fixture.query("r.db('app').table('users').info()('id')")
        let row = try fixture.query("r.db('rethinkdb').table('stats').get(['table', \(id)])")
        #expect(row[field: "db"] == "app" && row[field: "table"] == "users")
        #expect(row[field: "query_engine"]?[field: "written_docs_per_sec"]?.number ?? 0 > 0)
        let rows = "r.db('rethinkdb').table('stats').filter(s => s('id')(0).eq('table_server'))('query_engine')"
        let onServer = try fixture.query(rows)
        #expect(onServer.count == 1)
        #expect(onServer[0][field: "written_docs_total"] == 2)
        #expect(onServer[0][field: "read_docs_total"]?.integer ?? 0 >= 1)
    }

    @Test func theDescriptionHasEveryRoute() throws {
        let fixture = try RouteFixture()
        let answer = try fixture("GET", "/_openapi.json")
        #expect(answer.status == 200)
        let paths = answer.json[field: "paths"] ?? .null
        #expect(paths.fields.map(\.key).sorted() == RoutePattern.all.map(\.path).sorted())
        let ids = RoutePattern.all.flatMap(\.operations).map(\.id)
        #expect(Set(ids).count == ids.count)
        for pattern in RoutePattern.all {
            for operation in pattern.operations {
                #expect(
                    paths[field: pattern.path]?[field: operation.method.rawValue.lowercased()]?[field: "operationId"] == Datum(operation.id)
                )
            }
        }
    }
}
