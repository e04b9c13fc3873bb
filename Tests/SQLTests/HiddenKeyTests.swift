import Catalog
import ReQLish
import TestTraits
import Testing

@testable import SQL

/// Tables whose documents have a key of their own beside the primary key, which takes values that no key of a document may have.
@Suite(.ownThreads) struct HiddenKeyTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    private func reql(_ text: String) throws -> Datum {
        var options = QueryOptions()
        options.database = "shop"
        guard case .value(let value) = try session.pando.start(try TermTree(text: text), options: options) else { return .null }
        return value.owned
    }

    private let long = String(repeating: "x", count: 500)

    @Test func aPrimaryKeyTakesLongTexts() throws {
        try session.rows("CREATE TABLE plain (url text PRIMARY KEY)")
        let refusal = session.refusal("INSERT INTO plain VALUES ('\(long)')")
        #expect(refusal?.state.rawValue == "54000" && refusal?.hint?.contains("key = hidden") == true)
        try session.rows("CREATE TABLE pages (url text PRIMARY KEY, n int) WITH (key = hidden)")
        try session.rows("INSERT INTO pages VALUES ('\(long)a', 1), ('\(long)b', 2)")
        #expect(try session.rows("SELECT n, _key FROM pages WHERE url = '\(long)b'") == ["2|2"])
        #expect(session.state("INSERT INTO pages VALUES ('\(long)a', 3)") == "23505")
        #expect(session.state("INSERT INTO pages VALUES (NULL, 3)") == "23502")
        try session.rows("INSERT INTO pages VALUES ('\(long)a', 7) ON CONFLICT (url) DO UPDATE SET n = excluded.n")
        try session.rows("CREATE TABLE links (page text REFERENCES pages ON DELETE CASCADE); INSERT INTO links VALUES ('\(long)a')")
        #expect(session.state("INSERT INTO links VALUES ('\(long)c')") == "23503")
        #expect(try session.rows("SELECT n FROM links JOIN pages ON page = url") == ["7"])
        try session.rows("UPDATE pages SET url = 'short' WHERE n = 2; DELETE FROM pages WHERE n = 7")
        #expect(try session.rows("SELECT url, _key FROM pages") == ["short|2"])
        #expect(try session.rows("SELECT count(*) FROM links") == ["0"])
        #expect(try session.rows("SELECT reloptions FROM pg_class WHERE relname = 'pages'") == ["{key=hidden}"])
    }

    @Test func severalColumnsAreNotPartsOfTheKey() throws {
        try session.rows("CREATE TABLE t (a text, b text, n int, PRIMARY KEY (a, b)) WITH (key = hidden)")
        try session.rows("INSERT INTO t VALUES ('\(long)', '\(long)', 1), ('\(long)', 'b', 2)")
        #expect(session.state("INSERT INTO t VALUES ('\(long)', 'b', 3)") == "23505")
        #expect(session.state("UPDATE t SET b = 'b'") == "23505")
        #expect(try session.rows("SELECT n, _key FROM t WHERE a = '\(long)' AND b = 'b'") == ["2|2"])
        #expect(try reql("r.table('t').get(2)('n')") == Datum(2))
        #expect(try reql("r.table('t').insert({a: 'a', b: 'b', n: 4})('generated_keys').count()") == Datum(1))
        #expect(try reql("r.table('t').insert({a: 'a', b: 'b', n: 5})('errors')") == Datum(1))
    }

    @Test func theKeyOfATableThatIsThereIsHiddenAndShown() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, v text UNIQUE); INSERT INTO t VALUES (30, 'x'), (20, 'y')")
        try session.rows("CREATE TABLE u (t int REFERENCES t); INSERT INTO u VALUES (30)")
        try session.rows("ALTER TABLE t SET (key = hidden)")
        #expect(try session.rows("SELECT id, v, _key FROM t ORDER BY _key") == ["20|y|1", "30|x|2"])
        #expect(session.state("INSERT INTO t VALUES (20, 'z')") == "23505")
        #expect(session.state("DELETE FROM t WHERE id = 30") == "23503")
        try session.rows("INSERT INTO t VALUES (10, 'z')")
        try session.rows("ALTER TABLE t RESET (key)")
        #expect(try session.rows("SELECT id, v, _key FROM t ORDER BY _key") == ["10|z|10", "20|y|20", "30|x|30"])
        #expect(try session.rows("SELECT reloptions FROM pg_class WHERE relname = 't'") == ["NULL"])
        // A primary key that comes later is beside the hidden key, too.
        try session.rows("CREATE TABLE w (a int) WITH (key = hidden); INSERT INTO w VALUES (5), (6); ALTER TABLE w ADD PRIMARY KEY (a)")
        #expect(try session.rows("SELECT a, _key FROM w ORDER BY a") == ["5|1", "6|2"])
    }

    @Test func tablesOfCellsMayHideTheirKeysAndGroupsMayNot() throws {
        try session.rows("CREATE CELL stores (code text PRIMARY KEY); INSERT INTO stores VALUES ('a'), ('b')")
        #expect(session.state("ALTER TABLE stores SET (key = hidden)") == "42P16")
        try session.rows("CREATE TABLE stores.pages (url text PRIMARY KEY) WITH (key = hidden)")
        for cell in ["a", "b"] { try session.rows("INSERT INTO stores.pages USING code = '\(cell)' VALUES ('\(long)')") }
        #expect(session.state("INSERT INTO stores.pages USING code = 'a' VALUES ('\(long)')") == "23505")
        #expect(try session.rows("SELECT count(*) FROM stores.pages") == ["2"])
    }

    @Test func theKeyOfAnOpenTableIsAField() async throws {
        let session = try await TestSession(openTable: "docs", [#"{"id": 1}"#])
        #expect(session.state("ALTER TABLE docs SET (key = hidden)") == "0A000")
        #expect(try session.rows("SELECT id FROM docs") == ["1"])
    }
}
