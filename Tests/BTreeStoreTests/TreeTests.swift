import Ground
import TestSupport
import Testing

@testable import BTreeStore

@Suite struct TreeTests {
    /// Every range of a small tree, with bounds that are keys and bounds that lie between.
    @Test func everyRangeDeleteOfASmallTree() throws {
        let keys = (0..<26).map { key(2 * $0, prefix: String(repeating: "p", count: 30)) }
        func bound(_ position: Int) -> [UInt8] { key(position, prefix: String(repeating: "p", count: 30)) }
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages())
        try store.write { for (index, key) in keys.enumerated() { try $0.put(key, filler(index == 11 ? 900 : 40, seed: index)) } }
        #expect(try store.statistics().depth >= 2)
        for lower in 0...52 {
            for upper in lower...53 {
                var transaction = try store.beginWrite()
                let inside = keys.indices.filter { 2 * $0 >= lower && 2 * $0 < upper }
                let removed = try transaction.delete(KeyRange(lower: bound(lower), upper: bound(upper)))
                #expect(removed == UInt64(inside.count))
                #expect(transaction.count() == UInt64(keys.count - inside.count))
                var cursor = try transaction.snapshot().cursor()
                for index in keys.indices where !inside.contains(index) {
                    #expect(try cursor.next() && cursor.isAt(keys[index]))
                }
                #expect(try !cursor.next())
                transaction.rollback()
            }
        }
        #expect(try store.contents().count == 26)
        try store.expectSound()
    }

    @Test func rangesOfEveryKind() throws {
        let store = try Store.inMemory(options: smallPages())
        try store.write { for number in 0..<100 { try $0.put(key(number), []) } }
        let snapshot = try store.snapshot()
        #expect(try snapshot.count(.all) == 100)
        #expect(try snapshot.count(.prefix(bytes("key:0000001"))) == 10)
        #expect(try snapshot.count(KeyRange(lower: key(10), lowerInclusive: false, upper: key(20), upperInclusive: true)) == 10)
        #expect(try snapshot.count(KeyRange(lower: key(20), upper: key(10))) == 0)
        #expect(try snapshot.count(KeyRange(lower: key(20), upper: key(20), upperInclusive: true)) == 1)
        #expect(try snapshot.nth(5, in: KeyRange(lower: key(10)))?.key == key(15))
        #expect(try snapshot.nth(90, in: KeyRange(lower: key(10))) == nil)
        #expect(try store.snapshot().cursor(KeyRange(upper: [])).isOver())
        #expect(KeyRange.prefix([0xFF, 0xFF]).upper == nil)
        #expect(KeyRange.prefix([1, 0xFF]).upper == [2])
    }

    @Test func sequentialLoadsLeaveFullPages() throws {
        for order in [true, false] {
            let store = try Store.inMemory(options: smallPages(1024))
            try store.write(.none) { transaction in
                // Between other records, so it isn't the tree's end that tells.
                try transaction.put(bytes("a"), [])
                try transaction.put(bytes("z"), [])
                for number in 0..<3000 { try transaction.append(key(order ? number : 2999 - number), filler(30, seed: number)) }
            }
            let leaves = try #require(try store.treeLevels().last)
            #expect(leaves.usedBytes > leaves.pages * 1024 * 9 / 10)
            try store.expectSound()
        }
    }

    /// Tables are loaded one after the other, in whatever order their ids put them. Each series costs a few pages of its own.
    @Test func seriesBetweenOthersLeaveFullPages() throws {
        func pages(order: [Int]) throws -> Int {
            let store = try Store.inMemory(options: smallPages())
            for series in order {
                try store.write {
                    for number in 0..<250 {
                        try $0.put(
                            key(number, prefix: "series:\(series + 10):\(String(repeating: "p", count: 40))"), filler(60, seed: number))
                    }
                }
            }
            try store.expectSound()
            return try store.treeLevels().reduce(0) { $0 + Int($1.pages) }
        }
        let sorted = try pages(order: Array(0..<20))
        var random = SeededGenerator(seed: 9)
        for _ in 0..<2 {
            let shuffled = try pages(order: (0..<20).shuffled(using: &random))
            #expect(shuffled <= sorted + 3 * 20, "sorted \(sorted), shuffled \(shuffled)")
        }
    }

    @Test func randomLoadsLeavePagesTwoThirdsFull() throws {
        var random = SeededGenerator(seed: 3)
        let store = try Store.inMemory(options: smallPages(1024))
        try store.write(.none) { for _ in 0..<8000 { try $0.put(key(random.below(10_000_000)), filler(30, seed: 1)) } }
        let leaves = try #require(try store.treeLevels().last)
        #expect(leaves.usedBytes * 3 > leaves.pages * 1024 * 2)
        #expect(leaves.savedByPrefixBytes > 0)
    }

    @Test func deletingJoinsPages() throws {
        let store = try Store.inMemory(options: smallPages())
        try store.write { for number in 0..<3000 { try $0.put(key(number), filler(30, seed: 0)) } }
        let full = try #require(try store.treeLevels().last)
        try store.write { for number in 0..<3000 where number % 10 != 0 { try $0.delete(key(number)) } }
        let sparse = try #require(try store.treeLevels().last)
        #expect(sparse.pages * 4 < full.pages)
        try store.expectSound()
        try store.write { for number in 0..<3000 { try $0.delete(key(number)) } }
        #expect(try store.statistics().depth == 0)
        try store.expectSound()
    }

    @Test func keysAndValuesOfEveryLength() throws {
        let store = try Store.inMemory()
        #expect(store.maximumKeyLength == 1024)
        var expected: [[UInt8]: [UInt8]] = [:]
        try store.write { transaction in
            for length in [0, 1, 3, 4, 5, 127, 1023, 1024] {
                for value in [0, 1, 1000, 2030, 2040, 4096, 4097, 100_000] {
                    let key = filler(length, seed: value / 10)
                    expected[key] = filler(value, seed: length)
                    try transaction.put(key, filler(value, seed: length))
                }
            }
        }
        #expect(try store.contents() == expected)
        try store.expectSound()
        var transaction = try store.beginWrite()
        expectError {
            try transaction.put(filler(1025, seed: 0), [])
        } matches: {
            $0 == .keyTooLong(byteCount: 1025, limit: 1024)
        }
        #expect(try transaction.put([7], [7]))
        transaction.rollback()
    }

    /// Keys whose places are all asked for before the first is read.
    @Test func placesLeadToValues() throws {
        #expect(try Store.inMemory().snapshot().place(of: key(1).span).map { _ in true } == nil)
        let store = try Store.inMemory(options: smallPages())
        for count in [1, 40, 3000] {
            try store.write { for number in 0..<count { try $0.put(key(number * 2), filler(number % 900, seed: number)) } }
            let snapshot = try store.snapshot()
            let places = try (0...count * 2).map { try snapshot.place(of: key($0).span) }
            for (number, place) in places.enumerated() {
                let found = try snapshot.get(key(number).span, at: try #require(place))
                let expected = number % 2 == 0 && number < count * 2 ? filler(number / 2 % 900, seed: number / 2) : nil
                try require(found?.copy() == expected, "\(number) of \(count)")
            }
        }
    }

    @Test func aLargeValueIsOneSpan() throws {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file)
        let value = [UInt8](repeating: 7, count: 16 << 20)
        try store.write { try $0.put([1], value) }
        let snapshot = try store.snapshot()
        let found = try #require(try snapshot.get([1]))
        #expect(found.count == value.count && found.span[0] == 7 && found.span[value.count - 1] == 7)
        try store.write { try $0.put([1], [2]) }
        #expect(found.span[value.count / 2] == 7)
        #expect(try store.snapshot().get([1])?.copy() == [2])
        try store.expectSound()
    }

    @Test func snapshotsOfARunningTransaction() throws {
        let store = try Store.inMemory(options: smallPages(dirtyByteLimit: 4096))
        try store.write { for number in 0..<100 { try $0.put(key(number), [0]) } }
        var transaction = try store.beginWrite()
        var snapshots: [Snapshot] = []
        for round in 1..<6 {
            for number in 0..<100 { try transaction.put(key(number), filler(40, seed: round)) }
            snapshots.append(try transaction.snapshot())
        }
        for (index, snapshot) in snapshots.enumerated() {
            #expect(try snapshot.get(key(50))?.copy() == filler(40, seed: index + 1))
        }
        #expect(try store.snapshot().get(key(50))?.copy() == [0])
        transaction.rollback()
        for number in 0..<100 { try store.write(.none) { try $0.put(key(number), [9]) } }
        for (index, snapshot) in snapshots.enumerated() {
            #expect(try snapshot.get(key(99))?.copy() == filler(40, seed: index + 1))
        }
        snapshots = []
        try store.expectSound()
    }

    @Test func transactionsWaitForEachOther() throws {
        let store = try Store.inMemory()
        try store.write { try $0.put([0], [0]) }
        let threads = (0..<4).map { _ in
            TestThread {
                for _ in 0..<50 {
                    var transaction = try store.beginWrite()
                    let old = try transaction.get([0])!.copy()[0]
                    try transaction.put([0], [old &+ 1])
                    try transaction.commit(.none)
                }
            }
        }
        for thread in threads { try thread.join() }
        #expect(try store.snapshot().get([0])?.copy() == [200])
    }

    @Test func checksumsAreXXH64() {
        func sum(_ text: String) -> UInt64 {
            withBytes(bytes(text)) { unsafe checksum($0.base, $0.count) }
        }
        #expect(sum("") == 0xEF46_DB37_51D8_E999)
        #expect(sum("a") == 0xD24E_C4F1_A98C_6E5B)
        #expect(sum("abc") == 0x44BC_2CF5_AD77_0999)
        #expect(sum("Nobody inspects the spammish repetition") == 0xFBCE_A83C_8A37_8BF1)
    }
}

extension Cursor {
    fileprivate consuming func isOver() throws -> Bool { try !next() }
}
