import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Catalog

/// An index that is built at once is the one that is built in parts.
@Suite struct IndexBuildingTests {
    private static func catalog(_ count: Int) throws -> (Catalog, TableConfig) {
        let catalog = try Catalog.inMemory()
        var transaction = try catalog.beginWrite()
        let database = try transaction.createDatabase("d")
        let table = try transaction.createTable("t", in: database)
        var random = SeededGenerator(seed: 0xB01D)
        for id in 0..<count {
            let value: Datum =
                switch random.below(8) {
                case 0: .null
                case 1: Datum(String(repeating: "x", count: 505 + random.below(12)))
                case 2: try .array([Datum(random.below(5)), Datum("s\(random.below(5))"), Datum(random.below(5))])
                case 3: Datum("s\(random.below(1000))\u{0}")
                default: Datum(random.below(2000) - 1000)
                }
            try transaction.put(try .object([("id", Datum(id)), ("a", value)]), in: table)
        }
        try transaction.commit(.soft)
        return (catalog, table)
    }

    private static func entries(_ catalog: Catalog, _ name: String, _ table: TableConfig) throws -> [String] {
        let snapshot = try catalog.snapshot()
        let table = try #require(try snapshot.table(id: table.id))
        let index = try #require(table.index(named: name))
        #expect(index.isReady)
        let cursor = try snapshot.entries(of: index, in: table)
        var entries: [String] = []
        while let hit = try cursor.next() { entries.append("\(hit.key) \(hit.primaryKey)") }
        return entries
    }

    @Test(arguments: [false, true])
    func atOnceAndInPartsAreAlike(isMulti: Bool) throws {
        let (catalog, table) = try Self.catalog(700)
        for (name, batch) in [("once", nil), ("parts", 64)] as [(String, Int?)] {
            var transaction = try catalog.beginWrite()
            let index = try transaction.createIndex(name, on: table, .field("a"), isMulti: isMulti)
            try transaction.commit(.soft)
            var rounds = 1
            while try !catalog.buildIndex(index.id, of: table, batch: batch) { rounds += 1 }
            // A batch of documents ends earlier where they take long.
            #expect(batch == nil ? rounds == 1 : rounds >= 11)
        }
        let once = try Self.entries(catalog, "once", table)
        #expect(once.count > 500)
        #expect(try once == Self.entries(catalog, "parts", table))
        #expect(try catalog.check().problems.isEmpty)
    }

