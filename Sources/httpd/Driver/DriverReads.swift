import ReQLish

/// Reads of documents by their keys that came in one turn of a loop. An engine is asked for all of them at once, and they are answered together:
/// that is one change of threads and one trip, not one for each.
final class DriverReads: Work {
    private let jobs: [RequestWorkers.Job]
    private let workers: RequestWorkers

    init(_ jobs: [RequestWorkers.Job], _ workers: RequestWorkers) {
        self.jobs = jobs
        self.workers = workers
    }

    func perform(_ flush: DeferredFlush?) {
        let queries = jobs.compactMap { $0.work as? DriverQuery }
        DriverQuery.readTogether(queries)
        var done: [EventLoop.Message] = []
        done.reserveCapacity(queries.count)
        for (job, query) in zip(jobs, queries) {
            if query.asksNobody {
                query.perform(nil)
            } else {
                // What is special about it may take long.
                if workers.submit(job) { continue }
                query.refuseForWorkers()
            }
            done.append(.finished(job.token, query, .short))
        }
        if !done.isEmpty { jobs[0].loop.send(done) }
    }

    /// Each connection is told of its own.
    func refuse(_ job: RequestWorkers.Job) { job.loop.send(jobs.map { EventLoop.Message.refused($0.token, $0.work) }) }

    func fail(_ error: CatalogError) {}
    func close() { for job in jobs { job.work.close() } }
    var isNew: Bool { true }
    var tellsItself: Bool { true }
}

extension DriverQuery: SharedRead {
    static func together(_ jobs: [RequestWorkers.Job], _ workers: RequestWorkers) -> any Work { DriverReads(jobs, workers) }
}
