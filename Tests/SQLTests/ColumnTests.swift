import TestSupport
import Testing

@testable import ReQLish
@testable import SQL

/// What is computed of columns of stored documents, and what is looked up for rows outside, is what it is by rows and by whole scans.
@Suite struct ColumnTests {
    private static let conditions = [
        "true", "n > 0", "n <= m", "d < date '2024-06-01' + interval '3' day", "d >= e", "s IN ('x', 'y y', 'z\"')", "s <> 'x'", "c = 'ab'",
        "n BETWEEN 0.05 AND 7 AND i < 40", "n > 3 OR i IN (1, 2, 3) AND d > e", "s LIKE '%y%' AND i > 10", "i * 2 > 50 AND n < 5",
        "n = 2.5 OR m IS NULL", "c < 'b' AND s > 'a'", "b", "i > 9000000000000000000",
    ]
    private static let lists = [
        "count(*), sum(n), avg(n), min(n), max(n)", "sum(n * (1 - m)), sum(n * m * n), count(m)",
        "sum(i), avg(i), min(i), max(i), count(i)",
        "min(d), max(d), count(s), count(b)", "sum(i + 1), avg(n - i), sum(huge)",
    ]
    private static let keys = ["", "s", "c", "i", "d", "n", "b", "s, c"]

    private func filled(_ seed: UInt64) throws -> TestSession {
        var generator = SeededGenerator(seed: seed)
        let session = try TestSession()
        try session.rows(
            "CREATE TABLE t (id int PRIMARY KEY, i int8, n numeric(12, 2), m numeric(6, 3), huge numeric(18, 2), d date, e date, s text, "
                + "c char(4), b bool)")
        var rows: [String] = []
        for id in 0..<1500 {
            func maybe(_ text: String) -> String { Int.random(in: 0..<12, using: &generator) == 0 ? "NULL" : text }
            func number(_ range: ClosedRange<Int>, _ scale: Int) -> String {
                "\(Int.random(in: range, using: &generator)) * 1e-\(scale)"
            }
            let day = "date '2024-01-01' + \(Int.random(in: 0..<365, using: &generator))"
            let text = ["x", "y y", "z\"", "", "longer than fifteen bytes", "ä\\n"].randomElement(using: &generator) ?? ""
            let fields = [
                "\(id)", maybe("\(Int.random(in: -5..<60, using: &generator))"), maybe(number(-900...900, 2)), maybe(number(-900...900, 3)),
                maybe(number(0...9_000_000_000_000, 2)), maybe(day), maybe(day), maybe("'\(text)'"),
                maybe("'\(["a", "ab", "b", "abcd"].randomElement(using: &generator) ?? "")'"),
                maybe(Bool.random(using: &generator) ? "true" : "false"),
            ]
            rows.append("(\(fields.joined(separator: ", ")))")
        }
        try session.rows("INSERT INTO t VALUES \(rows.joined(separator: ", "))")
        return session
    }

    @Test(arguments: Fuzzing.seeds(1)) func aggregatesOfColumnsAreThoseOfRows(seed: UInt64) throws {
        let session = try filled(seed)
        for condition in Self.conditions {
            for list in Self.lists {
                for key in Self.keys {
                    let group = key.isEmpty ? "" : " GROUP BY \(key)"
                    let items = key.isEmpty ? list : "\(key), \(list)"
                    let byColumns = try session.rows("SELECT \(items) FROM t WHERE \(condition)\(group)")
                    // What goes through OFFSET is made into rows first.
                    let byRows = try session.rows("SELECT \(items) FROM (SELECT * FROM t OFFSET 0) t WHERE \(condition)\(group)")
                    #expect(byColumns.sorted() == byRows.sorted(), "\(items) WHERE \(condition)\(group)")
                }
            }
            let ids = try session.rows("SELECT id FROM t WHERE \(condition)")
            #expect(try ids == session.rows("SELECT id FROM (SELECT * FROM t OFFSET 0) t WHERE \(condition)"), "\(condition)")
        }
    }

