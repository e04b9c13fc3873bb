import Catalog

/// A call of an aggregate, whose result goes to a position of the group's row.
final class AggregateCall {
    let function: SQLFunction
    var operands: [Scalar]
    var filter: Scalar?
    let isDistinct: Bool
    var orderBy: [SortKey]
    let position: Int
    let type: SQLType
    let make: @Sendable (CallContext) -> any Accumulator

    init?(
        _ function: SQLFunction, _ operands: [Scalar], filter: Scalar?, isDistinct: Bool, orderBy: [SortKey], position: Int, type: SQLType
    ) {
        guard case .aggregate(let make) = function.body else { return nil }
        self.function = function
        self.make = make
        self.operands = operands
        self.filter = filter
        self.isDistinct = isDistinct
        self.orderBy = orderBy
        self.position = position
        self.type = type
    }

    func context(_ run: Run) -> CallContext {
        CallContext(argumentTypes: operands.map(\.type), resultType: type, session: run.session)
    }

    /// Whether it counts rows, all or those for which its argument has a value.
    var isPlainCount: Bool {
        function.name == "count" && operands.count < 2 && filter == nil && !isDistinct && orderBy.isEmpty
    }

    /// Whether it counts different values, whatever they are.
    var countsDistinct: Bool { function.name == "count" && isDistinct && operands.count == 1 && orderBy.isEmpty }

    /// Whether it is count(*).
    var countsRows: Bool { function.name == "count" && operands.isEmpty && filter == nil && !isDistinct }

    func isSame(as other: AggregateCall) -> Bool {
        guard function.oid == other.function.oid, function.name == other.function.name, isDistinct == other.isDistinct, type == other.type,
            orderBy.isEmpty, other.orderBy.isEmpty, operands.count == other.operands.count
        else { return false }
        guard zip(operands, other.operands).allSatisfy({ $0.isSame(as: $1) }) else { return false }
        switch (filter, other.filter) {
        case (nil, nil): return true
        case (let one?, let two?): return one.isSame(as: two)
        default: return false
        }
    }
}

/// What an aggregate has seen of a group, with DISTINCT, ORDER BY and FILTER around it.
final class AggregateState {
    private let call: AggregateCall
    private let accumulator: any Accumulator
    /// Whether its result has all its values in it, and what of them is counted.
    private let collects: Bool
    private let countsDistinct: Bool
    private var countedBytes = 0
    private var seen: Set<GroupKey> = []
    /// Of DISTINCT the arguments whose blanks at the end don't count.
    private let padded: [Int]
    /// Arguments and sort keys, until all are known.
    private var kept: [(arguments: Row, keys: Row)] = []
    /// The arguments of the last row, whose memory is used again.
    private var arguments: Row = []
    /// Of a count of all rows or of those with a value: what it has come to; nil for others.
    private var count: Int64?

    init(_ call: AggregateCall, _ run: Run) {
        self.call = call
        count = call.isPlainCount ? 0 : nil
        accumulator = call.make(call.context(run))
        collects = call.function.name.hasSuffix("_agg")
        countsDistinct = call.countsDistinct
        padded =
            call.isDistinct
            ? call.operands.indices.filter { TypeTable.base(of: call.operands[$0].type, run.session.types).oid == SQLType.bpchar.oid } : []
    }

    /// What tells the arguments from those of other rows.
    private var distinctKey: GroupKey {
        var values = arguments
        for place in padded { if case .text(let text) = values[place] { values[place] = .text(ValueOrder.trimmed(text)) } }
        return GroupKey(values)
    }

    /// What an aggregate of all its values holds counts, in steps.
    private func collect(_ arguments: Row, _ run: Run) throws(SQLError) {
        try accumulator.add(arguments)
        guard collects else { return }
        let byteCount = accumulator.byteCount
        guard byteCount >= countedBytes + QueryMemory.largeValue else { return }
        try run.take(byteCount - countedBytes)
        countedBytes = byteCount
    }

