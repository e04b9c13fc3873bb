#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The time of day.
enum Clock {
    /// This moment in UTC.
    static func now() -> Datum {
        .time(epochSeconds: Date().timeIntervalSince1970, offsetMinutes: 0)
    }
}
