import Ground
import ReQLish
import Testing

@testable import httpd

/// The driver port on real sockets.
@Suite struct DriverServerTests {
    static func serve(_ change: (inout HTTPConfiguration) -> Void = { _ in }) throws -> (server: HTTPServer, pando: Pando) {
        let pando = try Pando.inMemory()
        try pando.start(try TermTree(text: "r.dbCreate('test')")).close()
        try pando.start(try TermTree(text: "r.tableCreate('t')")).close()
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        configuration.port = 0
        configuration.driverPort = 0
        configuration.workers = 2
        change(&configuration)
        let server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
        return (server, pando)
    }

    /// Counts the negative ones of 10^15 numbers.
    static let endless = "[1,[43,[[39,[[173,[1e15]],[69,[[2,[1]],[19,[[10,[1]],0]]]]]]]]]"

    @Test func connectQueryAndClose() throws {
        let (server, _) = try Self.serve()
        defer { server.stop() }
        #expect(server.driverURLs == ["rethinkdb://127.0.0.1:\(server.driverPort)"])
        let client = try DriverClient(server)
        #expect(try client.ask(1, "[1,[24,[1,2]]]") == #"{"t":1,"r":[3]}"#)
        #expect(try client.ask(2, #"[1,[56,[[15,["t"]],{"id":1,"a":"é"}]]]"#).contains(#""inserted":1"#))
        #expect(try client.ask(3, #"[1,[16,[[15,["t"]],1]],{"db":[14,["test"]]}]"#) == #"{"t":1,"r":[{"a":"é","id":1}]}"#)
        #expect(try client.ask(3, #"[1,[16,[[15,["t"]],2]]]"#) == #"{"t":1,"r":[null]}"#)
        client.close()
        // HTTP on its own port knows nothing of it, and the driver's port nothing of HTTP.
        #expect(try TestClient(port: server.port).request("GET", "/_health/live").status == 200)
        let stray = try TestClient(port: server.driverPort)
        try stray.send("GET / HTTP/1.1\r\n\r\n")
        #expect(try stray.take(7) == Array("ERROR: ".utf8))
    }

