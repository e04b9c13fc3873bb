/// The change that a query or a request asks for of an account. Nil leaves a part as it is.
package struct AccountChange: Sendable {
    let name: String
    let credential: Credential?
    let permissions: Permissions?
    let roles: [String]?

    package init(name: String, credential: Credential? = nil, permissions: Permissions? = nil, roles: [String]? = nil) {
        self.name = name
        self.credential = credential
        self.permissions = permissions
        self.roles = roles
    }

    /// The account as it is to be stored.
    ///
    /// Throws `.invalidAccount`; `.protectedAccount` for permissions or roles of `admin`.
    package func validated(in snapshot: CatalogSnapshot) throws(CatalogError) -> UserConfig {
        try UserConfig.requireName(name, of: "An account")
        if name == UserConfig.administrator, permissions != nil || roles != nil { throw .administratorMayAll }
        let old = try snapshot.account(name)
        guard let credential = credential ?? old?.credential else {
            throw CatalogError(.invalidAccount, "A new account needs a `password`: a string, or false for the empty one.")
        }
        let roles = roles ?? old?.roles ?? []
        guard Set(roles).count == roles.count else { throw CatalogError(.invalidAccount, "A role stands twice in `roles`.") }
        for role in roles where try snapshot.role(role) == nil {
            throw CatalogError(.invalidAccount, "There is no role `\(role)`.")
        }
        return UserConfig(name: name, credential: credential, permissions: permissions ?? old?.permissions ?? Permissions(), roles: roles)
    }
}

extension UserConfig {
    /// Throws `.invalidAccount` for a name that no new account or role may have.
    package static func requireName(_ name: String, of owner: String) throws(CatalogError) {
        guard isName(name) else {
            throw CatalogError(
                .invalidAccount, "\(owner)'s name has 1 to \(maximumNameByteCount) bytes, no control characters, and no odd spaces.")
        }
    }

    /// Throws `.protectedAccount` for `admin`, which is always there.
    package static func requireRemovable(_ name: String) throws(CatalogError) {
        if name == administrator { throw CatalogError(.protectedAccount, "The account `\(name)` can't be deleted.") }
    }
}

extension Credential {
    /// Takes as long as `iterations` of PBKDF2 do. Throws `.invalidAccount` for a password that nobody could type.
    package init(checking password: String, iterations: Int = defaultIterations) throws(CatalogError) {
        guard PreparedString(password) != nil else { throw CatalogError(.invalidAccount, "A password has no control characters.") }
        self.init(password: password, iterations: iterations)
    }
}

extension CatalogError {
    /// The refusal of permissions and roles for `admin`.
    package static let administratorMayAll = CatalogError(
        .protectedAccount, "The account `\(UserConfig.administrator)` may do everything; its permissions can't be changed.")
}
