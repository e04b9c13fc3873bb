internal import Synchronization

/// Brings what transactions applied to the disk, for many at a time.
///
/// A transaction is applied while it has the writer's slot; then it rides on the first flush whose pages are chosen afterwards.
/// Of those who wait for that flush one leads it: takes the slot, chooses and writes pages, leaves the slot, and syncs. So while
/// the disk is busy other transactions are applied, and all of them ride on the next flush. There is one flush at a time,
/// because a meta page may be written over only once the other one is durable.
///
/// If a flush fails all who ride on it fail, and those after it; the store then shows what is durable and takes no more writes.
final class CommitPipeline: @unchecked Sendable {
    // Sendable: all that changes is atomic, or used only under the monitor, or (`begun`) changed under both monitor and slot.
    private let monitor = Monitor(conditions: 4)
    private static let softly = 3
    /// Flushes are numbered from 1. So many have had their pages chosen.
    private var begun: UInt64 = 0
    /// So many are over.
    private var ended: UInt64 = 0
    /// Somebody has taken it on to make the next flush.
    private var isLed = false
    /// A flush has left the slot and waits for the disk.
    private var isSyncing = false
    private var failure: StoreError?
    /// How many wait for the flush whose pages are chosen next, and for the one under way.
    private var gathered = 0
    private var riders = 0
    /// So many are likely to come: those that the last flush let go, and those that were applied meanwhile.
    private var expected = 0
    /// The leader waits for them.
    private var isGathering = false
    /// For so many flushes that wait isn't worth while, because it wasn't in so many in a row before.
    private var hurries = 0
    private var disappointments = 0
    private var syncNanoseconds: Int64 = 0
    /// The newest flush that soft commits ride on, and when it should begin.
    private var softFlush: UInt64 = 0
    private var softDeadline = ContinuousClock.now
    /// When what no commit should wait for is to be done.
    private var upkeepDeadline: ContinuousClock.Instant?
    private var hasThread = false
    private var isStopped = false
    /// The flush that the newest state rides on.
    private let newestRide = Atomic<UInt64>(0)

    /// Those who ride on a flush wait for the condition of its number modulo 2: so nobody is woken for the flush before.
    private static func riders(_ flush: UInt64) -> Int { Int(flush & 1) }
    private static let synced = 2

    // MARK: With the writer's slot

    /// The flush to wait for, for what has been applied so far.
    ///
    /// - Parameter isUnflushed: whether the file lacks something of it.
    func ride(isUnflushed: Bool) -> UInt64 {
        let flush = isUnflushed ? begun + 1 : begun
        newestRide.store(flush, ordering: .releasing)
        return flush
    }

    /// Waits until no flush is under way. None begins while the caller has the slot.
    func waitUntilSynced() {
        monitor.withLock {
            while isSyncing { monitor.wait(Self.synced) }
        }
    }

    /// Lets a thread of its own see to a flush, unless somebody else makes it before its time has come.
    func flushSoon(_ flush: UInt64, _ core: Core, isUrgent: Bool) {
        monitor.withLock {
            if isStopped || flush <= ended || failure != nil { return }
            if flush > softFlush {
                softFlush = flush
                softDeadline = .now + .milliseconds(core.softCommitMilliseconds)
            } else if !isUrgent || softDeadline <= .now {
                return
            }
            if isUrgent { softDeadline = .now }
            wakeThread(core)
        }
    }

    private func wakeThread(_ core: Core) {
        if hasThread {
            monitor.signal(Self.softly)
        } else {
            // Without a thread a soft commit is as one that asks for no durability, until a flush comes along.
            hasThread = startThread { [self] in work(core) }
        }
    }

