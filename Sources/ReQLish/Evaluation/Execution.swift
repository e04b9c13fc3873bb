import Ground

/// One run of a plan: the state it reads, the way it writes, its limits, and whether it was cancelled.
///
/// For one thread at a time, like the plan itself.
final class Execution {
    let writer: Writer
    let access: Access
    let server: ServerState
    /// The query's place in the list of those that run.
    var job: Job?
    private let started = MonotonicTime.now
    let reads: ReadTally
    private(set) var arrayLimit: Int
    /// Whether the query itself said how long an array may be: then what it sorts is an array too, as in RethinkDB.
    private(set) var limitsSorting: Bool
    private let usesIndexes: Bool
    private let indexFields = IndexFields()
    /// What the query may keep, for all of its terms together.
    private(set) lazy var memory = QueryMemory(limit: memoryLimit, pool: memoryPool) { [cancellation = self.cancellation] in
        cancellation.isCancelled
    }
    private let memoryLimit: Int
    private let memoryPool: MemoryPool
    let cancellation: Cancellation
    /// Stops the function of an index, or a write hook, in time; nil in a query.
    private let clock: FunctionClock?
    /// The threads that may help to go over a table; nil: none.
    var scanThreads: ScanThreads?
    /// Where rows go that don't fit into memory; nil: nowhere.
    var spilling: Spilling?
    /// Those of the databases that it has to do with; nil: nobody's.
    var limits: Limits?
    /// The databases that it was counted for.
    private var entered: [String] = []
    /// Writes down how the query is answered, if it is explained.
    var recorder: PlanRecorder?
    private let defaultDatabase: String
    private var current: CatalogSnapshot?
    /// Where states of the past are found; nil where none can be read.
    var catalog: Catalog?
    /// Those of the past, once one is read.
    private var kept: KeptStates?
    private var time: Datum?

    /// Where its time is counted.
    var door = QueryDoor.application
    /// Wakes who waits for the feeds of the query; nil where none can be opened.
    var feedSignal: FeedSignal?
    /// When a feed has something at the latest, if that is known.
    private(set) var wakeTime: MonotonicTime?
    private var feedKinds: [FeedNote] = []
    /// Whether it only says how another execution went.
    private let isOutline: Bool
    private var includesStates = false

    init(
        writer: Writer, defaultDatabase: String, arrayLimit: Int, cancellation: Cancellation, access: Access = Access(user: nil),
        server: ServerState, limitsSorting: Bool = false, usesIndexes: Bool = true,
        memory: (limit: Int, pool: MemoryPool) = (Datum.maximumByteCount, MemoryPool(limit: .max)), isOutline: Bool = false,
        clock: FunctionClock? = nil
    ) {
        self.clock = clock
        self.isOutline = isOutline
        (memoryLimit, memoryPool) = memory
        self.usesIndexes = usesIndexes
        self.limitsSorting = limitsSorting
        self.writer = writer
        self.access = access
        self.server = server
        reads = ReadTally(isOutline ? QueryCounters() : server.counters)
        self.defaultDatabase = defaultDatabase
        self.arrayLimit = arrayLimit
        self.cancellation = cancellation
    }

    deinit {
        // A feed lasts for as long as somebody listens.
        guard feedKinds.isEmpty, !isOutline else { return }
        let time = MonotonicTime.now - started
        server.counters.queryTimes(door).add(time)
        if let job { server.note(job, took: time) { outline(of: $0, took: time) } }
    }

    /// An execution of the same query by the same user, on the same state if that is still here, which ends at the first row and writes
    /// nothing.
    func cancelledTwin() -> Execution {
        let cancellation = Cancellation()
        cancellation.cancel()
        let twin = Execution(
            writer: OutlineWriter(writer), defaultDatabase: defaultDatabase, arrayLimit: arrayLimit, cancellation: cancellation,
            access: access,
            server: server, limitsSorting: limitsSorting, usesIndexes: usesIndexes, memory: (memoryLimit, memoryPool), isOutline: true)
        twin.current = current
        twin.catalog = catalog
        twin.kept = kept
        return twin
    }

    /// The state that tables are read from: one for the whole query, and a newer one after each write of the query itself, so that
    /// a query reads what it wrote.
    func snapshot(at site: Site) throws(ReQLError) -> CatalogSnapshot {
        if let current { return current }
        let snapshot = try site.reading(writer.snapshot())
        current = snapshot
        return snapshot
    }

    /// A state of the past: the same one each time that this query asks for it.
    func snapshot(asOf state: StateReference, at site: Site) throws(ReQLError) -> CatalogSnapshot {
        guard let catalog else { throw site.error(.queryLogic, "No state of the past can be read here.") }
        let kept = if let kept { kept } else { try site.reading(KeptStates(catalog)) }
        self.kept = kept
        return try site.reading(kept.snapshot(asOf: state))
    }

