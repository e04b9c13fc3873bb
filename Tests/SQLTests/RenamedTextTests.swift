import ReQLish
import TestTraits
import Testing

@testable import SQL

/// Views and declarations go on meaning the same when what they read gets another name.
@Suite(.ownThreads) struct RenamedTextTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int PRIMARY KEY, x int, y int)")
        try session.rows("INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 3, 4)")
    }

    @Test func aColumnOfOneTableIsRenamed() throws {
        try session.rows("CREATE VIEW v AS SELECT a.id, a.x AS ax, b.x AS bx, b.y FROM a JOIN b ON a.id = b.id WHERE a.x > 0 ORDER BY b.x")
        try session.rows("CREATE VIEW w AS SELECT q.x FROM (SELECT x FROM a) q")
        try session.rows("ALTER TABLE a RENAME COLUMN x TO y")
        #expect(try session.rows("SELECT * FROM v") == ["1|2|3|4"])
        #expect(try session.rows("SELECT x FROM w") == ["2"])
        try session.rows("ALTER VIEW w RENAME COLUMN x TO z; CREATE VIEW u AS SELECT z, (SELECT count(*) FROM b) AS x FROM w")
        try session.rows("ALTER VIEW w RENAME COLUMN z TO x")
        #expect(try session.rows("SELECT z, x FROM u") == ["2|1"])
    }

    /// A name that can't be said in the view's text keeps the column from being renamed, and leaves all as it was.
    @Test func aColumnOfASampleKeepsItsName() throws {
        try session.rows("CREATE VIEW v AS SELECT id, y FROM a TABLESAMPLE SYSTEM (100) JOIN b USING (id)")
        #expect(session.state("ALTER TABLE a RENAME COLUMN id TO key") == "0A000")
        #expect(try session.rows("SELECT * FROM v") == ["1|4"])
        #expect(try session.rows("SELECT id FROM a") == ["1"])
    }

    /// Columns beside those of USING, and those of a join with a name, have no name of a table before them.
    @Test func columnsOfJoinsAreRenamed() throws {
        try session.rows("CREATE VIEW v AS SELECT id, y FROM a JOIN b USING (id)")
        try session.rows("CREATE VIEW w AS SELECT j.y FROM (a JOIN b ON a.id = b.id) AS j")
        try session.rows("CREATE VIEW u AS SELECT q.k FROM b AS q (id, k) WHERE EXISTS (SELECT 1 FROM a WHERE a.x < k)")
        try session.rows("ALTER TABLE b RENAME COLUMN y TO z; ALTER TABLE b RENAME COLUMN x TO k")
        #expect(try session.rows("SELECT * FROM v") == ["1|4"])
        #expect(try session.rows("SELECT y FROM w") == ["4"])
        #expect(try session.rows("SELECT k FROM u") == ["3"])
    }

    @Test func aTableIsCalledLikeAColumn() throws {
        try session.rows("CREATE TABLE name (id int PRIMARY KEY, name text); INSERT INTO name VALUES (1, 'x')")
        try session.rows("CREATE VIEW v AS SELECT id, name FROM name; CREATE VIEW w AS SELECT name.name FROM name")
        try session.rows("ALTER TABLE name RENAME TO names")
        #expect(try session.rows("SELECT * FROM v") == ["1|x"])
        #expect(try session.rows("SELECT * FROM w") == ["x"])
        try session.rows("CREATE SCHEMA apart; ALTER TABLE names SET SCHEMA apart; ALTER VIEW v RENAME TO vv")
        #expect(try session.rows("SELECT * FROM vv") == ["1|x"])
    }

    /// A view that is read by another is written before that is looked at, whatever they are called.
    @Test func viewsStandUponEachOther() throws {
        try session.rows("CREATE VIEW w AS SELECT x FROM a; CREATE VIEW v AS SELECT w.x, a.id FROM w JOIN a ON a.x = w.x")
        try session.rows("CREATE VIEW u AS SELECT x FROM v; CREATE SCHEMA apart")
        try session.rows("ALTER TABLE a RENAME TO aa; ALTER TABLE aa RENAME COLUMN x TO z; ALTER VIEW w RENAME TO ww")
        #expect(try session.rows("SELECT * FROM v") == ["2|1"])
        try session.rows("ALTER TABLE aa SET SCHEMA apart; ALTER VIEW ww SET SCHEMA apart; ALTER VIEW apart.ww RENAME COLUMN x TO k")
        #expect(try session.rows("SELECT * FROM v") == ["2|1"])
        #expect(try session.rows("SELECT x FROM u") == ["2"])
    }

    /// Where another column would be read under the same words, they are written in full, or refused.
    @Test func theSameColumnsAreRead() throws {
        try session.rows("CREATE TABLE w (w int, n int); INSERT INTO w VALUES (1, 2); CREATE VIEW vw AS SELECT w FROM w")
        try session.rows("ALTER TABLE w RENAME TO n")
        #expect(try session.rows("SELECT * FROM vw") == ["1"])
        try session.rows("CREATE TABLE nn (i int, p int); CREATE TABLE mm (i int, q int)")
        try session.rows("CREATE VIEW vn AS SELECT p, q FROM nn NATURAL JOIN mm")
        try session.rows("INSERT INTO nn VALUES (1, 2), (3, 4); INSERT INTO mm VALUES (3, 5); ALTER TABLE nn RENAME i TO k")
        #expect(try session.rows("SELECT * FROM vn") == ["4|5"])
    }

    /// A cast and a CASE are called like the column that they are of.
    @Test func columnsOfResultsKeepTheirNames() throws {
        try session.rows("CREATE VIEW v AS SELECT q.x FROM (SELECT x::text FROM a) q")
        try session.rows("CREATE VIEW w AS SELECT q.x FROM (SELECT (SELECT x) FROM a) q")
        try session.rows("CREATE VIEW u AS SELECT q.x, q.y FROM (SELECT CASE WHEN y IS DISTINCT FROM x THEN 7 ELSE x END, y FROM b) q")
        try session.rows("CREATE VIEW o AS SELECT q.x FROM (SELECT x COLLATE \"C\" FROM (SELECT a.x::text FROM a) p ORDER BY x) q")
        try session.rows("ALTER TABLE a RENAME x TO z; ALTER TABLE b RENAME x TO k; ALTER TABLE b RENAME y TO x")
        #expect(try session.rows("SELECT v.x, w.x, u.x, u.y, o.x FROM v, w, u, o") == ["2|2|7|4|2"])
    }

    /// A name that is found only as it is written is a name of the column, too.
    @Test func lettersAreWrittenAsTheyAre() throws {
        try session.rows(#"CREATE TABLE c ("userId" int CHECK (userId > 0)); INSERT INTO c VALUES (1)"#)
        try session.rows("CREATE VIEW v AS SELECT userId FROM c")
        try session.rows(#"ALTER TABLE c RENAME "userId" TO uid"#)
        #expect(try session.rows("SELECT * FROM v") == ["1"])
        #expect(session.state("INSERT INTO c VALUES (0)") == "23514")
    }

    /// Functions and types that are called like the column stay.
    @Test func declarationsNameTheColumnAlone() throws {
        try session.rows(
            """
            CREATE TABLE t (length int, date date DEFAULT '2021-01-01', CHECK (length > 0 AND length('abc') = 3), CHECK (date > '2020-01-01'::date));
            ALTER TABLE t RENAME COLUMN length TO size;
            ALTER TABLE t RENAME COLUMN date TO day;
            INSERT INTO t (size) VALUES (2)
            """)
        #expect(session.state("INSERT INTO t (size) VALUES (-2)") == "23514")
        #expect(session.state("INSERT INTO t (size, day) VALUES (2, '2019-01-01')") == "23514")
    }

    @Test func constraintsHaveNamesOfTheirOwn() throws {
        try session.rows("CREATE TABLE t (a int, CONSTRAINT c1 CHECK (a > 0), CONSTRAINT c2 CHECK (a < 9), CONSTRAINT u1 UNIQUE (a))")
        #expect(session.state("ALTER TABLE t RENAME CONSTRAINT c1 TO c2") == "42710")
        #expect(session.state("ALTER TABLE t RENAME CONSTRAINT u1 TO a") == "42P07")
    }

    /// Where the path doesn't lead to a type, it is shown with its schema: what `pg_dump` writes can be read anywhere.
    @Test func typesAreShownWithTheirSchema() throws {
        try session.rows("CREATE TYPE mood AS ENUM ('ok'); CREATE SCHEMA apart; CREATE TYPE apart.feel AS ENUM ('x')")
        try session.rows("CREATE TABLE t (m mood DEFAULT 'ok'::mood)")
        let shown = """
            SELECT format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid) FROM pg_attribute, pg_attrdef
            WHERE attrelid = 'public.t'::regclass AND adrelid = attrelid AND attnum = 1
            """
        #expect(try session.rows(shown) == ["mood|'ok'::mood"])
        #expect(try session.rows("SELECT format_type('apart.feel'::regtype, -1)") == ["apart.feel"])
        try session.rows("SET search_path = ''")
        #expect(try session.rows(shown) == ["public.mood|'ok'::public.mood"])
        try session.rows("SET search_path = apart, public")
        #expect(try session.rows("SELECT format_type('apart.feel'::regtype, -1)") == ["feel"])
    }

    /// A column is numbered as in `pg_attribute`, whatever was dropped before it.
    @Test func columnsKeepTheirNumbers() throws {
        try session.rows("ALTER TABLE b DROP COLUMN x")
        let numbers = "SELECT ordinal_position FROM information_schema.columns WHERE table_name = 'b' ORDER BY 1"
        #expect(try session.rows(numbers) == ["1", "3"])
    }

    @Test func foreignKeysHoldWhenValuesAreConverted() throws {
        try session.rows("CREATE TABLE p (id text PRIMARY KEY); CREATE TABLE c (p text REFERENCES p)")
        try session.rows("INSERT INTO p VALUES ('1'); INSERT INTO c VALUES ('1')")
        #expect(session.state("ALTER TABLE c ALTER p TYPE text USING p || 'x'") == "23503")
        #expect(session.state("ALTER TABLE p ALTER id TYPE text USING id || 'x'") == "23503")
        #expect(session.state("ALTER TABLE p ALTER id TYPE varchar(9)") == nil)
        try session.rows("CREATE TABLE d (a text UNIQUE DEFERRABLE); INSERT INTO d VALUES ('1'), ('01')")
        #expect(session.state("ALTER TABLE d ALTER a TYPE int USING a::int") == "23505")
    }

    // MARK: - What goes along

    @Test func viewsOfOtherSchemasGoWithASchema() throws {
        try session.rows("CREATE SCHEMA apart; CREATE VIEW apart.v AS SELECT 1 AS x; CREATE VIEW w AS SELECT x FROM apart.v")
        try session.rows("DROP SCHEMA apart CASCADE")
        #expect(session.state("SELECT * FROM w") == "42P01")
    }

    @Test func aTypeTakesItsColumnsAlong() throws {
        try session.rows(
            """
            CREATE TYPE mood AS ENUM ('sad', 'ok');
            CREATE TABLE t (id int, m mood PRIMARY KEY, n int, CHECK (m <> 'sad' OR n > 0)); CREATE TABLE u (m mood REFERENCES t);
            CREATE INDEX tm ON t (n) WHERE m = 'ok'; CREATE VIEW v AS SELECT id, m FROM t; CREATE VIEW w AS SELECT 'sad'::mood AS k;
            INSERT INTO t VALUES (1, 'ok', 1)
            """)
        #expect(session.state("DROP TYPE mood") == "2BP01")
        try session.rows("DROP TYPE mood CASCADE")
        #expect(try session.rows("SELECT * FROM t") == ["1|1"])
        #expect(try session.rows("SELECT conname FROM pg_constraint WHERE conrelid IN ('t'::regclass, 'u'::regclass)") == [])
        #expect(try session.rows("INSERT INTO t VALUES (2, -1); INSERT INTO u DEFAULT VALUES; SELECT count(*) FROM t") == ["2"])
        #expect(session.state("SELECT * FROM v") == "42P01")
        #expect(session.state("SELECT * FROM w") == "42P01")
    }

    /// What goes with one thing doesn't come back with the next.
    @Test func severalThingsGoTogether() throws {
        try session.rows("CREATE TYPE md AS ENUM ('x'); CREATE TABLE bb (m md PRIMARY KEY, v int)")
        try session.rows("CREATE TABLE aa (m md REFERENCES bb, w int)")
        try session.rows("CREATE TABLE cc (m1 md, m2 md, n int); CREATE VIEW v2 AS SELECT m2 FROM cc; DROP TYPE md CASCADE")
        #expect(try session.rows("INSERT INTO aa VALUES (1) RETURNING aa.*") == ["1"])
        #expect(session.state("SELECT * FROM v2") == "42P01")
        try session.rows("CREATE TABLE t (m1 int, m2 int, n int); CREATE VIEW v3 AS SELECT m2 FROM t")
        #expect(session.state("ALTER TABLE t DROP COLUMN m1, DROP COLUMN m2") == "2BP01")
        try session.rows("CREATE TABLE p (a int, b int); CREATE UNIQUE INDEX i ON p (a); CREATE UNIQUE INDEX j ON p (b)")
        try session.rows("CREATE TABLE c (x int REFERENCES p (a), y int REFERENCES p (b)); DROP INDEX i, j CASCADE")
        #expect(try session.rows("SELECT conname FROM pg_constraint WHERE conrelid = 'c'::regclass") == [])
        try session.rows("CREATE TABLE q (a int UNIQUE, b int UNIQUE); CREATE TABLE d (x int REFERENCES q (a), y int REFERENCES q (b))")
        try session.rows("ALTER TABLE q DROP CONSTRAINT q_a_key CASCADE, DROP CONSTRAINT q_b_key CASCADE; INSERT INTO d VALUES (1, 2)")
        #expect(try session.rows("SELECT conname FROM pg_constraint WHERE conrelid = 'd'::regclass") == [])
    }

    /// Tables, views and sequences of a schema go at once, and what uses them outside loses that.
    @Test func aSchemaGoesWithAllThatIsInIt() throws {
        try session.rows(
            """
            CREATE SCHEMA s; CREATE TABLE s.t (id serial PRIMARY KEY); CREATE TABLE s.u (t int REFERENCES s.t, n int DEFAULT nextval('s.t_id_seq'));
            CREATE VIEW s.v AS SELECT id FROM s.t; CREATE VIEW s.w AS SELECT id FROM s.v; CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.w;
            CREATE SEQUENCE s.q; CREATE TABLE o (t int REFERENCES s.t, n int DEFAULT nextval('s.q'), k int DEFAULT nextval('s.t_id_seq'));
            CREATE VIEW ov AS SELECT id FROM s.m; DROP SCHEMA s CASCADE; INSERT INTO o (t) VALUES (7); CREATE SCHEMA s
            """)
        #expect(try session.rows("SELECT * FROM o") == ["7|NULL|NULL"])
        #expect(session.state("SELECT * FROM ov") == "42P01")
        #expect(try session.rows("SELECT relname FROM pg_class WHERE relnamespace = 's'::regnamespace") == [])
        #expect(try session.rows("SELECT sequencename FROM pg_sequences") == [])
    }

    @Test func sequencesOfTablesAreUsedByOthers() throws {
        try session.rows("CREATE TABLE t (a serial PRIMARY KEY); CREATE TABLE u (x int DEFAULT nextval('t_a_seq'))")
        #expect(session.state("DROP TABLE t") == "2BP01")
        #expect(session.state("ALTER TABLE t DROP COLUMN a") == "2BP01")
        try session.rows("DROP TABLE t CASCADE; INSERT INTO u DEFAULT VALUES")
        #expect(try session.rows("SELECT x FROM u") == ["NULL"])
        try session.rows("CREATE SCHEMA apart; CREATE SEQUENCE apart.q; CREATE TABLE w (x int DEFAULT nextval('apart.q') + 1)")
        #expect(session.state("DROP SEQUENCE apart.q") == "2BP01")
        try session.rows("ALTER SEQUENCE apart.q RENAME TO r; INSERT INTO w DEFAULT VALUES")
        #expect(try session.rows("SELECT x FROM w") == ["2"])
    }

    @Test func aForeignKeyKeepsTheIndexThatItRefersTo() throws {
        try session.rows("CREATE UNIQUE INDEX ax ON a (x); CREATE TABLE c (x int REFERENCES a (x))")
        #expect(session.state("DROP INDEX ax") == "2BP01")
        try session.rows("DROP INDEX ax CASCADE; INSERT INTO c VALUES (77)")
    }

    /// A label's new name is that of rows, declarations and views.
    @Test func aLabelIsRenamedWhereverItStands() throws {
        try session.rows(
            """
            CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, m mood); CREATE DOMAIN calm AS mood CHECK (value <> 'ok');
            CREATE TABLE t (id int, m mood DEFAULT 'sad', l mood[], p pair, d calm, note text, CHECK (m <> 'ok' OR id > 0), CHECK (note <> 'ok'));
            CREATE VIEW v AS SELECT id, 'sad' AS word FROM t WHERE m = 'sad';
            INSERT INTO t VALUES (1, 'sad', '{sad,ok}', ROW(1, 'sad'), 'sad', 'sad');
            ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
            INSERT INTO t (id) VALUES (2)
            """)
        #expect(try session.rows("SELECT m, l, (p).m, d, note FROM t WHERE id = 1") == ["blue|{blue,fine}|blue|blue|sad"])
        #expect(try session.rows("SELECT m FROM t WHERE id = 2") == ["blue"])
        #expect(try session.rows("SELECT * FROM v ORDER BY id") == ["1|sad", "2|sad"])
        #expect(session.state("INSERT INTO t (id, m) VALUES (-1, 'fine')") == "23514")
        #expect(session.state("INSERT INTO t (id, d) VALUES (3, 'fine')") == "23514")
        #expect(session.state("INSERT INTO t (id, note) VALUES (4, 'ok')") == "23514")
    }

    /// Arrays and rows have labels within their literals.
    @Test func labelsWithinLiteralsAreRenamed() throws {
        try session.rows(
            """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'a "b"'); CREATE TYPE pair AS (a text, m mood);
            CREATE TABLE e (i int, m mood[] DEFAULT '{sad,"a \\"b\\""}', p pair DEFAULT '(sad,sad)');
            CREATE VIEW v AS SELECT i FROM e WHERE m[1] = ANY ('{sad,ok}'::mood[]);
            ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; ALTER TYPE mood RENAME VALUE 'a "b"' TO 'c'; INSERT INTO e VALUES (1)
            """)
        #expect(try session.rows("SELECT m, p FROM e") == ["{blue,c}|(sad,blue)"])
        #expect(try session.rows("SELECT * FROM v") == ["1"])
    }

    @Test func sequencesGoWithATableThatReQLDrops() async throws {
        try session.rows("CREATE TABLE t (a serial); CREATE TABLE u (x int DEFAULT nextval('t_a_seq'))")
        try await session.pando.run(r.db("shop").tableDrop("t"))
        #expect(try session.rows("SELECT sequencename FROM pg_sequences") == [])
        #expect(session.state("SELECT * FROM t") == "42P01")
        #expect(try session.rows("INSERT INTO u DEFAULT VALUES RETURNING x") == ["NULL"])
    }

    @Test func aTypeIsRenamedWhereverItIsNamed() throws {
        try session.rows(
            """
            CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN pos AS int CHECK (value > 0);
            CREATE TABLE t (id pos, m mood DEFAULT 'sad'::mood, CHECK (m <> 'ok'::mood), CHECK (id::pos > 1));
            CREATE VIEW v AS SELECT id FROM t WHERE m = 'sad'::mood; INSERT INTO t VALUES (2);
            ALTER TYPE mood RENAME TO feel; INSERT INTO t VALUES (3); CREATE SCHEMA s; ALTER TYPE feel SET SCHEMA s; INSERT INTO t VALUES (4);
            ALTER DOMAIN pos SET SCHEMA s; ALTER SCHEMA s RENAME TO z; INSERT INTO t VALUES (5)
            """)
        #expect(try session.rows("SELECT * FROM v ORDER BY 1") == ["2", "3", "4", "5"])
        #expect(session.state("INSERT INTO t VALUES (6, 'ok')") == "23514")
        #expect(session.state("INSERT INTO t VALUES (1)") == "23514")
    }

    /// Whatever the path of who writes is, a table's own words mean what they meant.
    @Test func thePathOfWhoWritesIsNoMatter() throws {
        try session.rows("CREATE TABLE t (a serial, b int); CREATE SCHEMA apart; CREATE SEQUENCE apart.t_a_seq START 50")
        for path in ["apart", "''"] { try session.rows("SET search_path = \(path); INSERT INTO public.t (b) VALUES (1)") }
        try session.rows("RESET search_path")
        #expect(try session.rows("SELECT a FROM t ORDER BY a") == ["1", "2"])
        try session.rows("CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE apart.mood AS ENUM ('glad')")
        try session.rows("CREATE TABLE apart.u (m apart.mood DEFAULT 'glad'::apart.mood); CREATE TABLE u (m mood DEFAULT 'sad'::mood)")
        try session.rows("SET search_path = apart, public; INSERT INTO public.u DEFAULT VALUES; CREATE TABLE x (m mood DEFAULT 'glad')")
        #expect(try session.rows("INSERT INTO x DEFAULT VALUES RETURNING m") == ["glad"])
    }
}
