import Ground
import ReQLish

// Databases and tables.
extension PandoExchange {
    func databases() throws {
        send(try Datum.array(try readState().databases().map(\.shown)))
    }

    func database(_ name: String) throws {
        send(try readState().existingDatabase(named: name).shown)
    }

    func createDatabase(_ name: String) throws {
        guard request.body.isEmpty else { throw Problem.request(400, "A database has no options; send no body.") }
        try require(.config, .server, in: try readState())
        let database = try write { transaction in (try transaction.createDatabase(name), .hard) }
        response.status = 201
        response.addTrusted("Location", "/\(PercentEncoding.encode(name))")
        send(database.shown)
    }

    func dropDatabase(_ name: String) throws {
        let snapshot = try readState()
        let database = try snapshot.existingDatabase(named: name)
        try require(.config, PermissionScope(database), in: snapshot)
        for table in try snapshot.tables(in: database) { try require(.config, on: table, in: snapshot) }
        try write { transaction in
            try transaction.dropDatabase(try transaction.existingDatabase(named: name).name)
            return ((), .hard)
        }
        response.status = 204
    }

    func tables(_ database: String) throws {
        let snapshot = try readState()
        let tables = try snapshot.tables(in: try snapshot.existingDatabase(named: database))
        // Names are not secret, as in `tableList`; the rest is for accounts that may read or configure the table.
        let shown = try tables.map { table in
            try mayKnow(table, in: snapshot) ? table.shown : ["name": Datum(table.name), "db": Datum(table.databaseName)]
        }
        send(try Datum.array(shown))
    }

    /// Whether the account may know of a table more than its name.
    func mayKnow(_ table: TableConfig, in snapshot: CatalogSnapshot) throws -> Bool {
        try [.read, .config].contains { try may($0, table, in: snapshot) }
    }

    func may(_ permission: Permission, _ table: TableConfig, in snapshot: CatalogSnapshot) throws -> Bool {
        do {
            try require(permission, on: table, in: snapshot)
            return true
        } catch let error as ReQLError where error.kind == .permission {
            return false
        }
    }

    func tableInfo(_ path: TablePath) throws {
        let (snapshot, table) = try readTable(path)
        let count = Datum(try snapshot.documentCount(in: table))
        send(try table.shown.setting("doc_count", to: count))
    }

    func createTable(_ path: TablePath) throws {
        let options = try fields(of: "A new table", ["primary_key", "durability"], isRequired: false)
        let primaryKey = try options.read("primary_key", "the name of a field") { $0.string.flatMap { $0.isEmpty ? nil : $0 } } ?? "id"
        let durability = try options.durability() ?? .hard
        let snapshot = try readState()
        try require(.config, PermissionScope(try snapshot.existingDatabase(named: path.database)), in: snapshot)
        let table = try write { transaction in
            let table = try transaction.createTable(
                path.table, in: try transaction.existingDatabase(named: path.database), primaryKey: primaryKey,
                durability: durability)
            return (table, .hard)
        }
        response.status = 201
        response.addTrusted("Location", path.target)
        send(table.shown)
    }

    func dropTable(_ path: TablePath) throws {
        try require([.config], on: path)
        try write { transaction in
            let table = try transaction.existingTable(path)
            let database = try transaction.existingDatabase(named: path.database)
            try transaction.requireUnreferenced(table.name, in: database)
            try transaction.dropTable(table.name, in: database)
            return ((), .hard)
        }
        response.status = 204
    }
}

extension DatabaseConfig {
    fileprivate var shown: Datum {
        ["id": Datum(id), "name": Datum(name), "created_at": Datum(createdAt)]
    }
}

extension TableConfig {
    fileprivate var shown: Datum {
        [
            "id": Datum(id), "name": Datum(name), "db": Datum(databaseName), "primary_key": Datum(primaryKey),
            "durability": Datum(durability.rawValue), "indexes": indexNames, "created_at": Datum(createdAt),
        ]
    }
}
