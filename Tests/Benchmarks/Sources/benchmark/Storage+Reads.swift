import BTreeStore

/// Reads go over the `load_rand` file, warm (one untimed scan before), in one snapshot.
extension StorageBenchmark {
    private mutating func startReading() throws -> Snapshot {
        let snapshot = try open(path("rand")).snapshot()
        try scan(snapshot, .all, limit: .max)
        measurement.check = 0
        measurement.start()
        return snapshot
    }

    private mutating func stopReading(operations: Int) {
        measurement.stop()
        measurement.report(workload, operations: operations, file: path("rand"))
    }

    mutating func gets(seed: UInt64, missing: Bool) throws {
        var stream = Stream(seed: seed)
        var scratch = Scratch(work)
        let snapshot = try startReading()
        var sum: UInt64 = 0
        for _ in 0..<Work.count {
            scratch.makeKey(stream.next(below: Work.count))
            if missing { scratch.missKey() }
            let value = try snapshot.get(scratch.key)
            guard (value == nil) == missing else { throw WrongAnswer() }
            if let value { sum &+= UInt64(value.span[value.count - 3]) }
        }
        measurement.check = sum
        stopReading(operations: Work.count)
    }

    mutating func scanAll() throws {
        let snapshot = try startReading()
        let count = try scan(snapshot, .all, limit: .max)
        stopReading(operations: count)
    }

    /// The file is in the page cache, and nothing of it has been verified or decrypted.
    mutating func scanCold() throws {
        try warmPageCache(path("rand"))
        let snapshot = try open(path("rand")).snapshot()
        measurement.start()
        let count = try scan(snapshot, .all, limit: .max)
        stopReading(operations: count)
    }

    /// Point reads, each in a snapshot of its own as requests are: of records at random, or of some much oftener than of others. A fifth as
    /// many go before the clock starts.
    mutating func getsEach(isZipf: Bool) throws {
        try warmPageCache(path("rand"))
        let zipf = Zipf(count: Work.count, exponent: 0.99)
        var stream = Stream(seed: 47)
        var scratch = Scratch(work)
        let store = try open(path("rand"))
        var sum: UInt64 = 0
        for number in -Work.count / 5..<Work.count {
            if number == 0 {
                sum = 0
                measurement.start()
            }
            // A rank's record lies anywhere.
            let index = isZipf ? Int(mix(UInt64(zipf.rank(&stream))) % UInt64(Work.count)) : stream.next(below: Work.count)
            scratch.makeKey(index)
            guard let value = try store.snapshot().get(scratch.key) else { throw WrongAnswer() }
            sum &+= UInt64(value.count)
        }
        measurement.check = sum
        stopReading(operations: Work.count)
    }

    /// Point reads of a state since whose making a tenth of the records were overwritten, and of the newest one, in turns: a fifth of them at
    /// a time, after as many of each that aren't timed.
    mutating func getsOfState() throws {
        let store = try openCopy()
        _ = try store.createState("before")
        var stream = Stream(seed: 47)
        try putAll(store, (0..<Work.count / 10).map { _ in stream.next(below: Work.count) }, batch: 1000, revision: 1, durability: .none)
        try store.sync()
        let snapshots = try [("now", store.snapshot()), ("state", store.snapshot(of: "before"))]
        var timed = [measurement, measurement]
        for turn in -1..<5 {
            for (place, (_, snapshot)) in snapshots.enumerated() {
                if turn == 0 { timed[place].check = 0 }
                var stream = Stream(seed: UInt64(54 + turn))
                var scratch = Scratch(work)
                timed[place].goOn()
                for _ in 0..<Work.count / 5 {
                    scratch.makeKey(stream.next(below: Work.count))
                    guard let value = try snapshot.get(scratch.key) else { throw WrongAnswer() }
                    timed[place].check &+= UInt64(value.span[value.count - 3])
                }
                timed[place].pause(counts: turn >= 0)
            }
        }
        for (place, (name, _)) in snapshots.enumerated() {
            timed[place].report("\(workload).\(name)", operations: Work.count, file: store.path)
        }
        try store.close()
    }

    mutating func scanPrefix() throws {
        let prefix = prefixBytes(3)
        let snapshot = try startReading()
        let count = try scan(snapshot, .prefix(prefix), limit: .max)
        stopReading(operations: count)
    }

    mutating func ranges() throws {
        var stream = Stream(seed: 46)
        var scratch = Scratch(work)
        let count = 100_000
        let snapshot = try startReading()
        for _ in 0..<count {
            scratch.makeKey(stream.next(below: Work.count - 100))
            try scan(snapshot, KeyRange(lower: bytes(of: scratch.key)), limit: 100)
        }
        stopReading(operations: count)
    }

    /// How many records each prefix holds.
    mutating func countPrefixes() throws {
        let prefixes = (0..<Work.prefixCount).map(prefixBytes)
        let snapshot = try startReading()
        var total: UInt64 = 0
        for prefix in prefixes { total += try snapshot.count(.prefix(prefix)) }
        measurement.check = total
        stopReading(operations: Work.prefixCount)
    }

    mutating func reopen() throws {
        var stream = Stream(seed: 49)
        var scratch = Scratch(work)
        var each: [Double] = []
        measurement.start()
        for _ in 0..<200 {
            let before = now()
            scratch.makeKey(stream.next(below: Work.count))
            let store = try open(path("rand"))
            let snapshot = try store.snapshot()
            guard let value = try snapshot.get(scratch.key) else { throw WrongAnswer() }
            measurement.check &+= UInt64(value.span[value.count - 3])
            each.append(now() - before)
            try store.close()
        }
        measurement.stop()
        measurement.report(workload, each: each, file: path("rand"))
    }

    func prefixBytes(_ prefix: Int) -> [UInt8] {
        var scratch = Scratch(work)
        scratch.makeKey(prefix * Work.recordsPerPrefix)
        return bytes(of: scratch.key.extracting(0..<Work.prefixLength))
    }
}

struct WrongAnswer: Error, CustomStringConvertible {
    var description: String { "wrong answer: a record that must be there is missing, or the other way round" }
}

func bytes(of span: Span<UInt8>) -> [UInt8] {
    unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
}
