import Catalog

/// How wide the rows of a query level are: all of its tables, groups and computed values have positions in one row.
final class Level {
    private(set) var width = 0

    func allocate() -> Int {
        defer { width += 1 }
        return width
    }

    var emptyRow: Row { Array(repeating: .null, count: width) }
}

/// One row without values: what a query without FROM is computed over.
final class OneRowPlan: Plan {
    private let level: Level

    init(_ level: Level) {
        self.level = level
        super.init()
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource { Plan.source([level.emptyRow]) }
    override var title: String { "Result" }
    override var showsConditions: Bool { true }
    override var estimate: Int { 1 }
}

/// No rows: a condition is false whatever the rows are.
final class NoRowsPlan: Plan {
    override func begin(_ run: Run) throws(SQLError) -> RowSource { { () throws(SQLError) in nil } }
    override var title: String { "Result" }
    override func details(_ text: ScalarText) -> [String] { ["One-Time Filter: false"] }
    override var estimate: Int { 0 }
}

/// Rows of expressions.
final class ValuesPlan: Plan {
    private let rows: [[Scalar]]

    init(_ rows: [[Scalar]]) {
        self.rows = rows
        super.init()
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        var position = 0
        return { () throws(SQLError) in
            guard position < self.rows.count else { return nil }
            try run.check()
            var batch: [Row] = []
            while position < self.rows.count, batch.count < Plan.batchCount {
                var row: Row = []
                row.reserveCapacity(self.rows[position].count)
                for scalar in self.rows[position] { row.append(try scalar.value([], run)) }
                batch.append(row)
                position += 1
            }
            return batch
        }
    }

    override var expressions: [Scalar] { rows.flatMap { $0 } }
    override var title: String { "Values Scan on \"*VALUES*\"" }
    override var isScan: Bool { true }
    override var showsConditions: Bool { true }
    override var estimate: Int { rows.count }
}

/// Puts the columns of a query's rows to their positions in rows of a level.
final class PlacePlan: Plan {
    private let level: Level
    private let places: [(from: Int, to: Int)]
    private let name: String

    init(_ child: Plan, _ level: Level, _ places: [(from: Int, to: Int)], name: String) {
        self.level = level
        self.places = places
        self.name = name
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        let empty = level.emptyRow
        let places = places
        return { () throws(SQLError) in
            guard let batch = try source() else { return nil }
            return batch.map { row in
                var placed = empty
                for (from, to) in places { placed[to] = row[from] }
                return placed
            }
        }
    }

    override var title: String { "Subquery Scan on \(name)" }
    override var isOfStepBelow: Bool { children[0].isScan }
    override var showsConditions: Bool { true }
    override var isOfEntry: Bool { true }
}

final class FilterPlan: Plan {
    let condition: Scalar
    private let subqueryTests: SubqueryTests?

    init(_ child: Plan, _ condition: Scalar) {
        self.condition = condition
        subqueryTests = SubqueryTests(condition)
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        let condition = subqueryTests.map { $0.others } ?? condition
        let passing = subqueryTests?.begin(run)
        return { () throws(SQLError) in
            while let batch = try source() {
                try run.check()
                var passed: [Row] = []
                if let condition {
                    for row in batch {
                        let made = run.madeByteCount
                        if try condition.isTrue(row, run) { passed.append(row) }
                        run.drop(to: made)
                    }
                } else {
                    passed = batch
                }
                if let passing { passed = try passing(passed) }
                if !passed.isEmpty { return passed }
            }
            return nil
        }
    }

    override func scan(filling position: Int) -> ScanPlan? { children[0].scan(filling: position) }
    override var expressions: [Scalar] { [condition] }
    override var title: String { "Result" }
    override var isOfStepBelow: Bool { children[0].shown.showsConditions }
    override func details(_ text: ScalarText) -> [String] { ["Filter: \(text.of(condition))"] }
    override var estimate: Int { max(1, children[0].estimate / 3) }
}

/// All rows or none: a condition that is the same for all of them.
final class OneTimeFilterPlan: Plan {
    private let condition: Scalar

    init(_ child: Plan, _ condition: Scalar) {
        self.condition = condition
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        try condition.isTrue([], run) ? try children[0].open(run) : { () throws(SQLError) in nil }
    }

    override var expressions: [Scalar] { [condition] }
    override var title: String { "Result" }
    override func details(_ text: ScalarText) -> [String] { ["One-Time Filter: \(text.of(condition))"] }
    override var estimate: Int { children[0].estimate }
}

/// Makes a row of each row.
final class ProjectPlan: Plan {
    let scalars: [Scalar]
    private let isVolatile: Bool

