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

    @Test func nothingIsNothing() throws {
        let http = try RouteFixture()
        for text in ["id,a\n", "\n"] { #expect(try http("POST", "/app/users", Self.fields, text).json[field: "inserted"] == 0) }
    }
}
