import TestSupport
import Testing

@testable import ReQLish

/// A filter that goes by an index answers what one that goes through the table does, in the same order.
@Suite struct IndexChoiceTests {
    @Test(arguments: [0x1DE7_0001 + Fuzzing.firstSeed, 0x1DE7_0002 + Fuzzing.firstSeed])
    func indexesNeverChangeAResult(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        for name in ["a", "b", "c", "d"] { _ = try run.value("r.table('t').indexCreate('\(name)')") }
        _ = try run.value("r.table('t').indexCreate('ab', [r.row('a'), r.row('b')])")
        // Every document has these fields, so that these indexes have all of them.
        _ = try run.value("r.table('t').indexCreate('cd', x => [x('c'), x('d')])")
        _ = try run.value("r.table('t').indexCreate('dca', x => [x('d'), x('c'), x('a')])")
        _ = try run.value("r.table('t').indexCreate('tags', r.row('a'), {multi: true})")
        var through = QueryOptions()
        through.usesIndexes = false
        var chosen = 0
        var ordered = 0
        var covered = 0
        for round in 0..<6 * Fuzzing.factor {
            // Many documents with few of each value, so that an index is worthwhile.
            let documents = (0..<400).map { Self.document(round * 400 + $0, &random) }
            _ = try run.value("r.table('t').insert([\(documents.joined(separator: ", "))])('errors')")
            for _ in 0..<40 {
                let query = "r.table('t')\(Self.order(&random)).filter(x => \(Self.condition(&random, 2)))\(Self.rest(&random))"
                let before = try Self.documentsRead(run) { Self.outcome(run, query, QueryOptions()) }
                let after = try Self.documentsRead(run) { Self.outcome(run, query, through) }
                #expect(before.outcome == after.outcome, "\(query), seed \(seed)")
                if before.count < after.count / 4 { chosen += 1 }
            }
            for _ in 0..<20 {
                let query = Self.coveredQuery(&random)
                let before = try Self.documentsRead(run) { Self.outcome(run, query, QueryOptions()) }
                let after = try Self.documentsRead(run) { Self.outcome(run, query, through) }
                #expect(before.outcome == after.outcome, "\(query), seed \(seed)")
                if before.count < after.count / 4 { covered += 1 }
            }
            for _ in 0..<40 {
                let query = Self.orderedQuery(&random)
                let before = try Self.documentsRead(run) { Self.outcome(run, query, QueryOptions()) }
                let after = try Self.documentsRead(run) { Self.outcome(run, query, through) }
                #expect(before.outcome == after.outcome, "\(query), seed \(seed)")
                if before.count < after.count / 4 { ordered += 1 }
            }
            _ = try run.value("r.table('t').filter(r.row('b').eq(\(random.below(4)))).delete()")
        }
        #expect(chosen > 20, "an index was chosen \(chosen) times, seed \(seed)")
        #expect(covered > 20, "an index had the fields \(covered) times, seed \(seed)")
        #expect(ordered > 20, "an index gave the order \(ordered) times, seed \(seed)")
        #expect(try run.pando.catalog.check().problems.isEmpty)
    }

