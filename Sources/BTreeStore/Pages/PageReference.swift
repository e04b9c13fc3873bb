/// Where a child page or an overflow run is, and what it must be. 26 bytes in a branch entry or an overflow cell.
///
/// In a page held in memory a reference may lead to another page in memory. Its number then carries `memoryBit`, and the
/// checksum's place holds the address; neither ever reaches the file: a flush gives such pages their numbers.
struct PageReference: Equatable {
    /// The page's number; with `memoryBit`, none yet.
    var page: UInt64 = 0
    /// The flush that wrote the page. No transaction before it can see the page.
    var birth: UInt64 = 0
    /// Of a child: records below it, and `overflowBit`. Of an overflow run: bytes of the value.
    var size: UInt64 = 0
    /// XXH64 of the page or of the value's bytes; with `memoryBit`, the address of the page in memory.
    var checksum: UInt64 = 0

    static let byteCount = 26
    static let memoryBit: UInt64 = 1 << 47
    /// In `size`: some leaf below may hold overflow cells. Lets a cut subtree without any be freed without reading its leaves.
    static let overflowBit: UInt64 = 1 << 47

    @inline(__always) var isInMemory: Bool { page & Self.memoryBit != 0 }
    @inline(__always) var records: UInt64 { size & ~Self.overflowBit }
    var mayOverflow: Bool { size & Self.overflowBit != 0 }
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
