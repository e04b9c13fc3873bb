import ReQLish
import Testing

@testable import httpd

/// Bodies of comma-separated values, which go into a temporary file as they come.
@Suite struct StoredBodyTests {
    private static let fields = ["Content-Type": "text/csv; charset=utf-8"]

    /// So many records of some hundred bytes.
    private static func table(_ count: Int) -> String {
        "id,name,text\r\n"
            + (0..<count).map { "\($0),\"name, \($0)\",\"\(String(repeating: "x", count: 80))\n\"\"\($0)\"\"\"\r\n" }.joined()
    }

    /// A server with room in memory for nearly nothing.
    private static func small(_ change: (inout HTTPConfiguration) -> Void = { _ in }) throws -> RouteFixture {
        var options = PandoOptions()
        options.memoryLimit = 1 << 20
        return try RouteFixture(options: options) {
            $0.limits.bodyBytes = 1 << 16
            $0.bodyBytesTogether = 4 << 20
            $0.limits.documentsOfInsert = 100
            change(&$0)
        }
    }

    @Test func aTableMayBeLargerThanMemory() throws {
        let http = try Self.small()
        let text = Self.table(60_000)
        #expect(text.utf8.count > 6 << 20)
        let made = try http("POST", "/app/users", Self.fields, text)
        #expect(made.status == 201 && made.json[field: "inserted"] == 60_000, "\(made.body)")
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 60_000)
        #expect(
            try http.query("r.db('app').table('users').get(54321)") == [
                "id": 54321, "name": "name, 54321", "text": Datum(String(repeating: "x", count: 80) + "\n\"54321\""),
            ])
        // Nothing else may be as large.
        try http("POST", "/app/users", ["Content-Type": "application/x-ndjson"], String(repeating: " ", count: 1 << 17)).expectProblem(413)
    }

    @Test func aTableComesInChunks() throws {
        let http = try Self.small()
        var rest = Array(Self.table(40_000).utf8)[...]
        try http.client.send(
            "POST /app/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        )
        while !rest.isEmpty {
            let chunk = rest.prefix(100_000)
            rest = rest.dropFirst(100_000)
            try http.client.send(Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8))
        }
        try http.client.send("0\r\n\r\n")
        var answer = try http.client.receive()
        if answer.status == 100 { answer = try http.client.receive() }
        #expect(answer.status == 201 && answer.json[field: "inserted"] == 40_000, "\(answer.body)")
    }

    @Test func aMistakeAtItsEndLeavesAllOut() throws {
        let http = try Self.small()
        let text = Self.table(30_000)
        for (end, words) in [("7\r\n", "1 cell"), ("1,b,c\r\n", "the key 1"), ("90000,\"b,c\r\n", "not closed")] {
            let answer = try http("POST", "/app/users", Self.fields, text + end)
            #expect(answer.status == 400 || answer.status == 409)
            answer.expectProblem(answer.status, mentions: words)
            #expect(answer.body.contains("Line 60002"), "\(answer.body)")
        }
        #expect(try http("GET", "/app/users").json == [])
        let some = try http("POST", "/app/users?on_error=skip", Self.fields, text + "7\r\n1,b,c\r\n90000,b,c\r\n").json
        #expect(some[field: "inserted"] == 30_001 && some[field: "errors"] == 2)
        #expect(some[field: "failed"]?.elements.compactMap { $0[field: "line"]?.integer } == [60_002, 60_003])
    }

    @Test func whatWouldFillTheDiskIsRefused() throws {
        let http = try Self.small { $0.limits.storedBodyBytes = 3 << 20 }
        let text = Self.table(60_000)
        let declared = try TestClient(port: http.server.port)
        try declared.send("POST /app/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 3145729\r\n\r\n")
        try declared.receive().expectProblem(413, mentions: "\(3 << 20)")
        let chunked = try TestClient(port: http.server.port)
        try chunked.send("POST /app/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n")
        try chunked.send(Array("200000\r\n".utf8) + text.utf8.prefix(0x200000) + Array("\r\n".utf8))
        try chunked.send("200000\r\n")
        #expect(try chunked.receive().status == 413)
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 0)
        // Switched off, it is a body like others.
        let none = try Self.small { $0.limits.storedBodyBytes = 0 }
        let refused = try TestClient(port: none.server.port)
        try refused.send("POST /app/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 65537\r\n\r\n")
        try refused.receive().expectProblem(413, mentions: "65536")
    }

    @Test func nothingIsPutAsideForWhoMayNotInsert() throws {
        let http = try Self.small()
        try http("POST", "/app/none", Self.fields, Self.table(30_000)).expectProblem(404, mentions: "none")
    }

    /// Others write while a client sends.
    @Test func nobodyWaitsForTheClient() throws {
        let http = try Self.small()
        let text = Self.table(30_000)
        let slow = try TestClient(port: http.server.port)
        try slow.send("POST /app/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: \(text.utf8.count)\r\n\r\n")
        try slow.send(Array(text.utf8.dropLast(10)))
        #expect(try http.json("POST", "/app/users", #"{"id":"other"}"#).status == 201)
        try slow.send(Array(text.utf8.suffix(10)))
        #expect(try slow.receive().json[field: "inserted"] == 30_000)
        // A client that leaves has inserted nothing.
        let gone = try TestClient(port: http.server.port)
        try gone.send(
            "POST /app/users?conflict=replace HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 9999999\r\n\r\n")
        try gone.send("id,new\r\n" + (0..<200_000).map { "\($0),1\r\n" }.joined())
        gone.close()
        #expect(try http.query("r.db('app').table('users').hasFields('new').count()") == 0)
    }
}
