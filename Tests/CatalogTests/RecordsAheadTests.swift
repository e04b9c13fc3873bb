import Synchronization
import Testing

@testable import Catalog

/// Tables that are loaded, of which an engine gets records before the commit.
@Suite struct RecordsAheadTests {
    private let engine = ArrayEngine()
    private let catalog: Catalog
    private let table: TableConfig
    private static let text = Datum(String(repeating: "x", count: 10_000))
    private static let count = 500

    init() throws {
        catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
    }

    private var sentCount: Int { engine.ahead.withLock { $0.count } }

    /// Loads documents with the numbers from 0 on as keys.
    private func load(_ transaction: inout CatalogTransaction, from first: Int = 0) throws {
        var number = first
        let loaded = try transaction.load(into: table) {
            if number == first + Self.count { return nil }
            defer { number += 1 }
            return ["id": Datum(number), "text": Self.text]
        }
        #expect(loaded == Self.count)
    }

    private func expectAll(_ more: Int = 0) throws {
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.documentCount(in: table) == Self.count + more)
        for number in stride(from: 0, to: Self.count, by: 7) {
            #expect(try snapshot.get(Datum(number), in: table)?[field: "id"]?.integer == number)
        }
    }

    @Test func theyAreSentWhileOthersAreMade() throws {
        var transaction = try catalog.beginWrite()
        try load(&transaction)
        #expect(engine.aheadCount.withLock { 3...6 ~= $0 })
        #expect(300..<Self.count ~= sentCount)
        // Nobody sees them yet.
        #expect(try catalog.snapshot().documentCount(in: table) == 0)
        // What is changed besides is not of those.
        try transaction.put(["id": "later"], in: table)
        try transaction.commit()
        try expectAll(1)
        #expect(sentCount == 0)
    }

    @Test func whatIsRolledBackIsTakenBack() throws {
        var transaction = try catalog.beginWrite()
        try load(&transaction)
        #expect(sentCount > 0)
        transaction.rollback()
        #expect(sentCount == 0)
        do {
            var dropped = try catalog.beginWrite()
            try load(&dropped)
            #expect(sentCount > 0)
        }
        #expect(sentCount == 0)
        #expect(try catalog.snapshot().documentCount(in: table) == 0)
    }

    /// What the engine has lost by the time of the commit is given again.
    @Test func whatIsLostIsSentAgain() throws {
        var transaction = try catalog.beginWrite()
        try load(&transaction)
        engine.ahead.withLock { $0 = [] }
        try transaction.commit()
        try expectAll()
    }

    @Test(arguments: [0, 2]) func anEngineThatTakesNoMore(_ limit: Int) throws {
        engine.aheadLimit.withLock { $0 = limit }
        var transaction = try catalog.beginWrite()
        try load(&transaction)
        #expect(engine.aheadCount.withLock { $0 } == limit)
        try transaction.commit()
        try expectAll()
    }

    /// One that was sent is not what the engine is to have.
    @Test(arguments: ["changed", "deleted", "all deleted", "put into the middle"]) func whatIsChangedAfterwards(_ how: String) throws {
        var transaction = try catalog.beginWrite()
        try load(&transaction)
        #expect(sentCount > 0)
        var count = Self.count
        switch how {
        case "changed": try transaction.put(["id": 8, "text": "other"], in: table)
        case "deleted":
            #expect(try transaction.delete(8, in: table))
            count -= 1
        case "all deleted":
            #expect(try transaction.deleteAll(in: table) == Self.count)
            count = 0
        default:
            try transaction.put(["id": 8.5], in: table)
            count += 1
        }
        #expect(sentCount == 0)
        try transaction.commit()
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.documentCount(in: table) == count)
        let changed = try snapshot.get(8, in: table)
        switch how {
        case "changed": #expect(changed?[field: "text"] == "other")
        case "put into the middle": #expect(changed != nil)
        default: #expect(changed == nil)
        }
    }

    /// A second table in the same transaction would stand between: nothing of it is sent.
    @Test func onlyOneTableIsSent() throws {
        var transaction = try catalog.beginWrite()
        let other = try transaction.createTable("other", in: try #require(try transaction.database("app")))
        try load(&transaction)
        let before = sentCount
        var number = 0
        try transaction.load(into: other) {
            if number == 300 { return nil }
            defer { number += 1 }
            return ["id": Datum(number), "text": Self.text]
        }
        #expect(sentCount == before)
        try transaction.commit()
        try expectAll()
        #expect(try catalog.snapshot().documentCount(in: other) == 300)
    }
}
