import Ground
import TestSupport
import Testing

@testable import Catalog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Keys in order, against the library's sort.
@Suite struct KeyBatchTests {
    /// Few different bytes, so that keys have long beginnings in common.
    private static func keys(_ count: Int, using generator: inout SeededGenerator) -> [[UInt8]] {
        let (letters, longest) = (1 + generator.below(200), 1 + generator.below(24))
        return (0..<count).map { _ in (0..<generator.below(longest)).map { _ in UInt8(generator.below(letters)) } }
    }

    private static func batch(_ keys: [[UInt8]], prefix: [UInt8]) throws -> KeyBatch {
        var batch = KeyBatch(prefix: prefix, capacity: 0)
        for (tag, key) in keys.enumerated() {
            try batch.add(tag: tag) { bytes throws(CatalogError) in
                bytes += key
                return true
            }
        }
        return batch
    }

    private static func suffixes(_ batch: KeyBatch) -> [[UInt8]] {
        (0..<batch.count).map { position in batch.suffix(position).withBytes { $0.copy() } }
    }

    @Test func keysComeInOrder() throws {
        for seed in Fuzzing.seeds(60) {
            var generator = SeededGenerator(seed: seed)
            let keys = Self.keys(generator.below(2000), using: &generator)
            var batch = try Self.batch(keys, prefix: [9, 9])
            let isUnique = batch.sort()
            let suffixes = Self.suffixes(batch)
            #expect(suffixes == keys.sorted { $0.lexicographicallyPrecedes($1) }, "seed \(seed)")
            #expect(isUnique == (Set(keys).count == keys.count), "seed \(seed)")
            #expect((0..<batch.count).allSatisfy { suffixes[$0] == keys[batch[$0].tag] }, "seed \(seed)")
        }
    }

    @Test func batchesAreJoined() throws {
        var generator = SeededGenerator(seed: 3)
        let parts = (0..<5).map { _ in Self.keys(300, using: &generator) }
        var whole = KeyBatch(prefix: [1], capacity: 0)
        for (number, part) in parts.enumerated() { whole.add(try Self.batch(part, prefix: [1])) { number << 32 | $0 } }
        _ = whole.sort()
        #expect(Self.suffixes(whole) == parts.joined().sorted { $0.lexicographicallyPrecedes($1) })
        var key = ByteBuffer()
        for position in 0..<whole.count {
            let tag = whole[position].tag
            whole.write(position, to: &key)
            #expect(key.bytes == [1] + parts[tag >> 32][tag & 0xFFFF_FFFF])
        }
    }

    @Test func whatIsRefusedLeavesNothing() throws {
        var batch = KeyBatch(prefix: [], capacity: 0)
        try batch.add { bytes throws(CatalogError) in
            bytes.append(5)
            return false
        }
        try batch.add { bytes throws(CatalogError) in
            bytes.append(6)
            return true
        }
        #expect(Self.suffixes(batch) == [[6]])
    }

    /// With no more memory than a few keys take, runs are merged from a file.
    @Test(arguments: [200, 5000, 1 << 20])
    func sortedInAFile(heldByteCount: Int) throws {
        let directory = try TemporaryDirectory()
        for seed in Fuzzing.seeds(10) {
            var generator = SeededGenerator(seed: seed)
            let keys = Self.keys(generator.below(3000), using: &generator)
            var sorter = KeySorter(prefix: [1], heldByteCount: heldByteCount, path: directory.file("a.pando"))
            for key in keys {
                let isHeld = try sorter.add { batch throws(CatalogError) in
                    try batch.add { bytes throws(CatalogError) in
                        bytes += key
                        return true
                    }
                }
                #expect(isHeld)
            }
            let isFinished = sorter.finish()
            #expect(isFinished)
            var merged: [[UInt8]] = []
            try KeySorter.merge([sorter]) { suffix throws(CatalogError) in merged.append(suffix.withBytes { $0.copy() }) }
            #expect(merged == keys.sorted { $0.lexicographicallyPrecedes($1) }, "seed \(seed)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [], "the file has no name")
    }

    /// Keys of several sorters come in the order of all.
    @Test(arguments: [200, 1 << 20])
    func severalAreMerged(heldByteCount: Int) throws {
        let directory = try TemporaryDirectory()
        for seed in Fuzzing.seeds(10) {
            var generator = SeededGenerator(seed: seed)
            let keys = (0..<3).map { _ in Self.keys(generator.below(900), using: &generator) }
            var sorters: [KeySorter] = []
            for own in keys {
                var sorter = KeySorter(prefix: [1], heldByteCount: heldByteCount, path: directory.file("a.pando"))
                for key in own {
                    _ = try sorter.add { batch throws(CatalogError) in
                        try batch.add { bytes throws(CatalogError) in
                            bytes += key
                            return true
                        }
                    }
                }
                let isFinished = sorter.finish()
                #expect(isFinished)
                sorters.append(sorter)
            }
            var merged: [[UInt8]] = []
            try KeySorter.merge(sorters) { suffix throws(CatalogError) in merged.append(suffix.withBytes { $0.copy() }) }
            #expect(merged == keys.joined().sorted { $0.lexicographicallyPrecedes($1) }, "seed \(seed)")
        }
    }

    /// Of so many keys a thread merges those that come next.
    @Test func manyAreMerged() throws {
        let directory = try TemporaryDirectory()
        var sorters: [KeySorter] = []
        for first in 0..<3 {
            var sorter = KeySorter(prefix: [1], heldByteCount: (first + 1) * 500_000, path: directory.file("a.pando"))
            for number in stride(from: first, to: 120_000, by: 3) {
                let isHeld = try sorter.add { batch throws(CatalogError) in
                    try batch.add { bytes throws(CatalogError) in
                        for shift in stride(from: 16, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
                        bytes += [UInt8](repeating: 7, count: 30)
                        return true
                    }
                }
                try #require(isHeld)
            }
            let isFinished = sorter.finish()
            try #require(isFinished)
            sorters.append(sorter)
        }
        var numbers: [Int] = []
        try KeySorter.merge(sorters) { suffix throws(CatalogError) in
            numbers.append(Int(suffix[0]) << 16 | Int(suffix[1]) << 8 | Int(suffix[2]))
        }
        #expect(numbers == Array(0..<120_000))
    }

    @Test func whereThereIsNoPlaceItIsSaid() throws {
        for path in [nil, "/nowhere/at/all/a.pando"] {
            var sorter = KeySorter(prefix: [], heldByteCount: 100, path: path)
            var isHeld = true
            for number in 0..<100 where isHeld {
                isHeld = try sorter.add { batch throws(CatalogError) in
                    try batch.add { bytes throws(CatalogError) in
                        bytes.append(UInt8(number))
                        return true
                    }
                }
            }
            #expect(!isHeld)
        }
    }
}
