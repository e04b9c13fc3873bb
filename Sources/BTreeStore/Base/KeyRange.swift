/// A range of keys in byte order. A missing bound leaves that side open.
public struct KeyRange: Sendable, Hashable {
    public var lower: [UInt8]?
    public var lowerInclusive: Bool
    public var upper: [UInt8]?
    public var upperInclusive: Bool

    public init(
        lower: [UInt8]? = nil, lowerInclusive: Bool = true,
        upper: [UInt8]? = nil, upperInclusive: Bool = false
    ) {
        self.lower = lower
        self.lowerInclusive = lowerInclusive
        self.upper = upper
        self.upperInclusive = upperInclusive
    }

    /// Every key.
    public static let all = KeyRange()

    /// The keys that begin with these bytes.
    public static func prefix(_ bytes: [UInt8]) -> KeyRange {
        KeyRange(lower: bytes, upper: successor(ofPrefix: bytes))
    }

    /// The least key above every key that begins with `bytes`: nil if there is none.
    static func successor(ofPrefix bytes: [UInt8]) -> [UInt8]? {
        guard let last = bytes.lastIndex(where: { $0 != 0xFF }) else { return nil }
        var successor = Array(bytes[...last])
        successor[last] += 1
        return successor
    }
}
