import Ground
import ReQLish
import SQL
import TestSupport
import Testing

@testable import httpd

/// Documents that are written over HTTP are held to what SQL has declared.
@Suite struct DeclaredRouteTests {
    @Test func keysAreMadeAndRefusalsTellTheirRule() throws {
        let http = try RouteFixture()
        func sql(_ text: String) throws -> TestClient.Answer {
            try http.json("POST", "/_sql", "{\"query\":\(Datum(text)),\"db\":\"app\"}")
        }
        let table = "id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int NOT NULL CHECK (n < 9), u text UNIQUE"
        #expect(try sql("CREATE TABLE t (\(table))").status == 200)
        #expect(try sql("CREATE TABLE h (n int)").status == 200)
        let made = try http.json("POST", "/app/t", #"{"n":1,"u":"a"}"#)
        #expect(made.status == 201 && made.json[field: "generated_keys"] == [1])
        #expect(try http("GET", made.fields["location"] ?? "").json == ["id": 1, "n": 1, "u": "a"])
        #expect(try http.json("POST", "/app/t", #"[{"n":2},{"n":3}]"#).json[field: "generated_keys"] == [2, 3])
        let lines = String(repeating: "{\"n\":4}\n", count: 100)
        let numbered = try http("POST", "/app/h", ["Content-Type": "application/x-ndjson"], lines)
        #expect(numbered.json[field: "generated_keys"]?.elements.map(\.integer) == Array(1...100))

        func told(_ answer: TestClient.Answer) -> [Datum?] {
            ["sqlstate", "table", "column", "constraint"].map { answer.json[field: $0] }
        }
        func refused(_ document: String, _ status: Int, _ facts: [Datum?]) throws {
            let answer = try http.json("POST", "/app/t", document)
            answer.expectProblem(status, "constraint_violation")
            #expect(told(answer) == facts, "\(document)")
        }
        try refused(#"{"u":"b"}"#, 422, ["23502", "t", "n", nil])
        try refused(#"{"n":9}"#, 422, ["23514", "t", nil, "t_n_check"])
        try refused(#"{"n":1,"u":"a"}"#, 409, ["23505", "t", nil, "t_u_key"])
        try refused(#"{"n":1,"w":1}"#, 422, ["42703", nil, nil, nil])
        #expect(try sql("CREATE TABLE k (a int PRIMARY KEY, b int)").status == 200)
        #expect(try http.json("POST", "/app/k", #"{"a":1}"#).status == 201)
        for taken in [#"{"a":1,"b":2}"#, #"[{"a":2},{"a":1}]"#] {
            let answer = try http.json("POST", "/app/k", taken)
            answer.expectProblem(409, "constraint_violation", mentions: "already has a document with the key 1.")
            #expect(told(answer) == ["23505", "k", nil, "k_pkey"])
        }
        try http.json("POST", "/app/t", #"[{"n":1},{"u":"c"}]"#)
            .expectProblem(422, "constraint_violation", mentions: "violates not-null constraint. Nothing was inserted.")
        #expect(try told(sql("INSERT INTO t (u) VALUES ('b')")) == ["23502", "t", "n", nil])
        #expect(try told(sql("INSERT INTO t (n, u) VALUES (1, 'a')")) == ["23505", "t", nil, "t_u_key"])
        // A place in the text is no column of a table.
        #expect(try told(sql("SELECT nothing FROM t"))[2]?.kind == .number)
    }

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
