import TestSupport
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One disk through many kills and crashes, one after the other: each opening finds a state that was committed and is no older than
/// what was acknowledged, and readers in other processes keep what they see. `PANDO_CRASHES` sets how many, `PANDO_PROPERTY_SEED`
/// the seed to begin with.
@Suite struct CrashSequenceTests {
    private typealias Model = [Int: Int]
    private static let environment = ProcessInfo.processInfo.environment
    private static let crashes = environment["PANDO_CRASHES"].flatMap { Int($0) } ?? 60
    private static let firstSeed = environment["PANDO_PROPERTY_SEED"].flatMap { UInt64($0) } ?? 1

    /// The names that states have, with what these hold.
    private struct Names {
        var known: [String: Model] = [:]
        /// What was begun when the process ended: a name given, or taken.
        var begun: (name: String, model: Model?)?

        /// Compares them with what a store has. What was begun has happened, or it hasn't.
        mutating func compare(_ found: [String: Model]) throws {
            if let begun, found[begun.name] == begun.model { known[begun.name] = begun.model }
            begun = nil
            try require(found == known, "the states that have names are others")
        }
    }

    /// Run 4 is on a file of format 1, which has no named states; runs 5 and 6 are on encrypted ones, of which no two pages, records or meta pages
    /// may ever be sealed with the same nonce.
    @Test(arguments: 0..<7) func manyCrashesInARow(run: Int) throws {
        let seed = Self.firstSeed + UInt64(run)
        var random = SeededGenerator(seed: seed)
        var options = smallPages(dirtyByteLimit: [1 << 20, 8192, 2048, 1 << 20, 8192, 1 << 20, 8192][run], journal: run % 4 > 0)
        if run == 4 { options.formatVersion = 1 }
        let seals = SealLog()
        if run > 4 {
            options.pageSize = 4096
            options.encryption = try testKey()
            options.sealWitness = seals.note
        }
        var reading = readOnly()
        reading.encryption = options.encryption
        var names = Names()
        let disk = try CrashingDisk()
        /// What was committed, oldest first; the first is the newest that was acknowledged as durable.
        var states: [Model] = [[:]]
        var readers: [(store: Store, snapshot: Snapshot, model: Model)] = []
        var lastValue = 0

        for crash in 0..<Self.crashes {
            do {
                let store = try Store.open(CrashingDisk.Door(disk), options: options)
                let found = try model(store.snapshot())
                guard states.contains(found) else { throw Disagreement(description: "the state was never committed, or is too old") }
                states = [found]
                let problems = try store.check().problems
                try require(problems == [], "\(problems)")
                try names.compare(named(store))
                let limit = 1 + random.below(60)
                var steps = 0
                if random.below(10) > 0 { disk.stop(after: random.below(limit)) }
                do {
                    while steps < limit {
                        steps += 1
                        try transaction(store, disk, &states, &lastValue, &random)
                        if run != 4, random.below(6) == 0 { try nameStates(store, &states, &names, &random) }
                        if random.below(40) == 0 { try store.compact() }
                        if !disk.isStopped, random.below(4) == 0 {
                            let reader = try Store.open(CrashingDisk.Door(disk, isWriter: false), options: reading)
                            let snapshot = try reader.snapshot()
                            readers.append((reader, snapshot, try model(snapshot)))
                        }
                        if !readers.isEmpty, random.below(4) == 0 { readers.remove(at: random.below(readers.count)) }
                    }
                    if random.below(3) == 0 {
                        try store.close()
                        states = [states[states.count - 1]]
                    }
                } catch let error as StoreError {
                    guard disk.isStopped else { throw error }
                }
                for reader in readers { try require(model(reader.snapshot) == reader.model, "a reader's snapshot changed") }
                disk.kill()
                withExtendedLifetime(store) {}
                // A process that is killed leaves the page cache; a crash leaves the disk, and some of what was under way.
                if random.below(2) == 0 {
                    readers = []
                    disk.crash(&random)
                }
            } catch {
                Issue.record("seed \(seed), before crash \(crash): \(error)")
                return
            }
        }
        #expect(seals.repeated == 0 && (run < 5 || seals.count > 100), "seed \(seed)")
    }

