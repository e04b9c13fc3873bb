import Catalog

// Locks that mean what their users agree on.
extension Session {
    /// Who holds its locks: where requests share a transaction, one of them must not wait for what another one has taken.
    var lockHolder: LockHolder { transaction.sharedNumber.map { .transaction($0) } ?? .session(number) }

    func tryLock(_ lock: AdvisoryLock, isOfTransaction: Bool) throws(SQLError) -> Bool {
        try requireNoOthers("an advisory lock")
        let holder = lockHolder
        guard ServerSessions.of(catalog).tryLock(lock, by: holder, isOfTransaction: isOfTransaction) else { return false }
        if isOfTransaction { transactionLocks.append((lock, holder)) } else { transaction.leaveLocks(of: holder) }
        return true
    }

    /// Lets go of a lock once, if the session holds it for longer than its transaction.
    func unlock(_ lock: AdvisoryLock) -> Bool {
        ServerSessions.of(catalog).unlock(lock, by: lockHolder, isOfTransaction: false)
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
