import Catalog
package import ReQLish

/// Holds what ReQL, HTTP, drivers and imports write to what SQL has declared, by the same rules as SQL's own statements.
package final class SQLDeclarations: DeclaredTables {
    private let pando: @Sendable () -> Pando?

    private init(_ pando: @escaping @Sendable () -> Pando?) { self.pando = pando }

    /// From now on declared tables can be written by every door.
    package static func register(with pando: Pando) { pando.catalog.register(SQLDeclarations { [weak pando] in pando }) }

    package func gate() throws(CatalogError) -> any DeclarationGate {
        guard let pando = pando() else { throw CatalogError(.closed, "The database was closed.") }
        return SQLGate(pando)
    }

    package func references(of table: TableConfig) -> Set<String> {
        Set(table.declaration.map(Declaration.init)?.constraints.compactMap(\.references) ?? [])
    }

    package func foreignKeys(of table: TableConfig, in snapshot: CatalogSnapshot) throws(CatalogError) -> [RelationConfig] {
        guard let declaration = table.declaration.map(Declaration.init), declaration.cells == nil else { return [] }
        var relations: [RelationConfig] = []
        for constraint in declaration.constraints where constraint.kind == .foreign && constraint.columns.count == 1 {
            guard let other = try constraint.references.flatMap({ id throws(CatalogError) in try snapshot.table(id: id) }),
                let target = other.declaration.map(Declaration.init), let place = target.index(of: constraint.referenced[0]),
                let column = declaration.index(of: constraint.columns[0]).map({ declaration.columns[$0] })
            else { continue }
            // What is referred to is the key of the documents, and has the same form; and the name is no way into a document.
            let key = target.columns[place]
            guard key.name == other.primaryKey, TableEntries.haveOneForm(column.type, key.type, NeutralSession.noTypes),
                !column.name.contains("."), !column.name.hasSuffix("[]")
            else { continue }
            relations.append(RelationConfig(name: constraint.name, .field(column.name, to: .init(other)), isForeignKey: true))
        }
        return relations
    }
}

/// The gate of one transaction.
private final class SQLGate: DeclarationGate {
    private let pando: Pando
    /// What is known of a database's declarations, by its name.
    private var databases: [String: GateRun] = [:]

    init(_ pando: Pando) { self.pando = pando }

    func write(_ new: Datum?, over old: Datum?, in table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError)
        -> Datum?
    {
        let stored = try withRun(table, &transaction) { run throws(SQLError) in try run.write(new, over: old, in: table) }
        // Noting how far a sequence is changes metadata, and no declaration.
        transaction.gate = self
        return stored
    }

    func mayCut(_ table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError) -> Bool {
        try withRun(table, &transaction) { run throws(SQLError) in try run.mayCut(table) }
    }

    func awaitSelfReferences(of table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError) {
        try withRun(table, &transaction) { run throws(SQLError) in try run.awaitSelfReferences(of: table) }
    }

    func requireSelfReferences(of table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError) {
        try withRun(table, &transaction) { run throws(SQLError) in try run.requireSelfReferences() }
    }

    func validate(_ table: TableConfig, ids: [String: String], _ transaction: inout CatalogTransaction) throws(CatalogError) {
        try withRun(table, &transaction) { run throws(SQLError) in try run.validate(table, ids) }
    }

    func settleForeignKeys(of table: TableConfig, ids: [String: String], _ transaction: inout CatalogTransaction) throws(CatalogError)
        -> [String]
    {
        try withRun(table, &transaction) { run throws(SQLError) in try run.settleForeignKeys(of: table, ids) }
    }

    func drop(_ table: TableConfig, _ transaction: inout CatalogTransaction) throws(CatalogError) {
        try withRun(table, &transaction) { run throws(SQLError) in try run.drop(table) }
    }

    private func withRun<Value>(_ table: TableConfig, _ transaction: inout CatalogTransaction, _ body: (GateRun) throws(SQLError) -> Value)
        throws(CatalogError) -> Value
    {
        let run: GateRun
        if let known = databases[table.databaseName] {
            run = known
        } else {
            run = GateRun(pando, table.databaseName)
            databases[table.databaseName] = run
        }
        do throws(SQLError) { return try run.session.transaction.lent(&transaction) { () throws(SQLError) in try body(run) } } catch {
            // What was noted on the way is not so.
            databases[table.databaseName] = nil
            throw error.catalogError
        }
    }
}

/// What one transaction knows of a database: its declarations, and what has been written.
private final class GateRun {
    let session: Session
    private var state: (definitions: Definitions, run: Run)?
    private var readers: [String: DeclaredRowReader] = [:]

    init(_ pando: Pando, _ database: String) { session = Session(pando, user: nil, database: database) }

    /// The session knows its runs, which know the session.
    deinit { session.close() }

    private func known() throws(SQLError) -> (definitions: Definitions, run: Run) {
        if let state { return state }
        let read = try session.transaction.readState()
        let definitions = Definitions(session, read)
        session.definitions = definitions
        let made = (definitions, Run(session, read, parameters: [], slotCount: 64, session.canceller.begin()))
        state = made
        return made
    }

