import Catalog

/// Locks the rows of tables that those of a query were made of: FOR UPDATE and its kin.
///
/// It needs the writer's turn, so that nobody can change the rows between their being found and their being locked. Where another
/// transaction has a row, the whole statement waits for that one and begins anew, unless it says NOWAIT or SKIP LOCKED.
final class LockRowsPlan: Plan {
    struct Target {
        let table: TableRelation
        /// Where the key of its row stands; it is NULL where an outer join has no row of the table.
        let position: Int
        let strength: LockStrength
        let waiting: RowLock.Waiting
    }

    private let targets: [Target]

    init(_ child: Plan, _ targets: [Target]) {
        self.targets = targets
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource { try open(run, limit: nil) }

    override func hasRows(_ run: Run) throws(SQLError) -> Bool { try open(run, limit: 1)() != nil }

    /// The first rows only: no others are locked.
    func open(_ run: Run, limit: Int?) throws(SQLError) -> RowSource {
        try run.session.transaction.requireTurn()
        let source: RowSource
        let skips = targets.contains { $0.waiting == .skipLocked }
        if let sort = children[0] as? SortPlan {
            source = try sort.open(run, limit: skips ? nil : limit)
        } else {
            source = try children[0].open(run)
        }
        var left = limit ?? .max
        return { () throws(SQLError) in
            while left > 0, let batch = try source() {
                try run.check()
                var locked: [Row] = []
                for row in batch where left > 0 {
                    guard try self.lock(row, run) else { continue }
                    locked.append(row)
                    left -= 1
                }
                if !locked.isEmpty { return locked }
            }
            return nil
        }
    }

    /// Whether the row is to be given: none of what it was made of is skipped.
    private func lock(_ row: Row, _ run: Run) throws(SQLError) -> Bool {
        for target in targets {
            guard case .json(let key) = row[target.position] else { continue }
            let config = target.table.config
            let isLocked = try run.session.transaction.writing { transaction throws(CatalogError) in
                if target.waiting != .wait { return try transaction.locksAtOnce(key, in: config, target.strength) }
                try transaction.lock(key, in: config, target.strength)
                return true
            }
            if isLocked { continue }
            guard target.waiting == .noWait else { return false }
            throw SQLError(SQLState(rawValue: "55P03"), "could not obtain lock on row in relation \"\(target.table.name)\"")
        }
        return true
    }

    override var title: String { "LockRows" }
}
