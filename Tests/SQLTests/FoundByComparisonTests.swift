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
            let x = table == "t3" ? "i + 1" : "i"
            let count = ["t1": 10, "t2": 500, "t3": 10][table] ?? 4
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

    /// What is LATERAL may stand on either side of an outer join, if it takes its values from outside of that.
    @Test func lateralWithinOuterJoins() throws {
        try session.rows("CREATE TABLE a (id int, x int); INSERT INTO a VALUES (1, 1), (2, 3), (3, 9)")
        try session.rows("CREATE TABLE b (id int); INSERT INTO b VALUES (1), (2), (3)")
        #expect(
            try session.rows("SELECT a.id, s.y, b.id FROM a, LATERAL (SELECT a.x AS y) s LEFT JOIN b ON b.id = s.y ORDER BY 1")
                == ["1|1|1", "2|3|3", "3|9|NULL"])
        #expect(
            try session.rows(
                "SELECT a.id, s.y, b.id FROM a, LATERAL (SELECT a.x AS y) s FULL JOIN b ON b.id = s.y WHERE a.id > 1 ORDER BY 1, 2, 3")
                == ["2|3|3", "2|NULL|1", "2|NULL|2", "3|9|NULL", "3|NULL|1", "3|NULL|2", "3|NULL|3"])
        #expect(
            try session.rows("SELECT a.id, b.id, s.y FROM a, b RIGHT JOIN LATERAL (SELECT a.x AS y) s ON b.id = s.y ORDER BY 1")
                == ["1|1|1", "2|3|3", "3|NULL|9"])
        #expect(
            try session.rows(
                "SELECT a.id, b.id, s.y FROM a RIGHT JOIN (b JOIN LATERAL (SELECT b.id * 2 AS y) s ON true) ON a.x = s.y ORDER BY 2")
                == ["NULL|1|2", "NULL|2|4", "NULL|3|6"])
        #expect(
            try session.rows(
                "SELECT a.id, s.y, b.id, c.id FROM a LEFT JOIN ((LATERAL (SELECT a.x AS y) s JOIN b ON b.id = s.y) LEFT JOIN b c "
                    + "ON c.id = b.id - 1) ON true ORDER BY 1") == ["1|1|1|NULL", "2|3|3|2", "3|NULL|NULL|NULL"])
        #expect(session.state("SELECT 1 FROM a RIGHT JOIN LATERAL (SELECT a.x) s ON true") == "42P10")
        #expect(session.state("SELECT 1 FROM a FULL JOIN (b JOIN LATERAL (SELECT a.x) s ON true) ON true") == "42P10")
    }

    /// A bound that can't be a key leaves the order to the key.
    @Test func orderBesideABoundThatIsNoKey() throws {
        try session.rows("CREATE TABLE t (k text PRIMARY KEY, n int)")
        try session.rows("INSERT INTO t SELECT 'k' || lpad(i::text, 4, '0'), i FROM generate_series(1, 100) i")
        for bound in ["k < repeat('l', 200)", "k > repeat('a', 200)"] {
            #expect(try session.rows("SELECT k FROM t WHERE \(bound) ORDER BY k DESC LIMIT 2") == ["k0100", "k0099"])
            #expect(try session.rows("SELECT k FROM t WHERE \(bound) ORDER BY k LIMIT 2") == ["k0001", "k0002"])
        }
    }

    @Test func excludedHasGeneratedColumns() throws {
        try session.rows(
            "CREATE TABLE t (id int PRIMARY KEY, x int, g int GENERATED ALWAYS AS (x * 2) STORED); INSERT INTO t VALUES (1, 5)")
        #expect(
            try session.rows("INSERT INTO t VALUES (1, 6) ON CONFLICT (id) DO UPDATE SET x = excluded.g + t.g RETURNING *") == ["1|22|44"])
    }

    /// Days and moments have operators of their own; in rows and by IS DISTINCT FROM they are compared alike.
    @Test func daysAndMoments() throws {
        session.check([
            ("date '2024-01-11' IS DISTINCT FROM timestamp '2024-01-11'", "f"),
            ("date '2024-01-11' IS DISTINCT FROM timestamp '2024-01-11 00:01'", "t"),
            ("timestamp '2024-01-11' IS NOT DISTINCT FROM timestamptz '2024-01-11 00:00+00'", "t"),
            ("(date '2024-01-11', 1) = (timestamp '2024-01-11', 1)", "t"),
            ("(date '2024-01-11', 1) < (timestamp '2024-01-11', 2)", "t"),
            ("(timestamp '2024-01-12', 1) < (date '2024-01-11', 2)", "f"),
            ("(date '2024-01-11', 3) > ALL (SELECT timestamp '2024-01-11', 2)", "t"),
            ("ROW(date '2024-01-11', 1) IS DISTINCT FROM ROW(timestamp '2024-01-11', 1)", "f"),
        ])
    }

    @Test func framesAtTheEnds() throws {
        #expect(
            try session.rows(
                "SELECT v, count(*) OVER (ORDER BY v RANGE BETWEEN '1 hour' PRECEDING AND '1 hour' FOLLOWING) "
                    + "FROM (VALUES ('00:30'::time), ('23:30'), ('00:00'), ('23:59:59')) q (v)")
                == ["00:00:00|2", "00:30:00|2", "23:30:00|2", "23:59:59|2"])
        for type in ["float8", "numeric"] {
            #expect(
                try session.rows(
                    "SELECT count(*) OVER (ORDER BY v RANGE BETWEEN 'inf' PRECEDING AND 'inf' FOLLOWING) "
                        + "FROM (VALUES ('NaN'::\(type)), (1), (2), ('Infinity'), ('-Infinity'), (NULL)) q (v) ORDER BY v")
                    == ["4", "4", "4", "4", "1", "1"])
        }
        #expect(
            try session.rows(
                "SELECT count(*) OVER (ORDER BY v RANGE BETWEEN 'inf' FOLLOWING AND 'inf' FOLLOWING) "
                    + "FROM (VALUES (1::float8), ('Infinity'), ('-Infinity')) q (v) ORDER BY v") == ["3", "1", "1"])
        #expect(session.state("SELECT row_number() OVER (ROWS BETWEEN -2 PRECEDING AND 1 FOLLOWING)") == "22013")
    }

    /// Hours before a day are not that day.
    @Test func hoursAroundDays() throws {
        let frame = "RANGE BETWEEN '12 hours' PRECEDING AND '36 hours' FOLLOWING"
        #expect(
            try session.rows("SELECT sum(i) OVER (ORDER BY date '2024-01-01' + i \(frame)) FROM generate_series(1, 4) i")
                == ["3", "5", "7", "4"])
        #expect(
            try session.rows("SELECT sum(i) OVER (ORDER BY date '2024-01-01' + i DESC \(frame)) FROM generate_series(1, 4) i")
                == ["7", "5", "3", "1"])
    }

    @Test func differentTextsWithBlanks() throws {
        try session.rows("CREATE TABLE t (c bpchar); INSERT INTO t VALUES ('a'), ('a  '), ('b')")
        #expect(
            try session.rows("SELECT count(DISTINCT c), count(DISTINCT c) FILTER (WHERE true), cardinality(array_agg(DISTINCT c)) FROM t")
                == ["2|2|2"])
    }

    /// What ON UPDATE has changed again is not looked for any more.
    @Test func rowsReferToThemselvesAsTheyChange() throws {
        for (action, answer) in [("CASCADE", "5|5"), ("SET NULL", "5|NULL"), ("SET DEFAULT", "5|1")] {
            try session.rows("DROP TABLE IF EXISTS s")
            try session.rows("CREATE TABLE s (id int PRIMARY KEY, up int DEFAULT 1 REFERENCES s ON UPDATE \(action))")
            try session.rows("INSERT INTO s VALUES (1, NULL), (2, 1); UPDATE s SET id = 5, up = id WHERE id = 2")
            #expect(try session.rows("SELECT * FROM s WHERE id = 5") == [answer])
            #expect(session.state("UPDATE s SET up = 7 WHERE id = 5") == "23503")
        }
        try session.rows("CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n); INSERT INTO n VALUES (1, NULL), (2, 1)")
        #expect(session.state("UPDATE n SET id = 5, up = id WHERE id = 2") == "23503")
    }

    @Test func momentsReferToDays() throws {
        try session.rows("CREATE TABLE d (a date PRIMARY KEY); CREATE TABLE m (a timestamp REFERENCES d)")
        try session.rows("INSERT INTO d VALUES ('2020-01-01')")
        try session.rows("INSERT INTO m VALUES ('2020-01-01 00:00')")
        #expect(session.state("INSERT INTO m VALUES ('2020-01-01 10:00')") == "23503")
        #expect(session.state("DELETE FROM d") == "23503")
        #expect(session.state("CREATE TABLE z (a timestamptz REFERENCES d)") == "0A000")
    }
}
