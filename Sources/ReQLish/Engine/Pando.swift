public import Catalog
import Ground
import Synchronization

/// One file that holds many databases, opened for queries. Shared freely between threads and tasks.
///
///     let pando = try Pando(path: "app.pando")
///     try await pando.run(r.dbCreate("app"))
public final class Pando: Sendable {
    /// The databases, tables and documents below.
    public let catalog: Catalog
    public let options: PandoOptions
    let pool: WorkerPool
    let indexBuilder: IndexBuilder
    let expirer: Expirer
    let historyKeeper: HistoryKeeper
    let memoryPool: MemoryPool
    /// What single accounts and databases may have.
    package let limits: Limits
    /// Those that requests name.
    package let transactions: NamedTransactions
    /// Where a query's rows go that don't fit into its memory.
    private let spilling: Spilling?
    private let heapTrimmer = HeapTrimmer()
    package let scanThreads: ScanThreads
    /// The work of a standby.
    let following = Mutex<Following?>(nil)
    /// What the system tables show beside the file's contents.
    public let server: ServerState

    /// Opens a file, creating it if the options allow.
    ///
    /// Throws `operationFailed` if it can't be opened: it is not a Pando file, another process writes it, a page is damaged. Who imports `Pando`
    /// gets the initializer of that module, which knows what SQL has declared of tables.
    @_disfavoredOverload
    public convenience init(path: String, options: PandoOptions = PandoOptions()) throws(ReQLError) {
        do {
            self.init(try Catalog.open(path: path, options: options.catalog), options: options)
        } catch {
            throw ReQLError(error)
        }
    }

    /// A database that lives in memory, for tests and caches.
    public static func inMemory(options: PandoOptions = PandoOptions()) throws(ReQLError) -> Pando {
        do {
            return Pando(try Catalog.inMemory(options: options.catalog), options: options)
        } catch {
            throw ReQLError(error)
        }
    }

    /// Queries over a catalog that was opened elsewhere.
    public init(_ catalog: Catalog, options: PandoOptions = PandoOptions()) {
        self.catalog = catalog
        self.options = options
        pool = WorkerPool(limit: options.threadCount)
        indexBuilder = IndexBuilder(catalog)
        expirer = Expirer(catalog)
        transactions = NamedTransactions(
            catalog, limit: options.transactionLimit, ofAccount: options.transactionLimitOfAccount, patience: options.lockTimeout
        ) { [weak indexBuilder] in
            indexBuilder?.wake()
        }
        // Changed pages that are not in the file yet take of it what they may at most.
        memoryPool = MemoryPool(limit: options.memoryLimit, reserved: options.catalog.changeByteCount ?? 0) { [heapTrimmer] in
            heapTrimmer.queryHasEnded(havingHeld: $0)
        }
        limits = Limits(catalog, pool: memoryPool)
        spilling =
            options.spillLimit > 0
            ? Spilling(limit: options.spillLimit) { () throws(CatalogError) in try catalog.temporaryFile() } : nil
        // Of an engine one thread reads page by page, each of which is asked for before it is wanted. More of them would wait for each other at one
        // connection, and have the engine pass over what the others read.
        scanThreads = ScanThreads(limit: options.scanThreadCount ?? (catalog.waitsForEngine ? 1 : nil), chunkCount: options.scanChunkCount)
        server = ServerState(
            id: catalog.fileID, transactions: transactions, writeTrouble: { [weak catalog] in catalog?.writeTrouble },
            replication: { [weak catalog] in catalog?.replicationDatum ?? .emptyObject },
            engineCompany: { [weak catalog] () throws(CatalogError) in try catalog?.engineCompany() })
        historyKeeper = HistoryKeeper(catalog, options.history) { [server] in server.log("warn", $0) }
        server.log("notice", "Opened \(words: catalog.placeName).")
        catalog.audit { [server] entry in
            let user: LoggedText = if let user = entry.user { "`\(user)`" } else { "The application" }
            server.log("notice", "\(user) \(entry.text).")
        }
        catalog.register(ReQLIndexFunctions())
        indexBuilder.resume()
        expirer.resume()
        historyKeeper.resume()
    }

