public import Catalog
import Synchronization

/// The rows of a query, pulled as they are wanted. Nothing is read ahead.
///
/// Holds the state that the query reads until the last row was read, an error was thrown, or it is closed or let go. It may go
/// from thread to thread and be called by several; calls wait for one another.
public final class ResultCursor: Sendable {
    /// What the query's root is, as `typeOf` names it.
    public let typeName: String
    private let state: Mutex<State>
    private let cancellation: Cancellation
    private let pool: WorkerPool?

    /// A stream and its execution belong to one cursor only, and its lock is around every use of them.
    private struct State: @unchecked Sendable {
        var stream: RowStream?
        /// A row function may write (`merge(x => table.insert(…))`), so the end of the rows is the end of the query's writes.
        let writer: Writer
        var failure: ReQLError?

        func finish() throws(ReQLError) {
            do { try writer.finish() } catch { throw ReQLError(error) }
        }

        mutating func pull() -> Result<Datum?, ReQLError> {
            if let failure { return .failure(failure) }
            guard let stream else { return .success(nil) }
            do {
                let row = try stream.next()
                if row == nil {
                    self.stream = nil
                    try finish()
                }
                return .success(row)
            } catch {
                self.stream = nil
                failure = error
                return .failure(error)
            }
        }
    }

    /// - Parameter pool: Where rows are made, if the query is too deep for the stack of any thread.
    init(_ stream: RowStream, _ writer: Writer, typeName: String, cancellation: Cancellation, pool: WorkerPool?) {
        self.typeName = typeName
        self.cancellation = cancellation
        self.pool = pool
        state = Mutex(State(stream: stream, writer: writer))
    }

    /// The next row; nil after the last one and after ``close()``. After an error every call throws it again.
    ///
    /// Errors of a row are thrown when that row is reached; the rows before it have been delivered.
    public func next() throws(ReQLError) -> Datum? {
        guard let pool else { return try pull() }
        return try pool.runAndWait { Result { () throws(ReQLError) in try self.pull() } }.get()
    }

    /// Up to `maxRows` rows, and fewer once they come to about `maxBytes` of JSON. Empty at the end.
    ///
    /// If a row fails after others were read, those are answered, and the next call throws.
    public func nextBatch(maxRows: Int, maxBytes: Int = .max) throws(ReQLError) -> [Datum] {
        guard let pool else { return try pullBatch(maxRows, maxBytes) }
        return try pool.runAndWait { Result { () throws(ReQLError) in try self.pullBatch(maxRows, maxBytes) } }.get()
    }

    /// Writes the next row as JSON; false if there was none.
    public func writeNextRow(into buffer: inout ByteBuffer) throws(ReQLError) -> Bool {
        guard let row = try next() else { return false }
        row.writeJSON(into: &buffer)
        return true
    }

    /// Lets go of the state that the query reads. May be called again, and from any thread; a call that is running finishes first.
    public func close() {
        cancellation.cancel()
        state.withLock { state in
            guard state.stream != nil else { return }
            state.stream = nil
            // Nobody is left to hear of it; the store itself refuses writes after a failed sync.
            try? state.finish()
        }
    }

    private func pull() throws(ReQLError) -> Datum? {
        let result = state.withLock { state in state.pull() }
        return try result.get()
    }

    private func pullBatch(_ maxRows: Int, _ maxBytes: Int) throws(ReQLError) -> [Datum] {
        let result = state.withLock { state -> Result<[Datum], ReQLError> in
            var rows: [Datum] = []
            var byteCount = 0
            while rows.count < maxRows, byteCount < maxBytes {
                switch state.pull() {
                case .success(let row?):
                    rows.append(row)
                    if maxBytes != .max { byteCount += row.approximateJSONByteCount }
                case .success(nil): return .success(rows)
                case .failure(let error): return rows.isEmpty ? .failure(error) : .success(rows)
                }
            }
            return .success(rows)
        }
        return try result.get()
    }
}
