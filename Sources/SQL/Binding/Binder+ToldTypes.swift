import Catalog

// Fields of open tables have no type, but clients of PostgreSQL want one of each column, and so does CREATE TABLE AS: that of all values
// which the field has now. What a statement has changed (RETURNING) may be of another kind, and stays jsonb.
extension Binder {
    /// The field of an open table that an expression is, if it is nothing else.
    func openSource(_ scalar: Scalar, _ entries: [RangeEntry]) -> OpenSource? {
        guard tellsTypes, session.catalog.knowsShapes, scalar.type == .open, let column = scalar as? ColumnScalar else {
            return nil
        }
        for entry in entries {
            guard case .table(let table) = entry.source,
                let index = entry.usedColumns.first(where: { $0.value.position == column.position })?.key,
                index != table.keyIndex, index != table.documentIndex, !table.cellIndexes.contains(index)
            else { continue }
            return OpenSource(table: table, field: entry.columns[index].name)
        }
        return nil
    }

    /// Has a parameter beside a field of an open table told as what the field's values are.
    func meet(_ parameter: Scalar, _ field: Scalar) throws(SQLError) {
        guard !parameters.isFixed, let parameter = parameter as? ParameterScalar, parameter.type == .unknown else { return }
        var type = SQLType.text
        if tellsTypes, session.catalog.knowsShapes, let column = field as? ColumnScalar, let table = metFields[column.name] {
            type = try definitions.type(of: OpenSource(table: table, field: column.name))
        }
        parameters.meet(parameter.index, type == .jsonb ? .text : type)
    }

    /// A query whose columns that are fields of open tables are of types.
    func told(_ bound: BoundQuery) throws(SQLError) -> BoundQuery {
        guard bound.columns.contains(where: { $0.open != nil }) else { return bound }
        var told = bound
        let project = bound.plan as? ProjectPlan
        var scalars = project?.scalars ?? bound.columns.enumerated().map { ColumnScalar($0.offset, $0.element.type, name: $0.element.name) }
        for (index, column) in bound.columns.enumerated() {
            guard let source = column.open, case let type = try definitions.type(of: source), type != .jsonb else { continue }
            scalars[index] = ToldScalar(scalars[index], type)
            told.columns[index].type = type
        }
        told.plan = ProjectPlan(project?.children[0] ?? bound.plan, scalars)
        return told
    }
}
