import Ground
internal import Synchronization

/// The way of applied transactions to the disk, many at a time.
///
/// A transaction is applied in the writer's turn; then it rides on the first flush that is chosen afterwards. One of the threads that
/// wait for that flush leads it: it takes a record for the journal, or takes the turn, has pages written and ends the turn; and syncs. So
/// while the disk is busy other transactions are applied, and all of them ride on the next flush; and a record waits for no transaction
/// that runs. There is one flush at a time, because a meta page may be written over only once the other one is durable.
///
/// If a flush fails, all that ride on it fail, and those after it; the store then shows what is durable and takes no more writes.
final class CommitPipeline: @unchecked Sendable {
    // Sendable: what changes is atomic, or used only under a lock.
    let turn: Turn
    let writer: Writer
    let published: PublishedState
    private let monitor = Monitor(conditions: 5)
    /// Number of the newest flush whose contents have been chosen; the first is 1.
    /// It changes under the monitor, and either under the lock of `next` or in the turn.
    private let begun = Atomic<UInt64>(0)
    /// What the next flush will have. It has a lock of its own: threads that a flush lets go stand in a queue for the monitor, and
    /// whoever has the turn should not stand behind them.
    private let next = Mutex(Next())
    /// Number of the newest flush that has finished.
    private var ended: UInt64 = 0
    /// Whether a thread has taken it on to make the next flush.
    private var isLed = false
    /// Whether a flush waits for the disk, without the turn.
    private var isSyncing = false
    /// How many need that no record is taken: threads, one inside the other's turn.
    private var quietCount = 0
    private var failure: StoreError?
    private var crowd = Crowd()
    /// Whether the leader waits for the crowd.
    private var isGathering = false
    /// The newest flush that soft commits ride on, and when it should begin.
    private var softFlush: UInt64 = 0
    private var softDeadline = ContinuousClock.now
    /// When the upkeep is due, which no commit should wait for.
    private var upkeepDeadline: ContinuousClock.Instant?
    /// Whether it only looks again whether the snapshots in its way have gone, and after how many times the pause of a soft commit.
    private var looksAgain = false
    private var upkeepPauses = 1
    private var hasThread = false
    private var isStopped = false
    /// The flush that the newest state rides on.
    private let newestRide = Atomic<UInt64>(0)
    let hardCommits = HardCommits()

    /// A thread that waits for a flush waits for the condition of its number modulo 2, so that the flush before doesn't wake it.
    private static func riders(_ flush: UInt64) -> Int { Int(flush & 1) }
    private static let synced = 2
    private static let softly = 3
    private static let unquiet = 4
    private static let mostUpkeepPauses = 64
    private static let mostSlicesForOthers = 3

    /// Beside this, the changes that the journal has for its next record are used only under the lock.
    private struct Next {
        /// Whether what was applied has cut subtrees off, of which no flush of pages has told.
        var hasCuts = false
        /// Whether the turn was announced for a flush of pages.
        var isAnnounced = false
    }

    init(turn: Turn, writer: Writer, published: PublishedState) {
        self.turn = turn
        self.writer = writer
        self.published = published
    }

    // MARK: In the writer's turn

    /// The flush to wait for, for what has been applied so far.
    ///
    /// - Parameters:
    ///   - finished: the state of the transaction that is over, if there is one whose changes the journal is to have.
    ///   - isAwaited: whether somebody is going to wait for that flush. If it needs the turn, nobody has that for long before it.
    func ride(finishing finished: TransactionID? = nil, isAwaited: Bool = false) -> UInt64 {
        // A leader takes the record either before, and then the changes ride on the next flush, or after, and then it has them.
        next.withLock { next in
            if let finished { writer.journal.finish(finished) }
            let needsPages = writer.needsPages
            writer.journal.note(needsPages: needsPages)
            next.hasCuts = !writer.tree.cuts.isEmpty
            let begun = begun.load(ordering: .relaxed)
            let flush = writer.hasUnsaved ? begun + 1 : begun
            if needsPages && isAwaited && flush > begun { announce(&next) }
            newestRide.store(flush, ordering: .releasing)
            return flush
        }
    }

    private func announce(_ next: inout Next) {
        guard !next.isAnnounced else { return }
        next.isAnnounced = true
        turn.announce(isOwed: true)
    }

    /// The flush for which the turn was announced has had it, or never will.
    private func retract() {
        let wasAnnounced = next.withLock { next in
            defer { next.isAnnounced = false }
            return next.isAnnounced
        }
        if wasAnnounced { turn.retract(isOwed: true) }
    }

    /// Waits until no flush is under way. Another may begin at once.
    func waitUntilSynced() {
        monitor.withLock {
            while isSyncing { monitor.wait(Self.synced) }
        }
    }

