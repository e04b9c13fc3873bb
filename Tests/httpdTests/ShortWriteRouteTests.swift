import Ground
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import httpd

/// Documents that are written over HTTP share a thread and a flush with those of drivers.
@Suite(.ownThreads) struct ShortWriteRouteTests {
    private static func service(path: String) throws -> (pando: Pando, service: PandoService) {
        let pando = try Pando(path: path)
        for text in ["r.dbCreate('app')", "r.db('app').tableCreate('users')"] { _ = try pando.start(try TermTree(text: text)) }
        return (pando, PandoService(pando: pando, configuration: HTTPConfiguration(), counters: ServerCounters()))
    }

    private static func exchange(_ service: PandoService, _ method: HTTPMethod, _ path: String, _ body: String = "") throws -> PandoExchange
    {
        let exchange = PandoExchange(service)
        exchange.request.method = method
        exchange.request.head.append(path)
        exchange.request.path = 0..<path.utf8.count
        exchange.request.body.append(body)
        exchange.user = "admin"
        try exchange.findRoute()
        return exchange
    }

    @Test func weights() throws {
        let directory = try TemporaryDirectory()
        let (pando, service) = try Self.service(path: directory.file("weights.pando"))
        func weight(_ method: HTTPMethod, _ path: String, _ body: String = "") throws -> QueryShape {
            try Self.exchange(service, method, path, body).weigh()
        }
        let document = "/app/users/a"
        #expect(try weight(.put, document, "{}") == .shortWrite)
        #expect(try weight(.patch, document, "{}") == .shortWrite)
        #expect(try weight(.delete, document) == .shortWrite)
        #expect(try weight(.get, document) == .shortRead)
        #expect(try weight(.post, "/app/users", "{}") == .shortWrite)
        #expect(try weight(.post, "/app/users", String(repeating: " ", count: 20_000)) == .any)
        #expect(try weight(.put, "/app/users") == .any)
        #expect(try weight(.delete, "/app/users") == .any)
        try pando.close()
    }

    @Test func theDiskIsOwed() throws {
        let directory = try TemporaryDirectory()
        let (pando, service) = try Self.service(path: directory.file("owed.pando"))
        let flush = DeferredFlush()
        func answer(_ method: HTTPMethod, _ key: String, _ body: String = "") throws -> (status: HTTPStatus, isOwed: Bool) {
            let exchange = try Self.exchange(service, method, "/app/users/\(key)", body)
            exchange.perform(flush)
            return (exchange.response.status, flush.takeIsOwed())
        }
        #expect(try answer(.put, "a", #"{"n":1}"#) == (201, true))
        #expect(try answer(.patch, "a", #"{"n":2}"#) == (200, true))
        #expect(try answer(.patch, "b", #"{"n":2}"#) == (404, false))
        #expect(try answer(.delete, "a") == (204, true))
        try flush.wait()
        #expect(try answer(.put, "c", #"{"n":1}"#) == (201, true))
        // A flush that fails is the answer.
        try pando.close()
        let error = try #require(#expect(throws: CatalogError.self) { try flush.wait() })
        let exchange = PandoExchange(service)
        exchange.response.status = 201
        exchange.response.body.append("{}")
        exchange.fail(error)
        #expect(exchange.response.status == 503)
        #expect(exchange.response.body.string.contains("operation_failed") || exchange.response.body.string.contains("op_failed"))
    }

    /// Whoever makes one short write after the other keeps long ones from beginning between them, and is none itself.
    @Test func aBatchDoesNotWaitForItself() throws {
        let directory = try TemporaryDirectory()
        let (pando, service) = try Self.service(path: directory.file("batch.pando"))
        let flush = DeferredFlush()
        for round in 0..<2 {
            let documents = (0..<20).map { "{\"id\":\"d\(round)-\($0)\"}" }.joined(separator: ",")
            flush.beginBatch()
            let first = try Self.exchange(service, .put, "/app/users/a\(round)", "{}")
            first.perform(flush)
            #expect(first.response.status == 201)
            let many = try Self.exchange(service, .post, "/app/users", "[\(documents)]")
            #expect(many.weigh() == .shortWrite)
            many.perform(flush)
            #expect([200, 201].contains(many.response.status), "\(many.response.body.string)")
            var options = QueryOptions()
            options.flush = flush
            let query = "r.db('app').table('users').insert([\(documents)], {conflict: 'replace'})"
            #expect(try pando.start(try TermTree(text: query), options: options).collected()[field: "errors"] == 0)
            // Somebody else's long write waits for the end of the batch.
            let long = TestThread {
                let transaction = try pando.catalog.beginWrite(waiting: nil, isLong: true)
                transaction.rollback()
            }
            flush.endBatch()
            try flush.wait()
            try long.join()
        }
        #expect(try pando.start(try TermTree(text: "r.db('app').table('users').count()")).collected() == 42)
        try pando.close()
    }

    @Test func manyClients() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("many.pando")
        let (pando, _) = try Self.service(path: path)
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        (configuration.port, configuration.workers) = (0, 2)
        let server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
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
