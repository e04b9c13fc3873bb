import Testing

@testable import SQL

/// Where in a statement an error is, as PostgreSQL tells it: the first character is 1.
@Suite struct ErrorPlaceTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE t (a int, b text, c date)")
    }

    private func place(_ sql: String) -> String {
        do throws(SQLError) {
            try session.connection.rows(sql)
            return "done"
        } catch {
            return "\(error.state.rawValue) \(error.position.map(String.init) ?? "nowhere")"
        }
    }

    @Test func valuesOfAnotherType() {
        for (sql, expected) in [
            ("UPDATE t SET c = a", "42804 18"), ("UPDATE t SET (a, c) = (1, a + 1)", "42804 27"),
            ("EXPLAIN UPDATE t SET c = a", "42804 26"), ("PREPARE p AS UPDATE t SET c = a", "42804 31"),
            ("SELECT 1 UNION SELECT 'x'", "22P02 23"), ("SELECT 'x' UNION SELECT 1", "22P02 8"),
            ("SELECT a FROM t UNION SELECT b FROM t", "42804 30"),
            ("SELECT a FROM t UNION ALL SELECT 1 UNION SELECT b || 'x' FROM t", "42804 49"),
            ("INSERT INTO t (c) SELECT a FROM t", "42804 26"), ("INSERT INTO t (b, c) SELECT b, a + 1 FROM t", "42804 32"),
            ("INSERT INTO t (a) SELECT 'x'", "22P02 26"), ("INSERT INTO t (a) VALUES (1), ('y')", "22P02 32"),
        ] {
            #expect(place(sql) == expected, "\(sql)")
        }
    }

    @Test func whatIsWrongWithADefinition() throws {
        try session.rows("CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a + 1) STORED)")
        for (sql, expected) in [
            ("CREATE TABLE x (a int, a int)", "42701 nowhere"), ("CREATE TABLE x (a int DEFAULT b)", "0A000 31"),
            ("CREATE TABLE x (a int GENERATED ALWAYS AS (b) STORED)", "42703 44"), ("UPDATE t SET a = 1, a = 2", "42601 nowhere"),
            ("UPDATE g SET b = 1", "428C9 nowhere"), ("SELECT * FROM (SELECT 1) s (a, b)", "42P10 nowhere"),
            ("SELECT * FROM t JOIN t u USING (no)", "42703 nowhere"),
            ("INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING", "42P10 nowhere"),
            ("INSERT INTO t (a) VALUES (1) ON CONFLICT ON CONSTRAINT no DO NOTHING", "42704 nowhere"),
        ] {
            #expect(place(sql) == expected, "\(sql)")
        }
    }

    @Test func namesOfOtherPlacesAndTextsOfDeclarations() throws {
        try session.rows("CREATE TABLE w (a int CHECK (a > 0))")
        for (sql, expected) in [
            ("SELECT 1 FROM other.public.t", "0A000 15"), ("SELECT shop.public.t.a FROM public.t", "done"),
            ("SELECT grouping(a) FROM t", "42803 17"), ("SELECT a, grouping(a, b) FROM t GROUP BY a", "42803 23"),
            ("SELECT 1 OPERATOR(nosuch.+) 2", "3F000 10"), ("ALTER TABLE w ALTER a TYPE text", "42883 nowhere"),
        ] {
            #expect(place(sql) == expected, "\(sql)")
        }
    }
}
