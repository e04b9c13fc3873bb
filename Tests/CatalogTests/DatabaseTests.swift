import Ground
import Testing

@testable import Catalog

@Suite struct DatabaseTests {
    let catalog: Catalog

    init() throws {
        catalog = try Catalog.inMemory()
    }

    @Test func createWritesBothKeys() throws {
        let app = try catalog.write { try $0.createDatabase("app") }
        #expect(UUID.isText(app.id))
        #expect(app.id.utf8.dropFirst(14).first == UInt8(ascii: "4"), "version 4: \(app.id)")
        #expect(app.createdAt > 1_700_000_000)
        #expect(try catalog.keys() == ["__meta__:database_ids:\(app.id)", "__meta__:databases:app"])
        #expect(try catalog.snapshot().database("app") == app)
        try catalog.expectSound()
    }

    @Test func configsAreJSON() throws {
        let app = try catalog.write { try $0.createDatabase("app") }
        let snapshot = try catalog.snapshot()
        let record = try #require(try snapshot.records(prefix: "__meta__:databases:").next())
        let json = try Datum(json: record.value)
        #expect(json[field: "id"] == Datum(app.id))
        #expect(json[field: "name"] == "app")
        #expect(json[field: "created_at"] == Datum(app.createdAt))
        #expect(try snapshot.records(prefix: "__meta__:database_ids:").next()?.value == "app")
    }

    @Test func listsByName() throws {
        for name in ["b", "a", "C", "_d"] { try catalog.write { _ = try $0.createDatabase(name) } }
        #expect(try catalog.snapshot().databases().map(\.name) == ["C", "_d", "a", "b"])
    }

    @Test func namesAreUnique() throws {
        try catalog.fill("app", "users")
        expectError(.databaseExists) { try catalog.write { _ = try $0.createDatabase("app") } }
        expectError(.databaseExists) { try catalog.write { _ = try $0.createDatabase("rethinkdb") } }
        expectError(.invalidName) { try catalog.write { _ = try $0.createDatabase("a-b") } }
        try catalog.expectSound()
    }

    @Test func missingOnes() throws {
        #expect(try catalog.snapshot().database("nothing") == nil)
        expectError(.databaseNotFound) { try catalog.write { _ = try $0.dropDatabase("nothing") } }
        expectError(.databaseNotFound) { try catalog.write { _ = try $0.renameDatabase("nothing", to: "x") } }
    }

    @Test func dropLeavesNoKey() throws {
        try catalog.fill("keep", "users", [["id": 1]])
        let before = try catalog.keys()
        let documents: [Datum] = (0..<500).map { ["id": Datum($0), "text": "some text to fill pages"] }
        for table in ["a", "b", "c"] { try catalog.fill("app", table, documents) }
        let (dropped, tables) = try catalog.write { try $0.dropDatabase("app") }
        #expect(dropped.name == "app")
        #expect(tables == 3)
        #expect(try catalog.keys() == before)
        try catalog.expectSound()
    }

    /// `app` is a prefix of `app2`, and `a.b` could only be a table of `a`.
    @Test func dropSparesNeighbours() throws {
        try catalog.fill("app2", "users", [["id": 1]])
        try catalog.fill("ap", "users", [["id": 1]])
        try catalog.fill("app", "users", [["id": 1]])
        try catalog.write { _ = try $0.dropDatabase("app") }
        #expect(try catalog.contents().keys.sorted() == ["ap.users", "app2.users"])
        try catalog.expectSound()
    }

    @Test func dropIsSeenByNobodyBeforeItsCommit() throws {
        let users = try catalog.fill("app", "users", [["id": 1]])
        let old = try catalog.snapshot()
        var transaction = try catalog.beginWrite()
        _ = try transaction.dropDatabase("app")
        #expect(try catalog.snapshot().documentCount(in: users) == 1)
        try transaction.commit(.none)
        #expect(try catalog.snapshot().database("app") == nil)
        #expect(try old.database("app") != nil)
        #expect(try old.documentCount(in: users) == 1)
    }

    @Test func renameRewritesTheTablesKeys() throws {
        let users = try catalog.fill("app", "users", [["id": "u1"]])
        let orders = try catalog.fill("app", "orders")
        let app = try catalog.snapshot().existing("app")
        let renamed = try catalog.write { try $0.renameDatabase("app", to: "shop") }
        #expect(renamed.id == app.id && renamed.createdAt == app.createdAt && renamed.name == "shop")
        #expect(
            try catalog.keys(prefix: "__meta__:").sorted()
                == [
                    "__meta__:database_ids:\(app.id)", "__meta__:databases:shop", "__meta__:table_ids:\(users.id)",
                    "__meta__:table_ids:\(orders.id)", "__meta__:tables:shop.orders", "__meta__:tables:shop.users",
                ].sorted())
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.database("app") == nil)
        #expect(try snapshot.existing("shop", "users").id == users.id)
        #expect(try snapshot.get("u1", in: users) == ["id": "u1"], "a config from before the rename still finds documents")
        try catalog.write { _ = try $0.put(["id": "u2"], in: users) }
        try catalog.expectSound()
    }

    @Test func renameConflicts() throws {
        try catalog.fill("a", "t")
        try catalog.fill("b", "t")
        expectError(.databaseExists) { try catalog.write { _ = try $0.renameDatabase("a", to: "b") } }
        expectError(.invalidName) { try catalog.write { _ = try $0.renameDatabase("a", to: "no good") } }
        try catalog.write { _ = try $0.renameDatabase("a", to: "a") }
        #expect(try catalog.contents().count == 2)
    }

    /// What a newer version put into a config survives a rename by this one.
    @Test func renameKeepsUnknownFields() throws {
        try catalog.fill("app", "users")
        try catalog.write { transaction in
            let key = CatalogKeys.database(named: "app")
            let json = try #require(try transaction.config(at: key))
            try transaction.putConfig(json.setting("color", to: "green"), at: key)
            _ = try transaction.renameDatabase("app", to: "shop")
        }
        let record = try #require(try catalog.snapshot().records(prefix: "__meta__:databases:shop").next())
        #expect(record.value.contains("\"color\":\"green\""))
    }

    @Test func rollbackForgets() throws {
        var transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("app")
        #expect(try transaction.snapshot().database("app") != nil)
        transaction.rollback()
        #expect(try catalog.snapshot().database("app") == nil)
        #expect(try catalog.keys() == [])
    }

    @Test func theRethinkDBRuleIsAnOption() throws {
        var options = CatalogOptions()
        options.names = .rethinkdb
        let catalog = try Catalog.inMemory(options: options)
        try catalog.fill("my-app", "2020-logs", [["id": 1]])
        #expect(try catalog.contents().keys.sorted() == ["my-app.2020-logs"])
    }
}
