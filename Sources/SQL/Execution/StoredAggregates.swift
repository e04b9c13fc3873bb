import Catalog
import Ground

/// Aggregates of a whole table that need no rows: how many there are, and sums and averages of fields of open tables, by one field or none,
/// which are read from the bytes of stored documents.
///
/// A pass over the documents for each field. Documents whose bytes don't tell (a number with more digits than a double has, a group that is not
/// known yet) are looked at as rows.
struct StoredAggregates {
    private let plan: AggregatePlan
    private let scan: ScanPlan
    private let run: Run
    /// The field that the rows are grouped by.
    private let key: String?
    /// Of each call the field that it is about; nil for `count(*)`.
    private let fields: [String?]

    /// Documents between two looks at whether the statement was cancelled.
    private static let batchCount = 8192

    /// Nil if rows are needed.
    init?(_ plan: AggregatePlan, _ run: Run) {
        guard let scan = plan.children[0] as? ScanPlan, scan.isWhole, plan.sets.count == 1, plan.keys.count <= 1,
            plan.sets[0].count == plan.keys.count, plan.setPosition == nil
        else { return nil }
        var fields: [String?] = []
        for call in plan.calls {
            guard !call.isDistinct, call.filter == nil, call.orderBy.isEmpty else { return nil }
            switch (call.function.name, call.operands.count) {
            case ("count", 0): fields.append(nil)
            case ("sum", 1), ("avg", 1):
                guard let cast = call.operands[0] as? OpenCastScalar, !cast.isExplicit, cast.type.oid == SQLType.float8.oid,
                    let field = scan.openField(cast.operands[0])
                else { return nil }
                fields.append(field)
            default: return nil
            }
        }
        var key: String?
        if let scalar = plan.keys.first?.scalar {
            guard let field = scan.openField(scalar) else { return nil }
            key = field
        } else if fields.isEmpty {
            return nil
        }
        self.plan = plan
        self.scan = scan
        self.run = run
        self.key = key
        self.fields = fields
    }

    /// Nil if there are so many groups that they have to go to files.
    func rows() throws(SQLError) -> [Row]? {
        guard let key else { return [try ungrouped()] }
        var groups = Groups(ValueKey(plan.keys[0].scalar.type, run))
        // A pass shows all groups, whatever it is about.
        for field in fields.isEmpty ? [nil] : Self.distinct(fields) {
            guard try pass(by: key, field, &groups) else { return nil }
        }
        var rows: [Row] = []
        for (index, value) in groups.values.enumerated() {
            var row = plan.level.emptyRow
            row[plan.keys[0].position] = value
            for (call, accumulator) in zip(plan.calls, groups.accumulators[index]) { row[call.position] = try accumulator.result() }
            rows.append(row)
        }
        return rows
    }

    private static func distinct(_ fields: [String?]) -> [String?] {
        fields.indices.filter { fields.firstIndex(of: fields[$0]) == $0 }.map { fields[$0] }
    }

    // MARK: One row

    private func ungrouped() throws(SQLError) -> Row {
        var row = plan.level.emptyRow
        for field in Self.distinct(fields) {
            let mine = plan.calls.indices.filter { fields[$0] == field }
            guard let field else {
                for index in mine { row[plan.calls[index].position] = .int(Int64(try scan.documentCount(run))) }
                continue
            }
            let accumulators = mine.map { plan.calls[$0].make(plan.calls[$0].context(run)) }
            var column = NumberColumn(field)
            try scan.eachStep(run) { source throws(CatalogError) in
                try source.read(&column, of: Self.batchCount)
            } handle: { step throws(SQLError) in
                for accumulator in accumulators { for number in column.numbers { try accumulator.add([.double(number)]) } }
                column.numbers.removeAll(keepingCapacity: true)
                if case .document(let document, _) = step {
                    let row = scan.row(document, run)
                    for (index, accumulator) in zip(mine, accumulators) { try add(row, plan.calls[index], accumulator) }
                }
            }
            for (index, accumulator) in zip(mine, accumulators) { row[plan.calls[index].position] = try accumulator.result() }
        }
        return row
    }

    private func add(_ row: Row, _ call: AggregateCall, _ accumulator: any Accumulator) throws(SQLError) {
        guard let operand = call.operands.first else { return try accumulator.add([]) }
        let value = try operand.value(row, run)
        if !value.isNull { try accumulator.add([value]) }
    }

    // MARK: Groups

    private struct Groups {
        let key: ValueKey
        var table = KeyTable()
        var values: [SQLValue] = []
        var accumulators: [[any Accumulator]] = []

        init(_ key: ValueKey) {
            self.key = key
        }
    }

    /// False if there are more groups than may be held.
    private func pass(by key: String, _ field: String?, _ groups: inout Groups) throws(SQLError) -> Bool {
        let mine = plan.calls.indices.filter { fields[$0] == field }
        var column = GroupedColumn(by: key, field)
        var bytes = ByteBuffer(capacity: 64)
        var all = groups
        let held = HeldBytes(run)
        var isTooMuch = false
        try scan.eachStep(run) { source throws(CatalogError) in
            if isTooMuch { return .end }
            return try source.read(&column, of: Self.batchCount)
        } handle: { step throws(SQLError) in
            for (group, number) in column.rows {
                for index in mine { try all.accumulators[Int(group)][index].add(field == nil ? [] : [.double(number)]) }
            }
            column.rows.removeAll(keepingCapacity: true)
            if case .document(let document, _) = step {
                let row = scan.row(document, run)
                let value = try plan.keys[0].scalar.value(row, run)
                bytes.removeAll()
                all.key.append(value, to: &bytes)
                let (group, isNew) = all.table.insert(bytes.raw)
                if isNew {
                    if try !held.set(held.count + 120 + bytes.count * 2 + plan.calls.count * 240) { isTooMuch = true }
                    all.values.append(value)
                    all.accumulators.append(plan.calls.map { $0.make($0.context(run)) })
                }
                column.assign(group)
                for index in mine { try add(row, plan.calls[index], all.accumulators[group][index]) }
            }
        }
        groups = all
        return !isTooMuch
    }
}
