import ReQLish
import TestSupport
import Testing

@testable import httpd

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What strangers send, over a socket: each gets its status, is in the log, and nobody else notices.
@Suite struct StrangerTests {
    private static let field = "a: b\r\n"
    private static let post = "POST /app/users HTTP/1.1\r\n"
    private static let head = "Host: localhost\r\nContent-Type: application/json\r\n"

    /// The bytes, and the status of the answer; nil where the request never ends, and only what it has sent too much is answered.
    private static let requests: [(name: String, bytes: [UInt8], status: Int)] = [
        ("two lengths", Array("\(post)\(head)Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}GET /app/users".utf8), 400),
        (
            "length and chunked",
            Array("POST /app HTTP/1.1\r\n\(head)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".utf8), 400
        ),
        ("bare line feeds", Array("GET / HTTP/1.1\nHost: localhost\n\n".utf8), 400),
        ("a bare carriage return", Array("GET / HTTP/1.1\r\nHost: localhost\r\na: b\rc: d\r\n\r\n".utf8), 400),
        ("a space in a name", Array("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n".utf8), 400),
        ("a folded field", Array("GET / HTTP/1.1\r\nHost: localhost\r\na: b\r\n c\r\n\r\n".utf8), 400),
        ("100,000 fields", Array("GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: field, count: 100_000))\r\n".utf8), 431),
        ("a field without end", Array("GET / HTTP/1.1\r\nHost: \(String(repeating: "h", count: 200_000))".utf8), 431),
        ("a target without end", Array("GET /\(String(repeating: "a", count: 200_000))".utf8), 414),
        ("a method without end", Array(String(repeating: "A", count: 200_000).utf8), 414),
        ("an unknown method", Array("BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), 501),
        ("another version", Array("GET / HTTP/3.0\r\nHost: localhost\r\n\r\n".utf8), 505),
        ("TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03], 400),
        (
            "a body without end",
            Array("\(post)\(head)Transfer-Encoding: chunked\r\n\r\n20000\r\n\(String(repeating: " ", count: 0x20000))\r\n".utf8), 413
        ),
        ("a body too large", Array("\(post)\(head)Content-Length: 99999999\r\n\r\n".utf8), 413),
        (
            "a chunk's name without end",
            Array("\(post)\(head)Transfer-Encoding: chunked\r\n\r\n1;\(String(repeating: "x", count: 100_000))".utf8), 400
        ),
        ("deep JSON", body(String(repeating: "[", count: 60_000)), 400),
        ("deep and whole JSON", body(String(repeating: "{\"a\":", count: 10_000) + "1" + String(repeating: "}", count: 10_000)), 400),
        ("wide JSON", body("[" + String(repeating: "0,", count: 30_000) + "0]"), 422),
        ("a number without end", body("{\"id\":1" + String(repeating: "0", count: 60_000) + "e99999}"), 400),
        (
            "bad UTF-8 in JSON",
            Array("\(post)\(head)Content-Length: 10\r\n\r\n{\"a\": \"".utf8) + [0xC3, 0x28] + Array("\"}".utf8).prefix(1), 400
        ),
    ]

    private static func body(_ json: String) -> [UInt8] {
        Array("\(post)\(head)Content-Length: \(json.utf8.count)\r\n\r\n\(json)".utf8)
    }

    @Test func eachGetsItsStatusAndNobodyElseNotices() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/requests.log"
        let http = try RouteFixture {
            $0.limits.bodyBytes = 100_000
            $0.logPath = path
            $0.logsRequests = true
        }
        #expect(try http.json("PUT", "/app/users/u1", #"{"id":"u1"}"#).status == 201)
        for (name, bytes, status) in Self.requests {
            let stranger = try TestClient(port: http.server.port)
            // The server may have closed before all was sent.
            try? stranger.send(bytes)
            let answer = try stranger.receive()
            #expect(answer.status == status, "\(name): \(answer.status) \(answer.body)")
            #expect(answer.fields["content-type"] == "application/problem+json", "\(name)")
            #expect(try http("GET", "/app/users/u1").body == "{\"id\":\"u1\"}\n", "\(name)")
        }
        #expect(try http("GET", "/app/users").json.count == 1)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        for status in Set(Self.requests.map(\.status)) {
            let logged = lines.filter { $0.contains("\"status\":\(status)") }.count
            #expect(logged == Self.requests.filter { $0.status == status }.count, "\(status)")
        }
    }
}
