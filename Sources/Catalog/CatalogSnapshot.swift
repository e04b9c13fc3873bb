/// One state of the file: databases, tables and documents as they were when it was taken, whatever is written meanwhile.
///
/// Keeps pages from being used again while it lives, so let it go when done. Documents read from it keep it alive.
public final class CatalogSnapshot: Sendable {
    let store: KeyValueSnapshot
    /// The UUID of the file.
    public let fileID: String
    let configs: ConfigCache
    let indexEvaluators: IndexEvaluators

    init(_ store: KeyValueSnapshot, fileID: String, configs: ConfigCache, indexEvaluators: IndexEvaluators) {
        self.store = store
        self.configs = configs
        self.fileID = fileID
        self.indexEvaluators = indexEvaluators
    }

    /// The commit that this state is of; grows with each commit.
    public var transaction: UInt64 { store.transaction }

    // MARK: Databases and tables

    /// All databases in order of their names. A prefix scan.
    public func databases() throws(CatalogError) -> [DatabaseConfig] {
        if let only = configs.onlyDatabase { return try database(only).map { [$0] } ?? [] }
        return try collect(CatalogKeys.databases) { key, json throws(CatalogError) in try DatabaseConfig(json: json, at: key) }
    }

    /// The database of that name, or `nil`. Cached.
    public func database(_ name: String) throws(CatalogError) -> DatabaseConfig? {
        if let only = configs.onlyDatabase, only != name { return nil }
        if let known = configs.database(name, at: store.metadataNumber) {
            store.notes?.note(CatalogKeys.database(named: name))
            return known
        }
        guard let value = try store.get(CatalogKeys.database(named: name)) else { return nil }
        let key = CatalogKeys.databases + name
        let database = try DatabaseConfig(json: try value.config(at: key), at: key)
        configs.remember(database, at: store.metadataNumber)
        return database
    }

    /// The tables of a database in order of their names. A prefix scan.
    public func tables(in database: DatabaseConfig) throws(CatalogError) -> [TableConfig] {
        try collect(CatalogKeys.tablesPrefix(ofDatabaseNamed: database.name)) { key, json throws(CatalogError) in
            try TableConfig(json: json, databaseName: database.name, at: key)
        }
    }

    /// The table of that name, or `nil`. Cached.
    public func table(_ name: String, in database: DatabaseConfig) throws(CatalogError) -> TableConfig? {
        let qualifiedName = "\(database.name).\(name)"
        if let known = configs.table(qualifiedName, at: store.metadataNumber) {
            store.notes?.note(CatalogKeys.table(named: name, inDatabaseNamed: database.name))
            return known
        }
        guard let value = try store.get(CatalogKeys.table(named: name, inDatabaseNamed: database.name)) else { return nil }
        let key = CatalogKeys.tables + qualifiedName
        let table = try TableConfig(json: try value.config(at: key), databaseName: database.name, at: key)
        configs.remember(table, at: store.metadataNumber)
        return table
    }

    /// The table of that name if it was read lately; `nil` says nothing.
    package func knownTable(_ name: String, inDatabaseNamed database: String) -> TableConfig? {
        configs.table("\(database).\(name)", at: store.metadataNumber)
    }

    /// The database with that id, or `nil`.
    public func database(id: String) throws(CatalogError) -> DatabaseConfig? {
        guard let name = try store.get(CatalogKeys.databaseID(id))?.text else { return nil }
        return try database(name)
    }

    /// The table with that id, or `nil`.
    public func table(id: String) throws(CatalogError) -> TableConfig? {
        guard let parts = try store.get(CatalogKeys.tableID(id))?.text.split(separator: ".", maxSplits: 1).map(String.init),
            parts.count == 2, let database = try database(parts[0])
        else { return nil }
        return try table(parts[1], in: database)
    }

    /// What was stored with ``CatalogTransaction/putSetting(_:_:)``.
    public func setting(_ name: String) throws(CatalogError) -> Datum? {
        try store.get(CatalogKeys.setting(named: name)).map { value throws(CatalogError) in
            try value.config(at: CatalogKeys.settings + name)
        }
    }

    /// What a floor above has made of databases, tables and other metadata: one object of each type for all states with the same metadata.
    /// It may be filled by whoever has it, from a state that it was had of.
    package func derived<Kind: AnyObject & Sendable>(_ make: () -> Kind) -> Kind { configs.derived(at: store.metadataNumber, make) }

    /// The same state, for what only helps to choose a way: whether that has changed meanwhile is nothing to a transaction.
    package var unnoted: CatalogSnapshot {
        guard store.notes != nil else { return self }
        var store = store
        store.notes = nil
        return CatalogSnapshot(store, fileID: fileID, configs: configs, indexEvaluators: indexEvaluators)
    }

    /// The same state with what a transaction has changed and keeps beside the tree.
    func with(_ changes: ChangesBeside) -> CatalogSnapshot {
        var store = store
        store.beside = changes
        return CatalogSnapshot(store, fileID: fileID, configs: configs, indexEvaluators: indexEvaluators)
    }

    func collect<Config>(
        _ prefix: String, _ read: (_ key: String, _ json: Datum) throws(CatalogError) -> Config
    ) throws(CatalogError) -> [Config] {
        var configs: [Config] = []
        var cursor = try store.cursor(.prefix(prefix))
        while try cursor.next() {
            let key = String(decoding: cursor.keyBytes, as: UTF8.self)
            configs.append(try read(key, try cursor.value.config(at: key)))
        }
        return configs
    }

