import Pando

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What feeds that a write doesn't concern cost the writer: single documents overwritten in a table of 20,000, in memory, with no feed open,
/// with 1,000 and with 10,000, in turns. Times are those of the writer's thread on the processor, so that other work on the machine
/// disturbs less.
struct FeedsBenchmark {
    static let workloads = ["documents", "ranges", "tables", "log"]

    private static let counts = [0, 1_000, 10_000]
    private static let rounds = 15
    private static let writes = 2_000
    private static let documents = 20_000
    /// Feeds are on the keys from here on; writes are below.
    private static let boundary = 10_000

    let workload: String

    func run() throws {
        if workload == "log" { return try log() }
        var subjects: [(count: Int, pando: Pando, feeds: [ResultCursor], times: [Double])] = []
        for count in Self.counts {
            let pando = try filled()
            if workload == "tables" { try make("other", in: pando) }
            subjects.append((count, pando, try (0..<count).map { try feed($0, of: pando) }, []))
        }
        for round in 0..<Self.rounds {
            for index in subjects.indices { subjects[index].times.append(try write(subjects[index].pando, round)) }
        }
        for (count, _, feeds, times) in subjects {
            for feed in feeds { guard case .nothing = try feed.poll() else { throw WrongAnswer() } }
            report("\(count) feeds", times, against: subjects[0].times)
        }
        subjects = []
    }

    /// The same without feeds, in a table that keeps a change log and one that doesn't.
    private func log() throws {
        let subjects = [try filled(), try filled(["change_log": true])]
        var times: [[Double]] = [[], []]
        for round in 0..<Self.rounds {
            for index in 0..<2 { times[index].append(try write(subjects[index], round)) }
        }
        report("no log", times[0], against: times[0])
        report("log", times[1], against: times[0])
    }

    private func report(_ name: String, _ times: [Double], against base: [Double]) {
        // Each round against the one beside it.
        let ratios = zip(times, base).map { $0 / $1 }.sorted()
        let microseconds = times.sorted()[times.count / 2] / Double(Self.writes) * 1e6
        print(
            #"{"engine":"pando","workload":"feeds.\#(workload)","with":"\#(name)","us_per_write":\#(fixed(microseconds, 2)),"#
                + #""ratio":\#(fixed(ratios[ratios.count / 2], 3)),"least":\#(fixed(ratios[0], 3)),"most":\#(fixed(ratios[ratios.count - 1], 3))}"#
        )
    }

    private func make(_ name: String, in pando: Pando) throws { _ = try r.db("bench").tableCreate(name).run(on: pando) }

    private func filled(_ settings: Query? = nil) throws -> Pando {
        let pando = try Pando.inMemory()
        _ = try r.dbCreate("bench").run(on: pando)
        try make("t", in: pando)
        if let settings { _ = try r.db("bench").table("t").config().update(settings).run(on: pando) }
        let rows = r.range(Self.documents).map { ["id": $0, "n": 0, "text": "a text of some length, as documents have one"] }
        _ = try r.db("bench").table("t").insert(rows).run(on: pando)
        return pando
    }

    private func feed(_ number: Int, of pando: Pando) throws -> ResultCursor {
        let table = r.db("bench").table(workload == "tables" ? "other" : "t")
        let key = Query(Datum(Self.boundary + number))
        let watched = workload == "ranges" ? table.between(key, Query(Datum(Self.boundary + number + 100))) : table.getAll(key)
        guard case .sequence(let feed) = try pando.start(try watched.changes().tree()) else { throw WrongAnswer() }
        return feed
    }

    /// Seconds of the thread on the processor.
    private func write(_ pando: Pando, _ round: Int) throws -> Double {
        let trees = try (0..<Self.writes).map { number in
            let key = Query(Datum((number * 7919) % Self.boundary))
            return try r.db("bench").table("t").get(key).update(["n": Query(Datum(round + 1))]).tree()
        }
        var options = QueryOptions()
        options.durability = .soft
        let start = threadSeconds()
        for tree in trees { _ = try pando.start(tree, options: options) }
        return threadSeconds() - start
    }

    private func threadSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
