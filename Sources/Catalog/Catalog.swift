package import Ground
import Synchronization

/// What a document is and where it lives: a file of databases, tables and documents over one ordered tree of bytes.
///
/// Reading goes through a ``CatalogSnapshot``, which never waits; writing through the one ``CatalogTransaction`` there can be at a time.
/// Sendable, shared freely.
public final class Catalog: Sendable {
    /// The largest document, in bytes of its stored form: 128 MiB.
    public static let maximumDocumentByteCount = 128 << 20

    let store: KeyValueStore
    let configs: ConfigCache
    let indexEvaluators: IndexEvaluators
    let watchers = Watchers()
    let othersNews = OthersNews()
    let locks = WriteLocks()
    /// Those that go on from one statement or request to the next.
    package let openTransactions = OpenTransactions()
    /// Numbers commits; see ``CommitNumber``.
    private let commitSequence = Atomic<UInt64>(.random(in: 0..<1 << 40))
    package let clock = WallClock()
    /// Counts the commits that changed databases or tables.
    private let metadataCommits = Atomic<Int>(0)
    /// Called once something may expire: it starts the removal of what has expired.
    private let expiryObserver = Mutex<Callback<Void, Void>?>(nil)
    /// Tables whose text indexes have something to be tidied up.
    let untidyTextIndexes = UntidyTextIndexes()
    /// Held while a whole index is built at once.
    let bulkBuilding = Monitor()
    let auditLog = AuditLog()
    /// How this file follows another one, if it does.
    public let standby = StandbyState()
    private let companions = Mutex<[ObjectIdentifier: any AnyObject & Sendable]>([:])
    private let reachable = Atomic<Bool>(false)
    /// How long writers waited since the file was opened.
    public let times = CommitTimes()
    public let options: CatalogOptions

    init(_ store: KeyValueStore, options: CatalogOptions) throws(CatalogError) {
        self.store = store
        fileID = store.fileID
        self.options = options
        indexEvaluators = IndexEvaluators(functionTime: options.functionTime)
        configs = ConfigCache(
            since: try store.snapshot().metadataNumber, exact: store.isReadOnly || store.engine != nil, onlyDatabase: options.onlyDatabase)
        if options.waitsForPermit { store.trouble.permit.limit(by: "") }
        store.engine?.engine.observeOthers { [weak self] in
            guard let self else { return }
            // Reading a state is how what has changed becomes known.
            _ = try? self.store.snapshot()
            metadataHasChanged(beginsExpiry: true)
            // Somebody has to go on with what a process left half-built that is not there any more.
            untidyTextIndexes.add([])
        }
    }

    /// Opens the file, creating it if the options allow. Throws `.notPandoFile`, `.newerFormat`, `.corrupt`, `.busy` (another process
    /// writes it), `.readOnly`, `.diskFull` or `.io`.
    public static func open(path: String, options: CatalogOptions = .init()) throws(CatalogError) -> Catalog {
        try Catalog(KeyValueStore.open(path: path, options: options), options: options)
    }

    /// Opens what an engine keeps.
    package static func open(_ engine: any KeyValueEngine, options: CatalogOptions = .init()) throws(CatalogError) -> Catalog {
        try Catalog(KeyValueStore.open(engine, options: options), options: options)
    }

    /// A catalog that lives and dies with the process.
    public static func inMemory(options: CatalogOptions = .init()) throws(CatalogError) -> Catalog {
        try Catalog(KeyValueStore.inMemory(options: options), options: options)
    }

    /// What the file takes: on the disk, or of a catalog in memory there, but for `changeByteCount` at most.
    package var fileByteCount: Int { store.fileByteCount }

    /// Makes everything durable and lets go of the file. May be called again. Snapshots that are still alive stay readable.
    public func close() throws(CatalogError) {
        defer { watchers.close(CatalogError(.closed, "The file was closed.")) }
        othersNews.stop()
        try store.close()
    }

