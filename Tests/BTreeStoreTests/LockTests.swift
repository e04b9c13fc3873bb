import Ground
import TestSupport
import Testing

@testable import BTreeStore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Several openings of one file. Locks belong to the open file, so another opening here is what another process is.
@Suite struct LockTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("shared")
    }

    /// After a fork both processes have the lock.
    @Test func aForkedProcessDoesNotWrite() throws {
        try Store.open(path).close()
        let before = try readBytes(DiskFile(path, options: StoreOptions()), at: 0, count: 1 << 20)
        let store = try Store.open(DiskFile(path, options: StoreOptions(), processID: 1))
        expectError {
            try store.write { try $0.put(key(1), []) }
        } matches: {
            $0 == .busy(path: path, processID: 1)
        }
        try? store.close()
        #expect(try readBytes(DiskFile(path, options: StoreOptions()), at: 0, count: 1 << 20) == before)
    }

    /// A reader that follows a writer keeps its mapping, and takes nothing that it has verified for verified after another flush.
    @Test func aReaderKeepsItsMapping() throws {
        let file = try HeldFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { for number in 0..<400 { try $0.put(key(number), filler(60, seed: 1)) } }
        let reader = try Store.open(file, options: readOnly())
        let maps = file.maps
        for round in 0..<40 {
            try store.write { try $0.put(key(round), filler(60, seed: round)) }
            try require(reader.contents() == store.contents())
        }
        #expect(file.maps == maps)
        // This page stays in the state.
        let view = try reader.snapshot().view
        var reference = view.root.reference
        for level in stride(from: view.root.level, to: 0, by: -1) {
            let page = try view.reader.page(reference, level: level)
            reference = page.child(page.count - 1)
        }
        try writeBytes([0xEE], file, at: reference.page.offset(pageSize: 512) + 300)
        #expect(try reader.contents().count == 400)
        try store.write { try $0.put(key(0), filler(60, seed: 77)) }
        expectError {
            _ = try reader.contents()
        } matches: {
            if case .damaged(let page, _) = $0 { page == reference.page } else { false }
        }
    }

    @Test func aSecondWriterIsToldOfTheFirst() throws {
        let store = try Store.open(path)
        expectError {
            _ = try Store.open(path)
        } matches: {
            $0 == .busy(path: path, processID: getpid())
        }
        try store.close()
        let second = try Store.open(path)
        try second.close()
    }

    @Test func losingTheStoreClosesIt() throws {
        do {
            let store = try Store.open(path)
            try store.write(.none) { try $0.put([1], [2]) }
        }
        let store = try Store.open(path)
        #expect(try store.contents() == [[1]: [2]])
    }

    @Test func readersSeeFlushesOnly() throws {
        let store = try Store.open(path, options: smallPages())
        let reader = try Store.open(path, options: readOnly())
        #expect(try reader.contents() == [:])
        try store.write(.none) { try $0.put([1], [1]) }
        #expect(try reader.contents() == [:])
        #expect(try store.contents() == [[1]: [1]])
        try store.sync()
        #expect(try reader.contents() == [[1]: [1]])
        expectError {
            _ = try reader.beginWrite()
        } matches: {
            $0 == .readOnly
        }
        #expect(try reader.check().isClean)
        #expect(reader.uuid == store.uuid)
    }

    /// A reader elsewhere keeps what it sees, while the writer goes on and on, and keeps nothing once it is gone.
    @Test func aSnapshotElsewhereKeepsItsPages() throws {
        let store = try Store.open(path, options: smallPages())
        let reader = try Store.open(path, options: readOnly())
        for round in 0..<5 {
            try store.write { for number in 0..<200 { try $0.put(key(number), filler(30, seed: round)) } }
        }
        var held: Snapshot? = try reader.snapshot()
        let contents = try held!.contents()
        for round in 5..<30 {
            try store.write { for number in 0..<200 { try $0.put(key(number), filler(30, seed: round)) } }
            #expect(try reader.contents()[key(7)] == filler(30, seed: round))
        }
        #expect(try held!.contents() == contents)
        try store.expectSound()
        #expect(try store.statistics().pins.contains { $0.holder == .otherProcess })
        held = nil
        _ = held
        try store.write { try $0.put(key(0), []) }
        try store.write { try $0.put(key(0), [0]) }
        #expect(try !store.statistics().pins.contains { $0.holder == .otherProcess })
    }

    /// Snapshots outlive their store, and the next opening of the file leaves their pages alone.
    @Test func snapshotsOutliveTheirStore() throws {
        let first = try Store.open(path, options: smallPages())
        try first.write { for number in 0..<300 { try $0.put(key(number), filler(40, seed: 1)) } }
        let snapshot = try first.snapshot()
        let contents = try snapshot.contents()
        var transaction = try first.beginWrite()
        try transaction.put(key(500), [5])
        let inner = try transaction.snapshot()
        transaction.rollback()
        try first.close()
        expectError {
            _ = try first.snapshot()
        } matches: {
            $0 == .closed
        }
        expectError {
            _ = try first.beginWrite()
        } matches: {
            $0 == .closed
        }
        try first.close()

        let second = try Store.open(path)
        for round in 2..<20 { try second.write { for number in 0..<300 { try $0.put(key(number), filler(40, seed: round)) } } }
        #expect(try snapshot.contents() == contents)
        #expect(try inner.contents().count == 301)
        try second.expectSound()
    }

    @Test func aFileThatMayNotBeWritten() throws {
        let store = try Store.open(path)
        try store.write { try $0.put([1], [2]) }
        try store.close()
        unsafe chmod(path, 0o444)
        unsafe chmod(directory.path, 0o555)
        defer { unsafe chmod(directory.path, 0o755) }
        let reader = try Store.open(path, options: readOnly())
        #expect(try reader.contents() == [[1]: [2]])
        #expect(try Store.check(path: path).isClean)
    }

    @Test func readingChangesNothing() throws {
        let store = try Store.open(path)
        try store.write { try $0.put([1], [2]) }
        try store.close()
        let before = try wholeFile()
        let reader = try Store.open(path, options: readOnly())
        _ = try reader.contents()
        _ = try reader.check()
        _ = try reader.treeLevels()
        try reader.close()
        #expect(try wholeFile() == before)
    }

    @Test func openingsAreCounted() throws {
        let store = try Store.open(path)
        #expect(store.opening == 1)
        try store.write { try $0.put([1], [2]) }
        try store.close()
        let second = try Store.open(path)
        #expect(second.opening == 2)
        try second.close()
        // Nothing was written, so the number is still to be had.
        let third = try Store.open(path)
        #expect(third.opening == 2)
        try third.beginWrite().rollback()
        try third.close()
        let fourth = try Store.open(path)
        #expect(fourth.opening == 3)
        #expect(fourth.uuid == store.uuid)
        #expect(try Store.open(path, options: readOnly()).opening == 2)
    }

    /// Readers trust the newest meta page unseen only once a writer has seen to it.
    @Test func aWriterThatIsStillOpening() throws {
        try Store.open(path).close()
        let writer = try DiskFile(path, options: StoreOptions())
        let reader = try DiskFile(path, options: readOnly())
        try writer.lockWriter()
        #expect(try !reader.isWriterElsewhere())
        try writer.lockReadyWriter()
        #expect(try reader.isWriterElsewhere())
        writer.unlockWriter()
        #expect(try !reader.isWriterElsewhere())
    }

    private func wholeFile() throws -> [UInt8] {
        try readBytes(DiskFile(path, options: readOnly()), at: 0, count: 1 << 20)
    }
}
