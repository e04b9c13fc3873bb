import Synchronization

/// The time of day, which tests can stop and set.
package final class WallClock: Sendable {
    private let fixed = Mutex<Double?>(nil)

    package init() {}

    /// Seconds since 1970-01-01T00:00:00Z.
    package var now: Double { fixed.withLock { $0 } ?? SystemFacts.secondsSince1970 }

    /// The time of day, rounded to the millisecond: what stored configurations keep of a moment.
    package static var milliseconds: Double { (SystemFacts.secondsSince1970 * 1000).rounded() / 1000 }

    /// Stops the clock at a time; nil lets it run on.
    package func set(_ seconds: Double?) { fixed.withLock { $0 = seconds } }
}
