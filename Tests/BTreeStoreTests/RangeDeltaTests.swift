import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Deltas for a file that has other contents than at the position, within ranges: what differs comes, and little else.
@Suite struct RangeDeltaTests {
    /// Two plain files, two encrypted ones, and a plain one that comes back to an encrypted one.
    private static let kinds = [(false, false), (true, true), (false, true)]

    private func opened(_ number: UInt8, isEncrypted: Bool, pageSize: Int = 512, journal: Bool = false) throws -> DeltaTests.Opened {
        try DeltaTests.Opened(isEncrypted ? encrypted(testKey(number), journal: journal) : smallPages(pageSize, journal: journal))
    }

    private struct Came {
        /// What the old file told of itself before it was replaced.
        var told: [[UInt8]: [UInt8]] = [:]
        var byteCount = 0
        var questions = 0
    }

    /// - Parameter spoil: changes what is asked for.
    private func comeBack(
        _ old: Store, _ new: Store, behind origin: StatePosition, spoil: (KeyRanges) -> KeyRanges = { $0 }
    ) throws -> Came {
        var came = Came()
        var receiver = try DeltaReceiver(old, replacing: true)
        let records = try receiver.records(since: origin)
        while let (key, value) = try records.next() { came.told[key] = value.copy() }
        var request: DeltaRequest? = DeltaRequest(since: origin, ranges: spoil(records.ranges), empty: records.empty)
        while let asked = request {
            receiver.ask(asked)
            let ranges = try #require(KeyRanges(asked.ranges.bytes.bytes))
            let delta = try new.deltaBytes(since: asked.since, wanted: ranges)
            came.byteCount += delta.count
            came.questions += 1
            try receiver.append(delta.span)
            request = receiver.lacking
        }
        let applied = try receiver.commit()
        #expect(try applied == new.position())
        return came
    }

