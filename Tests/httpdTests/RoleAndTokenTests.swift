import Ground
import ReQLish
import Testing

@testable import httpd

/// Roles, tokens, and the log of who changed what.
@Suite struct RoleAndTokenTests {
    private let fixture: RouteFixture

    init() throws {
        fixture = try RouteFixture()
        for name in ["ada", "bob"] {
            let user = "r.db('rethinkdb').table('users').insert({id: '\(name)', password: {password: 'pw', iterations: 1}})"
            _ = try fixture.pando.start(TermTree(text: user)).collected()
        }
    }

    private func basic(_ user: String) -> [String: String] { ["Authorization": "Basic " + Base64.encode(Array("\(user):pw".utf8))] }

    private func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }

    private func issue(_ body: String = "{}", as user: String? = nil) throws -> Datum {
        let answer = try fixture.json("POST", "/_admin/tokens", body, user.map(basic) ?? [:])
        #expect(answer.status == 201, "\(answer.body)")
        return answer.json
    }

    // MARK: Roles

    @Test func aRoleGivesWhatItHasToThoseWhoHaveIt() throws {
        let made = try fixture.json("POST", "/_admin/roles", #"{"name": "readers", "permissions": [{"database": "app", "read": true}]}"#)
        #expect(made.status == 201)
        #expect(made.fields["location"] == "/_admin/roles/readers")
        #expect(try fixture("GET", "/app/users", basic("ada")).status == 403)
        #expect(try fixture.json("PUT", "/_admin/users/ada", #"{"roles": ["readers"]}"#).json[field: "roles"] == ["readers"])
        #expect(try fixture("GET", "/app/users", basic("ada")).status == 200)

        // Drivers see what holds, and where it comes from.
        let rows = "r.db('rethinkdb').table('permissions').filter({user: 'ada'})('permissions')"
        #expect(try fixture.query(rows) == [["read": true]])
        #expect(try fixture.query("r.db('rethinkdb').table('users').get('ada')('roles')") == ["readers"])
        #expect(try fixture.query("r.db('rethinkdb').table('users').get('bob').hasFields('roles')") == false)

        // What the role has now counts from the next query.
        let wider = #"{"permissions": [{"database": "app", "read": true, "write": true}]}"#
        #expect(try fixture.json("PUT", "/_admin/roles/readers", wider).status == 200)
        #expect(try fixture.json("PUT", "/app/users/u1", "{}", basic("ada")).status == 201)
        // The account's own word counts before the role's.
        _ = try fixture.query("r.db('app').grant('ada', {write: false})")
        #expect(try fixture.json("PUT", "/app/users/u1", "{}", basic("ada")).status == 403)
        #expect(try fixture.query(rows) == [["read": true, "write": false]])
        _ = try fixture.query("r.db('app').grant('ada', {write: null})")
        #expect(try fixture.query(rows) == [["read": true, "write": true]])

        #expect(try fixture("DELETE", "/_admin/roles/readers").status == 204)
        #expect(try fixture("GET", "/app/users", basic("ada")).status == 403)
        // Another role of the name is nobody's.
        #expect(try fixture.json("PUT", "/_admin/roles/readers", wider).status == 201)
        #expect(try fixture("GET", "/app/users", basic("ada")).status == 403)
        #expect(try fixture.pando.catalog.check().problems == [])
    }

    /// What a row shows of a role's doesn't become the account's own when the row is written back.
    @Test func rowsOfPermissionsKeepApartWhatIsWhose() throws {
        #expect(try fixture.json("POST", "/_admin/roles", #"{"name": "r", "permissions": [{"read": true, "config": true}]}"#).status == 201)
        _ = try fixture.query("r.db('rethinkdb').table('users').get('ada').update({roles: ['r']})")
        let update = "r.db('rethinkdb').table('permissions').get(['ada']).update({permissions: {config: false}})"
        #expect(try fixture.query(update)[field: "replaced"] == 1)
        let own: Datum = [["config": false]]
        #expect(try fixture("GET", "/_admin/users/ada").json[field: "permissions"] == own)
        #expect(try fixture.query("r.db('rethinkdb').table('permissions').get(['ada'])('permissions')") == ["read": true, "config": false])
    }

    @Test func severalRolesAgreeOnYes() {
        let table = PermissionScope.table("t", database: "d")
        func permissions(_ entries: [PermissionScope: Permissions.Entry]) -> Permissions {
            entries.reduce(into: Permissions()) { $0[$1.key] = $1.value }
        }
        let sum = permissions([.server: [.config: false]]).adding([
            permissions([.server: [.read: false, .config: true], table: [.write: true]]), permissions([.server: [.read: true]]),
        ])
        #expect(sum[.server] == [.read: true, .config: false])
        #expect(sum.allow(.write, table) && !sum.allow(.config, table))
    }

    /// To give a role is to grant, so it takes what granting takes.
    @Test func rolesAreNoWayUp() throws {
        #expect(
            try fixture.json("POST", "/_admin/roles", #"{"name": "all", "permissions": [{"read": true, "config": true}]}"#).status == 201)
        _ = try fixture.query("r.db('rethinkdb').table('users').grant('ada', {read: true, write: true})")
        let give = "r.db('rethinkdb').table('users').get('ada').update({roles: ['all']})"
        let answer = try fixture("POST", "/_reql", basic("ada"), give)
        #expect(answer.status == 403 || answer.body.contains("does not have the required"))
        #expect(try fixture.json("PUT", "/_admin/users/ada", #"{"roles": ["all"]}"#, basic("ada")).status == 403)
        for (method, target, body) in [
            ("GET", "/_admin/roles", nil), ("GET", "/_admin/roles/all", nil), ("DELETE", "/_admin/roles/all", nil),
            ("PUT", "/_admin/roles/all", #"{"permissions": []}"#), ("POST", "/_admin/roles", #"{"name": "n", "permissions": []}"#),
        ] {
            #expect(try fixture(method, target, basic("ada"), body).status == 403, "\(method) \(target)")
        }
        #expect(try fixture.query("r.db('rethinkdb').table('users').get('admin').update({roles: ['all']})('errors')") == 1)
        #expect(try fixture.query("r.db('rethinkdb').table('users').get('ada').update({roles: ['none']})('errors')") == 1)
    }

    @Test(
        arguments: [
            ("POST", "/_admin/roles", #"{"permissions": []}"#, 400), ("POST", "/_admin/roles", #"{"name": "r"}"#, 400),
            ("POST", "/_admin/roles", #"{"name": "", "permissions": []}"#, 422), ("PUT", "/_admin/roles/r", #"{"name": "r"}"#, 400),
            ("PUT", "/_admin/roles/r", #"{"permissions": [{"database": "none"}]}"#, 404), ("GET", "/_admin/roles/r", "", 404),
            ("DELETE", "/_admin/roles/r", "", 404), ("PUT", "/_admin/users/ada", #"{"roles": ["r"]}"#, 422),
            ("PUT", "/_admin/users/ada", #"{"roles": "r"}"#, 400), ("PUT", "/_admin/users/admin", #"{"roles": []}"#, 409),
        ])
    func whatIsWrongIsSaid(method: String, target: String, body: String, status: Int) throws {
        try fixture.json(method, target, body).expectProblem(status)
        #expect(try fixture("GET", "/_admin/roles").json == [])
    }

    // MARK: Tokens

    @Test func aTokenStandsForItsAccount() throws {
        let issued = try issue(#"{"note": "backup", "expires_in": 60}"#, as: "ada")
        let text = try #require(issued[field: "token"]?.string)
        let id = try #require(issued[field: "id"]?.string)
        #expect(issued[field: "user"] == "ada")
        for _ in 0..<2 { #expect(try fixture("GET", "/", bearer(text)).status == 200) }
        #expect(try fixture("GET", "/app/users", bearer(text)).status == 403)
        _ = try fixture.query("r.db('app').grant('ada', {read: true})")
        #expect(try fixture("GET", "/app/users", bearer(text)).status == 200)

        // It is shown once, and the file doesn't hold it.
        let listed = try fixture("GET", "/_admin/tokens", basic("ada")).json
        #expect(listed.count == 1 && listed[0][field: "note"] == "backup" && listed[0][field: "token"] == nil)
        let stored = try fixture.pando.catalog.snapshot().tokens().map { "\($0)" }.joined()
        #expect(!stored.contains(text.suffix(64)))
        #expect(try fixture("GET", "/_admin/tokens", basic("bob")).json == [])
        #expect(try fixture("GET", "/_admin/tokens").json.count == 1, "admin sees all")

        #expect(try fixture("DELETE", "/_admin/tokens/\(id)", basic("bob")).status == 404)
        #expect(try fixture("DELETE", "/_admin/tokens/\(id)", bearer(text)).status == 204)
        try fixture("GET", "/", bearer(text)).expectProblem(401)
        #expect(try fixture.pando.catalog.check().problems == [])
    }

    @Test func tokensIssueNoTokens() throws {
        let text = try #require(try issue(as: "ada")[field: "token"]?.string)
        #expect(try fixture.json("POST", "/_admin/tokens", "{}", bearer(text)).status == 403)
        #expect(try fixture.json("POST", "/_admin/tokens", #"{"user": "bob"}"#, basic("ada")).status == 403)
        #expect(try issue(#"{"user": "bob"}"#)[field: "user"] == "bob")
    }

    @Test func forgedAndExpiredTokensAreRefused() throws {
        let text = try #require(try issue(as: "ada")[field: "token"]?.string)
        var forged = text
        forged.removeLast()
        for wrong in [
            forged, forged + (text.hasSuffix("0") ? "1" : "0"), text + "0", "pando_", "", "x", text.uppercased(), "\(text) \(text)",
        ] {
            #expect(try fixture("GET", "/", bearer(wrong)).status == 401, "\(wrong)")
        }
        let (token, expired) = TokenConfig.make(for: "ada", note: "", seconds: -1)
        var transaction = try fixture.pando.catalog.beginWrite()
        try transaction.putToken(token)
        try transaction.commit()
        #expect(try fixture("GET", "/", bearer(expired)).status == 401)
        // The next one that is issued clears it away.
        _ = try issue(as: "bob")
        #expect(try fixture.pando.catalog.snapshot().tokens().allSatisfy { !$0.isExpired })
    }

    @Test func tokensGoWithTheirAccount() throws {
        let text = try #require(try issue(as: "ada")[field: "token"]?.string)
        #expect(try fixture("GET", "/", bearer(text)).status == 200)
        #expect(try fixture("DELETE", "/_admin/users/ada").status == 204)
        #expect(try fixture("GET", "/", bearer(text)).status == 401)
        #expect(try fixture.json("PUT", "/_admin/users/ada", #"{"password": "pw"}"#).status == 201)
        #expect(try fixture("GET", "/", bearer(text)).status == 401)
    }

    @Test(arguments: [#"{"expires_in": 0}"#, #"{"expires_in": 1e12}"#, #"{"note": 5}"#, #"{"user": 5}"#, #"{"x": 5}"#, "[]"])
    func tokensAreAskedForProperly(body: String) throws {
        try fixture.json("POST", "/_admin/tokens", body).expectProblem(400)
    }

    // MARK: The log

    @Test func theLogSaysWhoChangedWhat() throws {
        _ = try fixture.query("r.db('app').grant('ada', {read: true, config: true})")
        #expect(try fixture("PUT", "/app/more", basic("ada")).status == 201)
        #expect(try fixture("POST", "/_reql", basic("ada"), "r.db('app').table('more').indexCreate('x')").status == 200)
        #expect(try fixture("DELETE", "/app/more", basic("ada")).status == 204)
        // What is refused, or changes nothing, is none.
        #expect(try fixture("DELETE", "/app/more", basic("ada")).status == 404)
        let lines = try fixture.query("r.db('rethinkdb').table('logs').orderBy('id')('message')").elements.compactMap(\.string)
        let tail = ["`admin` made the database `app`.", "`admin` made the table `app.users`."]
        #expect(tail.allSatisfy(lines.contains))
        #expect(lines.contains("The application made the account `ada`."))
        #expect(
            lines.suffix(4) == [
                "`admin` changed the account `ada`.", "`ada` made the table `app.more`.", "`ada` made the index `x` of `app.more`.",
                "`ada` dropped the table `app.more`.",
            ])
    }
}
