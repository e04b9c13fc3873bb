import Catalog

/// Makes rows of a declared table out of documents that were written without SQL, and writes them.
final class DeclaredRowReader {
    let table: TableRelation
    private let run: Run
    private let group: TableRelation?
    private let columns: [ColumnReader]

    init(_ table: TableRelation, _ definitions: Definitions, _ run: Run) throws(SQLError) {
        self.table = table
        self.run = run
        let binder = Binder(run.session, definitions, try SourceText(""), ParameterTypes([]))
        group = try binder.group(of: table)
        var columns: [ColumnReader] = []
        for column in table.declaration.columns { columns.append(try ColumnReader(column.type, binder)) }
        self.columns = columns
    }

    private func refused(_ state: String, _ message: String) -> SQLError { SQLError(SQLState(rawValue: state), message) }

    /// Returns the key at which the row is now; nil if it is gone.
    func write(_ new: Datum?, over old: Datum?, _ guardian: TableGuard) throws(SQLError) -> Datum? {
        if table.declaration.query != nil { throw refused("42809", "cannot change materialized view \"\(table.name)\"") }
        let keyField = table.config.primaryKey
        let oldKey = old?[field: keyField]?.owned
        guard let new else {
            if let old, let oldKey { try guardian.delete(guardian.row(of: old), key: oldKey) }
            return nil
        }
        if table.isWrittenOpen { return try putOpen(new, isNew: old == nil) }
        guard let old, let oldKey else { return try insert(new, guardian) }
        let (given, others) = try parts(of: new, isNew: false)
        let before = guardian.row(of: old)
        var row = before
        for (index, value) in given.enumerated() where table.declaration.columns[index].generated == nil {
            if let value { row[index] = value } else { row[index] = try guardian.defaultValue(index) }
        }
        try guardian.update(before, oldKey: oldKey, &row, others: others)
        return guardian.lastKey
    }

    /// Returns the key at which a new row is; nil if another one has what it may not have as well, and that is no error.
    ///
    /// - Parameter arbiters: the constraints of which that is no error; nil: all.
    /// - Parameter isTaken: told the key of the other row, and the values that the row would have had.
    func insert(
        _ new: Datum, _ guardian: TableGuard, arbiters: Set<String>? = nil, _ isTaken: ((Datum, Row) -> Void)? = nil
    ) throws(SQLError) -> Datum? {
        var (given, others) = try parts(of: new, isNew: true)
        let cell = try cell(of: new)
        guard let isTaken else {
            _ = try guardian.insert(given, cell: cell, others: others)
            return guardian.lastKey
        }
        // A default is computed once.
        for index in given.indices where given[index] == nil { given[index] = try guardian.defaultValue(index) }
        var key: Datum?
        let stored = try guardian.insert(
            given, cell: cell, others: others, arbiters: arbiters,
            conflict: { found throws(SQLError) in
                if let arbiters, !arbiters.contains(found.name) {
                    throw guardian.duplicate(found.name, given.map { $0 ?? .null }, of: found.scalars)
                }
                key = found.key
            })
        if stored != nil { return guardian.lastKey }
        if let key { isTaken(key, given.map { $0 ?? .null }) }
        return nil
    }

    /// What a document has for the columns, of which nil is nothing, and its other fields.
    func parts(of new: Datum, isNew: Bool) throws(SQLError) -> (given: [SQLValue?], others: [(String, Datum)]) {
        let keyField = table.config.primaryKey
        var others: [(String, Datum)] = []
        for index in 0..<new.count {
            let name = new.key(at: index)
            if name == keyField || table.declaration.column(named: name) != nil { continue }
            guard table.declaration.isOpen else { throw noColumn(name) }
            others.append((name, new[index].owned))
        }
        var given: [SQLValue?] = []
        for (column, reader) in zip(table.declaration.columns, columns) {
            guard let field = new[field: column.name], column.generated == nil else {
                given.append(nil)
                continue
            }
            let value = try reader.value(field, run)
            if isNew, column.identity == "always", !value.isNull {
                throw refused("428C9", "cannot insert a non-DEFAULT value into column \"\(column.name)\"")
            }
            given.append(value)
        }
        return (given, others)
    }

    /// What a document has for a column, in the column's form; nil if it has nothing.
    func value(ofColumn index: Int, in document: Datum) throws(SQLError) -> SQLValue? {
        try document[field: table.declaration.columns[index].name].map { field throws(SQLError) in try columns[index].value(field, run) }
    }

