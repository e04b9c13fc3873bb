import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// What READ COMMITTED promises to clients of PostgreSQL that want the same rows: who waits, what is found then, who is told of a circle;
/// and the anomalies that it lets be, as PostgreSQL's own does.
@Suite(.timeLimit(.minutes(240))) struct PostgresIsolationTests {
    private static let waits = PostgresPlay.waits
    private let clients: PostgresPlay

    init() throws {
        clients = try PostgresPlay(
            """
            CREATE TABLE account (id int PRIMARY KEY, kind text, balance int);
            CREATE INDEX ON account (kind);
            CREATE TABLE parent (id int PRIMARY KEY, note text);
            CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
            INSERT INTO account VALUES (1, 'checking', 600), (2, 'savings', 600), (3, 'checking', 100);
            INSERT INTO parent VALUES (1, 'a'), (2, 'b')
            """)
    }

    private func play(_ steps: [PostgresPlay.Step]) throws { try clients.play(steps) }

    // MARK: What is never

    /// Two that write the same two rows in turns: the rows are in the end what one of them has written.
    @Test func noDirtyWrite() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = 11 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = 21 WHERE id = 1", Self.waits),
            (1, "UPDATE account SET balance = 12 WHERE id = 2", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"), (2, nil, "UPDATE 1"), (3, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "11|12"),
            (2, "UPDATE account SET balance = 22 WHERE id = 2", "UPDATE 1"), (2, "COMMIT", "COMMIT"),
            (3, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "21|22"),
        ])
    }

    /// What is undone, what is changed again before the commit, and what the other one wrote, who reads what this one wrote.
    @Test func noDirtyRead() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = 101 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = 22 WHERE id = 2", "UPDATE 1"), (2, "SELECT balance FROM account WHERE id = 1", "600"),
            (1, "SELECT balance FROM account WHERE id = 2", "600"), (1, "UPDATE account SET balance = 11 WHERE id = 1", "UPDATE 1"),
            (2, "SELECT balance FROM account WHERE id = 1", "600"), (1, "ROLLBACK", "ROLLBACK"),
            (2, "SELECT balance FROM account ORDER BY id", "600|22|100"), (2, "COMMIT", "COMMIT"),
        ])
    }

    /// A transaction that is committed is seen whole by each statement that comes after it.
    @Test func nothingVanishesThatWasSeen() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (3, "BEGIN", "BEGIN"),
            (1, "UPDATE account SET balance = 11 WHERE id = 1", "UPDATE 1"),
            (1, "UPDATE account SET balance = 19 WHERE id = 2", "UPDATE 1"),
            (2, "UPDATE account SET balance = 12 WHERE id = 1", Self.waits),
            (1, "COMMIT", "COMMIT"), (2, nil, "UPDATE 1"), (3, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "11|19"),
            (2, "UPDATE account SET balance = 18 WHERE id = 2", "UPDATE 1"),
            (3, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "11|19"), (2, "COMMIT", "COMMIT"),
            (3, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "12|18"), (3, "COMMIT", "COMMIT"),
        ])
    }

    /// A statement that waited works on what the other one has left, and asks its WHERE again.
    @Test func aStatementThatWaitedLooksAgain() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = balance - 200 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = balance + 450 WHERE id = 1 RETURNING balance", Self.waits), (1, "COMMIT", "COMMIT"),
            (2, nil, "850"),
            (2, "COMMIT", "COMMIT"), (1, "BEGIN", "BEGIN"),
            (1, "UPDATE account SET balance = 2000, kind = 'gold' WHERE id = 1", "UPDATE 1"),
            (2, "DELETE FROM account WHERE id = 1 AND balance < 1500", Self.waits),
            (3, "UPDATE account SET balance = balance + 1 WHERE id = 1 AND kind = 'gold'", "UPDATE 0"), (1, "COMMIT", "COMMIT"),
            (2, nil, "DELETE 0"),
            (3, "SELECT balance FROM account WHERE id = 1", "2000"),
        ])
    }

    @Test func aStatementThatWaitedForARowThatIsGoneDoesNothing() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (1, "DELETE FROM account WHERE id = 1", "DELETE 1"),
            (2, "UPDATE account SET balance = 1 WHERE id = 1", Self.waits), (3, "DELETE FROM account WHERE id = 1", Self.waits),
            (1, "COMMIT", "COMMIT"), (2, nil, "UPDATE 0"), (3, nil, "DELETE 0"), (4, "SELECT count(*) FROM account", "2"),
        ])
    }

    // MARK: Rows that are locked

    @Test func aLockedRowWaitsForNobodyElse() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1 FOR UPDATE", "600"),
            (2, "UPDATE account SET balance = 1 WHERE id = 2", "UPDATE 1"), (2, "BEGIN", "BEGIN"),
            (2, "SELECT balance FROM account WHERE id = 1 FOR UPDATE", Self.waits),
            (4, "SELECT balance FROM account WHERE id = 1", "600"),
            (1, "UPDATE account SET balance = balance + 1 WHERE id = 1", "UPDATE 1"), (1, "COMMIT", "COMMIT"), (2, nil, "601"),
            (3, "DELETE FROM account WHERE id = 1", Self.waits),
            (2, "UPDATE account SET balance = balance + 1 WHERE id = 1 RETURNING balance", "602"), (2, "COMMIT", "COMMIT"),
            (3, nil, "DELETE 1"),
        ])
    }

    @Test func noWaitIsRefusedAtOnce() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1 FOR UPDATE", "600"), (2, "BEGIN", "BEGIN"),
            (2, "SELECT balance FROM account WHERE id = 1 FOR UPDATE NOWAIT", "55P03"), (2, "SELECT 1", "25P02"),
            (2, "ROLLBACK", "ROLLBACK"),
            (2, "SELECT balance FROM account WHERE id = 2 FOR UPDATE NOWAIT", "600"), (1, "COMMIT", "COMMIT"),
            (2, "SELECT balance FROM account WHERE id = 1 FOR UPDATE NOWAIT", "600"),
        ])
    }

    /// What was locked before a savepoint stays so when what came behind it is undone; what was locked behind it doesn't wait for the end.
    @Test func aLockBeforeASavepointStays() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1 FOR UPDATE", "600"), (1, "SAVEPOINT f", "SAVEPOINT"),
            (1, "UPDATE account SET balance = 2 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = balance + 1 WHERE id = 1", Self.waits),
            (1, "ROLLBACK TO f", "ROLLBACK"), (3, "SELECT balance FROM account WHERE id = 1", "600"), (1, "COMMIT", "COMMIT"),
            (2, nil, "UPDATE 1"), (3, "SELECT balance FROM account WHERE id = 1", "601"),
        ])
    }

    // MARK: Circles

    @Test func aCircleOfTwoEndsAtOnce() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = 1 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = 2 WHERE id = 2", "UPDATE 1"), (1, "UPDATE account SET balance = 1 WHERE id = 2", Self.waits),
            (2, "UPDATE account SET balance = 2 WHERE id = 1", "40P01"), (1, nil, "UPDATE 1"), (2, "COMMIT", "ROLLBACK"),
            (1, "COMMIT", "COMMIT"),
            (3, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "1|1"),
        ])
    }

    @Test func aCircleOfFourEndsAtOnce() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (3, "BEGIN", "BEGIN"), (4, "BEGIN", "BEGIN"),
            (1, "INSERT INTO account VALUES (11, 'x', 1)", "INSERT 0 1"), (2, "INSERT INTO account VALUES (12, 'x', 2)", "INSERT 0 1"),
            (3, "INSERT INTO account VALUES (13, 'x', 3)", "INSERT 0 1"), (4, "INSERT INTO account VALUES (14, 'x', 4)", "INSERT 0 1"),
            (1, "INSERT INTO account VALUES (12, 'y', 1)", Self.waits), (2, "INSERT INTO account VALUES (13, 'y', 2)", Self.waits),
            (3, "INSERT INTO account VALUES (14, 'y', 3)", Self.waits), (4, "INSERT INTO account VALUES (11, 'y', 4)", "40P01"),
            (3, nil, "INSERT 0 1"), (4, "ROLLBACK", "ROLLBACK"), (3, "COMMIT", "COMMIT"), (2, nil, "23505"), (2, "ROLLBACK", "ROLLBACK"),
            (1, nil, "INSERT 0 1"), (1, "COMMIT", "COMMIT"),
            (4, "SELECT id, balance FROM account WHERE id > 10 ORDER BY id", "11,1|12,1|13,3|14,3"),
        ])
    }

    // MARK: Unique values

    @Test func onConflictWorksOnWhatWasCommitted() throws {
        let insert = "INSERT INTO account VALUES (9, 'x', 1) ON CONFLICT"
        let update = "\(insert) (id) DO UPDATE SET balance = account.balance + 10 RETURNING balance"
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, update, "1"), (2, update, Self.waits), (1, "COMMIT", "COMMIT"),
            (2, nil, "11"),
            (2, "COMMIT", "COMMIT"), (1, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = 0 WHERE id = 9", "UPDATE 1"),
            (2, update, Self.waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "21"), (3, "\(insert) DO NOTHING", "INSERT 0 0"),
        ])
    }

    // MARK: Foreign keys, and definitions

    @Test func aParentStaysWhileAChildIsBorn() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (1, "INSERT INTO child VALUES (1, 1)", "INSERT 0 1"), (2, "DELETE FROM parent WHERE id = 1", Self.waits),
            (3, "DELETE FROM parent WHERE id = 2", "DELETE 1"), (1, "COMMIT", "COMMIT"), (2, nil, "23503"), (1, "BEGIN", "BEGIN"),
            (1, "DELETE FROM child", "DELETE 1"), (1, "DELETE FROM parent WHERE id = 1", "DELETE 1"),
            (2, "INSERT INTO child VALUES (2, 1)", Self.waits), (1, "COMMIT", "COMMIT"), (2, nil, "23503"),
        ])
    }

    /// Two children of one parent don't wait for each other.
    @Test func childrenOfOneParentDontMeet() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "INSERT INTO child VALUES (1, 1)", "INSERT 0 1"),
            (2, "INSERT INTO child VALUES (2, 1)", "INSERT 0 1"), (1, "COMMIT", "COMMIT"), (2, "COMMIT", "COMMIT"),
            (3, "SELECT count(*) FROM child", "2"),
        ])
    }

    @Test func aTableThatIsUsedIsNotChanged() throws {
        try play([
            (1, "BEGIN", "BEGIN"), (1, "INSERT INTO account VALUES (9, 'x', 9)", "INSERT 0 1"),
            (2, "ALTER TABLE account ADD COLUMN more int", Self.waits), (3, "TRUNCATE account", Self.waits), (1, "ROLLBACK", "ROLLBACK"),
            (2, nil, "ALTER TABLE"), (3, nil, "TRUNCATE TABLE"), (1, "BEGIN", "BEGIN"), (1, "DROP TABLE child", "DROP TABLE"),
            (2, "INSERT INTO child VALUES (3, NULL)", Self.waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "INSERT 0 1"),
        ])
    }

    @Test func mergeWaitsAndLooksAgain() throws {
        let merge = """
            MERGE INTO account USING (VALUES (1), (9)) v (id) ON account.id = v.id
            WHEN MATCHED AND balance > 500 THEN UPDATE SET balance = balance - 500 WHEN MATCHED THEN DELETE
            WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'new', 0)
            """
        try play([
            (1, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = 100 WHERE id = 1", "UPDATE 1"), (2, merge, Self.waits),
            (1, "COMMIT", "COMMIT"),
            (2, nil, "MERGE 2"), (3, "SELECT id, balance FROM account ORDER BY id", "2,600|3,100|9,0"),
        ])
    }

    // MARK: Controls: what READ COMMITTED lets be

    @Test func whatItLetsBe() throws {
        try play([
            // Rows that were not there before.
            (1, "BEGIN", "BEGIN"), (1, "SELECT count(*) FROM account WHERE kind = 'checking'", "2"),
            (2, "INSERT INTO account VALUES (4, 'checking', 0)", "INSERT 0 1"),
            (1, "SELECT count(*) FROM account WHERE kind = 'checking'", "3"),
            (1, "COMMIT", "COMMIT"),
            // A row that was read twice.
            (1, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1", "600"),
            (2, "UPDATE account SET balance = 601 WHERE id = 1", "UPDATE 1"),
            (1, "SELECT balance FROM account WHERE id = 1", "601"),
            // An update that is lost by who wrote what it had decided before.
            (1, "UPDATE account SET balance = 600 + 5 WHERE id = 1", "UPDATE 1"), (1, "COMMIT", "COMMIT"),
            (3, "SELECT balance FROM account WHERE id = 1", "605"),
            // A skew of writes.
            (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "SELECT sum(balance) >= 1200 FROM account WHERE id IN (1, 2)", "t"),
            (2, "SELECT sum(balance) >= 1200 FROM account WHERE id IN (1, 2)", "t"),
            (1, "UPDATE account SET balance = -595 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = -600 WHERE id = 2", "UPDATE 1"), (1, "COMMIT", "COMMIT"), (2, "COMMIT", "COMMIT"),
            (3, "SELECT sum(balance) FROM account WHERE id IN (1, 2)", "-1195"),
        ])
    }

    /// The same at the level that keeps from it, by the wire.
    @Test func serializableRefuses() throws {
        let begin = "BEGIN ISOLATION LEVEL SERIALIZABLE"
        try play([
            (1, begin, "BEGIN"), (2, begin, "BEGIN"), (1, "SELECT sum(balance) >= 1200 FROM account WHERE id IN (1, 2)", "t"),
            (2, "SELECT sum(balance) >= 1200 FROM account WHERE id IN (1, 2)", "t"),
            (1, "UPDATE account SET balance = -600 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE account SET balance = -600 WHERE id = 2", "UPDATE 1"), (1, "COMMIT", "COMMIT"), (2, "COMMIT", "40001"),
            (3, "SELECT sum(balance) FROM account WHERE id IN (1, 2)", "0"),
        ])
    }
}
