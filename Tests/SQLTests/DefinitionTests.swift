import Testing

@testable import SQL

@Suite struct DefinitionTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func starsOfViewsAreThoseOfTheirTime() throws {
        try session.rows(
            """
            CREATE TABLE a (x int, y text); CREATE TABLE b (x int, z text); INSERT INTO a VALUES (1, 'y'); INSERT INTO b VALUES (1, 'z');
            CREATE VIEW v AS SELECT * FROM a JOIN b USING (x); CREATE VIEW w AS SELECT b.*, a.y FROM a, b WHERE EXISTS (SELECT * FROM a);
            ALTER TABLE a ADD COLUMN more int DEFAULT 5; ALTER TABLE b ADD COLUMN less int DEFAULT 6
            """)
        #expect(try session.rows("SELECT * FROM v") == ["1|y|z"])
        #expect(try session.rows("SELECT * FROM w") == ["1|z|y"])
        try session.rows("ALTER TABLE a RENAME TO c; ALTER TABLE c RENAME y TO why")
        #expect(try session.rows("SELECT * FROM v") == ["1|y|z"])
    }

    @Test func addedColumnsOfDomains() throws {
        try session.rows(
            """
            CREATE DOMAIN d AS int DEFAULT 7 CHECK (value > 0); CREATE DOMAIN n AS int NOT NULL; CREATE TABLE t (a int); INSERT INTO t VALUES (1);
            ALTER TABLE t ADD COLUMN b d
            """)
        #expect(try session.rows("SELECT * FROM t") == ["1|7"])
        #expect(session.state("ALTER TABLE t ADD COLUMN c n") == "23502")
    }

    @Test func labelsOfAnOpenTransaction() throws {
        try session.rows("CREATE TYPE mood AS ENUM ('sad')")
        #expect(session.state("BEGIN; ALTER TYPE mood ADD VALUE 'glad'; SELECT 'glad'::mood") == "55P04")
        try session.rows("ROLLBACK; BEGIN; ALTER TYPE mood ADD VALUE 'glad'; COMMIT")
        #expect(try session.rows("SELECT 'glad'::mood") == ["glad"])
        try session.rows("BEGIN; CREATE TYPE other AS ENUM ('a'); ALTER TYPE other ADD VALUE 'b'; SELECT 'b'::other; COMMIT")
    }

    @Test func keysOfDifferentTypesMeet() throws {
        try session.rows(
            """
            CREATE TABLE p (id numeric PRIMARY KEY); CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE, q int REFERENCES p ON DELETE SET NULL);
            INSERT INTO p VALUES (1.0), (2); INSERT INTO c VALUES (1, 2), (2, 1)
            """)
        try session.rows("DELETE FROM p WHERE id = 1")
        #expect(try session.rows("SELECT * FROM c") == ["2|NULL"])
        #expect(session.state("INSERT INTO c VALUES (3, NULL)") == "23503")
    }

    @Test func deferrableKeysDoNotOverwrite() throws {
        try session.rows(
            "CREATE TABLE t (a int, b int, c text, PRIMARY KEY (a, b) DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1, 1, 'x')")
        #expect(session.state("INSERT INTO t VALUES (1, 1, 'y')") == "23505")
        #expect(session.state("BEGIN; INSERT INTO t VALUES (1, 1, 'y'); COMMIT") == "23505")
        try session.rows("BEGIN; INSERT INTO t VALUES (1, 1, 'y'); UPDATE t SET b = 2 WHERE c = 'x'; COMMIT")
        #expect(try session.rows("SELECT * FROM t ORDER BY c") == ["1|2|x", "1|1|y"])
    }
}
