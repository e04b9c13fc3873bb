import BTreeStore

extension StorageBenchmark {
    /// Every second record of the `load_rand` file taken out in random order, 1,000 a transaction, and then the file compacted; or the
    /// file as it is.
    mutating func compact(deletes: Bool) throws {
        let store = try openCopy()
        let left = try thinOut(store, deletes: deletes)
        let fillBefore = try fill(store)
        measurement.start()
        let report = try store.compact()
        measurement.stop()
        try verify(store)
        let extra = [
            ("pages_before", "\(report.pagesBefore)"), ("pages_after", "\(report.pagesAfter)"), ("free_after", "\(report.freePages)"),
            ("fill_before", fillBefore), ("fill_after", try fill(store)),
        ]
        self.report(operations: left, store: store, extra: extra)
        try store.close()
    }

    /// How long single overwrites take, sync off, one after the other without a pause, for 10 seconds; if `compacting`, while another thread
    /// compacts.
    mutating func writesBesideCompaction(compacting: Bool) throws {
        let store = try openCopy()
        _ = try thinOut(store, deletes: true)
        let over = Flag()
        let compaction = Thread {
            while compacting && !over.isRaised { try store.compact { _ in !over.isRaised } }
        }
        var stream = Stream(seed: 54)
        var scratch = Scratch(work)
        var each: [Double] = []
        measurement.start()
        while now() - measurement.startedAt < 10 {
            scratch.makeKey(stream.next(below: Work.count))
            scratch.makeValue(0, revision: 5)
            let start = now()
            var transaction = try store.beginWrite()
            try transaction.put(scratch.key, scratch.value)
            try transaction.commit(.none)
            each.append(now() - start)
        }
        measurement.stop()
        over.raise()
        try compaction.join()
        measurement.report(workload, each: each, file: store.path ?? "")
        print(#"{"workload":"\#(workload)","longest_us":\#(fixed((each.max() ?? 0) * 1e6, 1))}"#)
        try store.close()
    }

    /// - Returns: how many records are left.
    private func thinOut(_ store: Store, deletes: Bool) throws -> Int {
        if !deletes { return Work.count }
        var stream = Stream(seed: 53)
        var scratch = Scratch(work)
        let order = stream.shuffled(Work.count).filter { $0 % 2 == 0 }
        for start in stride(from: 0, to: order.count, by: 1000) {
            var transaction = try store.beginWrite()
            for index in order[start..<min(start + 1000, order.count)] {
                scratch.makeKey(index)
                try transaction.delete(scratch.key)
            }
            try transaction.commit(.none)
        }
        try store.sync()
        return Work.count - order.count
    }

    /// The part of the leaves that is in use.
    private func fill(_ store: Store) throws -> String {
        guard let leaves = try store.treeLevels().last else { return "0" }
        return fixed(Double(leaves.usedBytes) / Double(leaves.pages) / Double(store.pageSize), 3)
    }
}
