import Synchronization
import TestSupport
import Testing

@testable import BTreeStore

/// The memory for decrypted pages of an encrypted file: what somebody looks at stays as it is, and what nobody does is given up.
///
/// Memory that was given up is filled with 0xEE in these builds, so whoever looked at it would see that.
@Suite struct DecryptedPagesTests {
    private typealias Contents = [[UInt8]: [UInt8]]

    /// A value that somebody kept, with what it has to be as long as they do.
    private struct Kept {
        let value: StoredBytes
        let keeper: any AnyObject & Sendable
        let expected: [UInt8]
    }

    private func options(limit: Int, journal: Bool = true) throws -> StoreOptions {
        var options = encrypted(try testKey(), dirtyByteLimit: 64 << 10, journal: journal)
        options.decryptedByteLimit = limit
        return options
    }

    private func value(_ random: inout SeededGenerator) -> [UInt8] {
        filler(random.below(20) == 0 ? 5000 + random.below(5000) : 40 + random.below(200), seed: random.below(1 << 20))
    }

    /// Room for six pages at a time, and everything that can be kept is kept for a while.
    @Test(arguments: 0..<6) func whatIsKeptStays(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let file = try MemoryFile(isVolatile: false)
        var store = try Store.open(file, options: options(limit: 64 << 10, journal: seed % 2 == 0))
        var model: Contents = [:]
        var snapshots: [(snapshot: Snapshot, contents: Contents)] = []
        var kept: [Kept] = []
        func expectKept() throws {
            for one in kept { try require(one.value.copy() == one.expected) }
            for one in snapshots {
                let contents = try one.snapshot.contents()
                try require(contents == one.contents)
            }
        }
        for round in 0..<300 {
            switch random.below(10) {
            case 0...2:
                var next = model
                try store.write([.none, .soft, .hard][random.below(3)]) {
                    for _ in 0..<1 + random.below(40) {
                        let key = anyKey(&random)
                        if random.below(5) == 0 {
                            try $0.delete(key)
                            next[key] = nil
                        } else {
                            let value = value(&random)
                            try $0.put(key, value)
                            next[key] = value
                        }
                    }
                }
                model = next
            case 3: if snapshots.count < 4 { snapshots.append((try store.snapshot(), model)) }
            case 4: if !snapshots.isEmpty { snapshots.remove(at: random.below(snapshots.count)) }
            case 5, 6:
                let chosen = snapshots.isEmpty ? nil : snapshots[random.below(snapshots.count)]
                let (snapshot, contents) = try chosen ?? (store.snapshot(), model)
                for _ in 0..<20 {
                    let key = anyKey(&random)
                    let found = try snapshot.get(key)
                    try require(found?.copy() == contents[key])
                    if let found, random.below(8) == 0 { kept.append(Kept(value: found, keeper: snapshot, expected: found.copy())) }
                }
            case 7, 8:
                let chosen = snapshots.isEmpty ? nil : snapshots[random.below(snapshots.count)]
                let (snapshot, contents) = try chosen ?? (store.snapshot(), model)
                let isReversed = random.below(2) == 0
                var cursor = try snapshot.cursor(reversed: isReversed, forgets: true)
                for key in contents.keys.sorted(by: { $0.lexicographicallyPrecedes($1) != isReversed }) {
                    let isThere = try cursor.next()
                    let found = isThere ? try cursor.value.copy() : nil
                    try require(isThere && cursor.isAt(key) && found == contents[key])
                    if random.below(40) == 0 {
                        kept.append(Kept(value: try cursor.value, keeper: cursor.keeper, expected: try #require(contents[key])))
                    }
                    // Others read meanwhile, so that what the cursor looks at isn't the newest.
                    if random.below(10) == 0 { _ = try store.snapshot().get(anyKey(&random)) }
                }
                let isMore = try cursor.next()
                try require(!isMore)
            default:
                if random.below(6) == 0 {
                    snapshots = []
                    try expectKept()
                    kept = []
                    try store.close()
                    store = try Store.open(file, options: options(limit: 64 << 10, journal: seed % 2 == 0))
                }
            }
            if kept.count > 60 { kept.removeFirst(1 + random.below(30)) }
            if round % 20 == 0 { try expectKept() }
        }
        try expectKept()
        let contents = try store.contents()
        try require(contents == model)
        try store.expectSound()
    }

    private func anyKey(_ random: inout SeededGenerator) -> [UInt8] { key(random.below(400)) }

    /// A scan of a file twenty times as large as the memory for decrypted pages keeps no more of it than fits.
    @Test(arguments: [false, true]) func aScanKeepsLittle(readOnly: Bool) throws {
        let limit = 128 << 10
        let file = try MemoryFile(isVolatile: false)
        let writer = try Store.open(file, options: options(limit: limit))
        try writer.write {
            for number in 0..<12_000 { try $0.put(key(number), filler(number % 500 == 0 ? 6000 : 200, seed: number)) }
        }
        try writer.close()
        #expect(file.byteCount() > UInt64(20 * limit))
        var options = try options(limit: limit)
        options.readOnly = readOnly
        let store = try Store.open(file, options: options)
        let generations = try #require(store.core.generations)
        var seen: [Weakly] = []
        var most = 0
        let snapshot = try store.snapshot()
        for isReversed in [false, true] {
            var cursor = try snapshot.cursor(reversed: isReversed, forgets: true)
            var count = 0
            while try cursor.next() {
                let number = isReversed ? 11_999 - count : count
                let found = try cursor.value.copy()
                try require(cursor.isAt(key(number)) && found == filler(number % 500 == 0 ? 6000 : 200, seed: number))
                count += 1
                // A request beside it.
                if count % 100 == 0 { _ = try store.snapshot().get(key(number)) }
                let newest = try generations.current(atLeast: 0)
                if seen.last?.mapping !== newest { seen.append(Weakly(newest)) }
                most = max(most, seen.reduce(0) { $0 + ($1.mapping?.openedByteCount ?? 0) })
            }
            #expect(count == 12_000)
        }
        #expect(seen.count > 20)
        // Three of them, each with a large value and a way to it more than its share.
        #expect(most <= limit / 8 * 9 + 3 * 6 * 4096, "\(most) bytes")
    }

    /// Large values that a scan passes over take memory one at a time, and those that are looked up stay where they are. Where all fit into the
    /// memory, a scan keeps them too.
    @Test(arguments: [128 << 10, 64 << 20]) func aScanKeepsNoLargeValues(limit: Int) throws {
        let file = try MemoryFile(isVolatile: false)
        let writer = try Store.open(file, options: options(limit: limit))
        func contents(_ number: Int) -> [UInt8] { filler(6000 + number % 50 * 100, seed: number) }
        try writer.write { for number in 0..<300 { try $0.put(key(number), contents(number)) } }
        try writer.close()
        let store = try Store.open(file, options: options(limit: limit))
        let generations = try #require(store.core.generations)
        let snapshot = try store.snapshot()
        var seen: [Weakly] = []
        var cursor = try snapshot.cursor(forgets: true)
        var kept: [Kept] = []
        for number in 0..<300 {
            let isThere = try cursor.next()
            try require(isThere && cursor.isAt(key(number)))
            let value = try cursor.value
            try require(value.copy() == contents(number))
            // Asked for twice it lies in the same place, so both can be kept by one keeper.
            let isSame = unsafe try cursor.value.pointer == value.pointer
            try require(isSame)
            if number % 30 == 0 { kept.append(Kept(value: value, keeper: cursor.keeper, expected: contents(number))) }
            let newest = try generations.current(atLeast: 0)
            if seen.last?.mapping !== newest { seen.append(Weakly(newest)) }
        }
        let decrypted = seen.reduce(0) { $0 + ($1.mapping?.openedByteCount ?? 0) }
        #expect(seen.count == 1 && (decrypted > 300 * 6000) == (limit > 300 * 10_000), "\(decrypted) bytes")
        for one in kept { try require(one.value.copy() == one.expected) }
    }

    /// Changes at random in a file of many times the memory: what was decrypted for the writer, and the pages that it has changed, keep within
    /// what the options say, in one transaction as in many.
    @Test(arguments: [1, 20]) func aWriterKeepsLittle(transactions: Int) throws {
        let limit = 256 << 10
        let file = try MemoryFile(isVolatile: false)
        let options = try options(limit: limit)
        let records = 10_000
        do {
            let store = try Store.open(file, options: options)
            try store.write { for number in 0..<records { try $0.put(key(number), filler(200, seed: number)) } }
            try store.close()
        }
        #expect(file.byteCount() > UInt64(6 * limit))
        let store = try Store.open(file, options: options)
        let generations = try #require(store.core.generations)
        var random = SeededGenerator(seed: 7)
        var model = Contents(uniqueKeysWithValues: (0..<records).map { (key($0), filler(200, seed: $0)) })
        var seen: [Weakly] = []
        var most = 0
        for _ in 0..<transactions {
            try store.write(.none) {
                for _ in 0..<4_000 / transactions {
                    let asked = key(random.below(records)), changed = key(random.below(records))
                    let value = filler(180 + random.below(40), seed: random.below(1 << 20))
                    let found = try $0.get(asked)?.copy()
                    try require(found == model[asked])
                    try $0.put(changed, value)
                    model[changed] = value
                    let newest = try generations.current(atLeast: 0)
                    if seen.last?.mapping !== newest { seen.append(Weakly(newest)) }
                    let decrypted = seen.reduce(0) { $0 + ($1.mapping?.openedByteCount ?? 0) }
                    most = max(most, decrypted + store.core.writer.tree.memory.byteCount)
                }
            }
        }
        // Three generations and the pages that have changed. Each takes some pages more than its share until the next slice is written.
        #expect(most <= limit / 8 * 9 + 3 * options.dirtyByteLimit + 3 * 64 * 4096, "\(most) bytes")
        let contents = try store.contents()
        try require(contents == model)
        try store.expectSound()
    }

    private final class Weakly {
        weak var mapping: Mapping?
        init(_ mapping: Mapping) { self.mapping = mapping }
    }

    private final class Flag: Sendable {
        let isOver = Atomic(false)
    }

    /// Readers with little memory beside a writer, in this opening and in others: every record is what some state has there.
    @Test(arguments: [true, false]) func readersWithLittleMemory(journal: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("busy")
        let options = try options(limit: 64 << 10, journal: journal)
        let keys = (0..<300).map { key($0) }
        func write(_ store: Store, _ round: Int) throws {
            try store.write([.hard, .none][round % 2]) {
                for (index, key) in keys.enumerated() where round == 0 || (index + round) % 7 == 0 {
                    let content = filler(index == 50 ? 9000 : 150, seed: index << 8 | round)
                    try $0.put(key, [UInt8(index & 255), UInt8(round)] + content)
                }
            }
        }
        let store = try Store.open(path, options: options)
        try write(store, 0)
        let flag = Flag()
        @Sendable func read(_ store: Store, seed: UInt64) throws {
            var random = SeededGenerator(seed: seed)
            var kept: [Kept] = []
            while !flag.isOver.load(ordering: .relaxed) {
                let snapshot = try store.snapshot()
                let isReversed = random.below(2) == 0
                var cursor = try snapshot.cursor(reversed: isReversed, forgets: true)
                var count = 0
                var number = isReversed ? keys.count - 1 : 0
                let step = isReversed ? -1 : 1
                while try cursor.next() {
                    let value = try cursor.value, bytes = value.copy()
                    let isLarge = bytes.count > 5000
                    let index = isLarge ? 50 : number
                    number += step
                    try require(Array(bytes.dropFirst(2)) == filler(isLarge ? 9000 : 150, seed: index << 8 | Int(bytes[1])))
                    count += 1
                    if random.below(50) == 0 { kept.append(Kept(value: value, keeper: cursor.keeper, expected: bytes)) }
                }
                try require(count == keys.count)
                if kept.count > 40 {
                    for one in kept { try require(one.value.copy() == one.expected) }
                    kept.removeFirst(20)
                }
            }
            for one in kept { try require(one.value.copy() == one.expected) }
        }
        var others = options
        others.readOnly = true
        let readOnly = others
        var threads = (0..<2).map { seed in TestThread { try read(store, seed: UInt64(seed)) } }
        threads += (0..<2).map { seed in TestThread { try read(Store.open(path, options: readOnly), seed: UInt64(seed + 9)) } }
        defer { flag.isOver.store(true, ordering: .relaxed) }
        for round in 1..<120 { try write(store, round) }
        flag.isOver.store(true, ordering: .relaxed)
        for thread in threads { try thread.join() }
        try store.expectSound()
    }
}
