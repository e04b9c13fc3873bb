import Catalog

// FOR UPDATE and its kin: which rows of which tables a query locks.

extension RowLock {
    var words: String { "FOR \(strength.rawValue.uppercased())" }

    func names(_ name: String?) -> Bool { relations.isEmpty || relations.contains { $0.last == name } }
}

extension Scope {
    /// What the query asks to be locked of a part of its FROM, as clauses of that part where it is a query itself.
    func locks(of name: String?) -> [RowLock] {
        rowLocks.filter { $0.names(name) }.map { RowLock(strength: $0.strength, relations: [], waiting: $0.waiting, position: $0.position) }
    }
}

extension Binder {
    /// Throws `0A000` for locks of rows that are no rows of tables any more.
    func requireNoLocks(_ locks: [RowLock], _ what: String) throws(SQLError) {
        if let lock = locks.first { throw error("0A000", "\(lock.words) \(what)", at: nil) }
    }

    /// The same of the clauses of a query.
    func requireLockable(_ select: Select, _ locks: [RowLock], _ scope: Scope) throws(SQLError) {
        guard !locks.isEmpty else { return }
        let names: [(isThere: Bool, name: String)] = [
            (select.distinct != .no, "DISTINCT clause"), (!select.groupBy.isEmpty, "GROUP BY clause"),
            (select.having != nil, "HAVING clause"), (!scope.aggregates.isEmpty, "aggregate functions"),
            (!scope.windows.isEmpty, "window functions"), (!scope.sets.isEmpty, "set-returning functions in the target list"),
        ]
        if let found = names.first(where: \.isThere) { try requireNoLocks(locks, "is not allowed with \(found.name)") }
    }

    /// The tables of FROM whose rows are locked. Those of queries and views in it are locked there.
    func lockedTables(_ scope: Scope) throws(SQLError) -> [(entry: RangeEntry, strength: LockStrength, waiting: RowLock.Waiting)] {
        for lock in scope.rowLocks {
            for name in lock.relations {
                guard name.parts.count == 1 else {
                    throw error("42601", "\(lock.words) must specify unqualified relation names", at: name.position)
                }
                guard let entry = scope.rangeEntries.first(where: { $0.name == name.last }) else {
                    throw error(
                        "42P01", "relation \"\(name.last)\" in \(lock.words) clause not found in FROM clause", at: name.position)
                }
                guard case .query(let plan, _, _) = entry.source else { continue }
                if plan is CommonTablePlan { throw error("0A000", "\(lock.words) cannot be applied to a WITH query", at: name.position) }
                if plan is FunctionPlan { throw error("0A000", "\(lock.words) cannot be applied to a function", at: name.position) }
            }
        }
        var locked: [(entry: RangeEntry, strength: LockStrength, waiting: RowLock.Waiting)] = []
        for entry in scope.rangeEntries {
            // The strongest of several, and the one that waits least.
            let locks = scope.locks(of: entry.name)
            guard let strength = locks.map(\.strength.lock).max(by: { $0.rawValue < $1.rawValue }) else { continue }
            let waiting: RowLock.Waiting =
                locks.contains { $0.waiting == .noWait } ? .noWait : locks.contains { $0.waiting == .skipLocked } ? .skipLocked : .wait
            switch entry.source {
            case .table(let table):
                if table.declaration.query != nil {
                    throw error("42809", "cannot lock rows in materialized view \"\(table.name)\"", at: nil)
                }
                try definitions.require(.update, table)
                if table.isTemporary { continue }
                locked.append((entry, strength, waiting))
            case .query(let plan, _, _):
                if let sequence = plan as? SequencePlan {
                    throw error("42809", "cannot lock rows in sequence \"\(sequence.sequence.name)\"", at: nil)
                }
            }
        }
        if let first = scope.rowLocks.first, !locked.isEmpty { locking = locking ?? first.words }
        return locked
    }
}

extension RowLock.Strength {
    fileprivate var lock: LockStrength {
        switch self {
        case .update: .update
        case .noKeyUpdate: .noKeyUpdate
        case .share: .share
        case .keyShare: .keyShare
        }
    }
}
