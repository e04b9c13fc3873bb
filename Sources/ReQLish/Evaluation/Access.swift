/// The rights of a query: the one place where permissions are decided. Terms say what they need.
///
/// Permissions are those of the state that the query reads, so that they change with it.
final class Access {
    /// The account that asks; nil for an application that holds the file itself, which may do everything.
    let user: String?
    private let mayBeRole: Bool
    private var known: Permissions?
    /// Not kept alive by this: a feed may rest for long.
    private weak var knownIn: CatalogSnapshot?

    /// - Parameter mayBeRole: whether `user` may be a role's name, which somebody has taken on.
    init(user: String?, mayBeRole: Bool = false) {
        self.user = user
        self.mayBeRole = mayBeRole
    }

    var mayDoEverything: Bool { user == nil || user == UserConfig.administrator }

    /// Throws `permission` unless the user has it.
    func require(_ permission: Permission, _ scope: PermissionScope, in snapshot: CatalogSnapshot, at site: Site) throws(ReQLError) {
        if mayDoEverything { return }
        let permissions = try permissions(in: snapshot, at: site)
        if permissions.allow(permission, scope) { return }
        // A part of `write` is named where the rest of it is allowed.
        let isWriting = permission == .write || permission.isPartOfWrite
        let whole = permission.isPartOfWrite && !permissions.allow(.write, scope) ? Permission.write : permission
        let missing = isWriting && !permissions.allow(.read, scope) ? Permission.read : whole
        throw site.error(
            .permission, "User `\(user ?? "")` does not have the required `\(missing.rawValue)` permission\(scope.place(in: snapshot)).")
    }

    /// Throws unless the user may read the table as it is now: what it was in a state of the past is not told to those who may not. One that
    /// is gone has no permissions any more, and only who may do everything reads what it was.
    func requireRead(ofPast table: TableConfig, in now: CatalogSnapshot, at site: Site) throws(ReQLError) {
        if mayDoEverything { return }
        guard let present = try site.reading(now.table(id: table.id)) else {
            throw site.error(
                .permission,
                "Table `\(table.qualifiedName)` as it was then is gone, and only `\(UserConfig.administrator)` reads what it had.")
        }
        try require(.read, PermissionScope(present), in: now, at: site)
    }

    /// The same for rows of a system table.
    func require(
        _ need: SystemRows.Need, of table: SystemTable, in snapshot: CatalogSnapshot, at site: Site
    ) throws(ReQLError) {
        switch need {
        case .read: try require(.read, PermissionScope(table.config), in: snapshot, at: site)
        case .config(let scope): try require(.config, scope, in: snapshot, at: site)
        case .nothing: break
        }
    }

    /// Throws `permission` if somebody else than `admin` wants to change it: whoever may write accounts would have all rights otherwise.
    func requireAdministrator(toChange account: String) throws(ReQLError) {
        if account != UserConfig.administrator || mayDoEverything { return }
        throw ReQLError(.permission, "Only `\(account)` changes the account `\(account)`, or has tokens of it.")
    }

    private func permissions(in snapshot: CatalogSnapshot, at site: Site) throws(ReQLError) -> Permissions {
        if let known, knownIn === snapshot { return known }
        // Somebody who was deleted may have nothing any more.
        let name = user ?? ""
        let permissions = try site.reading(
            mayBeRole ? snapshot.permissions(ofAccountOrRole: name) : snapshot.permissions(ofUser: name))
        known = permissions
        knownIn = snapshot
        return permissions
    }
}

extension CatalogSnapshot {
    /// Throws `permission` unless that account has it: for whoever goes to documents without a query.
    package func require(_ permission: Permission, _ scope: PermissionScope, of user: String) throws(ReQLError) {
        try Access(user: user).require(permission, scope, in: self, at: .root)
    }

    /// The same for a table of the past: this is the newest state, whose permissions hold.
    package func requireRead(ofPast table: TableConfig, of user: String) throws(ReQLError) {
        try Access(user: user).requireRead(ofPast: table, in: self, at: .root)
    }
}

extension UserConfig {
    /// Throws `permission` unless `user` may change that account, as far as the account is `admin`.
    package static func requireAdministrator(_ user: String, toChange account: String) throws(ReQLError) {
        try Access(user: user).requireAdministrator(toChange: account)
    }
}

extension PermissionScope {
    package init(_ database: DatabaseConfig) { self = .database(database.id) }
    package init(_ table: TableConfig) { self = .table(table.id, database: table.databaseID) }

    /// A table of the system database; nil if there is none of that name.
    package static func ofSystem(table name: String) -> PermissionScope? {
        SystemDatabase.table(named: name).map { PermissionScope($0.config) }
    }

    package static func nameOfSystemTable(id: String) -> String? { SystemDatabase.table(id: id)?.name }

    package static let users = PermissionScope(SystemDatabase.users.config)
    package static let permissions = PermissionScope(SystemDatabase.permissions.config)
    package static let statistics = PermissionScope(SystemDatabase.statistics.config)

    /// For messages.
    fileprivate func place(in snapshot: CatalogSnapshot) -> String {
        switch self {
        case .server: return ""
        case .database(let id):
            let name = id == SystemDatabase.config.id ? SystemDatabase.config.name : (try? snapshot.database(id: id))?.name
            return name.map { " on database `\($0)`" } ?? ""
        case .table(let id, _):
            let name = SystemDatabase.table(id: id)?.config.qualifiedName ?? (try? snapshot.table(id: id))?.qualifiedName
            return name.map { " on table `\($0)`" } ?? ""
        }
    }
}

extension Execution {
    func require(_ permission: Permission, _ scope: PermissionScope, at site: Site) throws(ReQLError) {
        if access.mayDoEverything { return }
        try access.require(permission, scope, in: try snapshot(at: site), at: site)
    }

    func require(_ permission: Permission, on table: TableConfig, at site: Site) throws(ReQLError) {
        try require(permission, PermissionScope(table), at: site)
    }

    func require(_ permission: Permission, on database: DatabaseConfig, at site: Site) throws(ReQLError) {
        try require(permission, PermissionScope(database), at: site)
    }
}
