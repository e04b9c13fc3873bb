/// The place of a child page or an overflow run, and what it must be. 26 bytes in a branch entry or an overflow cell.
///
/// In a page held in memory a reference may lead to another page in memory. Its number is then `inMemory`, and the address stands
/// in place of the checksum. Neither ever reaches the file: a flush gives such pages their numbers.
struct PageReference: Equatable {
    /// The page's number; `none` if the reference leads nowhere.
    var page = PageNumber.none
    /// The flush that wrote the page. No transaction before it can see the page.
    var birth = TransactionID.none
    /// For a child: the records below it, and `overflowBit`. For an overflow run: the bytes of the value.
    var size: UInt64 = 0
    /// XXH64 of the page or of the value's bytes, or the beginning of their tag in an encrypted file; for a page in memory, its address.
    var checksum: UInt64 = 0

    static let byteCount = 26
    private static let memoryBit: UInt64 = 1 << 47
    /// Stands for the number of a page in memory, which has none yet. No page in a file has it.
    static let inMemory = PageNumber(rawValue: memoryBit)
    /// In `size`: some leaf below may hold overflow cells. Lets a cut subtree without any be freed without reading its leaves.
    static let overflowBit: UInt64 = 1 << 47

    @inline(__always) var isInMemory: Bool { page.rawValue & Self.memoryBit != 0 }
    @inline(__always) var records: UInt64 { size & ~Self.overflowBit }
    var mayOverflow: Bool { size & Self.overflowBit != 0 }

    /// The pages of an overflow run, whose value has the same seal behind it as a page's `capacity` bytes.
    func run(pageSize: Int, capacity: Int) -> PageRun {
        PageRun(start: page, count: PageCount(rawValue: (size + UInt64(2 * pageSize - capacity - 1)) / UInt64(pageSize)))
    }
}

/// The root of a tree: a reference, and the level of the page it leads to.
struct Root: Equatable {
    var reference = PageReference()
    /// Levels of pages: 0 for an empty tree, 1 if the root is a leaf.
    var depth = 0

    var isEmpty: Bool { depth == 0 }
    var level: Int { depth - 1 }
    var records: UInt64 { isEmpty ? 0 : reference.records }

    /// Deeper than any tree of 2^47 pages with at least two children a branch; a bound on what a damaged file can ask for.
    static let maximumDepth = 60
}
