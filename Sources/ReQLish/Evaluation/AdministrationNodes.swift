// Databases and tables: making, dropping, listing and describing them.

extension Execution {
    /// Runs a change of databases, tables or indexes as a transaction of its own.
    func change<Result>(
        at site: Site, _ body: (inout CatalogTransaction) throws(CatalogError) -> Result
    ) throws(ReQLError) -> Result {
        defer { forgetSnapshot() }
        return try writer.write(.hard, at: site) { transaction throws(ReQLError) in
            try site.reading { () throws(CatalogError) in try body(&transaction) }
        }
    }
}

extension DatabaseConfig {
    var datum: Datum { ["id": Datum(id), "name": Datum(name)] }
}

extension TableConfig {
    var datum: Datum {
        [
            "id": Datum(id), "name": Datum(name), "db": Datum(databaseName), "primary_key": Datum(primaryKey),
            "durability": Datum(durability.rawValue), "indexes": indexNames, "write_acks": "majority",
            "shards": [["primary_replica": "pando", "replicas": ["pando"], "nonvoting_replicas": []]],
        ]
    }
}

/// The form of `config_changes` with one change.
private func changes(from old: Datum, to new: Datum) -> Datum {
    [["old_val": old, "new_val": new]]
}

final class CreateDatabaseNode: DatumNode {
    private let name: Node

    init(_ call: Call) {
        name = call[0]
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let name = try name.string(execution)
        let config = try execution.change(at: site) { transaction throws(CatalogError) in try transaction.createDatabase(name) }
        return ["dbs_created": 1, "config_changes": changes(from: .null, to: config.datum)]
    }
}

final class DropDatabaseNode: DatumNode {
    private let name: Node

    init(_ call: Call) {
        name = call[0]
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let name = try name.string(execution)
        try site.checkName(name, .database)
        let dropped = try execution.change(at: site) { transaction throws(CatalogError) in try transaction.dropDatabase(name) }
        return [
            "dbs_dropped": 1, "tables_dropped": Datum(dropped.tablesDropped),
            "config_changes": changes(from: dropped.database.datum, to: .null),
        ]
    }
}

final class CreateTableNode: DatumNode {
    private let table: TableName
    private let primaryKey: Node?
    private let durability: DurabilityOption

    init(_ call: Call) {
        table = TableName(call)
        primaryKey = call.option("primary_key")
        durability = DurabilityOption(call)
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let database = try table.database(execution, at: site)
        let name = try table.name.string(execution)
        let primaryKey = try primaryKey?.string(execution) ?? "id"
        let durability = try durability.value(execution) ?? .hard
        let config = try execution.change(at: site) { transaction throws(CatalogError) in
            try transaction.createTable(name, in: database, primaryKey: primaryKey, durability: durability)
        }
        return ["tables_created": 1, "config_changes": changes(from: .null, to: config.datum)]
    }
}

final class DropTableNode: DatumNode {
    private let table: TableName

    init(_ call: Call) {
        table = TableName(call)
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let database = try table.database(execution, at: site)
        let name = try table.name.string(execution)
        try site.checkName(name, .table)
        let config = try execution.change(at: site) { transaction throws(CatalogError) in
            try transaction.dropTable(name, in: database)
        }
        return ["tables_dropped": 1, "config_changes": changes(from: config.datum, to: .null)]
    }
}

/// `dbList()` and `tableList()`.
final class NameListNode: DatumNode {
    private let call: Call

    init(_ call: Call) {
        self.call = call
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let snapshot = try execution.snapshot(at: site)
        var names: [Datum] = []
        if call.type == .dbList {
            names = try site.reading(snapshot.databases).map { Datum($0.name) }
        } else {
            let database =
                if let given = call.arguments.first ?? call.globals["db"] {
                    try given.database(execution)
                } else {
                    try execution.database(at: site)
                }
            names = try site.reading { () throws(CatalogError) in try snapshot.tables(in: database) }.map { Datum($0.name) }
        }
        return try execution.array(names, at: site)
    }
}

/// `config()` of a database or a table, as an object to read.
final class ConfigNode: DatumNode {
    private let receiver: Node

    init(_ call: Call) {
        receiver = call[0]
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let value = try receiver.evaluate(execution)
        if case .database(let database) = value { return database.datum }
        if case .rows(let rows) = value, let table = rows as? TableRows, table.kind == .table { return table.reference.config.datum }
        throw value.mismatch(expected: "a DB or a TABLE", at: receiver.site)
    }
}

/// `sync()`: what was written so far is on the disk when it answers.
final class SyncNode: DatumNode {
    private let receiver: Node

    init(_ call: Call) {
        receiver = call[0]
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        _ = try receiver.table(execution)
        do { try execution.writer.flush() } catch { throw site.locate(error) }
        return ["synced": 1]
    }
}

/// `wait()`: tables of one file are always ready.
final class WaitNode: DatumNode {
    private let receiver: Node?

    init(_ call: Call) {
        receiver = call.arguments.first
        super.init(call.site, determinism: .never)
    }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        guard let receiver else { throw site.error(.queryLogic, "`wait` is called on a table or a database.") }
        let value = try receiver.evaluate(execution)
        if case .database(let database) = value {
            let snapshot = try execution.snapshot(at: site)
            let tables = try site.reading { () throws(CatalogError) in try snapshot.tables(in: database) }
            return ["ready": Datum(tables.count)]
        }
        _ = try value.table(at: receiver.site)
        return ["ready": 1]
    }
}

/// The option `durability`: "hard" or "soft".
struct DurabilityOption {
    private let option: Node?

    init(_ call: Call) {
        option = call.option("durability")
    }

    /// nil if it was not given.
    func value(_ execution: Execution) throws(ReQLError) -> Durability? {
        guard let option else { return nil }
        switch try option.string(execution) {
        case "hard": return .hard
        case "soft": return .soft
        case let other: throw option.site.error(.queryLogic, "`durability` is \"hard\" or \"soft\", found \"\(other)\".")
        }
    }
}
