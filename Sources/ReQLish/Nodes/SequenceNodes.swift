/// `map` over one sequence or several.
final class MapNode: TermNode, GroupStage {
    private let first: Node
    private let others: [Node]
    private let function: Node

    override init(_ call: Call) {
        first = call[0]
        others = Array(call.arguments.dropFirst().dropLast())
        function = call[call.count - 1]
        super.init(call)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try first.rows(execution)
        var all = others.isEmpty ? [] : [rows]
        for source in others { all.append(try source.rows(execution)) }
        let function = try function.function(execution, .none)
        let count = 1 + others.count
        if let arity = function.arity, arity != count { throw function.wrongArity(count) }
        return try (count == 1 ? MapRows(rows, function) : ZippedMapRows(all, function)).value(execution, at: site)
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        guard others.isEmpty else {
            throw site.error(.queryLogic, "A grouped sequence can't be mapped together with another.")
        }
        return .map(try function.function(execution, .none))
    }
}

/// `filter`.
final class FilterNode: TermNode, GroupStage {
    private let source: Node
    private let predicate: Node
    private let missing: Node?
    /// The filter, if it is written in the query and is the same whenever this is evaluated.
    private let written: RowFilter?

    override init(_ call: Call) {
        source = call[0]
        predicate = call[1]
        missing = call.ownOption("default")
        written = if missing == nil, let function = call[1] as? FunctionNode { RowFilter(function: function.predicate) } else { nil }
        super.init(call)
    }

    private func filter(_ execution: Execution) throws(ReQLError) -> RowFilter {
        if let written { return written }
        let function = try predicate.predicate(execution)
        guard let missing else { return RowFilter(function: function) }
        do {
            return RowFilter(function: function, missing: .value(try missing.truth(execution)))
        } catch  where error.raisesAgain {
            return RowFilter(function: function, missing: .raises)
        } catch  where error.kind == .user {
            return RowFilter(function: function, missing: .fails(error))
        }
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try source.rows(execution)
        return try FilterRows(rows, try filter(execution)).value(execution, at: site)
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        .filter(try filter(execution))
    }
}

/// `concatMap`.
final class ConcatMapNode: TermNode, GroupStage {
    private var function: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        return try ConcatMapRows(rows, try function.function(execution, .none)).value(execution, at: site)
    }

    func stage(_ execution: Execution) throws(ReQLError) -> RowStage {
        .concatMap(try function.function(execution, .none))
    }
}

/// `nth`, and `bracket` with a number.
final class NthNode: Node {
    private let receiver: Node
    private let position: Node

    init(_ receiver: Node, _ position: Node, _ site: Site) {
        self.receiver = receiver
        self.position = position
        super.init(site, determinism: max(receiver.determinism, position.determinism))
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        var wanted: Int?
        if let position = position.constant?.integer, position >= 0, position < Int(Int32.max) { wanted = position + 1 }
        let rows = try receiver.receivedValue(execution, first: wanted).rows(execution, at: receiver.site)
        let position = try position.integer(execution)
        guard let row = try row(position, of: rows, execution) else {
            throw site.error(.nonExistence, "Index out of bounds: \(position)")
        }
        if rows.kind.isSelection, let table = rows.table {
            return .row(RowSelection(table: table, key: row[field: table.config.primaryKey] ?? .null, row: row))
        }
        return .datum(row)
    }

    private func row(_ position: Int, of rows: Rows, _ execution: Execution) throws(ReQLError) -> Datum? {
        if let array = rows as? ArrayRows {
            let index = position < 0 ? array.array.count + position : position
            return index >= 0 && index < array.array.count ? array.array[index] : nil
        }
        if let list = rows as? ListRows, list.kind != .stream || position >= -1 {
            let index = position < 0 ? list.rows.count + position : position
            return list.rows.indices.contains(index) ? list.rows[index] : nil
        }
        var position = position
        // What was sorted counts from its end, whether it is an array or was too much for one.
        if position < 0, rows is SortedRunsRows, let count = try rows.knownCount(at: site) {
            position += count
            if position < 0 { return nil }
        }
        if position < -1 {
            throw self.position.site.error(.queryLogic, "On a stream only -1 counts from the end, found \(position).")
        }
        if let table = rows as? TableRows {
            execution.note("found by its rank", at: site)
            return try table.nth(position, at: site)
        }
        guard position < 0 else {
            let stream = try rows.stream(execution)
            try stream.skip(position)
            return try stream.next().row
        }
        let stream = try rows.finite(at: site).stream(execution)
        var last: Datum?
        while let row = try stream.next().row { last = row }
        return last
    }
}

/// `limit`, `skip` and `slice`.
final class SliceNode: TermNode {
    private let source: Node
    private let type: TermType
    private var bounds: BoundOptions { BoundOptions(call) }
    /// How many rows are wanted from the first one on, if literals say so: they can be told to the term before, as nothing of them can
    /// fail.
    private let literalEnd: Int?

