extension CatalogSnapshot {
    /// The table that a relation names; nil if it was dropped.
    public func table(of place: RelationConfig.Place) throws(CatalogError) -> TableConfig? {
        if let table = try table(id: place.id) { return table }
        let parts = place.name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let database = try database(parts[0]) else { return nil }
        return try table(parts[1], in: database)
    }
}
