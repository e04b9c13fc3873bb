import ReQLish

/// Permissions for one scope as requests and answers spell them: `{"database": "app", "table": "users", "read": true, "write": false}`. Without a
/// table for a database, without either for everything.
struct PermissionEntry {
    let database: String?
    let table: String?
    /// Null unsets.
    private let changes: [Permission: Bool?]

    init(_ body: Datum) throws(Problem) {
        guard body.kind == .object else {
            throw .request(400, "Permissions are an object such as {\"database\": \"app\", \"read\": true}.")
        }
        var names: [String: String] = [:]
        var changes: [Permission: Bool?] = [:]
        for field in body.fields {
            switch field.key {
            case "database", "table":
                guard let name = field.value.string else { throw .request(400, "`\(field.key)` is a name.") }
                names[field.key] = name
            default:
                guard let permission = Permission(rawValue: field.key) else {
                    let known = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .request(
                        400, "There is no permission `\(field.key)`; there are \(known), and database and table for what they are.")
                }
                guard field.value.bool != nil || field.value.isNull else {
                    throw .request(400, "`\(field.key)` is true, false, or null to unset it.")
                }
                changes[permission] = .some(field.value.bool)
            }
        }
        database = names["database"]
        table = names["table"]
        self.changes = changes
        guard table == nil || database != nil else { throw .request(400, "A `table` is named with its `database`.") }
        guard changes[.connect] == nil || database == nil else {
            throw .request(400, "`connect` is a permission of the whole server; it goes with no `database`.")
        }
    }

    /// What is set, on nothing.
    var set: Permissions.Entry { changing([:]) }

    func changing(_ entry: Permissions.Entry) -> Permissions.Entry {
        var entry = entry
        for (permission, value) in changes { entry[permission] = value }
        return entry
    }

    func scope(in snapshot: CatalogSnapshot) throws -> PermissionScope {
        guard let database else { return .server }
        if database == CatalogNames.systemDatabase {
            guard let table else { return .database(SystemDatabaseID.database) }
            guard let scope = PermissionScope.ofSystem(table: table) else {
                throw CatalogError(.tableNotFound, "Table `\(database).\(table)` does not exist.")
            }
            return scope
        }
        guard let table else { return PermissionScope(try snapshot.existingDatabase(database)) }
        return PermissionScope(try snapshot.existingTable(TablePath(database: database, table: table)))
    }
}

extension [PermissionEntry] {
    init(list: Datum) throws(Problem) {
        guard list.kind == .array else {
            throw .request(400, "`permissions` is an array such as [{\"database\": \"app\", \"read\": true}].")
        }
        self = []
        for entry in list.elements { append(try PermissionEntry(entry)) }
    }

    func permissions(in snapshot: CatalogSnapshot) throws -> Permissions {
        var permissions = Permissions()
        for entry in self { permissions[try entry.scope(in: snapshot)] = entry.set }
        return permissions
    }
}

extension Permissions {
    /// A list of what was set, in order; without what is gone.
    func shown(in snapshot: CatalogSnapshot) throws -> Datum {
        var entries: [Datum] = []
        for scope in scopes {
            guard let place = try scope.names(in: snapshot) else { continue }
            let set = self[scope].map { ($0.key.rawValue, Datum($0.value)) }
            entries.append(try Datum.object(place.map { ($0.0, Datum($0.1)) } + set))
        }
        return try Datum.array(entries.sorted())
    }
}

extension PermissionScope {
    /// Nil if the database or the table is gone.
    fileprivate func names(in snapshot: CatalogSnapshot) throws -> [(String, String)]? {
        switch self {
        case .server: return []
        case .database(SystemDatabaseID.database): return [("database", CatalogNames.systemDatabase)]
        case .database(let id): return try snapshot.database(id: id).map { [("database", $0.name)] }
        case .table(let id, SystemDatabaseID.database):
            return Self.nameOfSystemTable(id: id).map { [("database", CatalogNames.systemDatabase), ("table", $0)] }
        case .table(let id, _): return try snapshot.table(id: id).map { [("database", $0.databaseName), ("table", $0.name)] }
        }
    }
}
