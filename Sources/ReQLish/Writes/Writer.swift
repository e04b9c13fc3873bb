/// How an execution reads the newest state and writes.
class Writer {
    func snapshot() throws(CatalogError) -> CatalogSnapshot {
        preconditionFailure("\(type(of: self)) has no snapshots")
    }

    /// Whether each write is a transaction of its own, so that a long one can be divided.
    var commitsEachWrite: Bool { false }

    /// Runs `body` in a write transaction. If it throws, what it wrote is undone at once, or when the transaction is given up.
    ///
    /// - Parameter isLong: whether others that write little go first, where this one has to wait.
    func write<Result>(
        _ durability: Durability, isLong: Bool = false, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        preconditionFailure("\(type(of: self)) does not write")
    }

    /// Says what the next write will look for first.
    func expect(_ keys: () -> [Datum], in table: TableConfig) -> ExpectedDocuments? { nil }

    /// Lends the transaction that all goes into to a floor above, which works in it on the same thread. It is nil if it has ended, or if
    /// there is none.
    func lend<Result>(_ body: (OpenTransaction?) throws -> Result) throws -> Result { try body(nil) }

    /// Waits until everything written is on the disk.
    func flush() throws(CatalogError) {}

    /// Begins to tell `receiver` of commits.
    func watch(
        _ requests: [WatchRequest], _ receiver: any ChangeReceiver, at site: Site
    ) throws(ReQLError) -> (watch: Watch, snapshot: CatalogSnapshot, tables: [TableConfig]) {
        throw site.error(.queryLogic, "A feed can't be opened inside a write transaction: it would wait for the transaction's end.")
    }

    /// Begins to tell `receiver` of commits that change what is not a document.
    func watchMetadata(_ receiver: any ChangeReceiver, at site: Site) throws(ReQLError) -> Watch {
        throw site.error(.queryLogic, "A feed can't be opened inside a write transaction: it would wait for the transaction's end.")
    }

    /// Called when there is an index to be built.
    func startBuilding() {}

    /// Builds a batch of an index; true if nothing is left to do.
    func buildIndex(_ id: String, of table: TableConfig, at site: Site) throws(ReQLError) -> Bool {
        try write(.soft, at: site) { transaction throws(ReQLError) in
            try site.reading(transaction.buildIndex(id, of: table))
        }
    }

    /// Called once a query is through: what it wrote with `hard` durability is on the disk afterwards.
    func finish() throws(CatalogError) {}
}

/// Each write is a transaction of its own. However many there are, a query waits for the disk once, at its end.
final class QueryWriter: Writer {
    private let catalog: Catalog
    private let builder: IndexBuilder
    /// The flush that waits for the disk instead, at the query's end.
    private let deferred: DeferredFlush?
    /// The account that writes; nil for the application itself.
    private let user: String?
    private let cancellation: Cancellation?
    /// How long it waits for others that write.
    private let patience: Duration?
    /// ``QueryOptions/isPointWrite``.
    private let isPointWrite: Bool
    private var needsFlush = false

    init(
        _ catalog: Catalog, _ builder: IndexBuilder, _ deferred: DeferredFlush? = nil, user: String? = nil,
        cancellation: Cancellation? = nil, patience: Duration? = nil, isPointWrite: Bool = false
    ) {
        self.isPointWrite = isPointWrite
        self.patience = patience
        self.user = user
        self.cancellation = cancellation
        self.catalog = catalog
        self.builder = builder
        self.deferred = deferred
    }

    override func startBuilding() { builder.wake() }

    override func buildIndex(_ id: String, of table: TableConfig, at site: Site) throws(ReQLError) -> Bool {
        try site.reading(catalog.buildIndex(id, of: table, stoppedBy: cancellation))
    }

    override func snapshot() throws(CatalogError) -> CatalogSnapshot {
        // A newer state would be a trip to the engine.
        if isPointWrite, let snapshot = catalog.snapshotOfWrites { return snapshot }
        return try catalog.snapshot()
    }

