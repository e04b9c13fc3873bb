import ReQLish
import Testing

@testable import httpd

/// A server over a database in memory, or in a file, with one client.
final class RouteFixture {
    let pando: Pando
    let server: HTTPServer
    let client: TestClient

    init(
        database: Bool = true, path: String? = nil, options: PandoOptions = PandoOptions(), hasTime: Bool = false,
        _ change: (inout HTTPConfiguration) -> Void = { _ in }
    ) throws {
        pando = if let path { try Pando(path: path, options: options) } else { try Pando.inMemory(options: options) }
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.workers = 2
        configuration.failedLoginTime = .zero
        change(&configuration)
        server =
            hasTime
            ? HTTPServer(pando: pando, configuration: configuration) : HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
        client = try TestClient(port: server.port)
        guard database else { return }
        #expect(try client.request("PUT", "/app").status == 201)
        #expect(try client.request("PUT", "/app/users").status == 201)
    }

    deinit {
        server.stop()
        try? pando.close()
    }

    func callAsFunction(_ method: String, _ target: String, _ fields: [String: String] = [:], _ body: String? = nil) throws
        -> TestClient.Answer
    {
        try client.request(method, target, fields, body: body)
    }

    /// A JSON body.
    func json(_ method: String, _ target: String, _ body: String, _ fields: [String: String] = [:]) throws -> TestClient.Answer {
        try client.request(method, target, fields.merging(["Content-Type": "application/json"]) { a, _ in a }, body: body)
    }

    /// A query in text, and the result of its answer.
    func query(_ text: String) throws -> Datum {
        let answer = try client.request("POST", "/_reql", ["Content-Type": "text/plain"], body: text)
        #expect(answer.status == 200, "\(text): \(answer.body)")
        return answer.json[field: "result"] ?? .null
    }
}

extension TestClient.Answer {
    /// The body as JSON; null if it is none.
    var json: Datum { (try? Datum(json: body)) ?? .null }

    /// Checks that this is a problem with all its members.
    func expectProblem(
        _ status: Int, _ code: String? = nil, mentions: String? = nil, _ place: SourceLocation = #_sourceLocation
    ) {
        #expect(self.status == status, "\(body)", sourceLocation: place)
        #expect(fields["content-type"] == "application/problem+json", sourceLocation: place)
        #expect(json[field: "status"] == Datum(status), sourceLocation: place)
        #expect(json[field: "type"] == "about:blank", sourceLocation: place)
        #expect(json[field: "title"]?.kind == .string, sourceLocation: place)
        #expect(json[field: "frames"]?.kind == .array, sourceLocation: place)
        if let code { #expect(json[field: "code"] == Datum(code), sourceLocation: place) }
        if let mentions { #expect(json[field: "detail"]?.string?.contains(mentions) == true, "\(body)", sourceLocation: place) }
    }
}
