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
}
