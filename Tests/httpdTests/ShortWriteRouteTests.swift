import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Documents that are written over HTTP share a thread and a flush with those of drivers.
@Suite struct ShortWriteRouteTests {
    private static func service(path: String) throws -> (pando: Pando, service: PandoService) {
        let pando = try Pando(path: path)
        for text in ["r.dbCreate('app')", "r.db('app').tableCreate('users')"] { _ = try pando.start(try TermTree(text: text)) }
        return (pando, PandoService(pando: pando, configuration: HTTPConfiguration(), counters: ServerCounters()))
    }

    private static let users = Route.TablePath(database: "app", table: "users")

    private static func request(_ method: HTTPMethod, _ route: Route, _ body: String = "") -> HTTPRequest {
        var request = HTTPRequest()
        request.method = method
        request.route = route
        request.user = "admin"
        request.body.append(body)
        return request
    }

    @Test func weights() throws {
        let directory = try TemporaryDirectory()
        let (pando, service) = try Self.service(path: directory.file("weights.pando"))
        func weight(_ method: HTTPMethod, _ route: Route, _ body: String = "") -> QueryShape {
            var request = Self.request(method, route, body)
            return service.weight(&request)
        }
        let document = Route.document(Self.users, key: "a")
        #expect(weight(.put, document, "{}") == .shortWrite)
        #expect(weight(.patch, document, "{}") == .shortWrite)
        #expect(weight(.delete, document) == .shortWrite)
        #expect(weight(.get, document) == .shortRead)
        #expect(weight(.post, .table(Self.users), "{}") == .shortWrite)
        #expect(weight(.post, .table(Self.users), String(repeating: " ", count: 20_000)) == .any)
        #expect(weight(.put, .table(Self.users)) == .any)
        #expect(weight(.delete, .table(Self.users)) == .any)
        try pando.close()
    }

    @Test func theDiskIsOwed() throws {
        let directory = try TemporaryDirectory()
        let (pando, service) = try Self.service(path: directory.file("owed.pando"))
        let flush = DeferredFlush()
        func answer(_ method: HTTPMethod, _ key: String, _ body: String = "") -> (status: HTTPStatus, isOwed: Bool) {
            var request = Self.request(method, .document(Self.users, key: key), body)
            request.flush = flush
            var response = HTTPResponse()
            _ = service.answer(&request, &response, cancellation: nil)
            return (response.status, flush.takeIsOwed())
        }
        #expect(answer(.put, "a", #"{"n":1}"#) == (201, true))
        #expect(answer(.patch, "a", #"{"n":2}"#) == (200, true))
        #expect(answer(.patch, "b", #"{"n":2}"#) == (404, false))
        #expect(answer(.delete, "a") == (204, true))
        try flush.wait()
        #expect(answer(.put, "c", #"{"n":1}"#) == (201, true))
        // A flush that fails is the answer.
        try pando.close()
        let error = try #require(#expect(throws: CatalogError.self) { try flush.wait() })
        var response = HTTPResponse()
        response.status = 201
        response.body.append("{}")
        service.fail(error, &response)
        #expect(response.status == 503)
        #expect(response.body.string.contains("operation_failed") || response.body.string.contains("op_failed"))
    }

    @Test func manyClients() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("many.pando")
        let (pando, _) = try Self.service(path: path)
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        (configuration.port, configuration.workers) = (0, 2)
        let server = HTTPServer(pando: pando, configuration: configuration)
        try server.start()
        let clients = try (0..<6).map { _ in try TestClient(port: server.port) }
        for round in 0..<5 {
            for (number, client) in clients.enumerated() {
                try client.send("PUT /app/users/k\(number)-\(round) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\n{\"n\":1}")
            }
            for client in clients { #expect(try client.receive().status == 201) }
        }
        server.stop()
        try pando.close()
        let again = try Pando(path: path)
        #expect(try again.start(try TermTree(text: "r.db('app').table('users').count()")).collected() == 30)
    }
}
