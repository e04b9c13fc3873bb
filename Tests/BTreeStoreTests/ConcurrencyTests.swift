import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// Every state has the same number in all of its records; whoever reads sees whole states only, and never an older one after a
/// newer one.
@Suite struct ConcurrencyTests {
    private static let keys = (0..<120).map { key($0) }

    private func read(_ store: Store, until isOver: borrowing Atomic<Bool>) throws -> Int {
        var newest = 0
        var rounds = 0
        while !isOver.load(ordering: .relaxed) || rounds < 3 {
            let snapshot = try store.snapshot()
            var cursor = try snapshot.cursor()
            var numbers: Set<[UInt8]> = []
            var count = 0
            while try cursor.next() {
                numbers.insert(Array(try cursor.value.copy().prefix(2)))
                count += 1
            }
            try require(numbers.count == 1 && count == Self.keys.count, "\(numbers.count) states in one, \(count) records")
            let round = numbers.first.map { Int($0[0]) << 8 | Int($0[1]) } ?? 0
            try require(round >= newest, "state \(round) after \(newest)")
            newest = round
            rounds += 1
        }
        return rounds
    }

    private func write(_ store: Store, rounds: Int) throws {
        for round in 0..<rounds {
            var transaction = try store.beginWrite()
            for (index, key) in Self.keys.enumerated() {
                let length = index == 50 ? 900 : 20 + (round + index) % 40
                try transaction.put(key, [UInt8(round >> 8), UInt8(round & 255)] + filler(length, seed: round))
            }
            try transaction.commit([.none, .none, .hard][round % 3])
        }
    }

    private final class Flag: Sendable {
        let isOver = Atomic(false)
    }

    @Test(arguments: [true, false]) func readersBesideTheWriter(inMemory: Bool) throws {
        let directory = try TemporaryDirectory()
        let options = smallPages(dirtyByteLimit: 20_000)
        let path = directory.file("busy")
        let store = try inMemory ? Store.inMemory(options: options) : Store.open(path, options: options)
        try write(store, rounds: 1)
        try store.sync()
        let flag = Flag()
        var threads = (0..<3).map { _ in TestThread { _ = try read(store, until: flag.isOver) } }
        if !inMemory {
            // And as another process would.
            threads.append(TestThread { _ = try read(Store.open(path, options: readOnly()), until: flag.isOver) })
        }
        defer { flag.isOver.store(true, ordering: .relaxed) }
        try write(store, rounds: 150)
        flag.isOver.store(true, ordering: .relaxed)
        for thread in threads { try thread.join() }
        try store.expectSound()
    }

    /// Snapshots end on other threads than they began on; while the writer goes on, each stays what it was, and none is counted
    /// that has ended.
    @Test func snapshotsThatAreHandedOn() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try write(store, rounds: 1)
        let flag = Flag()
        let pool = Guarded<[Snapshot]>([])
        let threads = (0..<6).map { index in
            TestThread {
                var random = SeededGenerator(seed: UInt64(index))
                while !flag.isOver.load(ordering: .relaxed) {
                    let mine = try store.snapshot()
                    let other = pool.withLock { pool in
                        pool.append(mine)
                        return pool.count > 20 ? pool.remove(at: random.below(pool.count)) : mine
                    }
                    var cursor = try other.cursor()
                    var rounds: Set<[UInt8]> = []
                    while try cursor.next() { rounds.insert(Array(try cursor.value.copy().prefix(2))) }
                    try require(rounds.count == 1, "\(rounds.count) states in one")
                }
            }
        }
        try write(store, rounds: 150)
        flag.isOver.store(true, ordering: .relaxed)
        for thread in threads { try thread.join() }
        let held = pool.withLock { $0.count }
        #expect(try store.statistics().liveSnapshots == held)
        #expect(store.core.published.entries().reduce(0) { $0 + $1.snapshots } == held)
        try store.close()
        #expect(file.readersElsewhere(below: .limit) == store.core.published.entries().map(\.transaction))
        pool.withLock { $0 = [] }
        #expect(store.core.published.entries().isEmpty)
        #expect(file.readersElsewhere(below: .limit) == [])
    }
}
