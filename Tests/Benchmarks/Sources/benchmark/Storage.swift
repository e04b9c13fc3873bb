import BTreeStore

/// The storage workloads on BTreeStore, each stated in README.md. `load_rand` makes the file that most others use.
struct StorageBenchmark {
    let work = Work()
    let directory: String
    let workload: String
    /// Encrypted files have names of their own, so that one folder holds both kinds.
    var isEncrypted = false
    var options = StoreOptions()
    var measurement = Measurement()

    typealias Run = @Sendable (inout StorageBenchmark) throws -> Void

    static let workloads: [(name: String, run: Run)] = [
        ("harness", { $0.harness() }),
        ("load_seq", { try $0.loadSequential() }),
        ("load_rand", { try $0.loadRandom() }),
        ("get_rand", { try $0.gets(seed: 44, missing: false) }),
        ("get_miss", { try $0.gets(seed: 45, missing: true) }),
        ("scan_all", { try $0.scanAll() }),
        ("scan_cold", { try $0.scanCold() }),
        ("get_each", { try $0.getsEach(isZipf: false) }),
        ("get_zipf", { try $0.getsEach(isZipf: true) }),
        ("get_state", { try $0.getsOfState() }),
        ("scan_prefix", { try $0.scanPrefix() }),
        ("range_100", { try $0.ranges() }),
        ("count_prefix", { try $0.countPrefixes() }),
        ("update_rand", { try $0.updateRandom() }),
        ("commit_sync", { try $0.commitSynced() }),
        ("group_commit", { try $0.groupCommit() }),
        ("commit_long", { try $0.commitLong() }),
        ("delete_prefix", { try $0.deletePrefix() }),
        ("load_long", { try $0.loadLong() }),
        ("hard_beside", { try $0.hardBeside() }),
        ("put_pieces", { try $0.putsIntoPieces(inPieces: true) }),
        ("put_whole", { try $0.putsIntoPieces(inPieces: false) }),
        ("put_held", { try $0.putsBesideHeld(isHeld: true) }),
        ("put_unheld", { try $0.putsBesideHeld(isHeld: false) }),
        ("compact", { try $0.compact(deletes: true) }),
        ("compact_full", { try $0.compact(deletes: false) }),
        ("writes_beside", { try $0.writesBesideCompaction(compacting: true) }),
        ("writes_alone", { try $0.writesBesideCompaction(compacting: false) }),
        ("reopen", { try $0.reopen() }),
        ("readers", { try $0.readersBesideWriter() }),
        ("churn", { try $0.churn(rounds: 20, held: false) }),
        ("churn_held", { try $0.churn(rounds: 2, held: true) }),
    ]

    func path(_ name: String) -> String { "\(directory)/\(isEncrypted ? "encrypted" : "pando").\(name)" }

    func open(_ path: String) throws -> Store { try Store.open(path, options: options) }

    /// Has the files be encrypted, with a key that everybody knows.
    mutating func encrypt() throws {
        isEncrypted = true
        try options.encrypt(with: Array(repeating: 7, count: 32), name: "benchmark")
    }

    func freshPath(_ name: String) -> String {
        removeFile(path(name))
        return path(name)
    }

    /// A private copy of the `load_rand` file, already on the disk.
    func openCopy() throws -> Store {
        let copy = freshPath("tmp")
        try copySynced(path("rand"), to: copy)
        return try open(copy)
    }

    func report(operations: Int, store: Store, extra: [(String, String)] = []) {
        measurement.report(workload, operations: operations, file: store.path, extra: extra)
    }

    /// After the clock stopped: what is in the store, as `check`.
    mutating func verify(_ store: Store) throws {
        measurement.check = 0
        try scan(store.snapshot(), .all, limit: .max)
    }

    /// Adds the touch of at most `limit` records of a range to `check` and returns how many there were.
    @discardableResult
    mutating func scan(_ snapshot: Snapshot, _ range: KeyRange, limit: Int) throws -> Int {
        var cursor = try snapshot.cursor(range, forgets: true)
        var sum: UInt64 = 0
        var count = 0
        while count < limit, try cursor.next() {
            let value = try cursor.value
            sum &+= unsafe touch(key: cursor.key, value: value.pointer, count: value.count)
            count += 1
        }
        measurement.check &+= sum
        return count
    }

    /// Puts the records `order`, `batch` a transaction.
    mutating func putAll(_ store: Store, _ order: some RandomAccessCollection<Int>, batch: Int, revision: UInt32, durability: Durability)
        throws
    {
        var scratch = Scratch(work)
        var position = order.startIndex
        while position != order.endIndex {
            var transaction = try store.beginWrite()
            let end = order.index(position, offsetBy: batch, limitedBy: order.endIndex) ?? order.endIndex
            while position != end {
                let index = order[position]
                scratch.makeKey(index)
                scratch.makeValue(index, revision: revision)
                let value = scratch.value
                measurement.logicalBytes += UInt64(Work.keyLength + value.count)
                _ = try transaction.put(scratch.key, value)
                order.formIndex(after: &position)
            }
            try transaction.commit(durability)
        }
    }

    mutating func syncTimed(_ store: Store) throws {
        let before = now()
        try store.sync()
        measurement.syncSeconds = now() - before
    }

    /// No engine: the cost of making keys and values, to subtract from the others.
    mutating func harness() {
        var stream = Stream(seed: 44)
        var scratch = Scratch(work)
        measurement.start()
        for _ in 0..<Work.count {
            let index = stream.next(below: Work.count)
            scratch.makeKey(index)
            measurement.check &+= UInt64(scratch.key[Work.keyLength - 1])
            scratch.makeValue(index, revision: 0)
            let value = scratch.value
            measurement.check &+= UInt64(value[value.count - 3])
        }
        measurement.stop()
        measurement.report("harness", operations: Work.count, file: nil)
    }
}