    @Test(arguments: [1, 2, 5])
    func byManyThreadsAsByOne(threadCount: Int) throws {
        let folder = try TemporaryDirectory()
        var options = CatalogOptions()
        options.buildThreadCount = threadCount
        let catalog = try Catalog.open(path: folder.file("a.pando"), options: options)
        let documents: [Datum] = (0..<9_000).map {
            ["id": Datum($0), "a": $0 % 7 == 0 ? .null : Datum("\($0 &* 7919 % 1_007)"), "b": Datum($0 % 3)]
        }
        let table = try catalog.fill("d", "t", documents)
        let indexes = try catalog.write { transaction in
            [
                try transaction.createIndex("a", on: table, .field("a")),
                try transaction.createIndex("unique", on: table, .field("id"), isUnique: true),
            ]
        }
        for index in indexes { #expect(try catalog.buildIndex(index.id, of: table)) }
        #expect(try Self.entries(catalog, "a", table).count == 7_714)
        #expect(try Self.entries(catalog, "unique", table) == (0..<9_000).map { "\($0) \($0)" })
        #expect(try catalog.check().problems.isEmpty)
        let refused = try catalog.write { try $0.createIndex("b", on: table, .field("b"), isUnique: true) }
        expectError(.duplicateValue) { _ = try catalog.buildIndex(refused.id, of: table) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { $0.hasPrefix("a.pando") })
        try catalog.close()
    }

    /// Somebody wrote while the entries were made: nothing that was made then is put.
    @Test func whatWasWrittenMeanwhileCounts() throws {
        let (catalog, table) = try Self.catalog(300)
        var transaction = try catalog.beginWrite()
        let index = try transaction.createIndex("a", on: table, .field("a"))
        try transaction.commit(.soft)
        let evaluator = SlowEvaluator(catalog, table)
        catalog.register(evaluator)
        var other = try catalog.beginWrite()
        let slow = try other.createIndex("slow", on: table, .function("slow"))
        try other.commit(.soft)
        while try !catalog.buildIndex(slow.id, of: table) {}
        while try !catalog.buildIndex(index.id, of: table) {}
        #expect(try catalog.check().problems.isEmpty)
        #expect(evaluator.hasWritten)
    }

    /// Another table got documents while the entries were made, and this one another index: it is built at once all the same.
    @Test func whatWasWrittenElsewhereDoesNotCount() throws {
        let (catalog, table) = try Self.catalog(300)
        let evaluator = SlowEvaluator(catalog, table) { transaction in
            let other = try transaction.createTable("other", in: try transaction.existingDatabase("d"))
            try transaction.put(["id": 1], in: other)
            _ = try transaction.createIndex("later", on: table, .field("a"))
        }
        catalog.register(evaluator)
        var transaction = try catalog.beginWrite()
        let slow = try transaction.createIndex("slow", on: table, .function("slow"))
        try transaction.commit(.soft)
        #expect(try catalog.buildIndex(slow.id, of: table))
        #expect(evaluator.hasWritten)
        let later = try #require(try catalog.snapshot().table(id: table.id)?.index(named: "later"))
        #expect(!later.isReady)
        #expect(try catalog.buildIndex(later.id, of: table))
        #expect(try Self.entries(catalog, "later", table) == Self.entries(catalog, "slow", table))
        #expect(try catalog.check().problems.isEmpty)
    }

    @Test func duplicatesAreFoundAtOnceToo() throws {
        let (catalog, table) = try Self.catalog(0)
        var transaction = try catalog.beginWrite()
        for id in 0..<50 { try transaction.put(try .object([("id", Datum(id)), ("a", Datum(id % 48))]), in: table) }
        let index = try transaction.createIndex("a", on: table, .field("a"), isUnique: true)
        try transaction.commit(.soft)
        let error = expectError(.duplicateValue) { _ = try catalog.buildIndex(index.id, of: table) }
        #expect(error?.message.contains("0 and 48, 1 and 49") == true)
        let failed = try catalog.snapshot().table(id: table.id)?.index(named: "a")
        #expect(failed?.failure != nil)
    }
}

/// A function of an index that writes when it is evaluated for a document in the middle: documents of the table, unless it is told what.
private final class SlowEvaluator: IndexFunctions {
    private let catalog: Catalog
    private let table: TableConfig
    private let state = WrittenOnce()
    private let write: @Sendable (inout CatalogTransaction) throws -> Void

    init(_ catalog: Catalog, _ table: TableConfig, _ write: (@Sendable (inout CatalogTransaction) throws -> Void)? = nil) {
        self.catalog = catalog
        self.table = table
        self.write =
            write ?? { transaction in
                try transaction.delete(3, in: table)
                try transaction.put(["id": 5, "a": "changed"], in: table)
            }
    }

    var hasWritten: Bool { state.isDone }

    func compile(_ function: String) throws(CatalogError) -> IndexFunction {
        { [catalog, write, state] document, _ in
            if document[field: "id"] == 200, state.begin() {
                // Before the writer's place is taken by who builds.
                if var transaction = try? catalog.beginWrite() {
                    try? write(&transaction)
                    try? transaction.commit(.soft)
                }
            }
            return document[field: "a"]
        }
    }

    func exported(_ index: IndexConfig) -> (blob: [UInt8], query: String)? { nil }
    func imported(_ blob: [UInt8]) -> IndexDefinition? { nil }
    func cells(of geometry: Datum) -> [Int] { [] }
}

/// Whether something was done, for the first who asks.
private final class WrittenOnce: Sendable {
    private let flag = Mutex(false)

    func begin() -> Bool {
        flag.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
    }

    var isDone: Bool { flag.withLock { $0 } }
}
