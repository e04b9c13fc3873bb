import TestSupport
import Testing

@testable import ReQLish

/// Terms that read stored bytes answer, and fail, as the evaluation of each row does. What keeps a query from scanning is a `map`
/// that changes nothing.
@Suite struct ScanPropertyTests {
    @Test(arguments: [0x5CA0_0001 + Fuzzing.firstSeed, 0x5CA0_0002 + Fuzzing.firstSeed], [1, 4])
    func scansAnswerAsRowsDo(seed: UInt64, threadCount: Int) throws {
        var random = RandomScans(seed: seed &+ UInt64(threadCount))
        var options = PandoOptions()
        options.scanThreadCount = threadCount
        options.scanChunkCount = 4
        let run = QueryRunner(try Pando.inMemory(options: options))
        for text in ["r.dbCreate('test')", "r.tableCreate('t')"] { _ = try run.value(text) }
        var answers: [String: Int] = [:]
        for _ in 0..<12 * Fuzzing.factor {
            _ = try run.value("r.table('t').delete()")
            for _ in 0..<2 {
                let documents = (0..<1 + random.below(40)).map { _ in random.document() }
                _ = try run.value("r.table('t').insert([\(documents.joined(separator: ", "))], {conflict: 'replace'})")
            }
            for _ in 0..<40 {
                let range = random.range()
                let rest = random.query()
                let scanned = Self.outcome(run, "r.table('t')\(range)\(rest)")
                let evaluated = Self.outcome(run, "r.table('t')\(range).map(x => x)\(rest)")
                #expect(scanned == evaluated, "\(range)\(rest), seed \(seed)")
                answers[String(scanned.prefix(5)), default: 0] += 1
            }
        }
        #expect(answers.count > 20, "too few different outcomes: \(answers), seed \(seed)")
    }

    /// Numbers of very different size, of which a sum in another order would be another one.
    @Test func threadsAddUpInTheOrderOfRows() throws {
        let directory = try TemporaryDirectory()
        var options = PandoOptions()
        options.scanChunkCount = 50
        options.scanThreadCount = 1
        let alone = QueryRunner(try Pando(path: directory.file("t.pando"), options: options))
        for text in [
            "r.dbCreate('test')", "r.tableCreate('t')",
            "r.table('t').insert(r.range(2000).map(i => ({id: i, a: i.mul(7919).mod(2003).mul(r.branch(i.mod(3).eq(0), 1e16, 0.1)), b: i.mod(9)})))",
            "r.table('t').get(1500).update({a: null})",
        ] { _ = try alone.value(text) }
        let queries = [
            "r.table('t').sum('a')", "r.table('t').avg('a')", "r.table('t').filter(x => x('b').gt(4)).sum('a')",
            "r.table('t').filter({b: 3}).count()",
            "r.table('t').group('b').sum('a')", "r.table('t').group('b').count()",
            "r.table('t').between(100, 1900).filter(x => x('b').lt(7)).avg('a')",
            "r.table('t').filter(x => x('a').add(1).gt(3)).count()",
        ]
        let answers = try queries.map { try alone.value($0).description }
        try alone.pando.close()
        options.scanThreadCount = 3
        let together = QueryRunner(try Pando(path: directory.file("t.pando"), options: options))
        for (query, answer) in zip(queries, answers) { #expect(try together.value(query).description == answer, "\(query)") }
        let plan = try together.pando.explain(TermTree(text: queries[2]))
        #expect(plan.description.contains("looked through by 3 threads") && plan.documentsRead == 2000, "\(plan)")
        // A row that fails does so before those behind it are looked at.
        _ = try together.value("r.table('t').get(700).update({a: 'no number'})")
        _ = try together.value("r.table('t').get(1700).update({a: [1]})")
        let error = together.error("r.table('t').sum('a')")
        #expect(error.kind == .queryLogic && error.message.contains("STRING"), "\(error)")
        try together.pando.close()
    }

    /// What the query answers as JSON, or its error with the place.
    private static func outcome(_ run: QueryRunner, _ text: String) -> String {
        do {
            return try run.value(text).description
        } catch let error as ReQLError {
            // The place of the predicate is the same; what it is applied to has one more term.
            let frames = error.frames.map { "\($0)" }
            return "\(error.kind) \(error.message) \(frames)"
        } catch {
            return "\(error)"
        }
    }
}

private struct RandomScans {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func below(_ bound: Int) -> Int { generator.below(bound) }

