import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// Which keys open a file after its keys were changed, and what is told of them.
@Suite struct KeyChangeTests {
    @Test func statisticsTellWhatIsNoSecret() throws {
        let plain = try Store.open(try MemoryFile(isVolatile: false), options: smallPages(4096))
        #expect(try plain.statistics().encryption == nil)
        let file = try MemoryFile(isVolatile: false)
        try Store.open(file, options: encrypted(try testKey(1, name: "one"))).close()
        try Store.rekey(file, with: try testKey(1, name: "one"), .add(try testKey(2, name: "two")))
        let store = try Store.open(file, options: encrypted(try testKey(2, name: "two")))
        try store.write { try $0.put(bytes("a"), bytes("b")) }
        _ = try store.contents()
        let report = try #require(try store.statistics().encryption)
        #expect(report.cipher == "AES-256-GCM-SIV" && report.instructions == "\(CipherWay.chosen)")
        #expect(report.keys.slots.map(\.name) == ["one", "two"] && report.keys.slots.map(\.kind) == ["key", "key"])
        #expect(report.keys.generation == 2)
    }

    /// Else it would go on to open the file after one of its names was removed.
    @Test func aKeyHasOneName() throws {
        let file = try MemoryFile(isVolatile: false)
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        try Store.open(file, options: encrypted(one)).close()
        try Store.rekey(file, with: one, .add(two))
        let (oneAgain, twoAgain) = (try testKey(1, name: "again"), try testKey(2, name: "again"))
        for change in [Store.KeyChange.add(oneAgain), .add(twoAgain), .replace(twoAgain)] {
            expectError {
                try Store.rekey(file, with: one, change)
            } matches: {
                if case .keyRefused(let reason) = $0 { reason.contains("opens the file") && reason.contains("another key") } else { false }
            }
        }
        // Only its name changes.
        try Store.rekey(file, with: one, .replace(oneAgain))
        #expect(try EncryptedHead(file)?.area.slots.map(\.name) == ["two", "again"])
        let cheap = Scrypt(logRounds: 4, blockSize: 8, parallelism: 1)
        func passphrase(_ name: String) throws -> EncryptionKey {
            var secret = bytes("open sesame")
            return try EncryptionKey(.passphrase, name: name, secret: try SecretBytes(erasing: &secret), scrypt: cheap)
        }
        try Store.rekey(file, with: one, .add(try passphrase("safe")))
        #expect(throws: StoreError.self) { try Store.rekey(file, with: one, .add(try passphrase("other safe"))) }
    }

    /// A service may have several keys and unwrap what was wrapped with any of them, so of its slots the one of that name is replaced.
    @Test func aServiceMayHaveSeveralKeys() throws {
        func service(_ name: String) throws -> EncryptionKey {
            try EncryptionKey(
                name: name, wrap: { bytes(name) + [0] + $0 },
                unwrapNamed: { wrapped, asked in
                    guard wrapped.starts(with: bytes(asked) + [0]) else { throw StoreError.closed }
                    return Array(wrapped.dropFirst(asked.utf8.count + 1))
                })
        }
        let file = try MemoryFile(isVolatile: false)
        let (east, west) = (try service("east"), try service("west"))
        try Store.open(file, options: encrypted(east)).close()
        try Store.rekey(file, with: east, .add(west))
        // Who unwraps is told what the file calls the key, so any of them opens it.
        try Store.open(file, options: encrypted(try service("nowhere"))).close()
        try Store.rekey(file, with: west, .replace(try service("north")))
        #expect(try EncryptedHead(file)?.area.slots.map(\.name) == ["east", "north"])
    }

    /// Who writes the file would go on with keys that it no longer has.
    @Test func aFileThatIsBeingWrittenKeepsItsKeys() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file.pando")
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        let store = try Store.open(path, options: encrypted(one))
        for change in [Store.KeyChange.add(two), .replace(two), .remove(name: "one")] {
            expectError {
                try Store.rekey(path, with: one, change)
            } matches: {
                if case .busy = $0 { true } else { false }
            }
        }
        try store.close()
        try Store.rekey(path, with: one, .replace(two))
        #expect(try Store.keys(ofFileAt: path)?.slots.map(\.name) == ["two"])
    }

    /// What can't be unwrapped again would leave a file that nothing opens.
    @Test func aServiceHasToGiveTheKeyBack() throws {
        struct Refused: Error {}
        let file = try MemoryFile(isVolatile: false)
        let one = try testKey(1, name: "one")
        try Store.open(file, options: encrypted(one)).close()
        let before = try EncryptedHead(file)?.area
        for service in [
            try EncryptionKey(name: "nonsense", wrap: { _ in bytes("vault:nonsense") }, unwrap: { $0 }),
            try EncryptionKey(name: "one way", wrap: { $0 }, unwrap: { _ in throw Refused() }),
            try EncryptionKey(name: "another", wrap: { $0 }, unwrap: { Array($0.reversed()) }),
            try EncryptionKey(name: "empty", wrap: { _ in [] }, unwrap: { $0 }),
            try EncryptionKey(name: "long", wrap: { _ in filler(1025, seed: 1) }, unwrap: { $0 }),
        ] {
            for change in [Store.KeyChange.replace(service), .add(service)] {
                #expect(throws: StoreError.self, "\(service.name)") { try Store.rekey(file, with: one, change) }
            }
        }
        #expect(try EncryptedHead(file)?.area == before)
        try Store.open(file, options: encrypted(one)).close()
    }
}
