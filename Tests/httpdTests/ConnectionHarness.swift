import ReQLish

@testable import httpd

/// Drives an ``HTTPConnection`` as a loop would, with a clock moved by hand and a handler in the test: no socket, no thread.
final class ConnectionHarness {
    var connection: HTTPConnection
    var now: ContinuousClock.Instant
    /// What the client has got so far.
    var sent: [UInt8] = []
    var requests: [Seen] = []
    var violations: [HTTPViolation] = []
    var events: [HTTPEvent] = []
    /// The client takes what the server sends.
    var reads = true
    /// The answer to a request; by default its method, path and body.
    var answer: (Seen) -> (status: Int, body: String) = { (200, "\($0.method) \($0.path) \($0.body)") }
    /// Heads that are refused with 404.
    var refuses: (Seen) -> Bool = { _ in false }
    private var refused = false

    struct Seen: Equatable {
        var method: String
        var path: String
        var query: String?
        var body: String
    }

    init(limits: HTTPLimits = HTTPLimits()) {
        now = ContinuousClock.now
        connection = HTTPConnection(limits: limits, now: now)
    }

    var text: String { String(decoding: sent, as: UTF8.self) }
    var wantsInput: Bool { connection.wantsInput }
    var deadline: ContinuousClock.Instant? { connection.deadline }
    var isStreaming: Bool { connection.isStreaming }
    func next() -> HTTPEvent? { connection.next(at: now) }
    var isClosed: Bool { connection.phase == .closed }
    var statuses: [Int] {
        text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }

    func receive(_ text: String) { receive(Array(text.utf8)) }

    func receive(_ bytes: [UInt8]) {
        connection.receive(bytes.span, at: now)
        turn()
    }

    /// Each byte as a packet of its own.
    func receiveByteByByte(_ text: String) {
        for byte in Array(text.utf8) { receive([byte]) }
    }

    func end() {
        connection.receiveEnd(at: now)
        turn()
    }

    func advance(_ duration: Duration) {
        now += duration
        turn()
    }

    func turn() {
        while true {
            if reads, !connection.output.isEmpty {
                var all = connection.output.staged
                all.removeFirst(connection.output.stagedSent)
                var large = connection.output.large
                large.removeFirst(connection.output.largeSent)
                all.append(large)
                sent += all.bytes
                connection.sent(all.count, at: now)
            }
            guard let event = connection.next(at: now) else { return }
            events.append(event)
            switch event {
            case .head:
                if refuses(seen()) {
                    if connection.admitDiscardingBody(at: now) { refused = true } else { respond(404, "no") }
                } else {
                    connection.admit(at: now)
                }
            case .request:
                let request = seen()
                requests.append(request)
                if refused {
                    refused = false
                    respond(404, "no")
                } else {
                    let (status, body) = answer(request)
                    respond(status, body)
                }
            case .violation(let violation):
                violations.append(violation)
                respond(violation.status.code, violation.detail)
            case .shutDownWriting: break
            case .close: return
            }
        }
    }

    private func seen() -> Seen {
        let request = connection.request
        return Seen(
            method: request.method.rawValue, path: request.text(request.path), query: request.query.map { request.text($0) },
            body: request.body.string)
    }

    func respond(_ status: Int, _ body: String) {
        var response = HTTPResponse()
        response.status = HTTPStatus(status)
        response.addTrusted("Content-Type", "text/plain")
        response.body.append(body)
        connection.respond(&response, date: "Date: now\r\n", at: now)
    }
}

extension String {
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
