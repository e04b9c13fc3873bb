import Testing

@testable import Catalog

@Suite struct DocumentTests {
    let catalog: Catalog
    let users: TableConfig

    init() throws {
        catalog = try Catalog.inMemory()
        users = try catalog.fill("app", "users")
    }

    @Test func putGetReplaceDelete() throws {
        #expect(try catalog.write { try $0.put(["id": "u1", "age": 36], in: users) } == true)
        #expect(try catalog.snapshot().get("u1", in: users) == ["age": 36, "id": "u1"])
        #expect(try catalog.write { try $0.put(["id": "u1", "age": 37], in: users) } == false)
        #expect(try catalog.snapshot().get("u1", in: users)?[field: "age"] == 37)
        #expect(try catalog.snapshot().documentCount(in: users) == 1)
        #expect(try catalog.write { try $0.delete("u1", in: users) } == true)
        #expect(try catalog.write { try $0.delete("u1", in: users) } == false)
        #expect(try catalog.snapshot().get("u1", in: users) == nil)
        try catalog.expectSound()
    }

    @Test func aTransactionSeesItsOwnWrites() throws {
        try catalog.write { transaction in
            try transaction.put(["id": 1], in: users)
            #expect(try transaction.get(1, in: users) == ["id": 1])
            let frozen = try transaction.snapshot()
            try transaction.put(["id": 2], in: users)
            try transaction.delete(1, in: users)
            #expect(try frozen.all(in: users) == [["id": 1]])
            #expect(try transaction.snapshot().all(in: users) == [["id": 2]])
            #expect(try transaction.get(1, in: users) == nil)
        }
        #expect(try catalog.snapshot().all(in: users) == [["id": 2]])
    }

    @Test func aTransactionsSnapshotOutlivesItsRollback() throws {
        try catalog.fill("app", "users", (0..<200).map { ["id": Datum($0)] })
        var transaction = try catalog.beginWrite()
        try transaction.deleteAll(in: users)
        try transaction.put(["id": 1000], in: users)
        let frozen = try transaction.snapshot()
        transaction.rollback()
        try catalog.fill("app", "users", (300..<600).map { ["id": Datum($0)] })
        #expect(try frozen.all(in: users) == [["id": 1000]])
        #expect(try catalog.snapshot().documentCount(in: users) == 500)
        try catalog.expectSound()
    }

    @Test func documentsOutliveTheirTransactionAndLaterWrites() throws {
        try catalog.fill("app", "users", (0..<300).map { ["id": Datum($0), "name": "before"] })
        let document = try #require(try catalog.snapshot().get(7, in: users))
        try catalog.write { try $0.deleteAll(in: users) }
        try catalog.fill("app", "users", (0..<300).map { ["id": Datum($0), "name": "after"] })
        #expect(document == ["id": 7, "name": "before"])
    }

    static let keysInOrder: [Datum] = [
        [], [["x"]], [1], [1, "a"], ["a"], false, true, -1e300, -1, 0, 0.5, 1, 2, 1e300, .binary([0]), .binary([1, 2]),
        .time(epochSeconds: 0, offsetMinutes: 0), .time(epochSeconds: 1.5, offsetMinutes: 120), "", "\u{1}", "Z", "a", "user_1", "ä", "名",
    ]

    @Test func keysOfEveryTypeComeInOrder() throws {
        try catalog.fill("app", "users", Self.keysInOrder.reversed().map { try! .object([("id", $0)]) })
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.all(in: users).map { $0[field: "id"]! } == Self.keysInOrder)
        #expect(try snapshot.all(in: users, reversed: true).map { $0[field: "id"]! } == Self.keysInOrder.reversed())
        for key in Self.keysInOrder { #expect(try snapshot.get(key, in: users)?[field: "id"] == key) }
        try catalog.expectSound()
    }

    @Test func boundsAgainstAModel() throws {
        let keys = Self.keysInOrder
        try catalog.fill("app", "users", keys.map { try! .object([("id", $0)]) })
        let snapshot = try catalog.snapshot()
        let edges: [Datum?] = [nil, .minval, .maxval] + [keys[0], keys[4], keys[9], keys[14], keys[20], keys[24], 1.25, "zz"]
        for lower in edges {
            for upper in edges {
                for flags in 0..<4 {
                    let bounds = KeyBounds(lower: lower, lowerInclusive: flags & 1 != 0, upper: upper, upperInclusive: flags & 2 != 0)
                    let expected = keys.filter { bounds.contains($0) }
                    let found = try snapshot.all(in: users, bounds).map { $0[field: "id"]! }
                    #expect(found == expected, "\(bounds)")
                    #expect(try snapshot.count(in: users, bounds) == expected.count, "\(bounds)")
                    #expect(try snapshot.nth(1, in: users, bounds)?[field: "id"] == expected.dropFirst().first)
                    #expect(try snapshot.nth(0, in: users, bounds, reversed: true)?[field: "id"] == expected.last)
                }
            }
        }
    }

    @Test func nthAndSkip() throws {
        try catalog.fill("app", "users", (0..<1000).map { ["id": Datum($0)] })
        let snapshot = try catalog.snapshot()
        let bounds = KeyBounds(lower: 100, upper: 900)
        for n in [0, 1, 17, 500, 799] {
            #expect(try snapshot.nth(n, in: users, bounds) == ["id": Datum(100 + n)])
            #expect(try snapshot.nth(n, in: users, bounds, reversed: true) == ["id": Datum(899 - n)])
            let upwards = try snapshot.documents(in: users, bounds)
            try upwards.skip(n)
            #expect(try upwards.next() == ["id": Datum(100 + n)])
            let downwards = try snapshot.documents(in: users, bounds, reversed: true)
            _ = try downwards.next()
            try downwards.skip(n)
            #expect(try downwards.next() == (n == 799 ? nil : ["id": Datum(898 - n)]))
        }
        #expect(try snapshot.nth(800, in: users, bounds) == nil)
        #expect(try snapshot.nth(800, in: users, bounds, reversed: true) == nil)
        #expect(try snapshot.nth(-1, in: users) == nil)
        let cursor = try snapshot.documents(in: users, bounds)
        try cursor.skip(5000)
        #expect(try cursor.next() == nil)
    }

