import Catalog
import Synchronization

/// What a table's config declares, read once for all who ask.
final class DeclaredTable: Sendable {
    let config: TableConfig
    let declaration: Declaration
    /// Of a table that is in the file; the session's own ones are in `pg_temp`.
    let schema: String
    let name: String
    let rowTypes: [SQLType]
    /// Of the columns: the digits after the point that their numbers are shown with, if their types don't say it.
    private let shownScales: [Int?]
    let oid: UInt32
    let rangeColumns: [RangeEntry.Column]
    /// The index of the column that is the key of the documents; nil if none is.
    let keyColumn: Int?
    /// As ``Declaration/keyColumns`` and ``Declaration/primaryKeyIndexes``.
    let keyColumns: [Int]
    let primaryKeyIndexes: [Int]
    /// By what its rows are found; nil where types that were declared decide that, which may change without the table.
    let plainEntries: [TableEntries]?

    init(_ config: TableConfig) {
        self.config = config
        if let declared = config.declaration {
            declaration = Declaration(declared)
        } else {
            var open = Declaration()
            open.isOpen = true
            open.comment = config.comment
            open.columns = [.init(name: config.primaryKey, number: 1, type: .open)]
            open.columns[0].comment = config.comment(ofField: config.primaryKey)
            declaration = open
        }
        keyColumn = declaration.columns.firstIndex { $0.name == config.primaryKey }
        keyColumns = declaration.keyColumns
        primaryKeyIndexes = declaration.primaryKeyIndexes
        rowTypes = declaration.columns.map(\.type) + declaration.cellKey.map(\.type)
        plainEntries =
            rowTypes.allSatisfy { $0.oid < 16384 }
            ? TableEntries.all(config, declaration, rowTypes: rowTypes, NeutralSession.noTypes) : nil
        let columns = declaration.columns
        shownScales = columns.map { column in
            guard ShownScale.isOfNumbers(column.type), column.type.modifier < 4 else { return nil }
            return column.scale ?? column.generated.flatMap { ShownScale.scale(of: $0, columns) }
        }
        let parts = config.name.split(separator: ".", maxSplits: 1).map(String.init)
        schema = parts.count == 2 ? parts[0] : "public"
        name = parts.last ?? config.name
        let oid = ObjectNumbers.of(config.id)
        self.oid = oid
        rangeColumns =
            declaration.columns.map {
                RangeEntry.Column(name: $0.name, type: $0.type, number: Int16(truncatingIfNeeded: $0.number), tableOID: oid)
            } + declaration.cellKey.map { RangeEntry.Column(name: $0.name, type: $0.type, isOfCell: true) }
            + [.init(name: "_doc", type: .jsonb, isHidden: true), .init(name: "_key", type: .open, isHidden: true)]
    }

    /// The type as which the values of a column are read from documents.
    func readType(_ index: Int, _ types: any TypeCatalog) -> SQLType {
        var base = TypeTable.base(of: rowTypes[index], types)
        // The elements of an array of a domain are stored as what the domain is made of.
        if base.oid >= 16384, let element = TypeTable.element(of: base.oid, types) {
            let stored = TypeTable.base(of: element, types)
            if stored.oid != element.oid, let array = TypeTable.array(of: stored.oid, types) { base = array }
        }
        return index < shownScales.count ? ShownScale.readType(base, shownScales[index]) : base
    }

    /// Whether other tables' rows are asked after when its rows change, or its own after those of others.
    fileprivate var refers: Bool { declaration.cells != nil || declaration.constraints.contains { $0.kind == .foreign } }
}

/// The declarations of one state of a file's metadata. Whoever reads a state with that metadata fills it, and finds what others have read.
final class DefinitionCache: Sendable {
    private struct State {
        /// By their ids.
        var tables: [String: DeclaredTable] = [:]
        /// By the database's id, in the order of their names.
        var all: [String: [DeclaredTable]] = [:]
        var referring: [String: [DeclaredTable]] = [:]
        /// By the database's id, then by their numbers.
        var types: [String: [UInt32: UserType]] = [:]
    }

    private let state = Mutex(State())

    static func of(_ snapshot: CatalogSnapshot) -> DefinitionCache { snapshot.derived(DefinitionCache.init) }

    func table(_ config: TableConfig) -> DeclaredTable {
        state.withLock { state in
            if let known = state.tables[config.id] { return known }
            let made = DeclaredTable(config)
            state.tables[config.id] = made
            return made
        }
    }

    /// All tables of a database. A prefix scan the first time.
    func tables(_ snapshot: CatalogSnapshot, _ database: DatabaseConfig) throws(CatalogError) -> [DeclaredTable] {
        if let known = state.withLock({ $0.all[database.id] }) { return known }
        let tables = try snapshot.tables(in: database).map(table)
        state.withLock { state in
            state.all[database.id] = tables
            state.referring[database.id] = tables.filter(\.refers)
        }
        return tables
    }

    /// The tables of a database with foreign keys, and those whose rows are in cells.
    func referringTables(_ snapshot: CatalogSnapshot, _ database: DatabaseConfig) throws(CatalogError) -> [DeclaredTable] {
        _ = try tables(snapshot, database)
        return state.withLock { $0.referring[database.id] } ?? []
    }

    /// Enums, domains and composite types of a database, with their arrays.
    func types(_ snapshot: CatalogSnapshot, _ database: DatabaseConfig) throws(CatalogError) -> [UInt32: UserType] {
        if let known = state.withLock({ $0.types[database.id] }) { return known }
        var types: [UInt32: UserType] = [:]
        for (name, content) in try snapshot.objects("type", in: database) {
            for type in DeclaredType(name, content).userTypes { types[type.oid] = type }
        }
        let found = types
        state.withLock { $0.types[database.id] = found }
        return types
    }
}
