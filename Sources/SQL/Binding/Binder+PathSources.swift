import Catalog

// Rows from arrays that stand in documents.
extension Binder {
    /// `FROM products p, p.reviews r`: a path from a table to the left stands for `unnest(p.reviews) r`. Nil if the first part is no such table,
    /// or if there is a relation of the whole name.
    func pathSource(_ source: RelationSource, _ scope: Scope) throws(SQLError) -> FunctionSource? {
        let parts = source.name.parts
        guard parts.count > 1, source.sample == nil, source.cells == nil, scope.item(named: parts[0].text) != nil else { return nil }
        if parts.count == 2, try definitions.relation(source.name) != nil { return nil }
        let position = source.name.position
        let path = Expression.column(ColumnReference(parts: parts, position: position))
        var call = FunctionCall(name: QualifiedName([Name("unnest", at: position)]), position: position)
        call.arguments = [FunctionCall.Argument(value: path)]
        let alias = source.alias ?? parts.last.map { Alias(name: $0) }
        return FunctionSource(items: [FunctionSource.Item(function: .call(call))], alias: alias, position: position)
    }

    /// `r.rating` where `r` is rows of one JSON value each: the field of the value.
    func field(_ name: Name, ofRows item: ScopeItem) throws(SQLError) -> ScopeColumn? {
        let columns = item.visibleColumns
        guard item.rowType == .void, columns.count == 1, columns[0].type == .jsonb || columns[0].type == .open else { return nil }
        // What a document has there takes the type that it meets, as its other fields do.
        let value = columns[0].make()
        let scalar = try field(name, of: value.type == .open ? value : RelabeledScalar(.open, [value]))
        return ScopeColumn(name: name.text, type: scalar.type, make: { scalar })
    }
}
