import TestTraits
import Testing

@testable import SQL

/// Deferred constraints are asked about what the transaction has written, and about nothing else.
@Suite(.ownThreads) struct DeferredCheckTests {
    private let session: TestSession
    private let one: SQLConnection
    private let other: SQLConnection

    init() throws {
        session = try TestSession()
        one = session.connection
        other = try SQLConnection(session.pando, user: nil, database: "shop")
        other.refuseToWait()
        try session.rows(
            """
            CREATE TABLE p (id int PRIMARY KEY);
            CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p DEFERRABLE INITIALLY DEFERRED, place int UNIQUE DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO p VALUES (1), (2)
            """)
    }

    private func state(_ text: String, _ connection: SQLConnection) -> String? {
        defer { connection.awaitClient() }
        return connection.state(text)
    }

    /// Two that write different rows commit both, one after the other.
    @Test func othersMayHaveWrittenTheTable() throws {
        #expect(state("BEGIN; INSERT INTO c VALUES (1, 1, 1)", one) == nil)
        #expect(state("BEGIN; INSERT INTO c VALUES (2, 2, 2)", other) == nil)
        #expect(state("COMMIT", one) == nil)
        #expect(state("COMMIT", other) == nil)
        #expect(try session.rows("SELECT id FROM c ORDER BY id") == ["1", "2"])
    }

    /// A commit waits for nobody: one that has the same value as another, which is open still, fails.
    @Test func bothAreAskedAtTheirEnd() throws {
        #expect(state("BEGIN; INSERT INTO c VALUES (1, 1, 7)", one) == nil)
        #expect(state("BEGIN; INSERT INTO c VALUES (2, 2, 7)", other) == nil)
        #expect(state("COMMIT", one) == "55P03")
        #expect(state("COMMIT", other) == nil)
        #expect(state("BEGIN; DELETE FROM p WHERE id = 1; INSERT INTO c VALUES (3, 1, 8)", other) == nil)
        #expect(state("COMMIT", other) == "23503")
        #expect(try session.rows("SELECT id FROM c ORDER BY id") == ["2"])
    }

    /// Rows that were there before a key was declared NOT VALID are nobody's matter.
    @Test func otherRowsAreNotLookedAt() throws {
        try session.rows("CREATE TABLE d (id int PRIMARY KEY, p int); INSERT INTO d VALUES (1, 77)")
        try session.rows("ALTER TABLE d ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES p DEFERRABLE INITIALLY DEFERRED NOT VALID")
        #expect(session.state("BEGIN; INSERT INTO d VALUES (2, 1); COMMIT") == nil)
        #expect(session.state("BEGIN; UPDATE d SET id = 9 WHERE id = 1; COMMIT") == nil)
        #expect(session.state("BEGIN; INSERT INTO d VALUES (3, 78); COMMIT") == "23503")
    }

    /// What has gone again, or has come since, is no matter.
    @Test func whatIsThereAtTheEndCounts() throws {
        #expect(session.state("BEGIN; INSERT INTO c VALUES (3, 9, 1); INSERT INTO p VALUES (9); COMMIT") == nil)
        #expect(session.state("BEGIN; INSERT INTO c VALUES (4, 10, 2); UPDATE c SET p = 1 WHERE id = 4; COMMIT") == nil)
        #expect(session.state("BEGIN; INSERT INTO c VALUES (5, 10, 3); DELETE FROM c WHERE id = 5; COMMIT") == nil)
        #expect(session.state("BEGIN; DELETE FROM p WHERE id = 9; INSERT INTO p VALUES (9); COMMIT") == nil)
        #expect(session.state("BEGIN; DELETE FROM p WHERE id = 9; COMMIT") == "23503")
        #expect(session.state("BEGIN; UPDATE c SET place = 2 WHERE id = 3; UPDATE c SET place = 1 WHERE id = 4; COMMIT") == nil)
        #expect(session.state("BEGIN; UPDATE c SET place = 2 WHERE id = 4; COMMIT") == "23505")
        #expect(session.state("BEGIN; SAVEPOINT s; INSERT INTO c VALUES (6, 10, 4); ROLLBACK TO s; COMMIT") == nil)
        let error = session.refusal("BEGIN; INSERT INTO c VALUES (6, 10, 4); COMMIT")
        #expect(error?.message == #"insert or update on table "c" violates foreign key constraint "c_p_fkey""#)
        #expect(error?.detail == #"Key (p)=(10) is not present in table "p"."#)
    }

