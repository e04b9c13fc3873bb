import Catalog

/// How far a session was when a statement began, in what is not in the file: where the statement begins anew, this goes back as well.
struct StatementMark {
    fileprivate let notificationCount: Int
    fileprivate let listeningCount: Int
    fileprivate let transactionLockCount: Int
    fileprivate let noticeCount: Int
    fileprivate let restartedCount: Int
    /// The session's own tables, if a transaction had written them.
    fileprivate var temporary: CatalogSnapshot?
    fileprivate var goesBackInTemporary = false
}

extension Session {
    /// To be called before the statement does anything.
    func mark() -> StatementMark {
        if !statementLocks.isEmpty { statementLocks = [:] }
        return StatementMark(
            notificationCount: notifications.count, listeningCount: listenings.count, transactionLockCount: transactionLocks.count,
            noticeCount: notices.count, restartedCount: restartedSequences.count)
    }

    /// Has the mark tell of the session's own tables, too. To be called where the statement may write and be undone.
    func markTemporaryTables(in mark: inout StatementMark) throws(SQLError) {
        guard temporaryStore != nil else { return }
        mark.goesBackInTemporary = true
        mark.temporary = try transaction.temporarySnapshot()
    }

    /// Takes back what the statement has done beside the file. It begins anew then.
    func goBack(to mark: StatementMark) throws(SQLError) {
        notifications.removeAll(behind: mark.notificationCount)
        listenings.removeSubrange(mark.listeningCount...)
        unlock(after: mark.transactionLockCount)
        for (held, count) in statementLocks {
            for _ in 0..<count { _ = ServerSessions.of(catalog).unlock(held.lock, by: held.holder, isOfTransaction: false) }
        }
        statementLocks = [:]
        if notices.count > mark.noticeCount { notices.removeSubrange(mark.noticeCount...) }
        restartedSequences.rollBack(behind: mark.restartedCount, SequenceStates.of(catalog))
        if mark.goesBackInTemporary { try transaction.goBackInTemporary(to: mark.temporary) }
    }
}

extension SessionTransaction {
    fileprivate func temporarySnapshot() throws(SQLError) -> CatalogSnapshot? {
        try translating { () throws(CatalogError) in temporaryWriter != nil ? try temporaryWriter!.snapshot() : nil }
    }

    fileprivate func goBackInTemporary(to snapshot: CatalogSnapshot?) throws(SQLError) {
        guard temporaryWriter != nil else { return }
        try translating { () throws(CatalogError) in
            if let snapshot { try temporaryWriter!.revert(to: snapshot) } else { temporaryWriter = nil }
        }
    }
}