    /// The thread's work. It sleeps while there is none.
    private func work(_ core: Core) {
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
            // A failure is told to whoever writes next.
            if flush > 0 { try? wait(for: flush, core) }
            if upkeep == deadline {
                try? core.keepUp()
                monitor.withLock { upkeepDeadline = nil }
            }
            monitor.lock()
        }
    }

    /// Sends the thread home; what it would have written, closing writes.
    func stop() {
        monitor.withLock { isStopped = true }
        monitor.signal(Self.softly)
    }

    // MARK: Without the writer's slot

    /// Waits until all that was applied before is durable.
    func waitForNewest(_ core: Core) throws(StoreError) {
        try wait(for: newestRide.load(ordering: .acquiring), core)
    }

    /// Waits until a flush is over; leads it if nobody else does.
    ///
    /// - Throws: why it failed.
    func wait(for flush: UInt64, _ core: Core) throws(StoreError) {
        monitor.lock()
        defer { monitor.unlock() }
        if flush > begun { gathered += 1 } else if flush > ended { riders += 1 }
        while ended < flush {
            if let failure { throw failure }
            // The last one that was waited for leads in place of who waits.
            let takesOver = isGathering && gathered >= expected
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
            do throws(StoreError) { try lead(core) } catch { thrown = error }
            end(thrown, after: ContinuousClock.now - start)
            monitor.lock()
        }
    }

    /// Waits a moment for others to come, so that a crowd shares every flush rather than every other one.
    ///
    /// - Returns: false if somebody else leads now.
    private func gather(_ flush: UInt64) -> Bool {
        guard gathered < expected else { return true }
        if hurries > 0 {
            hurries -= 1
            return true
        }
        let deadline = ContinuousClock.now + .nanoseconds(min(syncNanoseconds / 2, 2_000_000))
        isGathering = true
        while isGathering && gathered < expected {
            let rest = deadline - ContinuousClock.now
            if rest <= .zero { break }
            monitor.wait(Self.riders(flush), microseconds: Int(rest / .microseconds(1)) + 1)
        }
        guard isGathering else { return false }
        isGathering = false
        if gathered < expected {
            disappointments = min(disappointments + 1, 6)
            hurries = 1 << disappointments
        } else {
            disappointments = 0
        }
        return true
    }

    /// Chooses and writes pages with the slot, or takes a record for the journal, and waits for the disk without it.
    private func lead(_ core: Core) throws(StoreError) {
        core.gate.enter()
        var meta: MetaPage?
        var record: (page: UInt64, bytes: [UInt8])?
        var needsUpkeep = false
        do throws(StoreError) {
            // Closing or a backup may have written everything meanwhile, or tried to.
            try core.checkSound()
            if core.writer.hasUnsaved {
                try core.checkWritable()
                record = core.writer.takeRecord(core)
            }
            if record == nil && core.writer.hasUnsaved {
                let isCrowded = monitor.withLock { gathered > 2 }
                meta = try core.writer.beginFlush(core, whole: false, isCrowded: isCrowded)
                needsUpkeep = core.writer.needsUpkeep
            }
        } catch {
            core.gate.leave()
            throw error
        }
        monitor.withLock {
            begun += 1
            riders = gathered
            gathered = 0
            isSyncing = true
            if needsUpkeep && upkeepDeadline == nil && !isStopped {
                upkeepDeadline = .now + .milliseconds(core.softCommitMilliseconds)
                wakeThread(core)
            }
        }
        core.gate.leave()
        if let record { try core.writer.writeRecord(core, record) }
        if let meta { try core.writer.finishFlush(core, meta) }
    }

    private func end(_ error: StoreError?, after duration: Duration) {
        let flush = monitor.withLock {
            isLed = false
            isSyncing = false
            if let error {
                failure = failure ?? error
            } else {
                ended = begun
                expected = riders + gathered
                syncNanoseconds = Int64(duration / .nanoseconds(1))
            }
            return begun
        }
        monitor.broadcast(Self.synced)
        if error != nil {
            monitor.broadcast(0)
            monitor.broadcast(1)
        } else {
            monitor.broadcast(Self.riders(flush))
            // Whoever has been applied meanwhile needs somebody to lead.
            monitor.signal(Self.riders(flush + 1))
        }
    }
}
