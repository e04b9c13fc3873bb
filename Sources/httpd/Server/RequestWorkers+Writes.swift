import Ground
import ReQLish
import Synchronization

// Short writes, on the thread that works them off.
extension RequestWorkers {
    /// Makes short writes until there are none, and answers them. Those that asked for the disk wait for it together, when the queue has
    /// been left to others already: what comes meanwhile is made meanwhile, and shares the next flush.
    ///
    /// - Parameter flush: the thread's.
    func makeWrites(_ flush: DeferredFlush) {
        flush.beginBatch()
        var jobs: [Job] = []
        var done: [Job] = []
        var unflushed: [Job] = []
        while takeWrites(into: &jobs, having: unflushed.count) {
            for job in jobs {
                if let made = job.made { flush.join(made) } else { job.work.perform(flush) }
                if flush.takeIsOwed() { unflushed.append(job) } else { done.append(job) }
            }
            jobs.removeAll(keepingCapacity: true)
            Self.answer(&done)
        }
        flush.endBatch()
        guard !unflushed.isEmpty else { return }
        do throws(CatalogError) {
            try flush.wait()
        } catch {
            for job in unflushed { job.work.fail(error) }
        }
        Self.answer(&unflushed)
    }

    /// The same where an engine has the records: it is asked for the documents of all that wait at once, and gets their commits together.
    /// Those that are made don't wait for one that waits for the writer's turn, which whoever has it may give up only when they are answered.
    func workOffForeseenWrites(_ shared: SharedWrites, next: () -> Bool) {
        let made = WritesOfThread()
        let relief = ThreadRelief(
            begin: {
                shared.add(made.take())
                return false
            }, end: {})
        ThreadRelief.ofThread.with(relief) {
            while next() { makeForeseenWrites(made) }
        }
    }

    private func makeForeseenWrites(_ made: WritesOfThread) {
        var jobs: [Job] = []
        var done: [Job] = []
        while takeWrites(into: &jobs, having: made.count) {
            let expected = jobs.map { $0.work.expectDocuments() }
            for (job, documents) in zip(jobs, expected) {
                let flush = made.flush(joins: documents?.count == 1)
                job.work.perform(flush)
                if flush.takeIsOwed() { made.add(job) } else { done.append(job) }
            }
            made.endGroup()
            withExtendedLifetime(expected) {}
            jobs.removeAll(keepingCapacity: true)
            Self.answer(&done)
        }
        MadeWrites.settle(made.take())
    }

    /// Gives each loop what is its, with one wake-up.
    fileprivate static func answer(_ jobs: inout [Job]) {
        while let loop = jobs.first?.loop {
            loop.send(jobs.filter { $0.loop === loop }.map { .finished($0.token, $0.work, .short) })
            jobs.removeAll { $0.loop === loop }
        }
    }
}

/// Short writes that are made as one transaction, or one that is, and what they wait for.
struct MadeWrites {
    fileprivate(set) var jobs: [RequestWorkers.Job] = []
    let flush: DeferredFlush

    /// Waits for all, and answers them.
    static func settle(_ all: [MadeWrites]) {
        for made in all {
            do throws(CatalogError) { try made.flush.wait() } catch { for job in made.jobs { job.work.fail(error) } }
        }
        var jobs = all.flatMap(\.jobs)
        RequestWorkers.answer(&jobs)
    }
}

/// What one thread has made since it waited for an engine.
private final class WritesOfThread: @unchecked Sendable {
    // Sendable: the relief of a thread, which has it as well, is asked by that thread itself.
    private var all: [MadeWrites] = []
    /// Those whose transaction goes on. It has the writer's turn, for which a thread does not wait meanwhile.
    private var group: MadeWrites?
    private(set) var count = 0

    /// What waits in the place of a job that is about to be done.
    ///
    /// - Parameter joins: whether it is made in the transaction of those before it, as it changes one document or none. Else it has one of its
    ///   own.
    func flush(joins: Bool) -> DeferredFlush {
        if let group, joins, group.flush.commits.isOpen { return group.flush }
        endGroup()
        let flush = DeferredFlush()
        if joins { flush.commits.begin() }
        group = MadeWrites(flush: flush)
        return flush
    }

    func add(_ job: RequestWorkers.Job) {
        group?.jobs.append(job)
        count += 1
    }

    /// Has the transaction that goes on committed.
    func endGroup() {
        guard let group = group.take() else { return }
        group.flush.commits.end()
        if !group.jobs.isEmpty { all.append(group) }
    }

    /// All whose transactions have ended.
    func take() -> [MadeWrites] {
        count = group?.jobs.count ?? 0
        return exchange(&all, with: [])
    }
}

/// Short writes that are made, and wait for an engine to have them. A thread waits for all that have come, and answers them; those that come
/// meanwhile are another one's. So the threads that make writes go on, and the engine gets as many at a time as are made while it has the last.
final class SharedWrites: Sendable {
    private struct State {
        var made: [MadeWrites] = []
        /// How many groups of them are not answered.
        var count = 0
        var isStopping = false
    }

    private let state = Monitored(State())
    private let threads = Mutex<[SystemThread]>([])
    /// One waits for what the engine gets next, and one for what it has.
    private static let threadCount = 2

    func start() throws(ServerError) {
        for _ in 0..<Self.threadCount {
            let thread = try SystemThread.start(stackByteCount: 512 << 10) { [self] in work() }
            threads.withLock { $0.append(thread) }
        }
    }

    var isIdle: Bool { state.read { $0.count == 0 } }

    func add(_ writes: [MadeWrites]) {
        guard !writes.isEmpty else { return }
        state.update { state in
            state.made += writes
            state.count += writes.count
        }
    }

    /// Answers what is left. Nothing is added any more.
    func stop() {
        state.update { $0.isStopping = true }
        for thread in threads.withLock({ exchange(&$0, with: []) }) { thread.join() }
    }

    private func work() {
        while true {
            let made = state.wait { state -> [MadeWrites]? in
                guard state.isStopping || !state.made.isEmpty else { return nil }
                return exchange(&state.made, with: [])
            }
            if made.isEmpty { return }
            MadeWrites.settle(made)
            state.update { $0.count -= made.count }
        }
    }
}
