private import CSystem
import Ground
internal import Synchronization

/// A turn that one thread at a time can have. Unlike a mutex, it may be ended by another thread than the one that took it: a write
/// transaction may be handed on.
///
/// A newcomer may take a free turn ahead of sleeping waiters: waking a thread takes longer than most turns. A waiter that has been passed
/// over for a while goes before everybody else.
final class Turn: Sendable {
    private let taken = Atomic(false)
    /// Threads that are asleep, or about to be; changed under the monitor.
    private let sleepers = Atomic(0)
    private let monitor = Monitor(conditions: 2)
    /// Sleepers that have been passed over long enough. Changed under the monitor, like `isHandedOver`.
    private let impatient = Atomic(0)
    private let isHandedOver = Atomic(false)
    /// What the holder says while it has no use for the turn. Changed under the monitor.
    private let lending = Mutex(Lending())

    private struct Lending {
        var lent: Lent?
        /// Whether a sleeper wakes up by itself when the grace is over.
        var isWatched = false
        var last: UInt64 = 0
        var allowance = GraceAllowance()
    }

    /// A turn whose holder waits for somebody else.
    private struct Lent {
        /// Tells it from those before and after it, which are others'.
        var number: UInt64
        var begin: ContinuousClock.Instant
        var grace: Duration
        /// Until then it is the holder's to go on.
        var deadline: ContinuousClock.Instant
        var giveUp: @Sendable () -> Void
    }

    private static let sleeping = 0
    private static let impatiently = 1
    /// How long a sleeper may be passed over: many short turns, and little beside a sync, which most waiters wait for afterwards.
    private static let patienceMilliseconds = 2
    /// Attempts before going to sleep. With the pauses between them they take 6 to 18 µs, by the processor: about as long as a turn of
    /// one small transaction, and less than being put to sleep and woken up.
    private static let attempts = 400

    /// Waits until nobody has the turn, and takes it.
    func take() { _ = take(until: nil) }

    /// Waits until nobody has the turn, or for as long as that.
    ///
    /// - Returns: whether the caller has the turn now.
    func take(until deadline: ContinuousClock.Instant?) -> Bool {
        for _ in 0..<Self.attempts {
            if tryTake() { return true }
            pando_pause()
        }
        monitor.lock()
        defer { monitor.unlock() }
        let since = ContinuousClock.now
        sleepers.add(1, ordering: .sequentiallyConsistent)
        defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
        var hasSlept = false
        while !tryTake() {
            // Who has just passed the turn on comes here before the sleeper that it is for.
            if hasSlept && isHandedOver.exchange(false, ordering: .sequentiallyConsistent) { return true }
            if isOver(deadline) { return false }
            guard ContinuousClock.now - since > .milliseconds(Self.patienceMilliseconds) else {
                sleep(Self.sleeping, until: deadline)
                hasSlept = true
                continue
            }
            impatient.add(1, ordering: .sequentiallyConsistent)
            defer { impatient.subtract(1, ordering: .sequentiallyConsistent) }
            // A turn that ends from now on is handed over; one that has just ended may not be.
            while true {
                if isHandedOver.exchange(false, ordering: .sequentiallyConsistent) { return true }
                if tryTake() { return true }
                if isOver(deadline) { return false }
                sleep(Self.impatiently, until: deadline)
            }
        }
        return true
    }

    /// Whether a sleeper has waited long enough. Another one watches in its place then.
    private func isOver(_ deadline: ContinuousClock.Instant?) -> Bool {
        guard let deadline, deadline <= .now else { return false }
        wakeWatcher()
        return true
    }

