/// Rows that somebody keeps: of a common table, of a write's RETURNING.
final class CommonTablePlan: Plan {
    let table: CommonTableRows

    init(_ table: CommonTableRows) {
        self.table = table
        super.init(over: table.plan?.depth ?? 0)
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource { try table.kept(run).reader() }
    /// The rows of one step of WITH RECURSIVE have no plan of their own.
    override var title: String { "\(table.plan == nil ? "WorkTable" : "CTE") Scan on \(table.name)" }
    override var isScan: Bool { true }
    override var showsConditions: Bool { true }
}

/// A common table: its plan is opened once, when its rows are first wanted.
final class CommonTableRows {
    let name: String
    /// Set once it is bound; a recursive one is referred to before.
    var plan: Plan?
    var width = 0
    /// A part of the statement that writes runs whether it is read or not, before the rest.
    var isWrite = false

    init(name: String) {
        self.name = name
    }

    func kept(_ run: Run) throws(SQLError) -> KeptRows {
        let id = ObjectIdentifier(self)
        if let kept = run.commonTables[id] { return kept }
        let kept = KeptRows(run, width: width, try plan?.open(run))
        run.commonTables[id] = kept
        return kept
    }
}

/// Begins common tables anew each time its query runs, for a query that depends on rows outside.
final class FreshTablesPlan: Plan {
    private let tables: [CommonTableRows]

    init(_ child: Plan, _ tables: [CommonTableRows]) {
        self.tables = tables
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        for table in tables where !table.isWrite { run.commonTables[ObjectIdentifier(table)] = nil }
        return try children[0].open(run)
    }

    override func computing(_ used: Set<Int>) -> Plan { FreshTablesPlan(children[0].computing(used), tables) }
    override var isOfStepBelow: Bool { true }
}

/// WITH RECURSIVE: the first part, then the second one over what the step before gave, until there is nothing new.
final class RecursivePlan: Plan {
    private let working: CommonTableRows
    private let keepsDuplicates: Bool
    private let width: Int
    private let mark: (position: Int, value: Scalar)?

    /// - Parameter mark: the value of a column in rows from which nothing follows.
    init(
        _ first: Plan, _ step: Plan, _ working: CommonTableRows, keepsDuplicates: Bool, width: Int,
        endingAt mark: (position: Int, value: Scalar)? = nil
    ) {
        self.mark = mark
        self.working = working
        self.keepsDuplicates = keepsDuplicates
        self.width = width
        super.init([first, step])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        var seen: Set<GroupKey> = []
        var source: RowSource? = try children[0].open(run)
        var next: [Row] = []
        let keepsDuplicates = keepsDuplicates
        let end = try mark.map { mark throws(SQLError) in (mark.position, GroupKey([try mark.value.value([], run)])) }
        return { () throws(SQLError) in
            while true {
                try run.check()
                if let current = source {
                    if let batch = try current() {
                        let new = keepsDuplicates ? batch : batch.filter { seen.insert(GroupKey($0)).inserted }
                        try run.keep(keepsDuplicates ? 0 : new.count, width: self.width)
                        if let (position, value) = end {
                            next += new.filter { GroupKey([$0[position]]) != value }
                        } else {
                            next += new
                        }
                        if !new.isEmpty { return new }
                        continue
                    }
                    source = nil
                }
                guard !next.isEmpty else { return nil }
                run.commonTables[ObjectIdentifier(self.working)] = KeptRows(run, width: self.width, Plan.source(next))
                next = []
                source = try self.children[1].open(run)
            }
        }
    }

    override var title: String { "Recursive Union" }
}
