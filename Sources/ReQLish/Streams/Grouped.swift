/// The answer of `group`: rows by group, read when a term asks for them, or one value for each group.
final class Grouped {
    /// Rows still to be read, with what is to be done to each on the way.
    struct Source {
        let rows: Rows
        let keys: GroupKeyFunctions
        var stages: [RowStage] = []
    }

    private enum Content {
        case source(Source)
        case values([(group: Datum, value: Datum)])
    }

    private let content: Content
    private let held: HeldMemory?

    private init(_ content: Content, held: HeldMemory? = nil) {
        self.content = content
        self.held = held
    }

    convenience init(_ source: Source) {
        self.init(.source(source))
    }

    /// - Parameters:
    ///   - values: Ascending by group.
    ///   - held: counts them, as long as they are here.
    convenience init(values: [(group: Datum, value: Datum)], held: HeldMemory? = nil) {
        self.init(.values(values), held: held)
    }

    var isStream: Bool {
        if case .source = content { return true }
        return false
    }

    /// The rows, while nothing has been made of them yet.
    var source: Source? {
        if case .source(let source) = content { return source }
        return nil
    }

    /// With one more step for each row, as long as rows are still to be read.
    func appending(_ stage: RowStage) -> Grouped? {
        guard case .source(var source) = content else { return nil }
        source.stages.append(stage)
        return Grouped(source)
    }

    /// One value for each group, ascending by group: an array of its rows, where nothing else was made of them.
    func values(_ execution: Execution, at site: Site) throws(ReQLError) -> [(group: Datum, value: Datum)] {
        switch content {
        case .values(let values): return values
        case .source(let source):
            var groups = Groups<[Datum]>(limit: execution.arrayLimit, execution.memory)
            var rowCount = 0
            try source.forEach(execution, at: site) { group, row throws(ReQLError) in
                rowCount += 1
                guard rowCount <= execution.arrayLimit else {
                    throw site.error(
                        .resourceLimit,
                        "The groups have more than \(execution.arrayLimit) rows; reduce them, with `count` or `reduce`, or change `array_limit`."
                    )
                }
                try site.locating(groups.held.add(row))
                _ = try site.locating(groups.update(group, initial: []) { rows in rows.append(row) })
            }
            execution.note("\(rowCount) rows kept by group, \(groups.countText)", at: site)
            var values: [(group: Datum, value: Datum)] = []
            for (group, rows) in groups.sorted() { values.append((group, try execution.array(rows, at: site))) }
            return values
        }
    }

    func materialized(_ execution: Execution, at site: Site) throws(ReQLError) -> Grouped {
        isStream ? Grouped(values: try values(execution, at: site)) : self
    }

    /// Applies a term to each group by itself.
    func mapGroups(
        _ execution: Execution, at site: Site, _ body: (Value) throws(ReQLError) -> Value
    ) throws(ReQLError) -> Grouped {
        var results: [(group: Datum, value: Datum)] = []
        // What is made of a group may be larger than the group.
        let held = HeldMemory(execution.memory)
        for (group, value) in try values(execution, at: site) {
            let result = try body(.datum(value))
            let made: Datum
            if case .rows(let rows) = result {
                made = try rows.collect(execution, at: site)
            } else {
                made = try result.datum(execution, at: site)
            }
            try site.locating(held.add(made))
            results.append((group, made))
        }
        return Grouped(values: results, held: held)
    }

    /// Runs an aggregation over the rows of all groups in one pass, without keeping rows.
    func aggregate(_ aggregation: any Aggregation, _ execution: Execution, at site: Site) throws(ReQLError) -> Grouped? {
        guard case .source(let source) = content else { return nil }
        if let grouped = try aggregateScan(source, aggregation, execution, at: site) { return grouped }
        var groups = Groups<any Accumulator>(limit: execution.arrayLimit, execution.memory)
        try source.forEach(execution, at: site) { group, row throws(ReQLError) in
            var growth = 0
            let adding = { (accumulator: inout any Accumulator) throws(ReQLError) in
                let before = accumulator.heldByteCount
                try accumulator.add(row, execution)
                growth = accumulator.heldByteCount - before
            }
            _ = try site.locating(groups.update(group, initial: aggregation.accumulator(), adding))
            // Bytes that it holds no longer are not given back: the next row may be larger again.
            if growth > 0 { try site.locating(groups.held.add(byteCount: growth)) }
        }
        execution.note("one pass, \(groups.countText)", at: site)
        return try Self.results(of: groups)
    }

