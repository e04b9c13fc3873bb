@testable import BTreeStore

/// A file that does what one in memory does, but for what it does itself.
protocol WrappedFile: StorageFile {
    var file: MemoryFile { get }
}

extension WrappedFile {
    var path: String { file.path }
    var isVolatile: Bool { false }
    func byteCount() -> UInt64 { file.byteCount() }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) { unsafe try file.read(buffer, at: offset) }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) { unsafe try file.write(buffer, at: offset) }
    func resize(_ byteCount: UInt64) throws(StoreError) { try file.resize(byteCount) }
    func sync() {}
    func map(_ byteCount: Int) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe file.map(byteCount) }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
    func lockWriter() {}
    func unlockWriter() {}
    func isWriterElsewhere() -> Bool { false }
    func lockReader(_ flush: TransactionID) { file.lockReader(flush) }
    func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    func readersElsewhere(below end: TransactionID) -> [TransactionID] { file.readersElsewhere(below: end) }
}
