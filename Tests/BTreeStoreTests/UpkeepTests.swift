import Foundation
import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// The work that no commit should wait for, beside those who commit.
@Suite struct UpkeepTests {
    /// The upkeep may have to wait for a sync that somebody else began. It doesn't have the turn meanwhile, or nobody could apply anything.
    @Test func waitingForTheDiskTakesNoTurn() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages(journal: true))
        try store.write { try $0.put(key(0), [0]) }
        file.hold()
        let first = TestThread { try store.write { try $0.put(key(1), [1]) } }
        file.waitForSync()
        let upkeep = TestThread { try store.core.pipeline.keepUp() }
        // Time for it to come to where it waits; if this machine is slow, it comes later, and nothing is found out.
        usleep(100_000)
        let applied = DispatchSemaphore(value: 0)
        let other = TestThread {
            try store.write(.none) { try $0.put(key(2), [2]) }
            applied.signal()
        }
        // Only a hang takes that long.
        #expect(applied.wait(timeout: .now() + 20) == .success)
        file.letGo()
        for thread in [first, upkeep, other] { try thread.join() }
        #expect(try store.contents().count == 3)
        try store.expectSound()
    }

    /// A range is deleted while the upkeep that follows another one makes its flush. What is cut off then is gone through too, although
    /// nobody commits afterwards.
    @Test func whatIsCutOffMeanwhileIsGoneThroughToo() throws {
        let file = try SteppedFile()
        var options = smallPages()
        do {
            let store = try Store.open(file, options: options)
            try store.write { for number in 0..<12_000 { try $0.put(key(number), filler(number % 3 == 0 ? 600 : 40, seed: number)) } }
            try store.close()
        }
        options.softCommitMilliseconds = 1
        let store = try Store.open(file, options: options)
        try store.write { try $0.put(key(0), []) }
        file.isStepped = true
        let isOver = Atomic(false)
        let first = TestThread {
            try store.write { _ = try $0.delete(KeyRange(lower: key(6000), upper: key(11_900))) }
            isOver.store(true, ordering: .releasing)
        }
        file.waitForSync()
        // What is synced when the commit has returned is the upkeep's.
        while !isOver.load(ordering: .acquiring) {
            file.step()
            file.waitForSync()
            usleep(50_000)
        }
        try first.join()
        try store.write(.none) { _ = try $0.delete(KeyRange(lower: key(100), upper: key(5900))) }
        file.isStepped = false
        file.step()
        #expect(try eventually { try store.statistics().cutSubtrees == 0 })
        try store.expectSound()
    }

    /// Where there is too much at the end of the file to be moved, that isn't found out again after each flush.
    @Test func anEndThatStaysIsSearchedOnce() throws {
        let file = try LoadedFile()
        do {
            let store = try Store.open(file, options: smallPages())
            try store.write { for number in 0..<6000 { try $0.put(key(number), filler(400, seed: number)) } }
            try store.write { for number in 0..<3600 { try $0.delete(key(number)) } }
            try store.close()
        }
        let store = try Store.open(file, options: smallPages())
        func loads(_ round: Int) throws -> Int {
            try store.write { try $0.put(key(5000), filler(400, seed: round)) }
            for minute in 0..<60 { store.core.ageVerification(minute: minute) }
            let before = file.loads
            try store.core.pipeline.keepUp()
            return file.loads - before
        }
        // The first time one or two more are loaded than the branches on the way to the first 64 pages that lie too far behind.
        let first = try loads(0)
        #expect(first > 2)
        for round in 1..<4 {
            let again = try loads(round)
            #expect(again == 0, "\(again), and \(first) the first time")
        }
        try store.expectSound()
    }
}

/// A file in memory whose syncs return one at a time.
private final class SteppedFile: WrappedFile {
    let file: MemoryFile
    private let stepped = Atomic(false)
    private let arrived = DispatchSemaphore(value: 0)
    private let released = DispatchSemaphore(value: 0)

    init() throws { file = try MemoryFile(path: "stepped", isVolatile: false) }

    var isStepped: Bool {
        get { stepped.load(ordering: .sequentiallyConsistent) }
        set { stepped.store(newValue, ordering: .sequentiallyConsistent) }
    }

    /// The sync that is held up returns.
    func step() { released.signal() }

    func waitForSync() { arrived.wait() }

    func sync() {
        guard isStepped else { return }
        arrived.signal()
        released.wait()
    }
}

/// A file in memory that counts what is loaded.
private final class LoadedFile: WrappedFile {
    let file: MemoryFile
    private let count = Atomic(0)

    init() throws { file = try MemoryFile(path: "loaded", isVolatile: false) }

    var loads: Int { count.load(ordering: .relaxed) }

    func load(_ address: UnsafeRawPointer, _ byteCount: Int, at offset: UInt64) { count.add(1, ordering: .relaxed) }
}
