import Foundation
import Synchronization

@testable import BTreeStore

/// A file in memory whose syncs can be held up, and then made to fail.
final class HeldFile: WrappedFile {
    private struct State {
        var isHeld = false
        var syncs = 0
        var maps = 0
        var writtenBytes = 0
        var atNextWrite: (@Sendable () -> Void)?
        var error: StoreError?
    }

    let file: MemoryFile
    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)

    init() throws { file = try MemoryFile(path: "held", isVolatile: false) }

    /// Syncs that have returned.
    var syncs: Int { state.withLock { $0.syncs } }

    /// Bytes that were written.
    var writtenBytes: Int { state.withLock { $0.writtenBytes } }

    /// The next write does this first.
    func atNextWrite(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.atNextWrite = body } }

    /// How often it was mapped.
    var maps: Int { state.withLock { $0.maps } }

    /// The next sync doesn't return before it is let go.
    func hold() { state.withLock { $0.isHeld = true } }

    func waitForSync() { arrived.wait() }

    func letGo(_ error: StoreError? = nil) {
        state.withLock {
            $0.isHeld = false
            $0.error = error
        }
        released.signal()
    }

    func sync() throws(StoreError) {
        if state.withLock({ $0.isHeld }) {
            arrived.signal()
            released.wait()
        }
        if let error = state.withLock({ $0.error }) { throw error }
        state.withLock { $0.syncs += 1 }
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        let body = state.withLock { state in
            state.writtenBytes += buffer.count
            return state.atNextWrite.take()
        }
        body?()
        unsafe try file.write(buffer, at: offset)
    }

    func map(_ byteCount: Int) -> (base: UnsafeRawPointer, byteCount: Int) {
        state.withLock { $0.maps += 1 }
        return unsafe file.map(byteCount)
    }
}
