import TestSupport
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The short way of small commits to the disk, and back from there.
@Suite struct JournalTests {
    private let options = smallPages(journal: true)

    /// A file with some records in pages and some commits in the journal, as a process leaves it that is killed.
    private func killed(commits: Int = 5) throws -> (file: RecordingFile, contents: [[UInt8]: [UInt8]]) {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write(.none) { for number in 0..<200 { try $0.put(key(number), filler(60, seed: 1)) } }
        try store.core.pipeline.keepUp()
        for number in 0..<commits { try store.write { try $0.put(key(number * 3), bytes("commit \(number)")) } }
        let contents = try store.contents()
        return (try RecordingFile(readBytes(file, at: 0, count: 1 << 20)), contents)
    }

    private func journal(_ file: RecordingFile) throws -> PageRun { try #require(MetaPages(file).good[0].meta.journal) }

    @Test func aSmallCommitIsOneWriteOfOnePage() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write { for number in 0..<30 { try $0.put(key(number), filler(60, seed: 1)) } }
        let pages = try journal(file)
        for number in 0..<3 {
            let count = file.steps.count
            try store.write { try $0.put(key(number), filler(50, seed: 2)) }
            let steps = Array(file.steps[count...])
            #expect(steps.count == 2 && steps.last == .sync)
            guard case .write(let offset, let bytes)? = steps.first else {
                Issue.record("\(steps)")
                continue
            }
            #expect(bytes.count == 512 && offset >= pages.start.offset(pageSize: 512) && offset < pages.end.offset(pageSize: 512))
        }
        try store.expectSound()
    }

    /// A range that goes is a record too. The flush that makes its pages free to use comes later, and nobody waits for it.
    @Test func aDropIsOneRecord() throws {
        let file = try RecordingFile()
        do {
            let store = try Store.open(file, options: options)
            try store.write { for number in 0..<3000 { try $0.put(key(number), filler(60, seed: 1)) } }
            try store.core.pipeline.flushNow()
            let pages = try journal(file)
            let count = file.steps.count
            try store.write { try $0.delete(KeyRange(lower: key(20), upper: key(2900))) }
            let steps = Array(file.steps[count...])
            #expect(steps.count == 2 && steps.last == .sync)
            if case .write(let offset, _)? = steps.first { #expect(offset == pages.start.offset(pageSize: 512)) }
            try store.write { try $0.put(key(100), [1]) }
            let image = try RecordingFile(readBytes(file, at: 0, count: 1 << 20))
            let again = try Store.open(image, options: options)
            #expect(try again.contents() == store.contents())
            try again.expectSound()
        }
        var options = options
        options.softCommitMilliseconds = 1
        let store = try Store.open(file, options: options)
        try store.write { for number in 20..<2900 { try $0.put(key(number), filler(60, seed: 2)) } }
        try store.write { try $0.delete(KeyRange(lower: key(20), upper: key(2900))) }
        #expect(
            try eventually {
                let found = try store.statistics()
                return found.cutSubtrees == 0 && found.pages - found.freePages < 150
            })
        try store.expectSound()
    }

