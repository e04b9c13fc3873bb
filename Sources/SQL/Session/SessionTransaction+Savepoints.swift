import Catalog

// Savepoints of a session: what it has written, its settings, cursors and sequences go back together, and what waits for its commit.
extension SessionTransaction {
    struct Savepoint {
        let name: String
        /// Greater than those of all that were made before.
        let number: UInt64
        let temporary: CatalogSnapshot?
        let settingsDepth: Int
        let isReadOnly: Bool
        /// How many notifications, changes of channels and advisory locks the block had.
        let notificationCount: Int
        let listeningCount: Int
        let lockCount: Int
        let deferredKeys: [String: DeferredCheck.Mark]
        let deferrals: [String: Bool]
        let allDeferred: Bool?
    }

    var savepointCount: Int { savepoints.count }

    func noteFresh(_ table: String) { freshTables[table] = savepoints.count }
    func isFresh(_ table: String) -> Bool { freshTables[table] == savepoints.count }

    /// Whether savepoints last to the end of the transaction: not in one that a call has borrowed.
    var keepsSavepoints: Bool { isBorrowed && open?.goesOn ?? false }

    func savepoint(_ name: String) throws(SQLError) {
        try goOn()
        let open = opened()
        try translating { () throws(CatalogError) in
            try open.savepoint(name)
            let temporary = temporaryWriter != nil ? try temporaryWriter!.snapshot() : nil
            noteSavepoint(name, temporary)
        }
    }

    /// Notes what goes back with a savepoint that the open transaction has.
    func noteSavepoint(_ name: String, _ temporary: CatalogSnapshot? = nil) {
        lastSavepoint += 1
        savepoints.append(
            Savepoint(
                name: name, number: lastSavepoint, temporary: temporary, settingsDepth: settingsDepth, isReadOnly: isReadOnly,
                notificationCount: session.notifications.count, listeningCount: session.listenings.count,
                lockCount: session.transactionLocks.count,
                deferredKeys: deferredKeys.mapValues(\.mark), deferrals: deferrals, allDeferred: allDeferred))
        session.settingsStore.savepoint()
        settingsDepth += 1
    }

    /// The number of somebody else's transaction whose statements are of several sessions; nil where this session is the only one.
    var sharedNumber: UInt64? {
        guard isBorrowed, let open, open.goesOn || open.hasTurn else { return nil }
        return open.number
    }

    /// Has what a shared transaction locks for its session let go of when it ends: its last request is not known before.
    func leaveLocks(of holder: LockHolder) {
        guard case .transaction = holder, let open else { return }
        let catalog = catalog
        open.endings.add(0, once: holder) { _ in ServerSessions.of(catalog).unlockAll(of: holder) }
    }

    /// Leaves to somebody else's transaction what ends with it and is in no file: sequences that begin anew, notifications, locks.
    ///
    /// - Throws: `54000` if those who listen have not taken what was sent before, or the transaction sends too much.
    func handOver() throws(SQLError) {
        guard let open else { return }
        let catalog = catalog
        for (savepointCount, sequence, before) in session.restartedSequences.take() {
            open.endings.add(savepointCount) { if !$0 { SequenceStates.of(catalog).set(sequence, before) } }
        }
        if !session.notifications.isEmpty { try handOverNotifications(open) }
        guard sharedNumber != nil else { return }
        for (place, (lock, holder)) in session.transactionLocks.enumerated() {
            open.endings.add(savepoints.count { $0.lockCount <= place }) { _ in
                _ = ServerSessions.of(catalog).unlock(lock, by: holder, isOfTransaction: true)
            }
        }
        session.transactionLocks = []
    }

