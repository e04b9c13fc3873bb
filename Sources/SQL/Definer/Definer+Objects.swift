import Catalog
import Ground

/// Definitions of what is no table.
extension Definer {
    func runMore(_ statement: Statement) throws(SQLError) -> StatementResult {
        switch statement {
        case .createIndex(let index): return try create(index)
        case .createView(let view): return try create(view)
        case .createSequence(let sequence): return try create(sequence)
        case .alterSequence(let name, let ifExists, let options): return try alterSequence(name, ifExists, options)
        case .createSchema(let schema): return try create(schema)
        case .createCell(let name, let ifNotExists, let elements): return try createCell(name, ifNotExists: ifNotExists, elements)
        case .dropCell(let name, let ifExists, let cells, let behavior):
            return try dropCell(name, ifExists: ifExists, cells, behavior)
        case .createType(let name, let type): return try create(name, type)
        case .createDomain(let domain): return try create(domain)
        case .alterEnum(let change): return try alter(change)
        case .alterDomain(let change): return try alter(change)
        case .createTableAs(let table): return try create(table)
        case .query(let query): return try createInto(query)
        case .refreshView(let name, let isConcurrent, let withData):
            return try refresh(name, isConcurrent: isConcurrent, withData: withData)
        case .setSchema(let object, let ifExists, let schema): return try setSchema(object, ifExists, schema)
        case .truncate(let truncate): return try self.truncate(truncate)
        case .alterTable(let table): return try alter(table)
        case .rename(let rename): return try self.rename(rename)
        case .comment(let object, let text): return try comment(object, text)
        case .setOwner(let object, let role): return try setOwner(object, role)
        case .createRole(let role): return try create(role)
        case .alterRole(let role, let options): return try alterRole(role, options)
        case .dropRole(let roles, let ifExists): return try dropRoles(roles, ifExists)
        case .grant(let grant): return try self.grant(grant)
        case .grantRoles(let grant): return try grantRoles(grant)
        case .createDatabase(let name, let options):
            return try createDatabase(name, options)
        case .dropDatabase(let name, let ifExists, let isForced): return try dropDatabase(name, ifExists, isForced)
        case .alterDatabase(let name, let options): return try alterDatabase(name, options)
        case .alterDatabaseSetting(let name, let change): return try alterDatabase(name, change)
        case .createExtension(let name, let ifNotExists, _):
            guard ["plpgsql", "uuid-ossp", "pgcrypto"].contains(name.text) else {
                throw SQLError(.featureNotSupported, "extension \"\(name.text)\" is not available")
            }
            if ifNotExists {
                session.notice("extension \"\(name.text)\" already exists, skipping", .notice, "42710")
            } else if name.text == "plpgsql" {
                throw error("42710", "extension \"plpgsql\" already exists")
            }
            return done("CREATE EXTENSION")
        case .alterRoleSetting: throw binder.unsupported("ALTER ROLE SET", at: nil)
        case .alterSystem: throw binder.unsupported("ALTER SYSTEM", at: nil)
        case .alterDefaultPrivileges: throw binder.unsupported("ALTER DEFAULT PRIVILEGES", at: nil)
        case .dropOwned: throw binder.unsupported("DROP OWNED", at: nil)
        case .alterGroup: throw binder.unsupported("ALTER GROUP", at: nil)
        default: throw SQLError(.featureNotSupported, "this statement is not supported yet")
        }
    }

    // MARK: - Tables of queries

