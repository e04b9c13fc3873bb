import ReQLish
import TestSupport
import Testing

@testable import httpd

@Suite struct DocumentRouteTests {
    @Test func oneDocument() throws {
        let http = try RouteFixture()
        let created = try http.json("PUT", "/app/users/u1", #"{"name":"Ada","age":36}"#)
        #expect(created.status == 201)
        #expect(created.fields["location"] == "/app/users/u1")
        #expect(created.body == #"{"age":36,"id":"u1","name":"Ada"}"# + "\n")
        let read = try http("GET", "/app/users/u1")
        #expect(read.status == 200)
        #expect(read.body == created.body)
        #expect(read.fields["content-type"] == "application/json")
        #expect(read.fields["etag"] == created.fields["etag"])
        let head = try http("HEAD", "/app/users/u1")
        #expect(head.fields["content-length"] == "\(read.body.utf8.count)")
        #expect(head.fields["etag"] == read.fields["etag"])
        let replaced = try http.json("PUT", "/app/users/u1", #"{"id":"u1","name":"Grace"}"#)
        #expect(replaced.status == 200)
        #expect(replaced.json == ["id": "u1", "name": "Grace"])
        #expect(replaced.fields["etag"] != read.fields["etag"])
        #expect(try http("DELETE", "/app/users/u1").status == 204)
        try http("GET", "/app/users/u1").expectProblem(404, "non_existence_error", mentions: "u1")
        try http("DELETE", "/app/users/u1").expectProblem(404, "non_existence_error")
    }

    /// The routes that read, in a state of the past: by a name, and by the number of its commit.
    @Test func asOfAState() throws {
        let directory = try TemporaryDirectory()
        let http = try RouteFixture(path: directory.file("a.pando"))
        for key in 1...5 { _ = try http.json("PUT", "/app/users/_doc?key=\(key)", #"{"v":1,"words":"old words"}"#) }
        _ = try http.query(#"r.db("app").table("users").indexCreate("words", {text: "english"})"#)
        _ = try http.query(#"r.db("app").table("users").indexWait()"#)
        let state = try http("PUT", "/_admin/states/before").json
        _ = try http.query(#"r.db("app").table("users").update({v: 2, words: "new"})"#)
        _ = try http("DELETE", "/app/users/_doc?key=5")
        for asOf in ["before", "\(state[field: "commit"]?.integer ?? 0)"] {
            #expect(try http("GET", "/app/users/_doc?key=1&as_of=\(asOf)").json[field: "v"] == 1)
            #expect(try http("GET", "/app/users/_doc?as_of=\(asOf)&key=5").status == 200)
            #expect(try http("GET", "/app/users/_info?as_of=\(asOf)").json[field: "doc_count"] == 5)
            #expect(try http("GET", "/app/users?q=old&as_of=\(asOf)").json.count == 5)
            let page = try http("GET", "/app/users?limit=2&as_of=\(asOf)")
            #expect(page.json.elements.map { $0[field: "v"] } == [1, 1])
            #expect(page.fields["link"]?.contains("as_of=\(asOf)") == true)
        }
        #expect(try http("GET", "/app/users/_doc?key=1").json[field: "v"] == 2)
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 4)
        for asOf in ["never", "a%20b", "2020-01-01T00:00:00Z", "1"] {
            try http("GET", "/app/users/_doc?key=1&as_of=\(asOf)").expectProblem(404)
        }
        try http("GET", "/app/users?as_of=a:b").expectProblem(422)
        try http("GET", "/app/users/_index?as_of=before").expectProblem(400)
        // Permissions are those of now.
        _ = try http.query(#"r.db("rethinkdb").table("users").insert({id: "bob", password: "pw"})"#)
        let bob = ["Authorization": "Basic Ym9iOnB3"]
        try http("GET", "/app/users?as_of=before", bob).expectProblem(403)
        _ = try http.query(#"r.db("app").table("users").grant("bob", {read: true})"#)
        #expect(try http("GET", "/app/users?as_of=before", bob).json.count == 5)
        _ = try http.query(#"r.db("app").tableDrop("users")"#)
        _ = try http.query(#"r.db("app").grant("bob", {read: true})"#)
        try http("GET", "/app/users?as_of=before", bob).expectProblem(403)
        #expect(try http("GET", "/app/users?as_of=before").json.count == 5)
    }

    @Test func keysOfAnyKind() throws {
        let http = try RouteFixture()
        for (key, target) in [
            ("\"a b\"", "/app/users/a%20b"), ("\"a/b\"", "/app/users/a%2Fb"), ("\"ä\"", "/app/users/%C3%A4"), ("\"a+b\"", "/app/users/a+b"),
            ("5", "/app/users/_doc?key=5"), ("[\"a\",1]", "/app/users/_doc?key=%5B%22a%22%2C1%5D"),
            ("\"_odd\"", "/app/users/_doc?key=%22_odd%22"), ("\"\"", "/app/users/_doc?key=%22%22"), ("true", "/app/users/_doc?key=true"),
        ] {
            let answer = try http.json("PUT", target, #"{"x":1}"#)
            #expect(answer.status == 201, "\(key): \(answer.body)")
            #expect(answer.json[field: "id"]?.description == key)
            let location = try #require(answer.fields["location"])
            #expect(try http("GET", location).json == answer.json, "\(key) at \(location)")
        }
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 9)
        try http("GET", "/app/users/_doc").expectProblem(400, mentions: "key")
        try http("GET", "/app/users/_doc?key=abc").expectProblem(400, mentions: "double quotes")
        try http("GET", "/app/users/_doc?key=null").expectProblem(422, "non_existence_error")
        try http("GET", "/app/users/_doc?key=%7B%7D").expectProblem(422, "query_logic_error")
        try http("GET", "/app/users/" + String(repeating: "k", count: 200)).expectProblem(422, "query_logic_error")
        try http("GET", "/app/users/a%00b").expectProblem(422, "query_logic_error")
    }

    @Test func badDocuments() throws {
        let http = try RouteFixture()
        let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        for (body, status, code, mentions) in [
            ("", 400, "client_error", "no body"), ("{", 400, "client_error", "line 1, column 2"),
            ("{\n\"a\": tru}", 400, "client_error", "line 2"), (#"{"a":1,"a":2}"#, 400, "client_error", "a"),
            ("{\"a\":\"\u{1}\"}", 400, "client_error", ""),
            ("{\"a\":\(deep)}", 400, "client_error", ""), (#"{"a":1} x"#, 400, "client_error", ""),
            ("[1]", 422, "query_logic_error", "ARRAY"),
            ("3", 422, "query_logic_error", "NUMBER"), (#"{"id":"other"}"#, 422, "query_logic_error", "id"),
            (#"{"id":null}"#, 422, "query_logic_error", "id"),
            (#"{"a":{"$reql_type$":"TIME"}}"#, 400, "client_error", ""),
        ] {
            let answer = try http.json("PUT", "/app/users/u1", body)
            answer.expectProblem(status, code, mentions: mentions.isEmpty ? nil : mentions)
        }
        let syntax = try http.json("PUT", "/app/users/u1", "{\n  \"a\": tru}")
        #expect(syntax.json[field: "line"] == 2)
        #expect(syntax.json[field: "column"]?.number != nil)
        try http("GET", "/app/users/u1").expectProblem(404)
        try http("PUT", "/app/users/u1", ["Content-Type": "text/html"], "{}").expectProblem(415, "client_error")
        try http("PUT", "/app/users/u1", ["Content-Type": "application/json; charset=latin1"], "{}").expectProblem(415)
        #expect(try http("PUT", "/app/users/u1", ["Content-Type": "Application/JSON; charset=\"UTF-8\""], "{}").status == 201)
        try http("GET", "/app/users/u1", ["Accept": "text/html, image/*"]).expectProblem(406)
        #expect(try http("GET", "/app/users/u1", ["Accept": "text/html, */*;q=0.1"]).status == 200)
        try http("GET", "/app/users/u1", ["Accept": "application/json;q=0, application/xml;q=0, */*"]).expectProblem(406)
        #expect(try http("GET", "/app/users/u1", ["Accept": "application/json;q=0, */*"]).fields["content-type"] == "application/xml")
        try http.json("PUT", "/app/none/u1", "{}").expectProblem(404)
        try http.json("PUT", "/none/users/u1", "{}").expectProblem(404)
        try http.json("PUT", "/app/users/u1?durability=none", "{}").expectProblem(400)
    }

    @Test func times() throws {
        let http = try RouteFixture()
        let body = #"{"at":{"$reql_type$":"TIME","epoch_time":1.5,"timezone":"+01:00"},"id":"t"}"#
        #expect(try http.json("PUT", "/app/users/t", body).status == 201)
        #expect(try http("GET", "/app/users/t").body == body + "\n")
        #expect(try http.query(#"r.db("app").table("users").get("t")("at").year()"#) == 1970)
    }

    // MARK: Conditions

    @Test func reading() throws {
        let http = try RouteFixture()
        let tag = try #require(try http.json("PUT", "/app/users/u1", "{}").fields["etag"])
        for condition in [tag, "*", "W/\(tag)", "\"x\", \(tag)", "\"x\",, W/\(tag)"] {
            let answer = try http("GET", "/app/users/u1", ["If-None-Match": condition])
            #expect(answer.status == 304, "\(condition)")
            #expect(answer.fields["etag"] == tag)
            #expect(answer.body == "")
        }
        #expect(try http("GET", "/app/users/u1", ["If-None-Match": "\"other\""]).status == 200)
        #expect(try http("GET", "/app/users/u1", ["If-Match": tag]).status == 200)
        try http("GET", "/app/users/u1", ["If-Match": "\"other\""]).expectProblem(412, "op_failed_error")
        try http("GET", "/app/users/u1", ["If-Match": "W/\(tag)"]).expectProblem(412)
        for bad in ["other", "\"open", "W/x", "\"a\" b"] { try http("GET", "/app/users/u1", ["If-Match": bad]).expectProblem(400) }
    }

    @Test func writing() throws {
        let http = try RouteFixture()
        try http.json("PUT", "/app/users/u1", "{}", ["If-Match": "*"]).expectProblem(412)
        let first = try #require(try http.json("PUT", "/app/users/u1", #"{"n":1}"#, ["If-None-Match": "*"]).fields["etag"])
        try http.json("PUT", "/app/users/u1", #"{"n":9}"#, ["If-None-Match": "*"]).expectProblem(412, mentions: "exists")
        let second = try #require(try http.json("PUT", "/app/users/u1", #"{"n":2}"#, ["If-Match": first]).fields["etag"])
        for method in ["PUT", "PATCH"] { try http.json(method, "/app/users/u1", #"{"n":9}"#, ["If-Match": first]).expectProblem(412) }
        try http("DELETE", "/app/users/u1", ["If-Match": first]).expectProblem(412, mentions: "now")
        #expect(try http("GET", "/app/users/u1").json[field: "n"] == 2)
        #expect(try http.json("PATCH", "/app/users/u1", #"{"n":3}"#, ["If-Match": "\"x\", \(second)"]).status == 200)
        try http("DELETE", "/app/users/u1", ["If-None-Match": "*"]).expectProblem(412)
        #expect(try http("DELETE", "/app/users/u1", ["If-Match": "*"]).status == 204)
        try http("DELETE", "/app/users/u1", ["If-Match": "*"]).expectProblem(412)
    }

    /// Eight clients count in one document, each reading, adding one, and writing under the tag it read: no addition is lost.
    @Test func noUpdateIsLost() throws {
        let http = try RouteFixture { $0.workers = 4 }
        #expect(try http.json("PUT", "/app/users/counter", #"{"n":0}"#).status == 201)
        let port = http.server.port
        try onThreads(8) { _ in
            let client = try TestClient(port: port)
            for _ in 0..<10 {
                while true {
                    let read = try client.request("GET", "/app/users/counter")
                    let tag = try #require(read.fields["etag"])
                    let n = try #require(read.json[field: "n"]?.integer)
                    let answer = try client.request(
                        "PUT", "/app/users/counter?durability=soft", ["If-Match": tag], body: "{\"n\":\(n + 1)}")
                    if answer.status == 200 { break }
                    try #require(answer.status == 412)
                }
            }
        }
        #expect(try http("GET", "/app/users/counter").json[field: "n"] == 80)
    }

    // MARK: Patches

    @Test(arguments: [
        // The examples of RFC 7396, appendix A, inside a field, because a document is always an object.
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#), (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#), (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#),
        ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]) func mergePatch(_ target: String, _ patch: String, _ result: String) throws {
        let applied = try MergePatch.apply(try Datum(json: "{\"f\":\(patch)}"), to: try Datum(json: "{\"f\":\(target)}"))
        #expect(applied.description == "{\"f\":\(result)}")
    }

    @Test func patching() throws {
        let http = try RouteFixture()
        try http.json("PATCH", "/app/users/u1", "{}").expectProblem(404, "non_existence_error")
        #expect(try http.json("PUT", "/app/users/u1", #"{"a":1,"b":{"c":2,"d":3}}"#).status == 201)
        let answer = try http("PATCH", "/app/users/u1", ["Content-Type": "application/merge-patch+json"], #"{"b":{"c":null},"e":5}"#)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"a":1,"b":{"d":3},"e":5,"id":"u1"}"# + "\n")
        #expect(try http("GET", "/app/users/u1").fields["etag"] == answer.fields["etag"])
        try http.json("PATCH", "/app/users/u1", #"{"id":"u2"}"#).expectProblem(422, mentions: "never changes")
        try http.json("PATCH", "/app/users/u1", #"{"id":null}"#).expectProblem(422)
        try http.json("PATCH", "/app/users/u1", "[]").expectProblem(422)
        let wrong = try http("PATCH", "/app/users/u1", ["Content-Type": "application/json-patch+json"], "[]")
        wrong.expectProblem(415)
        #expect(wrong.fields["accept"] == "application/merge-patch+json, application/json")
    }
}
