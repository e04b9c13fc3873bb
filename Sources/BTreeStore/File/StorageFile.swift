/// The one door to the file. The store does nothing to its file but through here, so that tests can lose, tear, reorder or
/// refuse whatever passes.
///
/// Writes are visible at once to the mapping and to reads, and durable after the next `sync`. Offsets and counts in bytes.
package protocol StorageFile: AnyObject, Sendable {
    /// For messages.
    var path: String { get }
    /// Nothing outlives the process, so nothing need be synced or verified.
    var isVolatile: Bool { get }

    func byteCount() throws(StoreError) -> UInt64
    /// Fills the buffer; an end of file before that is `.truncated`.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError)
    /// Writes all of it, and extends the file if it ends before.
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError)
    func resize(_ byteCount: UInt64) throws(StoreError)
    func sync() throws(StoreError)
    /// What was written there is wanted on the disk soon: the next `sync` has less to wait for then. Doesn't wait itself.
    func beginSync(_ range: Range<UInt64>) throws(StoreError)

    /// Reserves up to `byteCount` bytes of address space over the file, beyond its end too. Answers how many it got.
    func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int)
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int)

    /// Takes the one writer's lock; `.busy` if someone else has it, named by the note in page 0.
    func lockWriter() throws(StoreError)
    /// Gives up that lock, and the next one.
    func unlockWriter()
    /// Takes the lock that says that the newest state is whole: a writer that is still opening may have to take an older one.
    func lockReadyWriter() throws(StoreError)
    /// Whether someone else has that lock.
    func isWriterElsewhere() throws(StoreError) -> Bool
    /// Announces a snapshot of this transaction to other processes.
    func lockReader(_ transaction: UInt64) throws(StoreError)
    func unlockReader(_ transaction: UInt64)
    /// The transactions below `end` that someone else reads, in ascending order.
    func readersElsewhere(below end: UInt64) throws(StoreError) -> [UInt64]
}

extension StorageFile {
    package func lockReadyWriter() throws(StoreError) {}
    package func beginSync(_ range: Range<UInt64>) throws(StoreError) {}
}

/// Where the locks are: far beyond any page. A lock on a byte needs no byte to be there.
enum LockOffset {
    /// A snapshot of transaction `t` is announced by a shared lock on this byte plus `t`.
    static let readers: Int64 = 1 << 62
    /// The writer has this byte.
    static let writer: Int64 = readers - 1
    /// And this one too, once it has seen to it that the newest state is whole.
    static let readyWriter: Int64 = writer - 1
}