    func add(_ row: Row, _ run: Run) throws(SQLError) {
        if let known = count {
            if let operand = call.operands.first, try operand.value(row, run).isNull { return }
            count = known + 1
            return
        }
        if let filter = call.filter, try !filter.isTrue(row, run) { return }
        arguments.removeAll(keepingCapacity: true)
        for operand in call.operands {
            let value = try operand.value(row, run)
            if call.function.isStrict, value.isNull { return }
            arguments.append(value)
        }
        if call.isDistinct {
            if countsDistinct, arguments[0].isNull { return }
            guard seen.insert(distinctKey).inserted else { return }
            try run.keep(1, width: arguments.count)
            if countsDistinct { return }
        }
        guard !call.orderBy.isEmpty || call.isDistinct else { return try collect(arguments, run) }
        var keys: Row = []
        for key in call.orderBy { keys.append(try key.scalar.value(row, run)) }
        try run.keep(1, width: arguments.count + keys.count)
        kept.append((arguments, keys))
    }

    func result(_ run: Run) throws(SQLError) -> SQLValue {
        if let count { return .int(count) }
        if countsDistinct { return .int(Int64(seen.count)) }
        if !kept.isEmpty {
            let order = call.orderBy
            // DISTINCT alone gives its values in order, as PostgreSQL's sort does.
            let byArguments = order.isEmpty
            let keys = byArguments ? call.operands.map { SortKey(scalar: $0, isDescending: false, nullsFirst: false) } : order
            let sorted = kept.enumerated().sorted { one, other in
                let found = Sorting.compare(
                    byArguments ? one.element.arguments : one.element.keys, byArguments ? other.element.arguments : other.element.keys,
                    keys,
                    run)
                return found != 0 ? found < 0 : one.offset < other.offset
            }
            for item in sorted { try collect(item.element.arguments, run) }
            kept = []
        }
        return try accumulator.result()
    }
}

/// Groups by a table, a pass for all grouping sets.
final class AggregatePlan: Plan {
    struct Key {
        var scalar: Scalar
        var position: Int
        /// A column that is the same wherever the other keys are: it tells no groups apart.
        var isImplied = false
    }

    let keys: [Key]
    /// Which keys each grouping set has.
    let sets: [[Int]]
    let calls: [AggregateCall]
    /// Where the number of the grouping set goes, for GROUPING.
    let setPosition: Int?
    let level: Level

    init(_ child: Plan, keys: [Key], sets: [[Int]], calls: [AggregateCall], setPosition: Int?, level: Level) {
        self.keys = keys
        self.sets = sets
        self.calls = calls
        self.setPosition = setPosition
        self.level = level
        super.init([child])
    }

    /// Of count(*) alone over a table: its rank.
    private func rankCount(_ run: Run) throws(SQLError) -> Row? {
        guard keys.isEmpty, sets == [[]], setPosition == nil, !calls.isEmpty, calls.allSatisfy(\.countsRows),
            let scan = children[0] as? ScanPlan, let count = try scan.count(run)
        else { return nil }
        var row = level.emptyRow
        for call in calls { row[call.position] = .int(Int64(count)) }
        return row
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        if let row = try rankCount(run) { return Plan.source([row]) }
        if let rows = try StoredAggregates(self, run)?.rows() { return Plan.source(rows) }
        if let rows = try ColumnAggregates(self, run)?.rows() { return Plan.source(rows) }
        let groups = GroupTables(self, run)
        try groups.take(try children[0].open(run))
        return { () throws(SQLError) in try groups.next() }
    }

    override var expressions: [Scalar] {
        keys.map(\.scalar) + calls.flatMap { $0.operands + ($0.filter.map { [$0] } ?? []) + $0.orderBy.map(\.scalar) }
    }
    override var showsConditions: Bool { true }
    override var title: String { keys.isEmpty ? "Aggregate" : sets.count > 1 ? "MixedAggregate" : "HashAggregate" }
    override func details(_ text: ScalarText) -> [String] {
        keys.isEmpty ? [] : ["Group Key: " + keys.map { text.of($0.scalar) }.joined(separator: ", ")]
    }
    override var estimate: Int { keys.isEmpty ? 1 : max(1, children[0].estimate / 10) }
}

/// GROUPING(…): a bit for each argument that is not among the keys of the row's grouping set.
final class GroupingScalar: Scalar {
    private let setPosition: Int
    /// For each set its value.
    private let values: [Int64]

    init(setPosition: Int, values: [Int64]) {
        self.setPosition = setPosition
        self.values = values
        super.init(.int4)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .int(let set) = row[setPosition] else { return .int(0) }
        return .int(values[Int(set)])
    }

    override func with(_ operands: [Scalar]) -> Scalar { self }
    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? GroupingScalar else { return false }
        return other.setPosition == setPosition && other.values == values
    }
    override var isImmutableItself: Bool { false }
}