    override init(_ call: Call) {
        source = call[0]
        type = call.type
        literalEnd =
            switch call.type {
            case .limit: call.literalPosition(1)
            case .slice where call.count > 2 && !BoundOptions(call).isGiven && call.literalPosition(1) != nil: call.literalPosition(2)
            default: nil
            }
        super.init(call)
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try source.receivedValue(execution, first: literalEnd)
        return try evaluate(value, execution)
    }

    /// A `skip` wants the rows that it drops as well.
    override func evaluate(_ execution: Execution, first count: Int) throws(ReQLError) -> Value? {
        guard type == .skip, let skipped = call.literalPosition(1),
            let value = try source.evaluate(execution, first: min(skipped + count, Int(Int32.max)))
        else { return nil }
        return try evaluate(value, execution)
    }

    private func evaluate(_ value: Value, _ execution: Execution) throws(ReQLError) -> Value {
        var slice: SliceBounds
        switch type {
        case .limit:
            let limit = try call[1].integer(execution)
            guard limit >= 0 else { throw call[1].site.error(.queryLogic, "`limit` takes no negative number, found \(limit).") }
            slice = SliceBounds(from: 0, to: limit)
        case .skip:
            slice = SliceBounds(from: try position(1, execution), to: nil)
        default:
            slice = SliceBounds(from: try position(1, execution), to: nil)
            slice.isLeftOpen = try bounds.isLeftOpen(execution)
            slice.isRightClosed = try bounds.isRightClosed(execution)
            if call.count > 2 { slice.to = try position(2, execution) }
        }
        if let sliced = try sliced(value, slice, execution) { return .datum(sliced) }
        let rows = try value.rows(execution, at: receiver.site)
        return try self.slice(rows, slice).value(execution, at: site)
    }

    private func position(_ index: Int, _ execution: Execution) throws(ReQLError) -> Int {
        let datum = try call[index].datum(execution)
        return try call[index].site.locating(TypeCheck.integer(datum))
    }

    /// What is sliced at once: arrays, and (but not by `limit`) strings and binary.
    private func sliced(_ value: Value, _ slice: SliceBounds, _ execution: Execution) throws(ReQLError) -> Datum? {
        let datum: Datum
        switch value {
        case .datum(let plain): datum = plain
        case .row(let row): datum = try row.datum(at: receiver.site)
        default: return nil
        }
        switch datum.kind {
        case .array: return try site.locating(Arrays.slice(datum, slice))
        case .string where type != .limit: return try site.locating(Strings.slice(datum, slice))
        case .binary where type != .limit: return try site.locating(Binaries.slice(datum, slice))
        case _ where type != .limit:
            throw receiver.site.error(.queryLogic, "Expected ARRAY, BINARY, or STRING, but found \(datum.typeName).")
        default: return nil
        }
    }

    private func slice(_ rows: Rows, _ slice: SliceBounds) throws(ReQLError) -> Rows {
        guard slice.from >= 0 else {
            throw call[1].site.error(.queryLogic, "On a stream positions can't count from the end, found \(slice.from).")
        }
        let from = slice.from + (slice.isLeftOpen ? 1 : 0)
        guard let to = slice.to else { return SliceRows(rows, from: from, limit: nil) }
        if to == -1, slice.isRightClosed { return SliceRows(rows, from: from, limit: nil) }
        guard to >= 0 else {
            throw call[2].site.error(.queryLogic, "On a stream positions can't count from the end, found \(to).")
        }
        let end = slice.isRightClosed ? to + 1 : to
        return SliceRows(rows, from: from, limit: max(0, end - from), isLimit: type == .limit)
    }
}

extension Call {
    /// The argument that is a position, if it is a literal with which nothing is wrong.
    fileprivate func literalPosition(_ index: Int) -> Int? {
        guard let position = self[index].constant?.integer, position >= 0, position <= Int(Int32.max) else { return nil }
        return position
    }
}

/// `isEmpty`: reads at most one row.
final class IsEmptyNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let rows = try receiver.rows(execution)
        if let count = try rows.knownCount(at: site) {
            execution.note("counted in the tree, and no row is read", at: site)
            try rows.noteCount()
            return Datum(count == 0)
        }
        return Datum(try rows.stream(execution).next().row == nil)
    }
}

/// `range`.
final class RangeNode: TermNode {
    private var bounds: [Node] { call.arguments }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        var numbers: [Int] = []
        for bound in bounds {
            let datum = try bound.datum(execution)
            numbers.append(try bound.site.locating(TypeCheck.integer(datum)))
        }
        switch numbers.count {
        case 0: return .rows(RangeRows(0, nil))
        case 1: return .rows(RangeRows(0, numbers[0]))
        default: return .rows(RangeRows(numbers[0], numbers[1]))
        }
    }
}
