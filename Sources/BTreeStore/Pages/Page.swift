import Ground

/// A page of the tree, to read. Leaves and branches share this layout (offsets in bytes):
///
///      0  kind            1: leaf, 2: branch, 3: free-space log; in memory only, 4: overlay, see Page+Overlay.swift
///      1  level           0 for leaves
///      2  count           records, or children
///      4  prefix length   of the prefix that all keys of the page have in common
///      6  heap bytes      at the end of the page, garbage included
///      8  garbage         heap bytes that belong to no cell
///     10  overflow        leaf: cells whose value is an overflow run; branch: 1 if a leaf below may have such a cell, and bit 15 if
///                         it has digests
///     12  number          of this page
///     18  birth           the flush that wrote it
///     24  prefix
///         heads           4 bytes an entry: the first bytes after the prefix, big-endian, filled up with zeros
///         cell offsets    2 bytes an entry
///         children        26 bytes an entry, in branches only
///         digests         16 bytes an entry, in branches that have them (Page+Digests.swift)
///         …               unused
///         heap            cells, in no order, up to `capacity`
///
/// Leaf cell: key length (2, without the prefix; bit 15: overflow), value length (2), key, value or the run's reference; in an encrypted file
/// with digests, the value's hash (8) behind that.
/// Branch cell: key length (2), key. Child 0 has none: its offset is 0 and its key below everything.
///
/// The pointer stays valid for the life of the snapshot or transaction that gave it out. Nothing here checks bounds: a page
/// from the file comes only through `PageReader`, which has validated it, and a page in memory was made by this process.
@safe struct Page {
    let base: UnsafeRawPointer

    @inline(__always) init(_ base: UnsafeRawPointer) {
        unsafe self.base = unsafe base
    }

    static let leafKind = 1
    static let branchKind = 2
    static let spaceKind = 3

    static let kindOffset = 0
    static let levelOffset = kindOffset + 1
    static let countOffset = levelOffset + 1
    static let prefixLengthOffset = countOffset + 2
    static let heapBytesOffset = prefixLengthOffset + 2
    static let garbageOffset = heapBytesOffset + 2
    static let overflowOffset = garbageOffset + 2
    static let numberOffset = overflowOffset + 2
    static let birthOffset = numberOffset + 6
    static let headerSize = birthOffset + 6

    static let leafSlotSize = 4 + 2
    static func branchSlotSize(hasDigests: Bool) -> Int { 4 + 2 + PageReference.byteCount + (hasDigests ? digestByteCount : 0) }
    static let leafCellHeaderSize = 4
    static let branchCellHeaderSize = 2
    static let overflowFlag = 0x8000

    /// Whether pages whose layout may use `capacity` bytes have a seal behind those; others use all of a page, a power of two.
    static func isSealed(capacity: Int) -> Bool { capacity & (capacity - 1) != 0 }
    /// Longest key, in bytes.
    static func maximumKeyLength(pageSize: Int) -> Int { min(1024, pageSize / 4) }
    /// Longest value, in bytes.
    static let maximumValueLength = 1 << 30

    @inline(__always) var kind: Int { unsafe base.load8(Self.kindOffset) }
    @inline(__always) var level: Int { unsafe base.load8(Self.levelOffset) }
    @inline(__always) var count: Int { unsafe base.load16(Self.countOffset) }
    @inline(__always) var prefixLength: Int { unsafe base.load16(Self.prefixLengthOffset) }
    var heapBytes: Int { unsafe base.load16(Self.heapBytesOffset) }
    var garbage: Int { unsafe base.load16(Self.garbageOffset) }
    var overflow: Int { unsafe base.load16(Self.overflowOffset) & ~Self.digestFlag }
    var number: PageNumber { unsafe PageNumber(rawValue: base.load48(Self.numberOffset)) }
    var birth: TransactionID { unsafe TransactionID(rawValue: base.load48(Self.birthOffset)) }
    var isLeaf: Bool { kind != Self.branchKind }

    @inline(__always) var prefix: Bytes { unsafe Bytes(base + Self.headerSize, prefixLength) }
    @inline(__always) var headsOffset: Int { Self.headerSize &+ prefixLength }
    @inline(__always) var offsetsOffset: Int { headsOffset &+ 4 &* count }
    @inline(__always) var childrenOffset: Int { headsOffset &+ 6 &* count }

