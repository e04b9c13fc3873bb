import TestSupport
import Testing

@testable import BTreeStore

/// What an opening finds after a kill, a crash or a failed write, and what it leaves to others who look at the file.
@Suite struct RecoveryTests {
    /// A flush of a `whole` state that was killed before its last sync returned: its meta page is in the page cache, not on the
    /// disk, where the state before is the newest. The next opening must not use that one's pages again before it is.
    @Test func aWholeStateWhoseWriterWasKilled() throws {
        let killed = try RecordingFile()
        let store = try Store.open(killed, options: smallPages())
        for round in 1...2 { try store.write { for number in 0..<5000 { try $0.put(key(number), filler(100, seed: round)) } } }
        let expected = try store.contents()
        #expect(killed.steps.last == .sync)
        let before = Array(killed.steps.dropLast())

        let cached = try RecordingFile(crashing: before, at: before.count) { $1 }
        let next = try Store.open(cached, options: smallPages())
        #expect(try next.contents() == expected)
        try next.write { for number in 0..<40 { try $0.put(key(number), filler(100, seed: 3)) } }
        let after = before + cached.steps.dropLast()

        // Of what no sync has covered, the disk has the data and no meta page.
        let disk = try RecordingFile(crashing: after, at: after.count) { index, byteCount in
            index >= before.count && byteCount != MetaPage.byteCount ? byteCount : 0
        }
        let last = try Store.open(disk, options: smallPages())
        #expect(try last.contents() == expected)
        try last.expectSound()
    }

