package import Catalog
import Ground
import Synchronization

/// What one account, or one database, may have of what all share, as the table `limits` says it: requests a second, memory,
/// connections. A change holds from the next request, query and connection on.
package final class Limits: Sendable {
    package enum Owner: Sendable, Hashable {
        case account(String)
        /// By its id.
        case database(String)
    }

    /// What is set for an owner; nil sets nothing.
    struct Entry: Sendable, Hashable {
        var rate: Double?
        var memory: Int?
        var connections: Int?
    }

    /// What an owner with an entry has at the moment.
    package struct Usage: Sendable {
        package let owner: Owner
        package let memoryByteCount: Int
        package let connectionCount: Int
        package let refusalCount: Int
    }

    /// An owner has sent as many requests as it may.
    package struct Refusal: Sendable {
        package let owner: String
        /// Until there may be another one.
        package let seconds: Double

        package var message: String {
            "There are more requests of \(owner) than there may be; try again in \(Int(min(seconds, 86_400).rounded(.up))) s."
        }
    }

    private final class Share: Sendable {
        let entry: Entry
        let memory: MemoryPool
        /// How to call it in a refusal.
        let name: String
        let refusals: Counter

        init(_ entry: Entry, _ name: String, memory: MemoryPool, refusals: Counter) {
            self.entry = entry
            self.name = name
            self.memory = memory
            self.refusals = refusals
        }
    }

    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    private struct State: Sendable {
        var shares: [Owner: Share] = [:]
        /// Also of owners without an entry, which may get one.
        var connections: [Owner: Int] = [:]
    }

    static let setting = "limits"

    private let catalog: Catalog
    private let pool: MemoryPool
    private let buckets = RateLimiter(rate: 0)
    private let state = Mutex(State())
    /// Of the metadata that the shares were made from.
    private let version = Atomic<Int>(-1)
    private let hasAny = Atomic<Bool>(false)
    private let hasDatabaseEntries = Atomic<Bool>(false)

    init(_ catalog: Catalog, pool: MemoryPool) {
        self.catalog = catalog
        self.pool = pool
    }

    // MARK: Entries

    /// Whether anybody has a limit.
    private var isOn: Bool {
        let newest = catalog.metadataVersion
        if version.load(ordering: .acquiring) != newest { read(newest) }
        return hasAny.load(ordering: .relaxed)
    }

    /// Whether a database has a limit: then who asks for its documents without a query has to say so, too.
    package var concernDatabases: Bool { isOn && hasDatabaseEntries.load(ordering: .relaxed) }

    private func read(_ newest: Int) {
        guard let snapshot = try? catalog.snapshot(), let entries = try? Self.entries(in: snapshot) else { return }
        state.withLock { state in
            var shares: [Owner: Share] = [:]
            for (owner, entry) in entries {
                if let share = state.shares[owner], share.entry == entry {
                    shares[owner] = share
                    continue
                }
                let (old, name) = (state.shares[owner], Self.name(of: owner, snapshot))
                // An account's queries count for all; a database's count for their accounts besides.
                let memory = old?.memory ?? MemoryPool(limit: .max, owner: name, of: owner.isAccount ? pool : nil)
                memory.limit = entry.memory ?? .max
                shares[owner] = Share(entry, name, memory: memory, refusals: old?.refusals ?? Counter())
            }
            state.shares = shares
        }
        hasAny.store(!entries.isEmpty, ordering: .relaxed)
        hasDatabaseEntries.store(entries.keys.contains { !$0.isAccount }, ordering: .relaxed)
        version.store(newest, ordering: .releasing)
    }

    private static func name(of owner: Owner, _ snapshot: CatalogSnapshot) -> String {
        switch owner {
        case .account(let name): "the account `\(name)`"
        case .database(let id): "the database `\((try? snapshot.database(id: id))?.name ?? id)`"
        }
    }

    static func entries(in snapshot: CatalogSnapshot) throws(CatalogError) -> [Owner: Entry] {
        guard let stored = try snapshot.setting(setting), stored.kind == .array else { return [:] }
        var entries: [Owner: Entry] = [:]
        for row in stored.elements {
            guard let owner = Owner(row[field: "id"] ?? .null) else { continue }
            entries[owner] = Entry(row)
        }
        return entries
    }

    /// The most sessions of PostgreSQL clients in a database; nil if there is no limit.
    package static func connections(of database: DatabaseConfig, in snapshot: CatalogSnapshot) throws(CatalogError) -> Int? {
        try entries(in: snapshot)[.database(database.id)]?.connections
    }

    /// Sets it, beside what else is set for the database.
    package static func setConnections(
        _ count: Int?, of database: DatabaseConfig, in transaction: inout CatalogTransaction
    ) throws(CatalogError) {
        let id = Datum(elements: ["database", Datum(database.id)])
        var rows = try transaction.snapshot().setting(setting).map { Array($0.elements) } ?? []
        let place = rows.firstIndex { $0[field: "id"] == id }
        var fields = place.map { rows.remove(at: $0).fields.filter { $0.0 != "connections" } } ?? [("id", id)]
        if let count { fields.append(("connections", Datum(count))) }
        if fields.count > 1 { rows.append(Datum(fields: fields)) }
        try transaction.putSetting(setting, Datum(elements: rows))
    }

    private func share(_ owner: Owner) -> Share? { state.withLock { $0.shares[owner] } }

    // MARK: What is asked for

    /// A request of an account comes.
    package func takeRequest(of account: String) -> Refusal? { isOn ? takeRequest(.account(account)) : nil }

    /// A request for a database comes. One that is not there has no limit.
    package func takeRequest(database name: String) -> Refusal? {
        guard concernDatabases, let database = try? catalog.snapshot().database(name) else { return nil }
        return takeRequest(.database(database.id))
    }

    private func takeRequest(_ owner: Owner) -> Refusal? {
        guard let share = share(owner), let rate = share.entry.rate else { return nil }
        guard let seconds = buckets.take(for: owner.key, rate: rate, at: .now) else { return nil }
        share.refusals.count.add(1, ordering: .relaxed)
        return Refusal(owner: share.name, seconds: seconds)
    }

    /// What the memory of an account's queries is part of.
    package func memoryPool(of account: String?) -> MemoryPool {
        guard isOn, let account, let share = share(.account(account)) else { return pool }
        return share.memory
    }

    /// A query has to do with a database: one more request of it, and the query's memory is its memory.
    package func enter(_ database: DatabaseConfig, _ memory: QueryMemory) throws(ReQLError) {
        guard concernDatabases else { return }
        if let refusal = takeRequest(.database(database.id)) { throw ReQLError(.resourceLimit, refusal.message) }
        do throws(DatumError) { try join(database, memory) } catch { throw ReQLError(error) }
    }

    /// What a query keeps is the database's memory, too.
    package func join(_ database: DatabaseConfig, _ memory: QueryMemory) throws(DatumError) {
        guard concernDatabases, let share = share(.database(database.id)), share.entry.memory != nil else { return }
        try memory.join(share.memory)
    }

    /// A connection of an owner begins.
    /// - Returns: false if it has as many as it may; otherwise it is to be given back.
    package func takeConnection(of owner: Owner) -> Bool {
        let isOn = isOn
        return state.withLock { state in
            let count = state.connections[owner, default: 0]
            if isOn, let share = state.shares[owner], let most = share.entry.connections, count >= most {
                share.refusals.count.add(1, ordering: .relaxed)
                return false
            }
            state.connections[owner] = count + 1
            return true
        }
    }

    package func giveBackConnection(of owner: Owner) {
        state.withLock { state in
            guard let count = state.connections[owner] else { return }
            state.connections[owner] = count > 1 ? count - 1 : nil
        }
    }

    /// Of all that have an entry.
    package var usage: [Usage] {
        guard isOn else { return [] }
        return state.withLock { state in
            state.shares.map { owner, share in
                Usage(
                    owner: owner, memoryByteCount: share.memory.usedByteCount, connectionCount: state.connections[owner, default: 0],
                    refusalCount: share.refusals.count.load(ordering: .relaxed))
            }
        }
    }
}

extension Limits.Owner {
    fileprivate var isAccount: Bool { if case .account = self { true } else { false } }

    fileprivate var key: String {
        switch self {
        case .account(let name): "a\(name)"
        case .database(let id): "d\(id)"
        }
    }

    /// Of `["account", NAME]` and `["database", ID]`.
    init?(_ id: Datum) {
        guard id.kind == .array, id.count == 2, let name = id[1].string else { return nil }
        switch id[0].string {
        case "account": self = .account(name)
        case "database": self = .database(name)
        default: return nil
        }
    }
}

extension Limits.Entry {
    fileprivate init(_ row: Datum) {
        rate = row[field: "requests_per_second"]?.number
        memory = row[field: "memory_mb"]?.integer.map { min($0, 1 << 40) << 20 }
        connections = row[field: "connections"]?.integer
    }
}
