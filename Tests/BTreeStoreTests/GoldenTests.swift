import Ground
import Testing

@testable import BTreeStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Small files of each format that must be readable for good, and that the same operations make byte for byte.
///
/// When a new format version comes, these files stay and others are added beside them. `PANDO_WRITE_GOLDEN=1` writes what the
/// operations make now, for a format that has not been released yet.
@Suite struct GoldenTests {
    private static let path =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/Golden/"
    /// A file at rest, and one whose process was killed when it had written a journal.
    private static let names = [
        "format-1.pando", "format-1-journal.pando", "format-2.pando", "format-2-journal.pando", "format-2-digests.pando",
        "format-2-digests-journal.pando",
    ]

    /// The same as they were made while every full leaf was cut in halves, also one that records in ascending order had filled. They are read
    /// only.
    private static let olderNames: [String] = names.map { name in
        let end = name.index(name.startIndex, offsetBy: "format-0".count)
        return "\(name[..<end])-halves\(name[end...])"
    }

    /// The same, encrypted. What is written has random numbers in it, so these are read only; the layout of what is sealed is that of the others.
    private static let sealedNames = ["format-2-encrypted.pando", "format-2-encrypted-journal.pando"]
    /// Their SHA-256, so that nobody makes them anew.
    private static let sealedHashes = [
        "format-2-encrypted.pando": "74bd22240a13035312672eeb9d0f8a0da1883539a5e870e048bd81f74d890032",
        "format-2-encrypted-journal.pando": "0a0f6f30e7c61da72fd1368659736f16de256431b5dd09bb52c920f5d1d62801",
    ]

    /// Of the records that each of them has, by docs/FILE-FORMAT.md.
    private static let digest = RangeDigest(rawValue: 0xA225_F8C7_BE09_097D_9725_F02E_9E5C_5B45)
    private static let identity: (UInt64, UInt64) = (0x0011_2233_4455_4677, 0x8899_AABB_CCDD_EEFF)

    /// Leaves, branches at two levels, overflow runs, a free-space log, a cut subtree; in format 2 a state that has a name.
    private func make(_ file: MemoryFile, _ name: String) throws {
        let journal = name.hasSuffix("-journal.pando")
        var options = smallPages(journal: journal)
        options.formatVersion = Self.format(name)
        options.keepsDigests = Self.hasDigests(name)
        options.salt = 0x0123_4567_89AB_CDEF
        if Self.isSealed(name) {
            options.pageSize = 4096
            options.encryption = try Self.goldenKey()
        }
        let store = try Store.open(file, options: options, identity: Self.identity)
        try store.write { transaction in
            for number in 0..<120 { try transaction.put(key(number, prefix: "db:first:docs:"), filler(20 + number % 30, seed: number)) }
            for number in 0..<120 { try transaction.append(key(number, prefix: "db:second:docs:"), filler(30, seed: number)) }
            try transaction.put(bytes("large"), filler(1300, seed: 1))
            try transaction.put(bytes("larger"), filler(3000, seed: 2))
            try transaction.put([], bytes("the empty key"))
        }
        try store.write { transaction in
            for number in stride(from: 0, to: 120, by: 3) { try transaction.delete(key(number, prefix: "db:first:docs:")) }
            try transaction.put(bytes("large"), filler(700, seed: 3))
        }
        if options.formatVersion > 1 { try store.createState("full", microseconds: 1_700_000_000_000_000) }
        try store.write { try $0.delete(.prefix(bytes("db:second:")), expecting: 120) }
        try store.write { try $0.put(bytes("zebra"), bytes("stripes")) }
        // What closing makes of a journal is another flush.
        if journal { store.core.published.refuseWrites(after: .closed) }
        try store.close()
    }

    private static func isSealed(_ name: String) -> Bool { name.contains("-encrypted") }

    /// 64 hex digits in a file of their own, as somebody would keep them.
    private static func goldenKey() throws -> EncryptionKey {
        let text = try String(contentsOf: URL(fileURLWithPath: path + "format-2-encrypted.key"), encoding: .utf8).prefix { $0 != "\n" }
        let digits = text.compactMap(\.hexDigitValue)
        var bytes = (0..<digits.count / 2).map { UInt8(16 * digits[2 * $0] + digits[2 * $0 + 1]) }
        return try EncryptionKey(.key, name: "golden", secret: try SecretBytes(erasing: &bytes))
    }

    private static func hasDigests(_ name: String) -> Bool { name.contains("-digests") }

    private static func format(_ name: String) -> UInt32 { name.hasPrefix("format-1") ? 1 : 2 }

