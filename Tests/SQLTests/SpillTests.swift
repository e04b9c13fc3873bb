import ReQLish
import Testing

@testable import SQL

/// Statements whose rows don't fit into memory: they give what they give with all memory, by way of temporary files.
@Suite struct SpillTests {
    private static let setup = """
        CREATE TABLE l (id int PRIMARY KEY, a int, t text, n numeric, j jsonb, x int[]);
        CREATE TABLE r (id int PRIMARY KEY, a int, t text, d date);
        INSERT INTO l SELECT i, nullif(i * 7919 % 1500, 3), 'text ' || i * 31 % 700, (i % 90)::numeric / 4, jsonb_build_object('k', i % 40),
            ARRAY[i % 5, NULL] FROM generate_series(1, 4000) i;
        INSERT INTO r SELECT i, CASE WHEN i % 50 = 0 THEN NULL WHEN i % 10 = 0 THEN 77 ELSE i * 104729 % 2000 END, 'text ' || i * 17 % 800,
            date '2020-01-01' + i % 300 FROM generate_series(1, 3000) i
        """

    private static let queries = [
        "SELECT l.id, r.id, l.n, r.d FROM l JOIN r ON l.a = r.a",
        "SELECT l.id, r.id, l.j FROM l JOIN r ON l.a = r.a AND l.t < r.t",
        "SELECT l.id, r.id, r.t FROM l LEFT JOIN r ON l.a = r.a AND r.id % 3 = 0",
        "SELECT l.id, r.id, l.x FROM l RIGHT JOIN r ON l.a = r.a AND l.t = r.t",
        "SELECT l.id, r.id FROM l FULL JOIN r ON l.a = r.a AND l.id % 2 = 0 AND r.id % 2 = 0",
        "SELECT l.id, r.id FROM l LEFT JOIN r ON l.id = -1 - r.id",
        // One key only, and no key.
        "SELECT count(*), sum(l.id), sum(r.id) FROM l JOIN r ON l.id % 1 = r.id % 1 WHERE l.id < 60",
        "SELECT r.id, l.id FROM (SELECT * FROM l WHERE id < 6) l FULL JOIN r ON l.id * 0 = r.id * 0 AND r.id % 100 = l.id",
        "SELECT r.id, l.id FROM (SELECT * FROM l WHERE id < 6) l LEFT JOIN r ON r.id % 500 > l.id + 490",
        "SELECT id, t FROM l ORDER BY t DESC, n, id",
        "SELECT t, n, j, x FROM l ORDER BY j DESC NULLS FIRST, x, n DESC, t, id",
        "SELECT id FROM r ORDER BY a NULLS FIRST, id DESC LIMIT 3000 OFFSET 200",
        "SELECT id, a FROM r ORDER BY a DESC, id LIMIT 7", "SELECT id FROM r ORDER BY id LIMIT 9223372036854775807",
        "SELECT id FROM r ORDER BY id LIMIT 9223372036854775807 OFFSET 9223372036854775807", "SELECT id FROM r ORDER BY id OFFSET 3400",
        "SELECT DISTINCT a, t FROM l", "SELECT DISTINCT n, j, x FROM l",
        "SELECT DISTINCT ON (a) a, id FROM l ORDER BY a, id DESC", "SELECT DISTINCT ON (t) t, id FROM l",
        "SELECT a, t, count(*), sum(n), avg(id), max(n) FROM l GROUP BY a, t",
        "SELECT t, a % 10, count(*), sum(id), grouping(t, a % 10) FROM l GROUP BY GROUPING SETS ((t), (a % 10), (t, a % 10), ())",
        "SELECT a, t FROM l UNION SELECT a, t FROM r", "SELECT a, t FROM l INTERSECT SELECT a, t FROM r",
        "SELECT a, t FROM l EXCEPT SELECT a, t FROM r", "SELECT a FROM l INTERSECT ALL SELECT a FROM r",
        "SELECT a FROM l EXCEPT ALL SELECT a FROM r", "SELECT t, id FROM l EXCEPT ALL SELECT t, id FROM r",
        "SELECT id, a, row_number() OVER (PARTITION BY a ORDER BY t, id), sum(id) OVER (PARTITION BY a ORDER BY t, id) FROM l",
        "SELECT id, rank() OVER (PARTITION BY t ORDER BY n DESC) FROM l",
    ]

