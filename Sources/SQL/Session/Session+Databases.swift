import Catalog
import ReQLish

/// USE, SHOW DATABASES and SHOW TABLES.
extension Session {
    func use(_ name: Name) throws(SQLError) -> StatementResult {
        if let only = catalog.options.onlyDatabase {
            throw SQLError(.featureNotSupported, "USE is not supported where there is one database", detail: "It is \"\(only)\".")
        }
        if transaction.isBlock { throw SQLError(SQLState(rawValue: "25001"), "USE cannot run inside a transaction block") }
        let found: DatabaseConfig?
        do throws(CatalogError) { found = try catalog.snapshot().database(name.text) } catch { throw SQLError(error) }
        guard found != nil || Self.isMadeWhenNeeded(name.text, catalog) else {
            throw Self.noDatabase(name.text)
        }
        database = name.text
        try settingsStore.set("search_path", nil, isLocal: false)
        definitions = nil
        cursors = [:]
        if isKnown { ServerSessions.of(catalog).move(number, to: name.text) }
        return done("USE")
    }

    /// Throws `3D000`, and has the session end, if its database has been dropped.
    func requireDatabase() throws(SQLError) {
        guard !Self.isMadeWhenNeeded(database, catalog) else { return }
        mailbox.end()
        throw Self.noDatabase(database)
    }

    /// Begins with what ALTER DATABASE … SET said. A value that means nothing any more is passed over with a warning.
    func takeSettings(of database: DatabaseConfig) throws(SQLError) {
        let settings: [(name: String, value: String)]
        do throws(CatalogError) { settings = try DatabaseProperties(of: database, in: catalog.snapshot()).settings } catch {
            throw SQLError(error)
        }
        for (name, value) in settings {
            do throws(SQLError) { try settingsStore.setAtStart(name, value) } catch {
                notice(error.message, .warning, error.state.rawValue)
            }
        }
    }

    static let databaseColumns = [
        ResultColumn(name: "name", type: .name), ResultColumn(name: "tables", type: .int8), ResultColumn(name: "documents", type: .int8),
        ResultColumn(name: "size", type: .int8), ResultColumn(name: "connections", type: .int8),
        ResultColumn(name: "last_used", type: .timestamptz), ResultColumn(name: "created", type: .timestamptz),
        ResultColumn(name: "comment", type: .text),
    ]

    func showDatabases() throws(SQLError) -> StatementResult {
        let state = try transaction.readState()
        let sessions = ServerSessions.of(catalog)
        let members = sessions.all
        let definitions = Definitions(self, state)
        let reader = SystemReader(self, state)
        var rows: [Row] = []
        for database in try definitions.reading({ () throws(CatalogError) in try state.snapshot.databases() }) {
            let tables = try definitions.reading { () throws(CatalogError) in try state.snapshot.tables(in: database) }
            // Unknown to who may not read one of the tables.
            var documents: Int? = 0
            for table in tables {
                let count = try definitions.reading { () throws(CatalogError) in try state.snapshot.documentCount(in: table) }
                documents = try definitions.may(.read, PermissionScope(table)) ? documents.map { $0 + count } : nil
            }
            let connections = members.count { $0.database == database.name }
            let properties = try definitions.reading { () throws(CatalogError) in try DatabaseProperties(of: database, in: state.snapshot) }
            rows.append([
                .text(database.name), .int(Int64(tables.count)), documents.map { .int(Int64($0)) } ?? .null,
                .int(try reader.byteCount(of: database)), .int(Int64(connections)),
                sessions.lastUse(of: database.name).map { .timestamptz($0) } ?? .null,
                .timestamptz(Int64((database.createdAt * 1000).rounded()) * 1000 - 946_684_800_000_000),
                properties.comment.map { .text($0) } ?? .null,
            ])
        }
        return StatementResult(columns: Self.databaseColumns, tag: { _ in "SHOW" }, rows: Plan.source(rows), isComplete: true)
    }

    static let tableColumns = [
        ResultColumn(name: "schema", type: .name), ResultColumn(name: "name", type: .name), ResultColumn(name: "type", type: .text),
        ResultColumn(name: "documents", type: .int8), ResultColumn(name: "size", type: .int8),
    ]

    func showTables(_ schema: Name?) throws(SQLError) -> StatementResult {
        let definitions = Definitions(self, try transaction.readState())
        self.definitions = definitions
        let reader = SystemReader(self, definitions.state)
        if let schema, !definitions.hasSchema(schema.text) {
            throw SQLError(SQLState(rawValue: "3F000"), "schema \"\(schema.text)\" does not exist")
        }
        var rows: [(schema: String, name: String, type: String, count: SQLValue, size: SQLValue)] = []
        for table in try definitions.tables() {
            let count = try reader.documentCount(table)
            rows.append(
                (
                    table.schema, table.name,
                    table.isMaterialized ? "materialized view" : table.declaration.isOpen ? "open table" : "table",
                    count.map { .int(Int64($0)) } ?? .null,
                    count == nil ? .null : .int(Int64(try reader.pageCount(table)) * 8192)
                ))
        }
        for view in try definitions.views() { rows.append((view.schema, view.name, "view", .null, .null)) }
        let shown = rows.filter { schema == nil || $0.schema == schema?.text }.sorted { ($0.schema, $0.name) < ($1.schema, $1.name) }
        return StatementResult(
            columns: Self.tableColumns, tag: { _ in "SHOW" },
            rows: Plan.source(shown.map { [.text($0.schema), .text($0.name), .text($0.type), $0.count, $0.size] }), isComplete: true)
    }
}
