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

    /// What LOCK asks for: to read the table, or to change it somehow.
    func requireLock(isReading: Bool, _ table: TableRelation) throws(SQLError) {
        if isReading { return try require(.read, table) }
        for part in Permission.partsOfWrite {
            if try table.isTemporary ? true : may(part, PermissionScope(table.config)) { return }
        }
        throw Self.denied("table", table.name)
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

extension CatalogSnapshot {
    /// What an account may do, or a role that SET ROLE has put in its place. Nobody of the name may do nothing.
    func permissions(ofAccountOrRole name: String) throws(CatalogError) -> Permissions {
        if try user(name) == nil, let role = try role(name) { return role.permissions }
        return try permissions(ofUser: name)
    }
}

// MARK: - Definitions

extension Definer {
    /// Throws `42501` unless the session's user may define what the statement says: `config` of the database for what is new, of the relation
    /// for what is there. What is missing is reported by the statement itself.
    func requirePermission(for statement: Statement) throws(SQLError) {
        guard definitions.actor != UserConfig.administrator else { return }
        switch statement {
        case .createTable(let table): try requireCreation(of: table.name, table.persistence)
        case .createTableAs(let table): try requireCreation(of: table.table.name, table.table.persistence)
        case .query(let query):
            guard case .select(let select) = query.body, let target = select.into else { return }
            try requireCreation(of: target.relation, target.persistence)
        case .createView(let view): try requireCreation(of: view.name, view.persistence)
        case .createSequence(let sequence): try requireCreation(of: sequence.name, sequence.persistence)
        case .createSchema: try requireConfig("database", session.database)
        case .createType(let name, _): try requireCreation(of: name, .permanent)
        case .createDomain(let domain): try requireCreation(of: domain.name, .permanent)
        case .alterEnum(let change): try requireConfig("type", change.name.last)
        case .alterDomain(let change): try requireConfig("domain", change.name.last)
        case .createIndex(let index):
            let tellsOfRows = index.isUnique || index.predicate != nil || index.elements.contains { OutputNames.name(of: $0.value) == nil }
            try requireOwner(index.relation, reads: tellsOfRows)
        case .alterTable(let change):
            if change.kind == .index {
                try requireIndexOwner(change.name)
            } else {
                try requireOwner(change.name, reads: change.actions.contains { $0.kind.looksAtRows })
            }
        case .alterSequence(let name, _, _), .refreshView(let name, _, _): try requireOwner(name)
        case .rename(let rename): try requireOwner(rename.object)
        case .setOwner(let object, _): try requireOwner(object)
        case .comment(let object, _): try requireOwner(object)
        case .setSchema(let object, _, let schema):
            try requireOwner(object)
            try requireConfig("schema", schema.text)
        case .drop(let drop):
            for name in drop.names { try requireOwner(ObjectReference(kind: drop.kind, name: name)) }
        case .alterDatabase(let name, _), .alterDatabaseSetting(let name, _): try requireDatabaseOwner(name.text)
        default: break
        }
    }

    /// For something new: `config` of the database, but of the session's own things nothing.
    private func requireCreation(of name: QualifiedName, _ persistence: Persistence) throws(SQLError) {
        let schema = name.parts.count > 1 ? name.parts[name.parts.count - 2].text : nil
        if persistence == .temporary || schema == "pg_temp" { return }
        try requireConfig("schema", schema ?? definitions.currentSchema ?? "public")
    }

    /// `config` of the database, for what has no permissions of its own.
    private func requireConfig(_ kind: String, _ name: String) throws(SQLError) {
        guard try !definitions.may(.config, definitions.databaseScope) else { return }
        throw Definitions.denied(kind, name)
    }

    func requireDatabaseOwner(_ name: String) throws(SQLError) {
        let found = try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.database(name) }
        guard try !definitions.may(.config, found.map { PermissionScope($0) } ?? .server) else { return }
        throw error("42501", "must be owner of database \(name)")
    }

    /// DROP DATABASE takes all tables along.
    func requireOwnerOfTables(of name: String) throws(SQLError) {
        let snapshot = definitions.state.snapshot
        let tables = try definitions.reading { () throws(CatalogError) -> [TableConfig] in
            guard let database = try snapshot.database(name) else { return [] }
            return try snapshot.tables(in: database)
        }
        for table in tables where try !definitions.may(.config, PermissionScope(table)) {
            throw error("42501", "must be owner of table \(table.name)")
        }
    }

    private func requireOwner(_ object: ObjectReference) throws(SQLError) {
        switch object.kind {
        case .table, .view, .sequence, .materializedView, .column, .constraint: try requireOwner(object.name)
        case .index: try requireIndexOwner(object.name)
        case .database: try requireDatabaseOwner(object.name.last)
        // These ask for themselves.
        case .extension, .role: break
        default: try requireConfig(object.kind.rawValue, object.name.last)
        }
    }

    private func requireOwner(_ name: QualifiedName, reads: Bool = false) throws(SQLError) {
        guard let relation = try definitions.relation(name) else { return }
        switch relation {
        case .table(let table):
            if table.isTemporary { return }
            guard try definitions.may(.config, PermissionScope(table.config)) else {
                throw error("42501", "must be owner of table \(table.name)")
            }
            if reads { try definitions.require(.read, table) }
        case .view(let view):
            guard try view.isTemporary ? true : definitions.may(.config, definitions.scope(of: view.id)) else {
                throw error("42501", "must be owner of view \(view.name)")
            }
        case .sequence(let sequence):
            guard try sequence.isTemporary ? true : definitions.may(.config, definitions.scope(of: sequence.id)) else {
                throw error("42501", "must be owner of sequence \(sequence.name)")
            }
        case .rows, .index: throw Definitions.denied("table", name.last)
        }
    }

    private func requireIndexOwner(_ name: QualifiedName) throws(SQLError) {
        guard let table = try table(ofIndexNamed: name, definitions), !table.isTemporary,
            try !definitions.may(.config, PermissionScope(table.config))
        else { return }
        throw error("42501", "must be owner of index \(name.last)")
    }
}

extension AlterTable.Action.Kind {
    /// Whether it may be refused because of rows that are there, and so tells of them.
    fileprivate var looksAtRows: Bool {
        switch self {
        case .addConstraint, .validateConstraint, .setType, .setNotNull: true
        case .addColumn(let column, _): !column.constraints.isEmpty
        default: false
        }
    }
}