    private func reader(_ config: TableConfig) throws(SQLError) -> DeclaredRowReader {
        if let reader = readers[config.id] { return reader }
        let (definitions, run) = try known()
        guard let table = try definitions.table(id: config.id) else {
            throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(config.name)\" does not exist")
        }
        let reader = try DeclaredRowReader(table, definitions, run)
        readers[config.id] = reader
        return reader
    }

    func awaitSelfReferences(of config: TableConfig) throws(SQLError) {
        let (_, run) = try known()
        run.writes.selfReferences = SelfReferences(try reader(config).table)
    }

    func requireSelfReferences() throws(SQLError) {
        let (definitions, run) = try known()
        try run.writes.requireSelfReferences(definitions)
    }

    func validate(_ config: TableConfig, _ ids: [String: String]) throws(SQLError) {
        try settleCells(of: config, ids)
        try settleSequences(of: config, ids)
        let (definitions, run) = try known()
        let reader = try reader(config)
        // The rows of a materialized view are made by its query.
        guard reader.table.declaration.query == nil else { return }
        try RestoredRows(reader, try run.writes.guardian(reader.table, definitions), run).validate()
    }

    /// Has a table of cells, or the schema of a cell group, name the group by the id that it has here. Throws if it is not here.
    private func settleCells(of config: TableConfig, _ ids: [String: String]) throws(SQLError) {
        let (definitions, _) = try known()
        guard let table = try definitions.table(id: config.id) else { return }
        let definer = Definer(session, definitions, try SourceText(""))
        if table.declaration.isCellGroup {
            guard let schema = try definer.content("schema", table.name, isTemporary: false), schema[field: "cells"]?.string != config.id
            else { return }
            let settled = try definitions.reading { () throws(CatalogError) in
                try datumChanging(schema, [("cells", Datum(config.id))])
            }
            try definer.put("schema", table.name, settled, isTemporary: false)
        } else {
            guard let archived = table.declaration.cells else { return }
            let id = ids[archived] ?? archived
            guard let group = try definitions.table(id: id), group.config.databaseID == config.databaseID else {
                throw SQLError(SQLState(rawValue: "23503"), "the table of its cells is not here; restore that, too")
            }
            if id == archived { return }
            var declaration = table.declaration
            declaration.cells = id
            try definer.redeclare(table, declaration)
        }
        forget()
    }

    /// Has sequences that a table owns name it by the id that it has here.
    private func settleSequences(of config: TableConfig, _ ids: [String: String]) throws(SQLError) {
        let archived = ids.filter { $0.value == config.id }.keys
        guard !archived.isEmpty else { return }
        let (definitions, _) = try known()
        let definer = Definer(session, definitions, try SourceText(""))
        var hasChanged = false
        for sequence in try definitions.sequences() where !sequence.isTemporary {
            let owner = sequence.content.text("owner_table")
            guard archived.contains(owner) else { continue }
            // It may be another table's, which was there before.
            if let table = try definitions.table(id: owner), table.config.databaseID == config.databaseID { continue }
            let settled = try definitions.reading { () throws(CatalogError) in
                try datumChanging(sequence.content, [("owner_table", Datum(config.id))])
            }
            try definer.put("sequence", sequence.key, settled, isTemporary: false)
            hasChanged = true
        }
        if hasChanged { forget() }
    }

    /// What was known is not so any more.
    private func forget() {
        state = nil
        readers = [:]
    }

    func settleForeignKeys(of config: TableConfig, _ ids: [String: String]) throws(SQLError) -> [String] {
        let (definitions, run) = try known()
        return try RestoredForeignKeys(session, definitions, run).settle(try reader(config).table, ids)
    }

    func drop(_ config: TableConfig) throws(SQLError) {
        // The table may be new.
        let definitions = Definitions(session, try session.transaction.readState())
        session.definitions = definitions
        guard let table = try definitions.table(id: config.id) else { return }
        try Definer(session, definitions, try SourceText("")).remove(table)
        forget()
    }

    func mayCut(_ config: TableConfig) throws(SQLError) -> Bool {
        let (definitions, run) = try known()
        return try !run.writes.isReferred(try reader(config).table, definitions)
    }

    func write(_ new: Datum?, over old: Datum?, in config: TableConfig) throws(SQLError) -> Datum? {
        let (definitions, run) = try known()
        let reader = try reader(config)
        let guardian = try run.writes.guardian(reader.table, definitions)
        // A row whose key is no field of its own may have to be moved: that is two writes.
        let mayLeaveParts = try run.writes.hasConsequences(reader.table, definitions) || (old != nil && reader.table.hasHiddenKey)
        let before: CatalogSnapshot?
        if mayLeaveParts {
            before = try session.transaction.writing { transaction throws(CatalogError) in try transaction.snapshot() }
        } else {
            before = nil
        }
        do throws(SQLError) {
            guardian.ignoresHook = true
            defer { guardian.ignoresHook = false }
            let key = try reader.write(new, over: old, guardian)
            guardian.ignoresHook = false
            try run.writes.finish(definitions)
            try session.storeTouchedSequences()
            guard let key else { return nil }
            return try session.transaction.writing { transaction throws(CatalogError) in try transaction.get(key, in: config) }
        } catch {
            if let before { try session.transaction.writing { transaction throws(CatalogError) in try transaction.revert(to: before) } }
            throw error
        }
    }
}

extension SQLError {
    /// What other doors are told.
    var catalogError: CatalogError {
        let kind: CatalogError.Kind =
            switch state.rawValue {
            case "23505": .duplicateValue
            case "40001": .serializationFailure
            case "40P01": .deadlock
            case "55P03": .locked
            case "57014": .cancelled
            case "57P03": .unavailable
            case "53100": .diskFull
            case "53200": .tooLarge
            case "58030": .io
            case "XX001": .corrupt
            default: .constraintViolated
            }
        guard kind == .duplicateValue || kind == .constraintViolated else { return CatalogError(kind, message) }
        return CatalogError(
            kind, message,
            DeclarationViolation(
                sqlState: state.rawValue, table: subject?.table, column: subject?.column, constraint: subject?.constraint))
    }
}