    private func transaction(
        _ store: Store, _ disk: CrashingDisk, _ states: inout [Model], _ lastValue: inout Int, _ random: inout SeededGenerator
    ) throws {
        var model = states[states.count - 1]
        let hasOthers = random.below(4) == 0
        // To read the free space would wait for the flush, on whose thread the others run.
        if hasOthers { try store.core.pipeline.inTurn(store.core.writer.loadSpace()) }
        var transaction = try store.beginWrite()
        try change(&transaction, &model, &lastValue, &random)
        switch random.below(12) {
        case 0: transaction.rollback()
        case 1...5:
            try transaction.commit(.none)
            states.append(model)
            if random.below(4) == 0 {
                try store.sync()
                states = [model]
            }
        default:
            // It may be durable although it fails.
            states.append(model)
            let others = hasOthers ? Others(model: model, lastValue: lastValue, random: SeededGenerator(seed: random.next())) : nil
            disk.atSync = others.map { others in { self.apply(others, store) } }
            defer { disk.atSync = nil }
            try transaction.commit()
            states = [model]
            if let others {
                if let failure = others.failure { throw failure }
                lastValue = others.lastValue
                states += others.applied
            }
        }
    }

    /// Transactions that are applied while another one waits for the disk.
    private final class Others {
        var model: Model
        var lastValue: Int
        var random: SeededGenerator
        var applied: [Model] = []
        var failure: (any Error)?

        init(model: Model, lastValue: Int, random: SeededGenerator) {
            self.model = model
            self.lastValue = lastValue
            self.random = random
        }
    }

    private func apply(_ others: Others, _ store: Store) {
        do {
            for _ in 0..<(1 + others.random.below(4)) {
                var transaction = try store.beginWrite()
                try change(&transaction, &others.model, &others.lastValue, &others.random)
                try transaction.commit(.none)
                others.applied.append(others.model)
            }
        } catch { others.failure = error }
    }

    private func change(
        _ transaction: inout WriteTransaction, _ model: inout Model, _ lastValue: inout Int, _ random: inout SeededGenerator
    ) throws {
        for _ in 0..<(1 + random.below(random.below(4) == 0 ? 120 : 10)) {
            let number = random.below(150)
            switch random.below(12) {
            case 0, 1:
                try transaction.delete(key(number))
                model[number] = nil
            case 2 where random.below(4) == 0:
                let end = number + random.below(100)
                try transaction.delete(KeyRange(lower: key(number), upper: key(end)))
                for number in number..<end { model[number] = nil }
            default:
                lastValue += 1
                try transaction.put(key(number), value(lastValue))
                model[number] = lastValue
            }
        }
    }

    /// Gives a state a name, or takes one; or looks at all of them.
    private func nameStates(_ store: Store, _ states: inout [Model], _ names: inout Names, _ random: inout SeededGenerator) throws {
        if names.known.count < 4, random.below(2) == 0 {
            let name = "state-\(random.below(1_000_000))"
            if names.known[name] != nil { return }
            let model = states[states.count - 1]
            names.begun = (name, model)
            try store.createState(name)
            names.known[name] = model
            states = [model]
        } else if random.below(2) == 0, let name = names.known.keys.sorted().first {
            names.begun = (name, nil)
            try store.dropState(name)
            names.known[name] = nil
            states = [states[states.count - 1]]
        } else {
            try names.compare(named(store))
        }
        names.begun = nil
    }

    private func named(_ store: Store) throws -> [String: Model] {
        var found: [String: Model] = [:]
        for state in try store.states() { found[state.name] = try model(store.snapshot(of: state.name)) }
        return found
    }

    private func value(_ number: Int) -> [UInt8] {
        bytes("\(number):") + filler(number % 11 == 0 ? 300 + number % 1500 : number % 60, seed: number)
    }

    /// What a snapshot holds, by the numbers that keys and values follow from.
    private func model(_ snapshot: Snapshot) throws -> Model {
        var model: Model = [:]
        var cursor = try snapshot.cursor()
        while try cursor.next() {
            if cursor.keyCopy.starts(with: bytes("__local__:")) { continue }
            let value = try cursor.value.copy()
            let number = try #require(Int(String(decoding: value.prefix { $0 != 0x3A }, as: UTF8.self)))
            try require(value == self.value(number), "a value is not as it was put")
            model[try #require(Int(String(decoding: cursor.keyCopy.suffix(8), as: UTF8.self)))] = number
        }
        return model
    }
}

/// What the disk holds, what the page cache holds, and the difference. Stops at a given step, as a process that is killed does.
private final class CrashingDisk: @unchecked Sendable {
    // Sendable: each test uses it from one thread.
    private var cache: MemoryFile
    private var disk: [UInt8] = []
    private var unsynced: [(offset: UInt64, bytes: [UInt8])] = []
    private var stepsLeft = Int.max
    private var isWriterLocked = false
    private var life = 0
    private(set) var isStopped = false
    /// The next sync does this before it returns; none of its writes is covered.
    var atSync: (() -> Void)?
    private var isBesideSync = false

