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

    /// A page that is looked for: in an encrypted file decrypted, or zeros if it isn't what was sealed.
    convenience init(_ file: any StorageFile, _ reference: PageReference, pageSize: Int) throws(StoreError) {
        try self.init(file, reference.page, pageSize: pageSize)
        guard let cipher = file.cipher else { return }
        unsafe _ = cipher.open(base, file.capacity(pageSize: pageSize), reference, .page)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Whether the value in an overflow run has the checksum that its cell notes.
    static func isSound(_ run: PageReference, _ file: any StorageFile, pageSize: Int) throws(StoreError) -> Bool {
        let byteCount = Int(run.size) + pageSize - file.capacity(pageSize: pageSize)
        let base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
        defer { unsafe base.deallocate() }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: base, count: byteCount)
        unsafe try file.read(buffer, at: run.page.offset(pageSize: pageSize))
        if let cipher = file.cipher { return unsafe cipher.open(base, Int(run.size), run, .run) }
        return unsafe checksum(UnsafeRawPointer(base), byteCount) == run.checksum
    }

    /// The value in an overflow run of an encrypted file: nil if it isn't what was sealed.
    static func bytes(of run: PageReference, _ file: any StorageFile, pageSize: Int) throws(StoreError) -> [UInt8]? {
        let byteCount = Int(run.size) + PageCipher.sealByteCount
        var bytes = try readBytes(file, at: run.page.offset(pageSize: pageSize), count: byteCount)
        guard bytes.count == byteCount, let cipher = file.cipher else { return nil }
        let isRight = unsafe bytes.withUnsafeMutableBytes { unsafe cipher.open($0.baseAddress.unsafelyUnwrapped, Int(run.size), run, .run) }
        if !isRight { return nil }
        bytes.removeLast(PageCipher.sealByteCount)
        return bytes
    }
}
