import Testing

@testable import SQL

/// What statements that were put to PostgreSQL 15 as well showed to be otherwise there.
@Suite struct FoundByComparisonTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    /// What a subquery has come to for one row is not taken for another whose values are equal, but not alike.
    @Test func subqueriesOfEqualValues() throws {
        #expect(try session.rows("SELECT (SELECT v::text) FROM (VALUES (1.0), (1.00), (1)) t (v)") == ["1.0", "1.00", "1"])
        #expect(
            try session.rows("SELECT (SELECT v::text) FROM (VALUES (interval '1 mon'), ('30 days'), ('1 mon')) t (v)")
                == ["1 mon", "30 days", "1 mon"])
        #expect(try session.rows("SELECT (SELECT v::text) FROM (VALUES (0::float8), ('-0'), ('-0')) t (v)") == ["0", "-0", "-0"])
        #expect(
            try session.rows("SELECT (SELECT v::text) FROM (VALUES (ARRAY[1.0]), (ARRAY[1.00])) t (v)") == ["{1.0}", "{1.00}"])
    }

    /// Of what is run for each row no more is read than is wanted.
    @Test func lateralRowsAreReadAsTheyAreWanted() throws {
        #expect(
            try session.rows("SELECT a, b FROM generate_series(1, 3) a, LATERAL generate_series(a, 1000000000000) b LIMIT 2")
                == ["1|1", "1|2"])
        #expect(
            try session.rows(
                "SELECT a, count(b), max(b) FROM generate_series(1, 3) a, LATERAL generate_series(a, 3000) b GROUP BY a ORDER BY a")
                == ["1|3000|3000", "2|2999|3000", "3|2998|3000"])
        #expect(
            try session.rows(
                "SELECT a, b FROM generate_series(1, 4) a LEFT JOIN LATERAL generate_series(1, a) b ON b > 1 AND a <> 3 ORDER BY a, b")
                == ["1|NULL", "2|2", "3|NULL", "4|2", "4|3", "4|4"])
    }

    /// Blanks at the end don't count, however many values are compared.
    @Test func blanksAmongMany() throws {
        try session.rows("CREATE TABLE t (id int, c char(4)); INSERT INTO t VALUES (1, 'ab'), (2, 'c'), (3, NULL)")
        #expect(try session.rows("SELECT id FROM t WHERE c IN ('ab   ', 'p', 'q', 'r', 's', 'u', 'v', 'w')") == ["1"])
        #expect(try session.rows("SELECT id FROM t WHERE c NOT IN ('ab   ', 'p', 'q', 'r', 's', 'u', 'v', 'w')") == ["2"])
        #expect(try session.rows("SELECT id FROM t WHERE c IN (SELECT 'ab  '::bpchar UNION ALL SELECT 'x')") == ["1"])
    }

    /// Of many columns that are to be equal each equality is asked, in whatever order their tables are joined.
    @Test func manyColumnsThatAreEqual() throws {
        let tables = (1...9).map { "t\($0)" }
        for table in tables {
            let (count, x) = table == "t1" ? (20, "i") : table == "t3" ? (20, "i + 1") : (4, "i")
            try session.rows("CREATE TABLE \(table) (x int, y int)")
            try session.rows("INSERT INTO \(table) SELECT (\(x)) % 2, i FROM generate_series(1, \(count)) i")
        }
        let equal = zip(tables, tables.dropFirst()).map { "\($0).x = \($1).x" }.joined(separator: " AND ")
        #expect(
            try session.rows("SELECT count(*) FROM \(tables.joined(separator: ", ")) WHERE \(equal) AND t1.y = t3.y") == ["0"])
    }

    @Test func bucketsBetweenTheLeastAndTheGreatest() throws {
        #expect(
            try session.rows(
                "SELECT width_bucket(1e308::float8, -1.7e308::float8, 1.7e308::float8, 10), "
                    + "width_bucket(1e308::float8, 1.7e308::float8, -1.7e308::float8, 10), width_bucket(5.35::float8, 0.024, 10.06, 5)")
                == ["8|3|3"])
    }

    @Test func whichOffsetOfAFrameIsWrong() throws {
        for (frame, word) in [("-1 PRECEDING AND 1 FOLLOWING", "starting"), ("1 PRECEDING AND -1 FOLLOWING", "ending")] {
            #expect(
                session.refusal("SELECT sum(g) OVER (ROWS BETWEEN \(frame)) FROM generate_series(1, 2) g")?.message
                    == "frame \(word) offset must not be negative")
        }
        #expect(
            session.refusal("SELECT sum(g) OVER (ROWS BETWEEN 2 PRECEDING AND -1 PRECEDING) FROM generate_series(1, 2) g")?.message
                == "frame ending offset must not be negative")
    }
}
