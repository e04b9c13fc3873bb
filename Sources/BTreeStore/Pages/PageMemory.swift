import Ground

/// The memory of changed pages until they are flushed. Used only in the writer's turn.
@safe final class PageMemory {
    let pageSize: Int
    /// Bytes of a page that its layout may use: with a seal behind them, a page of the file.
    private let capacity: Int
    /// Bytes of pages that are part of the newest state.
    private(set) var byteCount = 0
    /// Places of single pages that these will take in the file, and pages of those large values that need several in a row.
    private var singles = 0
    private var runs = 0
    var pageCount: PageCount { PageCount(singles) }
    var runPageCount: PageCount { PageCount(runs) }
    /// Pages of the file that all of it will take.
    var filePageCount: PageCount { PageCount(singles + runs) }
    /// Blocks of pages that were let go, for the next pages: giving each back to the allocator costs more than the change that the
    /// page was copied for.
    private var spare: [Block] = unsafe []
    /// Spare pages that are kept when there is nothing to write.
    private static let idleSpareCount = 256

    private typealias Block = UnsafeMutableRawPointer

    init(pageSize: Int, capacity: Int? = nil) {
        self.pageSize = pageSize
        self.capacity = capacity ?? pageSize
    }

    deinit {
        while let block = unsafe spare.popLast() { unsafe block.deallocate() }
    }

    /// A page with undefined contents.
    func allocate(created: TransactionID) -> WritablePage {
        // With room for the seal that a page of an encrypted file has when it is read.
        unsafe note(spare.popLast() ?? Self.block(pageSize), capacity, created)
    }

    /// A block for an overlay, smaller than a page, with undefined contents.
    func allocate(byteCount: Int, created: TransactionID) -> WritablePage {
        // It takes the place of a spare page: else there would be memory for overlays beside all that pages ever took.
        if spareCount > Self.idleSpareCount, let block = unsafe spare.popLast() { unsafe block.deallocate() }
        return unsafe note(Self.block(byteCount), byteCount, created)
    }

    /// An overflow run of these bytes, the rest of its last page zero, with room for a seal.
    func allocateRun(_ value: Bytes, created: TransactionID) -> WritablePage {
        let rounded = (value.count + 2 * pageSize - capacity - 1) / pageSize * pageSize
        let page = unsafe note(Self.block(rounded), rounded, created)
        page.valueHash = checksum(value)
        unsafe page.base.copyMemory(from: value.base, byteCount: value.count)
        unsafe (page.base + value.count).initializeMemory(as: UInt8.self, repeating: 0, count: rounded - value.count)
        return page
    }

    /// Notes that a page left the newest state, while a snapshot may still see it.
    func retire(_ page: WritablePage) {
        count(page.byteCount, -1)
    }

    /// Notes that a retired page is part of the newest state again.
    func restore(_ page: WritablePage) {
        count(page.byteCount, 1)
    }

    func free(_ page: WritablePage) {
        count(page.byteCount, -1)
        freeRetired(page)
    }

    func freeRetired(_ page: WritablePage) {
        let block = unsafe page.base - WritablePage.noteSize
        if page.byteCount == capacity {
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

    private func count(_ byteCount: Int, _ sign: Int) {
        self.byteCount += sign * byteCount
        if byteCount <= pageSize {
            singles += sign
        } else {
            runs += sign * (byteCount / pageSize)
        }
    }

    private static func block(_ byteCount: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer.allocate(byteCount: WritablePage.noteSize + byteCount, alignment: 16)
    }

    private func note(_ block: UnsafeMutableRawPointer, _ byteCount: Int, _ created: TransactionID) -> WritablePage {
        let page = unsafe WritablePage(block + WritablePage.noteSize)
        page.created = created
        page.byteCount = byteCount
        count(byteCount, 1)
        return page
    }
}
