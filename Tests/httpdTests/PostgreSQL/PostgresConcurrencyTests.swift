import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Programs in which PostgreSQL's own tests of isolation have clients want the same rows, tables and unique values at READ COMMITTED: who
/// waits, and what is answered then, is what PostgreSQL answers.
@Suite(.timeLimit(.minutes(240))) struct PostgresConcurrencyTests {
    struct Program: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var steps: [PostgresPlay.Step]

        init(_ description: String, _ steps: [PostgresPlay.Step]) {
            testDescription = description
            self.steps = steps
        }
    }

    private static let waits = PostgresPlay.waits
    private static let tables = """
        CREATE TABLE account (id int PRIMARY KEY, kind text, balance int);
        CREATE TABLE parent (id int PRIMARY KEY, note text);
        CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE);
        CREATE TABLE word (id int PRIMARY KEY, word text, note text);
        CREATE UNIQUE INDEX ON word (lower(word));
        INSERT INTO account VALUES (1, 'checking', 600), (2, 'savings', 600), (3, 'checking', 100);
        INSERT INTO parent VALUES (1, 'a'), (2, 'b')
        """

    @Test(arguments: locked + unique + checked + circles + declared) func answersAsPostgreSQLDoes(program: Program) throws {
        try PostgresPlay(Self.tables).play(program.steps)
    }

    // MARK: Rows

    private static let change = "UPDATE account SET balance = 5 WHERE id = 1"
    private static let look = "SELECT balance FROM account WHERE id = 1 FOR UPDATE"

    private static let locked: [Program] = [
        Program(
            "a row that is locked comes as it was changed",
            [
                (1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, look, waits), (1, "COMMIT", "COMMIT"), (2, nil, "5"),
            ]),
        Program(
            "or as it was, if that is undone",
            [
                (1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, look, waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "600"),
            ]),
        Program(
            "or not at all, if it was deleted",
            [
                (1, "BEGIN", "BEGIN"), (1, "DELETE FROM account WHERE id = 1", "DELETE 1"), (2, look, waits), (1, "COMMIT", "COMMIT"),
                (2, nil, "SELECT 0"),
            ]),
        Program(
            "or has another key",
            [
                (1, "BEGIN", "BEGIN"), (1, "UPDATE account SET id = 11 WHERE id = 1", "UPDATE 1"), (2, look, waits),
                (1, "COMMIT", "COMMIT"),
                (2, nil, "SELECT 0"),
            ]),
        Program(
            "or isn't what was asked for any more",
            [
                (1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"),
                (2, "SELECT id FROM account WHERE balance = 600 ORDER BY id FOR UPDATE", waits), (1, "COMMIT", "COMMIT"), (2, nil, "2"),
            ]),
        Program(
            "rows of a join",
            [
                (1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"),
                (2, "SELECT a.balance, p.note FROM account a JOIN parent p ON p.id = a.id WHERE a.id = 1 FOR UPDATE OF a", waits),
                (3, "UPDATE parent SET note = 'c' WHERE id = 2", "UPDATE 1"), (1, "COMMIT", "COMMIT"), (2, nil, "5,a"),
            ]),
        Program(
            "an update from another table",
            [
                (1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"),
                (
                    2, "UPDATE account a SET balance = a.balance + p.id FROM parent p WHERE p.id = a.id AND a.id = 1 RETURNING a.balance",
                    waits
                ),
                (1, "COMMIT", "COMMIT"), (2, nil, "6"),
            ]),
        Program(
            "a delete by another table",
            [
                (1, "BEGIN", "BEGIN"), (1, "UPDATE account SET kind = 'gone' WHERE id = 1", "UPDATE 1"),
                (2, "DELETE FROM account a USING parent p WHERE p.id = a.id AND a.id = 1 AND a.kind = 'checking'", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "DELETE 0"),
            ]),
        Program(
            "an update, or else an insert",
            [
                (1, "BEGIN", "BEGIN"), (1, "UPDATE account SET balance = balance + 1 WHERE id = 2", "UPDATE 1"),
                (
                    2,
                    """
                    WITH changed AS (UPDATE account SET balance = balance + 500 WHERE id = 2 RETURNING id)
                    INSERT INTO account SELECT 2, 'new', 500 WHERE NOT EXISTS (SELECT FROM changed)
                    """, waits
                ),
                (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 0"), (3, "SELECT balance FROM account WHERE id = 2", "1101"),
            ]),
        Program(
            "two that share a row, and a third that waits for both",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1 FOR SHARE", "600"),
                (2, "SELECT balance FROM account WHERE id = 1 FOR SHARE NOWAIT", "600"), (3, change, waits), (1, "COMMIT", "COMMIT"),
                (4, "SELECT balance FROM account WHERE id = 1", "600"), (2, "COMMIT", "COMMIT"), (3, nil, "UPDATE 1"),
            ]),
        Program(
            "a shared row is not had alone at once",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1 FOR SHARE", "600"),
                (2, "SELECT balance FROM account WHERE id = 1 FOR UPDATE NOWAIT", "55P03"), (2, "ROLLBACK", "ROLLBACK"),
                (2, "SELECT balance FROM account WHERE id = 2 FOR UPDATE NOWAIT", "600"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "who shares a row may change it while others wait for it",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT balance FROM account WHERE id = 1 FOR SHARE", "600"),
                (2, "UPDATE account SET balance = balance + 1 WHERE id = 1 RETURNING balance", waits), (1, change, "UPDATE 1"),
                (1, "COMMIT", "COMMIT"), (2, nil, "6"),
            ]),
        Program(
            "what a savepoint undoes is free",
            [
                (1, "BEGIN", "BEGIN"), (1, "SAVEPOINT f", "SAVEPOINT"), (1, "UPDATE account SET id = 11 WHERE id = 1", "UPDATE 1"),
                (1, "ROLLBACK TO f", "ROLLBACK"), (2, "SELECT id FROM account WHERE id = 1 FOR KEY SHARE", "1"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "who waits for what a savepoint undoes goes on, and is waited for",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (2, "UPDATE account SET balance = 7 WHERE id = 2", "UPDATE 1"),
                (1, "SAVEPOINT f", "SAVEPOINT"), (1, change, "UPDATE 1"), (2, look, waits), (1, "ROLLBACK TO f", "ROLLBACK"),
                (2, nil, "600"), (1, "UPDATE account SET balance = 8 WHERE id = 2", waits), (2, "COMMIT", "COMMIT"),
                (1, nil, "UPDATE 1"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "a row that was deleted behind a savepoint, and came back, stays locked before it",
            [
                (1, "BEGIN", "BEGIN"), (1, look, "600"), (1, "SAVEPOINT f", "SAVEPOINT"),
                (1, "DELETE FROM account WHERE id = 1", "DELETE 1"), (1, "ROLLBACK TO f", "ROLLBACK"), (2, look, waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "600"),
            ]),
    ]

    // MARK: Unique values

    private static let put = "INSERT INTO word VALUES (1, 'Foo', 'first') ON CONFLICT (lower(word))"

    private static let unique: [Program] = [
        Program(
            "DO NOTHING where the other one commits",
            [
                (1, "BEGIN", "BEGIN"), (1, "\(put) DO NOTHING", "INSERT 0 1"),
                (2, "INSERT INTO word VALUES (2, 'FOO', 'x') ON CONFLICT DO NOTHING", waits), (1, "COMMIT", "COMMIT"),
                (2, nil, "INSERT 0 0"),
            ]),
        Program(
            "DO NOTHING where the other one is undone",
            [
                (1, "BEGIN", "BEGIN"), (1, "\(put) DO NOTHING", "INSERT 0 1"),
                (2, "INSERT INTO word VALUES (2, 'FOO', 'x') ON CONFLICT DO NOTHING", waits), (1, "ROLLBACK", "ROLLBACK"),
                (2, nil, "INSERT 0 1"), (3, "SELECT id, word FROM word", "2,FOO"),
            ]),
        Program(
            "DO UPDATE of an index of expressions",
            [
                (1, "BEGIN", "BEGIN"), (1, "\(put) DO UPDATE SET note = word.note || '!'", "INSERT 0 1"),
                (
                    2,
                    """
                    INSERT INTO word VALUES (2, 'FOO', 'second') ON CONFLICT (lower(word))
                    DO UPDATE SET word = excluded.word, note = word.note || ' and ' || excluded.note
                    """, waits
                ),
                (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1"), (3, "SELECT id, word, note FROM word", "1,FOO,first and second"),
            ]),
        Program(
            "a duplicate is one when the other commits",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO account VALUES (9, 'x', 1)", "INSERT 0 1"),
                (2, "INSERT INTO account VALUES (9, 'y', 2)", waits), (1, "COMMIT", "COMMIT"), (2, nil, "23505"),
            ]),
        Program(
            "and is none if that is undone",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO account VALUES (9, 'x', 1)", "INSERT 0 1"),
                (2, "INSERT INTO account VALUES (9, 'y', 2)", waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "INSERT 0 1"),
            ]),
    ]

    // MARK: Foreign keys

    private static let checked: [Program] = [
        Program(
            "a parent that goes takes children with it that came meanwhile",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO child VALUES (1, 1)", "INSERT 0 1"), (2, "DELETE FROM parent WHERE id = 1", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "DELETE 1"), (3, "SELECT count(*) FROM child", "0"),
            ]),
        Program(
            "a child of a parent that is gone",
            [
                (1, "BEGIN", "BEGIN"), (1, "DELETE FROM parent WHERE id = 1", "DELETE 1"), (2, "INSERT INTO child VALUES (1, 1)", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "23503"),
            ]),
        Program(
            "a child of a parent that stays",
            [
                (1, "BEGIN", "BEGIN"), (1, "DELETE FROM parent WHERE id = 1", "DELETE 1"), (2, "INSERT INTO child VALUES (1, 1)", waits),
                (1, "ROLLBACK", "ROLLBACK"), (2, nil, "INSERT 0 1"),
            ]),
    ]

    // MARK: Circles

    private static let circles: [Program] = [
        Program(
            "two that share a table, and each wants it alone",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "LOCK TABLE account IN SHARE MODE", "LOCK TABLE"),
                (2, "LOCK TABLE account IN SHARE MODE", "LOCK TABLE"), (1, "LOCK TABLE account IN EXCLUSIVE MODE", waits),
                (2, "LOCK TABLE account IN EXCLUSIVE MODE", "40P01"), (1, nil, "LOCK TABLE"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "four tables in a circle",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (3, "BEGIN", "BEGIN"), (4, "BEGIN", "BEGIN"),
                (1, "LOCK TABLE account IN EXCLUSIVE MODE", "LOCK TABLE"), (2, "LOCK TABLE parent IN EXCLUSIVE MODE", "LOCK TABLE"),
                (3, "LOCK TABLE child IN EXCLUSIVE MODE", "LOCK TABLE"), (4, "LOCK TABLE word IN EXCLUSIVE MODE", "LOCK TABLE"),
                (1, "LOCK TABLE parent IN EXCLUSIVE MODE", waits), (2, "LOCK TABLE child IN EXCLUSIVE MODE", waits),
                (3, "LOCK TABLE word IN EXCLUSIVE MODE", waits), (4, "LOCK TABLE account IN EXCLUSIVE MODE", "40P01"),
                (3, nil, "LOCK TABLE"), (3, "COMMIT", "COMMIT"), (2, nil, "LOCK TABLE"), (2, "COMMIT", "COMMIT"), (1, nil, "LOCK TABLE"),
            ]),
        Program(
            "who waits for a row that a third one has makes no circle",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"),
                (2, "UPDATE account SET balance = 7 WHERE id = 2", "UPDATE 1"), (3, "UPDATE account SET balance = 8 WHERE id = 1", waits),
                (1, "UPDATE account SET balance = 9 WHERE id = 2", waits), (2, "COMMIT", "COMMIT"), (1, nil, "UPDATE 1"),
                (1, "COMMIT", "COMMIT"), (3, nil, "UPDATE 1"), (4, "SELECT balance FROM account WHERE id < 3 ORDER BY id", "8|9"),
            ]),
    ]

    // MARK: Declarations

    private static let declared: [Program] = [
        Program(
            "a table that is emptied while rows come",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO word VALUES (1, 'a', 'b')", "INSERT 0 1"), (2, "TRUNCATE word", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "TRUNCATE TABLE"), (3, "SELECT count(*) FROM word", "0"),
            ]),
        Program(
            "an index is dropped while rows come",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO word VALUES (1, 'a', 'b')", "INSERT 0 1"),
                (2, "DROP INDEX word_lower_idx", waits), (1, "COMMIT", "COMMIT"), (2, nil, "DROP INDEX"),
                (3, "INSERT INTO word VALUES (2, 'A', 'c')", "INSERT 0 1"),
            ]),
        Program(
            "an index is made while rows come",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO word VALUES (1, 'a', 'b')", "INSERT 0 1"),
                (2, "CREATE UNIQUE INDEX word_note ON word (note)", waits), (1, "COMMIT", "COMMIT"), (2, nil, "CREATE INDEX"),
                (3, "INSERT INTO word VALUES (2, 'c', 'b')", "23505"),
            ]),
        Program(
            "a constraint is added while a row comes that breaks it",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO word VALUES (1, 'a', NULL)", "INSERT 0 1"),
                (2, "ALTER TABLE word ALTER COLUMN note SET NOT NULL", waits), (1, "COMMIT", "COMMIT"), (2, nil, "23502"),
            ]),
        Program(
            "a column that is added is there for who waited",
            [
                (1, "BEGIN", "BEGIN"), (1, "ALTER TABLE word ADD COLUMN more int DEFAULT 7", "ALTER TABLE"),
                (2, "INSERT INTO word VALUES (1, 'a', 'b') RETURNING *", waits), (1, "COMMIT", "COMMIT"), (2, nil, "1,a,b,7"),
            ]),
        Program(
            "a table that is gone",
            [
                (1, "BEGIN", "BEGIN"), (1, "DROP TABLE word", "DROP TABLE"), (2, "INSERT INTO word VALUES (1, 'a', 'b')", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "42P01"),
            ]),
    ]
}
