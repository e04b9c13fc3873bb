import Ground

// Documents that are kept as they are, or that others may not have settled.

extension CatalogTransaction {
    /// Keeps a document until this transaction ends, whether it is written or not.
    ///
    /// - Throws: `.locked` if others have it locked so that this doesn't go together with it.
    package func lock(_ key: Datum, in table: TableConfig, _ strength: LockStrength) throws(CatalogError) {
        try store.access?.willRest(on: try table.documentKey(for: key), strength)
    }

    /// The same; false, and nothing is locked, where it would have to wait.
    package func locksAtOnce(_ key: Datum, in table: TableConfig, _ strength: LockStrength) throws(CatalogError) -> Bool {
        let key = try table.documentKey(for: key)
        return store.access?.rests(on: key, strength) ?? true
    }

    /// Keeps a table, as far as it is declared, until this transaction ends: nobody else changes or drops it.
    ///
    /// - Throws: `.locked` if others have.
    func rest(onTable name: String, in database: DatabaseConfig, _ strength: LockStrength) throws(CatalogError) {
        try store.access?.willRest(on: CatalogKeys.table(named: name, inDatabaseNamed: database.name), strength)
    }

    /// The same of an object of a kind.
    func rest(onObject name: String, ofKind kind: String, in database: DatabaseConfig, _ strength: LockStrength) throws(CatalogError) {
        try store.access?.willRest(on: Array((CatalogKeys.objectsPrefix(ofDatabase: database.id) + kind + ":" + name).utf8), strength)
    }

    /// Throws `.locked` if another transaction has changed or removed a document and is still open: whether the document is in the way of
    /// something shows when that one has ended.
    package func requireSettled(_ key: Datum, in table: TableConfig) throws(CatalogError) {
        guard let access = store.access, access.meetsLocks else { return }
        try access.requireSettled(try table.documentKey(for: key))
    }
}