    /// Makes everything durable and closes the file. Queries that begin later fail; cursors that are open can be read to their end.
    public func close() throws(ReQLError) {
        indexBuilder.stop()
        expirer.stop()
        historyKeeper.stop()
        transactions.stop()
        heapTrimmer.stop()
        do { try catalog.close() } catch { throw ReQLError(error) }
    }

    /// Runs a query on the calling thread, which may block on the disk and on other writers: call it from threads of your own.
    ///
    /// Rows of a sequence are read as the cursor is pulled. Only a query nested deeper than most stacks allow is handed to a
    /// thread of Pando's.
    public func start(_ tree: TermTree, options: QueryOptions = QueryOptions()) throws(ReQLError) -> QueryResult {
        guard needsBigStack(tree) else { return try startHere(tree, options) }
        return try pool.runAndWait { Result { () throws(ReQLError) in try self.startHere(tree, options) } }.get()
    }

    /// How many terms may be nested before the query needs a larger stack than a thread usually has.
    static let safeDepth = 40

    func needsBigStack(_ tree: TermTree) -> Bool { tree.root.depth > Self.safeDepth }

    /// Runs a query on this thread, whatever its depth.
    func startHere(_ tree: TermTree, _ options: QueryOptions) throws(ReQLError) -> QueryResult {
        var options = options
        let cancellation = options.cancellation ?? Cancellation()
        options.cancellation = cancellation
        try takeState(from: &options, cancellation)
        return try run(tree, options, writer: try writer(options, stoppedBy: cancellation))
    }

    /// Drivers give the state that a query reads as a term among its options.
    func takeState(from options: inout QueryOptions, _ cancellation: Cancellation) throws(ReQLError) {
        guard let index = options.arguments.firstIndex(where: { $0.name == "as_of" }) else { return }
        let term = options.arguments.remove(at: index).term
        var compiler = Compiler()
        let node = try compiler.compile(term.root, at: Site.root.optional("as_of"))
        let execution = Execution(
            writer: QueryWriter(catalog, indexBuilder, cancellation: cancellation), defaultDatabase: self.options.defaultDatabase,
            arrayLimit: self.options.arrayLimit, cancellation: cancellation, access: Access(user: options.user), server: server)
        let state = try node.datum(execution)
        options.asOf = try node.site.locating(StateReference(state))
    }

    /// How a query reads and writes that is no part of a closure's transaction.
    func writer(_ options: QueryOptions, stoppedBy cancellation: Cancellation) throws(ReQLError) -> Writer {
        guard let state = options.asOf else {
            if let transaction = options.transaction { return OpenTransactionWriter(transaction, stoppedBy: cancellation) }
            return QueryWriter(
                catalog, indexBuilder, options.flush, user: options.user, cancellation: cancellation, patience: self.options.lockTimeout,
                isPointWrite: options.isPointWrite)
        }
        guard Access(user: options.user).mayDoEverything else {
            throw ReQLError(.permission, "Only `\(UserConfig.administrator)` reads a state as a whole; `table` has the option `as_of`.")
        }
        do { return StateReader(try catalog.snapshot(asOf: state)) } catch { throw ReQLError(error) }
    }

    func run(_ tree: TermTree, _ options: QueryOptions, writer: Writer) throws(ReQLError) -> QueryResult {
        let (value, execution) = try evaluate(tree, options, writer: writer)
        let result =
            if case .datum(let datum) = value {
                QueryResult.value(try storable(datum))
            } else {
                try QueryMemory.ofThread.with(execution.memory) { () throws(ReQLError) in
                    try answer(value, execution, needsBigStack: needsBigStack(tree))
                }
            }
        do { try writer.finish() } catch { throw ReQLError(error) }
        return result
    }

