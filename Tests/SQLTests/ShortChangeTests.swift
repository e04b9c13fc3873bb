import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Changes of single rows in a block, which a loop of connections makes itself: only what looks at little, and waits for nobody.
@Suite struct ShortChangeTests {
    private func begin(_ connection: SQLConnection) throws {
        _ = try connection.rows("CREATE TABLE t (id int PRIMARY KEY, name text, n int CHECK (n >= 0), at timestamptz DEFAULT now())")
        _ = try connection.rows("CREATE INDEX t_name ON t (name)")
        _ = try connection.rows("INSERT INTO t VALUES (1, 'one', 10), (2, 'two', 20)")
        _ = try connection.rows("CREATE TABLE parent (id int PRIMARY KEY)")
        _ = try connection.rows("CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)")
        _ = try connection.rows("INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)")
        _ = try connection.rows("CREATE TABLE made (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED)")
        _ = try connection.rows("CREATE TABLE looked (id int PRIMARY KEY, name text); CREATE UNIQUE INDEX ON looked (upper(name))")
        _ = try connection.rows("CREATE TABLE slow (id int PRIMARY KEY, name text DEFAULT repeat('x', 1000))")
        _ = try connection.rows("CREATE VIEW v AS SELECT id, n FROM t")
    }

    private func isShort(_ text: String, _ connection: SQLConnection) -> Bool { connection.readScript(text)?.shape == .shortRead }

    @Test func onlySingleRowsOfPlainTablesAreShort() throws {
        let connection = try TestSession().connection
        try begin(connection)
        #expect(isShort("BEGIN", connection))
        for text in ["UPDATE t SET n = 1 WHERE id = 1", "INSERT INTO t VALUES (3, 'three', 30)", "COMMIT", "BEGIN; SELECT 1", "ROLLBACK"] {
            #expect(!isShort(text, connection), "outside of a block: \(text)")
        }
        _ = try connection.rows("BEGIN")
        for text in [
            "UPDATE t SET n = n + 5 WHERE id = 1", "UPDATE t SET n = 1, name = 'uno' WHERE id = 1 AND name = 'one' RETURNING n",
            "INSERT INTO t VALUES (3, 'three', 30)", "INSERT INTO t (id, n, at) VALUES (4, 1, CURRENT_TIMESTAMP), (5, -1 + 2, DEFAULT)",
            "INSERT INTO t (id) VALUES (6) RETURNING id, at", "DELETE FROM t WHERE id = 2", "SELECT name FROM t WHERE id = 1",
            "INSERT INTO slow VALUES (1, 'given')",
        ] {
            #expect(isShort(text, connection) == !text.contains("slow"), "\(text)")
        }
        for text in [
            "UPDATE t SET n = 1", "UPDATE t SET n = 1 WHERE n = 10", "UPDATE t SET n = 1 WHERE id > 1",
            "UPDATE t SET n = length(name) WHERE id = 1",
            "UPDATE t SET n = (SELECT max(n) FROM t) WHERE id = 1", "UPDATE t SET n = u.n FROM t u WHERE t.id = 1 AND u.id = 2",
            "UPDATE t SET name = repeat(name, 1000000) WHERE id = 1", "WITH w AS (SELECT 1) UPDATE t SET n = 1 WHERE id = 1",
            "INSERT INTO t SELECT 7, 'x', 1", "INSERT INTO t VALUES (7, repeat('x', 10), 1)",
            "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
            "INSERT INTO t (id) SELECT generate_series(10, 20)", "DELETE FROM t", "DELETE FROM parent WHERE id = 1",
            "UPDATE parent SET id = 2 WHERE id = 1", "INSERT INTO child VALUES (2, 1)", "INSERT INTO made VALUES (1, 1)",
            "INSERT INTO looked VALUES (1, 'x')", "UPDATE v SET n = 1 WHERE id = 1", "INSERT INTO missing VALUES (1)", "nonsense",
            "UPDATE t SET n = 1 WHERE id = 1; SELECT 1", "COMMIT", "SAVEPOINT a", "BEGIN", "TRUNCATE t", "CREATE TABLE u (id int)",
            "SELECT n FROM t WHERE id = 1 FOR UPDATE",
            "INSERT INTO t VALUES " + (0..<17).map { "(\(100 + $0), 'x', 1)" }.joined(separator: ","),
        ] {
            #expect(!isShort(text, connection), "\(text)")
        }
        _ = try connection.rows("ROLLBACK")
        _ = try connection.rows("BEGIN READ ONLY")
        #expect(!isShort("UPDATE t SET n = 1 WHERE id = 1", connection))
        #expect(isShort("SELECT n FROM t WHERE id = 1", connection))
        _ = try connection.rows("COMMIT")
        _ = try connection.rows("BEGIN ISOLATION LEVEL SERIALIZABLE")
        #expect(!isShort("UPDATE t SET n = 1 WHERE id = 1", connection))
        #expect(!isShort("SELECT n FROM t WHERE id = 1", connection))
        _ = try connection.rows("ROLLBACK")
    }

