import ReQLish
import TestTraits
import Testing

@testable import SQL

/// Write hooks of declared tables: they come before all that the declaration asks for, whatever door a row comes through.
@Suite(.ownThreads) struct WriteHookTests {
    let session: TestSession

    init() async throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL CHECK (a > 0), d date, g int GENERATED ALWAYS AS (a * 2) STORED);
            INSERT INTO t VALUES (1, 1), (2, 2)
            """)
    }

    @Test func rowsAreTheHooks() async throws {
        try await session.pando.run(r.db("shop").table("t").setWriteHook { _, _, new in new.merge(["a": 7, "d": "2024-02-29"]) })
        #expect(try session.rows("INSERT INTO t (id, a) VALUES (3, 1) RETURNING *") == ["3|7|2024-02-29|14"])
        // What the row lacks the hook may give.
        #expect(try session.rows("INSERT INTO t (id) VALUES (4) RETURNING a, g") == ["7|14"])
        #expect(try session.rows("UPDATE t SET a = 5 WHERE id = 1 RETURNING a, d, g") == ["7|2024-02-29|14"])
        #expect(
            try session.rows("SELECT * FROM t ORDER BY id") == [
                "1|7|2024-02-29|14", "2|2|NULL|4", "3|7|2024-02-29|14", "4|7|2024-02-29|14",
            ])
        #expect(session.state("INSERT INTO t (id) VALUES (4)") == "23505")
    }

    @Test func whatTheHookMakesIsHeldToTheDeclaration() async throws {
        let table = r.db("shop").table("t")
        try await session.pando.run(table.setWriteHook { _, _, new in new.merge(["a": -1]) })
        #expect(session.state("INSERT INTO t (id, a) VALUES (3, 1)") == "23514")
        #expect(session.state("UPDATE t SET a = 3 WHERE id = 1") == "23514")
        try await session.pando.run(table.setWriteHook { _, _, new in new.merge(["a": "x"]) })
        #expect(session.state("INSERT INTO t (id, a) VALUES (3, 1)") == "22P02")
        try await session.pando.run(table.setWriteHook { _, _, new in new.merge(["other": 1]) })
        #expect(session.state("INSERT INTO t (id, a) VALUES (3, 1)") == "42703")
        #expect(try session.rows("SELECT id, a FROM t ORDER BY id") == ["1|1", "2|2"])
        try await session.pando.run(table.setWriteHook(nil))
        #expect(try session.rows("INSERT INTO t (id, a) VALUES (3, 1) RETURNING a") == ["1"])
    }
}
