import Catalog
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import SQL

/// Archives whose rows are not what their tables declare: what breaks a declaration does not come in, and says why.
@Suite(.ownThreads) struct RestoredDeclarationTests {
    private let directory: TemporaryDirectory
    private let source: TestSession

    init() throws {
        directory = try TemporaryDirectory()
        source = try TestSession()
        try source.rows(Self.tables)
        try source.rows(
            """
            INSERT INTO p VALUES (1);
            INSERT INTO c VALUES (1, 1, 1, 'one', 'sad', 'abc', 'abc', '{1,2}', '2024-02-29', 1, 1, 1, 1);
            INSERT INTO c (id, a) VALUES (2, 2)
            """)
    }

    private static let tables = """
        CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN short AS text CHECK (length(value) < 4);
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL, b int CHECK (b < 100), u text UNIQUE, m mood, s short, v varchar(3),
            e int[], d date, p int REFERENCES p, q int UNIQUE DEFERRABLE, x int, y int);
        CREATE UNIQUE INDEX c_x ON c (x) WHERE y > 0
        """

    /// Puts a document into a table past what it declares.
    private func put(_ json: String, into name: String = "c") throws {
        var transaction = try source.pando.catalog.beginWrite()
        transaction.holdsDeclarations = false
        let database = try #require(try transaction.database("shop"))
        let table = try #require(try transaction.table(name, in: database))
        _ = try transaction.put(try Datum(json: json), in: table)
        try transaction.commit()
    }

    /// Dumps what there is, and restores it into an empty file.
    private func restored(into other: TestSession, _ options: RestoreOptions = RestoreOptions()) throws -> ArchiveSummary {
        let path = directory.file("\(UInt64.random(in: 0...(.max))).tar")
        try source.pando.catalog.snapshot().dump(toFile: path)
        return try other.pando.catalog.restore(ArchiveInput(path: path), options: options)
    }

    private func refusal(_ body: () throws -> ArchiveSummary) -> String? {
        do { _ = try body() } catch let error as CatalogError { return error.message } catch { return "\(error)" }
        return nil
    }

    @Test func whatIsAllowedComesInWhole() throws {
        let other = try TestSession()
        let summary = try restored(into: other)
        #expect(summary.notes == [] && summary.tables == 2)
        #expect(try other.rows("SELECT * FROM c ORDER BY id") == source.rows("SELECT * FROM c ORDER BY id"))
        #expect(other.state("INSERT INTO c VALUES (3, 3, 100)") == "23514")
    }

