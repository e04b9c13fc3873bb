import ReQLish

/// Reads of one kind that came to a loop while it waited for others. An engine is asked for all of them at once, and they are answered together:
/// that is one change of threads and one trip, not one for each.
final class SharedReads<Read: SharedRead>: Work {
    private let jobs: [RequestWorkers.Job]
    private let workers: RequestWorkers

    init(_ jobs: [RequestWorkers.Job], _ workers: RequestWorkers) {
        self.jobs = jobs
        self.workers = workers
    }

    func perform(_ flush: DeferredFlush?) {
        // One alone is read by itself, in as many trips.
        if jobs.count > 1 { Read.fetch(jobs.compactMap { $0.work as? Read }) }
        var done: [EventLoop.Message] = []
        done.reserveCapacity(jobs.count + 1)
        for job in jobs {
            if jobs.count == 1 || job.work.asksNobody {
                job.work.perform(nil)
                done.append(.finished(job.token, job.work, .short))
            } else if !workers.submit(job) {
                // What is special about it may take long.
                done.append(.refused(job.token, job.work))
            }
        }
        done.append(.haveRead)
        jobs[0].loop.send(done)
    }

    /// Each connection is told of its own.
    func refuse(_ job: RequestWorkers.Job) { job.loop.send(jobs.map { .refused($0.token, $0.work) } + [EventLoop.Message.haveRead]) }

    func fail(_ error: CatalogError) {}
    func close() { for job in jobs { job.work.close() } }
    var isNew: Bool { jobs[0].work.isNew }
    var tellsItself: Bool { true }
}
