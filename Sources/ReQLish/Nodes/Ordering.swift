/// `asc(…)` and `desc(…)`: a key and its direction. Stands only in `orderBy` and `union`.
final class OrderingNode: TermNode {
    var key: Node { call[0] }
    var isDescending: Bool { call.type == .desc }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        throw site.error(.queryLogic, "`asc` and `desc` can only stand directly in `orderBy` or `union`.")
    }
}

extension SortKey {
    /// - Parameter node: A field, a function, or one of these in `asc` or `desc`.
    init(_ node: Node, _ execution: Execution) throws(ReQLError) {
        let ordering = node as? OrderingNode
        let key = ordering?.key ?? node
        guard key.determinism != .never else {
            throw key.site.error(.queryLogic, "A key to sort by must give the same value each time: no random values, no table reads.")
        }
        function = try key.function(execution, .field)
        isDescending = ordering?.isDescending ?? false
    }
}

/// `orderBy`.
final class OrderByNode: TermNode {
    private var keys: ArraySlice<Node> { call.arguments.dropFirst() }
    private var index: Node? { call.option("index") }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        if keys.isEmpty, index == nil { throw site.error(.queryLogic, "`orderBy` needs a key or an index to sort by.") }
        var sortKeys: [SortKey] = []
        for key in keys { sortKeys.append(try SortKey(key, execution)) }
        if let index {
            // As in RethinkDB, nobody asks of what an empty array was to be one.
            if let array = (rows as? ArrayRows)?.array, array.count == 0 { return .datum(array) }
            let ordered = try ordered(rows, by: index, execution)
            if sortKeys.isEmpty { return .rows(ordered) }
            // Rows of a primary index have no ties, so further keys have nothing to decide.
            guard ordered.index != nil else { return .rows(SliceRows(ordered, from: 0, limit: nil)) }
            return .rows(TieSortedRows(ordered, sortKeys, site))
        }
        return try sorted(rows, by: sortKeys, first: nil, execution)
    }

    /// The first rows of the order: as `evaluate`, but that no more are kept. Nil if an index that the query names gives the order.
    override func evaluate(_ execution: Execution, first limit: Int) throws(ReQLError) -> Value? {
        guard index == nil, !keys.isEmpty else { return nil }
        let rows = try receiver.rows(execution)
        var sortKeys: [SortKey] = []
        for key in keys { sortKeys.append(try SortKey(key, execution)) }
        if limit <= execution.arrayLimit, let table = rows.table,
            let first = try IndexedOrder.first(limit, of: rows, by: sortKeys, execution, at: site)
        {
            return .rows(ListRows(first, kind: .selectionArray, table: table))
        }
        return try sorted(rows, by: sortKeys, first: limit, execution)
    }

    /// An array; or, where there are more rows than one may have, or they didn't fit into memory, a sequence.
    private func sorted(_ rows: Rows, by keys: [SortKey], first limit: Int?, _ execution: Execution) throws(ReQLError) -> Value {
        if let limit { execution.note("no more than the first \(limit) rows are kept, of all that come", at: site) }
        let stream = try rows.finite(at: receiver.site).stream(execution)
        let sorter = Sorter(SortOrder(keys: keys), limit: limit, execution)
        var count = 0
        while let row = try stream.next().row {
            count += 1
            if execution.limitsSorting, min(count, limit ?? count) > execution.arrayLimit { try execution.checkArray(count, at: site) }
            try site.locating(sorter.add(row))
        }
        // Rows of a table stay as they are stored until somebody asks for their array.
        let table = rows.kind.isSelection ? rows.table : nil
        switch try site.locating(sorter.finish()) {
        case .rows(let sorted, let held):
            if limit == nil { execution.note("all rows are kept and sorted", at: site) }
            guard sorted.count <= execution.arrayLimit else {
                return .rows(ListRows(sorted, kind: table == nil ? .stream : .selection, table: table, held: held))
            }
            if let table { return .rows(ListRows(sorted, kind: .selectionArray, table: table, held: held)) }
            return .datum(try site.array(sorted))
        case .runs(let runs):
            execution.note(runs.note, at: site)
            return .rows(SortedRunsRows(runs, limit: limit, kind: table == nil ? .stream : .selection, table: table))
        }
    }

    private func ordered(_ rows: Rows, by index: Node, _ execution: Execution) throws(ReQLError) -> TableRows {
        let ordering = index as? OrderingNode
        let name = try (ordering?.key ?? index).string(execution)
        guard let table = rows as? TableRows else {
            throw receiver.site.error(.queryLogic, "Only a table, or a slice of one, can be ordered by an index.")
        }
        guard table.order == .unordered else { throw site.error(.queryLogic, "The table is ordered by an index already.") }
        return try table.using(name, at: index.site, lazily: true).ordered(ordering?.isDescending == true ? .descending : .ascending)
    }
}