    @Test func manyClientsAtOnceReadALongTable() throws {
        let (server, _) = try Self.serve()
        defer { server.stop() }
        let first = try DriverClient(server)
        let insert =
            #"[1,[56,[[15,["t"]],[38,[[173,[3000]],[69,[[2,[1]],{"id":[10,[1]],"text":"\#(String(repeating: "x", count: 300))"}]]]]]]]"#
        #expect(try first.ask(1, insert).contains(#""inserted":3000"#))
        let clients = try (0..<8).map { _ in try DriverClient(server) }
        for client in clients { try client.send(5, #"[1,[15,["t"]]]"#) }
        for client in clients {
            var batches = 0
            var rows = 0
            while true {
                let response = try client.receive(5)
                batches += 1
                rows += response.split(separator: "},{", omittingEmptySubsequences: false).count
                if response.hasPrefix(#"{"t":2"#) { break }
                try client.send(5, "[2]")
            }
            #expect(batches > 1)
            #expect(rows == 3000)
        }
    }

    @Test func aLongQueryHoldsNobodyUp() throws {
        let (server, _) = try Self.serve()
        defer { server.stop() }
        let client = try DriverClient(server)
        try client.send(1, Self.endless)
        #expect(try client.ask(2, "[1,7]") == #"{"t":1,"r":[7]}"#)
        try client.send(1, "[3]")
        #expect(try client.receive(1) == #"{"t":2,"r":[],"n":[]}"#)
        #expect(try client.receive(1) == #"{"t":2,"r":[],"n":[]}"#)
    }

    @Test func whoGoesAwayStopsItsQueries() throws {
        // One worker: the second client is served only once the first one's query has ended.
        let (server, _) = try Self.serve { ($0.workers, $0.extraWorkers) = (1, 0) }
        defer { server.stop() }
        let gone = try DriverClient(server)
        try gone.send(1, Self.endless)
        gone.close()
        let client = try DriverClient(server)
        #expect(try client.ask(1, "[1,[24,[1,2]]]") == #"{"t":1,"r":[3]}"#)
    }

    @Test func aDeepQueryIsNoTrap() throws {
        let (server, _) = try Self.serve()
        defer { server.stop() }
        let client = try DriverClient(server)
        for depth in [900, 5_000, 100_000] {
            let query = "[1," + String(repeating: "[24,[1,", count: depth) + "1" + String(repeating: "]]", count: depth) + "]"
            let response = try client.ask(1, query)
            #expect(response == (depth == 900 ? #"{"t":1,"r":[901]}"# : response))
            if depth > 1_000 { #expect(response.hasPrefix(#"{"t":16"#) || response.hasPrefix(#"{"t":17"#), "\(response.prefix(200))") }
        }
    }

    @Test func tooManyConnectionsAreTold() throws {
        let (server, _) = try Self.serve { $0.connections = 1 }
        defer { server.stop() }
        let client = try DriverClient(server)
        let second = try TestClient(port: server.driverPort)
        #expect(try second.take(7) == Array("ERROR: ".utf8))
        #expect(try client.ask(1, "[1,1]") == #"{"t":1,"r":[1]}"#)
    }

    @Test func stoppingEndsConnections() throws {
        let (server, _) = try Self.serve()
        let client = try DriverClient(server)
        #expect(try client.ask(1, "[1,1]") == #"{"t":1,"r":[1]}"#)
        server.stop()
        #expect(try client.isAtEnd())
        #expect(server.driverPort == 0)
    }
}

/// A driver that speaks V1_0, one message after the other.
final class DriverClient {
    private let client: TestClient
    /// The server's last word in the handshake.
    private(set) var verdict = Datum.null

    /// - Parameter isWelcome: Whether the handshake must succeed.
    init(_ server: HTTPServer, user: String = "admin", password: String = "", isWelcome: Bool = true) throws {
        client = try TestClient(port: server.driverPort)
        try client.send(HandshakeTests.magicV1)
        #expect(try line() == HandshakeTests.versions.dropLast())
        let bare = "n=\(user),r=CLIENT"
        try client.send(#"{"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":"n,,\#(bare)"}"# + "\0")
        let first = try #require(try Datum(json: line())[field: "authentication"]?.string)
        let parts = first.split(separator: ",").map { String($0.dropFirst(2)) }
        let salt = try #require(Base64.decode(parts[1]))
        let credential = Credential(password: password, salt: salt, iterations: try #require(Int(parts[2])))
        let (proof, signature) = HandshakeTests.proof(password, credential, "\(bare),\(first),c=biws,r=\(parts[0])")
        try client.send(#"{"authentication":"c=biws,r=\#(parts[0]),p=\#(Base64.encode(proof))"}"# + "\0")
        verdict = try Datum(json: line())
        guard isWelcome else { return }
        #expect(verdict[field: "authentication"]?.string == "v=" + Base64.encode(signature))
    }

    private func line() throws -> String {
        var bytes: [UInt8] = []
        while let byte = try client.take(1)?.first, byte != 0 { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func send(_ token: UInt64, _ message: String) throws {
        try client.send(DriverHarness.frame(token, message))
    }

    func receive(_ token: UInt64, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let response = try receiveAny(sourceLocation: sourceLocation)
        #expect(response.token == token, sourceLocation: sourceLocation)
        return response.text
    }

    /// The next response, whichever it is.
    func receiveAny(sourceLocation: SourceLocation = #_sourceLocation) throws -> (token: UInt64, text: String) {
        try #require(try next(), sourceLocation: sourceLocation)
    }

    /// The next response; nil if the connection ends before it.
    func next() throws -> (token: UInt64, text: String)? {
        guard let header = try client.take(12) else { return nil }
        let token = (0..<8).reduce(UInt64(0)) { $0 | UInt64(header[$1]) << UInt64(8 * $1) }
        let length = (0..<4).reduce(0) { $0 | Int(header[8 + $1]) << (8 * $1) }
        return try client.take(length).map { (token, String(decoding: $0, as: UTF8.self)) }
    }

    func ask(_ token: UInt64, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try send(token, message)
        return try receive(token, sourceLocation: sourceLocation)
    }

    func isAtEnd() throws -> Bool { try client.closesSilently() }

    func close() { client.close() }
}

extension QueryResult {
    fileprivate func close() {
        if case .sequence(let cursor) = self { cursor.close() }
    }
}
