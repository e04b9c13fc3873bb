/// `db_config`: the databases.
final class DatabaseConfigTable: SystemTable, @unchecked Sendable {
    static let shared = DatabaseConfigTable()

    init() { super.init("db_config") }

    override var skipsAbsentRows: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        try view.databases().map(\.datum)
    }

    override func row(_ key: Datum, _ view: SystemView) throws(ReQLError) -> Datum? {
        guard let id = key.string else { return nil }
        return try view.reading(view.snapshot.database(id: id)?.datum)
    }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        if change.isInsertion {
            guard change.hasGeneratedKey else { throw SystemRow.refused("A new database chooses its `id` itself; leave it out") }
            let row = try SystemRow(change.new, of: self, required: ["id", "name"])
            try view.access.require(.config, .server, in: view.snapshot, at: view.site)
            let (id, name) = (try row.string("id"), try row.string("name"))
            return try view.reading(transaction.createDatabase(name, id: id)).datum
        }
        let name = change.old[field: "name"]?.string ?? ""
        if let id = change.key.string { try view.access.require(.config, .database(id), in: view.snapshot, at: view.site) }
        if change.isDeletion {
            try view.requireConfigOnTables(ofDatabase: change.key.string ?? "")
            _ = try view.reading(transaction.dropDatabase(name))
            return .null
        }
        let newName = try SystemRow(change.new, of: self, required: ["id", "name"]).string("name")
        return try view.reading(transaction.renameDatabase(name, to: newName)).datum
    }
}

extension SystemView {
    /// Dropping a database drops its tables, each of which has a say.
    func requireConfigOnTables(ofDatabase id: String) throws(ReQLError) {
        if access.mayDoEverything { return }
        guard let database = try reading(snapshot.database(id: id)) else { return }
        for table in try reading(snapshot.tables(in: database)) {
            try access.require(.config, PermissionScope(table), in: snapshot, at: site)
        }
    }
}

/// `table_config`: the tables and how they are kept.
final class TableConfigTable: RowsOfTables, @unchecked Sendable {
    static let shared = TableConfigTable()

    init() { super.init("table_config") }

    override var skipsAbsentRows: Bool { true }

    /// The row of a table, which `config_changes` hold too.
    override func row(of table: TableConfig, _ view: SystemView) throws(ReQLError) -> Datum {
        let (shards, acknowledgement) = try kept(table, view)
        let row: Datum = [
            "id": Datum(table.id), "name": Datum(table.name), "db": view.identifier(table.databaseName, table.databaseID),
            "primary_key": Datum(table.primaryKey), "durability": Datum(table.durability == .soft ? "soft" : "hard"),
            "indexes": table.indexNames, "write_acks": Datum(acknowledgement.rawValue),
            "shards": shards, "write_hook": WriteHooks.shown(table),
        ]
        // Not there unless set: a row has the shape that clients of RethinkDB know.
        var settings: [(String, Datum)] = []
        if let log = table.changeLog { settings.append(("change_log", log.datum)) }
        if let field = table.expiryField { settings.append(("expiry_field", Datum(field))) }
        if let declaration = table.declaration { settings.append(("declaration", declaration)) }
        return settings.isEmpty ? row : try view.site.object(row.fields.map { ($0.key, $0.value) } + settings)
    }

    /// Where a table has its replicas, and how many of them a commit waits for: of a file as was asked for, of an engine as it is.
    private func kept(_ table: TableConfig, _ view: SystemView) throws(ReQLError) -> (Datum, TableConfig.WriteAcknowledgement) {
        if let kept = try keptByEngine(view) { return kept }
        let server = try view.serverIdentifier
        let shard: Datum = ["primary_replica": server, "replicas": [server], "nonvoting_replicas": []]
        return (try view.site.array(Array(repeating: shard, count: table.shardCount)), table.writeAcknowledgement)
    }

    private func keptByEngine(_ view: SystemView) throws(ReQLError) -> (Datum, TableConfig.WriteAcknowledgement)? {
        guard let company = try view.engineCompany() else { return nil }
        return (try Self.shards(of: company, view), company.acknowledgesByMajority ? .majority : .single)
    }

    private static func shards(of company: EngineCompany, _ view: SystemView) throws(ReQLError) -> Datum {
        let shards = try company.layout.map { shard throws(ReQLError) -> Datum in
            let names = try view.site.array(shard.replicas.map { Datum($0.server) })
            return ["primary_replica": Datum(shard.primary), "replicas": names, "nonvoting_replicas": []]
        }
        return try view.site.array(shards)
    }

