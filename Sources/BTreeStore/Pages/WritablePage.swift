import Ground

/// A page in memory, to be changed. It has the layout of `Page`; a note that never reaches the file lies before it.
@safe struct WritablePage {
    let base: UnsafeMutableRawPointer

    @inline(__always) init(_ base: UnsafeMutableRawPointer) {
        unsafe self.base = unsafe base
    }

    /// The page in memory that a reference leads to.
    @inline(__always) init(_ reference: PageReference) {
        unsafe base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(truncatingIfNeeded: reference.checksum)).unsafelyUnwrapped
    }

    @inline(__always) var page: Page { unsafe Page(UnsafeRawPointer(base)) }

    func isSame(as other: WritablePage) -> Bool { unsafe base == other.base }

    /// A reference to this page for the parent, which counts `size`.
    func reference(size: UInt64) -> PageReference {
        unsafe PageReference(page: PageReference.inMemory, size: size, checksum: UInt64(UInt(bitPattern: base)))
    }

    // MARK: The note before the page

    static let noteSize = 40

    /// The transaction that made this page: only that one may change it.
    var created: TransactionID {
        get { unsafe TransactionID(rawValue: UnsafeRawPointer(base - 8).load64(0)) }
        nonmutating set { unsafe (base - 8).store64(newValue.rawValue, 0) }
    }

    /// Bytes of the page, of the overlay, or of the overflow run, which is rounded up to whole pages.
    var byteCount: Int {
        get { unsafe Int(UnsafeRawPointer(base - 16).load64(0)) }
        nonmutating set { unsafe (base - 16).store64(UInt64(newValue), 0) }
    }

    /// While a flush runs: the number that it gave this page.
    var flushedNumber: PageNumber {
        get { unsafe PageNumber(rawValue: UnsafeRawPointer(base - 24).load64(0)) }
        nonmutating set { unsafe (base - 24).store64(newValue.rawValue, 0) }
    }

    /// While a flush runs: the checksum of what it wrote.
    var flushedChecksum: UInt64 {
        get { unsafe UnsafeRawPointer(base - 32).load64(0) }
        nonmutating set { unsafe (base - 32).store64(newValue, 0) }
    }

    /// In an overflow run, XXH64 of the value.
    var valueHash: UInt64 {
        get { baseChecksum }
        nonmutating set { baseChecksum = newValue }
    }

    /// In an overlay, the checksum that the page below has.
    var baseChecksum: UInt64 {
        get { unsafe UnsafeRawPointer(base - 40).load64(0) }
        nonmutating set { unsafe (base - 40).store64(newValue, 0) }
    }
}

