import httpd

// A transaction that goes on from one query to the next. What is done in it answers all its rows at once: those that were read later would be read
// outside of it.
extension FileSession {
    func begin() throws {
        do throws(NamedTransactions.Refusal) {
            transaction = try pando.transactions.begin(user: nil, isReadOnly: readOnlyReason != nil, time: NamedTransactions.longest)
        } catch {
            throw CommandError.failed(error.message)
        }
    }

    func end(commits: Bool) throws {
        guard let ended = transaction else { return }
        transaction = nil
        // It has undone itself if its time was over.
        guard ended.enter() else {
            guard commits else { return }
            throw CommandError.failed(
                "The transaction was open for longer than ten minutes, or was in conflict with others, and is undone.")
        }
        defer { ended.leave() }
        guard commits else { return pando.transactions.rollBack(ended) }
        let hasFailed = ended.hasFailed
        try pando.transactions.commit(ended, .hard)
        if hasFailed { throw CommandError.failed("A query in the transaction has failed, so it is undone.") }
    }

    /// Does something in the transaction that is open.
    private func inside<Result>(_ transaction: NamedTransaction, _ body: () throws -> Result) throws -> Result {
        let entered = try pando.transactions.enter(transaction.id, user: nil)
        defer { entered.leave() }
        do { return try body() } catch {
            let isConflict = (error as? ReQLError)?.isSerializationFailure == true || (error as? StatementFailure)?.state == "40001"
            pando.transactions.fail(entered, isSerializationFailure: isConflict)
            throw error
        }
    }

    func start(_ query: TermTree, _ options: QueryOptions, in transaction: NamedTransaction) throws -> SessionAnswer {
        try inside(transaction) {
            var options = options
            options.transaction = transaction
            switch try pando.start(query, options: options) {
            case .value(let value): return .value(value.owned)
            case .sequence(let cursor):
                defer { cursor.close() }
                guard !cursor.isFeed else { throw CommandError.failed("A feed is opened outside of a transaction.") }
                var rows: [Datum] = []
                while let row = try cursor.next() { rows.append(row.owned) }
                return .rows(ListedRows(rows))
            }
        }
    }

    func run(
        _ statement: String, _ parameters: StatementParameters, database: String, asTexts: Bool, stopper: Stopper,
        in transaction: NamedTransaction
    ) throws -> StatementAnswer {
        try inside(transaction) {
            do {
                let connection = try SQLConnection(pando, user: nil, database: database, in: transaction.open)
                defer { connection.close() }
                connection.refuseToWait()
                connection.stop(by: stopper.cancellation)
                let (answer, rows) = try connection.inside {
                    let answer = try self.answer(statement, parameters, connection, asTexts: asTexts, keepsSession: false)
                    var rows: [Datum] = []
                    while let row = try answer.next() { rows.append(row) }
                    return (answer, rows)
                }
                var position = 0
                return StatementAnswer(columns: answer.columns) {
                    guard position < rows.count else { return nil }
                    defer { position += 1 }
                    return rows[position]
                } finish: {
                    (answer.command, answer.count, answer.notices)
                } close: {
                }
            } catch let error as SQLError {
                throw StatementFailure(error, in: statement)
            }
        }
    }
}

/// Rows that are there already.
private final class ListedRows: SessionRows {
    private let rows: [Datum]
    private var position = 0

    init(_ rows: [Datum]) { self.rows = rows }

    var isFeed: Bool { false }

    func next() throws -> Datum? {
        guard position < rows.count else { return nil }
        defer { position += 1 }
        return rows[position]
    }

    func close() {}
}
