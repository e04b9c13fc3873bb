import Ground

/// The database `rethinkdb`: the server, its databases and its accounts as tables, whose rows are made when they are read. No file holds
/// anything of it.
enum SystemDatabase {
    static let config = DatabaseConfig(id: SystemDatabaseID.database, name: CatalogNames.systemDatabase, createdAt: 0)

    static let users = UsersTable()
    static let permissions = PermissionsTable()
    static let statistics = StatisticsTable()

    static let tables: [SystemTable] = [
        ClusterConfigTable(), IssuesTable(), DatabaseConfigTable.shared, JobsTable(), LimitsTable(), LogsTable(), permissions,
        ServerConfigTable(),
        ServerStatusTable(), statistics, TableConfigTable.shared, TableStatusTable.shared, TransactionsTable(), users, ScratchTable(),
    ]

    static func table(named name: String) -> SystemTable? { tables.first { $0.name == name } }
    static func table(id: String) -> SystemTable? { tables.first { $0.config.id == id } }

    /// The names that are listed.
    static let tableNames: [String] = tables.map(\.name).filter { !$0.hasPrefix("_") }.sorted()

    /// What is refused for all of it.
    static func refusal(_ what: String, at site: Site) -> ReQLError {
        site.error(.operationFailed, "Database `\(config.name)` is special; \(what).")
    }
}

extension DatabaseConfig {
    var isSystem: Bool { id == SystemDatabase.config.id }
}

/// A table of the system database. Knows how its rows are made, and what writing them does.
class SystemTable: @unchecked Sendable {
    // Sendable because neither this class nor a subclass has anything that changes.

    let config: TableConfig

    var name: String { config.name }

    init(_ name: String) {
        config = .system(id: UUID.named(name.utf8, in: Self.namespace).description, name: name, in: SystemDatabase.config)
    }

    /// 0eabef01-6deb-4069-9a2d-448db057ab1e
    private static let namespace = UUID(high: 0x0EAB_EF01_6DEB_4069, low: 0x9A2D_448D_B057_AB1E)

    // MARK: For subclasses

    /// All rows, in any order.
    func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        preconditionFailure("\(type(of: self)) does not say what its rows are")
    }

    /// The row with that key; nil if there is none.
    func row(_ key: Datum, _ view: SystemView) throws(ReQLError) -> Datum? {
        try rows(view).first { $0[field: "id"] == key }
    }

    /// Makes, changes or removes a row. A refusal is thrown as an error of any class but `permission`, and counted with the row.
    ///
    /// - Returns: the row as it is then; null if it is gone.
    func write(_ change: SystemChange, _ transaction: inout CatalogTransaction, _ view: SystemView) throws(ReQLError) -> Datum {
        throw ReQLError(.operationFailed, "The table `\(config.qualifiedName)` can't be written.")
    }

    /// As ``write(_:_:_:)`` of a table of which no file holds anything: it needs no writer's turn, and so it waits for nobody who has it.
    /// Nil for any other table.
    func writeProcess(_ change: SystemChange, _ view: SystemView) throws(ReQLError) -> Datum? { nil }

    /// Whether ``writeProcess(_:_:)`` writes its rows.
    var isOfProcess: Bool { false }

    /// Whether a change of a row that is not there is passed over, and not an error.
    var skipsAbsentRows: Bool { false }

    /// Throws for a key that no row can have, where that is an error at all.
    func check(_ key: Datum) throws(CatalogError) {}
}

/// A system table with a row for each table of the file, by its id.
class RowsOfTables: SystemTable, @unchecked Sendable {
    func row(of table: TableConfig, _ view: SystemView) throws(ReQLError) -> Datum {
        preconditionFailure("\(type(of: self)) does not say what its rows are")
    }

    override func rows(_ view: SystemView) throws(ReQLError) -> [Datum] {
        var rows: [Datum] = []
        for (_, table) in try view.tables() { rows.append(try row(of: table, view)) }
        return rows
    }

    override func row(_ key: Datum, _ view: SystemView) throws(ReQLError) -> Datum? {
        guard let id = key.string, let table = try view.reading(view.snapshot.table(id: id))
        else { return nil }
        return try row(of: table, view)
    }
}

