import Foundation
import Ground
import TestSupport
import Testing

@testable import BTreeStore

/// The names of files that become encrypted ones, or get new keys.
@Suite struct EncryptedNamesTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("own.pando")
        let store = try Store.open(path, options: smallPages(4096))
        try store.write { try $0.put(bytes("Hippopotamus"), bytes("b")) }
        try store.close()
    }

    /// What a symbolic link leads to is replaced, and the link stays one.
    @Test func aLinkIsFollowed() throws {
        let link = directory.file("link.pando")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        var plain: Store? = try Store.open(link, options: smallPages(4096))
        try plain?.copy(to: link, encryption: one, replacing: true)
        try plain?.close()
        plain = nil
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        #expect(try Store.keys(ofFileAt: path)?.slots.map(\.name) == ["one"])
        let store = try Store.open(link, options: encrypted(one))
        try store.renewDataKey(two, replacing: one, dropsStates: false)
        try store.close()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        #expect(try Store.keys(ofFileAt: path)?.slots.map(\.name) == ["two"])
        #expect(try Store.open(path, options: encrypted(two)).contents() == [bytes("Hippopotamus"): bytes("b")])
    }

    /// Before a file is locked, another may get its name: who has opened the old one goes on with the new one.
    @Test func aFileWithoutItsNameIsNotWritten() throws {
        var options = StoreOptions()
        options.create = false
        let old = try DiskFile(path, options: options)
        #expect(!old.isReplaced)
        let store = try Store.open(path, options: smallPages(4096))
        try store.copy(to: path, encryption: try testKey(), replacing: true)
        try store.close()
        #expect(old.isReplaced)
        let new = try DiskFile.locked(at: path, options: options)
        #expect(!new.isReplaced && new.hasItsName)
        #expect(try EncryptedHead(new) != nil)
        let other = directory.file("link.pando")
        try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: path)
        new.unlockWriter()
        #expect(try !DiskFile.locked(at: other, options: options).isReplaced)
        // One that is removed is nobody's.
        FileName.remove(path)
        #expect(new.isReplaced)
        options.create = false
        #expect(throws: StoreError.self) { _ = try DiskFile.locked(at: path, options: options) }
        options.create = true
        #expect(try DiskFile.locked(at: path, options: options).hasItsName)
    }

    /// Another name of the file would lead to the plain contents.
    @Test func aFileWithTwoNamesIsRefused() throws {
        let other = directory.file("other.pando")
        try FileManager.default.linkItem(atPath: path, toPath: other)
        let store = try Store.open(path, options: smallPages(4096))
        expectError {
            try store.copy(to: path, encryption: try testKey(), replacing: true)
        } matches: {
            if case .keyRefused(let reason) = $0 { reason.contains("2 names") } else { false }
        }
        try store.close()
        #expect(try Store.keys(ofFileAt: path) == nil)
        #expect(!FileName.exists(DiskFile.unfinishedName(of: path, store.uuid)))
        try FileManager.default.removeItem(atPath: other)
        let alone = try Store.open(path, options: smallPages(4096))
        try alone.copy(to: path, encryption: try testKey(), replacing: true)
        try alone.close()
        #expect(try Store.keys(ofFileAt: path)?.slots.count == 1)
    }

    private func facts(_ path: String) throws -> [FileAttributeKey: Int] {
        let all = try FileManager.default.attributesOfItem(atPath: path)
        return [.posixPermissions, .ownerAccountID, .groupOwnerAccountID].reduce(into: [:]) { $0[$1] = (all[$1] as? NSNumber)?.intValue }
    }

    /// The account that a server runs as goes on to open what an administrator has encrypted, and a group to read it.
    @Test func ownerAndModeStay() throws {
        var wanted: [FileAttributeKey: Int] = [.posixPermissions: 0o640]
        // Only root may give files away.
        if getuid() == 0 { (wanted[.ownerAccountID], wanted[.groupOwnerAccountID]) = (61_184, 61_185) }
        try FileManager.default.setAttributes(wanted, ofItemAtPath: path)
        let before = try facts(path)
        #expect(before[.posixPermissions] == 0o640)
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        let plain = try Store.open(path, options: smallPages(4096))
        try plain.copy(to: path, encryption: one, replacing: true)
        try plain.close()
        #expect(try Store.keys(ofFileAt: path)?.slots.map(\.name) == ["one"])
        #expect(try facts(path) == before)
        let store = try Store.open(path, options: encrypted(one))
        try store.renewDataKey(two, replacing: one, dropsStates: false)
        try store.close()
        #expect(try Store.keys(ofFileAt: path)?.slots.map(\.name) == ["two"])
        #expect(try facts(path) == before)
    }

    /// A copy in the making has a name that nobody else gives a file, and what was left of one by a process that was killed goes.
    @Test func whatIsBesideTheFileStays() throws {
        let beside = [path + ".partial", path + ".partial-1", directory.file("plain.pando.partial")].map { URL(fileURLWithPath: $0) }
        for url in beside { try Data("mine".utf8).write(to: url) }
        let (one, two) = (try testKey(1, name: "one"), try testKey(2, name: "two"))
        let plain = try Store.open(path, options: smallPages(4096))
        let left = DiskFile.unfinishedName(of: path, plain.uuid)
        try Data("left".utf8).write(to: URL(fileURLWithPath: left))
        try plain.copy(to: path, encryption: one, replacing: true)
        try plain.close()
        let store = try Store.open(path, options: encrypted(one))
        try store.renewDataKey(two, replacing: one, dropsStates: false)
        try store.close()
        let renewed = try Store.open(path, options: encrypted(two))
        try renewed.copy(to: directory.file("plain.pando"), encryption: nil, replacing: false)
        try renewed.backup(to: directory.file("backup.pando"))
        for url in beside { #expect(try Data(contentsOf: url) == Data("mine".utf8), "\(url.lastPathComponent)") }
        #expect(try directory.contents.count == 6 && !FileName.exists(left))
    }

    /// Nothing has the name of a file that could not be made.
    @Test func noFileIsLeftOfAKeyThatIsNone() throws {
        struct Refused: Error {}
        let new = directory.file("new.pando")
        for key in [
            try EncryptionKey(name: "none", wrap: { _ in throw Refused() }, unwrap: { $0 }),
            try EncryptionKey(name: "one way", wrap: { $0 }, unwrap: { _ in throw Refused() }),
            try EncryptionKey(name: "another", wrap: { $0 }, unwrap: { $0.map { $0 ^ 1 } }),
            try testKey(name: "a\nb"), try testKey(name: String(repeating: "n", count: 129)),
        ] {
            #expect(throws: StoreError.self) { _ = try Store.open(new, options: encrypted(key)) }
            #expect(!FileName.exists(new), "\(key.name)")
        }
        try Store.open(new, options: encrypted(try testKey())).close()
        #expect(try Store.open(new, options: encrypted(try testKey())).contents().isEmpty)
    }
}
