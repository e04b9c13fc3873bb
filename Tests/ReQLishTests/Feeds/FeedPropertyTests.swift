import TestSupport
import Testing

@testable import ReQLish

/// Whatever is written, what a feed told at the beginning and since makes what its query answers.
@Suite struct FeedPropertyTests {
    static let forms = [
        "r.table('t')", "r.table('t').between(30, 90)", "r.table('t').between(30, 90, {leftBound: 'open', rightBound: 'closed'})",
        "r.table('t').getAll(1, 5, 5, 90)", "r.table('t').between(1, 4, {index: 'a'})", "r.table('t').getAll(2, 3, 2, {index: 'a'})",
        "r.table('t').getAll('x', 'y', {index: 'tags'})", "r.table('t').between('x', 'z', {index: 'tags'})",
        "r.table('t').filter(r.row('a').gt(2)).pluck('id', 'a')", "r.table('t')('tags')",
        "r.table('t').hasFields('a').map(x => x('a').add(1))",
        "r.table('t').orderBy({index: 'a'}).limit(5)", "r.table('t').orderBy({index: r.desc('a')}).limit(5)",
        "r.table('t').orderBy({index: 'id'}).limit(4)", "r.table('t').orderBy({index: r.desc('tags')}).limit(7)",
        "r.table('t').orderBy({index: 'a'}).filter(r.row('id').mod(2).eq(0)).without('tags').limit(3)",
        "r.table('t').between(20, 80).orderBy({index: r.desc('id')}).limit(40)",
        "r.table('t').between(1, 3, {index: 'a'}).union(r.table('t').getAll(5), r.table('t').orderBy({index: 'id'}).limit(2))",
    ]

    @Test(arguments: [0xFEED_0001 as UInt64, 0xFEED_0002])
    func whatIsToldMakesTheResult(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a')")
        _ = try run.value("r.table('t').indexCreate('tags', {multi: true})")
        for _ in 0..<3 { try change(run, &generator) }
        var mirrors: [FeedMirror] = []
        for (index, form) in Self.forms.enumerated() {
            let squash = (UInt64(index) + seed).isMultiple(of: 2)
            mirrors.append(FeedMirror(form, try run.cursor("\(form).changes({includeInitial: true, squash: \(squash)})")))
        }
        for step in 0..<20 {
            try change(run, &generator)
            for mirror in mirrors where generator.below(4) == 0 {
                try mirror.follow()
                let wanted = try run.value("\(mirror.form).coerceTo('array')")
                #expect(mirror.holds(wanted), "\(mirror.form) after step \(step), seed \(seed)")
            }
        }
        #expect(mirrors.allSatisfy { $0.noticeCount > 0 }, "seed \(seed)")
    }

    /// More rows leave than a feed of the first rows keeps in reserve.
    @Test(arguments: [0xFEED_0005 as UInt64])
    func firstRowsAreReadAgain(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a')")
        let fill = "r.table('t').insert(r.range(300).map(i => ({id: i, a: i.mod(7)})), {conflict: 'replace'})('errors')"
        _ = try run.value(fill)
        var mirrors: [FeedMirror] = []
        for form in ["r.table('t').orderBy({index: 'a'}).limit(3)", "r.table('t').orderBy({index: r.desc('id')}).limit(2)"] {
            for squash in ["false", "true"] {
                mirrors.append(FeedMirror(form, try run.cursor("\(form).changes({includeInitial: true, squash: \(squash)})")))
            }
        }
        for step in 0..<8 {
            switch generator.below(4) {
            case 0: _ = try run.value(fill)
            case 1: _ = try run.value("r.table('t').between(0, \(generator.below(3) + 2), {index: 'a'}).delete()('errors')")
            default: _ = try run.value("r.table('t').between(\(generator.below(200)), 299).delete()('errors')")
            }
            for mirror in mirrors where generator.below(2) == 0 {
                try mirror.follow()
                #expect(mirror.holds(try run.value("\(mirror.form).coerceTo('array')")), "\(mirror.form) after step \(step), seed \(seed)")
            }
        }
    }