    @Test func tablesHaveTheNamesThatSQLGaveThem() throws {
        try source.rows(
            """
            CREATE SCHEMA "my schema"; CREATE TABLE "Order Lines" ("Unit Price" numeric(10,2)); CREATE TABLE "my schema"."50%/2F" (a int);
            CREATE TABLE "a/b" (a int); CREATE TABLE "größe" (a int);
            INSERT INTO "Order Lines" VALUES (1.5); INSERT INTO "my schema"."50%/2F" VALUES (7); INSERT INTO "a/b" VALUES (8)
            """)
        let other = try TestSession()
        #expect(try restored(into: other).notes == [])
        let names = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'my schema') ORDER BY 1, 2"
        #expect(try other.rows(names) == source.rows(names))
        #expect(try other.rows(#"SELECT a, (SELECT "Unit Price" FROM "Order Lines") FROM "a/b""#) == ["8|1.50"])
        #expect(try other.rows(#"SELECT a FROM "my schema"."50%/2F""#) == ["7"])
    }

    @Test(arguments: [
        (#"{"id": 9, "b": 1}"#, "null value in column \"a\""), (#"{"id": 9, "a": 1, "b": 100}"#, "c_b_check"),
        (#"{"id": 9, "a": 1, "u": "one"}"#, "c_u_key"), (#"{"id": 9, "a": 1, "q": 1}"#, "c_q_key"),
        (#"{"id": 9, "a": 1, "x": 1, "y": 2}"#, "c_x"), (#"{"id": 9, "a": "1"}"#, "type integer: \"1\""),
        (#"{"id": 9, "a": 3000000000}"#, "integer"), (#"{"id": 9, "a": 1, "m": "angry"}"#, "enum mood"),
        (#"{"id": 9, "a": 1, "s": "long"}"#, "short_check"), (#"{"id": 9, "a": 1, "v": "long"}"#, "character varying(3)"),
        (#"{"id": 9, "a": 1, "e": ["x"]}"#, "integer"), (#"{"id": 9, "a": 1, "d": "2023-02-29"}"#, "date"),
        (#"{"id": 9, "a": 1, "z": 1}"#, "column \"z\""), (#"{"id": "9", "a": 1}"#, "integer"),
    ])
    func rowsThatBreakADeclaration(document: String, mention: String) throws {
        try put(document)
        let other = try TestSession()
        let message = refusal { try restored(into: other) }
        #expect(message?.contains(mention) == true, "\(message ?? "nothing was refused")")
        #expect(message?.contains("`shop.c` was not restored") == true)
        // The table is not there, another one is.
        #expect(other.state("SELECT * FROM c") == "42P01")
        #expect(try other.rows("SELECT count(*) FROM p") == ["1"])
        // Into a table that is there the rows come as if they were written.
        let third = try TestSession()
        try third.rows(Self.tables)
        var options = RestoreOptions()
        options.force = true
        let forced = refusal { try restored(into: third, options) }
        #expect(forced?.contains(mention) == true, "\(forced ?? "nothing was refused")")
        #expect(try third.rows("SELECT count(*) FROM c") == ["0"])
    }

    /// Where no table came in, the types and schemas that came for it go again.
    @Test func nothingStaysOfWhatWasRefused() throws {
        try put(#"{"id": 9, "a": 1, "b": 100}"#)
        let other = try TestSession()
        var options = RestoreOptions()
        options.selection = [try #require(ArchiveSelection("shop.c"))]
        let message = refusal { try restored(into: other, options) }
        #expect(message?.contains("c_b_check") == true, "\(message ?? "nothing was refused")")
        #expect(try other.rows("SELECT count(*) FROM pg_type WHERE typname = 'mood'") == ["0"])
    }

    /// A table whose rows are in when the restore is interrupted has what came for it.
    @Test func whatATableNeedsStaysWithIt() throws {
        let path = directory.file("interrupted.tar")
        try source.pando.catalog.snapshot().dump(toFile: path)
        let other = try TestSession()
        var options = RestoreOptions()
        options.selection = [try #require(ArchiveSelection("shop.c"))]
        #expect(throws: CatalogError.self) {
            try other.pando.catalog.restore(ArchiveInput(path: path), options: options) { (step) throws(CatalogError) in
                if step.table == "shop.c" { throw CatalogError(.malformedArchive, "Enough.") }
            }
        }
        #expect(try other.rows("SELECT count(*) FROM pg_type WHERE typname = 'mood'") == ["1"])
        #expect(try other.rows("SELECT id, m FROM c ORDER BY id") == ["1|sad", "2|NULL"])
    }

    @Test func aForeignKeyThatRowsBreakIsNotValid() throws {
        try put(#"{"id": 9, "a": 1, "p": 77}"#)
        let other = try TestSession()
        let summary = try restored(into: other)
        #expect(summary.notes.count == 1 && summary.notes[0].contains("c_p_fkey") && summary.notes[0].contains("(p)=(77)"))
        #expect(try other.rows("SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f'") == ["c_p_fkey|f"])
        #expect(other.state("INSERT INTO c (id, a, p) VALUES (10, 1, 78)") == "23503")
        #expect(other.state("ALTER TABLE c VALIDATE CONSTRAINT c_p_fkey") == "23503")
        try other.rows("DELETE FROM c WHERE id = 9; ALTER TABLE c VALIDATE CONSTRAINT c_p_fkey")
    }

    @Test func aForeignKeyOfATableThatIsLeftOutGoes() throws {
        var options = RestoreOptions()
        options.selection = [try #require(ArchiveSelection("shop.c"))]
        let other = try TestSession()
        let summary = try restored(into: other, options)
        #expect(summary.notes.count == 1 && summary.notes[0].contains("c_p_fkey"))
        #expect(try other.rows("SELECT conname FROM pg_constraint WHERE contype = 'f'") == [])
        try other.rows("INSERT INTO c (id, a, p) VALUES (10, 1, 78); CREATE TABLE p (id int PRIMARY KEY)")
        #expect(other.state("ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p") == "23503")
    }

    /// A second copy of the tables has other ids, which its foreign keys refer to.
    @Test func foreignKeysFollowTheirTables() throws {
        let path = directory.file("a.tar")
        try source.pando.catalog.snapshot().dump(toFile: path)
        var transaction = try source.pando.catalog.beginWrite()
        _ = try transaction.renameDatabase("shop", to: "old")
        try transaction.commit()
        #expect(try source.pando.catalog.restore(ArchiveInput(path: path)).notes == [])
        let again = try SQLConnection(source.pando, user: nil, database: "shop")
        #expect(again.state("INSERT INTO c (id, a, p) VALUES (3, 1, 2)") == "23503")
        try again.rows("INSERT INTO p VALUES (2); INSERT INTO c (id, a, p) VALUES (3, 1, 2)")
        #expect(again.state("DELETE FROM p WHERE id = 2") == "23503")
    }

    @Test func sequencesFollowTheirOwners() throws {
        try source.rows("CREATE SEQUENCE own OWNED BY p.id")
        let path = directory.file("owned.tar")
        try source.pando.catalog.snapshot().dump(toFile: path)
        var transaction = try source.pando.catalog.beginWrite()
        _ = try transaction.renameDatabase("shop", to: "old")
        try transaction.commit()
        _ = try source.pando.catalog.restore(ArchiveInput(path: path))
        let again = try SQLConnection(source.pando, user: nil, database: "shop")
        try again.rows("DROP TABLE p CASCADE")
        #expect(again.state("SELECT nextval('own')") == "42P01")
        let old = try SQLConnection(source.pando, user: nil, database: "old")
        #expect(try old.rows("SELECT nextval('own')") == ["1"])
    }

    private static let cells = """
        CREATE CELL s (code text PRIMARY KEY); CREATE TABLE s.r (n int PRIMARY KEY);
        INSERT INTO s VALUES ('a'); INSERT INTO s.r USING code = 'a' VALUES (1)
        """

    /// So do tables of cells, and the schema that is theirs.
    @Test func cellsFollowTheirGroup() throws {
        try source.rows(Self.cells)
        let path = directory.file("cells.tar")
        try source.pando.catalog.snapshot().dump(toFile: path)
        var transaction = try source.pando.catalog.beginWrite()
        _ = try transaction.renameDatabase("shop", to: "old")
        try transaction.commit()
        #expect(try source.pando.catalog.restore(ArchiveInput(path: path)).notes == [])
        let again = try SQLConnection(source.pando, user: nil, database: "shop")
        try again.rows("INSERT INTO s VALUES ('b'); INSERT INTO s.r USING code = 'b' VALUES (2); CREATE TABLE s.t (m int)")
        #expect(try again.rows("SHOW CELLS") == ["s|code|2|r, t"])
        #expect(again.state("DELETE FROM s WHERE code = 'b'") == "23503")
        let old = try SQLConnection(source.pando, user: nil, database: "old")
        #expect(try old.rows("SHOW CELLS") == ["s|code|1|r"])
        #expect(try old.rows("SELECT cell.code, n FROM s.r") == ["a|1"])
    }

    @Test func aTableOfCellsNeedsItsGroup() throws {
        try source.rows(Self.cells)
        var options = RestoreOptions()
        options.selection = [try #require(ArchiveSelection("shop.s.r"))]
        let other = try TestSession()
        let message = refusal { try restored(into: other, options) }
        #expect(message == "`shop.s.r` was not restored: the table of its cells is not here; restore that, too.")
        #expect(try other.rows("SHOW CELLS") == [])
        #expect(other.state("SELECT 1 FROM s.r") == "42P01")
    }

    /// What text input refuses may be in a table by other ways.
    @Test func aDistanceThatNoTextSaysComesIn() throws {
        try source.rows("CREATE TABLE w (q tsquery); INSERT INTO w VALUES (to_tsquery('english', 'cat <16384> the <5> dog'))")
        let other = try TestSession()
        #expect(try restored(into: other).tables == 3)
        #expect(try other.rows("SELECT q FROM w") == ["'cat' <16389> 'dog'"])
    }

    /// Rows of a table that is there may refer to rows of it that stand behind them in the archive.
    @Test func rowsThatReferToLaterOnesOfTheirTable() throws {
        let table = """
            CREATE TABLE n (id int PRIMARY KEY, code text UNIQUE, up int REFERENCES n, beside text REFERENCES n (code) ON UPDATE SET NULL,
                chief text REFERENCES n (code));
            """
        try source.rows(table + "INSERT INTO n VALUES (1, 'a', 3, 'b', 'c'), (2, 'b', 2, 'c', NULL), (3, 'c', NULL, 'a', 'a')")
        var options = RestoreOptions()
        options.force = true
        options.selection = [try #require(ArchiveSelection("shop.n"))]
        let other = try TestSession()
        try other.rows(table)
        #expect(try restored(into: other, options).rows == 3)
        let rows = try source.rows("SELECT * FROM n ORDER BY id")
        #expect(try other.rows("SELECT * FROM n ORDER BY id") == rows)
        // What is written over may have had what other rows refer to until they are written over as well.
        try other.rows("DELETE FROM n; INSERT INTO n VALUES (1, 'x', 2, NULL, 'y'), (2, 'y', 1, NULL, 'x'), (3, 'z', NULL, 'x', 'x')")
        #expect(try restored(into: other, options).rows == 3)
        #expect(try other.rows("SELECT * FROM n ORDER BY id") == rows)
        // One that is never there is refused with all rows.
        try put(#"{"id": 4, "code": "d", "up": 9}"#, into: "n")
        try other.rows("DELETE FROM n")
        #expect(refusal { try restored(into: other, options) }?.contains("/n.json`: ") == true)
        #expect(refusal { try restored(into: other, options) }?.contains("n_up_fkey") == true)
        #expect(try other.rows("SELECT count(*) FROM n") == ["0"])
        // A row that stays may not lose what it refers to.
        try put(#"{"id": 4, "code": "d"}"#, into: "n")
        try other.rows("INSERT INTO n VALUES (1, 'x', NULL, NULL, NULL), (7, 'y', 1, NULL, 'x')")
        #expect(refusal { try restored(into: other, options) }?.contains("n_chief_fkey") == true)
        #expect(other.state("INSERT INTO n VALUES (8, 'q', 9)") == "23503")
    }

    /// What was declared NOT VALID is held for new rows, and those that are there come as they are.
    @Test func whatIsNotValidStaysSo() throws {
        try source.rows("INSERT INTO c VALUES (4, 4, 50); ALTER TABLE c ADD CONSTRAINT few CHECK (b < 10) NOT VALID")
        try source.rows("ALTER DOMAIN short ADD CONSTRAINT shorter CHECK (length(value) < 2) NOT VALID")
        let other = try TestSession()
        #expect(try restored(into: other).notes == [])
        #expect(try other.rows("SELECT count(*) FROM c") == ["3"])
        #expect(other.state("INSERT INTO c VALUES (5, 5, 50)") == "23514")
    }
}
