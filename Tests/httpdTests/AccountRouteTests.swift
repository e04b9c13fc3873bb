import Ground
import ReQLish
import Testing

@testable import httpd

/// `/_admin/users`: accounts and what they were granted.
@Suite struct AccountRouteTests {
    private let fixture: RouteFixture

    init() throws {
        fixture = try RouteFixture()
        // With few iterations, which make the test fast.
        let ada = "r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'secret', iterations: 1}})"
        _ = try fixture.pando.start(TermTree(text: ada)).collected()
    }

    private func basic(_ user: String, _ password: String) -> [String: String] {
        ["Authorization": "Basic " + Base64.encode(Array("\(user):\(password)".utf8))]
    }

    @Test func accountsAreMadeChangedAndRemoved() throws {
        let ada: Datum = ["name": "ada", "password": true, "permissions": [], "roles": []]
        #expect(try fixture("GET", "/_admin/users/ada").json == ada)
        #expect(try fixture("GET", "/_admin/users").json == [["name": "admin", "password": false, "permissions": [], "roles": []], ada])
        #expect(try fixture("GET", "/", basic("ada", "secret")).status == 200)

        let changed = try fixture.json("PUT", "/_admin/users/ada", #"{"password": "better"}"#)
        #expect(changed.status == 200)
        #expect(try fixture("GET", "/", basic("ada", "better")).status == 200)

        let bob = try fixture.json("PUT", "/_admin/users/b%20b", #"{"password": false, "permissions": [{"read": true}]}"#)
        #expect(bob.status == 201)
        #expect(bob.fields["location"] == "/_admin/users/b%20b")
        #expect(bob.json == ["name": "b b", "password": false, "permissions": [["read": true]], "roles": []])
        #expect(try fixture.query("r.db('rethinkdb').table('permissions').filter({user: 'b b'})('permissions')") == [["read": true]])

        #expect(try fixture("DELETE", "/_admin/users/ada").status == 204)
        try fixture("DELETE", "/_admin/users/ada").expectProblem(404)
        try fixture("GET", "/_admin/users/ada").expectProblem(404)
        let eve = try fixture.json("POST", "/_admin/users", #"{"name": "eve", "password": ""}"#)
        #expect(eve.status == 201)
        #expect(eve.json == ["name": "eve", "password": false, "permissions": [], "roles": []])
    }

    @Test func grantsAreThoseOfQueries() throws {
        let first = try fixture.json(
            "POST", "/_admin/users/ada/_grant", #"{"database": "app", "table": "users", "read": true, "config": false}"#)
        #expect(first.json[field: "permissions"] == [["database": "app", "table": "users", "read": true, "config": false]])
        #expect(try fixture("GET", "/app/users", basic("ada", "secret")).status == 200)
        #expect(try fixture("DELETE", "/app/users", basic("ada", "secret")).status == 403)
        _ = try fixture.query("r.db('app').table('users').grant('ada', {write: true})")
        let unset = try fixture.json("POST", "/_admin/users/ada/_grant", #"{"database": "app", "table": "users", "config": null}"#)
        #expect(unset.json[field: "permissions"] == [["database": "app", "table": "users", "read": true, "write": true]])
        let system = try fixture.json("POST", "/_admin/users/ada/_grant", #"{"database": "rethinkdb", "table": "stats", "read": true}"#)
        #expect(system.status == 200)
        #expect(try fixture("GET", "/_status", basic("ada", "secret")).status == 200)
        // All at once.
        let all = try fixture.json("PUT", "/_admin/users/ada", #"{"permissions": [{"database": "app", "read": true}]}"#)
        #expect(all.json[field: "permissions"] == [["database": "app", "read": true]])
        #expect(try fixture("GET", "/_status", basic("ada", "secret")).status == 403)
        #expect(try fixture("GET", "/app/users", basic("ada", "secret")).status == 200)
    }

    @Test(
        arguments: [
            ("POST", "/_admin/users", #"{"password": "x"}"#, 400), ("POST", "/_admin/users", #"{"name": "ada", "password": ""}"#, 409),
            ("POST", "/_admin/users", #"{"name": "eve"}"#, 422), ("POST", "/_admin/users", #"{"name": "", "password": false}"#, 422),
            ("POST", "/_admin/users", #"{"name": "e\u0007", "password": false}"#, 422),
            ("POST", "/_admin/users", #"{"name": "eve", "password": 5}"#, 400),
            ("POST", "/_admin/users", #"{"name": "eve", "password": "\u0007"}"#, 422),
            ("POST", "/_admin/users", #"{"name": "eve", "pass": false}"#, 400), ("POST", "/_admin/users", "[]", 400),
            ("POST", "/_admin/users", "{", 400), ("PUT", "/_admin/users/eve", "{}", 422),
            ("PUT", "/_admin/users/admin", #"{"permissions": []}"#, 409), ("PUT", "/_admin/users/ada", #"{"permissions": {}}"#, 400),
            ("PUT", "/_admin/users/ada", #"{"permissions": [{"table": "users", "read": true}]}"#, 400),
            ("PUT", "/_admin/users/ada", #"{"permissions": [{"database": "none", "read": true}]}"#, 404),
            ("POST", "/_admin/users/ada/_grant", #"{"fly": true}"#, 400), ("POST", "/_admin/users/ada/_grant", #"{"read": 1}"#, 400),
            ("POST", "/_admin/users/ada/_grant", #"{"database": "app", "connect": true}"#, 400),
            ("POST", "/_admin/users/ada/_grant", #"{"database": "rethinkdb", "table": "none", "read": true}"#, 404),
            ("POST", "/_admin/users/eve/_grant", #"{"read": true}"#, 404), ("POST", "/_admin/users/admin/_grant", #"{"read": true}"#, 409),
            ("PUT", "/_admin/users/admin", #"{"password": false}"#, 409),
        ])
    func whatIsWrongIsSaid(method: String, target: String, body: String, status: Int) throws {
        try fixture.json(method, target, body).expectProblem(status)
        #expect(try fixture("GET", "/_admin/users").json.count == 2, "nobody was made")
    }

    @Test func adminIsNotRemoved() throws {
        try fixture("DELETE", "/_admin/users/admin").expectProblem(409)
        let set = try fixture.json("PUT", "/_admin/users/admin", #"{"password": "boss"}"#)
        // The answer to the request that closed the door still comes.
        #expect(set.status == 200)
        #expect(try fixture("GET", "/_admin/users").status == 401)
        #expect(try fixture("GET", "/_admin/users", basic("admin", "boss")).status == 200)
    }
}
