import TestSupport
import Testing

@testable import BTreeStore

/// An old primary whose standby was promoted: it tells what it alone has, and takes the other one's contents.
@Suite struct ComingBackTests {
    /// Two files that part at a position and both go on: whatever the old one has changed is told, and then their contents are equal, and it
    /// follows.
    @Test(arguments: 0..<4) func whatTheOldFileAloneHasIsTold(run: Int) throws {
        var generator = SeededGenerator(seed: DeltaTests.seed &* 4 &+ UInt64(run))
        let deltas = DeltaTests()
        for round in 0..<12 {
            let place: Comment = "seed \(DeltaTests.seed), run \(run), round \(round)"
            let old = try DeltaTests.Opened(
                smallPages([512, 512, 4096, 1024][run], dirtyByteLimit: run == 1 ? 16 << 10 : 64 << 20, journal: run != 1))
            let new = try DeltaTests.Opened(smallPages([1024, 512, 512, 4096][run], journal: run % 2 == 0))
            let keys = 100 + generator.below(900)
            for _ in 0..<1 + generator.below(12) { try deltas.change(old, keys, &generator) }
            try deltas.transfer(old.store, new.store)
            let common = try new.store.documents()
            try new.store.promote()
            let origin = try #require(try new.store.origins().first, place)
            #expect(try origin == old.store.position(), place)
            for _ in 0..<generator.below(8) { try deltas.change(old, keys, &generator) }
            for _ in 0..<generator.below(8) { try deltas.change(new, keys, &generator) }
            if generator.below(2) == 0 { try old.reopen() }
            let (own, names) = (try old.store.documents(), try old.store.states().map(\.name))

            var receiver = try DeltaReceiver(old.store, replacing: true)
            let records = try receiver.records(since: origin)
            var told: [[UInt8]: [UInt8]] = [:]
            while let (key, value) = try records.next() { told[key] = value.copy() }
            for (key, value) in own where common[key] != value { #expect(told[key] == value, place) }
            for (key, value) in told { #expect(own[key] == value, place) }
            let delta = try new.store.deltaBytes(since: nil)
            try receiver.append(delta.span)
            let applied = try receiver.commit()
            #expect(try applied == new.store.position(), place)
            #expect(try old.store.documents() == new.store.documents(), place)
            #expect(try old.store.states().map(\.name) == names, place)
            try old.store.expectSound()

            for _ in 0..<3 { try deltas.change(new, keys, &generator) }
            try deltas.transfer(new.store, old.store)
            #expect(try old.store.documents() == new.store.documents(), place)
        }
    }

    private struct Fork {
        /// The old file at rest.
        let image: [UInt8]
        let own: [[UInt8]: [UInt8]]
        let new: Store
        let origin: StatePosition
        let delta: [UInt8]
    }

    private func fork() throws -> Fork {
        let file = try RecordingFile()
        let old = try Store.open(file, options: smallPages(journal: true))
        try old.write { for number in 0..<120 { try $0.put(key(number), filler(40, seed: number)) } }
        let new = try Store.open(MemoryFile(isVolatile: false), options: smallPages(journal: true))
        try DeltaTests().transfer(old, new)
        try new.promote()
        let origin = try #require(try new.origins().first)
        try old.write { for number in 50..<60 { try $0.put(key(number), [1]) } }
        try new.write {
            for number in 90..<140 { try $0.put(key(number), [2]) }
            _ = try $0.delete(KeyRange(lower: key(10), upper: key(20)))
        }
        let own = try old.documents()
        try old.close()
        let image = try readBytes(file, at: 0, count: Int(file.byteCount()))
        return Fork(image: image, own: own, new: new, origin: origin, delta: try new.deltaBytes(since: nil))
    }

    /// - Parameter ranges: whether only what differs is asked for.
    private func comeBack(_ store: Store, _ fork: Fork, ranges: Bool) throws {
        var receiver = try DeltaReceiver(store, replacing: true)
        let records = try receiver.records(since: fork.origin)
        if ranges {
            while try records.next() != nil {}
            receiver.ask(DeltaRequest(since: fork.origin, ranges: records.ranges, empty: records.empty))
            let delta = try fork.new.deltaBytes(since: fork.origin, wanted: records.ranges)
            try receiver.append(delta.span)
        } else {
            try receiver.append(fork.delta.span)
        }
        _ = try receiver.commit()
    }

    /// Of what a crash leaves, either nothing was replaced, and it can be begun again, or all was.
    @Test(arguments: [false, true]) func aCrashLeavesTheOldFileOrTheNewOne(ranges: Bool) throws {
        let fork = try fork()
        let theirs = try fork.new.documents()
        let file = try RecordingFile(fork.image)
        try comeBack(try Store.open(file, options: smallPages(journal: true)), fork, ranges: ranges)
        var random = SeededGenerator(seed: DeltaTests.seed)
        var images = CrashImages(fork.image)
        var (oldOnes, newOnes) = (0, 0)
        for step in file.steps {
            images.apply(step)
            for image in images.images(limit: 8, &random) {
                let store = try Store.open(try RecordingFile(image), options: smallPages(journal: true))
                if try store.appliedPosition() == nil {
                    oldOnes += 1
                    #expect(try store.documents() == fork.own)
                    try comeBack(store, fork, ranges: ranges)
                } else {
                    newOnes += 1
                }
                #expect(try store.documents() == theirs)
                try store.expectSound()
            }
        }
        #expect(oldOnes > 0 && newOnes > 0)
    }

    /// A disk that refuses any of the writes, or is full, leaves the file as it was; or as the other one, if the last one failed late.
    @Test(arguments: [false, true]) func aDiskThatRefuses(ranges: Bool) throws {
        let fork = try fork()
        let theirs = try fork.new.documents()
        var refusals = 0
        for count in 0..<60 {
            let file = try RecordingFile(fork.image)
            let store = try Store.open(file, options: smallPages(journal: true))
            file.refuse(after: count, with: .diskFull(path: "recorded"), partByteCount: count % 3 * 200)
            let isThrough = (try? comeBack(store, fork, ranges: ranges)) != nil
            try? store.close()
            file.allowAll()
            let again = try Store.open(file, options: smallPages(journal: true))
            let isNew = try again.appliedPosition() != nil
            #expect(try again.documents() == (isNew ? theirs : fork.own))
            #expect(isNew || !isThrough)
            if !isThrough { refusals += 1 }
        }
        #expect(refusals > 0)
        let file = try RecordingFile(fork.image)
        let store = try Store.open(file, options: smallPages(journal: true))
        file.room = try file.byteCount()
        if (try? comeBack(store, fork, ranges: ranges)) == nil { #expect(try store.documents() == fork.own) }
    }

    /// Positions that did not lead to what the file has, and files that nobody has asked to be replaced.
    @Test func whatDoesNotFitIsRefused() throws {
        let fork = try fork()
        let store = try Store.open(try RecordingFile(fork.image), options: smallPages(journal: true))
        var wrong = [fork.origin, fork.origin, fork.origin, try fork.new.position()]
        wrong[0].salt ^= 1
        wrong[1].transaction = TransactionID(rawValue: fork.origin.transaction.rawValue + 1000)
        wrong[2].opening += 5
        for position in wrong {
            expectError {
                _ = try DeltaReceiver(store, replacing: true).records(since: position)
            } matches: {
                if case .positionUnknown = $0 { true } else { false }
            }
        }
        expectError {
            var receiver = try DeltaReceiver(store)
            try receiver.append(fork.delta.span)
        } matches: {
            if case .deltaRefused = $0 { true } else { false }
        }
        #expect(try store.documents() == fork.own)
    }

    /// The last few partings are kept, and none once the contents are another file's.
    @Test func partingsAreKeptForAWhile() throws {
        let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages(journal: true))
        try store.write { try $0.put(key(1), [1]) }
        var position = try Store.open(MemoryFile(isVolatile: false), options: smallPages()).position()
        for number in 1...12 {
            position.transaction = TransactionID(rawValue: UInt64(number))
            try store.noteCopy(of: position)
            #expect(try store.origins().isEmpty)
            try store.promote()
            #expect(try store.origins().first == position)
        }
        #expect(try store.origins().map(\.transaction.rawValue) == [12, 11, 10, 9, 8, 7, 6, 5])
        try comeBackWithoutText(store, of: try fork().delta)
        #expect(try store.origins().isEmpty)
        try store.promote()
        #expect(try store.origins().count == 1)
    }

    private func comeBackWithoutText(_ store: Store, of delta: [UInt8]) throws {
        var receiver = try DeltaReceiver(store, replacing: true)
        try receiver.append(delta.span)
        _ = try receiver.commit()
    }
}