    /// Going back to a savepoint brings back what was to be asked then, though it was asked since, and nothing else.
    @Test func savepointsKnowWhatWasNoted() throws {
        #expect(
            session.state(
                """
                BEGIN; INSERT INTO c VALUES (3, 9, 1); SAVEPOINT s; INSERT INTO p VALUES (9); SET CONSTRAINTS ALL IMMEDIATE;
                SET CONSTRAINTS ALL DEFERRED; INSERT INTO c VALUES (4, 10, 2); ROLLBACK TO s; COMMIT
                """) == "23503")
        let undone = "SAVEPOINT s; INSERT INTO c VALUES (4, 9, 2); ROLLBACK TO s"
        #expect(session.state("BEGIN; INSERT INTO c VALUES (3, 1, 1); \(undone); COMMIT") == nil)
        #expect(
            session.state(
                """
                BEGIN; INSERT INTO c VALUES (5, 9, 5); SAVEPOINT s; INSERT INTO c VALUES (6, 9, 6); RELEASE s; SAVEPOINT s;
                INSERT INTO c SELECT g, 9, g FROM generate_series(10, 20010) g; ROLLBACK TO s; INSERT INTO p VALUES (9); COMMIT
                """) == nil)
        #expect(
            session.state(
                """
                BEGIN; SAVEPOINT s; INSERT INTO p VALUES (12); INSERT INTO c VALUES (7, 12, 7); SET CONSTRAINTS ALL IMMEDIATE;
                SET CONSTRAINTS ALL DEFERRED; DELETE FROM p WHERE id = 12; COMMIT
                """) == "23503")
    }

    @Test func columnsMayChangeMeanwhile() throws {
        #expect(session.state("BEGIN; INSERT INTO c VALUES (3, 9, 1); ALTER TABLE c RENAME p TO q; COMMIT") == "23503")
        #expect(session.state("BEGIN; INSERT INTO c VALUES (3, 9, 1); ALTER TABLE c DROP COLUMN p; COMMIT") == "55006")
        try session.rows("ROLLBACK")
    }

    /// A label may get another name before it is asked what rows with it refer to.
    @Test func labelsMayChangeMeanwhile() throws {
        try session.rows("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE m (m mood PRIMARY KEY)")
        try session.rows("CREATE TABLE n (m mood REFERENCES m DEFERRABLE INITIALLY DEFERRED)")
        #expect(session.state("BEGIN; INSERT INTO n VALUES ('sad'); ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; COMMIT") == "23503")
    }

    /// Where no entries help, what several rows refer to is looked for at once.
    @Test func severalValuesAreLookedForAtOnce() throws {
        try session.rows("CREATE TABLE e (id numeric PRIMARY KEY); INSERT INTO e VALUES (1), (2), (3), (4)")
        try session.rows("CREATE TABLE d (id int, p int REFERENCES e DEFERRABLE INITIALLY DEFERRED)")
        #expect(session.state("BEGIN; INSERT INTO d VALUES (1, 7), (2, 8), (3, 3); DELETE FROM d WHERE p > 5; COMMIT") == nil)
        #expect(session.state("BEGIN; DELETE FROM e WHERE id IN (1, 2, 4); INSERT INTO e VALUES (1); COMMIT") == nil)
        #expect(session.state("BEGIN; DELETE FROM e WHERE id IN (1, 3); COMMIT") == "23503")
        #expect(session.state("BEGIN; INSERT INTO d VALUES (4, 7), (5, 8); DELETE FROM d WHERE p = 7; COMMIT") == "23503")
        #expect(session.refusal("BEGIN; INSERT INTO d VALUES (4, 9); COMMIT")?.detail == #"Key (p)=(9) is not present in table "e"."#)
    }

    /// Beyond what is noted all rows are looked at.
    @Test func manyRowsAreNoted() throws {
        try session.rows("INSERT INTO p SELECT g FROM generate_series(3, 20000) g")
        #expect(session.state("BEGIN; INSERT INTO c SELECT g, g, g FROM generate_series(1, 20000) g; COMMIT") == nil)
        #expect(session.state("BEGIN; UPDATE c SET place = place + 1, p = p + 1; COMMIT") == "23503")
        #expect(session.state("BEGIN; UPDATE c SET place = place + 1; UPDATE c SET place = place - 1; COMMIT") == nil)
    }

    /// Blanks at the end of a text count, unless one side is char(n).
    @Test func blanksAreLettersOfATextToo() throws {
        try session.rows("CREATE TABLE t (id text PRIMARY KEY); CREATE TABLE u (id int, t text REFERENCES t ON UPDATE CASCADE)")
        try session.rows("INSERT INTO t VALUES ('a'); INSERT INTO u VALUES (1, 'a')")
        #expect(session.state("INSERT INTO u VALUES (2, 'a'), (3, 'a ')") == "23503")
        #expect(session.state("UPDATE u SET t = 'a '") == "23503")
        try session.rows("UPDATE t SET id = 'a '")
        #expect(try session.rows("SELECT length(t) FROM u") == ["2"])
        try session.rows("CREATE TABLE v (id char(3) PRIMARY KEY); CREATE TABLE w (v char(3) REFERENCES v ON UPDATE CASCADE)")
        try session.rows("INSERT INTO v VALUES ('a'); INSERT INTO w VALUES ('a '), ('a'); UPDATE v SET id = 'b'")
        #expect(try session.rows("SELECT DISTINCT trim(v) FROM w") == ["b"])
    }
}
