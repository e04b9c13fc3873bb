import Ground
import ReQLish

@testable import httpd

/// Drives an ``HTTPConnection`` as a loop would, with a clock moved by hand and a handler in the test: no socket, no thread.
final class ConnectionHarness {
    private var connection: HTTPConnection
    var channel: Channel
    /// The request that was taken last.
    private var request = HTTPRequest()
    let limits: HTTPLimits
    var now: MonotonicTime
    /// What the client has got so far.
    var sent: [UInt8] = []
    var requests: [Seen] = []
    var violations: [HTTPViolation] = []
    private(set) var hasShutDown = false
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
        now = MonotonicTime.now
        self.limits = limits
        connection = HTTPConnection(limits: limits, now: now)
        channel = Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime)
    }

    var text: String { String(decoding: sent, as: UTF8.self) }
    var wantsInput: Bool { connection.wantsInput }
    var deadline: MonotonicTime? { connection.deadline(channel) }
    var isStreaming: Bool { connection.isStreaming }
    func next() -> HTTPEvent? { connection.next(&channel, at: now) }
    var isClosed: Bool { channel.isClosed }
    var statuses: [Int] {
        text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }

    func receive(_ text: String) { receive(Array(text.utf8)) }

    func receive(_ bytes: [UInt8]) {
        if channel.isOpen { connection.receive(bytes.span, at: now) }
        turn()
    }

    /// Each byte as a packet of its own.
    func receiveByteByByte(_ text: String) {
        for byte in Array(text.utf8) { receive([byte]) }
    }

    func end() {
        channel.receiveEnd()
        turn()
    }

    func advance(_ duration: Duration) {
        now += duration
        turn()
    }

    func turn() {
        while true {
            if reads, !channel.output.isEmpty {
                var all = channel.output.staged
                all.removeFirst(channel.output.stagedSent)
                var large = channel.output.large
                large.removeFirst(channel.output.largeSent)
                all.append(large)
                sent += all.bytes
                channel.sent(all.count, at: now)
            }
            switch next() {
            case .head:
                connection.takeHead(&request)
                if refuses(seen()) {
                    if connection.admitDiscardingBody(&channel, at: now) { refused = true } else { respond(404, "no") }
                } else {
                    connection.admit(&channel, at: now)
                }
            case .request:
                connection.takeBody(&request.body)
                let seen = seen()
                requests.append(seen)
                if refused {
                    refused = false
                    respond(404, "no")
                } else {
                    let (status, body) = answer(seen)
                    respond(status, body)
                }
            case .bodyPart:
                connection.takeBody(&request.body)
                connection.goOnWithBody()
            case .violation(let violation):
                violations.append(violation)
                respond(violation.status.code, violation.detail)
            case nil:
                switch channel.next(at: now) {
                case .shutDownWriting: hasShutDown = true
                case .close: return
                case nil:
                    // As a loop does after each turn.
                    _ = channel.deadline(at: now)
                    return
                }
            }
        }
    }

    private func seen() -> Seen {
        Seen(
            method: request.method.rawValue, path: request.text(request.path), query: request.query.map { request.text($0) },
            body: request.body.string)
    }

    func respond(_ status: Int, _ body: String) {
        var response = HTTPResponse()
        response.status = HTTPStatus(status)
        response.addTrusted("Content-Type", "text/plain")
        response.body.append(body)
        connection.respond(&response, date: "Date: now\r\n", &channel, at: now)
        request.reset()
    }

    /// Bytes that come without a turn.
    func push(_ bytes: [UInt8]) { connection.receive(bytes.span, at: now) }

    func admit() {
        connection.takeHead(&request)
        connection.admit(&channel, at: now)
    }

    /// Up to a request that waits for its answer.
    func begin(_ text: String) {
        push(Array(text.utf8))
        precondition(next() == .head)
        admit()
        precondition(next() == .request)
        connection.takeBody(&request.body)
    }

    func stream(_ text: String, isFirst: Bool = false) {
        var response = HTTPResponse()
        response.body.append(text)
        if isFirst {
            connection.beginStream(&response, date: "Date: now\r\n", &channel, at: now)
        } else {
            connection.stream(&response.body, &channel)
        }
        turn()
    }

    func endStream() { connection.endStream(&channel, at: now) }
    func cutStream() { connection.cutStream(&channel, at: now) }
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
