import ReQLish
import Synchronization

/// Stops the statement that a session runs, from another thread.
package final class StatementCanceller: Sendable {
    private struct State {
        var current: Cancellation?
        /// Whether a statement has come that waits until it can be run, and whether it was cancelled meanwhile.
        var isAwaited = false
        var isCancelledAhead = false
    }

    private let state = Mutex(State())
    /// Of all that the session runs, if it is of one request only.
    private let kept = Mutex<Cancellation?>(nil)

    package func cancel() {
        let current = state.withLock { state in
            if state.isAwaited { state.isCancelledAhead = true }
            return state.isAwaited ? nil : state.current
        }
        current?.cancel()
    }

    /// Notes that a statement has come, and waits: from now on it is the one to be cancelled.
    package func awaitStatement() {
        state.withLock { ($0.isAwaited, $0.isCancelledAhead) = (true, false) }
    }

    /// Whether the statement that runs is to end.
    var isCancelled: Bool { state.withLock { $0.current }?.isCancelled ?? false }

    func keep(_ cancellation: Cancellation) { kept.withLock { $0 = cancellation } }

    func begin() -> Cancellation {
        let cancellation = kept.withLock { $0 } ?? Cancellation()
        let isCancelled = state.withLock { state in
            defer { state = State(current: cancellation) }
            return state.isCancelledAhead
        }
        if isCancelled { cancellation.cancel() }
        return cancellation
    }
}