    /// What the bytes of documents are asked for: texts, patterns, memberships.
    @Test(arguments: Fuzzing.seeds(1)) func textsAreTestedWhereTheyLieAsRowsAre(seed: UInt64) throws {
        let session = try filled(seed)
        try session.rows("CREATE TABLE few (x int8, y int4); INSERT INTO few SELECT i, i * 3 FROM generate_series(-3, 20) i")
        try session.rows("INSERT INTO few VALUES (NULL, 7); CREATE INDEX t_i ON t (i)")
        for condition in [
            "c = 'a'", "c = 'a   '", "c <> 'ab'", "c IN ('a', 'abcd', NULL)", "c IN ('b  ', 'zz')", "'b' = c", "NOT c = 'a'",
            "c = 'a' OR c = 'b'", "s LIKE 'x'", "s LIKE '%'", "s LIKE ''", "s LIKE '%y'", "s LIKE 'y%'", "s LIKE '%than%'",
            "s LIKE 'l%than%n%s'", "s LIKE '%e%e%e%'", "s NOT LIKE '%e%'", "s NOT LIKE '%\"'", "s LIKE '%ä%'", "s LIKE '_'",
            "s LIKE 'y%y y%'",
            "s LIKE '%fifteen bytes%' AND c <> 'b'", "NOT (s LIKE 'x%')", "s LIKE NULL", "c LIKE 'a%'", "s LIKE '%x%' OR s LIKE '%y%'",
            "i IN (SELECT x FROM few)", "i NOT IN (SELECT x FROM few WHERE x > 5)", "i IN (SELECT y FROM few)", "id IN (SELECT y FROM few)",
            "id IN (SELECT y FROM few WHERE y > 1000)", "i IN (SELECT id FROM t)", "n IN (SELECT x FROM few)",
            "s IN (SELECT s FROM t WHERE id < 4)", "NOT (i IN (SELECT x FROM few))", "i IN (SELECT x FROM few) OR s = 'x'",
        ] {
            let ids = try session.rows("SELECT id FROM t WHERE \(condition)").sorted()
            let known = try session.rows("SELECT id FROM (SELECT * FROM t OFFSET 0) t WHERE \(condition)").sorted()
            #expect(ids == known, "\(condition)")
            let sums = try session.rows("SELECT s, c, count(*), sum(n) FROM t WHERE \(condition) GROUP BY s, c").sorted()
            let others = try session.rows(
                "SELECT s, c, count(*), sum(n) FROM (SELECT * FROM t OFFSET 0) t WHERE \(condition) GROUP BY s, c")
            #expect(sums == others.sorted(), "\(condition)")
        }
    }

