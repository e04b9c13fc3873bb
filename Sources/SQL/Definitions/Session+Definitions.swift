import Catalog
import Ground

/// Statements that define things.
extension Session {
    func define(_ statement: Statement, _ source: SourceText) throws(SQLError) -> StatementResult {
        let state = try transaction.readState()
        let definitions = Definitions(self, state)
        self.definitions = definitions
        let definer = Definer(self, definitions, source)
        return try definer.run(statement)
    }
}

/// Makes, changes and drops what a database has.
final class Definer {
    let session: Session
    let definitions: Definitions
    let source: SourceText
    let binder: Binder
    /// Tables and views that the statement drops: nothing of them keeps another one.
    private var doomed: Set<String> = []
    /// What has been dropped already.
    private var dropped: Set<String> = []

    init(_ session: Session, _ definitions: Definitions, _ source: SourceText) {
        self.session = session
        self.definitions = definitions
        self.source = source
        binder = Binder(session, definitions, source, ParameterTypes([]))
    }

    func done(_ tag: String) -> StatementResult { session.done(tag) }
    func error(_ state: String, _ message: String, hint: String? = nil, at position: Position? = nil) -> SQLError {
        binder.error(state, message, hint: hint, at: position)
    }

    func writing<Result>(
        isTemporary: Bool = false, _ body: (inout CatalogTransaction, DatabaseConfig) throws(CatalogError) -> Result
    ) throws(SQLError) -> Result {
        let name = isTemporary ? Session.temporaryDatabase : session.database
        return try session.transaction.writing(isTemporary: isTemporary) { transaction throws(CatalogError) in
            if let database = try transaction.database(name) { return try body(&transaction, database) }
            guard Session.isMadeWhenNeeded(name) else { throw CatalogError(.databaseNotFound, "database \"\(name)\" does not exist") }
            return try body(&transaction, try transaction.createDatabase(name))
        }
    }

    /// A fresh look after something was changed.
    func refreshed() throws(SQLError) -> Definitions {
        let definitions = Definitions(session, try session.transaction.readState())
        return definitions
    }

    func makeRun() throws(SQLError) -> Run {
        Run(session, try session.transaction.readState(), parameters: [], slotCount: 64, session.canceller.begin())
    }

    func run(_ statement: Statement) throws(SQLError) -> StatementResult {
        try requirePermission(for: statement)
        switch statement {
        case .createTable(let table): return try create(table)
        case .drop(let drop): return try self.drop(drop)
        default: return try runMore(statement)
        }
    }

    // MARK: - Names

    /// Where something new goes: its schema and the name in the catalog.
    func place(_ name: QualifiedName, _ persistence: Persistence) throws(SQLError) -> (schema: String, key: String, isTemporary: Bool) {
        let last = name.last
        var schema: String
        if name.parts.count > 1 {
            schema = name.parts[name.parts.count - 2].text
            if schema == "pg_temp" || persistence == .temporary {
                guard schema == "pg_temp" else {
                    throw error("42P16", "cannot create temporary relation in non-temporary schema", at: name.position)
                }
                return ("pg_temp", last, true)
            }
            guard definitions.hasSchema(schema) else { throw error("3F000", "schema \"\(schema)\" does not exist", at: name.position) }
            if schema == "pg_catalog" || schema == "information_schema" {
                throw error("42501", "permission denied to create \"\(name.text)\"", at: nil)
            }
        } else {
            if persistence == .temporary { return ("pg_temp", last, true) }
            guard let current = definitions.currentSchema else {
                throw error("3F000", "no schema has been selected to create in", at: name.position)
            }
            schema = current
        }
        try checkName(last)
        return (schema, Definitions.key(schema, last), false)
    }

    func checkName(_ name: String) throws(SQLError) {
        guard name.utf8.count <= 128 else { throw error("42622", "identifier \"\(name)\" is too long") }
        guard !name.isEmpty, !name.contains("."), !name.contains(":") else { throw error("42602", "invalid name \"\(name)\"") }
    }

    /// Throws `42P07` if something of the name is there.
    func requireFree(_ name: String, _ schema: String) throws(SQLError) {
        if try definitions.relation(named: name, schema: schema) != nil {
            throw error("42P07", "relation \"\(name)\" already exists")
        }
        if try definitions.table(ofIndex: name, schema: schema) != nil { throw error("42P07", "relation \"\(name)\" already exists") }
    }