    @Test func tablesDoNotSeeEachOther() throws {
        let orders = try catalog.fill("app", "orders", [["id": 1], ["id": 3]])
        try catalog.fill("app", "users", [["id": 2]])
        #expect(try catalog.snapshot().all(in: orders) == [["id": 1], ["id": 3]])
        #expect(try catalog.snapshot().all(in: users) == [["id": 2]])
        #expect(try catalog.write { try $0.deleteAll(in: orders) } == 2)
        #expect(try catalog.snapshot().documentCount(in: users) == 1)
    }

    @Test func refusals() throws {
        func put(_ document: Datum) throws { try catalog.write { _ = try $0.put(document, in: users) } }
        expectError(.keyMissing) { try put(["name": "x"]) }
        expectError(.keyMissing) { try put([:]) }
        expectError(.keyNull) { try put(["id": .null]) }
        expectError(.keyNull) { try put(["id": [1, .null]]) }
        expectError(.invalidKey) { try put(["id": ["a": 1]]) }
        expectError(.invalidKey) { try put(["id": "a\u{0}b"]) }
        expectError(.keyTooLong) { try put(["id": Datum(String(repeating: "k", count: 128))]) }
        expectError(.notStorable) { try put([1, 2]) }
        expectError(.notStorable) { try put("text") }
        expectError(.notStorable) { try put(["id": 1, "x": .minval]) }
        expectError(.notStorable) { try put(["id": 1, "x": ["y": [.maxval]]]) }
        expectError(.notStorable) { try put(["id": 1, "x": try! .array((0...100_000).map { Datum($0) })]) }
        expectError(.keyNull) { _ = try catalog.snapshot().get(.null, in: users) }
        expectError(.invalidKey) { _ = try catalog.snapshot().get([:], in: users) }
        #expect(try catalog.snapshot().documentCount(in: users) == 0)

        try put(["id": Datum(String(repeating: "k", count: 127)), "x": try .array((0..<100_000).map { Datum($0) })])
        try catalog.expectSound()
    }

    @Test func aRefusedDocumentLeavesTheTransactionUsable() throws {
        try catalog.write { transaction in
            try transaction.put(["id": 1], in: users)
            #expect(throws: CatalogError.self) { try transaction.put(["id": .null], in: users) }
            try transaction.put(["id": 2], in: users)
        }
        #expect(try catalog.snapshot().documentCount(in: users) == 2)
    }

    @Test func largeDocuments() throws {
        let text = String(repeating: "0123456789abcdef", count: 1 << 16)
        try catalog.fill("app", "users", [["id": 1, "text": Datum(text)], ["id": 2]])
        let document = try #require(try catalog.snapshot().get(1, in: users))
        #expect(document[field: "text"]?.utf8Count == 1 << 20)
        #expect(try catalog.snapshot().documentCount(in: users) == 2)
        try catalog.expectSound()
    }

    @Test func bulkLoadSortedAndUnsorted() throws {
        for order in ["sorted", "reversed", "mixed"] {
            let table = try catalog.fill("bulk", order)
            try catalog.fill("bulk", order + "_after", [["id": 1]])
            var keys = Array(0..<3000)
            if order == "reversed" { keys.reverse() }
            if order == "mixed" { keys.swapAt(1500, 2500) }
            var source = keys.makeIterator()
            let count = try catalog.write { transaction in
                try transaction.load(into: table) { source.next().map { ["id": Datum($0), "text": "some text"] } }
            }
            #expect(count == 3000)
            let snapshot = try catalog.snapshot()
            #expect(try snapshot.all(in: table).map { $0[field: "id"]!.integer! } == Array(0..<3000))
            #expect(try snapshot.get(2999, in: table) != nil)
        }
        try catalog.expectSound()
    }

    /// Two tables in one transaction: the second one's keys need not lie above the first one's.
    @Test func bulkLoadOfManyTables() throws {
        try catalog.write { transaction in
            let app = try #require(try transaction.database("app"))
            let tables = try (0..<4).map { try transaction.createTable("t\($0)", in: app) }
            for table in tables {
                var source = (0..<200).makeIterator()
                try transaction.load(into: table) { source.next().map { ["id": Datum($0)] } }
            }
        }
        try catalog.expectSound()
        #expect(try catalog.contents().values.map(\.count).sorted() == [0, 200, 200, 200, 200])
    }

    @Test func bulkLoadRefusesASecondKey() throws {
        for keys in [[1, 2, 2], [2, 1, 2]] {
            var source = keys.makeIterator()
            expectError(.documentExists) {
                try catalog.write { transaction in
                    _ = try transaction.load(into: users) { source.next().map { ["id": Datum($0)] } }
                }
            }
        }
        #expect(try catalog.snapshot().documentCount(in: users) == 0)
    }
}

extension KeyBounds {
    /// What the bounds mean, by the order of datums.
    func contains(_ key: Datum) -> Bool {
        if let lower, lowerInclusive ? key < lower : key <= lower { return false }
        if let upper, upperInclusive ? key > upper : key >= upper { return false }
        return true
    }
}
