import TestSupport
import Testing

@testable import ReQLish

/// Random feeds over random writes to several tables: after every commit what a feed has told makes what its query answers, also when it
/// was cut off anywhere and gone on with from the log.
@Suite struct FeedModelTests {
    @Test(arguments: [0xFEED_1001 as UInt64, 0xFEED_1002, 0xFEED_1003])
    func atEveryCommit(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: nil)
        for table in ["t", "u"] {
            _ = try run.value("r.tableCreate('\(table)', {changeLog: true})")
            _ = try run.value("r.table('\(table)').indexCreate('a')")
            _ = try run.value("r.table('\(table)').indexCreate('tags', {multi: true})")
        }
        for _ in 0..<4 { try write(run, &generator) }
        var feeds: [ModelFeed] = []
        for _ in 0..<16 { feeds.append(try ModelFeed(run, form(&generator), squash: generator.below(4) == 0)) }
        for step in 0..<18 {
            try write(run, &generator)
            for feed in feeds {
                if generator.below(6) == 0 { try feed.cutAndResume(after: generator.below(5)) }
                try feed.follow()
                let wanted = try run.value(feed.form.result)
                #expect(feed.holds(wanted), "\(feed.form.query) after step \(step), seed \(seed): \(feed.told) and not \(wanted)")
            }
        }
        #expect(feeds.contains { $0.resumptions > 0 } && feeds.contains { $0.noticeCount > 10 }, "seed \(seed)")
    }

    // MARK: Queries

    struct Form {
        let query: String
        /// A query whose answer is an array of what the feed's rows are, or one value.
        let result: String
        let isResumable: Bool
        let isUnion: Bool
    }

    private func form(_ generator: inout SeededGenerator) -> Form {
        func slice(_ generator: inout SeededGenerator) -> String {
            let table = "r.table('\(generator.below(3) == 0 ? "u" : "t")')"
            let low = generator.below(60)
            return switch generator.below(6) {
            case 0: "\(table).between(\(low), \(low + generator.below(50)))"
            case 1: "\(table).getAll(\(low), \(low), \(low + 1))"
            case 2: "\(table).between(1, \(2 + generator.below(3)), {index: 'a'})"
            case 3: "\(table).getAll('x', 'y', {index: 'tags'})"
            default: table
            }
        }
        func rows(_ generator: inout SeededGenerator) -> String {
            let slice = slice(&generator)
            return switch generator.below(5) {
            case 0: "\(slice).filter(r.row('a').gt(\(generator.below(3))))"
            case 1: "\(slice).pluck('id', 'a')"
            case 2: "\(slice).filter(x => x('id').mod(3).ne(0)).without('tags')"
            default: slice
            }
        }
        let rows = rows(&generator)
        switch generator.below(10) {
        case 0, 1: return Form(query: "\(rows).count()", result: "\(rows).count()", isResumable: false, isUnion: false)
        case 2: return Form(query: "\(rows).sum('a')", result: "\(rows).sum('a')", isResumable: false, isUnion: false)
        case 3:
            let query = "\(rows).group('a').count()"
            return Form(query: query, result: "\(query).ungroup()", isResumable: false, isUnion: false)
        case 4:
            let query = "\(rows).group(x => x('id').mod(4)).sum('a')"
            return Form(query: query, result: "\(query).ungroup()", isResumable: false, isUnion: false)
        case 5: return Form(query: "\(rows).avg('a')", result: "\(rows).avg('a').default(null)", isResumable: false, isUnion: false)
        case 6:
            let union = "\(rows).union(\(self.form(of: &generator, slice)))"
            return Form(query: union, result: "\(union).coerceTo('array')", isResumable: true, isUnion: true)
        default: return Form(query: rows, result: "\(rows).coerceTo('array')", isResumable: true, isUnion: false)
        }
    }

    private func form(of generator: inout SeededGenerator, _ body: (inout SeededGenerator) -> String) -> String { body(&generator) }

    // MARK: Writes

    /// One commit, or none.
    private func write(_ run: QueryRunner, _ generator: inout SeededGenerator) throws {
        func document(_ id: String, _ generator: inout SeededGenerator) -> String {
            var fields = ["id: \(id)"]
            if generator.below(5) > 0 { fields.append("a: \(Double(generator.below(9)) / 2)") }
            if generator.below(3) == 0 { fields.append("tags: ['\(["x", "y", "z"][generator.below(3)])', 'x']") }
            return "{\(fields.joined(separator: ", "))}"
        }
        func query(_ generator: inout SeededGenerator) -> String {
            let table = "r.table('\(generator.below(3) == 0 ? "u" : "t")')"
            let key = generator.below(90)
            switch generator.below(9) {
            case 0: return "\(table).between(\(key), \(key + 20)).delete()"
            case 1:
                let rows = "r.range(\(key), \(key + generator.below(30))).map(i => (\(document("i", &generator))))"
                return "\(table).insert(\(rows), {conflict: 'replace'})"
            case 2: return "\(table).update({a: \(generator.below(4))})"
            case 3 where generator.below(3) == 0: return "\(table).delete()"
            case 4: return "\(table).get(\(key)).delete()"
            default: return "\(table).insert(\(document("\(key)", &generator)), {conflict: 'update'})"
            }
        }
        let texts = (0..<(generator.below(3) == 0 ? 1 + generator.below(4) : 1)).map { _ in query(&generator) }
        let isUndone = generator.below(10) == 0
        _ = try? run.pando.writeHere(.none) { transaction in
            for text in texts { try transaction.run(TermTree(text: text)) }
            if isUndone { throw ReQLError(.user, "undone") }
        }
    }
}

/// A feed, what it has told, and where it can be gone on with.
private final class ModelFeed {
    let form: FeedModelTests.Form
    private let run: QueryRunner
    private let squash: Bool
    private var feed: ResultCursor
    private(set) var told: [Datum: Int] = [:]
    private var point: String?
    private(set) var noticeCount = 0
    private(set) var resumptions = 0

    init(_ run: QueryRunner, _ form: FeedModelTests.Form, squash: Bool) throws {
        self.run = run
        self.form = form
        self.squash = squash
        feed = try run.cursor("\(form.query).changes({includeInitial: true, includeStates: true, includeCommit: true, squash: \(squash)})")
        try follow()
    }

    /// Takes no more than so many notices.
    func follow(atMost limit: Int = .max) throws {
        var count = 0
        while count < limit, case .row(let notice) = try feed.poll() {
            #expect(notice[field: "error"] == nil)
            if let commit = notice[field: "commit"]?.string { point = commit }
            guard notice[field: "state"] == nil else { continue }
            count += 1
            if let old = notice[field: "old_val"], !old.isNull { told[old, default: 0] -= 1 }
            if let new = notice[field: "new_val"], !new.isNull { told[new, default: 0] += 1 }
            told = told.filter { $0.value != 0 }
        }
        noticeCount += count
    }

    func cutAndResume(after count: Int) throws {
        guard form.isResumable, !(squash && form.isUnion) else { return }
        // Of what is squashed a part is no state of the table.
        try follow(atMost: squash ? .max : count)
        let since = try #require(point)
        feed.close()
        feed = try run.cursor("\(form.query).changes({since: '\(since)', includeCommit: true, squash: \(squash)})")
        resumptions += 1
    }

    func holds(_ result: Datum) -> Bool {
        var wanted: [Datum: Int] = [:]
        for row in result.kind == .array ? Array(result.elements) : [result] where !row.isNull { wanted[row, default: 0] += 1 }
        return wanted == told
    }
}
