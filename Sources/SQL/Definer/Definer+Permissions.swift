import Catalog
import ReQLish

extension Definer {
    /// Throws `42501` unless the session's user may define what the statement says: `config` of the database for what is new, of the relation
    /// for what is there. What is missing is reported by the statement itself.
    func requirePermission(for statement: Statement) throws(SQLError) {
        guard definitions.actor != UserConfig.administrator else { return }
        if let (name, persistence) = Self.relation(madeBy: statement) { try requireCreation(of: name, persistence) }
        switch statement {
        case .createSchema, .createCell: try requireConfig("database", session.database)
        case .createType(let name, _): try requireCreation(of: name, .permanent)
        case .createDomain(let domain): try requireCreation(of: domain.name, .permanent)
        case .alterEnum(let change): try requireConfig("type", change.name.last)
        case .alterDomain(let change): try requireConfig("domain", change.name.last)
        case .createIndex(let index):
            let tellsOfRows = index.isUnique || index.predicate != nil || index.elements.contains { OutputNames.name(of: $0.value) == nil }
            try requireOwner(index.relation, reads: tellsOfRows)
        case .alterTable(let change):
            if change.kind == .type {
                try requireConfig("type", change.name.last)
            } else if change.kind == .index {
                try requireIndexOwner(change.name)
            } else {
                try requireOwner(change.name, reads: change.actions.contains { $0.kind.looksAtRows })
            }
        case .alterSequence(let name, _, _), .refreshView(let name, _, _): try requireOwner(name)
        case .createView(let view) where view.replaces: try requireOwner(ofReplaced: view)
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

    /// The relation that a statement makes.
    private static func relation(madeBy statement: Statement) -> (QualifiedName, Persistence)? {
        switch statement {
        case .createTable(let table): (table.name, table.persistence)
        case .createTableAs(let table): (table.table.name, table.table.persistence)
        case .query(let query):
            if case .select(let select) = query.body, let target = select.into { (target.relation, target.persistence) } else { nil }
        case .createView(let view): (view.name, view.persistence)
        case .createSequence(let sequence): (sequence.name, sequence.persistence)
        default: nil
        }
    }

    /// Runs a statement. Who makes a relation by it may do everything with that; of one that he drops nothing stays in his account.
    func runAsMaker(_ statement: Statement, _ run: () throws(SQLError) -> StatementResult) throws(SQLError) -> StatementResult {
        guard definitions.actor != UserConfig.administrator else { return try run() }
        if case .drop(let drop) = statement, [.table, .view, .sequence, .materializedView].contains(drop.kind) {
            var scopes: [PermissionScope] = []
            for name in drop.names {
                if let relation = try definitions.relation(name) { scopes += try self.scopes(of: relation) }
            }
            let result = try run()
            if !scopes.isEmpty { try put([definitions.actor]) { all in for scope in scopes { all[scope] = [:] } } }
            return result
        }
        guard let (name, persistence) = Self.relation(madeBy: statement), !isOfSession(name, persistence) else { return try run() }
        let schema = try place(name, persistence).schema
        let isNew = try definitions.relation(named: name.last, schema: schema) == nil
        let result = try run()
        if isNew, let made = try refreshed().relation(named: name.last, schema: schema) {
            let scopes = try scopes(of: made)
            try put([definitions.actor]) { all in
                for scope in scopes { Self.owners.forEach { all[scope][$0] = true } }
            }
        }
        return result
    }

    /// What an owner may do with what is his.
    static let owners: [Permission] = [.read, .write, .config]

    /// The scopes of a relation and of the sequences that belong to it; none of what has no permissions of its own.
    func scopes(of relation: Relation) throws(SQLError) -> [PermissionScope] {
        // The statement may have made the database.
        let definitions = try refreshed()
        switch relation {
        case .table(let table):
            if table.isTemporary { return [] }
            let sequences = try definitions.sequences().filter { $0.content.text("owner_table") == table.config.id }
            return [PermissionScope(table.config)] + sequences.map { definitions.scope(of: $0.id) }
        case .view(let view): return view.isTemporary ? [] : [definitions.scope(of: view.id)]
        case .sequence(let sequence): return sequence.isTemporary ? [] : [definitions.scope(of: sequence.id)]
        case .rows, .index: return []
        }
    }

    private func isOfSession(_ name: QualifiedName, _ persistence: Persistence) -> Bool {
        persistence == .temporary || name.parts.count > 1 && name.parts[name.parts.count - 2].text == "pg_temp"
    }

    /// For something new: `config` of the database, but of the session's own things nothing.
    private func requireCreation(of name: QualifiedName, _ persistence: Persistence) throws(SQLError) {
        if isOfSession(name, persistence) { return }
        let schema = name.parts.count > 1 ? name.parts[name.parts.count - 2].text : nil
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
        try requireOwner(relation, name, reads: reads)
    }

    private func requireOwner(_ relation: Relation, _ name: QualifiedName, reads: Bool = false) throws(SQLError) {
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

    /// What is replaced is where the view will be: one of the session's own takes nothing away from others.
    private func requireOwner(ofReplaced view: CreateView) throws(SQLError) {
        if isOfSession(view.name, view.persistence) { return }
        let named = view.name.parts.count > 1 ? view.name.parts[view.name.parts.count - 2].text : definitions.currentSchema
        guard let schema = named, let old = try definitions.relation(named: view.name.last, schema: schema),
            try !readsTemporary(view)
        else { return }
        try requireOwner(old, view.name)
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
