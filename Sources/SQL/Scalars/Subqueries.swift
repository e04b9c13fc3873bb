import Catalog

/// A query as a value. The operands are what its slots are filled with; of comparisons, the compared values stand before them.
final class SubqueryScalar: Scalar {
    enum Kind {
        case scalar, exists
        case array(of: SQLType)
        /// Compared values, and the comparison of them with a row of the query: over a row of both.
        case match(count: Int, comparison: Scalar, isAll: Bool)
        /// All columns of the one row, as a record.
        case row
    }

    let kind: Kind
    let plan: Subplan
    private let comparedCount: Int
    /// What the column of a scalar is called.
    var label: String?
    /// Of a scalar that is a record: its columns.
    var fields: [SQLRecord.Field]? { plan.recordFields }

    init(_ kind: Kind, _ plan: Subplan, _ type: SQLType, _ operands: [Scalar]) {
        self.kind = kind
        self.plan = plan
        if case .match(let count, _, _) = kind { comparedCount = count } else { comparedCount = 0 }
        super.init(type, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var compared: Row = []
        for operand in operands[..<comparedCount] { compared.append(try operand.value(row, run)) }
        try plan.fill(operands[comparedCount...], row, run)
        if case .match(_, let comparison, let isAll) = kind { return try match(compared, comparison, isAll: isAll, run) }
        if plan.isVolatile { return try compute(run) }
        let known = knownResults(run)
        guard known.isUseful else { return try compute(run) }
        let key = try plan.key(run)
        if let value = known.find(key) { return value }
        let value = try compute(run)
        known.add(value, for: key, run)
        return value
    }

    /// What it was for other rows outside.
    func knownResults(_ run: Run) -> KnownResults {
        if let known = run.results[ObjectIdentifier(plan)] { return known }
        let made = KnownResults()
        run.results[ObjectIdentifier(plan)] = made
        return made
    }

    private func compute(_ run: Run) throws(SQLError) -> SQLValue {
        if case .exists = kind { return .bool(try plan.plan.hasRows(run)) }
        let source = try plan.plan.open(run)
        switch kind {
        case .scalar, .row:
            guard let batch = try source() else { return .null }
            guard batch.count == 1, try source() == nil else { throw Self.severalRows }
            if case .row = kind {
                let fields = zip(batch[0].indices, plan.columns).map { SQLRecord.Field("f\($0 + 1)", $1) }
                return .record(SQLRecord(fields: fields, values: batch[0]))
            }
            return batch[0][0]
        case .array(let type):
            var values: [SQLValue] = []
            let held = HeldBytes(run)
            while let batch = try source() {
                for row in batch { values.append(row[0]) }
                if try !held.set(held.count + Run.byteCount(of: batch, width: 1)) { try held.require() }
            }
            let isVector = type.oid == SQLType.int2vector.oid || type.oid == SQLType.oidvector.oid
            if !isVector, case .array? = values.first { return try ArrayScalar.nesting(values, type) }
            return .array(SQLArray(type, values))
        case .match, .exists: return .null
        }
    }

    static let severalRows = SQLError(
        SQLState(rawValue: "21000"), "more than one row returned by a subquery used as an expression")

    private func match(_ compared: Row, _ comparison: Scalar, isAll: Bool, _ run: Run) throws(SQLError) -> SQLValue {
        if plan.isVolatile || !plan.outerSlots.isEmpty {
            // Another row outside has other rows: none of them is kept.
            return try match(compared, comparison, isAll: isAll, try plan.plan.open(run), run)
        }
        let rows = try candidates(run)
        if rows.rows.isEmpty { return .bool(isAll) }
        if let found = rows.decide(compared) { return found }
        return try match(compared, comparison, isAll: isAll, Plan.source(rows.rows), run)
    }

    private func candidates(_ run: Run) throws(SQLError) -> CandidateRows {
        let id = ObjectIdentifier(plan)
        if let known = run.candidates[id] { return known }
        let rows = try CandidateRows(plan, hashed: hashesCandidates, run)
        run.candidates[id] = rows
        return rows
    }

    /// Whether it is `value IN (query)`, the query being the same for all rows outside.
    var isMembership: Bool { hashesCandidates && !plan.isVolatile && plan.outerSlots.isEmpty }

    /// The values of a membership.
    func members(_ run: Run) throws(SQLError) -> [SQLValue] { try candidates(run).rows.map { $0[0] } }

    /// Of `integer IN (query)`, whatever the rows outside: the integers for which it is true. Nil if it is something else.
    func integers(_ run: Run) throws(SQLError) -> IntegerSet? {
        guard isMembership, ColumnPlaces.isInteger(plan.columns[0]) else { return nil }
        var numbers: [Int64] = []
        for row in try candidates(run).rows { if case .int(let number) = row[0] { numbers.append(number) } }
        let found = IntegerSet(numbers)
        return run.hasRoom(for: found.byteCount) ? found : nil
    }

    /// Compares with one row after the other, until one decides.
    private func match(
        _ compared: Row, _ comparison: Scalar, isAll: Bool, _ source: RowSource, _ run: Run
    ) throws(SQLError) -> SQLValue {
        var isUnknown = false
        while let batch = try source() {
            try run.check()
            for row in batch {
                switch try comparison.value(compared + row, run) {
                case .bool(let holds): if holds != isAll { return .bool(holds) }
                default: isUnknown = true
                }
            }
        }
        return isUnknown ? .null : .bool(isAll)
    }

    /// Whether the comparison is an equality of one value of one type, so that a table of the rows decides.
    private var hashesCandidates: Bool {
        guard case .match(1, let comparison as CompareScalar, false) = kind, comparison.relation == .equal else { return false }
        return comparison.operands.allSatisfy { $0 is ColumnScalar } && ValueOrder.hashes(comparison.operands[0].type)
    }

    override func with(_ operands: [Scalar]) -> Scalar { SubqueryScalar(kind, plan, type, operands) }
    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? SubqueryScalar else { return false }
        if other.plan === plan { return true }
        guard let mine = plan.origin, let its = other.plan.origin, mine.isSame(as: its) else { return false }
        switch (kind, other.kind) {
        case (.scalar, .scalar), (.exists, .exists), (.array, .array), (.row, .row): return true
        case (.match(let count, let comparison, let isAll), .match(let otherCount, let otherComparison, let isAllThere)):
            return count == otherCount && isAll == isAllThere && comparison.isSame(as: otherComparison)
        default: return false
        }
    }
    override var isVolatileItself: Bool { plan.isVolatile }
    override var isImmutableItself: Bool { false }
}

