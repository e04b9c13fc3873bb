/// The one writer's side: the tree being changed, the free pages, and what the disk is known to hold.
final class Writer: @unchecked Sendable {
    // Sendable: used only by whoever has passed the core's gate; but `durable`, `slot` and `unsyncedPages` by whoever leads a flush
    // that waits for the disk, and until that is over by nobody else (`CommitPipeline.waitUntilSynced`).
    let tree: Tree
    /// Read from the file when it is first wanted: readers don't need it.
    var space: FreeSpace?
    /// The newest state on the disk, and the meta page, 0 or 1, that tells of it.
    var durable: MetaPage
    var slot: Int
    /// Whether the file tells of this opening.
    var isClaimed: Bool
    /// The root that the last flush wrote, durable or under way.
    var flushedRoot: Root
    /// The short way to the disk.
    var journal: Journal
    /// So many of its records, on top of the durable flush, are durable.
    var durableRecords: UInt64 = 0
    /// A flush is wanted although no transaction changed anything.
    var wantsFlush = false
    /// The flush that made the file shorter by its meta page, while the file itself isn't yet.
    var shrunkAt: UInt64?
    /// The number that the next transaction, frozen state or flush gets.
    private(set) var nextVersion: UInt64
    /// Pages written since the last sync.
    var unsyncedPages: UInt64 = 0
    /// Bytes of the file, of which those beyond the high-water mark were written as zeros.
    var fileByteCount: UInt64?
    /// At most so many pages of zeros are added at once; doubled each time.
    var growthPages: UInt64 = 16
    /// Many wait for the flush that is being made.
    var isCrowded = false
    private(set) var buffer: FlushBuffer?
    /// Of the retired pages in memory, the first so many were looked at before, with this many snapshots ended.
    private var keptPages = 0
    private var seenEndings: UInt64 = 0
    private var keptForRollback = false
    /// What the running transaction began with.
    private var undo: Undo?
    /// From so many retired pages on, a transaction that is frozen again and again looks which of them nobody sees any more.
    private var reclaimCount = Writer.leastReclaimCount
    private static let leastReclaimCount = 1024

    private struct Undo {
        /// The transaction's first number: whatever it made or freed has this one or a later one.
        var first: UInt64
        var root: Root
        /// Where its pages were written before it ended.
        var spilled: [FreedRun] = []
    }

    init(tree: Tree, durable: MetaPage, slot: Int, nextVersion: UInt64, isClaimed: Bool) {
        self.isClaimed = isClaimed
        self.tree = tree
        self.durable = durable
        self.slot = slot
        flushedRoot = durable.root
        journal = Journal(durable)
        self.nextVersion = nextVersion
    }

    func takeVersion() -> UInt64 {
        nextVersion += 1
        return nextVersion - 1
    }

    func flushBuffer(_ core: Core) -> FlushBuffer {
        let buffer = self.buffer ?? FlushBuffer(core.file, pageSize: core.pageSize)
        self.buffer = buffer
        return buffer
    }

    /// Whether the newest flush of pages lacks something that was applied.
    var hasUnflushed: Bool {
        wantsFlush || tree.root != flushedRoot || !tree.freed.isEmpty || !tree.cuts.isEmpty
    }

    /// Whether the file, with its journal, lacks something that was applied, or more than that is wanted of it.
    var hasUnsaved: Bool {
        wantsFlush || (journal.isRecording ? journal.hasPending : hasUnflushed)
    }

    var isInTransaction: Bool { undo != nil }

    // MARK: Transactions

    func begin() {
        tree.version = takeVersion()
        undo = Undo(first: tree.version, root: tree.root)
        journal.beginTransaction()
    }

    /// Freezes what the transaction has so far: later changes copy.
    func freeze(_ core: Core) -> (view: TreeView, transaction: UInt64) {
        let frozen = tree.version
        core.beginSnapshot(of: tree.view, frozen)
        tree.version = takeVersion()
        if tree.retired.count >= reclaimCount {
            reclaimMemory(core)
            reclaimCount = max(Self.leastReclaimCount, 2 * tree.retired.count)
        }
        return (tree.view, frozen)
    }