    /// Makes a plan of the query and evaluates its root: rows that come one by one are still to be read then.
    ///
    /// - Parameter recorder: what writes the plan down, for a query that is explained.
    func evaluate(
        _ tree: TermTree, _ options: QueryOptions, writer: Writer, recorder: PlanRecorder? = nil
    ) throws(ReQLError) -> (Value, Execution) {
        guard options.asOf == nil || writer is StateReader else {
            throw ReQLError(.queryLogic, "A transaction reads what it writes; give `as_of` to `table`, or read the state outside of it.")
        }
        scanThreads.begin()
        defer { scanThreads.end() }
        let cancellation = options.cancellation ?? Cancellation()
        let globals = try compileGlobals(options)
        var compiler = Compiler(globals: globals, recorder: recorder)
        let plan = try compiler.compile(tree)
        let execution = Execution(
            writer: writer, defaultDatabase: options.database ?? self.options.defaultDatabase,
            arrayLimit: options.arrayLimit ?? self.options.arrayLimit, cancellation: cancellation,
            access: Access(user: options.user, mayBeRole: options.mayBeRole), server: server, limitsSorting: options.arrayLimit != nil,
            usesIndexes: options.usesIndexes,
            memory: (options.memoryLimit ?? self.options.queryMemoryLimit, limits.memoryPool(of: options.user)))
        execution.limits = limits
        execution.door = options.door
        execution.catalog = catalog
        execution.recorder = recorder
        execution.spilling = spilling
        execution.scanThreads = scanThreads
        server.counters.addQuery()
        // A short read is over before anybody could look for it in the list.
        let isShortRead = tree.shape == .shortRead
        if !isShortRead {
            execution.job = server.jobs.begin(
                Jobs.Record(query: tree, user: options.user, client: options.client, started: .now, cancellation: cancellation))
        }
        if let limit = globals["array_limit"] { try execution.setArrayLimit(limit) }
        // What is over so soon makes no large values.
        if isShortRead { return (try plan.evaluate(execution), execution) }
        let value = try QueryMemory.ofThread.with(execution.memory) { () throws(ReQLError) in try plan.evaluate(execution) }
        return (value, execution)
    }

    /// The memory for values that are made of what a client sent, before there is a query.
    package func requestMemory(of user: String? = nil) -> QueryMemory {
        QueryMemory(limit: options.queryMemoryLimit, pool: limits.memoryPool(of: user))
    }

    private func compileGlobals(_ options: QueryOptions) throws(ReQLError) -> [String: Node] {
        var globals: [String: Node] = [:]
        if let durability = options.durability {
            globals["durability"] = ConstantNode(Datum(durability == .hard ? "hard" : "soft"), .root)
        }
        for (name, tree) in options.arguments {
            guard TermType.globalOptions.contains(name) else {
                throw ReQLError(.compile, "There is no option `\(name)`.", frames: [.optional(name)])
            }
            var compiler = Compiler()
            globals[name] = try compiler.compile(tree.root, at: Site.root.optional(name))
        }
        return globals
    }

    /// Decides between a value and rows, by the kind of the root.
    private func answer(
        _ value: Value, _ execution: Execution, needsBigStack: Bool
    ) throws(ReQLError) -> QueryResult {
        switch value {
        case .datum(let datum): return .value(try storable(datum))
        case .row(let row): return .value(try row.datum(at: .root))
        case .grouped(let grouped): return .value(try storable(grouped.datum(execution, at: .root)))
        case .rows(let rows) where rows.kind == .selectionArray || rows.kind == .array:
            return .value(try storable(rows.collect(execution, at: .root)))
        case .rows(let rows):
            execution.feedSignal = rows.isFeed ? FeedSignal() : nil
            let held = HeldMemory(execution.memory)
            try held.add(byteCount: min(ResultCursor.byteCount, execution.memory.limit / 16))
            let stream = try rows.stream(execution)
            let feed = execution.feedSignal.map { FeedWait(execution, $0, isEndless: rows.isInfinite) }
            execution.feedSignal = nil
            return .sequence(
                ResultCursor(
                    stream, execution.writer, typeName: value.typeName, cancellation: execution.cancellation,
                    pool: needsBigStack ? pool : nil,
                    memory: execution.memory, held: held, threads: scanThreads, feed: feed))
        case .database, .function:
            throw ReQLError(.queryLogic, "A query can't answer a \(value.typeName), only values and sequences of them.")
        }
    }
}

/// Bounds have no form outside a query.
private func storable(_ datum: Datum) throws(ReQLError) -> Datum {
    guard datum.kind == .minval || datum.kind == .maxval || datum.kind == .array || datum.kind == .object else { return datum }
    guard !JSONFunctions.holdsBound(datum) else {
        throw ReQLError(.queryLogic, "r.minval and r.maxval are not values: they can't be answered.")
    }
    return datum
}
