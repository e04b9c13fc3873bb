import ReQLish
import Testing

@testable import httpd

@Suite struct CollectionRouteTests {
    @Test func insertingOne() throws {
        let http = try RouteFixture()
        let named = try http.json("POST", "/app/users", #"{"id":"u1","name":"Ada"}"#)
        #expect(named.status == 201)
        #expect(named.fields["location"] == "/app/users/u1")
        #expect(named.json[field: "inserted"] == 1)
        #expect(named.json[field: "generated_keys"] == nil)
        let nameless = try http.json("POST", "/app/users", #"{"name":"Grace"}"#)
        let key = try #require(nameless.json[field: "generated_keys"]?.elements.first?.string)
        #expect(nameless.fields["location"] == "/app/users/\(key)")
        #expect(try http("GET", "/app/users/\(key)").json[field: "name"] == "Grace")
        try http.json("POST", "/app/users", #"{"id":"u1"}"#).expectProblem(409, "op_failed_error", mentions: "u1")
        #expect(try http("GET", "/app/users/u1").json[field: "name"] == "Ada")
    }

    @Test func insertingMany() throws {
        let http = try RouteFixture()
        let array = try http.json("POST", "/app/users", #"[{"id":1},{"id":2},{"n":3}]"#)
        #expect(array.status == 201)
        #expect(array.json[field: "inserted"] == 3)
        #expect(array.json[field: "generated_keys"]?.count == 1)
        #expect(array.fields["location"] == nil)
        let lines = try http("POST", "/app/users", ["Content-Type": "application/x-ndjson"], "{\"id\":4}\n{\"id\":5}\r\n\n{\"id\":6}")
        #expect(lines.json[field: "inserted"] == 3)
        // All or nothing.
        try http.json("POST", "/app/users", #"[{"id":7},{"id":1},{"id":8}]"#).expectProblem(409, mentions: "Document 2 of 3")
        try http.json("POST", "/app/users", #"[{"id":7},{"id":7}]"#).expectProblem(409)
        try http.json("POST", "/app/users", #"[{"id":7},3]"#).expectProblem(422, mentions: "Document 2 of 2")
        try http.json("POST", "/app/users", #"[{"id":7},{"id":null}]"#).expectProblem(422, "non_existence_error")
        try http("POST", "/app/users", ["Content-Type": "application/x-ndjson"], "{\"id\":7}\n{\"id\":}\n").expectProblem(
            400, mentions: "line 2")
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 6)
        #expect(try http.json("POST", "/app/users", "[]").status == 200)
    }

    /// So many that they are put in the order of their keys.
    @Test(arguments: [false, true]) func insertingABlock(lines: Bool) throws {
        let http = try RouteFixture()
        func post(_ documents: [String], _ query: String = "") throws -> TestClient.Answer {
            if lines {
                let text = documents.joined(separator: "\r\n\n")
                return try http("POST", "/app/users" + query, ["Content-Type": "application/x-ndjson"], text)
            }
            return try http.json("POST", "/app/users" + query, "[\(documents.joined(separator: ","))]")
        }
        func ask(_ query: String) throws -> Datum? {
            try http("POST", "/_reql", ["Content-Type": "text/plain"], query).json[field: "result"]
        }
        _ = try ask("r.db('app').table('users').indexCreate('n')")
        let numbers = (0..<200).map { $0 * 77 % 200 }
        let keyed = numbers.map { #"{"id":\#($0),"n":\#($0 % 7)}"# }
        let mixed = keyed.enumerated().map { $0 % 50 == 9 ? #"{"n":\#(100 + $0)}"# : $1 }
        let answer = try post(mixed)
        #expect(answer.status == 201)
        #expect(answer.json[field: "inserted"] == 200)
        let keys = try #require(answer.json[field: "generated_keys"])
        let generated = keys.elements.map { $0.string ?? "" }
        #expect(generated.count == 4)
        // In the order in which their documents came.
        for (place, key) in generated.enumerated() {
            #expect(try http("GET", "/app/users/\(key)").json[field: "n"] == Datum(109 + 50 * place))
        }
        #expect(try ask("r.db('app').table('users').between(0, 6, {index: 'n', rightBound: 'closed'}).count()") == 196)
        let threes = numbers.enumerated().count { $0 % 50 != 9 && $1 % 7 == 3 }
        #expect(try ask("r.db('app').table('users').getAll(3, {index: 'n'}).count()")?.integer == threes)

        // All or nothing: the first one that is taken is told of, also where another one of the same request has it.
        func more(_ from: Int, _ changed: [Int: String]) -> [String] {
            (0..<150).map { changed[$0] ?? #"{"id":\#(from - $0)}"# }
        }
        let taken = #"{"id":3}"#
        let refused: [(changed: [Int: String], status: Int, number: Int)] = [
            ([90: taken, 80: #"{"id":5}"#], 409, 81), ([90: #"{"id":1000}"#], 409, 91), ([70: "7", 90: taken], 422, 71),
            ([20: taken, 70: "7"], 409, 21),
        ]
        for (changed, status, number) in refused {
            try post(more(1000, changed)).expectProblem(status, mentions: "Document \(number) of 150")
        }
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 200)
        #expect(try post(more(1000, [90: taken]), "?on_error=skip").json[field: "inserted"] == 149)
        if lines {
            // A value over several lines is one document as well, and what is no JSON is told of whatever comes before it.
            #expect(try post(more(2000, [3: "{\"id\":\n7000}"])).json[field: "inserted"] == 150)
            try post(more(3000, [20: taken, 90: "{"])).expectProblem(400)
        }
    }

    @Test func conflicts() throws {
        let http = try RouteFixture()
        #expect(try http.json("POST", "/app/users", #"{"id":1,"a":1,"b":{"c":1}}"#).status == 201)
        let updated = try http.json("POST", "/app/users?conflict=update", #"[{"id":1,"b":{"d":2}},{"id":2}]"#)
        #expect(updated.json[field: "inserted"] == 1)
        #expect(updated.json[field: "replaced"] == 1)
        #expect(try http("GET", "/app/users/_doc?key=1").json == ["id": 1, "a": 1, "b": ["c": 1, "d": 2]])
        let replaced = try http.json("POST", "/app/users?conflict=replace", #"{"id":1,"a":9}"#)
        #expect(replaced.status == 200)
        #expect(replaced.json[field: "replaced"] == 1)
        let same = try http.json("POST", "/app/users?conflict=replace", #"{"id":1,"a":9}"#)
        #expect(same.json[field: "unchanged"] == 1)
        #expect(try http("GET", "/app/users/_doc?key=1").json == ["id": 1, "a": 9])
        try http.json("POST", "/app/users?conflict=ignore", #"{"id":1}"#).expectProblem(400, mentions: "error, replace, update")
    }

    @Test func badInserts() throws {
        let http = try RouteFixture()
        try http.json("POST", "/app/users", "").expectProblem(400)
        try http.json("POST", "/app/users", "\"text\"").expectProblem(422)
        try http.json("POST", "/app/none", "{}").expectProblem(404)
        try http("POST", "/app/users", ["Content-Type": "application/x-www-form-urlencoded"], "a=b").expectProblem(415)
        let small = try RouteFixture { $0.limits.bodyBytes = 100 }
        try small.json("POST", "/app/users", "{\"a\":\"\(String(repeating: "x", count: 200))\"}").expectProblem(413, "client_error")
    }

    // MARK: Pages

    @Test func pages() throws {
        let http = try RouteFixture()
        let documents = (0..<250).map { "{\"id\":\($0)}" }.joined(separator: ",")
        #expect(try http.json("POST", "/app/users", "[\(documents)]").status == 201)
        let first = try http("GET", "/app/users")
        #expect(first.json.count == 100)
        var target: String? = "/app/users?limit=60"
        var seen: [Int] = []
        var pages = 0
        while let here = target {
            let page = try http("GET", here)
            seen += page.json.elements.compactMap { $0[field: "id"]?.integer }
            pages += 1
            target = page.fields["link"].map { link in
                #expect(link.hasPrefix("</app/users?limit=60&cursor=") && link.hasSuffix(">; rel=\"next\""))
                return String(link.dropFirst().prefix { $0 != ">" })
            }
        }
        #expect(seen == Array(0..<250))
        #expect(pages == 5)
        #expect(try http("GET", "/app/users?limit=250").fields["link"] == nil, "nothing is left")
        let rows = try http("GET", "/app/users?limit=3", ["Accept": "application/x-ndjson"])
        #expect(rows.body == "{\"id\":0}\n{\"id\":1}\n{\"id\":2}\n")
        #expect(rows.fields["content-type"] == "application/x-ndjson")
        for bad in ["limit=0", "limit=-1", "limit=x", "limit=%2B5", "limit=10001", "cursor=x", "skip=1", "limit=1&limit=1", "key=1"] {
            try http("GET", "/app/users?\(bad)").expectProblem(400)
        }
        for bad in ["cursor=%7B%7D", "cursor=null"] { try http("GET", "/app/users?\(bad)").expectProblem(400) }
        #expect(try http("GET", "/app/users?cursor=249").json == [])
    }

    /// Pages stay right while documents come and go: a cursor is a key, not a position.
    @Test func pagesOfAChangingTable() throws {
        let http = try RouteFixture()
        #expect(try http.json("POST", "/app/users", #"[{"id":"a"},{"id":"c"},{"id":"e"}]"#).status == 201)
        let first = try http("GET", "/app/users?limit=2")
        #expect(first.json.elements.map { $0[field: "id"] } == ["a", "c"])
        #expect(try http("DELETE", "/app/users/c").status == 204)
        #expect(try http.json("PUT", "/app/users/b", "{}").status == 201)
        #expect(try http.json("PUT", "/app/users/d", "{}").status == 201)
        let link = try #require(first.fields["link"])
        let second = try http("GET", String(link.dropFirst().prefix { $0 != ">" }))
        #expect(second.json.elements.map { $0[field: "id"] } == ["d", "e"])
    }
}
