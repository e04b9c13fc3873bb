import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// What is said of an encrypted file whose beginning is damaged.
@Suite struct EncryptedHeadTests {
    private let key: EncryptionKey
    private let file: MemoryFile

    init() throws {
        key = try testKey()
        file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: encrypted(key))
        try store.write { try $0.put(bytes("a"), bytes("b")) }
        try store.close()
    }

    private func damage(_ offset: Int, _ count: Int) throws {
        try writeBytes([UInt8](repeating: 0xA5, count: count), file, at: UInt64(offset))
    }

    /// What stands in a file for everybody to see is no command to a terminal.
    @Test(arguments: ["a\u{1B}[2J", "a\nb", "\u{9B}31m", "\u{7F}"]) func namesOfKeysHaveNoControlCharacters(name: String) throws {
        let odd = try testKey(2, name: name)
        for attempt in [
            { _ = try Store.open(try MemoryFile(isVolatile: false), options: encrypted(odd)) },
            { try Store.rekey(file, with: key, .add(odd)) },
        ] as [() throws -> Void] {
            expectError(attempt) {
                if case .keyRefused(let reason) = $0 { reason.contains("control characters") } else { false }
            }
        }
        let shown = StoreError.keyWanted(path: "x", names: [name, "plain"]).description
        #expect(!shown.unicodeScalars.contains { $0.properties.generalCategory == .control } && shown.contains("\u{FFFD}"))
    }

    // MARK: The two copies of the keys

    private func area(_ place: Int) throws -> (area: KeyArea, code: [UInt8])? { try EncryptedHead.keys(file, at: UInt64(place)) }

    /// What a check without a writer says of them: it changes nothing.
    private func warnings() throws -> [String] {
        var options = encrypted(key)
        options.readOnly = true
        let report = try Store.open(file, options: options).check()
        #expect(report.isClean && report.records == 1)
        return report.warnings
    }

    /// One is lost: a check says so, and who opens the file for writing writes it anew.
    @Test(arguments: [0, 4096], [0, 8, 100]) func aLostCopyIsToldOf(page: Int, at: Int) throws {
        #expect(try warnings().isEmpty)
        let whole = try #require(try area(page))
        try damage(page + KeyArea.offset + at, 4)
        #expect(try area(page) == nil)
        let warning = try #require(try warnings().first)
        #expect(warning.contains("in page \(page / 4096) is not readable") && warning.contains("for writing"))
        #expect(try warnings().count == 1)
        let store = try Store.open(file, options: encrypted(key))
        #expect(try store.check().warnings.isEmpty)
        try store.close()
        #expect(try area(page)?.area == whole.area && area(page)?.code == whole.code)
        #expect(try warnings().isEmpty)
    }

    /// A meta page that a crash has torn is none of the keys' damage, and the keys behind it are good.
    @Test(arguments: [0, 4096]) func aTornMetaPageIsNoDamageToKeys(page: Int) throws {
        try damage(page + 100, 60)
        var options = encrypted(key)
        options.readOnly = true
        #expect(try Store.open(file, options: options).check().warnings.isEmpty)
        // So one of each may be lost, of different pages.
        try damage(4096 - page + KeyArea.offset, 4)
        let warning = try #require(try Store.open(file, options: options).check().warnings.first)
        #expect(warning.contains("in page \(1 - page / 4096) is not readable"))
        try Store.open(file, options: encrypted(key)).close()
        #expect(try Store.open(file, options: options).check().warnings.isEmpty)
    }

    @Test func aChangeOfKeysThatWasCutOffIsToldOf() throws {
        let old = try readBytes(file, at: UInt64(4096 + KeyArea.offset), count: KeyArea.byteCount)
        try Store.rekey(file, with: key, .add(try testKey(2, name: "two")))
        #expect(try warnings().isEmpty)
        try writeBytes(old, file, at: UInt64(4096 + KeyArea.offset))
        #expect(try warnings().map { $0.contains("copies of the file's keys differ") } == [true])
        try Store.open(file, options: encrypted(key)).close()
        #expect(try warnings().isEmpty)
        #expect(try EncryptedHead(file)?.area.slots.map(\.name) == ["test", "two"])
    }

    @Test func aCopyThatSomebodyWithoutTheKeysWroteIsToldOf() throws {
        let (area, code) = try #require(try area(4096))
        try writeBytes(area.encoded(code: code.map { $0 ^ 1 }), file, at: UInt64(4096 + KeyArea.offset))
        #expect(try warnings().map { $0.contains("in page 1 was changed by someone") } == [true])
    }

    /// Otherwise who can write the file would have it open to nobody, although a copy of its keys is whole.
    @Test(arguments: [0, 4096], [false, true]) func aNewerCopyOfSomebodyWithoutTheKeysCountsForNothing(page: Int, keepsSlots: Bool) throws {
        let own = try #require(try area(page))
        var area = own.area
        area.generation += 7
        if !keepsSlots { area.slots = [KeyArea.Slot(kind: 1, name: "theirs", wrapped: filler(48, seed: 1))] }
        func forge() throws { try writeBytes(area.encoded(code: own.code), file, at: UInt64(page + KeyArea.offset)) }
        try forge()
        #expect(throws: StoreError.self) { _ = try Store.open(file, options: encrypted(try testKey(2, name: "test"))) }
        #expect(try warnings().map { $0.contains("in page \(page / 4096) was changed by someone") } == [true])
        try Store.open(file, options: encrypted(key)).close()
        #expect(try warnings().isEmpty)
        #expect(try self.area(page)?.area == own.area)
        // Nor does another key come beside theirs.
        try forge()
        try Store.rekey(file, with: key, .add(try testKey(2, name: "two")))
        #expect(try warnings().isEmpty)
        #expect(try EncryptedHead(file)?.area.slots.map(\.name) == ["test", "two"])
    }

    /// That it isn't encrypted would be wrong, and to encrypt it no help.
    @Test(arguments: [0, 100]) func withoutAMetaPageItIsDamaged(offset: Int) throws {
        for place in [0, 4096] { try damage(place + offset, 20) }
        for encryption in [key, nil] {
            var options = encrypted(key)
            options.encryption = encryption
            expectError {
                _ = try Store.open(file, options: options)
            } matches: {
                if case .damaged(_, let reason) = $0 { reason.contains("neither meta page is whole") } else { false }
            }
        }
    }
}
