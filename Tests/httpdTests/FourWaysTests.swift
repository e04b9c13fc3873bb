import ReQLish
import TestSupport
import Testing

@testable import httpd

/// The same queries through the Swift builder, as JSON terms, as text, and over HTTP.
@Suite struct FourWaysTests {
    @Test func everyWayGivesTheSameAnswers() throws {
        try expectAnswers("Swift", Pando.inMemory()) { pando, query in try Self.answer { try query.builder.run(on: pando) } }
        try expectAnswers("JSON", Pando.inMemory()) { pando, query in
            try Self.answer { try pando.start(TermTree(json: Array(query.json.utf8).span)).collected() }
        }
        try expectAnswers("text", Pando.inMemory()) { pando, query in
            try Self.answer { try pando.start(TermTree(text: query.text)).collected() }
        }
        // HTTP takes both forms in which a query can travel.
        for form in ["text/plain", "application/json"] {
            let pando = try Pando.inMemory()
            var configuration = HTTPConfiguration()
            configuration.port = 0
            let server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
            try server.start()
            defer { server.stop() }
            let client = try TestClient(port: server.port)
            try expectAnswers("HTTP, \(form)", pando) { _, query in
                let body = form == "text/plain" ? query.text : "{\"query\": \(query.json)}"
                let answer = try client.request("POST", "/_reql", ["Content-Type": form], body: body)
                let json = try Datum(json: answer.body)
                guard answer.status == 200 else { return "!" + (json[field: "code"]?.string ?? answer.body) }
                return try #require(json[field: "result"]).description
            }
        }
    }

    /// Asks all queries in turn, one way.
    private func expectAnswers(_ way: String, _ pando: Pando, _ ask: (Pando, SharedQuery) throws -> String) throws {
        for query in SharedQuery.all {
            let answer = try ask(pando, query)
            #expect(answer == query.answer, "\(way): \(query.text)")
        }
    }

    private static func answer(_ run: () throws -> Datum) throws -> String {
        do {
            return try run().description
        } catch let error as ReQLError {
            return "!" + error.kind.code
        }
    }
}
