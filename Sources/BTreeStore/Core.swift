internal import Synchronization

/// What a store, its snapshots and its writer share. It lives until the last of them is gone, so that bytes handed out stay.
final class Core: Sendable {
    let file: any StorageFile
    let pageSize: Int
    let uuid: FileID
    let opening: UInt64
    let isReadOnly: Bool
    let dirtyByteLimit: Int
    let softCommitMilliseconds: Int
    /// What snapshots are made of.
    let published: Mutex<Published>
    /// Whoever has passed it may use `writer`.
    let gate = Gate()
    let writer: Writer
    /// What brings the writer's work to the disk.
    let pipeline = CommitPipeline()

    struct Published: ~Copyable {
        var view: TreeView
        var transaction: UInt64
        /// Of a read-only store: the newest flush that a meta page told of when `view` was made; it need not be whole.
        var newestFlush: UInt64
        var snapshots = SnapshotRegistry()
        var isClosed = false
        /// Why nothing may be written any more.
        var failure: String?
        var lastSummary: SpaceSummary?
    }

    init(file: any StorageFile, meta: MetaPage, slot: Int, mapping: Mapping, nextVersion: UInt64, options: StoreOptions) {
        self.file = file
        pageSize = meta.pageSize
        uuid = meta.uuid
        opening = meta.opening
        isReadOnly = options.readOnly
        dirtyByteLimit = options.dirtyByteLimit
        softCommitMilliseconds = options.softCommitMilliseconds
        let view = TreeView(
            reader: PageReader(mapping: mapping, pageSize: meta.pageSize, pageLimit: meta.highWater), root: meta.root)
        published = Mutex(Published(view: view, transaction: meta.transaction, newestFlush: nextVersion - 1))
        writer = Writer(
            tree: Tree(pageSize: meta.pageSize, view: view, version: nextVersion),
            durable: meta, slot: slot, nextVersion: nextVersion)
        if !file.isVolatile { writer.tree.durable = meta.transaction }
    }

    deinit {
        writer.tree.freeMemory()
    }

    // MARK: Snapshots

    /// The newest applied state, announced so that its pages stay.
    func beginSnapshot() throws(StoreError) -> (view: TreeView, transaction: UInt64) {
        if isReadOnly { return try beginForeignSnapshot() }
        let result = published.withLock { (published) -> (TreeView, UInt64)? in
            if published.isClosed { return nil }
            _ = published.snapshots.begin(published.transaction)
            return (published.view, published.transaction)
        }
        guard let (view, transaction) = result else { throw .closed }
        do throws(StoreError) {
            try checkFileSize(view)
        } catch {
            endSnapshot(transaction)
            throw error
        }
        return (view, transaction)
    }

    /// The newest flush of another process, or of another opening. The lock tells its writer; a flush between looking and
    /// locking is found out by looking again.
    private func beginForeignSnapshot() throws(StoreError) -> (view: TreeView, transaction: UInt64) {
        try published.withLock { (published) throws(StoreError) in
            if published.isClosed { throw .closed }
            for _ in 0..<1000 {
                if try newestFlush() != published.newestFlush {
                    // Pages may have been used again since, so what was verified of them means nothing now.
                    let found = try OpenedState.find(file, trustsWriter: true)
                    let reader = PageReader(mapping: found.mapping, pageSize: pageSize, pageLimit: found.meta.highWater)
                    published.view = TreeView(reader: reader, root: found.meta.root)
                    published.transaction = found.meta.transaction
                    published.newestFlush = found.newest
                }
                let transaction = published.transaction
                let isFirst = published.snapshots.begin(transaction)
                var isNewest = false
                defer { if !isNewest && published.snapshots.end(transaction) { file.unlockReader(transaction) } }
                if isFirst { try file.lockReader(transaction) }
                isNewest = try newestFlush() == published.newestFlush
                if isNewest { return (published.view, transaction) }
            }
            throw .busy(path: file.path, processID: readProcessNote(file))
        }
    }

    private func newestFlush() throws(StoreError) -> UInt64 { try MetaPages(file).good[0].meta.transaction }

    /// A state that only the running transaction has, frozen.
    func beginSnapshot(of view: TreeView, _ transaction: UInt64) {
        published.withLock { _ = $0.snapshots.begin(transaction) }
    }

    func endSnapshot(_ transaction: UInt64) {
        // In a store that was closed before its snapshots, locks keep their pages from the next opening.
        let unlocks = published.withLock { $0.snapshots.end(transaction) && ($0.isClosed || isReadOnly) }
        if unlocks { file.unlockReader(transaction) }
    }

    /// A mapped page beyond the file's end would be a signal instead of an error.
    func checkFileSize(_ view: TreeView) throws(StoreError) {
        if file.isVolatile { return }
        let expected = view.reader.pageLimit * UInt64(pageSize)
        let byteCount = try file.byteCount()
        guard byteCount >= expected else { throw .truncated(path: file.path, byteCount: byteCount, expected: expected) }
    }

    // MARK: States that must stay

    /// The states whose pages the writer may not use, in ascending order.
    func protectedStates(durable: UInt64, next: UInt64) throws(StoreError) -> [UInt64] {
        var states = liveStates()
        if !file.isVolatile {
            states.append(durable)
            states += try file.readersElsewhere(below: next)
        }
        states.sort()
        return states
    }

    /// How often a state's last snapshot has ended so far.
    var snapshotEndings: UInt64 { published.withLock { $0.snapshots.endings } }

    /// The states that snapshots see, and the one that the next snapshot would, in ascending order.
    func liveStates() -> [UInt64] {
        var states = published.withLock { $0.snapshots.transactions + [$0.transaction] }
        states.sort()
        return states
    }

    /// Makes a state the one that new snapshots show.
    ///
    /// - Throws: `failedBefore` if a flush has failed: it isn't certain then that the state can become durable.
    func publish(_ view: TreeView, _ transaction: UInt64) throws(StoreError) {
        let failure = published.withLock { published in
            if published.failure == nil {
                published.view = view
                published.transaction = transaction
            }
            return published.failure
        }
        if let failure { throw .failedBefore(reason: failure) }
    }

    func refuseWrites(_ error: StoreError) {
        published.withLock { $0.failure = $0.failure ?? error.description }
    }

    /// Takes what snapshots show back to what is durable, when what came after could not be made so.
    func fallBack(to durable: MetaPage, _ error: StoreError) {
        published.withLock {
            if $0.failure == nil {
                $0.failure = error.description
                $0.view.root = durable.root
                $0.transaction = durable.transaction
            }
        }
    }

    func checkWritable() throws(StoreError) {
        if isReadOnly { throw .readOnly }
        let (isClosed, failure) = published.withLock { ($0.isClosed, $0.failure) }
        if isClosed { throw .closed }
        if let failure { throw .failedBefore(reason: failure) }
    }
}
