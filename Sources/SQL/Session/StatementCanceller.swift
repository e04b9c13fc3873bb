import Ground
import ReQLish
import Synchronization

/// Stops the statement that a session runs, from another thread.
package final class StatementCanceller: Sendable {
    private struct State {
        var current: Cancellation?
        /// Whether a statement has come that waits until it can be run, and whether it was cancelled meanwhile.
        var isAwaited = false
        var isCancelledAhead = false
        /// Whether the statement is between its begin and its end, so that all of its parts have one cancellation.
        var isUnderWay = false
    }

    private let state = Mutex(State())
    /// Of all that the session runs, if it is of one request only.
    private let kept = Mutex<Cancellation?>(nil)
    private let turn = Mutex<MonotonicTime?>(nil)

    /// When the statement that runs has kept others from writing for long enough: whatever works for it asks, on any thread.
    var turnLimit: MonotonicTime? {
        get { turn.withLock { $0 } }
        set { turn.withLock { $0 = newValue } }
    }

    var isTurnOver: Bool { turnLimit.map { $0 < .now } ?? false }

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

    /// Whether whoever stops the session doesn't do it by ``cancel()``.
    var isOfRequest: Bool { kept.withLock { $0 } != nil }

    func keep(_ cancellation: Cancellation) { kept.withLock { $0 = cancellation } }

    /// Whether the statement that has come was cancelled before it began.
    var isCancelledAhead: Bool {
        state.withLock { $0.isAwaited && $0.isCancelledAhead } || kept.withLock { $0 }?.isCancelled ?? false
    }

    /// Whether a statement is being begun, so that what begins now is a part of it.
    var isUnderWay: Bool { state.withLock { $0.isUnderWay } }

    /// A statement begins. False inside of another one.
    func beginStatement() -> Bool {
        if state.withLock({ $0.isUnderWay }) { return false }
        _ = begin()
        state.withLock { $0.isUnderWay = true }
        return true
    }

    /// It has been begun, or has failed; its rows may still be read.
    /// - Parameter isAwaited: whether what was begun goes on with another one.
    func endStatement(isAwaited: Bool = false) {
        state.withLock { state in
            state.isUnderWay = false
            guard isAwaited else { return }
            (state.isAwaited, state.isCancelledAhead) = (true, state.current?.isCancelled ?? false)
        }
    }

    /// What was begun before goes on: it is what is cancelled from now on, and at once if that was asked for while it waited.
    func goOn(with cancellation: Cancellation) {
        let isCancelled = state.withLock { state in
            defer { state = State(current: cancellation, isUnderWay: state.isUnderWay) }
            return state.isCancelledAhead
        }
        if isCancelled { cancellation.cancel() }
    }

    /// Nothing runs, though what has run may go on later: who cancels meanwhile doesn't mean it.
    func rest() { state.withLock { $0.current = nil } }

    /// What stops a part of a statement, or, outside of one, what begins.
    func begin() -> Cancellation {
        if let current = state.withLock({ $0.isUnderWay ? $0.current : nil }) { return current }
        let cancellation = kept.withLock { $0 } ?? Cancellation()
        let isCancelled = state.withLock { state in
            defer { state = State(current: cancellation) }
            return state.isCancelledAhead
        }
        if isCancelled { cancellation.cancel() }
        return cancellation
    }
}
