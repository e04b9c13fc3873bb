import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Requests of transactions at a server, whether they are answered where they came in or by a worker.
@Suite(.timeLimit(.minutes(240))) struct TransactionServingTests {
    @Test(arguments: [false, true]) func documentsAreReadAndWritten(isSetAside: Bool) throws {
        var options = PandoOptions()
        options.catalog.setsAsideAtOnce = isSetAside
        let pando = try Pando.inMemory(options: options)
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        configuration.port = 0
        configuration.workers = 1
        let server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
        defer {
            server.stop()
            try? pando.close()
        }
        let (client, other) = (try TestClient(port: server.port), try TestClient(port: server.port))
        #expect(try client.request("PUT", "/b").status == 201)
        #expect(try client.request("PUT", "/b/t").status == 201)
        func begin(_ body: String = "{}") throws -> [String: String] {
            let answer = try client.request("POST", "/_transaction/begin", ["Content-Type": "application/json"], body: body)
            #expect(answer.status == 201)
            return ["Content-Type": "application/json", "Pando-Transaction": answer.json[field: "transaction"]?.string ?? ""]
        }
        func put(_ key: String, _ fields: [String: String], _ body: String = #"{"n": 1}"#) throws -> Int {
            try client.request("PUT", "/b/t/\(key)", fields, body: body).status
        }

        let first = try begin()
        #expect(try put("a", first) == 201)
        #expect(try put("a", first, #"{"n": 2}"#) == 200)
        #expect(try client.request("GET", "/b/t/a", first).json[field: "n"]?.integer == 2)
        #expect(try other.request("GET", "/b/t/a").status == 404)
        // Somebody else writes between two of its requests, and another transaction.
        #expect(try other.request("PUT", "/b/t/o", ["Content-Type": "application/json"], body: "{}").status == 201)
        let second = try begin()
        #expect(try put("c", second) == 201)
        #expect(try put("b", first, #"{"n": 3, "text": "\#(String(repeating: "x", count: 10_000))"}"#) == 201)
        #expect(try client.request("GET", "/b/t/c", first).status == 404)
        #expect(try client.request("POST", "/_transaction/commit", first, body: "").status == 200)
        #expect(try client.request("POST", "/_transaction/rollback", second, body: "").status == 200)
        #expect(try other.request("GET", "/b/t/b").json[field: "n"]?.integer == 3)
        #expect(try other.request("GET", "/b/t/c").status == 404)

        // What is refused is refused here as elsewhere.
        #expect(try put("d", ["Content-Type": "application/json", "Pando-Transaction": "none"]) == 404)
        let reading = try begin(#"{"read_only": true}"#)
        #expect(try client.request("GET", "/b/t/a", reading).status == 200)
        #expect(try put("d", reading) >= 400)
        let failing = try begin()
        #expect(try put("d", failing, "{") == 400)
        #expect(try client.request("POST", "/_transaction/commit", failing, body: "").status == 409)
        #expect(try other.request("GET", "/b/t/d").status == 404)
        #expect(try client.request("POST", "/_transaction/rollback", reading, body: "").status == 200)
        #expect(pando.transactions.count == 0)
        #expect(pando.catalog.openTransactions.count == 0)
    }
}
