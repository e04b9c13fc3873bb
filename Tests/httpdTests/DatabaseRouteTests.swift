import ReQLish
import Synchronization
import Testing

@testable import httpd

@Suite struct DatabaseRouteTests {
    @Test func databases() throws {
        let http = try RouteFixture(database: false)
        #expect(try http("GET", "/_databases").json == [])
        let created = try http("PUT", "/app")
        #expect(created.status == 201)
        #expect(created.fields["location"] == "/app")
        #expect(created.json[field: "name"] == "app")
        #expect(created.json[field: "id"]?.utf8Count == 36)
        #expect(try http("GET", "/app").json == created.json)
        #expect(try http("GET", "/app/").json == created.json)
        #expect(try http("GET", "/_databases").json == [created.json])
        try http("PUT", "/app").expectProblem(409, "op_failed_error", mentions: "app")
        try http("PUT", "/9app").expectProblem(400, "query_logic_error")
        try http("PUT", "/a%20b").expectProblem(400)
        try http.json("PUT", "/other", "{}").expectProblem(400, mentions: "no body")
        #expect(try http("DELETE", "/app").status == 204)
        try http("DELETE", "/app").expectProblem(404, "op_failed_error")
        try http("GET", "/app").expectProblem(404)
        #expect(try http("GET", "/_databases").json == [])
    }

