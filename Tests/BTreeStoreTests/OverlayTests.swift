import Testing

@testable import BTreeStore

/// Leaves in memory that hold what changed, over pages in the file that hold the rest.
@Suite struct OverlayTests {
    /// A store whose leaves are all in the file and durable, with room for a few more records each.
    private func made(_ file: MemoryFile, pageSize: Int = 4096, records: Int = 400) throws -> Store {
        var options = StoreOptions()
        options.pageSize = pageSize
        let store = try Store.open(file, options: options)
        try store.write { for number in 0..<records { try $0.put(key(2 * number), filler(100, seed: number)) } }
        try store.sync()
        return store
    }

    private func expected(_ records: Int = 400) -> [[UInt8]: [UInt8]] {
        Dictionary(uniqueKeysWithValues: (0..<records).map { (key(2 * $0), filler(100, seed: $0)) })
    }

    @Test func aChangedRecordTakesLessThanItsPage() throws {
        let store = try made(MemoryFile(isVolatile: false))
        try store.write(.none) { try $0.put(key(100), filler(101, seed: 7)) }
        let depth = try store.statistics().depth
        #expect(try store.statistics().dirtyBytes < (depth - 1) * 4096 + 2048)
        var contents = expected()
        contents[key(100)] = filler(101, seed: 7)
        #expect(try store.contents() == contents)
        try store.expectSound()
        try store.sync()
        #expect(try store.contents() == contents)
        try store.expectSound()
    }

    /// Puts that grow the block until it is a page, replacements longer and shorter than before, deletions, large values.
    @Test(arguments: [512, 4096, 32768, 65536]) func everyKindOfChange(pageSize: Int) throws {
        let store = try made(MemoryFile(isVolatile: false), pageSize: pageSize)
        var contents = expected()
        for round in 0..<8 {
            try store.write(round % 4 == 3 ? .hard : .none) { transaction in
                for number in stride(from: round, to: 400, by: 7) {
                    let target = key(2 * number + (round % 3 == 0 ? 1 : 0))
                    switch (number + round) % 5 {
                    case 0:
                        try transaction.delete(target)
                        contents[target] = nil
                    case 1 where number % 10 == 1:
                        contents[target] = filler(pageSize, seed: round)
                        try transaction.put(target, filler(pageSize, seed: round))
                    default:
                        contents[target] = filler(40 + 13 * ((number + round) % 10), seed: round)
                        try transaction.put(target, filler(40 + 13 * ((number + round) % 10), seed: round))
                    }
                }
            }
            #expect(try store.contents() == contents)
            try store.expectSound()
        }
    }

    /// The page below stays as long as a snapshot sees the block above it, however often the file's free pages are used again.
    @Test func aSnapshotKeepsThePageBelow() throws {
        let store = try made(MemoryFile(isVolatile: false))
        try store.write(.none) { try $0.put(key(100), filler(101, seed: 7)) }
        let snapshot = try store.snapshot()
        var contents = expected()
        contents[key(100)] = filler(101, seed: 7)
        for round in 0..<8 {
            try store.write { for number in 0..<400 { try $0.put(key(2 * number), filler(60, seed: round)) } }
            #expect(try snapshot.contents() == contents)
        }
        try store.expectSound()
    }

    @Test func aRollbackGivesTheBlockBack() throws {
        let store = try made(MemoryFile(isVolatile: false))
        try store.write(.none) { try $0.put(key(100), filler(101, seed: 7)) }
        var contents = expected()
        contents[key(100)] = filler(101, seed: 7)
        for _ in 0..<2 {
            var transaction = try store.beginWrite()
            try transaction.put(key(100), filler(10, seed: 8))
            try transaction.delete(.prefix(bytes("k")))
            for number in 0..<50 { try transaction.put(key(number), filler(300, seed: number)) }
            transaction.rollback()
            #expect(try store.contents() == contents)
            try store.expectSound()
        }
    }

    /// A snapshot that is held for long has many pages of its own in memory. Short readers come and go beside it, and no commit looks at them.
    @Test func aHeldSnapshotCostsCommitsNothing() throws {
        func examined(records: Int) throws -> Int {
            let store = try Store.inMemory(options: smallPages())
            try store.write { for number in 0..<records { try $0.put(key(number), filler(60, seed: 1)) } }
            let held = try store.snapshot()
            try store.write { for number in 0..<records { try $0.put(key(number), filler(60, seed: 2)) } }
            let retired = store.core.writer.tree.retired
            #expect(retired.count > records / 10)
            for number in 0..<50 {
                let short = try store.snapshot()
                try store.write { try $0.put(key(number), filler(60, seed: 3)) }
                withExtendedLifetime(short) {}
            }
            withExtendedLifetime(held) {}
            return store.core.writer.tree.retired.examinedCount - retired.examinedCount
        }
        let few = try examined(records: 1000)
        let many = try examined(records: 20_000)
        #expect(many <= few * 2, "\(few) and \(many)")
    }

    /// A range delete, and what joins neighbours, take blocks and the pages below them with them.
    @Test func rangesWithBlocksInThem() throws {
        let store = try made(MemoryFile(isVolatile: false), pageSize: 512)
        var contents = expected()
        try store.write(.none) { for number in stride(from: 0, to: 400, by: 11) { try $0.put(key(2 * number), filler(99, seed: 1)) } }
        for number in stride(from: 0, to: 400, by: 11) { contents[key(2 * number)] = filler(99, seed: 1) }
        try store.write(.none) { _ = try $0.delete(KeyRange(lower: key(101), upper: key(333))) }
        contents = contents.filter { $0.key.lexicographicallyPrecedes(key(101)) || !$0.key.lexicographicallyPrecedes(key(333)) }
        #expect(try store.contents() == contents)
        try store.expectSound()
        try store.sync()
        #expect(try store.contents() == contents)
        try store.expectSound()
    }
}
