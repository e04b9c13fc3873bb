import Pando

/// What a table of a million documents costs to drop and to count, beside the least that a write and a look at everything cost.
/// The file is made once, `DIR/pando.million`; each run prints both times and their ratio.
struct MillionBenchmark {
    static let workloads = ["drop", "count"]

    private static let documents = 1_000_000
    private static let table = r.db("bench").table("million")
    private static let other = r.db("bench").table("other")

    let directory: String
    let workload: String

    private var path: String { "\(directory)/pando.million" }

    private var hard: QueryOptions {
        var options = QueryOptions()
        options.durability = .hard
        return options
    }

    func run() throws {
        if byteCount(ofFile: path) == 0 { try load() }
        switch workload {
        case "drop": try drop()
        default: try count()
        }
    }

    private func load() throws {
        let pando = try Pando(path: path + ".partial")
        _ = try r.dbCreate("bench").run(on: pando)
        _ = try r.db("bench").tableCreate("million").run(on: pando)
        _ = try r.db("bench").tableCreate("other").run(on: pando)
        let text = String(repeating: "a text of some length ", count: 6)
        let documents = r.range(Self.documents).map { ["id": $0, "score": $0 % 1000, "text": Query(Datum(text))] }
        guard try Self.table.insert(documents).run(on: pando)[field: "inserted"]?.integer == Self.documents else { throw WrongAnswer() }
        try pando.close()
        try copySynced(path + ".partial", to: path)
        removeFile(path + ".partial")
    }

    private func report(_ first: (name: String, seconds: Double), _ second: (name: String, seconds: Double)) {
        let ratio = fixed(first.seconds / second.seconds, 6)
        let times = [first, second].map { #""\#($0.name)_s":\#(fixed($0.seconds, 7))"# }.joined(separator: ",")
        print(#"{"engine":"pando","workload":"million.\#(workload)",\#(times),"ratio":\#(ratio)}"#)
    }

    /// Ten durable inserts of one document each, one after the other, and then the drop, in one opening of a copy.
    private func drop() throws {
        let copy = path + ".tmp"
        removeFile(copy)
        try copySynced(path, to: copy)
        let pando = try Pando(path: copy)
        // The first write of an opening writes its number too.
        _ = try Self.other.insert(["id": 0]).run(on: pando, options: hard)
        let start = now()
        for id in 1...10 { _ = try Self.other.insert(["id": Query(Datum(id))]).run(on: pando, options: hard) }
        let commits = now() - start
        let begun = now()
        _ = try r.db("bench").tableDrop("million").run(on: pando, options: hard)
        let dropped = now() - begun
        guard try Self.other.count().run(on: pando).integer == 11 else { throw WrongAnswer() }
        report(("drop", dropped), ("ten_commits", commits))
        try pando.close()
        removeFile(copy)
    }

    /// Counting and going over everything, in one snapshot of the file and again by queries; both warm, the least of five each. No document
    /// is taken apart.
    private func count() throws {
        let pando = try Pando(path: path)
        let snapshot = try pando.catalog.snapshot()
        guard let database = try snapshot.database("bench"), let table = try snapshot.table("million", in: database) else {
            throw WrongAnswer()
        }
        var counted = (snapshot: Double.infinity, query: Double.infinity)
        var scanned = counted
        for _ in 0..<5 {
            try least(&counted.snapshot) { try snapshot.documentCount(in: table) }
            try least(&scanned.snapshot) {
                let documents = try snapshot.documents(in: table)
                var count = 0
                while try documents.next() != nil { count += 1 }
                return count
            }
            try least(&counted.query) { try Self.table.count().run(on: pando).integer ?? 0 }
            try least(&scanned.query) {
                guard case .sequence(let rows) = try pando.start(try Self.table.tree()) else { throw WrongAnswer() }
                var count = 0
                while try rows.next() != nil { count += 1 }
                return count
            }
        }
        report(("count", counted.snapshot), ("scan", scanned.snapshot))
        report(("query_count", counted.query), ("query_scan", scanned.query))
        try pando.close()
    }

    private func least(_ seconds: inout Double, _ body: () throws -> Int) throws {
        let start = now()
        guard try body() == Self.documents else { throw WrongAnswer() }
        seconds = min(seconds, now() - start)
    }
}
