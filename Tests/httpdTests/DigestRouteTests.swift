import Ground
import ReQLish
import Testing

@testable import httpd

/// What copies of a file on two machines are compared by.
@Suite struct DigestRouteTests {
    @Test func ofATable() throws {
        let http = try RouteFixture()
        let empty = try http("GET", "/app/users/_digest").json
        #expect(empty[field: "digest"] == Datum(String(repeating: "0", count: 32)) && empty[field: "count"] == 0)
        #expect(try http.json("PUT", "/app/users/a", "{}").status == 201)
        let one = try http("GET", "/app/users/_digest").json
        #expect(one[field: "digest"] != empty[field: "digest"] && one[field: "count"] == 1)
        #expect(try http.query("r.db('app').table('users').digest()") == one[field: "digest"])
        #expect(try http("DELETE", "/app/users/a").status == 204)
        #expect(try http("GET", "/app/users/_digest").json == empty)
        try http("GET", "/app/none/_digest").expectProblem(404)
        try http("PUT", "/app/users/_digest").expectProblem(405)
    }

    @Test func ofRanges() throws {
        let http = try RouteFixture()
        _ = try http.query("r.db('app').table('users').insert(r.range(100).map(i => ({id: i})))")
        func ask(_ body: String) throws -> Datum {
            let answer = try http.json("POST", "/_admin/digests", body)
            #expect(answer.status == 200, "\(answer.body)")
            return answer.json
        }
        let from = Array("db:".utf8).hexadecimal
        let to = Array("db;".utf8).hexadecimal
        let range = #"{"from": "\#(from)", "to": "\#(to)"}"#
        let whole = try #require(try ask(#"{"ranges": [\#(range), {"from": ""}]}"#)[field: "ranges"])
        #expect(whole.count == 2 && whole[0][field: "count"] == 100 && whole[0][field: "from"] == Datum(from))
        #expect((whole[1][field: "count"]?.integer ?? 0) > 100 && whole[1][field: "to"] == nil)
        let parts = try #require(try ask(#"{"ranges": [\#(range)], "tell": "parts"}"#)[field: "ranges"]?[0][field: "parts"])
        #expect(parts.count == 15 && parts.elements.compactMap { $0[field: "count"]?.integer }.reduce(0, +) == 100)
        let part = parts[3]
        let asked = #"{"ranges": [{"from": \#(part[field: "from"]!), "to": \#(part[field: "to"]!)}], "tell": "records", "values": true}"#
        let records = try #require(try ask(asked)[field: "ranges"]?[0][field: "records"])
        #expect(Datum(records.count) == part[field: "count"] && records[0][field: "value"] == #"{"id":21}"#)
        #expect(try ask(#"{"ranges": []}"#)[field: "ranges"] == [])
        let wrong = [
            #"{}"#, #"{"ranges": 1}"#, #"{"ranges": [{}]}"#, #"{"ranges": [{"from": "0"}]}"#, #"{"ranges": [{"from": "zz"}]}"#,
            #"{"ranges": [{"from": "", "to": 1}]}"#, #"{"ranges": [], "tell": "all"}"#, #"{"ranges": [], "more": 1}"#, "[]",
            #"{"ranges": [\#(Array(repeating: range, count: 257).joined(separator: ","))]}"#,
        ]
        for body in wrong { try http.json("POST", "/_admin/digests", body).expectProblem(400) }
        try http.json("POST", "/_admin/digests", #"{"ranges": [], "as_of": "none"}"#).expectProblem(404)
    }

    @Test func isForTheAdministratorAlone() throws {
        let http = try RouteFixture()
        let ada = #"{"name": "ada", "password": "secret", "permissions": [{"database": "app", "read": true}]}"#
        #expect(try http.json("POST", "/_admin/users", ada).status == 201)
        let login = ["Authorization": "Basic \(Base64.encode(Array("ada:secret".utf8)))"]
        try http.json("POST", "/_admin/digests", #"{"ranges": [{"from": ""}]}"#, login).expectProblem(403)
        #expect(try http("GET", "/app/users/_digest", login).status == 200)
        #expect(try http.json("POST", "/_admin/users/ada/_grant", #"{"database": "app", "read": null}"#).status == 200)
        try http("GET", "/app/users/_digest", login).expectProblem(403)
    }
}
