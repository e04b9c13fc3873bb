import Ground
import ReQLish
import Synchronization

/// The server's log: JSON, a line for each thing. What happens (the lines of the table `logs`), and, if they are wanted, requests.
///
/// What is the file's (names, texts of queries and how they were answered, targets) is put through one function here, ``shown(_:)``: of an
/// encrypted file a digest stands in its place.
final class ServerLog: Sendable {
    private let file: LogFile
    let hasRequests: Bool
    private let digest: (@Sendable (String) -> String)?
    private let last = Atomic<UInt64>(0)
    /// What ids of requests begin with, so that those of two runs differ.
    private let seed = String(UInt64.random(in: .min ... .max), radix: 16)

    /// - Parameter digest: makes what stands for what is the file's; nil: it is shown as it is.
    init(_ file: LogFile, hasRequests: Bool, digest: (@Sendable (String) -> String)? = nil) {
        self.file = file
        self.hasRequests = hasRequests
        self.digest = digest
    }

    private func shown(_ text: String) -> String { digest?(text) ?? text }

    func reopen() throws(ServerError) { try file.reopen() }

    /// Something that happened.
    func add(_ entry: ServerState.LogEntry) {
        var fields: [(String, Datum)] = [
            ("level", Datum(entry.level)), ("event", "message"), ("message", Datum(entry.text.written(shown))),
        ]
        if let plan = entry.planText { fields.append(("plan", Datum(plan.written(shown)))) }
        write(fields)
    }

    /// The id of a request: the one that it brought along, if it could be one, or a new one.
    func identifier(of request: borrowing HTTPRequest) -> String {
        if let field = request.field("x-request-id"), (1...128).contains(field.count) {
            let text = request.text(field)
            if text.utf8.allSatisfy(\.isTokenCharacter) { return text }
        }
        return "\(seed)-\(last.add(1, ordering: .relaxed).newValue)"
    }

    /// A request that was answered, or whose answer has begun to stream.
    func add(
        _ request: borrowing HTTPRequest, _ id: String, _ status: HTTPStatus, bytes: Int, user: String?, client: QueryClient?,
        seconds: Double
    ) {
        var fields: [(String, Datum)] = [("level", "info"), ("event", "request"), ("request_id", Datum(id))]
        if let trace = request.trace { fields += [("trace_id", Datum(trace.id)), ("parent_id", Datum(trace.parent))] }
        if let client { fields.append(("client", Datum(client.address))) }
        if let user { fields.append(("user", Datum(shown(user)))) }
        fields += [
            ("method", Datum(request.method.rawValue)), ("target", Datum(shown(request.target))), ("status", Datum(status.code)),
            ("bytes", Datum(bytes)), ("seconds", Datum(seconds)),
        ]
        write(fields)
    }

    private func write(_ fields: [(String, Datum)]) {
        var line = ByteBuffer()
        Datum(fields: [("time", Datum(CalendarTime(secondsSince1970: Int(SystemFacts.secondsSince1970)).text()))] + fields).writeJSON(
            into: &line)
        line.append(UInt8.lineFeed)
        file.append(line)
    }
}

extension HTTPRequest {
    /// The path and the query as they came, without host and account.
    fileprivate var target: String { path.isEmpty ? "*" : text(path.lowerBound..<(query?.upperBound ?? path.upperBound)) }

    /// W3C's `traceparent`: the trace that the request is part of, and the step that it came from.
    fileprivate var trace: (id: String, parent: String)? {
        guard let field = field("traceparent") else { return nil }
        let parts = text(field).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, parts[0].count == 2, parts[0] != "ff", parts[1].count == 32, parts[2].count == 16,
            (parts[1] + parts[2]).utf8.allSatisfy({ $0.hexadecimalValue != nil }), parts[1].contains(where: { $0 != "0" })
        else { return nil }
        return (parts[1].lowercased(), parts[2].lowercased())
    }
}
