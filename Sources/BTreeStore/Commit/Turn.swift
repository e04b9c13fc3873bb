private import CSystem
import Ground
internal import Synchronization

/// A turn that one thread at a time can have. Unlike a mutex, it may be ended by another thread than the one that took it: a write
/// transaction may be handed on.
///
/// A newcomer may take a free turn ahead of sleeping waiters: waking a thread takes longer than most turns. A waiter that has been passed
/// over for a while goes before everybody else.
///
/// Whoever will have it for long says so, and lets the others go first, however long it has waited: so these wait for one long turn at
/// most. When they have had the turn for as long as that long one did, it is the next long one's. Who was waited for by others meanwhile
/// is followed by a pause in which they take their turns without meeting the next long one, for as long as they come one soon after the other.
final class Turn: Sendable {
    private let taken = Atomic(false)
    /// Threads that are asleep, or about to be, and want it for a moment; changed under the monitor, like `longSleepers`.
    private let sleepers = Atomic(0)
    /// Those that want it for long.
    private let longSleepers = Atomic(0)
    /// Those that have said that they want it for a moment, and come at once.
    private let announced = Atomic(0)
    /// Those of them that keep it from who wants it for long however long that one has waited.
    private let owed = Atomic(0)
    private let monitor = Monitor(conditions: 3)
    /// Sleepers that have been passed over long enough. Changed under the monitor, like `isHandedOver`.
    private let impatient = Atomic(0)
    private let isHandedOver = Atomic(false)
    private let isHandedToLong = Atomic(false)
    /// Whether who has it took it for long.
    private let isLong = Atomic(false)
    private let longTurns = Mutex(LongTurns())
    /// Whether who wants it for long leaves it alone although nobody waits for it: others have waited for the last long turn.
    private let isPausing = Atomic(false)
    /// How often it was taken for a moment in such pauses.
    private let pauseTurns = Atomic(0)
    /// Those who have had it for a moment, wait for the disk, and may want it again soon afterwards.
    private let returning = Atomic(0)
    /// How many of the long sleepers look whether the pause is over. Changed under the monitor.
    private let pauseWatchers = Atomic(0)
    /// What the holder says while it has no use for the turn. Changed under the monitor.
    private let lending = Mutex(Lending())
    /// Whether it is lent, and whether lightly. Changed under the monitor.
    private let isLent = Atomic(false)
    private let isLentLightly = Atomic(false)

    private struct Lending {
        var lent: Lent?
        /// Whether a sleeper wakes up by itself when the grace is over.
        var isWatched = false
        var last: UInt64 = 0
        var allowance = GraceAllowance()
    }

    private struct LongTurns {
        /// When the one under way began.
        var begin = ContinuousClock.now
        /// From then on the next one goes before those who want the turn for a moment.
        var due = ContinuousClock.now

        mutating func end() {
            let now = ContinuousClock.now
            due = now + min(now - begin, Turn.longestPause)
        }
    }

    /// A turn whose holder waits for somebody else.
    private struct Lent {
        /// Tells it from those before and after it, which are others'.
        var number: UInt64
        var begin: ContinuousClock.Instant
        var grace: Duration
        /// Until then it is the holder's to go on.
        var deadline: ContinuousClock.Instant
        /// Whether the holder need not be spared by who asks for no grace.
        var isLight: Bool
        var giveUp: @Sendable () -> Void
    }

    private static let sleeping = 0
    private static let impatiently = 1
    private static let forLong = 2
    /// How long a sleeper may be passed over: many short turns, and little beside a sync, which most waiters wait for afterwards.
    private static let patienceMilliseconds = 2
    /// How long those who want it for long may be passed over after the last of them.
    private static let longestPause = Duration.seconds(1)
    /// A pause is over when nobody has taken the turn for so long.
    private let quietTime: Duration
    /// Attempts before going to sleep. With the pauses between them they take 6 to 18 µs, by the processor: about as long as a turn of
    /// one small transaction, and less than being put to sleep and woken up.
    private static let attempts = 400

