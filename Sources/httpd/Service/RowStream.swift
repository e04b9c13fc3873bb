import Ground
import ReQLish

/// The rows of a query on their way to a client, a batch at a time.
///
/// When a row fails after others are out, the status is out too. Then NDJSON gets one last line `{"error": {…}}` with the problem, a stream
/// of events an event `error`, JSON simply stops; and in all of them the body is cut off without its end, so that no client takes it
/// for whole.
final class RowStream: ResponseStream, Sendable {
    private let cursor: ResultCursor
    private let type: MediaType
    private let batchBytes: Int
    /// The account that asked the query.
    private let login: Login

    init(_ cursor: ResultCursor, as type: MediaType, batchBytes: Int, _ login: Login) {
        self.login = login
        self.cursor = cursor
        self.type = type
        self.batchBytes = batchBytes
    }

    /// Writes rows until the batch is full, or a feed has none now. The first row of a JSON array must have been told apart by the caller.
    func write(into part: inout ByteBuffer, isFirst: Bool) throws(ReQLError) -> StreamStep {
        var isFirst = isFirst
        while part.count < batchBytes {
            switch try cursor.poll() {
            case .row(let row):
                switch type {
                case .json where !isFirst: part.append(UInt8(ascii: ","))
                case .events:
                    if cursor.isFeed, let point = row[field: "commit"]?.string.flatMap({ CommitPoint($0) }) {
                        part.append("id: \(point)\n")
                    }
                    part.append("data: ")
                default: break
                }
                row.writeJSON(into: &part)
                switch type {
                case .rows: part.append(UInt8.lineFeed)
                case .events: part.append("\n\n")
                default: break
                }
            case .nothing(let time): return .wait(until: time.map { MonotonicTime($0) })
            case .end:
                if type == .json { part.append("]}\n") }
                return .end
            }
            isFirst = false
        }
        return .more
    }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        let start = part.count
        do {
            let step = try write(into: &part, isFirst: false)
            try login.check()
            return step
        } catch {
            // What the account was allowed may have ended while changes were collected, and then some are of the time after.
            if error.kind == .permission { part.truncate(to: start) }
            if type == .rows || type == .events {
                let problem = Problem(error).datum
                let line: Datum = type == .rows ? ["error": problem] : problem
                part.append(type == .events ? "event: error\ndata: " : "")
                line.writeJSON(into: &part)
                part.append(type == .events ? "\n\n" : "\n")
            }
            return .cut
        }
    }

    var isLive: Bool { cursor.isFeed }

    func whenReady(_ body: @escaping @Sendable () -> Void) { cursor.whenReady(body) }

    /// A comment, or an empty line, which clients pass over.
    var heartbeat: StaticString? {
        switch type {
        case .events: ":\n\n"
        case .rows: "\n"
        default: nil
        }
    }

    func close() { cursor.close() }
}
