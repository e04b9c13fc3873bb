import Testing

@testable import SQL

/// What PostgreSQL's own regression scripts found to be otherwise than in PostgreSQL 15, with its answers.
@Suite struct RegressionScriptTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func outerJoinsWithSomethingThatDependsOnTablesOutside() throws {
        try session.rows("CREATE TABLE a (q int, r int); CREATE TABLE b (f int)")
        try session.rows("INSERT INTO a VALUES (1, 2), (2, 1), (2, 3); INSERT INTO b VALUES (1), (2)")
        #expect(
            try session.rows(
                "SELECT a.q, x.q, x.r, z FROM a, a x LEFT JOIN LATERAL (SELECT a.q FROM b) ss (z) ON x.r = ss.z ORDER BY 1, 2, 3, 4")
                == [
                    "1|1|2|NULL", "1|2|1|1", "1|2|1|1", "1|2|3|NULL", "2|1|2|2", "2|1|2|2", "2|1|2|2", "2|1|2|2", "2|2|1|NULL",
                    "2|2|1|NULL", "2|2|3|NULL", "2|2|3|NULL",
                ])
        #expect(
            try session.rows(
                "SELECT a.r, b.f, s.n FROM a LEFT JOIN (b LEFT JOIN LATERAL (SELECT a.r + b.f AS n WHERE a.r > 1) s ON s.n > 3) "
                    + "ON b.f = a.q ORDER BY 1, 2") == ["1|2|NULL", "2|1|NULL", "3|2|5"])
        #expect(
            try session.rows(
                "SELECT a.r, g, h FROM a, b LEFT JOIN generate_series(1, a.r) g ON g = b.f LEFT JOIN generate_series(a.q, a.q) h "
                    + "ON h = g WHERE a.r = 2 ORDER BY 1, 2, 3") == ["2|1|1", "2|2|NULL"])
    }

    @Test func rowsAreCopiedFrozenIntoWhatTheTransactionMade() throws {
        try session.rows("CREATE TABLE t (a int)")
        let copy = "COPY t FROM STDIN (FREEZE)"
        #expect(session.state(copy) == "55000")
        try session.rows("BEGIN; TRUNCATE t; SAVEPOINT s")
        #expect(session.state(copy) == "55000")
        try session.rows("ROLLBACK TO s; RELEASE s")
        #expect(session.state(copy) != "55000")
        try session.rows("ROLLBACK; BEGIN; SAVEPOINT s; TRUNCATE t; ROLLBACK TO s")
        #expect(session.state(copy) == "55000")
        try session.rows("ROLLBACK; BEGIN; CREATE TABLE u (a int)")
        #expect(session.state("COPY u FROM STDIN (FREEZE)") != "55000")
        try session.rows("ROLLBACK")
    }

    @Test func whatMaintenanceNamesIsThere() throws {
        try session.rows("CREATE TABLE t (a int PRIMARY KEY, b int); CREATE VIEW v AS SELECT 1 AS x")
        for (statement, state) in [
            ("ANALYZE u", "42P01"), ("ANALYZE t (c)", "42703"), ("ANALYZE t (a, a)", "42701"), ("ANALYZE (nonsense) t", "42601"),
            ("VACUUM u", "42P01"), ("VACUUM (nonsense) t", "42601"), ("VACUUM t (a)", "0A000"), ("VACUUM (ANALYZE) t (c)", "42703"),
            ("CLUSTER u", "42P01"), ("CLUSTER t USING u", "42704"),
        ] {
            #expect(session.state(statement) == state, "\(statement)")
        }
        for statement in ["ANALYZE", "ANALYZE t (a, b), v", "VACUUM FULL ANALYZE t (b)", "VACUUM (PARALLEL 2) t", "CLUSTER t USING t_pkey"]
        {
            try session.rows(statement)
        }
    }

    @Test func typesOfColumnsChangeOverTheSameRows() throws {
        try session.rows("CREATE TABLE t (f1 int, f2 text, f3 text); INSERT INTO t VALUES (1, 'one', 'uno'), (2, 'two', 'due')")
        try session.rows(
            "ALTER TABLE t ALTER f1 TYPE text USING f2 || ' and ' || f3, ALTER f2 TYPE bigint USING f1 * 10, DROP COLUMN f3")
        #expect(try session.rows("SELECT * FROM t ORDER BY f2") == ["one and uno|10", "two and due|20"])
        try session.rows("ALTER TABLE t ADD COLUMN c int DEFAULT 3")
        try session.rows("ALTER TABLE t ALTER c TYPE boolean USING c > 2, ALTER c DROP DEFAULT, ALTER c SET DEFAULT false")
        #expect(try session.rows("INSERT INTO t VALUES ('x', 30) RETURNING c") == ["f"])
        try session.rows("CREATE TABLE i (n smallint GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3)); ALTER TABLE i ALTER n TYPE int")
        #expect(
            try session.rows("SELECT seqtypid::regtype, seqmax FROM pg_sequence WHERE seqrelid = 'i_n_seq'::regclass")
                == ["integer|2147483647"])
        #expect(
            try session.rows(
                "SELECT identity_start, identity_increment, identity_maximum, identity_minimum, identity_cycle "
                    + "FROM information_schema.columns WHERE table_name = 'i'") == ["5|3|2147483647|1|NO"])
        try session.rows("CREATE SEQUENCE s AS smallint MINVALUE -32768 START -32768; ALTER SEQUENCE s AS int")
        #expect(try session.rows("SELECT seqmin, seqmax FROM pg_sequence WHERE seqrelid = 's'::regclass") == ["-2147483648|2147483647"])
    }

    @Test func indexesAndTheirNames() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a int, b int); COMMENT ON INDEX t_pkey IS 'key'")
        #expect(try session.rows("SELECT obj_description('t_pkey'::regclass, 'pg_class')") == ["key"])
        try session.rows("CREATE INDEX ON t (a, a); CREATE INDEX ON t (a, (a + 1), (b + 1)); CREATE UNIQUE INDEX ON t (b) INCLUDE (a)")
        #expect(
            try session.rows("SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1")
                == ["t_a_a1_idx", "t_a_expr_expr1_idx", "t_b_a_idx", "t_pkey"])
        #expect(
            try session.rows("SELECT attname FROM pg_attribute WHERE attrelid = 't_a_expr_expr1_idx'::regclass ORDER BY attnum")
                == ["a", "expr", "expr1"])
        try session.rows("COMMENT ON INDEX t_a_a1_idx IS 'twice'; CREATE TABLE l (LIKE t INCLUDING ALL)")
        #expect(
            try session.rows("SELECT indexname, obj_description(indexname::regclass) FROM pg_indexes WHERE tablename = 'l' ORDER BY 1")
                == ["l_a_a1_idx|twice", "l_a_expr_expr1_idx|NULL", "l_b_a_idx|NULL", "l_pkey|NULL"])
        try session.rows("INSERT INTO l VALUES (1, 1, 1)")
        #expect(session.state("INSERT INTO l VALUES (2, 2, 1)") == "23505")
        for (statement, state) in [
            ("CREATE INDEX ON t (a int4_ops (x = 1))", "22023"), ("CREATE INDEX ON t (a) WITH (fillfactor = 9)", "22023"),
            ("CREATE INDEX ON t (a) WITH (nope = 1)", "22023"), ("ALTER INDEX t_pkey SET (fillfactor = 5)", "22023"),
            ("ALTER INDEX nope SET (fillfactor = 50)", "42P01"), ("ALTER TABLE t SET (nope = 1)", "22023"),
            ("CREATE TABLE u (a int) WITH (fillfactor = 200)", "22023"),
        ] {
            #expect(session.state(statement) == state, "\(statement)")
        }
        try session.rows("ALTER INDEX t_pkey SET (fillfactor = 50); ALTER INDEX t_pkey RESET (fillfactor)")
    }

    @Test func declarations() throws {
        #expect(session.state("CREATE TABLE t (a int NULL NOT NULL)") == "42601")
        try session.rows("CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 1) NO INHERIT, b int)")
        #expect(
            try session.rows("SELECT connoinherit, pg_get_expr(conbin, conrelid), pg_get_constraintdef(oid) FROM pg_constraint")
                == ["t|(a > 1)|CHECK ((a > 1)) NO INHERIT"])
        try session.rows("CREATE VIEW v AS SELECT * FROM t; ALTER TABLE v ALTER COLUMN a SET DEFAULT 7; INSERT INTO v (b) VALUES (1)")
        #expect(try session.rows("SELECT * FROM t") == ["7|1"])
        try session.rows("CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TABLE d (f positive[])")
        try session.rows("INSERT INTO d VALUES (ARRAY[42]); UPDATE d SET f[2] = f[1] + 1")
        #expect(try session.rows("SELECT f, f[2] + 1 FROM d") == ["{42,43}|44"])
        #expect(session.state("UPDATE d SET f[1] = 0") == "23514")
    }

    @Test func cursorsAsTheyAreListed() throws {
        try session.rows("CREATE TABLE t (a int); BEGIN")
        try session.rows("DECLARE c CURSOR FOR SELECT 1")
        try session.rows("DECLARE d BINARY CURSOR WITH HOLD FOR SELECT a FROM t ORDER BY a")
        #expect(
            try session.rows("SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors ORDER BY 1")
                == [
                    "c|DECLARE c CURSOR FOR SELECT 1|f|f|f",
                    "d|DECLARE d BINARY CURSOR WITH HOLD FOR SELECT a FROM t ORDER BY a|t|t|t",
                ])
        #expect(session.state("FETCH BACKWARD FROM c") == "55000")
    }

    @Test func expressions() throws {
        #expect(try session.rows("SELECT ARRAY[1] || NULL, NULL || ARRAY[1]") == ["{1}|{1}"])
        #expect(session.state("SELECT 'a' || ARRAY['b']") == "22P02")
        #expect(session.state("SELECT '{{},{}}'::text[]") == "22P02")
        #expect(session.state("SELECT * FROM json_to_record('{\"a\": [[1], 2]}') AS x (a int[])") == "22P02")
        #expect(session.state("SELECT * FROM json_to_record('{\"a\": [1, [2]]}') AS x (a int[])") == "22P02")
        #expect(session.state("SELECT sum() WITHIN GROUP (ORDER BY x) FROM generate_series(1, 5) x") == "42809")
        try session.rows("CREATE TABLE t (v varchar(4)); INSERT INTO t VALUES ('a'), ('ab'), ('a')")
        #expect(try session.rows("SELECT string_agg(DISTINCT v, ',' ORDER BY v) FROM t") == ["a,ab"])
        #expect(session.state("SELECT string_agg(DISTINCT v, ',' ORDER BY v::text) FROM t") == "42P10")
        #expect(try session.rows("SELECT 'x' IS NORMALIZED, U&'\\0061\\0308' IS NOT NFC NORMALIZED, 'x' IS NFKD NORMALIZED") == ["t|t|t"])
        #expect(try session.rows("SELECT substring('abcdefg' SIMILAR 'a*#\"%#\"g*' ESCAPE '#')") == ["abcdefg"])
        #expect(try session.rows("SELECT regexp_match('llmmmfff', '^(l*){1,1}?(.*){1,1}?(f*)$')") == [#"{"",llmmm,fff}"#])
        #expect(try session.rows("SELECT regexp_match('llmmmfff', '^(l*?){1,1}(.*)(f*)$')") == [#"{ll,mmmfff,""}"#])
        #expect(try session.rows("SELECT to_char(date '2020-01-05', 'Dsp DDth')") == ["1sp 05th"])
        #expect(try session.rows("SELECT float4send(1.5), int2send('258'), pg_client_encoding()") == [#"\x3fc00000|\x0102|UTF8"#])
    }

    @Test func whatIsRefusedFirst() throws {
        try session.rows("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c int); INSERT INTO t VALUES (1)")
        for (statement, state) in [
            ("SELECT length() OVER () FROM t", "42883"), ("SELECT length('a') OVER () FROM t", "42809"), ("SELECT max()", "42883"),
            ("SELECT count()", "42809"), ("SELECT rank(1)", "42809"), ("SELECT row_number(1)", "42883"), ("SELECT row_number()", "42809"),
            ("SELECT 1 WHERE string_agg(1)", "42883"), ("SELECT 1 WHERE sum(1) > 0", "42803"), ("SELECT sum(sum(a)) FROM t", "42803"),
            ("SELECT percentile_cont(0.5)", "42883"), ("SELECT percentile_cont(0.5, 1)", "42809"), ("SELECT lower(DISTINCT 'a')", "42809"),
            ("SELECT a FROM t UNION ALL SELECT 'x' FROM t LIMIT 1", "22P02"), ("SELECT 1 LIMIT date '2020-01-01'", "42804"),
            ("SELECT 1 - ALL (SELECT a FROM t)", "42804"),
            ("DELETE FROM t USING LATERAL (SELECT t.a) s", "42P10"), ("UPDATE t SET a = 2 FROM LATERAL (SELECT a AS k) s", "42P10"),
            ("CREATE UNLOGGED TABLE pg_temp.u (a int)", "42P16"), ("CREATE TABLE u WITH (\"Fillfactor\" = 10) AS SELECT 1", "22023"),
            ("ALTER TABLE t DROP COLUMN a", "2BP01"),
        ] {
            #expect(session.state(statement) == state, "\(statement)")
        }
        try session.rows("ALTER TABLE t DROP COLUMN a CASCADE")
        #expect(try session.rows("SELECT * FROM t") == ["NULL"])
        #expect(try session.rows("SELECT 1 FROM t WHERE 1 / coalesce(c, 0) = 1 HAVING 1 < 2") == ["1"])
        #expect(try session.rows("SELECT 1 FROM t WHERE 1 / coalesce(c, 0) = 1 HAVING 1 > 2") == [])
        #expect(try session.rows("SELECT interval 'PT2562047788.0152155019444', interval 'PT1.5H'") == ["2562047788:00:54.775429|01:30:00"])
        #expect(
            try session.rows(
                "SELECT a / 10::numeric ^ 131071 FROM generate_series(8 * 10::numeric ^ 131071, 9 * 10::numeric ^ 131071, "
                    + "10::numeric ^ 131071) AS s (a)"
            ).map { $0.prefix(2) } == ["8.", "9."])
        #expect(try session.rows("SELECT round(5e-16383, 16383) = 5e-16383") == ["t"])
    }
}