    private var expected: [[UInt8]: [UInt8]] {
        var contents: [[UInt8]: [UInt8]] = [
            []: bytes("the empty key"), bytes("large"): filler(700, seed: 3), bytes("larger"): filler(3000, seed: 2),
            bytes("zebra"): bytes("stripes"),
        ]
        for number in 0..<120 where number % 3 != 0 {
            contents[key(number, prefix: "db:first:docs:")] = filler(20 + number % 30, seed: number)
        }
        return contents
    }

    private func golden(_ name: String = names[0]) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path + name)))
    }

    @Test(arguments: names) func theSameOperationsMakeTheSameBytes(name: String) throws {
        let file = try MemoryFile(isVolatile: false)
        try make(file, name)
        let made = try readBytes(file, at: 0, count: 1 << 20)
        if ProcessInfo.processInfo.environment["PANDO_WRITE_GOLDEN"] != nil {
            try Data(made).write(to: URL(fileURLWithPath: Self.path + name))
        }
        let golden = try golden(name)
        let difference = zip(made, golden).enumerated().first { $1.0 != $1.1 }?.offset
        #expect(made.count == golden.count && difference == nil, "the first difference is at byte \(difference ?? -1)")
    }

    /// Makes those that are encrypted, for a format that has not been released yet.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["PANDO_WRITE_GOLDEN"] == "encrypted"), arguments: sealedNames)
    func sealedFilesAreMade(name: String) throws {
        let file = try MemoryFile(isVolatile: false)
        try make(file, name)
        try Data(try readBytes(file, at: 0, count: 1 << 20)).write(to: URL(fileURLWithPath: Self.path + name))
    }

    @Test(arguments: names + olderNames + sealedNames) func theFileCanBeReadAndChanged(name: String) throws {
        let file = try MemoryFile(isVolatile: false)
        let golden = try golden(name)
        try writeBytes(golden, file, at: 0)
        var (reading, writing) = (readOnly(), StoreOptions())
        if Self.isSealed(name) {
            let hash = SHA256.hash(golden).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
            #expect(hash == Self.sealedHashes[name])
            reading.encryption = try Self.goldenKey()
            writing.encryption = reading.encryption
            #expect(throws: StoreError.self) { try Store.open(file, options: readOnly()) }
        }
        #expect(try Store.open(file, options: reading).documents() == expected)
        let store = try Store.open(file, options: writing)
        #expect(store.uuid.description == "00112233-4455-4677-8899-aabbccddeeff")
        #expect(store.pageSize == (Self.isSealed(name) ? 4096 : 512))
        #expect(try store.documents() == expected)
        #expect(try store.statistics().formatVersion == Int(Self.format(name)))
        #expect(try store.snapshot().hasDigests == Self.hasDigests(name))
        #expect(try store.snapshot().digest() == Self.digest)
        let states = try store.states()
        #expect(states.map(\.name) == (Self.format(name) > 1 ? ["full"] : []))
        for state in states {
            #expect(state.microseconds == 1_700_000_000_000_000)
            let contents = try store.snapshot(of: state.name).contents()
            #expect(contents.count == expected.count + 119 && contents[bytes("zebra")] == nil)
            #expect(contents[key(7, prefix: "db:second:docs:")] == filler(30, seed: 7))
        }
        try store.expectSound()
        try store.write { for number in 0..<200 { try $0.put(key(number), filler(60, seed: number)) } }
        try store.expectSound()
        #expect(try store.documents().count == expected.count + 200)
        try store.upgradeFormat()
        #expect(try store.snapshot().hasDigests)
        try store.expectSound()
    }

    @Test func theFileHoldsPagesOfEveryKind() throws {
        let file = try MemoryFile(isVolatile: false)
        try writeBytes(golden(), file, at: 0)
        let store = try Store.open(file, options: readOnly())
        let report = try store.check()
        #expect(report.isClean)
        #expect(report.branchPages > 0 && report.leafPages > 0 && report.overflowPages > 0 && report.spacePages > 0)
        #expect(report.freePages > 0)
        let levels = try store.treeLevels()
        let root = try #require(
            try (2..<file.byteCount() / 512).lazy.compactMap { number in
                let page = try store.page(PageNumber(rawValue: number))
                return page.kind == .branch && page.fields.contains { $0 == ("level", "\(levels[0].level)") } ? page : nil
            }.last)
        #expect(root.cells.allSatisfy { $0.page != nil && $0.birth != nil && $0.checksum != nil })
        #expect(try store.page(PageNumber(rawValue: 0)).kind == .meta)
    }
}
