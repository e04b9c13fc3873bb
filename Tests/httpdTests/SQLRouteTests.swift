import Catalog
import Ground
import ReQLish
import SQL
import TestSupport
import Testing

@testable import httpd

/// SQL by `POST …/_query` and `POST /_sql`.
@Suite struct SQLRouteTests {
    /// Products of an open table, with an index of two fields.
    private func shop() throws -> RouteFixture {
        let http = try RouteFixture()
        #expect(try http("PUT", "/app/products").status == 201)
        let products = (0..<200).map { number in
            #"{"id":"p\#(number)","title":"Lamp \#(number)","brand":"\#(["Sonora", "Lumo", "Acme", "Orb"][number % 4])","#
                + #""price":\#(number),"in_stock":\#(number % 3 == 0),"specs":{"bluetooth_version":"5.\#(number % 2)"}}"#
        }
        #expect(try http.json("POST", "/app/products", "[\(products.joined(separator: ","))]").status == 201)
        #expect(try http.json("POST", "/app/products/_index", #"{"name":"by_brand","fields":["brand","price"]}"#).status == 201)
        _ = try http.query("r.db('app').table('products').indexWait()")
        return http
    }

    private func ask(_ http: RouteFixture, _ text: String, _ params: String? = nil, _ more: String = "") throws -> TestClient.Answer {
        let params = params.map { ",\"params\":\($0)" } ?? ""
        return try http.json("POST", "/app/products/_query", "{\"query\":\(Datum(text))\(params)\(more)}")
    }

    private func sql(_ http: RouteFixture, _ text: String, _ more: String = "") throws -> TestClient.Answer {
        try http.json("POST", "/_sql", "{\"query\":\(Datum(text)),\"db\":\"app\"\(more)}")
    }

    @Test func whatIsToldBesideTheRows() throws {
        let http = try shop()
        #expect(
            try sql(http, "SELECT prise FROM products WHERE id = 'p1'").json == [
                "result": [["prise": .null]], "command": "SELECT", "rows": 1,
                "notices": [
                    [
                        "severity": "WARNING", "sqlstate": "01000", "message": "no document of \"products\" has a field \"prise\"",
                        "hint": "Perhaps you meant \"price\".",
                    ]
                ],
            ])
        #expect(try sql(http, "SELECT price FROM products WHERE id = 'p1'").json[field: "notices"] == nil)
        let dropped = try sql(http, "DROP TABLE IF EXISTS nothing").json[field: "notices"]
        #expect(dropped?[0][field: "message"]?.string == "table \"nothing\" does not exist, skipping")
        let lines = try http.json(
            "POST", "/_sql", #"{"query":"SELECT prise FROM products WHERE id = 'p1'","db":"app","types":true}"#,
            ["Accept": "application/x-ndjson"])
        #expect(lines.body.split(separator: "\n").last?.contains("\"notices\":[{") == true)
        #expect(try ask(http, "DELETE FROM products WHERE prise = 1").json[field: "notices"]?.count == 1)
        let list = try http.json(
            "POST", "/_sql",
            #"{"db":"app","statements":[{"query":"SELECT prise FROM products WHERE id = 'p1'"},{"query":"SELECT 1 AS one"}]}"#)
        #expect(list.json[0][field: "notices"]?.count == 1 && list.json[1][field: "notices"] == nil)
    }

    // MARK: A table's queries

