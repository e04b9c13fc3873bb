import Pando

/// The document workloads through the Swift API: 200,000 documents of about 330 bytes in `DIR/documents.ndjson`, loaded, counted,
/// filtered, aggregated, indexed and changed. Each answer is checked against what is computed here from the same documents.
struct DocumentsBenchmark {
    static let workloads = [
        "load", "count", "filter_age", "filter_city_active", "group_avg", "sum", "pluck_all", "index_build", "index_between",
        "update_10pct", "delete_10pct", "limit_10", "skip_limit_10", "sort",
    ]

    private static let table = r.db("bench_documents").table("documents")
    /// Documents that are inserted at a time.
    private static let batchCount = 1000

    private let directory: String
    private let workload: String
    private let lines: [ArraySlice<UInt8>]
    private let answers: DocumentAnswers

    init(directory: String, workload: String) throws {
        self.directory = directory
        self.workload = workload
        lines = try readFile("\(directory)/documents.ndjson").split(separator: UInt8(ascii: "\n"))
        answers = try DocumentAnswers(lines)
    }

    func run() throws {
        let table = Self.table
        switch workload {
        case "load": try load()
        case "count": try ask(table.count(), rows: answers.total) { $0.integer == answers.total }
        case "filter_age":
            try ask(table.filter { $0["age"] > 80 }.count(), rows: answers.old) { $0.integer == answers.old }
        case "filter_city_active":
            let query = table.filter { $0["city"] == DocumentAnswers.city && $0["active"] }.count()
            try ask(query, rows: answers.activeInCity) { $0.integer == answers.activeInCity }
        case "group_avg":
            try ask(table.group("city").avg("age").ungroup(), rows: answers.total) { groups in
                let pairs = groups.elements.map { ($0[field: "group"]?.string ?? "", $0[field: "reduction"]?.number ?? 0) }
                return Dictionary(pairs) { first, _ in first } == answers.averageAges
            }
        case "sum": try ask(table.sum("score"), rows: answers.total) { $0.number == answers.score }
        case "pluck_all": try pluckAll()
        case "index_build": try buildIndex()
        case "index_between":
            let query = table.between(DocumentAnswers.first, DocumentAnswers.last, index: "city").count()
            try ask(query, of: try indexed(), rows: answers.between) { $0.integer == answers.between }
        case "limit_10": try ask(table.limit(10), rows: 10) { $0.count == 10 }
        case "skip_limit_10": try ask(table.skip(100_000).limit(10), rows: 10) { $0.count == 10 }
        case "sort": try sort()
        case "update_10pct":
            let query = table.filter { $0["age"] < 10 }.update { ["score": $0["score"] + 1] }
            let sum = answers.score + Double(answers.young)
            try change(query, rows: answers.young, counted: "replaced", leaving: (answers.total, sum))
        default:
            let query = table.filter { $0["age"] >= 90 }.delete()
            let left = (answers.total - answers.eldest, answers.score - answers.eldestScore)
            try change(query, rows: answers.eldest, counted: "deleted", leaving: left)
        }
    }

    private var path: String { "\(directory)/pando.documents" }
    /// A copy with the index that writes have to keep.
    private var indexedPath: String { path + ".indexed" }

    private var soft: QueryOptions {
        var options = QueryOptions()
        options.durability = .soft
        return options
    }

