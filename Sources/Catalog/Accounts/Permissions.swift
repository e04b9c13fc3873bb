/// A right that an account may have.
public enum Permission: String, Sendable, Hashable, CaseIterable {
    case read, write, config
    /// Only of the whole server: reaching out of it.
    case connect
    /// Parts of `write`, whose word counts where theirs is not set.
    case insert, update, delete

    /// The parts of `write`.
    package static let partsOfWrite: [Permission] = [.insert, .update, .delete]

    package var isPartOfWrite: Bool { Self.partsOfWrite.contains(self) }
}

/// The thing that a permission is given for.
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
    /// The system database is an island: what holds for the whole server does not hold there. `write` needs `read` besides; a part of it
    /// that was allowed by its own name does not.
    public func allow(_ permission: Permission, _ scope: PermissionScope) -> Bool {
        guard let word = word(permission, scope), word.isAllowed else { return false }
        return word.permission == .write ? decide(.read, scope) : true
    }

    /// With what roles give: for each scope the own word counts; where there is none, a yes of any role before a no of another.
    package func adding(_ roles: [Permissions]) -> Permissions {
        var sum = self
        for scope in Set(roles.flatMap(\.scopes)) {
            let own = self[scope]
            var given = Entry()
            for permission in Permission.allCases {
                // One's own `write` is a word for its parts, too; and so is that of each role beside the parts that another one names.
                if permission.isPartOfWrite, own[permission] == nil, own[.write] != nil { continue }
                guard roles.contains(where: { $0[scope][permission] != nil }) else { continue }
                given[permission] = roles.contains { $0.entryWord(permission, scope)?.isAllowed ?? false }
            }
            sum[scope] = given.merging(own) { _, own in own }
        }
        return sum
    }

    /// What is set for the scope, or else for the one around it.
    func decide(_ permission: Permission, _ scope: PermissionScope) -> Bool { word(permission, scope)?.isAllowed ?? false }

    /// The word that decides, and for what it was said: for the permission itself, or for `write`.
    private func word(_ permission: Permission, _ scope: PermissionScope) -> (permission: Permission, isAllowed: Bool)? {
        if let word = entryWord(permission, scope) { return word }
        switch scope {
        case .server, .database(SystemDatabaseID.database): return nil
        case .database: return entryWord(permission, .server)
        case .table(_, let database): return word(permission, .database(database))
        }
    }

    private func entryWord(_ permission: Permission, _ scope: PermissionScope) -> (permission: Permission, isAllowed: Bool)? {
        guard let entry = entries[scope] else { return nil }
        if let isAllowed = entry[permission] { return (permission, isAllowed) }
        guard permission.isPartOfWrite, let isAllowed = entry[.write] else { return nil }
        return (.write, isAllowed)
    }
}

/// The ids that the system database and its tables have in every file, and in RethinkDB.
public enum SystemDatabaseID {
    public static let database = "b99b9572-8e53-5fef-9a2b-5e6aba3edf1c"
}

// MARK: The stored form

extension Permissions {
    /// `[{database, table, read, write, insert, update, delete, config, connect}]`, each but what was set left out.
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
