// The numbers that name things in a file. Each is a type of its own, so that none can stand where another is meant.

/// The number of a state of the store. Each commit, flush and frozen state of a transaction gets the next one; no number is used
/// twice in one file.
public struct TransactionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// At most 2^48 − 1.
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Comes before every state.
    static let none = TransactionID(rawValue: 0)
    /// The first number that the file's fields have no room for.
    static let limit = TransactionID(rawValue: 1 << 48)

    /// What is wrong with a file in which nothing can be written any more.
    static let usedUp = "its transactions have no more numbers"
    /// Whether none is given out any more, as nothing could be told of the file with the last ones. It comes about in a crafted file only.
    var isUsedUp: Bool { rawValue >= Self.limit.rawValue - 1 << 32 }

    var next: TransactionID { TransactionID(rawValue: rawValue + 1) }
    /// The one before: `none` stays what it is.
    var preceding: TransactionID { TransactionID(rawValue: rawValue > 0 ? rawValue - 1 : 0) }

    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String {
        String(rawValue)
    }
}

/// The place of a page in the file: its offset divided by the page size.
public struct PageNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// At most 2^47 − 1.
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Stands where there is no page: page 0 is a meta page, which nothing refers to.
    static let none = PageNumber(rawValue: 0)
    /// The first page behind the two meta pages.
    static let first = PageNumber(rawValue: 2)
    /// The first number that no page has.
    static let limit = PageNumber(rawValue: 1 << 47)

    /// How many pages come before this one.
    var preceding: PageCount { PageCount(rawValue: rawValue) }

    /// Where the page begins in the file, in bytes.
    func offset(pageSize: Int) -> UInt64 { rawValue * UInt64(pageSize) }

    static func + (page: Self, count: PageCount) -> Self { PageNumber(rawValue: page.rawValue + count.rawValue) }
    static func - (page: Self, count: PageCount) -> Self { PageNumber(rawValue: page.rawValue - count.rawValue) }
    static func - (end: Self, start: Self) -> PageCount { PageCount(rawValue: end.rawValue - start.rawValue) }
    static func += (page: inout Self, count: PageCount) { page = page + count }

    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String {
        String(rawValue)
    }
}

/// A number of pages.
struct PageCount: Hashable, Comparable, AdditiveArithmetic, ExpressibleByIntegerLiteral, CustomStringConvertible {
    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(_ count: Int) {
        rawValue = UInt64(count)
    }

    init(integerLiteral count: UInt64) {
        rawValue = count
    }

    /// The pages that a file, or a part of one, has room for.
    init(wholePagesIn byteCount: UInt64, pageSize: Int) {
        rawValue = byteCount / UInt64(pageSize)
    }

    /// The bytes of these pages.
    func byteCount(pageSize: Int) -> UInt64 { rawValue * UInt64(pageSize) }

    static func + (left: Self, right: Self) -> Self { PageCount(rawValue: left.rawValue + right.rawValue) }
    static func - (left: Self, right: Self) -> Self { PageCount(rawValue: left.rawValue - right.rawValue) }
    static func * (count: Self, factor: UInt64) -> Self { PageCount(rawValue: count.rawValue * factor) }
    static func / (count: Self, divisor: UInt64) -> Self { PageCount(rawValue: count.rawValue / divisor) }
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    var description: String { String(rawValue) }
}