    /// - Parameter isPast: whether the snapshot is of a state of the past.
    func reference(
        to table: TableConfig, in database: DatabaseConfig, _ snapshot: CatalogSnapshot, isPast: Bool, at site: Site
    ) throws(ReQLError) -> TableReference {
        if isPast { try access.requireRead(ofPast: table, in: try self.snapshot(at: site), at: site) }
        return TableReference(
            table, in: database, snapshot: snapshot, access: access, usesIndexes: usesIndexes, indexFields: indexFields,
            reads: reads, isPast: isPast)
    }

    /// Takes the array limit from an option of the query.
    func setArrayLimit(_ option: Node) throws(ReQLError) {
        let limit = try option.datum(self)
        guard let count = limit.integer, count >= 1 else {
            throw option.site.error(.queryLogic, "`array_limit` is an integer, at least 1, found \(limit.shortText).")
        }
        arrayLimit = count
        limitsSorting = true
    }

    // MARK: Feeds

    /// A memory beside that of the query, for what a feed keeps for a while: what it gives back others have again, although the feed goes on.
    /// It counts for the databases that the query has to do with, which are known when a feed is opened.
    func feedMemory() -> QueryMemory { memory.beside() }

    /// Called by a feed that has been opened.
    func hasOpened(_ kind: FeedNote, includesStates: Bool) {
        feedKinds.append(kind)
        self.includesStates = self.includesStates || includesStates
    }

    /// What is noted with every batch; empty if the query has no feed.
    var feedNotes: [FeedNote] {
        feedKinds.isEmpty ? [] : [FeedNote.common(feedKinds)] + (includesStates ? [.includesStates] : [])
    }

    /// Called by a feed that has no row now, and may have one then without being woken.
    func wait(until time: ContinuousClock.Instant?) {
        guard let time = time.map({ MonotonicTime($0) }) else { return }
        wakeTime = wakeTime.map { min($0, time) } ?? time
    }

    /// Called before the next row of a feed is asked for. What functions read from now on is the newest state.
    func look() {
        wakeTime = nil
        forgetSnapshot()
        // A feed may rest for long.
        kept = nil
    }

    /// Called after a write: what is read from now on sees it.
    func forgetSnapshot() {
        current = nil
    }

    /// The moment the query first asked for; the same for all of it.
    func now() -> Datum {
        if let time { return time }
        let now = Clock.now()
        time = now
        return now
    }

    func database(_ name: String, at site: Site) throws(ReQLError) -> DatabaseConfig {
        if name == SystemDatabase.config.name { return SystemDatabase.config }
        return try database(name, in: try snapshot(at: site), at: site)
    }

    /// A database as a state has it.
    func database(_ name: String, in snapshot: CatalogSnapshot, at site: Site) throws(ReQLError) -> DatabaseConfig {
        if name == SystemDatabase.config.name { return SystemDatabase.config }
        if let database = try site.reading(snapshot.database(name)) {
            if let limits, limits.concernDatabases, !entered.contains(database.id) {
                entered.append(database.id)
                try site.locating(limits.enter(database, memory))
            }
            return database
        }
        throw site.missing("Database `\(name)` does not exist.", name, .database)
    }

    /// The database for tables that name none.
    func database(at site: Site) throws(ReQLError) -> DatabaseConfig {
        try database(defaultDatabase, at: site)
    }

    func database(in snapshot: CatalogSnapshot, at site: Site) throws(ReQLError) -> DatabaseConfig {
        try database(defaultDatabase, in: snapshot, at: site)
    }

    /// What tables of the system database are made from now.
    func systemView(at site: Site, _ identifiers: SystemView.Identifiers = .name) throws(ReQLError) -> SystemView {
        SystemView(snapshot: try snapshot(at: site), server: server, access: access, identifiers: identifiers, site: site)
    }

    /// Writes down how a term went about it, if the query is explained.
    @inline(__always) func note(_ text: @autoclosure () -> String, at site: Site) {
        if let recorder { recorder.note(text(), at: site) }
    }

    /// Throws if the query was cancelled. Cheap enough for every row.
    func check() throws(ReQLError) {
        if cancellation.isCancelled { throw Cancellation.ofQuery }
        if let clock { try clock.step() }
    }

    /// Throws if an array of `count` elements is too long for this query.
    func checkArray(_ count: Int, at site: Site) throws(ReQLError) {
        guard count <= arrayLimit else { throw site.locate(TypeCheck.arrayLimit(arrayLimit)) }
    }

    /// An array of the query, within its limit.
    func array(_ elements: [Datum], at site: Site) throws(ReQLError) -> Datum {
        try checkArray(elements.count, at: site)
        return try site.array(elements)
    }
}

extension Cancellation {
    static let ofQuery = ReQLError(error)
}

extension ReQLError {
    /// Whether somebody stopped the query.
    package var isCancellation: Bool { cause == .cancelled }
}
