import Catalog
import ReQLish

/// Who may do what: the permissions of accounts and roles, which ReQL and HTTP ask for too. Views and sequences have the scope of a table of
/// their id.
extension Definitions {
    func may(_ permission: Permission, _ scope: PermissionScope) throws(SQLError) -> Bool {
        guard asksPermissions, actor != UserConfig.administrator else { return true }
        let actor = actor
        let permissions = try reading { () throws(CatalogError) in try state.snapshot.permissions(ofAccountOrRole: actor) }
        return permissions.allow(permission, scope)
    }

    /// Throws `42501` unless the actor may do it.
    func require(_ permission: Permission, _ table: TableRelation) throws(SQLError) {
        guard !table.isTemporary, try !may(permission, PermissionScope(table.config)) else { return }
        throw Self.denied("table", table.name)
    }

    func require(_ permission: Permission, _ view: ViewRelation) throws(SQLError) {
        guard !view.isTemporary, try !may(permission, scope(of: view.id)) else { return }
        throw Self.denied("view", view.name)
    }

    func require(_ permission: Permission, _ sequence: SequenceRelation) throws(SQLError) {
        guard !sequence.isTemporary, try !may(permission, scope(of: sequence.id)) else { return }
        throw Self.denied("sequence", sequence.name)
    }

    /// What LOCK asks for: to read in ACCESS SHARE, and to change rows, for which ROW EXCLUSIVE takes inserts too.
    func requireLock(mode: String, _ table: TableRelation) throws(SQLError) {
        if table.isTemporary { return }
        for permission in Self.permissions(ofMode: mode) where try may(permission, PermissionScope(table.config)) { return }
        throw Self.denied("table", table.name)
    }

    func requireLock(mode: String, _ view: ViewRelation) throws(SQLError) {
        if view.isTemporary { return }
        for permission in Self.permissions(ofMode: mode) where try may(permission, scope(of: view.id)) { return }
        throw Self.denied("view", view.name)
    }

    private static func permissions(ofMode mode: String) -> [Permission] {
        switch mode {
        case "access share": [.read]
        case "row exclusive": Permission.partsOfWrite
        default: [.update, .delete]
        }
    }

    static func denied(_ kind: String, _ name: String) -> SQLError {
        SQLError(SQLState(rawValue: "42501"), "permission denied for \(kind) \(name)")
    }

    /// Of the database; a database that the first definition makes has only what holds for everything.
    var databaseScope: PermissionScope { state.database.map { PermissionScope($0) } ?? .server }

    /// Of a view or sequence.
    func scope(of id: String) -> PermissionScope { state.database.map { .table(id, database: $0.id) } ?? .server }

    /// Of a relation by its number; nil for those that everybody may do everything with, or that are not there.
    func scope(ofNumber oid: UInt32) throws(SQLError) -> PermissionScope? {
        if let table = try tables().first(where: { $0.oid == oid }) { return table.isTemporary ? nil : PermissionScope(table.config) }
        if let view = try views().first(where: { $0.oid == oid }) { return view.isTemporary ? nil : scope(of: view.id) }
        guard let sequence = try sequences().first(where: { $0.oid == oid }), !sequence.isTemporary else { return nil }
        return scope(of: sequence.id)
    }

    /// Runs `body` with the permissions of a view's owner, who answers for what its query names.
    func asOwner<Result>(of view: ViewRelation, _ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        let before = actor
        actor = view.actor ?? before
        defer { actor = before }
        return try body()
    }
}
