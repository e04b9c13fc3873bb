import Catalog

/// A statement that writes, as an operator: it does all its writing when it is opened, and gives the rows of RETURNING.
final class ChangePlan: Plan {
    private let body: (Run) throws(SQLError) -> (rows: [Row], count: Int)
    private let word: String
    /// What it writes, if that is a declared table whose rows are changed one by one.
    let target: ChangeTarget?
    /// The keys of the rows that VALUES gives, as far as they can be told before it writes.
    var givenKeys: ((Run) throws(SQLError) -> [Datum])?

    init(
        _ word: String, of target: ChangeTarget? = nil, _ children: [Plan],
        _ body: @escaping (Run) throws(SQLError) -> (rows: [Row], count: Int)
    ) {
        self.body = body
        self.word = word
        self.target = target
        super.init(children)
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let (rows, count) = try body(run)
        run.changedCount = count
        return Plan.source(rows)
    }

    /// What can be computed before it writes.
    var gathered: GatheredPlan? { children.first as? GatheredPlan }

    /// The keys of documents that it will look for, as far as the statement says them.
    func keysAhead(_ run: Run) throws(SQLError) -> [Datum] {
        if let givenKeys { return try givenKeys(run) }
        return try children.first?.documentOfKey(run).map { [$0.key] } ?? []
    }

    override var title: String { word }
}

/// The rows of RETURNING, counted until whoever reads them counts them.
final class ReturnedRows {
    private(set) var rows: [Row] = []
    private let held: HeldBytes
    private var byteCount = 0

    init(_ run: Run) {
        held = HeldBytes(run)
    }

    func append(_ row: Row) throws(SQLError) {
        rows.append(row)
        byteCount += Run.byteCount(of: row)
        if try !held.set(byteCount) { try held.require() }
    }
}

/// The keys that a statement has changed, where its plan may give one more than once.
struct ChangedKeys {
    private let run: Run
    private let isNeeded: Bool
    private var seen: Set<GroupKey> = []

    init(_ run: Run, isNeeded: Bool) {
        self.run = run
        self.isNeeded = isNeeded
    }

    /// Whether it is new.
    mutating func insert(_ key: Datum) throws(SQLError) -> Bool {
        guard isNeeded else { return true }
        guard seen.insert(GroupKey([.json(key.owned)])).inserted else { return false }
        try run.keep(1, width: 2)
        return true
    }
}

/// RETURNING over a row of the level.
struct Returning {
    var scalars: [Scalar]
    var columns: [OutputColumn]
    var level: Level
    var entry: RangeEntry

    /// - Parameter guardian: who has just written the row, if it has.
    func row(_ stored: Row, _ base: Row?, _ run: Run, _ guardian: TableGuard? = nil) throws(SQLError) -> Row {
        var row = base ?? level.emptyRow
        if row.count < level.width { row += Array(repeating: .null, count: level.width - row.count) }
        for (index, column) in entry.usedColumns {
            if index < stored.count {
                row[column.position] = stored[index]
            } else if let guardian, index == guardian.table.documentIndex {
                row[column.position] = guardian.lastDocument.map { .json($0) } ?? .null
            } else if let guardian, index == guardian.table.keyIndex {
                row[column.position] = guardian.lastKey.map { .json($0) } ?? .null
            }
        }
        var values: Row = []
        for scalar in scalars { values.append(try scalar.value(row, run)) }
        return values
    }
}
