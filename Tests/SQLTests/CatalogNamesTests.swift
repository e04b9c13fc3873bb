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
