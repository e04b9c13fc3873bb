import Ground
import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// What became durable goes to those who follow the file: changes where they are known, else a delta; and commits that wait for them.
@Suite struct ShippingTests {
    private final class Flag: Sendable {
        let isOver = Atomic(false)
        var isSet: Bool { isOver.load(ordering: .acquiring) }
    }

    private enum Kind { case nothing, changes, delta }

    /// Asks once, and applies what is answered.
    private func follow(_ source: Store, _ target: Store) throws -> Kind {
        let since = try target.appliedPosition()
        if let since { source.acknowledge(since, by: "target") }
        var receiver: DeltaReceiver
        let kind: Kind
        switch try source.message(since: since) {
        case .nothing: return .nothing
        case .changes(let bytes, let to, _):
            kind = .changes
            receiver = try DeltaReceiver(target)
            try receiver.append(bytes.span)
            #expect(try receiver.commit() == to)
        case .delta(let writer):
            kind = .delta
            receiver = try DeltaReceiver(target)
            var hasMore = true
            while hasMore {
                var bytes = ByteBuffer()
                hasMore = try writer.write(into: &bytes)
                try receiver.append(bytes.span)
            }
            #expect(try receiver.commit() == writer.to)
        }
        return kind
    }

    /// Until there is nothing newer.
    private func catchUp(_ source: Store, _ target: Store) throws -> Set<Kind> {
        var kinds: Set<Kind> = []
        while case let kind = try follow(source, target), kind != .nothing { kinds.insert(kind) }
        return kinds
    }

    /// - Parameter keys: of the file that is followed, and of the one that follows; nil: it is a plain one.
    private func pair(_ keys: (EncryptionKey?, EncryptionKey?) = (nil, nil)) throws -> (Store, Store, MemoryFile) {
        let file = try MemoryFile(isVolatile: false)
        return (
            try Store.open(file, options: keys.0.map { encrypted($0) } ?? smallPages(4096, journal: true)),
            try Store.open(MemoryFile(isVolatile: false), options: keys.1.map { encrypted($0) } ?? smallPages(journal: true)), file
        )
    }

    @Test(arguments: [(false, false), (true, true), (true, false)])
    func smallCommitsAreSentAsTheyAreAndLargeOnesAsADelta(isSourceEncrypted: Bool, isTargetEncrypted: Bool) throws {
        let (source, target, _) = try pair(
            (try isSourceEncrypted ? testKey() : nil, try isTargetEncrypted ? testKey(2, name: "other") : nil))
        try source.write { for number in 0..<2000 { try $0.put(key(number), filler(40, seed: number)) } }
        #expect(try catchUp(source, target) == [.delta])
        var generator = SeededGenerator(seed: 7)
        // A flush of pages that comes because the journal is full has changes that nobody noted.
        var deltas = 0
        for round in 0..<200 {
            for _ in 0..<1 + generator.below(4) {
                try source.write(generator.below(4) == 0 ? .none : .hard) { transaction in
                    for _ in 0..<generator.below(20) {
                        let number = generator.below(3000)
                        switch generator.below(6) {
                        case 0: _ = try transaction.delete(key(number))
                        case 1 where round % 20 == 0: _ = try transaction.delete(KeyRange(lower: key(number), upper: key(number + 50)))
                        default: try transaction.put(key(number), filler(generator.below(80), seed: generator.below(100)))
                        }
                    }
                }
            }
            if round % 50 == 49 { try source.createState("s\(round)") }
            try source.sync()
            let kinds = try catchUp(source, target)
            if kinds.contains(.delta) { deltas += 1 }
            #expect(try source.documents() == target.documents(), "round \(round)")
        }
        #expect(deltas < 40)
        try source.write { for number in 0..<30_000 { try $0.put(key(number), filler(100, seed: number)) } }
        #expect(try catchUp(source, target).contains(.delta))
        try source.write { try $0.put(key(1), [1]) }
        #expect(try catchUp(source, target) == [.changes])
        #expect(try source.documents() == target.documents())
        #expect(try target.states().isEmpty)
        try target.expectSound()
    }

    /// What is applied and not durable is not told.
    @Test func nothingIsToldBeforeItIsDurable() throws {
        let (source, target, file) = try pair()
        try source.write { try $0.put(key(1), [1]) }
        _ = try catchUp(source, target)
        try source.write(.none) { try $0.put(key(1), [2]) }
        #expect(try follow(source, target) == .nothing)
        try source.sync()
        #expect(try follow(source, target) == .changes)
        #expect(try target.snapshot().get(key(1))?.copy() == [2])
        // Another opening knows the position, and leads on from it.
        try source.close()
        let again = try Store.open(file, options: smallPages(4096, journal: true))
        try again.write { try $0.put(key(1), [3]) }
        #expect(try catchUp(again, target) == [.delta])
        #expect(try target.snapshot().get(key(1))?.copy() == [3])
        try again.write { try $0.put(key(1), [4]) }
        #expect(try catchUp(again, target) == [.changes])
    }

