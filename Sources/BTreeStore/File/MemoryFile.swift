private import Synchronization

/// A file in memory: the same store without a disk. Address space is reserved once, so the file can't outgrow it.
@safe package final class MemoryFile: StorageFile, @unchecked Sendable {
    // Sendable: the one writer changes bytes that no snapshot can reach, in pages that nobody else changes; `size` is atomic.
    package let path: String
    package let isVolatile: Bool
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private let end = Atomic<UInt64>(0)
    private var size: UInt64 { end.load(ordering: .acquiring) }
    private let readers = Mutex<[TransactionID: Int]>([:])

    /// - Parameter isVolatile: false has the store treat it like a file on a disk.
    package init(path: String = "memory", isVolatile: Bool = true, capacity: Int = 1 << 37) throws(StoreError) {
        self.path = path
        self.isVolatile = isVolatile
        var capacity = capacity
        while true {
            if let base = unsafe reserveMemory(capacity) {
                unsafe self.base = unsafe base
                self.capacity = capacity
                return
            }
            capacity /= 2
            guard capacity >= 1 << 24 else { throw .fileTooLarge(path: path) }
        }
    }

    deinit {
        unsafe releaseMemory(base, capacity)
    }

    package func byteCount() -> UInt64 { size }

    package func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
        let end = offset + UInt64(buffer.count)
        guard end <= size else { throw .truncated(path: path, byteCount: size, expected: end) }
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(start: base + Int(offset), count: buffer.count))
    }

    package func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        let end = offset + UInt64(buffer.count)
        guard end <= UInt64(capacity) else { throw .fileTooLarge(path: path) }
        if unsafe !buffer.isEmpty {
            unsafe (base + Int(offset)).copyMemory(from: buffer.baseAddress!, byteCount: buffer.count)
        }
        self.end.max(end, ordering: .acquiringAndReleasing)
    }

    package func resize(_ byteCount: UInt64) throws(StoreError) {
        guard byteCount <= UInt64(capacity) else { throw .fileTooLarge(path: path) }
        if byteCount < size {
            unsafe (base + Int(byteCount)).initializeMemory(as: UInt8.self, repeating: 0, count: Int(size - byteCount))
        }
        end.store(byteCount, ordering: .releasing)
    }

    package func reserve(_ byteCount: UInt64) throws(StoreError) {
        guard byteCount <= UInt64(capacity) else { throw .fileTooLarge(path: path) }
    }

    package func sync() {}

    package func map(_ wanted: Int) -> (base: UnsafeRawPointer, byteCount: Int) {
        unsafe (UnsafeRawPointer(base), min(wanted, capacity))
    }

    package func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}

    package func lockWriter() {}
    package func unlockWriter() {}
    package func isWriterElsewhere() -> Bool { false }

    // Openings one after the other share the file, so a lock is always another opening's.
    package func lockReader(_ flush: TransactionID) {
        readers.withLock { $0[flush, default: 0] += 1 }
    }

    package func unlockReader(_ flush: TransactionID) {
        readers.withLock { $0[flush] = $0[flush].flatMap { $0 > 1 ? $0 - 1 : nil } }
    }

    package func readersElsewhere(below end: TransactionID) -> [TransactionID] {
        readers.withLock { $0.keys.filter { $0 < end }.sorted() }
    }
}
