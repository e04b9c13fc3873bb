public import Catalog
package import Ground
import Synchronization

/// The rows of a query, pulled as they are wanted. Nothing is read ahead.
///
/// Holds the state that the query reads until the last row was read, an error was thrown, or it is closed or let go. It may go
/// from thread to thread and be called by several; calls wait for one another.
///
/// The rows of a feed come in time. ``poll()`` says whether there is one, and ``whenReady(_:)`` when to look again; ``next()`` waits.
public final class ResultCursor: Sendable {
    /// What the query's root is, as `typeOf` names it.
    public let typeName: String
    private let state: Mutex<State>
    private let cancellation: Cancellation
    private let pool: WorkerPool?
    /// What kind of feed this is; empty if it is none.
    public let feedNotes: [FeedNote]
    /// The memory of the query.
    let memory: QueryMemory
    /// Where it is counted as long as rows are made.
    private let threads: ScanThreads
    private let signal: FeedSignal?
    private let isEndless: Bool
    private let isClosed = Atomic<Bool>(false)

    /// A stream and its execution belong to one cursor only, and its lock is around every use of them.
    private struct State: @unchecked Sendable {
        var stream: RowStream?
        /// A row function may write (`merge(x => table.insert(…))`), so the end of the rows is the end of the query's writes.
        let writer: Writer
        /// Set if the rows are those of feeds, which may come later.
        let feed: FeedWait?
        /// What the cursor itself takes, until it has no more rows.
        var held: HeldMemory?
        var failure: ReQLError?

        mutating func end() {
            stream = nil
            held = nil
        }

        func finish() throws(ReQLError) {
            do { try writer.finish() } catch { throw ReQLError(error) }
        }

        /// - Parameter isClosed: whether somebody has closed the cursor, who waits for this to finish.
        mutating func pull(_ isClosed: borrowing Atomic<Bool>) throws(ReQLError) -> Step {
            if let failure { throw failure }
            guard let stream else { return .end }
            feed?.look()
            do {
                switch try stream.next() {
                case .row(let row): return .row(row)
                case .nothing:
                    // Nothing of a state is needed until there is a change.
                    feed?.forgetSnapshot()
                    return .nothing(until: feed?.wakeTime)
                case .end:
                    end()
                    try finish()
                    return .end
                }
            } catch {
                end()
                // Closing stops what runs; that is no failure, but its end.
                if isClosed.load(ordering: .acquiring) { return .end }
                failure = error
                throw error
            }
        }
    }

    /// About what an open cursor takes beside its rows: its plan, its streams, and a part of an answer that waits for the client.
    static let byteCount = 96 << 10

    /// - Parameter pool: Where rows are made, if the query is too deep for the stack of any thread.
    init(
        _ stream: RowStream, _ writer: Writer, typeName: String, cancellation: Cancellation, pool: WorkerPool?, memory: QueryMemory,
        held: HeldMemory, threads: ScanThreads, feed: FeedWait? = nil
    ) {
        self.threads = threads
        self.memory = memory
        self.typeName = typeName
        self.cancellation = cancellation
        self.pool = pool
        feedNotes = feed?.notes ?? []
        signal = feed?.signal
        isEndless = feed?.isEndless ?? false
        // What a feed begins with its stream holds; nobody may ask for it for long.
        feed?.forgetSnapshot()
        state = Mutex(State(stream: stream, writer: writer, feed: feed, held: held))
        if let signal { cancellation.onCancel { signal.raise() } }
    }

    /// The next row; nil after the last one and after ``close()``. After an error every call throws it again. A feed is waited for.
    ///
    /// Errors of a row are thrown when that row is reached; the rows before it have been delivered.
    public func next() throws(ReQLError) -> Datum? {
        while true {
            switch try poll() {
            case .row(let row): return row
            case .end: return nil
            case .nothing(let time): waitUntilReady(or: time)
            }
        }
    }

    /// Throws for a feed that goes on until somebody closes it.
    func requireEnd() throws(ReQLError) {
        guard isEndless else { return }
        throw ReQLError(.queryLogic, "A feed has no end, so there is no array of all its rows: read it as a stream, or `limit` it.")
    }

    /// The next thing to come, as far as it is known now.
    public enum Step: Sendable {
        case row(Datum)
        /// A feed has nothing now: look again when it is ready (see ``whenReady(_:)``), or at this time if it is not ready before.
        case nothing(until: ContinuousClock.Instant?)
        case end
    }

    /// The next row if there is one now. Never waits for a feed; throws as ``next()``.
    public func poll() throws(ReQLError) -> Step {
        signal?.lower()
        guard let pool else { return try pull() }
        return try pool.runAndWait { Result { () throws(ReQLError) in try self.pull() } }.get()
    }

    /// The reason why ``pollRows(_:)`` has come to its end.
    public enum RowsStep: Sendable {
        /// `body` wanted no more; there may be more.
        case stopped
        /// As in ``Step``.
        case nothing(until: ContinuousClock.Instant?)
        case end
    }

    /// Gives `body` the rows that there are now, until it answers false: what many calls of ``poll()`` do, in less time. `body` must not
    /// use the cursor. A row that fails is thrown when those before it were given.
    public func pollRows(_ body: (Datum) -> Bool) throws(ReQLError) -> RowsStep {
        if pool != nil {
            while true {
                switch try poll() {
                case .row(let row): if !body(row) { return .stopped }
                case .nothing(let time): return .nothing(until: time)
                case .end: return .end
                }
            }
        }
        signal?.lower()
        threads.begin()
        defer { threads.end() }
        return try holding { (state) throws(ReQLError) in
            while true {
                switch try state.pull(isClosed) {
                case .row(let row): if !body(row) { return .stopped }
                case .nothing(let time): return .nothing(until: time)
                case .end: return .end
                }
            }
        }
    }

