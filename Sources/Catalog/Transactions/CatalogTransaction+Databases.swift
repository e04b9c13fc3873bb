import Ground

extension CatalogTransaction {
    /// The database of that name as this transaction sees it, or `nil`.
    public func database(_ name: String) throws(CatalogError) -> DatabaseConfig? {
        if let only = catalog.options.onlyDatabase, only != name { return nil }
        if let known = newestConfigs?.database(name, at: metadataNumber) { return known }
        guard let json = try config(at: CatalogKeys.database(named: name)) else { return nil }
        let database = try DatabaseConfig(json: json, at: CatalogKeys.databases + name)
        newestConfigs?.remember(database, at: metadataNumber)
        return database
    }

    /// Makes a database with a new id (`id`, if a UUID was made for it already). Throws `.invalidName`, `.databaseExists` or
    /// `.oneDatabase`.
    @discardableResult
    public mutating func createDatabase(_ name: String, id: String? = nil) throws(CatalogError) -> DatabaseConfig {
        try catalog.options.names.validate(name, for: .database)
        return try add(DatabaseConfig(id: id ?? UUID.random().description, name: name, createdAt: WallClock.milliseconds))
    }

    /// Removes a database with its tables, documents and index entries. Throws `.databaseNotFound` or `.oneDatabase`.
    @discardableResult
    public mutating func dropDatabase(_ name: String) throws(CatalogError) -> (database: DatabaseConfig, tablesDropped: Int) {
        let database = try existingDatabase(name)
        try requireSeveralDatabases()
        let tables = try tables(in: database)
        metadataChanges()
        for table in tables {
            tellEnd(.tableDropped, ofTable: table.id)
            _ = try store.delete(CatalogKeys.tableID(table.id))
        }
        _ = try store.delete(.prefix(CatalogKeys.tablesPrefix(ofDatabaseNamed: name)))
        _ = try store.delete(.prefix(CatalogKeys.contentsPrefix(ofDatabase: database.id)))
        _ = try store.delete(.prefix(CatalogKeys.objectsPrefix(ofDatabase: database.id)))
        _ = try store.delete(CatalogKeys.databaseID(database.id))
        _ = try store.delete(CatalogKeys.database(named: name))
        note("dropped the database `\(name)`")
        return (database, tables.count)
    }

    /// Gives a database another name. Its tables' keys hold the name, so they are rewritten; documents stay where they are.
    /// Throws `.databaseNotFound`, `.invalidName`, `.databaseExists` or `.oneDatabase`.
    @discardableResult
    public mutating func renameDatabase(_ name: String, to newName: String) throws(CatalogError) -> DatabaseConfig {
        let old = try existingDatabase(name)
        guard newName != name else { return old }
        try requireSeveralDatabases()
        try catalog.options.names.validate(newName, for: .database)
        try requireFree(database: newName)
        let tables = try tables(in: old)
        metadataChanges()

        let stored = try config(at: CatalogKeys.database(named: name)) ?? old.json
        let renamed = DatabaseConfig(id: old.id, name: newName, createdAt: old.createdAt)
        _ = try store.delete(CatalogKeys.database(named: name))
        try putConfig(try stored.renamed(to: newName), at: CatalogKeys.database(named: newName))
        try putText(newName, at: CatalogKeys.databaseID(old.id))
        for table in tables {
            let key = CatalogKeys.table(named: table.name, inDatabaseNamed: name)
            let stored: Datum
            if let found = try config(at: key) { stored = found } else { stored = try table.json }
            _ = try store.delete(key)
            try putConfig(stored, at: CatalogKeys.table(named: table.name, inDatabaseNamed: newName))
            try putText("\(newName).\(table.name)", at: CatalogKeys.tableID(table.id))
        }
        note("renamed the database `\(name)` to `\(newName)`")
        return renamed
    }

    /// Writes both keys of a database that must not exist yet.
    mutating func add(_ database: DatabaseConfig) throws(CatalogError) -> DatabaseConfig {
        if catalog.options.onlyDatabase != database.name { try requireSeveralDatabases() }
        try requireFree(database: database.name)
        metadataChanges()
        try putConfig(database.json, at: CatalogKeys.database(named: database.name))
        try putText(database.name, at: CatalogKeys.databaseID(database.id))
        note("made the database `\(database.name)`")
        return database
    }

    package func existingDatabase(_ name: String) throws(CatalogError) -> DatabaseConfig {
        guard let database = try database(name) else {
            throw CatalogError(.databaseNotFound, "Database `\(name.abbreviated)` does not exist.")
        }
        return database
    }

    private func requireSeveralDatabases() throws(CatalogError) {
        guard let only = catalog.options.onlyDatabase else { return }
        throw CatalogError(.oneDatabase, "There is one database here, `\(only)`; none is made, renamed or dropped.")
    }

    private func requireFree(database name: String) throws(CatalogError) {
        if name == CatalogKeys.systemDatabase {
            throw CatalogError(.databaseExists, "Database `\(name)` is the system's own; choose another name.")
        }
        if try store.contains(CatalogKeys.database(named: name)) {
            throw CatalogError(.databaseExists, "Database `\(name)` already exists.")
        }
    }
}
