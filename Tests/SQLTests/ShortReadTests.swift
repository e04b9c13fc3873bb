import ReQLish
import TestSupport
import Testing

@testable import SQL

/// A row by its key, whose plan is kept: it must give what a statement that is bound anew gives, whatever has changed meanwhile.
@Suite struct ShortReadTests {
    private func begin(_ connection: SQLConnection) throws {
        try connection.rows("CREATE TABLE t (id int PRIMARY KEY, name text, n int)")
        try connection.rows("INSERT INTO t VALUES (1, 'one', 10), (2, 'two', 20)")
    }

    /// All rows of a prepared statement.
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
        return rows
    }

    @Test func onlyWhatReadsOneRowIsShort() throws {
        let connection = try TestSession().connection
        try begin(connection)
        _ = try connection.rows("CREATE VIEW v AS SELECT id, upper(name) AS name FROM t")
        for text in [
            "SELECT name, n FROM t WHERE id = 1", "SELECT * FROM t WHERE id = 1 AND name = 'one'", "SELECT t.n FROM t WHERE 1 = id",
            "SELECT name FROM t WHERE id = '1'::int",
        ] {
            #expect(connection.readScript(text)?.shape == .shortRead, "\(text)")
        }
        for text in [
            "SELECT name FROM t", "SELECT name FROM t WHERE n = 10", "SELECT name FROM t WHERE id > 1", "SELECT name FROM v WHERE id = 1",
            "SELECT repeat(name, 100000000) FROM t WHERE id = 1", "SELECT name FROM t WHERE id = 1 FOR UPDATE",
            "SELECT name FROM t WHERE id = 1; SELECT 1", "SELECT name FROM t WHERE id = 1 OR id = 2",
            "SELECT name FROM missing WHERE id = 1",
            "SELECT name FROM t WHERE id = (SELECT max(id) FROM t)", "SELECT count(*) FROM t WHERE id = 1", "DELETE FROM t WHERE id = 1",
            "SELECT a.name FROM t a, t b WHERE a.id = 1", "SELECT name FROM t WHERE id = pg_backend_pid()", "nonsense",
            "SELECT name INTO u FROM t WHERE id = 1", "SELECT DISTINCT name FROM t WHERE id = 1",
        ] {
            #expect(connection.readScript(text)?.shape != .shortRead, "\(text)")
        }
    }

    @Test func aKeptPlanFollowsEveryChange() throws {
        let session = try TestSession()
        let connection = session.connection
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        try begin(connection)
        let statement = try connection.prepare("SELECT name FROM t WHERE id = $1")
        func name(_ id: Int64) throws -> [String] { try run(statement, .int(id), on: connection) }
        #expect(try name(1) == ["one"])
        #expect(connection.shape(of: statement) == .shortRead)
        #expect(try name(2) == ["two"] && name(3) == [] && run(statement, .null, on: connection) == [])

        // Documents change, and it stays.
        _ = try other.rows("UPDATE t SET name = 'uno' WHERE id = 1")
        #expect(connection.shape(of: statement) == .shortRead)
        #expect(try name(1) == ["uno"])

        // The key goes: it reads more than one row, and is bound anew.
        _ = try other.rows("ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (1, 'eins', 0)")
        #expect(connection.shape(of: statement) == .any)
        #expect(try name(1).sorted() == ["eins", "uno"])
        #expect(connection.shape(of: statement) == .any)
        _ = try other.rows("DELETE FROM t WHERE name = 'eins'; ALTER TABLE t ADD PRIMARY KEY (id)")
        #expect(try name(1) == ["uno"])
        #expect(connection.shape(of: statement) == .shortRead)

        // The name leads to another table.
        _ = try connection.rows("CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, name text); INSERT INTO s.t VALUES (1, 'other')")
        #expect(try name(1) == ["uno"])
        _ = try connection.rows("SET search_path = s, public")
        #expect(connection.shape(of: statement) == .any)
        #expect(try name(1) == ["other"])
        _ = try connection.rows("RESET search_path")
        #expect(try name(1) == ["uno"])

        // In a block of its own: what it has changed so far, and what is undone.
        _ = try connection.rows("BEGIN; UPDATE t SET name = 'block' WHERE id = 1")
        #expect(try name(1) == ["block"])
        _ = try connection.rows("SAVEPOINT p; ALTER TABLE t RENAME TO u; CREATE TABLE t (id int PRIMARY KEY, name text)")
        #expect(try name(1) == [])
        _ = try connection.rows("ROLLBACK TO p")
        #expect(try name(1) == ["block"])
        _ = try connection.rows("ROLLBACK")
        #expect(try name(1) == ["uno"])

        // A block that reads one state.
        _ = try connection.rows("BEGIN ISOLATION LEVEL REPEATABLE READ")
        #expect(try name(2) == ["two"])
        _ = try other.rows("UPDATE t SET name = 'due' WHERE id = 2")
        #expect(try name(2) == ["two"])
        _ = try connection.rows("COMMIT")
        #expect(try name(2) == ["due"])

        // A table of the session goes first.
        _ = try connection.rows("CREATE TEMP TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'mine')")
        #expect(try name(1) == ["mine"])
        _ = try connection.rows("DROP TABLE pg_temp.t")
        #expect(try name(1) == ["uno"])

        // Another type is told before it is given.
        _ = try other.rows("ALTER TABLE t ALTER COLUMN name TYPE varchar(9)")
        #expect(throws: SQLError.self) { try name(1) }
    }

    @Test func whoMayNotReadIsRefusedAtOnce() throws {
        let session = try TestSession()
        let admin = session.connection
        try begin(admin)
        _ = try admin.rows("CREATE ROLE reader LOGIN PASSWORD 'p'; GRANT SELECT ON t TO reader")
        let reader = try SQLConnection(session.pando, user: "reader", database: "shop")
        let statement = try reader.prepare("SELECT name FROM t WHERE id = 1")
        #expect(try run(statement, on: reader) == ["one"])
        #expect(reader.shape(of: statement) == .shortRead)
        _ = try admin.rows("REVOKE SELECT ON t FROM reader")
        #expect(reader.shape(of: statement) == .any)
        #expect(throws: SQLError.self) { try run(statement, on: reader) }
        #expect(reader.readScript("SELECT name FROM t WHERE id = 1")?.shape == .any)
    }
}
