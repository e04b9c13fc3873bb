import Synchronization

/// Wakes whoever waits for a feed. It is raised when there may be something, and lowered before looking.
final class FeedSignal: Sendable {
    private struct State {
        var isRaised = false
        var waiter: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func raise() {
        let waiter = state.withLock { state in
            state.isRaised = true
            return state.waiter.take()
        }
        waiter?()
    }

    func lower() {
        state.withLock { $0.isRaised = false }
    }

    /// Calls `body` once when the signal is raised, at once if it is. Takes the place of whoever waited before.
    func whenRaised(_ body: @escaping @Sendable () -> Void) {
        let isRaised = state.withLock { state in
            state.waiter = state.isRaised ? nil : body
            return state.isRaised
        }
        if isRaised { body() }
    }
}
