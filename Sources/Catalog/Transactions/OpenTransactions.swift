package import Ground
import Synchronization

/// The open transactions of a file, and which of them wait for which.
package final class OpenTransactions: Sendable {
    /// Whose a transaction, or a wait, is.
    package enum User: Hashable, Sendable {
        case session(Int32)
        /// One of several requests, by its own number.
        case transaction(UInt64)
    }

    private struct State {
        var last: UInt64 = 0
        var open: [UInt64: OpenTransaction] = [:]
        /// Who waits for whom.
        var waits: [UInt64: UInt64] = [:]
        /// Whom to tell that one has ended, by the numbers of their waits.
        var waiters: [UInt64: [UInt64: LockWait]] = [:]
        var lastWait: UInt64 = 0
    }

    private let state = Mutex(State())
    private let setAsides = Atomic<Int>(0)

    init() {}

    /// Begins a transaction. It takes nothing but memory before it writes.
    /// - Parameter session: the number of the session that it is of alone.
    package func begin(
        _ catalog: Catalog, _ isolation: OpenTransaction.Isolation, user: String?, isReadOnly: Bool = false, session: Int32? = nil
    ) -> OpenTransaction {
        state.withLock { state in
            state.last += 1
            let transaction = OpenTransaction(
                catalog, number: state.last, isolation, user: user, isReadOnly: isReadOnly, session: session)
            state.open[state.last] = transaction
            return transaction
        }
    }

    package var count: Int { state.withLock { $0.open.count } }

    /// Whether there is one at most.
    var hasOne: Bool { count <= 1 }

    /// How many have read, or written, something that is in a database.
    package func count(using database: DatabaseConfig) -> Int {
        let open = state.withLock { Array($0.open.values) }
        return open.count { $0.uses(database) }
    }

    /// How many statements wait for another transaction's end.
    package var waitingCount: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    /// Who waits for whom.
    package var waits: [(waiter: User, blocker: User)] {
        state.withLock { state in
            state.waiters.flatMap { number, waits -> [(waiter: User, blocker: User)] in
                guard let blocker = state.open[number] else { return [] }
                let waiters = waits.values.compactMap { wait in
                    wait.session.map { User.session($0) } ?? wait.waiter.map { User.transaction($0) }
                }
                return waiters.map { ($0, blocker.session.map { .session($0) } ?? .transaction(number)) }
            }
        }
    }

    /// How often a transaction was set aside since the file was opened.
    package var setAsideCount: Int { setAsides.load(ordering: .relaxed) }

    func noteSetAside() { setAsides.add(1, ordering: .relaxed) }

    func transaction(_ number: UInt64) -> OpenTransaction? { state.withLock { $0.open[number] } }

    /// Waits for the end of another transaction, without a thread.
    ///
    /// - Parameters:
    ///   - waiter: what its user has begun; nil: nothing that others could wait for.
    ///   - session: the number of the session that waits.
    ///   - wake: called once when it has ended, from any thread.
    /// - Throws: `.deadlock` if that one waits for `waiter`, in one step or several.
    package func wait(
        for blocker: OpenTransaction, by waiter: OpenTransaction?, session: Int32? = nil, wake: @escaping @Sendable () -> Void
    ) throws(CatalogError) -> LockWait {
        let number = state.withLock { state in
            state.lastWait += 1
            return state.lastWait
        }
        let wait = LockWait(number, of: waiter?.number, session, for: blocker.number, wake)
        let isCircle = state.withLock { state -> Bool in
            guard state.open[blocker.number] != nil else {
                wait.end()
                return false
            }
            if let waiter {
                var next: UInt64? = blocker.number
                while let number = next {
                    if number == waiter.number { return true }
                    next = state.waits[number]
                }
                state.waits[waiter.number] = blocker.number
            }
            state.waiters[blocker.number, default: [:]][wait.number] = wait
            return false
        }
        if isCircle { throw CatalogError(.deadlock, "deadlock detected") }
        return wait
    }

    /// Says that a wait is not waited for any more.
    package func giveUp(_ wait: LockWait) {
        state.withLock { state in
            if let waiter = wait.waiter { state.waits[waiter] = nil }
            state.waiters[wait.blocker]?[wait.number] = nil
        }
    }

    func hasEnded(_ transaction: OpenTransaction) {
        state.withLock { state in
            state.open[transaction.number] = nil
            state.waits[transaction.number] = nil
        }
        wakeWaiters(of: transaction)
    }

    /// Has those go on that wait for a transaction.
    func wakeWaiters(of transaction: OpenTransaction) {
        let waiting = state.withLock { state -> [LockWait] in
            let waiting = (state.waiters.removeValue(forKey: transaction.number) ?? [:]).values.sorted { $0.number < $1.number }
            for wait in waiting { if let waiter = wait.waiter { state.waits[waiter] = nil } }
            return waiting
        }
        for wait in waiting { wait.end() }
    }
}

/// Waiting for a transaction to end.
package final class LockWait: Sendable {
    /// Those that began to wait later have greater ones.
    let number: UInt64
    let waiter: UInt64?
    let session: Int32?
    let blocker: UInt64
    private let over = Monitored(false)
    private let wake: @Sendable () -> Void

    init(_ number: UInt64, of waiter: UInt64?, _ session: Int32?, for blocker: UInt64, _ wake: @escaping @Sendable () -> Void) {
        self.number = number
        self.waiter = waiter
        self.session = session
        self.blocker = blocker
        self.wake = wake
    }

    /// Whether the other one has ended.
    package var isOver: Bool { over.wait(until: .now) { $0 ? true : nil } ?? false }

    /// Blocks until it is over, or until then.
    package func block(until deadline: MonotonicTime) {
        let _: Bool? = over.wait(until: deadline.instant) { $0 ? true : nil }
    }

    fileprivate func end() {
        over.update { $0 = true }
        wake()
    }
}
