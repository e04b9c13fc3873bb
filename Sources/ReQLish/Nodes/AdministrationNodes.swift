// Databases and tables: making, dropping, listing and describing them.

extension Execution {
    /// Runs a change of databases, tables or indexes as a transaction of its own.
    func change<Result>(
        at site: Site, _ body: (inout CatalogTransaction) throws(CatalogError) -> Result
    ) throws(ReQLError) -> Result {
        defer { forgetSnapshot() }
        return try writer.write(.hard, at: site) { transaction throws(ReQLError) in
            try site.reading(body(&transaction))
        }
    }
}

extension DatabaseConfig {
    var datum: Datum { ["id": Datum(id), "name": Datum(name)] }
}

/// The form of `config_changes` with one change.
func changes(from old: Datum, to new: Datum) -> Datum {
    [["old_val": old, "new_val": new]]
}

final class CreateDatabaseNode: DatumNode {
    private var name: Node { call[0] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let name = try name.string(execution)
        try execution.require(.config, .server, at: site)
        let config = try execution.change(at: site) { transaction throws(CatalogError) in try transaction.createDatabase(name) }
        return ["dbs_created": 1, "config_changes": changes(from: .null, to: config.datum)]
    }
}

final class DropDatabaseNode: DatumNode {
    private var name: Node { call[0] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let name = try name.string(execution)
        try site.checkName(name, .database)
        let database = try execution.database(name, at: site)
        if database.isSystem { throw SystemDatabase.refusal("it can't be dropped", at: site) }
        try execution.require(.config, on: database, at: site)
        try execution.systemView(at: site).requireConfigOnTables(ofDatabase: database.id)
        let dropped = try execution.change(at: site) { transaction throws(CatalogError) in try transaction.dropDatabase(name) }
        return [
            "dbs_dropped": 1, "tables_dropped": Datum(dropped.tablesDropped),
            "config_changes": changes(from: dropped.database.datum, to: .null),
        ]
    }
}

final class CreateTableNode: DatumNode {
    private var table: TableName { TableName(call) }
    private var primaryKey: Node? { call.option("primary_key") }
    private var durability: DurabilityOption { DurabilityOption(call) }
    private var replication: Replication { Replication(call) }
    private var changeLog: Node? { call.option("change_log") }
    private var expiryField: Node? { call.option("expiry_field") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let database = try table.database(execution, at: site)
        let name = try table.name.string(execution)
        let primaryKey = try primaryKey?.string(execution) ?? "id"
        let durability = try durability.value(execution) ?? .hard
        let shardCount = try replication.shardCount(execution, isRequired: false, at: site)
        let changeLog = try changeLog.flatMap { node throws(ReQLError) in try ChangeLogOption.read(try node.datum(execution)) }
        let expiryField = try expiryField.flatMap { node throws(ReQLError) in try ExpiryOption.read(try node.datum(execution)) }
        if database.isSystem { throw SystemDatabase.refusal("no tables can be made in it", at: site) }
        try execution.require(.config, on: database, at: site)
        let config = try execution.change(at: site) { transaction throws(CatalogError) in
            try transaction.createTable(
                name, in: database, primaryKey: primaryKey, durability: durability, shardCount: shardCount, changeLog: changeLog,
                expiryField: expiryField)
        }
        return ["tables_created": 1, "config_changes": changes(from: .null, to: try execution.configRow(of: config, at: site))]
    }
}

final class DropTableNode: DatumNode {
    private var table: TableName { TableName(call) }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let database = try table.database(execution, at: site)
        let name = try table.name.string(execution)
        try site.checkName(name, .table)
        if database.isSystem { throw SystemDatabase.refusal("its tables can't be dropped", at: site) }
        let snapshot = try execution.snapshot(at: site)
        let old = try site.reading(snapshot.table(name, in: database))
        if let old { try execution.require(.config, on: old, at: site) }
        let config = try execution.change(at: site) { transaction throws(CatalogError) in
            try transaction.requireUnreferenced(name, in: database)
            return try transaction.dropTable(name, in: database)
        }
        return ["tables_dropped": 1, "config_changes": changes(from: try execution.configRow(of: config, at: site), to: .null)]
    }
}

/// `dbList()` and `tableList()`.
final class NameListNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let snapshot = try execution.snapshot(at: site)
        var names: [Datum] = []
        if call.type == .dbList {
            names = (try site.reading(snapshot.databases()).map { Datum($0.name) } + [Datum(SystemDatabase.config.name)]).sorted()
        } else {
            let database =
                if let given = call.arguments.first ?? call.globals["db"] {
                    try given.database(execution)
                } else {
                    try execution.database(at: site)
                }
            if database.isSystem { return Datum(elements: SystemDatabase.tableNames.map { Datum($0) }) }
            names = try site.reading(snapshot.tables(in: database)).map { Datum($0.name) }
        }
        return try execution.array(names, at: site)
    }
}

/// `sync()`: what was written so far is on the disk when it answers.
final class SyncNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.ordinaryTable(execution, "its tables are not on the disk")
        try execution.require(.write, on: table.config, at: site)
        try site.reading(execution.writer.flush())
        return ["synced": 1]
    }
}

/// `js` and `http`: a query runs no other language, and reaches nothing outside of the file.
final class LeftOutNode: DatumNode {
    private var type: TermType { call.type }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        if type == .http {
            try execution.require(.connect, .server, at: site)
            throw site.error(
                .operationFailed, "`http` is left out of Pando: a query reaches nothing outside of its file. Fetch before, and insert.")
        }
        throw site.error(.operationFailed, "`js` is left out of Pando: say it in ReQL, or compute in the application.")
    }
}
