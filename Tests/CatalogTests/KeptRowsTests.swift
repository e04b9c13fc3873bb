import Ground
import Synchronization
import Testing

@testable import Catalog

/// What was read of an engine by its key is not asked for again, and is never anything but what the engine has.
@Suite struct KeptRowsTests {
    private static func row(_ key: UInt8, _ value: [UInt8]) -> EngineRows {
        var builder = EngineRows.Builder()
        builder.append([key], value)
        return EngineRows(builder)
    }

    private static func value(_ rows: EngineRows?) -> [UInt8]? { rows.map { $0.count > 0 ? $0.value(0).copy() : [] } }

    @Test func theyAreOfOneState() {
        let kept = KeptRows(limit: 32 << 20, provenTime: .seconds(60))
        kept.keep(Self.row(1, [10]), of: [1], in: 5)
        // Nobody has shown that no other process writes.
        #expect(kept.rows(of: [1], in: 5) == nil)
        kept.prove(at: .now)
        #expect(Self.value(kept.rows(of: [1], in: 5)) == [10])
        #expect(kept.rows(of: [2], in: 5) == nil)
        #expect(kept.rows(of: [1], in: 4) == nil && kept.rows(of: [1], in: 6) == nil)
        kept.keep(.none, of: [2], in: 5)
        #expect(Self.value(kept.rows(of: [2], in: 5)) == [])
        // A state of before tells nothing of the newest one.
        kept.keep(Self.row(3, [30]), of: [3], in: 4)
        #expect(kept.rows(of: [3], in: 5) == nil)

        var changes = EngineChanges()
        changes.puts = [(key: [2], value: [20])]
        changes.deletes = [[9]]
        kept.pass(changes, from: 5, to: 7)
        #expect(kept.rows(of: [1], in: 5) == nil)
        #expect(Self.value(kept.rows(of: [1], in: 7)) == [10])
        #expect(kept.rows(of: [2], in: 7) == nil)
        // Of a commit on another state nobody knows what lies between.
        kept.pass(changes, from: 8, to: 9)
        #expect(Self.value(kept.rows(of: [1], in: 7)) == [10])
        kept.keep(Self.row(4, [40]), of: [4], in: 9)
        #expect(kept.rows(of: [1], in: 9) == nil)
        #expect(Self.value(kept.rows(of: [4], in: 9)) == [40])
        // After a commit of very many changes nothing is known.
        changes.puts = (0..<10_001).map { (key: [1, UInt8($0 & 0xFF), UInt8($0 >> 8)], value: []) }
        kept.pass(changes, from: 9, to: 10)
        #expect(kept.rows(of: [4], in: 10) == nil)
        kept.keep(Self.row(5, [50]), of: [5], in: 10)
        #expect(Self.value(kept.rows(of: [5], in: 10)) == [50])
        #expect(kept.rows(of: [4], in: 10) == nil)
        kept.forget()
        #expect(kept.rows(of: [5], in: 10) == nil)
    }

    @Test func theyAreGivenOutForAWhile() {
        let kept = KeptRows(limit: 32 << 20, provenTime: .seconds(60))
        kept.prove(at: .now + .seconds(-61))
        kept.keep(Self.row(1, [10]), of: [1], in: 5)
        #expect(kept.rows(of: [1], in: 5) == nil)
        kept.prove(at: .now)
        #expect(Self.value(kept.rows(of: [1], in: 5)) == [10])
    }

    /// Those that are read stay, and all take no more than they may.
    @Test func whatIsNotReadGoes() {
        let kept = KeptRows(limit: 100_000, provenTime: .seconds(60))
        kept.prove(at: .now)
        kept.keep(Self.row(0, [7]), of: [0], in: 1)
        kept.keep(Self.row(1, [8]), of: [1], in: 1)
        var largest = 0
        for number in 0..<1000 {
            let key: [UInt8] = [2, UInt8(number & 0xFF), UInt8(number >> 8)]
            kept.keep(Self.row(2, [UInt8](repeating: 1, count: 700)), of: key, in: 1)
            #expect(Self.value(kept.rows(of: [0], in: 1)) == [7])
            if number % 50 == 0 { kept.dropGone() }
            if number % 100 == 0 {
                let count = (0..<number).count { kept.rows(of: [2, UInt8($0 & 0xFF), UInt8($0 >> 8)], in: 1) != nil }
                largest = max(largest, count)
            }
        }
        #expect(kept.rows(of: [1], in: 1) == nil)
        #expect(largest > 20 && largest < 150)
        // A large one is not kept.
        kept.keep(Self.row(3, [UInt8](repeating: 1, count: 70_000)), of: [3], in: 1)
        #expect(kept.rows(of: [3], in: 1) == nil)
    }

    /// A catalog asks once, and reads what it has written whoever has read it before.
    @Test func aCatalogReadsWhatThereIs() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        for number in 0..<10 { _ = try transaction.put(["id": Datum(number), "n": 0], in: table) }
        try transaction.commit()
        func sum() throws -> Int {
            let snapshot = try catalog.snapshot()
            return try (0..<12).reduce(0) { $0 + (try snapshot.get(Datum($1), in: table)?[field: "n"]?.integer ?? 0) }
        }
        #expect(try sum() == 0)
        let asked = engine.askedCount.withLock { $0 }
        for _ in 0..<5 { #expect(try sum() == 0) }
        #expect(engine.askedCount.withLock { $0 } - asked < 30)
        let old = try catalog.snapshot()
        for number in 1..<20 {
            var transaction = try catalog.beginWrite()
            _ = try transaction.put(["id": Datum(number % 12), "n": Datum(number)], in: table)
            if number == 11 { _ = try transaction.delete(Datum(10), in: table) }
            try transaction.commit()
            let expected = (0..<12).reduce(0) { sum, id in
                let last = (1...number).last { $0 % 12 == id } ?? 0
                return sum + (id == 10 && number >= 11 ? 0 : last)
            }
            #expect(try sum() == expected)
            #expect(try old.get(3, in: table)?[field: "n"]?.integer == 0)
        }
    }

    /// Those that are not kept are asked for in one trip, each once, and from then on they are.
    @Test func severalAreFetchedTogether() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        for number in 0..<10 { _ = try transaction.put(["id": Datum(number), "n": Datum(number * 7)], in: table) }
        _ = try transaction.put(["id": "large", "n": Datum(String(repeating: "x", count: 200_000))], in: table)
        try transaction.commit()
        func fetched(_ keys: [Datum]) throws -> [Datum?] { try catalog.snapshot().fetched(keys.map { ($0, table) }) }
        let asked = engine.askedCount.withLock { $0 }
        let found = try fetched([3, 3, 50, 4, .null, "large"])
        #expect(found[0]?[field: "n"] == 21 && found[1]?[field: "n"] == 21 && found[3]?[field: "n"] == 28)
        // Null is no row; nil is for somebody else to look for, and to say what is wrong with it.
        #expect(found[2]?.isNull == true && found[4] == nil && found[5] == nil)
        #expect(engine.askedCount.withLock { $0 } == asked + 1)
        #expect(try fetched([4, 50, 3]).map { $0?[field: "n"] } == [28, nil, 21])
        #expect(try catalog.snapshot().get(50, in: table) == nil)
        #expect(engine.askedCount.withLock { $0 } == asked + 1)
        transaction = try catalog.beginWrite()
        _ = try transaction.put(["id": 3, "n": 1], in: table)
        _ = try transaction.put(["id": 50, "n": 2], in: table)
        try transaction.commit()
        #expect(try fetched([3, 50, 4]).map { $0?[field: "n"] } == [1, 2, 28])
    }
}
