import Ground

/// Options of a restore.
public struct RestoreOptions: Sendable, Hashable {
    /// What to bring in; nothing means everything.
    public var selection: [ArchiveSelection] = []
    /// Allows tables that exist already: rows replace those with their keys, and other rows stay.
    public var force = false
    /// Goes on with a restore that was interrupted: tables that have come from this archive before (they have the ids that stand in
    /// it) are whole and stay as they are.
    public var resumes = false

    public init() {}
}

extension Catalog {
    /// Brings in what a dump wrote, Pando's or RethinkDB's, as a tar file or compressed with gzip.
    ///
    /// The archive is read twice. First all of it is looked through: compression and checksums, structure, names, conflicts with what is
    /// here. Only then something is written. Each table is one transaction: it is there with all its rows or not at all, and if a row is
    /// bad, or `progress` throws, those before it in the archive stay. Memory does not grow with the archive.
    ///
    /// - Parameter progress: called now and then, with an empty table's name while the archive is looked through; what it throws ends
    ///   the restore.
    /// - Throws: `.malformedArchive`; `.notInArchive` for a selection that isn't there; `.tableExists` without `force`, and with it if
    ///   the primary keys differ; `.invalidName` for a name that this catalog's rule refuses; `.constraintViolated` and
    ///   `.duplicateValue` for what a declaration does not allow; what a document can't be.
    @discardableResult
    public func restore(
        _ input: ArchiveInput, options: RestoreOptions = .init(),
        progress: (ArchiveProgress) throws(CatalogError) -> Void = { _ in }
    ) throws(CatalogError) -> ArchiveSummary {
        let contents = try ArchiveContents(input, indexEvaluators.functions, progress: progress)
        var databases = try contents.selected(options.selection)
        var summary = ArchiveSummary()
        summary.notes = contents.notes
        summary.databases = databases.count
        var restored: [RestoredTable] = []
        if options.resumes {
            restored = try finishRestored(&databases, progress)
            summary.tablesAlreadyThere = restored.count
        }
        try refuseConflicts(databases, force: options.force)

        var made: [MadeDatabase] = []
        do throws(CatalogError) {
            try restoreTables(of: databases, input, &summary, &restored, &made, progress)
            // Those without tables, too.
            for database in databases { _ = try restore(database, &made) }
            try hold(restored, &summary)
            try sync()
        } catch {
            guard summary.tables > 0 else {
                // No empty databases and schemas stay of what was refused. If they can't be removed, the first error says why.
                try? undo(made)
                throw error
            }
            let tables = summary.tables == 1 ? "One table" : "\(summary.tables) tables"
            throw CatalogError(error.kind, "\(error.message) \(tables) of \(summary.rows) documents had been restored before, and stay.")
        }
        return summary
    }

    /// Restores the tables in the order in which their rows stand in the archive, but for those whose rows are held to others of it: these come
    /// when the others are there, for which the archive is read again.
    private func restoreTables(
        of databases: [ArchiveContents.Database], _ input: ArchiveInput, _ summary: inout ArchiveSummary,
        _ restored: inout [RestoredTable], _ made: inout [MadeDatabase],
        _ progress: (ArchiveProgress) throws(CatalogError) -> Void
    ) throws(CatalogError) {
        var waiting: [TarReader.Member: (database: ArchiveContents.Database, table: ArchiveContents.Table)] = [:]
        for database in databases {
            for table in database.tables { waiting[table.rows] = (database, table) }
        }
        var references = try references(of: databases)
        while !waiting.isEmpty {
            var reader = try TarReader(input)
            let before = waiting.count
            while !waiting.isEmpty, let member = try reader.next() {
                guard let (database, table) = waiting[member], !references.waits(member) else { continue }
                waiting[member] = nil
                let (count, isNew) = try restore(table, in: try restore(database, &made), from: &reader, progress)
                references.isThere(member)
                summary.rows += count
                if isNew {
                    restored.append(RestoredTable(name: table.name, database: database.name, archivedID: table.id, rowCount: count))
                }
                summary.tables += 1
                summary.notes += table.leftOut.map { "`\(database.name).\(table.name)` had \($0), which this version leaves out." }
            }
            guard waiting.count == before else { continue }
            // Those that are left refer to each other.
            guard references.give() else { throw TarReader.malformed("It changed while it was read.") }
        }
    }

    /// What tables that are here already wait for.
    private func references(of databases: [ArchiveContents.Database]) throws(CatalogError) -> ArchiveReferences {
        let snapshot = try snapshot()
        var references = ArchiveReferences()
        guard let declared = indexEvaluators.declared else { return references }
        for database in databases {
            guard let present = try snapshot.database(database.name) else { continue }
            for archived in database.tables {
                guard let table = try snapshot.table(archived.name, in: present) else { continue }
                references.note(archived.rows, table.id, declared.references(of: table))
            }
        }
        return references
    }