    /// - Parameter quietTime: how long somebody who wants it for a moment may be expected again: some times what a client needs to send
    ///   its next request.
    init(quietTime: Duration = .milliseconds(5)) { self.quietTime = quietTime }

    /// Waits until nobody has the turn, and takes it.
    func take() { _ = take(until: nil) }

    /// Waits until nobody has the turn, or for as long as that.
    ///
    /// - Parameters:
    ///   - isLong: whether the caller is going to have it for longer than others should wait.
    ///   - sparing: whether who lends it has the grace also where it is lent lightly.
    /// - Returns: whether the caller has the turn now.
    func take(until deadline: ContinuousClock.Instant?, isLong: Bool = false, sparing: Bool = true) -> Bool {
        guard isLong else {
            guard takeForAMoment(until: deadline, sparing: sparing) else { return false }
            if isPausing.load(ordering: .relaxed) { pauseTurns.add(1, ordering: .relaxed) }
            return true
        }
        guard takeForLong(until: deadline) else { return false }
        longTurns.withLock { $0.begin = .now }
        self.isLong.store(true, ordering: .relaxed)
        return true
    }

    private func takeForLong(until deadline: ContinuousClock.Instant?) -> Bool {
        // Whoever wants it for a moment and sleeps has been woken, or will be.
        func tryTakeBehindOthers() -> Bool {
            !isPausing.load(ordering: .relaxed) && sleepers.load(ordering: .sequentiallyConsistent) == 0
                && announced.load(ordering: .sequentiallyConsistent) == 0 && tryTake()
        }
        for _ in 0..<Self.attempts {
            if tryTakeBehindOthers() { return true }
            pando_pause()
        }
        monitor.lock()
        defer { monitor.unlock() }
        longSleepers.add(1, ordering: .sequentiallyConsistent)
        defer { longSleepers.subtract(1, ordering: .sequentiallyConsistent) }
        while true {
            if isHandedToLong.exchange(false, ordering: .sequentiallyConsistent) { return true }
            if tryTakeBehindOthers() { return true }
            if isOver(deadline) {
                // Somebody else looks in its place whether a pause is over.
                if isPausing.load(ordering: .relaxed) { monitor.signal(Self.forLong) }
                return false
            }
            if isPausing.load(ordering: .relaxed), pauseWatchers.load(ordering: .relaxed) == 0 {
                watchPause(until: deadline)
            } else {
                sleep(Self.forLong, until: deadline)
            }
        }
    }

    /// Sleeps under the monitor, for as long as somebody may take the turn soon, and ends the pause if nobody has.
    private func watchPause(until deadline: ContinuousClock.Instant?) {
        let before = pauseTurns.load(ordering: .relaxed)
        let now = ContinuousClock.now
        let end = longTurns.withLock { $0.due }
        if now < end {
            pauseWatchers.add(1, ordering: .relaxed)
            defer { pauseWatchers.subtract(1, ordering: .relaxed) }
            let wake = min(end, now + quietTime, deadline ?? end)
            if wake > now { monitor.wait(Self.forLong, microseconds: Int((wake - now) / .microseconds(1)) + 1) }
            // It was handed over, or woken early.
            if ContinuousClock.now < wake { return }
            if wake < end, wake == deadline || pauseTurns.load(ordering: .relaxed) != before || isTaken { return }
            if wake < end, returning.load(ordering: .relaxed) > 0 { return }
        }
        isPausing.store(false, ordering: .relaxed)
    }

