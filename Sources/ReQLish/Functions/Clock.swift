import Catalog
import Ground

/// The time of day.
enum Clock {
    /// This moment in UTC.
    static func now() -> Datum {
        .time(epochSeconds: SystemFacts.secondsSince1970, offsetMinutes: 0)
    }
}