    /// The newest committed state. Never waits for a writer.
    public func snapshot() throws(CatalogError) -> CatalogSnapshot {
        CatalogSnapshot(try store.snapshot(), fileID: fileID, configs: configs, indexEvaluators: indexEvaluators)
    }

    /// Whether documents that were read by their keys are kept, so that an engine need not be asked for them again.
    package var keepsRows: Bool { store.engine?.keptRows != nil }

    /// The newest committed state of an engine, if nothing need be asked of it to read documents that are kept here.
    package var snapshotAtHand: CatalogSnapshot? {
        store.snapshotAtHand.map { CatalogSnapshot($0, fileID: fileID, configs: configs, indexEvaluators: indexEvaluators) }
    }

    /// The state that short writes begin with where an engine gets them together, as long as there is one. It has all databases, tables and
    /// accounts; of documents it may lack what was written lately.
    package var snapshotOfWrites: CatalogSnapshot? {
        store.snapshotOfWrites.map { CatalogSnapshot($0, fileID: fileID, configs: configs, indexEvaluators: indexEvaluators) }
    }

    /// Begins the one write transaction, after waiting for the one before it to end. Throws `.readOnly`, `.closed`, `.writesStopped`.
    public func beginWrite() throws(CatalogError) -> CatalogTransaction { try beginWrite(waiting: nil) }

    static let turnNotFree = CatalogError(.locked, "Another write has been under way for so long that this one was given up; try again.")

    /// The same, but throws `.locked` if others write for so long; nil: waits without end.
    ///
    /// - Parameters:
    ///   - isLong: whether it is going to write much: then others that write little go first.
    ///   - shares: whether it may be committed together with others where an engine keeps the records. It rests on nothing but what it reads itself
    ///     then: states that are read beside it don't have what is on its way.
    ///   - group: where it will be committed; if that has one to go on in, that one is meant.
    package func beginWrite(
        waiting patience: Duration?, isLong: Bool = false, shares: Bool = false, in group: TransactionGroup? = nil
    ) throws(CatalogError) -> CatalogTransaction {
        if var transaction = group?.goOn() {
            transaction.beginAgain(user: nil, locks.isActive ? TransactionAccess(owner: 0, locks, nil) : nil)
            return transaction
        }
        let end = patience.map { MonotonicTime.now + $0 }
        guard let store = try store.beginWrite(until: end, isLong: isLong, shares: shares) else { throw Self.turnNotFree }
        try takeInNews(store.engine)
        var transaction = CatalogTransaction(store, in: self)
        if locks.isActive { transaction.store.access = TransactionAccess(owner: 0, locks, nil) }
        return transaction
    }

    /// Has those who watch here told of what other processes have committed, before this one commits.
    func takeInNews(_ engine: EngineTransaction?) throws(CatalogError) {
        if let engine, engine.store.engine.isShared { try othersNews.takeIn(upTo: engine.view, self) }
    }

    /// The newest committed state. Where is noted what is read of it.
    func snapshot(_ notes: ReadNotes) throws(CatalogError) -> CatalogSnapshot {
        var snapshot = try store.snapshot()
        snapshot.notes = notes
        return CatalogSnapshot(snapshot, fileID: fileID, configs: configs, indexEvaluators: indexEvaluators)
    }

    /// What a floor above keeps for as long as the file is open: one of each type, made when it is first asked for.
    package func companion<Kind: AnyObject & Sendable>(_ make: () -> Kind) -> Kind {
        companions.withLock { companions in
            if let known = companions[ObjectIdentifier(Kind.self)] as? Kind { return known }
            let made = make()
            companions[ObjectIdentifier(Kind.self)] = made
            return made
        }
    }

    /// Another one after each commit that changed databases or tables.
    ///
    /// Of those of other processes it knows by the states that were read here.
    package var metadataVersion: Int {
        store.engine.map { Int(clamping: $0.knownMetadataNumber) } ?? metadataCommits.load(ordering: .acquiring)
    }

