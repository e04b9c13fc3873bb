import TestSupport
import Testing

@testable import Catalog

/// What a unique index is in the file: checked, kept by archives and by a restart.
@Suite struct UniqueIndexTests {
    private static func fill(_ catalog: Catalog) throws -> TableConfig {
        let table = try catalog.fill("d", "t", [["id": 1, "a": 1], ["id": 2, "a": 2], ["id": 3, "a": 2]])
        try catalog.write { _ = try $0.createIndex("a", on: table, .field("a")) }
        while try !catalog.buildIndex(try #require(try current(table, catalog).index(named: "a")).id, of: table) {}
        return table
    }

    private static func current(_ table: TableConfig, _ catalog: Catalog) throws -> TableConfig {
        let snapshot = try catalog.snapshot()
        return try #require(try snapshot.database(table.databaseName).flatMap { try snapshot.table(table.name, in: $0) })
    }

    @Test func aCheckFindsDuplicates() throws {
        let catalog = try Catalog.inMemory()
        let table = try Self.fill(catalog)
        #expect(try catalog.check().problems.isEmpty)
        // As if something had written past the rule.
        try catalog.write { transaction in
            let current = try transaction.current(table)
            let indexes = try current.indexes.map { IndexConfig(json: try $0.storedForm.setting("unique", to: true)) }
            try transaction.store(indexes, of: current)
        }
        #expect(try Self.current(table, catalog).index(named: "a")?.isUnique == true)
        let problems = try catalog.check().problems
        #expect(problems.count == 1 && problems[0].contains("keys 2 and 3"), "\(problems)")
    }

    @Test func anArchiveKeepsIt() throws {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t", [["id": 1, "a": 1], ["id": 2, "a": 2]])
        try catalog.write { _ = try $0.createIndex("a", on: table, .field("a"), isUnique: true) }
        let target = try Catalog.inMemory()
        _ = try target.restore(try catalog.snapshot().dumped())
        let restored = try Self.current(table, target)
        let index = try #require(restored.index(named: "a"))
        #expect(index.isUnique && index.isReady)
        try target.write { transaction in
            expectError(.duplicateValue) { try transaction.put(["id": 3, "a": 2], in: restored) }
        }
        try target.expectSound()
    }

    @Test func aRestartKeepsIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.pando")
        let first = try Catalog.open(path: path)
        let table = try first.fill("d", "t", [["id": 1, "a": 1]])
        try first.write { _ = try $0.createIndex("a", on: table, .field("a"), isUnique: true) }
        let id = try #require(try Self.current(table, first).index(named: "a")).id
        while try !first.buildIndex(id, of: table) {}
        try first.close()
        let second = try Catalog.open(path: path)
        try second.write { transaction in
            expectError(.duplicateValue) { try transaction.put(["id": 2, "a": 1], in: table) }
            // Left to be done one by one.
            let block = DocumentBlock(for: table)
            block.add(["id": 2, "a": 1], line: 1)
            block.add(["id": 3, "a": 3], line: 2)
            let isDone = try transaction.insertAll([block], in: table)
            #expect(!isDone)
        }
        #expect(try second.snapshot().count(in: table, .all) == 1)
        try second.close()
    }
}
