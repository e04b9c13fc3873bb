import ReQLish
import Testing

@testable import httpd

@Suite struct CSVRouteTests {
    private static let fields = ["Content-Type": "text/csv; charset=utf-8"]

    @Test func recordsAreDocuments() throws {
        let http = try RouteFixture()
        let text = "id,name,age,tags\r\n1,\"Ada, \"\"A\"\"\",36,\"[\"\"x\"\"]\"\r\n2,\"two\nlines\",,true\r\n\r\nthree,Grace,4e1,"
        let made = try http("POST", "/app/users", Self.fields, text)
        #expect(made.status == 201)
        #expect(made.json[field: "inserted"] == 3)
        #expect(
            try http("GET", "/app/users").json == [
                ["id": 1, "name": "Ada, \"A\"", "age": 36, "tags": ["x"]], ["id": 2, "name": "two\nlines", "tags": true],
                ["id": "three", "name": "Grace", "age": 40],
            ])
        // What goes out comes in again.
        let out = try http("GET", "/app/users", ["Accept": "text/csv"])
        #expect(try http("PUT", "/app/copy").status == 201)
        #expect(try http("POST", "/app/copy", Self.fields, out.body).json[field: "inserted"] == 3)
        #expect(try http("GET", "/app/copy").json == http("GET", "/app/users").json)
    }

    @Test func textsThatReadAsNumbersComeBack() throws {
        let http = try RouteFixture()
        #expect(
            try http.json("POST", "/app/users", #"[{"id":1,"t":"12","u":""},{"id":2,"t":"false","u":null},{"id":3,"t":5,"u":[1]}]"#).status
                == 201)
        let out = try http("GET", "/app/users", ["Accept": "text/csv"]).body
        #expect(out == "id,t,u\r\n1,\"12\",\"\"\r\n2,\"false\",\r\n3,5,[1]\r\n")
        #expect(try http("PUT", "/app/copy").status == 201)
        #expect(try http("POST", "/app/copy", Self.fields, out).json[field: "inserted"] == 3)
        #expect(
            try http("GET", "/app/copy").json == [["id": 1, "t": "12", "u": ""], ["id": 2, "t": "false"], ["id": 3, "t": 5, "u": [1]]])
    }

    @Test func cellsMayStayStrings() throws {
        let http = try RouteFixture()
        #expect(try http("POST", "/app/users?types=text", Self.fields, "\u{FEFF}id,age\n1,\n").status == 201)
        #expect(try http("GET", "/app/users").json == [["id": "1", "age": ""]])
        try http("POST", "/app/users?types=some", Self.fields, "id\n1\n").expectProblem(400, mentions: "types")
    }

    @Test func aRecordThatCannotBeReadLeavesAllOut() throws {
        let http = try RouteFixture()
        for (text, words) in [
            ("id,a\n1,2\n3\n", "Line 3"), ("id,a\n1,x\"y\n", "Line 2"), ("id,id\n1,2\n", "twice"), ("id,a\n1,\"2\n", "Line 2"),
        ] {
            try http("POST", "/app/users", Self.fields, text).expectProblem(400, mentions: words)
        }
        #expect(try http("GET", "/app/users").json == [])
        let some = try http("POST", "/app/users?on_error=skip", Self.fields, "id,a\n1,2\n3\n4,x\"y\n5,6\n").json
        #expect(some[field: "inserted"] == 2 && some[field: "errors"] == 2)
        #expect(some[field: "failed"]?.elements.compactMap { $0[field: "line"]?.integer } == [3, 4])
        try http("POST", "/app/users", Self.fields, "id\n1\n").expectProblem(409)
        #expect(try http("POST", "/app/users?conflict=replace", Self.fields, "id,b\n1,7\n").json[field: "replaced"] == 1)
    }

    /// Nobody else writes while the names are compared.
    @Test func manyColumnsAreComparedInTime() throws {
        let http = try RouteFixture()
        let names = (0..<200_000).map { "c\($0)" }.joined(separator: ",")
        try http("POST", "/app/users", Self.fields, "id,\(names),c7\n").expectProblem(400, mentions: "twice")
        #expect(try http("POST", "/app/users", Self.fields, "id,\(names)\n").json[field: "inserted"] == 0)
    }

    /// A quote that is never closed makes one record of all that follows.
    @Test func aRecordIsNotEndless() throws {
        var body = CSVBody(infersTypes: true)
        let start = Array("id,a\n1,\"".utf8)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        try body.append(start.span)
        while try body.next() != nil {}
        let error = #expect(throws: Problem.self) { for _ in 0...64 { try body.append(piece.span) } }
        #expect(error?.status == 413 && error?.detail.contains("Line 2") == true, "\(error?.detail ?? "")")
    }

    @Test func nothingIsNothing() throws {
        let http = try RouteFixture()
        for text in ["id,a\n", "\n"] { #expect(try http("POST", "/app/users", Self.fields, text).json[field: "inserted"] == 0) }
    }

    private static func declared(_ http: RouteFixture) throws {
        let table = "CREATE TABLE orders (no int PRIMARY KEY, code text NOT NULL, day date, price numeric(10, 2), paid bool, note jsonb)"
        #expect(try http.json("POST", "/_sql", #"{"db":"app","query":"\#(table)"}"#).status == 200)
    }

    @Test func declaredColumnsSayWhatCellsAre() throws {
        let http = try RouteFixture()
        try Self.declared(http)
        let text =
            "no,code,day,price,paid,note\n1,007,2026-02-01,19.90,true,\"{\"\"a\"\": 1}\"\n2,12,,5,false,\n3,true,2026-02-03,,,\"\"\"x\"\"\"\n"
        #expect(try http("POST", "/app/orders", Self.fields, text).json[field: "inserted"] == 3)
        let query = #"{"db":"app","query":"SELECT code, day, price, paid, note FROM orders ORDER BY no","rows":"arrays"}"#
        #expect(
            try http.json("POST", "/_sql", query).json[field: "result"] == [
                ["007", "2026-02-01", Datum(json: "19.90"), true, ["a": 1]], ["12", .null, 5, false, .null],
                ["true", "2026-02-03", .null, .null, "x"],
            ])
        // The columns are there in their order, also those that are all empty; what goes out comes in again.
        let out = try http("GET", "/app/orders?all=true", ["Accept": "text/csv"]).body
        #expect(out.hasPrefix("no,code,day,price,paid,note\r\n1,007,2026-02-01,19.9"))
        #expect(try http("POST", "/app/orders?conflict=replace", Self.fields, out).json[field: "errors"] == 0)
        #expect(try http("GET", "/app/orders?limit=1", ["Accept": "text/csv"]).body.split(separator: "\r\n").count == 2)
        for (text, words) in [
            ("no,code\n4,x\n5,\n", "Line 3"), ("no,code,far\n4,x,1\n5,x,\n", "far"), ("no,code,price\n4,a,1\n5,b,dear\n", "Line 3"),
        ] {
            try http("POST", "/app/orders", Self.fields, text).expectProblem(422, mentions: words)
        }
        #expect(try http("GET", "/app/orders/_info").json[field: "doc_count"] == 3)
    }

    @Test func aWholeTableIsStreamed() throws {
        let http = try RouteFixture { $0.batchBytes = 200 }
        #expect(try http("GET", "/app/users?all=true", ["Accept": "text/csv"]).body == "id\r\n")
        #expect(try http("GET", "/app/users?all=true").json == [])
        _ = try http.query(
            "r.db('app').table('users').insert(r.range(300).map(i => ({id: i, name: r.expr('N').add(i.coerceTo('string'))})))")
        _ = try http.query("r.db('app').table('users').insert({id: 1000, late: 'a,b'})")
        let csv = try http("GET", "/app/users?all=true", ["Accept": "text/csv"]).body.split(separator: "\r\n")
        #expect(csv.count == 302 && csv[0] == "id,late,name" && csv[1] == "0,,N0" && csv[301] == "1000,\"a,b\",")
        let some = try http("GET", "/app/users?all=true&fields=name,id", ["Accept": "text/csv"]).body.split(separator: "\r\n")
        #expect(some.count == 302 && some[0] == "name,id" && some[300] == "N299,299")
        #expect(try http("GET", "/app/users?all=true").json.count == 301)
        let lines = try http("GET", "/app/users?all=true", ["Accept": "application/x-ndjson"]).body.split(separator: "\n")
        #expect(lines.count == 301 && lines[300] == #"{"id":1000,"late":"a,b"}"#)
        let page = try http("GET", "/app/users?limit=2&fields=name", ["Accept": "text/csv"])
        #expect(page.body == "name\r\nN0\r\nN1\r\n" && page.fields["link"]?.contains("fields=name") == true)
    }

    @Test func whatAWholeTableIsNotIsRefused() throws {
        let http = try RouteFixture()
        for (target, type, status, words) in [
            ("/app/users?all=true&limit=5", "text/csv", 400, "limit"), ("/app/users?all=true&cursor=5", "text/csv", 400, "cursor"),
            ("/app/users?all=true&q=x", "text/csv", 400, "q"), ("/app/users?all=true", "application/xml", 406, "text/csv"),
            ("/app/users?fields=a", "application/json", 400, "fields"), ("/app/users?fields=a,,b", "text/csv", 400, "fields"),
            ("/app/users?fields=a,a", "text/csv", 400, "once"), ("/app/none?all=true", "text/csv", 404, "none"),
            ("/app/users?all=maybe", "text/csv", 400, "all"),
        ] {
            try http("GET", target, ["Accept": type]).expectProblem(status, mentions: words)
        }
    }
}