    /// The same, but of whatever has been committed by now, by any process. A trip to the engine if there are others.
    package func newestMetadataVersion() throws(CatalogError) -> Int {
        guard let engine = store.engine, engine.engine.isShared else { return metadataVersion }
        return Int(clamping: try engine.engine.metadataNumber())
    }

    /// Calls `body` whenever a table has been made, or changed, whose documents expire. In place of who was called before.
    package func observeExpiry(_ body: @escaping @Sendable () -> Void) { expiryObserver.withLock { $0 = Callback(body) } }

    /// After a commit that changed metadata, or has failed to.
    ///
    /// - Parameter knowsAdministrator: whether what was known of that account is true still.
    func resumeConfigs(knowsAdministrator: Bool) {
        guard let engine = store.engine else {
            // If no snapshot can be had, the cache stays suspended, which is slow and right.
            if let transaction = try? store.snapshot().transaction { configs.resume(since: transaction) }
            return
        }
        // An engine need not be asked, and may be away by now.
        configs.resume(since: engine.knownMetadataNumber)
        if !knowsAdministrator, !engine.engine.isShared { _ = try? snapshot().user(UserConfig.administrator) }
    }

    func metadataHasChanged(beginsExpiry: Bool) {
        metadataCommits.add(1, ordering: .releasing)
        if beginsExpiry { expiryObserver.withLock { $0 }?() }
    }

    /// A number for the commit that is about to happen. Called in the writer's turn.
    ///
    /// - Parameter engine: what the commit is made on, if it is an engine's: all processes go by the same numbers there.
    func nextCommit(on engine: EngineTransaction?) -> CommitNumber {
        if let engine { return CommitNumber(opening: engine.view.opening, sequence: engine.nextNumber) }
        return CommitNumber(opening: opening, sequence: commitSequence.add(1, ordering: .relaxed).newValue)
    }

    /// Says that short writes are about to come one after the other, which somebody waits for together: until
    /// ``retractShortWrites()`` no long one begins between them that has not waited for long.
    package func announceShortWrites() { store.announceShortTransactions() }
    package func retractShortWrites() { store.retractShortTransactions() }

    /// The newest state, and in `seen` what it may show of commits that are not on the disk yet.
    package func snapshot(noting seen: inout SeenMark?) throws(CatalogError) -> CatalogSnapshot { try snapshot(nil, noting: &seen) }

    func snapshot(_ notes: ReadNotes?, noting seen: inout SeenMark?) throws(CatalogError) -> CatalogSnapshot {
        let mayShowMore = store.mayShowMore
        let snapshot = if let notes { try snapshot(notes) } else { try snapshot() }
        if mayShowMore { seen = store.seenCommits }
        return snapshot
    }

    /// Waits until what was seen is on the disk.
    package func waitUntilDurable(_ mark: SeenMark) throws(CatalogError) { try store.waitUntilDurable(mark) }

    /// Returns when everything committed so far is on the disk.
    public func sync() throws(CatalogError) { try sync(waitsForStandbys: true, acknowledges: true) }

    /// - Parameters:
    ///   - waitsForStandbys: whether those that hard commits wait for have to have it, too.
    ///   - acknowledges: whether somebody is told of a write then, which a lease that has ended forbids.
    package func sync(waitsForStandbys: Bool = true, acknowledges: Bool = true) throws(CatalogError) {
        let start = ContinuousClock.now
        try store.sync(waitsForStandbys: waitsForStandbys)
        if acknowledges { try permit.requireAcknowledgement() }
        times.flushes.add(ContinuousClock.now - start)
    }

    /// Whether other machines reach the accounts of the file, as the server says: then none is given the empty password any more.
    package var isReachable: Bool {
        get { reachable.load(ordering: .relaxed) }
        set { reachable.store(newValue, ordering: .relaxed) }
    }

