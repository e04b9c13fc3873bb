import Ground
import Testing

@testable import httpd

/// What web pages of other sites get of a server that a browser reaches: here one where `admin` has no password.
@Suite struct WebPageTests {
    private let route: RouteFixture
    private let listing: RouteFixture
    private static let evil = "https://evil.example"

    init() throws {
        route = try RouteFixture()
        listing = try RouteFixture { $0.corsOrigins = ["*"] }
        #expect(
            try listing.json("PUT", "/_admin/users/ada", #"{"password": "p", "permissions": [{"read": true, "write": true}]}"#).status
                == 201)
    }

    @Test(arguments: [evil, "null", "http://localhost:9999"])
    func aListedPageIsNobodyWithoutAnAccount(origin: String) throws {
        let query = ["Origin": origin, "Content-Type": "text/plain"]
        #expect(try listing.client.request("POST", "/_reql", query, body: "r.dbList()").status == 401)
        #expect(try listing("GET", "/app/users", ["Origin": origin]).status == 401)
        let basic = "Basic " + Base64.encode(Array("ada:p".utf8))
        #expect(try listing("GET", "/app/users", ["Origin": origin, "Authorization": basic]).status == 200)
        // The browser may have added it by itself.
        let withBasic = query.merging(["Authorization": basic]) { a, _ in a }
        #expect(try listing.client.request("POST", "/_reql", withBasic, body: "r.dbList()").status == 403)
        let token = try listing.client.request("POST", "/_admin/tokens", ["Authorization": basic]).json[field: "token"]?.string ?? ""
        let withToken = query.merging(["Authorization": "Bearer \(token)"]) { a, _ in a }
        #expect(try listing.client.request("POST", "/_reql", withToken, body: "r.dbList()").status == 200)
    }

    @Test(arguments: ["cross-site", "same-site"])
    func aPageCannotAskWhatThereIsByEmbeddingIt(site: String) throws {
        #expect(try route.json("PUT", "/app/users/u1", "{}").status == 201)
        for target in ["/app/users/u1", "/app/users/none", "/app/users/_doc?key=1", "/_status"] {
            for (mode, destination) in [("no-cors", "object"), ("navigate", "iframe"), ("navigate", "document"), ("no-cors", "image")] {
                let fields = ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination]
                #expect(try route("GET", target, fields).status == 403, "\(target) \(mode) \(destination)")
            }
        }
        let link = ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"]
        #expect(try route("GET", "/", link).status == 200)
        let frame = ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"]
        #expect(try route("GET", "/", frame).status == 403)
        for own in ["same-origin", "none"] { #expect(try route("GET", "/app/users/u1", ["Sec-Fetch-Site": own]).status == 200) }
    }

    @Test(arguments: ["/", "/app/users", "/none", "/_health/live"])
    func everyAnswerSaysThatItIsNotToBeGuessedNorLent(target: String) throws {
        let answer = try route("GET", target)
        #expect(answer.fields["x-content-type-options"] == "nosniff")
        #expect(answer.fields["cross-origin-resource-policy"] == "same-origin")
    }

    @Test(arguments: ["Origin: http://localhost", "Authorization: Basic YWRtaW46"])
    func aFieldThatDecidesStandsOnce(field: String) throws {
        let client = try TestClient(port: route.server.port)
        try client.send("GET /app/users HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n\(field)\r\n\r\n")
        #expect(try client.receive().status == 400)
    }

    @Test(arguments: [("[evil", 421), ("[evil]", 421), ("[::1]x", 421), ("[::1]:80", 200), ("[::1]", 200), ("127.0.0.1:1", 200)])
    func aHostInBracketsIsAnAddress(host: String, status: Int) throws {
        let client = try TestClient(port: route.server.port)
        try client.send("GET /_health/live HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        let answer = try client.receive().status
        #expect(answer == status || status == 421 && answer == 400, "\(host): \(answer)")
    }
}
