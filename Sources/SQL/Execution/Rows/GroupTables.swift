import Ground

/// One execution of an ``AggregatePlan``: a table of groups for each grouping set.
///
/// Rows of groups that have no room go to files, in parts by the hash of the key; then each part has a table of its own.
final class GroupTables {
    private struct Table {
        var keys = KeyTable()
        /// By the number of a group the values that its rows are grouped by, of the first of them.
        var values: [Row] = []
        /// What the calls have come to, one group's behind the other's.
        var states: [State] = []
        var parts: RowPartitions?
    }

    /// What a call has come to in a group: as little as it takes.
    private enum State {
        case count(Int64)
        /// Of decimals.
        case sum(Numeric, count: Int64)
        /// Of different values.
        case distinct(Int64)
        case plain(any Accumulator)
        case other(AggregateState)
    }

    /// How a call takes rows.
    private struct Taker {
        let call: AggregateCall
        let context: CallContext
        let isPlain: Bool
        let isStrict: Bool
        /// Whether it adds decimals up, for their sum or their average.
        let isSum: Bool
        /// What tells different values apart, if it counts these.
        let distinct: ValueKey?

        init(_ call: AggregateCall, _ run: Run) {
            self.call = call
            context = call.context(run)
            // What has all its values in its result counts them.
            isPlain = call.filter == nil && !call.isDistinct && call.orderBy.isEmpty && !call.function.name.hasSuffix("_agg")
            isStrict = call.function.isStrict
            isSum =
                isPlain && ["sum", "avg"].contains(call.function.name) && call.operands.count == 1
                && call.operands[0].type.oid == SQLType.numeric.oid && call.type.oid == SQLType.numeric.oid
            distinct = call.countsDistinct && call.filter == nil ? ValueKey(call.operands[0].type, run) : nil
        }

        func begin(_ run: Run) -> State {
            if isSum { return .sum(.zero, count: 0) }
            if distinct != nil { return .distinct(0) }
            return call.isPlainCount ? .count(0) : isPlain ? .plain(call.make(context)) : .other(AggregateState(call, run))
        }
    }

    private let plan: AggregatePlan
    private let run: Run
    private let columns: [ValueKey]
    private let takers: [Taker]
    private let held: HeldBytes
    /// The arguments of the last row, whose memory is used again.
    private var arguments: Row = []
    private var tables: [Table]
    /// Of each call that counts different values those that groups have had, behind the number of the group: one table's calls behind the
    /// other's.
    private var seen: [KeyTable] = []
    private var seenKey = ByteBuffer(capacity: 64)
    private var isFull = false
    private var level = 0
    private var waiting: [(list: RowList, set: Int, level: Int)] = []
    /// The group that is handed out next.
    private var position = (set: 0, group: 0)

    init(_ plan: AggregatePlan, _ run: Run) {
        self.plan = plan
        self.run = run
        takers = plan.calls.map { Taker($0, run) }
        columns = plan.keys.map { ValueKey($0.scalar.type, run) }
        held = HeldBytes(run)
        tables = plan.sets.map { _ in Table() }
        seen = tables.flatMap { _ in takers.map { _ in KeyTable() } }
    }

    func take(_ source: RowSource) throws(SQLError) {
        var key = ByteBuffer(capacity: 64)
        var values: Row = []
        let keys = plan.keys
        let sets = plan.sets.map { set in (all: set, telling: set.filter { !keys[$0].isImplied }) }
        while let batch = try source() {
            try run.check()
            for row in batch {
                let made = run.madeByteCount
                defer { run.drop(to: made) }
                values.removeAll(keepingCapacity: true)
                for one in keys { values.append(one.isImplied ? .null : try one.scalar.value(row, run)) }
                for (index, set) in sets.enumerated() {
                    key.removeAll()
                    for place in set.telling { columns[place].append(values[place], to: &key) }
                    try add(row, index, key.raw) { set.all.map { keys[$0].isImplied ? value(row, $0) : values[$0] } }
                }
            }
        }
        // Without keys there is a group, of no rows perhaps.
        for (index, set) in plan.sets.enumerated() where set.isEmpty && tables[index].values.isEmpty { begin([], index) }
    }

    private func begin(_ values: Row, _ set: Int) {
        tables[set].values.append(values)
        for taker in takers { tables[set].states.append(taker.begin(run)) }
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
                begin(values(), set)
                // Objects of aggregates and the array of the values, about.
                try hold(key.count * 2 + 120 + plan.sets[set].count * 24 + plan.calls.count * 240)
            }
        }
        let first = index * takers.count
        for place in takers.indices { try add(row, set, index, place, to: &tables[set].states[first + place]) }
    }

    /// Holds so many bytes more.
    private func hold(_ byteCount: Int) throws(SQLError) {
        if try held.set(held.count + byteCount) { return }
        // Rows of groups that there are already can't be put aside.
        if isFull { try held.require() } else { isFull = try held.canDivide(level) }
    }

    @inline(__always) private func add(_ row: Row, _ set: Int, _ group: Int, _ place: Int, to state: inout State) throws(SQLError) {
        switch state {
        case .count(let count):
            if let operand = takers[place].call.operands.first, try operand.value(row, run).isNull { return }
            state = .count(count + 1)
        case .sum(let sum, let count):
            let value = try takers[place].call.operands[0].value(row, run)
            if value.isNull { return }
            state = .sum(try Numeric.add(sum, value.numeric), count: count + 1)
        case .distinct(let count):
            let value = try takers[place].call.operands[0].value(row, run)
            if value.isNull { return }
            seenKey.removeAll()
            ValueKey.append(integer: Int64(group), to: &seenKey)
            takers[place].distinct?.append(value, to: &seenKey)
            guard seen[set * takers.count + place].insert(seenKey.raw).isNew else { return }
            try hold(seenKey.count * 2 + 24)
            state = .distinct(count + 1)
        case .plain(let accumulator):
            arguments.removeAll(keepingCapacity: true)
            for operand in takers[place].call.operands {
                let value = try operand.value(row, run)
                if takers[place].isStrict, value.isNull { return }
                arguments.append(value)
            }
            try accumulator.add(arguments)
        case .other(let other): try other.add(row, run)
        }
    }

    private func result(_ state: State, of taker: Taker) throws(SQLError) -> SQLValue {
        switch state {
        case .count(let count), .distinct(let count): .int(count)
        case .sum(_, 0): .null
        case .sum(let sum, let count): .numeric(taker.call.function.name == "avg" ? try Numeric.divide(sum, Numeric(count)) : sum)
        case .plain(let accumulator): try accumulator.result()
        case .other(let other): try other.result(run)
        }
    }

    func next() throws(SQLError) -> [Row]? {
        var rows: [Row] = []
        let empty = plan.level.emptyRow
        while true {
            try run.check()
            while position.set < plan.sets.count {
                let set = plan.sets[position.set]
                while position.group < tables[position.set].values.count {
                    let (values, first) = (tables[position.set].values[position.group], position.group * takers.count)
                    position.group += 1
                    var row = empty
                    for (place, key) in set.enumerated() { row[plan.keys[key].position] = values[place] }
                    for (place, taker) in takers.enumerated() {
                        row[taker.call.position] = try result(tables[position.set].states[first + place], of: taker)
                    }
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
        for place in seen.indices { seen[place] = KeyTable() }
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

    /// What a row is grouped by: a column, or what was computed before and did not fail then.
    private func value(_ row: Row, _ key: Int) -> SQLValue { (try? plan.keys[key].scalar.value(row, run)) ?? .null }
}
