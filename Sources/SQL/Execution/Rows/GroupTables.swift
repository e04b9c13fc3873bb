import Ground

/// One execution of an ``AggregatePlan``: a table of groups for each grouping set.
///
/// Rows of groups that have no room go to files, in parts by the hash of the key; then each part has a table of its own.
final class GroupTables {
    private struct Table {
        var keys = KeyTable()
        var groups: [Group] = []
        var parts: RowPartitions?
    }

    private struct Group {
        /// The values that the rows are grouped by, of the first of them.
        let values: Row
        let states: [AggregateState]
    }

    private let plan: AggregatePlan
    private let run: Run
    private let columns: [ValueKey]
    private let held: HeldBytes
    private var tables: [Table]
    private var isFull = false
    private var level = 0
    private var waiting: [(list: RowList, set: Int, level: Int)] = []
    /// The group that is handed out next.
    private var position = (set: 0, group: 0)

    init(_ plan: AggregatePlan, _ run: Run) {
        self.plan = plan
        self.run = run
        columns = plan.keys.map { ValueKey($0.scalar.type, run) }
        held = HeldBytes(run)
        tables = plan.sets.map { _ in Table() }
    }

    func take(_ source: RowSource) throws(SQLError) {
        var key = ByteBuffer(capacity: 64)
        var values: Row = []
        while let batch = try source() {
            try run.check()
            for row in batch {
                let made = run.madeByteCount
                defer { run.drop(to: made) }
                values.removeAll(keepingCapacity: true)
                for key in plan.keys { values.append(try key.scalar.value(row, run)) }
                for (index, set) in plan.sets.enumerated() {
                    key.removeAll()
                    for place in set { columns[place].append(values[place], to: &key) }
                    try add(row, index, key.raw) { set.map { values[$0] } }
                }
            }
        }
        // Without keys there is a group, of no rows perhaps.
        for (index, set) in plan.sets.enumerated() where set.isEmpty && tables[index].groups.isEmpty {
            tables[index].groups.append(Group(values: [], states: plan.calls.map { AggregateState($0, run) }))
        }
    }

    private func add(_ row: Row, _ set: Int, _ key: Bytes, _ values: () -> Row) throws(SQLError) {
        let index: Int
        if isFull {
            guard let known = tables[set].keys.find(key) else {
                let parts = if let parts = tables[set].parts { parts } else { RowPartitions(run, try SpillFile(run), level: level) }
                tables[set].parts = parts
                return try parts.append(row, key: key)
            }
            index = known
        } else {
            let (number, isNew) = tables[set].keys.insert(key)
            index = number
            if isNew {
                tables[set].groups.append(Group(values: values(), states: plan.calls.map { AggregateState($0, run) }))
                // Objects of aggregates and the array of the values, about.
                let byteCount = held.count + key.count * 2 + 120 + plan.sets[set].count * 24 + plan.calls.count * 240
                if try !held.set(byteCount) { isFull = try held.canDivide(level) }
            }
        }
        for state in tables[set].groups[index].states { try state.add(row, run) }
    }

    func next() throws(SQLError) -> [Row]? {
        var rows: [Row] = []
        let empty = plan.level.emptyRow
        while true {
            try run.check()
            while position.set < plan.sets.count {
                let set = plan.sets[position.set]
                while position.group < tables[position.set].groups.count {
                    let group = tables[position.set].groups[position.group]
                    position.group += 1
                    var row = empty
                    for (place, key) in set.enumerated() { row[plan.keys[key].position] = group.values[place] }
                    for (call, state) in zip(plan.calls, group.states) { row[call.position] = try state.result(run) }
                    if let setPosition = plan.setPosition { row[setPosition] = .int(Int64(position.set)) }
                    rows.append(row)
                    if rows.count == Plan.batchCount { return rows }
                }
                position = (position.set + 1, 0)
            }
            guard try goOn() else { return rows.isEmpty ? nil : rows }
        }
    }

    /// Makes the groups of the rows that were put aside next; false if there are no more.
    private func goOn() throws(SQLError) -> Bool {
        for set in tables.indices {
            if let parts = tables[set].parts {
                try parts.finish()
                waiting += parts.lists.filter { $0.count > 0 }.map { ($0, set, level + 1) }
            }
            tables[set] = Table()
        }
        guard let part = waiting.popLast() else { return false }
        (isFull, level, position) = (false, part.level, (part.set, 0))
        _ = try held.set(0)
        let reader = part.list.reader()
        while try reader.next() {
            let row = reader.row(capacity: plan.level.width)
            try reader.withKey { key throws(SQLError) in
                try add(row, part.set, key) { plan.sets[part.set].map { value(row, $0) } }
            }
        }
        return true
    }

    /// What a row is grouped by; it was computed before, and did not fail then.
    private func value(_ row: Row, _ key: Int) -> SQLValue { (try? plan.keys[key].scalar.value(row, run)) ?? .null }
}
