import Synchronization

/// The time of day, which tests can stop and set.
package final class WallClock: Sendable {
    private let fixed = Mutex<Double?>(nil)

    package init() {}

    /// Seconds since 1970-01-01T00:00:00Z.
    package var now: Double { fixed.withLock { $0 } ?? SystemFacts.secondsSince1970 }

    /// Stops the clock at a time; nil lets it go on.
    package func set(_ seconds: Double?) { fixed.withLock { $0 = seconds } }
}
