import Ground

/// The time of day.
enum WallTime {
    /// Microseconds from 2000-01-01 in UTC.
    static var now: Int64 {
        Int64((SystemFacts.secondsSince1970 * 1_000_000).rounded()) - Int64(Calendar.unixEpochDays) * Calendar.microsecondsPerDay
    }
}
