import ReQLish
import Synchronization

/// Stops the statement that a session runs, from another thread.
package final class StatementCanceller: Sendable {
    private let current = Mutex<Cancellation?>(nil)
    /// Of all that the session runs, if it is of one request only.
    private let kept = Mutex<Cancellation?>(nil)

    package func cancel() { current.withLock { $0 }?.cancel() }

    /// Whether the statement that runs is to end.
    var isCancelled: Bool { current.withLock { $0 }?.isCancelled ?? false }

    func keep(_ cancellation: Cancellation) { kept.withLock { $0 = cancellation } }

    func begin() -> Cancellation {
        let cancellation = kept.withLock { $0 } ?? Cancellation()
        current.withLock { $0 = cancellation }
        return cancellation
    }
}