    /// Waits until no flush is under way. None begins before ``endQuiet()``, which the caller calls in the same turn.
    func beginQuiet() {
        monitor.withLock {
            quietCount += 1
            while isSyncing { monitor.wait(Self.synced) }
        }
    }

    /// Begins it if no flush is under way.
    func tryBeginQuiet() -> Bool {
        monitor.withLock {
            if !isSyncing { quietCount += 1 }
            return !isSyncing
        }
    }

    func endQuiet() {
        monitor.withLock { quietCount -= 1 }
        monitor.broadcast(Self.unquiet)
    }

    /// Has a thread of the store's own lead a flush when its time has come, unless another thread makes it before.
    func flushSoon(_ flush: UInt64, isUrgent: Bool) {
        monitor.withLock {
            if isStopped || flush <= ended || failure != nil { return }
            if flush > softFlush {
                softFlush = flush
                softDeadline = later()
            } else if !isUrgent || softDeadline <= .now {
                return
            }
            if isUrgent { softDeadline = .now }
            wakeThread()
        }
    }

    private func later(pauses: Int = 1) -> ContinuousClock.Instant {
        .now + .milliseconds(writer.options.softCommitMilliseconds) * pauses
    }

    // MARK: The store's own thread

    private func wakeThread() {
        if hasThread {
            monitor.signal(Self.softly)
        } else {
            // Without a thread a soft commit becomes durable when another flush comes along, like one that asks for nothing.
            hasThread = (try? SystemThread { [self] in work() }) != nil
        }
    }

    /// The thread's work. It sleeps while there is none.
    private func work() {
        monitor.lock()
        defer { monitor.unlock() }
        while !isStopped {
            let flush = softFlush > ended && failure == nil ? softFlush : 0
            let upkeep = failure == nil ? upkeepDeadline : nil
            guard let deadline = flush > 0 ? min(softDeadline, upkeep ?? softDeadline) : upkeep else {
                monitor.wait(Self.softly)
                continue
            }
            let rest = deadline - .now
            if rest > .zero {
                monitor.wait(Self.softly, microseconds: Int(rest / .microseconds(1)) + 1)
                continue
            }
            monitor.unlock()
            // The next write throws what failed here.
            if flush > 0 { try? wait(for: flush) }
            if upkeep == deadline {
                // A flush that leaves more of such work behind, from now on, sets another one.
                let isAgain = monitor.withLock {
                    upkeepDeadline = nil
                    return looksAgain
                }
                if !isAgain || (try? inTurn(writer.mayKeepUp())) ?? false { try? keepUp() }
                keepUpAgain()
            }
            monitor.lock()
        }
    }

    /// Has the upkeep look again some time later if there is work left: it waits for snapshots to go, and nobody tells when they have.
    private func keepUpAgain() {
        let isLeft = (try? inTurn(writer.needsUpkeep)) ?? false
        monitor.withLock {
            upkeepPauses = isLeft ? min(2 * upkeepPauses, Self.mostUpkeepPauses) : 1
            if isLeft && upkeepDeadline == nil {
                looksAgain = true
                upkeepDeadline = later(pauses: upkeepPauses)
            }
        }
    }

    /// Ends the thread. What it would have written, closing writes.
    func stop() {
        monitor.withLock { isStopped = true }
        monitor.signal(Self.softly)
    }

    // MARK: Without the writer's turn

    /// Waits until all that was applied before is durable.
    func waitForNewest() throws(StoreError) {
        try wait(for: newestRide.load(ordering: .acquiring))
    }

    /// Waits until a flush is over; leads it if no other thread does.
    ///
    /// - Throws: why it failed.
    func wait(for flush: UInt64) throws(StoreError) {
        monitor.lock()
        defer { monitor.unlock() }
        if flush > begun.load(ordering: .relaxed) { crowd.gathered += 1 } else if flush > ended { crowd.riders += 1 }
        while ended < flush {
            if let failure { throw failure }
            // The last thread that was waited for leads in place of the waiting one.
            let takesOver = isGathering && crowd.isComplete
            if isLed && !takesOver {
                monitor.wait(Self.riders(flush))
                continue
            }
            isLed = true
            isGathering = false
            if !takesOver && !gather(flush) { continue }
            monitor.unlock()
            var thrown: StoreError?
            let start = ContinuousClock.now
            do { try lead() } catch { thrown = error }
            end(thrown, after: ContinuousClock.now - start)
            monitor.lock()
        }
    }