    /// A file whose newest flush lost a page, and what it holds.
    private func fallenBack() throws -> (file: RecordingFile, contents: [[UInt8]: [UInt8]], lost: TransactionID) {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        for round in 1...3 { try store.write { for number in 0..<60 { try $0.put(key(number), filler(60, seed: round)) } } }
        let contents = try store.contents()
        let count = file.steps.count
        try store.write { for number in 0..<60 { try $0.put(key(number), filler(60, seed: 4)) } }
        let newest = try MetaPages(file).good[0].meta.transaction
        let steps = Array(file.steps.dropLast())
        let lost = try #require(
            steps[count...].firstIndex { if case .write(_, let bytes) = $0 { bytes.count != MetaPage.byteCount } else { false } })
        return (try RecordingFile(crashing: steps, at: steps.count) { $0 == lost ? 0 : $1 }, contents, newest)
    }

    @Test func readersFallBackToo() throws {
        let (file, contents, lost) = try fallenBack()
        #expect(try MetaPages(file).good[0].meta.transaction == lost)
        let reader = try Store.open(file, options: readOnly())
        #expect(try reader.contents() == contents)
        #expect(try reader.snapshot().contents() == contents)
        try reader.expectSound()
        #expect(file.steps == [])

        // Once a writer has fallen back, the file says so, and numbers go on behind what was lost.
        let store = try Store.open(file, options: smallPages())
        let metas = try MetaPages(file).good
        #expect(metas[0].meta.transaction > lost && metas[0].meta.isWhole)
        #expect(metas.allSatisfy { $0.meta.transaction != lost })
        #expect(file.steps.last == .sync)
        #expect(try reader.contents() == contents)
        try store.write { try $0.delete(.all) }
        #expect(try reader.contents().isEmpty)
        try store.expectSound()
        try reader.expectSound()
    }

    /// An opening that falls back flushes what the journal says into the pages of the flush that was lost. A crash leaves some of them
    /// there, which may be all that it lacked.
    @Test func aLostFlushStaysLost() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages(journal: true))
        // A flush that makes a journal, changes that the journal has, and a flush of pages that it has no room for.
        var flushes: Set<TransactionID> = []
        var number = 0
        while flushes.count < 6 {
            try store.write { try $0.put(key(number * 5 % 17), filler(60 + number * 37 % 400, seed: number)) }
            flushes.insert(try MetaPages(file).good[0].meta.transaction)
            number += 1
        }
        // Its meta page and one sync are last.
        let steps = Array(file.steps[..<(try #require(file.steps.lastIndex(of: .sync)))])
        let writes = steps[(try #require(steps.lastIndex(of: .sync)))...].indices.dropFirst()
        #expect(writes.count > 1)

        var completed = 0
        for lost in writes.dropLast() {
            guard case .write(let offset, let bytes) = steps[lost] else { continue }
            for start in stride(from: 0, to: bytes.count, by: 512) {
                // All of the flush but one sector.
                var disk = CrashImages()
                for (index, step) in steps.enumerated() where index != lost { disk.apply(step) }
                let end = Int(offset) + bytes.count
                var image = disk.cache + [UInt8](repeating: 0, count: max(0, end - disk.cache.count))
                let old = image[Int(offset) + start..<Int(offset) + start + 512]
                let complete = bytes[start..<start + 512]
                image.replaceSubrange(Int(offset)..<end, with: bytes[..<start] + old + bytes[(start + 512)...])
                let before = try Store.open(RecordingFile(image), options: readOnly()).contents()

                // Then all that was synced of what the next opening does, and of what was not only that sector.
                let next = try RecordingFile(image)
                #expect(try Store.open(next, options: smallPages(journal: true)).contents() == before)
                var synced = CrashImages(image)
                var crashed = synced.cache
                for step in next.steps {
                    synced.apply(step)
                    if step == .sync { crashed = synced.cache }
                    let sector = Int(offset) + start..<Int(offset) + start + 512
                    guard case .write(let at, let written) = step, at <= sector.lowerBound, Int(at) + written.count >= sector.upperBound
                    else { continue }
                    var torn = crashed
                    torn.replaceSubrange(sector, with: written[(sector.lowerBound - Int(at))...].prefix(512))
                    if torn[sector] == complete && old != complete { completed += 1 }
                    let found = try Store.open(RecordingFile(torn), options: readOnly()).contents()
                    try require(found == before, "the flush lacked \(sector) until another opening wrote it")
                }
            }
        }
        #expect(completed > 0)
    }

    /// The state before is only good for what a crash leaves behind.
    @Test func whatIsNoReasonToFallBack() throws {
        let file = try AwkwardFile()
        let store = try Store.open(file, options: smallPages())
        for round in 1...2 { try store.write { for number in 0..<60 { try $0.put(key(number), filler(60, seed: round)) } } }
        let contents = try store.contents()
        file.refusesPages = true
        for options in [smallPages(), readOnly()] {
            file.unlockWriter()
            expectError {
                _ = try Store.open(file, options: options)
            } matches: {
                if case .io = $0 { true } else { false }
            }
        }
        file.refusesPages = false
        let again = try Store.open(file, options: smallPages())
        #expect(try again.contents() == contents)

        // The newest state is whole, and the one before would fit the file as it was cut.
        try again.close()
        let short = try Store.open(file, options: smallPages())
        try short.write { for number in 0..<3000 { try $0.put(key(number), filler(200, seed: 3)) } }
        try short.close()
        try file.resize(file.byteCount() - 512)
        expectError {
            _ = try Store.open(file, options: smallPages())
        } matches: {
            if case .truncated = $0 { true } else { false }
        }
    }

    /// Openings that are killed, or whose machine goes down, before anything of theirs was flushed leave their numbers behind.
    @Test(arguments: [true, false]) func noTwoOpeningsNameOneState(keepsCache: Bool) throws {
        var steps: [RecordingFile.Step] = []
        var names: Set<[UInt64]> = []
        for opening in 1..<6 {
            let disk = try RecordingFile(crashing: steps, at: steps.count) { keepsCache ? $1 : 0 }
            let store = try Store.open(disk, options: smallPages())
            #expect(store.opening == UInt64(opening))
            for round in 0..<3 {
                try store.write(.none) { try $0.put([1], [UInt8(round)]) }
                #expect(try names.insert([store.opening, store.snapshot().transaction.rawValue]).inserted)
            }
            steps += disk.steps
            withExtendedLifetime(store) {}
        }
    }

    /// What was closed in peace needs no sync to be opened and one to be written to; what was not needs more.
    @Test func openingAfterClosingIsQuick() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { for number in 0..<50 { try $0.put(key(number), filler(60, seed: 1)) } }
        let killed = try RecordingFile(crashing: file.steps, at: file.steps.count) { $1 }
        try store.close()
        func syncs(_ file: RecordingFile) throws -> (opened: Int, begun: Int) {
            let count = file.steps.count
            let store = try Store.open(file, options: smallPages())
            let opened = file.steps[count...].count { $0 == .sync }
            try store.beginWrite().rollback()
            try store.beginWrite().rollback()
            let begun = file.steps[count...].count { $0 == .sync }
            return (opened, begun)
        }
        #expect(try syncs(file) == (0, 1))
        let (opened, begun) = try syncs(killed)
        #expect(opened > 1 && begun == opened)
        try Store.open(file, options: smallPages()).expectSound()
    }

    @Test func aReaderWhoseLockWasRefused() throws {
        let file = try AwkwardFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put([1], [2]) }
        let reader = try Store.open(file, options: readOnly())
        file.refusesReaders = true
        for _ in 0..<2 {
            expectError {
                _ = try reader.snapshot()
            } matches: {
                if case .lockRefused = $0 { true } else { false }
            }
        }
        file.refusesReaders = false
        let snapshot = try reader.snapshot()
        #expect(file.readersElsewhere(below: .limit) == [snapshot.transaction])
    }

    /// What a snapshot sees that no flush has made durable is in pages that the next opening would take for free.
    @Test func snapshotsThatOutliveAFailure() throws {
        let file = try AwkwardFile()
        var store: Store? = try Store.open(file, options: smallPages())
        try store?.write { try $0.put([1], [1]) }
        let old = try store?.snapshot()
        try store?.write(.none) { try $0.put([1], [2]) }
        var new = try store?.snapshot()
        file.refusesSyncs = true
        expectError {
            try store?.sync()
        } matches: {
            if case .io = $0 { true } else { false }
        }
        try store?.close()
        #expect(file.isWriterLocked)
        #expect(try new?.contents() == [[1]: [2]])
        #expect(try old?.contents() == [[1]: [1]])
        new = nil

        // Nobody needs more than what is durable here.
        let durable = try AwkwardFile()
        store = try Store.open(durable, options: smallPages())
        try store?.write { try $0.put([1], [1]) }
        let kept = try store?.snapshot()
        durable.refusesSyncs = true
        expectError {
            try store?.write { try $0.put([1], [2]) }
        } matches: {
            if case .io = $0 { true } else { false }
        }
        try store?.close()
        #expect(!durable.isWriterLocked)
        #expect(try kept?.contents() == [[1]: [1]])
    }

    /// A snapshot whose lock is refused still needs its pages, so the file stays this opening's until it has gone.
    @Test func aRefusedLockKeepsTheNextOpeningAway() throws {
        let file = try AwkwardFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put([1], [1]) }
        let kept = try store.snapshot()
        try store.write { try $0.put([1], [2]) }
        file.refusesReaders = true
        try store.close()
        #expect(file.isWriterLocked)
        #expect(try kept.contents() == [[1]: [1]])
    }

    /// The disk may refuse what it is told to begin with, in the middle of a large flush, as it may refuse all the rest.
    @Test func refusedBeginningsOfSyncs() throws {
        let file = try AwkwardFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { try $0.put([1], [1]) }
        #expect(file.begunByteCount == 0)
        try store.write { transaction in
            for number in 0..<30_000 { try transaction.put(key(number), filler(100, seed: number)) }
        }
        #expect(file.begunByteCount >= 2 << 20 && file.begunByteCount % 512 == 0)

        file.refusesBeginnings = true
        try store.write { try $0.put([2], [2]) }  // what is small is written at once
        expectError {
            try store.write { transaction in
                for number in 0..<30_000 { try transaction.put(key(number), filler(101, seed: number)) }
            }
        } matches: {
            if case .io(operation: "sync_file_range", _, _) = $0 { true } else { false }
        }
        try store.close()
        file.refusesBeginnings = false
        let again = try Store.open(file, options: smallPages())
        #expect(try again.snapshot().count() == 30_002)
        #expect(try again.snapshot().get(key(9999))?.copy() == filler(100, seed: 9999))
    }

    @Test func aTransactionKeepsItsStoreOpen() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("alone")
        do {
            // Nobody holds the store itself.
            var transaction = try Store.open(path, options: smallPages()).beginWrite()
            try transaction.put([1], [2])
            try transaction.commit()
        }
        #expect(try Store.open(path).contents() == [[1]: [2]])
        _ = try Store.open(path).beginWrite()
        #expect(try Store.open(path).contents() == [[1]: [2]])
    }

    /// A transaction that is looked at after each change holds the pages of what is looked at, not of all it ever was.
    @Test func lookingAtARunningTransactionTakesBoundedMemory() throws {
        let store = try Store.inMemory(options: smallPages())
        var transaction = try store.beginWrite()
        for number in 0..<6000 {
            try transaction.put(key(number % 300), filler(40, seed: number))
            let snapshot = try transaction.snapshot()
            #expect(snapshot.count() == UInt64(min(number + 1, 300)))
        }
        #expect(store.core.writer.tree.retired.count <= 1100)
        try transaction.commit()
    }
}

