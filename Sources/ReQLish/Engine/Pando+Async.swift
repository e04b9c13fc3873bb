public import Catalog
import Ground

// The calls that applications make. They never block the task's thread: the work is done on Pando's own.
extension Pando {
    /// Runs a query and answers its value, or all its rows as an array.
    ///
    ///     let count = try await pando.run(r.db("app").table("users").count())
    ///
    /// Use ``stream(_:options:)`` for more rows than should be in memory at once. Throws ``ReQLError``, or `CancellationError` if the
    /// task is cancelled; what the query had written by then stays written. A write that failed for some of its documents throws too, with
    /// ``ReQLError/writes``, unless ``QueryOptions/countsFailedWrites`` asks for RethinkDB's answer.
    @discardableResult
    public func run(_ query: Query, options: QueryOptions = QueryOptions()) async throws -> Datum {
        var options = options
        let cancellation = options.cancellation ?? Cancellation()
        options.cancellation = cancellation
        let answer = try await cancellable(cancellation) { [options] () throws(ReQLError) -> QueryResult in
            let tree = try query.tree()
            let result = try self.startHere(tree, options)
            if case .sequence(let cursor) = result, cursor.isFeed { return result }
            return .value(try result.collected().owned.withoutFailures(of: tree, options))
        }
        switch answer {
        case .value(let value): return value
        case .sequence(let feed):
            // A feed takes its time, and none of a thread's.
            try feed.requireEnd()
            var rows: [Datum] = []
            while case let batch = try await nextBatch(of: feed, 512, cancellation), !batch.isEmpty { rows += batch.map(\.owned) }
            do { return try Datum.array(rows) } catch { throw ReQLError(error) }
        }
    }

    /// Rows of a cursor, empty at the end; a feed is waited for.
    func nextBatch(of cursor: ResultCursor, _ count: Int, _ cancellation: Cancellation) async throws -> [Datum] {
        while true {
            let step = try await cancellable(cancellation) { () throws(ReQLError) in
                try cursor.pollBatch(maxRows: count, maxBytes: 1 << 20)
            }
            switch step {
            case .rows(let rows): return rows
            case .nothing(let time):
                await withTaskCancellationHandler {
                    await cursor.untilReady(or: time)
                } onCancel: {
                    cancellation.cancel()
                }
            }
        }
    }

    /// Runs a query and decodes what it answers: a value, or an array of rows.
    ///
    ///     let users = try await pando.run(r.db("app").table("users").orderBy("name"), as: [User].self)
    ///
    /// Throws ``ReQLError``, `DecodingError`, or `CancellationError`.
    public func run<Result: Decodable>(
        _ query: Query, as type: Result.Type = Result.self, options: QueryOptions = QueryOptions()
    ) async throws -> Result {
        try DatumDecoder().decode(type, from: try await run(query, options: options))
    }

    /// The rows of a query, read while they are wanted.
    ///
    ///     for try await user in pando.stream(users.filter { $0["age"] > 30 }) { … }
    ///
    /// The query starts with the first row that is asked for, and reads one state of the file, which is let go when the loop ends,
    /// however it ends. An array that the query answers is streamed element by element; any other value is one row.
    public func stream(_ query: Query, options: QueryOptions = QueryOptions()) -> QueryRows<Datum> {
        QueryRows(pando: self, query: query, options: options) { $0 }
    }

    /// The rows of a query, each decoded.
    ///
    ///     for try await user in pando.stream(users, as: User.self) { … }
    public func stream<Row: Decodable>(
        _ query: Query, as type: Row.Type, options: QueryOptions = QueryOptions()
    ) -> QueryRows<Row> {
        QueryRows(pando: self, query: query, options: options) { try DatumDecoder().decode(type, from: $0) }
    }

    /// Does the work of a floor above on a thread of Pando's, and stops it when the task is cancelled.
    package func onThread<Result: Sendable>(_ cancellation: Cancellation, _ work: @escaping @Sendable () -> Result) async -> Result {
        await withTaskCancellationHandler {
            await pool.run(work)
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Does `work` on a thread of Pando's, and stops it when the task is cancelled.
    func cancellable<Result: Sendable>(
        _ cancellation: Cancellation, _ work: @escaping @Sendable () throws(ReQLError) -> Result
    ) async throws -> Result {
        let result = await withTaskCancellationHandler {
            await pool.run { Swift.Result(catching: work) }
        } onCancel: {
            cancellation.cancel()
        }
        if case .failure(let error) = result, error.isCancellation { try Task.checkCancellation() }
        return try result.get()
    }
}

/// The rows of a query as an asynchronous sequence. Each loop over it runs the query anew.
public struct QueryRows<Row>: AsyncSequence {
    let pando: Pando
    let query: Query
    let options: QueryOptions
    let transform: (Datum) throws -> Row

    public func makeAsyncIterator() -> Iterator {
        Iterator(rows: self)
    }

    /// Asks for rows in batches that grow, so that the first one comes at once and the last ones cheaply.
    public struct Iterator: AsyncIteratorProtocol {
        private let rows: QueryRows
        private let cancellation: Cancellation
        private var cursor: ResultCursor?
        private var batch: ArraySlice<Datum> = []
        private var batchCount = 8
        private var isAtEnd = false

        init(rows: QueryRows) {
            self.rows = rows
            cancellation = rows.options.cancellation ?? Cancellation()
        }

        /// The next row; nil after the last. Throws ``ReQLError``, `DecodingError`, or `CancellationError` if the task is cancelled.
        public mutating func next() async throws -> Row? {
            if batch.isEmpty, !isAtEnd { try await fetch() }
            guard let row = batch.popFirst() else { return nil }
            return try rows.transform(row.owned)
        }

        private mutating func fetch() async throws {
            guard let cursor else { return try await start() }
            batch = try await rows.pando.nextBatch(of: cursor, batchCount, cancellation)[...]
            self.batchCount = Swift.min(batchCount * 2, 512)
            if batch.isEmpty { finish() }
        }

        private mutating func start() async throws {
            var options = rows.options
            options.cancellation = cancellation
            let result = try await rows.pando.cancellable(cancellation) {
                [pando = rows.pando, query = rows.query, options] () throws(ReQLError) -> QueryResult in
                let tree = try query.tree()
                let result = try pando.startHere(tree, options)
                if case .value(let answer) = result { return .value(try answer.withoutFailures(of: tree, options)) }
                return result
            }
            switch result {
            case .sequence(let cursor):
                self.cursor = cursor
                try await fetch()
            case .value(let datum):
                batch = (datum.kind == .array ? Array(datum.elements) : [datum])[...]
                finish()
            }
        }

        private mutating func finish() {
            isAtEnd = true
            cursor = nil
        }
    }
}