/// One row of a system table before and after a write.
struct SystemChange {
    let key: Datum
    /// Null: there was no row.
    let old: Datum
    /// Null: there is to be no row.
    let new: Datum
    /// Whether the key was made up, because the row had none.
    let hasGeneratedKey: Bool

    /// What kind of write it is.
    var isInsertion: Bool { old.isNull }
    var isDeletion: Bool { new.isNull }
}

/// What an engine has answered to a view.
private final class EngineLook {
    var found: (company: EngineCompany?, Void)?
}

/// The sources of system tables: one state of the file, the server, the user, and how names are shown.
struct SystemView {
    enum Identifiers: String {
        case name, uuid
    }

    let snapshot: CatalogSnapshot
    let server: ServerState
    let access: Access
    var identifiers = Identifiers.name
    let site: Site
    private let look = EngineLook()

    /// Whether what is there comes from another file, and nothing else is written.
    var isStandby: Bool { server.replication()[field: "role"] == "standby" }

    /// The name or the id, as asked for.
    func identifier(_ name: String, _ id: String) -> Datum { Datum(identifiers == .name ? name : id) }

    /// The server, named as asked for.
    var serverIdentifier: Datum { get throws(ReQLError) { identifier(try settings.name, server.id) } }

    var settings: ServerSettings {
        get throws(ReQLError) { try site.reading(snapshot.serverSettings()) }
    }

    func reading<Result>(_ body: @autoclosure () throws(CatalogError) -> Result) throws(ReQLError) -> Result {
        try site.reading(body())
    }

    /// Who writes what an engine keeps, asked for once; nil of a file.
    func engineCompany() throws(ReQLError) -> EngineCompany? {
        if let found = look.found { return found.company }
        let company = try reading(server.engineCompany())
        look.found = (company: company, ())
        return company
    }

    func databases() throws(ReQLError) -> [DatabaseConfig] { try reading(snapshot.databases()) }

    func tables() throws(ReQLError) -> [(database: DatabaseConfig, table: TableConfig)] {
        var tables: [(database: DatabaseConfig, table: TableConfig)] = []
        for database in try databases() {
            for table in try reading(snapshot.tables(in: database)) { tables.append((database, table)) }
        }
        return tables
    }

    /// The database that a written row means by its name or id.
    func database(_ reference: Datum, field: String) throws(ReQLError) -> DatabaseConfig {
        guard let text = reference.string else { throw SystemRow.refused("`\(field)` is a string, found \(reference.typeName)") }
        let found = try reading(identifiers == .name ? snapshot.database(text) : snapshot.database(id: text))
        guard let found else { throw ReQLError(.operationFailed, "Database `\(text)` does not exist.", cause: .databaseNotFound) }
        return found
    }
}

/// Rows of a system table, made once for each time that a query names the table.
final class SystemRows {
    let table: SystemTable
    let view: SystemView
    /// What one has to have to read them.
    let need: Need
    private var sorted: [(key: Datum, row: Datum)]?

    enum Need {
        /// `read` on the table that they are rows of.
        case read
        /// `config` on the object that the row describes.
        case config(PermissionScope)
        case nothing
    }

    init(_ table: SystemTable, _ view: SystemView, need: Need = .read) {
        self.table = table
        self.view = view
        self.need = need
    }

    private func all() throws(ReQLError) -> [(key: Datum, row: Datum)] {
        if let sorted { return sorted }
        let rows = try table.rows(view).map { (key: $0[field: "id"] ?? .null, row: $0) }.sorted { $0.key < $1.key }
        sorted = rows
        return rows
    }

    func rows(in bounds: KeyBounds, reversed: Bool) throws(ReQLError) -> [Datum] {
        let rows = try all().filter { bounds.contains($0.key) }.map(\.row)
        return reversed ? rows.reversed() : rows
    }

    func get(_ key: Datum) throws(ReQLError) -> Datum? {
        if let sorted { return sorted.first { $0.key == key }?.row }
        return try table.row(key, view)
    }
}
