import Catalog

extension Binder {
    /// INSERT, UPDATE, DELETE, MERGE, as a plan whose columns are those of RETURNING.
    func bindChange(_ statement: Statement, _ scope: Scope) throws(SQLError) -> BoundQuery {
        switch statement {
        case .insert(let insert): return try bind(insert, scope)
        case .update(let update): return try bind(update, scope)
        case .delete(let delete): return try bind(delete, scope)
        case .merge(let merge): return try bind(merge, scope)
        case .query(let query): return try bind(query, scope, resolvesUnknown: true)
        default: throw unsupported("this statement here", at: nil)
        }
    }

    func entry(_ table: TableRelation, _ name: String, _ scope: Scope) -> RangeEntry {
        let entry = RangeEntry(name: name, level: scope.level, columns: table.rangeColumns, source: .table(table))
        if !table.hasCells { entry.primaryKey = table.declaration.primaryKeyIndexes }
        scope.rangeEntries.append(entry)
        return entry
    }

    func returning(_ items: [SelectItem], _ entry: RangeEntry, _ scope: Scope) throws(SQLError) -> Returning {
        scope.rules = .returning
        var values = try selected(items, scope)
        for index in values.indices { values[index].scalar = resolved(values[index].scalar) }
        return Returning(
            scalars: values.map(\.scalar),
            columns: values.map {
                OutputColumn(name: $0.name, type: $0.scalar.type, tableOID: $0.column?.tableOID ?? 0, number: $0.column?.number ?? 0)
            }, level: scope.level, entry: entry)
    }

    /// What a statement that changes a table names: its columns, and the cell of its rows.
    func items(of target: ChangeTarget) throws(SQLError) -> [ScopeItem] {
        guard target.view == nil else { return [target.item] }
        return [target.item] + (try cellItems(target.entry))
    }

    func columnIndex(_ name: Name, _ target: ChangeTarget, _ kind: ChangeKind) throws(SQLError) -> Int {
        guard let column = target.columns.first(where: { $0.name == name.text }) ?? target.columns.first(where: { $0.name == name.written })
        else {
            throw error("42703", "column \"\(name.text)\" of relation \"\(target.name)\" does not exist", at: name.position)
        }
        return try index(of: column, target, kind)
    }

    func index(of column: ChangeTarget.Column, _ target: ChangeTarget, _ kind: ChangeKind) throws(SQLError) -> Int {
        if let index = column.index { return index }
        throw SQLError(
            .featureNotSupported, "cannot \(kind.rawValue) column \"\(column.name)\" of view \"\(target.name)\"",
            detail: "View columns that are not columns of their base relation are not updatable.")
    }

    func assigned(
        _ scalar: Scalar, _ column: Declaration.Column, at position: Position?
    ) throws(SQLError) -> Scalar {
        if let coerced = try coerceIfPossible(scalar, to: column.type, .assignment, at: position) { return coerced }
        throw error(
            "42804",
            "column \"\(column.name)\" is of type \(typeName(SQLType(column.type.oid))) but expression is of type "
                + typeName(SQLType(scalar.type.oid)), hint: "You will need to rewrite or cast the expression.", at: position)
    }
}
