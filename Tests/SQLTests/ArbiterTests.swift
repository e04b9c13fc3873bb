import TestTraits
import Testing

@testable import SQL

/// What ON CONFLICT can't go by, and places of arrays that no number is for.
@Suite(.ownThreads) struct ArbiterTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE d (a int PRIMARY KEY DEFERRABLE, b int UNIQUE, c int); INSERT INTO d VALUES (1, 1, 1)")
    }

    @Test func aDeferrableKeyIsNoArbiter() throws {
        #expect(session.state("INSERT INTO d VALUES (1, 2, 2) ON CONFLICT DO NOTHING") == "55000")
        #expect(session.state("INSERT INTO d VALUES (1, 2, 2) ON CONFLICT (a) DO NOTHING") == "55000")
        #expect(session.state("INSERT INTO d VALUES (1, 2, 2) ON CONFLICT ON CONSTRAINT d_pkey DO UPDATE SET c = 5") == "55000")
        try session.rows("INSERT INTO d VALUES (2, 1, 2) ON CONFLICT (b) DO NOTHING")
        try session.rows("INSERT INTO d VALUES (2, 1, 2) ON CONFLICT (b) DO UPDATE SET c = 9")
        #expect(try session.rows("SELECT * FROM d") == ["1|1|9"])
        #expect(session.state("INSERT INTO d VALUES (1, 3, 2) ON CONFLICT (b) DO NOTHING") == "23505")
    }

    @Test func subscriptsAreNumbersOfFourBytes() throws {
        for text in [
            "'[2147483647:2147483647]={1}'::int[]", "array_fill(1, ARRAY[2], ARRAY[2147483646])",
            "array_append('[2147483646:2147483646]={1}'::int[], 2)", "'[2147483646:2147483646]={1}'::int[] || '{2}'::int[]",
        ] { #expect(session.state("SELECT \(text)") == "54000", "\(text)") }
        #expect(session.state("SELECT array_prepend(2, '[-2147483648:-2147483648]={1}'::int[])") == "22003")
        #expect(try session.rows("SELECT array_upper('[2147483646:2147483646]={1}'::int[], 1)") == ["2147483646"])
        try session.rows("CREATE TABLE t (a int[]); INSERT INTO t VALUES (NULL)")
        #expect(session.state("UPDATE t SET a[2147483647] = 1") == "54000")
        #expect(session.state("UPDATE t SET a[2147483646:2147483647] = '{1,2}'") == "54000")
        try session.rows("UPDATE t SET a[2147483646] = 1")
        #expect(session.state("UPDATE t SET a[2147483647] = 1") == "54000")
    }

    @Test func missingColumnsAndTypesTellWhatToUse() throws {
        #expect(session.refusal("SELECT ctid FROM d")?.hint?.contains("_key") == true)
        #expect(session.state("SELECT d.tableoid FROM d") == "42703")
        #expect(session.refusal("SELECT '[1,2)'::int4range")?.hint == "Use two columns.")
        #expect(session.refusal("SELECT int4range(1, 2)")?.hint == "There are no values of type int4range. Use two columns.")
        #expect(session.state("SELECT 1::money") == "42704")
    }

    /// PostgreSQL takes neither what is written by settings for a generated column, nor NULL for a default.
    @Test func declaredExpressionsGoByNoSetting() throws {
        for expression in ["a::text", "t::date", "t::timestamp", "i::text"] {
            let columns = "a date, t text, i interval, b text GENERATED ALWAYS AS ((\(expression))::text) STORED"
            #expect(session.state("CREATE TABLE g (\(columns))") == "42P17", "\(expression)")
        }
        #expect(session.state("CREATE TABLE g (a int, t text, b text GENERATED ALWAYS AS (a::text || t::int) STORED)") == nil)
        #expect(session.state("CREATE INDEX ON g ((t::date))") == "42P17")
        #expect(session.state("CREATE TABLE h (a text, b int GENERATED ALWAYS AS (a) STORED)") == "42804")
        try session.rows("CREATE TABLE n (a int DEFAULT NULL, b int DEFAULT 5, c int DEFAULT NULL::int)")
        try session.rows("ALTER TABLE n ALTER b SET DEFAULT NULL")
        #expect(try session.rows("SELECT count(column_default) FROM information_schema.columns WHERE table_name = 'n'") == ["0"])
    }
}
