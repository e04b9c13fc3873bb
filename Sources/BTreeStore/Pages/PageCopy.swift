import Ground

/// A page read from the file into memory of its own, for code that doesn't trust the file enough to look at it in the mapping.
@safe final class PageCopy {
    private let base: UnsafeMutableRawPointer
    let page: Page

    /// - Throws: `truncated` or `io` if it can't be read. What was read is not verified.
    init(_ file: any StorageFile, _ number: PageNumber, pageSize: Int) throws(StoreError) {
        unsafe base = .allocate(byteCount: pageSize, alignment: 16)
        page = unsafe Page(UnsafeRawPointer(base))
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: base, count: pageSize)
        unsafe try file.read(buffer, at: number.offset(pageSize: pageSize))
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Whether the value in an overflow run has the checksum that its cell notes.
    static func isSound(_ run: PageReference, _ file: any StorageFile, pageSize: Int) throws(StoreError) -> Bool {
        let byteCount = Int(run.size)
        let base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
        defer { unsafe base.deallocate() }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: base, count: byteCount)
        unsafe try file.read(buffer, at: run.page.offset(pageSize: pageSize))
        return unsafe checksum(UnsafeRawPointer(base), byteCount) == run.checksum
    }
}
