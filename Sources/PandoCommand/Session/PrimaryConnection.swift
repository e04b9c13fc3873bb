import Ground
import httpd

/// Requests of a standby to its primary, one after the other over one connection.
final class PrimaryConnection {
    private let connection: ServerConnection
    private let address: ServerAddress
    private let token: String
    private var answer = HTTPAnswer()

    /// What a server answers that can't be helped by asking again at once.
    struct Refusal: Error, CustomStringConvertible {
        let status: Int
        let description: String
    }

    /// - Parameter token: of `admin`; empty: none is needed.
    init(_ address: ServerAddress, token: String, _ stopper: Stopper) throws {
        self.address = address
        self.token = token
        connection = try ServerConnection(address, stopper, patience: Self.patience)
        // A slow primary is waited for, one whose machine is gone without a word is not: it may be another one that answers next.
        connection.wait(atMost: nil)
        connection.watch()
    }

    /// How long a primary may take to let somebody in: whoever promotes the standby meanwhile waits for no longer than a moment.
    private static let patience = Duration.seconds(10)

    /// Asks, and returns when the head of the answer has come.
    ///
    /// - Parameter type: of the body.
    func ask(_ method: String, _ path: String, body: [UInt8] = [], type: String = "application/octet-stream") throws {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(address.name)", "User-Agent: pando/\(HTTPServer.version)"]
        if !token.isEmpty { lines.append("Authorization: Bearer \(token)") }
        if method != "GET" { lines += ["Content-Type: \(type)", "Content-Length: \(body.count)"] }
        try connection.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
        answer = HTTPAnswer()
        while answer.head == nil {
            if let piece = try answer.next() { pending = Array(piece) }
            if answer.head == nil { try receive() }
        }
        guard let head = answer.head, head.status >= 300 else { return }
        let detail = try? answered()[field: "detail"]?.string
        throw Refusal(status: head.status, description: detail ?? "The server answers \(head.status).")
    }

    /// The rest of the answer, as JSON.
    func answered() throws -> Datum {
        var body: [UInt8] = []
        while let piece = try next() { body += piece }
        return try Datum(json: body.span)
    }

    /// Whether the server's file is encrypted, as its answer says; what it sends of it is not.
    var isFileEncrypted: Bool { says("encrypted") }
    /// Whether there is more than what it answers.
    var hasMore: Bool { says("more") }

    /// How long it need not be asked again, in seconds, if there is no more.
    var pause: Double { min(1, Double(summary?[field: "pause"]?.integer ?? 0) / 1000) }

    private func says(_ field: String) -> Bool { summary?[field: field] == true }

    private var summary: Datum? { answer.head?.fields["pando-summary"].flatMap { try? Datum(json: $0) } }

    private var pending: [UInt8]?

    /// The next piece of the body; nil at its end.
    func next() throws -> [UInt8]? {
        if let piece = pending {
            pending = nil
            return piece
        }
        while true {
            if let piece = try answer.next() { return Array(piece) }
            if answer.isFinished { return nil }
            try receive()
        }
    }

    private func receive() throws {
        if let bytes = try connection.receive() { answer.append(bytes) } else { try answer.end() }
    }
}
