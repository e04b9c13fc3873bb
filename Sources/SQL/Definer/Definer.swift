import Catalog
import Ground

/// Makes, changes and drops what a database has.
final class Definer {
    let session: Session
    let definitions: Definitions
    let source: SourceText
    let binder: Binder
    /// Tables and views that the statement drops: nothing of them keeps another one.
    var doomed: Set<String> = []
    /// What has been dropped already.
    var dropped: Set<String> = []
    /// What CASCADE took along, as messages call it.
    var cascaded: [String] = []

    init(_ session: Session, _ definitions: Definitions, _ source: SourceText) {
        self.session = session
        self.definitions = definitions
        self.source = source
        binder = Binder(session, definitions, source, ParameterTypes([]))
    }

    func done(_ tag: String) -> StatementResult { session.done(tag) }

    /// Nothing is made, as there is one: nobody waits for anybody.
    func skipped(_ tag: String) -> StatementResult {
        session.namedDefinitions = []
        return done(tag)
    }

    func error(
        _ state: String, _ message: String, detail: String? = nil, hint: String? = nil, at position: Position? = nil
    ) -> SQLError {
        binder.error(state, message, detail: detail, hint: hint, at: position)
    }

    func writing<Result>(
        isTemporary: Bool = false, _ body: (inout CatalogTransaction, DatabaseConfig) throws(CatalogError) -> Result
    ) throws(SQLError) -> Result {
        let name = isTemporary ? Session.temporaryDatabase : session.database
        return try session.transaction.writing(isTemporary: isTemporary) { transaction throws(CatalogError) in
            if let database = try transaction.database(name) { return try body(&transaction, database) }
            guard Session.isMadeWhenNeeded(name, session.catalog) else {
                throw CatalogError(.databaseNotFound, "database \"\(name)\" does not exist")
            }
            return try body(&transaction, try transaction.createDatabase(name))
        }
    }

    /// A fresh look after something was changed.
    func refreshed() throws(SQLError) -> Definitions {
        let definitions = Definitions(session, try session.transaction.readState())
        // What constants name is looked up in these: a sequence that the statement has made.
        session.definitions = definitions
        return definitions
    }

    /// Whether a relation, or an index, has the name.
    func isTaken(_ name: String, _ schema: String) throws(SQLError) -> Bool {
        if try definitions.relation(named: name, schema: schema) != nil { return true }
        return try definitions.table(ofIndex: name, schema: schema) != nil
    }

    func makeRun() throws(SQLError) -> Run {
        Run(session, try session.transaction.readState(), parameters: [], slotCount: 64, session.canceller.begin())
    }

    func run(_ statement: Statement) throws(SQLError) -> StatementResult {
        try requirePermission(for: statement)
        let result = try runAsMaker(statement) { () throws(SQLError) in
            switch statement {
            case .createTable(let table): try create(table)
            case .drop(let drop): try self.drop(drop)
            default: try runMore(statement)
            }
        }
        tellCascades()
        return result
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
                guard persistence != .unlogged else {
                    throw error("42P16", "only temporary relations may be created in temporary schemas", at: name.position)
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
        if try definitions.relation(named: last, schema: schema) == nil { claim(last, schema) }
        return (schema, Definitions.key(schema, last), false)
    }

    /// Notes the name of something new: nobody else makes another thing of that name meanwhile.
    func claim(_ name: String, _ schema: String) {
        guard schema != "pg_temp" else { return }
        session.namedDefinitions?.insert(NamedDefinition(kind: .new, key: Definitions.key(schema, name)))
    }

    func checkName(_ name: String) throws(SQLError) {
        try checkLength(name)
        guard !name.isEmpty, !name.contains("."), !name.contains(":") else { throw error("42602", "invalid name \"\(name)\"") }
    }

    /// Names of columns, indexes and constraints may have any letters. Longer ones are refused, and not cut.
    func checkLength(_ name: String) throws(SQLError) {
        guard name.utf8.count <= 128 else { throw error("42622", "identifier \"\(name)\" is too long") }
    }

    /// Throws `42P07` if something of the name is there.
    func requireFree(_ name: String, _ schema: String) throws(SQLError) {
        if try definitions.relation(named: name, schema: schema) != nil {
            throw error("42P07", "relation \"\(name)\" already exists")
        }
        if try definitions.table(ofIndex: name, schema: schema) != nil { throw error("42P07", "relation \"\(name)\" already exists") }
        claim(name, schema)
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

    /// Throws `54011` for more columns than a relation may have.
    func requireColumnCount(_ count: Int) throws(SQLError) {
        guard count <= 1600 else { throw error("54011", "tables can have at most 1600 columns") }
    }

    /// Throws `54011` for more columns than an index may have.
    func requireIndexColumnCount(_ count: Int) throws(SQLError) {
        guard count <= 32 else { throw error("54011", "cannot use more than 32 columns in an index") }
    }

    func create(_ table: CreateTable) throws(SQLError) -> StatementResult {
        let (schema, key, isTemporary) = try place(table.name, table.persistence)
        let name = table.name.last
        if table.ifNotExists, try definitions.relation(named: name, schema: schema) != nil {
            session.notice("relation \"\(name)\" already exists, skipping", .notice, "42P07")
            return skipped("CREATE TABLE")
        }
        if !isTemporary, definitions.declaredTypes().contains(where: { $0.schema == schema && $0.name == name }) {
            throw error(
                "42710", "type \"\(name)\" already exists",
                hint: "A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing "
                    + "type.")
        }
        var builder = TableBuilder(self, name: name, schema: schema, isTemporary: isTemporary)
        try placeInCells(&builder)
        for element in table.elements { try builder.add(element) }
        try requireTableMethod(table.accessMethod)
        try requireTablespace(table.tablespace)
        try checkOptions(table.options)
        try requireFree(name, schema)
        if table.elements.isEmpty { builder.declaration.isOpen = builder.declaration.cells != nil }
        if let isOpen = openness(table.options) { builder.declaration.isOpen = isOpen }
        builder.declaration.hidesKey = keyIsHidden(table.options) ?? false
        try builder.finish(key: key, tableChange(table.options))
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
}

/// Statements that define things.
extension Session {
    func define(_ statement: Statement, _ source: SourceText) throws(SQLError) -> StatementResult {
        let state = try transaction.readState()
        let definitions = Definitions(self, state)
        self.definitions = definitions
        let definer = Definer(self, definitions, source)
        namedDefinitions = []
        defer { namedDefinitions = nil }
        let result = try definer.run(statement)
        // Of those that were set aside, one may have dropped what was named, or may do so.
        try transaction.rest(on: namedDefinitions ?? [], in: state.database)
        return result
    }

    /// The tables and views that the query of a view names, by their ids, with the numbers of the columns that it uses.
    func columnsRead(by query: String, _ path: [String]?, _ definitions: Definitions) throws(SQLError) -> [String: Set<Int>] {
        try Definer(self, definitions, try SourceText("")).columnsRead(by: query, path, definitions)
    }
}
