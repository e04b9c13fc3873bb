import Ground
import ReQLish
import Testing

@testable import httpd

/// HTTP asks for `admin`'s password as soon as there is one.
@Suite struct HTTPAccessTests {
    private let fixture: RouteFixture

    init() throws {
        fixture = try RouteFixture()
        for query in [
            "r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'pw', iterations: 3}})",
            "r.grant('ada', {read: true, write: true, config: true})",
        ] {
            _ = try fixture.pando.start(TermTree(text: query)).collected()
        }
    }

    private func setPassword(_ password: String) throws {
        let query = "r.db('rethinkdb').table('users').get('admin').update({password: \(password)})"
        _ = try fixture.pando.start(TermTree(text: query)).collected()
    }

    private func basic(_ user: String, _ password: String) -> [String: String] {
        ["Authorization": "Basic " + Base64.encode(Array("\(user):\(password)".utf8))]
    }

    @Test func withoutAPasswordEverybodyIsAdmin() throws {
        #expect(try fixture("GET", "/app").status == 200)
        // Who says who he is is held to it.
        #expect(try fixture("GET", "/app", basic("whoever", "whatever")).status == 401)
        #expect(try fixture("GET", "/app", basic("admin", "")).status == 200)
    }

    @Test func withAPasswordEveryRouteAsksForIt() throws {
        try setPassword("{password: 'b:oss', iterations: 3}")
        for (method, target, body) in [
            ("GET", "/", nil), ("GET", "/_status", nil), ("GET", "/_databases", nil), ("GET", "/app", nil), ("PUT", "/new", nil),
            ("DELETE", "/app", nil), ("GET", "/app/users", nil), ("PUT", "/app/users/u1", "{}"), ("POST", "/_reql", "r.dbList()"),
            ("POST", "/app/users/_query", "count()"),
        ] as [(String, String, String?)] {
            let answer = try fixture(method, target, [:], body)
            #expect(answer.status == 401, "\(method) \(target)")
            #expect(answer.fields["www-authenticate"]?.hasPrefix("Basic ") == true)
        }
        #expect(try fixture("GET", "/_health/live").status == 200)
        #expect(try fixture("GET", "/_health/ready").status == 200)

        // Again, so that the second time it is known.
        for _ in 0..<2 {
            #expect(try fixture("GET", "/app", basic("admin", "b:oss")).status == 200)
            #expect(try fixture("PUT", "/app/users/u1", basic("admin", "b:oss"), "{}").status < 300)
        }
        let bad = [
            basic("admin", "boss"), basic("admin", ""), basic("ada", "p"), basic("ada", "b:oss"), basic("", ""),
            basic(String(repeating: "a", count: 1000), "pw"),
            ["Authorization": "Basic !"], ["Authorization": "Bearer x"], ["Authorization": ""],
        ]
        for fields in bad {
            try fixture("GET", "/app", fields).expectProblem(401, "permission_error")
        }
    }

    @Test func anotherPasswordCountsAtOnce() throws {
        try setPassword("{password: 'one', iterations: 3}")
        #expect(try fixture("GET", "/app", basic("admin", "one")).status == 200)
        try setPassword("{password: 'two', iterations: 3}")
        #expect(try fixture("GET", "/app", basic("admin", "one")).status == 401)
        #expect(try fixture("GET", "/app", basic("admin", "two")).status == 200)
        try setPassword("false")
        #expect(try fixture("GET", "/app").status == 200)
    }

    @Test func everyAccountGetsIn() throws {
        try setPassword("{password: 'boss', iterations: 3}")
        #expect(try fixture("GET", "/app/users", basic("ada", "pw")).status == 200)
        #expect(try fixture("GET", "/_status", basic("ada", "pw")).status == 403)
        _ = try fixture.pando.start(TermTree(text: "r.grant('ada', {read: false})")).collected()
        try fixture("GET", "/app/users", basic("ada", "pw")).expectProblem(403, "permission_error", mentions: "ada")
        _ = try fixture.pando.start(TermTree(text: "r.db('rethinkdb').table('users').get('ada').delete()")).collected()
        #expect(try fixture("GET", "/app/users", basic("ada", "pw")).status == 401)
        // Somebody else of the same name has nothing of what the first one had.
        let again = "r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'pw', iterations: 3}})"
        _ = try fixture.pando.start(TermTree(text: again)).collected()
        #expect(try fixture("GET", "/app/users", basic("ada", "pw")).status == 403)
    }

    @Test func jobsShowWhoAsksOverHTTP() throws {
        let job = "r.db('rethinkdb').table('jobs')(0)('info').pluck('user', 'client_address')"
        let answer = try fixture("POST", "/_reql", basic("ada", "pw"), job)
        #expect(answer.status == 403)
        _ = try fixture.pando.start(TermTree(text: "r.db('rethinkdb').table('jobs').grant('ada', {read: true})")).collected()
        let shown = try fixture("POST", "/_reql", basic("ada", "pw"), job)
        #expect(shown.json[field: "result"] == ["user": "ada", "client_address": "127.0.0.1"])
    }

    @Test func writeHooksHoldForEveryRoute() throws {
        let hook = "r.db('app').table('users').setWriteHook((c, o, d) => r.branch(d.eq(null), r.error('kept'), d.merge({hooked: true})))"
        _ = try fixture.pando.start(TermTree(text: hook)).collected()
        #expect(try fixture.json("PUT", "/app/users/u1", #"{"n": 1}"#).json == ["hooked": true, "id": "u1", "n": 1])
        #expect(try fixture.json("PATCH", "/app/users/u1", #"{"hooked": false}"#).json[field: "hooked"] == true)
        #expect(try fixture.json("POST", "/app/users", #"[{"id": "u2"}, {"n": 2}]"#).status == 201)
        #expect(try fixture.query("r.db('app').table('users').filter({hooked: true}).count()") == 3)
        try fixture("DELETE", "/app/users/u1").expectProblem(422, "query_logic_error", mentions: "kept")
    }
}
