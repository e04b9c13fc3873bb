import TestTraits
import Testing

@testable import SQL

/// What a deferred constraint has still to be asked about keeps its tables as they are.
@Suite(.ownThreads) struct PendingCheckTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE p (a int PRIMARY KEY, z int); CREATE TABLE q (u int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        try session.rows("CREATE TABLE c (a int REFERENCES p DEFERRABLE INITIALLY DEFERRED, b int)")
        try session.rows("INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1); INSERT INTO q VALUES (1)")
    }

    private func state(_ change: String, _ definition: String) -> String? {
        defer { _ = session.state("ROLLBACK") }
        return session.state("BEGIN; \(change)") ?? session.state(definition)
    }

    @Test func tablesStayAsTheyAre() throws {
        let insert = "INSERT INTO c VALUES (2, 2)"
        for definition in ["ALTER TABLE c ADD x int", "TRUNCATE c", "TRUNCATE p CASCADE", "DROP TABLE c", "CREATE INDEX ON c (b)"] {
            #expect(state(insert, definition) == "55006", "\(definition)")
            #expect(state("DELETE FROM c", definition) == nil, "\(definition)")
        }
        for definition in ["ALTER TABLE p ADD x int", "ALTER TABLE c RENAME TO d", "ALTER TABLE c RENAME b TO d"] {
            #expect(state(insert, definition) == nil, "\(definition)")
        }
        #expect(state("\(insert); SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE c ADD x int") == nil)
        #expect(state("SAVEPOINT s; \(insert); ROLLBACK TO s", "ALTER TABLE c ADD x int") == nil)
        let error = session.refusal("BEGIN; \(insert); ALTER TABLE c ADD x int")
        #expect(error?.message == #"cannot ALTER TABLE "c" because it has pending trigger events"#)
        try session.rows("ROLLBACK")
    }

    @Test func rowsThatAreGoneCountToo() throws {
        let delete = "DELETE FROM p WHERE a = 2"
        #expect(state(delete, "ALTER TABLE p ADD x int") == "55006")
        #expect(state(delete, "DROP TABLE p CASCADE") == "55006")
        #expect(state(delete, "ALTER TABLE c ADD x int") == nil)
        #expect(state("UPDATE p SET z = 3", "ALTER TABLE p ADD x int") == nil)
    }

    /// A value that nobody else has is nothing to be looked at again.
    @Test func valuesThatOthersHaveCount() throws {
        #expect(state("INSERT INTO q VALUES (1)", "ALTER TABLE q ADD x int") == "55006")
        #expect(state("INSERT INTO q VALUES (1)", "TRUNCATE q") == "55006")
        #expect(state("INSERT INTO q VALUES (5)", "ALTER TABLE q ADD x int") == nil)
    }
}
