/// Eight bytes of text looked at at once.
///
/// Each result has the highest bit of a byte set where something was found. Above the lowest such bit it may err (a borrow runs
/// on), so callers use only that one, or whether there is any.
@usableFromInline package enum WordScan {
    @usableFromInline static var ones: UInt64 { @inlinable get { 0x0101_0101_0101_0101 } }
    @usableFromInline static var highBits: UInt64 { @inlinable get { 0x8080_8080_8080_8080 } }

    /// Bytes that end the plain part of a JSON string: a quote, a backslash, below 0x20, above 0x7F.
    @inlinable @inline(__always) package static func specialBytes(_ word: UInt64) -> UInt64 {
        escaped(word) & highBits | word & highBits
    }

    /// Bytes that JSON writes as an escape: a quote, a backslash, below 0x20.
    @inlinable @inline(__always) package static func escapedBytes(_ word: UInt64) -> UInt64 {
        escaped(word) & highBits
    }

    @inlinable @inline(__always) static func escaped(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
    }

    /// Bytes that XML may have to write in another way: a quote, an ampersand, angle brackets, below 0x20.
    @inlinable @inline(__always) package static func markupBytes(_ word: UInt64) -> UInt64 {
        // The brackets differ in one bit, as a quote and an ampersand do.
        let bracket = word & (ones &* 0xFD) ^ (ones &* 0x3C)
        let quote = word & (ones &* 0xFB) ^ (ones &* 0x22)
        return ((bracket &- ones) & ~bracket | (quote &- ones) & ~quote | (word &- ones &* 0x20) & ~word) & highBits
    }

    /// Line feeds.
    @inlinable @inline(__always) package static func lineFeeds(_ word: UInt64) -> UInt64 { places(of: 0x0A, in: word) }

    /// Where one byte is.
    @inlinable @inline(__always) package static func places(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & highBits
    }

    /// Bytes above 0x7F.
    @inlinable @inline(__always) package static func nonASCII(_ word: UInt64) -> UInt64 { word & highBits }
}

extension Span<UInt8> {
    /// The first place of a byte at or after `start`, or the end.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int {
        withBytes { bytes in
            var index = start
            while index + 8 <= bytes.count {
                let places = WordScan.places(of: byte, in: bytes.word(at: index))
                if places != 0 { return index + places.trailingZeroBitCount / 8 }
                index += 8
            }
            while index < bytes.count, bytes[index] != byte { index += 1 }
            return index
        }
    }
}
