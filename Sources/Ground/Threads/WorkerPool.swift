/// Threads of our own with deep stacks, so that long work never blocks Swift's cooperative threads.
///
/// Threads start when there is work for them, up to a limit, and end with the pool.
package final class WorkerPool: Sendable {
    /// Enough for the deepest query that is accepted, each of its terms evaluated by a few calls. Only what is used takes memory.
    package static let stackByteCount = 64 << 20

    /// Whether the calling thread has a stack as large as those of a pool.
    package static var isOnLargeStack: Bool { SystemThread.currentStackByteCount >= stackByteCount }

    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
        var isClosed = false
    }

    private let state = Monitored(State())
    private let limit: Int

    package init(limit: Int) {
        self.limit = max(1, limit)
    }

    deinit {
        state.update { $0.isClosed = true }
    }

    /// Runs `work` on a thread of the pool; the task waits without blocking its own thread.
    package func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            submit { continuation.resume(returning: work()) }
        }
    }

    /// Runs `work` on a thread of the pool, and blocks until it is done. On a thread of a pool it is run at once.
    package func runAndWait<Result: Sendable>(_ work: @escaping @Sendable () -> Result) -> Result {
        if Self.isOnLargeStack { return work() }
        let result = Monitored<Result?>(nil)
        submit {
            let value = work()
            result.update { $0 = value }
        }
        return result.wait { $0 }
    }

    private func submit(_ job: @escaping @Sendable () -> Void) {
        let needsThread = state.update { state in
            state.jobs.append(job)
            guard state.jobs.count > state.idle, state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        guard needsThread else { return }
        let state = state
        let thread = try? SystemThread(stackByteCount: Self.stackByteCount) {
            while let job = Self.nextJob(state) { job() }
        }
        guard thread == nil else { return }
        // The system has no thread to give: the threads there are do it later, or, if there is none, this one now.
        let isAlone = state.update { state in
            state.threads -= 1
            return state.threads == 0
        }
        if isAlone, let job = state.update({ $0.jobs.popLast() }) { job() }
    }

    /// Waits for a job; nil when the pool is gone.
    private static func nextJob(_ state: Monitored<State>) -> (@Sendable () -> Void)? {
        state.update { $0.idle += 1 }
        return state.wait { state -> (@Sendable () -> Void)?? in
            guard !state.jobs.isEmpty || state.isClosed else { return nil }
            state.idle -= 1
            return .some(state.jobs.isEmpty ? nil : state.jobs.removeFirst())
        }
    }
}
