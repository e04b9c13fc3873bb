import Ground
import ReQLish

// Transactions that go on from one request to the next: begun and ended by routes of their own, and named by a field of the others.
extension PandoExchange {
    /// The field that names the transaction of a request.
    static let transactionField = "pando-transaction"

    /// Whether the request names a transaction, so that it may wait for the writer's turn.
    var namesTransaction: Bool { request.field(Self.transactionField) != nil }

    func beginTransaction() throws {
        let options = try fields(of: "A transaction", ["isolation", "read_only", "database", "timeout"], isRequired: false)
        let isolation = try options.read("isolation", "\"serializable\"", \.string) ?? "serializable"
        guard isolation == "serializable" || isolation == "repeatable read" else {
            throw Problem(422, .queryLogic, "Transactions over HTTP are serializable; leave `isolation` out.")
        }
        let isReadOnly = try options.read("read_only", "true or false", \.bool) ?? false
        let database = try options.read("database", "the name of a database", \.string)
        if let database { _ = try readState().existingDatabase(named: database) }
        let seconds = try options.read("timeout", "a number of seconds from 1 to 600") {
            $0.number.flatMap { (1...600).contains($0) ? $0 : nil }
        }
        let made: NamedTransaction
        do throws(NamedTransactions.Refusal) {
            made = try pando.transactions.begin(
                user: user, isReadOnly: isReadOnly, database: database, time: .seconds(seconds ?? 60))
        } catch {
            throw Problem(error == .tooMany ? 503 : 429, .resourceLimit, error.message)
        }
        response.status = 201
        send(["transaction": Datum(made.id), "expires_at": Datum(expiry(of: made))])
    }

    private func expiry(of transaction: NamedTransaction) -> Double {
        SystemFacts.secondsSince1970 + (transaction.deadline - MonotonicTime.now) / .seconds(1)
    }

    func commitTransaction() throws {
        try ending { transaction in
            let hasFailed = transaction.hasFailed
            try pando.transactions.commit(transaction, .hard)
            if hasFailed { throw Self.failed("It was rolled back.") }
            send(["committed": true])
        }
    }

    func rollBackTransaction() throws {
        try ending { transaction in
            pando.transactions.rollBack(transaction)
            send(["rolled_back": true])
        }
    }

    private func ending(_ body: (NamedTransaction) throws -> Void) throws {
        let options = try fields(of: "The end of a transaction", ["transaction"], isRequired: false)
        guard
            let id = try request.field(Self.transactionField).map({ request.text($0) }) ?? options.read("transaction", "an id", \.string)
        else { throw Problem.request(400, "Name the transaction by the field Pando-Transaction, or by `transaction` in the body.") }
        let transaction = try enter(id)
        defer { transaction.leave() }
        try body(transaction)
    }

    /// The transaction that the request names, which nobody else uses until it is left.
    func enterTransaction() throws -> NamedTransaction? {
        guard let route, let field = request.field(Self.transactionField), !route.endsTransactions else { return nil }
        guard route.takesTransaction else {
            throw Problem.request(400, "The route does nothing inside a transaction; leave the field Pando-Transaction out.")
        }
        let transaction = try enter(request.text(field))
        guard transaction.hasFailed, !goesBack else { return transaction }
        transaction.leave()
        throw Self.failed("Roll it back, or back to a savepoint.")
    }

    /// Whether the request is ROLLBACK TO and nothing else.
    private var goesBack: Bool {
        guard route?.weight == .statement, let body = try? parseStatements(), body.requests.count == 1 else { return false }
        return body.requests[0].goesBack
    }

    /// Bodies up to this size are written on the loop's thread, which has other things to do.
    private static let bodyBytesHere = 4096

    /// A document is read or written where the request came in, if the transaction need wait for nobody: to hand it to another thread and
    /// back takes longer.
    func weighInTransaction() -> QueryShape {
        let writes: Bool
        switch route?.weight {
        case .shortRead?: writes = false
        case .shortWrite? where request.body.count <= Self.bodyBytesHere && !catalog.hasStoredFunctions: writes = true
        default: return .any
        }
        guard !(route?.endsTransactions ?? true), let entered = try? enterTransaction() else { return .any }
        guard entered.open.isReady(toWrite: writes) else {
            entered.leave()
            return .any
        }
        transaction = entered
        return .shortRead
    }

    private func enter(_ id: String) throws -> NamedTransaction {
        guard let transaction = pando.transactions.find(id, user: user) else {
            throw Problem(404, .operationFailed, "There is no such transaction, or it has ended, or it is another account's.").with(
                code: "no_transaction")
        }
        guard transaction.enter() else {
            if case .timeout? = transaction.end {
                throw Problem(410, .operationFailed, "The transaction was open for longer than its `timeout` and was rolled back.")
                    .with(code: "transaction_timeout")
            }
            throw Problem(409, .operationFailed, "Another request in the transaction is under way; wait for its answer.")
                .with(code: "transaction_busy")
        }
        return transaction
    }

    /// Notes that a request in the transaction has failed: what it has changed can't be told from the rest.
    func fail(_ transaction: NamedTransaction, _ error: any Error) {
        let problem = Problem(error)
        let isConflict = problem.code == Problem.serializationFailure
        if isConflict || route?.method != .get { pando.transactions.fail(transaction, isSerializationFailure: isConflict) }
    }

    private static func failed(_ advice: String) -> Problem {
        Problem(409, .operationFailed, "A request in the transaction has failed. \(advice)").with(code: "transaction_failed")
    }

    // MARK: Administration

    func transactions() throws {
        let shown = pando.transactions.all.filter { user == UserConfig.administrator || $0.user == user }
        send(
            try Datum.array(
                shown.map { transaction in
                    [
                        "number": Datum(Int(transaction.number)), "user": transaction.user.map { Datum($0) } ?? .null,
                        "open_seconds": Datum((MonotonicTime.now - transaction.start) / .seconds(1)),
                        "expires_at": Datum(expiry(of: transaction)),
                        "read_only": Datum(transaction.open.isReadOnly), "busy": Datum(transaction.isBusy),
                        "failed": Datum(transaction.hasFailed),
                    ]
                }))
    }

    func endTransaction(_ number: String) throws {
        let found = pando.transactions.all.first {
            String($0.number) == number && (user == UserConfig.administrator || $0.user == user)
        }
        guard let found else {
            throw Problem(404, .operationFailed, "There is no open transaction of that number that you may end.").with(
                code: "no_transaction")
        }
        guard found.enter() else {
            throw Problem(409, .operationFailed, "A request in the transaction is under way; stop that first.").with(
                code: "transaction_busy")
        }
        defer { found.leave() }
        pando.transactions.rollBack(found)
        response.status = 204
    }
}

extension Route {
    /// Whether it ends a transaction by its id.
    fileprivate var endsTransactions: Bool { path.hasPrefix("/_transaction/") }

    /// Whether it can be done inside a transaction: what reads or writes databases, tables, indexes and documents, but no feed.
    fileprivate var takesTransaction: Bool {
        path == "/_reql" || path == "/_sql" || path == "/_databases" || path.hasPrefix("/{database}") && !path.hasSuffix("/_changes")
    }
}

extension Problem {
    static let serializationFailure = "serialization_failure"

    /// The same with a code of its own.
    fileprivate func with(code: String) -> Problem {
        var problem = self
        problem.code = code
        return problem
    }
}
