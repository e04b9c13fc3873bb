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
        #expect(try session.types("SELECT nullif(1, 2.5), nullif('a'::varchar, ''), nullif(1::int2, 2)") == [1700, 25, 21])
        #expect(session.state("SELECT row_number()") == "42809")
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

    @Test func tablesOfWithThatAreNamedBeforeTheyStand() throws {
        let query =
            "WITH RECURSIVE x (i) AS (SELECT * FROM y UNION ALL SELECT i + 1 FROM x WHERE i < 3), y (i) AS (VALUES (1)) SELECT * FROM x"
        #expect(try session.rows(query) == ["1", "2", "3"])
        #expect(session.state("WITH RECURSIVE x AS (SELECT * FROM y), y AS (SELECT * FROM x) SELECT * FROM x") == "0A000")
    }

    @Test(arguments: [
        "SELECT 1 INTERSECT SELECT i + 1 FROM x", "SELECT i FROM x", "SELECT i FROM x UNION ALL SELECT 1",
        "SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i IN (SELECT i FROM x)", "SELECT 1 UNION ALL SELECT (SELECT i FROM x)",
        "SELECT 1 UNION ALL SELECT x.i + 1 FROM x FULL JOIN (VALUES (1)) y (i) ON x.i = y.i",
        "SELECT 1 UNION ALL SELECT x.i + y.i FROM x, x AS y", "SELECT 1 UNION ALL SELECT max(i) FROM x",
    ])
    func refusedRecursion(_ query: String) {
        #expect(session.state("WITH RECURSIVE x (i) AS (\(query)) SELECT * FROM x") == "42P19")
    }

    @Test func tablesOfWithThatDependOnRowsOutside() throws {
        #expect(
            try session.rows("SELECT (WITH w AS (SELECT v.i) SELECT (SELECT i FROM w)) FROM (VALUES (1), (2)) v (i)") == ["1", "2"])
        #expect(
            try session.rows(
                "WITH RECURSIVE x (a) AS (VALUES ('a') UNION ALL (WITH z AS (SELECT a FROM x) SELECT a || 'b' FROM z WHERE length(a) < 3)) "
                    + "SELECT a FROM x") == ["a", "ab", "abb"])
    }

    @Test func aggregatesOfTheQueryOutside() throws {
        try session.rows("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 2), (2, 5)")
        #expect(try session.rows("SELECT a FROM t GROUP BY a HAVING EXISTS (SELECT 1 FROM t u WHERE sum(t.b) = u.b)") == ["2"])
        #expect(try session.rows("SELECT (SELECT max(t.b)) FROM t") == ["5"])
        #expect(try session.rows("SELECT (SELECT count(*) FILTER (WHERE t.a = 1) FROM (VALUES (1)) v) FROM t") == ["2"])
        #expect(session.state("SELECT 1 FROM t, LATERAL (SELECT max(t.a)) s") == "42803")
        #expect(try session.rows("SELECT (SELECT grouping(t.a)), a FROM t GROUP BY ROLLUP (a) ORDER BY 2, 1") == ["0|1", "0|2", "1|NULL"])
    }

    @Test func columnsThatFollowFromTheKeyInEachGroupingSet() throws {
        try session.rows("CREATE TABLE t (a int PRIMARY KEY, b int, c int); INSERT INTO t VALUES (1, 2, 3)")
        #expect(try session.rows("SELECT a, c FROM t GROUP BY GROUPING SETS ((a, b), (a))") == ["1|3", "1|3"])
        #expect(session.state("SELECT a, c FROM t GROUP BY GROUPING SETS ((a), ())") == "42803")
    }

    @Test func fieldsOfRecordsOfSubqueries() throws {
        #expect(try session.rows("SELECT (r).f1, (r).f2 FROM (SELECT ROW(1, 2.5) AS r) s") == ["1|2.5"])
        #expect(try session.rows("WITH w (r) AS (SELECT ROW(1, 2)), v AS (SELECT * FROM w) SELECT (r).* FROM v") == ["1|2"])
    }

    @Test func scansThatBeginForEachRowOutside() throws {
        try session.rows("CREATE TABLE t AS SELECT i, i % 10 AS j FROM generate_series(1, 3000) i")
        #expect(try session.rows("SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.i = t.i + 1 AND u.j > t.j)") == ["2699"])
        #expect(try session.rows("SELECT count(*) FROM t, LATERAL (SELECT i FROM t u WHERE u.i = t.j) l") == ["2700"])
    }

    @Test func aLimitKnowsNoColumns() throws {
        let session = try TestSession()
        #expect(session.state("SELECT n FROM generate_series(1, 3) AS g(n) LIMIT n") == "42P10")
        #expect(session.state("SELECT n FROM generate_series(1, 3) AS g(n) LIMIT m") == "42703")
        #expect(
            try session.rows("SELECT (SELECT m FROM generate_series(1, 9) AS h(m) OFFSET n LIMIT 1) FROM generate_series(1, 2) AS g(n)")
                == ["2", "3"])
    }

    @Test func aRowOfNothingButNULLIsARow() throws {
        let session = try TestSession()
        #expect(try session.rows("SELECT r, r IS NULL FROM (VALUES (NULL, NULL)) AS r(a, b)") == ["(,)|t"])
        #expect(try session.rows("SELECT r FROM (VALUES (1)) AS l(a) LEFT JOIN (VALUES (2, 3)) AS r(a, b) USING (a)") == ["NULL"])
    }

    @Test func boundsOfARangeMayBeOfOtherTypes() throws {
        let session = try TestSession()
        #expect(
            try session.rows(
                """
                SELECT v, first_value(v) OVER w, last_value(v) OVER w FROM (VALUES (0::numeric), (1.1), (1.12), (2)) AS t(v)
                WINDOW w AS (ORDER BY v RANGE BETWEEN 1 PRECEDING AND 1.1 FOLLOWING) ORDER BY v
                """) == ["0|0|1.1", "1.1|1.1|2", "1.12|1.1|2", "2|1.1|2"])
    }
}