    /// Throws for a document that stands in the table and could not have been written to it: for its cell, its fields and the forms of its
    /// values.
    /// - Parameter row: its values, as far as they have the forms of their types.
    func require(_ document: Datum, _ row: Row) throws(SQLError) {
        if table.hasCells { _ = try cell(of: document) }
        if table.isWrittenOpen { return }
        for index in 0..<document.count where !table.declaration.isOpen {
            let name = document.key(at: index)
            if name != table.config.primaryKey, table.declaration.column(named: name) == nil { throw noColumn(name) }
        }
        for (index, column) in table.declaration.columns.enumerated() {
            if let field = document[field: column.name], !field.isNull { try columns[index].require(field, row[index], run) }
        }
    }

    private func noColumn(_ name: String) -> SQLError {
        refused("42703", "column \"\(name)\" of relation \"\(table.name)\" does not exist")
    }

    /// The key of the cell that a new document names in its key, which is one that there is.
    private func cell(of document: Datum) throws(SQLError) -> Row {
        guard let group else { return [] }
        let key = document[field: table.config.primaryKey] ?? .null
        let width = table.cellIndexes.count
        guard key.kind == .array, key.count >= width else {
            throw refused("21000", "the key of a document of table \"\(table.name)\" begins with the key of its cell")
        }
        let forms = (0..<width).map { key[$0].owned }
        let config = group.config
        let isThere = try run.session.transaction.writing { transaction throws(CatalogError) in
            try transaction.get(Cells.documentKey(forms), in: config) != nil
        }
        try Cells.keep(forms, of: group, run)
        guard isThere else {
            throw refused("23503", "there is no cell of \"\(group.name)\" with the key \(JSONText.text(Cells.documentKey(forms)))")
        }
        return table.cellIndexes.enumerated().map { place, index in Cells.part(place, of: key, table.rowTypes[index], run.session.types) }
    }

    private func putOpen(_ document: Datum, isNew: Bool) throws(SQLError) -> Datum? {
        if isNew { _ = try cell(of: document) }
        let config = table.config
        try run.session.transaction.writing { transaction throws(CatalogError) in
            _ = try transaction.put(document, in: config, ignoringHook: true)
        }
        return document[field: config.primaryKey]?.owned
    }
}

/// Reads the values of a column from JSON: those of its type's own kind, and texts that the type reads. No number is made of a text.
private struct ColumnReader {
    private let natural: SQLType
    private let typeName: String
    private let cast: Scalar
    private let labels: [String]?
    /// Of rows.
    private let fields: [(field: SQLRecord.Field, reader: ColumnReader)]
    /// Of an array: that of the elements, alone.
    private let elements: [ColumnReader]
    private let shape: StoredShape?
    /// Whether there may be values that its domain does not allow.
    private let isProvenLater: Bool

    init(_ type: SQLType, _ binder: Binder) throws(SQLError) {
        isProvenLater = try binder.definitions.domainChecks(type, binder).contains { !$0.isValidated }
        let base = TypeTable.base(of: type, binder.types)
        switch base.oid {
        case SQLType.int2.oid, SQLType.int4.oid: natural = .int8
        case SQLType.varchar.oid, SQLType.bpchar.oid: natural = .text
        case SQLType.float4.oid: natural = .float8
        default: natural = SQLType(base.oid)
        }
        typeName = binder.typeName(SQLType(base.oid))
        if case .enum(let labels)? = binder.types.type(base.oid)?.kind { self.labels = labels } else { labels = nil }
        var fields: [(field: SQLRecord.Field, reader: ColumnReader)] = []
        if case .composite(let declared)? = binder.types.type(base.oid)?.kind {
            for field in declared { fields.append((field, try ColumnReader(field.type, binder))) }
        }
        self.fields = fields
        let element = TypeTable.element(of: base.oid, binder.types)
        elements = try element.map { element throws(SQLError) in [try ColumnReader(element, binder)] } ?? []
        shape = .of(type, binder.types)
        cast = try binder.coerceIfPossible(ColumnScalar(0, natural), to: type, .assignment, at: nil) ?? ColumnScalar(0, natural)
    }

    func value(_ datum: Datum, _ run: Run) throws(SQLError) -> SQLValue {
        try cast.value([datum.isNull ? .null : try read(datum, run)], run)
    }

    /// Throws for a value that stands in a document and is none of the column's.
    /// - Parameter value: what is read of it; NULL if it has another form.
    func require(_ datum: Datum, _ value: SQLValue, _ run: Run) throws(SQLError) {
        if value.isNull { throw wrong(datum) }
        try requireLabel(datum)
        if let element = elements.first { try check(datum[field: StoredForm.elementsField] ?? datum, as: element, run) }
        if datum.kind == .object, !fields.isEmpty { _ = try record(datum, run) }
        if !isProvenLater { _ = try cast.value([value], run) }
    }

