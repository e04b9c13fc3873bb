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
    let usesJournal: Bool
    /// What snapshots are made of.
    let published: PublishedState
    let state: Mutex<State>
    let isClosed = Atomic(false)
    private let began = ContinuousClock.now
    /// In which hundredth of a second since then the file's size was last found to be right; 0: in none.
    private let sizeCheck = Atomic(0)
    /// Whoever has passed it may use `writer`.
    let gate = Gate()
    let writer: Writer
    /// Whoever has passed it may compact.
    let compactions = Gate()
    /// What brings the writer's work to the disk.
    let pipeline = CommitPipeline()

    struct State: ~Copyable {
        /// Of a read-only store: the newest flush that a meta page told of when its state was published; it need not be whole.
        var newestFlush: UInt64
        /// Of a read-only store: that flush, and what the journal says.
        var replay: Replay?
        /// The states with snapshots that are announced to other openings, each by a lock of the readers' kind on the number of the
        /// flush whose pages it needs.
        var locked: [UInt64: UInt64] = [:]
        /// Why nothing may be written any more.
        var failure: String?
        var lastSummary: SpaceSummary?
    }

    init(file: any StorageFile, _ found: OpenedState, options: StoreOptions) {
        self.file = file
        let meta = found.meta
        pageSize = meta.pageSize
        uuid = meta.uuid
        opening = options.readOnly || found.isClaimed ? meta.opening : found.newestOpening + 1
        isReadOnly = options.readOnly
        dirtyByteLimit = options.dirtyByteLimit
        softCommitMilliseconds = options.softCommitMilliseconds
        usesJournal = options.usesJournal && !file.isVolatile
        let view = TreeView(
            reader: PageReader(mapping: found.mapping, pageSize: meta.pageSize, pageLimit: meta.highWater), root: meta.root)
        published = PublishedState(view, meta.transaction)
        state = Mutex(State(newestFlush: found.newest, replay: options.readOnly ? Replay(file, meta, found.mapping) : nil))
        writer = Writer(
            tree: Tree(pageSize: meta.pageSize, view: view, version: found.newest + 1),
            durable: meta, slot: found.slot, nextVersion: found.newest + 1, isClaimed: found.isClaimed)
        if !file.isVolatile { writer.tree.durable = meta.transaction }
    }

    deinit {
        writer.tree.freeMemory()
    }

    // MARK: Snapshots

    /// The newest applied state, announced so that its pages stay.
    func beginSnapshot() throws(StoreError) -> (view: TreeView, transaction: UInt64) {
        if isReadOnly { return try beginForeignSnapshot() }
        guard let (view, transaction) = published.beginSnapshot() else { throw .closed }
        do throws(StoreError) {
            try checkFileSize(view)
        } catch {
            endSnapshot(transaction)
            throw error
        }
        return (view, transaction)
    }

    /// The newest flush of another process, or of another opening, with what the journal says. A lock tells its writer to leave the flush's
    /// pages alone; a flush between looking and locking, or while the journal is read, is found out by looking again.
    private func beginForeignSnapshot() throws(StoreError) -> (view: TreeView, transaction: UInt64) {
        try state.withLock { (state) throws(StoreError) in
            if isClosed.load(ordering: .relaxed) { throw .closed }
            for _ in 0..<1000 {
                let replay = try newestReplay(&state)
                let flush = replay.meta.transaction
                let wasLocked = state.locked.values.contains(flush)
                if !wasLocked { try file.lockReader(flush) }
                var isNewest = false
                defer { if !isNewest && !wasLocked { file.unlockReader(flush) } }
                if try newestFlush() != state.newestFlush { continue }
                // Pages stay as they are from here on.
                do throws(StoreError) {
                    if try replay.advance() { published.publish(replay.view, replay.transaction) }
                } catch {
                    state.replay = nil
                    // The next flush's records may stand there by now.
                    if try newestFlush() != state.newestFlush { continue }
                    throw error
                }
                let found = replay.meta.journal == nil ? state.newestFlush : try newestFlush()
                isNewest = found == state.newestFlush
                if !isNewest { continue }
                let (view, transaction) = published.newest
                published.beginSnapshot(of: transaction)
                state.locked[transaction] = flush
                return (view, transaction)
            }
            throw .busy(path: file.path, processID: readProcessNote(file))
        }
    }

    /// The newest flush, with the records of its journal as far as they were taken in.
    private func newestReplay(_ state: inout State) throws(StoreError) -> Replay {
        if let replay = state.replay, try newestFlush() == state.newestFlush { return replay }
        // Pages may have been used again since, so what was verified of them means nothing now.
        let found = try OpenedState.find(file, trustsWriter: true)
        let replay = Replay(file, found.meta, found.mapping)
        published.publish(replay.view, replay.transaction)
        state.replay = replay
        state.newestFlush = found.newest
        return replay
    }

    /// Of the records that a read-only store has gone through, those that a snapshot's state has.
    func records(of snapshot: Snapshot) -> [JournalRecord] {
        let last = snapshot.transaction.rawValue
        return state.withLock { _ in snapshot.view.replay?.records.filter { $0.transaction <= last } ?? [] }
    }

    /// Looks whether a journal has records behind one that is not whole.
    func checkJournal(_ replay: Replay) throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            while true {
                do throws(StoreError) { return try replay.checkEnd() } catch {
                    // A writer may have gone on since this looked last.
                    guard try replay.advance() else { throw error }
                    if state.replay === replay { published.publish(replay.view, replay.transaction) }
                }
            }
        }
    }

    /// Takes back what announced a state to other openings, if it has no snapshot any more.
    private func unlockIfUnused(_ transaction: UInt64, _ state: inout State) {
        guard let flush = state.locked[transaction], !published.hasSnapshots(of: transaction) else { return }
        state.locked[transaction] = nil
        if !state.locked.values.contains(flush) { file.unlockReader(flush) }
    }

    private func newestFlush() throws(StoreError) -> UInt64 { try MetaPages(file).good[0].meta.transaction }

    /// A state that only the running transaction has, frozen.
    func beginSnapshot(of view: TreeView, _ transaction: UInt64) {
        published.beginSnapshot(of: transaction)
    }

    func endSnapshot(_ transaction: UInt64) {
        published.endSnapshot(transaction)
        // In a store that was closed before its snapshots, locks keep their pages from the next opening. Either closing saw that this
        // one had ended, or this sees that the store is closed.
        if isReadOnly || isClosed.load(ordering: .sequentiallyConsistent) { state.withLock { unlockIfUnused(transaction, &$0) } }
    }

    /// A mapped page beyond the file's end would be a signal instead of an error. That costs as much as looking up a key, so it isn't done
    /// more often than a hundred times a second.
    func checkFileSize(_ view: TreeView) throws(StoreError) {
        if file.isVolatile { return }
        let now = Int((ContinuousClock.now - began) / .milliseconds(10)) + 1
        if now == sizeCheck.load(ordering: .relaxed) { return }
        let expected = view.reader.pageLimit * UInt64(pageSize)
        let byteCount = try file.byteCount()
        guard byteCount >= expected else { throw .truncated(path: file.path, byteCount: byteCount, expected: expected) }
        sizeCheck.store(now, ordering: .relaxed)
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
    var snapshotEndings: UInt64 { published.endings }

    /// The states that snapshots see, and the one that the next snapshot would, in ascending order.
    func liveStates() -> [UInt64] {
        var states = published.entries().map(\.transaction) + [published.newest.transaction]
        states.sort()
        return states
    }

    /// Makes a state the one that new snapshots show.
    ///
    /// - Throws: `failedBefore` if a flush has failed: it isn't certain then that the state can become durable.
    func publish(_ view: TreeView, _ transaction: UInt64) throws(StoreError) {
        let failure = state.withLock { state in
            if state.failure == nil { published.publish(view, transaction) }
            return state.failure
        }
        if let failure { throw .failedBefore(reason: failure) }
    }

    func refuseWrites(_ error: StoreError) {
        state.withLock { $0.failure = $0.failure ?? error.description }
    }

    /// Takes what snapshots show back to what is durable, when what came after could not be made so.
    func fallBack(to durable: MetaPage, _ error: StoreError) {
        state.withLock { state in
            if state.failure != nil { return }
            state.failure = error.description
            var view = published.newest.view
            view.root = durable.root
            if writer.durableRecords > 0 {
                // What can't be read again isn't shown; it is in the file all the same.
                let replay = Replay(file, durable, view.reader.mapping)
                if (try? replay.advance(to: writer.durableRecords)) != nil { view = replay.view }
            }
            published.publish(view, durable.transaction)
        }
    }

    func checkWritable() throws(StoreError) {
        if isReadOnly { throw .readOnly }
        if isClosed.load(ordering: .acquiring) { throw .closed }
        try checkSound()
    }

    /// Throws if a write or a sync has failed: then nothing that isn't durable yet will ever be.
    func checkSound() throws(StoreError) {
        if let failure = state.withLock({ $0.failure }) { throw .failedBefore(reason: failure) }
    }
}