    /// Bytes of one entry besides its cell.
    var slotSize: Int { isLeaf ? Self.leafSlotSize : Self.branchSlotSize(hasDigests: hasDigests) }

    /// Bytes of the cells in use. An overlay has them in the field where other pages have their garbage.
    var cellBytes: Int { isOverlay ? garbage : heapBytes - garbage }

    /// Bytes of header, prefix, slots and cells, without garbage; for an overlay, as they will be in the file.
    var usedBytes: Int { headsOffset + slotSize * count + cellBytes }

    @inline(__always) func head(_ index: Int) -> UInt32 { unsafe base.load32(headsOffset &+ 4 &* index) }

    @inline(__always) func cellOffset(_ index: Int) -> Int {
        unsafe base.load16(offsetsOffset &+ 2 &* index)
    }

    // MARK: Leaves

    /// The parts of a leaf's cell.
    @safe struct LeafCell {
        let suffix: Bytes
        let isOverflow: Bool
        let payload: UnsafeRawPointer
        let payloadLength: Int

        @inline(__always) init(_ cell: UnsafeRawPointer) {
            let field = unsafe cell.load16(0)
            let length = field & ~Page.overflowFlag
            suffix = unsafe Bytes(cell + Page.leafCellHeaderSize, length)
            isOverflow = field & Page.overflowFlag != 0
            payloadLength = unsafe cell.load16(2)
            unsafe payload = unsafe cell + (Page.leafCellHeaderSize &+ length)
        }

        var byteCount: Int { Page.leafCellHeaderSize + suffix.count + payloadLength }

        /// The run that holds the value, if `isOverflow`.
        var run: PageReference { unsafe readReference(payload) }

        /// Bytes of the value.
        var valueByteCount: UInt64 { isOverflow ? run.size : UInt64(payloadLength) }
    }

    @inline(__always) func leafCell(_ index: Int) -> LeafCell {
        unsafe LeafCell(cell(index))
    }

    // MARK: Branches

    @inline(__always) func child(_ index: Int) -> PageReference {
        unsafe readReference(base + (childrenOffset &+ PageReference.byteCount &* index))
    }

    /// Records below the first `end` children.
    @inline(__always) func records(before end: Int) -> UInt64 {
        var total: UInt64 = 0
        var pointer = unsafe base + (childrenOffset &+ 12)
        for _ in 0..<end {
            total &+= unsafe pointer.load48(0) & ~PageReference.overflowBit
            unsafe pointer += PageReference.byteCount
        }
        return total
    }

    func branchSuffix(_ index: Int) -> Bytes {
        if index == 0 { return unsafe Bytes(base, 0) }
        let cell = unsafe base + cellOffset(index)
        return unsafe Bytes(cell + Self.branchCellHeaderSize, cell.load16(0))
    }

    // MARK: Both

    @inline(__always) func suffix(_ index: Int) -> Bytes {
        let cell = unsafe cell(index)
        let header = isLeaf ? Self.leafCellHeaderSize : Self.branchCellHeaderSize
        return unsafe Bytes(cell + header, cell.load16(0) & ~Self.overflowFlag)
    }

    /// The whole key of an entry. Child 0 of a branch has an empty one.
    func key(_ index: Int) -> [UInt8] {
        isLeaf || index > 0 ? prefix.copy() + suffix(index).copy() : []
    }
}

@inline(__always) func readReference(_ pointer: UnsafeRawPointer) -> PageReference {
    unsafe PageReference(
        page: PageNumber(rawValue: pointer.load48(0)), birth: TransactionID(rawValue: pointer.load48(6)),
        size: pointer.load48(12), checksum: pointer.load64(18))
}

@inline(__always) func writeReference(_ reference: PageReference, _ pointer: UnsafeMutableRawPointer) {
    unsafe pointer.store48(reference.page.rawValue, 0)
    unsafe pointer.store48(reference.birth.rawValue, 6)
    unsafe pointer.store48(reference.size, 12)
    unsafe pointer.store64(reference.checksum, 18)
}
