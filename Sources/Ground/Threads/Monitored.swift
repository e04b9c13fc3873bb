/// State that threads share and wait for.
package final class Monitored<State>: @unchecked Sendable {
    // Sendable: the state is only touched under the monitor's lock.
    private let monitor = Monitor()
    private var state: State

    package init(_ state: sending State) {
        self.state = state
    }

    /// Changes the state and wakes all threads that wait.
    package func update<Result>(_ body: (inout State) -> Result) -> Result {
        monitor.lock()
        defer {
            monitor.broadcast()
            monitor.unlock()
        }
        return body(&state)
    }

    /// Looks at the state. Nobody is woken.
    package func read<Result>(_ body: (State) -> Result) -> Result { monitor.withLock { body(state) } }

    /// Blocks until `body` returns something, asking it again whenever the state has changed.
    package func wait<Result>(_ body: (inout State) -> Result?) -> Result {
        monitor.lock()
        defer { monitor.unlock() }
        while true {
            if let result = body(&state) { return result }
            monitor.wait()
        }
    }

    /// Blocks as ``wait(_:)`` does, until `time` at the longest; nil if nothing was returned by then.
    @discardableResult
    package func wait<Result>(until time: ContinuousClock.Instant?, _ body: (inout State) -> Result?) -> Result? {
        guard let time else { return wait(body) }
        monitor.lock()
        defer { monitor.unlock() }
        while true {
            if let result = body(&state) { return result }
            let left = time - .now
            guard left > .zero else { return nil }
            monitor.wait(microseconds: Int(min(left, .seconds(3600)) / .microseconds(1)) + 1)
        }
    }
}
