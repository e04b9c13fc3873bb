import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Cells that clients put rows into and remove at READ COMMITTED: no row is ever in a cell that is gone.
@Suite(.timeLimit(.minutes(240))) struct PostgresCellLockTests {
    typealias Program = PostgresConcurrencyTests.Program

    private static let waits = PostgresPlay.waits
    private static let tables = """
        CREATE CELL stores (code text PRIMARY KEY, is_open boolean);
        CREATE TABLE stores.receipts (number int PRIMARY KEY, item text);
        CREATE TABLE stores.notes ();
        INSERT INTO stores VALUES ('a', true), ('b', true);
        INSERT INTO stores.receipts USING code = 'a' VALUES (1, 'lamp')
        """

    @Test(arguments: programs) func noRowIsInACellThatIsGone(program: Program) throws {
        try PostgresPlay(Self.tables).play(program.steps)
    }

    private static let insert = "INSERT INTO stores.receipts USING code = 'b' VALUES (7, 'chair')"
    private static let insertBed = "INSERT INTO stores.receipts USING code = 'b' VALUES (8, 'bed')"
    private static let insertNote = "INSERT INTO stores.notes USING code = 'b' (text) VALUES ('x')"
    private static let drop = "DROP CELL stores USING code = 'b'"
    private static let delete = "DELETE FROM stores WHERE code = 'b'"

    private static let programs: [Program] = [
        Program(
            "a cell is dropped behind a row that is put into it",
            [(1, "BEGIN", "BEGIN"), (1, insert, "INSERT 0 1"), (2, drop, waits), (1, "COMMIT", "COMMIT"), (2, nil, "2BP01")]),
        Program(
            "or before, if that is undone",
            [(1, "BEGIN", "BEGIN"), (1, insert, "INSERT 0 1"), (2, drop, waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "DROP CELL")]),
        Program(
            "with its rows",
            [
                (1, "BEGIN", "BEGIN"), (1, insertNote, "INSERT 0 1"), (2, "\(drop) CASCADE", waits), (1, "COMMIT", "COMMIT"),
                (2, nil, "DROP CELL"), (1, "SELECT count(*) FROM stores.notes", "0"),
            ]),
        Program(
            "a row is put into a cell that is dropped",
            [(1, "BEGIN", "BEGIN"), (1, drop, "DROP CELL"), (2, insert, waits), (1, "COMMIT", "COMMIT"), (2, nil, "23503")]),
        Program(
            "or deleted",
            [(1, "BEGIN", "BEGIN"), (1, delete, "DELETE 1"), (2, insertNote, waits), (1, "COMMIT", "COMMIT"), (2, nil, "23503")]),
        Program(
            "or not, after all",
            [(1, "BEGIN", "BEGIN"), (1, drop, "DROP CELL"), (2, insert, waits), (1, "ROLLBACK", "ROLLBACK"), (2, nil, "INSERT 0 1")]),
        Program(
            "or removed with all others",
            [
                (1, "BEGIN", "BEGIN"), (1, "TRUNCATE stores CASCADE", "TRUNCATE TABLE"), (2, insert, waits), (1, "COMMIT", "COMMIT"),
                (2, nil, "23503"),
            ]),
        Program(
            "two put rows into one cell, and a third one changes what it is",
            [
                (1, "BEGIN", "BEGIN"), (1, insert, "INSERT 0 1"), (2, insertBed, "INSERT 0 1"),
                (3, "UPDATE stores SET is_open = false WHERE code = 'b'", "UPDATE 1"), (1, "COMMIT", "COMMIT"),
            ]),
    ]
}
