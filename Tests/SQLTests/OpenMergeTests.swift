import TestTraits
import Testing

@testable import SQL

/// MERGE and ON CONFLICT that write documents: of tables without columns, and beside the columns of tables that are open.
@Suite(.ownThreads) struct OpenMergeTests {
    @Test func documentsAreMerged() async throws {
        let session = try await TestSession(
            openTable: "stock", [#"{"id": "a", "n": 1, "old": 4, "place": {"x": 1}}"#, #"{"id": "b", "n": 2}"#])
        try session.rows(
            "CREATE TABLE news (id text PRIMARY KEY, n int); INSERT INTO news VALUES ('a', 10), ('b', 0), ('c', 30), ('d', -1)")
        try session.rows(
            """
            MERGE INTO stock s USING news w ON s.id = w.id
            WHEN MATCHED AND w.n = 0 THEN DELETE
            WHEN MATCHED THEN UPDATE SET n = s.n + w.n, place.y = w.n, old = DEFAULT
            WHEN NOT MATCHED AND w.n < 0 THEN DO NOTHING
            WHEN NOT MATCHED THEN INSERT (id, n, place.x) VALUES (w.id, w.n, 5)
            """)
        #expect(try session.rows("SELECT id::text, n, place.x, place.y FROM stock ORDER BY id") == ["a|11|1|10", "c|30|5|NULL"])
        #expect(try session.rows("SELECT count(old) FROM stock") == ["0"])
        #expect(session.state("MERGE INTO stock s USING news w ON s.id = w.id WHEN NOT MATCHED THEN INSERT VALUES ('e')") == "42601")
        #expect(
            session.state("MERGE INTO stock s USING (VALUES ('a'), ('a')) w(id) ON s.id = w.id WHEN MATCHED THEN UPDATE SET n = 0")
                == "21000")
        #expect(session.state("MERGE INTO stock s USING news w ON s.id = w.id WHEN NOT MATCHED THEN INSERT (n) VALUES (s.n)") == "42P01")
        try session.rows(
            "MERGE INTO stock s USING (SELECT 'z' AS id) w ON s.id = w.id WHEN NOT MATCHED THEN INSERT (_doc) VALUES ('{\"id\": \"z\"}')")
        #expect(try session.rows("SELECT count(*) FROM stock WHERE id = 'z'") == ["1"])
        #expect(
            session.state("MERGE INTO stock s USING (SELECT 1) w ON false WHEN NOT MATCHED THEN INSERT (_doc) VALUES ('[1]')") == "22023")
    }

    private func openTable() throws -> TestSession {
        let session = try TestSession()
        try session.rows(
            """
            CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 7, k text UNIQUE) WITH (open = true);
            INSERT INTO t (id, n, k, extra) VALUES (1, 1, 'x', 'old')
            """)
        return session
    }

    @Test func fieldsBesideColumnsAreMerged() throws {
        let session = try openTable()
        try session.rows(
            """
            MERGE INTO t USING (VALUES (1, 5), (2, 6)) AS s(id, v) ON t.id = s.id
            WHEN MATCHED THEN UPDATE SET n = t.n + s.v, extra = s.v
            WHEN NOT MATCHED THEN INSERT (id, extra) VALUES (s.id, s.v)
            """)
        #expect(try session.rows("SELECT id, n, k, extra FROM t ORDER BY id") == ["1|6|x|5", "2|7|NULL|6"])
        #expect(
            session.state(
                "MERGE INTO t USING (SELECT 3 AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, k, extra) VALUES (3, 'x', 1)")
                == "23505")
    }

    @Test func conflictsBesideFields() throws {
        let session = try openTable()
        #expect(try session.rows("INSERT INTO t (id, extra) VALUES (1, 'new') ON CONFLICT DO NOTHING RETURNING id") == [])
        #expect(
            try session.rows(
                """
                INSERT INTO t AS r (id, k, extra) VALUES (1, 'y', 'new') ON CONFLICT (id)
                DO UPDATE SET n = r.n + excluded.n, extra = excluded.extra WHERE r.extra = 'old' RETURNING id, n, k, extra
                """) == [#"1|8|x|"new""#])
        // The condition does not hold any more.
        #expect(
            try session.rows(
                "INSERT INTO t (id, extra) VALUES (1, 'newer') ON CONFLICT (id) DO UPDATE SET extra = 1 WHERE t.extra = 'old' RETURNING id")
                == [])
        // Another constraint than the one that is named.
        #expect(session.state("INSERT INTO t (id, k, extra) VALUES (2, 'x', 1) ON CONFLICT (id) DO UPDATE SET extra = 1") == "23505")
        try session.rows("INSERT INTO t (id, k, extra) VALUES (2, 'x', 1) ON CONFLICT (k) DO UPDATE SET extra = excluded.id")
        #expect(try session.rows("SELECT id, extra FROM t") == ["1|2"])
        #expect(
            session.state("INSERT INTO t (id, extra) VALUES (5, 1), (5, 2) ON CONFLICT (id) DO UPDATE SET extra = excluded.extra")
                == "21000")
        // Only the update names a field.
        try session.rows("INSERT INTO t VALUES (1, 9), (6, 9) ON CONFLICT (id) DO UPDATE SET extra = 'seen', n = excluded.n")
        #expect(try session.rows("SELECT id, n, extra FROM t ORDER BY id") == [#"1|9|"seen""#, "6|9|NULL"])
        #expect(session.state("INSERT INTO t (id, extra) VALUES (1, 1) ON CONFLICT DO UPDATE SET extra = 1") == "42601")
        #expect(session.state("INSERT INTO t (id, extra) VALUES (1, 1) ON CONFLICT (n) DO NOTHING") == "42P10")
    }

    @Test func oneStatementChangesADocumentOnce() async throws {
        let session = try await TestSession(openTable: "o", [#"{"id": 0}"#])
        #expect(session.state("INSERT INTO o (id, n) VALUES (1, 1), (1, 2) ON CONFLICT (id) DO UPDATE SET n = excluded.n") == "21000")
        try session.rows("INSERT INTO o (id, n) VALUES (1, 1), (1, 2) ON CONFLICT DO NOTHING")
        #expect(try session.rows("SELECT n FROM o WHERE id = 1") == ["1"])
    }
}
