/// A set of permissions with a name, which accounts can have: stored as JSON at `__meta__:roles:<name>`.
public struct RoleConfig: Sendable, Hashable {
    public let name: String
    public var permissions: Permissions

    package init(name: String, permissions: Permissions = Permissions()) {
        self.name = name
        self.permissions = permissions
    }
}

extension RoleConfig {
    /// The stored form.
    var json: Datum {
        get throws(CatalogError) {
            let permissions = try permissions.json
            return try datum { () throws(DatumError) in try Datum.object([("name", Datum(name)), ("permissions", permissions)]) }
        }
    }

    /// Reads the stored form; `key` is where it stood, for the message.
    init(json: Datum, at key: String) throws(CatalogError) {
        self.init(name: try json.configString("name", at: key), permissions: Permissions(json: json[field: "permissions"]))
    }
}

extension CatalogSnapshot {
    /// In order of their names.
    public func roles() throws(CatalogError) -> [RoleConfig] {
        try collect(CatalogKeys.roles) { key, json throws(CatalogError) in try RoleConfig(json: json, at: key) }
    }

    public func role(_ name: String) throws(CatalogError) -> RoleConfig? {
        guard name.utf8.count <= UserConfig.maximumNameByteCount else { return nil }
        let key = CatalogKeys.roles + name
        return try store.get(Array(key.utf8)).map { value throws(CatalogError) in try RoleConfig(json: try value.config(at: key), at: key) }
    }

    /// What holds for an account; nothing for one that is not there. Cached.
    package func permissions(ofUser name: String) throws(CatalogError) -> Permissions {
        if let known = configs.permissions(ofUser: name, at: store.metadataNumber) { return known }
        guard let user = try user(name) else { return Permissions() }
        let permissions = try permissions(of: user)
        configs.remember(permissions, ofUser: name, at: store.metadataNumber)
        return permissions
    }

    /// What an account may do, or a role that SET ROLE of SQL has put in its place. Nobody of the name may do nothing.
    package func permissions(ofAccountOrRole name: String) throws(CatalogError) -> Permissions {
        if try user(name) == nil, let role = try role(name) { return role.permissions }
        return try permissions(ofUser: name)
    }

    /// What holds for an account as it is given: what was granted to it, and what its roles give.
    package func permissions(of user: UserConfig) throws(CatalogError) -> Permissions {
        if user.roles.isEmpty { return user.permissions }
        var given: [Permissions] = []
        for name in user.roles { if let role = try role(name) { given.append(role.permissions) } }
        return user.permissions.adding(given)
    }
}

extension CatalogTransaction {
    /// Stores a role, new or changed. Throws `.invalidName` for an empty name or a long one.
    package mutating func putRole(_ role: RoleConfig) throws(CatalogError) {
        guard !role.name.isEmpty, role.name.utf8.count <= UserConfig.maximumNameByteCount else {
            throw CatalogError(.invalidName, "A role's name has 1 to \(UserConfig.maximumNameByteCount) bytes.")
        }
        let json = try role.json
        metadataChanges()
        try putConfig(json, at: Array((CatalogKeys.roles + role.name).utf8))
        note("stored the role `\(role.name)`")
    }

    /// Removes a role, also from the accounts that have it: another of its name is to be given anew. Returns whether there was one.
    @discardableResult
    package mutating func deleteRole(_ name: String) throws(CatalogError) -> Bool {
        let users = try snapshot().users()
        metadataChanges()
        guard try store.delete(Array((CatalogKeys.roles + name).utf8)) else { return false }
        for var user in users where user.roles.contains(name) {
            user.roles.removeAll { $0 == name }
            try putUser(user)
        }
        note("removed the role `\(name)`")
        return true
    }
}
