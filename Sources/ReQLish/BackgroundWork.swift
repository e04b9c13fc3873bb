import Catalog
import Ground

/// Work that nobody waits for, on a thread of its own: one at most, and none while there is nothing to do.
final class BackgroundWork: Sendable {
    private struct State {
        var isRunning = false
        /// Something was added after the thread last looked.
        var isWanted = false
        var isStopped = false
        /// Stops all turns.
        let cancellation = Cancellation()

        mutating func stop() {
            isStopped = true
            cancellation.cancel()
        }
    }

    /// One turn of the work. It asks whether to leave off, and answers when to have the next turn; nil: when woken.
    typealias Turn = @Sendable (_ cancellation: Cancellation) -> Duration?

    private let turn: Turn
    private let state = Monitored(State())

    /// - Parameter turn: must not hold what holds this, or the thread would never end.
    init(_ turn: @escaping Turn) {
        self.turn = turn
    }

    deinit {
        state.update { $0.stop() }
    }

    /// There is something to do.
    func wake() {
        let needsThread = state.update { state in
            state.isWanted = true
            guard !state.isRunning, !state.isStopped else { return false }
            state.isRunning = true
            return true
        }
        guard needsThread else { return }
        let (turn, state) = (turn, state)
        let hasStarted = (try? SystemThread(stackByteCount: WorkerPool.stackByteCount) { Self.run(turn, state) }) != nil
        // The next to wake it tries again.
        if !hasStarted { state.update { $0.isRunning = false } }
    }

    /// Returns when the thread has ended.
    func stop() {
        state.update { $0.stop() }
        state.wait { $0.isRunning ? nil : () }
    }

    private static func run(_ turn: Turn, _ state: Monitored<State>) {
        let cancellation = state.read { $0.cancellation }
        while true {
            state.update { $0.isWanted = false }
            let delay = turn(cancellation)
            let isDone = state.update { state in
                if state.isStopped || delay == nil && !state.isWanted { state.isRunning = false }
                return !state.isRunning
            }
            if isDone { return }
            if let delay { state.wait(until: .now + delay) { $0.isStopped || $0.isWanted ? () : nil } }
        }
    }
}