    @Test func aHardCommitWaitsForAStandby() throws {
        let (source, target, _) = try pair()
        try source.write { try $0.put(key(1), [1]) }
        _ = try catchUp(source, target)
        source.requireStandbys(1, patience: nil)
        let flag = Flag()
        let thread = try SystemThread {
            try? source.write { try $0.put(key(1), [2]) }
            flag.isOver.store(true, ordering: .releasing)
        }
        // It is on this disk, and can be read, and has not returned.
        while try follow(source, target) != .changes { #expect(!flag.isSet) }
        #expect(!flag.isSet)
        #expect(try follow(source, target) == .nothing)
        thread.join()
        #expect(flag.isSet)
        // A wait in vain ends, and there is no other until the standby is back.
        source.requireStandbys(1, patience: .milliseconds(20))
        try source.write { try $0.put(key(1), [3]) }
        #expect(source.shippingReport.isDegraded)
        try source.write { try $0.put(key(1), [4]) }
        _ = try catchUp(source, target)
        #expect(!source.shippingReport.isDegraded)
        #expect(source.shippingReport.followers.map(\.name) == ["target"])
    }

    /// What a standby needs before it can follow is on this disk without one.
    @Test func aSyncWithoutStandbysWaitsForNone() throws {
        let (source, _, _) = try pair()
        try source.write { try $0.put(key(1), [1]) }
        source.requireStandbys(1, patience: .seconds(20))
        let durable = source.shippingReport.newest
        let begun = MonotonicTime.now
        try source.write(.none) { try $0.put(key(1), [2]) }
        #expect(source.shippingReport.newest == durable)
        try source.sync(waitsForStandbys: false)
        #expect(source.shippingReport.newest > durable)
        #expect(MonotonicTime.now - begun < .seconds(15))
        source.requireStandbys(1, patience: .milliseconds(50))
        let again = MonotonicTime.now
        try source.sync()
        #expect(MonotonicTime.now - again >= .milliseconds(50))
    }

    /// Without an end to the wait, too.
    @Test func commitsWithoutTheirStandbysAreDegraded() throws {
        let (source, target, _) = try pair()
        try source.write { try $0.put(key(1), [1]) }
        #expect(!source.shippingReport.isDegraded)
        source.requireStandbys(1, patience: nil)
        #expect(source.shippingReport.isDegraded)
        _ = try catchUp(source, target)
        #expect(!source.shippingReport.isDegraded)
        source.requireStandbys(2, patience: nil)
        #expect(source.shippingReport.isDegraded)
    }

    /// Commits that have ceased to wait begin again though something is written all the time, so that no standby ever has everything.
    @Test func commitsWaitAgainBesideSteadyWrites() throws {
        let (source, target, _) = try pair()
        try source.write { try $0.put(key(1), [1]) }
        _ = try catchUp(source, target)
        source.requireStandbys(1, patience: .milliseconds(20))
        try source.write { try $0.put(key(1), [2]) }
        #expect(source.shippingReport.isDegraded)
        // Each time it asks there is more.
        for number in 0..<3 {
            _ = try follow(source, target)
            try source.write(.none) { try $0.put(key(number), [3]) }
            try source.sync(waitsForStandbys: false)
        }
        let position = try #require(try target.appliedPosition())
        #expect(position.transaction < source.shippingReport.newest)
        #expect(!source.shippingReport.isDegraded)
    }

    /// One that follows a standby goes on when that is promoted, and when it is opened again.
    @Test func whoFollowsAStandbyFollowsWhatBecomesOfIt() throws {
        let (source, _, _) = try pair()
        let file = try MemoryFile(isVolatile: false)
        let target = try Store.open(file, options: smallPages(4096, journal: true))
        let third = try Store.open(MemoryFile(isVolatile: false), options: smallPages(journal: true))
        for number in 0..<20 {
            try source.write { try $0.put(key(number), [1]) }
            _ = try catchUp(source, target)
            _ = try catchUp(target, third)
        }
        let before = try #require(try third.appliedPosition())
        try target.promote()
        for number in 0..<20 {
            try target.write { try $0.put(key(number), [2]) }
            _ = try catchUp(target, third)
        }
        let after = try #require(try third.appliedPosition())
        #expect(after.opening == target.opening && after.opening > before.opening)
        try target.close()
        let opened = try Store.open(file, options: smallPages(4096, journal: true))
        try opened.write { try $0.put(key(5), [3]) }
        _ = try catchUp(opened, third)
        #expect(try third.snapshot().get(key(5).span)?.copy() == [3])
    }

    /// What is handed out at a time is no longer than some megabytes, and it is said whether that was all.
    @Test func aPartOfWhatThereIsIsToldAsSuch() {
        var position = TransactionID(rawValue: 10)
        let shipping = Shipping(newest: position)
        shipping.begin(opening: 1, salt: 2)
        for number in 11...20 { shipping.add(TransactionID(rawValue: UInt64(number)), [UInt8](repeating: 0, count: 1 << 20)) }
        var parts: [Bool] = []
        while case .changes(_, let to, let isAll) = shipping.take(since: position, opening: 1, salt: 2) {
            parts.append(isAll)
            position = to
        }
        #expect(parts == [false, false, true])
        #expect(position == TransactionID(rawValue: 20))
    }

    /// Standbys that are made again and again are others each time: those that are gone are forgotten, and who is there is not.
    @Test func whoIsGoneForLongIsForgotten() {
        let shipping = Shipping(newest: TransactionID(rawValue: 10), departure: .milliseconds(500))
        shipping.begin(opening: 1, salt: 2)
        for number in 0..<5 { shipping.acknowledge("gone \(number)", TransactionID(rawValue: 10), opening: 1, salt: 2) }
        #expect(shipping.report.followers.count == 5)
        Monitored(()).wait(until: .now + .milliseconds(600)) { _ in Never?.none }
        shipping.acknowledge("here", TransactionID(rawValue: 10), opening: 1, salt: 2)
        #expect(shipping.report.followers.map(\.name) == ["here"])
    }

    /// A copy of the file that went its own way may be at an opening of the same number: what it has is not what is written here.
    @Test func aStandbyOfAnotherHistoryAcknowledgesNothing() throws {
        let (source, target, _) = try pair()
        try source.write { try $0.put(key(1), [1]) }
        _ = try catchUp(source, target)
        var position = try #require(try target.appliedPosition())
        position.salt ^= 1
        position.transaction = TransactionID(rawValue: position.transaction.rawValue + 1000)
        source.acknowledge(position, by: "other")
        #expect(throws: StoreError.self) { _ = try source.message(since: position) }
        #expect(source.shippingReport.followers.map(\.name) == ["target"])
        // Neither does one that is ahead.
        position.salt ^= 1
        source.acknowledge(position, by: "other")
        #expect(throws: StoreError.self) { _ = try source.message(since: position) }
        #expect(source.shippingReport.followers.map(\.name) == ["target"])
    }

    /// A disk without room leaves a standby what it is: it goes on following, and is promoted once there is room.
    @Test func aPromotionThatFailsLeavesAStandby() throws {
        let (source, _, _) = try pair()
        let file = try RecordingFile()
        let target = try Store.open(file, options: smallPages(journal: true))
        let third = try Store.open(MemoryFile(isVolatile: false), options: smallPages(journal: true))
        try source.write { for number in 0..<300 { try $0.put(key(number), filler(60, seed: 1)) } }
        _ = try catchUp(source, target)
        _ = try catchUp(target, third)
        file.room = try file.byteCount()
        // Nothing that these see becomes free.
        var held: [Snapshot] = []
        var isFull = false
        while !isFull, held.count < 2000 {
            held.append(try target.snapshot())
            try source.write { try $0.put(key(held.count), filler(400, seed: held.count)) }
            do { _ = try catchUp(source, target) } catch { isFull = true }
        }
        #expect(isFull)
        let before = try #require(try target.appliedPosition())
        for _ in 0..<2 {
            #expect(throws: StoreError.self) { try target.promote() }
            #expect(try target.appliedPosition() == before)
        }
        file.room = .max
        held = []
        _ = try catchUp(source, target)
        _ = try catchUp(target, third)
        #expect(try target.documents() == source.documents())
        #expect(try third.documents() == source.documents())
        try target.promote()
        #expect(try target.appliedPosition() == nil && target.opening > source.opening)
        try target.write { try $0.put(key(1), [2]) }
        _ = try catchUp(target, third)
        #expect(try third.documents() == target.documents())
        try target.expectSound()
    }

    /// A standby that is promoted has an opening of its own, above the other file's, and leads others on.
    @Test func promotionRaisesTheOpening() throws {
        let (source, target, file) = try pair()
        try source.write { for number in 0..<100 { try $0.put(key(number), [1]) } }
        var opened = source
        for _ in 0..<5 {
            try opened.close()
            opened = try Store.open(file, options: smallPages(4096, journal: true))
            try opened.write { try $0.put(key(5), [2]) }
        }
        _ = try catchUp(opened, target)
        #expect(target.opening < opened.opening)
        let before = try #require(try target.appliedPosition())
        try target.promote()
        #expect(target.opening == opened.opening + 1)
        #expect(try target.appliedPosition() == nil)
        #expect(try target.position().opening == target.opening)
        try target.write { try $0.put(key(6), [3]) }
        let third = try Store.open(MemoryFile(isVolatile: false), options: smallPages(journal: true))
        #expect(try catchUp(target, third) == [.delta])
        try target.write { try $0.put(key(7), [3]) }
        #expect(try catchUp(target, third) == [.changes])
        #expect(try target.documents() == third.documents())
        // Where the two parted others go on; at no other position of the old file is it known what it had.
        guard case .delta = try target.message(since: before) else {
            Issue.record("nothing is told from where the two parted")
            return
        }
        var earlier = before
        earlier.transaction = TransactionID(rawValue: before.transaction.rawValue - 1)
        expectError {
            _ = try target.message(since: earlier)
        } matches: {
            if case .positionUnknown = $0 { true } else { false }
        }
        try target.expectSound()
    }
}
