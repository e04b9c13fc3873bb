/// Eight bytes of text looked at at once.
///
/// Each result has the highest bit of a byte set where something was found. Above the lowest such bit it may err (a borrow runs
/// on), so callers use only that one, or whether there is any.
enum WordScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Bytes that end the plain part of a JSON string: a quote, a backslash, below 0x20, above 0x7F.
    @inline(__always) static func specialBytes(_ word: UInt64) -> UInt64 {
        escaped(word) & highBits | word & highBits
    }

    /// Bytes that JSON writes as an escape: a quote, a backslash, below 0x20.
    @inline(__always) static func escapedBytes(_ word: UInt64) -> UInt64 {
        escaped(word) & highBits
    }

    @inline(__always) private static func escaped(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
    }

    /// Line feeds.
    @inline(__always) static func lineFeeds(_ word: UInt64) -> UInt64 {
        let feed = word ^ (ones &* 0x0A)
        return (feed &- ones) & ~feed & highBits
    }

    /// Bytes above 0x7F.
    @inline(__always) static func nonASCII(_ word: UInt64) -> UInt64 { word & highBits }
}
