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

    private static let sleeping = 0
    private static let impatiently = 1
    /// How long a sleeper may be passed over: many short turns, and little beside a sync, which most waiters wait for afterwards.
    private static let patienceMilliseconds = 2
    /// Attempts before going to sleep. With the pauses between them they take 6 to 18 µs, by the processor: about as long as a turn of
    /// one small transaction, and less than being put to sleep and woken up.
    private static let attempts = 400

    /// Waits until nobody has the turn, and takes it.
    func take() {
        for _ in 0..<Self.attempts {
            if tryTake() { return }
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
            if hasSlept && isHandedOver.exchange(false, ordering: .sequentiallyConsistent) { return }
            guard ContinuousClock.now - since > .milliseconds(Self.patienceMilliseconds) else {
                monitor.wait(Self.sleeping)
                hasSlept = true
                continue
            }
            impatient.add(1, ordering: .sequentiallyConsistent)
            defer { impatient.subtract(1, ordering: .sequentiallyConsistent) }
            // A turn that ends from now on is handed over; one that has just ended may not be.
            while true {
                if isHandedOver.exchange(false, ordering: .sequentiallyConsistent) { return }
                if tryTake() { return }
                monitor.wait(Self.impatiently)
            }
        }
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
