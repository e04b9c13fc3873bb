import Ground
import ReQLish
import Testing

@testable import httpd

/// What lasts longer than a request ends with what proved its account.
@Suite struct LoginEndTests {
    private let route: RouteFixture
    private let ada = ["Authorization": "Basic " + Base64.encode(Array("ada:p".utf8))]

    init() throws {
        route = try RouteFixture { $0.driverPort = 0 }
        let account = #"{"name": "ada", "password": "p", "permissions": [{"database": "app", "read": true, "write": true}]}"#
        #expect(try route.json("POST", "/_admin/users", account).status == 201)
    }

    private func token() throws -> (id: String, text: String) {
        let answer = try route.client.request("POST", "/_admin/tokens", ada)
        return (answer.json[field: "id"]?.string ?? "", answer.json[field: "token"]?.string ?? "")
    }

    /// A feed of `app.users` that has begun.
    private func feed(_ authorization: String) throws -> TestClient {
        let client = try TestClient(port: route.server.port)
        try client.send(
            "GET /app/users/_changes?include_initial=true HTTP/1.1\r\nHost: localhost\r\nAuthorization: \(authorization)\r\n"
                + "Accept: application/x-ndjson\r\n\r\n")
        _ = try client.take(through: "\r\n\r\n")
        #expect(try route.json("PUT", "/app/users/before", "{}").status < 300)
        _ = try client.take(through: "before")
        return client
    }

    private func expectEnd(of feed: TestClient) throws {
        #expect(try route.json("PUT", "/app/users/after", "{}").status < 300)
        let rest = try feed.take(through: "}}\n")
        #expect(rest.contains("holds no more") && !rest.contains("after"), "\(rest)")
    }

    @Test func aFeedEndsWhenItsTokenIsRevoked() throws {
        let (id, text) = try token()
        let feed = try feed("Bearer \(text)")
        #expect(try route("DELETE", "/_admin/tokens/\(id)").status == 204)
        try expectEnd(of: feed)
    }

    @Test func aFeedEndsWhenThePasswordChanges() throws {
        let feed = try feed(ada["Authorization"] ?? "")
        #expect(try route.json("PUT", "/_admin/users/ada", #"{"password": "other"}"#).status == 200)
        try expectEnd(of: feed)
    }

    @Test func aFeedEndsWhenItsTokenExpires() throws {
        let catalog = route.pando.catalog
        let (token, _) = TokenConfig.make(for: "ada", note: "", seconds: 0)
        var transaction = try catalog.beginWrite()
        try transaction.putToken(token)
        try transaction.commit(.soft)
        let login = Login(user: "ada", .token(token), catalog)
        #expect(throws: ReQLError.self) { try login.check() }
    }

    @Test func aDriversConnectionEndsWithItsAccountAndNotWithItsName() throws {
        let catalog = route.pando.catalog
        let credential = try #require(try catalog.snapshot().account("ada")?.credential)
        let login = Login(user: "ada", .password(credential), catalog)
        let service = DriverService(pando: route.pando, authenticator: Authenticator(catalog), limits: DriverLimits())
        func answer() throws -> String {
            let message = try Datum(json: #"[1, [15, [[14, ["app"]], "users"]], {}]"#)
            let query = try DriverQuery(message, token: 1, .init(user: "ada", client: nil, login: login), service: service)
            query.perform(nil)
            return String(decoding: query.response.bytes.dropFirst(12), as: UTF8.self)
        }
        #expect(try answer().contains(#""t":2"#))
        #expect(try route("DELETE", "/_admin/users/ada").status == 204)
        #expect(try answer().contains("holds no more"))
        let account = #"{"name": "ada", "password": "another", "permissions": [{"database": "app", "read": true}]}"#
        #expect(try route.json("POST", "/_admin/users", account).status == 201)
        #expect(try answer().contains("holds no more"))
    }

    @Test func whoMayWriteAccountsHasNoTokenOfTheAdministratorAndDoesNotChangeIt() throws {
        let account = #"{"name": "umgr", "password": "p", "permissions": [{"database": "rethinkdb", "read": true, "write": true}]}"#
        #expect(try route.json("POST", "/_admin/users", account).status == 201)
        let umgr = ["Authorization": "Basic " + Base64.encode(Array("umgr:p".utf8))]
        #expect(try route.json("POST", "/_admin/tokens", #"{"user": "admin"}"#, umgr).status == 403)
        #expect(try route.json("PUT", "/_admin/users/admin", #"{"password": "hacked"}"#, umgr).status == 403)
        #expect(try route.json("POST", "/_admin/tokens", #"{"user": "ada"}"#, umgr).status == 201)
    }
}