    private let roomy: TestSession

    init() throws {
        roomy = try TestSession()
        try roomy.rows(Self.setup)
    }

    private func session(memory: Int, file: Int) throws -> TestSession {
        var options = PandoOptions()
        options.queryMemoryLimit = memory
        options.spillLimit = file
        return try TestSession(sharing: roomy, options)
    }

    @Test func sameRowsWithLittleMemory() throws {
        let tight = try session(memory: 1 << 20, file: 1 << 30)
        try tight.rows("SET work_mem = '64kB'")
        for query in Self.queries {
            var (expected, found) = (try roomy.rows(query), try tight.rows(query))
            if !query.contains("ORDER BY") || query.contains("OVER") || query.contains("UNION") {
                expected.sort()
                found.sort()
            }
            #expect(expected == found, "\(query)")
        }
    }

    @Test func withoutFilesMemoryIsTheLimit() throws {
        let (without, with) = (try session(memory: 160 << 10, file: 0), try session(memory: 160 << 10, file: 1 << 30))
        for query in [
            "SELECT l.id, r.id, r.t FROM r JOIN l ON l.a = r.a", "SELECT t, n, j FROM l ORDER BY j, t", "SELECT DISTINCT t, id FROM l",
            "SELECT t, id, sum(n) FROM l GROUP BY t, id", "SELECT t, id FROM l EXCEPT SELECT t, id FROM r",
        ] {
            #expect(without.state(query) == "53200", "\(query)")
            #expect(with.state(query) == nil, "\(query)")
        }
        #expect(without.state("SELECT id FROM l ORDER BY t LIMIT 10") == nil)
    }

    /// One whose rows are others for each row outside keeps none; one that keeps them is refused as soon as there is no room.
    @Test func rowsOfSubqueries() throws {
        let session = try session(memory: 1 << 20, file: 1 << 30)
        let series = "generate_series(1, 200000) b"
        #expect(try session.rows("SELECT count(*) FROM generate_series(1, 3) a WHERE a IN (SELECT b + a FROM \(series))") == ["0"])
        #expect(try session.rows("SELECT a FROM generate_series(1, 3) a WHERE a + 199999 = ANY (SELECT b * a FROM \(series))") == ["1"])
        #expect(try session.rows("SELECT a FROM generate_series(1, 2) a WHERE a <= ALL (SELECT nullif(b, 7) + a FROM \(series))") == [])
        let none = "SELECT b + a FROM \(series) WHERE b < 0"
        #expect(try session.rows("SELECT a FROM generate_series(1, 2) a WHERE a > ALL (\(none))") == ["1", "2"])
        // The row behind which it fails is not read.
        let failing = "SELECT 1 / (100000 - b) FROM \(series)"
        #expect(session.state("SELECT 5 IN (\(failing))") == "53200")
        #expect(session.state("SELECT cardinality(ARRAY(\(failing)))") == "53200")
        #expect(session.state("SELECT 0 IN (\(failing) WHERE b > a) FROM generate_series(1, 1) a") == nil)
    }

