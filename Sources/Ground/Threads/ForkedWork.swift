/// Work beside the caller's, on a thread of its own, that the caller waits for.
package final class ForkedWork {
    private let thread: SystemThread?

    /// Starts `body`, or runs it at once if the system has no more threads. Whatever it touches belongs to it until ``join()``.
    package init(turns: SystemThread.Turns = .ordinary, _ body: @escaping () -> Void) {
        nonisolated(unsafe) let work = body
        thread = try? SystemThread(turns: turns) { unsafe work() }
        if thread == nil { body() }
    }

    deinit { join() }

    /// Returns when the body has.
    package func join() { thread?.join() }
}
