/// A page of our own, to write. Same layout as `Page`. Before it lies a note that never reaches the file.
@safe struct WritablePage {
    let base: UnsafeMutableRawPointer

    @inline(__always) init(_ base: UnsafeMutableRawPointer) {
        unsafe self.base = unsafe base
    }

    /// Of a reference with `memoryBit`.
    @inline(__always) init(_ reference: PageReference) {
        unsafe base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(truncatingIfNeeded: reference.checksum)).unsafelyUnwrapped
    }

    @inline(__always) var page: Page { unsafe Page(UnsafeRawPointer(base)) }

    /// A reference to this page for the parent, which counts `size`.
    func reference(size: UInt64) -> PageReference {
        unsafe PageReference(page: PageReference.memoryBit, birth: 0, size: size, checksum: UInt64(UInt(bitPattern: base)))
    }

    // MARK: The note before the page

    static let noteSize = 32

    /// The transaction that made this page: only that one may change it.
    var created: UInt64 {
        get { unsafe UnsafeRawPointer(base - 8).load64(0) }
        nonmutating set { unsafe (base - 8).store64(newValue, 0) }
    }

    /// Bytes of the page, of the overlay, or of the overflow run rounded up to whole pages.
    var byteCount: Int {
        get { unsafe Int(UnsafeRawPointer(base - 16).load64(0)) }
        nonmutating set { unsafe (base - 16).store64(UInt64(newValue), 0) }
    }

    /// While a flush runs: the number that it gave this page.
    var flushedNumber: UInt64 {
        get { unsafe UnsafeRawPointer(base - 24).load64(0) }
        nonmutating set { unsafe (base - 24).store64(newValue, 0) }
    }

    /// While a flush runs: the checksum of what it wrote.
    var flushedChecksum: UInt64 {
        get { unsafe UnsafeRawPointer(base - 32).load64(0) }
        nonmutating set { unsafe (base - 32).store64(newValue, 0) }
    }
}

/// Where changed pages live until they are flushed. Only the holder of the writer's slot comes here.
@safe final class PageMemory {
    let pageSize: Int
    /// Bytes of pages that are part of the newest state.
    private(set) var byteCount = 0
    /// Pages let go, for the next ones: giving each back to the allocator costs more than the change that it was copied for.
    private var spare: [Block] = unsafe []
    /// So many are kept when there is nothing to write.
    private static let idleSpareCount = 256

    private typealias Block = UnsafeMutableRawPointer

    init(pageSize: Int) {
        self.pageSize = pageSize
    }

    deinit {
        while let block = unsafe spare.popLast() { unsafe block.deallocate() }
    }

    /// A page with undefined contents.
    func allocate(created: UInt64) -> WritablePage {
        unsafe note(spare.popLast() ?? Self.block(pageSize), pageSize, created)
    }

    /// A block for an overlay, smaller than a page, with undefined contents.
    func allocate(byteCount: Int, created: UInt64) -> WritablePage {
        // In place of a page, lest there be as much memory for pages as there was and that of the overlays too.
        if spareCount > Self.idleSpareCount, let block = unsafe spare.popLast() { unsafe block.deallocate() }
        return unsafe note(Self.block(byteCount), byteCount, created)
    }

    /// An overflow run of these bytes, the rest of its last page zero.
    func allocateRun(_ value: Bytes, created: UInt64) -> WritablePage {
        let rounded = (value.count + pageSize - 1) / pageSize * pageSize
        let page = unsafe note(Self.block(rounded), rounded, created)
        unsafe page.base.copyMemory(from: value.base, byteCount: value.count)
        unsafe (page.base + value.count).initializeMemory(as: UInt8.self, repeating: 0, count: rounded - value.count)
        return page
    }

    /// A page left the newest state, but some snapshot may still see it.
    func retire(_ page: WritablePage) {
        byteCount -= page.byteCount
    }

    /// A retired page is part of the newest state again.
    func restore(_ page: WritablePage) {
        byteCount += page.byteCount
    }

    func free(_ page: WritablePage) {
        byteCount -= page.byteCount
        freeRetired(page)
    }

    func freeRetired(_ page: WritablePage) {
        let block = unsafe page.base - WritablePage.noteSize
        if page.byteCount == pageSize {
            unsafe spare.append(block)
        } else {
            unsafe block.deallocate()
        }
    }

    private var spareCount: Int { unsafe spare.count }

    /// Gives memory back that a large transaction has used.
    func trim() {
        while spareCount > Self.idleSpareCount, let block = unsafe spare.popLast() { unsafe block.deallocate() }
    }

    private static func block(_ byteCount: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer.allocate(byteCount: WritablePage.noteSize + byteCount, alignment: 16)
    }

    private func note(_ block: UnsafeMutableRawPointer, _ byteCount: Int, _ created: UInt64) -> WritablePage {
        let page = unsafe WritablePage(block + WritablePage.noteSize)
        page.created = created
        page.byteCount = byteCount
        self.byteCount += byteCount
        return page
    }
}