    /// `nil` in memory, and where an engine keeps the records.
    public var path: String? { store.path }
    /// For messages.
    package var placeName: String { path ?? store.engine?.engine.name ?? "a database in memory" }
    /// Whether reading and writing wait for another machine, which nobody may who has others to serve.
    package var waitsForEngine: Bool { store.engine != nil }
    /// Whether hard commits wait for standbys, which whoever answers these must not.
    package var waitsForStandbys: Bool { store.waitsForStandbys }
    /// Whether other processes write the same at the same time: what one of them has in memory the others don't know.
    package var writesBesideOthers: Bool { store.engine?.engine.isShared ?? false }
    public var isReadOnly: Bool { store.isReadOnly }

    /// Whether a table has, or had, a write hook or an index with a function: how long a write takes is not known beforehand then. Of the
    /// tables that were there when the file was opened it knows by ``noteStoredFunctions(of:)``.
    public var hasStoredFunctions: Bool { indexEvaluators.hasStored }

    /// Takes note of a table that was found in the file.
    package func noteStoredFunctions(of table: TableConfig) {
        if table.writeHook != nil || table.indexes.contains(where: \.definition.isComputed) { indexEvaluators.noteStored() }
    }

    /// Waits until nobody writes. False if somebody did until then. Where nothing can be written nobody does.
    package func waitsForTurn(until deadline: MonotonicTime) -> Bool { store.waitsForTurn(until: deadline) }

    /// Whether a write transaction was open a moment ago, so that ``beginWrite()`` would have waited.
    public var wasWriting: Bool { store.wasWriting }

    /// A UUID made with the file. Its text is kept: every snapshot has it.
    public let fileID: String
    /// How often the file was opened for writing.
    public var opening: UInt64 { store.opening }
}

/// Options for opening a catalog.
public struct CatalogOptions: Sendable, Hashable {
    /// Opens for reading; another process may be writing the file.
    public var readOnly = false
    /// Makes the file if it does not exist.
    public var create = true
    /// Bytes a page, a power of two from 512 to 65,536, for a new file; `nil`: the store's default.
    public var pageSize: Int?
    /// The key of an encrypted file; nil for a plain one. A new file is encrypted if there is a key.
    public var encryption: FileEncryption?
    /// Which names new databases and tables may have.
    public var names = NameRule.strict
    /// The only database that there is for whoever opens the file so; nil: all of them. Others that the file holds are as if they weren't there,
    /// and none is made, renamed or dropped but this one, where it is missing.
    public var onlyDatabase: String?
    /// Whether nothing is written until ``Catalog/permit`` gives the right to.
    package var waitsForPermit = false
    /// How long a write hook, or the function of an index, may compute for one document. A write that needs longer fails and is rolled
    /// back, an index that does is marked as failed: there is one writer at a time, and others wait for it.
    public var functionTime = Duration.seconds(1)
    /// How long an open transaction keeps the writer's turn while it waits for its client and somebody else waits for the turn.
    public var writerGrace = Duration.milliseconds(10)
    /// How many bytes of changes an open transaction may have to be set aside; one that has more is rolled back then.
    package var setAsideByteCount = 64 << 20
    /// The grace of a transaction that has changed so much that it may have to be undone instead: `COPY`, above all, waits for its next lines
    /// again and again, for less than that.
    package var heavyGrace = Duration.seconds(5)
    /// How much may be pending in a text index, and how many segments it may have of one size.
    var textIndexLimits = TextIndexWriter.Limits()
    /// How many threads make the entries, or words, of an index that is built at once; `nil`: as many as the machine has cores, four at most.
    package var buildThreadCount: Int?
    /// For tests: gives the turn up whenever the client is waited for.
    package var setsAsideAtOnce = false
    /// In an encrypted file, bytes of decrypted pages from which on those that nobody looks at are forgotten.
    public var decryptedByteLimit = 512 << 20
    /// Where an engine keeps the records, bytes of documents that were read by their keys, from which on those are forgotten that were not read
    /// lately. Among several processes none are kept.
    public var keptByteLimit = 128 << 20
    /// Bytes of changes in memory from which on they are written to their places; `nil`: the store's default.
    package var changeByteCount: Int?

    public init() {}
}
