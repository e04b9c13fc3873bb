import Testing

@testable import SQL

/// The settings `enable_…`: a way that is off is avoided where there is another one, and the rows are the same.
@Suite struct PlanMethodTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE a (id int PRIMARY KEY, x int, y int, body text);
            INSERT INTO a SELECT i, i % 7, i, CASE WHEN i % 20 = 0 THEN 'a tree' ELSE 'a page' END FROM generate_series(1, 200) i;
            CREATE INDEX a_x ON a (x); CREATE INDEX a_words ON a USING gin (to_tsvector('english', body));
            CREATE TABLE b (id int PRIMARY KEY, x int); INSERT INTO b SELECT i, i % 5 FROM generate_series(1, 100) i;
            CREATE TABLE few (id int PRIMARY KEY, x int); INSERT INTO few SELECT i, i % 2 FROM generate_series(1, 5) i;
            CREATE INDEX few_x ON few (x)
            """)
    }

    private func plan(_ sql: String) throws -> String {
        try session.rows("EXPLAIN (COSTS off) \(sql)").joined(separator: "\n")
    }

    /// Has settings off while something is done.
    private func without(_ names: String..., do body: () throws -> Void) throws {
        for name in names { try session.rows("SET \(name) = off") }
        try body()
        for name in names { try session.rows("RESET \(name)") }
    }

    @Test func scans() throws {
        let query = "SELECT count(*) FROM a WHERE x = 3"
        let known = try session.rows(query)
        #expect(try plan(query).contains("Index Scan using a_x on a"))
        try without("enable_indexscan") { () throws in
            #expect(try plan(query).contains("Seq Scan on a"))
            #expect(try plan("SELECT * FROM a WHERE id = 3").contains("Seq Scan on a"))
            #expect(try session.rows(query) == known)
            #expect(try session.rows("SELECT y FROM a WHERE id = 3") == ["3"])
        }
        try without("enable_indexscan", "enable_seqscan") { () throws in #expect(try plan(query).contains("Index Scan using a_x on a")) }
        #expect(try plan(query).contains("Index Scan using a_x on a"), "reset")
        // Of few rows the index is not asked, unless all else is off.
        #expect(try plan("SELECT * FROM few WHERE x = 1").contains("Seq Scan on few"))
        try without("enable_seqscan") { () throws in
            #expect(try plan("SELECT * FROM few WHERE x = 1").contains("Index Scan using few_x on few"))
            #expect(try session.rows("SELECT id FROM few WHERE x = 1 ORDER BY id") == ["1", "3", "5"])
            #expect(try session.rows("SELECT count(*) FROM a WHERE x >= 0") == ["200"])
            #expect(try plan("SELECT * FROM a WHERE y = 3").contains("Seq Scan on a"), "there is no other way")
            #expect(try session.rows("SELECT id FROM a WHERE y = 3") == ["3"])
        }
    }

    @Test func searchesByWords() throws {
        let query = "SELECT count(*) FROM a WHERE to_tsvector('english', body) @@ to_tsquery('english', 'trees')"
        #expect(try plan(query).contains("Index Scan using a_words on a"))
        #expect(try session.rows(query) == ["10"])
        try without("enable_bitmapscan") { () throws in
            #expect(try plan(query).contains("Seq Scan on a"))
            #expect(try session.rows(query) == ["10"])
        }
    }

    @Test func joins() throws {
        for (query, name) in [
            ("SELECT count(*), sum(a.id + b.id) FROM a JOIN b ON a.x = b.x", "Nested Loop"),
            ("SELECT count(*), sum(a.id + b.id) FROM a JOIN b ON a.y = b.x", "Nested Loop"),
            ("SELECT count(*), sum(a.id + b.id) FROM a JOIN b ON a.y = b.id AND a.x < b.x", "Nested Loop"),
            ("SELECT count(*), sum(a.id) FROM a LEFT JOIN b ON a.y = b.x", "Nested Loop"),
            ("SELECT count(*), sum(b.id) FROM a RIGHT JOIN b ON a.y = b.x AND b.id > 50", "Nested Loop"),
            ("SELECT count(*), sum(a.id) FROM a FULL JOIN b ON a.y = b.x", "Hash Full Join"),
        ] {
            let known = try session.rows(query)
            #expect(try plan(query).contains("Hash"), "\(query)")
            try without("enable_hashjoin", "enable_mergejoin") { () throws in
                let plan = try plan(query)
                #expect(plan.contains(name) && (plan.contains("Hash") == name.hasPrefix("Hash")), "\(plan)")
                #expect(try session.rows(query) == known, "\(query)")
            }
            try without("enable_hashjoin") { () throws in
                let isLookup = query.contains("a.x = b.x") || query.contains("b.id AND")
                #expect(try plan(query).contains("Hash") != isLookup, "a table of hashes is what there is of merge joins: \(query)")
                #expect(try session.rows(query) == known, "\(query)")
            }
            try without("enable_hashjoin", "enable_mergejoin", "enable_nestloop") { () throws in
                #expect(try plan(query).contains("Hash"), "\(query)")
            }
        }
        let lookup = "SELECT a.x FROM a JOIN b ON a.id = b.id WHERE b.id = 5"
        #expect(try plan(lookup).contains("Nested Loop"))
        try without("enable_nestloop") { () throws in
            #expect(try plan(lookup).contains("Hash Join"))
            #expect(try session.rows(lookup) == ["5"])
            #expect(try session.rows("SELECT count(*) FROM few m, few n WHERE m.id < n.id") == ["10"], "there is no other way")
        }
    }

    @Test func orders() throws {
        let query = "SELECT x FROM a ORDER BY x"
        let known = try session.rows(query)
        #expect(try plan(query).contains("Sort Key: x"))
        try without("enable_sort") { () throws in
            #expect(try plan(query).contains("Index Scan using a_x on a"))
            #expect(try !plan(query).contains("Sort"))
            #expect(try session.rows(query) == known)
            #expect(try plan("SELECT x FROM a ORDER BY x DESC").contains("Index Scan Backward using a_x on a"))
            #expect(try session.rows("SELECT x FROM a ORDER BY x DESC") == known.reversed())
            #expect(try plan("SELECT y FROM a ORDER BY y").contains("Sort Key: y"), "there is no other way")
        }
    }

    @Test func plansThatAreKeptGoByTheSettingsOfNow() throws {
        let change = try session.connection.prepare("UPDATE few SET x = x WHERE id = 3")
        func scan() throws -> String {
            let result = try session.connection.execute(change, parameters: [])
            result.close()
            try session.connection.sync()
            return try #require(change.change).bound.plan.scanTitle
        }
        #expect(try scan() == "Index Scan using few_pkey on few")
        try without("enable_indexscan") { () throws in #expect(try scan() == "Seq Scan on few") }
        #expect(try scan() == "Index Scan using few_pkey on few")
        // A block that is undone takes its settings along.
        try session.rows("BEGIN; SET LOCAL enable_indexscan = off")
        #expect(try plan("SELECT * FROM a WHERE x = 3").contains("Seq Scan on a"))
        try session.rows("ROLLBACK")
        #expect(try plan("SELECT * FROM a WHERE x = 3").contains("Index Scan using a_x on a"))
    }
}

extension Plan {
    /// The title of the first scan in it.
    fileprivate var scanTitle: String { self is ScanPlan ? title : children.first?.scanTitle ?? "" }
}
