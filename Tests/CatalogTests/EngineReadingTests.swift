import Ground
import Synchronization
import Testing

@testable import Catalog

/// What is read of an engine, and how much of it at once.
@Suite struct EngineReadingTests {
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

    /// While a page is read, what comes of the next one is taken, so that the engine need not wait: the less often, the larger rows are.
    @Test(arguments: [false, true], [100, 500, 30_000]) func whatComesIsTakenMeanwhile(reversed: Bool, size: Int) throws {
        let engine = ArrayEngine()
        let store = try KeyValueStore.open(engine, options: CatalogOptions())
        let count = 4_000_000 / size
        var transaction = try store.beginWrite()
        var value = ByteBuffer()
        value.append([UInt8](repeating: 7, count: size))
        for number in 0..<count { _ = try transaction.put(Array(String(1_000_000 + number).utf8), value) }
        try transaction.commit(.hard)
        var cursor = try store.snapshot().cursor(.all, reversed: reversed)
        var found = 0
        while try cursor.next() { found += 1 }
        #expect(found == count)
        // Of pages of few rows none is expected.
        let all = count * (size + 7) / 65_536
        let received = engine.receivedCount.withLock { $0 }
        #expect(size > 5000 ? received == 0 : all / 2 < received && received <= all, "\(received) times of \(all)")
        // Who reads little takes nothing.
        engine.receivedCount.withLock { $0 = 0 }
        var few = try store.snapshot().cursor(.all, reversed: reversed)
        for _ in 0..<min(count, 200) { #expect(try few.next()) }
        #expect(engine.receivedCount.withLock { $0 } <= 1)
    }

    /// Documents that are wanted together are asked for together, whatever a transaction has changed of them, and however large some are.
    @Test func documentsOfSeveralKeysAreOneQuestion() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        for number in 0..<40 { _ = try transaction.put(["id": Datum(number), "n": Datum(number)], in: table) }
        let large = Datum(String(repeating: "x", count: 150_000))
        _ = try transaction.put(["id": 40, "n": 40, "text": large], in: table)
        try transaction.commit()
        let keys: [Datum] = (0..<50).map { Datum($0) } + [3, 3]
        func numbers(_ documents: [Datum?]) -> [Int] { documents.map { $0?[field: "n"]?.integer ?? -1 } }
        let snapshot = try catalog.snapshot()
        let before = engine.askedCount.withLock { $0 }
        #expect(try numbers(snapshot.get(keys, in: table)) == (0..<50).map { $0 <= 40 ? $0 : -1 } + [3, 3])
        #expect(engine.askedCount.withLock { $0 } - before == 2)
        var writing = try catalog.beginWrite()
        _ = try writing.put(["id": 3, "n": 300], in: table)
        _ = try writing.put(["id": 45, "n": 450], in: table)
        _ = try writing.delete(7, in: table)
        let own = try numbers(writing.snapshot().get(keys, in: table))
        writing.rollback()
        #expect(own[3] == 300 && own[45] == 450 && own[7] == -1 && own[8] == 8 && own[40] == 40 && own[50] == 300)
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

    /// The same where somebody holds a state for long, and nobody reads anything else for a while.
    @Test func aStateThatIsHeldHidesNoTakeover() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        let held = try catalog.snapshot()
        // Nobody looks after the state any more then.
        Monitored(()).wait(until: .now + .milliseconds(500)) { _ in Never?.none }
        engine.isTakenOver.withLock { $0 = true }
        let end = MonotonicTime.now + .seconds(20)
        #expect(throws: CatalogError.self) {
            while .now < end { _ = try catalog.snapshot().databases() }
        }
        #expect(try held.databases().isEmpty)
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