    override func watch(
        _ requests: [WatchRequest], _ receiver: any ChangeReceiver, at site: Site
    ) throws(ReQLError) -> (watch: Watch, snapshot: CatalogSnapshot, tables: [TableConfig]) {
        try site.reading(catalog.watch(requests, receiver))
    }

    override func watchMetadata(_ receiver: any ChangeReceiver, at site: Site) throws(ReQLError) -> Watch {
        try site.reading(catalog.watchMetadata(receiver))
    }

    override var commitsEachWrite: Bool { true }

    override func expect(_ keys: () -> [Datum], in table: TableConfig) -> ExpectedDocuments? {
        // Whoever says that it is one has said the keys.
        isPointWrite ? nil : catalog.expect(keys, in: table)
    }

    override func write<Result>(
        _ durability: Durability, isLong: Bool, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        // What is made among short writes is not long: those behind it would wait for all long ones before it.
        let transactionIsLong = isLong && deferred == nil
        let commits = deferred?.commits
        var transaction = try site.reading(
            catalog.beginWrite(waiting: patience, isLong: transactionIsLong, shares: !isLong, in: commits))
        transaction.user = user
        transaction.cancellation = cancellation
        let changeMark = transaction.changeMark
        let result: Result
        do throws(ReQLError) { result = try body(&transaction) } catch {
            transaction.giveUp(since: changeMark, in: commits)
            throw error
        }
        // `soft` promises the disk within a moment; `hard` waits for it in `finish`.
        // Not `site.reading`: a closure can't consume what it captures.
        do {
            try transaction.commit(durability == .hard ? .none : durability, deferring: commits)
        } catch { throw site.locate(error) }
        if durability == .hard { needsFlush = true }
        return result
    }

    override func flush() throws(CatalogError) {
        try catalog.sync()
        needsFlush = false
    }

    override func finish() throws(CatalogError) {
        guard needsFlush else { return }
        if let deferred { deferred.isWanted(of: catalog) } else { try flush() }
    }
}

/// All writes go into one transaction, which somebody else commits.
final class TransactionWriter: Writer {
    /// Nil once it has ended.
    private var transaction: CatalogTransaction?
    /// Whether there is an index to be built once the transaction is committed.
    private(set) var hasNewIndexes = false
    private var endings = TransactionEndings()

    override func startBuilding() { hasNewIndexes = true }

    /// - Parameter cancellation: who may stop what is written; nothing is left then but to roll back.
    init(_ transaction: consuming CatalogTransaction, stoppedBy cancellation: Cancellation? = nil) {
        transaction.cancellation = cancellation
        self.transaction = consume transaction
    }

    private static let ended = CatalogError(.closed, "The transaction has ended; it can only be used inside the closure it was given to.")

    override func snapshot() throws(CatalogError) -> CatalogSnapshot {
        guard transaction != nil else { throw Self.ended }
        return try transaction!.snapshot()
    }

    override func write<Result>(
        _ durability: Durability, isLong: Bool, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        guard transaction != nil else { throw site.locate(Self.ended) }
        return try body(&transaction!)
    }

    override func lend<Result>(_ body: (OpenTransaction?) throws -> Result) throws -> Result {
        guard let given = transaction.take() else { return try body(nil) }
        let open = OpenTransaction(borrowing: given)
        defer {
            endings.add(open.endings)
            transaction = open.giveBack()
        }
        return try body(open)
    }

    func commit(_ durability: Durability) throws(CatalogError) {
        guard let transaction = transaction.take() else { throw Self.ended }
        try transaction.commit(durability)
        endings.end(isCommitted: true)
    }

    /// It may have been committed.
    func rollback() {
        transaction = nil
        endings.end(isCommitted: false)
    }
}

/// Reads what a query read, and writes nothing.
final class OutlineWriter: Writer {
    private let source: Writer

    init(_ source: Writer) {
        self.source = source
    }

    override func snapshot() throws(CatalogError) -> CatalogSnapshot { try source.snapshot() }

    override func write<Result>(
        _ durability: Durability, isLong: Bool, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        throw site.locate(Cancellation.ofQuery)
    }
}
