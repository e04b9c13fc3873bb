import Ground
import ReQLish
import SQL
import TestSupport
import Testing

@testable import httpd

/// Documents that are written over HTTP are held to what SQL has declared.
@Suite struct DeclaredRouteTests {
    @Test func constraintsHold() throws {
        let pando = try Pando.inMemory()
        _ = try pando.start(try TermTree(text: "r.dbCreate('app')"))
        let service = PandoService(pando: pando, configuration: HTTPConfiguration(), counters: ServerCounters())
        let connection = try SQLConnection(pando, user: nil, database: "app")
        let script = try connection.script(
            "CREATE TABLE p (id text PRIMARY KEY, u int UNIQUE, v int NOT NULL); CREATE TABLE c (id text PRIMARY KEY, p text REFERENCES p)")
        while try script.next() != nil {}
        func status(_ method: HTTPMethod, _ path: String, _ body: String = "") throws -> HTTPStatus {
            let exchange = PandoExchange(service)
            exchange.request.method = method
            exchange.request.head.append(path)
            exchange.request.path = 0..<path.utf8.count
            exchange.request.body.append(body)
            exchange.user = "admin"
            try exchange.findRoute()
            exchange.perform(DeferredFlush())
            return exchange.response.status
        }
        #expect(try status(.put, "/app/p/a", #"{"u": 1, "v": 2}"#) == 201)
        #expect(try status(.put, "/app/p/b", #"{"u": 1, "v": 2}"#) == 409)
        #expect(try status(.put, "/app/p/b", #"{"u": 2}"#) == 422)
        #expect(try status(.put, "/app/p/b", #"{"u": 2, "v": 1, "w": 1}"#) == 422)
        #expect(try status(.put, "/app/c/x", #"{"p": "b"}"#) == 422)
        #expect(try status(.put, "/app/c/x", #"{"p": "a"}"#) == 201)
        #expect(try status(.delete, "/app/p/a") == 422)
        #expect(try status(.patch, "/app/p/a", #"{"v": null}"#) == 422)
        #expect(try status(.delete, "/app/c/x") == 204)
        #expect(try status(.delete, "/app/p/a") == 204)
    }
}
