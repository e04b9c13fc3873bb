import BTreeStore
import Synchronization

extension StorageBenchmark {
    mutating func loadSequential() throws { try load("seq", 0..<Work.count) }

    mutating func loadRandom() throws {
        var stream = Stream(seed: 43)
        try load("rand", stream.shuffled(Work.count))
    }

    private mutating func load(_ name: String, _ order: some RandomAccessCollection<Int>) throws {
        // A load may take more memory than a server, for which the default is made.
        var options = options
        options.dirtyByteLimit = 176 << 20
        let store = try Store.open(freshPath(name), options: options)
        measurement.start()
        try putAll(store, order, batch: 10_000, revision: 0, durability: .none)
        try syncTimed(store)
        measurement.stop()
        try verify(store)
        report(operations: Work.count, store: store)
        try store.close()
    }

    mutating func updateRandom() throws {
        var stream = Stream(seed: 47)
        let order = (0..<100_000).map { _ in stream.next(below: Work.count) }
        let store = try openCopy()
        measurement.start()
        try putAll(store, order, batch: 1000, revision: 1, durability: .none)
        measurement.stop()
        try verify(store)
        report(operations: order.count, store: store)
        try store.close()
    }

    mutating func commitSynced() throws {
        var stream = Stream(seed: 48)
        var each: [Double] = []
        let store = try openCopy()
        measurement.start()
        for _ in 0..<2000 {
            let before = now()
            try putAll(store, CollectionOfOne(stream.next(below: Work.count)), batch: 1, revision: 2, durability: .hard)
            each.append(now() - before)
        }
        measurement.stop()
        try verify(store)
        measurement.report(workload, each: each, file: path("tmp"))
        try store.close()
    }

    /// 64 threads, each in durable transactions of one put; all put different records.
    mutating func groupCommit() throws {
        var stream = Stream(seed: 53)
        let order = stream.shuffled(Work.count)
        let store = try openCopy()
        let total = 5000
        let work = work
        let next = SharedCounter()
        measurement.start()
        let clients = (0..<64).map { _ in
            Thread {
                var scratch = Scratch(work)
                while case let position = next.increment(), position < total {
                    scratch.makeKey(order[position])
                    scratch.makeValue(order[position], revision: 4)
                    var transaction = try store.beginWrite()
                    _ = try transaction.put(scratch.key, scratch.value)
                    try transaction.commit(.hard)
                }
            }
        }
        for client in clients { try client.join() }
        measurement.stop()
        try verify(store)
        report(operations: total, store: store)
        try store.close()
    }

    /// Durable transactions of one put by 8 threads, for 20 seconds: what commits wait beside the flushes of pages that the journal asks for.
    mutating func commitLong() throws {
        var stream = Stream(seed: 54)
        let order = stream.shuffled(Work.count)
        let store = try openCopy()
        let work = work
        let next = SharedCounter()
        measurement.start()
        let end = now() + 20
        let all = Mutex<[Double]>([])
        let clients = (0..<8).map { _ in
            Thread {
                var scratch = Scratch(work)
                var each: [Double] = []
                while case let before = now(), before < end {
                    let index = order[next.increment() % Work.count]
                    scratch.makeKey(index)
                    scratch.makeValue(index, revision: 4)
                    var transaction = try store.beginWrite()
                    _ = try transaction.put(scratch.key, scratch.value)
                    try transaction.commit(.hard)
                    each.append(now() - before)
                }
                all.withLock { $0 += each }
            }
        }
        for client in clients { try client.join() }
        measurement.stop()
        let sorted = all.withLock { $0.sorted() }
        let half = sorted[sorted.count / 2]
        let beyond = sorted.reduce(0) { $1 > 4 * half ? $0 + $1 - half : $0 }
        let extra = [
            ("p50_us", fixed(half * 1e6, 1)), ("p99_us", fixed(sorted[sorted.count * 99 / 100] * 1e6, 1)),
            ("p999_us", fixed(sorted[sorted.count * 999 / 1000] * 1e6, 1)), ("longest_us", fixed(sorted[sorted.count - 1] * 1e6, 1)),
            ("beyond_four_p50", fixed(beyond / sorted.reduce(0, +), 4)),
        ]
        measurement.report(workload, operations: sorted.count, file: path("tmp"), extra: extra)
        try store.close()
    }

    mutating func deletePrefix() throws {
        let prefix = prefixBytes(3)
        let store = try openCopy()
        measurement.start()
        var transaction = try store.beginWrite()
        let count = try transaction.delete(KeyRange.prefix(prefix))
        try transaction.commit(.hard)
        measurement.stop()
        try verify(store)
        report(operations: Int(count), store: store)
        try store.close()
    }

    /// Five seconds: a writer committing 100 overwrites at a time, a reader taking a snapshot per 1,000 gets.
    mutating func readersBesideWriter() throws {
        let store = try openCopy()
        try verify(store)
        measurement.check = 0
        let work = work
        let over = Flag()
        let reads = SharedCounter()
        var stream = Stream(seed: 51)
        measurement.start()
        let reader = Thread {
            var stream = Stream(seed: 50)
            var scratch = Scratch(work)
            var sum: UInt64 = 0
            while !over.isRaised {
                let snapshot = try store.snapshot()
                for _ in 0..<1000 {
                    scratch.makeKey(stream.next(below: Work.count))
                    guard let value = try snapshot.get(scratch.key) else { throw WrongAnswer() }
                    sum &+= UInt64(value.span[value.count - 3])
                }
                reads.add(1000)
            }
        }
        var writes = 0
        while now() - measurement.startedAt < 5 {
            try putAll(store, (0..<100).map { _ in stream.next(below: Work.count) }, batch: 100, revision: 3, durability: .none)
            writes += 100
        }
        measurement.stop()
        over.raise()
        try reader.join()
        measurement.report("readers.writes", operations: writes, file: store.path)
        measurement.report("readers.reads", operations: reads.value, file: store.path)
        try store.close()
    }

    /// 100,000 records updated `rounds` times in random order, 1,000 a transaction; if `held`, one snapshot stays open
    /// all the while.
    mutating func churn(rounds: Int, held: Bool) throws {
        let live = 100_000
        var stream = Stream(seed: 52)
        let store = try open(freshPath("churn"))
        let all = stream.shuffled(Work.count).prefix(live)
        try putAll(store, all, batch: 10_000, revision: 0, durability: .none)
        var snapshot = held ? try store.snapshot() : nil
        measurement.logicalBytes = 0
        measurement.start()
        for round in 1...rounds {
            let order = stream.shuffled(live).map { all[$0] }
            try putAll(store, order, batch: 1000, revision: UInt32(round), durability: .none)
        }
        measurement.stop()
        if snapshot != nil { snapshot = nil }
        try syncTimed(store)
        try verify(store)
        var liveBytes = 0
        var scratch = Scratch(work)
        for index in all {
            scratch.makeValue(index, revision: UInt32(rounds))
            liveBytes += Work.keyLength + scratch.value.count
        }
        report(operations: rounds * live, store: store, extra: [("live_bytes", "\(liveBytes)")])
        try store.close()
    }
}

final class SharedCounter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func add(_ amount: Int) { count.add(amount, ordering: .sequentiallyConsistent) }
    func increment() -> Int { count.add(1, ordering: .sequentiallyConsistent).oldValue }
}

final class Flag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}
