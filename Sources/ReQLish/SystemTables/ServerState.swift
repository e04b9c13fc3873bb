public import Catalog
import Synchronization

/// The state of a process that has a file open: what the system tables show beside the file's contents.
public final class ServerState: Sendable {
    /// The server is the one that serves this file.
    let id: String
    let jobs = Jobs()
    /// Those that queries name; nil where there are none.
    var transactions: NamedTransactions? { findTransactions() }
    /// The file knows this, and they know the file: so this doesn't keep them.
    private let findTransactions: @Sendable () -> NamedTransactions?
    let counters = QueryCounters()
    /// Seconds since 1970.
    let started = Clock.now()
    private let startInstant = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var listening = Listening()
        var scratch: [Datum: Datum] = [:]
        var scratchWatchers: [ScratchWatcher] = []
        var log: [LogEntry] = []
        var logListener: (@Sendable (LogEntry) -> Void)?
        var statements: (@Sendable () -> [StatementJob])?
    }

    /// In nanoseconds; 0: none is slow.
    private let slowTime = Atomic<Int>(0)

    /// Queries that take longer are noted in the log; nil notes none.
    public var slowQueryTime: Duration? {
        get {
            let time = slowTime.load(ordering: .relaxed)
            return time > 0 ? .nanoseconds(time) : nil
        }
        set { slowTime.store(newValue.map { max(1, Int($0 / .nanoseconds(1))) } ?? 0, ordering: .relaxed) }
    }

    /// Has the table `jobs` ask `list` for the statements that run.
    package func showStatements(_ list: @escaping @Sendable () -> [StatementJob]) { state.withLock { $0.statements = list } }

    var statements: [StatementJob] { state.withLock { $0.statements }?() ?? [] }

    /// Has `body` called with each line of the table `logs`, on whatever thread it comes from, and before it returns with those that are there.
    public func onLog(_ body: @escaping @Sendable (LogEntry) -> Void) {
        let entries = state.withLock { state in
            state.logListener = body
            return state.log
        }
        for entry in entries { body(entry) }
    }

    /// The most of a slow query's text, and of its plan, that is noted, in characters.
    private static let longestSlowQuery = 2000

    /// Called at the end of a query.
    ///
    /// - Parameter plan: makes the plan of a query that was slow.
    func note(_ job: Job, took time: Duration, plan: (TermTree) -> QueryPlan) {
        guard let limit = slowQueryTime, time > limit, let record = job.record else { return }
        noteSlow(
            record.query.textWithoutSecrets(), of: record.user, took: time,
            plan: record.query.mayHoldSecrets ? nil : plan(record.query).description, beginsWithFigures: true)
    }

    /// Notes a query that took longer than ``slowQueryTime``.
    ///
    /// - Parameters:
    ///   - text: what was asked, without secrets.
    ///   - user: who asked; nil for the application.
    ///   - rowCount: how many rows it gave or changed; nil where that isn't noted.
    ///   - beginsWithFigures: whether the plan's first line is what was measured, of which nothing is the file's.
    package func noteSlow(
        _ text: String, of user: String?, took time: Duration, rowCount: Int? = nil, plan: String?, beginsWithFigures: Bool = false
    ) {
        func cut(_ text: String) -> String {
            text.count > Self.longestSlowQuery ? text.prefix(Self.longestSlowQuery) + "…" : text
        }
        let milliseconds = Int(time / .milliseconds(1))
        let rows = rowCount.map { ", \($0) \($0 == 1 ? "row" : "rows")" } ?? ""
        let asker: LoggedText = if let user { "`\(user)`" } else { "the application" }
        log(
            "warn", "Slow query, \(words: milliseconds) ms\(words: rows), of \(asker): \(cut(text))",
            plan: plan.map { plan in
                let plan = cut(plan)
                guard beginsWithFigures, let end = plan.firstIndex(of: "\n") else { return "\(plan)" }
                return "\(words: plan[...end])\(String(plan[end...].dropFirst()))"
            })
    }

    /// The addresses of the server, as `server_status` shows them.
    public struct Listening: Sendable {
        /// nil: not served.
        public var driverPort: Int?
        public var httpPort: Int?
        /// Numeric addresses.
        public var addresses: [String] = []
        /// How many connections are open now.
        public var connectionCount: @Sendable () -> Int = { 0 }

        public init() {}
    }

    /// A line of the table `logs`.
    public struct LogEntry: Sendable {
        let time: Datum
        let uptime: Double
        /// debug, info, notice, warn or error.
        public let level: String
        public var message: String { text.description }
        package let text: LoggedText
        /// How a slow query was answered, as text: a step a line.
        public var plan: String? { planText?.description }
        package let planText: LoggedText?
    }

    /// Why nothing can be written at the moment; nil if nothing is known against it.
    let writeTrouble: @Sendable () -> CatalogError?

    /// How the file follows another one, or is followed.
    let replication: @Sendable () -> Datum

    /// Who writes what an engine keeps in place of a file, and where that has copies; nil of a file.
    let engineCompany: @Sendable () throws(CatalogError) -> EngineCompany?

    init(
        id: String, transactions: NamedTransactions? = nil, writeTrouble: @escaping @Sendable () -> CatalogError? = { nil },
        replication: @escaping @Sendable () -> Datum = { .emptyObject },
        engineCompany: @escaping @Sendable () throws(CatalogError) -> EngineCompany? = { () throws(CatalogError) in nil }
    ) {
        self.id = id
        findTransactions = { [weak transactions] in transactions }
        self.writeTrouble = writeTrouble
        self.replication = replication
        self.engineCompany = engineCompany
    }

    /// Seconds since the file was opened.
    var uptime: Double { (ContinuousClock.now - startInstant) / .seconds(1) }

    /// Called by who serves the file.
    public var listening: Listening {
        get { state.withLock { $0.listening } }
        set { state.withLock { $0.listening = newValue } }
    }

    /// Adds a line to the table `logs`, which keeps the newest thousand. `level` is debug, info, notice, warn or error.
    public func log(_ level: String, _ message: LoggedText, plan: LoggedText? = nil) {
        let entry = LogEntry(time: Clock.now(), uptime: uptime, level: level, text: message, planText: plan)
        let listener = state.withLock { state in
            if state.log.count == 1000 { state.log.removeFirst() }
            state.log.append(entry)
            return state.logListener
        }
        listener?(entry)
    }

    var logEntries: [LogEntry] { state.withLock { $0.log } }

    var scratch: [Datum: Datum] { state.withLock { $0.scratch } }

    /// Puts a row of the table `_debug_scratch`, or removes it.
    func putScratch(_ key: Datum, _ row: Datum?) {
        let watchers = state.withLock { state in
            state.scratch[key] = row
            return state.scratchWatchers
        }
        for watcher in watchers { watcher.queue?.receive(.metadataChanged, from: 0) }
    }

    /// Tells a feed of changes of `_debug_scratch`, which no commit tells of, for as long as it lives.
    func watchScratch(_ queue: FeedQueue) {
        state.withLock { state in
            state.scratchWatchers.removeAll { $0.queue == nil }
            state.scratchWatchers.append(ScratchWatcher(queue: queue))
        }
    }

    private struct ScratchWatcher {
        weak var queue: FeedQueue?
    }
}

/// The settings of the server, kept in the file.
struct ServerSettings {
    static let key = "server"
    static let defaultTag = "default"

    var name = "pando"
    var tags = [ServerSettings.defaultTag]
    /// nil: "auto". Only remembered: the system's own cache serves the file.
    var cacheMegabytes: Double?

    init() {}

    init(_ stored: Datum) {
        name = stored[field: "name"]?.string ?? name
        if let stored = stored[field: "tags"], stored.kind == .array { tags = stored.elements.compactMap(\.string) }
        cacheMegabytes = stored[field: "cache_size_mb"]?.number
    }

    var tagsDatum: Datum { Datum(elements: tags.map { Datum($0) }) }
    var cacheDatum: Datum { cacheMegabytes.map { Datum($0) } ?? "auto" }
}

extension CatalogSnapshot {
    func serverSettings() throws(CatalogError) -> ServerSettings {
        try setting(ServerSettings.key).map { ServerSettings($0) } ?? ServerSettings()
    }
}

extension ServerState {
    /// The server's name, as the drivers' `server()` answers it.
    public func name(in catalog: Catalog) -> String {
        (try? catalog.snapshot().serverSettings().name) ?? ServerSettings().name
    }
}
