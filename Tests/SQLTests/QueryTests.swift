import Testing

@testable import SQL

/// What queries answer, clause by clause.
@Suite struct QueryTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func parametersThatNobodyGave() {
        #expect(session.state("SELECT $1 + 1") == "42P02")
        #expect(session.state("VALUES ($2)") == "42P02")
    }

    @Test func rowsOfLiterals() throws {
        #expect(try session.rows("SELECT (1, 2) < (1, NULL), (1, '3') = (1, 3), (NULL, 2) < (1, 0)") == ["NULL|t|NULL"])
        #expect(try session.rows("SELECT ROW(1, 'a', NULL), (1, 'x') IN ((1, 'x'), (2, 'y'))") == ["(1,a,)|t"])
        #expect(try session.rows("SELECT ROW(1, 2) = ANY (ARRAY[ROW(1, 1), ROW(1, 2)])") == ["t"])
    }

    @Test func typesOfLiterals() throws {
        #expect(try session.rows("SELECT count(DISTINCT 'x'), format('%s', 'a'), jsonb_build_object('k', 'v')") == ["1|a|{\"k\": \"v\"}"])
        #expect(try session.types("SELECT nullif(1, 2.5), nullif('a'::varchar, ''), nullif(1, 2)") == [1700, 25, 23])
        #expect(try session.types("SELECT generate_series(DATE '2024-01-01', DATE '2024-03-01', INTERVAL '1 month')") == [1184])
    }

    @Test func samples() throws {
        try session.rows("CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i")
        #expect(try session.rows("SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100)") == ["1000"])
        #expect(try session.rows("SELECT count(*) FROM t TABLESAMPLE SYSTEM (0)") == ["0"])
        let sample = "(SELECT array_agg(i) FROM t TABLESAMPLE BERNOULLI (30) REPEATABLE (7))"
        #expect(try session.rows("SELECT \(sample) = \(sample)") == ["t"])
        let count = try #require(Int(try session.rows("SELECT count(*) FROM t TABLESAMPLE BERNOULLI (30) REPEATABLE (7)")[0]))
        #expect((200...400).contains(count))
        #expect(session.state("SELECT count(*) FROM t TABLESAMPLE BERNOULLI (101)") == "2202H")
        #expect(session.state("SELECT count(*) FROM t TABLESAMPLE SYSTEM (10) REPEATABLE (NULL)") == "2202G")
        #expect(session.state("SELECT count(*) FROM t TABLESAMPLE other (10)") == "42704")
        #expect(session.state("WITH w AS (SELECT 1) SELECT * FROM w TABLESAMPLE SYSTEM (10)") == "42809")
    }

    @Test func recursiveViews() throws {
        try session.rows("CREATE RECURSIVE VIEW n (i) AS SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3")
        #expect(try session.rows("SELECT i FROM n") == ["1", "2", "3"])
    }
}
