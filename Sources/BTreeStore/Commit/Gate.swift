private import CSystem
internal import Synchronization

/// A door that one may pass at a time. Unlike a mutex it may be left by another thread than the one that entered: a write
/// transaction may be handed on.
///
/// Who comes when the door is free enters, although others may be asleep before it: waking them takes longer than most stay
/// inside. One that was passed over for a while is let in before anybody else.
final class Gate: Sendable {
    private let isTaken = Atomic(false)
    /// How many are asleep, or about to be; changed under the monitor.
    private let sleepers = Atomic(0)
    private let monitor = Monitor(conditions: 2)
    /// Of those the ones that nobody may pass any more. Under the monitor, as is the next.
    private let impatient = Atomic(0)
    private let isHandedOver = Atomic(false)

    private static let sleeping = 0
    private static let impatiently = 1
    private static let patienceMilliseconds = 2
    /// Looks at the door before going to sleep: about as long as a small transaction takes.
    private static let looks = 400

    /// Waits until nobody is inside, and enters.
    func enter() {
        for _ in 0..<Self.looks {
            if tryEnter() { return }
            pando_pause()
        }
        monitor.lock()
        defer { monitor.unlock() }
        let since = ContinuousClock.now
        sleepers.add(1, ordering: .sequentiallyConsistent)
        defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
        while !tryEnter() {
            guard ContinuousClock.now - since > .milliseconds(Self.patienceMilliseconds) else {
                monitor.wait(Self.sleeping)
                continue
            }
            impatient.add(1, ordering: .sequentiallyConsistent)
            defer { impatient.subtract(1, ordering: .sequentiallyConsistent) }
            // Whoever is inside and leaves from now on sees that somebody is impatient; one who has just left may not have.
            while true {
                if isHandedOver.exchange(false, ordering: .sequentiallyConsistent) { return }
                if tryEnter() { return }
                monitor.wait(Self.impatiently)
            }
        }
    }

    /// Whether somebody was inside a moment ago.
    var wasTaken: Bool { isTaken.load(ordering: .relaxed) }

    /// Enters if nobody is inside.
    func tryEnter() -> Bool {
        !isTaken.load(ordering: .relaxed) && !isTaken.exchange(true, ordering: .sequentiallyConsistent)
    }

    func leave() {
        if impatient.load(ordering: .sequentiallyConsistent) > 0 && handOver() { return }
        isTaken.store(false, ordering: .sequentiallyConsistent)
        // Either this sees the sleeper, or the sleeper, who counts itself first, sees that nobody is inside.
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            monitor.withLock { monitor.signal(impatient.load(ordering: .relaxed) > 0 ? Self.impatiently : Self.sleeping) }
        }
    }

    /// Leaves the door shut for everybody but one of the impatient.
    private func handOver() -> Bool {
        monitor.withLock {
            guard impatient.load(ordering: .relaxed) > 0 else { return false }
            isHandedOver.store(true, ordering: .relaxed)
            monitor.signal(Self.impatiently)
            return true
        }
    }
}
