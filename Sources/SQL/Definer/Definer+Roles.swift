import Catalog
import Ground
import ReQLish

/// Accounts and roles by SQL. A role with LOGIN is an account; one without is a role, which accounts may have.
extension Definer {
    /// Throws `42501` unless the session's user may change accounts, or what they are allowed: `write` on those tables of `rethinkdb`.
    private func requireRight(toChange scopes: [PermissionScope], _ message: String) throws(SQLError) {
        for scope in scopes where try !definitions.may(.write, scope) { throw error("42501", message) }
    }

    /// Only `admin` changes `admin`.
    private func requireChangeable(_ name: String, _ message: String) throws(SQLError) {
        if name == UserConfig.administrator, session.user != name { throw error("42501", message) }
    }

    private func account(_ name: String) throws(SQLError) -> UserConfig? {
        try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.account(name) }
    }

    private func role(_ name: String) throws(SQLError) -> RoleConfig? {
        try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.role(name) }
    }

    func isThere(_ name: String) throws(SQLError) -> Bool {
        if try account(name) != nil { return true }
        return try role(name) != nil
    }

    func noRole(_ name: String) -> SQLError { error("42704", "role \"\(name)\" does not exist") }

    func roleName(_ role: Role) throws(SQLError) -> String {
        switch role {
        case .named(let name): return name.text
        case .public: throw noRole("public")
        case .currentRole, .currentUser: return session.user
        case .sessionUser: return session.authorization
        }
    }

    func existing(_ role: Role) throws(SQLError) -> String {
        let name = try roleName(role)
        guard try isThere(name) else { throw noRole(name) }
        return name
    }

    // MARK: CREATE, ALTER, DROP

    private enum Password {
        case unsaid, none
        case credential(Credential)
    }

    private struct RoleOptions {
        var password = Password.unsaid
        var canLogIn: Bool?
        var memberships: [String] = []
    }

    /// Reads what stands behind the name. Throws `0A000` for what could not be held.
    private func options(_ options: [Option]) throws(SQLError) -> RoleOptions {
        var result = RoleOptions()
        for option in options {
            switch (option.name.text, option.value) {
            case ("login", _): result.canLogIn = true
            case ("nologin", _): result.canLogIn = false
            case ("password", .string(let text)): result.password = try password(text)
            case ("password", _): result.password = .none
            case ("in_role", .roles(let roles)):
                for role in roles {
                    let name = try existing(role)
                    guard try self.role(name) != nil else {
                        throw SQLError(.featureNotSupported, "only roles without LOGIN can be granted")
                    }
                    if !result.memberships.contains(name) { result.memberships.append(name) }
                }
            case ("connection_limit", .number("-1")), ("valid_until", .string("infinity")): break
            case ("nosuperuser", _), ("nocreaterole", _), ("noreplication", _), ("nocreatedb", _), ("nobypassrls", _), ("inherit", _),
                ("sysid", _):
                break
            default:
                throw SQLError(
                    .featureNotSupported, "\(option.name.text.uppercased().replacing("_", with: " ")) is not supported",
                    hint: "The account admin may do everything; others are granted what they need.")
            }
        }
        return result
    }

    private func password(_ text: String) throws(SQLError) -> Password {
        if let credential = Credential(verifier: text) { return .credential(credential) }
        if text.isEmpty {
            session.notice("empty string is not a valid password, clearing password")
            return .none
        }
        return try definitions.reading { () throws(CatalogError) in .credential(try Credential(checking: text)) }
    }

    /// A password that nobody has: nobody can log in by it.
    private static var unknownPassword: Credential { Credential(password: UUID.random().description + UUID.random().description) }

    private func requireFreeRole(_ name: String) throws(SQLError) {
        if name.hasPrefix("pg_") { throw error("42939", "role name \"\(name)\" is reserved") }
        guard UserConfig.isName(name) else { throw error("42602", "invalid role name \"\(name)\"") }
        if try isThere(name) { throw error("42710", "role \"\(name)\" already exists") }
    }

    func create(_ create: CreateRole) throws(SQLError) -> StatementResult {
        let name = create.name.text
        let isRole =
            !create.options.contains { $0.name.text == "login" }
            && (create.kind != .user || create.options.contains { $0.name.text == "nologin" })
        let isGranting = isRole || create.options.contains { $0.name.text == "in_role" }
        try requireRight(toChange: isGranting ? [.users, .permissions] : [.users], "permission denied to create role")
        try requireFreeRole(name)
        let options = try options(create.options)
        if isRole {
            guard options.memberships.isEmpty else {
                throw SQLError(.featureNotSupported, "roles can only be granted to roles with LOGIN")
            }
            let role = RoleConfig(name: name)
            try session.transaction.writing { transaction throws(CatalogError) in try transaction.putRole(role) }
        } else {
            var credential = Self.unknownPassword
            if case .credential(let given) = options.password { credential = given }
            let account = UserConfig(name: name, credential: credential, roles: options.memberships)
            try session.transaction.writing { transaction throws(CatalogError) in try transaction.putUser(account) }
        }
        return done("CREATE ROLE")
    }

    func alterRole(_ role: Role, _ given: [Option]) throws(SQLError) -> StatementResult {
        let name = try existing(role)
        try requireRight(toChange: [.users], "permission denied")
        try requireChangeable(name, "permission denied")
        let options = try options(given)
        guard var account = try account(name) else {
            if options.canLogIn == true {
                throw SQLError(.featureNotSupported, "a role cannot be given LOGIN later", hint: "Drop it, and create it with LOGIN.")
            }
            return done("ALTER ROLE")
        }
        if options.canLogIn == false {
            throw SQLError(.featureNotSupported, "LOGIN cannot be taken from a role", hint: "Use PASSWORD NULL.")
        }
        switch options.password {
        case .unsaid: return done("ALTER ROLE")
        case .none: account.credential = Self.unknownPassword
        case .credential(let given): account.credential = given
        }
        let changed = account
        try session.transaction.writing { transaction throws(CatalogError) in try transaction.putUser(changed) }
        return done("ALTER ROLE")
    }

    func renameRole(_ name: String, to newName: String) throws(SQLError) -> StatementResult {
        let (account, role) = (try account(name), try role(name))
        guard account != nil || role != nil else { throw noRole(name) }
        try requireRight(toChange: [.users, .permissions], "permission denied to rename role")
        if name == session.authorization || name == UserConfig.administrator {
            throw SQLError(.featureNotSupported, "session user cannot be renamed")
        }
        if name == session.user { throw SQLError(.featureNotSupported, "current user cannot be renamed") }
        try requireFreeRole(newName)
        let members = try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.users() }.filter {
            $0.roles.contains(name)
        }
        try session.transaction.writing { transaction throws(CatalogError) in
            if let account {
                try transaction.deleteUser(name)
                try transaction.putUser(
                    UserConfig(name: newName, credential: account.credential, permissions: account.permissions, roles: account.roles))
            } else if let role {
                try transaction.deleteRole(name)
                try transaction.putRole(RoleConfig(name: newName, permissions: role.permissions))
                for var member in members {
                    member.roles = member.roles.map { $0 == name ? newName : $0 }
                    try transaction.putUser(member)
                }
            }
        }
        try renameOwner(name, to: newName)
        return done("ALTER ROLE")
    }

    /// Views know their owners by name.
    private func renameOwner(_ name: String, to newName: String) throws(SQLError) {
        for view in try definitions.views() where view.owner == name && !view.isTemporary {
            try changeObject("view", Definitions.key(view.schema, view.name), "owner", Datum(newName), isTemporary: false)
        }
    }

    func dropRoles(_ roles: [Role], _ ifExists: Bool) throws(SQLError) -> StatementResult {
        try requireRight(toChange: [.users, .permissions], "permission denied to drop role")
        for role in roles {
            let name = try roleName(role)
            if name == session.user || name == session.authorization || name == UserConfig.administrator {
                throw error("55006", "current user cannot be dropped")
            }
            let wasThere = try session.transaction.writing { transaction throws(CatalogError) in
                let wasAccount = try transaction.deleteUser(name)
                let wasRole = try transaction.deleteRole(name)
                return wasAccount || wasRole
            }
            if wasThere { continue }
            guard ifExists else { throw noRole(name) }
            session.notice("role \"\(name)\" does not exist, skipping")
        }
        return done("DROP ROLE")
    }

    // MARK: Members

    func grantRoles(_ grant: GrantRoles) throws(SQLError) -> StatementResult {
        for granted in grant.granted {
            guard try isThere(granted.name) else { throw noRole(granted.name) }
        }
        try requireRight(toChange: [.users, .permissions], "must have admin option on role")
        if grant.withAdminOption || grant.optionOnly { throw SQLError(.featureNotSupported, "ADMIN OPTION is not supported") }
        for member in grant.roles {
            let name = try existing(member)
            for granted in grant.granted {
                guard try role(granted.name) != nil, try account(name) != nil, name != UserConfig.administrator else {
                    throw SQLError(.featureNotSupported, "only roles without LOGIN can be granted, and only to roles with LOGIN")
                }
                try session.transaction.writing { transaction throws(CatalogError) in
                    guard var account = try transaction.snapshot().account(name) else { return }
                    account.roles.removeAll { $0 == granted.name }
                    if grant.isGrant { account.roles.append(granted.name) }
                    try transaction.putUser(account)
                }
            }
        }
        return done(grant.isGrant ? "GRANT ROLE" : "REVOKE ROLE")
    }

    // MARK: Owners

    /// OWNER TO: everything that can be done with a relation, and of a view the permissions that its query has; of a database to make something
    /// in it, which is one's own then.
    func setOwner(_ object: ObjectReference, _ role: Role) throws(SQLError) -> StatementResult {
        let tag = "ALTER \(object.kind.rawValue.uppercased())"
        switch object.kind {
        case .database:
            let owner = try newOwner(role)
            let found = try definitions.reading { () throws(CatalogError) in
                try definitions.state.snapshot.database(object.name.last)
            }
            guard let found else { throw Session.noDatabase(object.name.last) }
            try give([.config], of: [PermissionScope(found)], to: owner)
        case .schema:
            guard definitions.hasSchema(object.name.last) else { throw error("3F000", "schema \"\(object.name.last)\" does not exist") }
            try give([.config], of: [definitions.databaseScope], to: try newOwner(role))
        case .table, .view, .sequence, .materializedView:
            guard let relation = try definitions.relation(object.name) else {
                throw definitions.missing(object.name)
            }
            try setOwner(relation, role)
        default:
            // These have no permissions of their own.
            let owner = try newOwner(role)
            guard owner == UserConfig.administrator || owner == session.user else {
                throw SQLError(.featureNotSupported, "an owner of a \(object.kind.rawValue) is not supported")
            }
        }
        return done(tag)
    }

    func setOwner(_ relation: Relation, _ role: Role) throws(SQLError) {
        let owner = try newOwner(role)
        try give(Self.owners, of: try scopes(of: relation), to: owner)
        if case .view(let view) = relation {
            let key = Definitions.key(view.schema, view.name)
            try changeObject("view", key, "owner", Datum(owner), isTemporary: view.isTemporary)
        }
    }

    /// The role that an option names; nil for DEFAULT.
    static func role(named option: Option) -> Role? {
        switch option.value {
        case .word(let name), .string(let name): .named(Name(name, at: option.name.position))
        default: nil
        }
    }

    /// Nobody makes others the owners of what then runs with their permissions.
    func newOwner(_ role: Role) throws(SQLError) -> String {
        let name = try existing(role)
        guard try session.isMember(session.user, of: name, definitions.state) else {
            throw error("42501", "must be member of role \"\(name)\"")
        }
        return name
    }

    // MARK: Permissions

    /// Gives permissions to an account or a role. Who has them all already is not written.
    func give(_ permissions: [Permission], of scopes: [PermissionScope], to name: String) throws(SQLError) {
        if name == session.user || name == UserConfig.administrator || scopes.isEmpty { return }
        try change([name]) { all in
            for scope in scopes { for permission in permissions { all[scope][permission] = true } }
        }
    }

    /// Changes what accounts and roles are allowed; `admin` may do everything, whatever is said.
    func change(_ names: [String], _ body: (inout Permissions) -> Void) throws(SQLError) {
        try requireRight(toChange: [.permissions], "permission denied for table permissions")
        try put(names, body)
    }

    /// Changes it, whoever asks.
    func put(_ names: [String], _ body: (inout Permissions) -> Void) throws(SQLError) {
        for name in names where name != UserConfig.administrator {
            try session.transaction.writing { transaction throws(CatalogError) in
                let snapshot = try transaction.snapshot()
                if var account = try snapshot.user(name) {
                    let before = account.permissions
                    body(&account.permissions)
                    if account.permissions != before { try transaction.putUser(account) }
                } else if var role = try snapshot.role(name) {
                    let before = role.permissions
                    body(&role.permissions)
                    if role.permissions != before { try transaction.putRole(role) }
                }
            }
        }
    }
}

