import Ground

/// Changes to a table's settings. Nil leaves one as it is.
public struct TableChange: Sendable {
    public var name: String?
    /// The database to move it to.
    public var database: DatabaseConfig?
    public var durability: Durability?
    public var shardCount: Int?
    public var writeAcknowledgement: TableConfig.WriteAcknowledgement?
    /// A hook, or none.
    public var writeHook: String??
    /// A log of changes, or none.
    public var changeLog: ChangeLogConfig??
    /// The field with the time after which documents are removed, or none.
    public var expiryField: String??
    /// What SQL says of the table and of fields, or nothing.
    package var comments: Datum??
    /// The stored forms of relations, or none.
    var relations: Datum??

    public init() {}
}

extension TableConfig {
    /// The config as it is after a change.
    package func with(_ change: TableChange) -> TableConfig {
        TableConfig(
            id: id, name: change.name ?? name, databaseID: change.database?.id ?? databaseID,
            databaseName: change.database?.name ?? databaseName, primaryKey: primaryKey, createdAt: createdAt,
            durability: change.durability ?? durability, indexes: indexes, shardCount: change.shardCount ?? shardCount,
            writeAcknowledgement: change.writeAcknowledgement ?? writeAcknowledgement, writeHook: change.writeHook ?? writeHook,
            changeLog: change.changeLog ?? changeLog, expiryField: change.expiryField ?? expiryField, declaration: declaration,
            comments: change.comments ?? comments, xml: xml, relations: change.relations ?? relationForms)
    }
}

extension CatalogTransaction {
    /// Changes what stands in a table's config.
    ///
    /// Moving to another database copies the documents and index entries, whose keys begin with the database's id: it takes time in
    /// proportion to the table. Throws `.tableNotFound`, `.databaseNotFound`, `.invalidName`, `.tableExists`; nothing is changed then.
    @discardableResult
    public mutating func change(_ table: TableConfig, _ change: TableChange) throws(CatalogError) -> TableConfig {
        let old = try current(table)
        let name = change.name ?? old.name
        let database = try change.database.map { database throws(CatalogError) in try current(database) }
        let databaseID = database?.id ?? old.databaseID
        let databaseName = database?.name ?? old.databaseName
        let isMoved = name != old.name || databaseID != old.databaseID
        if name != old.name { try catalog.options.names.validate(name, for: .table) }
        if isMoved {
            try requireFree(table: name, in: databaseName)
            try requireNoObject(named: name, in: (databaseID, databaseName))
        }

        let oldKey = CatalogKeys.table(named: old.name, inDatabaseNamed: old.databaseName)
        let stored: Datum
        if let found = try config(at: oldKey) { stored = found } else { stored = try old.json }
        var change = change
        change.database = database
        let new = old.with(change)
        if new.expiryField != old.expiryField, let expiry = ExpiryIndex(new) {
            try requireExpiryField(expiry.field)
            try requireTimes(expiry, in: old, try snapshot())
        }
        let json = try datum { () throws(DatumError) in
            try stored.changing([("name", Datum(name)), ("database_id", Datum(databaseID))] + new.settings)
        }
        metadataChanges()
        catalog.noteStoredFunctions(of: new)
        if isMoved {
            _ = try store.delete(oldKey)
            try putText(new.qualifiedName, at: CatalogKeys.tableID(new.id))
        }
        if databaseID != old.databaseID {
            try moveContents(of: old, to: new)
            try carryPermissions(ofTable: old.id, from: old.databaseID, to: databaseID)
        }
        if new.expiryField != old.expiryField { try buildExpiry(of: new, replacing: ExpiryIndex(old)) }
        if (old.changeLog == nil) != (new.changeLog == nil) { try switchLog(of: new) }
        try putConfig(json, at: CatalogKeys.table(named: name, inDatabaseNamed: databaseName))
        let moved: LoggedText = isMoved ? ", now `\(new.qualifiedName)`" : ""
        note("changed the config of the table `\(old.qualifiedName)`\(moved)")
        return new
    }

    /// Declares the relations of a table, in place of those that it had.
    public mutating func setRelations(_ relations: [RelationConfig], of table: TableConfig) throws(CatalogError) {
        var forms: [Datum] = []
        for relation in relations.sorted(by: { $0.name < $1.name }) { forms.append(try relation.datum) }
        var change = TableChange()
        change.relations = .some(forms.isEmpty ? nil : Datum(elements: forms))
        try self.change(table, change)
    }

    func requireExpiryField(_ field: String) throws(CatalogError) {
        guard !field.isEmpty, field != "$reql_type$" else {
            throw CatalogError(.invalidKey, "The field `\(field)` can't be the one after which documents expire.")
        }
    }

    private mutating func moveContents(of old: TableConfig, to new: TableConfig) throws(CatalogError) {
        let oldPrefix = Array(CatalogKeys.contentsPrefix(ofTable: old.id, inDatabase: old.databaseID).utf8)
        let newPrefix = Array(CatalogKeys.contentsPrefix(ofTable: new.id, inDatabase: new.databaseID).utf8)
        var cursor = try snapshot().store.cursor(.prefix(oldPrefix))
        while try cursor.next() {
            try check()
            scratch.removeAll()
            scratch.append(try cursor.value.bytes.span)
            _ = try store.put(newPrefix + cursor.keyBytes.dropFirst(oldPrefix.count), scratch)
        }
        _ = try store.delete(.prefix(oldPrefix))
    }

    /// Keeps settings of the server that serves the file; nil forgets them.
    public mutating func putSetting(_ name: String, _ value: Datum?) throws(CatalogError) {
        let key = CatalogKeys.setting(named: name)
        metadataChanges()
        if let value { try putConfig(value, at: key) } else { _ = try store.delete(key) }
    }
}
