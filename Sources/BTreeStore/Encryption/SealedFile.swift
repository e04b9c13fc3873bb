import Ground

/// An encrypted file: reads and writes are those of the file, as it is on the disk; what is mapped is memory of its own, into which
/// pages are decrypted when they are first looked at.
final class SealedFile: StorageFile {
    private let file: any StorageFile
    let cipher: PageCipher?

    init(_ file: any StorageFile, _ cipher: PageCipher) {
        self.file = file
        self.cipher = cipher
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
        while true {
            if let base = unsafe reserveMemory(byteCount, isSecret: true) { return (UnsafeRawPointer(base), byteCount) }
            byteCount /= 2
            guard byteCount >= 1 << 20, try UInt64(byteCount) >= self.byteCount() else { throw .fileTooLarge(path: path) }
        }
    }

    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) { unsafe releaseMemory(UnsafeMutableRawPointer(mutating: base), byteCount) }

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