    @Test func whatATableIsAsked() throws {
        let http = try shop()
        #expect(
            try ask(http, "SELECT title, price FROM products WHERE brand = $1 AND price < $2 ORDER BY price", #"["Sonora",8]"#).body
                == #"[{"title":"Lamp 0","price":0},{"title":"Lamp 4","price":4}]"# + "\n")
        #expect(
            try ask(http, "SELECT price FROM products WHERE brand = :brand AND price < :most", #"{"brand":"Orb","most":4}"#).body
                == "[{\"price\":3}]\n")
        #expect(try ask(http, "SELECT count(*) FROM products WHERE in_stock = true").body == "[{\"count\":67}]\n")
        #expect(
            try ask(http, "SELECT brand, avg(price) AS price FROM products GROUP BY brand ORDER BY brand LIMIT 1").body
                == "[{\"brand\":\"Acme\",\"price\":100}]\n")
        #expect(
            try ask(http, "SELECT title, specs.bluetooth_version FROM products WHERE id = 'p1'").body
                == #"[{"title":"Lamp 1","bluetooth_version":"5.1"}]"# + "\n")
        #expect(try ask(http, "UPDATE products SET price = 22 WHERE id = 'p1'").body == #"{"command":"UPDATE","rows":1}"# + "\n")
        #expect(try http("GET", "/app/products/p1").json[field: "price"] == 22)
        #expect(try ask(http, "DELETE FROM products WHERE in_stock = false").json == ["command": "DELETE", "rows": 133])
        #expect(
            try ask(http, "INSERT INTO products (id, price) VALUES ('x', $1) RETURNING id, price", "[1.50]").body
                == #"[{"id":"x","price":1.5}]"# + "\n")
        let made = try http.json("POST", "/app/products", #"{"title":"New"}"#)
        #expect(made.status == 201 && made.json[field: "generated_keys"]?.count == 1)
    }

    /// The table's key and its indexes of fields are gone by, and what they find is what the whole table has.
    @Test func indexesOfFieldsAreUsed() throws {
        let http = try shop()
        func plan(_ text: String, _ params: String? = nil) throws -> String {
            try ask(http, "EXPLAIN " + text, params).json.elements.compactMap { $0[field: "QUERY PLAN"]?.string }.joined(separator: "\n")
        }
        let query = "SELECT id FROM products WHERE brand = 'Sonora' AND price < 20 ORDER BY price"
        #expect(try plan(query).contains("Index Scan using by_brand on products"))
        #expect(try ask(http, query).json == [["id": "p0"], ["id": "p4"], ["id": "p8"], ["id": "p12"], ["id": "p16"]])
        #expect(try plan("SELECT * FROM products WHERE brand = $1 AND price = $2", #"["Orb",3]"#).contains("by_brand"))
        #expect(try plan("UPDATE products SET price = 22 WHERE id = 'p1'").contains("Index Scan using products_pkey"))
        // Entries are missing where a field is; a constant may be a number, too.
        #expect(try plan("SELECT * FROM products WHERE brand = 'Sonora'").contains("Seq Scan"))
        #expect(try plan("SELECT * FROM products WHERE id = '7'").contains("Seq Scan"))
        #expect(try http.json("POST", "/app/products", #"{"id":7,"brand":"Sonora","price":"dear"}"#).status == 201)
        #expect(try ask(http, "SELECT price FROM products WHERE id = '7'").json == [["price": "dear"]])
        #expect(try ask(http, "SELECT id FROM products WHERE brand = $1 AND price > 195", #"["Sonora"]"#).json == [["id": "p196"]])
        #expect(try ask(http, "SELECT count(*) FROM products WHERE id > 'p5' AND id < 'p7'").json == [["count": 21]])
        #expect(try ask(http, "SELECT count(*) FROM products WHERE id = 7").json == [["count": 1]])
        #expect(try ask(http, "SELECT count(*) FROM products WHERE id = 7.5").json == [["count": 0]])
    }

    @Test func documentsAreAnsweredAsTheyAre() throws {
        let http = try shop()
        let document = try http("GET", "/app/products/p7").json
        #expect(try ask(http, "SELECT * FROM products WHERE id = 'p7'").json == [document])
        #expect(try ask(http, "SELECT p.* FROM products AS p WHERE p.id = $1", #"["p7"]"#).json == [document])
        #expect(try ask(http, "UPDATE products SET price = 7 WHERE id = 'p7' RETURNING *").json == [document])
        #expect(try ask(http, "WITH products AS (SELECT 1 AS a) SELECT * FROM products").json == [["a": 1]])
        let csv = try http.json(
            "POST", "/app/products/_query", #"{"query":"SELECT * FROM products WHERE id = 'p7'"}"#, ["Accept": "text/csv"])
        #expect(csv.body.hasPrefix("brand,id,in_stock,price,specs,title\r\nOrb,p7,false,7,"), "\(csv.body)")
    }

    @Test func anAttackFindsNothing() throws {
        let http = try shop()
        for text in ["'; DROP TABLE products; --", "' OR '1'='1", "\\'; DELETE FROM products; --"] {
            let params = "[\(Datum(text))]"
            let found = try ask(http, "SELECT id FROM products WHERE title = $1", params)
            #expect(found.body == "[]\n", "\(found.body)")
            #expect(try ask(http, "SELECT $1::text AS text", params).json == [["text": Datum(text)]])
        }
        #expect(try http.query("r.db('app').table('products').count()") == 200)
        try ask(http, "SELECT 1; DROP TABLE products").expectProblem(400, mentions: "one statement")
    }

    @Test(arguments: [
        ("SELECT 1", true), ("  (select 1)", true), ("-- a\n/* b */ WITH a AS (SELECT 1) TABLE a", true), ("delete from t", true),
        ("values (1)", false), ("delete()", false), ("update ({a: 1})", false), ("insert into t (a) values (1)", true),
        ("explain select 1", true), ("filter({})", false), ("count()", false), ("", false), ("selected()", false),
        ("with_fields('a')", false),
        ("withFields('a')", false), ("/* open", false), ("((", false), ("merge({a: 1})", false),
    ])
    func whichTextIsSQL(text: String, isSQL: Bool) {
        #expect(StatementBody.isSQL(text) == isSQL, "\(text)")
    }

    @Test func bothLanguages() throws {
        let http = try shop()
        #expect(try ask(http, "count()").json == ["result": 200])
        #expect(try ask(http, "count()", nil, #","language":"reql""#).json == ["result": 200])
        #expect(try ask(http, "VALUES (1), (2)", nil, #","language":"sql""#).json == [["column1": 1], ["column1": 2]])
        let text = try http("POST", "/app/products/_query", ["Content-Type": "application/sql"], "TABLE products LIMIT 0")
        #expect(text.body == "[]\n")
        #expect(try http("POST", "/app/products/_query", ["Content-Type": "text/plain"], "SELECT 1 AS one").json == [["one": 1]])
        try ask(http, "SELECT 1", nil, #","language":"basic""#).expectProblem(400)
        try ask(http, "count()", "[1]").expectProblem(400)
        try http.json("POST", "/app/products/_query", #"{"language":"reql"}"#).expectProblem(400)
        try http.json("POST", "/app/products/_query", #"{"language":"sql","limit":1}"#).expectProblem(400)
        try http.json("POST", "/app/none/_query", #"{"query":"SELECT 1"}"#).expectProblem(404)
    }

    // MARK: Values

    @Test func parametersAreValues() throws {
        let http = try shop()
        func first(_ text: String, _ params: String) throws -> String {
            let answer = try sql(http, text, ",\"rows\":\"arrays\",\"params\":\(params)")
            return answer.json[field: "result"]?[0][0].description ?? answer.body
        }
        #expect(try first("SELECT $1 + 2", "[9007199254740993]") == "9007199254740995")
        #expect(try first("SELECT $1 + 1", "[1.25]") == "2.25")
        #expect(try first("SELECT date '2024-02-28' + $1", "[2]") == "\"2024-03-01\"", "int4 where there is nothing for int8")
        #expect(try first("SELECT substr('abc', $1)", "[2]") == "\"bc\"")
        #expect(try first("SELECT pg_typeof($1)::text", "[5]") == "\"bigint\"")
        #expect(try first("SELECT pg_typeof($1)::text", "[{\"a\":1}]") == "\"jsonb\"")
        #expect(try first("SELECT $1 IS NULL", "[null]") == "true")
        #expect(try first("SELECT NOT $1", "[true]") == "false")
        #expect(try first("SELECT $1::jsonb -> 'a'", "[{\"a\":[1,2]}]") == "[1,2]")
        #expect(try first("SELECT date $$2024-02-29$$ < $1", #"["2024-03-01"]"#) == "true")
        #expect(
            try first("SELECT extract(year FROM $1)", #"[{"$reql_type$":"TIME","epoch_time":0,"timezone":"+00:00"}]"#) == "1970")
        #expect(try first("SELECT length($1)", #"[{"$reql_type$":"BINARY","data":"AAE="}]"#) == "2")
        #expect(try first("SELECT :a || :b", #"{"a":"x","b":"y"}"#) == "\"xy\"")
        #expect(try first("SELECT '1'::int", "[]") == "1")
        try sql(http, "SELECT $2", ",\"params\":[1]").expectProblem(400)
        try sql(http, "SELECT :b", ",\"params\":{\"a\":1}").expectProblem(400)
        try sql(http, "SELECT $1", ",\"params\":[1,2]").expectProblem(400)
        try sql(http, "SELECT $1", ",\"params\":1").expectProblem(400)
    }

    @Test func valuesAsJSON() throws {
        let http = try shop()
        let answer = try sql(
            http,
            """
            SELECT 9223372036854775807 AS a, 0.10000000000000000001 AS b, 'NaN'::float8 AS c, date '2024-02-29' AS d,
                timestamp '2024-02-29 13:30:15.5' AS e, timestamptz '2024-02-29 13:30:15+00' AS f, interval '1 year 2 days' AS g,
                '\\x0001'::bytea AS h, '{"x": [1, null]}'::jsonb AS i, ARRAY[1, 2] AS j, NULL AS k, true AS l, 1.5::float8 AS m, ARRAY['\\x01'::bytea] AS n
            """, #","types":true"#)
        #expect(
            answer.body.hasSuffix(
                #""result":[{"a":9223372036854775807,"b":0.10000000000000000001,"c":"NaN","d":"2024-02-29","e":"2024-02-29T13:30:15.5","f":"2024-02-29T13:30:15+00:00","g":"P1Y2D","h":"AAE=","i":{"x":[1,null]},"j":[1,2],"k":null,"l":true,"m":1.5,"n":["AQ=="]}],"command":"SELECT","rows":1}"#
                    + "\n"), "\(answer.body)")
        #expect(answer.json[field: "columns"]?[0] == ["name": "a", "type": "bigint"])
        #expect(answer.json[field: "columns"]?[9] == ["name": "j", "type": "integer[]"])
        try sql(http, "SELECT 1 AS a, 2 AS a").expectProblem(422, mentions: "`a`")
        #expect(try sql(http, "SELECT 1 AS a, 2 AS a").json[field: "sqlstate"] == "42701")
        #expect(
            try sql(http, "SELECT 1 AS a, 2 AS a", #","rows":"arrays""#).body == #"{"result":[[1,2]],"command":"SELECT","rows":1}"# + "\n")
        #expect(
            try sql(http, "SELECT 1.10::numeric(10,2), true, NULL, ARRAY[1, 2]", #","rows":"texts""#).body
                == #"{"result":[["1.10","t",null,"{1,2}"]],"command":"SELECT","rows":1}"# + "\n")
    }

    @Test func linesAndTables() throws {
        let http = try shop()
        let body = #"{"query":"SELECT id, price FROM products WHERE price < 3 ORDER BY price","db":"app","types":true}"#
        let lines = try http.json("POST", "/_sql", body, ["Accept": "application/x-ndjson"])
        #expect(
            lines.body
                == #"{"columns":[{"name":"id","type":"jsonb"},{"name":"price","type":"jsonb"}]}"# + "\n" + #"{"id":"p0","price":0}"# + "\n"
                + #"{"id":"p1","price":1}"# + "\n" + #"{"id":"p2","price":2}"# + "\n" + #"{"command":"SELECT","rows":3}"# + "\n")
        let table = try http.json("POST", "/_sql", #"{"query":"SELECT 1 AS a, 'x,y' AS b, NULL AS c","db":"app"}"#, ["Accept": "text/csv"])
        #expect(table.body == "a,b,c\r\n1,\"x,y\",\r\n")
        let count = try http.json("POST", "/_sql", #"{"query":"CREATE TABLE made (a int)","db":"app"}"#, ["Accept": "text/csv"])
        #expect(count.body == "command,rows\r\nCREATE TABLE,0\r\n")
        // More than a batch comes in chunks, and to its end.
        let long = try sql(http, "SELECT i, repeat('x', 100) AS t FROM generate_series(1, 3000) AS g(i)")
        #expect(long.isWhole && long.fields["transfer-encoding"] == "chunked" && long.json[field: "rows"] == 3000)
        #expect(long.json[field: "result"]?.count == 3000)
        // What fails after others are out is told in the last line, and the body has no end.
        let broken = try http.json(
            "POST", "/_sql",
            #"{"query":"SELECT repeat('x', 100) AS t, 1 / (2900 - i) AS q FROM generate_series(1, 3000) AS g(i)","db":"app"}"#,
            ["Accept": "application/x-ndjson"])
        #expect(!broken.isWhole)
        #expect(broken.body.contains(#"{"error":{"#) && broken.body.contains("22012"))
    }

    // MARK: What a request says beside its text

    @Test func several() throws {
        let http = try shop()
        let answer = try http.json(
            "POST", "/_sql",
            #"""
            {"db": "app", "statements": [{"query": "CREATE TABLE accounts (id int PRIMARY KEY, sum numeric CHECK (sum >= 0))"},
             {"query": "INSERT INTO accounts VALUES ($1, $2), (2, 0)", "params": [1, 10.50]},
             {"query": "SELECT sum FROM accounts ORDER BY id"}]}
            """#)
        #expect(
            answer.body
                == #"[{"result":[],"command":"CREATE TABLE","rows":0},{"result":[],"command":"INSERT","rows":2},"#
                + #"{"result":[{"sum":10.5},{"sum":0}],"command":"SELECT","rows":2}]"# + "\n")
        let failed = try http.json(
            "POST", "/_sql",
            #"""
            {"db": "app", "statements": [{"query": "UPDATE accounts SET sum = sum + 5 WHERE id = 2"},
             {"query": "UPDATE accounts SET sum = sum - 50 WHERE id = 1"}]}
            """#)
        failed.expectProblem(422, mentions: "check constraint")
        #expect(failed.json[field: "sqlstate"] == "23514")
        #expect(try sql(http, "SELECT sum(sum) FROM accounts").json[field: "result"] == [["sum": 10.5]])
        #expect(try http.json("POST", "/_sql", #"{"statements":[],"db":"app"}"#).body == "[]\n")
        for body in [
            #"{"statements":[],"query":"SELECT 1"}"#, #"{"statements":[1]}"#, #"{}"#, #"{"query":1}"#, #"{"query":"SELECT 1","limit":1}"#,
        ] {
            try http.json("POST", "/_sql", body).expectProblem(400)
        }
    }

    private static let shapes: [(body: String, shape: QueryShape)] = [
        (#"{"query":"UPDATE s SET n = n + 1 WHERE id = 1"}"#, .shortWrite),
        (#"{"query":"UPDATE s SET n = $1 WHERE id = $2 RETURNING id, n","params":[3, 1]}"#, .shortWrite),
        (#"{"query":"INSERT INTO s VALUES (:id, 1), (8, 2)","params":{"id":7}}"#, .shortWrite),
        (#"{"statements":[{"query":"DELETE FROM s WHERE id = 1"},{"query":"INSERT INTO s VALUES (1, 2)"}]}"#, .shortWrite),
        (#"{"query":"SELECT n FROM s WHERE id = 1"}"#, .shortRead), (#"{"statements":[]}"#, .any),
        (#"{"query":"UPDATE s SET n = 1"}"#, .any), (#"{"query":"UPDATE s SET n = 1 WHERE id = 1","explain":true}"#, .any),
        (#"{"query":"DELETE FROM s WHERE n = 1"}"#, .any), (#"{"query":"UPDATE none SET n = 1 WHERE id = 1"}"#, .any),
        (#"{"query":"INSERT INTO s SELECT 1, 2"}"#, .any), (#"{"query":"INSERT INTO s VALUES (1, (SELECT count(*) FROM s))"}"#, .any),
        (#"{"query":"UPDATE referred SET id = 3 WHERE id = 1"}"#, .any), (#"{"query":"DELETE FROM t WHERE id = 'a'"}"#, .any),
        (#"{"statements":[{"query":"DELETE FROM s WHERE id = 1"},{"query":"SELECT n FROM s WHERE id = 1"}]}"#, .any),
        (#"{"statements":[{"query":"DELETE FROM s WHERE id = 1"},{"query":"DROP TABLE s"}]}"#, .any),
    ]

    /// Statements that change single rows are made by the one thread of short writes, or by a loop, which wait for nothing long.
    @Test func whichStatementsAreShort() throws {
        let pando = try Pando.inMemory()
        for text in ["r.dbCreate('test')", "r.tableCreate('t')"] { _ = try pando.start(TermTree(text: text)) }
        let declarations = try SQLConnection(pando, user: nil, database: "test")
        let script = try declarations.script(
            """
            CREATE TABLE s (id int PRIMARY KEY, n int); CREATE TABLE referred (id int PRIMARY KEY);
            CREATE TABLE refers (id int REFERENCES referred); INSERT INTO s VALUES (1, 1)
            """)
        while try script.next() != nil {}
        declarations.close()
        let service = PandoService(pando: pando, configuration: HTTPConfiguration(), counters: ServerCounters())
        for (body, shape) in Self.shapes {
            let exchange = PandoExchange(service)
            exchange.request.method = .post
            exchange.request.head.append("/_sql")
            exchange.request.path = 0..<5
            exchange.request.body.append(body)
            exchange.user = UserConfig.administrator
            try exchange.findRoute()
            #expect(exchange.weigh() == shape, "\(body)")
        }
    }

    /// Lists of many clients, made one behind the other: each happens whole, or not at all, and each is told what became of its own.
    @Test func listsOfManyClients() throws {
        let http = try RouteFixture()
        #expect(try sql(http, "CREATE TABLE s (id int PRIMARY KEY, n int CHECK (n < 1000))").status == 200)
        #expect(try sql(http, "INSERT INTO s VALUES (1, 0), (2, 0), (3, 999)").status == 200)
        let port = http.server.port
        try onThreads(4) { _ in
            let client = try TestClient(port: port)
            for number in 0..<20 {
                let third = number % 4 == 3 ? 3 : 2
                let texts = [1, third].map { "{\"query\":\"UPDATE s SET n = n + 1 WHERE id = $1 RETURNING n\",\"params\":[\($0)]}" }
                let body = "{\"db\":\"app\",\"statements\":[\(texts.joined(separator: ","))]}"
                let answer = try client.request("POST", "/_sql", ["Content-Type": "application/json"], body: body)
                #expect(answer.status == (third == 3 ? 422 : 200))
            }
        }
        #expect(try sql(http, "SELECT n FROM s ORDER BY id").json[field: "result"] == [["n": 60], ["n": 60], ["n": 999]])
    }

    @Test func whatAnAccountAndARequestMay() throws {
        let http = try shop()
        try sql(http, "DELETE FROM products", #","read_only":true"#).expectProblem(403)
        #expect(try sql(http, "SELECT count(*) FROM products", #","read_only":true"#).json[field: "result"] == [["count": 200]])
        try sql(http, "SELECT pg_sleep(60)", #","timeout":0.05"#).expectProblem(408)
        try sql(http, "SELECT 1", #","timeout":-1"#).expectProblem(400)
        #expect(try sql(http, "UPDATE products SET price = 1 WHERE id = 'p1'", #","durability":"soft""#).status == 200)
        for text in [
            "BEGIN", "SET timezone TO 'UTC'", "PREPARE a AS SELECT 1", "DECLARE a CURSOR FOR SELECT 1", "LISTEN a",
            "COPY products TO STDOUT",
        ] {
            let refused = try sql(http, text)
            refused.expectProblem(400)
            #expect(refused.json[field: "sqlstate"] == "0A000", "\(text)")
        }
        #expect(
            try http.json(
                "POST", "/_admin/users",
                #"{"name":"ada","password":"secret","permissions":[{"database":"app","table":"products","read":true}]}"#
            ).status == 201)
        let ada = ["Authorization": "Basic YWRhOnNlY3JldA=="]
        #expect(try http.json("POST", "/_sql", #"{"query":"SELECT count(*) FROM products","db":"app"}"#, ada).status == 200)
        #expect(try http.json("POST", "/_sql", #"{"query":"SELECT id FROM products WHERE id = 'p1'","db":"app"}"#, ada).status == 200)
        for text in ["SELECT * FROM users", "DELETE FROM products", "SELECT * FROM users WHERE id = 'a'", "CREATE TABLE a (b int)"] {
            let refused = try http.json("POST", "/_sql", "{\"query\":\"\(text)\",\"db\":\"app\"}", ada)
            refused.expectProblem(403, "permission_error")
            #expect(refused.json[field: "sqlstate"] == "42501")
        }
    }

    @Test func errorsHaveTheirPlace() throws {
        let http = try shop()
        let syntax = try sql(http, "SELECT 1\nFROM products WHER x").json
        #expect(syntax[field: "sqlstate"] == "42601" && syntax[field: "status"] == 400)
        #expect(syntax[field: "line"] == 2 && syntax[field: "column"] == 20 && syntax[field: "position"] == 29)
        #expect(syntax[field: "snippet"] == "FROM products WHER x\n                   ^")
        let states: [(text: String, status: Int, state: String)] = [
            ("SELECT nothing()", 400, "42883"), ("SELECT * FROM none", 404, "42P01"), ("SELECT 1 / 0", 422, "22012"),
            ("SELECT 'x'::int", 422, "22P02"), ("CREATE TABLE products (a int)", 409, "42P07"),
            ("INSERT INTO products (id) VALUES ('p1')", 409, "23505"), ("", 400, "42601"),
        ]
        for (text, status, state) in states {
            let answer = try sql(http, text)
            answer.expectProblem(status)
            #expect(answer.json[field: "sqlstate"] == Datum(state), "\(text): \(answer.body)")
        }
        try http.json("POST", "/_sql", #"{"query":"SELECT 1","db":"none"}"#).expectProblem(404)
        try http("POST", "/_sql", ["Content-Type": "text/plain"], "SELECT 1").expectProblem(415)
        // Nothing of a request that failed is left.
        #expect(try sql(http, "INSERT INTO products (id) VALUES ('new') RETURNING id, id").status == 422)
        #expect(try http("GET", "/app/products/new").status == 404)
        // A text that is nested too deep for a loop's thread, and for any.
        let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
        try sql(http, "SELECT " + deep).expectProblem(422)
        #expect(try sql(http, "SELECT " + String(repeating: "(", count: 100) + "1" + String(repeating: ")", count: 100)).status == 200)
    }

    @Test func plans() throws {
        let http = try shop()
        let plan = try ask(http, "SELECT brand, count(*) FROM products GROUP BY brand", nil, #","explain":true"#).json
        #expect(plan[0][field: "Plan"]?[field: "Node Type"]?.kind == .string, "\(plan)")
        let other = try sql(http, "DELETE FROM products", #","explain":true"#).json
        #expect(other[field: "command"] == "EXPLAIN" && other[field: "result"]?[0][field: "Plan"] != nil, "\(other)")
        #expect(try ask(http, "EXPLAIN SELECT 1").json[0][field: "QUERY PLAN"]?.kind == .string)
        #expect(try http.query("r.db('app').table('products').count()") == 200)
    }

    // MARK: The connection

    /// What waits for nothing is answered by the thread that has read it; it answers the same there.
    @Test func shortStatements() throws {
        let http = try RouteFixture { ($0.workers, $0.extraWorkers) = (1, 0) }
        #expect(try sql(http, "CREATE TABLE books (id int PRIMARY KEY, title text)").status == 200)
        #expect(try sql(http, "INSERT INTO books SELECT i, 'Book ' || i FROM generate_series(1, 100) AS g(i)").status == 200)
        #expect(try http("PUT", "/app/lamps").status == 201)
        #expect(try http.json("PUT", "/app/lamps/a", #"{"watts":7}"#).status == 201)
        // The only worker is busy.
        let other = try TestClient(port: http.server.port)
        let body = #"{"query":"SELECT pg_sleep(30)","db":"app"}"#
        try other.send(
            "POST /_sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(try sql(http, "SELECT title FROM books WHERE id = $1", #","params":[7]"#).json[field: "result"] == [["title": "Book 7"]])
        #expect(try sql(http, "SELECT 1 AS one").json[field: "result"] == [["one": 1]])
        #expect(
            try http.json("POST", "/app/books/_query", #"{"query":"SELECT title FROM books WHERE id = 8"}"#).json == [["title": "Book 8"]])
        #expect(try sql(http, "SELECT watts FROM lamps WHERE id = 'a'").json[field: "result"] == [["watts": 7]])
        #expect(try sql(http, "SELECT watts FROM lamps WHERE id = $1", #","params":["a"]"#).json[field: "result"] == [["watts": 7]])
        // When its client leaves, the worker is free.
        other.close()
        #expect(try sql(http, "SELECT count(*) FROM books").json[field: "result"] == [["count": 100]])
    }

    /// Who has asked for what takes long waits behind those who have not, and leaves them a thread.
    @Test func longStatementsKeepNobodyElseWaiting() throws {
        let http = try RouteFixture { ($0.workers, $0.extraWorkers) = (2, 0) }
        #expect(try sql(http, "CREATE TABLE books AS SELECT i AS id FROM generate_series(1, 100) AS g(i)").status == 200)
        func send(_ client: TestClient, seconds: String) throws {
            let body = #"{"query":"SELECT pg_sleep(\#(seconds))","db":"app"}"#
            try client.send(
                "POST /_sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
        }
        let others = try (0..<4).map { _ in try TestClient(port: http.server.port) }
        for other in others {
            try send(other, seconds: "0.1")
            #expect(try other.receive().status == 200)
        }
        for other in others { try send(other, seconds: "3600") }
        // Each on a connection of its own: on a slow machine, what was asked before may have taken long.
        func ask(_ text: String) throws -> TestClient.Answer {
            let client = try TestClient(port: http.server.port)
            defer { client.close() }
            return try client.request(
                "POST", "/_sql", ["Content-Type": "application/json"], body: #"{"query":"\#(text)","db":"app"}"#)
        }
        #expect(try ask("SELECT count(*) FROM books").json[field: "result"] == [["count": 100]])
        #expect(try ask("DELETE FROM books").status == 200)
        for other in others { other.close() }
        #expect(try ask("SELECT count(*) FROM books").json[field: "result"] == [["count": 0]])
    }
}