    /// What a window keeps beside its rows is counted: arguments, peers, results, and results that have all of their frames in them.
    @Test func windowsAreCounted() throws {
        let session = try session(memory: 640 << 10, file: 1 << 30)
        let series = "FROM (SELECT g FROM generate_series(1, 3000) g) s"
        #expect(session.state("SELECT count(*) FROM (SELECT row_number() OVER () \(series)) r") == nil)
        #expect(session.state("SELECT sum(g) OVER (ORDER BY g ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), \(wide) \(series)") == "53200")
        #expect(session.state("SELECT array_agg(g) OVER (ORDER BY g) FROM generate_series(1, 600) g") == "53200")
        // Each partition by itself is small.
        #expect(
            try session.rows(
                "SELECT sum(s) FROM (SELECT sum(g) OVER (PARTITION BY g % 50 ORDER BY g ROWS 1 PRECEDING) s FROM generate_series(1, 3000) g) r"
            )
                == ["8854225"])
    }

    private let wide = "nth_value(g, 2) OVER (ORDER BY g ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"

    /// Values that a function makes of a text are counted while they are made, and while they are given on.
    @Test func madeValuesAreCounted() throws {
        let session = try session(memory: 4 << 20, file: 1 << 30)
        for many in [
            "string_to_table(repeat('a,', 200000), ',')", "unnest(string_to_array(repeat('a,', 200000), ','))",
            "regexp_split_to_table(repeat('a ', 200000), ' ')", "regexp_matches(repeat('a', 200000), 'a', 'g')",
        ] {
            #expect(session.state("SELECT count(*) FROM \(many)") == "53200", "\(many)")
            #expect(session.state("SELECT \(many)") == "53200", "\(many)")
            #expect(session.state("SELECT count(*) FROM \(many.replacing("200000", with: "1000"))") == nil, "\(many)")
        }
        #expect(
            try session.rows("SELECT count(*), max(a.o) FROM string_to_table(repeat('a,', 3000), ',') WITH ORDINALITY a (v, o)") == [
                "3001|3001"
            ])
        #expect(
            try session.rows("SELECT count(*) FROM (SELECT string_to_table(repeat('a,', 3000), ','), generate_series(1, 4000)) s") == [
                "4000"
            ])
        #expect(try session.rows("SELECT regexp_count(repeat('a', 200000), 'a')") == ["200000"])
    }

    /// What writes takes row by row what it reads, and reads what was there before it.
    @Test func writesStream() throws {
        let session = try session(memory: 256 << 10, file: 0)
        try session.rows("CREATE TABLE big (id int PRIMARY KEY, t text)")
        #expect(session.state("INSERT INTO big SELECT g, repeat('x', 50) FROM generate_series(1, 8000) g") == nil)
        #expect(session.state("INSERT INTO big SELECT id + 8000, t FROM big") == nil)
        #expect(session.state("UPDATE big SET id = id + 16000, t = t || 'y'") == nil)
        #expect(session.state("CREATE TABLE copy AS SELECT id, t FROM big") == nil)
        #expect(session.state("CREATE MATERIALIZED VIEW seen AS SELECT id FROM copy") == nil)
        #expect(session.state("REFRESH MATERIALIZED VIEW seen") == nil)
        #expect(session.state("DELETE FROM big WHERE id % 2 = 0") == nil)
        #expect(
            try session.rows("SELECT (SELECT count(*) FROM big), (SELECT sum(id) FROM copy), (SELECT count(*) FROM seen)")
                == ["8000|\(16000 * 16000 + 16000 * 16001 / 2)|16000"])
        try session.rows("CREATE SEQUENCE s")
        #expect(session.state("INSERT INTO big SELECT 5 + 0 * nextval('s') FROM generate_series(1, 16000)") == "23505")
        #expect(try session.rows("SELECT nextval('s') < 2000") == ["t"])
    }

    /// Keys that may be met again, rows for foreign keys, and those of RETURNING are kept, and counted.
    @Test func whatWritesKeepIsCounted() throws {
        let session = try session(memory: 256 << 10, file: 0)
        try session.rows(
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p); INSERT INTO p VALUES (1)")
        #expect(session.state("INSERT INTO c SELECT g, 1 FROM generate_series(1, 500) g") == nil)
        #expect(session.state("INSERT INTO c SELECT g, 1 FROM generate_series(501, 9000) g") == "53200")
        #expect(session.state("INSERT INTO p SELECT g FROM generate_series(2, 9000) g RETURNING repeat('x', 200)") == "53200")
        try session.rows("CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a SELECT g, 0 FROM generate_series(1, 5000) g")
        #expect(session.state("UPDATE a SET n = 1 FROM generate_series(1, 1) g") == "53200")
        #expect(session.state("UPDATE a SET n = 1") == nil)
    }

    @Test func workMemoryOfTheSession() throws {
        let session = try session(memory: 512 << 20, file: 16 << 10)
        #expect(session.state("SELECT DISTINCT t, id FROM l") == nil)
        try session.rows("SET work_mem = '64kB'")
        #expect(session.state("SELECT DISTINCT t, id FROM l") == "53200")
    }
}
