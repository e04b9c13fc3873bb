public import ReQLish
internal import SQL

// SQL in Swift, beside the queries of ReQL.
extension Pando {
    /// Runs a statement and decodes its rows.
    ///
    ///     let users = try await pando.sql("SELECT name, age FROM users WHERE city = \(city)", as: [User].self, database: "app")
    ///
    /// Columns are decoded by their names; `date`, `timestamp` and `timestamptz` as `Date`, `bytea` as `Data`. Throws ``SQLError``,
    /// `DecodingError`, or `CancellationError` if the task is cancelled. What the statement writes is one transaction.
    public func sql<Result: Decodable>(
        _ statement: SQL, _ parameters: SQLParameters = [], as type: Result.Type, database: String? = nil,
        options: QueryOptions = QueryOptions()
    ) async throws -> Result {
        try DatumDecoder().decode(type, from: try Datum.array(try await sql(statement, parameters, database: database, options: options)))
    }

    /// Runs a statement and answers its rows.
    @discardableResult
    public func sql(
        _ statement: SQL, _ parameters: SQLParameters = [], database: String? = nil, options: QueryOptions = QueryOptions()
    ) async throws -> [Datum] {
        try await sqlExecute(statement, parameters, database: database, options: options).rows
    }

    /// Runs a statement and answers what it did, with its rows.
    @discardableResult
    public func sqlExecute(
        _ statement: SQL, _ parameters: SQLParameters = [], database: String? = nil, options: QueryOptions = QueryOptions()
    ) async throws -> SQLResult {
        let cancellation = options.cancellation ?? Cancellation()
        let request = try statement.request(parameters)
        let outcome = await onThread(cancellation) { () -> Result<SQLResult, SQLError> in
            Result { () throws(SQLError) in
                let cursor = try StatementCursor(self, request, database, options, cancellation)
                defer { cursor.close() }
                var rows: [Datum] = []
                while let batch = try cursor.next(512) { rows += batch }
                return cursor.result(rows)
            }
        }
        return try Self.answer(outcome)
    }

    /// The rows of a query, read while they are wanted.
    ///
    ///     for try await user in pando.sqlStream("SELECT * FROM users", as: User.self) { … }
    ///
    /// Each loop runs the query anew, from its first row on, and reads one state of the file.
    public func sqlStream<Row: Decodable>(
        _ statement: SQL, _ parameters: SQLParameters = [], as type: Row.Type, database: String? = nil,
        options: QueryOptions = QueryOptions()
    ) -> SQLRows<Row> {
        SQLRows(pando: self, statement: statement, parameters: parameters, database: database, options: options)
    }

    /// A statement that was stopped with its task has no error of its own.
    fileprivate static func answer<Value>(_ outcome: Result<Value, SQLError>) throws -> Value {
        if case .failure(let error) = outcome, error.state == .queryCanceled { try Task.checkCancellation() }
        return try outcome.get()
    }
}

extension PandoTransaction {
    /// Runs a statement inside the transaction and decodes its rows.
    ///
    ///     try await pando.write { tx in
    ///         try tx.sql("UPDATE accounts SET balance = balance - 10 WHERE id = \(from)")
    ///         try tx.run(log.insert(["from": from]))
    ///     }
    ///
    /// It reads what the statements and queries before it wrote. One that throws has changed nothing.
    public func sql<Result: Decodable>(
        _ statement: SQL, _ parameters: SQLParameters = [], as type: Result.Type, database: String? = nil
    ) throws -> Result {
        try DatumDecoder().decode(type, from: try Datum.array(try sql(statement, parameters, database: database)))
    }

    /// Runs a statement inside the transaction and answers its rows.
    @discardableResult
    public func sql(_ statement: SQL, _ parameters: SQLParameters = [], database: String? = nil) throws -> [Datum] {
        try sqlExecute(statement, parameters, database: database).rows
    }

    /// Runs a statement inside the transaction and answers what it did, with its rows.
    @discardableResult
    public func sqlExecute(_ statement: SQL, _ parameters: SQLParameters = [], database: String? = nil) throws -> SQLResult {
        let request = try statement.request(parameters)
        let (pando, database) = (pando, database ?? pando.options.defaultDatabase)
        return try lend { try StatementCursor.all(request, pando, database, in: $0) }
    }
}

extension OpenPandoTransaction {
    /// Runs a statement inside the transaction and decodes its rows. After an error only rolling back is left, all of it or `TO` a savepoint.
    public func sql<Result: Decodable>(
        _ statement: SQL, _ parameters: SQLParameters = [], as type: Result.Type, database: String? = nil
    ) async throws -> Result {
        try DatumDecoder().decode(type, from: try Datum.array(try await sql(statement, parameters, database: database)))
    }

    /// Runs a statement inside the transaction and answers its rows.
    @discardableResult
    public func sql(_ statement: SQL, _ parameters: SQLParameters = [], database: String? = nil) async throws -> [Datum] {
        try await sqlExecute(statement, parameters, database: database).rows
    }

    /// Runs a statement inside the transaction and answers what it did, with its rows.
    @discardableResult
    public func sqlExecute(_ statement: SQL, _ parameters: SQLParameters = [], database: String? = nil) async throws -> SQLResult {
        let request = try statement.request(parameters)
        let (pando, database) = (pando, database ?? pando.options.defaultDatabase)
        return try await lend(goesBack: request.goesBack) { try StatementCursor.all(request, pando, database, in: $0) }
    }
}

