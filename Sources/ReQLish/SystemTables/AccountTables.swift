/// `users`: the accounts, without anything of their passwords but whether there is one; and their roles, where they have any.
final class UsersTable: SystemTable, @unchecked Sendable {
    init() { super.init("users") }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        let users = try view.users()
        return users.map { user in
            let row: [(String, Datum)] = [("id", Datum(user.name)), ("password", Datum(user.hasPassword))]
            let roles: [(String, Datum)] = user.roles.isEmpty ? [] : [("roles", Datum(elements: user.roles.map { Datum($0) }))]
            return Datum(fields: row + roles)
        }
    }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        guard let name = change.key.string, !change.hasGeneratedKey else {
            throw SystemRow.refused("The `id` of a user is the name, a string without control characters")
        }
        if change.isDeletion {
            try view.reading(UserConfig.requireRemovable(name))
            _ = try view.reading(transaction.deleteUser(name))
            return .null
        }
        try view.access.requireAdministrator(toChange: name)
        let row = try SystemRow(change.new, of: self, required: ["id", "password"], optional: ["roles"])
        let old = try view.user(name)
        let roles = row["roles"] == nil ? [] : try row.strings("roles")
        let isGranted = roles != old?.roles ?? []
        // To give a role is to grant what it gives.
        if isGranted { try view.access.require(.write, .permissions, in: view.snapshot, at: view.site) }
        let account = AccountChange(name: name, credential: try Self.credential(row, of: old, view), roles: isGranted ? roles : nil)
        try view.reading(transaction.putUser(try account.validated(in: view.snapshot)))
        return change.new
    }

    /// What `password` asks for; nil if it stays as it is.
    private static func credential(_ row: SystemRow, of old: UserConfig?, _ view: SystemView) throws(ReQLError) -> Credential? {
        let password = row["password"] ?? .null
        if let keeps = password.bool {
            if !keeps { return Credential(password: "") }
            guard old?.hasPassword ?? true else {
                throw SystemRow.refused("The user has no password that could stay; give one as a string")
            }
            return nil
        }
        if let text = password.string { return try view.reading(Credential(checking: text)) }
        guard password.isPlainObject else { throw row.wrong("password", "a string, a bool, or {password: STRING, iterations: NUMBER}") }
        guard password.count == 2, let text = password[field: "password"]?.string,
            let iterations = password[field: "iterations"]?.integer, (1...Credential.maximumIterations).contains(iterations)
        else {
            throw SystemRow.refused(
                "`password` as an object is {password: STRING, iterations: a number from 1 to \(Credential.maximumIterations)}")
        }
        return try view.reading(Credential(checking: text, iterations: iterations))
    }
}

extension SystemView {
    func users() throws(ReQLError) -> [UserConfig] { try reading(snapshot.accounts()) }

    func user(_ name: String) throws(ReQLError) -> UserConfig? {
        try reading(snapshot.account(name))
    }
}

/// `permissions`: a row for each account and each scope for which something was set, to the account or to a role that it has. What is
/// written sets the account's own; what its roles give shows again where that is unset.
final class PermissionsTable: SystemTable, @unchecked Sendable {
    init() { super.init("permissions") }

    override var skipsAbsentRows: Bool { true }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        var rows: [Datum] = []
        for user in try view.users() {
            let permissions = user.isAdministrator ? Self.ofAdministrator : try view.permissions(of: user)
            for scope in permissions.scopes {
                if let row = try Self.row(user.name, scope, permissions[scope], view) { rows.append(row) }
            }
        }
        return rows
    }

    private static let ofAdministrator: Permissions = {
        var permissions = Permissions()
        permissions[.server] = [.read: true, .write: true, .config: true, .connect: true]
        permissions[.database(SystemDatabase.config.id)] = [.read: true, .write: true, .config: true]
        return permissions
    }()

    /// Nil if the database or the table is gone.
    private static func row(
        _ user: String, _ scope: PermissionScope, _ entry: Permissions.Entry, _ view: SystemView
    ) throws(ReQLError) -> Datum? {
        var id = [Datum(user)]
        var fields: [(String, Datum)] = [("user", Datum(user)), ("permissions", entry.datum)]
        switch scope {
        case .server: break
        case .database(let database):
            guard let name = try view.databaseName(database) else { return nil }
            id.append(Datum(database))
            fields.append(("database", view.identifier(name, database)))
        case .table(let table, let database):
            guard let databaseName = try view.databaseName(database), let name = try view.tableName(table, in: database) else { return nil }
            id += [Datum(database), Datum(table)]
            fields += [("database", view.identifier(databaseName, database)), ("table", view.identifier(name, table))]
        }
        return try view.site.object(fields + [("id", Datum(elements: id))])
    }

    override func write(
        _ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView
    ) throws(ReQLError) -> Datum {
        let (name, scope) = try Self.parse(change.key, view)
        guard name != UserConfig.administrator else { throw SystemRow.refused("The permissions of `\(name)` can't be changed") }
        guard var user = try view.user(name) else { throw SystemRow.refused("User `\(name)` does not exist") }
        if change.isDeletion {
            user.permissions[scope] = [:]
        } else {
            let row = try SystemRow(change.new, of: self, required: ["id", "permissions"], optional: ["user", "database", "table"])
            let wanted = try Self.row(name, scope, [:], view)
            for field in ["user", "database", "table"] where row[field] != nil {
                guard row[field] == wanted?[field: field] else { throw row.wrong(field, "the one that the `id` says") }
            }
            let shown = try view.permissions(of: user)[scope]
            user.permissions[scope] = try user.permissions[scope].merged(with: row["permissions"] ?? .null, scope, shown: shown)
        }
        try view.reading(transaction.putUser(user))
        let entry = try view.permissions(of: user)[scope]
        return entry.isEmpty ? .null : try Self.row(name, scope, entry, view) ?? .null
    }

    private static func parse(_ key: Datum, _ view: SystemView) throws(ReQLError) -> (user: String, scope: PermissionScope) {
        guard key.kind == .array, (1...3).contains(key.count), key.elements.allSatisfy({ $0.string != nil }) else {
            throw SystemRow.refused("The `id` is [user], [user, database id] or [user, database id, table id]")
        }
        let parts = key.elements.map { $0.string ?? "" }
        guard parts.count > 1 else { return (parts[0], .server) }
        guard try view.databaseName(parts[1]) != nil else { throw SystemRow.refused("No database has the id `\(parts[1])`") }
        guard parts.count > 2 else { return (parts[0], .database(parts[1])) }
        guard try view.tableName(parts[2], in: parts[1]) != nil else { throw SystemRow.refused("No table has the id `\(parts[2])`") }
        return (parts[0], .table(parts[2], database: parts[1]))
    }
}