    private static func results(of groups: Groups<any Accumulator>) throws(ReQLError) -> Grouped {
        var values: [(group: Datum, value: Datum)] = []
        for (group, accumulator) in groups.sorted() where !accumulator.isEmpty { values.append((group, try accumulator.result())) }
        return Grouped(values: values)
    }

    /// The same for documents of a table by one of their fields, of which the aggregation wants no more than a number each.
    private func aggregateScan(
        _ source: Source, _ aggregation: any Aggregation, _ execution: Execution, at site: Site
    ) throws(ReQLError) -> Grouped? {
        guard source.stages.isEmpty, let key = source.keys.topLevelField, let column = aggregation.column,
            aggregation.accumulator().column != nil, case .scan(let table, let filter) = try source.rows.path(execution)
        else { return nil }
        var groups = Groups<any Accumulator>(limit: execution.arrayLimit, execution.memory)
        var columns: [any ColumnAccumulator] = []
        try source.rows.scan(table, filter, execution).group(by: key, column) { group, number in
            columns[group].add(number)
        } whole: { row throws(ReQLError) in
            var number = 0
            for group in try source.keys.groups(of: row, execution) {
                let adding = { (accumulator: inout any Accumulator) throws(ReQLError) in try accumulator.add(row, execution) }
                number = try site.locating(groups.update(group, initial: aggregation.accumulator(), adding))
            }
            if number == columns.count, let accumulator = groups[number].column { columns.append(accumulator) }
            return number
        }
        execution.note("one pass in the scan, from the stored bytes, \(groups.countText)", at: site)
        return try Self.results(of: groups)
    }

    /// The form in which a grouped value leaves a query.
    func datum(_ execution: Execution, at site: Site) throws(ReQLError) -> Datum {
        var pairs: [Datum] = []
        for (group, value) in try values(execution, at: site) {
            pairs.append(try site.array([group, value]))
        }
        do {
            var builder = DatumBuilder(pseudoTypes: false)
            try builder.beginObject()
            builder.key(Datum.pseudoTypeKey)
            try builder.append("GROUPED_DATA")
            builder.key("data")
            try builder.append(try Datum.array(pairs))
            try builder.endObject()
            return builder.finish()
        } catch {
            throw site.locate(error)
        }
    }
}

extension Grouped.Source {
    /// Calls `body` for every row that comes through, with its group.
    fileprivate func forEach(
        _ execution: Execution, at site: Site, _ body: (_ group: Datum, _ row: Datum) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        let stream = try rows.finite(at: site).stream(execution)
        while let row = try stream.next().row {
            for group in try keys.groups(of: row, execution) {
                try push(row, through: stages[...], execution) { row throws(ReQLError) in try body(group, row) }
            }
        }
    }

    private func push(
        _ row: Datum, through stages: ArraySlice<RowStage>, _ execution: Execution, _ body: (Datum) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        guard let stage = stages.first else { return try body(row) }
        let rest = stages.dropFirst()
        switch stage {
        case .map(let function):
            try push(try function.datum(execution, row), through: rest, execution, body)
        case .filter(let filter):
            if try filter.passes(row, execution) { try push(row, through: rest, execution, body) }
        case .concatMap(let function):
            let result = try function.call(execution, [.datum(row)])
            let stream = try result.rows(execution, at: function.site).stream(execution)
            while let inner = try stream.next().row { try push(inner, through: rest, execution, body) }
        case .compactMap(let transform):
            if let inner = try transform(row) { try push(inner, through: rest, execution, body) }
        }
    }
}

/// Something done to each row on its way into its group.
enum RowStage {
    case map(Function)
    case filter(RowFilter)
    case concatMap(Function)
    case compactMap((Datum) throws(ReQLError) -> Datum?)
}

/// The functions that decide a row's group.
struct GroupKeyFunctions {
    let functions: [Function]
    let isMulti: Bool
    let site: Site

    /// The field by which each row falls into one group, if that is what decides it.
    var topLevelField: String? { functions.count == 1 && !isMulti ? functions[0].topLevelField : nil }

    func groups(of row: Datum, _ execution: Execution) throws(ReQLError) -> [Datum] {
        var keys: [Datum] = []
        keys.reserveCapacity(functions.count)
        for function in functions { keys.append(try function.lookup(execution, row) ?? .null) }
        return try site.locating(isMulti ? GroupKeys.multiple(keys, limit: execution.arrayLimit) : [GroupKeys.single(keys)])
    }
}
