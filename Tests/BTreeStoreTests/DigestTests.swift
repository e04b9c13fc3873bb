import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Digests of ranges: they follow from the records alone, and no record changes without them.
@Suite struct DigestTests {
    /// The digest by its definition, record by record.
    private func scanned(_ snapshot: Snapshot, _ range: KeyRange = .all) throws -> RangeDigest {
        var sum = RangeDigest.zero
        var cursor = try snapshot.cursor(range)
        while try cursor.next() {
            let value = try cursor.value
            let hash = value.span.withBytes { checksum($0) }
            sum += withBytes(cursor.keyCopy) { RangeDigest($0, valueHash: hash) }
        }
        return sum
    }

    private func records(_ count: Int, seed: UInt64 = 1, large: Int = 3000) -> [([UInt8], [UInt8])] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let length = number % 40 == 0 ? large : random.below(60)
            return (key(number * 7 % count, prefix: number % 3 == 0 ? "a:" : "b:"), filler(length, seed: number))
        }
    }

    private func put(_ records: [([UInt8], [UInt8])], _ store: Store, batch: Int = 100) throws {
        for start in stride(from: 0, to: records.count, by: batch) {
            try store.write(.none) { for (key, value) in records[start..<min(start + batch, records.count)] { try $0.put(key, value) } }
        }
    }

    private var ranges: [KeyRange] {
        [
            .all, .prefix(bytes("a:")), .prefix(bytes("b:0")), KeyRange(lower: key(40, prefix: "a:"), upper: key(900, prefix: "b:")),
            KeyRange(lower: key(500, prefix: "b:")), KeyRange(upper: key(77, prefix: "a:")), KeyRange(lower: [9], upper: [3]),
            KeyRange(lower: key(7, prefix: "b:"), lowerInclusive: false, upper: key(9, prefix: "b:"), upperInclusive: true),
        ]
    }

    private func expectRight(_ store: Store, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let snapshot = try store.snapshot()
        for range in ranges { #expect(try snapshot.digest(range) == scanned(snapshot, range), sourceLocation: sourceLocation) }
        try store.expectSound(sourceLocation: sourceLocation)
    }

    /// What a program of other people's finds by the words of docs/FILE-FORMAT.md.
    @Test func theNumbersAreThoseOfTheFormat() throws {
        let store = try Store.inMemory()
        try store.write {
            try $0.put(bytes("apple"), bytes("red"))
            try $0.put(bytes("plum"), [UInt8](repeating: UInt8(ascii: "x"), count: 5000))
            try $0.put([], [])
        }
        let snapshot = try store.snapshot()
        #expect(try snapshot.digest(.prefix(bytes("apple"))).description == "e01dd549e8bc3889f80f18053f199759")
        #expect(try snapshot.digest(.prefix(bytes("plum"))).description == "331c6e05b499c2d9704a0d6db396c7bf")
        #expect(try snapshot.digest(KeyRange(upper: [0])).description == "6e4e0ab97f12da01614b9f40df06f08d")
        #expect(try snapshot.digest().description == "81884e091c68d564c9a4c4b3d1b74fa5")
        #expect(RangeDigest.zero.description == String(repeating: "0", count: 32))
    }

    @Test func whatIsOfTheFileAloneAddsNothing() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try put(records(300), store)
        let digest = try store.snapshot().digest()
        try store.createState("one")
        try store.write { for number in 0..<300 { try $0.put(bytes("__local__:\(number)"), bytes("mine")) } }
        #expect(try store.snapshot().digest() == digest)
        #expect(try store.snapshot().digest(.prefix(bytes("__local__:"))) == .zero)
        try store.write { try $0.put(bytes("__local__"), bytes("everybody's")) }
        #expect(try store.snapshot().digest() != digest)
        #expect(LocalKeys.contains(LocalKeys.lower) && withBytes(LocalKeys.lower) { LocalKeys.contains($0) })
        try expectRight(store)
    }

    /// Pages of any size, split as it came, encrypted or not, before and after a compaction, of each format.
    @Test func equalRecordsHaveEqualDigests() throws {
        let sorted = records(2000).sorted { $0.0.lexicographicallyPrecedes($1.0) }
        var random = SeededGenerator(seed: 3)
        let shuffled = sorted.indices.map { ($0, random.next()) }.sorted { $0.1 < $1.1 }.map { sorted[$0.0] }
        var all: [[RangeDigest]] = []
        func note(_ store: Store) throws {
            let snapshot = try store.snapshot()
            all.append(try ranges.map { try snapshot.digest($0) })
            try store.expectSound()
        }
        for (order, pageSize) in [(sorted, 512), (shuffled, 512), (sorted.reversed(), 1024), (shuffled, 4096), (sorted, 65536)] {
            let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages(pageSize))
            try put(order, store)
            try note(store)
        }
        let store = try Store.open(MemoryFile(isVolatile: false), options: smallPages())
        try put(shuffled.map { ($0.0, [1]) }, store)
        try put(shuffled, store)
        try store.write { for number in 0..<3000 { try $0.put(key(number, prefix: "aa:"), filler(number % 90, seed: 1)) } }
        try store.write { try $0.delete(.prefix(bytes("aa:")), expecting: 3000) }
        try note(store)
        try store.compact()
        try note(store)
        #expect(try store.snapshot().hasDigests)
        let encryptedStore = try Store.open(MemoryFile(isVolatile: false), options: encrypted(testKey()))
        try put(shuffled, encryptedStore)
        try encryptedStore.sync()
        try note(encryptedStore)
        let copy = try MemoryFile(isVolatile: false)
        _ = try encryptedStore.copy(into: copy, encryption: nil)
        try note(try Store.open(copy))
        let backup = try MemoryFile(isVolatile: false)
        _ = try store.backup(into: backup)
        try note(try Store.open(backup))
        for (version, keeps) in [(1 as UInt32, true), (2, false)] {
            var options = smallPages()
            options.formatVersion = version
            options.keepsDigests = keeps
            let old = try Store.open(MemoryFile(isVolatile: false), options: options)
            try put(shuffled, old)
            #expect(try !old.snapshot().hasDigests)
            try note(old)
        }
        for digests in all { #expect(digests == all[0]) }
        #expect(Set(all[0]).count == all[0].count)
    }

    /// Whatever there is to copy: nothing, one leaf, branches.
    @Test(arguments: [false, true], [0, 3, 2000]) func aCopyKeepsThemIfTheFileDoes(keeps: Bool, count: Int) throws {
        var options = smallPages()
        options.keepsDigests = keeps
        let store = try Store.open(MemoryFile(isVolatile: false), options: options)
        if count > 0 { try put(records(count), store) }
        let copy = try MemoryFile(isVolatile: false)
        _ = try store.copy(into: copy, encryption: nil)
        #expect(try MetaPages(copy).good[0].meta.hasDigests == keeps)
        let opened = try Store.open(copy)
        try put(records(2100), opened)
        #expect(try opened.snapshot().hasDigests == keeps)
    }

    /// Two values that change places, a value that moves to the next key, one that is there twice.
    @Test func differentRecordsHaveDifferentDigests() throws {
        var digests: Set<RangeDigest> = []
        let variants: [[(String, String)]] = [
            [], [("a", "1")], [("a", "2")], [("b", "1")], [("a", "")], [("", "a")], [("a", "1"), ("b", "2")], [("a", "2"), ("b", "1")],
            [("a", "1"), ("b", "1")], [("a", "2"), ("b", "2")], [("ab", "1")], [("a", "b1")], [("a", "1"), ("b", "2"), ("c", "3")],
            [("a", "2"), ("b", "3"), ("c", "1")], [("a", "3"), ("b", "1"), ("c", "2")],
        ]
        for records in variants {
            let store = try Store.inMemory()
            try store.write { for (key, value) in records { try $0.put(bytes(key), bytes(value)) } }
            #expect(digests.insert(try store.snapshot().digest()).inserted)
        }
    }

    /// Of a range of many records a few pages are read.
    @Test func aDigestReadsTwoPaths() throws {
        let file = try MemoryFile(isVolatile: false)
        let writer = try Store.open(file, options: smallPages())
        try writer.write(.none) { for number in 0..<20_000 { try $0.append(key(number), filler(20, seed: number)) } }
        try writer.close()
        let store = try Store.open(file, options: readOnly())
        let snapshot = try store.snapshot()
        let reader = snapshot.view.reader
        let range = KeyRange(lower: key(1234), upper: key(17_777))
        let digest = try snapshot.digest(range)
        let read = (2..<reader.pageLimit.rawValue).count { reader.mapping.isVerified(PageNumber(rawValue: $0)) }
        #expect(read <= 2 * snapshot.view.root.depth)
        #expect(digest == (try scanned(snapshot, range)))
    }

    /// Old files get digests in place, with states that have names, and whatever is written in between.
    @Test(arguments: [(1 as UInt32, 512, false), (2, 512, false), (2, 4096, false), (2, 4096, true)])
    func anOldFileGetsDigests(version: UInt32, pageSize: Int, isEncrypted: Bool) throws {
        let file = try MemoryFile(isVolatile: false)
        var options = isEncrypted ? encrypted(try testKey()) : smallPages(pageSize)
        options.formatVersion = version
        options.keepsDigests = false
        var store = try Store.open(file, options: options)
        try put(records(4000, large: 2500), store)
        let digests = try ranges.map { try store.snapshot().digest($0) }
        if version > 1 { try store.createState("before") }
        #expect(try !store.snapshot().hasDigests && !MetaPages(store.core.file).good[0].meta.hasDigests)
        let held = try store.snapshot()
        try store.upgradeFormat()
        #expect(try store.snapshot().hasDigests && MetaPages(store.core.file).good.allSatisfy { $0.meta.hasDigests })
        #expect(try !held.hasDigests)
        #expect(try ranges.map { try store.snapshot().digest($0) } == digests)
        #expect(try ranges.map { try held.digest($0) } == digests)
        try expectRight(store)
        try put(records(4100, seed: 2, large: 5000), store)
        try store.write { try $0.delete(KeyRange(lower: key(30, prefix: "a:"), upper: key(300, prefix: "b:"))) }
        try expectRight(store)
        try store.close()
        store = try Store.open(file, options: options)
        #expect(try store.snapshot().hasDigests)
        if version > 1 {
            let state = try store.snapshot(of: "before")
            #expect(try ranges.map { try state.digest($0) } == digests)
        }
        try expectRight(store)
        try store.upgradeFormat()
        try store.compact()
        try expectRight(store)
        #expect(try MetaPages(store.core.file).good[0].meta.digest == store.snapshot().digest())
    }

    /// Records are put and taken out between any two transactions of an upgrade, which is cut off and goes on.
    @Test func writingDuringAnUpgrade() throws {
        let file = try MemoryFile(isVolatile: false)
        var options = smallPages()
        options.keepsDigests = false
        var store = try Store.open(file, options: options)
        try put(records(3000), store)
        var random = SeededGenerator(seed: 5)
        try store.core.pipeline.inTurn(store.core.writer.upgrade())
        var level = 1
        while level <= (try store.snapshot().view.root.level) {
            var start: [UInt8]? = []
            while let from = start {
                let found = try store.snapshot().view.branchesWithoutDigests(level: level, from: from, limit: 1)
                start = found.next
                try store.core.pipeline.changeInTurn { (tree) throws(StoreError) in
                    for key in found.keys { try withBytes(key) { (key) throws(StoreError) in try tree.addDigests(key, level: level) } }
                }
                try store.write(.none) {
                    for _ in 0..<4 {
                        let number = random.below(3300)
                        let name = key(number, prefix: random.below(2) == 0 ? "a:" : "b:")
                        if random.below(2) == 0 { try $0.delete(name) } else { try $0.put(name, filler(random.below(1200), seed: number)) }
                    }
                    if random.below(9) == 0 {
                        let number = random.below(3300)
                        try $0.delete(KeyRange(lower: key(number, prefix: "a:"), upper: key(number + random.below(200), prefix: "a:")))
                    }
                }
                if random.below(8) == 0 { try expectRight(store) }
                if random.below(16) == 0 {
                    try store.close()
                    store = try Store.open(file, options: options)
                }
            }
            level += 1
        }
        #expect(try store.snapshot().hasDigests)
        try expectRight(store)
    }

    /// A digest that isn't that of the records is found.
    @Test func aWrongDigestIsReported() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try put(records(600), store)
        try store.core.pipeline.changeInTurn { (tree) throws(StoreError) in
            let root = try tree.writableRoot()
            root.add(digest: RangeDigest(rawValue: 1), 1)
        }
        #expect(try store.check().problems.count == 1)
        #expect(try store.check().problems.contains { $0.message.contains("digest") })
    }

    /// Files that have no page in common, with other pages, are compared by digests.
    @Test(arguments: [0, 1, 20, 400, 5000]) func differencesOfFilesWithoutCommonPages(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count + 1))
        let records = records(5000, large: 900).sorted { $0.0.lexicographicallyPrecedes($1.0) }
        let stores = try [(512, 60), (1024, 5000)].map { pageSize, batch in
            let file = try MemoryFile(isVolatile: false)
            let store = try Store.open(file, options: smallPages(pageSize))
            let order = batch == 60 ? records : records.indices.map { ($0, random.next()) }.sorted { $0.1 < $1.1 }.map { records[$0.0] }
            try put(order, store, batch: batch)
            return (store, file)
        }
        try stores[1].0.write { transaction in
            for _ in 0..<count {
                let name = records[random.below(records.count)].0
                switch random.below(4) {
                case 0: try transaction.delete(name)
                case 1: try transaction.put(name + [7], filler(random.below(800), seed: 5))
                case 2:
                    let next = records[random.below(records.count)].0
                    if count > 1000 {
                        try transaction.delete(KeyRange(lower: name, upper: next.lexicographicallyPrecedes(name) ? name : next))
                    }
                default: try transaction.put(name, filler(random.below(800), seed: 6))
                }
            }
        }
        for (store, _) in stores { try store.close() }
        for (oldFile, newFile) in [(stores[0].1, stores[1].1), (stores[1].1, stores[0].1)] {
            let (old, new) = (try Store.open(oldFile, options: readOnly()), try Store.open(newFile, options: readOnly()))
            var expected: [[UInt8]: [[UInt8]?]] = [:]
            let (before, after) = (try old.contents(), try new.contents())
            for key in Set(before.keys).union(after.keys) where before[key] != after[key] { expected[key] = [before[key], after[key]] }
            let (fresh, other) = (try Store.open(oldFile, options: readOnly()), try Store.open(newFile, options: readOnly()))
            var differences = try other.snapshot().differences(from: fresh.snapshot())
            var found: [[UInt8]: [[UInt8]?]] = [:]
            var last: [UInt8]?
            while let difference = try differences.next() {
                #expect(last?.lexicographicallyPrecedes(difference.key) ?? true)
                last = difference.key
                found[difference.key] = [difference.old?.copy(), difference.new?.copy()]
            }
            #expect(found == expected)
            let view = try fresh.snapshot().view
            let read = (2..<view.reader.pageLimit.rawValue).count { view.reader.mapping.isVerified(PageNumber(rawValue: $0)) }
            if count <= 1 { #expect(read <= 16 * (count + 1) * view.root.depth) }
        }
    }
}
