import Catalog
import Ground

/// Composite types: CREATE TYPE … AS (…), and ALTER TYPE of their attributes.
extension Definer {
    func create(_ name: QualifiedName, _ columns: [ColumnDefinition]) throws(SQLError) -> StatementResult {
        let (schema, key, _) = try place(name, .permanent)
        if let relation = try definitions.relation(named: name.last, schema: schema) {
            throw Definitions.rowTypes(of: relation).isEmpty
                ? error("42P07", "relation \"\(name.last)\" already exists") : error("42710", "type \"\(name.last)\" already exists")
        }
        if definitions.type(named: name.last, schema: schema) != nil { throw error("42710", "type \"\(name.last)\" already exists") }
        var fields: [SQLRecord.Field] = []
        for column in columns { try add(column, to: &fields) }
        try requireColumnCount(fields.count)
        try put(
            "type", key,
            Datum.fields([("id", Datum(UUID.random().description)), ("kind", "composite"), ("columns", Self.stored(fields))]),
            isTemporary: false)
        return done("CREATE TYPE")
    }

    func alterComposite(_ alter: AlterTable) throws(SQLError) -> StatementResult {
        let schema = alter.name.parts.dropLast().last?.text
        guard let type = definitions.type(named: alter.name.last, schema: schema) else {
            if try definitions.relation(alter.name) != nil { throw error("42809", "\"\(alter.name.last)\" is not a composite type") }
            throw definitions.missing(alter.name)
        }
        guard case .composite(var fields) = type.kind else {
            throw error("42809", "\"\(alter.name.last)\" is not a composite type")
        }
        func place(_ name: Name) throws(SQLError) -> Int {
            if let place = fields.firstIndex(where: { $0.name == name.text }) { return place }
            throw error("42703", "column \"\(name.text)\" of relation \"\(type.name)\" does not exist")
        }
        for action in alter.actions {
            switch action.kind {
            case .dropColumn, .setType: try requireUnstored(type)
            default: break
            }
            switch action.kind {
            case .addColumn(let column, _):
                try add(column, to: &fields, of: type.name)
                if let last = fields.last, contains(last.type, type.oid) {
                    throw error("42P16", "composite type \(type.name) cannot be made a member of itself")
                }
            case .dropColumn(let name, let ifExists, _):
                if ifExists, !fields.contains(where: { $0.name == name.text }) {
                    session.notice("column \"\(name.text)\" of relation \"\(type.name)\" does not exist, skipping")
                    continue
                }
                fields.remove(at: try place(name))
            case .setType(let name, let new, _, _):
                fields[try place(name)] = SQLRecord.Field(name.text, try TypeNames.resolve(new, binder))
            case .setOwner: continue
            default: throw SQLError(.featureNotSupported, "this change of a composite type is not supported")
            }
        }
        try put(type, fields)
        return done("ALTER TYPE")
    }

    func renameAttribute(_ name: Name, of object: QualifiedName, to newName: Name) throws(SQLError) {
        let schema = object.parts.dropLast().last?.text
        guard case .composite(var fields)? = definitions.type(named: object.last, schema: schema)?.kind,
            let type = definitions.type(named: object.last, schema: schema)
        else { throw definitions.missing(object) }
        guard let place = fields.firstIndex(where: { $0.name == name.text }) else {
            throw error("42703", "column \"\(name.text)\" does not exist")
        }
        guard !fields.contains(where: { $0.name == newName.text }) else {
            throw error("42701", "column \"\(newName.text)\" of relation \"\(type.name)\" already exists")
        }
        try requireUnstored(type)
        fields[place] = SQLRecord.Field(newName.text, fields[place].type)
        try put(type, fields)
    }

    /// Writes a composite type with other attributes.
    func put(_ type: UserType, _ fields: [SQLRecord.Field]) throws(SQLError) {
        try changeObject("type", Definitions.key(type.schema, type.name), "columns", Self.stored(fields), isTemporary: false)
    }

    private func add(_ column: ColumnDefinition, to fields: inout [SQLRecord.Field], of type: String? = nil) throws(SQLError) {
        let name = column.name.text
        guard !fields.contains(where: { $0.name == name }) else {
            throw error(
                "42701",
                type.map { "column \"\(name)\" of relation \"\($0)\" already exists" } ?? "column \"\(name)\" specified more than once",
                at: column.name.position)
        }
        let resolved = try TypeNames.resolve(column.type, binder)
        guard TypeTable.entry(resolved.oid)?.kind != "p" else {
            throw error("42P16", "column \"\(name)\" has pseudo-type \(column.type.name.last)", at: column.name.position)
        }
        fields.append(SQLRecord.Field(name, resolved))
    }

    private static func stored(_ fields: [SQLRecord.Field]) -> Datum {
        Datum(
            elements: fields.map {
                Datum.fields([
                    ("name", Datum($0.name)), ("type", Datum(Int($0.type.oid))), ("modifier", Datum(Int($0.type.modifier))),
                ])
            })
    }

    /// Throws `0A000` for rows of tables and views, whose columns would have to change with them.
    func requireStorable(_ type: SQLType, _ column: String) throws(SQLError) {
        let base = TypeTable.base(of: type, definitions)
        let element = TypeTable.base(of: TypeTable.element(of: base.oid, definitions) ?? base, definitions)
        guard case .composite(let fields)? = definitions.type(element.oid)?.kind else { return }
        guard definitions.declaredTypes().contains(where: { $0.oid == element.oid }) else {
            throw SQLError(
                .featureNotSupported, "column \"\(column)\" cannot be of the row type \(binder.typeName(SQLType(element.oid)))",
                hint: "CREATE TYPE … AS makes a type of one's own.")
        }
        for field in fields { try requireStorable(field.type, column) }
    }

    /// Throws `0A000` for rows, which can't stand in the array that is the key of a document.
    func requireKeyPart(_ type: SQLType, _ column: String) throws(SQLError) {
        guard TypeTable.isComposite(TypeTable.base(of: type, definitions).oid, definitions) else { return }
        throw SQLError(.featureNotSupported, "column \"\(column)\" of a composite type cannot be part of a primary key of several columns")
    }

    /// Throws `0A000` if columns of tables have values of a type, in which its attributes have their names.
    private func requireUnstored(_ type: UserType) throws(SQLError) {
        for table in try definitions.tables() {
            guard let column = table.declaration.columns.first(where: { contains($0.type, type.oid) }) else { continue }
            throw SQLError(
                .featureNotSupported, "cannot alter type \"\(type.name)\" because column \"\(table.name).\(column.name)\" uses it")
        }
    }

    /// Whether the name is that of a table's or view's rows.
    func isRowType(_ name: QualifiedName) throws(SQLError) -> Bool {
        guard let relation = try definitions.relation(name) else { return false }
        return !Definitions.rowTypes(of: relation).isEmpty
    }

    /// Whether values of a type are of another one, or have parts that are.
    func contains(_ type: SQLType, _ oid: UInt32) -> Bool {
        let base = TypeTable.base(of: type, definitions)
        if base.oid == oid { return true }
        if let element = TypeTable.element(of: base.oid, definitions) { return contains(element, oid) }
        guard case .composite(let fields)? = definitions.type(base.oid)?.kind else { return false }
        return fields.contains { contains($0.type, oid) }
    }
}
