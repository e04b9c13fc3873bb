import Ground

/// A number for the records of a range that depends on their keys and values alone: not on the pages that they are in, nor on whether these are
/// encrypted, nor on the order in which the records came. Two ranges with equal records have equal digests, and others have different ones.
///
/// It is the sum modulo 2^128 of a hash of each record, so that the digest of two ranges side by side is the sum of theirs. Records of a file
/// alone, below `__local__:`, add nothing.
///
/// It is made for accidents: lost, added and changed records, and damage. Two ranges that differ have one digest with a chance of about 2^-64.
/// Who chooses records on purpose can find such ranges. A hash that stands that, in a sum, takes kilobytes for each branch entry; and
/// one with a key of the file's own would have no two files compared.
public struct RangeDigest: Sendable, Hashable, CustomStringConvertible {
    /// The sum.
    public let rawValue: UInt128

    public init(rawValue: UInt128) { self.rawValue = rawValue }

    init(low: UInt64, high: UInt64) { rawValue = UInt128(high) &<< 64 | UInt128(low) }

    /// The digest of no records.
    public static let zero = RangeDigest(rawValue: 0)

    var low: UInt64 { UInt64(truncatingIfNeeded: rawValue) }
    var high: UInt64 { UInt64(truncatingIfNeeded: rawValue &>> 64) }

    public static func + (left: RangeDigest, right: RangeDigest) -> RangeDigest { RangeDigest(rawValue: left.rawValue &+ right.rawValue) }
    public static func - (left: RangeDigest, right: RangeDigest) -> RangeDigest { RangeDigest(rawValue: left.rawValue &- right.rawValue) }
    public static func += (left: inout RangeDigest, right: RangeDigest) { left = left + right }

    /// 32 hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// The digest of one record.
    ///
    /// Key and value are hashed by themselves, so that a large value need not be read: its hash stands where it is referred to. What makes two
    /// numbers of the two hashes can be undone, so no two pairs make the same; and it is no sum of what either adds, or two
    /// keys could exchange their values unseen.
    ///
    /// - Parameter valueHash: XXH64 of the value.
    @inline(__always)
    init(_ key: Bytes, valueHash: UInt64) {
        if LocalKeys.contains(key) {
            self = .zero
            return
        }
        let first = checksum(key) &+ valueHash &* 0x9E37_79B1_85EB_CA87
        let second = valueHash &+ first &* 0xC2B2_AE3D_27D4_EB4F
        self.init(low: Self.avalanche(first), high: Self.avalanche(second))
    }

    /// The end of XXH64, by which each bit of a number changes half of those of the result.
    @inline(__always)
    private static func avalanche(_ number: UInt64) -> UInt64 {
        var hash = (number ^ (number &>> 33)) &* 0xC2B2_AE3D_27D4_EB4F
        hash = (hash ^ (hash &>> 29)) &* 0x1656_67B1_9E37_79F9
        return hash ^ (hash &>> 32)
    }
}
