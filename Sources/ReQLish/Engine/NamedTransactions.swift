package import Catalog
package import Ground
import Synchronization

/// A transaction that requests name by an id: nobody has to keep a connection for it.
package final class NamedTransaction: Sendable {
    package enum End: Sendable {
        case committed, rolledBack
        /// It was open for longer than its time.
        case timeout
    }

    private struct State {
        var isBusy = false
        var hasFailed = false
        var end: End?
    }

    /// 256 random bits: whoever knows them, and is the account, may use it.
    package let id: String
    /// By which it is listed.
    package var number: UInt64 { open.number }
    package let user: String?
    package let start: MonotonicTime
    package let deadline: MonotonicTime
    package let open: OpenTransaction
    let hasNewIndexes = Atomic<Bool>(false)
    private let state = Mutex(State())

    fileprivate init(_ open: OpenTransaction, user: String?, time: Duration) {
        self.open = open
        self.user = user
        start = .now
        deadline = start + time
        var generator = SystemRandomNumberGenerator()
        id = (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    package var isBusy: Bool { state.withLock { $0.isBusy } }
    package var hasFailed: Bool { state.withLock { $0.hasFailed } }
    package var end: End? { state.withLock { $0.end } }

    /// Begins a request in it. False if another one is under way.
    package func enter() -> Bool {
        state.withLock { state in
            if state.isBusy || state.end != nil { return false }
            state.isBusy = true
            return true
        }
    }

    /// The request is through; the next one is waited for.
    package func leave() {
        open.rest()
        state.withLock { $0.isBusy = false }
    }

    /// Nothing but its end is left.
    package func fail() { state.withLock { $0.hasFailed = true } }

    /// Ends it, inside a request. False if it has ended before.
    fileprivate func finish(_ end: End) -> Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            state.end = end
            return true
        }
    }
}

/// The transactions that requests name.
package final class NamedTransactions: Sendable {
    private struct State {
        var byID: [String: NamedTransaction] = [:]
        /// How many are open of each account.
        var counts: [String?: Int] = [:]
        var count = 0
        var nextSweep = MonotonicTime.now
    }

    private let catalog: Catalog
    private let builder: IndexBuilder
    private let limit: Int
    private let limitOfAccount: Int
    private let state = Mutex(State())

    /// The longest that one may be open.
    package static let longest = Duration.seconds(600)

    init(_ catalog: Catalog, _ builder: IndexBuilder, limit: Int, ofAccount limitOfAccount: Int) {
        self.catalog = catalog
        self.builder = builder
        self.limit = limit
        self.limitOfAccount = limitOfAccount
    }

    package enum Refusal: Error { case tooMany, tooManyOfAccount }

    package func begin(user: String?, isReadOnly: Bool, time: Duration) throws(Refusal) -> NamedTransaction {
        sweep()
        try state.withLock { state throws(Refusal) in
            guard state.count < limit else { throw .tooMany }
            // The application itself is nobody's account.
            guard user == nil || state.counts[user, default: 0] < limitOfAccount else { throw .tooManyOfAccount }
            state.count += 1
            state.counts[user, default: 0] += 1
        }
        let open = catalog.openTransactions.begin(catalog, .serializable, user: user, isReadOnly: isReadOnly)
        let made = NamedTransaction(open, user: user, time: min(time, Self.longest))
        state.withLock { $0.byID[made.id] = made }
        return made
    }

    /// The transaction of an id, if it is the account's; also one whose time is over, for a while.
    package func find(_ id: String, user: String?) -> NamedTransaction? {
        sweep()
        guard let found = state.withLock({ $0.byID[id] }), found.user == user else { return nil }
        if found.deadline <= .now { end(found) }
        return found
    }

    package var count: Int { state.withLock { $0.count } }

    /// Those that are open.
    package var all: [NamedTransaction] {
        state.withLock { Array($0.byID.values) }.filter { $0.end == nil }.sorted { $0.number < $1.number }
    }

    /// Commits, inside a request. One that has failed is rolled back.
    package func commit(_ transaction: NamedTransaction, _ durability: Durability) throws(CatalogError) {
        finish(transaction, .committed)
        guard !transaction.hasFailed else { return transaction.open.rollback() }
        try transaction.open.commit(durability)
        if transaction.hasNewIndexes.load(ordering: .relaxed) { builder.wake() }
    }

    /// Rolls back, inside a request.
    package func rollBack(_ transaction: NamedTransaction) {
        finish(transaction, .rolledBack)
        transaction.open.rollback()
    }

    private func finish(_ transaction: NamedTransaction, _ end: NamedTransaction.End) {
        guard transaction.finish(end) else { return }
        state.withLock { state in
            state.count -= 1
            if let count = state.counts[transaction.user] { state.counts[transaction.user] = count > 1 ? count - 1 : nil }
            // Whoever comes late is told what has become of one whose time was over.
            if end != .timeout { state.byID[transaction.id] = nil }
        }
    }

    /// Ends those whose time is over; looks at them once a second at most. They held nobody up before, but memory and pages.
    package func sweep() {
        let now = MonotonicTime.now
        let overdue = state.withLock { state -> [NamedTransaction] in
            guard state.nextSweep <= now, !state.byID.isEmpty else { return [] }
            state.nextSweep = now + .seconds(1)
            return state.byID.values.filter { $0.deadline <= now }
        }
        for transaction in overdue {
            end(transaction)
            if transaction.deadline + Self.longest <= now { state.withLock { $0.byID[transaction.id] = nil } }
        }
    }

    /// Ends one whose time is over, unless a request in it is under way.
    private func end(_ transaction: NamedTransaction) {
        guard transaction.enter() else { return }
        finish(transaction, .timeout)
        transaction.open.rollback()
    }
}

/// Writes of a query go into a transaction that is open before it and after it.
final class OpenTransactionWriter: Writer {
    private let transaction: NamedTransaction
    private let cancellation: Cancellation

    init(_ transaction: NamedTransaction, stoppedBy cancellation: Cancellation) {
        self.transaction = transaction
        self.cancellation = cancellation
    }

    override func startBuilding() { transaction.hasNewIndexes.store(true, ordering: .relaxed) }

    override func snapshot() throws(CatalogError) -> CatalogSnapshot { try transaction.open.snapshot() }

    override func write<Result>(
        _ durability: Durability, at site: Site, _ body: (inout CatalogTransaction) throws(ReQLError) -> Result
    ) throws(ReQLError) -> Result {
        try transaction.open.write { (writer) throws(ReQLError) in
            writer.cancellation = cancellation
            defer { writer.cancellation = nil }
            return try body(&writer)
        } refusing: {
            site.locate($0)
        }
    }
}
