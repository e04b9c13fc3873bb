import Foundation
import Synchronization

/// A thread of its own, whose error comes out when it is joined.
final class TestThread: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let error = Mutex<(any Error)?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [self] in
            do { try body() } catch { self.error.withLock { $0 = error } }
            done.signal()
        }
    }

    func join() throws {
        done.wait()
        if let error = error.withLock({ $0 }) { throw error }
    }
}

/// As `Mutex`, with a lock that the thread sanitizer knows.
final class Guarded<Value>: @unchecked Sendable {
    // Sendable: the value is used under the lock only.
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
