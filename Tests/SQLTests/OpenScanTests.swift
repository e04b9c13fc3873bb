import TestSupport
import TestTraits
import Testing

@testable import ReQLish
@testable import SQL

/// What the bytes of an open table's documents tell of random conditions, groups and aggregates, on one thread and on several, is what rows
/// tell.
@Suite(.ownThreads) struct OpenScanTests {
    private static let values = [
        "null", "true", "false", "0", "-0.0", "1", "5", "80", "80.0", "-3.5", "0.1", "1e3", "1.5e300", "1e400", "-1e400", "1e-310",
        "12345678901234567890", "12345678901234567891", "9007199254740993", "9007199254740992", "0.10000000000000000000001",
        "\"\"", "\"x\"", "\"y\"", "\"xy\"", "\"80\"", "\"5.0\"", "\"true\"", "\"t\"", "\"2024-05-06\"", "\"Ä\\u0001\\\"\"",
        "\"line\\nend\"",
        "\"a text that is longer than fifteen bytes\"", "[]", "[1, 2]", "{}", "{\"b\": 1}",
        "{\"$reql_type$\": \"TIME\", \"epoch_time\": 1714953600, \"timezone\": \"+00:00\"}",
    ]
    private static let fields = ["a", "b", "c"]
    private static let literals = [
        "80", "5", "0", "-3.5", "0.1", "1000", "12345678901234567890", "9007199254740993", "1e400", "'x'", "'xy'", "''", "'80'", "'5'",
        "'true'", "'t'", "'2024-05-06'", "'nan'", "'a text that is longer than fifteen bytes'", "'x'::text", "true", "false", "NULL",
        "'Ä'", "80::float8", "'infinity'::float8", "(3 + 2)", "timestamptz '2024-05-06 00:00:00+00'", "'line\nend'", "'1e3'",
    ]

    private struct Asking {
        var random: SeededGenerator

        mutating func pick(_ texts: [String]) -> String { texts[random.below(texts.count)] }

        mutating func condition(_ depth: Int) -> String {
            let field = pick(OpenScanTests.fields)
            switch random.below(depth > 0 ? 16 : 11) {
            case 0...3: return "\(field) \(pick(["=", "<>", "<", "<=", ">", ">="])) \(pick(OpenScanTests.literals))"
            case 4: return "\(pick(OpenScanTests.literals)) \(pick(["=", "<>", "<", ">="])) \(field)"
            case 5: return field
            case 6: return "\(field) IS \(pick(["NULL", "NOT NULL"]))"
            case 7: return "\(field) \(pick(["LIKE", "NOT LIKE"])) \(pick(["'x%'", "'%'", "'%t%'", "''", "'8_'", "'%end'"]))"
            case 8:
                let list = (0...random.below(3)).map { _ in pick(OpenScanTests.literals) }
                return "\(field) \(pick(["IN", "NOT IN"])) (\(list.joined(separator: ", ")))"
            case 9: return "\(field) BETWEEN \(pick(["0", "'a'", "-3.5"])) AND \(pick(["80", "'z'", "NULL"]))"
            case 10: return "\(field) IS \(pick(["", "NOT "]))DISTINCT FROM \(pick(OpenScanTests.literals))"
            case 11: return "NOT (\(condition(depth - 1)))"
            case 12: return "(\(condition(depth - 1))) IS \(pick(["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"]))"
            case 13: return "\(field) = \(pick(OpenScanTests.fields))"
            default: return "(\(condition(depth - 1))) \(pick(["AND", "OR"])) (\(condition(depth - 1)))"
            }
        }

        mutating func query() -> (items: String, groups: String) {
            var items: [String] = []
            for _ in 0...random.below(3) {
                let field = pick(OpenScanTests.fields)
                items.append(
                    pick([
                        "count(*)", "count(\(field))", "sum(\(field))", "avg(\(field))", "min(\(field))", "max(\(field))",
                        "sum(CASE WHEN \(field) > 5 THEN 1 END)", "count(*) FILTER (WHERE \(field) = 'x')", "count(DISTINCT \(field))",
                    ]))
            }
            let keys = (0..<random.below(3)).map { _ in
                let field = pick(OpenScanTests.fields)
                return pick([field, field, field, "\(field) > 5", "coalesce(\(field), 'none')", "\(field) IS NULL"])
            }
            return ((keys + items).joined(separator: ", "), keys.isEmpty ? "" : " GROUP BY " + keys.joined(separator: ", "))
        }
    }

