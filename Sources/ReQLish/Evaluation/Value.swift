/// The value of a term.
enum Value {
    case datum(Datum)
    /// One row addressed by its key, read when it is needed: `SELECTION<OBJECT>`.
    case row(RowSelection)
    /// A table, a slice of one, a selection or a stream. Arrays are datums.
    case rows(Rows)
    case database(DatabaseConfig)
    case function(Function)
    case grouped(Grouped)

    static var null: Value { .datum(.null) }

    /// The name that `typeOf` answers. Reads no rows.
    var typeName: String {
        switch self {
        case .datum(let datum): datum.typeName
        case .row: "SELECTION<OBJECT>"
        case .rows(let rows): rows.kind.rawValue
        case .database: "DB"
        case .function: "FUNCTION"
        case .grouped(let grouped): grouped.isStream ? "GROUPED_STREAM" : "GROUPED_DATA"
        }
    }

    /// The value as a datum, by the conversions of the language: a row reads itself, an array-backed selection becomes its array.
    func datum(_ execution: Execution, at site: Site) throws(ReQLError) -> Datum {
        switch self {
        case .datum(let datum): return datum
        case .row(let row): return try row.datum(at: site)
        case .rows(let rows) where rows.kind == .selectionArray: return try rows.collect(execution, at: site)
        default: throw site.error(.queryLogic, "Expected a DATUM, found \(typeName).\(coercionHint)")
        }
    }

    private var coercionHint: String {
        if case .rows = self { return " `coerceTo(\"array\")` makes an array of it." }
        return ""
    }

    /// The value as a sequence: anything that is one, or an array.
    func rows(_ execution: Execution, at site: Site) throws(ReQLError) -> Rows {
        switch self {
        case .rows(let rows):
            if let recorder = execution.recorder { recorder.meet(rows, at: site, execution) }
            return rows
        case .datum(let datum) where datum.kind == .array: return ArrayRows(datum)
        case .row(let row):
            let datum = try row.datum(at: site)
            guard datum.kind == .array else { throw site.mismatch(datum, expected: "a SEQUENCE") }
            return ArrayRows(datum)
        case .datum(let datum): throw site.mismatch(datum, expected: "a SEQUENCE")
        case .grouped:
            throw site.error(.queryLogic, "Expected a SEQUENCE, found \(typeName). `ungroup()` makes an array of it.")
        default: throw site.error(.queryLogic, "Expected a SEQUENCE, found \(typeName).")
        }
    }

    /// Whether the value is a sequence, or converts to one.
    var isSequence: Bool {
        switch self {
        case .rows: true
        case .datum(let datum): datum.kind == .array
        default: false
        }
    }

    /// The table, for terms that take nothing less.
    func table(at site: Site) throws(ReQLError) -> TableRows {
        if case .rows(let rows) = self, let table = rows as? TableRows, table.kind == .table { return table }
        throw mismatch(expected: "a TABLE", at: site)
    }

    /// The error for a value where only a function will do.
    func noFunction(at site: Site) -> ReQLError {
        switch self {
        case .datum(let datum):
            site.error(datum.isNull ? .nonExistence : .queryLogic, "Expected type FUNCTION but found DATUM:\n\(datum.shownInFull)")
        default: site.error(.queryLogic, "Expected type FUNCTION but found \(typeName).")
        }
    }

    /// The error for a value of the wrong kind.
    func mismatch(expected: String, at site: Site) -> ReQLError {
        if case .datum(let datum) = self { return site.mismatch(datum, expected: expected) }
        return site.error(.queryLogic, "Expected \(expected), found \(typeName).")
    }
}

/// A row addressed by its primary key: `get`, or an element of a selection.
final class RowSelection {
    let table: TableReference
    let key: Datum
    /// Whether it was asked for by its key, and not found in some other way.
    let isByKey: Bool
    private var read: Datum?

    /// - Parameter row: What the row holds, where that was read already.
    init(table: TableReference, key: Datum, row: Datum? = nil) {
        self.table = table
        self.key = key
        isByKey = row == nil
        read = row
    }

    /// The row, or null if there is none.
    func datum(at site: Site) throws(ReQLError) -> Datum {
        if let read { return read }
        let row = try table.get(key, at: site) ?? .null
        read = row
        return row
    }
}
