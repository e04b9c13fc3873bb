import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// The keys of a file as a file of their own, and how they come back.
@Suite struct KeyHeaderTests {
    private let key: EncryptionKey
    private let file: MemoryFile

    init() throws {
        key = try testKey()
        file = try MemoryFile(isVolatile: false)
        let store = try Store.open(file, options: encrypted(key))
        try store.write { try $0.put(bytes("Hippopotamus"), bytes("b")) }
        try store.close()
    }

    private func loseKeys(_ pages: [Int] = [0, 1]) throws {
        for page in pages { try writeBytes([UInt8](repeating: 0xA5, count: 100), file, at: UInt64(page * 4096 + KeyArea.offset)) }
    }

    private func expectRefusal(_ bytes: [UInt8], _ words: String, _ other: EncryptionKey? = nil) throws {
        let before = try readBytes(file, at: 0, count: Int(file.byteCount()))
        expectError {
            try Store.importKeys(bytes, to: file, with: other ?? key)
        } matches: {
            $0.description.contains(words)
        }
        #expect(try readBytes(file, at: 0, count: Int(file.byteCount())) == before, "\(words)")
    }

    @Test func lostKeysComeBack() throws {
        let header = try Store.exportKeys(of: file)
        #expect(header.count == 3616)
        try loseKeys()
        expectError {
            _ = try Store.open(file, options: encrypted(key))
        } matches: {
            if case .damaged(_, let reason) = $0 { reason.contains("neither copy of its keys") } else { false }
        }
        try Store.importKeys(header, to: file, with: key)
        let store = try Store.open(file, options: encrypted(key))
        #expect(try store.contents() == [bytes("Hippopotamus"): bytes("b")])
        #expect(try store.check().warnings.isEmpty)
        try store.expectSound()
    }

    /// The exported ones could be older, and open to a key that was taken away since.
    @Test(arguments: [0, 1]) func keysThatAreThereStay(lost: Int) throws {
        let header = try Store.exportKeys(of: file)
        try expectRefusal(header, "still has its keys in page 0")
        try loseKeys([lost])
        try expectRefusal(header, "still has its keys in page \(1 - lost)")
    }

    /// Nobody without the keys can write a copy of them that stands in the way.
    @Test func aForgedCopyIsNone() throws {
        let header = try Store.exportKeys(of: file)
        let (area, code) = try #require(try EncryptedHead.keys(file, at: 0))
        for page in [0, 1] {
            try writeBytes(area.encoded(code: code.map { $0 ^ 1 }), file, at: UInt64(page * 4096 + KeyArea.offset))
        }
        #expect(throws: StoreError.self) { _ = try Store.open(file, options: encrypted(key)) }
        try Store.importKeys(header, to: file, with: key)
        #expect(try Store.open(file, options: encrypted(key)).contents().count == 1)
    }

    /// A copy that somebody else wrote, with a higher generation, is not exported in place of the file's own.
    @Test(arguments: [0, 1]) func copiesThatDifferAreNotExported(page: Int) throws {
        let header = try Store.exportKeys(of: file)
        var (area, code) = try #require(try EncryptedHead.keys(file, at: 0))
        area.generation += 1
        try writeBytes(area.encoded(code: code), file, at: UInt64(page * 4096 + KeyArea.offset))
        expectError {
            _ = try Store.exportKeys(of: file)
        } matches: {
            $0.description.contains("differ")
        }
        // Whoever has the key tells which one is right.
        try Store.open(file, options: encrypted(key)).close()
        #expect(try Store.exportKeys(of: file) == header)
    }

    @Test func keysOfAnotherFileAreRefused() throws {
        let other = try MemoryFile(isVolatile: false)
        try Store.open(other, options: encrypted(key)).close()
        try loseKeys()
        try expectRefusal(try Store.exportKeys(of: other), "The exported keys are of the file")
    }

    /// After `rekey --data` the old keys open nothing: a file of the same UUID has other ones.
    @Test func keysFromBeforeNewDataKeysAreRefused() throws {
        let header = try Store.exportKeys(of: file)
        let store = try Store.open(file, options: encrypted(key))
        let renewed = try MemoryFile(isVolatile: false)
        _ = try store.copy(into: renewed, encryption: key)
        try store.close()
        for page in [0, 1] { try writeBytes([UInt8](repeating: 0xA5, count: 100), renewed, at: UInt64(page * 4096 + KeyArea.offset)) }
        expectError {
            try Store.importKeys(header, to: renewed, with: key)
        } matches: {
            $0.description.contains("it was given others since")
        }
    }

    @Test func anotherKeyAndOtherBytesAreRefused() throws {
        let header = try Store.exportKeys(of: file)
        try loseKeys()
        try expectRefusal(header, "this is not the key of", try testKey(2))
        var cut = header
        cut.removeLast()
        var flipped = header
        flipped[100] ^= 1
        for odd in [[], Array(header.prefix(16)), cut, flipped, header + [0], [UInt8](repeating: 0, count: header.count)] {
            try expectRefusal(odd, "These are no keys of a file")
        }
        // With another page size or UUID they are another file's.
        for place in [12, 20] {
            var other = header
            other[place] ^= 1
            try expectRefusal(other, "The exported keys are of the file")
        }
    }

    /// Without a meta page nothing leads to the records.
    @Test func keysAloneAreNoFile() throws {
        let header = try Store.exportKeys(of: file)
        for page in [0, 1] { try writeBytes([UInt8](repeating: 0xA5, count: 4096), file, at: UInt64(page * 4096)) }
        try expectRefusal(header, "restore a backup")
        let plain = try MemoryFile(isVolatile: false)
        try Store.open(plain, options: smallPages(4096)).close()
        expectError {
            _ = try Store.exportKeys(of: plain)
        } matches: {
            if case .notEncrypted = $0 { true } else { false }
        }
    }
}
