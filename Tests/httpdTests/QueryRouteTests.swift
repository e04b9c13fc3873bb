import Ground
import ReQLish
import Synchronization
import TestSupport
import Testing

@testable import httpd

@Suite struct QueryRouteTests {
    /// More than there are threads for are refused, and those that run can be listed and stopped still.
    @Test func endlessQueriesAreRefusedBeyondTheThreads() throws {
        let route = try RouteFixture {
            ($0.workers, $0.extraWorkers) = (1, 1)
            $0.helpTime = .milliseconds(50)
        }
        #expect(try route.json("PUT", "/app/users/a", #"{"age":1}"#).status == 201)
        let text = "r.range(1000000000000000).filter(x => x.lt(0)).count()"
        let endless = try (0..<2).map { _ in try TestClient(port: route.server.port) }
        let head = "POST /_reql HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
        for client in endless { try client.send(head + text) }
        // Both have threads before anybody else asks: what comes by another loop might overtake one.
        #expect(
            eventually {
                let jobs = try? route("GET", "/_admin/jobs").json.elements
                return jobs?.count { $0[field: "info"]?[field: "query"]?.string?.contains("filter") == true } == 2
            })
        #expect(
            eventually {
                guard let more = try? TestClient(port: route.server.port) else { return false }
                return (try? more.request("POST", "/_reql", ["Content-Type": "text/plain"], body: text).status) == 503
            })
        #expect(try route("GET", "/app/users/a").status == 200)
        let jobs = try route("GET", "/_admin/jobs").json
        #expect(jobs.count == 3, "two, and the one that lists them")
        for job in jobs.elements where job[field: "info"]?[field: "query"]?.string?.contains("filter") == true {
            #expect(try route("DELETE", "/_admin/jobs/\(job[field: "id"]?[1].string ?? "")").status == 204)
        }
        for client in endless { #expect(try client.receive().status != 200) }
        #expect(try route.query("1") == 1)
    }

    /// A table has the columns that any row has.
    @Test func rowsAsATable() throws {
        let http = try RouteFixture()
        func table(_ query: String) throws -> TestClient.Answer {
            try http("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "text/csv"], query)
        }
        let answer = try table("r.expr([{b: 'x,\"y', a: 1}, {c: [1, null], b: null}, 5])")
        #expect(answer.fields["content-type"] == "text/csv" && answer.status == 200)
        #expect(answer.body == "a,b,c,value\r\n1,\"x,\"\"y\",,\r\n,,\"[1,null]\",\r\n,,,5\r\n")
        #expect(try table("r.range(3)").body == "value\r\n0\r\n1\r\n2\r\n")
        #expect(try table("1").body == "value\r\n1\r\n")
        #expect(try table("r.expr([])").body == "\r\n")
        try table("r.db('app').table('users').changes()").expectProblem(406)
        // A row that fails after others is found before anything is sent.
        try table("r.range(20000).map(i => r.branch(i.lt(19999), i, i.div(0)))").expectProblem(422)
    }

    private func filled(_ change: (inout HTTPConfiguration) -> Void = { _ in }) throws -> RouteFixture {
        let http = try RouteFixture(change)
        let documents = (0..<20).map { "{\"id\":\($0),\"age\":\($0 % 5),\"name\":\"n\($0)\"}" }.joined(separator: ",")
        #expect(try http.json("POST", "/app/users", "[\(documents)]").status == 201)
        return http
    }

    @Test func textAndTerms() throws {
        let http = try filled()
        #expect(try http.query("r.expr(1).add(2)") == 3)
        #expect(try http.query(#"r.db("app").table("users").count()"#) == 20)
        #expect(
            try http.query(#"r.db("app").table("users").filter(u => u("age").gt(3)).orderBy("id").map(u => u("id"))"#) == [4, 9, 14, 19])
        let term = try http.json("POST", "/_reql", #"{"query":[24,[1,2]]}"#)
        #expect(term.body == "{\"result\":3}\n")
        let db = try http.json("POST", "/_reql", #"{"query":"r.table('users').count()","db":"app"}"#)
        #expect(db.json == ["result": 20])
        let args = try http.json(
            "POST", "/_reql", #"{"query":"r.table('users').get(id)('name').add(suffix)","db":"app","args":{"id":7,"suffix":"')"}}"#)
        #expect(args.json == ["result": "n7')"], "\(args.body)")
        let time = try http.json(
            "POST", "/_reql", #"{"query":"at.year()","args":{"at":{"$reql_type$":"TIME","epoch_time":0,"timezone":"+00:00"}}}"#)
        #expect(time.json == ["result": 1970], "\(time.body)")
    }

    /// There are two threads here.
    @Test func queriesWithoutAnEndKeepNobodyWaiting() throws {
        let http = try RouteFixture()
        let query = "r.range().filter(x => x.lt(0))"
        let head = "POST /_reql HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: \(query.utf8.count)\r\n\r\n"
        var endless: [TestClient] = []
        for _ in 0..<4 {
            let client = try TestClient(port: http.server.port)
            try client.send(head + query)
            endless.append(client)
        }
        #expect(try http.query("r.range(1000).map(x => x.mul(x)).sum()") == 332_833_500)
        #expect(try http.json("PUT", "/app/users/a", "{}").status == 201)
        withExtendedLifetime(endless) {}
    }

    /// An accent may stand by itself or in its letter: such names are equal as strings, and not the same field.
    @Test func namesOfValuesInTwoSpellings() throws {
        let http = try filled()
        let answer = try http.json("POST", "/_reql", "{\"query\":\"r.expr(1)\",\"args\":{\"e\u{301}\":1,\"\u{E9}\":2}}")
        answer.expectProblem(400, mentions: "twice")
        #expect(try http.query("r.expr(1)") == 1)
    }

    /// A state that has a name is read over HTTP, and by the options of a driver's query, as it was.
    @Test func asOfAState() throws {
        let directory = try TemporaryDirectory()
        let pando = try Pando(path: directory.file("t.pando"))
        for text in ["r.dbCreate('test')", "r.tableCreate('t')", "r.table('t').insert([{id: 1, a: 1}, {id: 2, a: 2}])"] {
            _ = try pando.start(try TermTree(text: text)).collected()
        }
        try pando.catalog.createState("before")
        _ = try pando.start(try TermTree(text: "r.table('t').get(1).update({a: 5})")).collected()
        for (option, expected) in [("", 7), (#","as_of":"before""#, 3)] {
            let query = try DriverRequest(try Datum(json: #"[1,[24,[1,2]],{"db":[14,["test"]]\#(option)}]"#))
            #expect(query.options.asOf == (option.isEmpty ? nil : "before"))
            let sum = try pando.start(try TermTree(text: "r.table('t').sum('a')"), options: query.options).collected()
            #expect(sum == Datum(expected))
        }
        var options = QueryOptions()
        options.asOf = "before"
        options.user = "bob"
        #expect(throws: ReQLError.self) { _ = try pando.start(try TermTree(text: "r.table('t')"), options: options) }
        try pando.close()
    }

    @Test func explain() throws {
        let http = try filled()
        let plan = try http.json("POST", "/_reql", #"{"query":"r.table('users').filter({age: 1}).delete()","db":"app","explain":true}"#)
            .json
        #expect(plan[field: "result"]?[field: "rolled_back"] == true)
        #expect(plan[field: "result"]?[field: "steps"]?.elements.map { $0[field: "name"] } == ["delete", "filter", "table"])
        #expect(try http.query(#"r.db("app").table("users").count()"#) == 20)
        try http.json("POST", "/_reql", #"{"query":"r.now()","explain":1}"#).expectProblem(400)
    }

    @Test func writes() throws {
        let http = try filled()
        let result = try http.query(#"r.db("app").table("users").filter({age: 1}).update({seen: true})"#)
        #expect(result[field: "replaced"] == 4)
        #expect(try http("GET", "/app/users/_doc?key=6").json[field: "seen"] == true)
        #expect(try http.query(#"r.dbCreate("other")"#)[field: "dbs_created"] == 1)
        #expect(try http("GET", "/other").status == 200)
    }

    @Test func sequences() throws {
        let http = try filled()
        let rows = try http(
            "POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"],
            #"r.db("app").table("users")("id").limit(3)"#)
        #expect(rows.fields["content-type"] == "application/x-ndjson")
        #expect(rows.body == "0\n1\n2\n")
        #expect(rows.fields["content-length"] == "6", "a short answer has its length")
        let array = try http("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"], "r.expr([1, 'a'])")
        #expect(array.body == "1\n\"a\"\n")
        let atom = try http("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"], "r.expr({a: 1})")
        #expect(atom.body == "{\"a\":1}\n")
        #expect(try http.query(#"r.db("app").table("users").filter({age: 99})"#) == [])
        try http("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "text/html"], "1").expectProblem(406)
    }

    /// Small batches: a long answer is streamed, and the same as a short one.
    @Test func streams() throws {
        let http = try filled { $0.batchBytes = 100 }
        let text = #"r.range(5000).map(n => ({n: n}))"#
        let json = try http("POST", "/_reql", ["Content-Type": "text/plain"], text)
        #expect(json.fields["transfer-encoding"] == "chunked")
        #expect(json.isWhole)
        #expect(json.json[field: "result"]?.count == 5000)
        #expect(json.json[field: "result"]?.elements.last == ["n": 4999])
        let rows = try http("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"], text)
        #expect(rows.isWhole)
        #expect(rows.body == (0..<5000).map { "{\"n\":\($0)}\n" }.joined())
        #expect(try http.query(#"r.db("app").table("users")("id")"#).count == 20)
    }

    @Test func errorsInTheMiddle() throws {
        let http = try filled { $0.batchBytes = 100 }
        let text = "r.range(10000).map(n => r.expr(1).div(r.expr(9000).sub(n)))"
        let rows = try http("POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"], text)
        #expect(rows.status == 200)
        #expect(!rows.isWhole)
        let last = try Datum(json: String(rows.body.split(separator: "\n").last ?? ""))
        #expect(last[field: "error"]?[field: "code"] == "query_logic_error")
        let again = try TestClient(port: http.server.port)
        let json = try again.request("POST", "/_reql", ["Content-Type": "text/plain"], body: text)
        #expect(!json.isWhole)
        let early = try TestClient(port: http.server.port)
        try early.request(
            "POST", "/_reql", ["Content-Type": "text/plain", "Accept": "application/x-ndjson"],
            body: "r.range(5).map(n => r.expr(1).div(n))"
        )
        .expectProblem(422, "query_logic_error", mentions: "ivi")
    }

    /// A client that reads nothing holds its snapshot; when it goes, the snapshot goes.
    @Test func aSnapshotIsReleased() throws {
        let http = try filled()
        let client = try TestClient(port: http.server.port, receiveBufferBytes: 16 * 1024)
        let text = #"r.db("app").table("users").concatMap(u => r.range(100000000).map(n => u))"#
        try client.send(
            "POST /_reql HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
        )
        #expect(eventually { (try? http.pando.catalog.statistics().liveSnapshots) ?? 0 > 0 })
        client.close()
        #expect(eventually { (try? http.pando.catalog.statistics().liveSnapshots) == 0 })
    }

    @Test(arguments: [
        ("r.expr(", 400, "compile_error"), ("r.db('app').tabel('users')", 400, "compile_error"), ("", 400, "compile_error"),
        ("r.expr(1).add('a')", 422, "query_logic_error"), ("r.expr(1).div(0)", 422, "query_logic_error"),
        ("r.expr({})('a')", 422, "non_existence_error"),
        ("r.error('mine')", 422, "user_error"), ("r.db('app').table('none')", 404, "op_failed_error"),
        ("r.db('none').table('users')", 404, "op_failed_error"),
        ("r.dbCreate('app')", 409, "op_failed_error"), ("r.db('app').tableCreate('users')", 409, "op_failed_error"),
        ("r.dbDrop('none')", 404, "op_failed_error"), ("r.dbCreate('1')", 422, "query_logic_error"),
        ("r.range(200000).coerceTo('array')", 422, "resource_limit_error"), ("r.db('app')", 422, "query_logic_error"),
    ]) func errors(_ text: String, _ status: Int, _ code: String) throws {
        let http = try RouteFixture()
        try http("POST", "/_reql", ["Content-Type": "text/plain"], text).expectProblem(status, code)
        #expect(try http.query("r.expr(1)") == 1, "the connection and the server go on")
    }

    @Test func placesOfErrors() throws {
        let http = try RouteFixture()
        let syntax = try http("POST", "/_reql", ["Content-Type": "text/plain"], "r.expr(1)\n  .ad(2)")
        syntax.expectProblem(400, "compile_error")
        #expect(syntax.json[field: "line"] == 2)
        #expect(syntax.json[field: "snippet"]?.string?.contains("^") == true)
        let deep = try http("POST", "/_reql", ["Content-Type": "text/plain"], "r.expr([1, r.expr(2).div(0)])")
        #expect(deep.json[field: "frames"] == [1], "\(deep.body)")
        for body in [
            "", "{", "[]", "{}", "\"r.now()\"", #"{"query":"1","x":2}"#, #"{"query":"1","db":3}"#, #"{"query":"1","args":[]}"#,
            #"{"query":"1","as_of":5}"#,
            #"{"query":[24,[1]],"args":{}}"#, #"{"query":"1","durability":"no"}"#, #"{"query":"1","array_limit":0}"#,
        ] {
            try http.json("POST", "/_reql", body).expectProblem(400, "client_error")
        }
        try http.json("POST", "/_reql", #"{"query":[9999,[]]}"#).expectProblem(400, "compile_error")
        try http.json("POST", "/_reql", #"{"query":[24]}"#).expectProblem(400, "compile_error")
        try http("POST", "/_reql", ["Content-Type": "application/x-www-form-urlencoded"], "r.now()").expectProblem(415)
        try http(
            "POST", "/_reql", ["Content-Type": "text/plain"], String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        ).expectProblem(400)
    }

    // MARK: Queries of a table

    @Test func tableQueries() throws {
        let http = try filled()
        let text = try http.json("POST", "/app/users/_query", #"{"query":"filter(u => u(\"age\").gt(3)).orderBy(\"id\").limit(2)"}"#)
        #expect(text.json[field: "result"]?.elements.map { $0[field: "id"] } == [4, 9])
        let plain = try http("POST", "/app/users/_query", ["Content-Type": "text/plain"], "count()")
        #expect(plain.json == ["result": 20])
        let parts = try http.json(
            "POST", "/app/users/_query", #"{"filter":{"age":2},"order_by":{"desc":"id"},"skip":1,"limit":2,"fields":["id","name"]}"#)
        #expect(parts.json[field: "result"] == [["id": 12, "name": "n12"], ["id": 7, "name": "n7"]], "\(parts.body)")
        #expect(
            try http.json("POST", "/app/users/_query", #"{"order_by":["age",{"desc":"id"}],"limit":1}"#).json[field: "result"]?[0][
                field: "id"] == 15)
        #expect(try http.json("POST", "/app/users/_query", "{}").json[field: "result"]?.count == 20)
        #expect(try http.json("POST", "/app/users/_query", #"{"query":""}"#).json[field: "result"]?.count == 20)
        let rows = try http.json("POST", "/app/users/_query", #"{"limit":2,"fields":["id"]}"#, ["Accept": "application/x-ndjson"])
        #expect(rows.body == "{\"id\":0}\n{\"id\":1}\n")
        for body in [
            "[]", #"{"where":{}}"#, #"{"filter":3}"#, #"{"limit":-1}"#, #"{"limit":"3"}"#, #"{"order_by":3}"#, #"{"order_by":[]}"#,
            #"{"fields":[]}"#, #"{"query":"count()","limit":1}"#, #"{"query":3}"#,
        ] {
            try http.json("POST", "/app/users/_query", body).expectProblem(400, "client_error")
        }
        try http.json("POST", "/app/users/_query", #"{"query":"fliter({})"}"#).expectProblem(400, "compile_error")
        try http.json("POST", "/app/none/_query", "{}").expectProblem(404)
        try http.json("POST", "/none/users/_query", #"{"query":"do(1)"}"#).expectProblem(404)
    }

    /// Only literals and documents read by their keys may run on a loop's thread, and writes of such on the thread of short writes.
    @Test(arguments: [
        ("r.db('app').table('users').get(1)", QueryShape.shortRead), ("r.table('users').get('a')('name').default(null)", .shortRead),
        ("r.table('users').get([1, 2]).pluck('a', {b: true})", .shortRead), ("r.table('users')", .any), ("r.table('users').count()", .any),
        ("r.table('users').get(1).update({a: 1})", .shortWrite), ("r.table('users').get(1).delete()", .shortWrite),
        ("r.expr(1)", .shortRead), ("r.table('users').get(r.table('users').count())", .any),
        ("r.table(r.db('app').tableList().nth(0)).get(1)", .any),
        ("r.table('users').get(1).default(r.table('users').delete())", .any), ("r.table('users').get(1)(r.range(1e9).count())", .any),
        ("r.table('users').get(1).do(x => r.range(1000000).count())", .any), ("r.http('http://x')", .any), ("r.db('app').table(", .any),
        ("r.table('users').nth(0)('a')", .any), ("r.table('users').filter({a: 1}).pluck('a')", .any),
        ("r.db('rethinkdb').table('jobs').get(1)", .any), ("r.table('users').insert({id: 1}, {conflict: 'replace'})", .shortWrite),
        ("r.table('users').update({a: 1})", .any), ("r.table('users').insert(r.table('users'))", .any),
        ("r.db('rethinkdb').table('users').get('admin').update({a: 1})", .any),
    ]) func shapes(_ text: String, _ shape: QueryShape) throws {
        let service = PandoService(pando: try Pando.inMemory(), configuration: HTTPConfiguration(), counters: ServerCounters())
        let exchange = PandoExchange(service)
        exchange.request.method = .post
        exchange.request.head.append("/_reql")
        exchange.request.path = 0..<6
        exchange.request.body.append(text)
        try exchange.findRoute()
        #expect(exchange.weigh() == shape)
    }

    @Test func manyAtOnce() throws {
        let http = try filled { $0.workers = 4 }
        let port = http.server.port
        try onThreads(6) { thread in
            let client = try TestClient(port: port)
            for number in 0..<20 {
                let target = "/app/users/_doc?key=\(1000 + thread * 100 + number)"
                #expect(try client.request("PUT", target + "&durability=soft", body: "{}").status == 201)
                #expect(try client.request("GET", target).status == 200)
                let count = try client.request(
                    "POST", "/_reql", ["Content-Type": "text/plain"], body: "r.db('app').table('users').count()")
                #expect(count.json[field: "result"]?.integer ?? 0 > 20)
            }
        }
        #expect(try http.query("r.db('app').table('users').count()") == 140)
    }
}