    @Test func whatAnIndexCountsIsNotRead() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('a')")
        _ = try run.value("r.table('t').insert(r.range(1000).map(i => ({id: i, a: i.mod(10)})))")
        for (condition, count) in [("x('a').eq(3)", 100), ("x('a').ge(3).and(x('a').lt(5))", 200), ("x('a').eq('x')", 0)] {
            let counted = try Self.documentsRead(run) {
                Self.outcome(run, "r.table('t').filter(x => \(condition)).count()", QueryOptions())
            }
            #expect(counted.outcome == "\(count)" && counted.count == 0, "\(condition)")
        }
        // Objects are above numbers and in no index, so a bound on one side says too little.
        _ = try run.value("r.table('t').insert([{id: 'object', a: {}}, {id: 'null', a: null}, {id: 'none'}])")
        run.expect("r.table('t').filter(x => x('a').gt(8)).count()", "101")
        run.expect("r.table('t').filter(x => x('a').lt(1)).count()", "101")
        run.expect("r.table('t').filter(x => x('a').eq(null)).count()", "1")
        run.expect("r.table('t').filter(x => x('a').eq(3), {default: true}).count()", "101")
    }

    private static func documentsRead(_ run: QueryRunner, _ body: () -> String) throws -> (outcome: String, count: Int) {
        let before = run.pando.server.counters.documentsRead
        let outcome = body()
        return (outcome, run.pando.server.counters.documentsRead - before)
    }

    private static func outcome(_ run: QueryRunner, _ text: String, _ options: QueryOptions) -> String {
        do {
            return try run.value(text, options).description
        } catch {
            return "\(error)"
        }
    }

    private static func scalar(_ random: inout SeededGenerator) -> String {
        switch random.below(10) {
        case 0: ["null", "true", "false", "-0.0", "''"][random.below(5)]
        case 1...3: "'s\(random.below(60))'"
        // Longer than what an index keeps.
        case 4: "'\(String(repeating: "x", count: 510 + random.below(4)))'"
        default: "\(random.below(80))"
        }
    }

    private static func document(_ id: Int, _ random: inout SeededGenerator) -> String {
        var fields = ["id: \(id)", "c: \(random.below(5))", "d: 's\(random.below(40))'"]
        for name in ["a", "b"] where random.below(8) > 0 {
            let value =
                switch random.below(12) {
                case 0: "[\(scalar(&random))]"
                case 1: "{c: \(scalar(&random))}"
                default: scalar(&random)
                }
            fields.append("\(name): \(value)")
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    private static func condition(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let field = "x('\(["a", "a", "b", "b", "c", "id"][random.below(6)])')"
        switch random.below(depth > 0 ? 10 : 6) {
        case 0...2: return "\(field).eq(\(scalar(&random)))"
        case 3: return "\(field).\(["lt", "le", "gt", "ge", "ne"][random.below(5)])(\(scalar(&random)))"
        case 4, 5:
            let lower = random.below(80)
            return
                "\(field).\(["gt", "ge"][random.below(2)])(\(lower)).and(\(field).\(["lt", "le"][random.below(2)])(\(lower + random.below(4))))"
        case 6:
            // The first fields of an index, or all of them.
            let rest = [
                "", ".and(x('d').eq('s\(random.below(40))'))", ".and(x('d').\(["gt", "le"][random.below(2)])('s\(random.below(40))'))",
            ]
            return "x('c').eq(\(random.below(5)))\(rest[random.below(3)])"
        case 7: return "r.and(\(condition(&random, depth - 1)), \(condition(&random, depth - 1)))"
        case 8: return "\(condition(&random, depth - 1)).not()"
        default: return "r.or(\(condition(&random, depth - 1)), \(condition(&random, depth - 1)))"
        }
    }

    private static func order(_ random: inout SeededGenerator) -> String {
        ["", "", ".orderBy({index: 'id'})", ".orderBy({index: r.desc('id')})", ".between(10, 300)"][random.below(5)]
    }

    /// Fields that an index has, of rows that are found by it.
    private static func coveredQuery(_ random: inout SeededGenerator) -> String {
        let index = ["a", "b", "c", "d", "ab", "cd", "dca"][random.below(7)]
        let bounds = index.count == 1 ? ["0", "'s3'", "r.minval"] : ["[1]", "['s1']", "r.minval"]
        let rows = [
            ".between(\(bounds[random.below(3)]), r.maxval, {index: '\(index)'})", ".orderBy({index: r.desc('\(index)')})",
            ".orderBy({index: '\(index)'})",
            ".getAll(\(index.count == 1 ? "3, 's7', 4, -0.0" : "[3, 's7'], ['s7', 3]"), {index: '\(index)'})",
        ][random.below(4)]
        let rest = [
            ".pluck('\(index.first!)')", ".pluck('id', '\(index.last!)')", "('\(index.first!)')",
            ".pluck('\(index.last!)', '\(index.first!)')", "('id')",
            ".sum('\(index.first!)')", ".avg('c')", ".count()",
        ][random.below(8)]
        return "r.table('t')\(rows)\(rest)"
    }

    /// The first rows of an order by fields.
    private static func orderedQuery(_ random: inout SeededGenerator) -> String {
        let fields = [["a"], ["b"], ["c"], ["d"], ["c", "d"], ["a", "b"], ["d", "c", "a"], ["id"], ["id", "a"]][random.below(9)]
        let isDescending = random.below(2) == 0
        let keys = fields.map { isDescending || random.below(20) == 0 ? "r.desc('\($0)')" : "'\($0)'" }
        let filter = random.below(3) == 0 ? ".filter(x => \(condition(&random, 1)))" : ""
        let first = [
            ".limit(3)", ".nth(2)('id').default(0)", ".slice(1, 5)", ".skip(2).limit(4)", ".limit(\(random.below(30)))",
            ".skip(1).nth(1)('id').default(0)",
        ][
            random.below(6)]
        return "r.table('t')\(order(&random))\(filter).orderBy(\(keys.joined(separator: ", ")))\(first)"
    }

    private static func rest(_ random: inout SeededGenerator) -> String {
        [".pluck('id', 'a')", ".count()", ".limit(3)('id')", ".skip(2).nth(0).default(0)", ".sum('a')", ".group('b').count()"][
            random.below(6)]
    }
}
