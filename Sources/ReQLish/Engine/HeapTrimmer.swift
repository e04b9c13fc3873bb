import CSystem
import Ground
import Synchronization

/// Gives memory back to the system that large queries have let go of.
///
/// The allocator keeps what small blocks leave free for the thread that had them, and a server's queries run now on this thread and now on
/// that one: after a few that kept half a gibibyte each, the process would have gibibytes that nobody uses, and after a few that sorted
/// within 7 MiB as many times that as there are threads.
final class HeapTrimmer: Sendable {
    /// The memory, kept at one time, from which on a query is large.
    static let largeByteCount = 4 << 20
    /// Between two times at least: queries that follow each other keep what those before them had.
    private static let firstDelay = Duration.milliseconds(250)
    /// A result may be on its way to the client long after its query has ended, so it is done again and again, with twice the delay each
    /// time.
    private static let rounds = 7

    private let round: Round
    private let work: BackgroundWork

    private final class Round: Sendable {
        let number = Atomic<Int>(0)
        /// When it was last done.
        let time = Mutex<ContinuousClock.Instant?>(nil)
    }

    init() {
        let round = Round()
        self.round = round
        work = BackgroundWork { _ in
            if let last = round.time.withLock({ $0 }), ContinuousClock.now < last + Self.firstDelay { return Self.firstDelay }
            pando_trim_heap()
            round.time.withLock { $0 = .now }
            let number = round.number.add(1, ordering: .relaxed).oldValue
            return number + 1 < Self.rounds ? Self.firstDelay * (1 << number) : nil
        }
    }

    /// Called at the end of each query.
    func queryHasEnded(havingHeld byteCount: Int) {
        guard byteCount >= Self.largeByteCount else { return }
        round.number.store(0, ordering: .relaxed)
        work.wake()
    }

    func stop() { work.stop() }
}
