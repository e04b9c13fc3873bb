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