// Changes inside one page. The caller has made sure that there is room, that the key has the page's prefix, and that the
// transaction that made the page is at work.
extension WritablePage {
    func format(kind: Int, level: Int) {
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Page.headerSize)
        unsafe base.store8(kind, Page.kindOffset)
        unsafe base.store8(level, Page.levelOffset)
    }

    /// Makes this page a leaf without records, for keys with that prefix.
    func formatLeaf(prefix: Bytes) {
        format(kind: Page.leafKind, level: 0)
        unsafe base.store16(prefix.count, Page.prefixLengthOffset)
        unsafe (base + Page.headerSize).copyMemory(from: prefix.base, byteCount: prefix.count)
    }

    func copy(from page: Page, capacity: Int) {
        unsafe base.copyMemory(from: page.base, byteCount: capacity)
    }

    func set(count: Int) { unsafe base.store16(count, Page.countOffset) }
    func set(heapBytes: Int) { unsafe base.store16(heapBytes, Page.heapBytesOffset) }
    func set(garbage: Int) { unsafe base.store16(garbage, Page.garbageOffset) }
    func set(overflow: Int) { unsafe base.store16(overflow, Page.overflowOffset) }
    func set(number: PageNumber, birth: TransactionID) {
        unsafe base.store48(number.rawValue, Page.numberOffset)
        unsafe base.store48(birth.rawValue, Page.birthOffset)
    }

    /// What the parent notes about this page: `records` below it, and whether there may be overflow cells among them.
    func reference(records: UInt64) -> PageReference {
        reference(size: records | (page.overflow > 0 ? PageReference.overflowBit : 0))
    }

    func setChild(_ index: Int, _ reference: PageReference) {
        unsafe writeReference(reference, base + (page.childrenOffset + PageReference.byteCount * index))
        if reference.mayOverflow { noteOverflowBelow() }
    }

    func setChildSize(_ index: Int, _ size: UInt64) {
        unsafe base.store48(size, page.childrenOffset + PageReference.byteCount * index + 12)
        if size & PageReference.overflowBit != 0 { noteOverflowBelow() }
    }

    func setRun(_ index: Int, _ reference: PageReference) {
        let cell = page.leafCell(index)
        unsafe writeReference(reference, UnsafeMutableRawPointer(mutating: cell.payload))
    }

    /// Unused bytes between slots and cells of a page that fills its block.
    var gap: Int { gap(capacity: byteCount) }

    func gap(capacity: Int) -> Int {
        let page = self.page
        return capacity - page.heapBytes - page.headsOffset - page.slotSize * page.count
    }

    // MARK: Leaves

    /// Adds a record at `index`, with a key that has the page's prefix, in the gap.
    func insertLeafCell(_ index: Int, _ key: Bytes, _ payload: Payload) {
        let prefixLength = page.prefixLength
        openSlots(index, head: key.head(at: prefixLength))
        putLeafCell(index, key, payload)
        if payload.isOverflow { set(overflow: page.overflow + 1) }
    }

    /// Writes a new cell for an existing slot.
    private func putLeafCell(_ index: Int, _ key: Bytes, _ payload: Payload) {
        let page = self.page
        let suffixLength = key.count - page.prefixLength
        let size = Page.leafCellHeaderSize + suffixLength + payload.count
        let offset = byteCount - page.heapBytes - size
        let cell = unsafe base + offset
        unsafe cell.store16(suffixLength | (payload.isOverflow ? Page.overflowFlag : 0), 0)
        unsafe cell.store16(payload.count, 2)
        unsafe (cell + Page.leafCellHeaderSize).copyMemory(from: key.base + page.prefixLength, byteCount: suffixLength)
        unsafe (cell + Page.leafCellHeaderSize + suffixLength).copyMemory(from: payload.base, byteCount: payload.count)
        unsafe base.store16(offset, page.offsetsOffset + 2 * index)
        set(heapBytes: page.heapBytes + size)
        if page.isOverlay { noteGarbage(-size) }
    }

    /// Notes that `count` bytes of cells are no longer in use.
    private func noteGarbage(_ count: Int) {
        set(garbage: page.garbage + (page.isOverlay ? -count : count))
    }

    /// Gives a record another payload, in place if it is no longer than the old one, else in the gap.
    /// - Returns: false if there is no room for it without compacting.
    func replaceLeafPayload(_ index: Int, _ key: Bytes, _ payload: Payload) -> Bool {
        let cell = page.leafCell(index)
        let wasOverflow = cell.isOverflow
        if payload.count <= cell.payloadLength && page.ownsCell(index) {
            let header = unsafe UnsafeMutableRawPointer(mutating: cell.suffix.base) - Page.leafCellHeaderSize
            unsafe header.store16(cell.suffix.count | (payload.isOverflow ? Page.overflowFlag : 0), 0)
            unsafe header.store16(payload.count, 2)
            unsafe UnsafeMutableRawPointer(mutating: cell.payload).copyMemory(from: payload.base, byteCount: payload.count)
            noteGarbage(cell.payloadLength - payload.count)
        } else {
            guard Page.leafCellHeaderSize + cell.suffix.count + payload.count <= gap else { return false }
            noteGarbage(cell.byteCount)
            putLeafCell(index, key, payload)
        }
        if payload.isOverflow != wasOverflow { set(overflow: page.overflow + (payload.isOverflow ? 1 : -1)) }
        return true
    }

    /// Takes records out. Their overflow runs are the caller's to free before.
    func removeLeafCells(_ range: Range<Int>) {
        let page = self.page
        var garbage = 0
        var overflow = page.overflow
        for index in range {
            let cell = page.leafCell(index)
            garbage += cell.byteCount
            if cell.isOverflow { overflow -= 1 }
        }
        closeSlots(range)
        noteGarbage(garbage)
        set(overflow: overflow)
    }

    // MARK: Branches

    /// Adds a child at `index` > 0 with the separator below it, in the gap.
    ///
    /// - Parameter digest: of the child's records, if the branch has digests.
    func insertBranchCell(_ index: Int, _ separator: Bytes, _ child: PageReference, digest: RangeDigest, capacity: Int) {
        let prefixLength = page.prefixLength
        openSlots(index, head: separator.head(at: prefixLength))
        let page = self.page
        let suffixLength = separator.count - prefixLength
        let size = Page.branchCellHeaderSize + suffixLength
        let offset = capacity - page.heapBytes - size
        unsafe (base + offset).store16(suffixLength, 0)
        unsafe (base + offset + Page.branchCellHeaderSize).copyMemory(from: separator.base + prefixLength, byteCount: suffixLength)
        unsafe base.store16(offset, page.offsetsOffset + 2 * index)
        set(heapBytes: page.heapBytes + size)
        setChild(index, child)
        if page.hasDigests { set(digest: digest, index) }
    }

    /// Adds child 0 to an empty branch.
    func insertFirstChild(_ child: PageReference, digest: RangeDigest) {
        openSlots(0, head: 0)
        unsafe base.store16(0, page.offsetsOffset)
        setChild(0, child)
        if page.hasDigests { set(digest: digest, 0) }
    }

    /// Takes children out. The first one that remains loses its key if child 0 goes.
    func removeBranchCells(_ range: Range<Int>) {
        if range.isEmpty { return }
        let page = self.page
        var garbage = page.garbage
        let losers = range.lowerBound == 0 ? 1..<min(range.upperBound + 1, page.count) : range
        for index in losers { garbage += Page.branchCellHeaderSize + page.branchSuffix(index).count }
        closeSlots(range)
        set(garbage: garbage)
        if range.lowerBound == 0 && self.page.count > 0 {
            unsafe base.store32(0, self.page.headsOffset)
            unsafe base.store16(0, self.page.offsetsOffset)
        }
    }

    // MARK: Slots

    /// Makes room for entry `index` in each of the arrays between prefix and gap, and notes its head.
    private func openSlots(_ index: Int, head: UInt32) {
        let page = self.page
        let count = page.count
        let heads = page.headsOffset
        let offsets = heads + 4 * count
        let children = offsets + 2 * count
        if !page.isLeaf {
            let size = PageReference.byteCount
            if page.hasDigests {
                let digests = children + size * count
                let target = digests + 6 + size
                let width = Page.digestByteCount
                unsafe base.move((count - index) * width, from: digests + index * width, to: target + (index + 1) * width)
                unsafe base.move(index * width, from: digests, to: target)
            }
            unsafe base.move((count - index) * size, from: children + index * size, to: children + 6 + (index + 1) * size)
            unsafe base.move(index * size, from: children, to: children + 6)
        }
        unsafe base.move((count - index) * 2, from: offsets + index * 2, to: offsets + 4 + (index + 1) * 2)
        unsafe base.move(index * 2, from: offsets, to: offsets + 4)
        unsafe base.move((count - index) * 4, from: heads + index * 4, to: heads + (index + 1) * 4)
        unsafe base.store32(head, heads + index * 4)
        set(count: count + 1)
    }

    private func closeSlots(_ range: Range<Int>) {
        let page = self.page
        let count = page.count
        let rest = count - range.upperBound
        let heads = page.headsOffset
        let offsets = heads + 4 * count
        let children = offsets + 2 * count
        let newOffsets = offsets - 4 * range.count
        unsafe base.move(rest * 4, from: heads + range.upperBound * 4, to: heads + range.lowerBound * 4)
        unsafe base.move(range.lowerBound * 2, from: offsets, to: newOffsets)
        unsafe base.move(rest * 2, from: offsets + range.upperBound * 2, to: newOffsets + range.lowerBound * 2)
        if !page.isLeaf {
            let size = PageReference.byteCount
            let newChildren = children - 6 * range.count
            unsafe base.move(range.lowerBound * size, from: children, to: newChildren)
            unsafe base.move(rest * size, from: children + range.upperBound * size, to: newChildren + range.lowerBound * size)
            if page.hasDigests {
                let digests = children + size * count
                let target = digests - (6 + size) * range.count
                let width = Page.digestByteCount
                unsafe base.move(range.lowerBound * width, from: digests, to: target)
                unsafe base.move(rest * width, from: digests + range.upperBound * width, to: target + range.lowerBound * width)
            }
        }
        set(count: count - range.count)
    }
}

/// The part of a leaf's cell behind its key: the value's bytes, or the reference of the run that holds them.
@safe struct Payload {
    let base: UnsafeRawPointer
    let count: Int
    let isOverflow: Bool

    init(_ base: UnsafeRawPointer, _ count: Int, isOverflow: Bool) {
        unsafe self.base = unsafe base
        self.count = count
        self.isOverflow = isOverflow
    }
}
