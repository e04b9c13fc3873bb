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

    /// Random bits, 256 or, of one that was begun as a row, 122: whoever knows them, and is the account, may use it.
    package let id: String
    /// By which it is listed.
    package var number: UInt64 { open.number }
    package let user: String?
    /// That of requests in it that name none; nil: that of all requests.
    package let database: String?
    package let start: MonotonicTime
    package let deadline: MonotonicTime
    package let open: OpenTransaction
    let hasNewIndexes = Atomic<Bool>(false)
    private let state = Mutex(State())

    fileprivate init(_ open: OpenTransaction, id: String?, user: String?, database: String?, time: Duration) {
        self.open = open
        self.user = user
        self.database = database
        start = .now
        deadline = start + time
        self.id = id ?? Self.randomID()
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
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

    /// Nothing is left but its end, or to go back to a savepoint.
    package func fail() { state.withLock { $0.hasFailed = true } }

    /// It has gone back to a savepoint: what has failed is undone.
    package func recover() { state.withLock { $0.hasFailed = false } }

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
        /// Ends those whose time is over also where nobody comes by.
        var sweeper: BackgroundWork?
        var isSweeping = false
        var ends = Counts()
    }

    private let catalog: Catalog
    /// Wakes who builds indexes.
    private let startBuilding: @Sendable () -> Void
    private let limit: Int
    private let limitOfAccount: Int
    private let patience: Duration?
    private let state = Mutex(State())
    /// What has become of them since the file was opened.
    package struct Counts: Sendable {
        package fileprivate(set) var begun = 0
        package fileprivate(set) var committed = 0
        package fileprivate(set) var rolledBack = 0
        package fileprivate(set) var timedOut = 0
        /// What they had read was changed by others.
        package fileprivate(set) var conflicts = 0
    }

    /// The longest that one may be open.
    package static let longest = Duration.seconds(600)

    init(
        _ catalog: Catalog, limit: Int, ofAccount limitOfAccount: Int, patience: Duration? = nil,
        startBuilding: @escaping @Sendable () -> Void
    ) {
        self.catalog = catalog
        self.startBuilding = startBuilding
        self.limit = limit
        self.limitOfAccount = limitOfAccount
        self.patience = patience
    }

    package enum Refusal: Error {
        case tooMany, tooManyOfAccount

        package var message: String {
            switch self {
            case .tooMany: "There are as many open transactions as the server keeps; try again later."
            case .tooManyOfAccount: "The account has as many open transactions as it may have; end some, or try again later."
            }
        }
    }

    /// - Parameter id: random bits that nobody else knows; nil: its own.
    package func begin(
        id: String? = nil, user: String?, isReadOnly: Bool, database: String? = nil, time: Duration
    ) throws(Refusal) -> NamedTransaction {
        sweep()
        try state.withLock { state throws(Refusal) in
            guard state.count < limit else { throw .tooMany }
            // The application itself is nobody's account.
            guard user == nil || state.counts[user, default: 0] < limitOfAccount else { throw .tooManyOfAccount }
            state.count += 1
            state.counts[user, default: 0] += 1
            state.ends.begun += 1
        }
        let open = catalog.openTransactions.begin(catalog, .serializable, user: user, isReadOnly: isReadOnly)
        open.patience = patience
        let made = NamedTransaction(open, id: id, user: user, database: database, time: min(time, Self.longest))
        state.withLock { $0.byID[made.id] = made }
        wakeSweeper()
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
    package var counts: Counts { state.withLock { $0.ends } }

    /// Those that are open.
    package var all: [NamedTransaction] { known.filter { $0.end == nil } }

    /// Those, and for a while those whose time was over.
    var known: [NamedTransaction] {
        state.withLock { Array($0.byID.values) }.sorted { $0.number < $1.number }
    }

    /// One whose time was over is known no more.
    func forget(_ transaction: NamedTransaction) {
        if transaction.end != nil { state.withLock { $0.byID[transaction.id] = nil } }
    }

    /// Commits, inside a request. One that has failed is rolled back.
    package func commit(_ transaction: NamedTransaction, _ durability: Durability) throws(CatalogError) {
        guard !transaction.hasFailed else { return rollBack(transaction) }
        guard finish(transaction, .committed) else { return }
        do throws(CatalogError) { try transaction.open.commit(durability) } catch {
            let isConflict = error.kind == .serializationFailure
            state.withLock { state in if isConflict { state.ends.conflicts += 1 } else { state.ends.rolledBack += 1 } }
            throw error
        }
        state.withLock { $0.ends.committed += 1 }
        if transaction.hasNewIndexes.load(ordering: .relaxed) { startBuilding() }
    }

    /// Rolls back, inside a request.
    package func rollBack(_ transaction: NamedTransaction) {
        if finish(transaction, .rolledBack) { state.withLock { $0.ends.rolledBack += 1 } }
        transaction.open.rollback()
    }

    /// What a request or a query in it has failed with: all that it has changed is undone, at once if it can't be tried again in it.
    package func fail(_ transaction: NamedTransaction, isSerializationFailure: Bool) {
        guard isSerializationFailure else { return transaction.fail() }
        if finish(transaction, .rolledBack) { state.withLock { $0.ends.conflicts += 1 } }
        transaction.open.rollback()
    }

    /// The transaction that a query names, for that query alone until it is left.
    package func enter(_ id: String, user: String?) throws(ReQLError) -> NamedTransaction {
        guard let transaction = find(id, user: user) else {
            throw ReQLError(.operationFailed, "There is no such transaction, or it has ended, or it is another account's.")
        }
        guard transaction.enter() else { throw Self.refusal(to: transaction) }
        guard transaction.hasFailed else { return transaction }
        transaction.leave()
        throw ReQLError(.operationFailed, "A query in the transaction has failed; roll it back.")
    }

    /// Why one can't be entered.
    static func refusal(to transaction: NamedTransaction) -> ReQLError {
        if case .timeout? = transaction.end {
            return ReQLError(.operationFailed, "The transaction was open for longer than its `timeout` and was rolled back.")
        }
        return ReQLError(.operationFailed, "A query in the transaction is under way.")
    }

    /// False if it had ended before.
    @discardableResult private func finish(_ transaction: NamedTransaction, _ end: NamedTransaction.End) -> Bool {
        guard transaction.finish(end) else { return false }
        state.withLock { state in
            state.count -= 1
            if let count = state.counts[transaction.user] { state.counts[transaction.user] = count > 1 ? count - 1 : nil }
            // Whoever comes late is told what has become of one whose time was over.
            if end != .timeout { state.byID[transaction.id] = nil }
        }
        return true
    }

    private func wakeSweeper() {
        let woken = state.withLock { state -> BackgroundWork? in
            guard !state.isSweeping else { return nil }
            state.isSweeping = true
            let sweeper = state.sweeper ?? BackgroundWork { [weak self] _ in self?.sweepInTime() }
            state.sweeper = sweeper
            return sweeper
        }
        woken?.wake()
    }

    /// When to sweep again; nil: when one is begun.
    private func sweepInTime() -> Duration? {
        sweep()
        return state.withLock { state in
            state.isSweeping = !state.byID.isEmpty
            return state.isSweeping ? .seconds(1) : nil
        }
    }

    /// Returns when nothing is swept any more.
    func stop() { state.withLock { $0.sweeper }?.stop() }

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
        if finish(transaction, .timeout) { state.withLock { $0.ends.timedOut += 1 } }
        transaction.open.rollback()
    }
}
