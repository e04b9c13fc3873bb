import Catalog
import Testing

@testable import ReQLish
@testable import SQL

/// What a statement keeps goes with it, and what a session keeps goes with the session.
@Suite struct LeakTests {
    private static let setup = """
        CREATE TABLE a (id int PRIMARY KEY, v text UNIQUE, n int CHECK (n > 0));
        CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
        INSERT INTO a SELECT g, 'v' || g, g FROM generate_series(1, 3000) g;
        INSERT INTO b SELECT g, g FROM generate_series(1, 100) g
        """

    private static let statements = [
        "SELECT 1", "SELECT * FROM a", "WITH x AS (SELECT * FROM a) SELECT count(*) FROM x, x y WHERE x.id = y.id",
        "WITH x AS MATERIALIZED (SELECT * FROM a) SELECT * FROM x LIMIT 1", "SELECT * FROM a WHERE id IN (SELECT a FROM b)",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 2000) SELECT sum(n) FROM r",
        "SELECT (SELECT max(v) FROM a WHERE a.id < b.id) FROM b", "SELECT * FROM a ORDER BY v DESC",
        "SELECT n % 7, array_agg(v) FROM a GROUP BY 1",
        "SELECT sum(n) OVER (PARTITION BY n % 3 ORDER BY id) FROM a", "SELECT * FROM a JOIN b ON a.id = b.a",
        "SELECT DISTINCT n % 10 FROM a",
        "SELECT id FROM a UNION SELECT id FROM b", "SELECT string_agg(repeat('x', 100000), '') = '' FROM generate_series(1, 50)",
        "INSERT INTO a VALUES (5000, 'new', 1) ON CONFLICT DO NOTHING", "INSERT INTO b VALUES (5000, 99999)",
        "UPDATE a SET v = v || 'x' WHERE id < 50 RETURNING *",
        "DELETE FROM b WHERE id < 10 RETURNING id", "WITH w AS (UPDATE a SET n = n + 1 WHERE id < 10 RETURNING *) SELECT * FROM w",
        "MERGE INTO b USING (VALUES (1, 1)) s(id, a) ON b.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a",
        "SELECT 1 / (n - 1) FROM a ORDER BY id", "SELECT nothing FROM a",
        "BEGIN; DECLARE c CURSOR FOR SELECT * FROM a; FETCH 5 FROM c; COMMIT",
        "BEGIN; DECLARE h CURSOR WITH HOLD FOR WITH x AS (SELECT * FROM a) SELECT * FROM x; COMMIT; FETCH 5 FROM h; CLOSE h",
        "CREATE INDEX ON a (n)",
        "ALTER TABLE b ADD COLUMN extra int DEFAULT 5", "EXPLAIN ANALYZE SELECT * FROM a, b",
        "PREPARE p AS SELECT * FROM a WHERE id = $1; EXECUTE p(5); DEALLOCATE p", "BEGIN; INSERT INTO a VALUES (6000, 'y', 0)", "ROLLBACK",
        "SELECT * FROM pg_class", "SET TIME ZONE 'Europe/Paris'; SELECT now()",
    ]

    @Test(arguments: statements)
    func aStatementLeavesNothing(_ statement: String) throws {
        let session = try TestSession()
        try session.rows(Self.setup)
        #expect(session.pando.memoryPool.usedByteCount == 0)
        _ = try? session.rows(statement)
        #expect(session.pando.memoryPool.usedByteCount == 0, "\(statement)")
        // Given up in the middle.
        if let script = try? session.connection.script(statement), let result = try? script.next() {
            _ = try? result.next()
            result.close()
        }
        _ = try? session.connection.sync()
        #expect(session.pando.memoryPool.usedByteCount == 0, "\(statement), given up")
    }

    /// Also where nobody has closed the session.
    @Test func aDatabaseGoesWithTheLastWhoUsesIt() throws {
        weak var watched: Catalog?
        do {
            let session = try TestSession()
            try session.rows(Self.setup + "; CREATE TEMP TABLE t AS SELECT * FROM a; BEGIN; INSERT INTO a VALUES (6000, 'y', 1)")
            watched = session.pando.catalog
        }
        #expect(watched == nil)
    }

    @Test func aSessionLeavesNothing() throws {
        let pando = try TestSession().pando
        weak var watched: Session?
        // A table of the session's own takes memory until it ends.
        for statement in [Self.setup, "CREATE TEMP TABLE t AS SELECT * FROM a"] + Self.statements {
            let connection = try SQLConnection(pando, user: nil, database: "shop")
            watched = connection.session
            if let script = try? connection.script(statement) {
                while let result = try? script.next() {
                    while (try? result.next()) != nil {}
                }
            }
            connection.close()
            _ = consume connection
            #expect(watched == nil, "\(statement)")
            watched = nil
        }
    }
}
