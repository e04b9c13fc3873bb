/// Threads of our own with deep stacks, so that long work never blocks Swift's cooperative threads.
///
/// Threads start when there is work for them, up to a limit, and end with the pool.
package final class WorkerPool: Sendable {
    /// Enough for the deepest query that is accepted, each of its terms evaluated by a few calls. Only what is used takes memory.
    package static let stackByteCount = 64 << 20

    /// Whether the calling thread has a stack as large as those of a pool.
    package static var isOnLargeStack: Bool { SystemThread.currentStackByteCount >= stackByteCount }

    // Sendable: what may change is only touched under the monitor's lock.
    private final class Queue: @unchecked Sendable {
        let monitor = Monitor()
        var jobs: [@Sendable () -> Void] = []
        var threads = 0
        /// How many of them wait for a job. One is woken for each: to wake all for one would cost the more, the more there are.
        var idle = 0
        var isClosed = false

        /// Waits for a job; nil when the pool is gone.
        func next() -> (@Sendable () -> Void)? {
            monitor.withLock {
                while jobs.isEmpty, !isClosed {
                    idle += 1
                    monitor.wait()
                    idle -= 1
                }
                return jobs.isEmpty ? nil : jobs.removeFirst()
            }
        }
    }

    private let queue = Queue()
    private let limit: Int

    package init(limit: Int) {
        self.limit = max(1, limit)
    }

    deinit {
        queue.monitor.withLock {
            queue.isClosed = true
            queue.monitor.broadcast()
        }
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
        let queue = queue
        let needsThread = queue.monitor.withLock {
            queue.jobs.append(job)
            queue.monitor.signal()
            guard queue.jobs.count > queue.idle, queue.threads < limit else { return false }
            queue.threads += 1
            return true
        }
        guard needsThread else { return }
        let thread = try? SystemThread(stackByteCount: Self.stackByteCount) {
            while let job = queue.next() { job() }
        }
        guard thread == nil else { return }
        // The system has no thread to give: the threads there are do it later, or, if there is none, this one now.
        let left = queue.monitor.withLock {
            queue.threads -= 1
            return queue.threads == 0 ? queue.jobs.popLast() : nil
        }
        left?()
    }
}
