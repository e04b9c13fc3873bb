/// A term that can run over grouped rows in one pass.
protocol AggregatingNode: Node {
    func aggregation(_ execution: Execution) throws(ReQLError) -> any Aggregation
}

extension Aggregation {
    func run(_ rows: Rows, _ execution: Execution, at site: Site) throws(ReQLError) -> Datum {
        var path: AccessPath?
        if let column, let accumulator = accumulator().column {
            path = try rows.path(execution)
            if case .scan(let table, let filter)? = path {
                execution.note("added up in the scan, from the stored bytes", at: site)
                try rows.scan(table, filter, execution).add(column, to: accumulator)
                return try accumulator.result()
            }
            if case .number(let field) = column, case .entries(let entries)? = path, let covering = Covering(.value(field), entries) {
                execution.note("added up from the entries of index `\(entries.index.name)`", at: site)
                try add(entries.reader(), covering, to: accumulator, execution)
                return try accumulator.result()
            }
        }
        let finite = try rows.finite(at: site)
        let stream = if let path { try finite.stream(execution, by: path) } else { try finite.stream(execution) }
        let accumulator = accumulator()
        while let row = try stream.next().row { try accumulator.add(row, execution) }
        return try accumulator.result()
    }
}

extension Aggregation {
    /// Adds the numbers of a field, each from an entry of an index if that has all of it.
    private func add(
        _ entries: EntryReader, _ covering: Covering, to accumulator: any ColumnAccumulator, _ execution: Execution
    ) throws(ReQLError) {
        while true {
            try execution.check()
            guard let hit = try reading(entries.next()) else { return }
            if let number = covering.row(hit)?.number {
                accumulator.add(number)
            } else if let document = try entries.table.counting(hit.document()) {
                try accumulator.add(document, execution)
            }
        }
    }
}

// MARK: - Count

/// `count()`, `count(value)`, `count(fn)`.
final class CountNode: DatumNode, AggregatingNode {
    private var what: Node? { call.count > 1 ? call[1] : nil }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let value = try receiver.receivedValue(execution)
        if what == nil, let count = try ownCount(value, execution) { return Datum(count) }
        let rows = try value.rows(execution, at: receiver.site)
        if what == nil, let count = try rows.knownCount(at: site) {
            execution.note(rows.countNote, at: site)
            try rows.noteCount()
            return Datum(count)
        }
        return try aggregation(execution).run(rows, execution, at: site)
    }

    /// The size of a value that is not a sequence.
    private func ownCount(_ value: Value, _ execution: Execution) throws(ReQLError) -> Int? {
        let datum: Datum
        switch value {
        case .datum(let plain): datum = plain
        case .row(let row): datum = try row.datum(at: receiver.site)
        default: return nil
        }
        switch datum.kind {
        case .string:
            return try site.locating(Strings.count(datum))
        case .binary: return datum.binary?.count
        case .object where datum.isPlainObject: return datum.count
        default: return nil
        }
    }

    func aggregation(_ execution: Execution) throws(ReQLError) -> any Aggregation { Counting(filter: try filter(execution)) }

    private func filter(_ execution: Execution) throws(ReQLError) -> RowFilter? {
        guard let what else { return nil }
        switch try what.evaluate(execution) {
        case .function: return RowFilter(function: try what.predicate(execution))
        case let value:
            return RowFilter(function: EqualityFunction(try value.datum(execution, at: what.site), site: what.site))
        }
    }
}

extension CountNode: WatchableAggregateNode {
    var source: Node { receiver }

    func form(_ execution: Execution) throws(ReQLError) -> WatchedAggregate.Form { .count(try filter(execution)) }
}

private struct Counting: Aggregation {
    let filter: RowFilter?

    func accumulator() -> any Accumulator { Counter(filter) }

    var column: RowColumn? { filter == nil ? .row : nil }

    private final class Counter: ColumnAccumulator {
        private let filter: RowFilter?
        private var count = 0

        init(_ filter: RowFilter?) {
            self.filter = filter
        }

        func add(_ row: Datum, _ execution: Execution) throws(ReQLError) {
            if let filter, try !filter.passes(row, execution) { return }
            count += 1
        }

        func add(rows count: Int) { self.count += count }
        func add(_ number: Double) { count += 1 }
        func add(_ numbers: [Double]) { count += numbers.count }

        var isEmpty: Bool { count == 0 }
        func result() -> Datum { Datum(count) }
    }
}

/// The test whether a row equals a value.
final class EqualityFunction: Function {
    private let value: Datum

    init(_ value: Datum, site: Site) {
        self.value = value
        super.init(site: site, arity: nil)
    }

    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum { Datum(row == value) }
    override func test(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Bool? { row == value }
}

// MARK: - Sum and average

/// `sum` and `avg`.
final class SumNode: DatumNode, AggregatingNode {
    private var key: Node? { call.count > 1 ? call[1] : nil }
    private var isAverage: Bool { call.type == .avg }
    private var index: Node? { call.option("index") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let rows = try receiver.rows(execution)
        return try aggregation(execution).run(rows, execution, at: site)
    }

    func aggregation(_ execution: Execution) throws(ReQLError) -> any Aggregation {
        if let index { throw index.site.error(.queryLogic, "`\(isAverage ? "avg" : "sum")` takes no index.") }
        return Summing(key: try key?.function(execution, .field), isAverage: isAverage, site: site)
    }
}

extension SumNode: WatchableAggregateNode {
    var source: Node { receiver }

