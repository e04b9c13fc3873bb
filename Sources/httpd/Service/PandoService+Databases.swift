import ReQLish

// Databases and tables.
extension PandoService {
    func databases(_ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        send(try Datum.array(try catalog.snapshot().databases().map(\.shown)), &response)
    }

    func database(_ name: String, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        send(try catalog.snapshot().existingDatabase(name).shown, &response)
    }

    func createDatabase(_ name: String, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        guard request.body.isEmpty else { throw Problem.request(400, "A database has no options; send no body.") }
        try require(.config, .server, in: try catalog.snapshot(), request)
        let database = try write(request) { transaction in (try transaction.createDatabase(name), .hard) }
        response.status = 201
        response.addTrusted("Location", "/\(PercentEncoding.encode(name))")
        send(database.shown, &response)
    }

    func dropDatabase(_ name: String, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        let snapshot = try catalog.snapshot()
        let database = try snapshot.existingDatabase(name)
        try require(.config, PermissionScope(database), in: snapshot, request)
        for table in try snapshot.tables(in: database) { try require(.config, on: table, in: snapshot, request) }
        try write(request) { transaction in
            try transaction.dropDatabase(try transaction.existingDatabase(name).name)
            return ((), .hard)
        }
        response.status = 204
    }

    func tables(_ database: String, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        let snapshot = try catalog.snapshot()
        let tables = try snapshot.tables(in: try snapshot.existingDatabase(database))
        // Names are no secret, as in `tableList`; the rest is for those who may read the table, or configure it.
        let shown = try tables.map { table -> Datum in
            let mayKnow = try [.read, .config].contains { try may($0, table, in: snapshot, request) }
            return mayKnow ? table.shown : ["name": Datum(table.name), "db": Datum(table.databaseName)]
        }
        send(try Datum.array(shown), &response)
    }

    private func may(_ permission: Permission, _ table: TableConfig, in snapshot: CatalogSnapshot, _ request: HTTPRequest) throws -> Bool {
        do {
            try require(permission, on: table, in: snapshot, request)
            return true
        } catch let error as ReQLError where error.kind == .permission {
            return false
        }
    }

    func tableInfo(_ path: Route.TablePath, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        let snapshot = try catalog.snapshot()
        let table = try snapshot.existingTable(path)
        try require(.read, on: table, in: snapshot, request)
        let count = Datum(try snapshot.documentCount(in: table))
        send(try table.shown.setting("doc_count", to: count), &response)
    }

    func createTable(_ path: Route.TablePath, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        let options = try TableOptions(request)
        let snapshot = try catalog.snapshot()
        try require(.config, PermissionScope(try snapshot.existingDatabase(path.database)), in: snapshot, request)
        let table = try write(request) { transaction in
            let table = try transaction.createTable(
                path.table, in: try transaction.existingDatabase(path.database), primaryKey: options.primaryKey,
                durability: options.durability)
            return (table, .hard)
        }
        response.status = 201
        response.addTrusted("Location", path.target)
        send(table.shown, &response)
    }

    func dropTable(_ path: Route.TablePath, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        try require(.config, on: path, request)
        try write(request) { transaction in
            let table = try transaction.existingTable(path)
            try transaction.dropTable(table.name, in: try transaction.existingDatabase(path.database))
            return ((), .hard)
        }
        response.status = 204
    }
}

/// The body of `PUT /<db>/<table>`: options of a new table, all of which have defaults.
private struct TableOptions {
    var primaryKey = "id"
    var durability = Durability.hard

    init(_ request: HTTPRequest) throws {
        guard !request.body.isEmpty else { return }
        _ = try MediaType.ofBody(request, among: [.json], fallback: .json)
        let body = try Datum(json: request.body.span)
        guard body.kind == .object else { throw Problem.request(400, "The body is not an object such as {\"primary_key\": \"id\"}.") }
        for field in body.fields {
            switch field.key {
            case "primary_key":
                guard let name = field.value.string, !name.isEmpty else {
                    throw Problem.request(400, "`primary_key` is the name of a field.")
                }
                primaryKey = name
            case "durability":
                guard let durability = field.value.string.flatMap(WriteDurability.init(rawValue:)) else {
                    throw Problem.request(400, "`durability` is \"hard\" or \"soft\".")
                }
                self.durability = durability.value
            default:
                throw Problem.request(400, "A new table has no option `\(field.key)`; it has primary_key and durability.")
            }
        }
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
