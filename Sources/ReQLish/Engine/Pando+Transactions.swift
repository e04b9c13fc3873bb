public import Catalog
import Ground

extension Pando {
    /// Runs several queries that read one state, whatever is written meanwhile. They write nothing; nobody waits for them, and they wait
    /// for nobody.
    public func read<Result: Sendable>(_ body: @escaping @Sendable (PandoTransaction) throws -> Result) async throws -> Result {
        try await pool.run {
            Swift.Result {
                let snapshot: CatalogSnapshot
                do throws(CatalogError) { snapshot = try self.catalog.snapshot() } catch { throw ReQLError(error) }
                return try body(PandoTransaction(self, SnapshotWriter(snapshot, of: self.catalog)))
            }
        }.get()
    }

    /// Begins a transaction that goes on between calls, and keeps nobody else from writing meanwhile. It is serializable: its queries read
    /// one state, and if something that they read has changed when it writes, or goes on to, a call throws an error whose
    /// ``ReQLError/isSerializationFailure`` is true. Then all of it is to be tried again; ``transaction(retries:durability:_:)`` does that.
    ///
    /// - Parameter time: how long it may be open; at most ten minutes.
    /// - Throws: `resourceLimit` if there are too many.
    public func begin(time: Duration = .seconds(60)) async throws -> OpenPandoTransaction {
        do throws(NamedTransactions.Refusal) {
            return OpenPandoTransaction(self, try transactions.begin(user: nil, isReadOnly: false, time: time))
        } catch {
            throw ReQLError(.resourceLimit, error.message)
        }
    }

    /// Runs queries as one transaction that keeps nobody else from writing while the closure does other things, and commits it. If it
    /// throws, nothing was written.
    ///
    /// - Parameter retries: how often it is tried again, with another transaction, when what it read was changed by others.
    @discardableResult
    public func transaction<Result: Sendable>(
        retries: Int = 3, durability: Durability = .hard, _ body: @Sendable (OpenPandoTransaction) async throws -> Result
    ) async throws -> Result {
        var left = retries
        while true {
            let transaction = try await begin()
            do {
                let result = try await body(transaction)
                try await transaction.commit(durability: durability)
                return result
            } catch {
                await transaction.rollback()
                guard left > 0, let error = error as? ReQLError, error.isSerializationFailure else { throw error }
                left -= 1
            }
        }
    }
}

extension ReQLError {
    /// Whether what a transaction has read was changed meanwhile: it may succeed if it is tried again from its beginning.
    public var isSerializationFailure: Bool { cause == .serializationFailure }
}

/// A transaction that goes on between calls, until it is committed or rolled back, or its time is over. One call at a time.
public final class OpenPandoTransaction: Sendable {
    package let pando: Pando
    private let transaction: NamedTransaction

    init(_ pando: Pando, _ transaction: NamedTransaction) {
        self.pando = pando
        self.transaction = transaction
    }

    deinit {
        // Somebody has forgotten it.
        if transaction.enter() { pando.transactions.rollBack(transaction) }
    }

    /// Runs a query and answers its value, or all its rows as an array. After an error only rolling back is left.
    @discardableResult
    public func run(_ query: Query, options: QueryOptions = QueryOptions()) async throws -> Datum {
        var options = options
        options.transaction = transaction
        let tree = try query.tree()
        return try await inside { [options] in
            try self.pando.start(tree, options: options).collected().owned.withoutFailures(of: tree, options)
        }
    }

    /// Makes everything visible at once.
    public func commit(durability: Durability = .hard) async throws {
        try await inside {
            let hasFailed = self.transaction.hasFailed
            do throws(CatalogError) { try self.pando.transactions.commit(self.transaction, durability) } catch { throw ReQLError(error) }
            if hasFailed { throw ReQLError(.operationFailed, "A query of the transaction has failed, so it was rolled back.") }
        }
    }

    /// Undoes everything. It may have ended already.
    public func rollback() async {
        _ = try? await inside { self.pando.transactions.rollBack(self.transaction) }
    }

    /// Lends the transaction to a floor above.
    ///
    /// - Parameter goesBack: whether what is done goes back to a savepoint.
    package func lend<Result: Sendable>(
        goesBack: Bool = false, _ body: @escaping @Sendable (OpenTransaction?) throws -> Result
    ) async throws -> Result {
        try await inside {
            let result = try body(self.transaction.open)
            if goesBack { self.transaction.recover() }
            return result
        }
    }

    private func inside<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let (transaction, transactions) = (transaction, pando.transactions)
        return try await pando.pool.run {
            Swift.Result {
                transactions.sweep()
                guard transaction.enter() else {
                    throw ReQLError(
                        .operationFailed, "The transaction has ended, by itself if its time was over, or another call in it is under way.")
                }
                defer { transaction.leave() }
                do { return try body() } catch {
                    transactions.fail(transaction, isSerializationFailure: false)
                    throw error
                }
            }
        }.get()
    }
}

/// Reads one state, and writes nothing.
private final class SnapshotWriter: Writer {
    private let catalog: Catalog
    private let state: CatalogSnapshot

    init(_ state: CatalogSnapshot, of catalog: Catalog) {
        self.catalog = catalog
        self.state = state
    }

    override func snapshot() throws(CatalogError) -> CatalogSnapshot { state }

    override func write<Result>(
        _ durability: Durability, isLong: Bool, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        throw site.error(.queryLogic, "Nothing can be written inside `read`; use `write`.")
    }

    override func lend<Result>(_ body: (OpenTransaction?) throws -> Result) throws -> Result {
        try body(OpenTransaction(reading: state, of: catalog))
    }
}
