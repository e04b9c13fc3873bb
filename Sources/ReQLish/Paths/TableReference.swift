/// A table as one snapshot has it.
final class TableReference {
    let config: TableConfig
    let database: DatabaseConfig
    let snapshot: CatalogSnapshot
    /// Whether it is the table as it was in a state of the past, which can only be read. Whoever has one may read it.
    let isPast: Bool
    /// Where the rows come from if this is a table of the system database.
    let system: SystemRows?
    private let access: Access
    private var isReadable: Bool
    /// Whether a filter or an order may go by an index that the query doesn't name.
    let usesIndexes: Bool
    /// Which fields its indexes are of.
    let indexFields: IndexFields
    private let reads: ReadTally?
    private var documentsRead = 0

    init(
        _ config: TableConfig, in database: DatabaseConfig, snapshot: CatalogSnapshot, access: Access, usesIndexes: Bool = true,
        indexFields: IndexFields = IndexFields(), reads: ReadTally? = nil, isPast: Bool = false
    ) {
        self.isPast = isPast
        self.usesIndexes = usesIndexes
        self.indexFields = indexFields
        self.reads = reads
        self.config = config
        self.database = database
        self.snapshot = snapshot
        self.access = access
        system = nil
        isReadable = isPast || access.mayDoEverything
    }

    /// A table of the system database.
    init(_ rows: SystemRows) {
        isPast = false
        usesIndexes = false
        indexFields = IndexFields()
        reads = nil
        config = rows.table.config
        database = SystemDatabase.config
        snapshot = rows.view.snapshot
        access = rows.view.access
        system = rows
        isReadable = access.mayDoEverything
    }

    deinit {
        if documentsRead > 0 { reads?.counters.addRead(documentsRead, ofTable: config.id) }
    }

    /// Counts documents that were read.
    func countRead(_ count: Int = 1) {
        documentsRead += count
        reads?.documentCount += count
    }

    /// Reads a document, if there is one, and counts it.
    @inline(__always) func counting(_ read: @autoclosure () throws(CatalogError) -> Datum?) throws(ReQLError) -> Datum? {
        guard let document = try reading(read()) else { return nil }
        countRead()
        return document
    }

    /// Throws if the user may not read rows of the table. Every way to a row calls this.
    func checkRead(at site: Site = .root) throws(ReQLError) {
        if isReadable { return }
        if let system {
            try access.require(system.need, of: system.table, in: snapshot, at: site)
        } else {
            try access.require(.read, PermissionScope(config), in: snapshot, at: site)
        }
        isReadable = true
    }

    /// The row with that key; nil if there is none.
    ///
    /// - Parameter following: keys of rows that will be asked for next, at most so many.
    func get(
        _ key: Datum, at site: Site, _ ahead: DocumentsAhead? = nil, following: (Int) -> [Datum] = { _ in [] }
    ) throws(ReQLError) -> Datum? {
        try checkRead(at: site)
        if let system { return try site.locating(system.get(key)) }
        guard let document = try site.reading(snapshot.get(key, in: config, ahead, following)) else { return nil }
        countRead()
        return document
    }

    /// Throws for a table of the past, to which none of what changes tables applies.
    func checkPresent(at site: Site) throws(ReQLError) {
        guard isPast else { return }
        throw site.error(.queryLogic, "Table `\(qualifiedName)` as of a state of the past can only be read; leave `as_of` out.")
    }

    /// `database.table`, as messages show it.
    var qualifiedName: String { config.qualifiedName }

    /// Whether there is no index of that name.
    func isMissing(_ name: String) -> Bool { name != config.primaryKey && config.index(named: name) == nil }