extension SystemView {
    /// With what roles give.
    fileprivate func permissions(of user: UserConfig) throws(ReQLError) -> Permissions {
        try reading(snapshot.permissions(of: user))
    }

    fileprivate func databaseName(_ id: String) throws(ReQLError) -> String? {
        if id == SystemDatabase.config.id { return SystemDatabase.config.name }
        return try reading(snapshot.database(id: id)?.name)
    }

    fileprivate func tableName(_ id: String, in database: String) throws(ReQLError) -> String? {
        if let system = SystemDatabase.table(id: id) { return database == SystemDatabase.config.id ? system.name : nil }
        let table = try reading(snapshot.table(id: id))
        return table?.databaseID == database ? table?.name : nil
    }
}

extension Permissions.Entry {
    var datum: Datum {
        Datum(fields: map { ($0.key.rawValue, Datum($0.value)) })
    }

    /// With what an object sets (true, false) and unsets (null).
    /// - Parameter shown: what a row showed before; what comes back as it was shown is not set by that.
    func merged(
        with changes: Datum, _ scope: PermissionScope, shown: Permissions.Entry = [:]
    ) throws(ReQLError) -> Permissions.Entry {
        guard changes.isPlainObject else {
            throw SystemRow.refused("Permissions are an object such as {read: true}, found \(changes.shortText)")
        }
        var merged = self
        for field in changes.fields {
            guard let permission = Permission(rawValue: field.key), permission != .connect || scope == .server else {
                let known = Permission.allCases.filter { $0 != .connect || scope == .server }.map { "`\($0.rawValue)`" }
                throw SystemRow.refused("There is no permission `\(field.key)` here; there are \(known.joined(separator: ", "))")
            }
            guard field.value.isNull || field.value.kind == .bool else {
                throw SystemRow.refused("`\(field.key)` is true, false, or null to unset it; found \(field.value.shortText)")
            }
            if let value = field.value.bool, value == shown[permission] { continue }
            merged[permission] = field.value.bool
        }
        return merged
    }
}

/// `grant`: permissions of a user for everything, a database or a table.
final class GrantNode: DatumNode {
    private var target: Node? { call.count > 2 ? call[0] : nil }
    private var user: Node { call[call.count - 2] }
    private var permissions: Node { call[call.count - 1] }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let scope =
            try target.map { target throws(ReQLError) in try Self.scope(try target.evaluate(execution), target.site) } ?? .server
        let name = try user.string(execution)
        let changes = try permissions.datum(execution)
        guard let table = SystemDatabase.table(named: "permissions") else { return .null }
        for permission in [Permission.read, .write] { try execution.require(permission, on: table.config, at: site) }
        guard name != UserConfig.administrator else {
            throw site.error(.operationFailed, "The permissions of the user `\(name)` can't be modified.")
        }
        defer { execution.forgetSnapshot() }
        let (old, new) = try execution.writer.write(.hard, at: site) {
            transaction throws(ReQLError) -> (Permissions.Entry, Permissions.Entry) in
            let found = try site.reading(transaction.snapshot().user(name))
            guard var user = found else { throw site.error(.operationFailed, "User `\(name)` does not exist.") }
            let old = user.permissions[scope]
            user.permissions[scope] = try site.locating(old.merged(with: changes, scope))
            try site.reading(transaction.putUser(user))
            return (old, user.permissions[scope])
        }
        return [
            "granted": 1,
            "permissions_changes": [
                ["old_val": old.isEmpty ? .null : old.datum, "new_val": new.isEmpty ? .null : new.datum]
            ],
        ]
    }

    private static func scope(_ value: Value, _ site: Site) throws(ReQLError) -> PermissionScope {
        switch value {
        case .database(let database): return PermissionScope(database)
        case .rows(let rows as TableRows) where rows.kind == .table:
            try rows.reference.checkPresent(at: site)
            return PermissionScope(rows.reference.config)
        default: throw value.mismatch(expected: "a DB or a TABLE", at: site)
        }
    }
}
