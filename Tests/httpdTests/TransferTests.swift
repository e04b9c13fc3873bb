import Ground
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Bodies that are compressed, lines that are left out, tables as CSV, other sites' pages, and how much one account may ask.
@Suite struct TransferTests {
    private func bytes(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.append(text)
        return buffer
    }

    /// A request with a body of any bytes.
    private func send(_ fixture: RouteFixture, _ target: String, _ fields: [String: String], _ body: ByteBuffer) throws -> TestClient.Answer
    {
        var head = "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        try fixture.client.send(Array((head + "\r\n").utf8) + body.bytes)
        return try fixture.client.receive()
    }

    // MARK: Lines that are left out

    @Test func badLinesAreReportedByNumber() throws {
        let fixture = try RouteFixture()
        let lines = ["{\"id\": 1}", "", "{\"id\": 2", "[3]", "{\"id\": 1, \"again\": true}", "{\"id\": null}", "  ", "{\"n\": 7}", "{} {}"]
        let fields = ["Content-Type": "application/x-ndjson"]
        let answer = try fixture("POST", "/app/users?on_error=skip", fields, lines.joined(separator: "\r\n"))
        #expect(answer.status == 201)
        #expect(answer.json[field: "inserted"] == 2)
        #expect(answer.json[field: "errors"] == 5)
        let failed = answer.json[field: "failed"]?.elements.map { $0 } ?? []
        #expect(failed.compactMap { $0[field: "line"]?.integer } == [3, 4, 5, 6, 9])
        #expect(failed.compactMap { $0[field: "status"]?.integer } == [400, 422, 409, 422, 400])
        #expect(try fixture.query("r.db('app').table('users').count()") == 2)
        // Otherwise none of them is inserted.
        let all = try fixture("POST", "/app/users", fields, lines.joined(separator: "\n"))
        #expect(all.status == 400)
        #expect(all.json[field: "line"] == 3)
        // Of an array the documents are counted.
        let array = try fixture.json("POST", "/app/users?on_error=skip", #"[{"id": 1}, {"id": 9}]"#)
        #expect(array.json[field: "failed"]?[0][field: "document"] == 1)
        #expect(try fixture.json("POST", "/app/users?on_error=skip", "[").status == 400)
        #expect(try fixture.json("POST", "/app/none?on_error=skip", "{}").status == 404)
    }

    // MARK: CSV

    @Test func pagesAsCSV() throws {
        let fixture = try RouteFixture()
        let documents =
            #"[{"id": "a", "n": 1, "t": "x,\"y\""}, {"id": "b", "o": {"p": [1]}, "t": "two\nlines"}, {"id": "c", "n": null, "b": true}]"#
        #expect(try fixture.json("POST", "/app/users", documents).status == 201)
        let answer = try fixture("GET", "/app/users", ["Accept": "text/csv"])
        #expect(answer.fields["content-type"] == "text/csv")
        #expect(
            answer.body == "id,b,n,o,t\r\na,,1,,\"x,\"\"y\"\"\"\r\nb,,,\"{\"\"p\"\":[1]}\",\"two\nlines\"\r\nc,true,,,\r\n")
        #expect(try fixture("GET", "/app/users?limit=1", ["Accept": "text/csv"]).fields["link"]?.contains("cursor") == true)
    }

    // MARK: gzip

    @Test func bodiesMayBeCompressed() throws {
        let fixture = try RouteFixture()
        let document = bytes("{\"id\": \"u1\", \"text\": \"\(String(repeating: "abc", count: 1000))\"}")
        let packed = GzipEncoder.compress(document.span)
        #expect(packed.count < document.count / 10)
        let fields = ["Content-Type": "application/json", "Content-Encoding": "gzip"]
        #expect(try send(fixture, "/app/users", fields, packed).status == 201)
        #expect(try fixture.query("r.db('app').table('users').get('u1')('text').count()") == 3000)

        var damaged = ByteBuffer()
        damaged.append(Array(packed.bytes.dropLast(9)))
        try send(fixture, "/app/users", fields, damaged).expectProblem(400, mentions: "gzip")
        try send(fixture, "/app/users", fields, document).expectProblem(400, mentions: "gzip")
        let other = try send(fixture, "/app/users", ["Content-Encoding": "br"], document)
        other.expectProblem(415)
        #expect(other.fields["accept-encoding"] == "gzip")
    }