    override func computing(_ used: Set<Int>) -> Plan {
        ProjectPlan(
            children[0],
            scalars.enumerated().map { index, scalar in
                used.contains(index) || scalar.isVolatile ? scalar : ConstantScalar.null(scalar.type)
            })
    }

    init(_ child: Plan, _ scalars: [Scalar]) {
        self.scalars = scalars
        isVolatile = scalars.contains(where: \.isVolatile)
        super.init([child])
    }

    override var scanOfExistence: ScanPlan? { isVolatile ? nil : children[0].scanOfExistence }

    override func hasRows(_ run: Run) throws(SQLError) -> Bool {
        isVolatile ? try open(run)() != nil : try children[0].hasRows(run)
    }

    override var isOfKey: Bool { children[0].isOfKey }

    override func documentOfKey(_ run: Run) throws(SQLError) -> (key: Datum, table: TableConfig)? {
        try children[0].documentOfKey(run)
    }

    override func rowAtOnce(_ run: Run) throws(SQLError) -> [Row]? {
        guard let rows = try children[0].rowAtOnce(run) else { return nil }
        guard let row = rows.first else { return rows }
        var made: Row = []
        made.reserveCapacity(scalars.count)
        for scalar in scalars { made.append(try scalar.value(row, run)) }
        return [made]
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let scalars = scalars
        return ComputedRows.source(try children[0].open(run), run) { row, byteCount throws(SQLError) in
            var made: Row = []
            made.reserveCapacity(scalars.count)
            for scalar in scalars {
                let value = try scalar.value(row, run)
                byteCount += value.longByteCount
                made.append(value)
            }
            return made
        }
    }

    override var expressions: [Scalar] { scalars }
    override var title: String { "Result" }
    override var isOfStepBelow: Bool { true }
}

/// Keeps the first columns.
final class TrimPlan: Plan {
    private let count: Int

    init(_ child: Plan, _ count: Int) {
        self.count = count
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        let count = count
        return { () throws(SQLError) in try source()?.map { Array($0[..<count]) } }
    }

    override var title: String { "Result" }
    override var isOfStepBelow: Bool { true }
}

/// Runs set-returning functions side by side for each row, the short ones filled up with NULL.
final class SetFunctionsPlan: Plan {
    private let calls: [SetCall]

    init(_ child: Plan, _ calls: [SetCall]) {
        self.calls = calls
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        let held = HeldBytes(run)
        var series: RowSource?
        var waiting: ArraySlice<Row> = []
        // The row whose sets are made, and how many of their values are given on.
        var row: Row = []
        var sets: [[SQLValue]] = []
        var (given, count) = (0, 0)
        return { () throws(SQLError) in
            if let rows = try series?() { return rows }
            series = nil
            var rows: [Row] = []
            while true {
                while given < count, rows.count < Plan.batchCount {
                    var made = row
                    for (set, call) in zip(sets, self.calls) { made[call.position] = given < set.count ? set[given] : .null }
                    rows.append(made)
                    given += 1
                }
                if rows.count >= Plan.batchCount { return rows }
                if let next = waiting.popFirst() {
                    (row, sets, given) = (next, [], 0)
                    for call in self.calls {
                        sets.append(try call.rows(next, run))
                        try Self.hold(held, sets)
                    }
                    count = sets.map(\.count).max() ?? 0
                    continue
                }
                if !rows.isEmpty { return rows }
                (sets, count, given) = ([], 0, 0)
                guard let batch = try source() else { return nil }
                try run.check()
                if let source = try self.seriesSource(batch, run) {
                    series = source
                    if let rows = try source() { return rows }
                    series = nil
                } else {
                    waiting = batch[...]
                }
            }
        }
    }

    /// Counts the values of sets. Throws if there is no room for them.
    static func hold(_ held: HeldBytes, _ sets: [[SQLValue]]) throws(SQLError) {
        let count = sets.reduce(0) { $0 + $1.count }
        // Few are as good as none.
        guard count > 1000 || held.count > 0 else { return }
        var byteCount = count * MemoryLayout<SQLValue>.stride
        for set in sets { for value in set { byteCount += value.longByteCount } }
        if try !held.set(byteCount) { try held.require() }
    }

    /// A single row with a single series, which may be long: in parts.
    private func seriesSource(_ batch: [Row], _ run: Run) throws(SQLError) -> RowSource? {
        guard batch.count == 1, calls.count == 1, let next = try calls[0].parts(batch[0], run) else { return nil }
        let (row, position) = (batch[0], calls[0].position)
        return { () throws(SQLError) in
            try run.check()
            return try next()?.map { value in
                var made = row
                made[position] = value
                return made
            }
        }
    }

