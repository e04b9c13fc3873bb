import ReQLish
import TestSupport
import Testing

@testable import SQL

/// A change whose plan is kept: it must do what a statement that is bound anew does, whatever has changed meanwhile.
@Suite struct KeptChangeTests {
    private func run(_ statement: PreparedStatement, _ values: SQLValue..., on connection: SQLConnection) throws -> [String] {
        let result = try connection.execute(statement, parameters: values)
        var rows: [String] = []
        while let row = try result.next() {
            let texts = try zip(row, result.columns ?? []).map { (value, column) throws(SQLError) in
                try TextOutput.text(value, column.type, connection.functions)
            }
            rows.append(texts.joined(separator: "|"))
        }
        try connection.sync()
        connection.rest()
        return rows
    }

    private func isKept(_ text: String, _ connection: SQLConnection) throws -> Bool {
        let statement = try connection.prepare(text)
        _ = try connection.rows("BEGIN")
        defer { _ = try? connection.rows("ROLLBACK") }
        let values = statement.parameterTypes.map { $0 == .text ? SQLValue.text("x") : .int(1) }
        _ = try connection.execute(statement, parameters: values)
        return statement.change != nil
    }

    @Test func onlyChangesOfOneTableAreKept() throws {
        let connection = try TestSession().connection
        _ = try connection.rows(
            """
            CREATE TABLE t (id int PRIMARY KEY, name text DEFAULT 'none', n int CHECK (n > 0), at timestamptz DEFAULT now());
            INSERT INTO t VALUES (10, 'ten', 10); CREATE VIEW v AS SELECT id, name FROM t
            """)
        for text in [
            "INSERT INTO t (id, name) VALUES ($1, $2)", "INSERT INTO t (id) VALUES (3), ($1) RETURNING name",
            "UPDATE t SET n = n + $1 WHERE id = $1", "UPDATE t SET at = now()", "DELETE FROM t WHERE id = $1 AND name = $2",
            "INSERT INTO t (id, n) VALUES (10, $1) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
        ] {
            #expect(try isKept(text, connection), "\(text)")
        }
        for text in [
            "INSERT INTO t (id) SELECT $1 + 1", "INSERT INTO v (id) VALUES (3)", "UPDATE t SET n = (SELECT max(n) FROM t)",
            "UPDATE t SET at = 'now'", "DELETE FROM t WHERE at < timestamptz 'yesterday'", "DELETE FROM t USING v WHERE t.id = v.id",
            "WITH a AS (SELECT 1) DELETE FROM t WHERE id = 5", "SELECT 1",
        ] {
            #expect(try !isKept(text, connection), "\(text)")
        }
        // A table of the session may take the name.
        _ = try connection.rows("CREATE TEMP TABLE u (id int)")
        #expect(try !isKept("DELETE FROM t WHERE id = 1", connection))
    }

    @Test func aKeptChangeFollowsEveryDefinition() throws {
        let session = try TestSession()
        let connection = session.connection
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        defer { other.close() }
        _ = try other.rows("CREATE TABLE t (id int PRIMARY KEY, name text DEFAULT 'none', n int)")
        let insert = try connection.prepare("INSERT INTO t (id, n) VALUES ($1, $2) RETURNING name")
        let update = try connection.prepare("UPDATE t SET n = n + $1 WHERE id = $2")
        #expect(try run(insert, .int(1), .int(10), on: connection) == ["none"])
        let kept = try #require(insert.change)
        #expect(try run(insert, .int(2), .int(20), on: connection) == ["none"])
        #expect(insert.change === kept)
        #expect(throws: SQLError.self) { try run(insert, .int(2), .int(20), on: connection) }
        #expect(try run(update, .int(5), .int(2), on: connection) == [])
        #expect(try other.rows("SELECT n FROM t ORDER BY id") == ["10", "25"])

        // What the table asks of its rows changes.
        _ = try other.rows("ALTER TABLE t ALTER name SET DEFAULT 'some', ADD CHECK (n < 100)")
        #expect(try run(insert, .int(3), .int(30), on: connection) == ["some"])
        #expect(insert.change !== kept)
        #expect(throws: SQLError.self) { try run(update, .int(500), .int(1), on: connection) }
        _ = try other.rows("CREATE UNIQUE INDEX t_n ON t (n)")
        #expect(throws: SQLError.self) { try run(insert, .int(4), .int(30), on: connection) }
        _ = try other.rows("DROP INDEX t_n; ALTER TABLE t ADD COLUMN extra int NOT NULL DEFAULT 7")
        #expect(try run(insert, .int(4), .int(30), on: connection) == ["some"])
        #expect(try other.rows("SELECT extra FROM t WHERE id = 4") == ["7"])
        _ = try other.rows("CREATE TABLE s (id int PRIMARY KEY); INSERT INTO s VALUES (30); DELETE FROM t WHERE n <> 30")
        _ = try other.rows("ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES s")
        #expect(throws: SQLError.self) { try run(insert, .int(9), .int(31), on: connection) }

        // In a block that has changed it itself, and goes back.
        _ = try connection.rows("BEGIN; ALTER TABLE t ALTER name SET DEFAULT 'mine'")
        #expect(try run(insert, .int(6), .int(30), on: connection) == ["mine"])
        _ = try connection.rows("ROLLBACK")
        #expect(try run(insert, .int(6), .int(30), on: connection) == ["some"])

        // Another table takes the name, and the table goes.
        _ = try connection.rows("CREATE TEMP TABLE t (id int, name text DEFAULT 'temporary', n int)")
        #expect(try run(insert, .int(7), .int(30), on: connection) == ["temporary"])
        _ = try connection.rows("DROP TABLE pg_temp.t")
        _ = try other.rows("DROP TABLE t")
        #expect(throws: SQLError.self) { try run(insert, .int(8), .int(30), on: connection) }
    }

