import Ground

/// The contents of an archive, with everything but the rows read and checked.
struct ArchiveContents {
    struct Table {
        let name: String
        let primaryKey: String
        /// `nil` if the archive was not made by Pando.
        let config: TableConfig?
        /// The id that it had.
        let id: String?
        /// How many documents it had; of an archive that was not made by Pando, about as many.
        let documentCount: Int?
        let rows: TarReader.Member
        /// What the table had in its old home and can't have here.
        let leftOut: [String]
        let writeHook: String?
        /// The indexes to be built. They have the ids that they had, which are good in a table that has its old id as well.
        var indexes: [IndexConfig]
    }

    struct Database {
        let name: String
        /// `nil` if the archive was not made by Pando.
        let config: DatabaseConfig?
        /// The id that it had.
        let id: String?
        /// What it has besides tables, each with its kind, name and content.
        var objects: [Datum] = []
        /// In order of their names.
        var tables: [Table] = []
    }

    /// In order of their names.
    private(set) var databases: [Database] = []
    private(set) var notes: [String] = []
    /// An id that stands there twice is that of the first index.
    private var indexIDs: Set<String> = []

    /// Looks through the whole archive.
    init(
        _ input: ArchiveInput, _ functions: (any IndexFunctions)? = nil, progress: (ArchiveProgress) throws(CatalogError) -> Void = { _ in }
    ) throws(CatalogError) {
        var reader = try TarReader(input)
        var files: [String: Files] = [:]
        var names = Names()
        while let member = try reader.next() {
            if let file = try names.file(of: member) { try files[file.database, default: Files()].take(file, &reader) }
            try Self.pass(&reader, progress)
        }
        guard !names.areMissing else {
            throw TarReader.malformed("No file in it is named ROOT/DB/TABLE.json or ROOT/DB/TABLE.info.")
        }
        for (name, files) in files.sorted(by: { $0.key < $1.key }) { try add(databaseNamed: name, files, functions) }
        // What is missing may have stood behind the end; and who wants something restored should not be told that nothing was, and all is
        // well.
        if let note = notes.first, !reader.isClosed || databases.isEmpty {
            throw TarReader.malformed(reader.isClosed ? note : "It is cut off: it has no end. \(note)")
        }
    }

    /// Passes over rows, which takes its time if they are compressed.
    private static func pass(
        _ reader: inout TarReader, _ progress: (ArchiveProgress) throws(CatalogError) -> Void
    ) throws(CatalogError) {
        let step = ArchiveProgress(table: "", rows: 0, totalRows: nil)
        try progress(step)
        guard reader.isCompressed else { return }
        var next = reader.position + 4 << 20
        while case let piece = try reader.read(), piece.count > 0 {
            guard reader.position >= next else { continue }
            try progress(step)
            next = reader.position + 4 << 20
        }
    }

    // MARK: Contents

    private mutating func add(
        databaseNamed name: String, _ files: Files, _ functions: (any IndexFunctions)?
    ) throws(CatalogError) {
        let (config, tableConfigs) =
            try files.database.map { file throws(CatalogError) in try Self.configs(file, databaseNamed: name) } ?? (nil, [:])
        var tables: [Table] = []
        for (table, rows) in files.rows.sorted(by: { $0.key < $1.key }) {
            guard let info = files.infos[table] else {
                notes.append("`\(rows.path)` was left out: there is no `\(table).info` beside it.")
                continue
            }
            var table = try Self.table(table, rows: rows, info: info, tableConfigs[table], functions)
            table.indexes = table.indexes.map { indexIDs.insert($0.id).inserted ? $0 : $0.withNewID }
            tables.append(table)
        }
        for (table, info) in files.infos.sorted(by: { $0.key < $1.key }) where files.rows[table] == nil {
            notes.append("`\(info.member.path)` was left out: there is no `\(table).json` beside it.")
        }
        guard config != nil || !tables.isEmpty else { return }
        let id = config?.id ?? tables.lazy.compactMap { files.infos[$0.name]?.json[field: "db"]?[field: "id"]?.uuid }.first
        let objects = files.database?.json[field: "objects"]
        databases.append(
            Database(
                name: name, config: config, id: id, objects: objects.map { $0.kind == .array ? $0.elements.map(\.owned) : [] } ?? [],
                tables: tables))
    }

    private static func table(
        _ name: String, rows: TarReader.Member, info file: Files.Description, _ config: TableConfig?, _ functions: (any IndexFunctions)?
    ) throws(CatalogError) -> Table {
        let info = file.json
        guard let primaryKey = info[field: "primary_key"]?.string else {
            throw TarReader.malformed("`\(file.member.path)` has no string `primary_key`.")
        }
        var leftOut: [String] = []
        var indexes: [IndexConfig] = []
        if let config {
            indexes = config.indexes.map { index in
                let definition = index.definition.builtAnew
                // An id stays with what is indexed.
                let isKept = definition == index.definition && UUID.isText(index.id)
                return IndexConfig(
                    id: isKept ? index.id : UUID.random().description, name: index.name, definition, state: .building(through: []))
            }
        } else if let statuses = info[field: "indexes"], statuses.kind == .array {
            for status in statuses.elements {
                if let name = status[field: "index"]?.string, let blob = status[field: "function"]?.binary,
                    var definition = functions?.imported(blob)
                {
                    definition.isUnique = status[field: "unique"]?.bool ?? false
                    indexes.append(IndexConfig(name: name, definition, state: .building(through: [])))
                } else {
                    leftOut.append("the index `\(status[field: "index"]?.string ?? "?")`")
                }
            }
        }
        var writeHook = config?.writeHook
        if config == nil, let hook = info[field: "write_hook"], !hook.isNull {
            writeHook = hook[field: "function"]?.binary.flatMap { (functions as? any WriteHookFunctions)?.importedHook($0) }
            if writeHook == nil { leftOut.append("a write hook") }
        }
        let counts = info[field: "doc_count_estimates"].map { estimates in (0..<estimates.count).compactMap { estimates[$0].integer } }
        return Table(
            name: name, primaryKey: primaryKey, config: config, id: config?.id ?? info[field: "id"]?.uuid,
            documentCount: counts.flatMap { $0.isEmpty ? nil : $0.reduce(0, +) }, rows: rows, leftOut: leftOut,
            writeHook: writeHook, indexes: indexes)
    }

    /// What a `database.pando` says.
    private static func configs(
        _ file: Files.Description, databaseNamed name: String
    ) throws(CatalogError) -> (DatabaseConfig, [String: TableConfig]) {
        let path = file.member.path
        let tables = file.json[field: "tables"] ?? .emptyArray
        do throws(CatalogError) {
            let database = try DatabaseConfig(json: file.json, at: path)
            var configs: [String: TableConfig] = [:]
            for position in 0..<(tables.kind == .array ? tables.count : 0) {
                let table = try TableConfig(json: tables[position], databaseName: name, at: path)
                guard UUID.isText(table.id) else { throw TarReader.malformed("`\(path)` has an id that is not a UUID.") }
                configs[table.name] = table
            }
            guard UUID.isText(database.id) else { throw TarReader.malformed("`\(path)` has an id that is not a UUID.") }
            return (database, configs)
        } catch {
            throw error.kind == .corrupt ? TarReader.malformed("`\(path)` is not what Pando writes there.") : error
        }
    }
}

extension Datum {
    /// The text, if it is a UUID.
    fileprivate var uuid: String? { string.flatMap { UUID.isText($0) ? $0 : nil } }
}
