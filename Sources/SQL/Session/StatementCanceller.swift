import ReQLish
import Synchronization

/// Stops the statement that a session runs, from another thread.
package final class StatementCanceller: Sendable {
    private let current = Mutex<Cancellation?>(nil)

    package func cancel() { current.withLock { $0 }?.cancel() }

    /// Whether the statement that runs is to end.
    var isCancelled: Bool { current.withLock { $0 }?.isCancelled ?? false }

    func begin() -> Cancellation {
        let cancellation = Cancellation()
        current.withLock { $0 = cancellation }
        return cancellation
    }
}