    private func create(_ table: CreateTableAs) throws(SQLError) -> StatementResult {
        var query: Query
        var inner = binder
        var parameters: [SQLValue] = []
        switch table.content {
        case .query(let written):
            query = written
            if !table.isMaterializedView {
                parameters = session.commandParameters.values
                inner = Binder(session, definitions, source, ParameterTypes(session.commandParameters.types))
            }
        case .execute(let name, let arguments):
            let (prepared, values) = try session.preparedCall(name, arguments, source)
            guard case .query(let written)? = prepared.statement else { throw error("42809", "prepared statement is not a SELECT") }
            query = written
            parameters = values
            inner = Binder(session, definitions, prepared.source, ParameterTypes(prepared.parameterTypes))
        }
        let word = table.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "SELECT"
        try requireTableMethod(table.table.accessMethod)
        try requireTablespace(table.table.tablespace)
        try checkOptions(table.table.options)
        let change = tableChange(table.table.options)
        let (schema, key, isTemporary) = try place(table.table.name, table.table.persistence)
        if try definitions.group(ofSchema: schema) != nil {
            throw SQLError(.featureNotSupported, "rows of a query are in no cell", hint: "Make the table, then INSERT … USING … SELECT.")
        }
        inner.tellsTypes = !table.isMaterializedView
        let bound = try inner.told(try inner.bind(query, Scope(parent: nil, rules: .select), resolvesUnknown: true))
        if try definitions.relation(named: table.table.name.last, schema: schema) != nil {
            guard table.table.ifNotExists else { throw error("42P07", "relation \"\(table.table.name.last)\" already exists") }
            session.notice("relation \"\(table.table.name.last)\" already exists, skipping", .notice, "42P07")
            return skipped(table.isMaterializedView ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS")
        }
        guard table.columns.count <= bound.columns.count else { throw error("42601", "too many column names were specified") }
        try requireColumnCount(bound.columns.count)
        var declaration = Declaration()
        for (index, column) in bound.columns.enumerated() {
            let name = index < table.columns.count ? table.columns[index].text : column.name
            guard declaration.column(named: name) == nil else { throw error("42701", "column \"\(name)\" specified more than once") }
            try checkLength(name)
            declaration.columns.append(.init(name: name, number: index + 1, type: column.type == .open ? .jsonb : column.type))
        }
        declaration.nextNumber = bound.columns.count + 1
        declaration.hidesKey = keyIsHidden(table.table.options) ?? false
        if table.isMaterializedView {
            declaration.query = qualified(expanded(Printer.text(query), bound))
            declaration.queryPath = pathOfViews
            declaration.isPopulated = table.withData
        }
        let datum = declaration.datum
        let id = UUID.random().description
        let run = Run(session, definitions.state, parameters: parameters, slotCount: inner.slotCount, session.canceller.begin())
        let rows = GatheredPlan(bound.plan)
        // Nobody waits for the tables of a session.
        if table.withData, session.computesFirst, !isTemporary { try session.computeFirst(rows, run, definitions) }
        try writing(isTemporary: isTemporary) { (transaction, database) throws(CatalogError) in
            let table = try transaction.createDeclaredTable(key, in: database, primaryKey: "_key", id: id, declaration: datum)
            if let change { _ = try transaction.change(table, change) }
        }
        try noteCommitAction(table.table, key, isTemporary: isTemporary)
        guard table.withData else {
            // As PostgreSQL says it.
            if case .execute = table.content { return done("SELECT 0") }
            return done(table.isMaterializedView ? word : "CREATE TABLE AS")
        }
        return done("SELECT \(try fill(id, rows, run))")
    }

    /// Writes the rows of a query into a table.
    private func fill(_ id: String, _ rows: GatheredPlan, _ run: Run) throws(SQLError) -> Int {
        let fresh = try refreshed()
        guard let table = try fresh.table(id: id) else { return 0 }
        let guardian = try run.writes.guardian(table, fresh)
        var count = 0
        var scales = ScaleNotes(table.declaration.columns.count)
        try rows.forEach(run) { row throws(SQLError) in
            _ = try guardian.insert(row.map { $0 })
            scales.note(row)
            count += 1
        }
        if table.declaration.query != nil { try redeclare(table, scales.noted(in: table.declaration)) }
        return count
    }

    private func createInto(_ query: Query) throws(SQLError) -> StatementResult {
        guard case .select(var select) = query.body, let target = select.into else { throw error("42601", "nothing to select into") }
        select.into = nil
        var source = query
        source.body = .select(select)
        return try create(
            CreateTableAs(
                table: CreateTable(name: target.relation, persistence: target.persistence, ifNotExists: false, position: query.position),
                columns: [], content: .query(source), withData: true, isMaterializedView: false))
    }

    private func refresh(_ name: QualifiedName, isConcurrent: Bool, withData: Bool) throws(SQLError) -> StatementResult {
        if isConcurrent, !withData { throw error("42601", "CONCURRENTLY and WITH NO DATA options cannot be used together") }
        guard case .table(let table)? = try definitions.relation(name) else {
            guard try definitions.relation(name) == nil else {
                throw error("42809", "\"\(name.last)\" is not a table or materialized view")
            }
            throw definitions.missing(name)
        }
        guard let text = table.declaration.query else { throw error("0A000", "\"\(name.last)\" is not a materialized view") }
        if isConcurrent {
            guard table.declaration.isPopulated else {
                throw SQLError(.featureNotSupported, "CONCURRENTLY cannot be used when the materialized view is not populated")
            }
            guard
                table.declaration.indexes.contains(where: { index in
                    index.isUnique && index.predicate == nil
                        && index.elements.allSatisfy { element in
                            table.declaration.columns.contains { Quoting.identifier($0.name) == element }
                        }
                })
            else {
                throw error(
                    "55000", "cannot refresh materialized view \"\(table.schema).\(table.name)\" concurrently",
                    hint: "Create a unique index with no WHERE clause on one or more columns of the materialized view.")
            }
        }
        let script = try Script(text)
        guard case .query(let query)? = script.statements.first?.statement else { return done("REFRESH MATERIALIZED VIEW") }
        definitions.viewPath = table.declaration.queryPath
        defer { definitions.viewPath = nil }
        let inner = Binder(session, definitions, script.source, ParameterTypes([]))
        let bound = try inner.bind(query, Scope(parent: nil, rules: .select), resolvesUnknown: true)
        let run = Run(session, definitions.state, parameters: [], slotCount: inner.slotCount, session.canceller.begin())
        let rows = GatheredPlan(bound.plan)
        // If somebody else refreshes it meanwhile, it is declared anew, and its rows are computed again.
        if withData, session.computesFirst, !table.isTemporary { try session.computeFirst(rows, run, definitions) }
        let config = table.config
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.deleteAll(in: config)
        }
        var declaration = table.declaration
        declaration.isPopulated = withData
        try redeclare(table, declaration)
        let fresh = try refreshed()
        guard let current = try fresh.table(id: table.config.id) else { return done("REFRESH MATERIALIZED VIEW") }
        guard withData else { return done("REFRESH MATERIALIZED VIEW") }
        let guardian = try run.writes.guardian(current, fresh)
        var scales = ScaleNotes(current.declaration.columns.count)
        try rows.forEach(run) { row throws(SQLError) in
            do throws(SQLError) {
                _ = try guardian.insert(row.map { $0 })
            } catch {
                guard isConcurrent, error.state.rawValue == "23505", !row.contains(where: \.isNull) else { throw error }
                var count = 0
                try bound.plan.forEach(run) { if GroupKey($0) == GroupKey(row) { count += 1 } }
                guard count > 1 else { throw error }
                throw self.error(
                    "21000", "new data for materialized view \"\(current.name)\" contains duplicate rows without any null columns")
            }
            scales.note(row)
        }
        try redeclare(current, scales.noted(in: current.declaration))
        return done("REFRESH MATERIALIZED VIEW")
    }

