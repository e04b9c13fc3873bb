/// An account, stored as JSON at `__meta__:users:<name>`.
public struct UserConfig: Sendable, Hashable {
    /// The account that is always there, may do everything, and has the empty password until it is given another.
    public static let administrator = "admin"
    /// The longest name, in bytes.
    public static let maximumNameByteCount = 128

    public let name: String
    package var credential: Credential
    /// What was granted to the account itself.
    public var permissions: Permissions
    /// Names of ``RoleConfig``s, whose permissions it has too.
    public var roles: [String]

    package init(name: String, credential: Credential, permissions: Permissions = Permissions(), roles: [String] = []) {
        self.name = name
        self.credential = credential
        self.permissions = permissions
        self.roles = roles
    }

    /// Whether a new account may have that name: 1 to 128 bytes, no control characters, and no odd spaces.
    package static func isName(_ text: String) -> Bool {
        PreparedString(text)?.text == text && !text.isEmpty && text.utf8.count <= maximumNameByteCount
    }

    /// Whether there is a password that one has to know.
    public var hasPassword: Bool { !credential.isEmptyPassword }

    public var isAdministrator: Bool { name == Self.administrator }

    /// `admin` before a password was ever set.
    fileprivate static let freshAdministrator = UserConfig(name: administrator, credential: Credential(password: ""))
}

extension UserConfig {
    /// The stored form.
    var json: Datum {
        get throws(CatalogError) {
            let permissions = try permissions.json
            return try datum { () throws(DatumError) in
                let own = try Datum.object([("name", Datum(name)), ("permissions", permissions)]).changing(credential.json)
                return roles.isEmpty ? own : try own.setting("roles", to: try .array(roles.map { Datum($0) }))
            }
        }
    }

    /// Reads the stored form; `key` is where it stood, for the message.
    init(json: Datum, at key: String) throws(CatalogError) {
        self.init(
            name: try json.configString("name", at: key), credential: try Credential(json: json, at: key),
            permissions: Permissions(json: json[field: "permissions"]),
            roles: json[field: "roles"].map { $0.kind == .array ? $0.elements.compactMap(\.string) : [] } ?? [])
    }
}

extension CatalogSnapshot {
    /// The accounts that the file has, in order of their names. `admin` is among them only once it has been given a password.
    public func users() throws(CatalogError) -> [UserConfig] {
        try collect(CatalogKeys.users) { key, json throws(CatalogError) in try UserConfig(json: json, at: key) }
    }

    /// All accounts, `admin` among them.
    package func accounts() throws(CatalogError) -> [UserConfig] {
        let stored = try users()
        if stored.contains(where: \.isAdministrator) { return stored }
        return [.freshAdministrator] + stored
    }

    /// The account of that name; there is always an `admin`.
    package func account(_ name: String) throws(CatalogError) -> UserConfig? {
        try user(name) ?? (name == UserConfig.administrator ? .freshAdministrator : nil)
    }

    /// The account of that name, or `nil`, also for `admin` without a stored password. Cached.
    public func user(_ name: String) throws(CatalogError) -> UserConfig? {
        guard name.utf8.count <= UserConfig.maximumNameByteCount else { return nil }
        if let known = configs.user(name, at: store.metadataNumber) { return known }
        let key = CatalogKeys.users + name
        let user = try store.get(CatalogKeys.user(named: name)).map { value throws(CatalogError) in
            try UserConfig(json: try value.config(at: key), at: key)
        }
        configs.remember(user, named: name, at: store.metadataNumber)
        return user
    }
}

extension Catalog {
    /// The account of that name as the newest state has it, if that is known without looking into the file: nil says nothing, a nil inside that
    /// there is none.
    package func knownUser(_ name: String) -> UserConfig?? {
        knownMetadataNumber.flatMap { configs.user(name, at: $0) }
    }

    /// The same of a token; nil says nothing.
    package func knownToken(_ id: String) -> TokenConfig? { knownMetadataNumber.flatMap { configs.token(id, at: $0) } }

    /// What is known by this number is true of the newest state; nil if that has to be looked at.
    private var knownMetadataNumber: UInt64? {
        guard let engine = store.engine else { return .max }
        // What nobody else writes is as it was when this process saw or changed it last, also while the engine is away.
        return engine.engine.isShared || engine.engine.isReadOnly ? nil : engine.knownMetadataNumber
    }

    /// The account of that name as the newest state has it; there is always an `admin`.
    package func newestAccount(_ name: String) throws(CatalogError) -> UserConfig? {
        // Of those that are not there, only `admin` is known.
        if let known = knownUser(name) { return known ?? .freshAdministrator }
        return try snapshot().account(name)
    }

    package func newestToken(_ id: String) throws(CatalogError) -> TokenConfig? {
        if let known = knownToken(id) { return known }
        return try snapshot().token(id)
    }
}

extension CatalogTransaction {
    /// Stores an account, new or changed. Throws `.invalidName` for an empty or a long one, `.protectedAccount` for a new empty password that
    /// other machines could use.
    package mutating func putUser(_ user: UserConfig) throws(CatalogError) {
        guard !user.name.isEmpty, user.name.utf8.count <= UserConfig.maximumNameByteCount else {
            throw CatalogError(.invalidName, "A user's name has 1 to \(UserConfig.maximumNameByteCount) bytes.")
        }
        let json = try user.json
        let old = try config(at: CatalogKeys.user(named: user.name))
        guard json != old else { return }
        if !user.hasPassword, old?[field: "empty_password"]?.bool != true, catalog.isReachable {
            throw CatalogError(
                .protectedAccount,
                "The account `\(user.name)` needs a password, as other machines reach this server: anybody could use the empty one.")
        }
        metadataChanges()
        try putConfig(json, at: CatalogKeys.user(named: user.name))
        note("\(words: old == nil ? "made" : "changed") the account `\(user.name)`")
    }

    /// Removes an account with its permissions and its tokens. Returns whether there was one.
    @discardableResult
    package mutating func deleteUser(_ name: String) throws(CatalogError) -> Bool {
        metadataChanges()
        guard try store.delete(CatalogKeys.user(named: name)) else { return false }
        try deleteTokens(of: name)
        note("removed the account `\(name)`")
        return true
    }
}