    /// Runs a text as a connection does that has read it before.
    private func run(_ text: String, _ connection: SQLConnection, short: Bool) throws -> [[String]] {
        let script = try #require(connection.readScript(text))
        #expect((script.shape == .shortRead) == short, "\(text)")
        var rows: [[String]] = []
        while let result = try script.next() {
            while let row = try result.next() {
                rows.append(
                    try zip(row, result.columns ?? []).map { (value, column) throws(SQLError) in
                        try TextOutput.text(value, column.type, connection.functions)
                    })
            }
        }
        connection.awaitClient()
        return rows
    }

    @Test func aBlockOfShortStatementsDoesWhatTheySay() throws {
        let session = try TestSession()
        let connection = session.connection
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        try begin(connection)
        #expect(try run("BEGIN", connection, short: true) == [])
        #expect(try run("UPDATE t SET n = n + 5 WHERE id = 1 RETURNING n", connection, short: true) == [["15"]])
        #expect(try run("SELECT n FROM t WHERE id = 1", connection, short: true) == [["15"]])
        #expect(try run("INSERT INTO t VALUES (3, 'three', 30)", connection, short: true) == [])
        #expect(try run("DELETE FROM t WHERE id = 2", connection, short: true) == [])
        // Others see nothing of it, and neither wait.
        #expect(try run("SELECT n FROM t WHERE id = 1", other, short: true) == [["10"]])
        #expect(try run("BEGIN", other, short: true) == [])
        // Nobody has the turn while clients are waited for.
        #expect(!connection.hasTurn && !other.hasTurn)
        #expect(connection.readScript("COMMIT")?.shape == .shortWrite && connection.hasTurn)
        _ = try run("COMMIT", connection, short: false)
        #expect(try connection.rows("SELECT id, n FROM t ORDER BY id") == ["1|15", "3|30"])
        #expect(try run("UPDATE t SET n = n + 1 WHERE id = 3 RETURNING n", other, short: true) == [["31"]])
        _ = try run("ROLLBACK", other, short: false)
        #expect(try connection.rows("SELECT n FROM t WHERE id = 3") == ["30"])
    }

    @Test func anErrorFailsTheBlock() throws {
        let connection = try TestSession().connection
        try begin(connection)
        for text in [
            "INSERT INTO t VALUES (1, 'again', 1)", "UPDATE t SET n = -1 WHERE id = 1", "UPDATE t SET n = n + 2147483647 WHERE id = 1",
        ] {
            _ = try run("BEGIN", connection, short: true)
            _ = try run("UPDATE t SET name = 'changed' WHERE id = 1", connection, short: true)
            #expect(throws: SQLError.self) { try run(text, connection, short: true) }
            #expect(connection.transactionStatus == .failed)
            #expect(connection.readScript("UPDATE t SET n = 1 WHERE id = 1")?.shape == .any)
            _ = try run("COMMIT", connection, short: false)
            #expect(try connection.rows("SELECT name, n FROM t WHERE id = 1") == ["one|10"])
        }
    }