    /// Two files that part and both go on. What differs is told and comes; then the contents are equal, and the old one follows.
    @Test(arguments: 0..<6) func oldPrimariesComeBackByWhatDiffers(run: Int) throws {
        var generator = SeededGenerator(seed: DeltaTests.seed &* 8 &+ UInt64(run))
        let deltas = DeltaTests()
        for round in 0..<12 {
            let place: Comment = "seed \(DeltaTests.seed), run \(run), round \(round)"
            let kind = Self.kinds[run % 3]
            let old = try opened(1, isEncrypted: kind.0, pageSize: [512, 1024][run / 3], journal: round % 2 == 0)
            let new = try opened(2, isEncrypted: kind.1, pageSize: [1024, 512][run / 3], journal: round % 3 == 0)
            let keys = 100 + generator.below(900)
            for _ in 0..<1 + generator.below(12) { try deltas.change(old, keys, &generator) }
            try deltas.transfer(old.store, new.store)
            let common = try new.store.documents()
            try new.store.promote()
            let origin = try #require(try new.store.origins().first, place)
            for _ in 0..<generator.below(8) { try deltas.change(old, keys, &generator) }
            for _ in 0..<generator.below(8) { try deltas.change(new, keys, &generator) }
            if generator.below(2) == 0 { try old.reopen() }
            if generator.below(2) == 0 { try new.reopen() }
            let own = try old.store.documents()
            let came = try comeBack(old.store, new.store, behind: origin)
            for (key, value) in own where common[key] != value { #expect(came.told[key] == value, place) }
            for (key, value) in came.told { #expect(own[key] == value, place) }
            #expect(came.questions <= 2, place)
            #expect(try old.store.documents() == new.store.documents(), place)
            #expect(try old.store.origins().isEmpty, place)
            try old.store.expectSound()
            for _ in 0..<3 { try deltas.change(new, keys, &generator) }
            try deltas.transfer(new.store, old.store)
            #expect(try old.store.documents() == new.store.documents(), place)
        }
    }

    /// Two files of the same 3,000 records that have parted, of which no page waits to be written.
    private func parted() throws -> (old: Store, new: Store, origin: StatePosition) {
        let old = try opened(1, isEncrypted: false).store
        let new = try opened(2, isEncrypted: false, pageSize: 1024).store
        try old.write { for number in 0..<3000 { try $0.put(key(number), filler(60, seed: number)) } }
        try DeltaTests().transfer(old, new)
        try new.promote()
        return (old, new, try #require(try new.origins().first))
    }

    @Test func whatComesIsAsMuchAsHasChanged() throws {
        let (old, new, origin) = try parted()
        let whole = try new.deltaBytes(since: nil).count
        try old.write { try $0.put(key(700), filler(60, seed: 1)) }
        try new.write { try $0.put(key(2100), filler(60, seed: 2)) }
        let came = try comeBack(old, new, behind: origin)
        #expect(came.byteCount * 10 < whole, "\(came.byteCount) of \(whole) bytes")
        #expect(came.told.count < 20)
        #expect(try old.documents() == new.documents())
    }

    /// A large value that stands beside a record that has changed does not come with it.
    @Test func whatStandsBesideStaysWhereItIs() throws {
        let (old, new) = (try opened(1, isEncrypted: false).store, try opened(2, isEncrypted: false).store)
        try old.write {
            // Beside what is of the file alone, which changes with the promotion.
            for number in 0..<60 { try $0.put(key(number, prefix: "a:"), filler(40, seed: number)) }
            for number in 0..<40 { try $0.put(key(number), filler(20_000, seed: number)) }
        }
        try DeltaTests().transfer(old, new)
        try new.promote()
        let origin = try #require(try new.origins().first)
        #expect(try new.deltaBytes(since: origin, wanted: .all).count > 800_000)
        var ranges = KeyRanges()
        ranges.append(key(17), key(18), behind: 0)
        let delta = try new.deltaBytes(since: origin, wanted: ranges)
        #expect(delta.count > 20_000 && delta.count < 80_000, "\(delta.count) bytes")
    }

    /// Of a leaf that is gone with all its records nothing but the branch tells. The old file finds by counting that it lacks some.
    @Test func leavesThatAreGone() throws {
        var questions: Set<Int> = []
        for number in 0..<20 {
            let (old, new, origin) = try parted()
            let whole = try new.deltaBytes(since: nil).count
            let (first, last) = try leaf(number * 11 + 3, of: old)
            try old.write { _ = try $0.delete(KeyRange(lower: first, upper: last, upperInclusive: true)) }
            if number % 2 == 0 { try new.write { try $0.put(key(2999), [1]) } }
            let came = try comeBack(old, new, behind: origin)
            questions.insert(came.questions)
            #expect(came.byteCount * 10 < whole, "\(came.byteCount) of \(whole) bytes")
            #expect(try old.documents() == new.documents())
            try old.expectSound()
        }
        #expect(questions.contains(2))
    }

    /// The first and last key of a leaf, by its number.
    private func leaf(_ number: Int, of store: Store) throws -> (first: [UInt8], last: [UInt8]) {
        let view = try store.snapshot().view
        var pages = [try view.reader.page(view.root.reference, level: view.root.level)]
        for level in stride(from: view.root.level, to: 0, by: -1) {
            pages = try pages.flatMap { page in
                try (0..<page.count).map { try view.reader.page(page.child($0), level: level - 1) }
            }
        }
        let leaf = pages[number]
        return (leaf.key(0), leaf.key(leaf.count - 1))
    }

    /// A range that is left out leaves something that differs: counts tell of it, and digests where counts are equal.
    @Test(arguments: [true, false]) func whatIsNotAskedForIsFoundOut(isNew: Bool) throws {
        // Not the first leaf, which is new in both, as what is of a file alone stands there.
        for round in 1..<8 {
            let (old, new, origin) = try parted()
            try old.write { try $0.put(isNew ? key(round * 100) + [1] : key(round * 100), [7]) }
            let before = try old.documents()
            #expect(throws: StoreError.self) {
                _ = try comeBack(old, new, behind: origin) { _ in KeyRanges() }
            }
            #expect(try old.documents() == before)
            #expect(try old.appliedPosition() == nil)
            _ = try comeBack(old, new, behind: origin)
            #expect(try old.documents() == new.documents())
        }
    }

    /// What was made for a file with other contents fits no standby, and what was made for a standby does not fit that file.
    @Test func anAnswerFitsWhoHasAskedAlone() throws {
        let (old, new, origin) = try parted()
        let standby = try opened(3, isEncrypted: false).store
        try DeltaTests().transfer(old, standby)
        #expect(try standby.appliedPosition() == origin)
        try old.write { try $0.put(key(5), [1]) }
        let ofRanges = try new.deltaBytes(since: origin, wanted: .all)
        let plain = try new.deltaBytes(since: origin)
        func expectRefusal(_ body: () throws -> Void) {
            expectError(body) { if case .deltaRefused = $0 { true } else { false } }
        }
        expectRefusal {
            var receiver = try DeltaReceiver(standby)
            try receiver.append(ofRanges.span)
        }
        for delta in [plain, ofRanges] {
            expectRefusal {
                var receiver = try DeltaReceiver(old, replacing: true)
                try receiver.append(delta.span)
            }
        }
        expectRefusal {
            var receiver = try DeltaReceiver(old, replacing: true)
            receiver.ask(DeltaRequest(since: origin, ranges: .all))
            try receiver.append(plain.span)
        }
        expectRefusal {
            var receiver = try DeltaReceiver(old, replacing: true)
            receiver.ask(DeltaRequest(since: try new.position(), ranges: .all))
            try receiver.append(ofRanges.span)
        }
        // A standby that has what the new one has, when that left, goes on by what has changed since.
        try new.write { try $0.put(key(9), [9]) }
        try DeltaTests().transfer(new, standby)
        #expect(try standby.documents() == new.documents())
        var unknown = origin
        unknown.transaction = unknown.transaction.preceding
        expectError {
            _ = try new.delta(since: unknown, wanted: .all)
        } matches: {
            if case .positionUnknown = $0 { true } else { false }
        }
    }

    /// Files that share no position: equal wherever they were not told to differ, and then following.
    @Test(arguments: 0..<3) func filesThatWereCompared(run: Int) throws {
        var generator = SeededGenerator(seed: DeltaTests.seed &* 8 &+ UInt64(run) &+ 100)
        let deltas = DeltaTests()
        let kind = Self.kinds[run]
        for round in 0..<12 {
            let place: Comment = "seed \(DeltaTests.seed), run \(run), round \(round)"
            let (own, other) = (try opened(1, isEncrypted: kind.0), try opened(2, isEncrypted: kind.1, pageSize: 1024, journal: true))
            let keys = 100 + generator.below(500)
            // Some have a past in common, as a copy of an older state has; one may be empty.
            if round % 3 == 0 {
                for _ in 0..<6 { try deltas.change(own, keys, &generator) }
                try deltas.transfer(own.store, other.store)
                try other.store.promote()
            }
            for _ in 0..<round % 4 { try deltas.change(own, keys, &generator) }
            for _ in 0..<(round + 1) % 4 { try deltas.change(other, keys, &generator) }
            let since = try other.store.position()
            let (mine, theirs) = (try own.store.documents(), try other.store.documents())
            let ranges = differences(mine, theirs, &generator)
            // What is written after the comparison comes as well.
            for _ in 0..<generator.below(3) { try deltas.change(other, keys, &generator) }

            var receiver = try DeltaReceiver(own.store, replacing: true)
            let records = try receiver.records(within: ranges)
            var told: [[UInt8]: [UInt8]] = [:]
            while let (key, value) = try records.next() { told[key] = value.copy() }
            #expect(told == mine.filter { ranges.contain($0.key) }, place)
            for (key, value) in mine where theirs[key] != value { #expect(told[key] == value, place) }
            receiver.ask(DeltaRequest(since: since, ranges: ranges))
            let delta = try other.store.deltaBytes(since: since, wanted: ranges)
            try receiver.append(delta.span)
            #expect(receiver.lacking == nil, place)
            _ = try receiver.commit()
            #expect(try own.store.documents() == other.store.documents(), place)
            try own.store.expectSound()
            try deltas.change(other, keys, &generator)
            try deltas.transfer(other.store, own.store)
            #expect(try own.store.documents() == other.store.documents(), place)
        }
    }

    /// Ranges around all that differs, some longer than need be.
    private func differences(
        _ left: [[UInt8]: [UInt8]], _ right: [[UInt8]: [UInt8]], _ generator: inout SeededGenerator
    ) -> KeyRanges {
        var ranges = KeyRanges()
        let keys = Set(left.keys).union(right.keys).sorted { $0.lexicographicallyPrecedes($1) }
        var index = 0
        while index < keys.count {
            if left[keys[index]] == right[keys[index]] {
                index += 1
                continue
            }
            let end = min(keys.count, index + 1 + generator.below(4))
            ranges.append(keys[index], end == keys.count ? nil : keys[end], behind: UInt64(generator.below(10)))
            index = end
        }
        return ranges
    }

    // MARK: Ranges

    /// A list of ranges is what it would be as a set of keys, also as bytes; and none that is longer than its bound loses a key.
    @Test func rangesAreSetsOfKeys() throws {
        var generator = SeededGenerator(seed: DeltaTests.seed)
        for round in 0..<200 {
            var ranges = KeyRanges()
            var wanted: Set<Int> = []
            var place = generator.below(3)
            let limit = round % 2 == 0 ? 1000 : 4
            while place < 200 {
                let end = place + 1 + generator.below(5)
                let isLast = generator.below(30) == 0
                ranges.append(key(place), isLast ? nil : key(end), behind: UInt64(generator.below(50)), atMost: limit)
                wanted.formUnion(place..<(isLast ? 220 : end))
                if isLast { break }
                place = end + generator.below(4)
            }
            #expect(ranges.parts.count < 2 * limit)
            let read = try #require(KeyRanges(ranges.bytes.bytes))
            #expect(read.parts == ranges.parts)
            for number in 0..<220 {
                let isIn = read.contain(key(number))
                #expect(limit == 1000 ? isIn == wanted.contains(number) : isIn || !wanted.contains(number), "round \(round), \(number)")
                let last = number + generator.below(6)
                #expect(
                    read.meet(key(number), key(last)) == !read.meeting(key(number), key(last)).allSatisfy { _ in false },
                    "round \(round), \(number) to \(last)")
                if limit == 1000, last < 220 {
                    #expect(read.meet(key(number), key(last)) == (number...last).contains { wanted.contains($0) })
                }
            }
        }
    }

    @Test func bytesThatAreNoRangesAreRefused() throws {
        var ranges = KeyRanges()
        ranges.append(key(1), key(2), behind: 0)
        ranges.append(key(5), nil, behind: 0)
        let bytes = ranges.bytes.bytes
        #expect(KeyRanges([])?.isEmpty == true)
        #expect(KeyRanges(bytes) != nil)
        for count in 1..<bytes.count { if let read = KeyRanges(Array(bytes[..<count])) { #expect(read.parts == [ranges.parts[0]]) } }
        for wrong in [bytes + bytes, bytes + [0], Array(bytes.dropFirst()), [0, 0, 0xFF, 0xFF], [1, 0, 1, 0, 65], [0, 0, 0xFE, 0xFF]] {
            #expect(KeyRanges(wrong) == nil)
        }
        var generator = SeededGenerator(seed: DeltaTests.seed)
        for _ in 0..<2000 {
            var damaged = bytes
            damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
            guard let read = KeyRanges(damaged) else { continue }
            // Whatever they are, they ascend.
            for (left, right) in zip(read.parts, read.parts.dropFirst()) {
                let end = try #require(left.upper)
                #expect(left.lower.lexicographicallyPrecedes(end) && !right.lower.lexicographicallyPrecedes(end))
            }
        }
    }
}
