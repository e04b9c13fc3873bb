import Ground
import TestSupport
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Deltas: what changed since a position, told without reading what is older, and applied in one transaction.
@Suite struct DeltaTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let cases = environment["PANDO_DELTA_CASES"].flatMap { Int($0) } ?? 240
    static let seed = environment["PANDO_DELTA_SEED"].flatMap { UInt64($0) } ?? 1

    /// A store on a file in memory that can be opened again.
    final class Opened {
        let file: MemoryFile
        private let options: StoreOptions
        var store: Store

        init(_ options: StoreOptions) throws {
            file = try MemoryFile(isVolatile: false)
            self.options = options
            store = try Store.open(file, options: options)
        }

        func reopen() throws {
            try store.close()
            store = try Store.open(file, options: options)
        }
    }

    /// Random transactions, and deltas since random positions for receivers of other page sizes, which are behind by more or less: equal contents
    /// each time, and sound files.
    @Test(arguments: 0..<4) func deltasMakeEqualContents(run: Int) throws {
        var generator = SeededGenerator(seed: Self.seed &* 4 &+ UInt64(run))
        let source = try Opened(
            smallPages([512, 512, 4096, 1024][run], dirtyByteLimit: [64 << 20, 16 << 10, 64 << 20, 0][run], journal: run != 1))
        var receivers: [Opened] = []
        for index in 0..<4 { receivers.append(try Opened(smallPages([512, 1024, 4096, 512][index], journal: index % 2 == 0))) }
        let keys = 1500
        for number in 0..<Self.cases / 4 {
            for _ in 0..<1 + generator.below(4) { try change(source, keys, &generator) }
            let receiver = receivers[min(generator.below(8), 3)]
            try transfer(source.store, receiver.store)
            let (sent, received) = (try source.store.documents(), try receiver.store.documents())
            #expect(sent == received, "seed \(Self.seed), run \(run), case \(number)")
            if sent != received { return }
            if number % 16 == 0 { try receiver.store.expectSound() }
            if generator.below(20) == 0 { try receiver.reopen() }
        }
        try source.store.expectSound()
        for receiver in receivers { try receiver.store.expectSound() }
    }

    func change(_ source: Opened, _ keys: Int, _ generator: inout SeededGenerator) throws {
        switch generator.below(40) {
        case 0: try source.reopen()
        case 1: try source.store.compact()
        case 2: if try source.store.states().count < 3 { try source.store.createState("s\(generator.below(1 << 30))") }
        case 3: if let state = try source.store.states().first { try source.store.dropState(state.name) }
        default: break
        }
        var transaction = try source.store.beginWrite()
        let start = generator.below(keys)
        switch generator.below(12) {
        case 0: _ = try transaction.delete(KeyRange(lower: key(start), upper: key(min(keys, start + generator.below(keys / 2)))))
        case 1:
            // As a queue: new ones at one end, the oldest go.
            for number in start..<min(keys, start + 300) { try transaction.put(key(number), filler(30, seed: number)) }
            _ = try transaction.delete(KeyRange(lower: key(0), upper: key(start)))
        case 2: for number in 0..<keys where number % 7 == start % 7 { _ = try transaction.delete(key(number)) }
        case 3: if start % 10 == 0 { _ = try transaction.delete(.prefix(bytes("key:"))) }
        case 4: try transaction.put(key(start), filler(5000, seed: start))
        case 5: for number in 0..<keys { try transaction.put(key(number), filler(20, seed: start)) }
        default:
            for _ in 0..<generator.below(40) {
                let number = generator.below(keys)
                if generator.below(3) == 0 {
                    _ = try transaction.delete(key(number))
                } else {
                    try transaction.put(key(number), filler(generator.below(100), seed: generator.below(1000)))
                }
            }
        }
        if generator.below(10) == 0 { transaction.rollback() } else { try transaction.commit(generator.below(2) == 0 ? .hard : .none) }
    }

    func transfer(_ source: Store, _ target: Store) throws {
        let delta = try source.deltaBytes(since: target.appliedPosition())
        var receiver = try DeltaReceiver(target)
        try receiver.append(delta.span)
        #expect(try receiver.commit() == source.position())
    }

    private func filled() throws -> Store {
        let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages())
        try store.write { for number in 0..<1500 { try $0.put(key(number), filler(40, seed: number)) } }
        return store
    }

    private func receiver() throws -> Store { try Store.open(MemoryFile(isVolatile: false), options: smallPages(1024)) }

    /// What is sent is about what has changed.
    @Test func aDeltaIsAsLongAsWhatHasChanged() throws {
        let source = try filled()
        let target = try receiver()
        try transfer(source, target)
        try source.write { try $0.put(key(700), filler(40, seed: 1)) }
        let writer = try source.delta(since: target.appliedPosition())
        var bytes = ByteBuffer()
        while try writer.write(into: &bytes) {}
        #expect(writer.writtenRecords < 20)
        #expect(bytes.count < 4000)
        #expect(try source.deltaBytes(since: source.position()).count < 2000)
    }

    /// Whatever is missing at its end, and whatever byte is wrong, the receiver says so and keeps what it has.
    @Test func aCutOrDamagedDeltaChangesNothing() throws {
        let source = try filled()
        let target = try receiver()
        try transfer(source, target)
        let before = try target.contents()
        try source.write {
            for number in 0..<20 { try $0.put(key(number * 70), filler(10, seed: 5)) }
            _ = try $0.delete(KeyRange(lower: key(200), upper: key(230)))
        }
        let delta = try source.deltaBytes(since: target.appliedPosition())
        for count in stride(from: 0, to: delta.count, by: 7) {
            expectRefusal {
                var receiver = try DeltaReceiver(target)
                let part = Array(delta[..<count])
                try receiver.append(part.span)
                _ = try receiver.commit()
            }
        }
        for index in stride(from: 0, to: delta.count, by: 5) {
            var damaged = delta
            damaged[index] ^= 0x10
            expectRefusal {
                var receiver = try DeltaReceiver(target)
                try receiver.append(damaged.span)
                _ = try receiver.commit()
            }
        }
        #expect(try target.contents() == before)
        var receiver = try DeltaReceiver(target)
        for byte in delta {
            let part = [byte]
            try receiver.append(part.span)
        }
        _ = try receiver.commit()
        #expect(try source.documents() == target.documents())
    }

    /// A receiver that is elsewhere, or that somebody has written to, is found out.
    @Test func aDeltaFitsNowhereElse() throws {
        let source = try filled()
        let (target, other) = (try receiver(), try receiver())
        try transfer(source, target)
        try source.write { try $0.put(key(1), [1]) }
        let delta = try source.deltaBytes(since: target.appliedPosition())
        for store in [other, source] {
            expectRefusal {
                var receiver = try DeltaReceiver(store)
                try receiver.append(delta.span)
                _ = try receiver.commit()
            }
        }
        try target.write { _ = try $0.delete(key(900)) }
        expectRefusal {
            var receiver = try DeltaReceiver(target)
            try receiver.append(delta.span)
            _ = try receiver.commit()
        }
    }

    /// A copy of the file that went its own way has other positions, even where their numbers are the same.
    @Test func theHistoryOfACopyIsAnother() throws {
        let file = try MemoryFile(isVolatile: false)
        var source = try Store.open(file, options: smallPages())
        try source.write { for number in 0..<100 { try $0.put(key(number), [1]) } }
        let early = try source.position()
        let copy = try MemoryFile(isVolatile: false)
        _ = try source.backup(into: copy)
        try source.write { try $0.put(key(1), [2]) }
        let late = try source.position()
        try source.close()
        source = try Store.open(file, options: smallPages())
        let fork = try Store.open(copy, options: smallPages())
        for store in [source, fork] { for number in 0..<30 { try store.write { try $0.put(key(number), [3]) } } }
        #expect(try source.deltaBytes(since: early).isEmpty == false)
        #expect(try source.deltaBytes(since: late).isEmpty == false)
        #expect(try fork.deltaBytes(since: early).isEmpty == false)
        for (store, position) in [(fork, late), (fork, try source.position()), (source, try fork.position()), (try filled(), early)] {
            expectError {
                _ = try store.delta(since: position)
            } matches: {
                if case .positionUnknown = $0 { true } else { false }
            }
        }
        #expect(StatePosition(late.description) == late)
    }

    /// A base that is a copy page by page needs no records of openings; each page that is passed over is looked up in it.
    @Test func aCopyIsItsOwnWitness() throws {
        let file = try MemoryFile(isVolatile: false)
        var source = try Store.open(file, options: smallPages())
        try source.write { for number in 0..<1500 { try $0.put(key(number), filler(40, seed: number)) } }
        let copy = try MemoryFile(isVolatile: false)
        _ = try source.backup(into: copy)
        try source.close()
        source = try Store.open(file, options: smallPages())
        try source.write { try $0.put(key(3), [3]) }
        try source.close()
        let base = try Store.open(copy, options: readOnly())
        let position = try base.position()
        let reading = try Store.open(file, options: readOnly())
        let writer = try reading.delta(since: position, witness: base)
        var bytes = ByteBuffer()
        while try writer.write(into: &bytes) {}
        #expect(writer.writtenRecords < 20)
        try base.close()
        let target = try Store.open(copy, options: smallPages())
        try target.noteCopy(of: position)
        var receiver = try DeltaReceiver(target)
        try receiver.append(bytes.span)
        _ = try receiver.commit()
        #expect(try target.documents() == reading.documents())
        // Pages of a file with the same records would be the same.
        let other = try Store.open(MemoryFile(isVolatile: false), options: smallPages())
        try other.write { for number in 0..<1500 { try $0.put(key(number), filler(40, seed: number + 7)) } }
        #expect(throws: StoreError.self) {
            _ = try other.deltaBytes(
                since: StatePosition(file: other.uuid, opening: 0, salt: 1, transaction: other.position().transaction), witness: target)
        }
    }

    private func expectRefusal(_ body: () throws -> Void) {
        expectError(body) { if case .deltaRefused = $0 { true } else { false } }
    }
}

extension Store {
    func deltaBytes(since position: StatePosition?, wanted: KeyRanges? = nil, witness: Store? = nil) throws -> [UInt8] {
        let writer = try delta(since: position, wanted: wanted, witness: witness)
        var bytes = ByteBuffer()
        while try writer.write(into: &bytes) {}
        return bytes.bytes
    }
}
