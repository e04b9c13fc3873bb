import ReQLish

/// The rows of a query on their way to a client, a batch at a time.
///
/// When a row fails after others are out, the status is out too. Then NDJSON gets one last line `{"error": {…}}` with the problem, JSON simply
/// stops; and in both the body is cut off without its end, so that no client takes it for whole.
final class RowStream: ResponseStream, Sendable {
    private let cursor: ResultCursor
    private let type: MediaType
    private let batchBytes: Int

    init(_ cursor: ResultCursor, as type: MediaType, batchBytes: Int) {
        self.cursor = cursor
        self.type = type
        self.batchBytes = batchBytes
    }

    /// Writes rows until the batch is full. The first row of a JSON array must have been told apart by the caller.
    /// - Returns: whether there may be more.
    func write(into part: inout ByteBuffer, isFirst: Bool) throws(ReQLError) -> Bool {
        var isFirst = isFirst
        while part.count < batchBytes {
            let start = part.count
            if type == .json, !isFirst { part.append(UInt8(ascii: ",")) }
            guard try cursor.writeNextRow(into: &part) else {
                part.truncate(to: start)
                if type == .json { part.append("]}\n") }
                return false
            }
            if type == .rows { part.append(UInt8.lineFeed) }
            isFirst = false
        }
        return true
    }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        do {
            return try write(into: &part, isFirst: false) ? .more : .end
        } catch {
            if type == .rows {
                let line: Datum = ["error": Problem(error).datum]
                line.writeJSON(into: &part)
                part.append(UInt8.lineFeed)
            }
            return .cut
        }
    }

    func close() { cursor.close() }
}