    /// A transaction that leaves an empty store as it was makes no record: it would lead to a state that is there already, and
    /// end the journal for all that come after it.
    @Test func nothingThatCameToNothing() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write { try $0.put(key(0), [0]) }
        try store.write { try $0.delete(key(0)) }
        try store.write {
            try $0.put(key(1), [1])
            try $0.delete(key(1))
        }
        try store.write { try $0.put(key(2), [2]) }
        let image = try RecordingFile(readBytes(file, at: 0, count: 1 << 20))
        #expect(try Store.open(image, options: options).contents() == [key(2): [2]])
    }

    @Test func whatWasPromisedIsThereAfterAKill() throws {
        let (file, contents) = try killed()
        let reader = try Store.open(file, options: readOnly())
        #expect(try reader.contents() == contents)
        let report = try reader.check()
        #expect(report.isClean && report.records == UInt64(contents.count))
        #expect(file.steps.isEmpty)
        let store = try Store.open(file, options: options)
        #expect(try store.contents() == contents)
        #expect(store.opening == reader.opening + 1)
        try store.expectSound()
        try store.write { try $0.delete(key(6)) }
        #expect(try reader.contents() == contents.filter { $0.key != key(6) })
        try store.close()
        #expect(try reader.contents() == contents.filter { $0.key != key(6) })
    }

    /// Each commit is seen at once by other openings, each state has its own number, and a snapshot stays as it is.
    @Test func othersSeeEachCommit() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: options)
        let reader = try Store.open(file, options: readOnly())
        var held: [(snapshot: Snapshot, contents: [[UInt8]: [UInt8]])] = []
        for round in 0..<60 {
            try store.write {
                try $0.put(key(round % 7), filler(30 + round * 7 % 90, seed: round))
                if round % 9 == 8 { try $0.delete(KeyRange(lower: key(1), upper: key(4))) }
                if round % 13 == 5 { try $0.put(key(50 + round), filler(900, seed: round)) }
            }
            let snapshot = try reader.snapshot()
            #expect(try snapshot.contents() == store.contents())
            #expect(try snapshot.transaction == store.snapshot().transaction)
            held.append((snapshot, try snapshot.contents()))
            if round % 3 == 0 { held.removeFirst() }
            if round % 11 == 3 { #expect(try reader.check().problems == []) }
        }
        for (snapshot, contents) in held { #expect(try snapshot.contents() == contents) }
        #expect(Set(held.map(\.snapshot.transaction)).count == held.count)
        try store.expectSound()
        held = []
        try store.close()
        #expect(try reader.contents() == (try Store.open(file, options: readOnly()).contents()))
    }

    @Test func aLastRecordThatIsNotWholeIsNoCommit() throws {
        let (file, _) = try killed()
        let (_, before) = try killed(commits: 4)
        let start = try journal(file).start + 4
        try writeBytes([0xEE], file, at: start.offset(pageSize: 512) + 60)
        #expect(try Store.open(file, options: readOnly()).contents() == before)
        let store = try Store.open(file, options: options)
        #expect(try store.contents() == before)
        try store.expectSound()
    }

    /// With others behind it, it must have been whole once.
    @Test func aDamagedRecordIsFoundOut() throws {
        let (file, _) = try killed()
        let damaged = try journal(file).start + 2
        try writeBytes([0xEE], file, at: damaged.offset(pageSize: 512) + 60)
        for options in [options, readOnly()] {
            expectError {
                let store = try Store.open(file, options: options)
                try #require(options.readOnly)
                #expect(try store.check().isClean)
            } matches: {
                if case .damaged(let page, _) = $0 { page == damaged } else { false }
            }
        }
    }

    /// The newest flush's meta page can't be read, and the other one is of the flush before. A crash may leave that; but then nobody had made
    /// records on top of the newest flush.
    @Test func aDamagedMetaPageThatTheJournalProves() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write { for number in 0..<60 { try $0.put(key(number), filler(60, seed: 1)) } }
        try store.core.pipeline.flushNow()
        for number in 0..<3 { try store.write { try $0.put(key(number), bytes("before")) } }
        try store.core.pipeline.flushNow()
        let flushed = try readBytes(file, at: 0, count: 1 << 20)
        let newest = try MetaPages(file).good[0]
        for number in 0..<2 { try store.write { try $0.put(key(number), bytes("after")) } }
        let image = try readBytes(file, at: 0, count: 1 << 20)
        for options in [options, readOnly()] {
            let damaged = try RecordingFile(image)
            try writeBytes([0xEE], damaged, at: newest.place.offset(pageSize: 512) + 100)
            expectError {
                _ = try Store.open(damaged, options: options)
            } matches: {
                if case .damaged(newest.place, _) = $0 { true } else { false }
            }
            // Without records on top of it, the flush may have been cut off by a crash.
            let torn = try RecordingFile(flushed)
            try writeBytes([0xEE], torn, at: newest.place.offset(pageSize: 512) + 100)
            #expect(try Store.open(torn, options: options).contents()[key(0)] == bytes("before"))
        }
        // The older one may be damaged: nothing is lost.
        let older = try RecordingFile(image)
        try writeBytes([0xEE], older, at: MetaPage.other(newest.place).offset(pageSize: 512) + 100)
        #expect(try Store.open(older, options: readOnly()).contents() == store.contents())
    }

    /// After a failed write the state shown is that of the last durable record, under that state's number.
    @Test func oneNumberIsOneState() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write { try $0.put(key(0), [0]) }
        try store.core.pipeline.flushNow()
        var seen: [TransactionID: [[UInt8]: [UInt8]]] = [:]
        func look() throws {
            let snapshot = try store.snapshot()
            let contents = try snapshot.contents()
            #expect(seen[snapshot.transaction, default: contents] == contents)
            seen[snapshot.transaction] = contents
        }
        for number in 1..<4 {
            try look()
            try store.write { try $0.put(key(number), [UInt8(number)]) }
        }
        try look()
        let durable = try store.snapshot().transaction
        file.refuseSyncs(with: .io(operation: "fdatasync", path: "recorded", errorNumber: 5))
        #expect(throws: StoreError.self) { try store.write { try $0.put(key(9), [9]) } }
        try look()
        #expect(try store.snapshot().transaction == durable)
    }

    /// Records that are whole and say what can't be.
    @Test func recordsThatWereMadeToDoHarm() throws {
        var random = SeededGenerator(seed: 5)
        let (original, contents) = try killed(commits: 1)
        let image = try readBytes(original, at: 0, count: 1 << 20)
        for round in 0..<300 {
            let file = try RecordingFile(image)
            let meta = try MetaPages(file).good[0].meta
            var bytes = JournalRecord.empty
            switch round % 4 {
            case 0: bytes += [1, 255, 255, 255, 255, 255, 255]
            case 1: bytes += [2, 200, 0, 1, 2, 3]
            case 2: bytes += [3, 1, 3, 0, 1, 2, 3, 1]
            default: bytes += (0..<1 + random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.below(5) * 51 / 50) }
            }
            let transaction = TransactionID(rawValue: meta.transaction.rawValue + 100)
            JournalRecord.finish(&bytes, salt: meta.journalSalt(nil), sequence: 1, transaction: transaction, pageSize: 512)
            try writeBytes(bytes, file, at: (#require(meta.journal).start + 1).offset(pageSize: 512))
            do {
                let found = try Store.open(file, options: readOnly()).contents()
                #expect(found.count <= contents.count + 30)
            } catch StoreError.damaged {}
            do { try Store.open(file, options: options).expectSound() } catch StoreError.damaged {}
        }
    }

    /// A failed write takes back what it was for, and nothing that was promised.
    @Test func aRecordThatCanNotBeWritten() throws {
        for step in 0..<2 {
            let file = try RecordingFile()
            let store = try Store.open(file, options: options)
            for number in 0..<4 { try store.write { try $0.put(key(number), bytes("promised")) } }
            let contents = try store.contents()
            file.refuse(after: step, with: .diskFull(path: "recorded"), partByteCount: 50)
            expectError {
                try store.write { try $0.put(key(9), bytes("lost")) }
            } matches: {
                $0 == .diskFull(path: "recorded")
            }
            #expect(try store.contents() == contents)
            try store.close()
            file.allowAll()
            let again = try Store.open(file, options: options)
            let found = try again.contents()
            // It may have got there before the sync failed.
            #expect(found == contents || step == 1 && found.count == contents.count + 1)
            try again.expectSound()
        }
    }

    @Test func aCopyOfWhatOnlyAJournalHas() throws {
        let directory = try TemporaryDirectory()
        let (file, contents) = try killed()
        let reader = try Store.open(file, options: readOnly())
        let copied = try MemoryFile(isVolatile: false)
        let report = try reader.backup(into: copied)
        #expect(report.records == UInt64(contents.count))
        let copy = try Store.open(copied, options: options)
        #expect(try copy.contents() == contents)
        try copy.expectSound()
        withExtendedLifetime(directory) {}
    }

    /// What is long, or comes when the journal is full, goes to its pages, and the journal begins anew.
    @Test func whatTheJournalHasNoRoomFor() throws {
        let file = try RecordingFile()
        var store = try Store.open(file, options: options)
        for round in 0..<80 {
            let count = file.steps.count
            try store.write { try $0.put(key(round % 20), filler(round % 10 == 9 ? 70_000 : 40 + round, seed: round)) }
            if round % 10 == 9 { #expect(file.steps.count > count + 2) }
            if round % 25 == 24 {
                let contents = try store.contents()
                let now = try RecordingFile(readBytes(file, at: 0, count: 1 << 24))
                #expect(try Store.open(now, options: readOnly()).contents() == contents)
                try store.expectSound()
            }
        }
        let contents = try store.contents()
        try store.close()
        store = try Store.open(file, options: options)
        #expect(try store.contents() == contents)
        try store.expectSound()
    }

    @Test func theJournalGrowsWithTheFile() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: options)
        try store.write(.none) { for number in 0..<40_000 { try $0.put(key(number), filler(60, seed: 1)) } }
        try store.sync()
        let short = try journal(file).count
        // A burst that fills it once is not what a longer one would be for.
        for number in 0..<Int(short.rawValue) + 4 { try store.write { try $0.put(key(number * 190), filler(20, seed: 2)) } }
        #expect(try journal(file).count == short)
        for number in 0..<200 { try store.write { try $0.put(key(number * 190), filler(20, seed: 3)) } }
        #expect(try journal(file).count >= short * 2)
        let contents = try store.contents()
        #expect(try Store.open(file, options: readOnly()).contents() == contents)
        try store.expectSound()
    }

    @Test func aTransactionRolledBackIsInNoRecord() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: options)
        try store.write { try $0.put(key(1), bytes("one")) }
        try store.write(.none) { try $0.put(key(2), bytes("two")) }
        for count in [1, 300] {
            var transaction = try store.beginWrite()
            for number in 0..<count { try transaction.put(key(100 + number), filler(60, seed: 1)) }
            transaction.rollback()
        }
        try store.write { try $0.put(key(3), bytes("three")) }
        #expect(try Store.open(file, options: readOnly()).contents() == store.contents())
        #expect(try store.contents().count == 3)
        try store.expectSound()
    }
}