    override var title: String { "ProjectSet" }
}

/// Throws unless a value keeps what its type demands.
typealias ValueCheck = (SQLValue, Run) throws(SQLError) -> Void

/// A call of a set-returning function, whose values go to a position of the row.
final class SetCall {
    let function: SQLFunction
    var operands: [Scalar]
    let position: Int
    let type: SQLType
    /// What its rows are held to, which it made of values that know nothing of domains.
    var check: ValueCheck?
    private let body: @Sendable ([SQLValue], CallContext) throws(SQLError) -> [SQLValue]

    init?(_ function: SQLFunction, _ operands: [Scalar], position: Int, type: SQLType) {
        guard case .set(let body) = function.body else { return nil }
        self.function = function
        self.body = body
        self.operands = operands
        self.position = position
        self.type = type
    }

    /// Nil if the function is strict and one of them is NULL.
    private func arguments(_ row: Row, _ run: Run) throws(SQLError) -> [SQLValue]? {
        var arguments: [SQLValue] = []
        for operand in operands {
            let value = try operand.value(row, run)
            if function.isStrict, value.isNull { return nil }
            arguments.append(value)
        }
        return arguments
    }

    /// The values in parts, each made when it is asked for; nil if the function makes them all at once.
    func parts(_ row: Row, _ run: Run) throws(SQLError) -> SeriesFunctions.Parts? {
        guard function.name == SeriesFunctions.name, !operands.contains(where: \.isVolatile), let arguments = try arguments(row, run) else {
            return nil
        }
        return try SeriesFunctions.parts(arguments, run.session)
    }

    /// - Parameter definition: the columns that the query declared for the result.
    func rows(_ row: Row, _ run: Run, definition: [SQLRecord.Field]? = nil) throws(SQLError) -> [SQLValue] {
        guard let arguments = try arguments(row, run) else { return [] }
        let rows = try body(
            arguments,
            CallContext(argumentTypes: operands.map(\.type), resultType: type, session: run.session, columns: definition ?? []))
        if let check { for row in rows { try check(row, run) } }
        return rows
    }
}

/// Functions in FROM, side by side. Gives rows of their columns, and of a number if WITH ORDINALITY was said.
final class FunctionPlan: Plan {
    /// What stands in FROM: a set, or an expression of one value; with as many columns as it is spread to.
    struct Item {
        var call: SetCall?
        var scalar: Scalar?
        /// A record is spread to so many columns; nil: the value is the column.
        var recordWidth: Int?
        /// The columns that the query declared for a record.
        var definition: [SQLRecord.Field]?
    }

    private let items: [Item]
    private let hasOrdinality: Bool
    private let name: String

    init(_ items: [Item], hasOrdinality: Bool, name: String) {
        self.items = items
        self.hasOrdinality = hasOrdinality
        self.name = name
        super.init()
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        if items.count == 1, !hasOrdinality, items[0].recordWidth == nil, let next = try items[0].call?.parts([], run) {
            return { () throws(SQLError) in
                try run.check()
                return try next()?.map { [$0] }
            }
        }
        let held = HeldBytes(run)
        var sets: [[SQLValue]] = []
        for item in items {
            if let call = item.call {
                sets.append(try call.rows([], run, definition: item.definition))
            } else {
                let value = try item.scalar?.value([], run) ?? .null
                if let definition = item.definition, case .record(let record) = value {
                    try record.requireShape(definition, run.session.types)
                }
                sets.append([value])
            }
            try SetFunctionsPlan.hold(held, sets)
        }
        let made = sets
        let count = made.map(\.count).max() ?? 0
        var position = 0
        return { () throws(SQLError) in
            guard position < count else { return nil }
            try run.check()
            let end = min(count, position + Plan.batchCount)
            defer { position = end }
            return withExtendedLifetime(held) { (position..<end).map { self.row($0, made) } }
        }
    }

    private func row(_ index: Int, _ sets: [[SQLValue]]) -> Row {
        var row: Row = []
        for (item, set) in zip(items, sets) {
            let value = index < set.count ? set[index] : nil
            guard let width = item.recordWidth else {
                row.append(value ?? .null)
                continue
            }
            let start = row.count
            if case .record(let record)? = value { row += record.values.prefix(width) }
            while row.count < start + width { row.append(.null) }
        }
        if hasOrdinality { row.append(.int(Int64(index) + 1)) }
        return row
    }

    override var title: String { "Function Scan on \(name)" }
    override var isScan: Bool { true }
    override var showsConditions: Bool { true }
}
