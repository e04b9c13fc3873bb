import Foundation
import TestSupport
import Testing

@testable import BTreeStore

/// A file whose end is free gets shorter, and nobody who looks at an older state loses anything by it.
@Suite struct ShrinkTests {
    /// Few records at the beginning of the file, many behind them.
    private func fill(_ store: Store) throws {
        try store.write { for number in 0..<40 { try $0.put(key(number), filler(50, seed: 1)) } }
        try store.write {
            for number in 0..<3000 { try $0.put(key(number, prefix: "many:"), filler(number % 500 == 7 ? 900 : 60, seed: 2)) }
        }
    }

    private func drop(_ store: Store) throws {
        try store.write { try $0.delete(.prefix(bytes("many:")), expecting: 3000) }
    }

    @Test func theEndOfTheFileIsGivenBack() throws {
        let file = try MemoryFile(isVolatile: false)
        var store = try Store.open(file, options: smallPages())
        try fill(store)
        let full = file.byteCount()
        try drop(store)
        let contents = try store.contents()
        try store.core.pipeline.keepUp()
        #expect(file.byteCount() < full / 4)
        #expect(try store.statistics().pages * 512 == file.byteCount())
        #expect(try store.statistics().cutSubtrees == 0)
        #expect(try store.contents() == contents)
        try store.expectSound()
        let short = file.byteCount()
        try store.close()
        store = try Store.open(file, options: smallPages())
        #expect(try store.contents() == contents)
        try store.expectSound()
        #expect(file.byteCount() <= short)
        try fill(store)
        try store.expectSound()
        #expect(file.byteCount() < full + full / 4)
    }