    /// Makes the transaction's state the newest.
    ///
    /// - Returns: the flush to wait for, once the slot is left, if the state is to be durable.
    func commit(_ core: Core, _ durability: Durability) throws(StoreError) -> UInt64? {
        // From here on nothing is taken back; also, what is kept for that would be copied when it changes.
        let isChanged = undo.map { $0.root != tree.root || !$0.spilled.isEmpty } ?? true
        undo = nil
        if isChanged {
            try core.publish(tree.view, tree.version)
            reclaimMemory(core)
        } else {
            // What came to nothing leads to no new state, so no record may tell of it.
            journal.rollback()
        }
        let flush = core.file.isVolatile ? 0 : core.pipeline.ride(isUnflushed: hasUnsaved)
        if durability == .hard && !core.file.isVolatile { return flush }
        if isChanged { try spillIfLarge(core) }
        if durability == .soft && !core.file.isVolatile {
            core.pipeline.flushSoon(flush, core, isUrgent: tree.memory.byteCount > core.dirtyByteLimit / 2)
        }
        return nil
    }

    /// Takes the tree back to where the transaction began.
    func rollback(_ core: Core) {
        guard let undo else { return }
        journal.rollback()
        let now = takeVersion()
        tree.version = now
        // What the transaction let go of is in use again; what it made itself, only a snapshot of it may still see.
        tree.retired.removeAll { page in
            guard page.freed >= undo.first && page.created < undo.first else { return false }
            tree.memory.restore(page.page)
            return true
        }
        if !tree.root.isEmpty { tree.retireSubtree(tree.root.reference, level: tree.root.level, since: undo.first) }
        tree.freed.removeAll { $0.freed >= undo.first }
        tree.cuts.removeAll { $0.freed >= undo.first }
        if !undo.spilled.isEmpty { takeBack(undo.spilled, since: undo.first, at: now) }
        tree.root = undo.root
        self.undo = nil
        keptPages = 0
        reclaimMemory(core)
    }

    /// Frees the pages that a rolled-back transaction wrote. What it had freed of older states is still there: those states were
    /// protected all along by the one that is published.
    private func takeBack(_ spilled: [FreedRun], since first: UInt64, at now: UInt64) {
        space?.restore(freedSince: first)
        var rest = PageBitmap()
        for run in spilled { rest.insert(run.start, run.count) }
        space?.removeFree(from: &rest, bornSince: first)
        // A page that was written twice counts as what it was the second time: nobody saw the first any more.
        for run in spilled.reversed() {
            while let part = rest.run(from: run.start, to: run.start + run.count) {
                rest.remove(part.start, part.count)
                tree.freed.append(FreedRun(start: part.start, count: part.count, birth: run.birth, freed: now))
            }
        }
    }

    /// Writes changed pages to their places when they have become many, so that memory stays bounded.
    func spillIfLarge(_ core: Core) throws(StoreError) {
        guard tree.memory.byteCount > core.dirtyByteLimit else { return }
        let runs = try spill(core)
        undo?.spilled += runs
    }

    // MARK: Memory

    /// Frees the retired pages in memory that no snapshot can see.
    func reclaimMemory(_ core: Core) {
        // What a snapshot kept last time it keeps until it ends; what the published state kept, until a transaction is over.
        let endings = core.snapshotEndings
        let first = endings == seenEndings && !isInTransaction && !keptForRollback ? keptPages : 0
        seenEndings = endings
        keptForRollback = isInTransaction
        if first < tree.retired.count {
            let live = core.liveStates()
            var kept = first
            for index in first..<tree.retired.count {
                let retired = tree.retired[index]
                if let state = live.last(below: retired.freed), state >= retired.created {
                    tree.retired[kept] = retired
                    kept += 1
                } else {
                    tree.memory.freeRetired(retired.page)
                }
            }
            tree.retired.removeSubrange(kept...)
        }
        keptPages = tree.retired.count
    }
}
