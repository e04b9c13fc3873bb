import Pando

/// Full text search in process: the documents of `DIR/corpus.ndjson` (`{"id", "title", "body"}` a line), and the queries of
/// `DIR/queries.json`: for each kind an array of `[words, answer]`, where the answer is a count, or the keys of the ten best and of those that
/// are as good as the tenth.
///
/// `load` makes `DIR/pando.text`, `build` and `build_english` index it, and the others ask the file that `build` has left.
struct TextBenchmark {
    static let counts = ["count_rare", "count_common", "and2", "phrase", "prefix"]
    static let ranked = ["or3_top10", "and2_top10", "term_top10"]
    static let workloads = ["load", "build", "build_english"] + counts + ranked + ["insert", "insert_plain"]

    private static let table = r.db("bench_text").table("documents")
    private static let batchCount = 500
    /// Each query is asked so often; the median counts.
    private static let rounds = 5
    /// Enough that what is written beside them, every few hundred, is in the time.
    private static let insertCount = 3000

    private let directory: String
    private let workload: String

    init(directory: String, workload: String) {
        self.directory = directory
        self.workload = workload
    }

    private var path: String { "\(directory)/pando.text" }

    func run() throws {
        switch workload {
        case "load": try load()
        case "build": try build("simple")
        case "build_english": try build("english")
        case "insert": try insert(isIndexed: true)
        case "insert_plain": try insert(isIndexed: false)
        default: try ask()
        }
    }

    private func lines() throws -> [ArraySlice<UInt8>] { try readFile("\(directory)/corpus.ndjson").split(separator: UInt8(ascii: "\n")) }

    private var soft: QueryOptions {
        var options = QueryOptions()
        options.durability = .soft
        return options
    }

    private func report(_ seconds: Double, _ more: String) {
        print(#"{"engine":"pando","workload":"\#(workload)","seconds":\#(fixed(seconds, 7))\#(more)}"#)
    }

    // MARK: Workloads

    private func load() throws {
        removeFile(path)
        let lines = try lines()
        let pando = try Pando(path: path)
        _ = try r.dbCreate("bench_text").run(on: pando)
        _ = try r.db("bench_text").tableCreate("documents").run(on: pando)
        var reader = DocumentReader()
        let start = now()
        for first in stride(from: 0, to: lines.count, by: Self.batchCount) {
            let documents = try lines[first..<min(first + Self.batchCount, lines.count)].map { try reader.read($0.span) }
            _ = try Self.table.insert(documents).run(on: pando, options: soft)
        }
        report(now() - start, #","rows":\#(lines.count)"#)
        try pando.close()
    }

    /// In megabytes of bodies a second.
    private func build(_ language: String) throws {
        let pando = try Pando(path: path)
        if try Self.table.indexList().contains("body").run(on: pando) == true { _ = try Self.table.indexDrop("body").run(on: pando) }
        var reader = DocumentReader()
        var byteCount = 0
        for line in try lines() { byteCount += try reader.read(line.span)[field: "body"]?.utf8Count ?? 0 }
        let bytes = Double(byteCount)
        let start = now()
        _ = try Self.table.indexCreate("body", text: Query(language)).run(on: pando)
        _ = try Self.table.indexWait("body").run(on: pando)
        let seconds = now() - start
        let status = try Self.table.indexStatus("body").nth(0).run(on: pando)
        let size = status[field: "bytes"]?.number ?? 0
        report(
            seconds,
            #","mb_per_s":\#(fixed(bytes / 1e6 / seconds, 2)),"index_bytes_per_byte":\#(fixed(size / bytes, 3)),"segments":\#(status[field: "segments"]?.integer ?? 0)"#
        )
        try pando.close()
    }

    /// The median of all queries of a kind, each asked several times; and how many of the ten best are among the best.
    private func ask() throws {
        let queries = try Datum(json: try readFile("\(directory)/queries.json"))
        guard let cases = queries[field: workload] else { throw WrongAnswer() }
        let isRanked = Self.ranked.contains(workload)
        let pando = try Pando(path: path)
        var seconds: [Double] = []
        var overlap = 0.0
        for query in cases.elements {
            let words = query[0].elements.compactMap(\.string)
            let found = Self.table.search(Self.text(workload, words), index: "body")
            let tree = try (isRanked ? found.limit(10)["id"].coerceTo("array") : found.count()).tree()
            for round in 0...Self.rounds {
                let start = now()
                let answer = try pando.start(tree).collected()
                // The first time warms up.
                if round > 0 { seconds.append(now() - start) }
                guard round == 0 else { continue }
                if isRanked {
                    let best = Set(query[1].elements.compactMap(\.integer))
                    let right = answer.elements.count { best.contains($0.integer ?? -1) }
                    overlap += Double(right) / Double(max(1, min(10, best.count)))
                } else {
                    guard answer == query[1] else { throw WrongAnswer() }
                }
            }
        }
        seconds.sort()
        let more = isRanked ? #","overlap":\#(fixed(overlap / Double(max(1, cases.count)), 4))"# : ""
        report(seconds[seconds.count / 2], more)
        try pando.close()
    }

    private static func text(_ kind: String, _ words: [String]) -> String {
        switch kind {
        case "phrase": "\"\(words.joined(separator: " "))\""
        case "or3_top10": words.joined(separator: " OR ")
        case "prefix": words.joined(separator: " ") + "*"
        default: words.joined(separator: " ")
        }
    }

    /// Documents one by one, each committed without a sync, into a copy of the file with the index, or without.
    private func insert(isIndexed: Bool) throws {
        let copy = path + ".inserts"
        try copySynced(path, to: copy)
        let pando = try Pando(path: copy)
        if !isIndexed { _ = try Self.table.indexDrop("body").run(on: pando) }
        var reader = DocumentReader()
        var trees: [TermTree] = []
        for (number, line) in try lines().prefix(Self.insertCount).enumerated() {
            let document = try reader.read(line.span).setting("id", to: Datum((1 << 40) + number))
            trees.append(try Self.table.insert(document).tree())
        }
        let start = now()
        for tree in trees { _ = try pando.start(tree, options: soft) }
        report((now() - start) / Double(trees.count), "")
        try pando.close()
        removeFile(copy)
    }
}