    /// Joins of several tables beside those of the same rows that no scan reads.
    @Test(arguments: Fuzzing.seeds(1)) func whatJoinsTellScansChangesNoRows(seed: UInt64) throws {
        let session = try filled(seed)
        try session.rows(
            """
            CREATE TABLE u (k int8, p int4, q numeric(12, 2), s text);
            INSERT INTO u SELECT CASE WHEN x % 11 = 0 THEN NULL ELSE x % 70 END, x, x % 9 * 1000000, 'x' FROM generate_series(-20, 2600) x;
            CREATE TABLE v (k int8 PRIMARY KEY, w int2, name char(4));
            INSERT INTO v SELECT x, x % 5, 'n' || x % 3 FROM generate_series(0, 40) x;
            CREATE TABLE wide (k int8); INSERT INTO wide VALUES (9223372036854775807), (-9223372036854775808), (5), (7), (0), (NULL);
            CREATE TABLE none (k int8)
            """)
        for query in [
            "SELECT t.id, u.p FROM t, u WHERE t.i = u.k AND t.n > 0", "SELECT t.id, u.p, v.name FROM t, u, v WHERE t.i = u.k AND u.k = v.k",
            "SELECT t.id, v.k FROM t, u, v WHERE t.id = u.p AND t.i = v.k AND v.name = 'n1'",
            "SELECT t.id, v.k FROM t, u, v WHERE t.id = u.p AND t.i = u.k AND v.w = 2 AND v.k = t.i",
            "SELECT t.id, u.p FROM t LEFT JOIN u ON t.i = u.k AND u.p < 100", "SELECT t.id, u.p FROM u LEFT JOIN t ON t.i = u.k",
            "SELECT v.k, u.p FROM v LEFT JOIN u ON v.k = u.p", "SELECT v.k, u.p FROM u RIGHT JOIN v ON v.k = u.p AND u.k > 3",
            "SELECT v.k, u.p FROM v FULL JOIN u ON v.k = u.p",
            "SELECT v.k, t.id, u.p FROM v JOIN (t LEFT JOIN u ON t.id = u.p) ON v.k = t.i",
            "SELECT v.k, t.id, u.p FROM v JOIN (t LEFT JOIN u ON t.id = u.p) ON v.k = u.k",
            "SELECT v.k, t.id, u.p FROM v RIGHT JOIN (t JOIN u ON t.id = u.p) ON v.k = u.k", "SELECT t.id FROM t, wide WHERE t.i = wide.k",
            "SELECT u.p FROM wide, u WHERE u.k = wide.k", "SELECT t.id FROM t, none WHERE t.i = none.k",
            "SELECT t.id, none.k FROM t LEFT JOIN none ON t.i = none.k WHERE t.id < 9",
            "SELECT t.id, count(*) FROM t, u, v WHERE t.i = u.k AND u.k = v.k AND t.i = v.k AND v.w < 3 GROUP BY t.id",
            "SELECT a.id, b.id FROM t a, t b, v WHERE a.i = b.i AND b.i = v.k AND a.id = b.id",
            "SELECT v.k, (SELECT count(*) FROM t, u WHERE t.i = u.k AND u.p = v.k) FROM v",
            "SELECT v.k, x.id FROM v, LATERAL (SELECT t.id FROM t, u WHERE t.i = u.k AND u.p > v.k ORDER BY t.id LIMIT 2) x",
            "SELECT t.id, u.p FROM t, u WHERE t.i = u.k AND t.s = u.s", "SELECT t.id FROM t, u WHERE t.n = u.q",
            "SELECT t.id FROM t, u WHERE t.i = u.p AND t.d > (SELECT min(d) FROM t) AND u.k IN (SELECT k FROM v WHERE w = 1)",
        ] {
            var rows = query
            for table in ["t", "u", "v", "wide", "none"] {
                rows = rows.replacing(" \(table) a", with: " (SELECT * FROM \(table) OFFSET 0) a")
                    .replacing(" \(table) b", with: " (SELECT * FROM \(table) OFFSET 0) b")
                for end in [",", " ", ")"] {
                    for word in ["FROM ", "JOIN ", ", ", "("] {
                        rows = rows.replacing(
                            "\(word)\(table)\(end)", with: "\(word)(SELECT * FROM \(table) OFFSET 0) AS \(table)\(end)")
                    }
                }
            }
            #expect(try session.rows(query).sorted() == session.rows(rows).sorted(), "\(query)")
        }
    }

    /// Several threads read chunks of the documents, some of which have to be looked at as a whole.
    @Test(arguments: [1, 2, 7]) func whatSeveralThreadsReadIsWhatOneReads(threads: Int) throws {
        let session = try filled(9)
        var options = PandoOptions()
        options.scanThreadCount = threads
        options.scanChunkCount = 50
        let other = try TestSession(sharing: session, options)
        for query in [
            "SELECT * FROM t", "SELECT id, s, n FROM t WHERE i > 20", "SELECT id FROM t WHERE s LIKE '%y%'", "SELECT id FROM t LIMIT 700",
            "SELECT s, c, count(*), sum(n), min(d) FROM t GROUP BY s, c", "SELECT sum(n), avg(m), count(i) FROM t WHERE d < '2024-06-01'",
            "SELECT a.id, b.id FROM t a, t b WHERE a.i = b.i AND a.id < 60", "SELECT id FROM t WHERE i IN (SELECT id FROM t WHERE c = 'a')",
            "SELECT count(*) FROM t WHERE id BETWEEN 3 AND 1400 AND b", "SELECT * FROM t WHERE n = 1e9",
        ] {
            #expect(try session.rows(query).sorted() == other.rows(query).sorted(), "\(query)")
        }
        #expect(try session.rows("SELECT id FROM t WHERE n > 0") == other.rows("SELECT id FROM t WHERE n > 0"))
        #expect(other.state("SELECT sum(1 / (id - 1400)) FROM t") == "22012")
    }

