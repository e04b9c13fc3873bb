import Catalog
import ReQLish
import Testing

@testable import SQL

/// What is kept for UNIQUE, foreign keys and CREATE INDEX, and what reads by it.
@Suite struct IndexTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    /// The columns of the indexes that the catalog keeps for a table, and how many entries each has.
    private func entries(_ name: String) throws -> [String] {
        let snapshot = try session.pando.catalog.snapshot()
        let database = try #require(try snapshot.database("shop"))
        let table = try #require(try snapshot.table(name, in: database))
        return try table.indexes.map { index in
            guard case .columns(let columns, _) = index.source else { return "?" }
            let all = KeyBounds(upper: .maxval, upperInclusive: true)
            let count = try snapshot.entryCount(of: index, in: table, all) ?? -1
            return "\(index.name)(\(columns.joined(separator: ","))) \(index.isReady ? count : -1)"
        }.sorted()
    }

    /// The lines of a plan.
    private func plan(_ sql: String) throws -> [String] {
        try session.rows("EXPLAIN (COSTS off) \(sql)").map { String($0.drop { $0 == " " || $0 == "-" || $0 == ">" }) }
    }

    @Test func entriesFollowRowsAndDeclarations() throws {
        try session.rows("CREATE TABLE p (id int PRIMARY KEY, u text UNIQUE, v int)")
        try session.rows("CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, u text REFERENCES p (u), e int, UNIQUE (p, e))")
        try session.rows("INSERT INTO p SELECT i, 'u' || i, i % 3 FROM generate_series(1, 10) i; INSERT INTO p VALUES (11, NULL, NULL)")
        try session.rows("INSERT INTO c SELECT i, i, 'u' || i, i FROM generate_series(1, 5) i")
        #expect(try entries("p") == ["p_u_key(u) 11"])
        #expect(try entries("c") == ["c_p_e_key(p,e) 5", "c_u_fkey(u) 5"])
        try session.rows(
            "CREATE INDEX ON p (v, u); CREATE INDEX h ON p USING hash (v); CREATE INDEX ON p (lower(u)); CREATE INDEX ON p (v) WHERE v > 1")
        #expect(try entries("p") == ["h(v) 11", "p_u_key(u) 11", "p_v_u_idx(v,u) 11"])
        try session.rows(
            "DELETE FROM p WHERE id = 9; UPDATE p SET v = 7 WHERE id = 8; ALTER INDEX h RENAME TO k; ALTER TABLE p RENAME v TO w")
        #expect(try entries("p") == ["k(w) 10", "p_u_key(u) 10", "p_v_u_idx(w,u) 10"])
        try session.rows("DROP INDEX k; ALTER TABLE p DROP COLUMN w")
        #expect(try entries("p") == ["p_u_key(u) 10"])
        try session.rows("ALTER TABLE c DROP CONSTRAINT c_u_fkey; TRUNCATE c")
        #expect(try entries("c") == ["c_p_e_key(p,e) 0"])
        try session.rows(
            "BEGIN; CREATE INDEX q ON c (e); INSERT INTO c VALUES (1, 1, 'x', 1); SAVEPOINT s; DROP INDEX q; ROLLBACK TO s; COMMIT")
        #expect(try entries("c") == ["c_p_e_key(p,e) 1", "q(e) 1"])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    @Test func uniqueByEntries() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a text, b numeric, c date, UNIQUE (a, b), UNIQUE NULLS NOT DISTINCT (c))")
        try session.rows("INSERT INTO t VALUES (1, 'x', 1.0, '2020-01-01'), (2, 'x', NULL, NULL)")
        #expect(session.state("INSERT INTO t VALUES (3, 'x', 1.00, '2020-01-02')") == "23505")
        #expect(session.state("INSERT INTO t VALUES (3, 'x', NULL, NULL)") == "23505")
        #expect(session.state("INSERT INTO t VALUES (3, 'x', NULL, '2020-01-02')") == nil)
        #expect(session.state("INSERT INTO t VALUES (4, 'y', 1, '2020-02-01'), (5, 'y', 1, '2020-02-02')") == "23505")
        #expect(session.state("UPDATE t SET b = 1 WHERE id = 2") == "23505")
        #expect(session.state("UPDATE t SET b = 1.00 WHERE id = 1") == nil)
        #expect(session.state("UPDATE t SET id = 9 WHERE id = 1") == nil)
        #expect(session.state("DELETE FROM t WHERE id = 9; INSERT INTO t VALUES (1, 'x', 1, '2020-01-01')") == nil)
        let long = String(repeating: "l", count: 600)
        #expect(session.state("INSERT INTO t VALUES (20, '\(long)1', 1, '2021-01-01'), (21, '\(long)2', 1, '2021-01-02')") == nil)
        #expect(session.state("INSERT INTO t VALUES (22, '\(long)2', 1, '2021-01-03')") == "23505")
        try session.rows("INSERT INTO t VALUES (30, 'x', 1, '2022-01-01') ON CONFLICT (a, b) DO UPDATE SET a = 'z'")
        #expect(try session.rows("SELECT id FROM t WHERE a = 'z'") == ["1"])
        try session.rows("CREATE TABLE two (a int, b text, PRIMARY KEY (a, b)); INSERT INTO two VALUES (1, 'a')")
        #expect(session.state("INSERT INTO two VALUES (1, 'a')") == "23505")
        #expect(session.state("CREATE UNIQUE INDEX ON t (a)") == "23505")
        #expect(try session.pando.catalog.check().problems.isEmpty)
        #expect(session.state("CREATE TABLE e (v float8 UNIQUE); INSERT INTO e VALUES (0), ('-0')") == "23505")
    }

    @Test func foreignKeysByEntries() throws {
        try session.rows("CREATE TABLE p (a int, b int8, n text UNIQUE, PRIMARY KEY (a, b))")
        try session.rows(
            "CREATE TABLE c (x int8, y int4, n varchar REFERENCES p (n) ON DELETE SET NULL, FOREIGN KEY (y, x) REFERENCES p (b, a) ON UPDATE CASCADE)"
        )
        try session.rows("INSERT INTO p VALUES (1, 2, 'one'), (3, 4, 'two'); INSERT INTO c VALUES (1, 2, 'two'), (1, NULL, 'one')")
        #expect(session.state("INSERT INTO c VALUES (2, 1, NULL)") == "23503")
        #expect(session.state("INSERT INTO c VALUES (1, 2, 'three')") == "23503")
        #expect(session.state("DELETE FROM p WHERE a = 1") == "23503")
        try session.rows("DELETE FROM p WHERE a = 3; UPDATE p SET b = 5 WHERE a = 1")
        #expect(try session.rows("SELECT * FROM c ORDER BY y") == ["1|5|NULL", "1|NULL|one"])
        try session.rows(
            "CREATE TABLE s (id int PRIMARY KEY, up int REFERENCES s ON DELETE CASCADE); INSERT INTO s VALUES (1, 2), (2, 1), (3, 3)")
        try session.rows("DELETE FROM s WHERE id = 1")
        #expect(try session.rows("SELECT * FROM s") == ["3|3"])
    }

    private static let conditions = [
        "i = 7", "i < 12", "i > 990", "i >= 990 AND i < 993", "t = 't7'", "t > 't98' AND t <= 't991'", "n = 7.50", "n < 0.5",
        "d = '2020-01-08'",
        "d > '2022-09-20'", "s < '2020-01-01 03:00'", "z >= '2020-02-11 12:00+01'", "b", "b = false",
        "u = '00000000-0000-0000-0000-000000000007'",
        "k = 3 AND i = 13", "k = 3 AND i > 900 AND i <= 913", "k = 3", "k > 8", "i = NULL", "i > NULL", "8 > i", "i = 7.0",
        "i = 99999999999",
        "d < 'infinity' AND d > '2022-09-20'", "s > '0044-03-15 BC'", "n < 'NaN'", "f = 'NaN'", "f > 990", "i IS NULL",
        "k = 3 AND i IS NULL",
        "t = 't7' AND i = 8", "i = 3 AND i = 4", "i < 20 AND i < 3", "i = (SELECT 5)", "c = 'x'", "e = 'two'", "e > 'one'", "y < '\\x07'",
        "h < '01:00'",
        "i IN (3, 5, 5, 2000, NULL)", "i = ANY('{4,6,6}')", "i = ANY(NULL)", "i = 3 OR i = 9 OR i > 995", "i < 5 OR i IS NULL",
        "i > 990 OR i IS NULL",
        "t IN ('t1', 't2') AND i < 100", "k = 3 AND i IN (3, 13, 14)", "k IN (3, 4) AND i < 50", "(i > 3 AND i < 6) OR (i BETWEEN 5 AND 9)",
        "(i > 3 AND k = 5) OR i = 2", "e IN ('two', 'none') AND i < 20", "d IN ('2020-01-08', 'infinity')", "NOT (i >= 5)", "b IS NULL",
        "k IS NULL AND i IS NULL", "k IS NULL OR k = 3 AND i < 30", "n = ANY(ARRAY[7.5, 8.50])", "u IS NULL", "i BETWEEN SYMMETRIC 9 AND 5",
        "k BETWEEN 3 AND 4 AND i IN (3, 4, 5)", "k IS NULL AND i < 3", "i < 3 OR t = 't9'",
    ]

    private static let orders = [
        "i LIMIT 3", "i DESC LIMIT 3", "i DESC NULLS LAST LIMIT 3", "i NULLS FIRST LIMIT 4", "t LIMIT 5 OFFSET 2", "k, i LIMIT 12",
        "k DESC, i DESC LIMIT 12", "k, i DESC LIMIT 5", "n DESC NULLS LAST LIMIT 2", "d LIMIT 1", "s DESC LIMIT 6", "e, i LIMIT 5",
        "y LIMIT 3",
        "i FETCH FIRST 2 ROWS WITH TIES", "i LIMIT 900", "i LIMIT 0", "u DESC LIMIT 3", "i + 1 LIMIT 3", "i",
    ]

    /// Rows come in the order that was asked for, whatever gives it.
    @Test func ordersAgree() throws {
        let columns = "id int PRIMARY KEY, k int, i int UNIQUE, t text, n numeric, d date, s timestamp, e text, y bytea, u uuid"
        let rows = """
            SELECT g, g % 10, nullif(g * 7919 % 1009, 17), repeat('x', 600) || g * 31 % 997, g * 13 % 1000 + 0.5, date '2020-01-01' + g * 7 % 1003,
                timestamp '2020-01-01' + g * interval '1 hour', 'e' || g % 3, decode(lpad(to_hex(g * 11 % 1007), 4, '0'), 'hex'),
                lpad((g * 17 % 1013)::text, 32, '0')::uuid
            FROM generate_series(1, 1000) g
            """
        try session.rows("CREATE TABLE plain (\(columns.replacing(" UNIQUE", with: "").replacing(" PRIMARY KEY", with: "")));")
        try session.rows("CREATE TABLE fast (\(columns)); INSERT INTO plain \(rows); INSERT INTO fast SELECT * FROM plain")
        for column in ["t", "n", "d", "s", "y", "u", "k, i", "e, i"] { try session.rows("CREATE INDEX ON fast (\(column))") }
        for condition in [
            "true", "i > 500", "k = 3", "k IN (3, 5) AND i < 700", "i IS NULL OR i < 20", "id BETWEEN 20 AND 900", "id % 97 = 1",
        ] {
            for order in Self.orders + ["id LIMIT 5", "id DESC LIMIT 5", "id DESC", "k, id LIMIT 5"] {
                let rest = "WHERE \(condition) ORDER BY \(order)"
                let key = order.replacing(" DESC", with: "").split(separator: " ").prefix { !["LIMIT", "FETCH", "NULLS"].contains($0) }
                    .joined()
                let (expected, found) = (
                    try session.rows("SELECT \(key) FROM plain \(rest)"), try session.rows("SELECT \(key) FROM fast \(rest)")
                )
                #expect(expected == found, "\(rest)")
            }
        }
        #expect(try plan("SELECT * FROM fast ORDER BY d LIMIT 3").contains("Index Scan using fast_d_idx on fast"))
        #expect(try plan("SELECT * FROM fast ORDER BY d DESC NULLS FIRST LIMIT 3").contains("Index Scan Backward using fast_d_idx on fast"))
        #expect(try plan("SELECT * FROM fast ORDER BY d DESC NULLS LAST LIMIT 3").contains("Seq Scan on fast"))
        #expect(try plan("SELECT * FROM fast WHERE k = 3 ORDER BY i LIMIT 3").contains("Index Scan using fast_k_i_idx on fast"))
        #expect(try plan("SELECT * FROM fast ORDER BY d").contains("Sort"))
        #expect(try !plan("SELECT * FROM fast ORDER BY id DESC").contains("Sort"))
        #expect(try plan("SELECT * FROM fast WHERE d IN ('2020-01-05', '2020-01-06')").contains("Index Scan using fast_d_idx on fast"))
    }

    /// Every access gives the rows that a scan gives.
    @Test func accessesAgree() throws {
        try session.rows("CREATE TYPE m AS ENUM ('two', 'one', 'none')")
        let columns =
            "k int, i int, t text, n numeric, d date, s timestamp, z timestamptz, b bool, u uuid, f float8, c char(3), e m, y bytea, h time"
        let rows = """
            SELECT i % 10, i, 't' || i, i + 0.5, date '2020-01-01' + i, timestamp '2020-01-01' + i * interval '1 hour',
                timestamptz '2020-01-01 00:00+00' + i * interval '1 hour', i % 2 = 0, lpad(i::text, 32, '0')::uuid, i, 'x',
                (ARRAY['two', 'one', 'none']::m[])[i % 3 + 1], decode(lpad(to_hex(i), 4, '0'), 'hex'), time '00:00' + i * interval '1 minute'
            FROM generate_series(0, 999) i
            """
        try session.rows(
            "CREATE TABLE plain (\(columns)); INSERT INTO plain \(rows); INSERT INTO plain (t) VALUES (NULL); INSERT INTO plain (k) VALUES (3)"
        )
        try session.rows("CREATE TABLE fast (\(columns)); INSERT INTO fast SELECT * FROM plain")
        for column in ["i", "t", "n", "d", "s", "z", "b", "u", "f", "c", "e", "y", "h"] {
            try session.rows("CREATE INDEX ON fast (\(column))")
        }
        try session.rows("CREATE INDEX ON fast (k, i)")
        let sums = "SELECT count(*), sum(i), sum(i * i), sum(k)"
        for condition in Self.conditions {
            let expected = try session.rows("\(sums) FROM plain WHERE \(condition)")
            #expect(try session.rows("\(sums) FROM fast WHERE \(condition)") == expected, "\(condition)")
        }
        let exists = "EXISTS (SELECT FROM fast f WHERE f.i = p.i AND f.k = p.k)"
        #expect(try session.rows("SELECT count(*) FROM plain p WHERE \(exists)") == ["1000"])
        #expect(
            try session.rows("SELECT p.i, (SELECT max(f.i) FROM fast f WHERE f.i < p.i) FROM plain p WHERE p.i < 3 ORDER BY 1") == [
                "0|NULL", "1|0", "2|1",
            ])
    }

    @Test func plansNameIndexes() throws {
        try session.rows(
            "CREATE TABLE t (id int PRIMARY KEY, a int, b text); CREATE INDEX ab ON t (a, b); CREATE TABLE two (a int, b int, PRIMARY KEY (a, b))"
        )
        #expect(try plan("SELECT * FROM t WHERE a = 1").suffix(2) == ["Seq Scan on t", "Filter: (a = 1)"])
        try session.rows("INSERT INTO t SELECT i, i, 'b' FROM generate_series(1, 100) i")
        #expect(try plan("SELECT * FROM t WHERE a = 1").suffix(2) == ["Index Scan using ab on t", "Index Cond: (a = 1)"])
        #expect(
            try plan("SELECT * FROM t WHERE a = 1 AND b >= 'x' AND id > 0").suffix(3)
                == ["Index Scan using ab on t", "Index Cond: ((a = 1) AND (b >= 'x'))", "Filter: (id > 0)"])
        #expect(try plan("SELECT * FROM t WHERE b = 'x'").contains("Seq Scan on t"))
        #expect(try plan("SELECT * FROM t WHERE id = 1 AND a = 1").contains("Index Scan using t_pkey on t"))
        #expect(try plan("SELECT * FROM two WHERE a = 1").contains("Index Scan using two_pkey on two"))
        try session.rows("INSERT INTO two SELECT i % 10, i FROM generate_series(1, 100) i")
        #expect(try session.rows("SELECT count(*), min(b), max(b) FROM two WHERE a = 3") == ["10|3|93"])
        #expect(try session.rows("SELECT count(*) FROM two WHERE a = 3 AND b > 13 AND b <= 43") == ["3"])
        #expect(try session.rows("SELECT count(*) FROM two WHERE a > 7") == ["20"])
        let long = String(repeating: "m", count: 300)
        try session.rows("CREATE TABLE w (k text PRIMARY KEY); INSERT INTO w VALUES ('a'), ('z')")
        #expect(try session.rows("SELECT k FROM w WHERE k < '\(long)'") == ["a"])
        #expect(try session.rows("SELECT k FROM w WHERE k > '\(long)'") == ["z"])
        #expect(try session.rows("SELECT k FROM w WHERE k = '\(long)'").isEmpty)
    }

    @Test func othersReadAndWriteThem() throws {
        try session.rows(
            "CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int, UNIQUE (a, b)); INSERT INTO t VALUES (1, 5, 1), (2, NULL, NULL), (3, 4, 2)"
        )
        #expect(try entries("t") == ["t_a_b_key(a,b) 3", "t_a_key(a) 3"])
        let snapshot = try session.pando.catalog.snapshot()
        let database = try #require(try snapshot.database("shop"))
        let table = try #require(try snapshot.table("t", in: database))
        let index = try #require(table.index(named: "t_a_key"))
        let cursor = try snapshot.entries(of: index, in: table, KeyBounds(upper: .maxval, upperInclusive: true))
        var keys: [Datum] = []
        while let hit = try cursor.next() { keys.append(try hit.document()[field: "id"]?.owned ?? .null) }
        #expect(keys == [3, 1, 2])
        // Whoever writes keeps the entries.
        var transaction = try session.pando.catalog.beginWrite()
        try transaction.put(["id": 9, "a": 9, "b": 9], in: table)
        try transaction.commit()
        #expect(session.state("INSERT INTO t VALUES (10, 9, 1)") == "23505")
        // Without an index all rows are looked at.
        transaction = try session.pando.catalog.beginWrite()
        try transaction.dropIndex("t_a_key", of: table)
        try transaction.commit()
        #expect(session.state("INSERT INTO t VALUES (10, 9, 1)") == "23505")
    }

    /// The constraint that ON CONFLICT names is asked before the others.
    @Test func arbitersComeFirst() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, k text UNIQUE, n int); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)")
        #expect(try session.rows("INSERT INTO t VALUES (1, 'b', 9) ON CONFLICT (k) DO UPDATE SET n = excluded.n RETURNING *") == ["2|b|9"])
        #expect(try session.rows("INSERT INTO t VALUES (1, 'b', 8) ON CONFLICT (id) DO UPDATE SET n = excluded.n RETURNING *") == ["1|a|8"])
        #expect(session.state("INSERT INTO t VALUES (1, 'c', 7) ON CONFLICT (k) DO NOTHING") == "23505")
        #expect(try session.rows("SELECT * FROM t ORDER BY id") == ["1|a|8", "2|b|9"])
    }
}
