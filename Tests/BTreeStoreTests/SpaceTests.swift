import TestSupport
import Testing

@testable import BTreeStore

/// Pages are used again.
@Suite struct SpaceTests {
    private func open(_ file: MemoryFile) throws -> Store { try Store.open(file, options: smallPages()) }

    private func churn(_ store: Store, rounds: Int, seed: Int = 0, _ durability: Durability = .hard) throws {
        for round in 0..<rounds {
            try store.write(durability) {
                for number in 0..<40 { try $0.put(key((number * 37 + round * 11) % 400), filler(50, seed: seed + round)) }
            }
        }
    }

    @Test(arguments: [Durability.hard, .none]) func churnDoesNotGrowTheFile(durability: Durability) throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try open(file)
        try store.write { for number in 0..<400 { try $0.put(key(number), filler(50, seed: 0)) } }
        try churn(store, rounds: 40, durability)
        try store.sync()
        let pages = try store.statistics().pages
        for _ in 0..<5 {
            try churn(store, rounds: 40, durability)
            try store.sync()
        }
        #expect(try store.statistics().pages <= pages + pages / 4)
        try store.expectSound()
    }

    @Test func churnDoesNotGrowTheFileAcrossOpenings() throws {
        let file = try MemoryFile(isVolatile: false)
        var store = try open(file)
        try store.write { for number in 0..<400 { try $0.put(key(number), filler(50, seed: 0)) } }
        try churn(store, rounds: 40)
        let pages = try store.statistics().pages
        for _ in 0..<20 {
            try churn(store, rounds: 10)
            try store.close()
            store = try open(file)
            try store.expectSound()
        }
        #expect(try store.statistics().pages <= pages + pages / 4)
    }

    /// An old snapshot pins what it can see and nothing newer.
    @Test func aHeldSnapshotPinsOnlyWhatItSees() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try open(file)
        try store.write { for number in 0..<400 { try $0.put(key(number), filler(50, seed: 0)) } }
        try churn(store, rounds: 20)
        let live = try store.statistics().pages - store.statistics().freePages
        let snapshot = try store.snapshot()
        let contents = try snapshot.contents()
        try churn(store, rounds: 200, seed: 1)
        let statistics = try store.statistics()
        #expect(statistics.pages < 3 * live)
        #expect(statistics.pins.contains { $0.holder == .snapshot && $0.pages > 0 && $0.ageSeconds != nil })
        #expect(statistics.liveSnapshots == 1)
        #expect(try snapshot.contents() == contents)
        try store.expectSound()
    }

    /// What a range delete cut off is used for the next load.
    @Test(arguments: [40, 1200]) func droppedRangesAreUsedAgain(valueLength: Int) throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try open(file)
        func load(_ seed: Int) throws {
            try store.write { for number in 0..<2000 { try $0.put(key(number), filler(number % 9 == 0 ? valueLength : 40, seed: seed)) } }
        }
        try load(0)
        let pages = try store.statistics().pages
        for round in 1..<6 {
            let steps = try store.statistics().transaction
            try store.write { try $0.delete(.prefix(bytes("key:")), expecting: 2000) }
            #expect(try store.statistics().transaction > steps)
            try store.write { try $0.put(bytes("other"), []) }
            try load(round)
            try store.expectSound()
        }
        // The first time there is nothing free yet: two copies must fit.
        #expect(try store.statistics().pages < 2 * pages + pages / 4)
    }

    /// A range delete touches two paths, however much lies between.
    @Test func rangeDeletesTouchFewPages() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        try store.write { for number in 0..<5000 { try $0.put(key(number), filler(40, seed: 0)) } }
        let steps = file.steps.count
        try store.write { try $0.delete(KeyRange(lower: key(100), upper: key(4900)), expecting: 4800) }
        let written = file.steps[steps...].reduce(0) { total, step in
            if case .write(_, let bytes) = step, bytes.contains(where: { $0 != 0 }) { total + bytes.count } else { total }
        }
        #expect(written < 40 * 512)
        try store.expectSound()
    }

    /// The log of a long history of short-lived pages is as short as what came of it, so opening and the first flush are quick.
    @Test func theLogIsNoLongerThanItsSum() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages(dirtyByteLimit: 4096))
        for round in 0..<30 {
            try store.write(.none) { for number in 0..<300 { try $0.put(key(number * 7 % 300), filler(50, seed: round)) } }
        }
        try store.close()
        let meta = try MetaPages(file).good[0].meta
        let chain = try SpaceLog.readChain(file, last: meta.space, pageSize: 512, highWater: meta.highWater)
        #expect(chain.count < 16)
        try Store.open(file).expectSound()
    }

    /// Where much is free in small pieces, the log of a larger flush is what that flush did, and not all of them again.
    @Test func aLongLogIsNotWrittenAnewByEachFlush() throws {
        var space = FreeSpace(highWater: 1_000_000)
        let none = ProtectedStates([])
        space.absorb((1...200_000).map { FreedRun(run: PageRun(2 * $0, 1), birth: 1, freed: 2) }, protected: none)
        // The first time all of it has to be written.
        let isFirst = space.shouldCondense(capacity: 4096)
        #expect(isFirst)
        let sum = space.condensed().count
        space.log.clearPending()
        var written = 0
        for round in 0..<10 {
            for number in 0..<20_000 {
                let page = UInt64(500_000 + round * 40_000 + 2 * number)
                space.absorb([FreedRun(run: PageRun(page, 1), birth: 1, freed: 2)], protected: none)
            }
            let condenses = space.shouldCondense(capacity: 4096)
            written += condenses ? space.condensed().count : space.log.pending.count
            // As many pages of the log as the entries take.
            let added = SpaceLog.pages(of: space.log.pending, capacity: 4096).count
            space.log.chain = condenses ? [] : space.log.chain + Array(repeating: PageReference(), count: added)
            space.log.clearPending()
        }
        // 200,000 entries of 23 bytes; their sum has 11 bytes for each run.
        #expect(written < 3 * (200_000 * 23 + sum), "\(written)")
    }

    /// Of all entries about a page the newest holds, whatever runs they come in.
    @Test func theNewestEntryHolds() throws {
        var random = SeededGenerator(seed: 3)
        let protected = ProtectedStates([10, 20])
        let newest: TransactionID = 40
        for _ in 0..<200 {
            var space = FreeSpace(highWater: 100)
            var last: [UInt64: FreedRun?] = [:]
            var lastCut: [PageNumber: CutSubtree?] = [:]
            let entries = (0..<random.below(60)).map { _ -> SpaceLog.Entry in
                let start = 2 + random.below(97)
                let run = PageRun(UInt64(start), UInt64(1 + random.below(min(12, 99 - start + 1))))
                let birth = TransactionID(rawValue: UInt64(random.below(25)))
                let freed = FreedRun(run: run, birth: birth, freed: TransactionID(rawValue: birth.rawValue + UInt64(1 + random.below(9))))
                let cut = CutSubtree(reference: PageReference(page: run.start, birth: birth), level: 1, freed: freed.freed)
                switch random.below(5) {
                case 0:
                    for page in run.pages { last[page.rawValue] = FreedRun(run: run, birth: .none, freed: .none) }
                    return .free(run)
                case 1:
                    for page in run.pages { last[page.rawValue] = freed }
                    return .freed(freed)
                case 2:
                    for page in run.pages { last[page.rawValue] = .some(nil) }
                    return .take(run)
                case 3:
                    lastCut[run.start] = cut
                    return .cut(cut)
                default:
                    lastCut[run.start] = .some(nil)
                    return .walked(run.start)
                }
            }
            var told = ToldPages()
            for entry in entries.reversed() { try require(space.replay(entry, &told, newest: newest, protected: protected)) }
            for page in 2..<UInt64(100) {
                let expected = (last[page] ?? nil).map { protected.newest(from: $0.birth, before: $0.freed) }
                let number = PageNumber(rawValue: page)
                try require(space.free.contains(number) == (expected == .some(nil)))
                let pins = space.pinned.flatMap { pin in pin.value.filter { $0.run.contains(number) }.map { _ in pin.key } }
                try require(pins == [expected ?? nil].compactMap { $0 })
            }
            try require(
                space.cuts.sorted { $0.reference.page < $1.reference.page }
                    == lastCut.values.compactMap { $0 }
                    .sorted { $0.reference.page < $1.reference.page })
            let later = FreedRun(run: PageRun(5, 1), birth: 3, freed: newest.next)
            for wrong in [SpaceLog.Entry.take(PageRun(99, 2)), .freed(later)] {
                try require(!space.replay(wrong, &told, newest: newest, protected: protected))
            }
        }
    }

    /// Where more changes than memory has room for, a part of it is written at a time: nobody waits for all of it.
    @Test func aLargeLoadIsWrittenInSlices() throws {
        let file = try HeldFile()
        let limit = 1 << 20
        let store = try Store.open(file, options: smallPages(4096, dirtyByteLimit: limit))
        var random = SeededGenerator(seed: 5)
        var most = 0
        var expected: [[UInt8]: [UInt8]] = [:]
        for commit in 0..<3 {
            var transaction = try store.beginWrite()
            for _ in 0..<8000 {
                let name = key(random.below(10_000_000))
                let value = filler(random.below(200) == 0 ? 5000 : 150, seed: random.below(256))
                expected[name] = value
                let before = file.writtenBytes
                try transaction.put(name, value)
                most = max(most, file.writtenBytes - before)
            }
            if commit == 1 {
                let snapshot = try transaction.snapshot()
                transaction.rollback()
                try require(snapshot.contents() == expected)
                expected = try store.contents()
                try store.expectSound()
                continue
            }
            try transaction.commit(.none)
            try require(store.contents() == expected)
        }
        try require(file.writtenBytes > 3 * limit)
        #expect(most < limit / 6, "\(most)")
        try store.expectSound()
        try store.close()
        try require(Store.open(file, options: readOnly()).contents() == expected)
    }

    /// A flush that finds its pages free leaves the file as long as it is.
    @Test func aFlushIntoFreePagesDoesNotGrowTheFile() throws {
        let file = try MemoryFile(isVolatile: false)
        var store = try open(file)
        try store.write { for number in 0..<1000 { try $0.put(key(number), filler(50, seed: 0)) } }
        try store.write { try $0.delete(KeyRange(lower: key(100), upper: key(900)), expecting: 800) }
        try store.write { try $0.put(key(2000), []) }
        try store.write { try $0.put(key(2001), []) }
        try store.close()
        let byteCount = file.byteCount()
        store = try open(file)
        try store.write { try $0.put(key(2002), []) }
        #expect(file.byteCount() == byteCount)
    }

    @Test func growthIsInSteps() throws {
        let file = try RecordingFile()
        let store = try Store.open(file, options: smallPages())
        for round in 0..<50 { try store.write { try $0.put(key(round), filler(60, seed: round)) } }
        // Most commits write where something, if only zeros, was written before.
        let growing = file.steps.indices.count { index in
            guard case .write(let offset, let bytes) = file.steps[index], bytes.allSatisfy({ $0 == 0 }) else { return false }
            return offset > 0
        }
        #expect(growing > 0 && growing < 20)
    }

    @Test func bitmapsAgreeWithSets() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var bitmap = PageBitmap()
            var model: Set<UInt64> = []
            for _ in 0..<30 {
                let start = UInt64(random.below(300))
                let count = UInt64(random.below(100) + 1)
                if random.below(2) == 0 {
                    bitmap.insert(PageRun(start, count))
                    model.formUnion(start..<start + count)
                } else {
                    bitmap.remove(PageRun(start, count))
                    model.subtract(start..<start + count)
                }
                if random.below(4) == 0 { bitmap.skipEmptyWords() }
            }
            #expect(bitmap.count == PageCount(model.count))
            var listed: [UInt64] = []
            bitmap.forEachRun { listed += $0.pages.map(\.rawValue) }
            #expect(listed == model.sorted())
            let from = UInt64(random.below(400))
            let to = from + UInt64(random.below(200))
            let first = model.filter { $0 >= from && $0 < to }.min()
            #expect(bitmap.run(from: PageNumber(rawValue: from), to: PageNumber(rawValue: to))?.start.rawValue == first)
        }
    }

    /// Single free pages however many, and a value that needs five in a row: it isn't looked for among them one by one, nor every time.
    @Test func aLongRunIsFoundAmongManyShortOnes() throws {
        func looks(singles: UInt64) throws -> Int {
            var space = FreeSpace(highWater: PageNumber(rawValue: 2 * singles + 100))
            let none = ProtectedStates([])
            space.absorb((1...singles).map { FreedRun(run: PageRun(2 * $0, 1), birth: 1, freed: 2) }, protected: none)
            _ = try space.allocateRun(5, path: "")
            let before = space.free.lookCount
            for number: UInt64 in 0..<100 {
                // Between two values other pages become free, as each flush frees some.
                let page = 2 * (number * 97 % singles) + 3
                space.absorb([FreedRun(run: PageRun(page, 1), birth: 1, freed: 2)], protected: none)
                _ = try space.allocateRun(5, path: "")
                _ = try space.allocate(10, isCrowded: false, path: "")
            }
            return space.free.lookCount - before
        }
        let few = try looks(singles: 10_000)
        let many = try looks(singles: 1_000_000)
        // A look for each 4,096 pages of the file, and words where something has changed.
        #expect(many < 100 * (3 * 2_000_000 / 4096 + 64 * 40))
        #expect(many < few * 20, "\(few) and \(many)")
    }

    /// The first run of so many pages, found in whatever way, is the one that a look at each run finds.
    @Test func longRunsAgreeWithAllRuns() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<60 {
            var bitmap = PageBitmap()
            for _ in 0..<random.below(60) + 1 {
                let run = PageRun(UInt64(random.below(30_000)), UInt64(random.below(random.below(4) == 0 ? 9000 : 70) + 1))
                if random.below(3) > 0 { bitmap.insert(run) } else { bitmap.remove(run) }
                if random.below(4) == 0 { bitmap.skipEmptyWords() }
                let start = PageNumber(rawValue: UInt64(random.below(40_000)))
                let end = random.below(2) == 0 ? PageNumber.limit : start + PageCount(random.below(20_000))
                let count = PageCount(random.below(random.below(3) == 0 ? 9000 : 80) + 1)
                var expected: PageRun?
                var page = start
                while expected == nil, let run = bitmap.run(from: page, to: end) {
                    if run.count >= count { expected = run }
                    page = run.end
                }
                #expect(bitmap.run(from: start, atLeast: count, to: end) == expected, "\(start) \(end) \(count)")
            }
        }
    }

    @Test func logEntriesComeBack() {
        let entries: [SpaceLog.Entry] = [
            .free(PageRun(start: 2, count: 1)),
            .freed(FreedRun(run: PageRun(1 << 40, 1 << 31), birth: 5, freed: TransactionID(rawValue: 1 << 47))),
            .take(PageRun(start: 77, count: 3)), .walked(12),
            .cut(
                CutSubtree(
                    reference: PageReference(page: 9, birth: 8, size: 7 | PageReference.overflowBit, checksum: .max), level: 3, freed: 11)),
        ]
        var bytes: [UInt8] = []
        for entry in entries { entry.encode(to: &bytes) }
        #expect(SpaceLog.Entry.decode(bytes) == entries)
        #expect(SpaceLog.pages(of: bytes, capacity: 512).count == 1)
        #expect(SpaceLog.Entry.decode(Array(bytes.dropLast())) == nil)
        #expect(SpaceLog.Entry.decode([9]) == nil)
        // A run longer than an entry can say.
        bytes = []
        SpaceLog.Entry.free(PageRun(2, 1 << 33)).encode(to: &bytes)
        let parts = SpaceLog.Entry.decode(bytes) ?? []
        #expect(parts.reduce(0) { $0 + ($1.run?.count.rawValue ?? 0) } == 1 << 33)
    }

    /// Who opens a file to look at it has no writer to ask: the file's own log tells of free pages and of what holds others.
    @Test func aReadOnlyOpeningKnowsTheFreePages() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try store.write { for number in 0..<500 { try $0.put(key(number), filler(60, seed: number)) } }
        try store.write { try $0.delete(KeyRange(lower: key(100), upper: key(200)), expecting: 100) }
        let elsewhere = try Store.open(file, options: readOnly())
        let held = try elsewhere.snapshot()
        for round in 0..<4 { try store.write { try $0.put(key(400), filler(60, seed: round)) } }
        let known = try store.statistics()
        let looking = try Store.open(file, options: readOnly())
        let seen = try looking.statistics()
        // What only the state before held the writer will release with its next flush.
        #expect(seen.freePages + seen.pinnedPages == known.freePages + known.pinnedPages && seen.cutSubtrees == known.cutSubtrees)
        #expect(seen.freePages > 0 && seen.pinnedPages > 0)
        #expect(seen.pins.map(\.holder) == [.otherProcess] && seen.pins[0].transaction == held.transaction)
        #expect(try elsewhere.statistics().pins.map(\.holder) == [.snapshot])
        let report = try looking.check()
        #expect(report.isClean && report.freePages >= seen.freePages + seen.pinnedPages)
    }
}