    // MARK: Documents

    /// The document with that primary key, or `nil`. It is read lazily from the page and keeps the snapshot alive.
    /// Throws `.keyNull`, `.invalidKey` or `.keyTooLong` if `key` can't be a primary key.
    public func get(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Datum? {
        try store.get(try table.documentKey(for: key))?.document
    }

    /// The document with that primary key, or null, if it is kept here and an engine need not be asked; else nil.
    package func kept(_ key: Datum, in table: TableConfig) throws(CatalogError) -> Datum? {
        guard let known = store.keptValue(try table.documentKey(for: key)) else { return nil }
        return try known?.document ?? .null
    }

    /// Has documents be kept for ``kept(_:in:)``, by one trip to the engine for all that are not. Those that are large are not.
    package func keep(_ documents: [(key: Datum, table: TableConfig)]) throws(CatalogError) {
        // Of what is no key is told when it is asked for.
        _ = try store.keptValues(documents.compactMap { try? $0.table.documentKey(for: $0.key) })
    }

    /// Documents of several keys, null where there is none, by one trip to the engine for all that are not kept; from then on they are. Nil of
    /// those that are large, and of what is no key.
    package func fetched(_ documents: [(key: Datum, table: TableConfig)]) throws(CatalogError) -> [Datum?] {
        let keys = documents.map { try? $0.table.documentKey(for: $0.key) }
        var found: [Datum?] = keys.map { _ in nil }
        let places = keys.indices.filter { keys[$0] != nil }
        for (place, value) in zip(places, try store.keptValues(keys.compactMap { $0 })) {
            if let value { found[place] = try value?.document ?? .null }
        }
        return found
    }

    /// The documents of several keys, which are fetched together, as ``get(_:in:)``.
    package func get(_ keys: [Datum], in table: TableConfig) throws(CatalogError) -> [Datum?] {
        var bytes: [[UInt8]] = []
        bytes.reserveCapacity(keys.count)
        for key in keys { bytes.append(try table.documentKey(for: key)) }
        var values: [StoredValue?] = []
        try store.get(bytes[...], to: &values)
        var documents: [Datum?] = []
        documents.reserveCapacity(keys.count)
        for value in values { documents.append(try value?.document) }
        return documents
    }

    /// For documents whose keys are known before they are read; nil where they are at hand.
    package var documentsAhead: DocumentsAhead? { store.documentsAhead }

    /// The document with that primary key, or `nil`, as ``get(_:in:)``.
    ///
    /// - Parameter following: keys of documents that will be asked for next, at most so many.
    package func get(
        _ key: Datum, in table: TableConfig, _ ahead: DocumentsAhead?, _ following: (Int) -> [Datum]
    ) throws(CatalogError) -> Datum? {
        try store.get(try table.documentKey(for: key), ahead) { count in
            // What is no key is told of when it is asked for.
            following(count).compactMap { try? table.documentKey(for: $0) }
        }?.document
    }

    /// How many documents the table has. O(log n), exact.
    public func documentCount(in table: TableConfig) throws(CatalogError) -> Int {
        try count(in: table, .all)
    }

    /// About how many documents the table has, to choose a way by: exact with a file, and not long out of date with an engine, where counting
    /// takes time. Nothing that a transaction rests on.
    package func roughDocumentCount(in table: TableConfig) throws(CatalogError) -> Int { try roughCount(in: table, .all) }

    /// The same of those that have a key within the bounds.
    package func roughCount(in table: TableConfig, _ bounds: KeyBounds) throws(CatalogError) -> Int {
        let interval = try table.interval(of: bounds)
        return interval.isEmpty ? 0 : try store.roughCount(interval)
    }

    /// How many documents have a key within the bounds. O(log n), exact.
    public func count(in table: TableConfig, _ bounds: KeyBounds) throws(CatalogError) -> Int {
        let interval = try table.interval(of: bounds)
        return interval.isEmpty ? 0 : try store.count(interval)
    }

    /// The document at position `n`, from 0, among those within the bounds; `nil` if there are fewer. O(log n).
    public func nth(
        _ n: Int, in table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false
    ) throws(CatalogError) -> Datum? {
        let interval = try table.interval(of: bounds)
        guard n >= 0, !interval.isEmpty else { return nil }
        let index = reversed ? try store.count(interval) - 1 - n : n
        return index < 0 ? nil : try store.nth(index, in: interval)?.document
    }

    /// The documents within the bounds, by key upwards, or downwards if `reversed`.
    public func documents(
        in table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false
    ) throws(CatalogError) -> DocumentCursor {
        DocumentCursor(try store.cursor(try table.interval(of: bounds), reversed: reversed, forgets: true))
    }
}

/// Goes through documents in key order. Holds its snapshot. For one thread at a time.
public final class DocumentCursor {
    private var cursor: KeyValueCursor

    init(_ cursor: consuming KeyValueCursor) {
        self.cursor = cursor
    }

    /// The next document, read lazily from its page; `nil` at the end.
    public func next() throws(CatalogError) -> Datum? {
        try cursor.nextDocument()
    }

    /// Passes over the next `n` documents, or all that are left if they are fewer. O(log n).
    public func skip(_ n: Int) throws(CatalogError) {
        try cursor.skip(n)
    }
}
