import Foundation
import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// Transactions of many threads on their way to the disk.
@Suite struct PipelineTests {
    /// Every thread puts records of its own, each in a hard commit.
    private func commitAll(_ store: Store, threads: Int, commits: Int, acknowledged: @escaping @Sendable (Int) -> Void) throws {
        let clients = (0..<threads).map { thread in
            TestThread {
                for commit in 0..<commits {
                    let number = commit * threads + thread
                    try store.write { try $0.put(key(number), filler(30, seed: number)) }
                    acknowledged(number)
                }
            }
        }
        for client in clients { try client.join() }
    }

    /// Whatever was acknowledged before a crash is there after it, and every transaction is whole or absent.
    @Test func acknowledgedCommitsOfManyThreadsAreDurable() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        let acknowledged = Guarded<[(number: Int, step: Int)]>([])
        try commitAll(store, threads: 8, commits: 25) { number in
            let step = file.steps.count
            acknowledged.withLock { $0.append((number, step)) }
        }
        try store.expectSound()
        #expect(try store.contents().count == 200)
        let steps = file.steps
        let order = acknowledged.withLock { $0 }
        for (index, step) in steps.enumerated() where step == .sync && index % 3 == 0 {
            for (count, keepsAll) in [(index, true), (index, false), (index + 1, false)] {
                let crashed = try RecordingFile(crashing: steps, at: count) { keepsAll ? $1 : 0 }
                let contents = try Store.open(crashed, options: smallPages()).contents()
                for (number, step) in order where step <= count { #expect(contents[key(number)] == filler(30, seed: number)) }
                for (key, value) in contents { #expect(value.count == 30, "\(key)") }
            }
        }
    }

    /// While the disk is busy other transactions are applied and seen, and all of them share the next sync.
    @Test func transactionsAreAppliedWhileTheDiskSyncs() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages())
        let before = file.syncs
        file.hold()
        let first = TestThread { try store.write { try $0.put(key(1), [1]) } }
        file.waitForSync()
        try store.write(.none) { try $0.put(key(2), [2]) }
        #expect(try store.contents() == [key(1): [1], key(2): [2]])
        let applied = DispatchSemaphore(value: 0)
        let others = (3..<9).map { number in
            TestThread {
                var transaction = try store.beginWrite()
                try transaction.put(key(number), [UInt8(number)])
                applied.signal()
                try transaction.commit()
            }
        }
        for _ in others { applied.wait() }
        // The last one may still have the turn; a transaction that comes after it finds all of them applied.
        try store.write(.none) { try $0.put(key(9), [9]) }
        #expect(try store.contents().count == 9)
        #expect(file.syncs == before)
        file.letGo()
        for thread in [first] + others { try thread.join() }
        #expect(file.syncs == before + 2)
        try store.sync()
        #expect(file.syncs <= before + 2)
        try store.expectSound()
    }

    /// What a hard commit waits for is its own changes on the disk, not the transaction of somebody who came after it.
    @Test func aHardCommitWaitsForNobodysLaterTransaction() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages(journal: true))
        try store.write { try $0.put(key(0), [0]) }
        file.hold()
        let first = TestThread { try store.write { try $0.put(key(1), [1]) } }
        file.waitForSync()
        let applied = DispatchSemaphore(value: 0)
        let returned = DispatchSemaphore(value: 0)
        let second = TestThread {
            var transaction = try store.beginWrite()
            try transaction.put(key(2), [2])
            applied.signal()
            try transaction.commit()
            returned.signal()
        }
        applied.wait()
        // This one gets its turn when the second is applied, and keeps it.
        var later = try store.beginWrite()
        try later.put(key(3), [3])
        file.letGo()
        try first.join()
        // Only a hang takes that long.
        #expect(returned.wait(timeout: .now() + 20) == .success)
        let image = try RecordingFile(readBytes(file, at: 0, count: 1 << 20))
        #expect(try Store.open(image, options: readOnly()).contents() == [key(0): [0], key(1): [1], key(2): [2]])
        try later.put(key(4), [4])
        try later.commit()
        try second.join()
        let whole = try RecordingFile(readBytes(file, at: 0, count: 1 << 20))
        #expect(try Store.open(whole, options: readOnly()).contents().count == 5)
        try store.expectSound()
    }

    /// A flush of many pages writes a slice at a time, and who waits for the turn has it in between.
    @Test func aFlushOfManyPagesLetsOthersHaveTheTurn() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages(4096))
        try store.write { for number in 0..<30_000 { try $0.put(key(number), filler(400, seed: 1)) } }
        try store.write(.none) { for number in stride(from: 0, to: 30_000, by: 2) { try $0.put(key(number), filler(400, seed: 2)) } }
        let before = file.writtenBytes
        let hasBegun = DispatchSemaphore(value: 0)
        let seen = Atomic(0)
        file.atNextWrite {
            hasBegun.signal()
            while !store.core.turn.isWaitedFor { sched_yield() }
        }
        let second = TestThread {
            hasBegun.wait()
            try store.write(.none) {
                seen.store(file.writtenBytes, ordering: .relaxed)
                try $0.put(key(30_000), [1])
            }
        }
        try store.sync()
        try second.join()
        #expect(seen.load(ordering: .relaxed) - before < 1100 * 4096)
        #expect(file.writtenBytes - before > 3000 * 4096)
        #expect(try store.snapshot().count() == 30_001)
        try store.expectSound()
        try store.close()
        #expect(try Store.open(file, options: smallPages(4096)).snapshot().count() == 30_001)
    }

    /// Pages that are written before their flush are nothing yet, whatever a crash leaves of them.
    @Test func aCrashBetweenTheSlicesOfAFlush() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages(4096))
        try store.write { for number in 0..<3000 { try $0.put(key(number), filler(1500, seed: 1)) } }
        let before = file.steps.count
        try store.write { for number in stride(from: 0, to: 3000, by: 2) { try $0.put(key(number), filler(1500, seed: 2)) } }
        let steps = file.steps
        let part = max(1, (steps.count - before) / 3)
        for count in stride(from: before, through: steps.count, by: part) {
            for keepsAll in [true, false] {
                let crashed = try RecordingFile(crashing: steps, at: count) { index, byteCount in
                    keepsAll || index.isMultiple(of: 2) ? byteCount : 0
                }
                let store = try Store.open(crashed, options: smallPages(4096))
                let contents = try store.contents()
                let seed = contents[key(0)] == filler(1500, seed: 2) ? 2 : 1
                let isWhole = (0..<3000).allSatisfy { contents[key($0)] == filler(1500, seed: $0.isMultiple(of: 2) ? seed : 1) }
                #expect(contents.count == 3000 && isWhole)
                try store.expectSound()
            }
        }
    }

    /// A flush that fails fails all who ride on it and those after it; what isn't durable is no longer seen.
    @Test func aFailedFlushFailsAllItsRiders() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put(key(0), [0]) }
        file.hold()
        let failures = Atomic(0)
        func failing(_ number: Int, _ applied: DispatchSemaphore?) -> TestThread {
            TestThread {
                var transaction = try store.beginWrite()
                try transaction.put(key(number), [UInt8(number)])
                applied?.signal()
                do { try transaction.commit() } catch StoreError.io { failures.add(1, ordering: .relaxed) }
            }
        }
        let first = failing(1, nil)
        file.waitForSync()
        let applied = DispatchSemaphore(value: 0)
        let others = (2..<6).map { failing($0, applied) }
        for _ in others { applied.wait() }
        var running = try store.beginWrite()
        try running.put(key(7), [7])
        let seen = try store.snapshot()
        #expect(try seen.contents().count == 6)
        file.letGo(.io(operation: "fdatasync", path: "held", errorNumber: 5))
        for thread in [first] + others { try thread.join() }
        #expect(failures.load(ordering: .relaxed) == 5)
        #expect(try store.contents() == [key(0): [0]])
        var refusal: StoreError?
        do { try running.commit(.none) } catch { refusal = error }
        guard case .failedBefore = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(try store.contents() == [key(0): [0]])
        #expect(try seen.contents().count == 6)
        expectError {
            try store.sync()
        } matches: {
            if case .failedBefore = $0 { true } else { false }
        }
        try store.close()
        #expect(try seen.contents().count == 6)
    }

    /// A backup flushes for itself. If that fails, so do those who were about to lead a flush of what it wrote.
    @Test func aFlushThatFailsBesideThePipelineFailsWhoCountsOnIt() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put(key(0), [0]) }
        try store.write(.none) { try $0.put(key(1), [1]) }
        let copy = try RecordingFile()
        // The page, the log, and the meta page are written; the sync fails.
        let error = StoreError.io(operation: "fdatasync", path: "recorded", errorNumber: 5)
        file.refuseSyncs(with: error)
        expectError {
            _ = try store.backup(into: copy)
        } matches: {
            $0 == error
        }
        expectError {
            try store.core.pipeline.waitForNewest()
        } matches: {
            if case .failedBefore = $0 { true } else { false }
        }
        #expect(try store.contents() == [key(0): [0]])
    }

    /// Closing waits for the flush under way and takes along what was applied meanwhile.
    @Test func closingWhileTheDiskSyncs() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages())
        file.hold()
        let first = TestThread { try store.write { try $0.put(key(1), [1]) } }
        file.waitForSync()
        try store.write(.none) { try $0.put(key(2), [2]) }
        let closing = TestThread { try store.close() }
        file.letGo()
        try first.join()
        try closing.join()
        #expect(try Store.open(file, options: smallPages()).contents() == [key(1): [1], key(2): [2]])
    }

    /// A transaction so large that its pages are written before it ends, beside hard commits.
    @Test func largeTransactionsBesideSmallOnes() throws {
        let directory = try TemporaryDirectory()
        let store = try Store.open(directory.file("both"), options: smallPages(dirtyByteLimit: 8192))
        let large = TestThread {
            for round in 0..<4 {
                try store.write(.none) { for number in 5000..<5200 { try $0.put(key(number), filler(40, seed: round)) } }
            }
        }
        try commitAll(store, threads: 6, commits: 20) { _ in }
        try large.join()
        try store.expectSound()
        #expect(try store.snapshot().count() == 320)
        try store.close()
        #expect(try Store.open(directory.file("both")).snapshot().count() == 320)
    }

    /// Nobody asks for it, and yet it comes to the disk.
    @Test func softCommitsAreFlushedByThemselves() throws {
        let file = try HeldFile()
        var options = smallPages()
        options.softCommitMilliseconds = 1
        let store = try Store.open(file, options: options)
        for round in 0..<3 {
            file.hold()
            try store.write(.soft) { try $0.put(key(round), [1]) }
            file.waitForSync()
            file.letGo()
        }
        // So does one that isn't due for long if much has changed.
        options.softCommitMilliseconds = 1_000_000
        options.dirtyByteLimit = 40_000
        let other = try HeldFile()
        let urgent = try Store.open(other, options: options)
        try urgent.write(.soft) { try $0.put(key(0), [1]) }
        other.hold()
        try urgent.write(.soft) { for number in 0..<400 { try $0.put(key(number), filler(60, seed: 1)) } }
        other.waitForSync()
        other.letGo()
        try urgent.close()
        try store.close()
        #expect(try Store.open(file, options: options).contents().count == 3)
    }

    /// One thread at a time, however many want the turn, and whichever thread ends it.
    @Test func oneThreadAtATimeHasTheTurn() throws {
        final class Shared: @unchecked Sendable {
            // Sendable: used only in the turn.
            var count = 0
            let turn = Turn()
        }
        let shared = Shared()
        let threads = (0..<8).map { _ in
            TestThread {
                for _ in 0..<2000 {
                    shared.turn.take()
                    shared.count += 1
                    shared.turn.end()
                }
            }
        }
        for thread in threads { try thread.join() }
        #expect(shared.count == 16_000)
        #expect(shared.turn.tryTake())
        #expect(!shared.turn.tryTake())
        let other = TestThread { shared.turn.end() }
        try other.join()
        shared.turn.take()
        shared.turn.end()
    }
}
