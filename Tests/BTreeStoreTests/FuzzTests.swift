import TestSupport
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Files made to do harm by changing sound ones. What a fuzzer found stands in `Corpus`, and is tried each time.
@Suite struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let rounds = environment["PANDO_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 150
    private static let seed = environment["PANDO_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    /// Small files of every kind, and something to do with each: what fuzzing begins with.
    static func seeds() throws -> [[UInt8]] {
        let scenarios: [[CrashAction]] = [
            [],
            [.commit([.put([1], bytes: 20)])],
            [.commit([.put(0..<40, bytes: 60)]), .commit([.put([7], bytes: 10), .delete([9])])],
            [.commit([.put(0..<12, bytes: 60), .put([3], bytes: 900)]), .commit([.put([4], bytes: 600)])],
            [.commit([.put(0..<100, bytes: 30)]), .commit([.deleteRange(20..<90)]), .commit([.put([50], bytes: 30)])],
            [.commit([.put(0..<60, bytes: 40)]), .hold, .commit([.put(0..<60, bytes: 30)]), .commit([.deleteRange(10..<20)])],
            [.commit([.put(0..<25, bytes: 200)]), .commit([.put([60, 61], bytes: 400)])],
        ]
        let script: [UInt8] = [0x41, 3, 0x95, 8, 0xBF, 0x22, 5, 0x4B, 1, 0x20, 2, 0x83, 0x40, 0, 0]
        return try scenarios.flatMap { actions in
            let history = try CrashHistory(actions, options: smallPages())
            // As closed, and as it was before that: with a meta page that isn't whole.
            let steps = history.file.steps
            let open = steps[..<(steps.lastIndex { if case .write(0...512, _) = $0 { true } else { false } } ?? steps.count)]
            return [steps, Array(open)].map { steps in
                var disk = CrashImages()
                for step in steps { disk.apply(step) }
                return Array(disk.cache.prefix(disk.cache.count / 512 * 512)) + script
            }
        } + (1...3).map { try journal(commits: $0) + script } + [false, true].map { try states(journal: $0) + script }
    }

    /// A small file with states that have names, and with pages that only they have.
    private static func states(journal: Bool) throws -> [UInt8] {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages(journal: journal))
        for round in 0..<3 {
            try store.write { for number in 0..<12 { try $0.put(key(number), filler(number == 5 ? 700 : 30, seed: round)) } }
            try store.createState("state-\(round)")
        }
        try store.write { try $0.delete(KeyRange(lower: key(2), upper: key(9))) }
        try store.dropState("state-1")
        return try readBytes(file, at: 0, count: 1 << 20)
    }

    /// A small file as a process leaves it that is killed, with records in its journal.
    private static func journal(commits: Int) throws -> [UInt8] {
        let file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: smallPages(journal: true))
        try store.write { for number in 0..<20 { try $0.put(key(number), filler(30, seed: 1)) } }
        for number in 0..<commits {
            try store.write {
                try $0.put(key(number), filler(200 * number, seed: 2))
                try $0.delete(key(9 + number))
                try $0.delete(KeyRange(lower: key(12), upper: key(14)))
            }
        }
        return try readBytes(file, at: 0, count: 1 << 20)
    }

    /// A small encrypted file, decrypted, as `AuthenticImage` takes it: branches, large values, a free-space log, records of a journal.
    private static func authentic(journal: Bool) throws -> [UInt8] {
        let file = try MemoryFile(isVolatile: false)
        let secret = try testKey()
        let store = try Store.open(file, options: encrypted(secret, journal: journal))
        for round in 0..<2 {
            try store.write { for number in 0..<70 { try $0.put(key(number), filler(number == 5 ? 5000 : 90, seed: round)) } }
            try store.createState("state-\(round)")
        }
        try store.sync()
        try store.write {
            try $0.put(key(3), filler(30, seed: 2))
            try $0.delete(KeyRange(lower: key(20), upper: key(40)))
        }
        // With a journal the process is killed, so that the newest records are in no page.
        if journal { store.core.published.refuseWrites(after: .closed) }
        try store.close()
        let image = try readBytes(file, at: 0, count: Int(file.byteCount()))
        return try #require(AuthenticImage.opened(image, secret))
    }

    /// What is decrypted and sealed again is the same file.
    @Test(arguments: [false, true]) func anAuthenticFileIsOne(journal: Bool) throws {
        let secret = try testKey()
        let opened = try Self.authentic(journal: journal)
        let sealed = try #require(AuthenticImage.sealed(opened, secret))
        #expect(AuthenticImage.opened(sealed, secret) == opened)
        #expect(zip(sealed, opened).filter { $0 != $1 }.count > 4 * AuthenticImage.pageSize)
        let file = try MemoryFile(isVolatile: false)
        try writeBytes(sealed, file, at: 0)
        let store = try Store.open(file, options: encrypted(secret))
        #expect(try store.documents().count == 50 && store.states().map(\.name) == ["state-0", "state-1"])
        try store.expectSound()
    }

    /// Somebody with the key who does harm: that a page's tag is right is no reason to trust what it holds.
    @Test(arguments: [false, true]) func authenticPagesChangedByChance(journal: Bool) throws {
        let secret = try testKey()
        let opened = try Self.authentic(journal: journal)
        let size = AuthenticImage.pageSize
        func contents(_ image: [UInt8]) throws -> [[UInt8]: [UInt8]] {
            let file = try MemoryFile(isVolatile: false)
            try writeBytes(AuthenticImage.sealed(image, secret) ?? image, file, at: 0)
            return try Store.open(file, options: encrypted(secret)).contents()
        }
        let before = try contents(opened)
        // Images that were read as something else, and those that were refused for what they hold.
        var seen = 0
        for round in 0..<Self.rounds {
            var random = SeededGenerator(seed: Self.seed &+ UInt64(round))
            var input = opened
            for _ in 0...random.below(4) {
                let start = size * random.below(input.count / size)
                // Headers and the beginnings of lists more often than values.
                let index = start + random.below([size, 300, 48][random.below(3)])
                if start < 2 * size, index - start >= MetaPage.byteCount { continue }
                switch random.below(4) {
                case 0: input[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: input[index] ^= 1 << UInt8(random.below(8))
                case 2: input[index] = input[random.below(input.count)]
                default: input[index] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
                }
            }
            let script = (0..<9).map { _ in UInt8(truncatingIfNeeded: random.next()) } + [0]
            do { try FuzzedImage(input + script).run() } catch {
                Issue.record("seed \(Self.seed &+ UInt64(round)): \(error)")
                return
            }
            do {
                if try contents(input) != before { seen += 1 }
            } catch StoreError.damaged(_, let reason) {
                if reason != PageReader.wrongSeal { seen += 1 }
            } catch is StoreError {}
        }
        // Else they would have been refused for their tags. It is one in four; a few rounds may have none.
        #expect(seen > Self.rounds / 10 || Self.rounds < 100)
    }

    @Test func filesChangedByChance() throws {
        let seeds = try Self.seeds()
        if let folder = Self.environment["PANDO_FUZZ_SEEDS"] {
            let all = try seeds + [false, true].map { try Self.authentic(journal: $0) + [0x41, 3, 0x95, 8, 0xBF, 0] }
            for (index, seed) in all.enumerated() { try Data(seed).write(to: URL(filePath: "\(folder)/seed-\(index)")) }
        }
        for seed in seeds { try FuzzedImage(seed).run() }
        for round in 0..<Self.rounds {
            var random = SeededGenerator(seed: Self.seed &+ UInt64(round))
            var input = seeds[random.below(seeds.count)]
            for _ in 0...random.below(6) {
                let index = random.below(8) == 0 ? random.below(512) : random.below(input.count)
                switch random.below(5) {
                case 0: input[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: input[index] ^= 1 << UInt8(random.below(8))
                case 2: input[index] = input[random.below(input.count)]
                case 3: Self.useTwice(&input, &random)
                default:
                    // A page in another's place.
                    let pages = input.count / 512
                    let from = 512 * random.below(pages), to = 512 * random.below(pages)
                    input.replaceSubrange(to..<to + 512, with: Array(input[from..<from + 512]))
                }
            }
            do { try FuzzedImage(input).run() } catch {
                Issue.record("seed \(Self.seed &+ UInt64(round)): \(error)")
                return
            }
        }
    }

    /// Has an entry of the free-space log speak of another page, which mostly is in use: a flush writes there, and other pages of the tree
    /// change under it.
    private static func useTwice(_ input: inout [UInt8], _ random: inout SeededGenerator) {
        func number(_ offset: Int) -> Int { (0..<6).reduce(0) { $0 | Int(input[offset + $1]) << (8 * $1) } }
        let log = number(512 * random.below(2) + 96)
        guard log >= 2, log < input.count / 512 else { return }
        var entries: [Int] = []
        var offset = 512 * log + 44
        while offset < 512 * log + 490, case let size = SpaceLog.Entry.byteCount(input[offset]), size > 0 {
            entries.append(offset)
            offset += size
        }
        guard !entries.isEmpty else { return }
        let entry = entries[random.below(entries.count)]
        input[entry + (input[entry] == 4 ? 2 : 1)] = UInt8(truncatingIfNeeded: 2 + random.below(input.count / 512 - 2))
    }

    @Test func whatWasFound() throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Corpus"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".image") {
            let input = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
            do { try FuzzedImage(Array(input)).run() } catch { Issue.record("\(name): \(error)") }
        }
    }
}