    private func requireLabel(_ datum: Datum) throws(SQLError) {
        guard let labels, let text = datum.string, !labels.contains(text) else { return }
        throw refused("invalid input value for enum \(typeName): \"\(text)\"")
    }

    private func read(_ datum: Datum, _ run: Run) throws(SQLError) -> SQLValue {
        switch datum.kind {
        case .string where labels != nil: try requireLabel(datum)
        case .string:
            switch natural.oid {
            case SQLType.int8.oid, SQLType.float8.oid, SQLType.numeric.oid, SQLType.bool.oid: throw wrong(datum)
            case SQLType.text.oid, SQLType.name.oid, SQLType.char.oid:
                guard datum.string?.utf8.contains(0) != true else {
                    throw SQLError(.characterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
                }
            case SQLType.jsonb.oid, SQLType.json.oid: break
            // It was told of when it came.
            case SQLType.tsquery.oid: return .tsquery(try TSQueryReader.stored(datum.string ?? ""))
            default: return try TextInput.value(datum.string ?? "", natural, run.session)
            }
        case .number where natural.oid == SQLType.float8.oid && !Numeric(json: datum).double.isFinite:
            throw SQLError(SQLState(rawValue: "22003"), "\"\(JSONText.text(datum))\" is out of range for type \(typeName)")
        case .number where natural.oid == SQLType.int8.oid && datum.int64 == nil:
            guard datum.number.map({ $0.rounded() == $0 }) == true else { throw wrong(datum) }
            throw SQLError(SQLState(rawValue: "22003"), "value \"\(JSONText.text(datum))\" is out of range for type \(typeName)")
        case .time where natural.oid == SQLType.date.oid || natural.oid == SQLType.timestamp.oid:
            guard case .timestamptz(let moment) = StoredForm.value(datum, .timestamptz, .timestamptz) else { throw wrong(datum) }
            guard natural.oid == SQLType.date.oid else { return .timestamp(moment) }
            let day: Int64 = 86_400_000_000
            return .date(Int32(truncatingIfNeeded: (moment - (moment % day + day) % day) / day))
        default: break
        }
        if datum.kind == .object, !fields.isEmpty { return try record(datum, run) }
        if let element = elements.first {
            let list = datum[field: StoredForm.elementsField] ?? datum
            if element.elements.isEmpty, element.fields.isEmpty, Self.depth(list) == nil { throw wrong(datum) }
            try check(list, as: element, run)
        }
        let value = StoredForm.value(datum.owned, natural, natural, shape)
        if value.isNull { throw wrong(datum) }
        return value
    }

    /// How many arrays stand in each other, which all have as many elements as those beside them; nil if they don't.
    private static func depth(_ list: Datum) -> Int? {
        guard list.kind == .array else { return 0 }
        guard list.count > 0, list.elements.contains(where: { $0.kind == .array }) else { return 1 }
        let depths = Set(list.elements.map { $0.kind == .array ? depth($0) : 0 })
        guard depths.count == 1, let inner = depths.first, let inner, Set(list.elements.map(\.count)).count == 1 else { return nil }
        return inner + 1
    }

    /// Throws for an element that is not of its type.
    private func check(_ datum: Datum, as element: ColumnReader, _ run: Run) throws(SQLError) {
        guard datum.kind == .array else { return }
        for part in datum.elements where !part.isNull {
            if part.kind == .array, element.elements.isEmpty {
                try check(part, as: element, run)
            } else {
                _ = try element.value(part.owned, run)
            }
        }
    }

    /// A row, whose fields are read as columns are.
    private func record(_ datum: Datum, _ run: Run) throws(SQLError) -> SQLValue {
        for index in 0..<datum.count where !fields.contains(where: { $0.field.name == datum.key(at: index) }) {
            throw refused("type \(typeName) has no field \"\(datum.key(at: index))\"")
        }
        var values: [SQLValue] = []
        for (field, reader) in fields {
            values.append(try datum[field: field.name].map { item throws(SQLError) in try reader.value(item, run) } ?? .null)
        }
        return .record(SQLRecord(fields: fields.map(\.field), values: values))
    }

    private func refused(_ message: String) -> SQLError { SQLError(SQLState(rawValue: "22P02"), message) }
    private func wrong(_ datum: Datum) -> SQLError {
        refused("invalid input syntax for type \(typeName): \"\(datum.string ?? JSONText.text(datum))\"")
    }
}
