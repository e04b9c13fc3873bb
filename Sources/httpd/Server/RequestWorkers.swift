/// The threads that answer requests: queries block and recurse, so they need threads and stacks of their own.
///
/// Why this is safe: `jobs`, `idle` and `isStopping` are only touched under the monitor's lock.
final class RequestWorkers: @unchecked Sendable {
    struct Job: Sendable {
        enum Work: Sendable {
            /// Answer the request of the exchange.
            case answer(Exchange)
            /// Produce the next batch of its stream.
            case produce(Exchange)
            /// Release its stream; nobody waits for that.
            case close(Exchange)
            /// Let a driver's query make a step.
            case run(DriverQuery)
            /// Let go of what it holds; nobody waits for that.
            case release(DriverQuery)

            /// Whether it is refused when the queue is full; what was begun is always finished.
            var isNew: Bool {
                switch self {
                case .answer: true
                case .run(let query): !query.hasMore
                case .produce, .close, .release: false
                }
            }
        }

        let work: Work
        let loop: EventLoop
        /// The connection that waits for it.
        let token: UInt64
    }

    private let service: any HTTPService
    private let queueLimit: Int
    private let monitor = Monitor()
    private var jobs = JobQueue()
    private var idle = 0
    private var isStopping = false
    private var threads: [SystemThread] = []

    init(service: any HTTPService, queueLimit: Int) {
        self.service = service
        self.queueLimit = queueLimit
    }

    func start(threads count: Int, stackBytes: Int) throws(ServerError) {
        for _ in 0..<max(count, 1) {
            threads.append(try SystemThread(stackBytes: stackBytes) { [self] in work() })
        }
    }

    /// Queues a job. Never blocks for longer than the lock.
    /// - Returns: false if a new request found the queue full.
    func submit(_ job: Job) -> Bool {
        monitor.lock()
        if job.work.isNew, jobs.count >= queueLimit {
            monitor.unlock()
            return false
        }
        jobs.append(job)
        let someoneWaits = idle > 0
        monitor.unlock()
        // After the lock, so that who wakes up does not have to wait for it; and only if it wakes someone, for it is a system call.
        if someoneWaits { monitor.signal() }
        return true
    }

    /// Whether a new request would be refused.
    var isFull: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return jobs.count >= queueLimit
    }

    /// Lets the threads finish what is queued, and waits for them.
    func stop() {
        monitor.lock()
        isStopping = true
        monitor.signalAll()
        monitor.unlock()
        for thread in threads { thread.join() }
        threads = []
    }

    private func next() -> Job? {
        monitor.lock()
        defer { monitor.unlock() }
        while true {
            if let job = jobs.popFirst() { return job }
            if isStopping { return nil }
            idle += 1
            monitor.wait()
            idle -= 1
        }
    }

    private func work() {
        while let job = next() {
            switch job.work {
            case .answer(let exchange) where exchange.cancellation?.isCancelled == true:
                // The client went away while it waited in the queue.
                exchange.step = .end
                job.loop.send(.answered(job.token, exchange))
            case .answer(let exchange):
                exchange.stream = service.answer(&exchange.request, &exchange.response, cancellation: exchange.cancellation)
                exchange.step = exchange.stream == nil ? .end : .more
                job.loop.send(.answered(job.token, exchange))
            case .produce(let exchange):
                if let stream = exchange.stream { exchange.step = stream.produce(into: &exchange.response.body) }
                job.loop.send(.answered(job.token, exchange))
            case .close(let exchange): exchange.endStream()
            case .run(let query):
                query.run()
                job.loop.send(.ran(job.token, query))
            case .release(let query): query.release()
            }
        }
    }
}

extension Exchange {
    func endStream() {
        stream?.close()
        stream = nil
    }
}

/// First in, first out, in a ring that grows.
private struct JobQueue {
    private var ring: [RequestWorkers.Job?] = Array(repeating: nil, count: 64)
    private var first = 0
    private(set) var count = 0

    mutating func append(_ job: RequestWorkers.Job) {
        if count == ring.count {
            ring = (0..<count).map { ring[(first + $0) % ring.count] } + Array(repeating: nil, count: count)
            first = 0
        }
        ring[(first + count) % ring.count] = job
        count += 1
    }

    mutating func popFirst() -> RequestWorkers.Job? {
        guard count > 0 else { return nil }
        let job = ring[first]
        ring[first] = nil
        first = (first + 1) % ring.count
        count -= 1
        return job
    }
}