extension SQL {
    fileprivate func request(_ parameters: SQLParameters) throws -> SQLRequest {
        guard values.isEmpty || parameters.isEmpty else {
            throw SQLError(.syntaxError, "a statement has either interpolated values or parameters beside it, not both")
        }
        return SQLRequest(text, try (values.isEmpty ? parameters : values).arguments())
    }
}

/// A statement that runs, and its rows as data.
///
/// Why this is safe: one thread at a time uses it, that of the call that made it or of the stream whose next rows it reads.
private final class StatementCursor: @unchecked Sendable {
    private let connection: SQLConnection
    private let statement: StatementResult
    private let endsTransaction: Bool

    init(
        _ pando: Pando, _ request: SQLRequest, _ database: String?, _ options: QueryOptions, _ cancellation: Cancellation
    ) throws(SQLError) {
        connection = try SQLConnection(pando, user: options.user, database: database ?? options.database ?? pando.options.defaultDatabase)
        connection.stop(by: cancellation)
        if let durability = options.durability { try connection.set("synchronous_commit", to: durability == .hard ? "on" : "off") }
        endsTransaction = true
        do throws(SQLError) {
            statement = try connection.begin(request)
            if statement.isComplete { try connection.sync() }
        } catch {
            connection.close()
            throw error
        }
    }

    /// Inside a transaction that goes on.
    init(_ connection: SQLConnection, _ request: SQLRequest) throws(SQLError) {
        self.connection = connection
        endsTransaction = false
        statement = try connection.begin(request)
    }

    /// All of a statement that is done in a transaction.
    static func all(
        _ request: SQLRequest, _ pando: Pando, _ database: String, in transaction: OpenTransaction?
    ) throws -> SQLResult {
        let connection = try SQLConnection(pando, user: nil, database: database, in: transaction)
        defer { connection.close() }
        return try connection.inside {
            let cursor = try StatementCursor(connection, request)
            var rows: [Datum] = []
            while let batch = try cursor.next(512) { rows += batch }
            return cursor.result(rows)
        }
    }

    /// The next rows; nil behind the last ones.
    func next(_ count: Int) throws(SQLError) -> [Datum]? {
        guard let columns = statement.columns else { return nil }
        var rows: [Datum] = []
        while rows.count < count {
            guard let row = try statement.next() else {
                if rows.isEmpty, endsTransaction, !statement.isComplete { try connection.sync() }
                break
            }
            rows.append(try JSONRows.value(row, columns, areDocuments: statement.areDocuments, connection.functions).owned)
        }
        return rows.isEmpty ? nil : rows
    }

    func result(_ rows: [Datum]) -> SQLResult {
        let words = statement.tag().split(separator: " ")
        return SQLResult(
            command: words.prefix { Int($0) == nil }.joined(separator: " "), rowCount: words.last.flatMap { Int($0) } ?? rows.count,
            rows: rows)
    }

    func close() {
        statement.close()
        connection.close()
    }

    deinit { if endsTransaction { connection.close() } }
}

/// The rows of a query in SQL as an asynchronous sequence. Each loop over it runs the query anew.
public struct SQLRows<Row: Decodable>: AsyncSequence {
    fileprivate let pando: Pando
    fileprivate let statement: SQL
    fileprivate let parameters: SQLParameters
    fileprivate let database: String?
    fileprivate let options: QueryOptions

    public func makeAsyncIterator() -> Iterator { Iterator(rows: self) }

    /// Asks for rows in batches that grow, so that the first one comes at once and the last ones cheaply.
    public struct Iterator: AsyncIteratorProtocol {
        private let rows: SQLRows
        private let cancellation: Cancellation
        private var cursor: StatementCursor?
        private var batch: ArraySlice<Datum> = []
        private var batchCount = 8
        private var isAtEnd = false

        fileprivate init(rows: SQLRows) {
            self.rows = rows
            cancellation = rows.options.cancellation ?? Cancellation()
        }

        /// The next row; nil after the last. Throws ``SQLError``, `DecodingError`, or `CancellationError` if the task is cancelled.
        public mutating func next() async throws -> Row? {
            if batch.isEmpty, !isAtEnd { try await fetch() }
            guard let row = batch.popFirst() else { return nil }
            return try DatumDecoder().decode(Row.self, from: row)
        }

        private mutating func fetch() async throws {
            let (pando, database, options, count, known, cancellation) =
                (rows.pando, rows.database, rows.options, batchCount, cursor, cancellation)
            let request = try rows.statement.request(rows.parameters)
            let outcome = await pando.onThread(cancellation) { () -> Result<(StatementCursor, [Datum]?), SQLError> in
                Result { () throws(SQLError) in
                    let cursor: StatementCursor
                    if let known {
                        cursor = known
                    } else {
                        cursor = try StatementCursor(pando, request, database, options, cancellation)
                    }
                    return (cursor, try cursor.next(count))
                }
            }
            let (cursor, next) = try Pando.answer(outcome)
            self.cursor = cursor
            batchCount = Swift.min(batchCount * 2, 512)
            batch = (next ?? [])[...]
            guard next == nil else { return }
            cursor.close()
            isAtEnd = true
            self.cursor = nil
        }
    }
}