    /// `t_a_key`, with a number if that is taken.
    func freeName(_ base: String, _ taken: (String) throws(SQLError) -> Bool) throws(SQLError) -> String {
        var name = base
        var number = 0
        while try taken(name) {
            number += 1
            name = "\(base)\(number)"
        }
        return name
    }

    // MARK: - CREATE TABLE

    func create(_ table: CreateTable) throws(SQLError) -> StatementResult {
        let (schema, key, isTemporary) = try place(table.name, table.persistence)
        let name = table.name.last
        if try definitions.relation(named: name, schema: schema) != nil {
            guard table.ifNotExists else { throw error("42P07", "relation \"\(name)\" already exists") }
            session.notice("relation \"\(name)\" already exists, skipping", .notice, "42P07")
            return done("CREATE TABLE")
        }
        if try definitions.table(ofIndex: name, schema: schema) != nil { throw error("42P07", "relation \"\(name)\" already exists") }
        var builder = TableBuilder(self, name: name, schema: schema, isTemporary: isTemporary)
        for element in table.elements { try builder.add(element) }
        for option in table.options where option.name.text == "open" {
            if case .word(let word) = option.value {
                builder.declaration.isOpen = SessionSettings.flag(word) ?? true
            } else {
                builder.declaration.isOpen = true
            }
        }
        if table.elements.isEmpty { builder.declaration.isOpen = false }
        try checkOptions(table.options)
        try builder.finish(key: key)
        try noteCommitAction(table, key, isTemporary: isTemporary)
        return done("CREATE TABLE")
    }

    /// ON COMMIT, of a temporary table.
    func noteCommitAction(_ table: CreateTable, _ key: String, isTemporary: Bool) throws(SQLError) {
        guard table.onCommit != .unsaid else { return }
        guard isTemporary else { throw error("42P16", "ON COMMIT can only be used on temporary tables") }
        guard case .table(let made)? = try refreshed().relation(named: key, schema: "pg_temp") else { return }
        session.commitActions[made.config.id] = table.onCommit
    }

    /// Throws `22023` for storage parameters that there are not.
    private func checkOptions(_ options: [Option]) throws(SQLError) {
        let known: Set<String> = [
            "open", "key", "durability", "change_log", "expiry_field", "fillfactor", "parallel_workers", "toast_tuple_target",
            "user_catalog_table", "vacuum_truncate", "vacuum_index_cleanup", "log_autovacuum_min_duration", "oids",
        ]
        for option in options where option.namespace == nil {
            let name = option.name.text
            guard known.contains(name) || name.hasPrefix("autovacuum_") else { throw error("22023", "unrecognized parameter \"\(name)\"") }
        }
    }

    // MARK: - DROP

    func drop(_ drop: Drop) throws(SQLError) -> StatementResult {
        let tag = "DROP " + drop.kind.rawValue.uppercased()
        switch drop.kind {
        case .table, .view, .sequence, .materializedView, .index:
            // They may depend on each other.
            for name in drop.names where drop.kind != .index {
                switch try definitions.relation(name) {
                case .table(let table)?: doomed.insert(table.config.id)
                case .view(let view)?: doomed.insert(view.id)
                case nil where !drop.ifExists: try dropRelation(name, drop)
                default: break
                }
            }
            for name in drop.names { try dropRelation(name, drop) }
        default: try dropOther(drop)
        }
        return done(tag)
    }