    @Test func aSnapshotKeepsTheEndOfTheFile() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try fill(store)
        let full = file.byteCount()
        var snapshot: Snapshot? = try store.snapshot()
        let contents = try snapshot?.contents()
        try drop(store)
        try store.core.pipeline.keepUp()
        #expect(file.byteCount() >= full)
        try store.write { try $0.put(key(1), []) }
        try store.core.pipeline.keepUp()
        #expect(try snapshot?.contents() == contents)
        snapshot = nil
        try store.core.pipeline.keepUp()
        #expect(file.byteCount() < full / 4)
        try store.expectSound()
    }

    /// When the snapshot that was in the way has gone, the end is given back without anybody doing anything.
    @Test func theEndOfTheFileIsGivenBackWhenItsSnapshotHasGone() throws {
        let file = try MemoryFile(isVolatile: false)
        var options = smallPages()
        options.softCommitMilliseconds = 1
        let store = try Store.open(file, options: options)
        try fill(store)
        let full = file.byteCount()
        var snapshot: Snapshot? = try store.snapshot()
        try drop(store)
        // The upkeep that the drop asked for finds the snapshot; if this machine is slow it comes later and finds none.
        usleep(50_000)
        #expect(file.byteCount() >= full && snapshot != nil)
        snapshot = nil
        #expect(eventually { file.byteCount() < full / 4 })
        try store.expectSound()
    }

    /// A snapshot that sees nothing at the end of the file, but was told that the file is longer, keeps it from being cut.
    @Test func nobodyIsToldOfAnEndThatIsGone() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put(key(1), []) }
        var snapshot: Snapshot? = try store.snapshot()
        try store.write { try $0.put(key(2), []) }
        store.core.writer.length.shrunkAt = store.core.published.newest.transaction
        try file.resize(1 << 20)
        try store.core.pipeline.keepUp()
        #expect(file.byteCount() == 1 << 20)
        #expect(snapshot?.count() == 1)
        snapshot = nil
        try store.core.pipeline.keepUp()
        #expect(file.byteCount() == (try store.statistics().pages) * 512)
    }

    @Test func aReaderElsewhereKeepsTheEndOfTheFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("shrinking")
        let store = try Store.open(path, options: smallPages())
        try fill(store)
        let full = try store.statistics().fileBytes
        let reader = try Store.open(path, options: readOnly())
        var snapshot: Snapshot? = try reader.snapshot()
        let contents = try snapshot?.contents()
        try drop(store)
        try store.core.pipeline.keepUp()
        #expect(try store.statistics().fileBytes >= full)
        #expect(try snapshot?.contents() == contents)
        #expect(try reader.snapshot().count() == 40)
        snapshot = nil
        try store.core.pipeline.keepUp()
        try store.core.pipeline.keepUp()
        #expect(try store.statistics().fileBytes < full / 4)
        #expect(try reader.snapshot().count() == 40)
        #expect(try reader.check().isClean)
    }

    /// Ordinary work changes the file's length now and then, not all the time.
    @Test func churnDoesNotMoveTheEndToAndFro() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        for round in 0..<60 {
            try store.write { for number in 0..<30 { try $0.put(key((number * 37 + round * 11) % 300), filler(50, seed: round)) } }
            if round % 7 == 0 { try store.write { try $0.delete(KeyRange(lower: key(20), upper: key(60))) } }
            if round % 10 == 0 { try store.core.pipeline.keepUp() }
        }
        let resizes = file.steps.count { if case .resize = $0 { true } else { false } }
        #expect(resizes < 3)
        try store.expectSound()
    }

    /// A crash at any step on the way finds the state before or after, whatever of the steps since the last sync has arrived.
    @Test func crashesOnTheWay() throws {
        let file = try RecordingFile()
        let options = smallPages()
        let store = try Store.open(file, options: options)
        try store.write { for number in 0..<20 { try $0.put(key(number), filler(50, seed: 1)) } }
        try store.write { for number in 0..<900 { try $0.put(key(number, prefix: "many:"), filler(60, seed: 2)) } }
        var states = [(contents: try store.contents(), acknowledged: file.steps.count)]
        func note() throws { states.append((try store.contents(), file.steps.count)) }
        try store.write { try $0.delete(.prefix(bytes("many:"))) }
        try note()
        try store.core.pipeline.keepUp()
        try note()
        try store.write { try $0.put(key(3), bytes("after")) }
        try note()
        try store.write { for number in 0..<200 { try $0.put(key(number, prefix: "more:"), filler(60, seed: 3)) } }
        try note()
        let steps = file.steps
        #expect(steps.contains { if case .resize = $0 { true } else { false } })
        for count in states[0].acknowledged...steps.count {
            let unsynced = (steps[..<count].lastIndex(of: .sync) ?? 0)..<count
            var ways: [(Int, Int) -> Int] = [{ $1 }, { _, _ in 0 }]
            for step in unsynced { ways += [{ $0 == step ? 0 : $1 }, { $0 == step ? $1 : 0 }] }
            for keep in ways {
                let crashed = try RecordingFile(crashing: steps, at: count, keep: keep)
                let again = try Store.open(crashed, options: options)
                let contents = try again.contents()
                let acknowledged = states.lastIndex { $0.acknowledged <= count } ?? 0
                #expect(states[acknowledged...].prefix(2).contains { $0.contents == contents }, "step \(count)")
                try again.expectSound()
                try again.write { try $0.put(bytes("new"), []) }
                try again.core.pipeline.keepUp()
                try again.expectSound()
            }
        }
    }

    @Test func runsAtTheEndOfABitmap() {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<300 {
            var bitmap = PageBitmap()
            var model: Set<UInt64> = []
            for _ in 0..<4 {
                let start = UInt64(random.below(200))
                let count = UInt64(random.below(150) + 1)
                bitmap.insert(PageRun(start, count))
                model.formUnion(start..<start + count)
            }
            let hole = UInt64(random.below(300))
            bitmap.remove(PageRun(hole, 1))
            model.remove(hole)
            let end = UInt64(random.below(400))
            var count: UInt64 = 0
            while count < end && model.contains(end - count - 1) { count += 1 }
            #expect(bitmap.count(before: PageNumber(rawValue: end)).rawValue == count)
        }
    }
}
