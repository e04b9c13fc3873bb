import Catalog
import ReQLish
import TestSupport
import Testing

@testable import SQL

/// What is told by the bytes of stored documents is what rows would tell.
@Suite struct OpenTableTests {
    private let session: TestSession

    init() async throws {
        session = try TestSession()
        let values = [
            "1", "2.5", "-3", "1e3", "9007199254740993", "0.1", "null", "true", "false", "\"5\"", "\"x\"", "[1]", "{\"a\": 1}", "-0.0",
            "12345678901234567890.5",
        ]
        var documents: [String] = []
        for number in 0..<300 {
            var fields = ["\"id\": \(number)"]
            for name in ["a", "b", "g"] where number % 17 != name.utf8.count + 3 {
                let value = Int.random(in: 0..<3) == 0 ? values.randomElement() ?? "1" : String(Int.random(in: 0..<6))
                if Int.random(in: 0..<8) > 0 { fields.append("\"\(name)\": \(value)") }
            }
            documents.append("('{\(fields.joined(separator: ", "))}'::jsonb)")
        }
        try await session.pando.run(r.db("shop").tableCreate("t"))
        try session.rows("INSERT INTO t (_doc) VALUES \(documents.joined(separator: ", "))")
    }

    /// Each query beside one that can only be answered by rows: a condition that is always true keeps the bytes out of it.
    @Test func bytesAgreeWithRows() throws {
        for list in [
            "count(*)", "sum(a)", "avg(a), sum(b)", "count(*), avg(b)", "sum(a), avg(a), sum(a)", "g, count(*)", "g, avg(a)",
            "g, sum(a), count(*), avg(b)", "g",
        ] {
            let group = list.hasPrefix("g") ? "GROUP BY g" : ""
            let (found, expected) = (
                try session.rows("SELECT \(list) FROM t \(group)"), try session.rows("SELECT \(list) FROM t WHERE id::text <> 'x' \(group)")
            )
            #expect(found.sorted() == expected.sorted(), "\(list)")
        }
    }

    /// A condition beside the same behind a function, which is asked of rows only.
    @Test func conditionsAgreeWithRows() throws {
        let conditions = [
            "a < 3", "a <= 2.5", "a = 1", "a <> 1", "a > 2", "a >= 9007199254740993", "a = 9007199254740993", "a = '5'", "a = 'x'",
            "a = '1'", "a = 'true'",
            "a IN (1, 2.5, 1000)", "a = 1 OR a = 2", "a = 1 OR b = 2", "a < 2 AND b > 1", "a = 1 AND (b = 2 OR b < 0)", "NOT (a = 1)",
            "a BETWEEN 1 AND 3",
            "a = 0", "a < 12345678901234567890.6", "a = 1 OR a IS NULL", "a = true", "a = 'x'::text", "a > 'a'::text", "a = NULL",
            "id < 50 AND a = 2",
        ]
        for condition in conditions {
            let (found, expected) = (
                try session.rows("SELECT id FROM t WHERE \(condition)"),
                try session.rows("SELECT id FROM (SELECT id, CASE WHEN \(condition) THEN 1 END AS holds FROM t) s WHERE holds = 1")
            )
            #expect(found == expected, "\(condition)")
        }
    }
}