/// A file in memory that knows of its writer's lock and refuses what it is told to.
private final class AwkwardFile: StorageFile, @unchecked Sendable {
    // Sendable: each test uses it from one thread.
    private let file: MemoryFile
    var refusesReaders = false
    var refusesSyncs = false
    var refusesPages = false
    var refusesBeginnings = false
    private(set) var begunByteCount = 0
    private(set) var isWriterLocked = false

    init() throws { file = try MemoryFile(isVolatile: false) }

    var path: String { "awkward" }
    var isVolatile: Bool { false }
    func byteCount() -> UInt64 { file.byteCount() }
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
        if refusesPages && offset >= 1024 { throw .io(operation: "read", path: path, errorNumber: 5) }
        unsafe try file.read(buffer, at: offset)
    }
    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        unsafe try file.write(buffer, at: offset)
    }
    func resize(_ byteCount: UInt64) throws(StoreError) { try file.resize(byteCount) }
    func sync() throws(StoreError) { if refusesSyncs { throw .io(operation: "fdatasync", path: path, errorNumber: 5) } }
    func beginSync(_ range: Range<UInt64>) throws(StoreError) {
        // Another thread's, while the test's waits for it.
        if refusesBeginnings { throw .io(operation: "sync_file_range", path: path, errorNumber: 5) }
        begunByteCount += range.count
    }
    func map(_ byteCount: Int) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe file.map(byteCount) }
    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
    func lockWriter() { isWriterLocked = true }
    func unlockWriter() { isWriterLocked = false }
    func isWriterElsewhere() -> Bool { isWriterLocked }
    func lockReader(_ flush: TransactionID) throws(StoreError) {
        if refusesReaders { throw .lockRefused(path: path, errorNumber: 37) }
        file.lockReader(flush)
    }
    func unlockReader(_ flush: TransactionID) { file.unlockReader(flush) }
    func readersElsewhere(below end: TransactionID) -> [TransactionID] { file.readersElsewhere(below: end) }
}
