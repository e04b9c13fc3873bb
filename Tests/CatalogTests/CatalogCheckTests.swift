import Ground
import Testing

@testable import Catalog

/// Damage planted in a catalog whose tree is sound: the check must name it.
@Suite struct CatalogCheckTests {
    let catalog: Catalog
    let users: TableConfig

    init() throws {
        catalog = try Catalog.inMemory()
        users = try catalog.fill("app", "users", [["id": "u1"], ["id": 2]])
        try catalog.expectSound()
    }

    func plant(_ body: (inout CatalogTransaction) throws -> Void) throws -> [String] {
        try catalog.write(body)
        return try catalog.check().problems
    }

    @Test func countsWhatItWalks() throws {
        let report = try catalog.check()
        #expect(report.databases == 1 && report.tables == 1 && report.documents == 2)
    }

    @Test func aDatabaseWithoutItsID() throws {
        let problems = try plant { _ = try $0.store.delete(CatalogKeys.databaseID(users.databaseID)) }
        #expect(problems.count == 1 && problems[0].contains("__meta__:databases:app"))
    }

    @Test func anIDWithoutItsDatabase() throws {
        let problems = try plant { try $0.putText("gone", at: CatalogKeys.databaseID(UUID.random().description)) }
        #expect(problems.count == 1 && problems[0].contains("`gone`"))
    }

    @Test func aTableWithoutItsID() throws {
        let problems = try plant { _ = try $0.store.delete(CatalogKeys.tableID(users.id)) }
        #expect(problems.count == 1 && problems[0].contains("__meta__:tables:app.users"))
    }

    @Test func anIDWithoutItsTable() throws {
        let problems = try plant { try $0.putText("app.gone", at: CatalogKeys.tableID(UUID.random().description)) }
        #expect(problems.count == 1 && problems[0].contains("app.gone"))
    }

    @Test func aTableOfNoDatabase() throws {
        let problems = try plant {
            _ = try $0.store.delete(CatalogKeys.databaseID(users.databaseID))
            _ = try $0.store.delete(CatalogKeys.database(named: "app"))
        }
        #expect(problems.count == 1 && problems[0].contains("__meta__:tables:app.users"))
    }

    @Test func aConfigUnderAnotherName() throws {
        let key = CatalogKeys.table(named: "users", inDatabaseNamed: "app")
        let problems = try plant { try $0.putConfig(users.json.setting("name", to: "x"), at: key) }
        #expect(problems.count == 1 && problems[0].contains("`x`"))
    }

    @Test func aConfigThatIsNoJSON() throws {
        let problems = try plant { try $0.putText("{", at: CatalogKeys.database(named: "app")) }
        #expect(problems.contains { $0.contains("__meta__:databases:app") && $0.contains("JSON") })
    }

    @Test func unknownKeys() throws {
        for key in ["", "!", "__meta__:colors:x", "__meta__;", "db:x", "zebra"] {
            let catalog = try Catalog.inMemory()
            try catalog.write { try $0.putText("1", at: Array(key.utf8)) }
            #expect(try catalog.check().problems.count == 1, "\(key)")
        }
    }

    @Test func contentsOfNoTable() throws {
        let prefix = CatalogKeys.documentsPrefix(ofTable: UUID.random().description, inDatabase: users.databaseID)
        let problems = try plant {
            try $0.putText("{}", at: Array((prefix + "a").utf8))
            try $0.putText("{}", at: Array((prefix + "b").utf8))
        }
        #expect(problems.count == 1, "once a table: \(problems)")
        #expect(problems.first?.contains("belongs to no table") == true)
    }

    @Test func unknownContentsOfATable() throws {
        let problems = try plant {
            try $0.putText("", at: Array((CatalogKeys.contentsPrefix(ofTable: users.id, inDatabase: users.databaseID) + "index:").utf8))
        }
        #expect(problems.count == 1)
    }

    static let badDocuments: [(bytes: [UInt8], problem: String)] = [
        ([], "can't be read"),
        (Array("{}".utf8), "can't be read"),
        (try! Document.encode(["x": 1]), "has no `id`"),
        (try! Document.encode(["id": "u2"]), "another key"),
        (try! Document.encode(["id": ["a": 1]]), "another key"),
        (Array(#"{"id": "u1"}"#.utf8) + [1, 1, 0], "not in canonical form"),
        (Array(#"{"id":"u1","a":1}"#.utf8) + [1, 11, 2, 0], "not in canonical form"),
    ]

    @Test(arguments: badDocuments.indices)
    func damagedDocuments(_ index: Int) throws {
        let (bytes, problem) = Self.badDocuments[index]
        let problems = try plant {
            var value = ByteBuffer()
            value.append(bytes)
            _ = try $0.store.put(users.documentsPrefix + Array("u1".utf8), value)
        }
        #expect(problems.count == 1)
        #expect(problems.first?.contains(problem) == true, "\(problems)")
        #expect(problems.first?.contains(":docs:u1") == true)
    }

    @Test func theListHasAnEnd() throws {
        let problems = try plant { transaction in
            for key in 0..<1500 { try transaction.putText("", at: Array("x\(key)".utf8)) }
        }
        #expect(problems.count == CheckReport.maximumProblems + 1)
        #expect(problems.last?.contains("more") == true)
    }
}