    @Test func sumsThatHaveNoPlaceIn64BitsAreExact() throws {
        let session = try TestSession()
        try session.rows(
            """
            CREATE TABLE t (id int PRIMARY KEY, i int8, n numeric(18, 6));
            INSERT INTO t SELECT x, 9223372036854775807, 999999999999.999999 FROM generate_series(1, 100) x
            """)
        #expect(try session.rows("SELECT sum(i), avg(i) FROM t") == ["922337203685477580700|9223372036854775807"])
        #expect(try session.rows("SELECT sum(n), sum(n * n) FROM t") == ["99999999999999.999900|99999999999999999800000000.000000000100"])
        #expect(session.state("SELECT sum(id * 2147483647) FROM t") == "22003")
    }

    /// With and without indexes, as a subquery and as a join.
    @Test func whatIsLookedUpForRowsOutsideIsWhatAScanFinds() throws {
        let session = try filled(3)
        try session.rows(
            """
            CREATE TABLE u (k int, p int, s text, n numeric(12, 2), PRIMARY KEY (k, p));
            INSERT INTO u SELECT x % 300, x, CASE x % 7 WHEN 0 THEN NULL WHEN 1 THEN 'z"' ELSE 'x' END, x % 50 * 0.1
            FROM generate_series(1, 3000) x;
            CREATE TABLE w (id int PRIMARY KEY, g int, x int);
            INSERT INTO w SELECT x, x % 25, x % 1700 FROM generate_series(1, 2500) x
            """)
        var options = PandoOptions()
        options.scanThreadCount = 3
        options.scanChunkCount = 50
        let others = [session, try TestSession(sharing: session, options)]
        let queries = [
            "SELECT id FROM t WHERE EXISTS (SELECT * FROM u WHERE u.k = t.id AND u.n > t.n)",
            "SELECT id FROM t WHERE NOT EXISTS (SELECT * FROM u WHERE u.p = t.id AND u.s <> t.s)",
            "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.s = t.s AND u.p < t.i)",
            "SELECT id, (SELECT max(u.n) FROM u WHERE u.k = t.i) FROM t",
            "SELECT id, (SELECT count(*) FROM u JOIN t v ON v.id = u.p WHERE u.k = t.id AND v.s = t.s) FROM t",
            "SELECT t.id, x.p FROM t, LATERAL (SELECT p FROM u WHERE u.k = t.i ORDER BY p LIMIT 2) x",
            "SELECT t.id, u.p FROM t JOIN u ON u.k = t.i AND u.n < t.n WHERE t.id < 30",
            "SELECT t.id, u.p FROM t LEFT JOIN u ON u.p = t.id AND u.s = t.s WHERE t.id < 200",
            "SELECT t.id, u.p FROM t LEFT JOIN u ON u.k = t.id AND (u.n < t.n OR u.p % 3 = t.id % 2)",
            "SELECT t.id, v.id FROM t LEFT JOIN t v ON v.id = t.i",
            "SELECT t.id, u.p FROM t JOIN u ON u.p = t.id AND u.k = t.i + 20",
            "SELECT id FROM t WHERE EXISTS (SELECT * FROM w WHERE w.g = t.i AND w.x = t.id)",
            "SELECT id FROM t WHERE n > 0 AND NOT EXISTS (SELECT * FROM w WHERE w.g = t.i AND w.x > t.id) AND s <> 'x'",
            "SELECT id FROM t WHERE NOT EXISTS (SELECT * FROM w WHERE w.g = t.i) AND EXISTS (SELECT * FROM u WHERE u.k = t.id)",
            """
            SELECT t.id, u.p FROM t JOIN u ON u.k = t.id WHERE EXISTS (SELECT * FROM u v WHERE v.k = u.k AND v.p <> u.p AND v.n > t.n)
            AND NOT EXISTS (SELECT 1 FROM t x WHERE x.id = u.p AND x.b)
            """,
            "SELECT id FROM t WHERE i < (SELECT count(*) FROM u WHERE u.k = t.id AND u.s <> t.s)",
            "SELECT id FROM t WHERE n < (SELECT sum(u.n) / 2 FROM u WHERE u.k = t.i) AND id > (SELECT min(w.x) FROM w WHERE w.g = t.i)",
            "SELECT t.id, u.p FROM t JOIN u ON u.k = t.id WHERE u.n >= (SELECT avg(v.n) FROM u v WHERE v.k = t.id AND v.p >= u.p)",
            "SELECT id FROM t WHERE length(s) <= length((SELECT string_agg(u.s, ',' ORDER BY u.p) FROM u WHERE u.k = t.id))",
        ]
        var known: [[String]] = []
        for query in queries { known.append(try session.rows(query).sorted()) }
        func check(_ state: String) throws {
            for (query, rows) in zip(queries, known) {
                for (count, session) in zip([1, 3], others) {
                    #expect(try session.rows(query).sorted() == rows, "\(state), \(count) threads: \(query)")
                }
            }
        }
        try session.rows("CREATE INDEX u_p ON u (p); CREATE INDEX u_s ON u (s); CREATE INDEX t_s ON t (s, i); CREATE INDEX w_g ON w (g)")
        try check("indexes")
        try session.rows("ALTER TABLE u DROP CONSTRAINT u_pkey; DROP INDEX u_p; DROP INDEX u_s; DROP INDEX w_g")
        try check("no indexes")
        #expect(known.allSatisfy { !$0.isEmpty })
    }

