import Ground
import Testing

@testable import Catalog

@Suite struct TableTests {
    let catalog: Catalog

    init() throws {
        catalog = try Catalog.inMemory()
        try catalog.write { _ = try $0.createDatabase("app") }
    }

    var app: DatabaseConfig { get throws { try catalog.snapshot().existing("app") } }

    @Test func createWritesBothKeys() throws {
        let users = try catalog.fill("app", "users", primaryKey: "email")
        #expect(users.primaryKey == "email")
        #expect(users.qualifiedName == "app.users")
        #expect(try catalog.keys(prefix: "__meta__:table") == ["__meta__:table_ids:\(users.id)", "__meta__:tables:app.users"])
        #expect(try catalog.snapshot().existing("app", "users") == users)

        let snapshot = try catalog.snapshot()
        #expect(try snapshot.records(prefix: "__meta__:table_ids:").next()?.value == "app.users")
        let json = try Datum(json: try #require(try snapshot.records(prefix: "__meta__:tables:app.").next()).value)
        #expect(json[field: "id"] == Datum(users.id))
        #expect(json[field: "name"] == "users")
        #expect(json[field: "database_id"] == Datum(try app.id))
        #expect(json[field: "primary_key"] == "email")
        #expect(json[field: "created_at"] == Datum(users.createdAt))
        #expect(json[field: "indexes"] == [])
        try catalog.expectSound()
    }

    @Test func listsByNameWithinTheDatabase() throws {
        for (database, table) in [("app", "b"), ("app", "a"), ("app2", "c"), ("ap", "d")] { try catalog.fill(database, table) }
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.tables(in: app).map(\.name) == ["a", "b"])
        #expect(try snapshot.tables(in: snapshot.existing("ap")).map(\.name) == ["d"])
    }

    @Test func namesAreUniqueInADatabase() throws {
        try catalog.fill("app", "users")
        try catalog.fill("other", "users")
        expectError(.tableExists) { try catalog.write { _ = try $0.createTable("users", in: app) } }
        expectError(.invalidName) { try catalog.write { _ = try $0.createTable("a.b", in: app) } }
        expectError(.invalidKey) { try catalog.write { _ = try $0.createTable("x", in: app, primaryKey: "$reql_type$") } }
        try catalog.expectSound()
    }

    @Test func missingOnes() throws {
        #expect(try catalog.snapshot().table("nothing", in: app) == nil)
        expectError(.tableNotFound) { try catalog.write { _ = try $0.dropTable("nothing", in: app) } }
        expectError(.tableNotFound) { try catalog.write { _ = try $0.renameTable("nothing", in: app, to: "x") } }
        let gone = try app
        try catalog.write { _ = try $0.dropDatabase("app") }
        expectError(.databaseNotFound) { try catalog.write { _ = try $0.createTable("users", in: gone) } }
    }

    @Test func dropLeavesNoKey() throws {
        try catalog.fill("app", "user", [["id": 1]])
        let before = try catalog.keys()
        try catalog.fill("app", "users", (0..<2000).map { ["id": Datum($0), "text": "some text to fill pages"] })
        try catalog.write { _ = try $0.dropTable("users", in: app) }
        #expect(try catalog.keys() == before)
        try catalog.expectSound()
    }

    @Test func dropTakesIndexEntriesAlong() throws {
        let users = try catalog.fill("app", "users", [["id": 1]])
        try catalog.write { transaction in
            let entry = CatalogKeys.contentsPrefix(ofTable: users.id, inDatabase: users.databaseID) + "index:x:y"
            _ = try transaction.store.put(Array(entry.utf8), ByteBuffer())
            _ = try transaction.dropTable("users", in: app)
        }
        #expect(try catalog.keys(prefix: "db:") == [])
    }

    @Test func renameKeepsIDAndDocuments() throws {
        let users = try catalog.fill("app", "users", [["id": "u1"]])
        let people = try catalog.write { try $0.renameTable("users", in: app, to: "people") }
        #expect(people.id == users.id && people.createdAt == users.createdAt && people.name == "people")
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.table("users", in: app) == nil)
        #expect(try snapshot.existing("app", "people") == people)
        #expect(try snapshot.documentCount(in: people) == 1)
        #expect(try catalog.keys(prefix: "__meta__:table") == ["__meta__:table_ids:\(users.id)", "__meta__:tables:app.people"])
        try catalog.expectSound()
    }

    @Test func renameConflicts() throws {
        try catalog.fill("app", "a")
        try catalog.fill("app", "b")
        expectError(.tableExists) { try catalog.write { _ = try $0.renameTable("a", in: app, to: "b") } }
        expectError(.invalidName) { try catalog.write { _ = try $0.renameTable("a", in: app, to: "") } }
        try catalog.write { _ = try $0.renameTable("a", in: app, to: "a") }
        try catalog.expectSound()
    }

    @Test func aDatabaseConfigFromBeforeItsRenameStillWorks() throws {
        let old = try app
        try catalog.write { _ = try $0.renameDatabase("app", to: "shop") }
        let table = try catalog.write { try $0.createTable("users", in: old) }
        #expect(table.databaseName == "shop")
        try catalog.expectSound()
    }

    @Test func writesToADroppedTableAreRefused() throws {
        let users = try catalog.fill("app", "users", [["id": 1]])
        try catalog.write { _ = try $0.dropTable("users", in: app) }
        expectError(.tableNotFound) { try catalog.write { _ = try $0.put(["id": 1], in: users) } }
        expectError(.tableNotFound) { try catalog.write { _ = try $0.delete(1, in: users) } }
        expectError(.tableNotFound) {
            try catalog.write { transaction in
                let again = try transaction.createTable("users", in: app)
                _ = try transaction.put(["id": 1], in: again)
                _ = try transaction.dropTable("users", in: app)
                _ = try transaction.put(["id": 1], in: again)
            }
        }
        #expect(try catalog.keys(prefix: "db:") == [])
    }

    /// A newer version may have made indexes that mean nothing to this one, which must not let them go stale.
    @Test func tablesWithIndexesAreReadOnly() throws {
        let users = try catalog.fill("app", "users", [["id": 1]])
        try catalog.write { transaction in
            let key = CatalogKeys.table(named: "users", inDatabaseNamed: "app")
            try transaction.putConfig(users.json.setting("indexes", to: [["name": "age"]]), at: key)
            transaction.metadataChanges()
        }
        let indexed = try catalog.snapshot().existing("app", "users")
        #expect(try catalog.snapshot().documentCount(in: indexed) == 1)
        expectError(.newerFormat) { try catalog.write { _ = try $0.put(["id": 2], in: indexed) } }
    }

    @Test func snapshotsKeepTheirOwnConfigs() throws {
        let before = try catalog.snapshot()
        _ = try before.table("users", in: app)
        try catalog.fill("app", "users")
        let between = try catalog.snapshot()
        #expect(try between.table("users", in: app) != nil)
        try catalog.write { _ = try $0.dropTable("users", in: app) }
        #expect(try before.table("users", in: app) == nil)
        #expect(try between.table("users", in: app) != nil)
        #expect(try catalog.snapshot().table("users", in: app) == nil)
    }
}
