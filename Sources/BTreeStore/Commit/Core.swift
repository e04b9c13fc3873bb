import Ground
internal import Synchronization

/// The state that a store, its snapshots and its writer share. It lives until the last of them is gone, so that bytes handed out stay.
final class Core: Sendable {
    let file: any StorageFile
    let pageSize: Int
    let uuid: UUID
    var opening: UInt64 { openingNumber.load(ordering: .relaxed) }
    private let openingNumber: Atomic<UInt64>
    let isReadOnly: Bool
    /// In an encrypted file.
    let generations: Generations?
    let published: PublishedState
    /// The writer's turn: whoever has it may use `writer`.
    let turn = Turn()
    let writer: Writer
    let pipeline: CommitPipeline
    /// For those that follow this file.
    let shipping: Shipping
    /// The turn to compact the file.
    let compactionTurn = Turn()
    let announced: Mutex<Announced>
    /// What the writer knew about pages when it was last asked.
    let lastSpace = Mutex<SpaceSummary?>(nil)
    private let began = ContinuousClock.now
    /// The hundredth of a second since then in which the file's size was last found to be right; 0: in none.
    private let sizeCheck = Atomic(0)
    /// The minute since then in which `ageVerification` was last called.
    private let agedMinute = Atomic(0)

    /// The states that other openings know to be read here, and in a read-only store the file as it follows it.
    struct Announced: ~Copyable {
        /// The states with snapshots that are announced to other openings, each by a shared lock on the byte of the flush whose pages
        /// it needs.
        var locked = LockedStates()
        /// In a read-only store, the newest flush that a meta page told of when its state was published; it need not be whole.
        var newestFlush: TransactionID
        /// In a read-only store, that flush with the records of its journal.
        var replay: Replay?
    }

    /// States, each with the flush whose byte is locked for it. They are few, so this is a list: to make a dictionary of a type's own keys
    /// the runtime looks through all conformances of the program, which is a tenth of what a short command executes.
    struct LockedStates {
        private var pairs: [(state: TransactionID, flush: TransactionID)] = []

        func contains(flush: TransactionID) -> Bool { pairs.contains { $0.flush == flush } }

        subscript(state: TransactionID) -> TransactionID? {
            get { pairs.first { $0.state == state }?.flush }
            set {
                pairs.removeAll { $0.state == state }
                if let newValue { pairs.append((state, newValue)) }
            }
        }
    }

    init(file: any StorageFile, _ found: OpenedState, options: StoreOptions) {
        self.file = file
        let meta = found.meta
        pageSize = meta.pageSize
        uuid = meta.uuid
        let opening = options.readOnly || found.isClaimed ? meta.opening : found.newestOpening + 1
        openingNumber = Atomic(opening)
        isReadOnly = options.readOnly
        generations = file.cipher == nil ? nil : Generations(found.mapping)
        let reader = PageReader(mapping: found.mapping, pageSize: meta.pageSize, pageLimit: meta.highWater)
        published = PublishedState(StoreState(view: TreeView(reader: reader, root: meta.root), transaction: meta.transaction))
        announced = Mutex(
            Announced(newestFlush: found.newest, replay: options.readOnly ? Replay(file, meta, found.mapping) : nil))
        shipping = Shipping(newest: meta.transaction)
        writer = Writer(file, found, opening: opening, options: options, published: published, shipping: shipping, generations)
        pipeline = CommitPipeline(turn: turn, writer: writer, published: published)
    }

    // MARK: Snapshots

    /// The newest applied state, announced so that its pages stay.
    func beginSnapshot() throws(StoreError) -> StoreState {
        if isReadOnly { return try beginSnapshotOfNewestFlush() }
        guard let state = published.beginSnapshot() else { throw .closed }
        do {
            try checkFileSize(state.view)
        } catch {
            endSnapshot(state.transaction)
            throw error
        }
        return withCurrentGeneration(state)
    }

    /// A state of an encrypted file, read by way of the pages that are being decrypted now.
    func withCurrentGeneration(_ state: StoreState) -> StoreState {
        let reader = state.view.reader
        // If that fails, there is no address space, and what was decrypted stays.
        let end = reader.pageLimit.offset(pageSize: pageSize)
        guard let generations, let current = try? generations.current(atLeast: end) else { return state }
        if current === reader.mapping { return state }
        if !isReadOnly { forgetDecrypted() }
        var state = state
        state.view.reader.mapping = current
        return state
    }