/// `distinct`.
final class DistinctNode: TermNode {
    private var index: Node? { call.option("index") }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution)
        if let index {
            let name = try index.string(execution)
            guard let table = rows as? TableRows else {
                throw receiver.site.error(.queryLogic, "Only a table, or a slice of one, has distinct values of an index.")
            }
            guard name == table.reference.config.primaryKey else {
                return .rows(IndexValueRows(try table.using(name, at: index.site)))
            }
            let keys = MapRows(table, FieldFunction(name, site: site))
            // Only a multi index gives a row more than once.
            return .rows(table.index?.isMulti == true ? ListRows(try unique(keys, execution), kind: .stream) : keys)
        }
        // The rows of a table differ in their keys.
        execution.note(
            rows is TableRows ? "rows differ in their keys: there is nothing to compare" : "values are kept and compared", at: site)
        if let table = rows as? TableRows, table.index == nil {
            return .rows(CompactMapRows(table.order == .unordered ? table.ordered(.ascending) : table) { row throws(ReQLError) in row })
        }
        return .datum(try execution.array(try unique(rows, execution), at: site))
    }

    private func unique(_ rows: Rows, _ execution: Execution) throws(ReQLError) -> [Datum] {
        let stream = try rows.finite(at: receiver.site).stream(execution)
        var distinct = Distinct(arrayLimit: execution.arrayLimit, execution.memory)
        while let row = try stream.next().row { try site.locating(distinct.add(row)) }
        return distinct.sorted()
    }
}

/// `sample`.
final class SampleNode: TermNode {
    private var size: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let rows = try receiver.rows(execution).finite(at: receiver.site)
        let size = try size.integer(execution)
        guard size >= 0 else { throw self.size.site.error(.queryLogic, "`sample` takes no negative number, found \(size).") }
        try execution.checkArray(size, at: site)
        if rows is TableRows { execution.note("found by their ranks", at: site) }
        let chosen =
            if let table = rows as? TableRows { try sample(of: table, size) } else { try sample(of: rows, size, execution) }
        let sampled = try execution.array(chosen, at: site)
        if rows.kind.isSelection, let table = rows.table { return .rows(ArrayRows(sampled, kind: .selectionArray, table: table)) }
        return .datum(sampled)
    }

    private func sample(of rows: Rows, _ size: Int, _ execution: Execution) throws(ReQLError) -> [Datum] {
        let stream = try rows.stream(execution)
        var reservoir = ReservoirSample(size: size, generator: SystemRandomNumberGenerator(), execution.memory)
        while let row = try stream.next().row {
            try site.locating(reservoir.add(row))
        }
        return reservoir.values
    }

    /// Rows at random positions, each found in O(log n) (Floyd's choice of distinct positions).
    private func sample(of table: TableRows, _ size: Int) throws(ReQLError) -> [Datum] {
        let count = try table.count(at: site)
        var positions: Set<Int> = []
        for upper in max(0, count - size)..<count {
            let position = Int.random(in: 0...upper)
            if !positions.insert(position).inserted { positions.insert(upper) }
        }
        var rows: [Datum] = []
        for position in positions {
            if let row = try table.nth(position, at: site) { rows.append(row) }
        }
        return rows
    }
}
