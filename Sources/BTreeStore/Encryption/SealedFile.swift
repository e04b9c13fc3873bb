import Ground
internal import Synchronization

/// An encrypted file: reads and writes are those of the file, as it is on the disk; what is mapped is memory of its own, into which
/// pages are decrypted when they are first looked at.
final class SealedFile: StorageFile {
    private let file: any StorageFile
    let cipher: PageCipher?
    let generationByteCount: Int
    /// The memory of a mapping that is no more, for the next one: to have the system make a page zero and give it costs as much as to
    /// decrypt one.
    private let spare = Mutex<Spare?>(nil)

    /// Memory that nobody else has.
    @safe private struct Spare: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
    }

    /// - Parameter decryptedByteLimit: memory for decrypted pages.
    init(_ file: any StorageFile, _ cipher: PageCipher, decryptedByteLimit: Int = .max) {
        self.file = file
        self.cipher = cipher
        generationByteCount = decryptedByteLimit / 8 * 3
    }

    deinit {
        if let spare = spare.withLock({ $0 }) { unsafe releaseMemory(spare.base, spare.byteCount) }
    }

    var path: String { file.path }
    var isVolatile: Bool { file.isVolatile }

    func byteCount() throws(StoreError) -> UInt64 { try file.byteCount() }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) { unsafe try file.read(buffer, at: offset) }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) { unsafe try file.write(buffer, at: offset) }
    func resize(_ byteCount: UInt64) throws(StoreError) { try file.resize(byteCount) }
    func reserve(_ byteCount: UInt64) throws(StoreError) { try file.reserve(byteCount) }
    func sync() throws(StoreError) { try file.sync() }
    func beginSync(_ range: Range<UInt64>) throws(StoreError) { try file.beginSync(range) }

    func map(_ wanted: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) {
        var byteCount = wanted
        let kept: Spare? = spare.withLock { spare in
            guard let found = spare, found.byteCount >= wanted else { return nil }
            spare = nil
            return found
        }
        if let kept { return unsafe (UnsafeRawPointer(kept.base), kept.byteCount) }
        while true {
            if let base = unsafe reserveMemory(byteCount, isSecret: true) {
                // Whoever opens a file to read one record shall not have to wait for a large piece of memory.
                if byteCount > largePageByteCount {
                    unsafe preferLargePages(base + largePageByteCount, byteCount - largePageByteCount)
                }
                return (UnsafeRawPointer(base), byteCount)
            }
            byteCount /= 2
            guard byteCount >= 1 << 20, try UInt64(byteCount) >= self.byteCount() else { throw .fileTooLarge(path: path) }
        }
    }

    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) { unsafe releaseMemory(UnsafeMutableRawPointer(mutating: base), byteCount) }

    func giveBack(_ base: UnsafeRawPointer, _ byteCount: Int, used: Int) {
        let base = unsafe UnsafeMutableRawPointer(mutating: base)
        let kept = min(used, (generationByteCount / 4096 + 1) * 4096)
        #if DEBUG
            // Whoever still looks at a page that was given up shall see it.
            unsafe base.initializeMemory(as: UInt8.self, repeating: 0xEE, count: kept)
        #endif
        if used > kept { unsafe discardMemory(base + kept, used - kept) }
        let isKept = spare.withLock { spare in
            if spare != nil { return false }
            spare = unsafe Spare(base: base, byteCount: byteCount)
            return true
        }
        if !isKept { unsafe releaseMemory(base, byteCount) }
    }

    func lockWriter() throws(StoreError) { try file.lockWriter() }
    func unlockWriter() { file.unlockWriter() }
    func lockReadyWriter() throws(StoreError) { try file.lockReadyWriter() }
    func isWriterElsewhere() throws(StoreError) -> Bool { try file.isWriterElsewhere() }
    func lockReader(_ flush: TransactionID) throws(StoreError) { try file.lockReader(flush) }
    func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    func readersElsewhere(below end: TransactionID) throws(StoreError) -> [TransactionID] { try file.readersElsewhere(below: end) }
}

extension StorageFile {
    package var cipher: PageCipher? { nil }

    /// Bytes of a page that its layout may use: all, but for the seal of an encrypted one.
    func capacity(pageSize: Int) -> Int { cipher == nil ? pageSize : pageSize - PageCipher.sealByteCount }

    /// Another file under the same keys, for one opening's writing.
    func sealedLike(_ other: any StorageFile) -> any StorageFile {
        guard let cipher = other.cipher else { return self }
        return SealedFile(self, PageCipher(cipher.keys, witness: cipher.witness))
    }
}
