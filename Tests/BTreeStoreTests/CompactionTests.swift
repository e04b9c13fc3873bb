import TestSupport
import Testing

@testable import BTreeStore

/// A compacted file is as small as what it holds, and holds the same.
@Suite struct CompactionTests {
    /// Records in random order, of which most are taken out again.
    private func scatter(_ store: Store, count: Int, keeping part: Int, seed: UInt64, largeValues: Int = 0) throws {
        var random = SeededGenerator(seed: seed)
        var numbers = Array(0..<count)
        numbers.shuffle(using: &random)
        for start in stride(from: 0, to: count, by: 500) {
            try store.write(.none) {
                for number in numbers[start..<min(start + 500, count)] {
                    let isLarge = largeValues > 0 && number % largeValues == 0
                    try $0.put(key(number), filler(isLarge ? 600 + number % 3000 : 20 + number % 60, seed: number))
                }
            }
        }
        numbers.shuffle(using: &random)
        for start in stride(from: 0, to: count, by: 500) {
            try store.write {
                for number in numbers[start..<min(start + 500, count)] where number % part != 0 { try $0.delete(key(number)) }
            }
        }
    }

    /// Pages that the contents need if every page is full: what a load in order takes.
    private func pagesOfLoad(_ contents: [[UInt8]: [UInt8]], pageSize: Int) throws -> UInt64 {
        let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages(pageSize))
        try store.write {
            for (key, value) in contents.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) { try $0.append(key, value) }
        }
        return try store.check().branchPages + store.check().leafPages + store.check().overflowPages
    }

    @Test(arguments: [(512, 0), (512, 7), (4096, 0), (4096, 5)]) func aScatteredFile(pageSize: Int, largeValues: Int) throws {
        let file = try MemoryFile(isVolatile: false)
        var store = try Store.open(file, options: smallPages(pageSize))
        try scatter(store, count: 5_000, keeping: 5, seed: 1, largeValues: largeValues)
        let contents = try store.contents()
        let report = try store.compact()
        #expect(try store.contents() == contents)
        try store.expectSound()
        let needed = try pagesOfLoad(contents, pageSize: pageSize)
        print("compacted \(report.pagesBefore) pages to \(report.pagesAfter), a load in order takes \(needed), free \(report.freePages)")
        #expect(report.pagesAfter < needed + needed / 10 + 20)
        #expect(report.bytesAfter == report.pagesAfter * UInt64(pageSize))
        #expect(file.byteCount() == report.bytesAfter)
        #expect(report.pins == [] && !report.isCancelled)

        try store.close()
        store = try Store.open(file, options: smallPages(pageSize))
        #expect(try store.contents() == contents)
        try store.expectSound()
        let again = try store.compact()
        #expect(again.pagesAfter == again.pagesBefore)
        try store.write { try $0.put(key(3), [3]) }
        try store.expectSound()
    }

    @Test func aCompactFileIsLeftAlone() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        try scatter(store, count: 1500, keeping: 3, seed: 2, largeValues: 9)
        try store.compact()
        let steps = file.steps.count
        let report = try store.compact()
        #expect(file.steps.count == steps)
        #expect(report.pagesAfter == report.pagesBefore && report.bytesAfter == report.bytesBefore)
    }

    @Test func storesWithLittleInThem() throws {
        for count in [0, 1, 2, 30] {
            let file = try MemoryFile(isVolatile: false)
            let store = try Store.open(file, options: smallPages())
            try store.write { for number in 0..<600 { try $0.put(key(number), filler(200, seed: number)) } }
            try store.write { try $0.delete(KeyRange(lower: key(count))) }
            try store.compact()
            #expect(try store.contents().count == count)
            #expect(file.byteCount() < 512 * (12 + UInt64(count)))
            try store.expectSound()
        }
    }

    @Test func aStoreInMemory() throws {
        let store = try Store.inMemory(options: smallPages())
        try scatter(store, count: 2000, keeping: 4, seed: 3)
        let contents = try store.contents()
        let before = try store.treeLevels().last?.pages ?? 0
        try store.compact()
        #expect(try store.treeLevels().last?.pages ?? 0 < before * 3 / 4)
        #expect(try store.contents() == contents)
        try store.expectSound()
    }

    /// Large values at the end, and in front of them free pages of which no two lie side by side.
    @Test func valuesThatNeedTheirPagesInARow() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try store.write { for number in 0..<600 { try $0.put(key(number), filler(400, seed: number)) } }
        try store.write { for number in 0..<12 { try $0.put(key(number, prefix: "large:"), filler(512 * (3 + number), seed: number)) } }
        for odd in stride(from: 1, to: 600, by: 40) {
            try store.write { for number in stride(from: odd, to: odd + 40, by: 2) { try $0.delete(key(number)) } }
        }
        let contents = try store.contents()
        let report = try store.compact()
        #expect(report.freePages < 40 && report.pagesAfter < report.pagesBefore * 2 / 3)
        #expect(try store.contents() == contents)
        try store.expectSound()
    }

    // MARK: Snapshots

    @Test func aSnapshotKeepsWhatItSees() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try scatter(store, count: 3000, keeping: 1, seed: 4, largeValues: 50)
        var snapshot: Snapshot? = try store.snapshot()
        let seen = try snapshot?.contents()
        try store.write { for number in 0..<3000 where number % 4 != 0 { try $0.delete(key(number)) } }
        let contents = try store.contents()
        let hindered = try store.compact()
        #expect(hindered.pins.contains { $0.holder == .snapshot && $0.transaction == snapshot?.transaction && $0.pages > 0 })
        #expect(hindered.pagesAfter <= hindered.pagesBefore + 20)
        #expect(try snapshot?.contents() == seen)
        #expect(try store.contents() == contents)
        try store.expectSound()
        snapshot = nil
        let free = try store.compact()
        #expect(free.pins == [])
        #expect(free.pagesAfter < hindered.pagesBefore / 2)
        #expect(try store.contents() == contents)
        try store.expectSound()
    }

    /// One that begins on the way sees pages that are being moved, so it is a reason to stop before the file grows.
    @Test func aSnapshotThatBeginsOnTheWay() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try scatter(store, count: 12_000, keeping: 2, seed: 5)
        var snapshots: [Snapshot] = []
        var contents: [[[UInt8]: [UInt8]]] = []
        let report = try store.compact { progress in
            if snapshots.count < 3, progress.fraction > 0, let snapshot = try? store.snapshot() {
                snapshots.append(snapshot)
                contents.append((try? snapshot.contents()) ?? [:])
            }
            return true
        }
        #expect(snapshots.count == 3)
        #expect(report.pagesAfter < report.pagesBefore + report.pagesBefore / 16 + 4096)
        for (snapshot, contents) in zip(snapshots, contents) { #expect(try snapshot.contents() == contents) }
        try store.expectSound()
        snapshots = []
        try store.compact()
        #expect(try store.statistics().pages < report.pagesBefore * 2 / 3)
        #expect(try store.contents() == contents[0])
        try store.expectSound()
    }

    @Test func aReaderElsewhere() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("compacted")
        let store = try Store.open(path, options: smallPages())
        try scatter(store, count: 1200, keeping: 1, seed: 6)
        let reader = try Store.open(path, options: readOnly())
        var snapshot: Snapshot? = try reader.snapshot()
        let seen = try snapshot?.contents()
        try store.write { for number in 0..<1200 where number % 5 != 0 { try $0.delete(key(number)) } }
        let report = try store.compact()
        #expect(report.pins.contains { $0.holder == .otherProcess })
        #expect(try snapshot?.contents() == seen)
        snapshot = nil
        try store.compact()
        #expect(try store.statistics().pages < report.pagesBefore / 2)
        #expect(try reader.snapshot().contents() == store.contents())
        #expect(try reader.check().problems == [])
    }

    // MARK: On the way

    @Test func stoppedOnTheWay() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try scatter(store, count: 5000, keeping: 3, seed: 7, largeValues: 30)
        let contents = try store.contents()
        let pages = try store.statistics().pages
        var limit = 0
        while true {
            var calls = 0
            let report = try store.compact { _ in
                calls += 1
                return calls <= limit
            }
            #expect(try store.contents() == contents)
            try store.expectSound()
            if !report.isCancelled { break }
            #expect(calls == limit + 1)
            limit += 1
        }
        #expect(limit > 2)
        #expect(try store.statistics().pages < pages * 2 / 3)
    }

    @Test func readersAndTheWriterGoOn() throws {
        let directory = try TemporaryDirectory()
        let store = try Store.open(directory.file("busy"), options: smallPages())
        try scatter(store, count: 4000, keeping: 2, seed: 8, largeValues: 20)
        let writer = TestThread {
            for round in 0..<150 {
                try store.write(round % 10 == 0 ? .hard : .none) {
                    for step in 0..<20 { try $0.put(key((round * 97 + step * 31) % 4000, prefix: "more:"), filler(40, seed: round)) }
                    try $0.delete(key((round * 53) % 4000, prefix: "more:"))
                }
            }
        }
        let reader = TestThread {
            for _ in 0..<40 {
                let snapshot = try store.snapshot()
                let records = snapshot.count()
                let seen = try UInt64(snapshot.contents().count)
                try require(records == seen)
            }
        }
        for _ in 0..<4 {
            try store.compact()
            try store.expectSound()
        }
        try writer.join()
        try reader.join()
        let contents = try store.contents()
        #expect(contents.keys.count { $0.starts(with: bytes("key:")) } == 2000)
        try store.compact()
        #expect(try store.contents() == contents)
        try store.expectSound()
    }

    @Test func whatCannotBeCompacted() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("refused")
        let store = try Store.open(path, options: smallPages())
        try store.write { try $0.put(key(1), []) }
        let reader = try Store.open(path, options: readOnly())
        expectError({ try reader.compact() }, matches: { $0 == .readOnly })
        try store.close()
        expectError({ try store.compact() }, matches: { $0 == .closed })
    }
}
