import Catalog

// Fields of open tables have no type, but clients of PostgreSQL want one of each column, and so does CREATE TABLE AS: that of all values
// which the field has now. What a statement has changed (RETURNING) may be of another kind, and stays jsonb.
extension Binder {
    /// The fields of open tables that an expression's values come from, if it is a column and nothing else.
    func openSources(_ scalar: Scalar, _ entries: [RangeEntry]) -> [OpenSource] {
        guard tellsTypes, session.catalog.knowsShapes, scalar.type == .open, let column = scalar as? ColumnScalar else { return [] }
        for entry in entries {
            guard let index = entry.usedColumns.first(where: { $0.value.position == column.position })?.key else { continue }
            guard case .table(let table) = entry.source else { return entry.openSources[index] ?? [] }
            guard index != table.keyIndex, index != table.documentIndex, !table.cellIndexes.contains(index) else { return [] }
            return [OpenSource(table: table, field: entry.columns[index].name)]
        }
        return []
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
        guard bound.columns.contains(where: { !$0.open.isEmpty }) else { return bound }
        var told = bound
        let project = bound.plan as? ProjectPlan
        var scalars = project?.scalars ?? bound.columns.enumerated().map { ColumnScalar($0.offset, $0.element.type, name: $0.element.name) }
        for (index, column) in bound.columns.enumerated() {
            guard let type = try type(of: column.open), type != .jsonb else { continue }
            scalars[index] = ToldScalar(scalars[index], type)
            told.columns[index].type = type
        }
        told.plan = ProjectPlan(project?.children[0] ?? bound.plan, scalars)
        return told
    }

    /// The type of all sources; nil if there is none.
    private func type(of sources: [OpenSource]) throws(SQLError) -> SQLType? {
        var known: SQLType?
        for source in sources {
            let type = try definitions.type(of: source)
            guard known == nil || known == type else { return nil }
            known = type
        }
        return known
    }
}