    @Test func indexes() throws {
        let http = try RouteFixture()
        #expect(try http("GET", "/app/users/_index").json == [])
        let made = try http.json("POST", "/app/users/_index", #"{"name":"age"}"#)
        #expect(made.status == 201)
        #expect(made.fields["location"] == "/app/users/_index/age")
        #expect(made.json[field: "index"] == "age")
        #expect(try http.json("POST", "/app/users/_index", #"{"name":"place","fields":["country","city"],"multi":true}"#).status == 201)
        #expect(try http("GET", "/app/users/_index").json.elements.map { $0[field: "index"] } == ["age", "place"])
        #expect(try http("GET", "/app/users/_index/place").json[field: "multi"] == true)
        #expect(try http("GET", "/app/users/_info").json[field: "indexes"] == ["age", "place"])
        try http.json("POST", "/app/users/_index", #"{"name":"age"}"#).expectProblem(409)
        #expect(try http.json("POST", "/app/users/_index", #"{"name":"mail","unique":true}"#).json[field: "unique"] == true)
        try http.json("POST", "/app/users/_index", #"{"name":"id"}"#).expectProblem(422, "query_logic_error")
        try http.json("POST", "/app/users/_index", #"{"field":"age"}"#).expectProblem(400)
        try http.json("POST", "/app/users/_index", #"{"name":"x","field":1}"#).expectProblem(400)
        try http.json("POST", "/app/users/_index", #"{"name":"x","fields":[]}"#).expectProblem(400)
        try http.json("POST", "/app/users/_index", #"{"name":"x","feild":"y"}"#).expectProblem(400, mentions: "feild")
        try http.json("POST", "/app/none/_index", #"{"name":"x"}"#).expectProblem(404)
        #expect(try http("DELETE", "/app/users/_index/age").status == 204)
        try http("DELETE", "/app/users/_index/age").expectProblem(404, mentions: "age")
        try http("GET", "/app/users/_index/age").expectProblem(404)
        try http("PUT", "/app/users/_index").expectProblem(405)
    }

    @Test func tables() throws {
        let http = try RouteFixture()
        #expect(try http("GET", "/app/_tables").json.count == 1)
        let made = try http.json("PUT", "/app/places", #"{"primary_key":"code","durability":"soft"}"#)
        #expect(made.status == 201)
        #expect(made.fields["location"] == "/app/places")
        #expect(made.json[field: "primary_key"] == "code")
        #expect(made.json[field: "durability"] == "soft")
        #expect(try http("GET", "/app/_collections").json == http("GET", "/app/_tables").json)
        #expect(try http("GET", "/app/_tables").json.elements.map { $0[field: "name"] } == ["places", "users"])
        let info = try http("GET", "/app/places/_info").json
        #expect(info[field: "doc_count"] == 0)
        #expect(info[field: "db"] == "app")
        try http("PUT", "/app/places").expectProblem(409, "op_failed_error")
        try http("PUT", "/none/places").expectProblem(404, mentions: "none")
        try http("PUT", "/app/bad-name").expectProblem(400, "query_logic_error")
        try http("GET", "/none/_tables").expectProblem(404)
        try http("GET", "/app/none/_info").expectProblem(404, mentions: "app.none")
        #expect(try http("DELETE", "/app/places").status == 204)
        try http("DELETE", "/app/places").expectProblem(404)
        try http("DELETE", "/none/places").expectProblem(404)
    }

    @Test(arguments: [
        "[]", "3", #"{"primary_key":""}"#, #"{"primary_key":1}"#, #"{"durability":"none"}"#, #"{"shards":3}"#, "{", #"{"a":1,"a":1}"#,
    ]) func badTableOptions(_ body: String) throws {
        let http = try RouteFixture()
        try http.json("PUT", "/app/t", body).expectProblem(400, "client_error")
        #expect(try http("GET", "/app/_tables").json.count == 1)
    }

    @Test func droppingADatabaseDropsItsTables() throws {
        let http = try RouteFixture()
        #expect(try http.json("PUT", "/app/users/u1", "{}").status == 201)
        #expect(try http("DELETE", "/app").status == 204)
        #expect(try http("PUT", "/app").status == 201)
        #expect(try http("GET", "/app/_tables").json == [])
        try http("GET", "/app/users/u1").expectProblem(404)
    }

    // MARK: Operation

    @Test func operation() throws {
        let http = try RouteFixture(database: false)
        let root = try http("GET", "/")
        #expect(root.json[field: "name"] == "Pando")
        #expect(root.json[field: "version"] == Datum(HTTPServer.version))
        #expect(try http("GET", "/_health/live").json == ["status": "live"])
        #expect(try http("GET", "/_health/ready").json == ["status": "ready"])
        let status = try http("GET", "/_status").json
        #expect(status[field: "connections"] == 1)
        #expect(status[field: "requests"] == 4)
        #expect(status[field: "file"]?[field: "records"] == 0)
        http.server.shared.counters.isStopping.store(true, ordering: .relaxed)
        try http("GET", "/_health/ready").expectProblem(503)
        #expect(try http("GET", "/_health/live").status == 200)
    }

    @Test func compaction() throws {
        let http = try RouteFixture()
        let answer = try http("POST", "/_admin/compact")
        #expect(answer.status == 200)
        #expect(answer.json[field: "cancelled"] == false)
        #expect(answer.json[field: "pins"] == [])
        #expect(answer.json[field: "pages_after"] != nil)
        try http("GET", "/_admin/compact").expectProblem(405)
    }

    // MARK: Routing

    @Test(arguments: [
        ("GET", "/_nothing", 404), ("GET", "/_health", 404), ("GET", "/_health/other", 404), ("GET", "/app/_other", 404),
        ("GET", "/app/users/_other", 404), ("GET", "/_x/users", 404), ("GET", "/app/users/a/b", 404), ("GET", "/app//users", 404),
        ("GET", "/app/users/a/b/c/d/e/f", 404),
        ("POST", "/_admin", 404), ("POST", "/_admin/compact/app", 404), ("GET", "/_admin/other", 404),
        ("GET", "/app/users/%zz", 400), ("GET", "/app/users/%f", 400), ("GET", "/app/users/%ff", 400), ("GET", "/%C0%AF", 400),
        ("GET", "/app/users?limt=3", 400), ("GET", "/app/users?limit=3&limit=4", 400), ("GET", "/app/users?limit=%", 400),
    ]) func unknown(_ method: String, _ target: String, _ status: Int) throws {
        let http = try RouteFixture()
        try http(method, target).expectProblem(status, "client_error")
    }

    @Test(arguments: [
        ("POST", "/", "GET, HEAD, OPTIONS"), ("POST", "/app", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("PUT", "/_databases", "GET, HEAD, OPTIONS"),
        ("DELETE", "/app/users/_info", "GET, HEAD, OPTIONS"), ("GET", "/_reql", "POST, OPTIONS"),
        ("GET", "/app/users/_query", "POST, OPTIONS"),
        ("PATCH", "/app/users", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        ("POST", "/app/users/u1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
    ]) func methods(_ method: String, _ target: String, _ allow: String) throws {
        let http = try RouteFixture()
        let answer = try http(method, target)
        answer.expectProblem(405, "client_error")
        #expect(answer.fields["allow"] == allow)
        let options = try http("OPTIONS", target)
        #expect(options.status == 204)
        #expect(options.fields["allow"] == allow)
    }

    @Test func optionsOfTheServer() throws {
        let http = try RouteFixture(database: false)
        #expect(try http("OPTIONS", "*").status == 204)
    }

    @Test func brokenRequests() throws {
        let http = try RouteFixture()
        try http.client.send("GET /app HTTP/1.1\r\n\r\n")
        try http.client.receive().expectProblem(400, "client_error")
        #expect(try http.client.closesSilently())
        let other = try TestClient(port: http.server.port)
        try other.request("BREW", "/").expectProblem(501, "client_error")
    }

    // MARK: Browsers

    @Test func webPagesMayNotWrite() throws {
        let http = try RouteFixture()
        let own = ["Host": "127.0.0.1:8080", "Origin": "http://127.0.0.1:8080"]
        #expect(try http("PUT", "/fine", own).status == 201)
        try http("PUT", "/evil", ["Origin": "http://evil.example"]).expectProblem(403, "permission_error")
        try http("POST", "/_reql", ["Origin": "null", "Content-Type": "text/plain"], "r.dbCreate('evil')").expectProblem(403)
        try http("GET", "/app", ["Host": "evil.example"]).expectProblem(421)
        try http("GET", "/app", ["Host": "127.0.0.1.evil.example"]).expectProblem(421)
        for host in ["LOCALHOST:1", "app.localhost", "[::1]:8080", "127.0.0.1", "192.168.0.1:80"] {
            #expect(try http("GET", "/app", ["Host": host]).status == 200, "\(host)")
        }
        #expect(try http("GET", "/evil").status == 404)
        let named = try RouteFixture { $0.hostNames = ["db.example"] }
        #expect(try named("GET", "/app", ["Host": "DB.example:80"]).status == 200)
        try named("GET", "/app", ["Host": "other.example"]).expectProblem(421)
        let open = try RouteFixture { $0.hostNames = ["*"] }
        #expect(try open("GET", "/app", ["Host": "other.example"]).status == 200)
    }
}
