import ReQLish

/// Permissions for one scope as requests and answers spell them: `{"database": "app", "table": "users", "read": true, "write": false}`.
/// Without a table for a database, without either for everything.
struct PermissionEntry {
    let database: String?
    let table: String?
    /// Null unsets.
    private let changes: [Permission: Bool?]

    static let known = ["database", "table"] + Permission.allCases.map(\.rawValue)

    init(_ fields: BodyFields) throws(Problem) {
        database = try fields.read("database", "a name", \.string)
        table = try fields.read("table", "a name", \.string)
        var changes: [Permission: Bool?] = [:]
        for permission in Permission.allCases {
            let change = try fields.read(permission.rawValue, "true, false, or null to unset it") { value -> Bool?? in
                value.isNull ? .some(nil) : value.bool.map { .some($0) }
            }
            if let change { changes[permission] = change }
        }
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
        guard let table else { return PermissionScope(try snapshot.existingDatabase(named: database)) }
        return PermissionScope(try snapshot.existingTable(TablePath(database: database, table: table)))
    }
}

extension [PermissionEntry] {
    init(list: Datum) throws(Problem) {
        guard list.kind == .array else {
            throw .request(400, "`permissions` is an array such as [{\"database\": \"app\", \"read\": true}].")
        }
        self = []
        for entry in list.elements { append(try PermissionEntry(BodyFields(entry, of: "A permission", known: PermissionEntry.known))) }
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
