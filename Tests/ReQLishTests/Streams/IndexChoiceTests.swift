import TestSupport
import Testing

@testable import ReQLish

/// A filter that goes by an index answers what one that goes through the table does, in the same order.
@Suite struct IndexChoiceTests {
    @Test(arguments: [0x1DE7_0001 + Fuzzing.firstSeed, 0x1DE7_0002 + Fuzzing.firstSeed])
    func indexesNeverChangeAResult(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        for name in ["a", "b"] { _ = try run.value("r.table('t').indexCreate('\(name)')") }
        _ = try run.value("r.table('t').indexCreate('tags', r.row('a'), {multi: true})")
        var through = QueryOptions()
        through.usesIndexes = false
        var chosen = 0
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
            _ = try run.value("r.table('t').filter(r.row('b').eq(\(random.below(4)))).delete()")
        }
        #expect(chosen > 20, "an index was chosen \(chosen) times, seed \(seed)")
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
        var fields = ["id: \(id)"]
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
        let field = "x('\(["a", "b"][random.below(2)])')"
        switch random.below(depth > 0 ? 10 : 6) {
        case 0...2: return "\(field).eq(\(scalar(&random)))"
        case 3: return "\(field).\(["lt", "le", "gt", "ge", "ne"][random.below(5)])(\(scalar(&random)))"
        case 4, 5:
            let lower = random.below(80)
            return
                "\(field).\(["gt", "ge"][random.below(2)])(\(lower)).and(\(field).\(["lt", "le"][random.below(2)])(\(lower + random.below(4))))"
        case 6, 7: return "r.and(\(condition(&random, depth - 1)), \(condition(&random, depth - 1)))"
        case 8: return "\(condition(&random, depth - 1)).not()"
        default: return "r.or(\(condition(&random, depth - 1)), \(condition(&random, depth - 1)))"
        }
    }

    private static func order(_ random: inout SeededGenerator) -> String {
        ["", "", ".orderBy({index: 'id'})", ".orderBy({index: r.desc('id')})", ".between(10, 300)"][random.below(5)]
    }

    private static func rest(_ random: inout SeededGenerator) -> String {
        [".pluck('id', 'a')", ".count()", ".limit(3)('id')", ".skip(2).nth(0).default(0)", ".sum('a')", ".group('b').count()"][
            random.below(6)]
    }
}
