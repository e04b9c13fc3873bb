import Foundation
import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Copies of files in use, and what is different between two states.
@Suite struct BackupTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func filled(_ path: String) throws -> Store {
        let store = try Store.open(path, options: smallPages())
        for round in 0..<4 {
            try store.write { for number in 0..<300 { try $0.put(key(number), filler(number % 60 == 0 ? 1500 : 40, seed: round)) } }
        }
        try store.write { try $0.delete(KeyRange(lower: key(100), upper: key(150))) }
        return store
    }

    @Test func aCopyKeepsEveryPageWhereItIs() throws {
        let store = try filled(directory.file("original"))
        try store.write(.none) { try $0.put(key(900), [9]) }
        let report = try store.backup(to: directory.file("copy"))
        let contents = try store.contents()
        #expect(report.records == UInt64(contents.count))

        let copy = try Store.open(directory.file("copy"))
        #expect(try copy.contents() == contents)
        #expect(copy.uuid == store.uuid)
        try copy.expectSound()
        var differences = try copy.snapshot().differences(from: store.snapshot())
        #expect(try differences.next() == nil)
        #expect(differences.pagesRead == 0)
        // Both go on by themselves.
        for round in 5..<9 { try copy.write { for number in 0..<300 { try $0.put(key(number), filler(50, seed: round)) } } }
        try copy.expectSound()
        try copy.close()
        #expect(try Store.check(path: directory.file("copy")).isClean)
        #expect(try store.contents() == contents)
    }

    @Test func whatHasItsNameStays() throws {
        let store = try filled(directory.file("original"))
        try writeBytes(bytes("precious"), DiskFile(directory.file("copy"), options: StoreOptions()), at: 0)
        expectError {
            try store.backup(to: directory.file("copy"))
        } matches: {
            $0 == .alreadyExists(path: directory.file("copy"))
        }
        #expect(try readBytes(DiskFile(directory.file("copy"), options: readOnly()), at: 0, count: 100) == bytes("precious"))
        try store.backup(to: directory.file("copy"), replacing: true)
        #expect(try Store.check(path: directory.file("copy")).records == 250)
        #expect(!FileName.exists(DiskFile.unfinishedName(of: directory.file("copy"), store.uuid)))
        expectError {
            try store.backup(to: directory.file("none/copy"))
        } matches: {
            if case .notFound = $0 { true } else { false }
        }
    }

    /// Its writer would go on with a file that has no name any more.
    @Test func aFileThatIsOpenForWritingIsNotReplaced() throws {
        let path = directory.file("original")
        let store = try filled(path)
        for source in [store, try Store.open(path, options: readOnly())] {
            expectError {
                try source.backup(to: path, replacing: true)
            } matches: {
                if case .busy = $0 { true } else { false }
            }
        }
        #expect(!FileName.exists(DiskFile.unfinishedName(of: path, store.uuid)))
        try store.write { try $0.put(key(900), [9]) }
        #expect(try Store.open(path, options: readOnly()).snapshot().count() == 251)
    }

    @Test func emptyStoresAndStoresInMemory() throws {
        let empty = try Store.open(directory.file("empty"), options: smallPages())
        try empty.backup(to: directory.file("empty copy"))
        #expect(try Store.open(directory.file("empty copy")).contents() == [:])
        let memory = try Store.inMemory(options: smallPages())
        try memory.write { for number in 0..<200 { try $0.put(key(number), filler(number * 10, seed: 1)) } }
        let report = try memory.backup(to: directory.file("memory copy"))
        #expect(report.records == 200)
        let copy = try Store.open(directory.file("memory copy"))
        #expect(try copy.contents() == memory.contents())
        #expect(copy.pageSize == 512 && copy.uuid == memory.uuid)
    }

    /// A process that only reads can copy too, while the one that writes goes on.
    @Test func copiesWhileAWriterGoesOn() throws {
        let path = directory.file("original")
        let store = try filled(path)
        let reader = try Store.open(path, options: readOnly())
        let writing = TestThread {
            for round in 0..<40 {
                try store.write { for number in 0..<200 { try $0.put(key(number), filler(40, seed: 100 + round)) } }
            }
        }
        for number in 0..<6 {
            let source = number % 2 == 0 ? reader : store
            try source.backup(to: directory.file("copy \(number)"))
            let copy = try Store.open(directory.file("copy \(number)"), options: readOnly())
            #expect(try copy.check().isClean)
            let values = try copy.contents().filter { $0.key.lexicographicallyPrecedes(key(100)) && $0.key != key(0) && $0.key != key(60) }
            #expect(Set(values.values).count == 1, "one round's values, or another's")
        }
        try writing.join()
        try store.expectSound()
    }

    /// The disk fills up, or fails, at any step: no copy, and the store goes on.
    @Test(arguments: [StoreError.diskFull(path: "recorded"), .io(operation: "fdatasync", path: "recorded", errorNumber: 5)])
    func aCopyThatFails(error: StoreError) throws {
        let store = try filled(directory.file("original"))
        let contents = try store.contents()
        var failures = 0
        while failures < 1000 {
            let file = try RecordingFile()
            file.refuse(after: failures, with: error, partByteCount: 700)
            do { _ = try store.backup(into: file) } catch let thrown {
                #expect(thrown == error)
                failures += 1
                continue
            }
            file.allowAll()
            let copy = try Store.open(file)
            #expect(try copy.contents() == contents)
            try copy.expectSound()
            break
        }
        #expect(failures > 5)
        try store.write { try $0.put(key(1), [1]) }
        try store.expectSound()
    }

    /// A crash leaves what has no meta page yet, or the whole copy; never one that opens and lacks something.
    @Test func aCrashWhileACopyIsMade() throws {
        let store = try filled(directory.file("original"))
        let contents = try store.contents()
        let file = try RecordingFile()
        _ = try store.backup(into: file)
        var random = SeededGenerator(seed: 1)
        var disk = CrashImages()
        var whole = 0
        for step in file.steps {
            disk.apply(step)
            for image in disk.images(limit: 10, &random) {
                let left = try RecordingFile(image)
                guard let copy = try? Store.open(left, options: readOnly()) else { continue }
                whole += 1
                #expect(try copy.contents() == contents)
                #expect(try copy.check().isClean)
            }
        }
        #expect(whole > 0)
    }

    // MARK: Differences

    @Test func differencesAgreeWithAModel() throws {
        for seed in 0..<6 {
            var random = SeededGenerator(seed: UInt64(seed))
            let store = try Store.inMemory(options: smallPages())
            let other = try Store.open(RecordingFile(), options: smallPages())
            for store in [store, other] {
                try store.write { for number in 0..<(seed % 3 * 200) { try $0.put(key(number * 3), filler(number % 70, seed: number)) } }
            }
            var snapshots = [try store.snapshot(), try other.snapshot()]
            for _ in 0..<4 {
                try store.write { transaction in
                    for _ in 0..<random.below(60) {
                        let number = random.below(900)
                        switch random.below(10) {
                        case 0: try transaction.delete(KeyRange(lower: key(number), upper: key(number + random.below(200))))
                        case 1...3: try transaction.delete(key(number))
                        case 4: try transaction.put(key(number), filler(600 + random.below(1000), seed: number))
                        default: try transaction.put(key(number), filler(random.below(50), seed: random.below(3)))
                        }
                    }
                }
                snapshots.append(try store.snapshot())
            }
            for old in snapshots {
                for new in snapshots {
                    var differences = new.differences(from: old)
                    var found = try old.contents()
                    var last: [UInt8]?
                    while let difference = try differences.next() {
                        if let last { try require(last.lexicographicallyPrecedes(difference.key), "seed \(seed)") }
                        last = difference.key
                        try require(found[difference.key] == difference.old?.copy(), "seed \(seed)")
                        try require(difference.old?.copy() != difference.new?.copy(), "seed \(seed)")
                        found[difference.key] = difference.new?.copy()
                    }
                    try require(found == new.contents(), "seed \(seed)")
                }
            }
        }
    }

    /// Whether something differs in ranges, few and many, short and long, of states that are near and far from each other.
    @Test func differencesInRangesAgreeWithAModel() throws {
        var answers: [Bool: Int] = [:]
        for seed in 0..<6 {
            var random = SeededGenerator(seed: UInt64(seed))
            let store = try Store.inMemory(options: smallPages())
            try store.write { for number in 0..<900 { try $0.put(key(number), filler(number % 70, seed: number)) } }
            var states = [(try store.snapshot(), try store.contents())]
            for change in [1, 3, 40, 900] {
                try store.write { transaction in
                    for _ in 0..<change {
                        let number = random.below(1000)
                        switch random.below(4) {
                        case 0: try transaction.delete(key(number))
                        default: try transaction.put(key(number), filler(random.below(50), seed: random.below(3)))
                        }
                    }
                }
                states.append((try store.snapshot(), try store.contents()))
            }
            for count in [1, 2, 30, 400] {
                for (old, before) in states {
                    for (new, after) in states {
                        let ranges = (0..<count).map { _ in
                            let first = random.below(1000)
                            let length = random.below(20) == 0 ? 400 : random.below(2) * random.below(6)
                            return KeyRange(
                                lower: random.below(200) == 0 ? nil : key(first), upper: random.below(60) == 0 ? nil : key(first + length))
                        }
                        let expected = Set(before.keys).union(after.keys).contains { key in
                            before[key] != after[key]
                                && ranges.contains { range in
                                    range.lower.map { !key.lexicographicallyPrecedes($0) } ?? true
                                        && range.upper.map { key.lexicographicallyPrecedes($0) } ?? true
                                }
                        }
                        try require(new.differs(from: old, in: ranges) == expected, "seed \(seed), \(ranges)")
                        answers[expected, default: 0] += 1
                    }
                }
            }
        }
        #expect(answers[true, default: 0] > 50 && answers[false, default: 0] > 50)
    }

    /// Under the name that the copy has while it is made there may be something. Whatever else leads there, nobody's file is emptied.
    @Test func whatIsInTheWayOfABackup() throws {
        let store = try filled(directory.file("from"))
        let target = directory.file("to"), other = directory.file("other")
        let partial = DiskFile.unfinishedName(of: target, store.uuid)
        func contents() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: other)) }
        try Data("mine".utf8).write(to: URL(fileURLWithPath: other))

        try FileManager.default.createSymbolicLink(atPath: partial, withDestinationPath: other)
        expectError {
            _ = try store.backup(to: target)
        } matches: {
            $0 == .unsupportedFile(path: partial, kind: "symbolic link")
        }
        #expect(try contents() == Data("mine".utf8))
        try FileManager.default.removeItem(atPath: partial)

        // The same file under two names, as after a backup that was killed between giving the copy its name and taking the other one away.
        try FileManager.default.linkItem(atPath: other, toPath: partial)
        _ = try store.backup(to: target)
        #expect(try contents() == Data("mine".utf8))
        #expect(!FileName.exists(partial))
        #expect(try Store.open(target, options: readOnly()).contents() == store.contents())
    }

    /// What both have is not read.
    @Test func fewPagesAreReadForFewDifferences() throws {
        let store = try Store.open(directory.file("large"), options: smallPages())
        try store.write { for number in 0..<20_000 { try $0.append(key(number * 2), filler(40, seed: number)) } }
        try store.backup(to: directory.file("copy"))
        try store.write {
            try $0.put(key(5001), [])
            try $0.delete(key(30_000))
        }
        let copy = try Store.open(directory.file("copy"), options: readOnly())
        var differences = try store.snapshot().differences(from: copy.snapshot())
        var keys: [[UInt8]] = []
        while let difference = try differences.next() { keys.append(difference.key) }
        #expect(keys == [key(5001), key(30_000)])
        let depth = try store.statistics().depth
        #expect(differences.pagesRead <= 4 * depth + 8)
    }
    /// Where everything has changed, a range is compared by what lies on the way to it.
    @Test func fewPagesAreReadForARange() throws {
        let store = try Store.open(directory.file("large"), options: smallPages())
        try store.write { for number in 0..<20_000 { try $0.append(key(number * 2), filler(40, seed: number)) } }
        let before = try store.snapshot()
        try store.write { for number in 0..<20_000 where number % 100 != 50 { try $0.put(key(number * 2), filler(20, seed: number)) } }
        var differences = try store.snapshot().differences(from: before)
        for number in stride(from: 50, to: 20_000, by: 100) {
            differences.restart(Bounds(KeyRange(lower: key(number * 2 - 1), upper: key(number * 2 + 2))))
            #expect(try differences.next() == nil)
        }
        let depth = try store.statistics().depth
        #expect(differences.pagesRead <= 200 * (2 * depth + 4))
        differences.restart(Bounds(KeyRange(lower: key(101), upper: key(104))))
        #expect(try differences.next()?.key == key(102))
    }
}
