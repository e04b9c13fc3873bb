import Catalog
import ReQLish

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
        case .createSchema, .createCell: try requireConfig("database", session.database)
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
        case .table, .view, .sequence, .materializedView, .column, .constraint, .cell: try requireOwner(object.name)
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
