import Ground
import Synchronization
import TestSupport
import Testing

@testable import Catalog

/// An engine in place of a file: the same answers, and what only one of them has.
@Suite struct EngineTests {
    private static func key(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 1...3, using: &generator)).map { _ in [0, 1, 65, 255].randomElement(using: &generator)! }
    }

    private static func interval(_ generator: inout SeededGenerator) -> KeyInterval {
        KeyInterval(
            lower: Bool.random(using: &generator) ? [] : key(&generator), upper: Bool.random(using: &generator) ? nil : key(&generator))
    }

    /// Whatever is read of a state of the engine is as it is with a file.
    private static func compare(
        _ file: KeyValueSnapshot, _ engine: KeyValueSnapshot, _ generator: inout SeededGenerator
    ) throws {
        let interval = interval(&generator)
        guard !interval.isEmpty else { return }
        let key = key(&generator)
        #expect(try file.get(key)?.bytes == engine.get(key)?.bytes)
        #expect(try file.count(interval) == engine.count(interval))
        let index = Int.random(in: 0..<20, using: &generator)
        #expect(try file.nth(index, in: interval)?.bytes == engine.nth(index, in: interval)?.bytes)
        let isReversed = Bool.random(using: &generator)
        var left = try file.cursor(interval, reversed: isReversed)
        var right = try engine.cursor(interval, reversed: isReversed)
        for _ in 0..<Int.random(in: 0..<60, using: &generator) {
            switch Int.random(in: 0..<12, using: &generator) {
            case 0:
                let target = Self.key(&generator)
                if !target.lexicographicallyPrecedes(interval.lower), interval.upper.map({ target.lexicographicallyPrecedes($0) }) ?? true {
                    left.seek(to: target)
                    right.seek(to: target)
                }
            case 1:
                let count = Int.random(in: 0..<6, using: &generator)
                try left.skip(count)
                try right.skip(count)
            case 2:
                left.restart(interval)
                right.restart(interval)
            default: break
            }
            let isThere = try left.next()
            #expect(try right.next() == isThere)
            guard isThere else { break }
            #expect(left.keyBytes == right.keyBytes)
            #expect(try left.value.bytes == right.value.bytes)
        }
    }

    private static func compareDifferences(
        _ file: (old: KeyValueSnapshot, new: KeyValueSnapshot), _ engine: (old: KeyValueSnapshot, new: KeyValueSnapshot)
    ) throws {
        var left = file.new.differences(from: file.old)
        var right = engine.new.differences(from: engine.old)
        while true {
            let wanted = try left.next()
            var found = try right.next()
            // A record that was written again as it was may be told of as well.
            while let same = found, same.old?.bytes == same.new?.bytes { found = try right.next() }
            #expect(wanted?.key == found?.key)
            #expect(wanted?.old?.bytes == found?.old?.bytes)
            #expect(wanted?.new?.bytes == found?.new?.bytes)
            guard wanted != nil, found != nil else { return }
        }
    }

    /// Random transactions on an engine and on a file in memory: each answer, each frozen state and each committed one are the same.
    @Test(arguments: (0..<60) as Range<UInt64>) func everyAnswerIsThatOfAFile(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let engine = ArrayEngine()
        let stores = (try KeyValueStore.inMemory(options: CatalogOptions()), try KeyValueStore.open(engine, options: CatalogOptions()))
        for _ in 0..<12 {
            let before = (try stores.0.snapshot(), try stores.1.snapshot())
            var left = try stores.0.beginWrite()
            var right = try stores.1.beginWrite()
            var frozen = [before]
            for _ in 0..<Int.random(in: 0..<50, using: &generator) {
                let key = Self.key(&generator)
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<4:
                    var value = ByteBuffer()
                    for _ in 0..<Int.random(in: 0..<4, using: &generator) { value.append(UInt8.random(in: 0...255, using: &generator)) }
                    if try !left.contains(key), Bool.random(using: &generator) {
                        try left.putNew(key.span, value)
                        try right.putNew(key.span, value)
                    } else {
                        #expect(try left.put(key, value) == right.put(key, value))
                    }
                case 4..<6: #expect(try left.delete(key) == right.delete(key))
                case 6:
                    let interval = Self.interval(&generator)
                    if !interval.isEmpty, Int.random(in: 0..<3, using: &generator) == 0 {
                        #expect(try left.delete(interval) == right.delete(interval))
                    }
                case 7:
                    let interval = Self.interval(&generator)
                    if !interval.isEmpty { #expect(try left.count(interval) == right.count(interval)) }
                    try right.prefetch { [key] }
                case 8: frozen.append((try left.snapshot(), try right.snapshot()))
                default:
                    #expect(try left.get(key) == right.get(key))
                    #expect(try left.contains(key) == right.contains(key))
                }
            }
            frozen.append((try left.snapshot(), try right.snapshot()))
            func compareFrozen() throws {
                for state in frozen { try Self.compare(state.0, state.1, &generator) }
                for (old, new) in zip(frozen, frozen.dropFirst()) { try Self.compareDifferences((old.0, new.0), (old.1, new.1)) }
            }
            // They are the same once the transaction is over.
            let isLater = Bool.random(using: &generator)
            if !isLater { try compareFrozen() }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                left.rollback()
                right.rollback()
            } else {
                try left.commit(.hard)
                try right.commit(.hard)
            }
            if isLater { try compareFrozen() }
            let after = (try stores.0.snapshot(), try stores.1.snapshot())
            #expect(after.1.transaction >= before.1.transaction)
            for _ in 0..<4 {
                try Self.compare(after.0, after.1, &generator)
                try Self.compare(before.0, before.1, &generator)
            }
            let intervals = [Self.interval(&generator), Self.interval(&generator)].filter { !$0.isEmpty }
            #expect(try after.0.differs(from: before.0, in: intervals) == after.1.differs(from: before.1, in: intervals))
        }
    }

    /// Documents, an index and a feed's log over an engine.
    @Test func aCatalogOnAnEngine() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("people", in: database)
        for number in 0..<300 { _ = try transaction.put(["id": Datum(number), "n": Datum(number % 7)], in: table) }
        try transaction.commit()
        let snapshot = try catalog.snapshot()
        let found = try #require(try snapshot.table("people", in: database))
        #expect(try snapshot.count(in: found, .all) == 300)
        #expect(try snapshot.get(Datum(12), in: found)?[field: "n"] == Datum(5))
        var second = try catalog.beginWrite()
        _ = try second.put(["id": Datum(12), "n": Datum(99)], in: found)
        try second.commit()
        // The older state stays what it was.
        #expect(try snapshot.get(Datum(12), in: found)?[field: "n"] == Datum(5))
        #expect(try catalog.snapshot().get(Datum(12), in: found)?[field: "n"] == Datum(99))
        #expect(try catalog.check().isSound)

        // What is read by one message is not asked for key by key.
        let asked = engine.askedCount.withLock { $0 }
        var third = try catalog.beginWrite()
        let block = DocumentBlock(for: found)
        for number in 1000..<1500 { block.add(["id": Datum(number)], line: number) }
        #expect(try third.insertAll([block], in: found))
        try third.commit()
        #expect(engine.askedCount.withLock { $0 } - asked < 20)
        #expect(try catalog.snapshot().count(in: found, .all) == 800)
    }

    /// Documents of an index come many at a time, and are those that a file has, also where a transaction has changed some, and where a reader
    /// jumps.
    @Test func documentsOfAnIndexComeTogether() throws {
        let engine = ArrayEngine()
        func made(_ catalog: Catalog) throws -> TableConfig {
            var transaction = try catalog.beginWrite()
            let database = try transaction.createDatabase("app")
            let table = try transaction.createTable("t", in: database)
            let index = try transaction.createIndex("kind", on: table, .field("kind"))
            for number in 0..<2000 {
                _ = try transaction.put(["id": Datum(number * 7919 % 2000), "kind": Datum(number % 2), "n": Datum(number)], in: table)
            }
            try transaction.commit()
            while try !catalog.buildIndex(index.id, of: table) {}
            let snapshot = try catalog.snapshot()
            let made = try snapshot.table("t", in: database)
            return try #require(made)
        }
        let catalogs = [try Catalog.inMemory(), try Catalog.open(engine)]
        let tables = try catalogs.map(made)
        func read(_ snapshot: CatalogSnapshot, _ table: TableConfig, reversed: Bool, skipping: Int) throws -> [Datum] {
            let index = try #require(table.index(named: "kind"))
            let cursor = try snapshot.entries(of: index, in: table, .only(1), reversed: reversed)
            var found: [Datum] = []
            while let hit = try cursor.next() {
                found.append(try hit.document())
                if found.count == 10 { try cursor.skip(skipping) }
            }
            return found
        }
        for (reversed, skipping) in [(false, 0), (true, 0), (false, 300), (true, 5)] {
            let answers = try zip(catalogs, tables).map { try read($0.snapshot(), $1, reversed: reversed, skipping: skipping) }
            #expect(answers[0].count == 1000 - skipping)
            #expect(answers[0] == answers[1])
        }
        engine.askedCount.withLock { $0 = 0 }
        #expect(try read(catalogs[1].snapshot(), tables[1], reversed: false, skipping: 0).count == 1000)
        #expect(engine.askedCount.withLock { $0 } <= 20)
        engine.askedCount.withLock { $0 = 0 }
        let index = try #require(tables[1].index(named: "kind"))
        #expect(try catalogs[1].snapshot().entries(of: index, in: tables[1]).next()?.document() != nil)
        #expect(engine.askedCount.withLock { $0 } == 2)
        let changed = try zip(catalogs, tables).map { catalog, table in
            var transaction = try catalog.beginWrite()
            for number in stride(from: 0, to: 2000, by: 3) {
                if number % 2 == 0 {
                    try transaction.delete(Datum(number), in: table)
                } else {
                    try transaction.put(["id": Datum(number), "kind": 1, "n": "changed"], in: table)
                }
            }
            let answers = try [false, true].map { try read(transaction.snapshot(), table, reversed: $0, skipping: 3) }
            transaction.rollback()
            return answers
        }
        #expect(changed[0] == changed[1])
    }

    @Test func shardsAreThoseOfTheEngine() {
        var company = EngineCompany(primary: "one")
        #expect(company.layout.count == 1 && company.layout[0].replicas.map(\.server) == ["one"])
        #expect(!company.fields.contains { $0.0 == "shards" })
        company.shards = [.init(primary: "b", servers: ["a", "b", "c"]), .init(primary: "c", servers: ["a", "b", "c"])]
        #expect(company.layout.map(\.primary) == ["b", "c"] && company.layout[0].replicas.map(\.server) == ["b", "a", "c"])
        #expect(company.acknowledgesByMajority && company.isReady && company.isReadyForWrites)
        #expect(company.fields.contains { $0.0 == "shards" && $0.1.count == 2 })
    }

    @Test func whatOnlyAFileHasIsRefusedWithTheReason() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        #expect(throws: CatalogError.self) { _ = try catalog.createState("now") }
        #expect(throws: CatalogError.self) { try catalog.backup(to: "/nowhere/backup") }
        #expect(throws: CatalogError.self) { try catalog.treeLevels() }
        #expect(throws: CatalogError.self) { try catalog.snapshot().digest() }
        #expect(throws: CatalogError.self) { try catalog.position() }
        #expect(throws: CatalogError.self) { _ = try catalog.message(since: nil) }
        do { _ = try catalog.page(1) } catch { #expect(error.message.contains("an engine")) }
        #expect(try catalog.statistics().fileBytes == engine.byteCount())
    }

    /// What is kept of its newest state does not hide it.
    @Test func anEngineThatIsAwayIsToldOf() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        _ = try catalog.snapshot()
        try catalog.requireEngine()
        engine.isAway.withLock { $0 = true }
        do {
            try catalog.requireEngine()
            Issue.record("It seems to be there.")
        } catch { #expect(error.kind == .unavailable) }
    }
}
