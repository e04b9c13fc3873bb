import Ground

extension CatalogTransaction {
    /// The tables of a database as this transaction sees it, in order of their names.
    public mutating func tables(in database: DatabaseConfig) throws(CatalogError) -> [TableConfig] {
        try snapshot().tables(in: database)
    }

    /// The table of that name as this transaction sees it, or `nil`.
    public func table(_ name: String, in database: DatabaseConfig) throws(CatalogError) -> TableConfig? {
        let qualifiedName = "\(database.name).\(name)"
        if let known = newestConfigs?.table(qualifiedName, at: metadataNumber) { return known }
        guard let json = try config(at: CatalogKeys.table(named: name, inDatabaseNamed: database.name)) else { return nil }
        let table = try TableConfig(json: json, databaseName: database.name, at: CatalogKeys.tables + qualifiedName)
        newestConfigs?.remember(table, at: metadataNumber)
        return table
    }

    /// Makes an empty table with a new id (`id`, if a UUID was made for it already). Throws `.invalidName`, `.tableExists`,
    /// `.databaseNotFound`, or `.invalidKey` for a primary key field that no document can have.
    @discardableResult
    public mutating func createTable(
        _ name: String, in database: DatabaseConfig, primaryKey: String = "id", durability: Durability = .hard, id: String? = nil,
        shardCount: Int = 1,
        writeAcknowledgement: TableConfig.WriteAcknowledgement = .majority, changeLog: ChangeLogConfig? = nil,
        expiryField: String? = nil
    ) throws(CatalogError) -> TableConfig {
        try catalog.options.names.validate(name, for: .table)
        guard primaryKey != "$reql_type$" else {
            throw CatalogError(.invalidKey, "The field `$reql_type$` marks special types and can't be the primary key of `\(name)`.")
        }
        if let expiryField { try requireExpiryField(expiryField) }
        let database = try current(database)
        try requireNoObject(named: name, in: (database.id, database.name))
        return try add(
            TableConfig(
                id: id ?? UUID.random().description, name: name, databaseID: database.id, databaseName: database.name,
                primaryKey: primaryKey,
                createdAt: WallClock.milliseconds, durability: durability, shardCount: shardCount,
                writeAcknowledgement: writeAcknowledgement,
                changeLog: changeLog, expiryField: expiryField))
    }

    /// Removes a table with its documents and index entries. Throws `.databaseNotFound` or `.tableNotFound`.
    @discardableResult
    public mutating func dropTable(_ name: String, in database: DatabaseConfig) throws(CatalogError) -> TableConfig {
        let database = try current(database)
        let table = try existingTable(name, in: database)
        if try dropHeld(table, in: database) { return table }
        metadataChanges()
        tellEnd(.tableDropped, ofTable: table.id)
        if table.declaration != nil {
            // Sequences of its columns go with it, whoever drops it.
            for (sequence, content) in try snapshot().objects("sequence", in: database)
            where content[field: "owner_table"]?.string == table.id {
                try putObject("sequence", sequence, nil, in: database)
            }
        }
        _ = try store.delete(CatalogKeys.table(named: table.name, inDatabaseNamed: table.databaseName))
        _ = try store.delete(CatalogKeys.tableID(table.id))
        _ = try store.delete(.prefix(CatalogKeys.contentsPrefix(ofTable: table.id, inDatabase: table.databaseID)))
        note("dropped the table `\(table.qualifiedName)`")
        return table
    }

    /// Gives a table another name in the same database. Throws `.tableNotFound`, `.invalidName` or `.tableExists`.
    @discardableResult
    public mutating func renameTable(
        _ name: String, in database: DatabaseConfig, to newName: String
    ) throws(CatalogError) -> TableConfig {
        let database = try current(database)
        let old = try existingTable(name, in: database)
        guard newName != name else { return old }
        try catalog.options.names.validate(newName, for: .table)
        try requireFree(table: newName, in: database.name)
        try requireNoObject(named: newName, in: (database.id, database.name))
        metadataChanges()

        let oldKey = CatalogKeys.table(named: name, inDatabaseNamed: database.name)
        let stored: Datum
        if let found = try config(at: oldKey) { stored = found } else { stored = try old.json }
        _ = try store.delete(oldKey)
        try putConfig(try stored.renamed(to: newName), at: CatalogKeys.table(named: newName, inDatabaseNamed: database.name))
        try putText("\(database.name).\(newName)", at: CatalogKeys.tableID(old.id))
        note("renamed the table `\(old.qualifiedName)` to `\(newName)`")
        return try existingTable(newName, in: database)
    }

    /// Writes both keys of a table that must not exist yet.
    mutating func add(_ table: TableConfig) throws(CatalogError) -> TableConfig {
        try requireFree(table: table.name, in: table.databaseName)
        metadataChanges()
        try putConfig(try table.json, at: CatalogKeys.table(named: table.name, inDatabaseNamed: table.databaseName))
        try putText(table.qualifiedName, at: CatalogKeys.tableID(table.id))
        if table.changeLog != nil { try switchLog(of: table) }
        if table.expiryField != nil { beginsExpiry = true }
        note("made the table `\(table.qualifiedName)`")
        return table
    }

    /// The database under its present name: it may have been renamed since `database` was read.
    func current(_ database: DatabaseConfig) throws(CatalogError) -> DatabaseConfig {
        guard let name = try text(at: CatalogKeys.databaseID(database.id)) else {
            throw CatalogError(.databaseNotFound, "Database `\(database.name)` does not exist.")
        }
        return name == database.name ? database : try existingDatabase(name)
    }

    private func existingTable(_ name: String, in database: DatabaseConfig) throws(CatalogError) -> TableConfig {
        guard let table = try table(name, in: database) else {
            throw CatalogError(.tableNotFound, "Table `\(database.name).\(name.abbreviated)` does not exist.")
        }
        return table
    }

    func requireFree(table name: String, in database: String) throws(CatalogError) {
        if try store.contains(CatalogKeys.table(named: name, inDatabaseNamed: database)) {
            throw CatalogError(.tableExists, "Table `\(database).\(name)` already exists.")
        }
    }
}

// MARK: Stored configs

extension CatalogTransaction {
    func config(at key: [UInt8]) throws(CatalogError) -> Datum? {
        try store.get(key).map { bytes throws(CatalogError) in try Datum(config: bytes, at: String(decoding: key, as: UTF8.self)) }
    }

    func text(at key: [UInt8]) throws(CatalogError) -> String? {
        try store.get(key).map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func putConfig(_ json: Datum, at key: [UInt8]) throws(CatalogError) {
        try putText(json.description, at: key)
    }

    mutating func putText(_ text: String, at key: [UInt8]) throws(CatalogError) {
        scratch.removeAll()
        scratch.append(text)
        _ = try store.put(key, scratch)
    }
}

extension Datum {
    /// A stored config under another name, with whatever else stands in it.
    func renamed(to name: String) throws(CatalogError) -> Datum {
        do throws(DatumError) { return try setting("name", to: Datum(name)) } catch { throw CatalogError(error) }
    }
}
