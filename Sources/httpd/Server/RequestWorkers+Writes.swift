import ReQLish

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

    /// Gives each loop what is its, with one wake-up.
    private static func answer(_ jobs: inout [Job]) {
        while let loop = jobs.first?.loop {
            loop.send(jobs.filter { $0.loop === loop }.map { .finished($0.token, $0.work, .short) })
            jobs.removeAll { $0.loop === loop }
        }
    }
}