    private func handOverNotifications(_ open: OpenTransaction) throws(SQLError) {
        let sessions = ServerSessions.of(catalog)
        let handed = open.keptForSQL as? HandedNotifications ?? HandedNotifications()
        try sessions.requireRoom(for: session.notifications, in: session.database)
        if handed.byteCount + session.notifications.byteCount > Mailbox.byteLimit { throw Mailbox.full }
        open.keptForSQL = handed
        for (place, notification) in session.notifications.list.enumerated() {
            // As in a session, what is sent once more in a transaction is told once, though another request has sent it.
            let key = [notification.database, notification.channel, notification.payload]
            handed.byteCount += notification.byteCount
            open.endings.add(savepoints.count { $0.notificationCount <= place }, once: key) {
                handed.byteCount -= notification.byteCount
                if $0 { sessions.deliver([notification]) }
            }
        }
        session.notifications = PendingNotifications()
    }

    /// Does something that changes all or nothing, in somebody else's transaction.
    func atomically<Result>(_ body: () throws -> Result) throws -> Result {
        guard let open else { return try body() }
        let number = open.savepointCount
        try translating { () throws(CatalogError) in try open.savepoint() }
        noteSavepoint("")
        // What goes back further than to its own beginning has none any more.
        func hasBeginning() -> Bool { savepoints.count > number && savepoints[number].name.isEmpty && open.savepointCount > number }
        do {
            let result = try body()
            if hasBeginning() {
                open.forget(number)
                savepoints.remove(at: number)
            }
            return result
        } catch {
            if hasBeginning() {
                // One that has failed for good has undone it all.
                do throws(CatalogError) { try open.rollBack(to: number) } catch {}
                open.release(number)
                savepoints.removeSubrange(number...)
            }
            hasFailed = false
            throw error
        }
    }

    func release(_ name: String) throws(SQLError) {
        guard let index = savepoints.lastIndex(where: { $0.name == name }) else { throw Self.unknown(name) }
        session.settingsStore.release(to: savepoints[index].settingsDepth)
        settingsDepth = savepoints[index].settingsDepth
        // READ ONLY that was said inside ends with it.
        if isReadOnly != savepoints[index].isReadOnly {
            isReadOnly = savepoints[index].isReadOnly
            try session.settingsStore.set("transaction_read_only", isReadOnly ? "on" : "off", isLocal: true)
        }
        savepoints.removeSubrange(index...)
        freshTables = freshTables.mapValues { min($0, index) }
        open?.release(index)
        for cursor in session.cursors.values { cursor.savepointCount = min(cursor.savepointCount, index) }
        session.restartedSequences.release(to: index)
    }

    func rollBack(to name: String) throws(SQLError) {
        guard let index = savepoints.lastIndex(where: { $0.name == name }) else { throw Self.unknown(name) }
        let savepoint = savepoints[index]
        try goOn()
        try translating { () throws(CatalogError) in
            try open?.rollBack(to: index)
            // Who waits for what was written since looks again.
            open?.wakeWaiters()
            if temporaryWriter != nil {
                if let snapshot = savepoint.temporary { try temporaryWriter!.revert(to: snapshot) } else { temporaryWriter = nil }
            }
        }
        session.settingsStore.rollBack(to: savepoint.settingsDepth)
        settingsDepth = savepoint.settingsDepth + 1
        savepoints.removeSubrange((index + 1)...)
        goneSavepoint = min(goneSavepoint ?? .max, savepoint.number)
        freshTables = freshTables.filter { $0.value <= index }
        isReadOnly = savepoint.isReadOnly
        session.notifications.removeAll(behind: savepoint.notificationCount)
        session.listenings.removeSubrange(savepoint.listeningCount...)
        session.unlock(after: savepoint.lockCount)
        for id in Array(deferredKeys.keys) {
            if let mark = savepoint.deferredKeys[id] { deferredKeys[id]?.goBack(to: mark) } else { deferredKeys[id] = nil }
        }
        (deferrals, allDeferred) = (savepoint.deferrals, savepoint.allDeferred)
        // Those that were made since are gone.
        session.cursors = session.cursors.filter { $0.value.savepointCount <= index }
        session.restartedSequences.rollBack(to: index, SequenceStates.of(catalog))
        hasFailed = false
    }

    private static func unknown(_ name: String) -> SQLError {
        SQLError(SQLState(rawValue: "3B001"), "savepoint \"\(name)\" does not exist")
    }
}