    private func validate(_ table: ArchiveContents.Table) throws(CatalogError) {
        guard table.config?.declaration == nil else { return try NameRule.validate(declared: table.name) }
        try options.names.validate(table.name, for: .table)
    }

    private func refuseConflicts(_ databases: [ArchiveContents.Database], force: Bool) throws(CatalogError) {
        let snapshot = try snapshot()
        var existing: [String] = []
        for database in databases {
            guard let present = try snapshot.database(database.name) else {
                try self.options.names.validate(database.name, for: .database)
                for table in database.tables { try validate(table) }
                continue
            }
            for table in database.tables {
                guard let old = try snapshot.table(table.name, in: present) else {
                    try validate(table)
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

    /// Takes the tables out that an earlier restore of the archive has brought in, after building those of their indexes that are not
    /// finished. Returns them.
    private func finishRestored(
        _ databases: inout [ArchiveContents.Database], _ progress: (ArchiveProgress) throws(CatalogError) -> Void
    ) throws(CatalogError) -> [RestoredTable] {
        let snapshot = try snapshot()
        var restored: [RestoredTable] = []
        for position in databases.indices {
            guard let present = try snapshot.database(databases[position].name) else { continue }
            var rest: [ArchiveContents.Table] = []
            for archived in databases[position].tables {
                guard let table = try snapshot.table(archived.name, in: present), table.id == archived.id else {
                    rest.append(archived)
                    continue
                }
                try build(table.indexes, of: table) { () throws(CatalogError) in
                    try progress(ArchiveProgress(table: "", rows: 0, totalRows: nil))
                }
                restored.append(RestoredTable(name: table.name, database: present.name, archivedID: table.id))
            }
            databases[position].tables = rest
        }
        return restored
    }

    /// Makes the database unless it exists, with what it has besides tables and is not there yet.
    private func restore(_ database: ArchiveContents.Database, _ made: inout [MadeDatabase]) throws(CatalogError) -> DatabaseConfig {
        var transaction = try beginWrite()
        if let present = try transaction.database(database.name) {
            let added = try transaction.add(database.objects, to: present)
            guard !added.isEmpty else {
                transaction.rollback()
                return present
            }
            let before = Set(try transaction.tables(in: present).map(\.id))
            try transaction.commit(.none)
            made.append(MadeDatabase(config: present, isNew: false, tables: before, objects: added))
            return present
        }
        let isFree = try database.id.map { id throws(CatalogError) in try !transaction.store.contains(CatalogKeys.databaseID(id)) } ?? false
        let config = try transaction.add(
            DatabaseConfig(
                id: (isFree ? database.id : nil) ?? UUID.random().description, name: database.name,
                createdAt: database.config?.createdAt ?? WallClock.milliseconds))
        _ = try transaction.add(database.objects, to: config)
        try transaction.commit(.none)
        made.append(MadeDatabase(config: config, isNew: true, tables: [], objects: []))
        return config
    }

    /// Takes back what ``restore(_:_:)`` has made, where no table has come into it since.
    private func undo(_ made: [MadeDatabase]) throws(CatalogError) {
        guard !made.isEmpty else { return }
        var transaction = try beginWrite()
        for made in made {
            guard let present = try transaction.database(made.config.name), present.id == made.config.id else { continue }
            // One that has come in by now was interrupted behind its rows, and needs what came for it.
            guard try transaction.tables(in: present).allSatisfy({ made.tables.contains($0.id) }) else { continue }
            if made.isNew {
                _ = try transaction.dropDatabase(present.name)
            } else {
                for object in made.objects { try transaction.putObject(object.kind, object.name, nil, in: present) }
            }
        }
        try transaction.commit(.soft)
    }

    /// Makes the table unless it exists and brings its rows in, all in one transaction. Returns how many, and whether the table is new.
    /// - Parameter reader: stands at its rows.
    private func restore(
        _ archived: ArchiveContents.Table, in database: DatabaseConfig, from reader: inout TarReader,
        _ progress: (ArchiveProgress) throws(CatalogError) -> Void
    ) throws(CatalogError) -> (count: Int, isNew: Bool) {
        var transaction = try beginWrite(waiting: nil, isLong: true)
        let old = try transaction.table(archived.name, in: database)
        let table: TableConfig
        if let old { table = old } else { table = try transaction.add(archived, in: database) }
        // The rows of a new table are looked at when those are here that they refer to.
        transaction.holdsDeclarations = old != nil

        var rows = try ArchiveRows(archived.rows)
        var count = 0
        var isInterrupted = false
        func next() throws(CatalogError) -> Datum? {
            guard let row = try rows.next(from: &reader) else { return nil }
            count += 1
            if count % 1024 == 0 {
                isInterrupted = true
                try progress(ArchiveProgress(table: table.qualifiedName, rows: count, totalRows: archived.documentCount))
                isInterrupted = false
            }
            return row
        }
        var isWhole = false
        do throws(CatalogError) {
            if old == nil {
                try transaction.load(into: table, next)
            } else {
                try transaction.writeReferring(in: table) { transaction throws(CatalogError) in
                    while let row = try next() { try transaction.put(row, in: table, ignoringHook: true) }
                    isWhole = true
                }
            }
        } catch {
            guard error.kind != .malformedArchive, !isInterrupted else { throw error }
            let place = isWhole ? "" : ", line \(rows.line)"
            throw CatalogError(error.kind, "`\(archived.rows.path)`\(place): \(error.message)")
        }
        try archived.verify(count)
        // Indexes that the table has by now are kept; the others come after the rows, which fill whole pages without them.
        let current = try transaction.current(table)
        // Entries stand behind the table's id, and in a table that was there already an index may have the id by another name.
        let keepsIDs = old == nil && current.id == archived.id
        let added = archived.indexes.filter { current.index(named: $0.name) == nil }.map { keepsIDs ? $0 : $0.withNewID }
        for index in added { try indexEvaluators.check(index, of: current) }
        if !added.isEmpty { try transaction.store(current.indexes + added, of: current) }
        // The hook comes last: the rows have been through it.
        if let hook = archived.writeHook, hook != current.writeHook {
            var change = TableChange()
            change.writeHook = .some(hook)
            _ = try indexEvaluators.hook(of: current.with(change))
            _ = try transaction.change(current, change)
        }
        // Soft: an interrupted restore can resume from here.
        try transaction.commit(.soft)
        let done = ArchiveProgress(table: table.qualifiedName, rows: count, totalRows: count)
        try build(added, of: current) { () throws(CatalogError) in try progress(done) }
        try progress(done)
        return (count, old == nil)
    }

    /// - Parameter progress: called between batches.
    private func build(
        _ indexes: [IndexConfig], of table: TableConfig, _ progress: () throws(CatalogError) -> Void
    ) throws(CatalogError) {
        for index in indexes { while try !buildIndex(index.id, of: table) { try progress() } }
    }
}

/// What a restore has made for the tables to come: a database, or objects of one that was there.
private struct MadeDatabase {
    struct Object {
        let kind: String
        let name: String
    }

    let config: DatabaseConfig
    let isNew: Bool
    /// The ids of the tables that were there before.
    let tables: Set<String>
    let objects: [Object]
}

extension ArchiveContents.Table {
    /// Pando says exactly how many documents a table had.
    fileprivate func verify(_ count: Int) throws(CatalogError) {
        guard config != nil, let documentCount, documentCount != count else { return }
        throw TarReader.malformed("`\(rows.path)` has \(count) documents; there should be \(documentCount).")
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
        let isFree = try archived.id.map { id throws(CatalogError) in try !store.contains(CatalogKeys.tableID(id)) } ?? false
        return try add(
            TableConfig(
                id: (isFree ? archived.id : nil) ?? UUID.random().description, name: archived.name, databaseID: database.id,
                databaseName: database.name, primaryKey: archived.primaryKey, createdAt: config?.createdAt ?? WallClock.milliseconds,
                durability: config?.durability ?? .hard, shardCount: config?.shardCount ?? 1,
                writeAcknowledgement: config?.writeAcknowledgement ?? .majority, changeLog: config?.changeLog,
                expiryField: config?.expiryField, declaration: config?.declaration, comments: config?.comments,
                xml: config?.xml, relations: config?.relationForms))
    }

    /// Keeps the objects of a database that it has not got. Returns these.
    fileprivate mutating func add(_ objects: [Datum], to database: DatabaseConfig) throws(CatalogError) -> [MadeDatabase.Object] {
        var added: [MadeDatabase.Object] = []
        for object in objects {
            guard let kind = object[field: "kind"]?.string, let name = object[field: "name"]?.string,
                let content = object[field: "content"],
                try snapshot().object(kind, name, in: database) == nil
            else { continue }
            try putObject(kind, name, content, in: database)
            added.append(MadeDatabase.Object(kind: kind, name: name))
        }
        return added
    }
}
