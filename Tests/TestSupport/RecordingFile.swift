package import BTreeStore
import Synchronization

/// A file in memory that remembers every write and sync, so that the disk's contents after a crash at any of them can be made;
/// and that refuses one of them if told to.
package final class RecordingFile: StorageFile {
    package enum Step: Equatable, Sendable {
        case write(offset: UInt64, bytes: [UInt8])
        case resize(UInt64)
        case sync
    }

    private struct State {
        var steps: [Step] = []
        var refusal: (step: Int, error: StoreError, partByteCount: Int)?
        var syncRefusal: StoreError?
        var atNextSync: (@Sendable () -> Void)?
        var refusesLocks = false
        var room = UInt64.max
    }

    private let file: MemoryFile
    private let state = Mutex(State())
    package var path: String { "recorded" }
    package var isVolatile: Bool { false }

    package init(capacity: Int = 1 << 30) throws {
        file = try MemoryFile(path: "recorded", isVolatile: false, capacity: capacity)
    }

    /// A file with these contents.
    package convenience init(_ image: [UInt8]) throws {
        // Many are made of small files, and address space isn't had for nothing.
        try self.init(capacity: 1 << 26)
        try write(image, at: 0)
    }

    /// The file after a crash: the steps before `count`, of which those after the last sync are kept as `keep` says. A write
    /// of which only a part is kept was torn.
    package convenience init(crashing steps: [Step], at count: Int, keep: (_ index: Int, _ byteCount: Int) -> Int) throws {
        try self.init()
        let synced = steps[..<count].lastIndex(of: .sync) ?? 0
        for (index, step) in steps[..<count].enumerated() {
            switch step {
            case .write(let offset, let bytes):
                let kept = index < synced ? bytes.count : keep(index, bytes.count)
                // Whatever of it arrived, the file may have grown for it.
                let size = offset + UInt64(bytes.count)
                if file.byteCount() < size && (index < synced || kept > 0) { try file.resize(size) }
                try write(Array(bytes.prefix(kept)), at: offset)
            case .resize(let size) where index < synced || keep(index, 1) > 0: try file.resize(size)
            case .resize, .sync: break
            }
        }
    }

    /// Writes to the file past what is recorded.
    private func write(_ bytes: [UInt8], at offset: UInt64) throws(StoreError) {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in unsafe try file.write(buffer, at: offset) }
        }
        try result.get()
    }

    package var steps: [Step] { state.withLock { $0.steps } }

    /// From now on the write or sync after `count` more fails. If it is a write, at most `partByteCount` of its bytes go through
    /// first; of those after it, none.
    package func refuse(after count: Int, with error: StoreError, partByteCount: Int = 0) {
        state.withLock { $0.refusal = ($0.steps.count + count, error, partByteCount) }
    }

    package func allowAll() {
        state.withLock { $0.refusal = nil }
    }

    private func note(_ step: Step) throws(StoreError) {
        let part: (step: Step, error: StoreError)? = try state.withLock { (state) throws(StoreError) in
            if let refusal = state.refusal, state.steps.count >= refusal.step {
                guard case .write(let offset, let bytes) = step, state.refusal!.partByteCount > 0 else { throw refusal.error }
                let part = Step.write(offset: offset, bytes: Array(bytes.prefix(min(refusal.partByteCount, bytes.count - 1))))
                state.refusal = (0, refusal.error, 0)
                state.steps.append(part)
                return (part, refusal.error)
            }
            state.steps.append(step)
            return nil
        }
        if let part, case .write(let offset, let bytes) = part.step {
            try write(bytes, at: offset)
            throw part.error
        }
    }

    package func byteCount() throws(StoreError) -> UInt64 { file.byteCount() }

    package func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
        unsafe try file.read(buffer, at: offset)
    }

    /// The disk has room for so many bytes of the file and no more.
    package var room: UInt64 {
        get { state.withLock { $0.room } }
        set { state.withLock { $0.room = newValue } }
    }

    package func reserve(_ byteCount: UInt64) throws(StoreError) {
        if byteCount > room { throw .diskFull(path: path) }
    }

    package func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        try reserve(offset + UInt64(buffer.count))
        unsafe try note(.write(offset: offset, bytes: Array(buffer)))
        unsafe try file.write(buffer, at: offset)
    }

    package func resize(_ byteCount: UInt64) throws(StoreError) {
        try note(.resize(byteCount))
        try file.resize(byteCount)
    }

    /// From now on syncs fail, and writes don't.
    package func refuseSyncs(with error: StoreError) { state.withLock { $0.syncRefusal = error } }

    package func sync() throws(StoreError) {
        if let error = state.withLock({ $0.syncRefusal }) { throw error }
        let body = state.withLock { $0.atNextSync.take() }
        body?()
        try note(.sync)
    }

    /// The next sync does this first: what happens while it waits for the disk.
    package func atNextSync(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.atNextSync = body } }

    package func map(_ byteCount: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe file.map(byteCount) }
    package func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}

    /// As a network file system may.
    package func refuseLocks() { state.withLock { $0.refusesLocks = true } }

    private func checkLocks() throws(StoreError) {
        if state.withLock({ $0.refusesLocks }) { throw .lockRefused(path: path, errorNumber: 37) }
    }

    package func lockWriter() throws(StoreError) { try checkLocks() }
    package func unlockWriter() {}
    package func isWriterElsewhere() throws(StoreError) -> Bool {
        try checkLocks()
        return false
    }
    package func lockReader(_ flush: TransactionID) throws(StoreError) {
        try checkLocks()
        file.lockReader(flush)
    }
    package func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    package func readersElsewhere(below end: TransactionID) throws(StoreError) -> [TransactionID] {
        try checkLocks()
        return file.readersElsewhere(below: end)
    }
}