    @Test func whoMayNoLongerWriteIsRefused() throws {
        let session = try TestSession()
        let admin = session.connection
        _ = try admin.rows(
            "CREATE TABLE t (id int PRIMARY KEY); CREATE ROLE writer LOGIN PASSWORD 'p'; GRANT SELECT, INSERT ON t TO writer")
        let writer = try SQLConnection(session.pando, user: "writer", database: "shop")
        defer { writer.close() }
        let statement = try writer.prepare("INSERT INTO t VALUES ($1)")
        _ = try run(statement, .int(1), on: writer)
        #expect(statement.change != nil)
        _ = try admin.rows("REVOKE INSERT ON t FROM writer")
        #expect(throws: SQLError.self) { try run(statement, .int(2), on: writer) }
        #expect(try admin.rows("SELECT id FROM t") == ["1"])
    }

    @Test func executionsAreCountedByWhetherTheirPlanIsKept() throws {
        let connection = try TestSession().connection
        _ = try connection.rows("CREATE TABLE t (id int PRIMARY KEY, n int)")
        _ = try connection.rows("PREPARE a (int) AS INSERT INTO t VALUES ($1, $1)")
        _ = try connection.rows("PREPARE b AS SELECT count(*) FROM t; PREPARE c AS SELECT 1")
        _ = try connection.rows("EXECUTE a (1); EXECUTE a (2); EXECUTE b; EXECUTE b; EXECUTE b")
        // One that fails is none.
        #expect(connection.state("EXECUTE a (2)") == "23505")
        let read = try connection.prepare("SELECT n FROM t WHERE id = $1")
        connection[statement: "d"] = read
        for id in 1...2 { #expect(try run(read, .int(Int64(id)), on: connection) == ["\(id)"]) }
        #expect(
            try connection.rows(
                """
                SELECT name, from_sql, generic_plans, custom_plans, prepare_time BETWEEN now() - interval '1 hour' AND clock_timestamp()
                FROM pg_prepared_statements ORDER BY name
                """) == ["a|t|2|0|t", "b|t|0|3|t", "c|t|0|0|t", "d|f|2|0|t"])
        // A table that a statement is about may get other columns.
        _ = try connection.rows("ALTER TABLE t ADD COLUMN m int DEFAULT 5")
        _ = try connection.rows("EXECUTE a (3)")
        #expect(try connection.rows("SELECT * FROM t WHERE id = 3") == ["3|3|5"])
    }

    /// A session that rests must not keep the pages of the state that it read last from being used again.
    @Test func whatIsKeptHoldsNoState() throws {
        let connection = try TestSession().connection
        _ = try connection.rows(
            """
            CREATE DOMAIN short AS text CHECK (length(value) < 9);
            CREATE TABLE t (id int PRIMARY KEY, name varchar(9) DEFAULT lower('NONE'), d short DEFAULT 'a', n numeric(9,2) CHECK (n > 0),
                at timestamptz DEFAULT now(), UNIQUE (name, n));
            CREATE UNIQUE INDEX ON t (lower(name)) WHERE n > 5
            """)
        let texts = [
            "INSERT INTO t (id, n) VALUES ($1, $1) RETURNING id, name || d", "UPDATE t SET n = n + $1, name = 'x' || $1 WHERE id = $1",
            "SELECT id, n FROM t WHERE id = $1", "DELETE FROM t WHERE id = $1 AND (name <> 'y' OR n > 3)",
        ]
        var statements: [PreparedStatement] = []
        for text in texts {
            let statement = try connection.prepare(text)
            statements.append(statement)
            _ = try connection.execute(statement, parameters: statement.parameterTypes.map { $0 == .text ? .text("1") : .int(1) }).next()
            weak let state = connection.session.definitions?.state
            #expect(state != nil)
            try connection.sync()
            connection.rest()
            #expect(state == nil, "\(text)")
            #expect(statement.change != nil || statement.shortRead != nil, "\(text)")
        }
    }
}
