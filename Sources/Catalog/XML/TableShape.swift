// The shape of a table's XML stands in the table's config, so it is dumped and restored with it.

extension TableConfig {
    /// What is remembered of XML that came into the table.
    package var shape: XMLShape { XMLShape(datum: xml) }
}

extension CatalogTransaction {
    /// Remembers what was learned of a table's XML.
    package mutating func remember(_ shape: XMLShape, of table: TableConfig) throws(CatalogError) {
        let old = try current(table)
        let form = shape.datum
        guard form != old.xml else { return }
        let key = CatalogKeys.table(named: old.name, inDatabaseNamed: old.databaseName)
        let stored: Datum
        if let found = try config(at: key) { stored = found } else { stored = try old.json }
        let json = try datum { () throws(DatumError) in try stored.changing([("xml", form)]) }
        metadataChanges()
        try putConfig(json, at: key)
    }
}
