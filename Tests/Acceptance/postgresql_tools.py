#!/usr/bin/env python3
"""What graphical tools ask the catalogs of PostgreSQL, on a running server: DBeaver, Grafana, Metabase, drivers' looks at types.

    pip install "psycopg[binary]==3.3.9"
    postgresql_tools.py PANDO

Starts `PANDO serve` on a new file, makes a small schema, and asks questions of the shapes that these tools ask when they connect, show
a tree of objects, synchronise and draw: each by the extended protocol, with the values in text. PANDO is the executable. Prints each step;
the exit status is 1 if a question fails or a row that must be there is missing.
"""

import os
import sys

import psycopg
from postgresql import Failure, served, step

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SCHEMA shop;
CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL UNIQUE, mood mood, credit numeric(10,2) DEFAULT 1.5 CHECK (credit > 0));
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES customer (id), at timestamptz,
    value float8);
CREATE INDEX orders_at ON shop.orders (at DESC);
CREATE INDEX lower_name ON customer (lower(name)) WHERE credit > 2;
CREATE VIEW names AS SELECT id, name FROM customer;
CREATE MATERIALIZED VIEW totals AS SELECT customer, count(*) AS n FROM shop.orders GROUP BY customer;
COMMENT ON TABLE customer IS 'who buys';
COMMENT ON COLUMN customer.name IS 'as on the bill';
INSERT INTO customer (name) VALUES ('ann');
INSERT INTO shop.orders (customer, at, value) SELECT 1, timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute', n FROM generate_series(1, 120) n;
"""

# Each: what it is for, the question, and a part of the answer; {NAME} is the number of the relation, {public} of the schema.
DBEAVER = [
    ("the session", "SELECT current_schema(), session_user", "public"),
    ("the search path", "SHOW search_path", "public"),
    ("databases", "SELECT d.oid, d.* FROM pg_catalog.pg_database d WHERE datallowconn AND NOT datistemplate ORDER BY d.datname", "test"),
    ("settings", "SELECT * FROM pg_catalog.pg_settings WHERE name = 'standard_conforming_strings'", "on"),
    ("keywords", "SELECT string_agg(word, ',') FROM pg_catalog.pg_get_keywords() WHERE word <> ALL ('{a,abs,select,table}'::text[])", "analyze"),
    ("schemas", "SELECT n.oid, n.*, d.description FROM pg_catalog.pg_namespace n LEFT OUTER JOIN pg_catalog.pg_description d"
     " ON d.objoid = n.oid AND d.objsubid = 0 AND d.classoid = 'pg_namespace'::regclass ORDER BY nspname", "shop"),
    ("types", "SELECT t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base, d.description"
     " FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid = t.typelem"
     " LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid = t.typrelid"
     " LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid = d.objoid"
     " WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c') AND (et.typcategory IS NULL OR et.typcategory <> 'C')", "mood"),
    ("labels of enums", "SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = 'mood'::regtype ORDER BY e.enumsortorder", "sad"),
    ("relations", "SELECT c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_expr,"
     " pg_catalog.pg_get_partkeydef(c.oid) AS partition_key FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d"
     " ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass"
     " WHERE c.relnamespace = {public} AND c.relkind NOT IN ('i', 'I', 'c')", "who buys"),
    ("sizes", "SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid) AS total, pg_catalog.pg_relation_size(c.oid) AS own"
     " FROM pg_class c WHERE c.relnamespace = {public}", ""),
    ("columns", "SELECT c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def_value, dsc.description, dep.objid"
     " FROM pg_catalog.pg_attribute a INNER JOIN pg_catalog.pg_class c ON a.attrelid = c.oid"
     " LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum"
     " LEFT OUTER JOIN pg_catalog.pg_description dsc ON c.oid = dsc.objoid AND a.attnum = dsc.objsubid"
     " LEFT OUTER JOIN pg_depend dep ON dep.refobjid = a.attrelid AND dep.deptype = 'i' AND dep.refobjsubid = a.attnum"
     " WHERE NOT a.attisdropped AND c.oid = {customer} ORDER BY a.attnum", "as on the bill"),
    ("constraints", "SELECT c.oid, c.*, t.relname AS tabrelname, rt.relnamespace AS refnamespace, d.description,"
     " CASE WHEN c.contype = 'c' THEN \"substring\"(pg_get_constraintdef(c.oid), 7) ELSE NULL END consrc_copy"
     " FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid = c.conrelid"
     " LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid = c.confrelid LEFT OUTER JOIN pg_catalog.pg_description d"
     " ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_constraint'::regclass WHERE c.conrelid = {customer} ORDER BY c.oid",
     "customer_credit_check"),
    ("who refers to it", "SELECT DISTINCT connamespace FROM pg_catalog.pg_constraint WHERE confrelid = {customer}", ""),
    ("indexes", "SELECT i.*, i.indkey AS keys, c.relname, c.relnamespace, c.relam, c.reltablespace, tc.relname AS tabrelname,"
     " dsc.description, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS pred_expr,"
     " pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) AS expr, pg_catalog.pg_relation_size(i.indexrelid) AS size,"
     " pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans FROM pg_catalog.pg_index i"
     " INNER JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid INNER JOIN pg_catalog.pg_class tc ON tc.oid = i.indrelid"
     " LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid = dsc.objoid WHERE i.indrelid = {customer} ORDER BY c.relname",
     "lower(name)"),
    ("triggers", "SELECT x.oid, x.*, p.pronamespace AS func_schema_id, d.description FROM pg_catalog.pg_trigger x"
     " LEFT OUTER JOIN pg_catalog.pg_proc p ON p.oid = x.tgfoid LEFT OUTER JOIN pg_catalog.pg_description d"
     " ON d.objoid = x.oid AND d.objsubid = 0 WHERE x.tgrelid = {customer} AND NOT x.tgisinternal", None),
    ("rules", "SELECT r.oid, r.*, pg_get_ruledef(r.oid) AS definition FROM pg_rewrite r WHERE r.ev_class = {customer}"
     " AND r.rulename <> '_RETURN'::name", None),
    ("policies", "SELECT * FROM pg_catalog.pg_policies WHERE schemaname = 'public' AND tablename = 'customer'", None),
    ("parents", "SELECT i.*, c.relnamespace FROM pg_catalog.pg_inherits i, pg_catalog.pg_class c WHERE i.inhrelid = {customer}"
     " AND c.oid = i.inhparent ORDER BY i.inhseqno", None),
    ("a view", "SELECT pg_get_viewdef({names}, true)", "FROM customer"),
    ("functions", "SELECT p.oid AS poid, p.*, pg_catalog.pg_get_expr(p.proargdefaults, 0) AS arg_defaults, d.description"
     " FROM pg_catalog.pg_proc p LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = p.oid"
     " WHERE p.pronamespace = {public} ORDER BY p.proname", None),
    ("roles", "SELECT a.oid, a.*, pd.description FROM pg_catalog.pg_roles a LEFT JOIN pg_catalog.pg_shdescription pd ON a.oid = pd.objoid"
     " ORDER BY a.rolname", "admin"),
    ("tablespaces", "SELECT t.oid, t.*, pg_tablespace_location(t.oid) loc FROM pg_catalog.pg_tablespace t ORDER BY t.oid", "pg_default"),
    ("extensions", "SELECT e.oid, e.*, n.nspname AS schema_name FROM pg_catalog.pg_extension e LEFT JOIN pg_namespace n"
     " ON n.oid = e.extnamespace ORDER BY e.oid", "plpgsql"),
    ("sessions", "SELECT sa.* FROM pg_catalog.pg_stat_activity sa", "sa.*"),
    ("locks", "SELECT * FROM pg_catalog.pg_locks", None),
    ("a sequence", "SELECT last_value, min_value, max_value, increment_by, cycle, start_value FROM pg_catalog.pg_sequences"
     " WHERE schemaname = 'public' AND sequencename = 'customer_id_seq'", "2147483647"),
    ("what depends on it", "SELECT DISTINCT dep.deptype, dep.classid, dep.objid, cl.relkind, attr.attname,"
     " pg_get_expr(ad.adbin, ad.adrelid) adefval, CASE WHEN cl.relkind IS NOT NULL THEN cl.relkind::text || COALESCE(dep.objsubid::text, '')"
     " WHEN co.oid IS NOT NULL THEN 'C'::text || contype::text WHEN ad.oid IS NOT NULL THEN 'A'::text ELSE '' END AS type,"
     " COALESCE(coc.relname, clrw.relname) AS ownertable FROM pg_depend dep LEFT JOIN pg_class cl ON dep.objid = cl.oid"
     " LEFT JOIN pg_attribute att ON dep.objid = att.attrelid AND dep.objsubid = att.attnum"
     " LEFT JOIN pg_namespace nsc ON cl.relnamespace = nsc.oid LEFT JOIN pg_proc pr ON dep.objid = pr.oid"
     " LEFT JOIN pg_constraint co ON dep.objid = co.oid LEFT JOIN pg_class coc ON co.conrelid = coc.oid"
     " LEFT JOIN pg_rewrite rw ON dep.objid = rw.oid LEFT JOIN pg_class clrw ON clrw.oid = rw.ev_class"
     " LEFT JOIN pg_attrdef ad ON ad.oid = dep.objid LEFT JOIN pg_attribute attr ON attr.attrelid = ad.adrelid AND attr.attnum = ad.adnum"
     " WHERE dep.refobjid = {customer} ORDER BY type", "S0"),
]  # fmt: skip

PATH = (
    "quote_ident(table_schema) IN (SELECT CASE WHEN trim(s[i]) = '\"$user\"' THEN user ELSE trim(s[i]) END FROM generate_series("
    "array_lower(string_to_array(current_setting('search_path'), ','), 1), array_upper(string_to_array(current_setting('search_path'), ','),"
    " 1)) AS i, string_to_array(current_setting('search_path'), ',') s)"
)
GRAFANA = [
    ("the version", "SELECT current_setting('server_version_num')::int/100 AS version", "1500"),
    ("an extension", "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'", None),
    ("tables", "SELECT CASE WHEN " + PATH + " THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name)"
     " END AS \"table\" FROM information_schema.tables WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog')"
     " ORDER BY CASE WHEN " + PATH + " THEN 0 ELSE 1 END, 1", "shop.orders"),
    ("columns", "SELECT quote_ident(column_name) AS \"column\", data_type AS \"type\" FROM information_schema.columns WHERE"
     " CASE WHEN array_length(parse_ident('shop.orders'), 1) = 2 THEN quote_ident(table_schema) = (parse_ident('shop.orders'))[1]"
     " AND quote_ident(table_name) = (parse_ident('shop.orders'))[2] ELSE quote_ident(table_name) = 'shop.orders' AND " + PATH + " END",
     "timestamp with time zone"),
    ("a table to begin with", "SELECT quote_ident(table_name) AS table_name, (SELECT quote_ident(column_name) FROM"
     " information_schema.columns c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND udt_name IN"
     " ('timestamptz', 'timestamp') ORDER BY ordinal_position LIMIT 1) AS time_column FROM information_schema.tables t WHERE EXISTS"
     " (SELECT 1 FROM information_schema.columns c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name"
     " AND udt_name = 'float8') AND table_schema = 'shop' LIMIT 1", "orders"),
    ("a graph", "SELECT floor(extract(epoch from at) / 600) * 600 AS \"time\", avg(value) AS value FROM shop.orders WHERE at BETWEEN"
     " '2024-01-01T00:00:00Z' AND '2024-01-01T01:00:00.999Z' GROUP BY 1 ORDER BY 1", "1704067200"),
    ("values of a variable", "SELECT DISTINCT name FROM customer WHERE name IN ('ann', 'bob') ORDER BY 1", "ann"),
]  # fmt: skip

METABASE = [
    ("the zone", "show timezone", "UTC"),
    ("a read-only session", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", None),
    ("schemas", "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
     " AND has_schema_privilege(current_user, nspname, 'USAGE')", "shop"),
    ("tables", "SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN"
     " 'MATERIALIZED VIEW' ELSE NULL END AS type, d.description, stat.n_live_tup AS estimated_row_count FROM pg_catalog.pg_class AS c"
     " INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid LEFT JOIN pg_catalog.pg_description AS d ON (c.oid = d.objoid)"
     " AND (d.objsubid = 0) AND (d.classoid = 'pg_class'::regclass) LEFT JOIN pg_stat_user_tables AS stat ON (n.nspname = stat.schemaname)"
     " AND (c.relname = stat.relname) WHERE (c.relnamespace = n.oid) AND (n.nspname !~ '^pg_') AND (n.nspname <> 'information_schema')"
     " AND c.relkind in ('r', 'p', 'v', 'f', 'm') ORDER BY type ASC, schema ASC, name ASC", "MATERIALIZED VIEW"),
    ("what may be read", "WITH table_privileges AS (SELECT NULL AS role, t.schemaname AS schema, t.objectname AS table,"
     " pg_catalog.has_any_column_privilege(current_user, '\"' || t.schemaname || '\"' || '.' || '\"' || t.objectname || '\"', 'update') AS"
     " update, pg_catalog.has_any_column_privilege(current_user, '\"' || t.schemaname || '\"' || '.' || '\"' || t.objectname || '\"',"
     " 'select') AS select, pg_catalog.has_table_privilege(current_user, '\"' || t.schemaname || '\"' || '.' || '\"' || t.objectname || '\"',"
     " 'delete') AS delete FROM (SELECT schemaname, tablename AS objectname FROM pg_catalog.pg_tables UNION SELECT schemaname, viewname"
     " AS objectname FROM pg_catalog.pg_views UNION SELECT schemaname, matviewname AS objectname FROM pg_catalog.pg_matviews) t"
     " WHERE t.schemaname !~ '^pg_' AND t.schemaname <> 'information_schema' AND pg_catalog.has_schema_privilege(current_user,"
     " t.schemaname, 'USAGE')) SELECT t.* FROM table_privileges t", "totals"),
    ("fields", "SELECT c.column_name AS name, CASE WHEN c.udt_schema IN ('public', 'pg_catalog') THEN FORMAT('%s', c.udt_name) ELSE"
     " FORMAT('\"%s\".\"%s\"', c.udt_schema, c.udt_name) END AS type, c.ordinal_position - 1 AS position, c.table_schema, c.table_name,"
     " pk.column_name IS NOT NULL AS \"pk?\", COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST(c.table_schema AS TEXT), CAST(c.table_name AS"
     " TEXT)) AS REGCLASS) AS OID), c.ordinal_position) AS comment, ((column_default IS NULL) OR (LOWER(column_default) = 'null')) AND"
     " (is_nullable = 'NO') AND NOT (((column_default IS NOT NULL) AND (column_default LIKE '%%nextval(%%')) OR (is_identity <> 'NO'))"
     " AS required FROM information_schema.columns AS c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM"
     " information_schema.table_constraints AS tc INNER JOIN information_schema.key_column_usage AS kc ON (tc.constraint_name ="
     " kc.constraint_name) AND (tc.table_schema = kc.table_schema) AND (tc.table_name = kc.table_name) WHERE tc.constraint_type ="
     " 'PRIMARY KEY') AS pk ON (c.table_schema = pk.table_schema) AND (c.table_name = pk.table_name) AND (c.column_name = pk.column_name)"
     " WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' UNION ALL SELECT pa.attname, pt.typname, pa.attnum - 1,"
     " pn.nspname, pc.relname, FALSE, NULL, FALSE FROM pg_catalog.pg_class AS pc INNER JOIN pg_catalog.pg_namespace AS pn ON pn.oid ="
     " pc.relnamespace INNER JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = pc.oid INNER JOIN pg_catalog.pg_type AS pt ON pt.oid ="
     " pa.atttypid WHERE (pc.relkind = 'm') AND (pa.attnum >= 1) ORDER BY table_schema, table_name, position", "as on the bill"),
    ("foreign keys", "SELECT fk_ns.nspname, fk_table.relname, fk_column.attname, pk_ns.nspname, pk_table.relname, pk_column.attname FROM"
     " pg_constraint AS c INNER JOIN pg_class AS fk_table ON c.conrelid = fk_table.oid INNER JOIN pg_namespace AS fk_ns ON c.connamespace"
     " = fk_ns.oid INNER JOIN pg_attribute AS fk_column ON c.conrelid = fk_column.attrelid INNER JOIN pg_class AS pk_table ON c.confrelid"
     " = pk_table.oid INNER JOIN pg_namespace AS pk_ns ON pk_table.relnamespace = pk_ns.oid INNER JOIN pg_attribute AS pk_column ON"
     " c.confrelid = pk_column.attrelid WHERE fk_ns.nspname !~ '^information_schema|catalog_history|pg_' AND (c.contype = 'f'::char) AND"
     " (fk_column.attnum = ANY(c.conkey)) AND (pk_column.attnum = ANY(c.confkey)) ORDER BY 1, 2", "orders"),
    ("indexes", "SELECT tmp.schema, tmp.name, TRIM(BOTH '\"' FROM pg_catalog.pg_get_indexdef(tmp.ci_oid, tmp.pos, FALSE)) AS field FROM"
     " (SELECT n.nspname AS schema, ct.relname AS name, ci.oid AS ci_oid, (information_schema._pg_expandarray(i.indkey)).n AS pos FROM"
     " pg_catalog.pg_class AS ct INNER JOIN pg_catalog.pg_namespace AS n ON ct.relnamespace = n.oid INNER JOIN pg_catalog.pg_index AS i ON"
     " ct.oid = i.indrelid INNER JOIN pg_catalog.pg_class AS ci ON ci.oid = i.indexrelid WHERE (pg_catalog.pg_get_expr(i.indpred,"
     " i.indrelid) IS NULL) AND n.nspname !~ '^information_schema|catalog_history|pg_') AS tmp WHERE tmp.pos = 1", "at"),
    ("enums", "SELECT nspname, typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid IN (SELECT DISTINCT"
     " enumtypid FROM pg_enum e)", "mood"),
    ("a question", "SELECT DATE_TRUNC('hour', source.at) AS at, COUNT(*) AS count, CAST(SUM(source.value) AS double precision) AS sum FROM"
     " (SELECT * FROM shop.orders WHERE at >= timestamp with time zone '2024-01-01 00:00:00.000Z') AS source GROUP BY DATE_TRUNC('hour',"
     " source.at) ORDER BY DATE_TRUNC('hour', source.at) ASC", "2024-01-01 01:00:00"),
    ("a fingerprint", "SELECT SUBSTRING(name FROM 1 FOR 1234) AS substring FROM customer LIMIT 10000", "ann"),
]  # fmt: skip

DRIVERS = [
    ("Npgsql: types", "SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid FROM (SELECT typ.oid, typ.typnamespace,"
     " typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind, elemtyp.oid AS elemtypoid, elemtyp.typname AS elemtypname,"
     " elemcls.relkind AS elemrelkind, CASE WHEN elemproc.proname = 'array_recv' THEN 'a' ELSE elemtyp.typtype END AS elemtyptype,"
     " typ.typcategory FROM (SELECT typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem AS elemoid, typcategory,"
     " CASE WHEN proc.proname = 'array_recv' THEN 'a' ELSE typ.typtype END AS typtype, CASE WHEN proc.proname = 'array_recv' THEN"
     " typ.typelem WHEN typ.typtype = 'r' THEN rngsubtype WHEN typ.typtype = 'd' THEN typ.typbasetype END AS elemtypoid FROM pg_type AS"
     " typ LEFT JOIN pg_class AS cls ON (cls.oid = typ.typrelid) LEFT JOIN pg_proc AS proc ON proc.oid = typ.typreceive LEFT JOIN pg_range"
     " ON (pg_range.rngtypid = typ.oid)) AS typ LEFT JOIN pg_type AS elemtyp ON elemtyp.oid = elemtypoid LEFT JOIN pg_class AS elemcls ON"
     " (elemcls.oid = elemtyp.typrelid) LEFT JOIN pg_proc AS elemproc ON elemproc.oid = elemtyp.typreceive) AS t JOIN pg_namespace AS ns"
     " ON (ns.oid = typnamespace) WHERE typtype IN ('b', 'r', 'm', 'e', 'd') OR (typtype = 'c' AND relkind = 'c') OR (typtype = 'p' AND"
     " typname IN ('record', 'void')) OR (typtype = 'a' AND (elemtyptype IN ('b', 'r', 'm', 'e', 'd') OR (elemtyptype = 'p' AND"
     " elemtypname IN ('record', 'void')) OR (elemtyptype = 'c' AND elemrelkind = 'c'))) ORDER BY CASE WHEN typtype IN ('b', 'e', 'p')"
     " THEN 0 WHEN typtype = 'r' THEN 1 ELSE 2 END", "_int4"),
    ("tokio-postgres: a type", "SELECT t.typname, t.typtype, t.typelem, r.rngsubtype, t.typbasetype, n.nspname, t.typrelid FROM"
     " pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid INNER JOIN pg_catalog.pg_namespace n ON"
     " t.typnamespace = n.oid WHERE t.oid = 'mood'::regtype", "mood"),
    ("Rails: types", "SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype FROM pg_type as t"
     " LEFT JOIN pg_range as r ON oid = rngtypid WHERE t.typname IN ('int2', 'int4', 'text', 'mood')", "mood"),
    ("Rails: columns", "SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid,"
     " a.atttypmod, c.collname, col_description(a.attrelid, a.attnum) AS comment, attidentity AS identity, attgenerated as"
     " attgenerated FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum LEFT JOIN pg_type t ON"
     " a.atttypid = t.oid LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation WHERE a.attrelid ="
     " '\"customer\"'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum", "nextval('customer_id_seq'::regclass)"),
    ("Rails: indexes", "SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), t.oid,"
     " pg_catalog.obj_description(i.oid, 'pg_class') AS comment, d.indisvalid FROM pg_class t INNER JOIN pg_index d ON t.oid = d.indrelid"
     " INNER JOIN pg_class i ON d.indexrelid = i.oid LEFT JOIN pg_namespace n ON n.oid = t.relnamespace WHERE i.relkind IN ('i', 'I') AND"
     " d.indisprimary = 'f' AND t.relname = 'customer' AND n.nspname = ANY (current_schemas(false)) ORDER BY i.relname", "lower_name"),
    ("Rails: a primary key", "SELECT a.attname FROM (SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx FROM pg_index WHERE"
     " indrelid = '\"customer\"'::regclass AND indisprimary) i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[i.idx]"
     " ORDER BY i.idx", "id"),
    ("Rails: foreign keys", "SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, a2.attname AS primary_key, c.conname AS name,"
     " c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid, c.condeferrable AS deferrable, c.condeferred AS"
     " deferred, c.conkey, c.confkey, c.conrelid, c.confrelid FROM pg_constraint c JOIN pg_class t1 ON c.conrelid = t1.oid JOIN pg_class"
     " t2 ON c.confrelid = t2.oid JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid JOIN pg_attribute a2 ON"
     " a2.attnum = c.confkey[1] AND a2.attrelid = t2.oid JOIN pg_namespace t3 ON c.connamespace = t3.oid WHERE c.contype = 'f' AND"
     " t1.relname = 'orders' ORDER BY c.conname", "orders_customer_fkey"),
]  # fmt: skip


def ask(connection, tool, questions):
    step(tool)
    failures = []
    numbers = dict(connection.execute("SELECT relname, oid FROM pg_class WHERE relname IN ('customer', 'orders', 'names')").fetchall())
    numbers["public"] = connection.execute("SELECT 'public'::regnamespace::oid").fetchone()[0]
    for name, question, part in questions:
        for key, number in numbers.items():
            question = question.replace("{" + key + "}", str(number))
        question = question.replace("%%", "%")
        try:
            cursor = connection.execute(question.encode())
            rows = cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            failures.append(f"{name}: {error}")
            continue
        if part is None:
            if rows:
                failures.append(f"{name}: there is a row: {rows[0]}")
        elif not any(part in str(value) for row in rows for value in row):
            failures.append(f"{name}: there is no {part}: {str(rows)[:600]}")
    if failures:
        raise Failure(tool + ":\n" + "\n".join(failures))


def main():
    with served(os.path.abspath(sys.argv[1])) as port:
        with psycopg.connect(f"host=127.0.0.1 port={port} user=admin dbname=postgres", autocommit=True) as connection:
            connection.execute(SCHEMA)
            ask(connection, "DBeaver", DBEAVER)
            ask(connection, "Grafana", GRAFANA)
            ask(connection, "Metabase", METABASE)
            ask(connection, "drivers and Rails", DRIVERS)
    print("everything agrees")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"postgresql_tools.py: {failure}")
