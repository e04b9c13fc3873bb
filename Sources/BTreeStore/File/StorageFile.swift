/// The file of a store. All access to the file goes through this protocol, so that tests can lose, tear, reorder or refuse whatever
/// passes.
///
/// Writes are visible at once to the mapping and to reads, and durable after the next `sync`. Offsets and counts in bytes.
package protocol StorageFile: AnyObject, Sendable {
    /// The path, for messages.
    var path: String { get }
    /// Whether nothing of it outlives the process, so that nothing need be synced or verified.
    var isVolatile: Bool { get }
    /// What seals pages: nil if the file isn't encrypted.
    var cipher: PageCipher? { get }

    func byteCount() throws(StoreError) -> UInt64
    /// Fills the buffer; throws `.truncated` if the file ends before.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError)
    /// Writes all of the buffer, and extends the file if it ends before.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError)
    func resize(_ byteCount: UInt64) throws(StoreError)
    /// Has the disk keep room for the file to become so long, which it may not become. Where that can't be done, nothing happens.
    func reserve(_ byteCount: UInt64) throws(StoreError)
    func sync() throws(StoreError)
    /// Has the disk begin with what was written there, so that the next `sync` has less to wait for. Doesn't wait itself.
    func beginSync(_ range: Range<UInt64>) throws(StoreError)

    /// Maps up to `byteCount` bytes of address space over the file, also beyond its end, and returns how many there are.
    func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int)
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int)
    /// In an encrypted file, bytes of decrypted pages from which on a mapping is full.
    var generationByteCount: Int { get }
    /// Like `unmap`, of an encrypted file's mapping in whose first `used` bytes pages are.
    func giveBack(_ base: UnsafeRawPointer, _ byteCount: Int, used: Int)
    /// Makes sure that a mapped part of the file can be read. What can't be is an error here, and a signal to whoever looks at it.
    func load(_ address: UnsafeRawPointer, _ byteCount: Int, at offset: UInt64) throws(StoreError)
    /// Which of up to 64 mapped parts of the file are in memory, so that they can be read without `load`: a bit for each.
    func residentParts(_ address: UnsafeRawPointer, partByteCount: Int, count: Int) -> UInt64

    /// Takes the one writer's lock; throws `.busy` if another opening has it, which the note in page 0 names.
    func lockWriter() throws(StoreError)
    /// Gives that lock up, and the one of `lockReadyWriter`.
    func unlockWriter()
    /// Takes the lock that says that the newest state is whole: a writer that is still opening may have to take an older one.
    func lockReadyWriter() throws(StoreError)
    /// Whether another opening has that lock.
    func isWriterElsewhere() throws(StoreError) -> Bool
    /// Announces to other openings that this flush is being read.
    func lockReader(_ flush: TransactionID) throws(StoreError)
    func unlockReader(_ flush: TransactionID)
    /// The flushes below `end` that other openings read, in ascending order.
    func readersElsewhere(below end: TransactionID) throws(StoreError) -> [TransactionID]
}

extension StorageFile {
    package var generationByteCount: Int { .max }
    package func giveBack(_ base: UnsafeRawPointer, _ byteCount: Int, used: Int) { unsafe unmap(base, byteCount) }
    package func load(_ address: UnsafeRawPointer, _ byteCount: Int, at offset: UInt64) throws(StoreError) {}
    package func residentParts(_ address: UnsafeRawPointer, partByteCount: Int, count: Int) -> UInt64 { 0 }
    package func reserve(_ byteCount: UInt64) throws(StoreError) {}
    package func lockReadyWriter() throws(StoreError) {}
    package func beginSync(_ range: Range<UInt64>) throws(StoreError) {}
}

/// The bytes that are locked, far beyond any page: a lock on a byte doesn't need the byte to exist.
enum LockOffset {
    /// A reader of flush `n` has a shared lock on the byte `n` after this one.
    static let readers: Int64 = 1 << 62
    /// The writer has this byte.
    static let writer: Int64 = readers - 1
    /// The writer has this byte too, once it has made sure that the newest state is whole.
    static let readyWriter: Int64 = writer - 1
}