    /// Waits a moment for others to come, so that a crowd shares every flush rather than every other one.
    ///
    /// - Returns: false if another thread leads now.
    private func gather(_ flush: UInt64) -> Bool {
        guard let nanoseconds = crowd.takeWait() else { return true }
        let deadline = ContinuousClock.now + .nanoseconds(nanoseconds)
        let before = crowd.gathered
        isGathering = true
        while isGathering && !crowd.isComplete {
            let rest = deadline - ContinuousClock.now
            if rest <= .zero { break }
            monitor.wait(Self.riders(flush), microseconds: Int(rest / .microseconds(1)) + 1)
        }
        guard isGathering else { return false }
        isGathering = false
        crowd.noteWaited(from: before)
        return true
    }

    /// Takes a record for the journal, or chooses and writes pages in the turn, and waits for the disk without the turn.
    private func lead() throws(StoreError) {
        // Those before it in the queue for the turn end their transactions meanwhile, and ride too. One that runs for long is not waited for.
        let patience = monitor.withLock { crowd.patience }
        if let patience, turn.take(until: .now + .nanoseconds(patience)) { turn.end() }
        if let record = try takeRecord() {
            retract()
            return try writer.writeRecord(record)
        }
        next.withLock { announce(&$0) }
        turn.take()
        var meta: MetaPage?
        do {
            // Closing or a backup may have written everything meanwhile, or have failed to.
            try published.checkSound()
            let isCrowded = monitor.withLock { crowd.gathered > 2 }
            try writeSlices(isCrowded: isCrowded)
            if writer.hasUnsaved {
                try published.checkWritable()
                meta = try writer.beginFlush(whole: false, isCrowded: isCrowded)
            }
        } catch {
            retract()
            turn.end()
            throw error
        }
        let needsUpkeep = writer.needsUpkeep
        monitor.withLock { beginFlush(needsUpkeep: needsUpkeep) }
        retract()
        turn.end()
        if let meta { try writer.finishFlush(meta) }
    }

    /// Writes changed pages a slice at a time, until there is no more than a slice for the flush. Whoever waits for the turn has it in
    /// between.
    private func writeSlices(isCrowded: Bool) throws(StoreError) {
        var rounds = writer.slicesBeforeFlush
        var left = writer.tree.memory.filePageCount
        var hasLeaves = true
        while hasLeaves, rounds > 0, writer.hasUnsaved, writer.slicesBeforeFlush > 0 {
            rounds -= 1
            // There would be no end beside those who change as many pages in between: what they have changed is written as well.
            let added = max(writer.tree.memory.filePageCount, left) - left
            let slices = 1 + min(writer.flushSlices(of: added) + (added > 0 ? 1 : 0), Self.mostSlicesForOthers)
            for _ in 0..<slices where hasLeaves {
                try published.checkWritable()
                hasLeaves = try writer.writeSlice(isCrowded: isCrowded)
            }
            left = writer.tree.memory.filePageCount
            turn.pass()
            try published.checkSound()
        }
    }

    /// Takes a record of the transactions that are over, whoever has the turn.
    ///
    /// - Returns: nil if there is nothing to be taken, or only a flush of pages can save it.
    private func takeRecord() throws(StoreError) -> TakenRecord? {
        try published.checkSound()
        return monitor.withLock {
            while quietCount > 0 { monitor.wait(Self.unquiet) }
            return next.withLock { next in
                guard let record = writer.journal.takeRecord(keepsChanges: writer.shipping.isWanted) else { return nil }
                // The pages that a range delete cut off are of use only when a flush of pages has told of it. That comes later.
                beginFlush(needsUpkeep: next.hasCuts)
                return record
            }
        }
    }

    /// Notes, under the monitor, that the contents of a flush have been chosen.
    private func beginFlush(needsUpkeep: Bool) {
        begun.add(1, ordering: .relaxed)
        crowd.leave()
        isSyncing = true
        if needsUpkeep && (upkeepDeadline == nil || looksAgain) && !isStopped {
            looksAgain = false
            upkeepDeadline = later()
            wakeThread()
        }
    }

    private func end(_ error: StoreError?, after duration: Duration) {
        if error != nil { retract() }
        let flush = monitor.withLock {
            isLed = false
            isSyncing = false
            if let error {
                failure = failure ?? error
            } else {
                ended = begun.load(ordering: .relaxed)
                crowd.arrive(after: duration)
            }
            return ended
        }
        // Not under the monitor, where those that wake would stand in a queue for it. One that has come since and waits for the flush
        // after the next may wake too, and waits again.
        if error != nil {
            monitor.broadcast(0)
            monitor.broadcast(1)
        } else {
            monitor.broadcast(Self.riders(flush))
            // One of the threads that have come meanwhile has to lead.
            monitor.signal(Self.riders(flush + 1))
        }
        monitor.broadcast(Self.synced)
    }
}
