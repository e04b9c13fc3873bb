import CSystem
import Synchronization

/// Gives memory back to the system that large queries have let go of.
///
/// The allocator keeps what small blocks leave free for the thread that had them, and a server's queries run now on this thread and now on that one: after a few that
/// kept half a gibibyte each, the process would have gibibytes that nobody uses.
final class HeapTrimmer: Sendable {
    /// A query that kept so much at one time is large.
    static let largeByteCount = 32 << 20
    private static let firstDelay = Duration.milliseconds(250)
    /// A result may be on its way to the client long after its query has ended, so it is done again and again, with twice the delay each time.
    private static let rounds = 7

    private let round: RoundNumber
    private let work: BackgroundWork

    private final class RoundNumber: Sendable {
        let number = Atomic<Int>(0)
    }

    init() {
        let round = RoundNumber()
        self.round = round
        work = BackgroundWork { _ in
            pando_trim_heap()
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
