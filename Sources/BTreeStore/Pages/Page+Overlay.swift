import Ground

// Overlays: leaves in memory whose unchanged records are still read in the file.
//
// A change of one record in a leaf of many doesn't copy them all. It makes a small block with the leaf's header, prefix, heads and
// cell offsets, and with cells of its own at the end. The other cells stay in the page of the file, the base, and are read there:
// bit 15 of their offsets says so. A flush puts the two together. So the memory of one page's copy holds the changes of eight
// pages, and as much more is changed before something must be written.
//
// The block has a leaf's layout except for these fields:
//
//      0  kind            4
//      6  heap bytes      of its own cells, garbage included
//      8  cell bytes      of all cells in use, the base's too
//     12  base            the address of the page below (8), where a page of the file has its number and birth
//
// The base stays part of the newest state, like its number and birth, until a flush has written the leaf anew or the leaf is
// given up; then it is freed. So the base outlives the block in every state that sees the block. It costs no room in the file: only
// pages of the durable state become bases, and those must stay until the next state is durable. Its address stays good because a
// mapping that takes another's place holds the other. In an encrypted file there are none: the base would be decrypted memory, more of
// it than the copy of the page that the overlay saves.

extension Page {
    static let overlayKind = 4
    static let baseFlag = 0x8000
    /// With larger pages bit 15 is part of an offset, and there are no overlays.
    static let overlayPageSizeLimit = 0x8000

    private static let baseAddressOffset = numberOffset

    @inline(__always) var isOverlay: Bool { kind == Self.overlayKind }

    /// The page below an overlay.
    @inline(__always) var overlaid: Page {
        unsafe Page(UnsafeRawPointer(bitPattern: UInt(truncatingIfNeeded: base.load64(Self.baseAddressOffset))).unsafelyUnwrapped)
    }

    /// Where an entry's cell lies.
    @inline(__always) func cell(_ index: Int) -> UnsafeRawPointer {
        let offset = cellOffset(index)
        if offset & Self.baseFlag != 0 && isOverlay { return unsafe overlaid.base + (offset & ~Self.baseFlag) }
        return unsafe base + offset
    }

    /// Whether a change may write into an entry's cell.
    func ownsCell(_ index: Int) -> Bool {
        !isOverlay || cellOffset(index) & Self.baseFlag == 0
    }

    /// Bytes of an overlay of this leaf, or of another overlay of its base, with room for `room` more.
    func overlayByteCount(adding room: Int) -> Int {
        var total = headsOffset + Self.leafSlotSize * count + room
        if isOverlay {
            for index in 0..<count where ownsCell(index) { total += leafCell(index).byteCount }
        }
        return (total + 15) & ~15
    }

    /// Whether the page below an overlay is, byte for byte, the one that the overlay was made over.
    func isBaseSound(capacity: Int) -> Bool {
        overlaid.hasChecksum(unsafe WritablePage(UnsafeMutableRawPointer(mutating: base)).baseChecksum, capacity: capacity)
    }

    /// What is wrong with a page in memory, an overlay being taken together with its base: nil if nothing is.
    func faultInMemory(capacity: Int, keyLimit: Int, level: Int) -> String? {
        guard isOverlay else { return structuralFault(capacity: capacity, keyLimit: keyLimit, level: level, inMemory: true) }
        guard usedBytes <= capacity else { return "it and its base are more than a page" }
        return unsafe withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { buffer in
            let whole = unsafe WritablePage(buffer.baseAddress.unsafelyUnwrapped)
            guard whole.merge(self, capacity: capacity) else { return "the page below it is not what it was" }
            guard whole.page.usedBytes == usedBytes else { return "its cells take other than the \(cellBytes) bytes that were noted" }
            return whole.page.structuralFault(capacity: capacity, keyLimit: keyLimit, level: level, inMemory: true)
        }
    }
}

extension WritablePage {
    /// Makes this block, of `byteCount`, an overlay of a leaf in the file, or what an overlay is, without its garbage.
    ///
    /// - Parameter checksum: of the leaf in the file.
    func overlay(_ leaf: Page, checksum: UInt64) {
        let count = leaf.count
        baseChecksum = checksum
        unsafe base.copyMemory(from: leaf.base, byteCount: leaf.headsOffset + Page.leafSlotSize * count)
        let offsets = leaf.offsetsOffset
        guard leaf.isOverlay else {
            unsafe base.store8(Page.overlayKind, Page.kindOffset)
            unsafe base.store64(UInt64(UInt(bitPattern: leaf.base)), Page.numberOffset)
            set(heapBytes: 0)
            set(garbage: leaf.cellBytes)
            for index in 0..<count { unsafe base.store16(leaf.cellOffset(index) | Page.baseFlag, offsets + 2 * index) }
            return
        }
        var end = byteCount
        for index in 0..<count where leaf.ownsCell(index) {
            let cell = leaf.leafCell(index)
            end -= cell.byteCount
            unsafe (base + end).copyMemory(from: leaf.cell(index), byteCount: cell.byteCount)
            unsafe base.store16(end, offsets + 2 * index)
        }
        set(heapBytes: byteCount - end)
    }

    /// Makes this page of `capacity` bytes the leaf that an overlay stands for, except for number and birth.
    ///
    /// The page below was verified long ago. Its bits may have changed on the disk since; and in a crafted file, which calls one page two
    /// things, it may be written over at this moment. So its checksum is compared, lest damage get a right one here; and no length is
    /// trusted, whatever the checksum was a moment ago.
    ///
    /// - Returns: false if the page below is not what it was. This page has undefined contents then.
    func merge(_ overlay: Page, capacity: Int) -> Bool {
        guard overlay.isBaseSound(capacity: capacity) else { return false }
        let count = overlay.count
        let slotsEnd = overlay.headsOffset + Page.leafSlotSize * count
        guard slotsEnd <= capacity else { return false }
        unsafe base.copyMemory(from: overlay.base, byteCount: overlay.headsOffset + Page.leafSlotSize * count)
        unsafe base.store8(Page.leafKind, Page.kindOffset)
        let offsets = overlay.offsetsOffset
        var end = capacity
        for index in 0..<count {
            let cell = unsafe overlay.cell(index)
            // An overlay's own cells were made here. Those of the base begin and end in its page.
            let isOwn = overlay.ownsCell(index)
            let start = isOwn ? 0 : overlay.cellOffset(index) & ~Page.baseFlag
            guard start + Page.leafCellHeaderSize <= capacity else { return false }
            let size = unsafe Page.leafCellHeaderSize + (cell.load16(0) & ~Page.overflowFlag) + cell.load16(2)
            guard start + size <= capacity, end - size >= slotsEnd else { return false }
            end -= size
            unsafe (base + end).copyMemory(from: cell, byteCount: size)
            unsafe base.store16(end, offsets + 2 * index)
        }
        set(heapBytes: capacity - end)
        set(garbage: 0)
        return true
    }
}
