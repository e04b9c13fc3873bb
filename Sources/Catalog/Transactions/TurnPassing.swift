import Ground
import Synchronization

/// Stands in for the other processes that write: an open transaction that waits for its client keeps the turn from them as well, and would
/// not hear that they wait. So somebody in this process waits in their place, a moment after each lending of the turn.
final class TurnPassing: Sendable {
    private struct State {
        var isWanted = false
        var hasThread = false
        var isOver = false
    }

    private let state = Monitored(State())

    init() {}

    deinit {
        state.update { $0.isOver = true }
    }

    /// Has the turn passed on after the grace that transactions have, if it is still lent then.
    func passSoon(_ catalog: Catalog) {
        let needsThread = state.update { state in
            state.isWanted = true
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard needsThread else { return }
        let grace = catalog.options.writerGrace
        let thread = try? SystemThread(stackByteCount: 256 << 10) { [state, store = catalog.store] in
            while true {
                let isOver = state.wait { $0.isOver ? true : $0.isWanted ? false : nil }
                if isOver { return }
                state.wait(until: .now + grace) { $0.isOver ? () : nil }
                state.update { $0.isWanted = false }
                store.passTurn()
            }
        }
        if thread == nil { state.update { $0.hasThread = false } }
    }
}