    /// Sleeps under the monitor until the turn may be free. If it is lent, and nobody else watches that, until its grace is over: then the
    /// holder gives it up.
    private func sleep(_ condition: Int, until deadline: ContinuousClock.Instant?) {
        let watched = lending.withLock { lending -> ContinuousClock.Instant? in
            guard let lent = lending.lent, !lending.isWatched else { return nil }
            lending.isWatched = true
            return lent.deadline
        }
        let begin = ContinuousClock.now
        if let end = watched.map({ min($0, deadline ?? $0) }) ?? deadline {
            let rest = end - .now
            if rest > .zero { monitor.wait(condition, microseconds: Int(min(rest, .seconds(3600)) / .microseconds(1)) + 1) }
        } else {
            monitor.wait(condition)
        }
        let overdue = lending.withLock { lending -> Lent? in
            if watched != nil { lending.isWatched = false }
            let now = ContinuousClock.now
            guard let lent = lending.lent, lent.deadline <= now else { return nil }
            if watched != nil { lending.allowance.spend(now - max(begin, lent.begin), of: lent.grace, at: now) }
            return lending.lent.take()
        }
        guard let overdue else { return }
        monitor.unlock()
        overdue.giveUp()
        monitor.lock()
    }

    // MARK: Lending

    /// Says that the holder has no use for the turn for now. If it has not asked for it back when the grace is over, or what is left of it
    /// where others had to wait a lot (``GraceAllowance``), and somebody waits, `giveUp` is called on the thread of who waits: it ends the turn.
    ///
    /// - Returns: the number by which it is asked for.
    func lend(for grace: Duration, _ giveUp: @escaping @Sendable () -> Void) -> UInt64 {
        monitor.withLock {
            let number = lending.withLock { lending in
                lending.last += 1
                let now = ContinuousClock.now
                let allowed = lending.allowance.allowed(of: grace, at: now)
                lending.lent = Lent(number: lending.last, begin: now, grace: grace, deadline: now + allowed, giveUp: giveUp)
                return lending.last
            }
            wakeWatcher()
            return number
        }
    }

    /// Takes back a turn that was lent.
    ///
    /// - Returns: false if `giveUp` has been called, or is about to be. Somebody else may have lent the turn since.
    func reclaim(_ number: UInt64) -> Bool {
        monitor.withLock {
            lending.withLock { lending in
                guard lending.lent?.number == number else { return false }
                lending.lent = nil
                return true
            }
        }
    }

    private func wakeWatcher() {
        guard lending.withLock({ $0.lent != nil && !$0.isWatched }), sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        monitor.signal(impatient.load(ordering: .relaxed) > 0 ? Self.impatiently : Self.sleeping)
    }

    /// Lets one of those who wait for it have it, if there are any, and takes it again.
    func pass() {
        let isPassed = monitor.withLock {
            // Who counts as asleep either is, or is about to look whether the turn is handed over.
            guard isWaitedFor else { return false }
            isHandedOver.store(true, ordering: .sequentiallyConsistent)
            monitor.signal(impatient.load(ordering: .relaxed) > 0 ? Self.impatiently : Self.sleeping)
            return true
        }
        if isPassed { take() }
    }

    /// Whether there was somebody asleep a moment ago who waits for it.
    var isWaitedFor: Bool { sleepers.load(ordering: .relaxed) > 0 }

    /// Whether somebody had it a moment ago.
    var isTaken: Bool { taken.load(ordering: .relaxed) }

    /// Takes it if nobody has it.
    func tryTake() -> Bool {
        !taken.load(ordering: .relaxed) && !taken.exchange(true, ordering: .sequentiallyConsistent)
    }

    func end() {
        if impatient.load(ordering: .sequentiallyConsistent) > 0 && handOver() { return }
        taken.store(false, ordering: .sequentiallyConsistent)
        // Either this sees the sleeper, or the sleeper, which counts itself first, sees that nobody has the turn.
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            monitor.withLock { monitor.signal(impatient.load(ordering: .relaxed) > 0 ? Self.impatiently : Self.sleeping) }
        }
    }

    /// Leaves the turn taken, for one of the impatient.
    private func handOver() -> Bool {
        monitor.withLock {
            guard impatient.load(ordering: .relaxed) > 0 else { return false }
            isHandedOver.store(true, ordering: .relaxed)
            monitor.signal(Self.impatiently)
            return true
        }
    }
}