/// The rows of a query that values are compared with.
final class CandidateRows {
    let rows: [Row]
    private var table: Set<GroupKey>?
    /// The same where all are integers.
    private var integers: IntegerSet?
    private var hasNull = false

    init(_ plan: Subplan, hashed: Bool, _ run: Run) throws(SQLError) {
        var rows: [Row] = []
        var table: Set<GroupKey> = []
        let source = try plan.plan.open(run)
        while let batch = try source() {
            try run.keep(batch, width: plan.columns.count + (hashed ? 3 : 0))
            rows += batch
            guard hashed else { continue }
            for row in batch { if row[0].isNull { hasNull = true } else { table.insert(GroupKey([row[0]])) } }
        }
        self.rows = rows
        guard hashed else { return }
        self.table = table
        guard ColumnPlaces.isInteger(plan.columns[0]) else { return }
        var numbers: [Int64] = []
        for row in rows { if case .int(let number) = row[0] { numbers.append(number) } }
        let found = IntegerSet(numbers)
        if run.hasRoom(for: found.byteCount) { integers = found }
    }

    /// Whether one of the rows is equal; nil if that has to be found out one by one.
    func decide(_ compared: Row) -> SQLValue? {
        guard let table else { return nil }
        if compared[0].isNull { return .null }
        if let integers, case .int(let number) = compared[0] {
            return integers.contains(number) ? .bool(true) : hasNull ? .null : .bool(false)
        }
        return table.contains(GroupKey(compared)) ? .bool(true) : hasNull ? .null : .bool(false)
    }
}
