/// `typeOf`. Reads no rows.
final class TypeOfNode: DatumNode {
    private var operand: Node { call[0] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        Datum(try operand.evaluate(execution).typeName)
    }
}

/// `info`.
final class InfoNode: DatumNode {
    private var operand: Node { call[0] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let value = try operand.evaluate(execution)
        return try site.object([("type", Datum(value.typeName))] + (try site.locating(details(of: value))))
    }

    private func details(of value: Value) throws(ReQLError) -> [(String, Datum)] {
        switch value {
        case .database(let database): return [("name", Datum(database.name)), ("id", Datum(database.id))]
        case .rows(let rows as TableRows) where rows.kind == .table: return try tableFields(rows)
        case .rows(let rows as TableRows): return try sliceFields(rows)
        case .rows(let rows):
            guard rows.kind.isSelection, let table = rows.table else { return [] }
            return [("table", try tableObject(TableRows(table)))]
        case .row(let row): return [("table", try tableObject(TableRows(row.table)))]
        case .function(let function):
            let written = operand as? FunctionNode
            return [("source_code", Datum(written?.text.text() ?? "a function of \(function.arity ?? 0) parameters"))]
        case .grouped: return []
        case .datum(let datum):
            if let bytes = datum.binary { return [("count", Datum(bytes.count)), ("value", Datum(datum.indented()))] }
            return datum.isNull || JSONFunctions.holdsBound(datum) ? [] : [("value", Datum(datum.indented()))]
        }
    }

    private func tableObject(_ table: TableRows) throws(ReQLError) -> Datum {
        try site.object([("type", "TABLE")] + (try tableFields(table)))
    }

    private func tableFields(_ table: TableRows) throws(ReQLError) -> [(String, Datum)] {
        let config = table.reference.config
        let database = table.reference.database
        let count = try TableRows(table.reference).count(at: site)
        return [
            ("name", Datum(config.name)), ("id", Datum(config.id)), ("primary_key", Datum(config.primaryKey)),
            ("db", ["type": "DB", "name": Datum(database.name), "id": Datum(database.id)]),
            ("doc_count_estimates", [Datum(count)]), ("indexes", config.indexNames),
        ]
    }

    private func sliceFields(_ slice: TableRows) throws(ReQLError) -> [(String, Datum)] {
        let bounds = slice.bounds
        func kind(_ bound: Datum?, _ isInclusive: Bool) -> Datum {
            if slice.isUnachievable { return "unachievable" }
            guard let bound, bound.kind != .minval, bound.kind != .maxval else { return "unbounded" }
            return isInclusive ? "closed" : "open"
        }
        func value(_ name: String, _ bound: Datum?) -> [(String, Datum)] {
            guard let bound, bound.kind != .minval, bound.kind != .maxval else { return [] }
            return [(name, bound)]
        }
        let sorting: Datum =
            switch slice.order {
            case .unordered: "UNORDERED"
            case .ascending: "ASCENDING"
            case .descending: "DESCENDING"
            }
        return [
            ("table", try tableObject(slice)), ("index", Datum(slice.indexName)), ("sorting", sorting),
            ("left_bound_type", kind(bounds.lower, bounds.lowerInclusive)),
            ("right_bound_type", kind(bounds.upper, bounds.upperInclusive)),
        ] + value("left_bound", bounds.lower) + value("right_bound", bounds.upper)
    }
}

/// `coerceTo`.
final class CoerceToNode: TermNode {
    private var operand: Node { call[0] }
    private var target: Node { call[1] }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let value = try operand.evaluate(execution)
        let name = try target.datum(execution)
        let wanted = try target.site.locating(CoercionTarget(name))
        if value.typeName == wanted.rawValue { return value }
        switch (wanted, value) {
        case (.bool, .datum): break
        case (.bool, .row(let row)): return .datum(Datum(try row.datum(at: operand.site).isTruthy))
        case (.bool, _): return .datum(true)
        case (.stream, .rows), (.stream, .datum), (.datum, .row): return value
        case (.streamSelection, .rows(let rows)) where rows.kind.isSelection: return value
        case (.tableSlice, .rows(let rows)) where rows is TableRows: return value
        case (.array, .rows(let rows)), (.datum, .rows(let rows)): return .datum(try rows.collect(execution, at: operand.site))
        case (.object, .rows(let rows)): return .datum(try object(of: rows, execution))
        case (_, .rows), (_, .database), (_, .function), (_, .grouped):
            throw operand.site.error(.queryLogic, "A \(value.typeName) can't be coerced to \(wanted.rawValue).")
        default: break
        }
        let datum = try value.datum(execution, at: operand.site)
        return .datum(try site.locating(Coercion.coerce(datum, to: wanted, arrayLimit: execution.arrayLimit)))
    }

    private func object(of rows: Rows, _ execution: Execution) throws(ReQLError) -> Datum {
        let stream = try rows.finite(at: operand.site).stream(execution)
        var fields = ObjectFromPairs()
        let held = HeldMemory(execution.memory)
        defer { withExtendedLifetime(held) {} }
        var count = 0
        while let pair = try stream.next().row {
            count += 1
            try execution.checkArray(count, at: site)
            try site.locating(held.add(pair))
            try site.locating(fields.add(pair))
        }
        return try site.locating(fields.object())
    }
}

/// `random`.
final class RandomNode: DatumNode {
    private var bounds: [Node] { call.arguments }
    private var float: Node? { call.option("float") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        var datums: [Datum] = []
        for bound in bounds { datums.append(try bound.datum(execution)) }
        let isFloat = try float?.bool(execution)
        var generator = SystemRandomNumberGenerator()
        return try site.locating(RandomNumbers.random(datums, isFloat: isFloat, using: &generator))
    }
}
