extension CatalogSnapshot {
    /// The table that a relation names; nil if it was dropped.
    public func table(of place: RelationConfig.Place) throws(CatalogError) -> TableConfig? {
        if let table = try table(id: place.id) { return table }
        let parts = place.name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let database = try database(parts[0]) else { return nil }
        return try table(parts[1], in: database)
    }

    /// The relations of a table: those that were made, and its foreign keys. A foreign key that is called as a relation is none.
    public func relations(of table: TableConfig) throws(CatalogError) -> [RelationConfig] {
        let made = table.relations
        guard table.declaration != nil, let declared = indexEvaluators.declared else { return made }
        let keys = try declared.foreignKeys(of: table, in: self).filter { key in
            !made.contains { $0.name == key.name || $0.reverse == key.name }
        }
        return (made + keys).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What a relation of a table is, in the words of `relationCreate`.
    package func fields(of relation: RelationConfig) throws(CatalogError) -> [(String, Datum)] {
        var fields: [(String, Datum)] = [
            ("relation", Datum(relation.name)), ("reverse", relation.reverse.map { Datum($0) } ?? .null),
            ("indexes", Datum(elements: relation.indexes.map { Datum($0) })),
        ]
        func name(_ place: RelationConfig.Place?) throws(CatalogError) -> Datum {
            guard let place else { return .null }
            return Datum(try table(of: place)?.qualifiedName ?? place.name)
        }
        func end(_ end: RelationConfig.End) throws(CatalogError) -> Datum {
            ["field": Datum(end.field), "table": try name(end.table)]
        }
        switch relation.edges {
        case .field(let field, let to): fields += [("field", Datum(field)), ("to", try name(to))]
        case .documents(let from, let to): fields += [("from", try end(from)), ("to", try end(to))]
        }
        for (name, value) in [("kind", relation.kind), ("weight", relation.weight)] {
            if let value { fields.append((name, Datum(value))) }
        }
        if relation.isForeignKey { fields.append(("foreign_key", .true)) }
        return fields
    }
}