// MARK: - SET ROLE and SET SESSION AUTHORIZATION

extension Session {
    /// Who the session is for: who logged in, or whom SET SESSION AUTHORIZATION named.
    var authorization: String { settingsStore.statements.authorization ?? loginUser }

    /// Whose permissions hold: the role that SET ROLE named, or whom the session is for.
    var user: String { settingsStore.statements.role ?? authorization }

    /// Sets one of the two. Nil goes back: for `role` to whom the session is for, for `session_authorization` to who logged in.
    func setIdentity(_ setting: String, to name: String?, isLocal: Bool) throws(SQLError) {
        let isRole = setting == "role"
        let name = isRole && name == "none" ? nil : name
        if let name {
            let state = try transaction.readState()
            let isThere: Bool
            do throws(CatalogError) {
                isThere = try state.snapshot.account(name) != nil ? true : state.snapshot.role(name) != nil
            } catch {
                throw SQLError(error)
            }
            guard isThere else { throw SQLError(.invalidParameterValue, "role \"\(name)\" does not exist") }
            if isRole {
                guard try isMember(authorization, of: name, state) else {
                    throw SQLError(SQLState(rawValue: "42501"), "permission denied to set role \"\(name)\"")
                }
            } else {
                guard loginUser == UserConfig.administrator || name == loginUser else {
                    throw SQLError(SQLState(rawValue: "42501"), "permission denied to set session authorization")
                }
            }
        }
        if !isRole { settingsStore.setIdentity("role", nil, isLocal: isLocal) }
        settingsStore.setIdentity(setting, name, isLocal: isLocal)
    }

    /// Whether somebody may act as a role: it is the same one, or given to the account; `admin` may act as anybody.
    func isMember(_ member: String, of role: String, _ state: ReadState) throws(SQLError) -> Bool {
        if member == UserConfig.administrator || member == role { return true }
        do throws(CatalogError) { return try state.snapshot.user(member)?.roles.contains(role) ?? false } catch { throw SQLError(error) }
    }
}