    /// A few bytes that stand for very many.
    @Test func bombsAreDefused() throws {
        let fixture = try RouteFixture { $0.limits.bodyBytes = 100_000 }
        let zeros = bytes(String(repeating: "0", count: 200_000))
        var bomb = GzipEncoder.compress(zeros.span)
        #expect(bomb.count < 1000)
        try send(fixture, "/app/users", ["Content-Encoding": "gzip"], bomb).expectProblem(413)
        // In many members as well.
        let half = GzipEncoder.compress(zeros.span.extracting(0..<60_000))
        bomb = ByteBuffer()
        for _ in 0..<2 { bomb.append(half) }
        try send(fixture, "/app/users", ["Content-Encoding": "gzip"], bomb).expectProblem(413)
        #expect(try fixture("GET", "/app/users").json == [])
    }

    @Test func answersAreCompressedForThoseWhoTakeItSo() throws {
        let fixture = try RouteFixture()
        let documents = (0..<200).map { "{\"id\": \($0), \"text\": \"the same text in all of them\"}" }.joined(separator: ",")
        #expect(try fixture.json("POST", "/app/users", "[\(documents)]").status == 201)
        let plain = try fixture("GET", "/app/users")
        #expect(plain.fields["content-encoding"] == nil)
        try fixture.client.send("GET /app/users HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br;q=1, gzip;q=0.5\r\n\r\n")
        let head = try fixture.client.take(through: "\r\n\r\n").lowercased()
        #expect(head.contains("content-encoding: gzip\r\n") && head.contains("vary: accept-encoding\r\n"))
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        let body = try #require(try fixture.client.take(length))
        #expect(length < plain.body.utf8.count / 4)
        #expect(try GzipDecoder.decompress(body.span, maximumByteCount: 1 << 20).bytes == Array(plain.body.utf8))
        for refused in ["identity", "gzip;q=0", "br", "gzip; q=0.0"] {
            #expect(try fixture("GET", "/app/users", ["Accept-Encoding": refused]).fields["content-encoding"] == nil, "\(refused)")
        }
        #expect(try fixture("GET", "/app", ["Accept-Encoding": "gzip"]).fields["content-encoding"] == nil, "a short one")
    }

    // MARK: Other sites

    /// An answer in parts is one gzip file, to its end; a feed is not compressed.
    @Test func streamsAreCompressedToo() throws {
        let fixture = try RouteFixture()
        let query = "r.range(40000).map(i => ({id: i, text: 'the same again'}))"
        let plain = try fixture("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"], query).body
        let fields = "Host: localhost\r\nContent-Type: text/plain\r\nAccept: application/x-ndjson\r\nAccept-Encoding: gzip\r\n"
        try fixture.client.send("POST /_reql HTTP/1.1\r\n\(fields)Content-Length: \(query.utf8.count)\r\n\r\n\(query)")
        let head = try fixture.client.take(through: "\r\n\r\n").lowercased()
        #expect(head.contains("content-encoding: gzip\r\n") && head.contains("transfer-encoding: chunked\r\n"))
        #expect(head.contains("vary: accept-encoding\r\n"))
        var packed: [UInt8] = []
        while true {
            let size = try #require(Int(try fixture.client.take(through: "\r\n").dropLast(1), radix: 16))
            packed += try #require(try fixture.client.take(size))
            _ = try fixture.client.take(2)
            if size == 0 { break }
        }
        #expect(packed.count < plain.utf8.count / 10)
        let unpacked = try GzipDecoder.decompress(packed.span, maximumByteCount: plain.utf8.count)
        #expect(unpacked.bytes == Array(plain.utf8))

        try fixture.client.send("GET /app/users/_changes HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
        #expect(try !fixture.client.take(through: "\r\n\r\n").lowercased().contains("content-encoding"))
    }

    @Test func otherSitesMayNothingUnlessListed() throws {
        let closed = try RouteFixture()
        let origin = ["Origin": "https://a.example"]
        #expect(try closed("GET", "/app", origin).fields["access-control-allow-origin"] == nil)
        #expect(try closed("PUT", "/app/users/u1", origin, "{}").status == 403)
        let preflight = origin.merging(["Access-Control-Request-Method": "PUT"]) { a, _ in a }
        #expect(try closed("OPTIONS", "/app/users/u1", preflight).fields["access-control-allow-methods"] == nil)

        let open = try RouteFixture { $0.corsOrigins = ["https://A.example"] }
        let token = try open("POST", "/_admin/tokens").json[field: "token"]?.string ?? ""
        let answer = try open("PUT", "/app/users/u1", origin.merging(["Authorization": "Bearer \(token)"]) { a, _ in a }, "{}")
        #expect(answer.status == 201)
        #expect(answer.fields["access-control-allow-origin"] == "https://a.example")
        #expect(answer.fields["vary"] == "Origin")
        #expect(try open("GET", "/app/none/x", origin).fields["access-control-allow-origin"] == "https://a.example", "problems too")
        let allowed = try open("OPTIONS", "/app/users/u1", preflight)
        #expect(allowed.status == 204)
        #expect(allowed.fields["access-control-allow-methods"]?.contains("PUT") == true)
        #expect(allowed.fields["access-control-allow-headers"]?.contains("Authorization") == true)
        #expect(allowed.fields["access-control-allow-headers"]?.contains("Pando-Transaction") == true)
        #expect(answer.fields["access-control-expose-headers"]?.contains("Pando-Result") == true)
        for other in ["https://b.example", "https://a.example.evil", "null", "http://a.example"] {
            #expect(try open("GET", "/app", ["Origin": other]).fields["access-control-allow-origin"] == nil)
            #expect(try open("PUT", "/app/users/u1", ["Origin": other], "{}").status == 403)
        }
        let any = try RouteFixture { $0.corsOrigins = ["*"] }
        #expect(try any("GET", "/app", origin).fields["access-control-allow-origin"] == "*")
    }

