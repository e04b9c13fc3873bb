import Testing

@testable import SQL

/// What random statements found to be otherwise than in PostgreSQL 15, with its answers.
@Suite struct FoundAtRandomTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func blanksOfCharacterGoOnWithTheValue() throws {
        try session.rows("CREATE TABLE t (a char(5), b varchar(3))")
        try session.rows("INSERT INTO t VALUES ('ab', 'x'), ('abc', NULL), (NULL, NULL)")
        #expect(
            try session.rows("SELECT coalesce(a, 'zz'), CASE WHEN b IS NULL THEN 'k' ELSE a END, nullif(a, 'ab'), greatest(a, 'b') FROM t")
                == ["ab   |ab   |NULL|b", "abc  |k|abc  |b", "zz|k|NULL|b"])
        #expect(
            try session.rows("SELECT min(a), max(a), array_agg(a), string_agg(a, ',') FROM t")
                == [#"ab   |abc  |{"ab   ","abc  ",NULL}|ab,abc"#])
        #expect(try session.rows("SELECT lag(a) OVER (ORDER BY a), ARRAY[a, 'x'] FROM t WHERE a = 'ab'") == [#"NULL|{"ab   ",x}"#])
        #expect(
            try session.rows(
                "SELECT coalesce(a, 'zz') || '<', length(coalesce(a, 'zz')), lower(coalesce(a, 'zz')) || '<' FROM t WHERE b = 'x'")
                == ["ab<|2|ab<"])
        // LIKE sees the blanks, equality doesn't.
        #expect(try session.rows("SELECT a LIKE 'ab', a LIKE 'ab   ', a NOT LIKE 'ab', a = 'ab' FROM t WHERE b = 'x'") == ["f|t|t|t"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE coalesce(a, 'zz') = 'ab'") == ["1"])
    }

    @Test func queriesInWhatIsGroupedBy() throws {
        try session.rows("CREATE TABLE t (id int, n int); CREATE TABLE s (v int)")
        try session.rows("INSERT INTO t VALUES (1, 1), (2, 1), (3, 2), (4, NULL); INSERT INTO s VALUES (1), (3)")
        #expect(
            try session.rows(
                "SELECT EXISTS (SELECT 1 FROM s WHERE s.v = t.n), count(*) FROM t "
                    + "GROUP BY EXISTS (SELECT 1 FROM s WHERE s.v = t.n) ORDER BY 1")
                == ["f|2", "t|2"])
        #expect(
            try session.rows("SELECT n IN (SELECT v FROM s), sum(id) FROM t GROUP BY ROLLUP (n IN (SELECT v FROM s)) ORDER BY 2")
                == ["t|3", "f|3", "NULL|4", "NULL|10"])
        #expect(
            try session.rows(
                "SELECT (SELECT max(v) FROM s WHERE v <= t.id) + 1 AS m FROM t "
                    + "GROUP BY (SELECT max(v) FROM s WHERE v <= t.id) ORDER BY m")
                == ["2", "4"])
        for other in ["n IN (SELECT v + 1 FROM s)", "n < ALL (SELECT v FROM s)", "id IN (SELECT v FROM s)"] {
            #expect(session.state("SELECT \(other) FROM t GROUP BY n IN (SELECT v FROM s)") == "42803")
        }
    }

    @Test func seriesEndWhenTheirStatementDoes() throws {
        #expect(try session.rows("SELECT count(*), sum(g) FROM generate_series(1.5, 10, 0.5) g") == ["18|103.5"])
        #expect(try session.rows("SELECT g FROM generate_series(1::numeric, 1e30) g LIMIT 2") == ["1", "2"])
        #expect(
            try session.rows("SELECT g FROM generate_series(timestamp '2024-01-31', timestamp 'infinity', interval '1 month') g LIMIT 3")
                == [
                    "2024-01-31 00:00:00", "2024-02-29 00:00:00", "2024-03-29 00:00:00",
                ])
        try session.rows("SET statement_timeout = 200")
        #expect(session.state("SELECT generate_series(timestamp '-infinity', timestamp '-infinity', interval '1 day')") == "57014")
        #expect(
            session.state("SELECT count(*) FROM generate_series(timestamp '-infinity', timestamp 'infinity', interval '1 day')") == "57014")
    }

    @Test func partsOfJSON() throws {
        #expect(try session.rows("SELECT to_jsonb(0.1::float4), jsonb_agg(0.1::float4), to_jsonb(0.1::float8)") == ["0.1|[0.1]|0.1"])
        #expect(
            try session.rows("SELECT jsonb_object_agg(timestamp '2024-01-01 12:00', 1), json_build_object(date '2024-01-01', 2)")
                == [#"{"2024-01-01T12:00:00": 1}|{"2024-01-01" : 2}"#])
        for path in ["jsonb_set('1', '{{a,b}}', '2')", "'1'::jsonb #- '{{a,b}}'", "'{}'::jsonb - '{{a,b}}'::text[]"] {
            #expect(session.state("SELECT \(path)") == "2202E")
        }
    }

    @Test func limitsOfFunctions() throws {
        for tooMuch in [
            "var_pop(x)", "stddev(x)", "corr(x, y)", "regr_avgx(y, x)", "covar_samp(x, y)", "regr_sxx(y, x)", "regr_syy(x, y)",
        ] {
            #expect(session.state("SELECT \(tooMuch) FROM (VALUES (1e300::float8, 1e300::float8), (-1e300, 2)) v (x, y)") == "22003")
        }
        #expect(
            try session.rows("SELECT regr_count(x, x), var_pop(x), regr_sxx(x, x) FROM (VALUES ('inf'::float8), (1)) v (x)") == [
                "2|NaN|NaN"
            ])
        #expect(
            try session.rows(
                "SELECT sign('NaN'::float8), date_trunc('no such', timestamp 'infinity'), quote_literal(true), quote_nullable(false)")
                == ["0|infinity|'true'|'false'"])
        #expect(session.state("SELECT overlay('abc', 'x', 2147483647, 2)") == "22003")
        #expect(session.state("SELECT array_fill(1, '{2,2}', '{{1,2},{3,4}}')") == "2202E")
    }

    @Test func whatCanBeWrittenAndHowItIsShown() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, n int, s text CHECK (s <> 'no'), g int GENERATED ALWAYS AS (n * 2) STORED)")
        try session.rows("CREATE VIEW plain AS SELECT id, upper(s) AS u, n FROM t WHERE n > 1 WITH LOCAL CHECK OPTION")
        try session.rows("CREATE VIEW sums AS SELECT s, sum(n) FROM t GROUP BY s; CREATE VIEW texts AS SELECT upper(s) AS u FROM t")
        #expect(
            try session.rows(
                "SELECT table_name, is_updatable, is_insertable_into, check_option FROM information_schema.views "
                    + "WHERE table_schema = 'public' ORDER BY 1") == ["plain|YES|YES|LOCAL", "sums|NO|NO|NONE", "texts|NO|NO|NONE"])
        #expect(
            try session.rows("SELECT column_name, is_updatable FROM information_schema.columns WHERE table_name = 'plain' ORDER BY 1")
                == ["id|YES", "n|YES", "u|NO"])
        #expect(
            try session.rows(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND is_insertable_into = 'YES' ORDER BY 1")
                == ["plain", "t"])
        #expect(
            try session.rows("SELECT generation_expression FROM information_schema.columns WHERE column_name = 'g'") == ["(n * 2)"])
        #expect(
            try session.rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 't_s_check'")
                == ["CHECK ((s <> 'no'::text))"])
    }
}
