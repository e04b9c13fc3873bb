/// What a restore does.
public struct RestoreOptions: Sendable, Hashable {
    /// What to bring in; nothing means everything.
    public var selection: [ArchiveSelection] = []
    /// Allows tables that exist already: rows replace those with their keys, and other rows stay.
    public var force = false

    public init() {}
}

extension Catalog {
    /// Brings in what a dump wrote, Pando's or RethinkDB's (decompressed).
    ///
    /// Before anything is written the archive's structure, names and conflicts are checked. Each table is one transaction: it is there
    /// with all its rows or not at all. If a row is bad, the tables before it, in order of their names, stay.
    ///
    /// - Throws: `.malformedArchive`; `.notInArchive` for a selection that isn't there; `.tableExists` without `force`, and with it if
    ///   the primary keys differ; `.invalidName` for a name that this catalog's rule refuses; what a document can't be.
    @discardableResult
    public func restore(
        _ input: ArchiveInput, options: RestoreOptions = .init(), progress: (ArchiveProgress) -> Void = { _ in }
    ) throws(CatalogError) -> ArchiveSummary {
        let contents = try ArchiveContents(input, indexEvaluators.functions)
        let databases = try contents.selected(options.selection)
        try refuseConflicts(databases, force: options.force)

        var summary = ArchiveSummary()
        summary.notes = contents.notes
        for database in databases {
            try restore(database)
            summary.databases += 1
            for table in database.tables {
                summary.rows += try restore(table, in: database, input, progress)
                summary.tables += 1
                summary.notes += table.leftOut.map { "`\(database.name).\(table.name)` had \($0), which this version leaves out." }
            }
        }
        try sync()
        return summary
    }

    private func refuseConflicts(_ databases: [ArchiveContents.Database], force: Bool) throws(CatalogError) {
        let snapshot = try snapshot()
        var existing: [String] = []
        for database in databases {
            guard let present = try snapshot.database(database.name) else {
                try self.options.names.validate(database.name, for: .database)
                for table in database.tables { try self.options.names.validate(table.name, for: .table) }
                continue
            }
            for table in database.tables {
                guard let old = try snapshot.table(table.name, in: present) else {
                    try self.options.names.validate(table.name, for: .table)
                    continue
                }
                existing.append("`\(old.qualifiedName)`")
                guard old.primaryKey == table.primaryKey else {
                    throw CatalogError(
                        .tableExists,
                        "Table `\(old.qualifiedName)` exists with primary key `\(old.primaryKey)`; the archive has `\(table.primaryKey)`.")
                }
            }
        }
        guard force || existing.isEmpty else {
            throw CatalogError(
                .tableExists,
                "\(existing.count == 1 ? "Table" : "Tables") \(existing.joined(separator: ", ")) already exist; "
                    + "force lets the archive's rows replace those with the same keys.")
        }
    }

    /// Makes the database unless it exists.
    private func restore(_ database: ArchiveContents.Database) throws(CatalogError) {
        var transaction = try beginWrite()
        guard try transaction.database(database.name) == nil else { return transaction.rollback() }
        let archived = database.config
        let id = archived?.id
        let isFree = try id.map { id throws(CatalogError) in try !transaction.store.contains(CatalogKeys.databaseID(id)) } ?? false
        _ = try transaction.add(
            DatabaseConfig(
                id: isFree ? id! : Identifier.uuid(), name: database.name, createdAt: archived?.createdAt ?? Identifier.now()))
        try transaction.commit(.none)
    }

    /// Makes the table unless it exists and brings its rows in, all in one transaction. Returns how many.
    private func restore(
        _ archived: ArchiveContents.Table, in database: ArchiveContents.Database, _ input: ArchiveInput,
        _ progress: (ArchiveProgress) -> Void
    ) throws(CatalogError) -> Int {
        var transaction = try beginWrite()
        let present = try transaction.existingDatabase(database.name)
        let old = try transaction.table(archived.name, in: present)
        let table: TableConfig
        if let old { table = old } else { table = try transaction.add(archived, in: present) }

        var rows = try ArchiveRows(archived.rows, input)
        var count = 0
        func next() throws(CatalogError) -> Datum? {
            guard let row = try rows.next() else { return nil }
            count += 1
            if count % 1024 == 0 {
                progress(ArchiveProgress(table: table.qualifiedName, rows: count, totalRows: archived.documentCount))
            }
            return row
        }
        do throws(CatalogError) {
            if old == nil {
                try transaction.load(into: table, next)
            } else {
                while let row = try next() { try transaction.put(row, in: table) }
            }
        } catch {
            guard error.kind != .malformedArchive else { throw error }
            throw CatalogError(error.kind, "`\(archived.rows.path)`, line \(rows.line): \(error.message)")
        }
        // Indexes that the table has by now are kept; the others come after the rows, which fill whole pages without them.
        let current = try transaction.current(table)
        let added = archived.indexes.filter { current.index(named: $0.name) == nil }
        for index in added { _ = try indexEvaluators.evaluator(of: index, in: current) }
        if !added.isEmpty { try transaction.store(current.indexes + added, of: current) }
        // The hook comes last: the rows have been through it.
        if let hook = archived.writeHook, hook != current.writeHook {
            var change = TableChange()
            change.writeHook = .some(hook)
            _ = try indexEvaluators.hook(of: current.with(change))
            _ = try transaction.change(current, change)
        }
        try transaction.commit(.none)
        for index in added { while try !buildIndex(index.id, of: current, batch: 2000) {} }
        progress(ArchiveProgress(table: table.qualifiedName, rows: count, totalRows: count))
        return count
    }
}

extension ArchiveContents {
    /// The databases and tables that are asked for.
    fileprivate func selected(_ selection: [ArchiveSelection]) throws(CatalogError) -> [Database] {
        for part in selection {
            let found = databases.contains { database in
                database.name == part.database && (part.table == nil || database.tables.contains { $0.name == part.table })
            }
            if !found { throw CatalogError(.notInArchive, "The archive has no `\(part)`.") }
        }
        return databases.filter { selection.covers(database: $0.name) }.map { database in
            var database = database
            database.tables.removeAll { !selection.covers(table: $0.name, in: database.name) }
            return database
        }
    }
}

extension CatalogTransaction {
    /// Makes an archived table under its own id, or a new one if that is taken.
    fileprivate mutating func add(_ archived: ArchiveContents.Table, in database: DatabaseConfig) throws(CatalogError) -> TableConfig {
        let config = archived.config
        let id = config?.id
        let isFree = try id.map { id throws(CatalogError) in try !store.contains(CatalogKeys.tableID(id)) } ?? false
        return try add(
            TableConfig(
                id: isFree ? id! : Identifier.uuid(), name: archived.name, databaseID: database.id, databaseName: database.name,
                primaryKey: archived.primaryKey, createdAt: config?.createdAt ?? Identifier.now(),
                durability: config?.durability ?? .hard, shardCount: config?.shardCount ?? 1,
                writeAcknowledgement: config?.writeAcknowledgement ?? .majority))
    }
}
