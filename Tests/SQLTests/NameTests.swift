import ReQLish
import Testing

@testable import SQL

/// Names: whose fields they are where several open tables are there, and how long they may be.
@Suite struct NameTests {
    let session: TestSession

    init() async throws {
        session = try TestSession()
        try await session.pando.run(r.db("shop").tableCreate("a"))
        try await session.pando.run(r.db("shop").tableCreate("b"))
        try session.rows(
            """
            INSERT INTO a (_doc) VALUES ('{"id": 1, "x": 1, "own": 5}'); INSERT INTO b (_doc) VALUES ('{"id": 1, "x": 2, "z": 3}');
            CREATE TABLE d (k int, y int); INSERT INTO d VALUES (7, 8)
            """)
    }

    /// A field could be of either: which documents have it now decides nothing.
    @Test(arguments: [
        "SELECT x FROM a, b", "SELECT own FROM a, b", "SELECT z FROM a JOIN b ON a.id = b.id", "SELECT a.x FROM a, b WHERE z = 3",
        "SELECT count(*) FROM a, b GROUP BY own", "SELECT a.x AS q FROM a, b ORDER BY other",
        "SELECT x FROM a, LATERAL (SELECT b.z FROM b) s, b",
        "DELETE FROM a USING b WHERE z = 3",
    ])
    func fieldsOfTwoOpenTablesAreAmbiguous(query: String) throws {
        do {
            _ = try session.rows(query)
            Issue.record("\(query) is no error")
        } catch let error as SQLError {
            #expect(error.state.rawValue == "42702" && error.position != nil && error.hint == "Qualify it.", "\(query): \(error)")
        }
    }

    @Test func whatIsNotAmbiguous() throws {
        #expect(try session.rows("SELECT a.x, b.x, z.x FROM a, b, b z") == ["1|2|2"])
        // A declared column is one; what is none is a field of the one open table.
        #expect(try session.rows("SELECT k, y, own FROM a, d") == ["7|8|5"])
        // The nearest query that has an open table takes it.
        #expect(try session.rows("SELECT (SELECT z FROM b) FROM a") == ["3"])
        #expect(try session.rows("SELECT (SELECT own FROM b) FROM a") == ["NULL"])
        #expect(try session.rows("SELECT (SELECT a.own FROM b) FROM a") == ["5"])
        // Names of the result count where they do in PostgreSQL.
        #expect(try session.rows("SELECT a.x AS q FROM a, b ORDER BY q") == ["1"])
    }

    /// Up to 128 bytes; what is longer is refused and not cut.
    @Test func longNames() throws {
        let (longest, longer) = (String(repeating: "n", count: 128), String(repeating: "n", count: 129))
        #expect(try session.rows("SHOW max_identifier_length") == ["128"])
        #expect(session.state("SET max_identifier_length = 3") == "55P02")
        try session.rows("CREATE TABLE \(longest) (a int); CREATE TABLE wide (\(longest) int, b int)")
        try session.rows("INSERT INTO wide VALUES (1, 2); ALTER TABLE wide RENAME b TO c; CREATE INDEX wide_c ON wide (c)")
        #expect(try session.rows("SELECT \(longest) FROM wide") == ["1"])
        for statement in [
            "CREATE TABLE \(longer) (a int)", "CREATE TABLE more (\(longer) int)", "CREATE TABLE more AS SELECT 1 AS \(longer)",
            "CREATE TABLE more (a int CONSTRAINT \(longer) CHECK (a > 0))", "CREATE INDEX \(longer) ON wide (c)",
            "CREATE VIEW \(longer) AS SELECT 1",
            "CREATE SEQUENCE \(longer)", "CREATE SCHEMA \(longer)", "CREATE TYPE \(longer) AS ENUM ('a')", "CREATE DOMAIN \(longer) AS int",
            "ALTER TABLE wide ADD COLUMN \(longer) int", "ALTER TABLE wide RENAME c TO \(longer)", "ALTER TABLE wide RENAME TO \(longer)",
            "ALTER INDEX wide_c RENAME TO \(longer)", "ALTER TABLE wide ADD CONSTRAINT \(longer) UNIQUE (c)",
        ] { #expect(session.state(statement) == "42622", "\(statement.prefix(40))") }
        #expect(try session.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'wide'::regclass AND attnum > 1") == ["c"])
        // What names no object may be longer.
        #expect(try session.rows("SELECT 1 AS \(longer)") == ["1"])
        #expect(session.state("SELECT * FROM \(longer)") == "42P01")
    }
}
