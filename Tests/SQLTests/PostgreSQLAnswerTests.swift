import Testing

@testable import SQL

/// Answers that PostgreSQL 15 gave to the same statements.
@Suite struct PostgreSQLAnswerTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func placesThatARowWouldHave() throws {
        try session.rows("CREATE TABLE t (x int)")
        try session.rows("INSERT INTO t VALUES (1), (1), (2), (3), (4), (NULL)")
        #expect(
            try session.rows(
                "SELECT rank(3) WITHIN GROUP (ORDER BY x), dense_rank(3) WITHIN GROUP (ORDER BY x DESC), "
                    + "percent_rank(3) WITHIN GROUP (ORDER BY x), cume_dist(3) WITHIN GROUP (ORDER BY x) FROM t")
                == ["4|3|0.5|0.7142857142857143"])
        #expect(
            try session.rows(
                "SELECT rank(NULL) WITHIN GROUP (ORDER BY x), rank(NULL) WITHIN GROUP (ORDER BY x NULLS FIRST), "
                    + "percent_rank(1) WITHIN GROUP (ORDER BY x) FILTER (WHERE x > 100) FROM t") == ["6|1|0"])
        #expect(
            try session.rows(
                "SELECT rank('b', 2) WITHIN GROUP (ORDER BY x, y DESC), dense_rank('b', 2) WITHIN GROUP (ORDER BY x, y DESC) "
                    + "FROM (VALUES ('a', 1), ('b', 3), ('b', 2), ('b', 2), ('c', 1)) v (x, y)") == ["3|3"])
        #expect(try session.types("SELECT rank(1) WITHIN GROUP (ORDER BY x), cume_dist(1) WITHIN GROUP (ORDER BY x) FROM t") == [20, 701])
        #expect(session.state("SELECT rank(1) WITHIN GROUP (ORDER BY x, x) FROM t") == "42883")
        #expect(session.state("SELECT rank(1) FROM t") == "42809")
        // It is the same in all rows of a group, or NULL where a set leaves it out, which is refused.
        let byGroup = "SELECT rank(a) WITHIN GROUP (ORDER BY b) FROM (VALUES (1, 0), (1, 4)) v (a, b) GROUP BY"
        #expect(try session.rows("\(byGroup) GROUPING SETS ((a), (a, b)) ORDER BY 1") == ["1", "2", "2"])
        #expect(session.state("\(byGroup) ROLLUP (a)") == "0A000")
        #expect(session.state("SELECT rank(1) OVER () FROM t") == "42809")
    }

    @Test func zerosOfMaterializedViewsAndGeneratedColumns() throws {
        try session.rows("CREATE TABLE t (n int, p numeric(6,2), q numeric GENERATED ALWAYS AS (n * p) STORED)")
        try session.rows("ALTER TABLE t ADD COLUMN r numeric GENERATED ALWAYS AS (round(p * 1.234, 3)) STORED")
        try session.rows("INSERT INTO t (n, p) VALUES (0, 1.5), (2, 100), (NULL, 3)")
        #expect(try session.rows("SELECT q, r FROM t ORDER BY n") == ["0.00|1.851", "200.00|123.400", "NULL|3.702"])
        #expect(try session.rows("UPDATE t SET n = 10 WHERE n = 2 RETURNING q, q::text") == ["1000.00|1000.00"])
        try session.rows("CREATE MATERIALIZED VIEW m AS SELECT n, sum(p) AS s, avg(n) AS a FROM t GROUP BY n")
        #expect(try session.rows("SELECT s FROM m ORDER BY n") == ["1.50", "100.00", "3.00"])
        #expect(try session.rows("SELECT max(s), sum(s), count(DISTINCT s) FROM m") == ["100.00|104.50|3"])
        try session.rows("INSERT INTO t (n, p) VALUES (0, 0.5)")
        try session.rows("REFRESH MATERIALIZED VIEW m")
        #expect(try session.rows("SELECT s FROM m WHERE n = 0") == ["2.00"])
    }

    @Test func zerosOfArraysWhoseTypeSaysTheScale() throws {
        try session.rows("CREATE TYPE pair AS (a numeric(10,2), b numeric(8,3)[])")
        try session.rows("CREATE DOMAIN prices AS numeric(10,2)[]")
        try session.rows(
            "CREATE TABLE t (a numeric(10,2)[], c pair, e prices, f numeric[], g numeric(6,2)[] GENERATED ALWAYS AS (ARRAY[1.1]) STORED)")
        try session.rows("INSERT INTO t VALUES (ARRAY[1.1, 2, NULL], ROW(1.1, ARRAY[1.1, 2]), ARRAY[1.1], ARRAY[1.10])")
        #expect(
            try session.rows("SELECT * FROM t") == ["{1.10,2.00,NULL}|(1.10,\"{1.100,2.000}\")|{1.10}|{1.1}|{1.10}"])
        #expect(
            try session.rows("SELECT a[2], (c).b[1], e[1], to_json(a), array_to_string(a, ';'), a || 5.5 FROM t")
                == ["2.00|1.100|1.10|[1.10,2.00,null]|1.10;2.00|{1.10,2.00,NULL,5.5}"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE a = ARRAY[1.1, 2, NULL] AND 1.1 = ANY (e)") == ["1"])
        #expect(try session.rows("UPDATE t SET a[1] = 7.5 RETURNING a") == ["{7.50,2.00,NULL}"])
        #expect(try session.rows("INSERT INTO t (a) VALUES ('[0:0]={3}') RETURNING a") == ["[0:0]={3.00}"])
        try session.rows("CREATE MATERIALIZED VIEW m AS SELECT array_agg(e[1]) AS x, ARRAY[1.50] AS y, ARRAY[1.5, 2.25] AS z FROM t")
        #expect(try session.rows("SELECT x[1], y, z FROM m") == ["1.10|{1.50}|{1.5,2.25}"])
    }

    @Test func rowsThatAreAlikeAreNamed() throws {
        try session.rows("CREATE TABLE d (id int, v int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO d VALUES (1, 1), (1, 2)")
        #expect(session.refusal("INSERT INTO d VALUES (3, 1)")?.detail == "Key (v)=(1) already exists.")
        #expect(session.refusal("CREATE UNIQUE INDEX ON d (id)")?.detail == "Key (id)=(1) is duplicated.")
        try session.rows("CREATE TABLE low (a int, b text); CREATE UNIQUE INDEX ON low (lower(b), a); INSERT INTO low VALUES (1, 'X')")
        #expect(session.refusal("INSERT INTO low VALUES (1, 'x')")?.detail == "Key (lower(b), a)=(x, 1) already exists.")
        try session.rows("INSERT INTO low VALUES (2, 'x')")
        #expect(session.refusal("CREATE UNIQUE INDEX ON low (upper(b))")?.detail == "Key (upper(b))=(X) is duplicated.")
        try session.rows("CREATE TABLE e (LIKE d INCLUDING ALL)")
        #expect(
            try session.rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'e'::regclass")
                == ["UNIQUE (v) DEFERRABLE INITIALLY DEFERRED"])
        try session.rows("CREATE VIEW positive AS SELECT id, v FROM d WHERE v > 0 WITH CHECK OPTION")
        #expect(session.refusal("INSERT INTO positive VALUES (5, -5)")?.detail == "Failing row contains (5, -5).")
    }

    @Test func sequencesOfATruncateThatIsUndone() throws {
        try session.rows("CREATE TABLE t (id serial PRIMARY KEY, g int GENERATED BY DEFAULT AS IDENTITY, n int)")
        try session.rows("INSERT INTO t (n) VALUES (1), (2)")
        try session.rows("BEGIN")
        try session.rows("TRUNCATE t RESTART IDENTITY")
        #expect(try session.rows("INSERT INTO t (n) VALUES (9) RETURNING id, g") == ["1|1"])
        try session.rows("ROLLBACK")
        #expect(try session.rows("INSERT INTO t (n) VALUES (3) RETURNING id, g") == ["3|3"])
        for statement in ["BEGIN", "SAVEPOINT a", "TRUNCATE t RESTART IDENTITY", "ROLLBACK TO a"] { try session.rows(statement) }
        #expect(try session.rows("INSERT INTO t (n) VALUES (4) RETURNING id, g") == ["4|4"])
        try session.rows("COMMIT")
        for statement in ["BEGIN", "ALTER SEQUENCE t_id_seq RESTART WITH 100", "SELECT nextval('t_id_seq')", "ROLLBACK"] {
            try session.rows(statement)
        }
        #expect(try session.rows("SELECT nextval('t_id_seq')") == ["5"])
        for statement in ["BEGIN", "SAVEPOINT a", "TRUNCATE t RESTART IDENTITY", "RELEASE a", "COMMIT"] { try session.rows(statement) }
        #expect(try session.rows("INSERT INTO t (n) VALUES (5) RETURNING id, g") == ["1|1"])
        #expect(try session.rows("SELECT sequence_name FROM information_schema.sequences") == ["t_id_seq"])
    }

    @Test func cursorsThatFailOrLock() throws {
        try session.rows("CREATE TABLE t (a int PRIMARY KEY, b int)")
        try session.rows("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
        let failing = "DECLARE c CURSOR FOR SELECT 1 / (a - 1) FROM t ORDER BY 1"
        for statement in ["BEGIN", failing, "SAVEPOINT s"] { try session.rows(statement) }
        #expect(session.state("FETCH c") == "22012")
        try session.rows("ROLLBACK TO s")
        #expect(session.state("FETCH c") == "55000")
        try session.rows("ROLLBACK")
        let locking = "DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE"
        for statement in ["BEGIN", locking, "FETCH c", "MOVE 0 IN c"] { try session.rows(statement) }
        #expect(session.state("FETCH RELATIVE 0 FROM c") == "55000")
        try session.rows("ROLLBACK")
        let joined = "DECLARE c CURSOR FOR SELECT * FROM t x, t y WHERE x.a = y.a - 1 FOR UPDATE"
        for statement in ["BEGIN", joined, "FETCH c"] { try session.rows(statement) }
        #expect(session.state("UPDATE t SET b = 0 WHERE CURRENT OF c") == "24000")
        try session.rows("ROLLBACK")
        for statement in ["BEGIN", joined + " OF y", "FETCH c"] { try session.rows(statement) }
        #expect(try session.rows("UPDATE t SET b = 0 WHERE CURRENT OF c RETURNING a") == ["2"])
        try session.rows("ROLLBACK")
    }

    @Test func transactionsThatFollowOthers() throws {
        for statement in ["BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE", "SELECT 1", "COMMIT AND CHAIN"] {
            try session.rows(statement)
        }
        let settings = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"]
        #expect(try settings.map { try session.rows("SHOW \($0)")[0] } == ["serializable", "on", "on"])
        #expect(session.state("SELECT 1 / 0") == "22012")
        try session.rows("ROLLBACK AND CHAIN")
        #expect(try settings.map { try session.rows("SHOW \($0)")[0] } == ["serializable", "on", "on"])
        try session.rows("SELECT 1")
        #expect(session.state("SET TRANSACTION DEFERRABLE") == "25001")
        try session.rows("ROLLBACK")
    }

    @Test func transactionsThatFollowFailedOnes() throws {
        func fails() { #expect(session.state("SELECT 1 / 0") == "22012") }
        func isolation() throws -> String { try session.rows("SHOW transaction_isolation")[0] }
        try session.rows("BEGIN ISOLATION LEVEL SERIALIZABLE")
        fails()
        try session.rows("COMMIT AND CHAIN")
        #expect(try isolation() == "read committed", "what was said in the transaction is undone with it")
        try session.rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try session.rows("COMMIT AND CHAIN")
        try session.rows("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        fails()
        try session.rows("ROLLBACK AND CHAIN")
        #expect(try isolation() == "repeatable read", "not what was taken over")
        for statement in ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY", "SAVEPOINT a", "SAVEPOINT b"] {
            try session.rows(statement)
        }
        fails()
        try session.rows("COMMIT AND CHAIN")
        #expect(try isolation() == "serializable")
        #expect(try session.rows("SHOW transaction_read_only")[0] == "on")
        try session.rows("ROLLBACK")
    }

    @Test func rowsThatAreAssigned() throws {
        try session.rows("CREATE TABLE t (a int, b int)")
        try session.rows("INSERT INTO t VALUES (1, 2)")
        #expect(try session.rows("UPDATE t SET (a, b) = ROW(v.*) FROM (VALUES (21, 100)) v (i, j) RETURNING a, b") == ["21|100"])
        #expect(try session.rows("UPDATE t SET (a, b) = ROW(v.*, a) FROM (VALUES (5)) v (i) RETURNING a, b") == ["5|21"])
        #expect(session.state("UPDATE t SET (a, b) = ROW(t.*, 1)") == "42601")
        #expect(session.state("WITH RECURSIVE x AS (SELECT 1) MERGE INTO t USING x ON true WHEN MATCHED THEN DELETE") == "42601")
    }

    @Test func comparisonsByteForByte() throws {
        session.check([
            ("'a' ~<~ 'b'", "t"), ("'B' ~<~ 'a'", "t"), ("'a'::char(3) ~>=~ 'b'", "f"), ("'a'::varchar ~<=~ 'a'", "t"),
            ("ROW('ABC', 'DEF') ~<=~ ROW('DEF', 'ABC')", "t"), ("ROW('ABC', 'DEF') ~>~ ROW('ABC', 'DEF')", "f"),
            ("text_pattern_lt('a', 'b')", "t"),
        ])
    }

    @Test func textsOfOtherValues() throws {
        session.check([
            ("true || 'x'", "truex"), ("'x' || false", "xfalse"), ("false::name", "f"), ("false::text", "false"),
            ("'1234'::time", "12:34:00"), ("'11:59 PM-08'::timetz", "11:59:00+08"), ("abbrev('2001:db8::/32'::cidr)", "2001:db8/32"),
            ("abbrev('2001:db8:0:1::/64'::cidr)", "2001:db8::1/64"), ("abbrev('1:0:2:0:0:3::/96'::cidr)", "1:0:2::3/96"),
            ("abbrev('::ffff:1.2.0.0/112'::cidr)", "::ffff:1.2/112"), ("abbrev('::1.2.3.0/120'::cidr)", "::1.2.3/120"),
            ("abbrev('::/96'::cidr)", "::/96"), ("abbrev('fe80::/10'::cidr)", "fe80::/10"),
        ])
        for (text, state) in [
            ("42", "22007"), ("12345", "22007"), ("2500", "22008"), ("foo-bar", "22023"), ("abc/def", "22023"), ("foo", "22007"),
            ("15:36:39 America/New_York", "22007"),
        ] {
            #expect(session.state("SELECT '\(text)'::time") == state, "\(text)")
        }
        try session.rows("CREATE TABLE t (a int, b text GENERATED ALWAYS AS (a || ' s') STORED)")
        #expect(try session.rows("INSERT INTO t VALUES (5) RETURNING b") == ["5 s"])
        #expect(session.state("CREATE TABLE u (a timestamptz, b text GENERATED ALWAYS AS (a || ' s') STORED)") == "42P17")
    }

    @Test func defaultsOfViews() throws {
        try session.rows("CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'table', c text, g int GENERATED ALWAYS AS (a * 2) STORED)")
        try session.rows("CREATE VIEW v AS SELECT * FROM t")
        try session.rows("CREATE VIEW w (x, y, z) AS SELECT a, b, c FROM v")
        try session.rows("ALTER VIEW v ALTER COLUMN b SET DEFAULT 'view', ALTER COLUMN c SET DEFAULT upper('c')")
        try session.rows("ALTER VIEW w ALTER y SET DEFAULT 'outer'")
        try session.rows("INSERT INTO t (a) VALUES (1)")
        try session.rows("INSERT INTO v (a) VALUES (2), (3)")
        try session.rows("INSERT INTO v (a, b, c) VALUES (4, DEFAULT, NULL), (5, 'given', DEFAULT)")
        try session.rows("INSERT INTO w (x) SELECT 6")
        #expect(
            try session.rows("SELECT a, b, c FROM t ORDER BY a")
                == ["1|table|NULL", "2|view|C", "3|view|C", "4|view|NULL", "5|given|C", "6|outer|C"])
        try session.rows("INSERT INTO v (a) VALUES (2) ON CONFLICT (a) DO UPDATE SET c = 'was ' || excluded.b")
        #expect(try session.rows("SELECT c FROM t WHERE a = 2") == ["was view"])
        try session.rows("ALTER VIEW v ALTER b DROP DEFAULT")
        #expect(try session.rows("INSERT INTO v (a) VALUES (7) RETURNING b, c") == ["table|C"])
        try session.rows("ALTER VIEW v ALTER g SET DEFAULT 100")
        #expect(session.state("INSERT INTO v (a, g) VALUES (8, DEFAULT)") == "428C9")
        #expect(session.state("ALTER VIEW v ALTER nope SET DEFAULT 1") == "42703")
        #expect(session.state("CREATE OR REPLACE VIEW w (x, y, z) AS SELECT a, b::varchar(3), c FROM v") == "42P16")
    }

    @Test func temporaryTablesOfReadOnlyTransactions() throws {
        try session.rows("CREATE TABLE t (a int)")
        try session.rows("CREATE TEMPORARY TABLE s (a int)")
        try session.rows("BEGIN READ ONLY")
        #expect(try session.rows("INSERT INTO s VALUES (1) RETURNING a") == ["1"])
        try session.rows("UPDATE s SET a = 2 FROM t WHERE t.a = s.a")
        #expect(try session.rows("DELETE FROM s RETURNING a") == ["1"])
        #expect(session.state("INSERT INTO t SELECT * FROM s") == "25006")
        try session.rows("ROLLBACK")
    }

    @Test func columnsAndArgumentsThatAreTooMany() throws {
        func list(_ count: Int, _ element: (Int) -> String) -> String { (0..<count).map(element).joined(separator: ", ") }
        let columns = list(1600) { "c\($0) int" }
        try session.rows("CREATE TABLE t (\(columns))")
        #expect(try session.rows("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0") == ["1600"])
        try session.rows("CREATE INDEX ON t (\(list(32) { "c\($0)" }))")
        for statement in [
            "ALTER TABLE t ADD z int", "CREATE TABLE u (\(columns), z int)", "CREATE TYPE u AS (\(columns), z int)",
            "CREATE VIEW u AS SELECT \(list(1601) { "1 AS c\($0)" })", "CREATE TABLE u AS SELECT \(list(1601) { "1 AS c\($0)" })",
            "CREATE MATERIALIZED VIEW u AS SELECT \(list(1601) { "1 AS c\($0)" })", "CREATE INDEX ON t (\(list(33) { "c\($0)" }))",
            "CREATE INDEX ON t (c40) INCLUDE (\(list(32) { "c\($0)" }))", "ALTER TABLE t ADD UNIQUE (\(list(33) { "c\($0)" }))",
            "CREATE TABLE u (\(list(33) { "c\($0) int" }), PRIMARY KEY (\(list(33) { "c\($0)" })))",
            "SELECT \(list(1665) { _ in "1" })", "SELECT ROW(\(list(1665) { _ in "1" })) IS NULL",
        ] {
            #expect(session.state(statement) == "54011", "\(statement.prefix(60))")
        }
        #expect(try session.rows("SELECT ROW(\(list(1664) { _ in "1" })) IS NULL") == ["f"])
        #expect(try session.rows("SELECT length(concat(\(list(100) { _ in "1" }))), greatest(\(list(200) { "\($0)" }))") == ["100|199"])
        for name in ["concat", "num_nulls", "format"] { #expect(session.state("SELECT \(name)(\(list(101) { _ in "'a'" }))") == "54023") }
    }

    /// Words that people read: which statement, which column, which type.
    @Test func messages() throws {
        try session.rows("CREATE TABLE t (a int PRIMARY KEY, b text UNIQUE)")
        for (statement, message) in [
            ("CREATE TABLE u (a int)", "CREATE TABLE"), ("CREATE INDEX ON t (b)", "CREATE INDEX"), ("DROP TABLE t", "DROP TABLE"),
            ("ALTER TABLE t ADD c int", "ALTER TABLE"), ("TRUNCATE t", "TRUNCATE TABLE"), ("COMMENT ON TABLE t IS 'x'", "COMMENT"),
            ("DELETE FROM t", "DELETE"),
        ] {
            try session.rows("BEGIN READ ONLY")
            #expect(session.refusal(statement)?.message == "cannot execute \(message) in a read-only transaction", "\(statement)")
            try session.rows("ROLLBACK")
        }
        #expect(
            session.refusal("SELECT count(*), b FROM (VALUES (1)) x (b)")?.message
                == "column \"x.b\" must appear in the GROUP BY clause or be used in an aggregate function")
        #expect(
            session.refusal("CREATE TABLE f (a int REFERENCES t (b))")?.detail
                == "Key columns \"a\" and \"b\" are of incompatible types: integer and text.")
        #expect(session.refusal("CREATE DATABASE shop")?.message == "database \"shop\" already exists")
        #expect(session.refusal("CREATE TABLE d (a int DEFAULT now())")?.hint == "You will need to rewrite or cast the expression.")
        #expect(session.refusal("CREATE TABLE d (a int DEFAULT 'x')")?.position == 31)
        for statement in ["ALTER SYSTEM SET work_mem = 1", "DROP OWNED BY admin", "ALTER ROLE admin SET work_mem = 1"] {
            let words = statement.split(separator: " ").prefix(2).joined(separator: " ")
            #expect(session.refusal(statement)?.message.hasPrefix(words) == true, "\(statement)")
            #expect(session.state(statement) == "0A000")
        }
        #expect(session.state("SELECT pg_reload_conf()") == "42501")
    }

    @Test func refusals() throws {
        try session.rows("CREATE TABLE t (a int, b text, CONSTRAINT k UNIQUE (a))")
        try session.rows("CREATE MATERIALIZED VIEW m AS SELECT * FROM t")
        try session.rows("CREATE VIEW v AS SELECT * FROM m")
        try session.rows("CREATE UNIQUE INDEX i ON m (a)")
        for (number, definition) in ["UNIQUE INDEX n0 ON t (a DESC)", "INDEX n1 ON t (a)", "UNIQUE INDEX n2 ON t (a) WHERE a > 0"]
            .enumerated()
        {
            try session.rows("CREATE " + definition)
            #expect(session.state("ALTER TABLE t ADD UNIQUE USING INDEX n\(number)") == "42809")
        }
        for (statement, state) in [
            ("ALTER TABLE t ADD CONSTRAINT k UNIQUE (b)", "42P07"), ("SELECT * FROM m FOR SHARE", "42809"),
            ("REFRESH MATERIALIZED VIEW v", "42809"), ("REFRESH MATERIALIZED VIEW nope", "42P01"),
            ("SELECT ('{}'::int[])[1][2][3][4][5][6][7]", "54000"), ("SELECT text(ROW(1, 2))", "42883"),
            ("SELECT a FROM t ORDER BY a FETCH FIRST NULL ROWS WITH TIES", "2201W"),
        ] {
            #expect(session.state(statement) == state, "\(statement)")
        }
        try session.rows("ALTER TABLE t DROP CONSTRAINT k")
        for index in ["n0", "n2"] { try session.rows("DROP INDEX \(index)") }
        try session.rows("INSERT INTO t VALUES (1, 'x'), (1, 'x')")
        #expect(session.state("REFRESH MATERIALIZED VIEW CONCURRENTLY m") == "21000")
        try session.rows("UPDATE t SET b = NULL")
        #expect(session.state("REFRESH MATERIALIZED VIEW CONCURRENTLY m") == "23505")
    }

    /// As `pg_get_indexdef` of PostgreSQL shows them, and again when they are made of what it shows.
    @Test(arguments: [
        ("(lower(name))", "(lower((name)::text))"), ("((id + 1))", "(((id + 1)))"),
        ("((j->'a'->>'b'))", "((((j -> 'a'::text) ->> 'b'::text)))"),
        ("(((j->>'a')::int))", "((((j ->> 'a'::text))::integer))"), ("(id) WHERE flag", "(id) WHERE flag"),
        ("(id) WHERE NOT flag", "(id) WHERE (NOT flag)"), ("(id) WHERE name = 'x'", "(id) WHERE ((name)::text = 'x'::text)"),
        ("(id) WHERE t = 'x' AND id > 5", "(id) WHERE ((t = 'x'::text) AND (id > 5))"),
        ("(id) WHERE price > 0", "(id) WHERE (price > (0)::numeric)"),
        ("(id) WHERE price > 0.5 OR flag", "(id) WHERE ((price > 0.5) OR flag)"),
        (
            "(id) WHERE name IN ('a', 'b')",
            "(id) WHERE ((name)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"
        ), ("(id) WHERE t NOT IN ('a', 'b')", "(id) WHERE (t <> ALL (ARRAY['a'::text, 'b'::text]))"),
        ("(coalesce(t, ''), id DESC)", "(COALESCE(t, ''::text), id DESC)"),
        ("((t || ' ' || name))", "((((t || ' '::text) || (name)::text)))"),
        ("(id) WHERE name LIKE 'a%'", "(id) WHERE ((name)::text ~~ 'a%'::text)"), ("((id::text))", "(((id)::text))"),
        ("(id) WHERE id BETWEEN 1 AND 5", "(id) WHERE ((id >= 1) AND (id <= 5))"), ("(extract(year FROM d))", "(EXTRACT(year FROM d))"),
        ("(id) WHERE d > '2020-01-01'", "(id) WHERE (d > '2020-01-01'::date)"), ("(nullif(t, ''))", "(NULLIF(t, ''::text))"),
        ("(id) WHERE j @> '{\"a\":1}'", "(id) WHERE (j @> '{\"a\": 1}'::jsonb)"), ("(left(t, 3))", "(\"left\"(t, 3))"),
        ("(substring(t from 1 for 3))", "(SUBSTRING(t FROM 1 FOR 3))"), ("((ts AT TIME ZONE 'UTC'))", "((ts AT TIME ZONE 'UTC'::text))"),
        ("(id) WHERE price IS DISTINCT FROM 1", "(id) WHERE (price IS DISTINCT FROM (1)::numeric)"),
        ("(lower(t) COLLATE \"C\" DESC)", "(lower(t) COLLATE \"C\" DESC)"), ("((arr[1]))", "((arr[1]))"),
        ("(id) WHERE ('-H') >= (flag::TEXT) COLLATE \"C\"", "(id) WHERE ('-H'::text >= ((flag)::text COLLATE \"C\"))"),
    ])
    func definitionsOfIndexes(_ written: String, _ shown: String) throws {
        try session.rows(
            "CREATE TABLE t (id int, name varchar(20), t text, price numeric(8,2), d date, ts timestamptz, j jsonb, flag bool, arr text[])")
        try session.rows("CREATE INDEX i ON t \(written)")
        let definition = try session.rows("SELECT pg_get_indexdef('i'::regclass)")[0]
        #expect(definition == "CREATE INDEX i ON public.t USING btree " + shown)
        try session.rows("DROP INDEX i")
        try session.rows(definition)
        #expect(try session.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'i'") == [definition])
    }
}
