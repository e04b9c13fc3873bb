import Ground

// What a database has besides tables (views, sequences, types, schemas): JSON by a kind and a name, whose meaning is known to the floor
// above. They are kept by the database's id, so renaming it changes nothing.

extension CatalogSnapshot {
    /// The objects of a kind in order of their names.
    package func objects(_ kind: String, in database: DatabaseConfig) throws(CatalogError) -> [(name: String, content: Datum)] {
        let prefix = CatalogKeys.objectsPrefix(ofDatabase: database.id) + kind + ":"
        // How far sequences are belongs to no transaction.
        return try (kind == "sequence" ? unnoted : self).collect(prefix) { key, json in (String(key.dropFirst(prefix.count)), json.owned) }
    }

    /// The object of that kind and name, or nil.
    package func object(_ kind: String, _ name: String, in database: DatabaseConfig) throws(CatalogError) -> Datum? {
        let key = CatalogKeys.objectsPrefix(ofDatabase: database.id) + kind + ":" + name
        return try (kind == "sequence" ? unnoted : self).store.get(Array(key.utf8)).map { value throws(CatalogError) in
            try value.config(at: key).owned
        }
    }
}

extension CatalogTransaction {
    /// Keeps an object; nil forgets it.
    package mutating func putObject(
        _ kind: String, _ name: String, _ content: Datum?, in database: DatabaseConfig, isDefinition: Bool = true
    ) throws(CatalogError) {
        let key = Array((CatalogKeys.objectsPrefix(ofDatabase: database.id) + kind + ":" + name).utf8)
        if isDefinition { metadataChanges() }
        if let content { try putConfig(content, at: key) } else { _ = try store.delete(key) }
    }

    /// Throws `.tableExists` if SQL has given a table's name to something else. Its own statements ask before they come here.
    func requireNoObject(named name: String, in database: (id: String, name: String)) throws(CatalogError) {
        for kind in ["view", "sequence"] {
            let key = CatalogKeys.objectsPrefix(ofDatabase: database.id) + kind + ":" + name
            if try store.contains(Array(key.utf8)) {
                throw CatalogError(.tableExists, "Table `\(database.name).\(name)` can't be: a \(kind) of SQL has that name already.")
            }
        }
    }

    /// Makes a table that SQL declares. The name is the caller's to check.
    package mutating func createDeclaredTable(
        _ name: String, in database: DatabaseConfig, primaryKey: String, id: String, declaration: Datum
    ) throws(CatalogError) -> TableConfig {
        let database = try current(database)
        return try add(
            TableConfig(
                id: id, name: name, databaseID: database.id, databaseName: database.name, primaryKey: primaryKey,
                createdAt: WallClock.milliseconds, declaration: declaration))
    }

    /// Changes what SQL has declared of a table, its name, and which field is its key: documents are then the caller's to write anew.
    package mutating func redeclare(
        _ table: TableConfig, _ declaration: Datum?, name: String? = nil, primaryKey: String? = nil
    ) throws(CatalogError) -> TableConfig {
        let old = try current(table)
        let newName = name ?? old.name
        if newName != old.name { try requireFree(table: newName, in: old.databaseName) }
        let oldKey = CatalogKeys.table(named: old.name, inDatabaseNamed: old.databaseName)
        let stored: Datum
        if let found = try config(at: oldKey) { stored = found } else { stored = try old.json }
        let json = try datum { () throws(DatumError) in
            try stored.changing([
                ("name", Datum(newName)), ("primary_key", Datum(primaryKey ?? old.primaryKey)), ("declaration", declaration),
            ])
        }
        metadataChanges()
        if newName != old.name {
            _ = try store.delete(oldKey)
            try putText("\(old.databaseName).\(newName)", at: CatalogKeys.tableID(old.id))
        }
        try putConfig(json, at: CatalogKeys.table(named: newName, inDatabaseNamed: old.databaseName))
        note("declared the table `\(old.databaseName).\(newName)` anew")
        return try current(old)
    }

    /// Brings everything back to what it was when the snapshot of this transaction was taken. Takes time in proportion to what changed since.
    package mutating func revert(to earlier: CatalogSnapshot) throws(CatalogError) {
        let now = try snapshot()
        var differences = now.store.differences(from: earlier.store)
        // What a gate knows of the rows is known no more.
        gate = nil
        var hasMetadata = false
        var reverted: [RecordChange] = []
        while let (key, old, new) = try differences.next() {
            if CatalogKeys.document(key) != nil { reverted.append(RecordChange(key: key, old: new?.bytes, new: old?.bytes)) }
            if !hasMetadata, key.starts(with: CatalogKeys.metadata.utf8) {
                hasMetadata = true
                metadataChanges()
            }
            if let old {
                scratch.removeAll()
                scratch.append(old.bytes.span)
                _ = try store.put(key, scratch)
            } else {
                _ = try store.delete(key)
            }
        }
        // Who watches is told of nothing that has been taken back.
        try tell(reverted)
    }
}
