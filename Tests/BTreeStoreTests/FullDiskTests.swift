import TestSupport
import Testing

@testable import BTreeStore

/// A disk without room: what asks for more fails, and nothing else does.
@Suite struct FullDiskTests {
    private func isFull(_ error: StoreError) -> Bool {
        if case .diskFull = error { true } else { false }
    }

    /// A store in a file that the disk has hardly more room for, with commits that nobody has waited for.
    private func crammed(_ options: StoreOptions) throws -> (file: RecordingFile, store: Store, contents: [[UInt8]: [UInt8]]) {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write { for number in 0..<300 { try $0.put(key(number), filler(60, seed: 1)) } }
        try store.write(.none) { try $0.put(key(999), [1]) }
        file.room = try file.byteCount() + 20 * 512
        return (file, store, try store.contents())
    }

    @Test(arguments: [true, false], [Durability.hard, .soft, .none])
    func aFullDiskFailsTheTransactionAndNotTheStore(journal: Bool, durability: Durability) throws {
        let (file, store, contents) = try crammed(smallPages(journal: journal))
        for _ in 0..<3 {
            expectError {
                try store.write(durability) { for number in 1000..<3000 { try $0.put(key(number), filler(60, seed: 2)) } }
            } matches: {
                isFull($0)
            }
            #expect(try store.contents() == contents)
        }
        // What fits goes on, and so does what was applied before.
        try store.write { try $0.put(key(1), [7]) }
        try store.sync()
        try store.expectSound()
        let image = try RecordingFile(readBytes(file, at: 0, count: 1 << 22))
        #expect(try Store.open(image, options: readOnly()).contents() == store.contents())
        // There is room again.
        file.room = .max
        try store.write(durability) { for number in 1000..<3000 { try $0.put(key(number), filler(60, seed: 2)) } }
        #expect(try store.snapshot().count() == 2301)
        try store.close()
        let again = try Store.open(file, options: smallPages())
        #expect(try again.snapshot().count() == 2301)
        try again.expectSound()
    }

    /// A transaction of more than memory holds writes pages before it ends.
    @Test func aFullDiskInTheMiddleOfALargeTransaction() throws {
        let (file, store, contents) = try crammed(smallPages(dirtyByteLimit: 8192))
        var transaction = try store.beginWrite()
        var failure: StoreError?
        for number in 1000..<3000 where failure == nil {
            do { try transaction.put(key(number), filler(60, seed: 2)) } catch let error as StoreError { failure = error }
        }
        #expect(failure.map(isFull) == true)
        transaction.rollback()
        #expect(try store.contents() == contents)
        file.room = .max
        try store.write { for number in 1000..<3000 { try $0.put(key(number), filler(60, seed: 2)) } }
        #expect(try store.snapshot().count() == 2301)
        try store.expectSound()
    }

    /// Free pages of the file are room too.
    @Test func aFullDiskHasRoomInTheFile() throws {
        let (file, store, _) = try crammed(smallPages())
        file.room = try file.byteCount() + 64 * 512
        try store.write { _ = try $0.delete(KeyRange(lower: key(10), upper: key(250))) }
        try store.sync()
        try store.core.pipeline.keepUp()
        let free = try store.statistics().freePages
        for round in 0..<40 { try store.write { for number in 20..<30 { try $0.put(key(number), filler(60, seed: round)) } } }
        #expect(free > 0)
        try store.expectSound()
    }

    /// A store in memory that can't have more: what was committed stays.
    @Test func aStoreInMemoryThatIsFullKeepsWhatItHas() throws {
        let store = try Store.open(MemoryFile(capacity: 1 << 20), options: smallPages(dirtyByteLimit: 64 << 10))
        try store.write { for number in 0..<1000 { try $0.put(key(number), filler(60, seed: 1)) } }
        let contents = try store.contents()
        for _ in 0..<2 {
            expectError {
                try store.write { for number in 1000..<40_000 { try $0.put(key(number), filler(60, seed: 2)) } }
            } matches: {
                if case .fileTooLarge = $0 { true } else { false }
            }
            #expect(try store.contents() == contents)
        }
        try store.write { try $0.delete(key(3)) }
        #expect(try store.snapshot().count() == 999)
        try store.expectSound()
    }
}