    /// Has the newest state and the writer let go of the decrypted pages of before, which nothing else does where nothing is written. Whoever
    /// has the turn does so at the next commit, or the next snapshot tries again.
    private func forgetDecrypted() {
        guard turn.tryTake() else { return }
        defer { turn.end() }
        // What a transaction has read is good until its next change.
        if !writer.isInTransaction && writer.renewMapping() { try? writer.publish(published.newestTransaction) }
    }

    /// Begins a snapshot of a named state, which the caller knows to be kept.
    func beginSnapshot(of state: NamedState, _ reader: PageReader) throws(StoreError) -> StoreState {
        let number = state.transaction
        if isReadOnly {
            try announced.withLock { (announced) throws(StoreError) in
                if !announced.locked.contains(flush: number) { try file.lockReader(number) }
                announced.locked[number] = number
                published.beginSnapshot(of: number)
            }
        } else {
            published.beginSnapshot(of: number)
        }
        // Closing announces those that it finds.
        if published.isClosed {
            endSnapshot(number)
            throw .closed
        }
        return StoreState(view: TreeView(reader: reader, root: state.root), transaction: number)
    }

    func endSnapshot(_ transaction: TransactionID) {
        published.endSnapshot(transaction)
        // After the store was closed, locks keep the pages of its snapshots from the next opening. Either closing saw that this snapshot
        // had ended, or this sees that the store is closed.
        if isReadOnly || published.isClosed { announced.withLock { unlockIfUnused(transaction, &$0) } }
    }

    /// Takes back what announced a state to other openings, if it has no snapshot any more.
    private func unlockIfUnused(_ transaction: TransactionID, _ announced: inout Announced) {
        guard let flush = announced.locked[transaction], !published.hasSnapshots(of: transaction) else { return }
        announced.locked[transaction] = nil
        if !announced.locked.contains(flush: flush) { file.unlockReader(flush) }
    }

    /// Checks that the file reaches up to the last page of a tree: reading a mapped page beyond the end is a signal instead of an error.
    /// The check costs as much as looking up a key, so it isn't done more often than a hundred times a second.
    func checkFileSize(_ view: TreeView) throws(StoreError) {
        if file.isVolatile { return }
        let passed = (ContinuousClock.now - began).components
        let now = Int(passed.seconds) * 100 + Int(passed.attoseconds / 10_000_000_000_000_000) + 1
        if now == sizeCheck.load(ordering: .relaxed) { return }
        let expected = view.reader.pageLimit.offset(pageSize: pageSize)
        let byteCount = try file.byteCount()
        guard byteCount >= expected else { throw .truncated(path: file.path, byteCount: byteCount, expected: expected) }
        sizeCheck.store(now, ordering: .relaxed)
        let minute = Int(passed.seconds) / 60
        let last = agedMinute.load(ordering: .relaxed)
        if minute != last, agedMinute.compareExchange(expected: last, desired: minute, ordering: .relaxed).exchanged {
            ageVerification(minute: minute)
        }
    }

    /// Has a 60th of the pages verified again when they are read next. A page whose bits change on the disk after it was read first, and
    /// that the system drops from memory and reads again, is found out within the hour; and it costs each page one checksum an hour.
    func ageVerification(minute: Int) {
        let reader = published.newest.view.reader
        // What was decrypted doesn't change with the disk.
        if file.cipher != nil { return }
        reader.mapping.forgetVerified(part: minute % 60, of: 60, before: reader.pageLimit)
    }

    // MARK: Another opening

    /// Goes on as an opening of a greater number than another one, in the writer's turn, while no flush is under way.
    func raiseOpening(above other: UInt64) throws(StoreError) {
        let number = max(other, opening) + 1
        openingNumber.store(number, ordering: .relaxed)
        try writer.raiseOpening(to: number)
    }

    // MARK: Closing

    /// Ends the opening. What live snapshots need is kept by readers' locks from then on, in place of the writer's lock.
    func release() {
        shipping.close()
        announced.withLock { announced in
            published.close()
            if isReadOnly || file.isVolatile { return }
            let live = published.entries().map(\.transaction)
            for transaction in live where (try? file.lockReader(transaction)) != nil { announced.locked[transaction] = transaction }
            // After a failed write a snapshot may see pages that no durable state has, and the next opening would take them for free; if
            // its lock was refused, as well. So there is no other opening before that snapshot has gone, and the file with it.
            let areKept = live.allSatisfy { announced.locked[$0] != nil && $0 <= writer.durable.transaction }
            if areKept { file.unlockWriter() }
        }
    }
}