    func form(_ execution: Execution) throws(ReQLError) -> WatchedAggregate.Form {
        _ = try aggregation(execution)
        let key = try key?.function(execution, .field)
        return isAverage ? .average(key) : .sum(key)
    }
}

private struct Summing: Aggregation {
    let key: Function?
    let isAverage: Bool
    let site: Site

    func accumulator() -> any Accumulator { Summer(self) }

    var column: RowColumn? { key?.topLevelField.map { .number($0) } }

    private final class Summer: ColumnAccumulator {
        private let summing: Summing
        private var sum = Sum()

        init(_ summing: Summing) {
            self.summing = summing
        }

        func add(_ row: Datum, _ execution: Execution) throws(ReQLError) {
            let value: Datum
            if let key = summing.key {
                guard let found = try key.lookup(execution, row) else { return }
                value = found
            } else {
                value = row
            }
            try summing.site.locating(sum.add(value))
        }

        func add(rows count: Int) { preconditionFailure("a sum is of numbers, not of rows") }
        func add(_ number: Double) { sum.add(number) }
        func add(_ numbers: [Double]) { for number in numbers { sum.add(number) } }

        var isEmpty: Bool { sum.count == 0 }

        func result() throws(ReQLError) -> Datum {
            try summing.site.locating(summing.isAverage ? sum.average() : sum.result())
        }
    }
}

// MARK: - Least and greatest

/// `min` and `max`. A table without a function answers by its primary index, in O(log n).
final class ExtremeNode: TermNode, AggregatingNode {
    private var key: Node? { call.count > 1 ? call[1] : nil }
    private var side: Extreme.Side { call.type == .max ? .maximum : .minimum }
    private var index: Node? { call.option("index") }

    private var name: String { side == .maximum ? "max" : "min" }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try receiver.evaluate(execution)
        let rows = try value.rows(execution, at: receiver.site)
        if key == nil, let table = rows as? TableRows, index != nil || table.kind == .table {
            let chosen = if let index { try table.using(try index.string(execution), at: index.site) } else { table }
            execution.note("the \(side == .maximum ? "last" : "first") of index `\(chosen.indexName)`", at: site)
            guard let row = try chosen.extreme(greatest: side == .maximum, at: site) else {
                throw site.error(
                    index == nil ? .nonExistence : .queryLogic, "There is no \(name) of the empty `\(table.reference.qualifiedName)`.")
            }
            let key = row[field: table.reference.config.primaryKey] ?? .null
            return .row(RowSelection(table: table.reference, key: key, row: row))
        }
        return .datum(try aggregation(execution).run(rows, execution, at: site))
    }

    /// The table in the order whose first row this is, for a feed to follow.
    func ordered(_ execution: Execution) throws(ReQLError) -> TableRows {
        let value = try receiver.evaluate(execution)
        guard key == nil, case .rows(let rows) = value, let table = rows as? TableRows, index != nil || table.kind == .table else {
            throw site.notWatchable("only the \(name) of a table by an index can be followed")
        }
        let chosen = if let index { try table.using(try index.string(execution), at: index.site) } else { table }
        return chosen.ordered(side == .maximum ? .descending : .ascending)
    }

    func aggregation(_ execution: Execution) throws(ReQLError) -> any Aggregation {
        if let index {
            throw index.site.error(
                .queryLogic, key == nil ? "Only a table has a \(name) by index." : "`\(name)` takes a function or an index, not both.")
        }
        return Comparing(key: try key?.function(execution, .field), side: side, site: site)
    }
}

private struct Comparing: Aggregation {
    let key: Function?
    let side: Extreme.Side
    let site: Site

    func accumulator() -> any Accumulator { Comparer(self) }

    private final class Comparer: Accumulator {
        private let comparing: Comparing
        private var extreme: Extreme

        init(_ comparing: Comparing) {
            self.comparing = comparing
            extreme = Extreme(comparing.side)
        }

        func add(_ row: Datum, _ execution: Execution) throws(ReQLError) {
            if let function = comparing.key {
                if let key = try function.lookup(execution, row) { extreme.add(row, key: key) }
            } else {
                extreme.add(row, key: row)
            }
        }

        var isEmpty: Bool { extreme.isEmpty }
        var heldByteCount: Int { extreme.heldByteCount }

        func result() throws(ReQLError) -> Datum {
            return try comparing.site.locating(extreme.result())
        }
    }
}

// MARK: - Reduce

/// `reduce`.
final class ReduceNode: DatumNode, AggregatingNode {
    private var function: Node { call[1] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let rows = try receiver.rows(execution)
        return try aggregation(execution).run(rows, execution, at: site)
    }

    func aggregation(_ execution: Execution) throws(ReQLError) -> any Aggregation {
        Reducing(function: try function.function(execution, .none), site: site)
    }
}

private struct Reducing: Aggregation {
    let function: Function
    let site: Site

    func accumulator() -> any Accumulator { Reducer(self) }

    private final class Reducer: Accumulator {
        private let reducing: Reducing
        private var value: Datum?

        init(_ reducing: Reducing) {
            self.reducing = reducing
        }

        func add(_ row: Datum, _ execution: Execution) throws(ReQLError) {
            value = if let value { try reducing.function.datum(execution, value, row) } else { row }
        }

        var isEmpty: Bool { value == nil }
        var heldByteCount: Int { value?.heldByteCount ?? 0 }

        func result() throws(ReQLError) -> Datum {
            guard let value else { throw reducing.site.error(.nonExistence, "Cannot reduce over an empty stream.") }
            return value
        }
    }
}
