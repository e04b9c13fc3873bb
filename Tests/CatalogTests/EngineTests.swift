import Ground
import Synchronization
import Testing
import TestSupport

@testable import Catalog

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

    /// A page has no more bytes than it may, whatever the rows before it were like; and all rows come.
    @Test(arguments: [false, true]) func pagesAreBoundedByBytes(reversed: Bool) throws {
        let engine = ArrayEngine()
        let store = try KeyValueStore.open(engine, options: CatalogOptions())
        var sizes = [Int](repeating: 10, count: 3000)
        for place in [0, 1, 90, 1500, 1501, 1502, 1503, 1504, 2999] { sizes[place] = 3 << 20 }
        sizes[700] = 20 << 20
        // Smaller ones come together, as many as there is room for.
        for place in 2000..<2400 { sizes[place] = 60_000 }
        var transaction = try store.beginWrite()
        for (number, size) in sizes.enumerated() {
            var value = ByteBuffer()
            value.append([UInt8](repeating: 7, count: size))
            let text = String(number)
            _ = try transaction.put(Array((String(repeating: "0", count: 4 - text.count) + text).utf8), value)
        }
        try transaction.commit(.hard)
        var cursor = try store.snapshot().cursor(.all, reversed: reversed)
        var found: [Int] = []
        while try cursor.next() { found.append(try cursor.value.bytes.count) }
        #expect(found == (reversed ? sizes.reversed() : sizes))
        let largest = engine.largestAnswer.withLock { $0 }
        #expect(largest.all < 21 << 20 && largest.value <= EnginePage.byteCount / 2)
        #expect(largest.several < EnginePage.byteCount * 3 / 2)
        // What is passed over is not read.
        var behind = try store.snapshot().cursor(.all)
        try behind.skip(1502)
        #expect(try behind.next())
        #expect(try behind.value.bytes.count == 3 << 20)
        // Keys alone have no such bound.
        var deleting = try store.beginWrite()
        #expect(try deleting.delete(.all) == sizes.count)
        try deleting.commit(.hard)
        #expect(try store.snapshot().count(.all) == 0)
    }

    /// A query that keeps documents has memory for them, where they don't lie in pages of a file.
    @Test func documentsThatAreKeptAreCounted() throws {
        let catalog = try Catalog.open(ArrayEngine())
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        let text = Datum(String(repeating: "x", count: 1000))
        for number in 0..<40 { _ = try transaction.put(["id": Datum(number), "text": text], in: table) }
        try transaction.commit()
        let snapshot = try catalog.snapshot()
        let documents = try snapshot.documents(in: table)
        var count = 0
        while let document = try documents.next() {
            #expect(document.heldByteCount > 1000)
            count += 1
        }
        #expect(count == 40)
        let found = try #require(try snapshot.get(7, in: table))
        #expect(found.heldByteCount > 1000 && found[field: "id"] == 7)
    }

    /// Documents that are read before they are wanted, and are too large for that, are read when they are.
    @Test func largeDocumentsAreReadOneByOne() throws {
        let catalog = try Catalog.open(ArrayEngine())
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        let large = Datum(String(repeating: "x", count: 150_000))
        for number in 0..<60 { _ = try transaction.put(["id": Datum(number), "text": number % 7 == 3 ? large : "small"], in: table) }
        try transaction.commit()
        var changing = try catalog.beginWrite()
        let ids = (0..<70).map { Datum($0) }
        try changing.prefetch({ ids }, in: table)
        for number in 0..<70 {
            let isNew = try changing.put(["id": Datum(number), "n": 1], in: table)
            #expect(isNew == (number >= 60))
        }
        changing.rollback()
        let snapshot = try catalog.snapshot()
        let ahead = snapshot.documentsAhead
        for number in 0..<70 {
            let key = try table.documentKey(for: Datum(number))
            let found = try snapshot.store.get(key, ahead) { count throws(CatalogError) in
                try (number + 1..<70).prefix(count).map { next throws(CatalogError) in try table.documentKey(for: Datum(next)) }
            }
            #expect((found != nil) == (number < 60))
            #expect((found?.bytes.count ?? 0 > 100_000) == (number < 60 && number % 7 == 3))
        }
    }

    /// Transactions of many threads go together while a commit is on its way. Each is answered for itself, each reads what the ones before it have
    /// written, and what watches hears of them in their order.
    @Test func commitsOfManyThreadsGoTogether() throws {
        let engine = ArrayEngine()
        engine.commitTime.withLock { $0 = .milliseconds(5) }
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let database = try transaction.createDatabase("app")
        let table = try transaction.createTable("t", in: database)
        _ = try transaction.put(["id": "sum", "n": 0], in: table)
        try transaction.commit()
        let receiver = Sums()
        let (watch, _, _) = try catalog.watch([WatchRequest(table, .document("sum"))], receiver)
        let before = engine.commitCount.withLock { $0 }
        let failures = Mutex(0)
        let threads = try (0..<8).map { thread in
            try SystemThread(stackByteCount: 1 << 20) {
                for round in 0..<25 {
                    do {
                        let expected = catalog.expect({ ["sum"] }, in: table)
                        var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                        expected?.end()
                        let n = try transaction.get("sum", in: table)?[field: "n"]?.integer ?? -1
                        try transaction.put(["id": "sum", "n": Datum(n + 1)], in: table)
                        try transaction.put(["id": Datum("\(thread)-\(round)")], in: table)
                        // Some read more than keys, and some give up.
                        if round % 10 == 3 { _ = try transaction.snapshot().documentCount(in: table) }
                        if round % 10 == 7 {
                            transaction.rollback()
                        } else {
                            try transaction.commit()
                            // What was acknowledged can be read.
                            #expect(try catalog.snapshot().get(Datum("\(thread)-\(round)"), in: table) != nil)
                        }
                    } catch {
                        failures.withLock { $0 += 1 }
                    }
                    // Others want the newest state for themselves.
                    if round % 12 == 5, var alone = try? catalog.beginWrite() {
                        let n = (try? alone.get("sum", in: table))??[field: "n"]?.integer ?? -1
                        _ = try? alone.put(["id": "sum", "n": Datum(n + 1)], in: table)
                        if (try? alone.commit()) == nil { failures.withLock { $0 += 1 } }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == 0)
        let sum = 8 * (25 - 2) + 8 * 2
        #expect(try catalog.snapshot().get("sum", in: table)?[field: "n"] == Datum(sum))
        #expect(try catalog.snapshot().documentCount(in: table) == 1 + 8 * (25 - 2))
        #expect(engine.commitCount.withLock { $0 } - before < sum)
        #expect(receiver.seen.withLock { $0 } == Array(1...sum))
        withExtendedLifetime(watch) {}
    }

    private final class Sums: ChangeReceiver {
        let seen = Mutex<[Int]>([])
        var capacity: Int { 100_000 }
        func receive(_ event: WatchEvent, from source: Int) {
            guard case .changed(let changes, _) = event else { return }
            for change in changes {
                let document = change.newBytes.flatMap { try? Datum(document: $0) }
                seen.withLock { $0.append(document?[field: "n"]?.integer ?? -1) }
            }
        }
    }

    /// The engine refuses one of several that it gets together: that one fails, and those that have read what it had written.
    @Test func whatIsRefusedTakesNothingWithItButWhatRestsOnIt() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        // The first one is on its way until all others are behind it.
        let gate = Monitored(false)
        engine.gate.withLock { $0 = gate }
        let results = Mutex<[String: CatalogError.Kind?]>([:])
        func write(_ name: String, reading other: String? = nil) throws -> SystemThread {
            let entered = Monitored(false)
            let thread = try SystemThread(stackByteCount: 1 << 20) {
                do {
                    var transaction = try catalog.beginWrite(waiting: nil, shares: true)
                    if let other { #expect(try transaction.get(Datum(other), in: table) != nil) }
                    try transaction.put(["id": Datum(name)], in: table)
                    entered.update { $0 = true }
                    try transaction.commit()
                    _ = results.withLock { $0.updateValue(nil, forKey: name) }
                } catch {
                    results.withLock { $0[name] = (error as? CatalogError)?.kind }
                }
            }
            entered.wait { $0 ? () : nil }
            return thread
        }
        var threads: [SystemThread] = []
        for name in ["first", "good", "poison"] { threads.append(try write(name)) }
        for (name, other) in [("heir", "poison"), ("better", "good"), ("second heir", "heir")] {
            threads.append(try write(name, reading: other))
        }
        gate.update { $0 = true }
        for thread in threads { thread.join() }
        let found = results.withLock { $0 }
        #expect(found["first"] == .some(nil) && found["good"] == .some(nil) && found["better"] == .some(nil))
        #expect(found["poison"] == .tooLarge)
        #expect(found["heir"] == .serializationFailure && found["second heir"] == .serializationFailure)
        engine.gate.withLock { $0 = nil }
        #expect(try catalog.snapshot().documentCount(in: table) == 3)
        transaction = try catalog.beginWrite(waiting: nil, shares: true)
        #expect(try transaction.get("poison", in: table) == nil)
        try transaction.put(["id": "after"], in: table)
        try transaction.commit()
        #expect(try catalog.snapshot().documentCount(in: table) == 4)
    }

    /// Another process comes before the steps of an index's building: they are taken again, and nobody is told of it.
    @Test func anIndexIsBuiltAlthoughOthersComeBeforeIt() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        for number in 0..<10 { try transaction.put(["id": Datum(number), "n": Datum(number % 5), "m": Datum(number)], in: table) }
        try transaction.commit()
        func build(_ name: String, by field: String, isUnique: Bool = false, batch: Int?) throws -> IndexConfig {
            var transaction = try catalog.beginWrite()
            let index = try transaction.createIndex(name, on: table, .field(field), isUnique: isUnique)
            try transaction.commit()
            engine.overtaken.withLock { $0 = 3 }
            defer { #expect(engine.overtaken.withLock { $0 } == 0) }
            while try !catalog.buildIndex(index.id, of: table, batch: batch) {}
            return index
        }
        _ = try build("at once", by: "n", batch: nil)
        _ = try build("in steps", by: "n", batch: 3)
        #expect(throws: CatalogError.self) { try build("unique", by: "n", isUnique: true, batch: nil) }
        _ = try build("unique too", by: "m", isUnique: true, batch: 3)
        let now = try #require(try catalog.snapshot().table(id: table.id))
        #expect(
            now.indexes.map { "\($0.name) \($0.isReady) \($0.failure != nil)" }.sorted() == [
                "at once true false", "in steps true false", "unique false true", "unique too true false",
            ])
    }

    /// Whoever commits may leave the wait to somebody else, who learns what became of it. A transaction that reads more than keys meanwhile has
    /// the engine get what is waiting, though nobody waits for it yet.
    @Test func commitsThatAreWaitedForLater() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        func commit(_ name: String, _ deferred: DeferredCommits) throws {
            var transaction = try catalog.beginWrite(waiting: nil, shares: true)
            try transaction.put(["id": Datum(name)], in: table)
            try transaction.commit(.none, deferring: deferred)
        }
        let before = engine.commitCount.withLock { $0 }
        let all = try (0..<20).map { number in
            let deferred = DeferredCommits()
            try commit(number == 11 ? "poison" : "d\(number)", deferred)
            #expect(!deferred.isEmpty)
            return deferred
        }
        #expect(engine.commitCount.withLock { $0 } == before)
        #expect(try catalog.snapshot().documentCount(in: table) == 0)
        // From the last one on: the first to wait has the engine get all of them.
        for (number, deferred) in all.enumerated().reversed() where number != 11 { try deferred.wait() }
        #expect { try all[11].wait() } throws: { ($0 as? CatalogError)?.kind == .tooLarge }
        #expect(try catalog.snapshot().documentCount(in: table) == 19)

        let deferred = DeferredCommits()
        try commit("more", deferred)
        transaction = try catalog.beginWrite()
        #expect(try transaction.snapshot().documentCount(in: table) == 20)
        transaction.rollback()
        try deferred.wait()
        #expect(deferred.isEmpty)
    }

    /// A document that the engine does not take is refused by its key, before anything of it is written; the rest of its transaction is.
    @Test func whatIsTooLargeForAnEngineIsRefusedByName() throws {
        let engine = ArrayEngine()
        engine.limit.withLock { $0 = 100_000 }
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("people", in: try transaction.createDatabase("app"))
        try transaction.commit()
        let large = Datum(String(repeating: "x", count: 150_000))
        transaction = try catalog.beginWrite()
        _ = try transaction.put(["id": "small", "text": Datum(String(repeating: "x", count: 90_000))], in: table)
        let error = #expect(throws: CatalogError.self) { try transaction.put(["id": "giant", "text": large], in: table) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.message.contains("\"giant\"") == true && error?.message.contains("an array") == true)
        try transaction.commit()
        #expect(try catalog.snapshot().documentCount(in: table) == 1)
        // Many at once, too.
        transaction = try catalog.beginWrite()
        let block = DocumentBlock(for: table)
        block.add(["id": "giant", "text": large], line: 1)
        #expect(throws: CatalogError.self) { _ = try transaction.insertAll([block], in: table) }
        transaction.rollback()
        engine.limit.withLock { $0 = .max }
        transaction = try catalog.beginWrite()
        _ = try transaction.put(["id": "giant", "text": large], in: table)
        try transaction.commit()
        #expect(try catalog.snapshot().documentCount(in: table) == 2)
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

    /// A transaction's state that nobody has read is what it was, whatever has been committed since.
    @Test func aStateIsReadAfterTheCommit() throws {
        let engine = ArrayEngine()
        let store = try KeyValueStore.open(engine, options: CatalogOptions())
        func put(_ text: String, in transaction: inout KeyValueTransaction) throws {
            var value = ByteBuffer()
            value.append(UInt8(1))
            try transaction.append(Array(text.utf8), value)
        }
        var first = try store.beginWrite()
        try put("a", in: &first)
        let one = try first.snapshot()
        try first.commit(.hard)
        var second = try store.beginWrite()
        try put("b", in: &second)
        let two = try second.snapshot()
        second.rollback()
        var third = try store.beginWrite()
        try put("c", in: &third)
        try third.commit(.hard)
        func keys(_ snapshot: KeyValueSnapshot) throws -> [String] {
            try ["a", "b", "c"].filter { try snapshot.get(Array($0.utf8)) != nil }
        }
        #expect(try keys(one) == ["a"])
        #expect(try keys(two) == ["a", "b"])
        #expect(try keys(store.snapshot()) == ["a", "c"])
    }

    @Test func aProcessWhosePlaceWasTakenWritesNothing() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        engine.isReplaced.withLock { $0 = true }
        var transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase("late")
        do {
            try transaction.commit()
            Issue.record("It was committed.")
        } catch { #expect(error.kind == .writesStopped) }
        #expect(catalog.writeTrouble?.kind == .writesStopped)
        #expect(try catalog.snapshot().databases().isEmpty)
    }

    /// Who reads all the time learns of it as well, though it has a state that it can read.
    @Test func aProcessWhosePlaceWasTakenReadsNothingForLong() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        _ = try catalog.snapshot().databases()
        engine.isTakenOver.withLock { $0 = true }
        let end = MonotonicTime.now + .seconds(20)
        #expect(throws: CatalogError.self) {
            while .now < end { _ = try catalog.snapshot().databases() }
        }
    }

    /// A commit fails after what had become of an attempt was found out: the states of before are not the newest any more.
    @Test func whatFailsLateLeavesOtherCommitsAlone() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        try transaction.commit()
        for (number, shares) in [false, true, false].enumerated() {
            let held = try catalog.snapshot()
            engine.failsLate.withLock { $0 = true }
            var refused = try catalog.beginWrite(waiting: nil, shares: shares)
            try refused.put(["id": Datum(-number)], in: table)
            do {
                try refused.commit()
                Issue.record("It was committed.")
            } catch { #expect(error.kind == .tooLarge) }
            var next = try catalog.beginWrite(waiting: nil, shares: true)
            try next.put(["id": Datum(number + 1)], in: table)
            try next.commit()
            #expect(try held.documentCount(in: table) == number)
        }
        #expect(try catalog.snapshot().documentCount(in: table) == 3)
    }

    /// Of what was asked for in one statement each has its own rows, and its own keys whose values were too large.
    @Test func eachHasItsPartOfWhatWasAskedForTogether() {
        var builder = EngineRows.Builder()
        for key in [3, 1, 2] as [UInt8] { builder.append([key], [key, key]) }
        builder.omitted = [[4], [5]]
        let parts = EngineRows(builder).parts([[[1], [4]], [[2], [1], [9]], [[5], [4]], []])
        let keys = parts.map { rows in (0..<rows.count).map { rows.key($0).copy() } }
        #expect(keys == [[[1]], [[2], [1]], [], []])
        let values = parts.map { rows in (0..<rows.count).map { rows.value($0).copy() } }
        #expect(values == [[[1, 1]], [[2, 2], [1, 1]], [], []])
        #expect(parts.map(\.omitted) == [[[4]], [], [[5], [4]], []])
    }

    /// However large values are, a page brings no more than four times what is kept of it.
    @Test(arguments: [2, 4, 16, 128, 512, 1000, 4096]) func aPageOfLargeValuesIsBounded(limit: Int) {
        let largest = EnginePage(lower: [], limit: limit).largestValueByteCount
        #expect(largest >= 8 << 10 && largest <= EnginePage.byteCount / 2)
        #expect(largest * limit <= 4 * EnginePage.byteCount)
        #expect(limit > 512 || largest >= 64 << 10)
    }
}
