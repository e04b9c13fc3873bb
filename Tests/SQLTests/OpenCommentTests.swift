import Foundation
import ReQLish
import TestTraits
import Testing

@testable import Catalog
@testable import SQL

/// COMMENT on tables without columns, and on fields of their documents.
@Suite(.ownThreads) struct OpenCommentTests {
    private func table() async throws -> TestSession {
        try await TestSession(openTable: "orders", [#"{"id": 1, "city": "Rome", "firstName": "Ada"}"#, #"{"id": 2, "price": 5.5}"#])
    }

    /// What is shown of the table, then of its columns.
    private func shown(_ session: TestSession) throws -> [String] {
        try session.rows("SELECT obj_description('orders'::regclass, 'pg_class')")
            + session.rows(
                """
                SELECT attname, col_description(attrelid, attnum) FROM pg_attribute
                WHERE attrelid = 'orders'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NOT NULL ORDER BY attname
                """)
    }

    @Test func theyAreKeptAndShown() async throws {
        let session = try await table()
        #expect(try shown(session) == ["NULL"])
        try session.rows("COMMENT ON TABLE orders IS 'what was bought'; COMMENT ON COLUMN orders.city IS 'where it goes'")
        try session.rows("COMMENT ON COLUMN orders.id IS 'its number'; COMMENT ON COLUMN orders.firstName IS 'whose'")
        #expect(try shown(session) == ["what was bought", "city|where it goes", "firstName|whose", "id|its number"])
        #expect(
            try session.rows("SELECT objsubid, description FROM pg_description WHERE objoid = 'orders'::regclass ORDER BY 1") == [
                "0|what was bought", "1|its number", "2|where it goes", "3|whose",
            ])
        // Another field before it moves it on.
        try session.rows("INSERT INTO orders (id, area) VALUES (3, 'x')")
        #expect(try shown(session) == ["what was bought", "city|where it goes", "firstName|whose", "id|its number"])
        // A text replaces the one before, and NULL and nothing take it away.
        try session.rows("COMMENT ON TABLE orders IS 'another'; COMMENT ON COLUMN orders.city IS NULL; COMMENT ON COLUMN orders.id IS ''")
        #expect(try shown(session) == ["another", "firstName|whose"])
        try session.rows("COMMENT ON TABLE orders IS NULL; COMMENT ON COLUMN orders.firstName IS NULL")
        #expect(try shown(session) == ["NULL"])
        #expect(session.state("COMMENT ON COLUMN orders._doc IS 'x'") == "42703")
        #expect(session.state("COMMENT ON VIEW orders IS 'x'") == "42809")
    }

    @Test func theyAreUndoneAndFollowRenames() async throws {
        let session = try await table()
        try session.rows("BEGIN; COMMENT ON TABLE orders IS 'x'; ROLLBACK")
        #expect(try shown(session) == ["NULL"])
        try session.rows("COMMENT ON TABLE orders IS 'kept'; COMMENT ON COLUMN orders.price IS 'in euros'")
        try session.rows("ALTER TABLE orders RENAME TO sales")
        try await session.pando.run(r.db("shop").table("sales").config().update(["name": "orders"]))
        #expect(try shown(session) == ["kept", "price|in euros"])
        try await session.pando.run(r.db("shop").table("orders").config().update(["durability": "soft"]))
        #expect(try shown(session) == ["kept", "price|in euros"])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    /// What becomes a column keeps what was said of it.
    @Test func columnsTakeThemOver() async throws {
        let session = try await table()
        try session.rows("COMMENT ON TABLE orders IS 'all'; COMMENT ON COLUMN orders.city IS 'where'")
        try session.rows("COMMENT ON COLUMN orders.id IS 'number'; COMMENT ON COLUMN orders.price IS 'in euros'")
        try session.rows("ALTER TABLE orders ADD COLUMN city text")
        #expect(try shown(session) == ["all", "city|where", "id|number", "price|in euros"])
        // Beside columns there are fields, of which something may be said as before.
        try session.rows("COMMENT ON COLUMN orders.\"firstName\" IS 'whose'; COMMENT ON COLUMN orders.city IS 'town'")
        #expect(try shown(session) == ["all", "city|town", "firstName|whose", "id|number", "price|in euros"])
        try session.rows("ALTER TABLE orders DROP COLUMN city")
        try await session.pando.run(r.db("shop").table("orders").insert(["id": 9, "city": "Oslo"]))
        #expect(try shown(session) == ["all", "firstName|whose", "id|number", "price|in euros"])
    }

    @Test func archivesHaveThem() async throws {
        let session = try await table()
        try session.rows("COMMENT ON TABLE orders IS 'what was bought'; COMMENT ON COLUMN orders.city IS 'where it goes'")
        let path = FileManager.default.temporaryDirectory.appending(path: "comments-\(UUID()).tar").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try session.pando.catalog.snapshot().dump(toFile: path)
        let other = try Pando.inMemory()
        _ = try other.catalog.restore(ArchiveInput(path: path))
        let restored = TestSession(other, try SQLConnection(other, user: nil, database: "shop"))
        #expect(try shown(restored) == ["what was bought", "city|where it goes"])
    }
}
