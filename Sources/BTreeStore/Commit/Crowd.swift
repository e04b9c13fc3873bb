/// The threads that wait for flushes, and whether it is worth while for a leader to wait for more of them.
///
/// When a flush is over it lets its riders go, who commit again some microseconds later; a leader that began at once would miss them,
/// and a crowd would be divided between two flushes in turn, each commit waiting for two syncs.
struct Crowd {
    /// Threads that wait for the flush that is chosen next, and for the one under way.
    var gathered = 0
    var riders = 0
    /// Threads that are likely to come: those that the last flush let go, and those that came meanwhile.
    private var expected = 0
    /// Flushes for which to skip the wait; doubles each time waiting brought too few, as where the clients have other things to do.
    private var skips = 0
    /// Waits in a row that brought too few.
    private var failedWaits = 0
    private var syncNanoseconds: Int64 = 0

    /// At most 2^6 flushes are led without a wait before another one is tried.
    private static let mostFailedWaits = 6
    /// A wait of a sync costs no more than missing a crowd, which is a sync; but on a slow disk no commit waits longer than this.
    private static let longestWait: Int64 = 2_000_000

    var isComplete: Bool { gathered >= expected }

    /// How long the leader should queue for the turn, in nanoseconds: nil where there is no crowd.
    var patience: Int64? { gathered > 2 ? min(syncNanoseconds, Self.longestWait) / 2 : nil }

    /// How long the leader should wait, in nanoseconds: nil if it should not.
    mutating func takeWait() -> Int64? {
        if isComplete { return nil }
        if skips > 0 {
            skips -= 1
            return nil
        }
        return min(syncNanoseconds, Self.longestWait)
    }

    /// - Parameter before: how many had gathered when the wait began.
    mutating func noteWaited(from before: Int) {
        // More threads than processors need some time to come; that many came shows that they are on their way.
        let isWorthWhile = 4 * (gathered - before) >= expected - before
        failedWaits = isWorthWhile ? 0 : min(failedWaits + 1, Self.mostFailedWaits)
        if !isWorthWhile { skips = 1 << failedWaits }
    }

    /// Notes that a flush has been chosen, on which those that gathered ride.
    mutating func leave() {
        riders = gathered
        gathered = 0
    }

    /// Notes that a flush is over.
    mutating func arrive(after duration: Duration) {
        expected = riders + gathered
        syncNanoseconds = Int64(duration / .nanoseconds(1))
    }
}
