/// The changes that a table keeps.
public struct ChangeLogConfig: Sendable, Hashable {
    /// Seconds. Older changes are cut off as new ones come.
    public let maximumAge: Double
    /// The most bytes that the log's records may take. A commit that changes more than this empties the log.
    public let maximumByteCount: Int

    /// A day, and 64 MiB.
    public static let standard = ChangeLogConfig(maximumAge: 86_400, maximumByteCount: 64 << 20)!

    /// The longest age: a hundred years.
    public static let longestAge = 100 * 366 * 86_400.0
    /// The largest size: a tebibyte.
    public static let largestByteCount = 1 << 40

    /// Nil if one is not above 0 or beyond the largest.
    public init?(maximumAge: Double, maximumByteCount: Int) {
        guard maximumAge > 0, maximumAge <= Self.longestAge, maximumByteCount > 0, maximumByteCount <= Self.largestByteCount else {
            return nil
        }
        self.maximumAge = maximumAge
        self.maximumByteCount = maximumByteCount
    }
}

extension ChangeLogConfig {
    /// The stored form, which is also how a query shows it: `{"max_age": 86400, "max_bytes": 67108864}`.
    package var datum: Datum { ["max_age": Datum(maximumAge), "max_bytes": Datum(maximumByteCount)] }

    /// Reads the stored form; what is missing is as usual.
    package init?(_ datum: Datum) {
        let standard = Self.standard
        self.init(
            maximumAge: datum[field: "max_age"]?.number ?? standard.maximumAge,
            maximumByteCount: datum[field: "max_bytes"]?.integer ?? standard.maximumByteCount)
    }
}
