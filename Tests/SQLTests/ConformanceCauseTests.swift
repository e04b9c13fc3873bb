import Testing

@testable import SQL

/// What PostgreSQL's statements found to be otherwise than in PostgreSQL 15, a cause at a time, with its answers.
@Suite struct ConformanceCauseTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func elementsOfASchemaStandInAnyOrder() throws {
        try session.rows(
            "CREATE SCHEMA s CREATE UNIQUE INDEX i ON t (a) CREATE VIEW v AS SELECT a + 1 AS a FROM t "
                + "CREATE TABLE t (a serial, b int UNIQUE)")
        try session.rows("INSERT INTO s.t DEFAULT VALUES; INSERT INTO s.t DEFAULT VALUES")
        #expect(try session.rows("SELECT a FROM s.v ORDER BY a") == ["2", "3"])
        #expect(session.state("CREATE SCHEMA z CREATE TEMP VIEW v AS SELECT 1") == "42P16")
        #expect(session.state("CREATE SCHEMA z CREATE TEMP TABLE t (a int)") == "42P16")
        #expect(try session.rows("SELECT count(*) FROM pg_namespace WHERE nspname = 'z'") == ["0"])
    }

    @Test func whatMovesToASchemaFindsItsIndexesNamesFree() throws {
        try session.rows(
            "CREATE SCHEMA s; CREATE TABLE s.t (a int PRIMARY KEY); ALTER TABLE s.t RENAME TO u; CREATE TABLE t (a int PRIMARY KEY)")
        #expect(session.state("ALTER TABLE t SET SCHEMA s") == "42P07")
        #expect(session.state("CREATE TABLE x (a int CONSTRAINT t_pkey PRIMARY KEY)") == "42P07")
        try session.rows("CREATE TABLE y (a int NOT NULL); CREATE UNIQUE INDEX y_a ON y (a); ALTER TABLE y ADD PRIMARY KEY USING INDEX y_a")
        try session.rows("ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t SET SCHEMA s; SELECT * FROM s.t")
    }

    @Test func keysThatAreAddedToRowsFindThoseThatAreAlike() throws {
        for (type, alike) in [("int", "1"), ("text", "'x'"), ("numeric", "1.50"), ("date", "'2024-02-29'"), ("bpchar", "'x  '")] {
            try session.rows("CREATE TABLE k (a \(type), b int, c text); INSERT INTO k VALUES (\(alike), 1, 'p'), (\(alike), 2, 'q')")
            #expect(session.state("ALTER TABLE k ADD PRIMARY KEY (a)") == "23505")
            try session.rows("ALTER TABLE k ADD PRIMARY KEY (a, b)")
            #expect(session.state("INSERT INTO k VALUES (\(alike), 2, 'r')") == "23505")
            #expect(try session.rows("SELECT b, c FROM k ORDER BY b") == ["1|p", "2|q"])
            try session.rows("ALTER TABLE k DROP CONSTRAINT k_pkey; INSERT INTO k VALUES (\(alike), 2, 'r')")
            #expect(session.state("ALTER TABLE k ADD PRIMARY KEY (a, b)") == "23505")
            #expect(try session.rows("SELECT count(*) FROM k") == ["3"])
            try session.rows("DROP TABLE k")
        }
        // Numbers that are written in two ways are the same one.
        try session.rows("CREATE TABLE k (a numeric, b int); INSERT INTO k VALUES (1.5, 1), (1.50, 1)")
        #expect(session.state("ALTER TABLE k ADD PRIMARY KEY (a, b)") == "23505")
    }

    @Test func viewsOfTemporaryTablesAreTemporary() throws {
        try session.rows("CREATE TEMP TABLE t (a int); CREATE SCHEMA s; CREATE VIEW v AS SELECT 1 AS x WHERE EXISTS (SELECT 1 FROM t)")
        try session.rows("CREATE VIEW w AS SELECT x FROM v; CREATE VIEW p AS SELECT 1 AS x")
        #expect(
            try session.rows("SELECT relname, relpersistence FROM pg_class WHERE relname IN ('v', 'w', 'p') ORDER BY 1") == [
                "p|p", "v|t", "w|t",
            ])
        #expect(session.state("CREATE VIEW s.v AS SELECT * FROM t") == "42P16")
        #expect(session.state("CREATE VIEW s.v AS SELECT * FROM w") == "42P16")
    }

    @Test func conditionsOfOnConflictKnowTheAlias() throws {
        try session.rows("CREATE TABLE f (key int, fruit text); CREATE UNIQUE INDEX ON f (key) WHERE fruit LIKE '%berry'")
        #expect(
            try session.rows(
                "INSERT INTO f AS t VALUES (23, 'Blackberry') ON CONFLICT (key) WHERE fruit LIKE '%berry' AND t.fruit = 'x' DO NOTHING "
                    + "RETURNING key") == ["23"])
    }

    @Test func variancesKeepAllDigits() throws {
        let values = "(0), (3e-500), (-3e-500), (4e-500 - 1e-16383), (-4e-500 + 1e-16383)"
        #expect(try session.rows("SELECT trim_scale(variance(a) * 1e1000) FROM (VALUES \(values)) v (a)") == ["12"])
        // Their squares have more digits than a numeric may have.
        #expect(try session.rows("SELECT variance(a) FROM (VALUES (1e66000), (1e66000 + 2)) v (a)") == ["2.0000000000000000"])
    }

    @Test func statesOfAggregates() throws {
        for (call, answer) in [
            ("float8_accum('{4,140,2900}'::float8[], 100)", "{5,240,6280}"),
            ("float8_combine('{3,60,200}'::float8[], '{0,0,0}'::float8[])", "{3,60,200}"),
            ("float8_combine('{3,60,200}'::float8[], '{2,180,200}'::float8[])", "{5,240,6280}"),
            ("float8_regr_accum('{4,140,2900,1290,83075,15050}'::float8[], 200, 100)", "{5,240,6280,1490,95080,8680}"),
            (
                "float8_regr_combine('{3,60,200,750,20000,2000}'::float8[], '{2,180,200,740,57800,-3400}'::float8[])",
                "{5,240,6280,1490,95080,8680}"
            ), ("booland_statefunc(TRUE, FALSE)", "f"), ("boolor_statefunc(TRUE, NULL) IS NULL", "t"),
        ] {
            #expect(try session.rows("SELECT \(call)") == [answer], "\(call)")
        }
    }

    @Test func vectorsOfTheCatalogueAreScalars() throws {
        #expect(
            try session.rows(
                "SELECT x, pg_typeof(x), unnest(x) FROM (SELECT array(SELECT '1 2'::int2vector FROM generate_series(1, 2))) v (x)")
                == ["{\"1 2\",\"1 2\"}|int2vector[]|1 2", "{\"1 2\",\"1 2\"}|int2vector[]|1 2"])
        #expect(try session.rows("SELECT array(SELECT '1 2'::oidvector)") == ["{\"1 2\"}"])
    }

    @Test func operatorsOfRowsCompare() throws {
        #expect(session.state("SELECT (5, 10) - (1, 1)") == "42804")
        #expect(session.state("SELECT (1, NULL) || ('a', 2)") == "42804")
        #expect(session.state("SELECT (true, true) + (true, true)") == "42883")
    }
}