    /// Calls `body` once, on any thread, as soon as a feed may have something that the last ``poll()`` did not see: at once if it came
    /// in between. Calls that are quick and don't come back here only. One waits at a time: another call takes the place of the last.
    public func whenReady(_ body: @escaping @Sendable () -> Void) {
        if let signal { signal.whenRaised(body) } else { body() }
    }

    /// Whether rows come in time, as what a feed follows changes.
    public var isFeed: Bool { signal != nil }

    /// Returns when ``whenReady(_:)`` would call, or at `time`.
    func untilReady(or time: ContinuousClock.Instant?) async {
        let timer = time.map { time in
            Task { [signal] in
                try? await Task.sleep(until: time, clock: .continuous)
                signal?.raise()
            }
        }
        await withCheckedContinuation { continuation in
            whenReady { continuation.resume() }
        }
        timer?.cancel()
    }

    private func waitUntilReady(or time: ContinuousClock.Instant?) {
        let isReady = Monitored(false)
        whenReady { isReady.update { $0 = true } }
        isReady.wait(until: time) { $0 ? true : nil }
    }

    /// Up to `maxRows` rows, and fewer once they come to about `maxBytes` of JSON. Empty at the end. A feed is waited for until it has
    /// at least one.
    ///
    /// If a row fails after others were read, those are answered, and the next call throws.
    public func nextBatch(maxRows: Int, maxBytes: Int = .max) throws(ReQLError) -> [Datum] {
        while true {
            switch try pollBatch(maxRows: maxRows, maxBytes: maxBytes) {
            case .rows(let rows): return rows
            case .nothing(let time): waitUntilReady(or: time)
            }
        }
    }

    /// Rows, as far as there are some now.
    public enum BatchStep: Sendable {
        /// Empty at the end.
        case rows([Datum])
        /// As in ``Step``.
        case nothing(until: ContinuousClock.Instant?)
    }

    /// As ``nextBatch(maxRows:maxBytes:)``, and never waits for a feed.
    public func pollBatch(maxRows: Int, maxBytes: Int = .max) throws(ReQLError) -> BatchStep {
        signal?.lower()
        guard let pool else { return try pullBatch(maxRows, maxBytes) }
        return try pool.runAndWait { Result { () throws(ReQLError) in try self.pullBatch(maxRows, maxBytes) } }.get()
    }

    /// Writes the next row as JSON; false if there was none.
    package func writeNextRow(into buffer: inout ByteBuffer) throws(ReQLError) -> Bool {
        guard let row = try next() else { return false }
        row.writeJSON(into: &buffer)
        return true
    }

    /// Lets go of the state that the query reads, and wakes who waits for it. May be called again, and from any thread; a call that is
    /// running finishes first.
    public func close() {
        isClosed.store(true, ordering: .releasing)
        cancellation.cancel()
        state.withLock { state in
            guard state.stream != nil else { return }
            state.end()
            // Nobody is left to hear of it; the store itself refuses writes after a failed sync.
            try? state.finish()
        }
    }

    /// Does something with the state, in the memory of the query.
    @inline(__always)
    private func holding<Result: Sendable>(_ body: (inout State) throws(ReQLError) -> Result) throws(ReQLError) -> Result {
        try QueryMemory.ofThread.with(memory) { () throws(ReQLError) in
            try state.withLock { (state) throws(ReQLError) in try body(&state) }
        }
    }

    private func pull() throws(ReQLError) -> Step {
        try holding { (state) throws(ReQLError) in try state.pull(isClosed) }
    }

    private func pullBatch(_ maxRows: Int, _ maxBytes: Int) throws(ReQLError) -> BatchStep {
        threads.begin()
        defer { threads.end() }
        return try holding { (state) throws(ReQLError) in
            var rows: [Datum] = []
            var byteCount = 0
            while rows.count < maxRows, byteCount < maxBytes {
                do throws(ReQLError) {
                    switch try state.pull(isClosed) {
                    case .row(let row):
                        rows.append(row)
                        if maxBytes != .max { byteCount += row.approximateJSONByteCount }
                    case .end: return .rows(rows)
                    case .nothing(let time): return rows.isEmpty ? .nothing(until: time) : .rows(rows)
                    }
                } catch {
                    guard !rows.isEmpty else { throw error }
                    return .rows(rows)
                }
            }
            return .rows(rows)
        }
    }
}

/// A cursor's question to the execution behind it: has a feed nothing now, or is it at its end?
///
/// Why this is safe: the execution is used under the lock of the cursor that has this.
struct FeedWait: @unchecked Sendable {
    private let execution: Execution
    let signal: FeedSignal
    /// Whether there is nothing behind the feeds that ends them.
    let isEndless: Bool

    init(_ execution: Execution, _ signal: FeedSignal, isEndless: Bool) {
        self.execution = execution
        self.signal = signal
        self.isEndless = isEndless
    }

    var notes: [FeedNote] { execution.feedNotes }
    var wakeTime: ContinuousClock.Instant? { execution.wakeTime?.instant }
    func look() { execution.look() }
    func forgetSnapshot() { execution.forgetSnapshot() }
}
