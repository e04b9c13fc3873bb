import Ground

/// A large value of an encrypted file, decrypted into memory of its own: for a cursor that passes over more than there is memory for.
@safe final class ValueCopy: @unchecked Sendable {
    // Sendable: nothing changes once it is made.
    let run: PageReference
    /// Whatever else the cursor reads, so that who keeps a value need not ask where it lies.
    private let keeper: any AnyObject & Sendable
    private let base: UnsafeMutableRawPointer

    /// - Throws: `damaged` if the value isn't what the reference says, `truncated` or `io` if it can't be read.
    init(
        _ file: any StorageFile, _ cipher: PageCipher, _ run: PageReference, pageSize: Int, keeper: any AnyObject & Sendable
    ) throws(StoreError) {
        self.run = run
        self.keeper = keeper
        let byteCount = Int(run.size) + PageCipher.sealByteCount
        unsafe base = .allocate(byteCount: byteCount, alignment: 16)
        unsafe try file.read(UnsafeMutableRawBufferPointer(start: base, count: byteCount), at: run.page.offset(pageSize: pageSize))
        guard unsafe cipher.open(base, Int(run.size), run, .run) else {
            throw .damaged(page: run.page, reason: PageReader.wrongValue)
        }
    }

    deinit { unsafe base.deallocate() }

    /// Good as long as this is there.
    var bytes: StoredBytes { unsafe StoredBytes(pointer: UnsafeRawPointer(base), count: Int(run.size)) }
}
