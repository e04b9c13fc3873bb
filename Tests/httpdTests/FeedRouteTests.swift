import ReQLish
import Testing

@testable import httpd

/// Feeds over HTTP: server-sent events, and lines.
@Suite struct FeedRouteTests {
    let http: RouteFixture

    init() throws {
        http = try RouteFixture()
        #expect(try http.json("PUT", "/app/users/a", #"{"id":"a","n":1}"#).status == 201)
    }

    private func insert(_ id: String) throws { _ = try http.json("PUT", "/app/users/\(id)", #"{"id":"\#(id)"}"#) }

    private func open(_ target: String, accept: String = "text/event-stream") throws -> TestClient {
        let client = try TestClient(port: http.server.port)
        try client.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: \(accept)\r\n\r\n")
        return client
    }

    @Test func changesAreEvents() throws {
        let client = try open("/app/users/_changes?include_initial=true")
        let head = try client.take(through: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("Content-Type: text/event-stream"), "\(head)")
        #expect(try client.take(through: "\n\n").hasSuffix("data: {\"new_val\":{\"id\":\"a\",\"n\":1},\"type\":\"initial\"}\n\n"))
        try insert("b")
        #expect(
            try client.take(through: "\n\n").hasSuffix("data: {\"new_val\":{\"id\":\"b\"},\"old_val\":null,\"type\":\"add\"}\n\n"))
        _ = try http("DELETE", "/app/users")
        let last = try client.take(through: "\n\n")
        #expect(last.contains("event: error\ndata: {") && last.contains("op_failed_error"), "\(last)")
    }

    @Test func eventsHaveIdsToGoOnFrom() throws {
        let switched = try http.json("POST", "/_reql", #"{"query": "r.table('users').config().update({change_log: true})", "db": "app"}"#)
        #expect(switched.status == 200)
        let client = try open("/app/users/_changes")
        _ = try client.take(through: "\r\n\r\n")
        try insert("b")
        let event = try client.take(through: "\n\n")
        let line = try #require(event.split(separator: "\n").first { $0.hasPrefix("id: ") || $0.contains("id: ") })
        let id = try #require(line.split(separator: " ").last).trimmingSuffix("\r")
        #expect(CommitPoint(id) != nil && event.contains("data: {\"commit\":\"\(id)\","), "\(event)")
        try insert("c")
        for (target, field) in [
            ("?since=\(id)", ""), ("", "Last-Event-ID: \(id)\r\n"), ("?include_initial=true&since=x", "Last-Event-ID: \(id)\r\n"),
        ] {
            let client = try TestClient(port: http.server.port)
            try client.send("GET /app/users/_changes\(target) HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n")
            #expect(try client.take(through: "\r\n\r\n").contains("200 OK"))
            let next = try client.take(through: "\n\n")
            #expect(next.contains("\"new_val\":{\"id\":\"c\"}") && next.contains("id: "), "\(next)")
        }
        #expect(try http("GET", "/app/users/_changes?since=x").status == 400)
        let other = "00000000-0000-4000-8000-000000000000" + id.dropFirst(36)
        #expect(try http("GET", "/app/users/_changes?since=\(other)").status == 410)
    }

    @Test func aQueryMayAnswerAFeed() throws {
        let text = "r.db('app').table('users').get('b').changes()('new_val').limit(1)"
        let client = try TestClient(port: http.server.port)
        try client.send(
            "POST /_reql HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nContent-Type: text/plain\r\n"
                + "Content-Length: \(text.utf8.count)\r\n\r\n\(text)")
        #expect(try client.take(through: "\r\n\r\n").contains("200 OK"))
        try insert("b")
        let rest = try client.take(through: "0\r\n\r\n")
        #expect(rest.contains("{\"id\":\"b\"}\n"), "\(rest)")
        // The connection is good for another request.
        #expect(try client.request("GET", "/_health/live").status == 200)
    }

    @Test func manyFeedsHoldNoWorker() throws {
        let clients = try (0..<20).map { _ in try open("/app/users/_changes", accept: "application/x-ndjson") }
        for client in clients { #expect(try client.take(through: "\r\n\r\n").contains("200 OK")) }
        #expect(try http("GET", "/app/users").status == 200)
        try insert("c")
        for client in clients { #expect(try client.take(through: "}\n").contains("\"id\":\"c\"")) }
    }

    /// Shows that it lives, in a way that readers of its form pass over.
    @Test func aSilentFeedHasAHeartbeat() throws {
        for (type, beat) in [(MediaType.events, ":\n\n"), (.rows, "\n"), (.json, nil)] {
            guard case .sequence(let cursor) = try http.pando.start(TermTree(text: "r.db('app').table('users').changes()")) else {
                continue
            }
            let stream = RowStream(cursor, as: type, batchBytes: 1000, Login(user: "admin", .nothing, http.pando.catalog))
            #expect(stream.heartbeat.map { "\($0)" } == beat)
            stream.close()
        }
    }

    @Test func whatCannotBeAnswered() throws {
        try http("POST", "/_reql", ["Content-Type": "text/plain"], "r.db('app').table('users').changes()").expectProblem(406)
        try http("GET", "/app/none/_changes").expectProblem(404)
        try http("GET", "/app/users/_changes?since=1").expectProblem(400)
        try http("POST", "/app/users/_changes").expectProblem(405)
    }

    @Test func stoppingEndsFeeds() throws {
        let fixture = try RouteFixture()
        let client = try TestClient(port: fixture.server.port)
        try client.send("GET /app/users/_changes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try client.take(through: "\r\n\r\n").contains("200 OK"))
        fixture.server.stop()
        #expect(try client.take(through: "\n\n").contains("event: error"))
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: String) -> String { String(hasSuffix(suffix) ? dropLast(suffix.count) : self) }
}
