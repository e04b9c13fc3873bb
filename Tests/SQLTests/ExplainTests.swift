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
        #expect(lines == ["Result (actual rows=10 loops=1)", "  ->  Seq Scan on t (actual rows=10 loops=1)", "        Filter: (b <> 'y')"])
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
        let scan = try plan("SELECT * FROM t WHERE a = 1")[field: "Plans"]?[0] ?? .null
        #expect(
            texts(scan, ["Node Type", "Parent Relationship", "Scan Direction", "Index Name", "Relation Name", "Alias"])
                == ["Index Scan", "Outer", "Forward", "t_pkey", "t", "t"])
        let groups = try plan("SELECT b, count(*) FROM t GROUP BY b")[field: "Plans"]?[0] ?? .null
        #expect(texts(groups, ["Node Type", "Strategy"]) == ["Aggregate", "Hashed"])
        #expect(groups[field: "Group Key"]?[0].string == "b")
        let join = try plan("SELECT * FROM t x LEFT JOIN t y ON y.b = x.b")[field: "Plans"]?[0] ?? .null
        #expect(texts(join, ["Node Type", "Join Type"]) == ["Hash Join", "Left"])
        #expect(join[field: "Plans"]?.count == 2)
        let sort = try plan("SELECT a, b FROM t ORDER BY b, a DESC")
        #expect(sort[field: "Node Type"]?.string == "Sort" && sort[field: "Sort Key"]?[1].string == "a DESC")
        #expect(texts(try plan("DELETE FROM t"), ["Node Type", "Operation", "Relation Name"]) == ["ModifyTable", "Delete", "t"])
    }
}
