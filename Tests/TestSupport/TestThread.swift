import Foundation
import Synchronization

/// A thread of its own, whose error comes out when it is joined. For work that blocks: tests run on a few threads of Swift's pool, and a task
/// that another waits for there may never have its turn.
public final class TestThread: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let error = Mutex<(any Error)?>(nil)

    public init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [self] in
            do { try body() } catch { self.error.withLock { $0 = error } }
            done.signal()
        }
    }

    public func join() throws {
        done.wait()
        if let error = error.withLock({ $0 }) { throw error }
    }
}

/// Does something on many threads at once, each with its number, and waits for all of them.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let threads = (0..<count).map { number in TestThread { try body(number) } }
    for thread in threads { try thread.join() }
}

/// Waits until other threads have made a condition true. It gives up, and the test fails, after ten minutes: only a hang takes that long, however
/// busy the machine is.
public func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(600)
    while ContinuousClock.now < end {
        if try condition() { return true }
        usleep(1_000)
    }
    return try condition()
}

/// A `Mutex` with a lock that the thread sanitizer knows.
public final class Guarded<Value>: @unchecked Sendable {
    // Sendable: the value is used under the lock only.
    private let lock = NSLock()
    private var value: Value

    public init(_ value: Value) { self.value = value }

    public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
