import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Rows that clients lock, insert, and refer to at READ COMMITTED, while others have them: who waits, who is refused, and what is passed over.
/// PostgreSQL 15 was asked, and answers the same at every step.
@Suite(.timeLimit(.minutes(240))) struct PostgresRowLockTests {
    typealias Program = PostgresConcurrencyTests.Program

    private static let waits = PostgresPlay.waits
    private static let tables = """
        CREATE TABLE account (id int PRIMARY KEY, kind text, balance int);
        CREATE TABLE parent (id int PRIMARY KEY, note text);
        CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE);
        CREATE TABLE code (id int PRIMARY KEY, code text UNIQUE, note text);
        INSERT INTO account VALUES (1, 'checking', 600), (2, 'savings', 600), (3, 'checking', 100);
        INSERT INTO code VALUES (1, 'a', 'x'), (2, 'b', 'y');
        INSERT INTO parent VALUES (1, 'a'), (2, 'b')
        """

    @Test(arguments: upserts + inserts + children + skipped + locked) func answersAsPostgreSQLDoes(program: Program) throws {
        try PostgresPlay(Self.tables).play(program.steps)
    }

    // MARK: INSERT … ON CONFLICT

    private static let change = "UPDATE account SET balance = 0 WHERE id = 1"
    private static let delete = "DELETE FROM account WHERE id = 1"
    private static let lock = "SELECT id FROM account WHERE id = 1 FOR UPDATE"
    private static let upsert =
        "INSERT INTO account VALUES (1, 'new', 5) ON CONFLICT (id) DO UPDATE SET balance = account.balance + excluded.balance"
    private static let poor = "\(upsert) WHERE account.balance < 100 RETURNING balance"
    private static let nothing = "INSERT INTO account VALUES (1, 'new', 5) ON CONFLICT DO NOTHING"
    private static let rekeying = "INSERT INTO account VALUES (1, 'new', 5) ON CONFLICT (id) DO UPDATE SET id = 9"

    private static let upserts: [Program] = [
        Program(
            "a condition that holds for what the other one commits",
            [(1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, poor, waits), (1, "COMMIT", "COMMIT"), (2, nil, "5")]),
        Program(
            "and doesn't, where that is undone",
            [(1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, poor, waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "INSERT 0 0")]),
        Program(
            "a row is locked for which the condition doesn't hold",
            [
                (1, "BEGIN", "BEGIN"), (1, poor, "INSERT 0 0"), (2, "\(lock) NOWAIT", "55P03"), (2, change, waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "UPDATE 1"),
            ]),
        Program(
            "a row that is locked is waited for",
            [(1, "BEGIN", "BEGIN"), (1, lock, "1"), (2, poor, waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 0")]),
        Program(
            "one that only has to keep its key is not, where it does",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT id FROM account WHERE id = 1 FOR KEY SHARE", "1"), (2, upsert, "INSERT 0 1"),
                (2, rekeying, waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1"),
            ]),
        Program(
            "nothing is done beside a row that was changed",
            [(1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, nothing, waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 0")]),
        Program(
            "or something is, if it is gone",
            [(1, "BEGIN", "BEGIN"), (1, delete, "DELETE 1"), (2, nothing, waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1")]),
        Program(
            "nothing is done at once beside a row that is only locked",
            [(1, "BEGIN", "BEGIN"), (1, lock, "1"), (2, nothing, "INSERT 0 0"), (1, "COMMIT", "COMMIT")]),
    ]

    // MARK: Keys and unique values

    private static let insert = "INSERT INTO account VALUES (1, 'new', 5)"
    private static let insertCode = "INSERT INTO code VALUES (3, 'a', 'n')"
    private static let deleteCode = "DELETE FROM code WHERE id = 1"

    private static let inserts: [Program] = [
        Program(
            "the key of a row that is deleted",
            [(1, "BEGIN", "BEGIN"), (1, delete, "DELETE 1"), (2, insert, waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1")]),
        Program(
            "of one that is not deleted after all",
            [(1, "BEGIN", "BEGIN"), (1, delete, "DELETE 1"), (2, insert, waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "23505")]),
        Program(
            "of one that gets another key",
            [
                (1, "BEGIN", "BEGIN"), (1, "UPDATE account SET id = 9 WHERE id = 1", "UPDATE 1"), (2, insert, waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1"),
            ]),
        Program(
            "of one that is changed",
            [(1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, insert, waits), (1, "COMMIT", "COMMIT"), (2, nil, "23505")]),
        Program(
            "of one that is only locked",
            [(1, "BEGIN", "BEGIN"), (1, lock, "1"), (2, insert, "23505"), (1, "COMMIT", "COMMIT")]),
        Program(
            "the value of a row that is deleted",
            [(1, "BEGIN", "BEGIN"), (1, deleteCode, "DELETE 1"), (2, insertCode, waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1")]),
        Program(
            "of one that is not deleted after all",
            [(1, "BEGIN", "BEGIN"), (1, deleteCode, "DELETE 1"), (2, insertCode, waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "23505")]),
        Program(
            "of one that gets another value",
            [
                (1, "BEGIN", "BEGIN"), (1, "UPDATE code SET code = 'c' WHERE id = 1", "UPDATE 1"), (2, insertCode, waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1"),
            ]),
        Program(
            "of one that is changed and keeps the value",
            [
                (1, "BEGIN", "BEGIN"), (1, "UPDATE code SET note = 'c' WHERE id = 1", "UPDATE 1"), (2, insertCode, waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "23505"),
            ]),
        Program(
            "of one that is only locked",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT id FROM code WHERE id = 1 FOR UPDATE", "1"), (2, insertCode, "23505"),
                (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "a row that gets the key of one that is deleted",
            [
                (1, "BEGIN", "BEGIN"), (1, deleteCode, "DELETE 1"), (2, "UPDATE code SET id = 1 WHERE id = 2", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "UPDATE 1"),
            ]),
        Program(
            "a row that gets the value of one that is not deleted after all",
            [
                (1, "BEGIN", "BEGIN"), (1, deleteCode, "DELETE 1"), (2, "UPDATE code SET code = 'a' WHERE id = 2", waits),
                (1, "ROLLBACK", "ROLLBACK"), (2, nil, "23505"),
            ]),
        Program(
            "many rows at once, one of which has such a key",
            [
                (1, "BEGIN", "BEGIN"), (1, delete, "DELETE 1"),
                (2, "INSERT INTO account SELECT g, 'many', g FROM generate_series(101, 200) g UNION ALL SELECT 1, 'x', 2", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 101"),
            ]),
    ]

    // MARK: Foreign keys

    private static let children: [Program] = [
        Program(
            "a child keeps no more of its parent than the key",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO child VALUES (1, 1)", "INSERT 0 1"),
                (2, "UPDATE parent SET note = 'c' WHERE id = 1", "UPDATE 1"), (1, "COMMIT", "COMMIT"),
                (1, "BEGIN", "BEGIN"), (1, "UPDATE parent SET note = 'd' WHERE id = 1", "UPDATE 1"),
                (2, "INSERT INTO child VALUES (2, 1)", "INSERT 0 1"), (1, "COMMIT", "COMMIT"),
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "INSERT INTO child VALUES (3, 1)", "INSERT 0 1"),
                (2, "INSERT INTO child VALUES (4, 1)", "INSERT 0 1"), (1, "UPDATE parent SET note = 'e' WHERE id = 1", "UPDATE 1"),
                (2, "UPDATE parent SET note = note || 'f' WHERE id = 1", waits), (1, "COMMIT", "COMMIT"), (2, nil, "UPDATE 1"),
                (2, "COMMIT", "COMMIT"), (3, "SELECT note FROM parent WHERE id = 1", "ef"), (3, "SELECT count(*) FROM child", "4"),
            ]),
        Program(
            "who has looked for the parent goes on when others have changed it",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "UPDATE parent SET note = 'x' WHERE id = 1", "UPDATE 1"),
                (2, "INSERT INTO child VALUES (1, 1)", "INSERT 0 1"), (1, "INSERT INTO child VALUES (2, 1)", "INSERT 0 1"),
                (1, "COMMIT", "COMMIT"), (2, "INSERT INTO child VALUES (3, 1)", "INSERT 0 1"),
                (2, "UPDATE parent SET note = note || '!' WHERE id = 1", "UPDATE 1"), (2, "COMMIT", "COMMIT"),
                (3, "SELECT note FROM parent WHERE id = 1", "x!"),
            ]),
        Program(
            "a parent with a new child may be locked, but not to be removed",
            [
                (1, "BEGIN", "BEGIN"), (1, "INSERT INTO child VALUES (1, 1)", "INSERT 0 1"),
                (2, "SELECT note FROM parent WHERE id = 1 FOR NO KEY UPDATE NOWAIT", "a"),
                (2, "SELECT note FROM parent WHERE id = 1 FOR SHARE NOWAIT", "a"),
                (2, "SELECT note FROM parent WHERE id = 1 FOR UPDATE NOWAIT", "55P03"),
                (2, "UPDATE parent SET id = 7 WHERE id = 1", waits), (1, "COMMIT", "COMMIT"), (2, nil, "23503"),
            ]),
        Program(
            "a parent that is locked gets children, unless it may be removed",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT note FROM parent WHERE id = 1 FOR NO KEY UPDATE", "a"),
                (2, "INSERT INTO child VALUES (2, 1)", "INSERT 0 1"),
                (2, "SELECT note FROM parent WHERE id = 1 FOR KEY SHARE NOWAIT", "a"),
                (2, "SELECT note FROM parent WHERE id = 1 FOR SHARE NOWAIT", "55P03"), (1, "COMMIT", "COMMIT"),
                (1, "BEGIN", "BEGIN"), (1, "SELECT note FROM parent WHERE id = 1 FOR UPDATE", "a"),
                (2, "INSERT INTO child VALUES (3, 1)", waits), (1, "COMMIT", "COMMIT"), (2, nil, "INSERT 0 1"),
            ]),
    ]

    // MARK: SKIP LOCKED and NOWAIT

    private static let next = "SELECT id FROM account ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1"
    private static let take =
        "DELETE FROM account WHERE id = (SELECT id FROM account ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id"
    private static let mark = """
        WITH next AS (SELECT id FROM account WHERE kind = 'checking' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE account SET kind = 'done' FROM next WHERE account.id = next.id RETURNING account.id
        """

    private static let skipped: [Program] = [
        Program(
            "each takes the next row",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (3, "BEGIN", "BEGIN"), (4, "BEGIN", "BEGIN"), (1, next, "1"), (2, next, "2"),
                (3, next, "3"), (4, next, "SELECT 0"), (2, "ROLLBACK", "ROLLBACK"), (4, next, "2"), (1, "COMMIT", "COMMIT"),
                (3, "COMMIT", "COMMIT"), (4, "COMMIT", "COMMIT"),
            ]),
        Program(
            "and deletes it",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, take, "1"), (2, take, "2"), (1, "ROLLBACK", "ROLLBACK"), (3, take, "1"),
                (2, "COMMIT", "COMMIT"), (3, "SELECT id FROM account", "3"),
            ]),
        Program(
            "or marks it",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, mark, "1"), (2, mark, "3"), (3, mark, "UPDATE 0"),
                (1, "ROLLBACK", "ROLLBACK"), (2, "COMMIT", "COMMIT"), (3, mark, "1"),
            ]),
        Program(
            "what was changed is passed over, and nothing else",
            [
                (1, "BEGIN", "BEGIN"), (1, change, "UPDATE 1"), (2, "SELECT id FROM account ORDER BY id FOR UPDATE SKIP LOCKED", "2|3"),
                (2, "SELECT id FROM account ORDER BY id FOR KEY SHARE SKIP LOCKED", "1|2|3"),
                (2, "SELECT id FROM account ORDER BY id FOR SHARE SKIP LOCKED", "2|3"),
                (2, "SELECT id FROM account WHERE balance = 600 ORDER BY id FOR UPDATE SKIP LOCKED", "2"),
                (2, "SELECT id FROM account WHERE balance = 0 FOR UPDATE", "SELECT 0"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "who doesn't wait is refused one row, and not the others",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT id FROM account WHERE balance = 100 FOR UPDATE", "3"),
                (2, "SELECT id FROM account WHERE kind = 'savings' FOR UPDATE NOWAIT", "2"),
                (2, "SELECT id FROM account FOR UPDATE NOWAIT", "55P03"), (2, "UPDATE account SET balance = 2 WHERE id = 1", "UPDATE 1"),
                (2, "INSERT INTO account VALUES (4, 'checking', 100)", "INSERT 0 1"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "of joined tables one is locked",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT a.id FROM account a JOIN parent p ON p.id = a.id WHERE a.id = 1 FOR UPDATE OF a", "1"),
                (2, "SELECT id FROM parent WHERE id = 1 FOR UPDATE NOWAIT", "1"), (2, "\(lock) NOWAIT", "55P03"),
                (2, "SELECT a.id FROM account a JOIN parent p ON p.id = a.id ORDER BY 1 FOR UPDATE OF a SKIP LOCKED", "2"),
                (1, "COMMIT", "COMMIT"),
            ]),
    ]

    // MARK: What is locked

    private static let locked: [Program] = [
        Program(
            "rows of a query in FROM, and in WITH",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT id FROM (SELECT id FROM account WHERE id = 1) s FOR UPDATE", "1"),
                (2, "\(lock) NOWAIT", "55P03"), (1, "COMMIT", "COMMIT"), (1, "BEGIN", "BEGIN"),
                (1, "SELECT * FROM (SELECT id FROM account WHERE id = 1 FOR UPDATE) s", "1"), (2, "\(lock) NOWAIT", "55P03"),
                (1, "COMMIT", "COMMIT"), (1, "BEGIN", "BEGIN"),
                (1, "WITH c AS (SELECT id FROM account WHERE id = 1 FOR UPDATE) SELECT id FROM c", "1"), (2, "\(lock) NOWAIT", "55P03"),
                (1, "COMMIT", "COMMIT"), (1, "BEGIN", "BEGIN"),
                (1, "WITH c AS (SELECT id FROM account WHERE id = 1) SELECT id FROM c FOR UPDATE", "1"), (2, "\(lock) NOWAIT", "1"),
                (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "rows that are left behind a LIMIT are not",
            [
                (1, "BEGIN", "BEGIN"), (1, "SELECT id FROM account ORDER BY id FOR UPDATE LIMIT 1", "1"),
                (2, "SELECT id FROM account WHERE id > 1 ORDER BY id FOR UPDATE NOWAIT", "2|3"), (1, "COMMIT", "COMMIT"),
            ]),
        Program(
            "the next one, where the first is gone",
            [
                (1, "BEGIN", "BEGIN"), (1, delete, "DELETE 1"), (2, "SELECT id FROM account ORDER BY id LIMIT 1 FOR UPDATE", waits),
                (1, "COMMIT", "COMMIT"), (2, nil, "2"),
            ]),
        Program(
            "a lock that becomes stronger",
            [
                (1, "BEGIN", "BEGIN"), (2, "BEGIN", "BEGIN"), (1, "SELECT id FROM account WHERE id = 1 FOR KEY SHARE", "1"),
                (2, "SELECT id FROM account WHERE id = 1 FOR NO KEY UPDATE", "1"),
                (3, "SELECT id FROM account WHERE id = 1 FOR SHARE NOWAIT", "55P03"),
                (3, "SELECT id FROM account WHERE id = 1 FOR KEY SHARE NOWAIT", "1"), (2, delete, waits), (1, "COMMIT", "COMMIT"),
                (2, nil, "DELETE 1"), (2, "COMMIT", "COMMIT"),
            ]),
        Program(
            "what can't be locked",
            [
                (1, "SELECT count(*) FROM account FOR UPDATE", "0A000"), (1, "SELECT kind FROM account GROUP BY kind FOR UPDATE", "0A000"),
                (1, "SELECT DISTINCT kind FROM account FOR UPDATE", "0A000"), (1, "SELECT id FROM account HAVING true FOR UPDATE", "0A000"),
                (1, "SELECT id FROM account UNION SELECT 1 FOR UPDATE", "0A000"),
                (1, "SELECT row_number() OVER () FROM account FOR UPDATE", "0A000"),
                (1, "SELECT generate_series(1, 2) FROM account FOR UPDATE", "0A000"), (1, "VALUES (1) FOR UPDATE", "0A000"),
                (1, "SELECT * FROM (SELECT count(*) FROM account) s FOR UPDATE", "0A000"),
                (1, "SELECT id FROM account FOR UPDATE OF nobody", "42P01"), (1, "SELECT id FROM account a FOR UPDATE OF account", "42P01"),
                (1, "SELECT g FROM generate_series(1, 2) g FOR UPDATE OF g", "0A000"),
                (1, "SELECT g FROM generate_series(1, 2) g FOR UPDATE", "1|2"),
                (1, "WITH c AS (SELECT 1 AS x) SELECT x FROM c FOR UPDATE OF c", "0A000"), (1, "BEGIN READ ONLY", "BEGIN"),
                (1, "SELECT id FROM account FOR UPDATE", "25006"), (1, "ROLLBACK", "ROLLBACK"),
            ]),
    ]
}
