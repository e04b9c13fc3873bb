import ReQLish

// Short writes, on the thread that works them off.
extension RequestWorkers {
    /// Makes short writes until there are none, and answers them. Those that asked for the disk wait for it together, when the queue has been left
    /// to others already: what comes meanwhile is made meanwhile, and shares the next flush.
    func makeWrites() {
        let flush = DeferredFlush()
        var jobs: [Job] = []
        var done: [Job] = []
        var unflushed: [Job] = []
        while takeWrites(into: &jobs, having: unflushed.count) {
            for job in jobs {
                perform(job, flush)
                if flush.takeIsOwed() { unflushed.append(job) } else { done.append(job) }
            }
            jobs.removeAll(keepingCapacity: true)
            Self.answer(&done)
        }
        guard !unflushed.isEmpty else { return }
        do throws(CatalogError) {
            try flush.wait()
        } catch {
            for job in unflushed { fail(job, error) }
        }
        Self.answer(&unflushed)
    }

    /// Gives each loop what is its, with one wake-up.
    private static func answer(_ jobs: inout [Job]) {
        while let loop = jobs.first?.loop {
            loop.send(jobs.compactMap { $0.loop === loop ? $0.message : nil })
            jobs.removeAll { $0.loop === loop }
        }
    }

    /// Answers with an error what was written, and did not reach the disk.
    private func fail(_ job: Job, _ error: CatalogError) {
        switch job.work {
        case .run(let query): query.fail(ReQLError(error))
        case .answer(let exchange): service.fail(error, &exchange.response)
        case .produce, .close, .release: break
        }
    }
}