    private mutating func one(of texts: [String]) -> String { texts[generator.below(texts.count)] }

    /// Names that are prefixes of others, need escapes, or look alike.
    private static let names = [
        "a", "b", "aa", "id", "a\\\"b", "address of the sender", "address of the sendee", "é", "e\u{301}", "x\\ny", "",
    ]

    private mutating func name() -> String { generator.below(3) > 0 ? one(of: ["a", "b", "aa"]) : one(of: Self.names) }

    private mutating func scalar() -> String {
        one(of: [
            "null", "true", "false", "0", "-0.0", "1", "2", "10", "-1", "1.5", "-1e300", "123456789012345680", "0.1", "''", "'a'", "'ab'",
            "'a\\\"c'", "'b\\\\'", "'ü'", "'a longer piece of text'", "'a\\u0001'",
        ])
    }

    private mutating func value() -> String {
        switch generator.below(12) {
        case 0: "[\(scalar()), \(scalar())]"
        case 1: "{b: \(scalar())}"
        case 2: one(of: ["r.epochTime(1)", "r.epochTime(1).inTimezone('+02:00')", "r.binary(r.http)", "[]", "{}", "r.point(1, 2)"])
        default: scalar()
        }
    }

    mutating func document() -> String {
        var fields = ["'id': \(generator.below(60))"]
        for _ in 0..<generator.below(6) {
            let name = name()
            let value = value().replacing("r.binary(r.http)", with: "{'$reql_type$': 'BINARY', data: 'AQI='}")
            if name != "id", !fields.contains(where: { $0.hasPrefix("'\(name)':") }) { fields.append("'\(name)': \(value)") }
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    mutating func range() -> String {
        switch generator.below(6) {
        case 0: ".between(\(generator.below(60)), \(generator.below(60)))"
        case 1: ".orderBy({index: r.desc('id')})"
        default: ".orderBy({index: 'id'})"
        }
    }

    private mutating func condition(_ depth: Int) -> String {
        let field = "x('\(name())')"
        switch generator.below(depth > 0 ? 10 : 6) {
        case 0: return field
        case 1: return "r.expr(\(scalar())).\(relation())(\(field))"
        case 2...5: return "\(field).\(relation())(\(scalar()))"
        case 6: return "\(condition(depth - 1)).not()"
        case 7: return "\(condition(depth - 1)).default(\(scalar()))"
        case 8: return "r.and(\(condition(depth - 1)), \(condition(depth - 1)), \(condition(depth - 1)))"
        default: return "r.or(\(condition(depth - 1)), \(condition(depth - 1)))"
        }
    }

    private mutating func relation() -> String { one(of: ["eq", "ne", "lt", "le", "gt", "ge"]) }

    private mutating func filter() -> String {
        let option = one(of: ["", "", ", {default: true}", ", {default: r.error()}", ", {default: r.error('none')}"])
        if generator.below(5) == 0 { return ".filter({'\(name())': \(value().replacing("r.binary(r.http)", with: "1"))}\(option))" }
        return ".filter(x => \(condition(2))\(option))"
    }

    mutating func query() -> String {
        let filter = generator.below(3) == 0 ? "" : filter()
        let key = generator.below(3) == 0 ? "x => x('\(name())')" : "'\(name())'"
        switch generator.below(8) {
        case 0: return filter
        case 1: return "\(filter).count()"
        case 2: return "\(filter).sum(\(key))"
        case 3: return "\(filter).avg(\(key))"
        case 4: return "\(filter).group(\(key)).count()"
        case 5: return "\(filter).group(\(key)).\(one(of: ["sum", "avg"]))('\(name())')"
        case 6: return "\(filter).pluck('\(name())', '\(name())', '\(name())')"
        default: return "\(filter).map(x => r.do(x, y => y))"
        }
    }
}
