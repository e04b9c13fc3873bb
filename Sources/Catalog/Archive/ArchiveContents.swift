/// What an archive holds, with everything but the rows read and checked.
struct ArchiveContents {
    struct Table {
        let name: String
        let primaryKey: String
        /// `nil` if the archive was not made by Pando.
        let config: TableConfig?
        let documentCount: Int?
        let rows: TarIndex.Member
        /// What the table had in its old home and can't have here.
        let leftOut: [String]
        let writeHook: String?
        /// The indexes to be built, new ones under the old names.
        let indexes: [IndexConfig]
    }

    struct Database {
        let name: String
        /// `nil` if the archive was not made by Pando.
        let config: DatabaseConfig?
        /// In order of their names.
        var tables: [Table] = []
    }

    /// In order of their names.
    private(set) var databases: [Database] = []
    private(set) var notes: [String] = []

    init(_ input: ArchiveInput, _ functions: (any IndexFunctions)? = nil) throws(CatalogError) {
        let index = try TarIndex(input)
        let files = try Self.files(in: index)
        guard index.members.isEmpty || !files.isEmpty else {
            throw TarIndex.malformed("No file in it is named ROOT/DB/TABLE.json or ROOT/DB/TABLE.info.")
        }
        for (name, files) in files.sorted(by: { $0.key < $1.key }) {
            try add(databaseNamed: name, files, input, functions)
        }
    }

    // MARK: Names

    /// The files of one database, by the name before the extension.
    fileprivate struct Files {
        var rows: [String: TarIndex.Member] = [:]
        var infos: [String: TarIndex.Member] = [:]
        var database: TarIndex.Member?
    }

    /// The files that matter, by database. There must be one root for all, and three parts to every path.
    private static func files(in index: TarIndex) throws(CatalogError) -> [String: Files] {
        var found: [String: Files] = [:]
        var root: String?
        for member in index.members {
            let parts = member.path.split(separator: "/").filter { $0 != "." }.map(String.init)
            if parts.contains("..") { continue }
            guard parts.count == 3 else {
                throw TarIndex.malformed("`\(member.path.abbreviated)` is not of the form ROOT/DB/FILE.")
            }
            guard root == nil || root == parts[0] else {
                throw TarIndex.malformed("It has two roots, `\(root!.abbreviated)` and `\(parts[0].abbreviated)`.")
            }
            root = parts[0]
            try found[parts[1], default: Files()].take(member, named: parts[2])
            if let files = found[parts[1]], files.isEmpty { found[parts[1]] = nil }
        }
        return found
    }

    // MARK: Contents

    private mutating func add(databaseNamed name: String, _ files: Files, _ input: ArchiveInput, _ functions: (any IndexFunctions)?)
        throws(CatalogError)
    {
        let (config, tableConfigs) =
            try files.database.map { member throws(CatalogError) in
                try Self.configs(at: member, databaseNamed: name, input)
            } ?? (nil, [:])
        var database = Database(name: name, config: config)
        for (table, rows) in files.rows.sorted(by: { $0.key < $1.key }) {
            guard let info = files.infos[table] else {
                notes.append("`\(rows.path)` was left out: there is no `\(table).info` beside it.")
                continue
            }
            database.tables.append(try Self.table(table, rows: rows, info: info, tableConfigs[table], input, functions))
        }
        for (table, info) in files.infos.sorted(by: { $0.key < $1.key }) where files.rows[table] == nil {
            notes.append("`\(info.path)` was left out: there is no `\(table).json` beside it.")
        }
        if config != nil || !database.tables.isEmpty { databases.append(database) }
    }

    private static func table(
        _ name: String, rows: TarIndex.Member, info member: TarIndex.Member, _ config: TableConfig?, _ input: ArchiveInput,
        _ functions: (any IndexFunctions)?
    ) throws(CatalogError) -> Table {
        let info = try json(at: member, input)
        guard let primaryKey = info[field: "primary_key"]?.string else {
            throw TarIndex.malformed("`\(member.path)` has no string `primary_key`.")
        }
        var leftOut: [String] = []
        var indexes: [IndexConfig] = []
        if let config {
            // The copies get ids of their own: the old ones may still be there.
            indexes = config.indexes.map {
                IndexConfig(name: $0.name, $0.definition, state: .building(through: []))
            }
        } else if let statuses = info[field: "indexes"], statuses.kind == .array {
            for status in statuses.elements {
                if let name = status[field: "index"]?.string, let blob = status[field: "function"]?.binary,
                    let definition = functions?.imported(blob)
                {
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
            name: name, primaryKey: primaryKey, config: config,
            documentCount: counts.flatMap { $0.isEmpty ? nil : $0.reduce(0, +) }, rows: rows, leftOut: leftOut,
            writeHook: writeHook, indexes: indexes)
    }

    /// Reads a `database.pando`.
    private static func configs(
        at member: TarIndex.Member, databaseNamed name: String, _ input: ArchiveInput
    ) throws(CatalogError) -> (DatabaseConfig, [String: TableConfig]) {
        let json = try json(at: member, input)
        let tables = json[field: "tables"] ?? .emptyArray
        do throws(CatalogError) {
            let database = try DatabaseConfig(json: json, at: member.path)
            var configs: [String: TableConfig] = [:]
            for position in 0..<(tables.kind == .array ? tables.count : 0) {
                let table = try TableConfig(json: tables[position], databaseName: name, at: member.path)
                guard Identifier.isUUID(table.id) else { throw TarIndex.malformed("`\(member.path)` has an id that is no UUID.") }
                configs[table.name] = table
            }
            guard Identifier.isUUID(database.id) else { throw TarIndex.malformed("`\(member.path)` has an id that is no UUID.") }
            return (database, configs)
        } catch {
            throw error.kind == .corrupt ? TarIndex.malformed("`\(member.path)` is not what Pando writes there.") : error
        }
    }

    /// Configs are small; what claims to be one and is larger is not read into memory.
    private static let largestConfig: UInt64 = 64 << 20

    private static func json(at member: TarIndex.Member, _ input: ArchiveInput) throws(CatalogError) -> Datum {
        guard member.byteCount <= largestConfig else {
            throw TarIndex.malformed("`\(member.path)` has \(member.byteCount) bytes, more than a description needs.")
        }
        let bytes = try input.read(at: member.offset, count: Int(member.byteCount))
        do throws(JSONError) {
            return try Datum(json: bytes.span)
        } catch {
            throw TarIndex.malformed(member, error)
        }
    }
}

extension ArchiveContents.Files {
    fileprivate var isEmpty: Bool { rows.isEmpty && infos.isEmpty && database == nil }

    /// Sorts a file by its extension; others than those that matter are passed over.
    fileprivate mutating func take(_ member: TarIndex.Member, named fileName: String) throws(CatalogError) {
        guard let dot = fileName.lastIndex(of: ".") else { return }
        let name = String(fileName[..<dot])
        switch fileName[fileName.index(after: dot)...] {
        case ArchiveNames.database: database = member
        case ArchiveNames.info:
            guard infos.updateValue(member, forKey: name) == nil else { throw twice(member) }
        case ArchiveNames.rows:
            guard rows.updateValue(member, forKey: name) == nil else { throw twice(member) }
        case ArchiveNames.csv:
            throw TarIndex.malformed("`\(member.path)` holds CSV; only JSON can be restored. Use `pando import --format csv`.")
        default: break
        }
    }

    private func twice(_ member: TarIndex.Member) -> CatalogError {
        TarIndex.malformed("`\(member.path)` stands in it twice.")
    }
}
