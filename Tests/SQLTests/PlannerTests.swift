import ReQLish
import TestSupport
import Testing

@testable import SQL

/// What the planner makes of conditions and joins, and what a scan reads without making documents: the same rows as without.
@Suite struct PlannerTests {
    private func plan(_ sql: String, _ session: TestSession) throws -> String {
        try session.rows("EXPLAIN \(sql)").joined(separator: "\n")
    }

    @Test func whatTheSidesOfAnOrHaveInCommonJoins() throws {
        let session = try TestSession()
        try session.rows(
            """
            CREATE TABLE a (id int, x int, y int); INSERT INTO a SELECT i, i % 7, i % 5 FROM generate_series(1, 200) i;
            CREATE TABLE b (id int, z int); INSERT INTO b SELECT i, i % 3 FROM generate_series(1, 300) i
            """)
        let or =
            "SELECT count(*) FROM a, b WHERE (a.id = b.id AND x = 1 AND z = 2) OR (a.id = b.id AND x = 3 AND z = 0) OR (a.id = b.id AND y = 9)"
        #expect(try plan(or, session).contains("Hash Cond"))
        let union =
            "SELECT count(*) FROM a JOIN b USING (id) WHERE x = 1 AND z = 2 OR x = 3 AND z = 0 OR y = 9"
        #expect(try session.rows(or) == session.rows(union))
        // One side that asks for nothing more takes the others with it.
        #expect(
            try session.rows("SELECT count(*) FROM a, b WHERE (a.id = b.id AND x = 1) OR a.id = b.id")
                == session.rows("SELECT count(*) FROM a JOIN b USING (id)"))
        // What an OR says of one table is asked there.
        let restricted = "SELECT count(*) FROM a, b WHERE a.id = b.id AND (x = 1 AND z = 2 OR x = 3 AND z = 0)"
        #expect(try plan(restricted, session).contains("Filter: ((x = 1) OR (x = 3))"))
        #expect(
            try session.rows(restricted)
                == session.rows("SELECT count(*) FROM a JOIN b USING (id) WHERE (x, z) IN ((1, 2), (3, 0))"))
    }

    @Test func manyRowsAreNotLookedUpOneByOne() throws {
        let session = try TestSession()
        try session.rows(
            """
            CREATE TABLE parents (id int PRIMARY KEY, kind text); INSERT INTO parents SELECT i, 'k' || i % 10 FROM generate_series(1, 100) i;
            CREATE TABLE children (id int PRIMARY KEY, parent int, n numeric(9,2));
            INSERT INTO children SELECT i, i % 100 + 1, i / 7.0 FROM generate_series(1, 5000) i;
            CREATE INDEX ON children (parent)
            """)
        for kind in ["kind LIKE 'k%'", "kind = 'k3'", "parents.id = 5", "kind = 'none'"] {
            #expect(
                try session.rows("SELECT count(*), sum(n) FROM parents, children WHERE parents.id = parent AND \(kind)")
                    == session.rows("SELECT count(*), sum(n) FROM children WHERE parent IN (SELECT parents.id FROM parents WHERE \(kind))"))
        }
    }

    @Test func columnsAreReadAsDocumentsAre() throws {
        let session = try TestSession()
        try session.rows(
            #"""
            CREATE TABLE t (id int PRIMARY KEY, i bigint, n numeric, p numeric(12,3), f float8, r real, s text, c char(9), b bool, d date);
            INSERT INTO t VALUES
                (1, 0, 0, 0, 0, 0, '', '', true, '2024-02-29'),
                (2, -1, -1.50, -1.5, -1.5, -1.5, 'plain', 'char', false, '0001-01-01'),
                (3, 9223372036854775807, 12345678901234567.89, 123456789.125, 1e300, 1e30, E'tab\tquote" back\\slash', E'\n', NULL, '9999-12-31'),
                (4, -9223372036854775808, 1e-20, 0.001, 1e-300, 1e-30, 'žluťoučký kůň 🐎 über neun', 'ž', true, '1900-03-01'),
                (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                (6, 1000000000000000000, 1e40, 100, 123456789012345680, 0.1, repeat('x', 5000), 'x', false, '1970-01-01'),
                (7, 42, 42, 42, 42, 42, '{"a": 1}', '2024', true, '2000-01-01')
            """#)
        let columns = "id, i, n, p, f, r, s, c, b, d"
        let known = try session.rows("SELECT \(columns) FROM (SELECT *, _doc FROM t) q WHERE _doc IS NOT NULL ORDER BY id")
        #expect(try session.rows("SELECT \(columns) FROM t ORDER BY id") == known)
        #expect(known.count == 7 && known[1].hasPrefix("2|-1|-1.5|-1.500|-1.5|-1.5|plain|char"))
        for condition in [
            "i > 5", "n < 1", "s <> 'plain'", "b", "d >= '1970-01-01'", "c = 'x'", "f IS NULL", "length(s) > 3 AND i IS NOT NULL",
        ] {
            #expect(
                try session.rows("SELECT \(columns) FROM t WHERE \(condition) ORDER BY id")
                    == session.rows("SELECT \(columns) FROM (SELECT *, _doc FROM t) q WHERE \(condition) AND _doc IS NOT NULL ORDER BY id"))
        }
    }

    @Test func daysAreComparedWithMoments() throws {
        let session = try TestSession()
        try session.rows(
            "CREATE TABLE t (d date); INSERT INTO t SELECT date '1999-12-25' + i FROM generate_series(0, 14) i; INSERT INTO t VALUES (NULL)"
        )
        for moment in [
            "2000-01-01", "2000-01-01 12:00", "1999-12-31 23:59:59.999999", "1999-12-28 00:00:00.000001", "infinity", "-infinity",
        ] {
            for relation in ["<", "<=", ">", ">=", "=", "<>"] {
                #expect(
                    try session.rows("SELECT count(*) FROM t WHERE d \(relation) timestamp '\(moment)'")
                        == session.rows("SELECT count(*) FROM t WHERE d::timestamp \(relation) timestamp '\(moment)'"),
                    "\(relation) \(moment)")
            }
        }
        #expect(
            try session.rows("SELECT count(*) FROM t WHERE d >= date '1999-12-25' AND d < date '1999-12-25' + interval '1 week'") == ["7"])
    }

    @Test func theOrderOfJoinsChangesNoRows() throws {
        let session = try TestSession()
        try session.rows(
            """
            CREATE TABLE region (id int PRIMARY KEY, name text); INSERT INTO region SELECT i, 'r' || i FROM generate_series(1, 5) i;
            CREATE TABLE nation (id int PRIMARY KEY, region int, name text); INSERT INTO nation SELECT i, i % 5 + 1, 'n' || i FROM generate_series(1, 25) i;
            CREATE TABLE customer (id int PRIMARY KEY, nation int); INSERT INTO customer SELECT i, i % 25 + 1 FROM generate_series(1, 300) i;
            CREATE TABLE orders (id int PRIMARY KEY, customer int, day date);
            INSERT INTO orders SELECT i, i % 300 + 1, date '2020-01-01' + i % 365 FROM generate_series(1, 2000) i;
            CREATE INDEX ON customer (nation); CREATE INDEX ON orders (customer)
            """)
        let tables = ["region", "nation", "customer", "orders"]
        let conditions =
            "region.id = nation.region AND nation.id = customer.nation AND customer.id = orders.customer AND region.name = 'r2' AND day < '2020-03-01'"
        let one = try session.rows("SELECT count(*), sum(orders.id) FROM \(tables.joined(separator: ", ")) WHERE \(conditions)")
        let other = try session.rows(
            "SELECT count(*), sum(orders.id) FROM \(tables.reversed().joined(separator: ", ")) WHERE \(conditions)")
        #expect(one == other)
        #expect(
            try session.rows(
                """
                SELECT count(*), sum(id) FROM orders WHERE day < '2020-03-01' AND customer IN (SELECT id FROM customer WHERE nation IN
                    (SELECT id FROM nation WHERE region IN (SELECT id FROM region WHERE name = 'r2')))
                """) == one)
    }
}
