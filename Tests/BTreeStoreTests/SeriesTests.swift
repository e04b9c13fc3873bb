import TestSupport
import Testing

@testable import BTreeStore

/// Records that come in ascending order, each going on from where the one before was put.
@Suite struct SeriesTests {
    /// Several series at a time with all that may come between their records, against a dictionary.
    @Test(arguments: 0..<4 * Fuzzing.factor) func seriesAmongOtherChanges(run: Int) throws {
        let seed = UInt64(7000 + run)
        var random = SeededGenerator(seed: seed)
        let isVolatile = run % 4 == 3
        let file = try MemoryFile(isVolatile: isVolatile)
        // Some write their pages again and again before they commit.
        let dirtyByteLimit = run % 2 == 0 ? 8 << 10 : 64 << 20
        let options = smallPages(run % 3 == 0 ? 4096 : 512, dirtyByteLimit: dirtyByteLimit, journal: run % 5 == 0)
        var store = try Store.open(file, options: options)
        var model: [[UInt8]: [UInt8]] = [:]
        var held: [(snapshot: Snapshot, contents: [[UInt8]: [UInt8]])] = []
        func name(_ series: Int, _ number: Int) -> [UInt8] {
            key(number, prefix: "s\(series):" + String(repeating: "x", count: series * 9))
        }
        do {
            for _ in 0..<60 {
                var working = model
                var transaction = try store.beginWrite()
                for _ in 0..<1 + random.below(4) {
                    let series = random.below(6)
                    let stride = [1, 1, 3, 40][random.below(4)]
                    var number = random.below(2000)
                    for _ in 0..<random.below(150) {
                        let value = filler(random.below(30) == 0 ? 300 + random.below(3000) : random.below(60), seed: random.below(256))
                        let isNew = try transaction.put(name(series, number), value)
                        try require(isNew == (working[name(series, number)] == nil), "\(series) \(number)")
                        working[name(series, number)] = value
                        number += stride
                        switch random.below(120) {
                        case 0:
                            let other = name(random.below(6), random.below(2000))
                            let wasThere = try transaction.delete(other)
                            try require(wasThere == (working.removeValue(forKey: other) != nil))
                        case 1:
                            let lower = random.below(2000)
                            let range = KeyRange(lower: name(series, lower), upper: name(series, lower + random.below(60)))
                            let gone = working.keys.filter { range.contains($0) }
                            let count = try transaction.delete(range)
                            try require(count == UInt64(gone.count))
                            for key in gone { working[key] = nil }
                        case 2: held.append((try transaction.snapshot(), working))
                        case 3: number = max(0, number - random.below(90))
                        case 4:
                            let other = name(random.below(6), random.below(2000))
                            _ = try transaction.put(other, [1])
                            working[other] = [1]
                        case 5: try require(transaction.count() == UInt64(working.count))
                        default: break
                        }
                    }
                }
                if random.below(5) == 0 {
                    transaction.rollback()
                } else {
                    try transaction.commit([.hard, .none, .soft][random.below(3)])
                    model = working
                }
                if random.below(6) == 0 { held.append((try store.snapshot(), model)) }
                if held.count > 4 { held.remove(at: random.below(held.count)) }
                if let one = held.last { try require(one.snapshot.contents() == one.contents) }
                if random.below(15) == 0, !isVolatile {
                    held = []
                    try store.close()
                    store = try Store.open(file, options: options)
                }
                try require(store.check().problems == [])
            }
            try require(store.contents() == model)
        } catch {
            Issue.record("seed \(seed): \(error)")
        }
    }

    /// Keys that differ in their last bytes and others whose length of what they share changes all the time; values of all lengths.
    @Test(arguments: [512, 4096, 65536]) func fullPages(pageSize: Int) throws {
        for digits in [1, 7, 20] {
            let store = try Store.inMemory(options: smallPages(pageSize))
            let count = pageSize == 65536 ? 40_000 : 6000
            try store.write(.none) { transaction in
                var number = 0
                for index in 0..<count {
                    number += 1 + index * index % (digits * digits)
                    try transaction.put(key(number, prefix: String(repeating: "k", count: 30)), filler(index % 40, seed: index))
                }
            }
            let leaves = try #require(try store.treeLevels().last)
            #expect(leaves.usedBytes > leaves.pages * UInt64(pageSize) * 85 / 100)
            #expect(try store.contents().count == count)
            try store.expectSound()
        }
    }

    /// A series that another one's pages and a snapshot keep from going on in the same page.
    @Test func aSnapshotAfterEachRecord() throws {
        let store = try Store.inMemory(options: smallPages())
        var snapshots: [Snapshot] = []
        var transaction = try store.beginWrite()
        for number in 0..<200 {
            _ = try transaction.put(key(number), filler(40, seed: number))
            snapshots.append(try transaction.snapshot())
        }
        try transaction.commit(.none)
        for (number, snapshot) in snapshots.enumerated() {
            #expect(snapshot.count() == UInt64(number + 1))
            #expect(try snapshot.nth(UInt64(number), in: .all)?.key == key(number))
        }
        try store.expectSound()
    }
}

extension KeyRange {
    /// Whether a key lies in it, for a range that has both bounds, of which it includes the lower one.
    fileprivate func contains(_ key: [UInt8]) -> Bool {
        guard let lower, let upper else { return false }
        return !key.lexicographicallyPrecedes(lower) && key.lexicographicallyPrecedes(upper)
    }
}
