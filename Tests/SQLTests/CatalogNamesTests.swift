import Testing

@testable import SQL

/// What the catalogs and their functions say of things by their names and numbers, as PostgreSQL 15 does.
@Suite struct CatalogNamesTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE ct (id serial PRIMARY KEY, k int GENERATED ALWAYS AS IDENTITY, t text);
            CREATE VIEW cv AS SELECT id, t FROM ct WHERE id > 1; CREATE SEQUENCE cq OWNED BY ct.t
            """)
    }

    @Test func privilegesOnWhatIsNotThere() {
        session.check([
            ("has_table_privilege('nosuch', 'select')", "!42P01"),
            ("has_schema_privilege('nosuch', 'usage')", "!3F000"),
            ("has_schema_privilege(1::oid, 'usage')", "NULL"),
            ("has_database_privilege('nosuch', 'connect')", "!3D000"),
            ("has_database_privilege(3::oid, 'connect')", "NULL"),
            ("has_database_privilege(current_database(), 'connect')", "t"),
            ("has_function_privilege(1::oid, 'execute')", "NULL"),
            ("has_function_privilege('lower(text)', 'execute')", "t"),
            ("has_sequence_privilege(1::oid, 'usage')", "NULL"),
            ("has_sequence_privilege('ct'::regclass, 'usage')", "!42809"),
            ("has_sequence_privilege('cq'::regclass, 'usage')", "t"),
            ("has_type_privilege(1::oid, 'usage')", "NULL"),
            ("has_type_privilege('int4', 'usage')", "t"),
            ("has_tablespace_privilege('nosuch', 'create')", "!42704"),
            ("has_tablespace_privilege(1::oid, 'create')", "NULL"),
            ("has_tablespace_privilege('pg_default', 'create')", "t"),
            ("has_table_privilege('public', 'ct', 'select')", "f"),
        ])
    }

    @Test func views() {
        session.check([
            ("count(*) FROM information_schema.table_privileges WHERE table_name = 'cv'", "7"),
            ("count(*) FROM information_schema.role_table_grants WHERE table_name = 'cv' AND with_hierarchy = 'YES'", "1"),
            (
                "pg_get_ruledef(oid) = E'CREATE RULE \"_RETURN\" AS\\n    ON SELECT TO public.cv DO INSTEAD ' || pg_get_viewdef('cv') "
                    + "FROM pg_rewrite WHERE ev_class = 'cv'::regclass", "t"
            ),
            ("pg_get_ruledef(oid, true) LIKE '%TO cv DO%' FROM pg_rewrite WHERE ev_class = 'cv'::regclass", "t"),
            ("pg_get_ruledef(1::oid)", "NULL"),
            ("pg_get_viewdef('nosuch')", "!42P01"),
        ])
    }

    @Test func whatViewsUse() throws {
        try session.rows(
            """
            CREATE TABLE cu (id int, a text, b int); CREATE VIEW cw AS SELECT id, upper(a) AS u FROM cu WHERE b > 1;
            CREATE VIEW cx AS SELECT u, count(*) FROM cw GROUP BY u; CREATE VIEW cy AS SELECT count(*) FROM cu
            """)
        #expect(
            try session.rows(
                "SELECT view_name, table_name, column_name FROM information_schema.view_column_usage WHERE view_name IN ('cw', 'cx', 'cy') "
                    + "ORDER BY 1, 2, 3") == ["cw|cu|a", "cw|cu|b", "cw|cu|id", "cx|cw|u"])
        #expect(
            try session.rows(
                "SELECT view_name, table_name FROM information_schema.view_table_usage WHERE view_name IN ('cw', 'cx', 'cy') ORDER BY 1, 2")
                == ["cw|cu", "cx|cw", "cy|cu"])
        // A rule that uses columns depends on these, one that uses none on the table.
        #expect(
            try session.rows(
                "SELECT r.ev_class::regclass::text, d.refobjsubid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid "
                    + "WHERE d.refobjid = 'cu'::regclass ORDER BY 1, 2") == ["cw|1", "cw|2", "cw|3", "cy|0"])
    }

    /// What pg_dump makes of a view has its columns' names.
    @Test func queriesShowTheNamesOfTheirViewsColumns() throws {
        try session.rows(
            """
            CREATE TABLE n (a int, b text); CREATE VIEW n1 (x, y) AS SELECT * FROM n; CREATE VIEW n2 AS SELECT a, b FROM n;
            ALTER VIEW n2 RENAME b TO bb; CREATE VIEW n3 (x) AS SELECT a FROM n UNION SELECT 1; CREATE VIEW n4 (x, y) AS VALUES (1, 2);
            CREATE VIEW n5 (x) AS SELECT a AS z FROM n ORDER BY z; CREATE VIEW n6 AS SELECT a, count(*), 1 AS k FROM n GROUP BY a;
            CREATE MATERIALIZED VIEW n7 (x) AS SELECT upper(b) FROM n; CREATE VIEW n8 (x) AS WITH w AS (SELECT 1 AS q) SELECT q FROM w
            """)
        session.check([
            ("pg_get_viewdef('n1')", " SELECT n.a AS x, n.b AS y FROM n;"), ("pg_get_viewdef('n2')", " SELECT a, b AS bb FROM n;"),
            ("definition FROM pg_views WHERE viewname = 'n3'", " SELECT a AS x FROM n UNION SELECT 1;"),
            ("view_definition FROM information_schema.views WHERE table_name = 'n4'", " SELECT * FROM (VALUES (1, 2)) AS n4(x, y);"),
            ("pg_get_viewdef('n5')", " SELECT * FROM (SELECT a AS z FROM n ORDER BY z) AS n5(x);"),
            ("pg_get_viewdef('n6')", " SELECT a, count(*), 1 AS k FROM n GROUP BY a;"),
            ("definition FROM pg_matviews WHERE matviewname = 'n7'", " SELECT upper(b) AS x FROM n;"),
            ("pg_get_viewdef('n8')", " WITH w AS (SELECT 1 AS q) SELECT q AS x FROM w;"),
        ])
        let names = "SELECT attname FROM pg_attribute WHERE attrelid = '%'::regclass AND attnum > 0 ORDER BY attnum"
        for view in ["n1", "n2", "n3", "n4", "n5", "n6", "n8"] {
            let definition = try session.rows("SELECT pg_get_viewdef('\(view)')")[0]
            try session.rows("CREATE VIEW copy AS \(definition)")
            #expect(
                try session.rows(names.replacing("%", with: "copy")) == session.rows(names.replacing("%", with: view)), "\(definition)")
            try session.rows("DROP VIEW copy")
        }
    }

    /// pg_dump reads these, and would leave out what it doesn't find, or take away what it finds missing.
    @Test func whatDumpsKeepOfViewsAndSchemas() throws {
        try session.rows(
            """
            CREATE TABLE o (a int); CREATE VIEW o1 AS SELECT a FROM o WHERE a > 0 WITH LOCAL CHECK OPTION;
            CREATE VIEW o2 WITH (security_invoker = 'true') AS SELECT a FROM o WHERE a > 0 WITH CASCADED CHECK OPTION;
            CREATE VIEW o3 AS SELECT a FROM o; CREATE SCHEMA mine
            """)
        session.check([
            ("reloptions FROM pg_class WHERE relname = 'o1'", "{check_option=local}"),
            ("reloptions FROM pg_class WHERE relname = 'o2'", "{check_option=cascaded,security_invoker=true}"),
            ("reloptions FROM pg_class WHERE relname = 'o3'", "NULL"),
            ("array_to_string(nspacl, ' ') FROM pg_namespace WHERE nspname = 'public'", "admin=UC/admin =U/admin"),
            ("nspacl FROM pg_namespace WHERE nspname = 'mine'", "NULL"),
            (
                "string_agg(grantor || '>' || grantee || privilege_type || is_grantable::text, ' ') "
                    + "FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'public'", "10>10USAGEfalse 10>10CREATEfalse 10>0USAGEfalse"
            ),
            ("count(*) FROM aclexplode(acldefault('r', 10)) WHERE grantee = 10", "7"), ("count(*) FROM aclexplode(NULL)", "0"),
        ])
    }

    @Test func operatorsOfFamilies() {
        session.check([
            (
                "string_agg(amopstrategy || amopopr::regoperator::text, ' ' ORDER BY amopstrategy) FROM pg_amop "
                    + "WHERE amopfamily = 1976 AND amoplefttype = 23 AND amoprighttype = 23",
                "1<(integer,integer) 2<=(integer,integer) 3=(integer,integer) 4>=(integer,integer) 5>(integer,integer)"
            ),
            ("amopmethod, amoppurpose FROM pg_amop WHERE amopfamily = 4037 AND amopstrategy = 7", "2742|s"),
            ("count(*) FROM pg_amop a WHERE NOT EXISTS (SELECT FROM pg_operator o WHERE o.oid = a.amopopr)", "0"),
            ("count(*) FROM pg_amop a JOIN pg_opfamily f ON f.oid = amopfamily WHERE opfmethod <> amopmethod", "0"),
            ("count(DISTINCT oid) = count(*) AND count(*) > 250 FROM pg_amop", "t"),
            ("string_agg(conname, ' ' ORDER BY oid) FROM pg_conversion", "iso_8859_1_to_utf8 utf8_to_iso_8859_1"),
        ])
    }

    @Test func rowsOfStatistics() {
        session.check([
            ("heap_blks_read, toast_blks_hit FROM pg_statio_user_tables WHERE relname = 'ct'", "0|NULL"),
            ("indexrelname FROM pg_statio_user_indexes WHERE relname = 'ct'", "ct_pkey"),
            ("relname FROM pg_statio_user_sequences WHERE relname = 'cq'", "cq"),
            ("n_live_tup FROM pg_stat_user_tables WHERE relname = 'ct'", "0"),
            ("checkpoints_req FROM pg_stat_bgwriter", "0"),
            ("archived_count, last_archived_wal FROM pg_stat_archiver", "0|NULL"),
            ("confl_lock FROM pg_stat_database_conflicts WHERE datname = current_database()", "0"),
        ])
    }

    @Test func ownedSequences() {
        session.check([
            (
                "string_agg(objid::regclass || ' ' || refobjsubid || deptype::text, ', ' ORDER BY refobjsubid) FROM pg_depend "
                    + "WHERE refobjid = 'ct'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S')",
                "ct_id_seq 1a, ct_k_seq 2i, cq 3a"
            ),
            ("pg_get_serial_sequence('ct', 't')", "public.cq"),
        ])
    }

    @Test func functionsOfTypes() throws {
        try session.rows("CREATE TYPE kind AS ENUM ('a'); CREATE DOMAIN small AS int CHECK (VALUE < 10)")
        func functions(_ type: String) -> String {
            "concat_ws(' ', typinput, typoutput, typreceive, typsend) FROM pg_type WHERE typname = '\(type)'"
        }
        session.check([
            (functions("int4"), "int4in int4out int4recv int4send"),
            (functions("jsonb"), "jsonb_in jsonb_out jsonb_recv jsonb_send"),
            (functions("tsvector"), "tsvectorin tsvectorout tsvectorrecv tsvectorsend"),
            (functions("_int4"), "array_in array_out array_recv array_send"),
            (functions("kind"), "enum_in enum_out enum_recv enum_send"),
            (functions("small"), "domain_in int4out domain_recv int4send"),
            ("'int4in'::regproc::oid", "42"),
            ("typname FROM pg_type WHERE typinput = 'boolin'::regproc", "bool"),
        ])
    }

    @Test func tablespaces() {
        session.check([
            ("pg_tablespace_size('pg_default') = pg_tablespace_size(1663)", "t"),
            ("pg_tablespace_size('nosuch')", "!42704"),
            ("pg_tablespace_size(1::oid)", "NULL"),
        ])
    }
}
