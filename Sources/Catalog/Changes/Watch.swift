/// The part of a table that is watched.
public struct WatchRequest: Sendable {
    public enum Scope: Sendable {
        /// The document with this primary key, whether or not there is one now.
        case document(Datum)
        /// All documents with keys within the bounds.
        case documents(KeyBounds)
        /// Only whether the table, or one of its indexes, is dropped.
        case nothing
    }

    public let table: TableConfig
    public let scope: Scope

    public init(_ table: TableConfig, _ scope: Scope) {
        self.table = table
        self.scope = scope
    }
}

/// A receiver's place among those who hear of commits. Letting it go ends the watching.
public final class Watch: Sendable {
    private let catalog: Catalog
    private let registrations: [WatchRegistration]

    fileprivate init(_ catalog: Catalog, _ registrations: [WatchRegistration]) {
        self.catalog = catalog
        self.registrations = registrations
    }

    deinit {
        catalog.watchers.remove(registrations)
    }

    /// The newest state. The receiver is told where in the series of commits it stands: by ``WatchEvent/renewed`` from the first
    /// source. Waits for an open write transaction.
    public func renew() throws(CatalogError) -> CatalogSnapshot {
        guard let first = registrations.first else { preconditionFailure("a watch has at least one request") }
        return try catalog.betweenCommits { (catalog, _) throws(CatalogError) in
            let snapshot = try catalog.snapshot()
            catalog.watchers.announceRenewal(to: first)
            return snapshot
        }
    }
}

extension Catalog {
    /// Begins to tell `receiver` of the commits that change what was asked for.
    ///
    /// The snapshot shows the state before the first commit that is told: between the two nothing is missing and nothing is
    /// double. Waits for an open write transaction, so don't call it from inside one. Throws `.tableNotFound`, `.readOnly` (another
    /// process writes, and nobody here hears of its commits), `.closed`, or what is wrong with a key.
    ///
    /// - Returns: The tables as the snapshot has them: they may have got other names.
    public func watch(
        _ requests: [WatchRequest], _ receiver: any ChangeReceiver
    ) throws(CatalogError) -> (watch: Watch, snapshot: CatalogSnapshot, tables: [TableConfig]) {
        try betweenCommits(watching: Set(requests.map(\.table.id))) { (catalog, transaction) throws(CatalogError) in
            var tables: [TableConfig] = []
            var registrations: [WatchRegistration] = []
            for (source, request) in requests.enumerated() {
                let table = try transaction.current(request.table)
                tables.append(table)
                registrations.append(WatchRegistration(receiver, source: source, table: table.id, try WatchedKeys(request)))
            }
            let snapshot = try catalog.snapshot()
            catalog.watchers.add(registrations)
            return (Watch(catalog, registrations), snapshot, tables)
        }
    }

    /// How many follow the changes of some tables.
    package func followerCount(of tables: [TableConfig]) -> Int { watchers.receiverCount(ofTables: tables.map(\.id)) }

    /// Begins to tell `receiver`, as its source 0, of commits that change what there is beside documents. Throws as ``watch(_:_:)``.
    public func watchMetadata(_ receiver: any ChangeReceiver) throws(CatalogError) -> Watch {
        try betweenCommits(watching: [Watchers.metadata]) { (catalog, _) throws(CatalogError) in
            let registration = WatchRegistration(receiver, source: 0, table: Watchers.metadata, .none)
            catalog.watchers.add([registration])
            return Watch(catalog, [registration])
        }
    }

    /// Runs `body` while no transaction is open, nor another commit on its way.
    ///
    /// - Parameter names: the ids of tables that `body` begins to watch, which other processes have to know before.
    fileprivate func betweenCommits<Result>(
        watching names: Set<String> = [], _ body: (Catalog, borrowing CatalogTransaction) throws(CatalogError) -> Result
    ) throws(CatalogError) -> Result {
        guard !isReadOnly else {
            throw CatalogError(
                .readOnly,
                "A file that is opened to be read has no feeds: only the process that writes it hears of changes. Follow them there, "
                    + "over HTTP or by a driver.")
        }
        if writesBesideOthers, !othersNews.hasDeclared(names) { try othersNews.declare(names, self) }
        var transaction = try beginWrite()
        // It is a moment ago that they were told, but it may have been taken back since.
        while writesBesideOthers, !othersNews.hasDeclared(names) {
            transaction.rollback()
            try othersNews.declare(names, self)
            transaction = try beginWrite()
        }
        let result = try body(self, transaction)
        transaction.rollback()
        if store.engine != nil, !writesBesideOthers { othersNews.ask(self) }
        return result
    }
}

/// The documents of a table that are watched, by what stands behind `docs:` in their tree keys: what stands before changes when the table
/// moves to another database.
enum WatchedKeys: Sendable {
    case one([UInt8])
    case interval(KeyInterval)
    case none

    init(_ request: WatchRequest) throws(CatalogError) {
        let table = request.table
        switch request.scope {
        case .document(let key): self = .one(table.part(of: try table.documentKey(for: key)))
        case .documents(let bounds):
            let interval = try table.interval(of: bounds)
            if interval.isEmpty {
                self = .none
            } else {
                // What is not below all keys with the prefix is above them all.
                let upper = interval.upper.flatMap { $0.starts(with: table.documentsPrefix) ? table.part(of: $0) : nil }
                self = .interval(KeyInterval(lower: table.part(of: interval.lower), upper: upper))
            }
        case .nothing: self = .none
        }
    }
}

/// One request of a watch.
final class WatchRegistration: Sendable {
    let receiver: any ChangeReceiver
    let source: Int
    /// The table's id.
    let table: String
    let keys: WatchedKeys

    init(_ receiver: any ChangeReceiver, source: Int, table: String, _ keys: WatchedKeys) {
        self.receiver = receiver
        self.source = source
        self.table = table
        self.keys = keys
    }
}
