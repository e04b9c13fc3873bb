internal import Synchronization

/// Ordered records of bytes in one file: any number of snapshots to read, one write transaction at a time.
///
/// A store may be used from any thread. Letting the last reference go closes it.
public final class Store: Sendable {
    let core: Core
    /// Where the file is: nil for a store in memory.
    public let path: String?

    /// Longest value, in bytes.
    public static let maximumValueLength = 1 << 30

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
        let file = try DiskFile(path, options: options)
        let core = try Core.open(file, options: options)
        if !options.readOnly { try writeProcessNote(currentProcessID(), file) }
        return Store(core: core, path: path)
    }

    /// A store in memory, which goes with its last reference and that of its last snapshot.
    public static func inMemory(options: StoreOptions = .init()) throws(StoreError) -> Store {
        Store(core: try Core.open(MemoryFile(), options: options), path: nil)
    }

    /// A store on a file of the caller's making, for tests that want the file to misbehave.
    package static func open(
        _ file: any StorageFile, options: StoreOptions = .init(), identity: (UInt64, UInt64)? = nil
    ) throws(StoreError) -> Store {
        let identity = identity.map { FileID(high: $0.0, low: $0.1) }
        return Store(core: try Core.open(file, options: options, identity: identity), path: file.path)
    }

    /// Tells this file from any other.
    public var uuid: FileID { core.uuid }
    /// Counts the openings that wrote. With `uuid` and a transaction it names a state for good, whether or not a crash takes that
    /// state: an opening writes its number into the file before its first transaction begins.
    public var opening: UInt64 { core.opening }
    /// Bytes in a page.
    public var pageSize: Int { core.pageSize }
    public var isReadOnly: Bool { core.isReadOnly }
    /// Longest key, in bytes: a quarter of a page, and at most 1,024.
    public var maximumKeyLength: Int { Store.maximumKeyLength(pageSize: pageSize) }

    static func maximumKeyLength(pageSize: Int) -> Int { min(1024, pageSize / 4) }

    // MARK: Reading and writing

    /// The newest applied state. Never waits for the writer. In a read-only store, the newest durable one.
    public func snapshot() throws(StoreError) -> Snapshot {
        let (view, transaction) = try core.beginSnapshot()
        return Snapshot(core: core, view: view, transaction: TransactionID(rawValue: transaction))
    }

    /// Whether a write transaction was open a moment ago, so that ``beginWrite()`` would have waited.
    public var wasWriting: Bool { core.gate.wasTaken }

    /// Waits until no other write transaction is open, also one of the calling thread: that would wait forever.
    public func beginWrite() throws(StoreError) -> WriteTransaction {
        if isReadOnly { throw .readOnly }
        core.gate.enter()
        do throws(StoreError) {
            try core.checkWritable()
            try core.writer.claimIfNeeded(core)
        } catch {
            core.gate.leave()
            throw error
        }
        core.writer.begin()
        return WriteTransaction(self)
    }

    /// Makes everything applied so far durable. Waits for an open write transaction if there is something to write.
    public func sync() throws(StoreError) {
        if isReadOnly { return }
        try core.checkWritable()
        if !core.file.isVolatile { try core.pipeline.waitForNewest(core) }
    }

    /// Makes everything durable and lets the file go. Waits for an open write transaction. Closing twice is fine.
    ///
    /// Snapshots stay good; while they live, other openings leave their pages alone. If a write failed before, the file can't be
    /// opened for writing until those of them have gone that are newer than what is on the disk.
    public func close() throws(StoreError) {
        core.gate.enter()
        defer { core.gate.leave() }
        core.pipeline.waitUntilSynced()
        core.pipeline.stop()
        if core.isClosed.load(ordering: .acquiring) { return }
        let failure = core.state.withLock { $0.failure }
        defer { core.releaseFile() }
        if isReadOnly || core.file.isVolatile || failure != nil { return }
        let writer = core.writer
        // The next opening numbers its transactions from the newest meta page on; none may have the number of a state that
        // is still being read.
        let isOutrun = core.liveStates().last.map { $0 > writer.durable.transaction } ?? false
        let hasJournal = writer.journal.run != nil && !writer.keepsJournalClosed
        if writer.hasUnflushed || hasJournal || !writer.durable.isWhole || isOutrun {
            try writer.flush(core, whole: true, closes: true)
        }
        writer.shrunkAt = writer.shrunkAt ?? (writer.space == nil ? nil : 0)
        try writer.cutTail(core)
        if !writer.isClaimed { return }
        try writer.copyMeta(core)
        try writeClosingNote(writer.durable.transaction, core.file)
    }
}

extension Core {
    /// Lets the writer's lock go, and keeps what live snapshots need with locks of the readers' kind.
    fileprivate func releaseFile() {
        state.withLock { state in
            isClosed.store(true, ordering: .sequentiallyConsistent)
            published.close()
            if isReadOnly || file.isVolatile { return }
            let live = published.entries().map(\.transaction)
            for transaction in live where (try? file.lockReader(transaction)) != nil { state.locked[transaction] = transaction }
            // After a failed write a snapshot may see pages that no durable state has, and the next opening would take them for free.
            // So there is none before that snapshot has gone, and the file with it.
            if live.last ?? 0 <= writer.durable.transaction { file.unlockWriter() }
        }
    }
}
