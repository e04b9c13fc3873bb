/// A point in time by a clock that only goes forward, also while the machine sleeps: for deadlines, and for how long something took.
///
/// It is what an instant of `ContinuousClock` is. But of that, the compiler does not know the layout, and each copy, and each access to whatever
/// holds one, becomes a call.
package struct MonotonicTime: Comparable, Hashable, Sendable {
    @usableFromInline let sinceStart: Duration

    @inlinable init(sinceStart: Duration) {
        self.sinceStart = sinceStart
    }

    /// The time of an instant.
    package init(_ instant: ContinuousClock.Instant) {
        self = .now + (instant - .now)
    }

    /// The same as an instant, for the standard library and for applications.
    package var instant: ContinuousClock.Instant { .now + (self - .now) }

    package static var now: MonotonicTime { MonotonicTime(sinceStart: SystemFacts.timeSinceStart) }

    @inlinable package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.sinceStart < right.sinceStart }

    @inlinable package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        MonotonicTime(sinceStart: time.sinceStart + duration)
    }

    @inlinable package static func += (time: inout MonotonicTime, duration: Duration) { time = time + duration }

    /// How long after `start` a time is.
    @inlinable package static func - (end: MonotonicTime, start: MonotonicTime) -> Duration { end.sinceStart - start.sinceStart }
}
