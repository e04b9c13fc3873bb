package import Ground

/// Ordered records of bytes in one file: any number of snapshots to read, one write transaction at a time.
///
/// A store may be used from any thread. Letting the last reference go closes it.
public final class Store: Sendable {
    let core: Core
    /// The path of the file: nil for a store in memory.
    public let path: String?

    /// Longest value, in bytes.
    public static let maximumValueLength = Page.maximumValueLength

    init(core: Core, path: String?) {
        self.core = core
        self.path = path
    }

    deinit {
        try? close()
    }

    /// Opens the file at `path`, or makes it.
    ///
    /// - Throws: `notPandoFile`, `newerFormat`, `truncated`, `damaged`, `busy`, `permissionDenied` and others.
    public static func open(_ path: String, options: StoreOptions = .init()) throws(StoreError) -> Store {
        let keys = try Core.keysOfNewFile(path, options)
        let file = options.readOnly ? try DiskFile(path, options: options) : try DiskFile.locked(at: path, options: options)
        let core = try Core.open(file, options: options, keys: keys)
        if !options.readOnly { try writeProcessNote(SystemFacts.processIdentifier, file) }
        return Store(core: core, path: path)
    }

    /// A store in memory, which lives as long as it or one of its snapshots is referred to.
    public static func inMemory(options: StoreOptions = .init()) throws(StoreError) -> Store {
        Store(core: try Core.open(MemoryFile(), options: options), path: nil)
    }

    /// A store on a file that the caller provides, for tests in which the file misbehaves.
    package static func open(
        _ file: any StorageFile, options: StoreOptions = .init(), identity: (UInt64, UInt64)? = nil
    ) throws(StoreError) -> Store {
        let identity = identity.map { UUID(high: $0.0, low: $0.1) }
        return Store(core: try Core.open(file, options: options, identity: identity), path: file.path)
    }

    /// Tells this file from any other.
    package var uuid: UUID { core.uuid }
    /// The number of openings that wrote. With `uuid` and a transaction it names a state for good, whether or not a crash takes that
    /// state: an opening writes its number into the file before its first transaction begins.
    public var opening: UInt64 { core.opening }
    /// Bytes in a page.
    public var pageSize: Int { core.pageSize }
    public var isReadOnly: Bool { core.isReadOnly }
    /// How long the file is now, in bytes.
    package var fileByteCount: UInt64 { (try? core.file.byteCount()) ?? 0 }
    /// Longest key, in bytes: a quarter of a page, and at most 1,024.
    public var maximumKeyLength: Int { Page.maximumKeyLength(pageSize: pageSize) }

    // MARK: Reading and writing

    /// The newest applied state. Never waits for the writer. In a read-only store, the newest flushed one.
    public func snapshot() throws(StoreError) -> Snapshot { Snapshot(core, try core.beginSnapshot()) }

    /// Whether a write transaction was open a moment ago, so that ``beginWrite()`` would have waited.
    public var wasWriting: Bool { core.turn.isTaken }

    /// Waits until no other write transaction is open. If the calling thread has one open, that is forever.
    public func beginWrite() throws(StoreError) -> WriteTransaction {
        // Without a deadline there is a transaction.
        guard let transaction = try beginWrite(until: nil) else { throw .closed }
        return transaction
    }

    /// Waits until no other write transaction is open, or for as long as that.
    ///
    /// - Parameters:
    ///   - isLong: whether it is going to write so much that others should go first, and wait for one of its kind at most.
    ///   - sparing: whether one whose turn is lent has its grace also where it has said that it can give up at once.
    /// - Returns: nil if another one was open all the time.
    package func beginWrite(
        until deadline: ContinuousClock.Instant?, isLong: Bool = false, sparing: Bool = true
    ) throws(StoreError) -> WriteTransaction? {
        if isReadOnly { throw .readOnly }
        guard core.turn.take(until: deadline, isLong: isLong, sparing: sparing) else { return nil }
        do {
            try core.published.checkWritable()
            try core.writer.checkNumbers()
            try core.pipeline.claim()
        } catch {
            core.turn.end()
            throw error
        }
        core.writer.begin()
        var transaction = WriteTransaction(self)
        if core.writer.openingNote != .noted && core.writer.openingNote != .unwanted { try transaction.noteOpening() }
        return transaction
    }

    /// Lets others know that the open write transaction waits for somebody. When one waits for the writer's turn and `grace` is over,
    /// `giveUp` is called on its thread, unless ``reclaimTurn(_:)`` came before: it commits the transaction or rolls it back.
    ///
    /// - Parameter isLight: whether that takes less time than a wait: who is not sparing has it called at once.
    /// - Returns: the number by which it is reclaimed.
    package func lendTurn(for grace: Duration, isLight: Bool = false, _ giveUp: @escaping @Sendable () -> Void) -> UInt64 {
        core.turn.lend(for: grace, isLight: isLight, giveUp)
    }

    /// Goes on with a transaction whose turn was lent.
    ///
    /// - Returns: false if `giveUp` has been called, or is about to be.
    package func reclaimTurn(_ number: UInt64) -> Bool { core.turn.reclaim(number) }

    /// Says that short transactions are about to come one after the other: no long one begins between them, unless it has waited for as long
    /// as the one before it took.
    package func announceShortTransactions() { core.turn.announce() }
    package func retractShortTransactions() { core.turn.retract() }

    /// Makes everything applied so far durable. Waits for an open write transaction if there is something to write.
    public func sync() throws(StoreError) { try sync(waitsForStandbys: true) }

    /// - Parameter waitsForStandbys: whether those that hard commits wait for have to have it, too.
    package func sync(waitsForStandbys: Bool) throws(StoreError) {
        if isReadOnly { return }
        try core.published.checkWritable()
        if core.file.isVolatile { return }
        try core.turn.returningAfter { () throws(StoreError) in
            try core.pipeline.waitForNewest()
            if waitsForStandbys { core.shipping.waitForStandbys() }
        }
    }

    /// Whether hard commits wait for standbys, so that they may take long.
    package var waitsForStandbys: Bool { core.shipping.isRequired }

    /// Makes everything durable and lets the file go. Waits for an open write transaction. Closing twice is fine.
    ///
    /// Snapshots stay good; while they live, other openings leave their pages alone. If a write failed before, the file can't be
    /// opened for writing until those of them have gone that are newer than what is on the disk.
    public func close() throws(StoreError) {
        core.turn.take()
        defer { core.turn.end() }
        core.pipeline.beginQuiet()
        defer { core.pipeline.endQuiet() }
        core.pipeline.stop()
        if core.published.isClosed { return }
        let hasFailed = core.published.hasFailed
        defer { core.release() }
        if isReadOnly || core.file.isVolatile || hasFailed { return }
        let writer = core.writer
        // The next opening numbers its transactions from the newest meta page on; none may get the number of a state that is still being
        // read.
        let isOutrun = core.published.live().contains { $0 > writer.durable.transaction }
        let hasJournal = writer.journal.run != nil && !writer.keepsJournalClosed
        if writer.hasUnflushed || hasJournal || !writer.durable.meta.isWhole || isOutrun {
            try writer.flush(whole: true, closes: true)
        }
        if writer.space != nil && writer.length.shrunkAt == nil { writer.length.shrunkAt = TransactionID.none }
        try writer.cutTail()
        if !writer.isClaimed { return }
        try writer.copyMeta()
        try writeClosingNote(writer.durable.transaction, core.file)
    }
}
