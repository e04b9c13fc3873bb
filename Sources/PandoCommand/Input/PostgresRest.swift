/// The queries that find what a PostgreSQL database has and no statement of ours makes: each row is a name, its schema, and the OID of the table that
/// it belongs to; the last two are NULL where there is none.
enum PostgresRest {
    private static let own = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    private static let noFunctions = "there are no functions, procedures and aggregates of one's own"

    static let queries: [(kind: String, reason: String, query: String)] = [
        (
            "extension", "there are no extensions",
            "SELECT quote_ident(e.extname), NULL, NULL FROM pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1"
        ),
        (
            "function", noFunctions,
            """
            SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), n.nspname, NULL
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE \(own) AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = p.oid AND e.deptype IN ('e', 'i')) ORDER BY 1
            """
        ),
        (
            "operator", noFunctions,
            """
            SELECT format('%I.%s', n.nspname, o.oprname), n.nspname, NULL FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
            WHERE \(own) AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = o.oid AND e.deptype = 'e') ORDER BY 1
            """
        ),
        (
            "trigger", "there are no triggers",
            """
            SELECT format('%I on %s', t.tgname, t.tgrelid::regclass), NULL, t.tgrelid FROM pg_trigger t
            WHERE NOT t.tgisinternal AND t.tgparentid = 0 ORDER BY 1
            """
        ),
        (
            "rule", "there are no rules",
            """
            SELECT format('%I on %s', r.rulename, r.ev_class::regclass), NULL, r.ev_class FROM pg_rewrite r
            WHERE r.rulename <> '_RETURN' ORDER BY 1
            """
        ),
        (
            "row security", "who may see a row is not decided by policies here",
            """
            SELECT c.oid::regclass::text, NULL, c.oid FROM pg_class c WHERE c.relrowsecurity ORDER BY 1
            """
        ),
        (
            "policy", "there are no policies",
            "SELECT format('%I on %s', p.polname, p.polrelid::regclass), NULL, p.polrelid FROM pg_policy p ORDER BY 1"
        ),
        (
            "statistics", "there are no statistics of one's own",
            """
            SELECT format('%I.%I', n.nspname, s.stxname), NULL, s.stxrelid FROM pg_statistic_ext s
                JOIN pg_namespace n ON n.oid = s.stxnamespace ORDER BY 1
            """
        ),
        (
            "text search configuration", "there are none of one's own",
            """
            SELECT format('%I.%I', n.nspname, c.cfgname), n.nspname, NULL FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
            WHERE \(own) ORDER BY 1
            """
        ),
        (
            "publication", "nobody subscribes to what is published here",
            "SELECT quote_ident(p.pubname), NULL, NULL FROM pg_publication p ORDER BY 1"
        ),
        ("event trigger", "there are no triggers", "SELECT quote_ident(t.evtname), NULL, NULL FROM pg_event_trigger t ORDER BY 1"),
        (
            "foreign server", "rows are here, not elsewhere",
            "SELECT quote_ident(s.srvname), NULL, NULL FROM pg_foreign_server s ORDER BY 1"
        ),
        (
            "large objects", "there are none; bytea is for bytes",
            "SELECT count(*)::text, NULL, NULL FROM pg_largeobject_metadata HAVING count(*) > 0"
        ),
    ]
}