    /// Each notice of the first rows says where they stood and stand.
    @Test(arguments: [0xFEED_0003 as UInt64, 0xFEED_0004])
    func offsetsKeepAList(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a')")
        for index in ["'a'", "r.desc('a')", "r.desc('id')"] {
            let form = "r.table('t').orderBy({index: \(index)}).limit(4)"
            let feed = try run.cursor("\(form).changes({includeInitial: true, includeOffsets: true})")
            var list: [Datum] = []
            for step in 0..<60 {
                let id = generator.below(9)
                switch generator.below(3) {
                case 0: _ = try run.value("r.table('t').get(\(id)).delete()")
                default: _ = try run.value("r.table('t').insert({id: \(id), a: \(generator.below(5))}, {conflict: 'replace'})")
                }
                while case .row(let notice) = try feed.poll() {
                    if let offset = notice[field: "old_offset"]?.integer {
                        #expect(list.remove(at: offset) == notice[field: "old_val"], "\(form), step \(step), seed \(seed)")
                    }
                    if let offset = notice[field: "new_offset"]?.integer {
                        list.insert(try #require(notice[field: "new_val"]), at: offset)
                    }
                }
                #expect(try run.value("\(form).coerceTo('array')") == Datum.array(list), "\(form), step \(step), seed \(seed)")
            }
        }
    }

    private func change(_ run: QueryRunner, _ generator: inout SeededGenerator) throws {
        let key = generator.below(100)
        let tags = ["'x'", "'y'", "'z'", "'w'"]
        func document(_ id: String, _ generator: inout SeededGenerator) -> String {
            var fields = ["id: \(id)"]
            if generator.below(6) > 0 { fields.append("a: \(generator.below(6))") }
            if generator.below(3) > 0 {
                let some = (0..<generator.below(4)).map { _ in tags[generator.below(4)] }.joined(separator: ", ")
                fields.append("tags: [\(some)]")
            }
            return "{\(fields.joined(separator: ", "))}"
        }
        let put = "r.table('t').insert(\(document("\(key)", &generator)), {conflict: 'replace'})"
        switch generator.below(12) {
        case 0: _ = try run.value("r.table('t').between(\(key), \(key + 30)).delete()")
        case 1:
            _ = try run.value(
                "r.table('t').insert(r.range(\(key), \(key + 25)).map(i => (\(document("i", &generator)))), {conflict: 'update'})")
        case 2: _ = try run.value("r.table('t').update({a: \(generator.below(6))})")
        case 3 where generator.below(3) == 0: _ = try run.value("r.table('t').delete()")
        case 4, 5: _ = try run.value("r.table('t').get(\(key)).delete()")
        case 6:
            // What is undone in the same transaction nobody hears of.
            let other = "r.table('t').get(\(generator.below(100))).delete()"
            try run.pando.writeHere(.none) { transaction in
                for text in [put, other, put] { try transaction.run(TermTree(text: text)) }
            }
        case 7:
            _ = try? run.pando.writeHere(.none) { transaction in
                try transaction.run(TermTree(text: put))
                throw ReQLError(.user, "undone")
            }
        default: _ = try run.value(put)
        }
    }
}

/// What a feed has told so far.
private final class FeedMirror {
    let form: String
    private let feed: ResultCursor
    private var counts: [Datum: Int] = [:]
    private(set) var noticeCount = 0

    init(_ form: String, _ feed: ResultCursor) {
        self.form = form
        self.feed = feed
    }

    func follow() throws {
        while case .row(let notice) = try feed.poll() {
            noticeCount += 1
            #expect(notice[field: "error"] == nil)
            if let old = notice[field: "old_val"], !old.isNull { counts[old, default: 0] -= 1 }
            if let new = notice[field: "new_val"], !new.isNull { counts[new, default: 0] += 1 }
            counts = counts.filter { $0.value != 0 }
        }
    }

    func holds(_ rows: Datum) -> Bool {
        var wanted: [Datum: Int] = [:]
        for row in rows.elements where !row.isNull { wanted[row, default: 0] += 1 }
        return wanted == counts
    }
}
