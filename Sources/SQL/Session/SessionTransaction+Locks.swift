import Catalog

// What others have locked, and what is held for others.
extension SessionTransaction {
    /// The client is waited for: others need not wait for it.
    func rest() { open?.rest() }

    /// What a statement that writes goes back to if it comes upon what a set-aside transaction has locked.
    enum Beginning {
        /// It has written first: nothing is left of the transaction's writes.
        case nothing
        case savepoint
        /// What the transaction has written is kept beside the tree.
        case beside
        /// Nobody has locked anything.
        case unneeded
    }

    /// To be called before a statement writes, with the turn.
    func beginning(hadWritten: Bool) throws(SQLError) -> Beginning {
        guard let open, open.mayMeetLocks else { return .unneeded }
        if open.changesBeside { return .beside }
        guard hadWritten else { return .nothing }
        try translating { () throws(CatalogError) in try open.savepoint() }
        return .savepoint
    }

    /// The statement is through.
    func forget(_ beginning: Beginning) {
        if case .savepoint = beginning, let open, open.savepointCount > 0 { open.release(open.savepointCount - 1) }
    }

    /// Who has locked what the statement came upon. What the statement did is undone then, and the turn given up.
    func undo(to beginning: Beginning) throws(SQLError) -> OpenTransaction? {
        guard let open, let blocker = open.takeBlocker() else { return nil }
        switch beginning {
        case .unneeded: return nil
        case .nothing: open.undo()
        case .beside: open.undoBeside()
        case .savepoint:
            try translating { () throws(CatalogError) in try open.rollBack(to: open.savepointCount - 1) }
            forget(beginning)
            open.setAside()
        }
        return blocker
    }

    /// To be called before each statement of a block: what it does may be undone alone.
    func beginStatement() { open?.beginStatement() }

    /// Throws if the statement began as one that looks at single rows, which it is no more: it begins anew then.
    func requireTree() throws(SQLError) {
        guard let open else { return }
        try translating { () throws(CatalogError) in try open.requireTree() }
    }

    /// Whether the statement has found out that it needs what the block has changed in the tree. It begins anew then, and has it there.
    func startAgainInTree() -> Bool { open?.startAgainInTree() ?? false }

    /// Begins to wait for another transaction to end. Throws `40P01` if that one waits for this one.
    func wait(for blocker: OpenTransaction, wake: @escaping @Sendable () -> Void) throws(SQLError) -> LockWait {
        let waiter = hasWritten ? open : nil
        return try translating { () throws(CatalogError) in
            try catalog.openTransactions.wait(for: blocker, by: waiter, session: session.isKnown ? session.number : nil, wake: wake)
        }
    }

    func giveUp(_ wait: LockWait) { catalog.openTransactions.giveUp(wait) }

    /// What is read meanwhile holds until the transaction ends: rows that are read by their keys are there, and ranges stay as they are.
    func restingOnReads<Result>(_ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        guard let open else { return try body() }
        return try open.restingOnReads(body) { SQLError($0) }
    }

    /// Keeps what a definition has named: who wants to drop it waits, and so does this one if somebody has.
    func rest(on named: Set<NamedDefinition>, in database: DatabaseConfig?) throws(SQLError) {
        guard let open, open.hasTurn, let database else { return }
        try translating { () throws(CatalogError) in
            for definition in named {
                switch definition.kind {
                case .table: try open.rest(onTable: definition.key, in: database, .share)
                case .new:
                    try open.rest(onTable: definition.key, in: database, .update)
                    for kind in ["view", "sequence"] { try open.rest(onObject: definition.key, ofKind: kind, in: database, .update) }
                // How far it is changes with every transaction that takes a value of it.
                case .sequence: try open.rest(onObject: definition.key, ofKind: "sequence", in: database, .keyShare)
                default: try open.rest(onObject: definition.key, ofKind: definition.kind.rawValue, in: database, .share)
                }
            }
        }
    }

    /// Keeps a whole table as it is.
    func rest(on table: TableConfig, _ strength: LockStrength = .share) throws(SQLError) {
        guard let open else { return }
        try translating { () throws(CatalogError) in try open.rest(on: table, strength) }
    }
}
