import Ground
import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// A trusted proxy says where a connection comes from before its first byte, on every port.
@Suite struct ProxyTests {
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    private static func binary(_ command: UInt8, _ family: UInt8, _ addresses: [UInt8]) -> [UInt8] {
        signature + [command, family, UInt8(addresses.count >> 8), UInt8(addresses.count & 255)] + addresses
    }

    private static let v4 = binary(0x21, 0x11, [10, 1, 2, 3, 127, 0, 0, 1, 0x12, 0x34, 0, 80])
    private static let v6 = binary(
        0x21, 0x21, [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [7] + Array(repeating: 0, count: 16) + [0, 9, 0, 80])

    @Test func headersOfBothVersionsAreRead() {
        func client(_ bytes: [UInt8]) -> QueryClient?? {
            guard case .complete(let client, let count) = ProxyHeader(bytes + [1, 2, 3]), count == bytes.count else { return nil }
            return .some(client)
        }
        #expect(client(Array("PROXY TCP4 10.1.2.3 127.0.0.1 4660 80\r\n".utf8)) == QueryClient(address: "10.1.2.3", port: 4660))
        #expect(client(Array("PROXY TCP6 2001:DB8::7 ::1 9 80\r\n".utf8)) == QueryClient(address: "2001:db8::7", port: 9))
        #expect(client(Array("PROXY UNKNOWN whatever\r\n".utf8)) == .some(nil))
        #expect(client(Self.v4) == QueryClient(address: "10.1.2.3", port: 0x1234))
        #expect(client(Self.v6) == QueryClient(address: "2001:db8:0:0:0:0:0:7", port: 9))
        let mapped = Array(repeating: UInt8(0), count: 10) + [255, 255, 9, 8, 7, 6] + Array(repeating: 0, count: 20)
        #expect(client(Self.binary(0x21, 0x21, mapped)) == QueryClient(address: "9.8.7.6", port: 0))
        #expect(client(Self.binary(0x20, 0, [])) == .some(nil))
        let extended: [UInt8] = [10, 1, 2, 3, 127, 0, 0, 1, 0, 1, 0, 80, 4, 0, 1, 9]
        #expect(client(Self.binary(0x21, 0x11, extended)) == QueryClient(address: "10.1.2.3", port: 1))
    }

    @Test func whatIsCutWaitsAndWhatIsWrongIsRefused() {
        for header in [Self.v4, Self.v6, Array("PROXY TCP4 10.1.2.3 127.0.0.1 4660 80\r\n".utf8)] {
            for count in 0..<header.count { #expect(ProxyHeader(Array(header.prefix(count))) == .needsMore) }
        }
        for wrong in [
            "GET / HTTP/1.1\r\n", "PROXY TCP4 10.1.2 127.0.0.1 1 2\r\n", "PROXY TCP4 10.1.2.256 127.0.0.1 1 2\r\n",
            "PROXY TCP4 10.1.2.3 127.0.0.1 1 70000\r\n", "PROXY TCP4 10.1.2.3  1 2\r\n", "PROXY TCP9 ::1 ::1 1 2\r\n",
            "PROXY TCP6 10.1.2.3 ::1 1 2\r\n", "PROXY TCP4 10.1.2.3 127.0.0.1 1 2\n", "proxy TCP4 10.1.2.3 127.0.0.1 1 2\r\n",
            "PROXY " + String(repeating: "x", count: 120),
        ] { #expect(ProxyHeader(Array(wrong.utf8)) == .invalid, "\(wrong)") }
        let long = Self.signature + [0x21, 0x11, 0xFF, 0xFF]
        for wrong in [Self.binary(0x31, 0x11, []), Self.binary(0x22, 0x11, []), Self.binary(0x21, 0x11, [1]), long] {
            #expect(ProxyHeader(wrong) == .invalid)
        }
    }

    /// At random, nothing traps.
    @Test func damagedHeadersTrapNothing() {
        var random = SeededGenerator(seed: 23)
        for _ in 0..<20_000 {
            var header = [Self.v4, Self.v6, Array("PROXY TCP4 10.1.2.3 127.0.0.1 4660 80\r\n".utf8)].randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                header[Int.random(in: 0..<header.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if case .complete(_, let count) = ProxyHeader(header) { #expect(count <= header.count) }
        }
    }

    private static func fixture(proxies: [String] = ["127.0.0.1"]) throws -> RouteFixture {
        try RouteFixture(database: false) {
            $0.trustedProxies = proxies
            $0.usesProxyProtocol = true
            $0.addresses = ["127.0.0.1"]
            ($0.driverPort, $0.postgresPort) = (0, 0)
            $0.connections = 8
            $0.connectionsOfClient = 1
        }
    }

    @Test func everyPortTakesThem() throws {
        let route = try Self.fixture()
        for header in [Self.v4, Array("PROXY TCP4 10.1.2.3 127.0.0.1 4660 80\r\n".utf8)] {
            let client = try TestClient(port: route.server.port)
            // In two pieces, the second with the request.
            try client.send(Array(header.prefix(5)))
            try client.send(Array(header.dropFirst(5)) + Array("GET /_health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            #expect(try client.receive().status == 200)
        }
        let driver = try TestClient(port: route.server.driverPort)
        try driver.send(Self.v6 + [0x20, 0x2D, 0x0C, 0x40, 0, 0, 0, 0, 0xC7, 0x70, 0x69, 0x7E])
        #expect(try driver.take(through: "\0") == "SUCCESS\0")
        let postgres = try PostgresTestClient(port: route.server.postgresPort)
        try postgres.client.send(Self.v6)
        try postgres.start(user: "admin", [("database", "postgres")])
        #expect(try postgres.answers().contains { if case .readyForQuery = $0 { true } else { false } })
    }

    @Test func theShareIsThatOfTheAddressThatIsNamed() throws {
        let route = try Self.fixture()
        func ask(_ address: String) throws -> (TestClient, Int) {
            let client = try TestClient(port: route.server.port)
            try client.send("PROXY TCP4 \(address) 127.0.0.1 4660 80\r\nGET /_health/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return (client, try client.receive().status)
        }
        let first = try ask("10.0.0.1")
        #expect(first.1 == 404)
        #expect(try ask("10.0.0.1").1 == 503)
        #expect(try ask("10.0.0.2").1 == 404)
        withExtendedLifetime(first) {}
    }

    @Test func withoutAHeaderTheConnectionIsCut() throws {
        let route = try Self.fixture()
        let client = try TestClient(port: route.server.port)
        try client.send("GET /_health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try client.closesSilently())
        // Who is no proxy has nothing to say of where he is.
        let open = try Self.fixture(proxies: ["10.9.9.9"])
        #expect(try open.client.request("GET", "/_health/live").status == 200)
        let liar = try TestClient(port: open.server.port)
        try liar.send("PROXY TCP4 10.0.0.1 127.0.0.1 1 2\r\nGET /_health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try liar.receive().status == 400)
    }
}