    private func takeForAMoment(until deadline: ContinuousClock.Instant?, sparing: Bool) -> Bool {
        for _ in 0..<Self.attempts {
            if tryTake() { return true }
            if !sparing, isLentLightly.load(ordering: .relaxed) { endLightLending() }
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
                sleep(Self.sleeping, until: deadline, sparing: sparing)
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
                sleep(Self.impatiently, until: deadline, sparing: sparing)
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
    private func sleep(_ condition: Int, until deadline: ContinuousClock.Instant?, sparing: Bool = true) {
        // Mostly it isn't. Who lends it wakes one of the sleepers, which comes here again.
        if !isLent.load(ordering: .relaxed) { return wait(condition, until: deadline) }
        let watched = lending.withLock { lending -> ContinuousClock.Instant? in
            guard let lent = lending.lent, !lending.isWatched else { return nil }
            lending.isWatched = true
            return !sparing && lent.isLight ? .now : lent.deadline
        }
        let begin = ContinuousClock.now
        wait(condition, until: watched.map { min($0, deadline ?? $0) } ?? deadline)
        let overdue = lending.withLock { lending -> Lent? in
            if watched != nil { lending.isWatched = false }
            let now = ContinuousClock.now
            guard let lent = lending.lent, lent.deadline <= now || !sparing && lent.isLight else { return nil }
            if watched != nil { lending.allowance.spend(now - max(begin, lent.begin), of: lent.grace, at: now) }
            return endLending(&lending)
        }
        guard let overdue else { return }
        monitor.unlock()
        overdue.giveUp()
        monitor.lock()
    }

    private func wait(_ condition: Int, until deadline: ContinuousClock.Instant?) {
        guard let deadline else { return monitor.wait(condition) }
        let rest = deadline - .now
        if rest > .zero { monitor.wait(condition, microseconds: Int(min(rest, .seconds(3600)) / .microseconds(1)) + 1) }
    }

    // MARK: Lending

    /// Says that the holder has no use for the turn for now. If it has not asked for it back when the grace is over, or what is left of it
    /// where others had to wait a lot (``GraceAllowance``), and somebody waits, `giveUp` is called on the thread of who waits: it ends the turn.
    ///
    /// - Parameter isLight: whether it takes less to give the turn up, and to go on later, than others would wait for it: who is not sparing
    ///   has it given up at once.
    /// - Returns: the number by which it is asked for.
    func lend(for grace: Duration, isLight: Bool = false, _ giveUp: @escaping @Sendable () -> Void) -> UInt64 {
        monitor.withLock {
            let number = lending.withLock { lending in
                lending.last += 1
                let now = ContinuousClock.now
                let allowed = lending.allowance.allowed(of: grace, at: now)
                lending.lent = Lent(
                    number: lending.last, begin: now, grace: grace, deadline: now + allowed, isLight: isLight, giveUp: giveUp)
                return lending.last
            }
            isLent.store(true, ordering: .relaxed)
            isLentLightly.store(isLight, ordering: .relaxed)
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
                _ = endLending(&lending)
                return true
            }
        }
    }

    /// Has it given up by who lends it lightly.
    private func endLightLending() {
        let lent = monitor.withLock {
            lending.withLock { lending -> Lent? in
                lending.lent?.isLight == true ? endLending(&lending) : nil
            }
        }
        lent?.giveUp()
    }

    private func endLending(_ lending: inout Lending) -> Lent? {
        isLent.store(false, ordering: .relaxed)
        isLentLightly.store(false, ordering: .relaxed)
        return lending.lent.take()
    }

    private func wakeWatcher() {
        guard lending.withLock({ $0.lent != nil && !$0.isWatched }), let next = nextSleeper() else { return }
        monitor.signal(next)
    }

    /// Wakes one of those who sleep. It does so when it has left the monitor again, where who wakes up would stand in a queue. Who was about
    /// to sleep sleeps by then.
    ///
    /// One is woken even if somebody else has taken the turn meanwhile: it may find that it has waited long enough.
    private func wakeNext() {
        if let next = monitor.withLock({ nextSleeper() }) { monitor.signal(next) }
    }

    /// The condition, under the monitor, of one of those who sleep.
    private func nextSleeper() -> Int? {
        if impatient.load(ordering: .relaxed) > 0 { return Self.impatiently }
        if sleepers.load(ordering: .relaxed) > 0 { return Self.sleeping }
        if longSleepers.load(ordering: .relaxed) == 0 || isPausing.load(ordering: .relaxed) && pauseWatchers.load(ordering: .relaxed) > 0 {
            return nil
        }
        return Self.forLong
    }

    /// Lets one of those who wait to have it for a moment have it, if there are any, and takes it again.
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

    /// Says that the caller is about to want it for a moment, maybe several times in a row: who wants it for long doesn't take it before
    /// ``retract(isOwed:)``.
    ///
    /// - Parameter isOwed: whether others wait for what the caller does then: it isn't handed to who wants it for long either, whose time
    ///   has come.
    func announce(isOwed: Bool = false) {
        if isOwed { owed.add(1, ordering: .sequentiallyConsistent) }
        announced.add(1, ordering: .sequentiallyConsistent)
    }

    func retract(isOwed: Bool = false) {
        if isOwed { owed.subtract(1, ordering: .sequentiallyConsistent) }
        let rest = announced.subtract(1, ordering: .sequentiallyConsistent).newValue
        // Who has the turn wakes the next one when it ends. Otherwise either this sees the sleeper, or the sleeper this.
        guard rest == 0, longSleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        if !isTaken { wakeNext() }
    }

    /// Does something after which somebody may want it for a moment: a pause goes on meanwhile.
    func returningAfter<Failure>(_ body: () throws(Failure) -> Void) throws(Failure) {
        returning.add(1, ordering: .relaxed)
        defer {
            if isPausing.load(ordering: .relaxed) { pauseTurns.add(1, ordering: .relaxed) }
            returning.subtract(1, ordering: .relaxed)
        }
        try body()
    }

    /// Whether there was somebody asleep a moment ago who wants it for a moment.
    var isWaitedFor: Bool { sleepers.load(ordering: .relaxed) > 0 }

    /// Whether who has taken it for long, and has had it for a while, should end it if that is possible: somebody wants it for a moment.
    var isWantedBack: Bool {
        guard isWaitedFor, isLong.load(ordering: .relaxed) else { return false }
        return longTurns.withLock { .now - $0.begin > .milliseconds(Self.patienceMilliseconds) }
    }

    /// How many there were a moment ago who want it for long, for tests.
    var longWaiterCount: Int { longSleepers.load(ordering: .relaxed) }

    /// Whether somebody had it a moment ago.
    var isTaken: Bool { taken.load(ordering: .relaxed) }

    /// Takes it if nobody has it.
    func tryTake() -> Bool {
        !taken.load(ordering: .relaxed) && !taken.exchange(true, ordering: .sequentiallyConsistent)
    }

    func end() {
        let wasLong = isLong.load(ordering: .relaxed)
        if wasLong {
            longTurns.withLock { $0.end() }
            isLong.store(false, ordering: .relaxed)
            if isWaitedFor { isPausing.store(true, ordering: .relaxed) }
        }
        if isAwaited(impatient) && handOver(mayBeToLong: !wasLong) { return }
        taken.store(false, ordering: .sequentiallyConsistent)
        // Either this sees the sleeper, or the sleeper, which counts itself first, sees that nobody has the turn.
        if isAwaited(sleepers) { wakeNext() }
    }

    private func isAwaited(_ others: borrowing Atomic<Int>) -> Bool {
        others.load(ordering: .sequentiallyConsistent) > 0 || longSleepers.load(ordering: .sequentiallyConsistent) > 0
    }

    /// Leaves the turn taken, for one of those who want it for long if it is their time, or else for one of the impatient.
    private func handOver(mayBeToLong: Bool) -> Bool {
        monitor.withLock {
            let mayBeToLong = mayBeToLong && owed.load(ordering: .relaxed) == 0
            if mayBeToLong, longSleepers.load(ordering: .relaxed) > 0, longTurns.withLock({ $0.due <= .now }) {
                isHandedToLong.store(true, ordering: .relaxed)
                monitor.signal(Self.forLong)
                return true
            }
            guard impatient.load(ordering: .relaxed) > 0 else { return false }
            isHandedOver.store(true, ordering: .relaxed)
            monitor.signal(Self.impatiently)
            return true
        }
    }
}