    private func dropRelation(_ name: QualifiedName, _ drop: Drop) throws(SQLError) {
        let definitions = try refreshed()
        if drop.kind == .index { return try dropIndex(name, drop, definitions) }
        guard let relation = try definitions.relation(name) else {
            // CASCADE of one before took it along.
            if try self.definitions.relation(name) != nil { return }
            let what = drop.kind == .materializedView ? "materialized view" : drop.kind.rawValue
            if name.parts.count > 1, !definitions.hasSchema(name.parts[name.parts.count - 2].text) {
                guard drop.ifExists else { throw error("3F000", "schema \"\(name.parts[name.parts.count - 2].text)\" does not exist") }
                session.notice("schema \"\(name.parts[name.parts.count - 2].text)\" does not exist, skipping")
                return
            }
            guard drop.ifExists else { throw error("42P01", "\(what) \"\(name.text)\" does not exist") }
            session.notice("\(what) \"\(name.text)\" does not exist, skipping")
            return
        }
        switch (relation, drop.kind) {
        case (.table(let table), .table) where table.declaration.query == nil,
            (.table(let table), .materializedView) where table.declaration.query != nil:
            try dropTable(table, drop.behavior, definitions)
        case (.view(let view), .view): try dropView(view, drop.behavior, definitions)
        case (.sequence(let sequence), .sequence):
            try requireUnused(sequence, drop.behavior, definitions)
            try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary)
        default:
            throw error("42809", "\"\(name.last)\" is not a \(drop.kind == .materializedView ? "materialized view" : drop.kind.rawValue)")
        }
    }

    func put(_ kind: String, _ key: String, _ content: Datum?, isTemporary: Bool) throws(SQLError) {
        try writing(isTemporary: isTemporary) { (transaction, database) throws(CatalogError) in
            try transaction.putObject(kind, key, content, in: database)
        }
    }

    func dropTable(_ table: TableRelation, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        let referencing = try definitions.tables().filter { other in
            other.config.id != table.config.id
                && other.declaration.constraints.contains { $0.kind == .foreign && $0.references == table.config.id }
        }
        let views = try dependents(of: table.config.id, definitions)
        if behavior != .cascade,
            !referencing.allSatisfy({ doomed.contains($0.config.id) }) || !views.allSatisfy({ doomed.contains($0.id) })
        {
            throw SQLError(
                SQLState(rawValue: "2BP01"), "cannot drop table \(table.name) because other objects depend on it",
                hint: "Use DROP ... CASCADE to drop the dependent objects too.")
        }
        try dropDependents(of: table.config.id, definitions)
        try remove(table, referencing)
    }

    /// Takes a table away of which nobody reads any more.
    private func remove(_ table: TableRelation, _ referencing: [TableRelation]) throws(SQLError) {
        guard dropped.insert(table.config.id).inserted else { return }
        for other in referencing where !dropped.contains(other.config.id) {
            var declaration = other.declaration
            declaration.constraints.removeAll { $0.kind == .foreign && $0.references == table.config.id }
            try redeclare(other, declaration)
        }
        for column in table.declaration.columns {
            guard let sequence = column.sequence else { continue }
            try put("sequence", Definitions.key(table.schema, sequence), nil, isTemporary: table.isTemporary)
        }
        for sequence in try definitions.sequences() where sequence.content.text("owner_table") == table.config.id {
            try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary)
        }
        let name = table.config.name
        try writing(isTemporary: table.isTemporary) { (transaction, database) throws(CatalogError) in
            _ = try transaction.dropTable(name, in: database)
        }
    }

    func redeclare(_ table: TableRelation, _ declaration: Declaration, name: String? = nil, primaryKey: String? = nil) throws(SQLError) {
        let config = table.config
        let (datum, indexes) = (declaration.datum, declaration.wantedIndexes(session.types))
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            let table = try transaction.redeclare(config, datum, name: name, primaryKey: primaryKey)
            try transaction.keepIndexes(indexes, of: table)
        }
    }

    // MARK: - Dependencies

    enum Dependent {
        case view(ViewRelation)
        case table(TableRelation)

        var id: String {
            switch self {
            case .view(let view): view.id
            case .table(let table): table.config.id
            }
        }
    }

    /// Views, and materialized ones, whose query reads a table or view.
    func dependents(of id: String, _ definitions: Definitions) throws(SQLError) -> [Dependent] {
        var found: [Dependent] = []
        for view in try definitions.views() where try references(view.query, view.path, definitions).contains(id) {
            found.append(.view(view))
        }
        for table in try definitions.tables() {
            guard let query = table.declaration.query else { continue }
            if try references(query, table.declaration.queryPath, definitions).contains(id) { found.append(.table(table)) }
        }
        return found
    }

    /// The ids of what a query's FROM names.
    private func references(_ query: String, _ path: [String]?, _ definitions: Definitions) throws(SQLError) -> Set<String> {
        guard let script = try? Script(query), case .query(let tree)? = script.statements.first?.statement else { return [] }
        var ids: Set<String> = []
        let binder = Binder(session, definitions, script.source, ParameterTypes([]))
        let scope = Scope(parent: nil, rules: .select)
        bindQuietly(tree, path, binder, scope, definitions) { ids.insert($0) }
        return ids
    }

    private func bindQuietly(
        _ query: Query, _ path: [String]?, _ binder: Binder, _ scope: Scope, _ definitions: Definitions, _ note: @escaping (String) -> Void
    ) {
        let before = definitions.viewPath
        definitions.viewPath = path
        definitions.noteRelation = note
        definitions.asksPermissions = false
        _ = try? binder.bind(query, scope, resolvesUnknown: true)
        definitions.asksPermissions = true
        definitions.noteRelation = nil
        definitions.viewPath = before
    }

    /// Whether a query reads a column of a table: the one of that index.
    func reads(_ query: String, _ path: [String]?, _ table: TableRelation, column: Int, _ definitions: Definitions) -> Bool {
        guard let script = try? Script(query), case .query(let tree)? = script.statements.first?.statement else { return false }
        var entries: [RangeEntry] = []
        definitions.noteEntry = { entries.append($0) }
        defer { definitions.noteEntry = nil }
        let binder = Binder(session, definitions, script.source, ParameterTypes([]))
        bindQuietly(tree, path, binder, Scope(parent: nil, rules: .select), definitions) { _ in }
        return entries.contains { entry in
            guard case .table(let read) = entry.source, read.config.id == table.config.id else { return false }
            return entry.positionIfUsed(column) != nil
        }
    }

    /// Drops what reads a table or view, and what reads that in turn.
    func dropDependents(of id: String, _ definitions: Definitions) throws(SQLError) {
        var all: [Dependent] = []
        var seen: Set<String> = [id]
        var waiting = [id]
        while let next = waiting.popLast() {
            for dependent in try dependents(of: next, definitions) where seen.insert(dependent.id).inserted {
                all.append(dependent)
                waiting.append(dependent.id)
            }
        }
        for dependent in all { try drop(dependent) }
    }

    private func drop(_ dependent: Dependent) throws(SQLError) {
        switch dependent {
        case .view(let view):
            guard dropped.insert(view.id).inserted else { return }
            try put("view", Definitions.key(view.schema, view.name), nil, isTemporary: view.isTemporary)
        case .table(let table): try remove(table, [])
        }
    }

    func dropDependent(_ dependent: Dependent, _ definitions: Definitions) throws(SQLError) {
        try dropDependents(of: dependent.id, definitions)
        try drop(dependent)
    }

    func dropView(_ view: ViewRelation, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        let others = try dependents(of: view.id, definitions)
        if behavior != .cascade, !others.allSatisfy({ doomed.contains($0.id) }) {
            throw SQLError(
                SQLState(rawValue: "2BP01"), "cannot drop view \(view.name) because other objects depend on it",
                hint: "Use DROP ... CASCADE to drop the dependent objects too.")
        }
        if !others.isEmpty { try dropDependents(of: view.id, definitions) }
        try drop(.view(view))
    }

    private func requireUnused(
        _ sequence: SequenceRelation, _ behavior: DropBehavior, _ definitions: Definitions
    ) throws(SQLError) {
        for table in try definitions.tables() where table.schema == sequence.schema {
            for (index, column) in table.declaration.columns.enumerated() {
                // A name that is only a text binds nothing.
                let isUsed =
                    column.sequence == sequence.name
                    || (column.defaultText?.contains("nextval('\(sequence.name)'") == true
                        && column.defaultText?.lowercased().contains("'::text") == false)
                guard isUsed else { continue }
                guard behavior == .cascade else {
                    throw SQLError(
                        SQLState(rawValue: "2BP01"), "cannot drop sequence \(sequence.name) because other objects depend on it",
                        hint: "Use DROP ... CASCADE to drop the dependent objects too.")
                }
                var declaration = table.declaration
                declaration.columns[index].defaultText = nil
                declaration.columns[index].sequence = nil
                try redeclare(table, declaration)
            }
        }
    }

    private func dropIndex(_ name: QualifiedName, _ drop: Drop, _ definitions: Definitions) throws(SQLError) {
        if drop.isConcurrent, session.transaction.isBlock {
            throw error("25001", "DROP INDEX CONCURRENTLY cannot run inside a transaction block")
        }
        guard let table = try table(ofIndexNamed: name, definitions) else {
            if try definitions.relation(name) != nil { throw error("42809", "\"\(name.last)\" is not an index") }
            guard drop.ifExists else { throw error("42704", "index \"\(name.text)\" does not exist") }
            session.notice("index \"\(name.text)\" does not exist, skipping")
            return
        }
        var declaration = table.declaration
        guard let index = declaration.indexes.firstIndex(where: { $0.name == name.last }) else {
            throw SQLError(
                SQLState(rawValue: "2BP01"),
                "cannot drop index \(name.last) because constraint \(name.last) on table \(table.name) requires it",
                hint: "You can drop constraint \(name.last) on table \(table.name) instead.")
        }
        declaration.indexes.remove(at: index)
        try redeclare(table, declaration)
    }
}
