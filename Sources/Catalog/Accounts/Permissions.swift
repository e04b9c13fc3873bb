/// What an account may be allowed.
public enum Permission: String, Sendable, Hashable, CaseIterable {
    case read, write, config
    /// Only of the whole server: reaching out of it.
    case connect
}

/// What a permission is given for.
public enum PermissionScope: Sendable, Hashable {
    case server
    case database(String)
    /// By the ids of the database and the table.
    case table(String, database: String)
}

/// The permissions of one account: for each scope those that were set, to yes or no.
public struct Permissions: Sendable, Hashable {
    public typealias Entry = [Permission: Bool]

    private var entries: [PermissionScope: Entry] = [:]

    public init() {}

    /// What was set for a scope itself. An empty entry does not exist.
    public subscript(scope: PermissionScope) -> Entry {
        get { entries[scope] ?? [:] }
        set { entries[scope] = newValue.isEmpty ? nil : newValue }
    }

    /// All scopes for which something was set.
    public var scopes: [PermissionScope] { Array(entries.keys) }

    /// Whether the most specific scope that sets the permission allows it. Unset everywhere is no.
    ///
    /// The system database is an island: what holds for the whole server does not hold there. Writing needs reading besides.
    public func allow(_ permission: Permission, _ scope: PermissionScope) -> Bool {
        if permission == .write { return decide(.write, scope) && decide(.read, scope) }
        return decide(permission, scope)
    }

    /// With what roles give: for each scope the own word counts; where there is none, a yes of any role before a no of another.
    package func adding(_ roles: [Permissions]) -> Permissions {
        var sum = self
        for scope in Set(roles.flatMap(\.scopes)) {
            let given = roles.map { $0[scope] }.reduce(into: Entry()) { $0.merge($1) { $0 || $1 } }
            sum[scope] = given.merging(self[scope]) { _, own in own }
        }
        return sum
    }

    /// What is set for the scope, or else for the one around it.
    func decide(_ permission: Permission, _ scope: PermissionScope) -> Bool {
        switch scope {
        case .server: entries[.server]?[permission] ?? false
        case .database(let id):
            entries[scope]?[permission] ?? (id == SystemDatabaseID.database ? false : decide(permission, .server))
        case .table(_, let database): entries[scope]?[permission] ?? decide(permission, .database(database))
        }
    }
}

/// The ids that the system database and its tables have in every file, and in RethinkDB.
public enum SystemDatabaseID {
    public static let database = "b99b9572-8e53-5fef-9a2b-5e6aba3edf1c"
}

// MARK: The stored form

extension Permissions {
    /// `[{database, table, read, write, config, connect}]`, each but what was set left out.
    var json: Datum {
        get throws(CatalogError) {
            var forms: [Datum] = []
            for (scope, entry) in entries {
                var fields: [(String, Datum)] = []
                switch scope {
                case .server: break
                case .database(let id): fields.append(("database", Datum(id)))
                case .table(let id, let database): fields += [("database", Datum(database)), ("table", Datum(id))]
                }
                for (permission, isAllowed) in entry { fields.append((permission.rawValue, Datum(isAllowed))) }
                forms.append(try datum { () throws(DatumError) in try .object(fields) })
            }
            return try datum { () throws(DatumError) in try .array(forms.sorted()) }
        }
    }

    init(json: Datum?) {
        guard let json, json.kind == .array else { return }
        for form in json.elements {
            var entry: Entry = [:]
            for permission in Permission.allCases { entry[permission] = form[field: permission.rawValue]?.bool }
            let database = form[field: "database"]?.string
            switch (database, form[field: "table"]?.string) {
            case (nil, _): self[.server] = entry
            case (let database?, nil): self[.database(database)] = entry
            case (let database?, let table?): self[.table(table, database: database)] = entry
            }
        }
    }
}
