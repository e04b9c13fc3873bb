import TestTraits
import Testing

@testable import SQL

/// Views go on reading what they read, whatever other columns and tables come to have the names that they use.
@Suite(.ownThreads) struct PinnedViewTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE t (id int, x int); CREATE TABLE u (id int, y int)")
        try session.rows("INSERT INTO t VALUES (1, 10), (2, 20); INSERT INTO u VALUES (1, 100), (3, 300)")
    }

    @Test func aColumnIsAdded() throws {
        try session.rows("CREATE VIEW plain AS SELECT x, y FROM t JOIN u ON t.id = u.id")
        try session.rows("CREATE VIEW star AS SELECT * FROM t JOIN u USING (id)")
        try session.rows("CREATE VIEW common AS SELECT * FROM t NATURAL JOIN u")
        try session.rows("CREATE VIEW inner_x AS SELECT id, (SELECT x FROM u WHERE u.id = t.id) AS n FROM t")
        try session.rows("CREATE VIEW above AS SELECT x, y FROM star")
        try session.rows("CREATE VIEW places AS SELECT a, d FROM (t CROSS JOIN u) AS j (a, b, c, d)")
        try session.rows("CREATE VIEW whole AS SELECT row_to_json(u)::text AS j FROM u")
        try session.rows("CREATE MATERIALIZED VIEW kept AS SELECT x, y FROM t JOIN u ON t.id = u.id")
        try session.rows("ALTER TABLE u ADD COLUMN x int DEFAULT 7; ALTER TABLE t ADD COLUMN z int; REFRESH MATERIALIZED VIEW kept")
        #expect(try session.rows("SELECT * FROM plain") == ["10|100"])
        #expect(try session.rows("SELECT * FROM star") == ["1|10|100"])
        #expect(try session.rows("SELECT * FROM common") == ["1|10|100"])
        #expect(try session.rows("SELECT * FROM inner_x ORDER BY id") == ["1|10", "2|NULL"])
        #expect(try session.rows("SELECT * FROM above") == ["10|100"])
        #expect(try session.rows("SELECT * FROM places ORDER BY a, d") == ["1|100", "1|300", "2|100", "2|300"])
        #expect(try session.rows("SELECT j FROM whole ORDER BY j LIMIT 1") == [#"{"id":1,"y":100,"x":7}"#])
        #expect(try session.rows("SELECT * FROM kept") == ["10|100"])
        #expect(session.state("DROP VIEW whole; ALTER TABLE u DROP COLUMN x") == nil)
        #expect(session.state("ALTER TABLE u DROP COLUMN y") == "2BP01")
    }

    @Test func aColumnOfAJoinIsRenamed() throws {
        try session.rows("CREATE VIEW a AS SELECT * FROM t JOIN u USING (id); CREATE VIEW b AS SELECT * FROM t NATURAL JOIN u")
        try session.rows("CREATE VIEW c AS SELECT id FROM t FULL JOIN u USING (id); CREATE VIEW d AS SELECT id FROM a")
        try session.rows("ALTER TABLE u RENAME COLUMN id TO key")
        #expect(try session.rows("SELECT * FROM a") == ["1|10|100"])
        #expect(try session.rows("SELECT * FROM b") == ["1|10|100"])
        #expect(try session.rows("SELECT * FROM c ORDER BY 1") == ["1", "2", "3"])
        #expect(try session.rows("SELECT * FROM d") == ["1"])
        // Another column gets the name that one of the view has.
        try session.rows("ALTER TABLE u RENAME COLUMN y TO x; ALTER TABLE u ADD COLUMN id int; ALTER TABLE u RENAME TO w")
        #expect(try session.rows("SELECT * FROM a") == ["1|10|100"])
        #expect(try session.rows("SELECT * FROM b") == ["1|10|100"])
    }

    @Test func aViewGetsAColumn() throws {
        try session.rows("CREATE VIEW v AS SELECT id FROM u; CREATE VIEW w AS SELECT v.id, x FROM v JOIN t ON t.id = v.id")
        try session.rows("CREATE OR REPLACE VIEW v AS SELECT id, y AS x FROM u")
        #expect(try session.rows("SELECT * FROM w") == ["1|10"])
    }

    /// A table that is made later comes before another one of its name, but for no view that there was.
    @Test func aTableOfTheNameIsMade() throws {
        try session.rows("CREATE SCHEMA s; SET search_path = later, s, public")
        try session.rows("CREATE VIEW public.v AS SELECT t.id, x FROM t; CREATE MATERIALIZED VIEW public.m AS SELECT id FROM t")
        try session.rows("CREATE TABLE s.t (id int, x int); CREATE SCHEMA later; CREATE TABLE later.t (id int, x int)")
        #expect(try session.rows("SELECT * FROM public.v ORDER BY id") == ["1|10", "2|20"])
        try session.rows("REFRESH MATERIALIZED VIEW public.m")
        #expect(try session.rows("SELECT count(*) FROM public.m") == ["2"])
        #expect(session.state("DROP TABLE s.t") == nil)
        #expect(session.state("DROP TABLE public.t") == "2BP01")
    }

    /// A name with a schema is that of the schema's table, though one further in is called alike.
    @Test func aSchemaTellsTablesApart() throws {
        try session.rows("CREATE SCHEMA s; CREATE TABLE s.t (id int, k int); INSERT INTO s.t VALUES (2, 5)")
        let query = "SELECT k FROM s.t WHERE EXISTS (SELECT 1 FROM u AS t WHERE s.t.id = 2)"
        #expect(try session.rows(query) == ["5"])
        try session.rows("CREATE VIEW v AS SELECT k FROM s.t WHERE EXISTS (SELECT 1 FROM t WHERE s.t.id = t.id)")
        try session.rows("ALTER TABLE t RENAME TO tt")
        #expect(try session.rows("SELECT * FROM v") == ["5"])
    }

    /// A temporary view goes on with the table that it was made over, though the session makes one of the name for itself.
    @Test func aTemporaryTableOfTheNameIsMade() throws {
        try session.rows("CREATE TEMP VIEW v AS SELECT id FROM t; CREATE TEMP TABLE t (id int, x int)")
        #expect(try session.rows("SELECT * FROM v ORDER BY id") == ["1", "2"])
        try session.rows("CREATE TEMP VIEW w AS SELECT id FROM t")
        #expect(try session.rows("SELECT * FROM w") == [])
    }

    /// Adding a column looks at the few views that may mind, and dropping one looks at each view once.
    @Test func manyViewsDoNotStandInTheWay() throws {
        for number in 0..<60 {
            let query = "SELECT t.id, count(*) AS n FROM t JOIN u ON t.id = u.id AND x > \(number) GROUP BY t.id"
            try session.rows("CREATE VIEW v\(number) AS \(query)")
            try session.rows("CREATE VIEW w\(number) AS SELECT id, n FROM v\(number)")
        }
        #expect(Definer.mayMind("SELECT t.id, count(*) AS n FROM public.t AS t", ["z"]) == false)
        for text in [
            "SELECT z FROM t", "SELECT \"Z\" FROM t", "SELECT * FROM t", "SELECT a FROM t AS j (a, b)", "SELECT id FROM t NATURAL JOIN u",
        ] {
            #expect(Definer.mayMind(text, ["z"]), "\(text)")
        }
        try session.rows("ALTER TABLE t ADD COLUMN z int, ADD COLUMN n int DEFAULT 5")
        #expect(try session.rows("SELECT * FROM w9") == ["1|1"])
        try session.rows("ALTER TABLE t DROP COLUMN z")
        #expect(session.refusal("ALTER TABLE t DROP COLUMN x")?.detail?.split(separator: "\n").count == 120)
    }

    @Test func aTypeOfTheNameIsMade() throws {
        try session.rows("CREATE TYPE mood AS ENUM ('a'); CREATE SCHEMA s; SET search_path = s, public")
        try session.rows("CREATE VIEW public.v AS SELECT 'a'::mood AS m, '{a}'::mood[] AS n; CREATE TYPE s.mood AS ENUM ('z')")
        #expect(try session.rows("SELECT * FROM public.v") == ["a|{a}"])
    }
}
