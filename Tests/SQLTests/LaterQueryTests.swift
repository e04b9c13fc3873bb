import Testing

@testable import SQL

/// Queries in FROM and views whose rows are made for what is asked of them.
@Suite struct LaterQueryTests {
    private let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, kind text, price numeric(8,2));
            INSERT INTO orders SELECT i, i % 100, 'k' || i % 3, i FROM generate_series(1, 3000) i;
            CREATE INDEX orders_customer ON orders (customer);
            CREATE TABLE old (id bigint PRIMARY KEY, customer int, price numeric(8,2));
            INSERT INTO old SELECT i, i % 50, i FROM generate_series(1, 1000) i;
            CREATE INDEX old_customer ON old (customer);
            CREATE TABLE customer (id int PRIMARY KEY, name text);
            INSERT INTO customer SELECT i, 'c' || i FROM generate_series(0, 99) i;
            CREATE VIEW sums AS SELECT customer, count(*) AS n, sum(price) AS sum FROM orders GROUP BY customer;
            CREATE VIEW every AS SELECT 'new' AS age, id, customer FROM orders UNION ALL SELECT 'old', id, customer FROM old;
            CREATE VIEW last AS SELECT *, row_number() OVER (PARTITION BY customer ORDER BY id DESC) AS place FROM orders;
            CREATE VIEW named AS SELECT c.id, c.name, sum(o.price) AS sum FROM customer c JOIN orders o ON o.customer = c.id
                GROUP BY c.id, c.name
            """)
    }

    private func plan(_ sql: String) throws -> String {
        try session.rows("EXPLAIN (COSTS off) \(sql)").joined(separator: "\n")
    }

    @Test(arguments: [
        ("SELECT customer, count(*) FROM orders GROUP BY customer HAVING customer = 5 AND count(*) > 1", ["5|30"]),
        ("SELECT n, sum FROM sums WHERE customer = 5", ["30|43650.00"]),
        ("SELECT c.name, s.n FROM customer c JOIN sums s ON s.customer = c.id WHERE s.customer = 7 AND c.id = 7", ["c7|30"]),
        ("SELECT n FROM (SELECT customer + 0 AS c, n FROM (SELECT * FROM sums) r WHERE customer = 5) s WHERE c = 5", ["30"]),
        ("SELECT count(*) FROM (SELECT DISTINCT customer, kind FROM orders) s WHERE customer = 5", ["3"]),
        ("SELECT id FROM last WHERE customer = 5 AND place = 1", ["2905"]),
        ("SELECT id, sum FROM named WHERE id = 5", ["5|43650.00"]),
        ("SELECT id FROM (SELECT * FROM orders ORDER BY price DESC) s WHERE customer = 5 LIMIT 2", ["2905", "2805"]),
        ("SELECT id FROM (SELECT id, customer FROM orders ORDER BY kind, id DESC) s WHERE customer = 5 LIMIT 1", ["2805"]),
        ("SELECT n FROM (SELECT customer, count(*) AS n FROM orders GROUP BY customer ORDER BY sum(price)) s WHERE customer = 5", ["30"]),
        ("SELECT count(*) FROM (SELECT customer FROM orders INTERSECT SELECT customer FROM old) s WHERE customer = 5", ["1"]),
    ])
    func findTheirRowsByIndex(query: String, rows: [String]) throws {
        #expect(try session.rows(query) == rows)
        let plan = try plan(query)
        #expect(plan.contains("Index Scan using orders_customer on orders"), "\(plan)")
    }

    @Test func eachPartOfAUnionIsAsked() throws {
        let both = try plan("SELECT * FROM every WHERE customer = 5")
        for part in ["orders_customer on orders", "old_customer on old"] { #expect(both.contains("Index Scan using " + part), "\(both)") }
        #expect(try session.rows("SELECT age, count(*) FROM every WHERE customer = 5 GROUP BY age ORDER BY age") == ["new|30", "old|20"])
        #expect(try session.rows("SELECT age FROM every WHERE id = 1000 ORDER BY age") == ["new", "old"])
        // What is the same for all rows of a part is asked once.
        let one = try plan("SELECT count(*) FROM every WHERE age = 'old' AND customer = 5")
        #expect(one.contains("One-Time Filter"), "\(one)")
        #expect(try session.rows("SELECT count(*) FROM every WHERE age = 'old' AND customer = 5") == ["20"])
        #expect(try session.rows("SELECT count(*) FROM every WHERE age = 'older'") == ["0"])
        let three = "SELECT id FROM orders UNION SELECT customer FROM old UNION ALL SELECT id FROM customer WHERE name <> 'c7'"
        #expect(try session.rows("SELECT id FROM (\(three)) s WHERE id IN (7, 8, 999) ORDER BY id") == ["7", "8", "8", "999"])
    }

    @Test func theOrderStays() throws {
        let both = "SELECT id FROM orders UNION ALL SELECT id FROM old ORDER BY 1 DESC"
        #expect(try session.rows("SELECT id FROM (\(both)) s WHERE id IN (1, 2)") == ["2", "2", "1", "1"])
        #expect(try session.rows("SELECT id FROM (\(both)) s LIMIT 2") == ["3000", "2999"])
        let kinds = "SELECT DISTINCT kind FROM orders ORDER BY kind DESC"
        #expect(try session.rows("SELECT kind FROM (\(kinds)) s WHERE kind < 'k2'") == ["k1", "k0"])
        let byKey = "SELECT id FROM (SELECT id, price FROM orders ORDER BY id) s"
        #expect(try plan("\(byKey) LIMIT 3").contains("Index Scan using orders_pkey on orders"))
        #expect(try session.rows("\(byKey) WHERE price > 10 LIMIT 3") == ["11", "12", "13"])
    }

    /// What is about whole groups, whole partitions or both sides of EXCEPT is asked of the rows that come out.
    @Test func whatIsLeftIsAskedOfTheRows() throws {
        #expect(try session.rows("SELECT customer FROM sums WHERE n > 29 AND sum > 46400 ORDER BY 1") == ["0", "97", "98", "99"])
        #expect(try session.rows("SELECT count(*) FROM last WHERE id = 5") == ["1"])
        #expect(try session.rows("SELECT place FROM last WHERE id = 5") == ["30"])
        #expect(
            try session.rows("SELECT count(*) FROM (SELECT customer FROM orders EXCEPT SELECT customer FROM old) s WHERE customer < 60")
                == ["10"])
        let sets = "SELECT customer, kind, count(*) FROM orders GROUP BY ROLLUP (customer, kind)"
        #expect(try session.rows("SELECT count FROM (\(sets)) s WHERE customer = 5 ORDER BY kind NULLS LAST") == ["10", "10", "10", "30"])
        #expect(try session.rows("SELECT count FROM (\(sets)) s WHERE customer IS NULL") == ["3000"])
        // One group is there whatever is asked of rows.
        #expect(try session.rows("SELECT * FROM (SELECT count(*) AS n, 1 AS one FROM orders) s WHERE one = 1") == ["3000|1"])
        #expect(try session.rows("SELECT * FROM (SELECT count(*) AS n, 1 AS one FROM orders) s WHERE one = 2") == [])
        #expect(try session.rows("SELECT count(*) FROM orders HAVING 1 = 2") == [])
    }

    @Test func dependOnRowsOutside() throws {
        #expect(
            try session.rows(
                "SELECT c.id, (SELECT s.n FROM sums s WHERE s.customer = c.id) FROM customer c WHERE c.id IN (3, 4) ORDER BY 1")
                == ["3|30", "4|30"])
        #expect(
            try session.rows(
                "SELECT c.id, s.n FROM customer c, LATERAL (SELECT count(*) AS n FROM old WHERE customer = c.id GROUP BY customer) s "
                    + "WHERE c.id < 2 ORDER BY 1") == ["0|20", "1|20"])
        #expect(
            try session.rows(
                "SELECT c.id, s.v FROM customer c, LATERAL (SELECT c.id AS v UNION ALL SELECT id FROM old WHERE id = c.id) s "
                    + "WHERE c.id = 2 AND s.v > 1 ORDER BY 2") == ["2|2", "2|2"])
        #expect(
            try session.rows("SELECT c.id, s.n FROM customer c LEFT JOIN sums s ON s.customer = c.id AND s.customer = 1 ORDER BY 1 LIMIT 3")
                == ["0|NULL", "1|30", "2|NULL"])
    }

    @Test func parametersAndPreparedStatements() throws {
        try session.rows("PREPARE p (int, text) AS SELECT count(*) FROM every WHERE customer = $1 AND age = $2")
        #expect(try session.rows("EXECUTE p (5, 'new')") == ["30"])
        #expect(try session.rows("EXECUTE p (5, 'old')") == ["20"])
        try session.rows("PREPARE q AS SELECT a FROM (SELECT $1 AS a UNION ALL SELECT 'x') s WHERE a = $2")
        #expect(try session.rows("EXECUTE q ('y', 'y')") == ["y"])
        #expect(session.state("SELECT * FROM (SELECT customer, kind FROM orders GROUP BY customer) s WHERE customer = 5") == "42803")
    }
}