    // MARK: How much one account may ask

    @Test func bucketsFillSteadily() {
        let limiter = RateLimiter(rate: 2)
        let start = MonotonicTime.now
        for _ in 0..<20 { #expect(limiter.take(for: "ada", at: start) == nil) }
        #expect(limiter.take(for: "ada", at: start) == 0.5)
        #expect(limiter.take(for: "bob", at: start) == nil, "each account has its own")
        #expect(limiter.take(for: "ada", at: start + .milliseconds(500)) == nil)
        #expect(limiter.take(for: "ada", at: start + .milliseconds(750)) == 0.25)
        // It never holds more than ten seconds' worth.
        for _ in 0..<20 { #expect(limiter.take(for: "ada", at: start + .seconds(1000)) == nil) }
        #expect(limiter.take(for: "ada", at: start + .seconds(1000)) != nil)
        limiter.rate = 0
        #expect(limiter.take(for: "ada", at: start) == nil)
    }

    @Test func whoAsksTooMuchIsToldWhenToComeBack() throws {
        let fixture = try RouteFixture(database: false) { $0.requestRate = 0.2 }
        #expect(try fixture("GET", "/").status == 200)
        #expect(try fixture("GET", "/").status == 200)
        let refused = try fixture("GET", "/")
        refused.expectProblem(429, "resource_limit_error")
        #expect((1...5).contains(refused.fields["retry-after"].flatMap { Int($0) } ?? 0))
        #expect(try fixture("GET", "/_health/live").status == 200, "whoever watches the server is not counted")
    }

    @Test func limitsAreVisible() throws {
        let fixture = try RouteFixture { $0.connections = 7 }
        let limits = try fixture("GET", "/_status").json[field: "limits"]
        #expect(limits?[field: "connections"] == 7)
        #expect(limits?[field: "requests_per_second_of_user"] == 0)
        #expect(limits?[field: "body_bytes"] == Datum(HTTPLimits().bodyBytes))
    }

    // MARK: Jobs

    @Test func queriesAreListedAndStopped() throws {
        let fixture = try RouteFixture()
        let feed = try TestClient(port: fixture.server.port)
        try feed.send("GET /app/users/_changes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        _ = try feed.take(through: "\r\n\r\n")
        var id = ""
        let isListed = eventually {
            let jobs = (try? fixture("GET", "/_admin/jobs").json.elements.map { $0 }) ?? []
            let found = jobs.first { $0[field: "info"]?[field: "query"]?.string?.contains("changes") == true }
            id = found?[field: "id"]?[1].string ?? ""
            return !id.isEmpty
        }
        #expect(isListed)
        #expect(try fixture("DELETE", "/_admin/jobs/\(id)").status == 204)
        #expect(try feed.take(through: "event: error\n").isEmpty == false)
        #expect(eventually { (try? fixture("DELETE", "/_admin/jobs/\(id)").status) == 404 })
    }

    // MARK: Paths

    /// What could lead elsewhere if somebody took a path for a file's, or read it twice.
    @Test(
        arguments: [
            ("/app/../other", 404), ("/app/users/..", 404), ("/app/users/%2e%2e", 404), ("/app/users/a%2Fb", 404), ("/app%2Fusers/u1", 404),
            ("/app/users/%00", 422), ("/app%00/users", 404), ("/app/users/%C3%28", 400), ("/app/users/%ED%A0%80", 400), ("/%5f", 404),
            ("/app.users/u1", 404), ("/app:users/u1", 404), ("/__meta__:users:admin", 404), ("/rethinkdb/users", 404),
        ])
    func oddPathsLeadNowhere(target: String, status: Int) throws {
        let fixture = try RouteFixture()
        try fixture("GET", target).expectProblem(status)
        #expect(try fixture("GET", "/app/users").json == [])
    }
}