    private func filled(_ random: inout SeededGenerator, count: Int) async throws -> TestSession {
        let session = try TestSession()
        try await session.pando.run(r.db("shop").tableCreate("t"))
        var rows: [String] = []
        for id in 0..<count {
            var fields = ["\"id\": \(id)"]
            for name in Self.fields where random.below(8) > 0 {
                fields.append("\"\(name)\": \(Self.values[random.below(Self.values.count)])")
            }
            if random.below(9) == 0 { fields.append("\"Z\": 1") }
            rows.append("{\(fields.joined(separator: ", "))}")
        }
        try await session.pando.run(r.db("shop").table("t").insert(r.json("[\(rows.joined(separator: ", "))]")))
        try #require(session.rows("SELECT count(*) FROM t") == ["\(count)"])
        return session
    }

    /// Rows in order. Of zeros of both signs it is open which is the least.
    private func answer(_ session: TestSession, _ statement: String) -> [String] {
        do throws(SQLError) {
            return try session.connection.rows(statement).map { $0.replacing("-0|", with: "0|") }.sorted()
        } catch {
            return ["!\(error.state.rawValue)"]
        }
    }

    @Test(arguments: Fuzzing.seeds(4)) func bytesTellWhatRowsTell(seed: UInt64) async throws {
        var asking = Asking(random: SeededGenerator(seed: seed))
        let one = try await filled(&asking.random, count: 300)
        var options = PandoOptions()
        options.scanThreadCount = 3
        options.scanChunkCount = 20
        let several = try TestSession(sharing: one, options)
        for _ in 0..<60 {
            let condition = asking.condition(3)
            // What hangs on chance is told by rows alone.
            let byRows = "CASE WHEN random() >= 0 THEN (\(condition)) END"
            let (items, groups) = asking.query()
            for select in ["id", items] {
                let group = select == "id" ? "" : groups
                let expected = answer(one, "SELECT \(select) FROM t WHERE \(byRows)\(group)")
                for session in [one, several] {
                    #expect(
                        answer(session, "SELECT \(select) FROM t WHERE \(condition)\(group)") == expected,
                        "seed \(seed): SELECT \(select) FROM t WHERE \(condition)\(group)")
                }
            }
            let all = answer(one, "SELECT \(items) FROM t WHERE random() >= 0\(groups)")
            for session in [one, several] {
                #expect(answer(session, "SELECT \(items) FROM t\(groups)") == all, "seed \(seed): \(items)\(groups)")
            }
        }
    }

    @Test(arguments: Fuzzing.seeds(3)) func whatIsChangedAndRemovedIsWhatRowsTell(seed: UInt64) async throws {
        var asking = Asking(random: SeededGenerator(seed: seed))
        let one = try await filled(&asking.random, count: 300)
        var options = PandoOptions()
        options.scanThreadCount = 3
        options.scanChunkCount = 20
        let several = try TestSession(sharing: one, options)
        for round in 0..<30 {
            let condition = asking.condition(2)
            let session = [one, several][asking.random.below(2)]
            let found = answer(one, "SELECT id FROM t WHERE CASE WHEN random() >= 0 THEN (\(condition)) END")
            if found.first?.hasPrefix("!") == true { continue }
            // What is changed has the fields that it had before, and one more.
            let old = answer(one, "SELECT id, a, b, c, \"Z\" FROM t")
            try session.rows("UPDATE t SET mark = \(round) WHERE \(condition)")
            let marked = answer(one, "SELECT id FROM t WHERE CASE WHEN random() >= 0 THEN mark = \(round) END")
            #expect(marked == found, "seed \(seed): \(condition)")
            #expect(answer(one, "SELECT id, a, b, c, \"Z\" FROM t") == old, "seed \(seed): \(condition)")
            guard round % 5 == 0 else { continue }
            try session.rows("DELETE FROM t WHERE (\(condition)) AND id < 150")
            let left = answer(one, "SELECT id FROM t WHERE CASE WHEN random() >= 0 THEN (\(condition)) END")
            #expect(left == found.filter { Int($0).map { $0 >= 150 } ?? false }, "seed \(seed): \(condition)")
        }
    }
}