    /// The index of that name; nil for the primary one.
    ///
    /// - Parameter geo: Whether a geo index is wanted; throws for one of the other kind.
    func index(_ name: String, at site: Site, geo: Bool = false) throws(ReQLError) -> IndexConfig? {
        try checkRead(at: site)
        if name == config.primaryKey { return nil }
        guard let index = config.index(named: name) else {
            throw site.error(.operationFailed, "Index `\(name)` was not found on table `\(qualifiedName)`.")
        }
        try checkReady(index, at: site)
        guard !index.isText else {
            throw site.error(.queryLogic, "Index `\(name)` is a text index, which only `search` and `getAll` read.")
        }
        guard index.isGeo == geo else {
            throw site.error(
                .queryLogic,
                geo
                    ? "Index `\(name)` is not a geo index; `indexCreate` makes one with {geo: true}."
                    : "Index `\(name)` is a geo index, which only `getIntersecting` and `getNearest` read.")
        }
        return index
    }

    /// Throws if an index is being built: it may be the one that something needs.
    func checkAllReady(at site: Site) throws(ReQLError) {
        for index in config.indexes { try checkReady(index, at: site) }
    }

    private func checkReady(_ index: IndexConfig, at site: Site) throws(ReQLError) {
        if let failure = index.failure { throw site.error(.operationFailed, "\(failure) Drop it and make it anew.") }
        guard index.isReady else {
            throw site.error(
                .operationFailed, "Index `\(index.name)` on table `\(qualifiedName)` is still being built. `indexWait` waits for it.")
        }
    }

    /// The text index of that name; of no name, the only one.
    func textIndex(_ name: String?, at site: Site) throws(ReQLError) -> IndexConfig {
        try checkRead(at: site)
        guard let name else {
            let texts = config.textIndexes
            guard texts.count <= 1 else {
                throw site.error(
                    .queryLogic,
                    "Table `\(qualifiedName)` has several text indexes: name one of \(config.textIndexNames) in the option `index`.")
            }
            guard let only = texts.first else {
                throw site.error(
                    .operationFailed, "Table `\(qualifiedName)` has no text index; `indexCreate` makes one with {text: \"english\"}.")
            }
            try checkReady(only, at: site)
            return only
        }
        guard let index = config.index(named: name) else {
            throw site.error(.operationFailed, config.missingTextIndex(name))
        }
        guard index.isText else {
            throw site.error(.queryLogic, "Index `\(name)` is not a text index; `indexCreate` makes one with {text: \"english\"}.")
        }
        guard !index.isOfLexemes else {
            throw site.error(.queryLogic, "Index `\(name)` was made by SQL, which alone searches it, by `@@`.")
        }
        try checkReady(index, at: site)
        return index
    }

    /// How many entries there are within the bounds. Reads them only where the values are too long for the index.
    func entryCount(of index: IndexConfig, _ bounds: KeyBounds, at site: Site) throws(ReQLError) -> Int {
        try entryCount(of: index, bounds, in: snapshot, at: site)
    }

    /// - Parameter snapshot: the table's own, or the same unnoted.
    func entryCount(of index: IndexConfig, _ bounds: KeyBounds, in snapshot: CatalogSnapshot, at site: Site) throws(ReQLError) -> Int {
        if let count = try site.reading(snapshot.entryCount(of: index, in: config, bounds)) { return count }
        let cursor = try site.reading(snapshot.entries(of: index, in: config, bounds))
        var count = 0
        while try site.reading(cursor.next()) != nil { count += 1 }
        return count
    }
}

extension TableConfig {
    /// Those that ReQL searches.
    fileprivate var textIndexes: [IndexConfig] { indexes.filter { $0.isText && !$0.isOfLexemes } }

    fileprivate var textIndexNames: String { textIndexes.map { "`\($0.name)`" }.sorted().joined(separator: ", ") }

    /// What is said of a text index that isn't there.
    package func missingTextIndex(_ name: String) -> String {
        let names = textIndexNames
        return "Index `\(name)` was not found on table `\(qualifiedName)`.\(names.isEmpty ? "" : " Its text indexes: \(names).")"
    }
}
