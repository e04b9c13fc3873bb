import Testing

@testable import Catalog
@testable import SQL

/// EXPLAIN in its formats, and of what is no plain query.
@Suite struct ExplainTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE t (a int PRIMARY KEY, b text)")
    }

    @Test func jsonIsOneValueThatCanBeRead() throws {
        let rows = try session.rows("EXPLAIN (FORMAT JSON) SELECT b, count(*) FROM t WHERE a > 1 GROUP BY b ORDER BY b")
        #expect(rows.count == 1)
        let plan = try JSONText.datum(rows.joined())
        #expect(plan[0][field: "Plan"]?[field: "Node Type"]?.string?.isEmpty == false)
        #expect(plan[0][field: "Plan"]?[field: "Plans"]?.kind == .array)
        #expect(try session.types("EXPLAIN (FORMAT JSON) SELECT 1") == [114])
    }

    @Test func otherFormats() throws {
        #expect(try session.rows("EXPLAIN (FORMAT YAML) SELECT 1").joined().hasPrefix("- Plan:\n    Node Type: \""))
        let xml = try session.rows("EXPLAIN (FORMAT XML, COSTS OFF) SELECT * FROM t WHERE a < 1").joined()
        #expect(xml.hasPrefix("<explain xmlns=\"http://www.postgresql.org/2009/explain\">") && xml.hasSuffix("</explain>"))
        #expect(xml.contains("<Node-Type>") && !xml.contains("Total-Cost"))
        #expect(try session.types("EXPLAIN (FORMAT XML) SELECT 1") == [142])
        #expect(session.state("EXPLAIN (FORMAT other) SELECT 1") == "22023")
        #expect(session.state("EXPLAIN (COSTS maybe) SELECT 1") == "42601")
    }

    @Test func cursorsTablesAndPreparedStatements() throws {
        #expect(try !session.rows("EXPLAIN DECLARE c CURSOR FOR SELECT * FROM t").isEmpty)
        #expect(try !session.rows("EXPLAIN CREATE TABLE made AS SELECT 1 AS x").isEmpty)
        #expect(session.state("SELECT * FROM made") == "42P01")
        try session.rows("EXPLAIN ANALYZE CREATE TABLE made AS SELECT 1 AS x")
        #expect(try session.rows("SELECT x FROM made") == ["1"])
        try session.rows("PREPARE add(int, text) AS INSERT INTO t VALUES ($1, $2)")
        #expect(try !session.rows("EXPLAIN EXECUTE add(1, 'x')").isEmpty)
        #expect(try session.rows("SELECT * FROM t") == [])
        try session.rows("EXPLAIN ANALYZE EXECUTE add(1, 'x')")
        #expect(try session.rows("SELECT * FROM t") == ["1|x"])
    }

    @Test func analyzeTellsRowsAndTimes() throws {
        try session.rows("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 10) n")
        let lines = try session.rows("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT * FROM t WHERE b <> 'y'")
        #expect(lines == ["Seq Scan on t (actual rows=10 loops=1)", "  Filter: (b <> 'y')"])
        let timed = try session.rows("EXPLAIN ANALYZE SELECT count(*) FROM t")
        #expect(timed.first?.contains(#/\(cost=.*\) \(actual time=\d+\.\d{3}\.\.\d+\.\d{3} rows=1 loops=1\)/#) == true, "\(timed)")
        #expect(timed.dropLast().last?.wholeMatch(of: #/Planning Time: \d+\.\d{3} ms/#) != nil)
        #expect(timed.last?.wholeMatch(of: #/Execution Time: \d+\.\d{3} ms/#) != nil)
        #expect(try session.rows("EXPLAIN (SUMMARY, COSTS off) SELECT 1").last?.hasPrefix("Planning Time: ") == true)
        #expect(try session.rows("EXPLAIN SELECT 1").allSatisfy { !$0.contains("Time") && !$0.contains("actual") })
        try session.rows("PREPARE few(int) AS SELECT * FROM t WHERE b = 'x' LIMIT $1")
        let prepared = try session.rows("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) EXECUTE few(4)")
        #expect(prepared.first == "Limit (actual rows=4 loops=1)")
        let read = try JSONText.datum(session.rows("EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM t").joined())[0]
        #expect(read[field: "Plan"]?[field: "Actual Rows"]?.integer == 10 && read[field: "Plan"]?[field: "Actual Loops"]?.integer == 1)
        let json = try JSONText.datum(session.rows("EXPLAIN (ANALYZE, FORMAT JSON) UPDATE t SET b = 'z' WHERE b = 'x'").joined())[0]
        #expect(json[field: "Plan"]?[field: "Operation"]?.string == "Update")
        for name in ["Planning Time", "Execution Time"] { #expect(json[field: name]?.kind == .number) }
        #expect(json[field: "Triggers"]?.count == 0)
        #expect(try session.rows("SELECT count(*) FROM t WHERE b = 'z'") == ["10"])
    }

    /// As programs that draw plans look for them.
    @Test func propertiesHavePostgreSQLsNames() throws {
        func plan(_ sql: String) throws -> Datum {
            try JSONText.datum(session.rows("EXPLAIN (FORMAT JSON, COSTS off) \(sql)").joined())[0][field: "Plan"] ?? .null
        }
        func texts(_ node: Datum, _ names: [String]) -> [String] { names.map { node[field: $0]?.string ?? "" } }
        let scan = try plan("SELECT * FROM t WHERE a = 1 ORDER BY b")
        #expect(
            texts(scan, ["Node Type", "Scan Direction", "Index Name", "Relation Name", "Alias"])
                == ["Index Scan", "Forward", "t_pkey", "t", "t"])
        #expect(texts(try plan("SELECT * FROM t x WHERE a > 1"), ["Relation Name", "Alias"]) == ["t", "x"])
        let groups = try plan("SELECT b, count(*) FROM t GROUP BY b")
        #expect(texts(groups, ["Node Type", "Strategy"]) == ["Aggregate", "Hashed"])
        #expect(groups[field: "Group Key"]?[0].string == "b")
        let join = try plan("SELECT * FROM t x LEFT JOIN t y ON y.b = x.b")
        #expect(texts(join, ["Node Type", "Join Type"]) == ["Hash Join", "Left"])
        #expect(join[field: "Plans"]?.count == 2)
        let sort = try plan("SELECT a, b FROM t ORDER BY b, a DESC")
        #expect(sort[field: "Node Type"]?.string == "Sort" && sort[field: "Sort Key"]?[1].string == "a DESC")
        #expect(sort[field: "Plans"]?[0][field: "Parent Relationship"]?.string == "Outer")
        #expect(texts(try plan("DELETE FROM t"), ["Node Type", "Operation", "Relation Name"]) == ["ModifyTable", "Delete", "t"])
    }

    /// As in PostgreSQL, where a step chooses and computes what it gives.
    @Test func columnsAndConditionsBelongToTheStepBelow() throws {
        try session.rows("INSERT INTO t SELECT n, 'b' || n FROM generate_series(1, 100) n")
        for (query, plan) in [
            ("SELECT a + 1 FROM t", ["Seq Scan on t"]),
            ("SELECT upper(b) FROM t WHERE a = 5", ["Index Scan using t_pkey on t", "  Index Cond: (a = 5)"]),
            ("SELECT count(*) + 1 FROM t", ["Aggregate", "  ->  Seq Scan on t"]),
            ("SELECT upper(b) FROM t ORDER BY b LIMIT 3", ["Limit", "  ->  Sort", "        Sort Key: b", "        ->  Seq Scan on t"]),
            (
                "SELECT b, sum(a) + 1 FROM t GROUP BY b HAVING sum(a) > 3",
                ["HashAggregate", "  Group Key: b", "  Filter: (sum > 3)", "  ->  Seq Scan on t"]
            ),
            (
                "SELECT x FROM (SELECT a + 1 AS x FROM t OFFSET 0) s WHERE x > 3",
                ["Subquery Scan on s", "  Filter: (s.x > 3)", "  ->  Limit", "        ->  Seq Scan on t"]
            ),
            ("SELECT a + 1 FROM t UNION ALL SELECT a FROM t", ["Append", "  ->  Seq Scan on t", "  ->  Seq Scan on t"]),
            ("SELECT generate_series(1, a) FROM t", ["ProjectSet", "  ->  Seq Scan on t"]),
            ("SELECT x + 1 FROM generate_series(1, 3) x", ["Function Scan on x"]),
            ("SELECT x + 1 FROM (VALUES (1), (2)) v (x)", ["Values Scan on \"*VALUES*\""]), ("SELECT 1", ["Result"]),
            ("SELECT a FROM t AS x WHERE b LIKE 'b1%'", ["Seq Scan on t x", "  Filter: (b ~~ 'b1%')"]),
            ("SELECT a FROM t x WHERE a % 2 = 1", ["Seq Scan on t x", "  Filter: ((a % 2) = 1)"]),
            ("SELECT a FROM t \"X y\" WHERE upper(b) = 'B'", ["Seq Scan on t \"X y\"", "  Filter: (upper(b) = 'B')"]),
            ("SELECT 1 WHERE now() IS NULL", ["Result", "  One-Time Filter: (now() IS NULL)"]),
        ] {
            #expect(try session.rows("EXPLAIN (COSTS off) \(query)") == plan, "\(query)")
        }
        // The rows of a step are those that it gives on.
        let chosen = "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT b FROM t GROUP BY b HAVING sum(a) > 40"
        #expect(try session.rows(chosen).first == "HashAggregate (actual rows=60 loops=1)")
    }

    private func lines(_ sql: String) throws -> [String] {
        try session.rows(sql).map { String($0.drop { $0 == " " || $0 == "-" || $0 == ">" }) }
    }

    @Test func columnsOfSeveralTablesStandWithTheirs() throws {
        try session.rows("CREATE TABLE u (a int PRIMARY KEY, c int); INSERT INTO u SELECT i, i % 3 FROM generate_series(1, 60) i")
        try session.rows("INSERT INTO t SELECT i, 'b' || i % 5 FROM generate_series(1, 60) i")
        let join = try lines(
            "EXPLAIN (COSTS off) SELECT * FROM t x JOIN u y ON x.b = y.c::text AND x.a < y.a WHERE y.c = 1 ORDER BY x.b, y.a")
        #expect(join.contains { $0.hasPrefix("Hash Cond: (") && $0.contains("x.b") && $0.contains("y.c") }, "\(join)")
        #expect(join.contains("Join Filter: (x.a < y.a)") && join.contains("Filter: (c = 1)"), "\(join)")
        #expect(join.contains("Sort Key: x.b, y.a"))
        let groups = try lines("EXPLAIN (COSTS off) SELECT u.c, count(*) FROM t JOIN u ON t.b = u.c::text GROUP BY u.c")
        #expect(groups.contains("Group Key: u.c"), "\(groups)")
        // Rows that are looked up for those of another table.
        let lookup = try lines("EXPLAIN (COSTS off) SELECT * FROM t JOIN u ON u.a = t.a WHERE t.a = 3")
        #expect(lookup.contains("Index Cond: (a = t.a)") || lookup.contains("Index Cond: (a = u.a)"), "\(lookup)")
        let alone = try lines("EXPLAIN (COSTS off) SELECT c, count(*) FROM u WHERE c > 0 GROUP BY c ORDER BY c")
        #expect(alone.contains("Sort Key: c") && alone.contains("Group Key: c") && alone.contains("Filter: (c > 0)"), "\(alone)")
    }

    @Test func queriesInExpressionsAndTablesOfWithAreShown() throws {
        try session.rows("CREATE TABLE u (a int, c int)")
        for (query, plan) in [
            (
                "SELECT * FROM t WHERE EXISTS (SELECT FROM u WHERE u.c = t.a)",
                ["Seq Scan on t", "  Filter: (SubPlan 1)", "  SubPlan 1", "    ->  Seq Scan on u", "          Filter: (c = t.a)"]
            ),
            (
                "SELECT (SELECT max(c) FROM u WHERE u.a = t.a) FROM t",
                ["Seq Scan on t", "  SubPlan 1", "    ->  Aggregate", "          ->  Seq Scan on u", "                Filter: (a = t.a)"]
            ),
            (
                "WITH w AS MATERIALIZED (SELECT * FROM t WHERE b = 'x') SELECT * FROM w WHERE a > 5",
                ["CTE Scan on w", "  Filter: (a > 5)", "  CTE w", "    ->  Seq Scan on t", "          Filter: (b = 'x')"]
            ),
            ("SELECT DISTINCT b FROM t", ["HashAggregate", "  Group Key: b", "  ->  Seq Scan on t"]),
            (
                "SELECT a FROM t UNION SELECT a FROM u UNION SELECT c FROM u",
                [
                    "HashAggregate", "  Group Key: t.a", "  ->  Append", "        ->  Seq Scan on t", "        ->  Seq Scan on u",
                    "        ->  Seq Scan on u",
                ]
            ),
            (
                "SELECT a FROM t UNION ALL SELECT a FROM u UNION ALL SELECT 1",
                ["Append", "  ->  Seq Scan on t", "  ->  Seq Scan on u", "  ->  Result"]
            ),
            ("SELECT a FROM t EXCEPT ALL SELECT a FROM u", ["HashSetOp Except All", "  ->  Seq Scan on t", "  ->  Seq Scan on u"]),
            ("SELECT DISTINCT ON (b) * FROM t ORDER BY b", ["Unique", "  ->  Sort", "        Sort Key: b", "        ->  Seq Scan on t"]),
        ] {
            #expect(try session.rows("EXPLAIN (COSTS off) \(query)") == plan, "\(query)")
        }
        let recursive = try session.rows(
            "EXPLAIN (COSTS off) WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r")
        #expect(recursive.prefix(3) == ["CTE Scan on r", "  CTE r", "    ->  Recursive Union"], "\(recursive)")
        #expect(recursive.contains { $0.hasSuffix("->  WorkTable Scan on r") }, "\(recursive)")
        let json = try JSONText.datum(
            session.rows(
                "EXPLAIN (FORMAT JSON, COSTS off) WITH w AS MATERIALIZED (SELECT a FROM u) "
                    + "SELECT * FROM t WHERE a IN (SELECT a FROM w WHERE a = t.a)"
            ).joined())[0][field: "Plan"]?[field: "Plans"]
        #expect(json?.elements.map { $0[field: "Subplan Name"]?.string } == ["CTE w", "SubPlan 1"], "\(json ?? .null)")
        #expect(json?[0][field: "Parent Relationship"]?.string == "InitPlan" && json?[0][field: "Parallel Aware"]?.bool == false)
    }

    @Test func estimatesSayHowTheyWereComeBy() throws {
        try session.rows("INSERT INTO t SELECT i, 'b' || i % 7 FROM generate_series(1, 1000) i")
        #expect(try lines("EXPLAIN SELECT * FROM t").contains("Rows: exact"))
        #expect(try lines("EXPLAIN SELECT * FROM t WHERE a = 3").contains("Rows: at most"))
        let sampled = try lines("EXPLAIN SELECT * FROM t WHERE b = 'b3'")
        #expect(
            sampled.contains("Rows: sampled") && sampled.contains { $0.hasPrefix("Seq Scan on t") && $0.contains("rows=140 ") },
            "\(sampled)")
        #expect(try lines("EXPLAIN SELECT * FROM t x JOIN t y ON x.b = y.b").contains { $0.hasPrefix("Hash Join") })
        #expect(try lines("EXPLAIN (COSTS off) SELECT * FROM t").allSatisfy { !$0.hasPrefix("Rows: ") })
        let json = try JSONText.datum(session.rows("EXPLAIN (FORMAT JSON) SELECT * FROM t").joined())[0]
        #expect(json[field: "Plan"]?[field: "Rows"]?.string == "exact", "\(json)")
    }

    @Test func analyzeTellsMemoryAndFiles() throws {
        try session.rows("INSERT INTO t SELECT i, repeat('b', 100) || i % 5 FROM generate_series(1, 5000) i")
        let sort = "SELECT * FROM t ORDER BY b, a"
        func uses(_ sql: String) throws -> [String] {
            try lines("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) \(sql)").filter {
                $0.hasPrefix("Memory") || $0.hasPrefix("Spilled")
            }
        }
        let held = try uses(sort)
        #expect(held.count == 1 && held.first?.wholeMatch(of: #/Memory: [1-9]\d*kB/#) != nil, "\(held)")
        #expect(try uses("SELECT * FROM t").isEmpty)
        #expect(try uses("SELECT * FROM t x JOIN t y ON x.b = y.b AND x.a = y.a").contains { $0.hasPrefix("Memory: ") })
        #expect(try !uses("\(sort) LIMIT 100").isEmpty, "the step is asked in a way of its own")
        try session.rows("SET work_mem = '64kB'")
        let spilled = try uses(sort)
        #expect(spilled.contains { $0.wholeMatch(of: #/Spilled: [1-9]\d*kB/#) != nil }, "\(spilled)")
        let json = try JSONText.datum(session.rows("EXPLAIN (ANALYZE, FORMAT JSON) \(sort)").joined())[0][field: "Plan"] ?? .null
        #expect(json[field: "Spilled"]?.kind == .number && json[field: "Memory"]?.kind == .number, "\(json)")
        #expect(try session.rows("EXPLAIN \(sort)").allSatisfy { !$0.contains("Memory") })
    }
}