    // MARK: - TRUNCATE

    private func truncate(_ truncate: Truncate) throws(SQLError) -> StatementResult {
        var tables: [TableRelation] = []
        var choices: [String: CellChoice] = [:]
        for relation in truncate.relations {
            guard case .table(let table)? = try definitions.relation(relation.name) else {
                switch try definitions.relation(relation.name) {
                case nil: throw definitions.missing(relation.name)
                case .rows?: throw error("42501", "permission denied: \"\(relation.name.last)\" is a system catalog")
                default: throw error("42809", "\"\(relation.name.last)\" is not a table")
                }
            }
            guard table.declaration.query == nil else { throw error("42809", "\"\(table.name)\" is not a table") }
            try definitions.require(.delete, table)
            choices[table.config.id] = try binder.bind(cells: relation.cells, of: table, Scope(parent: nil, rules: .from))
            tables.append(table)
        }
        var index = 0
        while index < tables.count {
            let id = tables[index].config.id
            index += 1
            for other in try definitions.tables()
            where !tables.contains(where: { $0.config.id == other.config.id })
                && (other.declaration.cells == id
                    || other.declaration.constraints.contains(where: { $0.kind == .foreign && $0.references == id }))
            {
                guard truncate.behavior == .cascade else {
                    throw SQLError(
                        .featureNotSupported, "cannot truncate a table referenced in a foreign key constraint",
                        detail: "Table \"\(other.name)\" references \"\(tables[index - 1].name)\".",
                        hint: "Truncate table \"\(other.name)\" at the same time, or use TRUNCATE ... CASCADE.")
                }
                session.notice("truncate cascades to table \"\(other.name)\"")
                try definitions.require(.delete, other)
                choices[other.config.id] = choices[id]
                tables.append(other)
            }
        }
        let run = Run(session, definitions.state, parameters: [], slotCount: binder.slotCount, session.canceller.begin())
        for table in tables { try requireSettled(table, "TRUNCATE") }
        for table in tables {
            let config = table.config
            session.transaction.noteFresh(config.id)
            if let choice = choices[config.id] {
                try clear(table, try choice.forms(run))
                continue
            }
            try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
                _ = try transaction.deleteAll(in: config)
            }
            guard truncate.restartsIdentity else { continue }
            for sequence in try definitions.sequences() {
                let isOwn = table.declaration.columns.contains { $0.sequence == sequence.name } && table.schema == sequence.schema
                guard isOwn || sequence.content.text("owner_table") == table.config.id else { continue }
                try session.requireOwnMemory("RESTART IDENTITY", of: sequence)
                let states = SequenceStates.of(session.catalog)
                session.restartedSequences.note(
                    sequence, before: states.state(sequence), savepointCount: session.transaction.savepointCount)
                states.set(sequence, .init(last: sequence.start, isCalled: false))
                session.touched(sequence)
            }
        }
        return done("TRUNCATE TABLE")
    }
}
