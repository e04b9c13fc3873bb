import Ground
import ReQLish
import Synchronization
import TestSupport
import Testing

@testable import httpd

/// Strangers get a share of what there is, and keep nobody out.
@Suite struct ConnectionShareTests {
    private static let basic = ["Authorization": "Basic " + Base64.encode(Array("admin:boss".utf8))]

    /// A server whose `admin` has a password.
    private static func server(_ change: @escaping (inout HTTPConfiguration) -> Void) throws -> RouteFixture {
        let route = try RouteFixture(database: false, change)
        var transaction = try route.pando.catalog.beginWrite()
        let change = AccountChange(name: "admin", credential: try Credential(checking: "boss", iterations: 1))
        try transaction.putUser(try change.validated(in: try transaction.snapshot()))
        try transaction.commit(.soft)
        // A client that closes before it is accepted would take its share later.
        #expect(try route.client.request("GET", "/_health/live").status == 200)
        route.client.close()
        #expect(eventually { route.server.shared.counters.connections.load(ordering: .relaxed) == 0 })
        return route
    }

    @Test func oneAddressHasHalfOfTheConnectionsUntilItProvesAnAccount() throws {
        let route = try Self.server { $0.connections = 8 }
        let strangers = try (0..<4).map { _ in try TestClient(port: route.server.port) }
        for stranger in strangers { #expect(try stranger.request("GET", "/_health/live").status == 200) }
        let another = try TestClient(port: route.server.port)
        #expect(try another.request("GET", "/_health/nothing").status == 503)
        // What was proved is no stranger's any more, and makes room.
        #expect(try strangers[0].request("GET", "/_status", Self.basic).status == 200)
        let next = try TestClient(port: route.server.port)
        #expect(try next.request("GET", "/_status", Self.basic).status == 200)
    }

    @Test func aFullServerClosesTheOldestStrangers() throws {
        let route = try Self.server {
            $0.connections = 4
            $0.connectionsOfClient = 100
            $0.eventLoops = 1
        }
        let strangers = try (0..<4).map { _ in
            let stranger = try TestClient(port: route.server.port)
            #expect(try stranger.request("GET", "/_health/live").status == 200)
            return stranger
        }
        let one = try TestClient(port: route.server.port)
        #expect(try one.request("GET", "/_status", Self.basic).status == 200)
        #expect(try strangers[0].closesSilently())
        // Who proved an account stays.
        for _ in 0..<6 { #expect(try TestClient(port: route.server.port).request("GET", "/_health/ready").status == 200) }
        #expect(try one.request("GET", "/_status", Self.basic).status == 200)
    }

    @Test func aFullServerStillAnswersWhoWatchesOverIt() throws {
        let route = try Self.server {
            $0.connections = 2
            $0.connectionsOfClient = 1
        }
        let stranger = try TestClient(port: route.server.port)
        #expect(try stranger.request("GET", "/_health/live").status == 200)
        for route in [("/_health/live", route), ("/_health/ready", route)] {
            #expect(try TestClient(port: route.1.server.port).request("GET", route.0).status == 200)
        }
        #expect(try TestClient(port: route.server.port).request("GET", "/_status", Self.basic).status == 200)
        #expect(try TestClient(port: route.server.port).request("GET", "/_status").status == 503)
        let guess = ["Authorization": "Basic " + Base64.encode(Array("admin:guess".utf8))]
        #expect(try TestClient(port: route.server.port).request("GET", "/_status", guess).status == 401)
        let account = #"{"name": "ada", "password": "p", "permissions": [{"read": true}]}"#
        let made = ["Content-Type": "application/json"].merging(Self.basic) { a, _ in a }
        #expect(try TestClient(port: route.server.port).request("POST", "/_admin/users", made, body: account).status == 201)
        let ada = ["Authorization": "Basic " + Base64.encode(Array("ada:p".utf8))]
        #expect(try TestClient(port: route.server.port).request("GET", "/_status", ada).status == 503)
    }

    @Test func whereARequestComesFromIsOnlyBelievedOfATrustedProxy() throws {
        func origin(_ fields: String, from peer: String, trusting proxies: [String]) throws -> String? {
            var request = HTTPRequest()
            request.head.append("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            try request.parseHead(limits: HTTPLimits())
            return TrustedProxies(proxies).origin(of: request, from: QueryClient(address: peer, port: 1))?.address
        }
        let forged = "X-Forwarded-For: 6.6.6.6, 7.7.7.7\r\n"
        #expect(try origin(forged, from: "10.0.0.1", trusting: []) == "10.0.0.1")
        #expect(try origin(forged, from: "10.0.0.1", trusting: ["10.0.0.1"]) == "7.7.7.7")
        #expect(try origin(forged, from: "::ffff:10.0.0.1", trusting: ["10.0.0.1", "7.7.7.7"]) == "6.6.6.6")
        #expect(
            try origin("Forwarded: for=1.1.1.1, for=\"[2001:db8::1]:80\";proto=http\r\n", from: "::1", trusting: ["::1"]) == "2001:db8::1")
        #expect(try origin("", from: "::1", trusting: ["::1"]) == "::1")
    }

    @Test func wrongGuessesOfOneAddressAreAnsweredOneAfterTheOther() {
        let shares = ClientShares(HTTPConfiguration())
        let now = MonotonicTime.now
        let (one, other) = (QueryClient(address: "1.1.1.1", port: 1), QueryClient(address: "2.2.2.2", port: 1))
        let times = (0..<100).map { _ in shares.answerTime(of: one, after: now, heldBack: .seconds(1)) - now }
        #expect(times[0] == .seconds(1) && times[20] == .seconds(2) && times[99] > .seconds(5))
        #expect(shares.answerTime(of: other, after: now, heldBack: .seconds(1)) - now == .seconds(1))
    }
}
