import Catalog
import Ground

// Locks that mean what their users agree on.
extension Session {
    /// Who holds its locks: where requests share a transaction, one of them must not wait for what another one has taken.
    var lockHolder: LockHolder { transaction.sharedNumber.map { .transaction($0) } ?? .session(number) }

    func tryLock(_ lock: AdvisoryLock, isOfTransaction: Bool) throws(SQLError) -> Bool {
        try requireNoOthers("an advisory lock")
        let holder = lockHolder
        switch try ServerSessions.of(catalog).tryLock(lock, by: holder, isOfTransaction: isOfTransaction) {
        case .isOthers: return false
        case .wasHeld: return true
        case .taken:
            hasLocked(lock, holder, isOfTransaction)
            return true
        }
    }

    /// Takes a lock, and waits for it until it can be had. Others may write meanwhile, for example whoever holds it.
    ///
    /// - Throws: `40P01` if who holds it waits for something of this session, `55P03` after `lock_timeout`, `57014`.
    func waitToLock(_ lock: AdvisoryLock, isOfTransaction: Bool) throws(SQLError) {
        if try tryLock(lock, isOfTransaction: isOfTransaction) { return }
        let request = LockRequest(lock, by: lockHolder, isOfTransaction: isOfTransaction)
        let sessions = ServerSessions.of(catalog)
        lendTurn()
        sessions.await(request)
        do throws(SQLError) {
            try ThreadRelief.waiting { (isRelieved) throws(SQLError) in try wait(for: request, sessions, isRelieved) }
        } catch {
            sessions.withdraw(request)
            throw error
        }
        hasLocked(lock, request.holder, isOfTransaction)
    }

    private func wait(for request: LockRequest, _ sessions: ServerSessions, _ isRelieved: Bool) throws(SQLError) {
        if !isRelieved, !request.wait(until: .now) { throw Self.tooManyWait }
        let deadline = transaction.lockTimeout.map { MonotonicTime.now + $0 }
        // Who closes a circle is told at once. Those that come of other locks close later, and are looked for now and then.
        var nextLook = MonotonicTime.now
        while !request.wait(until: .now) {
            if MonotonicTime.now >= nextLook {
                nextLook = .now + .seconds(1)
                if sessions.isCircle(request, catalog) { throw SQLError(SQLState(rawValue: "40P01"), "deadlock detected") }
            }
            if request.wait(until: .now + Self.lookInterval) { return }
            try checkStopped()
            if let deadline, MonotonicTime.now >= deadline { throw SessionTransaction.lockRefusal(isNoWait: false) }
        }
    }

    /// How long who waits may take to hear that the statement was cancelled.
    static let lookInterval = Duration.milliseconds(50)

    /// Nobody can be spared to wait.
    static let tooManyWait = SQLError(
        SQLState(rawValue: "53300"), "too many statements wait for a lock or a time",
        hint: "Try again later, or use pg_try_advisory_lock, which doesn't wait.")

    /// Has others write while the statement waits for something that is not in the file, if it writes nothing itself.
    func lendTurn() {
        guard lendsTurn else { return }
        transaction.rest()
        turnLimit = nil
    }

    private func hasLocked(_ lock: AdvisoryLock, _ holder: LockHolder, _ isOfTransaction: Bool) {
        guard isOfTransaction else {
            statementLocks[HeldLock(lock: lock, holder: holder), default: 0] += 1
            return transaction.leaveLocks(of: holder)
        }
        transactionLocks.append((lock, holder))
    }

    /// Lets go of a lock once, if the session holds it for longer than its transaction.
    func unlock(_ lock: AdvisoryLock) -> Bool {
        let holder = lockHolder
        if !statementLocks.isEmpty, let count = statementLocks[HeldLock(lock: lock, holder: holder)] {
            statementLocks[HeldLock(lock: lock, holder: holder)] = count > 1 ? count - 1 : nil
        }
        return ServerSessions.of(catalog).unlock(lock, by: holder, isOfTransaction: false)
    }

    /// Lets go of the transaction's locks but for the first ones.
    func unlock(after count: Int) {
        guard transactionLocks.count > count else { return }
        for (lock, holder) in transactionLocks[count...] {
            _ = ServerSessions.of(catalog).unlock(lock, by: holder, isOfTransaction: true)
        }
        transactionLocks.removeSubrange(count...)
    }
}

/// A lock, and who holds it.
struct HeldLock: Hashable {
    let lock: AdvisoryLock
    let holder: LockHolder
}
