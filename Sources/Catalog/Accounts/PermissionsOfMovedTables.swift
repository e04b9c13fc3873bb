// What is said of a table goes with it to another database.
extension CatalogTransaction {
    /// Carries over what accounts and roles are allowed for a table, and forbids to each account what it would only be allowed because of
    /// the new database: a move widens nobody's rights. Databases are given by their ids.
    mutating func carryPermissions(ofTable id: String, from old: String, to new: String) throws(CatalogError) {
        let scopes = (
            old: PermissionScope.table(id, database: old), new: PermissionScope.table(id, database: new)
        )
        let snapshot = try snapshot()
        let (users, roles) = (try snapshot.users(), try snapshot.roles())
        var moved: [String: Permissions] = [:]
        for var role in roles {
            let permissions = role.permissions
            role.permissions.move(scopes.old, to: scopes.new)
            moved[role.name] = role.permissions
            if role.permissions != permissions { try putRole(role) }
        }
        for var user in users where !user.isAdministrator {
            let before = try snapshot.permissions(of: user)
            user.permissions.move(scopes.old, to: scopes.new)
            let after = user.permissions.adding(user.roles.compactMap { moved[$0] })
            for permission in Permission.allCases where after.decide(permission, scopes.new) && !before.decide(permission, scopes.old) {
                user.permissions[scopes.new][permission] = false
            }
            try putUser(user)
        }
    }
}

extension Permissions {
    fileprivate mutating func move(_ old: PermissionScope, to new: PermissionScope) {
        let entry = self[old]
        if entry.isEmpty { return }
        self[old] = [:]
        self[new] = entry
    }
}
