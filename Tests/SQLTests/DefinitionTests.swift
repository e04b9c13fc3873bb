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
        #expect(session.state("BEGIN; CREATE TYPE other AS ENUM ('a'); ALTER TYPE other ADD VALUE 'b'; SELECT 'b'::other") == "55P04")
        try session.rows("ROLLBACK")
        #expect(session.state("BEGIN; ALTER TYPE mood ADD VALUE 'so'; SELECT enum_last(NULL::mood)") == "55P04")
        #expect(try session.rows("ROLLBACK; SELECT enum_last(NULL::mood)") == ["glad"])
        #expect(session.state("CREATE TYPE nothing AS ENUM (); SELECT enum_first(NULL::nothing)") == "55000")
    }

    @Test func labelsBetweenOthersHaveNumbersBetweenTheirs() throws {
        try session.rows(
            """
            CREATE TYPE size AS ENUM ('s', 'm'); ALTER TYPE size ADD VALUE 'xs' BEFORE 's'; ALTER TYPE size ADD VALUE 'sm' AFTER 's';
            ALTER TYPE size ADD VALUE 'sn' AFTER 'sm'; ALTER TYPE size ADD VALUE 'l'
            """)
        #expect(
            try session.rows("SELECT enumlabel, enumsortorder FROM pg_enum ORDER BY enumsortorder")
                == ["xs|0", "s|1", "sm|1.5", "sn|1.75", "m|2", "l|3"])
        try session.rows("ALTER TYPE size RENAME VALUE 'sn' TO 'so'")
        #expect(try session.rows("SELECT enumsortorder FROM pg_enum WHERE enumlabel = 'so'") == ["1.75"])
    }

    /// What a view has only because it groups by a primary key needs the key.
    @Test func viewsNeedTheKeysThatTheyGroupBy() throws {
        try session.rows(
            """
            CREATE TABLE t (id int PRIMARY KEY, name text); CREATE VIEW needs AS SELECT id, name, count(*) FROM t GROUP BY id;
            CREATE VIEW doesnt AS SELECT id, count(*) FROM t GROUP BY id
            """)
        #expect(session.state("ALTER TABLE t DROP CONSTRAINT t_pkey") == "2BP01")
        try session.rows("ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE")
        #expect(try session.rows("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == ["doesnt"])
    }

    @Test func defaultsAreShownWithTheirTypes() throws {
        try session.rows(
            """
            CREATE TYPE mood AS ENUM ('sad');
            CREATE TABLE t (a int DEFAULT 2 + 3, b date DEFAULT DATE '2024-01-01', c mood DEFAULT 'sad', d varchar(5)[] DEFAULT '{}',
                e text DEFAULT 'it''s', f int DEFAULT '7', g numeric DEFAULT -1.5, h bool DEFAULT 'yes', i timestamptz DEFAULT now())
            """)
        #expect(
            try session.rows("SELECT column_default FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position") == [
                "(2 + 3)", "'2024-01-01'::date", "'sad'::mood", "'{}'::character varying[]", "'it''s'::text", "7", "'-1.5'::numeric",
                "true",
                "now()",
            ])
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