    @Test func aBlockThatWasSetAsideGoesOnWhereTheTurnIsFree() throws {
        let session = try TestSession()
        let connection = session.connection
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        try begin(connection)
        _ = try run("BEGIN", connection, short: true)
        _ = try run("UPDATE t SET n = 11 WHERE id = 1", connection, short: true)
        // This one waits for the turn, and sets the block aside.
        _ = try other.rows("UPDATE t SET n = 22 WHERE id = 2")
        #expect(!connection.hasTurn)
        #expect(try run("UPDATE t SET n = n + 1 WHERE id = 1", connection, short: true) == [])
        _ = try other.rows("BEGIN; UPDATE t SET n = n + 1 WHERE id = 2")
        // Now that one has the turn, and uses it.
        for text in ["UPDATE t SET n = 13 WHERE id = 1", "COMMIT"] {
            #expect(connection.readScript(text)?.shape == .shortWrite && !connection.hasTurn, "\(text)")
        }
        // A row is read by its key without it.
        #expect(try run("SELECT n FROM t WHERE id = 1", connection, short: true) == [["12"]])
        #expect(try run("SELECT n FROM t WHERE id = 2", connection, short: true) == [["22"]])
        other.awaitClient()
        _ = try run("COMMIT", connection, short: false)
        _ = try run("COMMIT", other, short: false)
        #expect(try connection.rows("SELECT n FROM t ORDER BY id") == ["12", "23"])
    }

    /// What has changed much is not set aside before its grace is over, and is committed where long statements are.
    @Test func aBlockThatHasChangedMuchIsNotShort() throws {
        let connection = try TestSession().connection
        try begin(connection)
        _ = try run("BEGIN", connection, short: true)
        _ = try run("INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1000, 1500) n", connection, short: false)
        #expect(connection.readScript("COMMIT")?.shape == .any)
        _ = try run("COMMIT", connection, short: false)
        #expect(try connection.rows("SELECT count(*) FROM t") == ["503"])
        // What tables there are is more than rows.
        _ = try run("BEGIN", connection, short: true)
        _ = try run("CREATE TABLE small (id int)", connection, short: false)
        #expect(connection.readScript("COMMIT")?.shape == .any)
        _ = try run("COMMIT", connection, short: false)
        #expect(try connection.rows("SELECT count(*) FROM small") == ["0"])
    }

    /// Whoever gave a flush has to wait for the disk before the client is told.
    @Test func commitsLeaveTheWaitForTheDiskToAFlush() throws {
        let session = try TestSession()
        let connection = session.connection
        try begin(connection)
        let flush = DeferredFlush()
        connection.flush = flush
        for (text, owes) in [
            ("UPDATE t SET n = 1 WHERE id = 1", true), ("SELECT n FROM t WHERE id = 1", false), ("BEGIN", false),
            ("UPDATE t SET n = 2 WHERE id = 1", false), ("COMMIT", true), ("BEGIN", false), ("SELECT n FROM t WHERE id = 1", false),
            // What it has read may not be on the disk yet.
            ("COMMIT", true), ("SET synchronous_commit = off", false), ("UPDATE t SET n = 3 WHERE id = 1", false),
        ] {
            _ = try connection.rows(text)
            #expect(flush.takeIsOwed() == owes, "\(text)")
        }
        try flush.wait()
        connection.flush = nil
        #expect(try connection.rows("SELECT n FROM t WHERE id = 1") == ["3"])
    }

    @Test func preparedStatementsAreShortInABlockOnly() throws {
        let connection = try TestSession().connection
        try begin(connection)
        let update = try connection.prepare("UPDATE t SET n = n + $1 WHERE id = $2")
        let beginning = try connection.prepare("BEGIN")
        let commit = try connection.prepare("COMMIT")
        func run(_ statement: PreparedStatement, _ values: SQLValue...) throws {
            let result = try connection.execute(statement, parameters: values)
            while try result.next() != nil {}
            try connection.sync()
        }
        try run(update, .int(1), .int(1))
        #expect(connection.shape(of: update) == .shortWrite)
        #expect(connection.shape(of: beginning) == .shortRead && connection.shape(of: commit) == .any)
        try run(beginning)
        #expect(connection.shape(of: update) == .shortRead && connection.shape(of: beginning) == .any)
        try run(update, .int(1), .int(1))
        #expect(connection.shape(of: update) == .shortRead && connection.shape(of: commit) == .shortWrite)
        try run(commit)
        #expect(connection.shape(of: update) == .shortWrite)
        #expect(try connection.rows("SELECT n FROM t WHERE id = 1") == ["12"])
    }
}