    init() throws { cache = try MemoryFile(path: "crashing", isVolatile: false, capacity: 1 << 28) }

    func stop(after steps: Int) { stepsLeft = steps }

    func kill() {
        life += 1
        isStopped = false
        isWriterLocked = false
        stepsLeft = .max
    }

    /// Of what was not synced, each write arrives, or not, or in part.
    func crash(_ random: inout SeededGenerator) {
        let bias = 1 + random.below(4)
        for write in unsynced where random.below(5) < bias {
            let kept = random.below(6) == 0 ? write.bytes.count / 1024 * 512 : write.bytes.count
            apply(write.offset, write.bytes.prefix(kept))
        }
        unsynced = []
        // Fresh memory, as views of the old one may still be held.
        guard let file = try? MemoryFile(path: "crashing", isVolatile: false, capacity: 1 << 28) else { return }
        cache = file
        try? writeBytes(disk, cache, at: 0)
    }

    private func apply(_ offset: UInt64, _ bytes: ArraySlice<UInt8>) {
        let end = Int(offset) + bytes.count
        if disk.count < end { disk += [UInt8](repeating: 0, count: end - disk.count) }
        disk.replaceSubrange(Int(offset)..<end, with: bytes)
    }

    /// One process's way to the disk.
    final class Door: StorageFile, @unchecked Sendable {
        private let disk: CrashingDisk
        private let cache: MemoryFile
        private let isWriter: Bool
        private let life: Int

        init(_ disk: CrashingDisk, isWriter: Bool = true) {
            self.disk = disk
            self.isWriter = isWriter
            cache = disk.cache
            life = disk.life
        }

        /// A process that was killed does nothing more.
        private func step() throws(StoreError) {
            if disk.isBesideSync { return }
            if life == disk.life && disk.stepsLeft > 0 && !disk.isStopped {
                disk.stepsLeft -= 1
                return
            }
            if life == disk.life { disk.isStopped = true }
            throw .io(operation: "write", path: path, errorNumber: 5)
        }

        var path: String { "crashing" }
        var isVolatile: Bool { false }
        func byteCount() -> UInt64 { cache.byteCount() }
        func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
            unsafe try cache.read(buffer, at: offset)
        }
        func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
            try step()
            unsafe disk.unsynced.append((offset, Array(buffer)))
            unsafe try cache.write(buffer, at: offset)
        }
        func resize(_ byteCount: UInt64) throws(StoreError) {
            try step()
            try cache.resize(byteCount)
        }
        func sync() throws(StoreError) {
            try step()
            let covered = disk.unsynced.count
            if let body = disk.atSync.take() {
                disk.isBesideSync = true
                body()
                disk.isBesideSync = false
            }
            for write in disk.unsynced[..<covered] { disk.apply(write.offset, write.bytes[...]) }
            disk.unsynced.removeFirst(covered)
        }
        func map(_ byteCount: Int) -> (base: UnsafeRawPointer, byteCount: Int) { unsafe cache.map(byteCount) }
        func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {}
        func lockWriter() throws(StoreError) {
            if disk.isWriterLocked { throw .busy(path: path, processID: 0) }
            disk.isWriterLocked = true
        }
        func unlockWriter() { if life == disk.life { disk.isWriterLocked = false } }
        func isWriterElsewhere() -> Bool { disk.isWriterLocked }
        func lockReader(_ flush: TransactionID) { if !isWriter { cache.lockReader(flush) } }
        func unlockReader(_ flush: TransactionID) { if !isWriter { cache.unlockReader(flush) } }
        func readersElsewhere(below end: TransactionID) -> [TransactionID] { cache.readersElsewhere(below: end) }
        deinit { withExtendedLifetime(cache) {} }
    }
}