    private func report(_ seconds: Double, rows: Int, more: String = "") {
        print(#"{"engine":"pando","workload":"\#(workload)","seconds":\#(fixed(seconds, 6)),"rows":\#(rows)\#(more)}"#)
    }

    // MARK: Workloads

    /// Inserts everything into a new file from JSON texts in memory, a thousand documents a query.
    private func load() throws {
        removeFile(path)
        removeFile(indexedPath)
        let pando = try Pando(path: path)
        _ = try r.dbCreate("bench_documents").run(on: pando)
        _ = try r.db("bench_documents").tableCreate("documents").run(on: pando)
        let start = now()
        var inserted = 0
        var reader = DocumentReader()
        for first in stride(from: 0, to: lines.count, by: Self.batchCount) {
            let documents = try lines[first..<min(first + Self.batchCount, lines.count)].map { try reader.read($0.span) }
            let query = Self.table.insert(documents)
            inserted += try query.run(on: pando, options: soft)[field: "inserted"]?.integer ?? 0
        }
        let seconds = now() - start
        guard inserted == answers.total else { throw WrongAnswer() }
        try expectLeft((answers.total, answers.score), in: pando)
        report(seconds, rows: answers.total)
        try pando.close()
    }

    /// One query on the loaded file (nil) or another one, whose pages are in memory.
    private func ask(_ query: Query, of other: String? = nil, rows: Int, isRight: (Datum) -> Bool) throws {
        let pando = try warmed(other ?? path)
        let start = now()
        let answer = try query.run(on: pando)
        let seconds = now() - start
        guard isRight(answer) else { throw WrongAnswer() }
        let again = now()
        for _ in 0..<10 { _ = try query.run(on: pando) }
        report(seconds, rows: rows, more: #","again_seconds":\#(fixed((now() - again) / 10, 7))"#)
        try pando.close()
    }

    /// Everything in another order, with a tenth of the file's size for memory; what the process took of memory meanwhile is sampled.
    private func sort() throws {
        let pando = try warmed(path)
        var options = QueryOptions()
        options.memoryLimit = byteCount(ofFile: path) / 10
        let query = try Self.table.orderBy("score", "id").tree()
        let before = anonymousKiB()
        let samples = MemorySamples()
        let sampler = Thread { samples.take() }
        let start = now()
        guard case .sequence(let rows) = try pando.start(query, options: options) else { throw WrongAnswer() }
        var count = 0
        var last = -1.0
        while let row = try rows.next() {
            guard let score = row[field: "score"]?.number, score >= last else { throw WrongAnswer() }
            last = score
            count += 1
        }
        let seconds = now() - start
        samples.stop()
        try sampler.join()
        guard count == answers.total else { throw WrongAnswer() }
        let memory = #","memory_limit_kib":\#((options.memoryLimit ?? 0) / 1024),"memory_kib":\#(samples.mostKiB - before)"#
        report(seconds, rows: count, more: memory)
        try pando.close()
    }

    private func pluckAll() throws {
        let pando = try warmed(path)
        let query = try Self.table.pluck("id", "name", "age").tree()
        let start = now()
        guard case .sequence(let rows) = try pando.start(query) else { throw WrongAnswer() }
        var count = 0
        var ages = 0
        var nameBytes = 0
        while let row = try rows.next() {
            guard row[field: "id"]?.string != nil, let name = row[field: "name"]?.string, let age = row[field: "age"]?.integer else {
                throw WrongAnswer()
            }
            count += 1
            ages += age
            nameBytes += name.utf8.count
        }
        let seconds = now() - start
        guard count == answers.total, ages == answers.ages, nameBytes == answers.nameBytes else { throw WrongAnswer() }
        report(seconds, rows: count)
        try pando.close()
    }

    private func buildIndex() throws {
        removeFile(indexedPath)
        try copySynced(path, to: indexedPath)
        let pando = try warmed(indexedPath)
        let start = now()
        _ = try Self.table.indexCreate("city").run(on: pando)
        let ready = try Self.table.indexWait("city").run(on: pando)
        let seconds = now() - start
        guard ready[0][field: "ready"]?.bool == true, try Self.table.distinct(index: "city").count().run(on: pando).integer == 50 else {
            throw WrongAnswer()
        }
        report(seconds, rows: answers.total)
        try pando.close()
    }

    /// The file that `index_build` left behind, made now if it wasn't run.
    private func indexed() throws -> String {
        if byteCount(ofFile: indexedPath) > 0 { return indexedPath }
        try copySynced(path, to: indexedPath)
        let pando = try Pando(path: indexedPath)
        _ = try Self.table.indexCreate("city").run(on: pando)
        _ = try Self.table.indexWait("city").run(on: pando)
        try pando.close()
        return indexedPath
    }

    /// One writing query on a copy of the file with an index.
    private func change(_ query: Query, rows: Int, counted field: String, leaving left: (Int, Double)) throws {
        let copy = path + ".tmp"
        removeFile(copy)
        try copySynced(try indexed(), to: copy)
        let pando = try warmed(copy)
        let start = now()
        let answer = try query.run(on: pando, options: soft)
        let seconds = now() - start
        guard answer[field: field]?.integer == rows else { throw WrongAnswer() }
        try expectLeft(left, in: pando)
        report(seconds, rows: rows)
        try pando.close()
    }

    private func warmed(_ path: String) throws -> Pando {
        let pando = try Pando(path: path)
        _ = try Self.table.sum("score").run(on: pando)
        return pando
    }

    private func expectLeft(_ left: (count: Int, score: Double), in pando: Pando) throws {
        guard try Self.table.count().run(on: pando).integer == left.count, try Self.table.sum("score").run(on: pando).number == left.score
        else { throw WrongAnswer() }
    }
}

/// What the workloads must answer.
struct DocumentAnswers {
    static let city = "city17"
    /// The index's range ends before `last`.
    static let first = "city10"
    static let last = "city20"

    private(set) var total = 0
    private(set) var score = 0.0
    private(set) var ages = 0
    private(set) var nameBytes = 0
    private(set) var old = 0
    private(set) var activeInCity = 0
    private(set) var between = 0
    private(set) var young = 0
    private(set) var eldest = 0
    private(set) var eldestScore = 0.0
    private(set) var averageAges: [String: Double] = [:]

    init(_ lines: [ArraySlice<UInt8>]) throws {
        var sums: [String: (ages: Int, count: Int)] = [:]
        for line in lines {
            let document = try Datum(json: Array(line))
            guard let age = document[field: "age"]?.integer, let score = document[field: "score"]?.number,
                let city = document[field: "city"]?.string, let active = document[field: "active"]?.bool,
                let name = document[field: "name"]?.string
            else { throw WrongAnswer() }
            total += 1
            self.score += score  // scores are quarters, so that sums are exact in any order
            ages += age
            nameBytes += name.utf8.count
            if age > 80 { old += 1 }
            if city == Self.city && active { activeInCity += 1 }
            if Self.first <= city && city < Self.last { between += 1 }
            if age < 10 { young += 1 }
            if age >= 90 {
                eldest += 1
                eldestScore += score
            }
            sums[city, default: (0, 0)].ages += age
            sums[city, default: (0, 0)].count += 1
        }
        averageAges = sums.mapValues { Double($0.ages) / Double($0.count) }
    }
}