    /// Sums and counts of different values by groups, beside the same calls with a FILTER, which are computed by objects of their own.
    @Test func sumsOfGroupsAreThoseOfAccumulators() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, g int, n numeric, s text, d float8)")
        let numbers = ["1", "2.50", "-0.001", "NULL", "9223372036854775807", "1e30", "0.00000000000000000001", "1.0"]
        let rows = (0..<900).map { id in
            let number = numbers[id * 7 % 8]
            let text = id % 5 == 0 ? "NULL" : "'s\(id % 13)'"
            return "(\(id), \(id % 9), \(id % 9 == 6 ? "NULL" : number), \(text), \(id % 3 - 1).0)"
        }
        try session.rows("INSERT INTO t VALUES \(rows.joined(separator: ", "))")
        let calls = ["sum(n)", "avg(n)", "sum(n * n)", "count(DISTINCT n)", "count(DISTINCT s)", "count(DISTINCT d * 0)"]
        for group in ["", " GROUP BY g", " GROUP BY GROUPING SETS ((g), (s), ())"] {
            let keys = group.isEmpty ? [] : group == " GROUP BY g" ? ["g"] : ["g", "s"]
            // What tables can't have is made on the way.
            let other = "CASE WHEN id % 27 = 4 THEN 'NaN' WHEN id % 45 = 5 THEN 'Infinity' ELSE n END AS n"
            let from = " FROM (SELECT g, s, d, \(other) FROM t OFFSET 0) t\(group)"
            let plain = try session.rows("SELECT \((keys + calls).joined(separator: ", "))\(from)")
            let filtered = try session.rows("SELECT \((keys + calls.map { $0 + " FILTER (WHERE true)" }).joined(separator: ", "))\(from)")
            #expect(plain.sorted() == filtered.sorted(), "\(group)")
        }
    }
}
