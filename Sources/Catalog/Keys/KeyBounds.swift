/// A range of primary keys, in ReQL's order.
public struct KeyBounds: Sendable, Hashable {
    /// `nil`: unbounded. `Datum.minval` and `.maxval` are allowed, and stand below and above every key.
    public var lower: Datum?
    public var lowerInclusive: Bool
    public var upper: Datum?
    public var upperInclusive: Bool

    /// From `lower` up, to below `upper`, unless the flags say otherwise.
    public init(lower: Datum? = nil, lowerInclusive: Bool = true, upper: Datum? = nil, upperInclusive: Bool = false) {
        self.lower = lower
        self.lowerInclusive = lowerInclusive
        self.upper = upper
        self.upperInclusive = upperInclusive
    }

    /// Every key.
    public static let all = KeyBounds()

    /// One key.
    public static func only(_ key: Datum) -> KeyBounds {
        KeyBounds(lower: key, upper: key, upperInclusive: true)
    }
}
