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
