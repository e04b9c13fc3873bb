import TestSupport
import Testing

@testable import BTreeStore

/// Disks that refuse.
@Suite struct FaultTests {
    /// At every step of a commit, before it or with some of its bytes written: the commit fails with the reason, readers go on,
    /// nothing more is written, and what is in the file afterwards is the state before or after. Once it is opened again it can be
    /// written.
    @Test(
        arguments: [StoreError.diskFull(path: "recorded"), .io(operation: "fdatasync", path: "recorded", errorNumber: 5)],
        [0, 100, 700])
    func aRefusedStep(error: StoreError, partByteCount: Int) throws {
        var refused = 0
        for count in 0..<100 {
            let file = try RecordingFile()
            let store = try Store.open(file, options: smallPages())
            try store.write { for number in 0..<50 { try $0.put(key(number), filler(60, seed: 1)) } }
            let before = try store.contents()
            let snapshot = try store.snapshot()

            file.refuse(after: count, with: error, partByteCount: partByteCount)
            var thrown: StoreError?
            do {
                try store.write { for number in 0..<70 { try $0.put(key(number), filler(number == 3 ? 2000 : 50, seed: 2)) } }
            } catch let error as StoreError { thrown = error }
            guard let thrown else { break }
            refused += 1
            #expect(thrown == error)
            #expect(try store.contents() == before)
            #expect(try snapshot.contents() == before)

            file.allowAll()
            let steps = file.steps.count
            expectError {
                _ = try store.beginWrite()
            } matches: {
                if case .failedBefore = $0 { true } else { false }
            }
            expectError {
                try store.sync()
            } matches: {
                if case .failedBefore = $0 { true } else { false }
            }
            try store.close()
            #expect(file.steps.count == steps)

            let again = try Store.open(file, options: smallPages())
            let contents = try again.contents()
            #expect(contents == before || contents.count == 70)
            try again.expectSound()
            try again.write { try $0.put(key(99), []) }
            try again.expectSound()
            #expect(try snapshot.contents() == before)
        }
        // At least a data page, the meta page and the sync.
        #expect(refused >= 3)
    }

    /// While a transaction runs that lets go of pages of the newest state, that state turns out not to become durable. The transaction may
    /// look at itself as often as it likes: what it rolls back to is still there.
    @Test func aRollbackAfterAFailedSync() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { for number in 0..<2000 { try $0.put(key(number), filler(60, seed: 1)) } }
        try store.write(.none) { for number in 0..<2000 { try $0.put(key(number), filler(60, seed: 2)) } }
        file.hold()
        let failing = TestThread { do { try store.sync() } catch StoreError.io {} }
        file.waitForSync()
        try store.write(.none) { for number in 0..<2000 { try $0.put(key(number), filler(60, seed: 3)) } }
        var transaction = try store.beginWrite()
        for number in 0..<2000 { try transaction.put(key(number), filler(60, seed: 4)) }
        file.letGo(.io(operation: "fdatasync", path: "held", errorNumber: 5))
        try failing.join()
        for number in 0..<2000 {
            try transaction.put(key(number), filler(61, seed: number))
            withExtendedLifetime(try transaction.snapshot()) {}
        }
        transaction.rollback()
        try store.expectSound()
        #expect(try store.contents()[key(7)] == filler(60, seed: 1))
    }

    @Test func aRefusedStepWhileATransactionRuns() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages(dirtyByteLimit: 4096))
        try store.write { for number in 0..<50 { try $0.put(key(number), filler(60, seed: 1)) } }
        let before = try store.contents()
        // Nobody has waited for this one, and from the failure on nobody can.
        try store.write(.none) { try $0.put(key(99), [1]) }
        let applied = try store.snapshot()
        let error = StoreError.io(operation: "write", path: "recorded", errorNumber: 5)
        file.refuse(after: 1, with: error)
        var transaction = try store.beginWrite()
        var failed = false
        for number in 0..<200 where !failed {
            do { try transaction.put(key(number), filler(60, seed: 2)) } catch StoreError.io { failed = true }
        }
        #expect(failed)
        expectError {
            try transaction.put(key(1), [])
        } matches: {
            $0 == error
        }
        transaction.rollback()
        #expect(try store.contents() == before)
        #expect(try applied.contents().count == 51)
        expectError {
            _ = try store.beginWrite()
        } matches: {
            if case .failedBefore = $0 { true } else { false }
        }
        file.allowAll()
        let again = try Store.open(file, options: smallPages())
        #expect(try again.contents() == before)
        try again.expectSound()
    }
}
