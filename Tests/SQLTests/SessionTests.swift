import ReQLish
import Testing

@testable import SQL

/// Statements that run, in sessions of this process.
@Suite struct SessionTests {
    private func connect() throws -> SQLConnection {
        let pando = try Pando.inMemory()
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("shop")
        try transaction.commit()
        return try SQLConnection(pando, user: nil, database: "shop")
    }

    private func state(_ connection: SQLConnection, _ sql: String) -> String { connection.state(sql) ?? "fine" }

    @Test func expressions() throws {
        let connection = try connect()
        #expect(try connection.rows("SELECT 1 + 2, 'a' || 'b', NULL IS NULL, CASE WHEN 1 > 2 THEN 'x' ELSE 'y' END") == ["3|ab|t|y"])
        #expect(try connection.rows("SELECT ARRAY[1, 2, 3], (ARRAY[1, 2, 3])[2], 2 = ANY (ARRAY[1, 2]), 5 IN (1, 5)") == ["{1,2,3}|2|t|t"])
        #expect(try connection.rows("VALUES (1, 'a'), (2, 'b') ORDER BY 1 DESC") == ["2|b", "1|a"])
    }

    @Test func tables() throws {
        let connection = try connect()
        _ = try connection.rows("CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL, price numeric(10,2) CHECK (price > 0))")
        #expect(
            try connection.rows("INSERT INTO t (name, price) VALUES ('a', 1), ('b', 2.5) RETURNING id, price") == ["1|1.00", "2|2.50"])
        #expect(state(connection, "INSERT INTO t (id, name) VALUES (1, 'c')") == "23505")
        #expect(state(connection, "INSERT INTO t (name) VALUES (NULL)") == "23502")
        #expect(state(connection, "INSERT INTO t (name, price) VALUES ('x', -1)") == "23514")
        #expect(try connection.rows("UPDATE t SET price = price * 2 WHERE id = 2 RETURNING price") == ["5.00"])
        #expect(try connection.rows("SELECT name, sum(price) FROM t GROUP BY name ORDER BY name") == ["a|1.00", "b|5.00"])
        #expect(try connection.rows("DELETE FROM t WHERE id = 1 RETURNING name") == ["a"])
        #expect(try connection.rows("SELECT count(*) FROM t") == ["1"])
    }

    @Test func joinsAndSubqueries() throws {
        let connection = try connect()
        _ = try connection.rows(
            """
            CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a (id), w int);
            INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z'); INSERT INTO b VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30)
            """)
        #expect(
            try connection.rows("SELECT a.v, b.w FROM a LEFT JOIN b ON b.a_id = a.id ORDER BY 1, 2") == ["x|10", "x|20", "y|30", "z|NULL"])
        #expect(
            try connection.rows("SELECT v, (SELECT sum(w) FROM b WHERE a_id = a.id) FROM a ORDER BY id") == ["x|30", "y|30", "z|NULL"])
        #expect(try connection.rows("SELECT v FROM a WHERE id NOT IN (SELECT a_id FROM b) ORDER BY 1") == ["z"])
        #expect(
            try connection.rows("SELECT a.v, l.w FROM a, LATERAL (SELECT w FROM b WHERE a_id = a.id ORDER BY w DESC LIMIT 1) l ORDER BY 1")
                == ["x|20", "y|30"])
        #expect(
            try connection.rows("SELECT w, rank() OVER (PARTITION BY a_id ORDER BY w DESC) FROM b ORDER BY w") == ["10|2", "20|1", "30|1"])
        #expect(
            try connection.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n") == [
                "10"
            ])
        #expect(state(connection, "INSERT INTO b VALUES (4, 9, 1)") == "23503")
        #expect(state(connection, "DELETE FROM a WHERE id = 1") == "23503")
    }

    @Test func transactions() throws {
        let connection = try connect()
        _ = try connection.rows("CREATE TABLE t (a int)")
        _ = try connection.rows("BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; COMMIT")
        #expect(try connection.rows("SELECT a FROM t") == ["1"])
        _ = try connection.rows("BEGIN; INSERT INTO t VALUES (3)")
        #expect(connection.transactionStatus == .inBlock)
        #expect(state(connection, "SELECT 1/0") == "22012")
        #expect(connection.transactionStatus == .failed)
        #expect(state(connection, "SELECT 1") == "25P02")
        _ = try connection.rows("ROLLBACK")
        #expect(try connection.rows("SELECT a FROM t") == ["1"])
        #expect(state(connection, "INSERT INTO t VALUES (4); SELECT 1/0") == "22012")
        #expect(try connection.rows("SELECT a FROM t") == ["1"])
    }

    @Test func parameters() throws {
        let connection = try connect()
        let statement = try connection.prepare("SELECT $1 + 1, $2::text")
        #expect(statement.parameterTypes.map(\.oid) == [23, 25])
        let result = try connection.execute(statement, parameters: [.int(41), .text("x")])
        let row = try #require(try result.next())
        #expect(try TextOutput.text(row[0], .int4, connection.functions) == "42")
        try connection.sync()
    }

    @Test func settingsOfAnApplicationsOwn() throws {
        let session = try TestSession()
        #expect(session.state("SHOW my.setting") == "42704")
        #expect(try session.rows("SET my.setting = 'a'; RESET my.setting; SHOW my.setting") == [""])
        #expect(session.state("SET my.\"bad-name\" = 1") == "42602")
        #expect(session.state("SET nothing = 1") == "42704")
    }

    @Test func tablesOfPreparedStatements() throws {
        let session = try TestSession()
        try session.rows("PREPARE numbers(int) AS SELECT n FROM generate_series(1, $1) AS g(n); CREATE TABLE made AS EXECUTE numbers(3)")
        #expect(try session.rows("SELECT count(*), sum(n) FROM made") == ["3|6"])
        #expect(session.state("CREATE TABLE other AS EXECUTE numbers(1, 2)") == "42601")
        #expect(session.state("CREATE TABLE other AS EXECUTE none") == "26000")
        #expect(try session.rows("EXPLAIN (COSTS OFF) SELECT n INTO other FROM made").isEmpty == false)
        #expect(session.state("SELECT * FROM other") == "42P01")
    }

    /// Settings of the transaction say what it is, as SET TRANSACTION does.
    @Test func settingsOfTheTransactionAreHeldTo() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY)")
        for statement in [
            "SET transaction_read_only = on", "SET LOCAL transaction_read_only TO 'on'",
            "SELECT set_config('transaction_read_only', 'on', true)",
        ] {
            #expect(session.state("BEGIN; \(statement); INSERT INTO t VALUES (1)") == "25006", "\(statement)")
            try session.rows("ROLLBACK")
        }
        #expect(try session.rows("BEGIN; SET transaction_isolation = 'serializable'; SHOW transaction_isolation") == ["serializable"])
        #expect(session.state("SELECT count(*) FROM t; SET transaction_isolation = 'read committed'") == "25001")
        try session.rows("ROLLBACK")
        #expect(session.state("BEGIN; SET transaction_isolation = 'none'") == "22023")
        try session.rows("ROLLBACK")
    }

    @Test func returningTellsTheDocumentAndItsKey() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, x int)")
        #expect(try session.rows("INSERT INTO t VALUES (1, 5) RETURNING _key, _doc->'x'") == ["1|5"])
        #expect(try session.rows("UPDATE t SET id = 2, x = 6 RETURNING id, _key, _doc->>'id', _doc->'x'") == ["2|2|2|6"])
        #expect(try session.rows("DELETE FROM t RETURNING _key, _doc->'x'") == ["2|6"])
    }
}