    private static let settable = ["db", "name", "durability", "write_acks", "shards"]

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        if change.isInsertion { return try create(change, &transaction, view) }
        guard let table = try view.reading(view.snapshot.table(id: change.key.string ?? "")) else {
            throw SystemRow.refused("The table is gone")
        }
        try view.access.require(.config, PermissionScope(table), in: view.snapshot, at: view.site)
        if change.isDeletion {
            let database = try view.reading(transaction.existingDatabase(table.databaseName))
            try view.reading(transaction.requireUnreferenced(table.name, in: database))
            _ = try view.reading(transaction.dropTable(table.name, in: transaction.existingDatabase(table.databaseName)))
            return .null
        }
        let row = try SystemRow(
            change.new, of: self, required: ["id", "primary_key", "indexes", "write_hook"] + Self.settable,
            optional: ["change_log", "expiry_field", "declaration"])
        try requireAsKept(row, view)
        for field in ["primary_key", "indexes", "write_hook", "declaration"] { try row.requireUnchanged(field, since: change.old) }
        var wanted = try self.change(row, view)
        wanted.changeLog = try ChangeLogOption.read(row["change_log"])
        wanted.expiryField = try ExpiryOption.read(row["expiry_field"])
        // Which documents have no time there, and which go when, tells of them.
        if case .some(.some(let field)) = wanted.expiryField, field != table.expiryField {
            try view.access.require(.read, PermissionScope(table), in: view.snapshot, at: view.site)
        }
        wanted.name = try row.string("name")
        let database = try view.database(row["db"] ?? .null, field: "db")
        if database.id != table.databaseID {
            try view.access.require(.config, PermissionScope(database), in: view.snapshot, at: view.site)
            wanted.database = database
        }
        let changed = try view.reading(transaction.change(table, wanted))
        return try self.row(of: changed, view)
    }

    /// Of an engine it is not for a table to say where it is, and for whom commits wait.
    private func requireAsKept(_ row: SystemRow, _ view: SystemView) throws(ReQLError) {
        guard let company = try view.engineCompany(), let (shards, acknowledgement) = try keptByEngine(view) else { return }
        for (field, kept) in [("shards", shards), ("write_acks", Datum(acknowledgement.rawValue))] {
            guard let wanted = row[field], wanted != kept else { continue }
            throw ReQLError(
                .operationFailed, EngineRefusal.message("`\(field)` of every table is \(kept.shortText) at the moment", company))
        }
    }

    private func create(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        guard change.hasGeneratedKey else { throw SystemRow.refused("A new table chooses its `id` itself; leave it out") }
        let row = try SystemRow(
            change.new, of: self, required: ["id", "db", "name"],
            optional: ["primary_key", "indexes", "durability", "write_acks", "shards", "change_log", "expiry_field"])
        let database = try view.database(row["db"] ?? .null, field: "db")
        try view.access.require(.config, PermissionScope(database), in: view.snapshot, at: view.site)
        try requireAsKept(row, view)
        if let indexes = row["indexes"], indexes != .emptyArray { throw row.wrong("indexes", "[] for a new table") }
        let primaryKey = row["primary_key"] == nil ? "id" : try row.string("primary_key")
        let (id, name) = (try row.string("id"), try row.string("name"))
        let wanted = try self.change(row, view)
        let changeLog = try ChangeLogOption.read(row["change_log"])
        let expiryField = try ExpiryOption.read(row["expiry_field"])
        let table = try view.reading(
            transaction.createTable(
                name, in: database, primaryKey: primaryKey, durability: wanted.durability ?? .hard, id: id,
                shardCount: wanted.shardCount ?? 1, writeAcknowledgement: wanted.writeAcknowledgement ?? .majority, changeLog: changeLog,
                expiryField: expiryField))
        return try self.row(of: table, view)
    }

    /// The fields that say how a table is kept, as far as they are there.
    private func change(_ row: SystemRow, _ view: SystemView) throws(ReQLError) -> TableChange {
        var change = TableChange()
        if row["durability"] != nil { change.durability = try row.choice("durability", of: WrittenDurability.self).durability }
        if row["write_acks"] != nil {
            change.writeAcknowledgement = try row.choice("write_acks", of: TableConfig.WriteAcknowledgement.self)
        }
        // Of an engine they are as they are.
        if let shards = row["shards"], try view.engineCompany() == nil {
            guard shards.kind == .array, shards.count > 0 else { throw row.wrong("shards", "an array of at least one shard") }
            for shard in shards.elements { try check(shard, view) }
            guard shards.count <= Replication.maximumShards else {
                throw SystemRow.refused("A table has at most \(Replication.maximumShards) shards")
            }
            change.shardCount = shards.count
        }
        return change
    }

    private func check(_ datum: Datum, _ view: SystemView) throws(ReQLError) {
        guard datum.isPlainObject else { throw SystemRow.refused("A shard is an object, found \(datum.shortText)") }
        let shard = try SystemRow(datum, of: self, required: ["primary_replica", "replicas"], optional: ["nonvoting_replicas"])
        let replicas = try shard.strings("replicas")
        let nonvoting = shard["nonvoting_replicas"] == nil ? [] : try shard.strings("nonvoting_replicas")
        let primary = try shard.string("primary_replica")
        let server = try view.serverIdentifier.string
        for name in [primary] + replicas + nonvoting where name != server { throw SystemRow.refused("Server `\(name)` does not exist") }
        guard Set(replicas).count == replicas.count else { throw SystemRow.refused("A server stands twice in `replicas`") }
        guard replicas.contains(primary) else { throw SystemRow.refused("The primary replica is not among the `replicas`") }
        guard nonvoting.isEmpty else { throw SystemRow.refused("The primary replica must have a vote") }
    }
}
