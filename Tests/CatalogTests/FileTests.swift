import TestSupport
import Testing

@testable import Catalog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Catalogs in files: what stays, and what each kind of bad file is answered with.
@Suite struct FileTests {
    let directory: TemporaryDirectory
    var path: String { directory.file("test.pando") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    var readOnly: CatalogOptions {
        var options = CatalogOptions()
        options.readOnly = true
        return options
    }

    /// A file with a database of two tables and enough documents for a tree of some levels.
    func makeFile() throws -> [String: [String]] {
        let catalog = try Catalog.open(path: path)
        try catalog.fill("app", "users", (0..<2000).map { ["id": Datum($0), "text": "some text to fill pages with"] })
        try catalog.fill("app", "orders", [["id": "o1", "large": Datum(String(repeating: "x", count: 100_000))]])
        let contents = try catalog.contents()
        try catalog.close()
        return contents
    }

    @Test func everythingIsThereAfterReopening() throws {
        let contents = try makeFile()
        let catalog = try Catalog.open(path: path)
        #expect(try catalog.contents() == contents)
        #expect(catalog.path == path && !catalog.isReadOnly)
        try catalog.expectSound()
        let id = catalog.fileID
        try catalog.close()
        let again = try Catalog.open(path: path)
        #expect(again.fileID == id)
        #expect(again.opening > 1)
        try again.close()
    }

    @Test func hardCommitsSurviveWithoutAClose() throws {
        let catalog = try Catalog.open(path: path)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("users", in: transaction.createDatabase("app"))
        try transaction.put(["id": 1], in: table)
        try transaction.commit(.hard)
        let copy = directory.file("copy.pando")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        #expect(try Catalog.open(path: copy).contents() == ["app.users": ["{\"id\":1}"]])
        try catalog.close()
    }

    @Test func theSpaceOfADroppedDatabaseIsUsedAgain() throws {
        let catalog = try Catalog.open(path: path)
        let documents: [Datum] = (0..<3000).map { ["id": Datum($0), "text": "some text to fill pages with"] }
        try catalog.fill("app", "users", documents)
        try catalog.sync()
        var sizes: [UInt64] = []
        for _ in 0..<6 {
            try catalog.write { _ = try $0.dropDatabase("app") }
            try catalog.sync()
            try catalog.fill("app", "users", documents)
            try catalog.sync()
            sizes.append(try catalog.statistics().pages)
        }
        #expect(sizes.last! <= sizes.first!, "\(sizes)")
        try catalog.expectSound()
        try catalog.close()
    }

    @Test func closedIsClosed() throws {
        let catalog = try Catalog.open(path: path)
        try catalog.close()
        try catalog.close()
        expectError(.closed) { _ = try catalog.beginWrite() }
        expectError(.closed) { _ = try catalog.snapshot() }
    }

    @Test func readOnlyRefusesWritesAndMakesNoFile() throws {
        let error = expectError(.io) { _ = try Catalog.open(path: path, options: readOnly) }
        #expect(try #require(error).message.contains(path))
        #expect(!FileManager.default.fileExists(atPath: path))

        let contents = try makeFile()
        let catalog = try Catalog.open(path: path, options: readOnly)
        #expect(catalog.isReadOnly)
        #expect(try catalog.contents() == contents)
        expectError(.readOnly) { _ = try catalog.beginWrite() }
        try catalog.close()

        var options = CatalogOptions()
        options.create = false
        expectError(.io) { _ = try Catalog.open(path: directory.file("other.pando"), options: options) }
    }

    /// Configs are cached for one transaction only where somebody else writes.
    @Test func aReaderSeesWhatTheWriterFlushed() throws {
        _ = try makeFile()
        let writer = try Catalog.open(path: path)
        let reader = try Catalog.open(path: path, options: readOnly)
        #expect(try reader.snapshot().database("app") != nil)
        var transaction = try writer.beginWrite()
        try transaction.renameDatabase("app", to: "shop")
        try transaction.commit(.hard)
        let snapshot = try reader.snapshot()
        #expect(try snapshot.database("app") == nil)
        #expect(try snapshot.existing("shop", "users").databaseName == "shop")
        try reader.close()
        try writer.close()
    }

    @Test func aSecondWriterIsToldWhoHasIt() throws {
        let catalog = try Catalog.open(path: path)
        let error = expectError(.busy) { _ = try Catalog.open(path: path) }
        #expect(try #require(error).message.contains(path))
        try catalog.close()
        try Catalog.open(path: path).close()
    }

    @Test(arguments: ["", "x", "This is a text file, not a database.", String(repeating: "0123456789abcdef", count: 4096)])
    func otherFiles(_ contents: String) throws {
        try Data(contents.utf8).write(to: URL(filePath: path))
        if contents.isEmpty {
            // An empty file is as good as none.
            try Catalog.open(path: path).close()
        } else {
            let error = expectError(.notPandoFile) { _ = try Catalog.open(path: path) }
            #expect(try #require(error).message.contains(path))
            #expect(try Data(contentsOf: URL(filePath: path)) == Data(contents.utf8), "it was not touched")
        }
    }

    @Test func aDirectoryIsNoFile() throws {
        expectError(.notPandoFile) { _ = try Catalog.open(path: directory.path) }
        expectError(.io) { _ = try Catalog.open(path: directory.file("no/such/folder.pando")) }
    }

    @Test func aTruncatedFile() throws {
        _ = try makeFile()
        let whole = try Data(contentsOf: URL(filePath: path))
        for part in [0.1, 0.5, 0.9] {
            try whole.prefix(Int(Double(whole.count) * part)).write(to: URL(filePath: path))
            do {
                let catalog = try Catalog.open(path: path)
                // Only unused room was cut, or reading finds the loss.
                do { _ = try catalog.contents() } catch let error as CatalogError { #expect(error.kind == .corrupt, "\(error)") }
            } catch let error as CatalogError {
                #expect([.corrupt, .notPandoFile].contains(error.kind), "\(error)")
            }
        }
    }

    @Test func aNewerFormat() throws {
        let catalog = try Catalog.open(path: path)
        let pageSize = try catalog.statistics().pageSize
        try catalog.close()
        var bytes = try Data(contentsOf: URL(filePath: path))
        for metaPage in [0, pageSize] { bytes[metaPage + 8] = 200 }
        try bytes.write(to: URL(filePath: path))
        let error = expectError(.newerFormat) { _ = try Catalog.open(path: path) }
        #expect(try #require(error).message.contains("200"))
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes, "it was not touched")
    }

    /// Wherever a byte is flipped, reading gives the right contents or says `.corrupt`, and never anything else.
    @Test func aFlippedByte() throws {
        let contents = try makeFile()
        let whole = try Data(contentsOf: URL(filePath: path))
        var random = SeededGenerator(seed: 7)
        var found = 0
        for _ in 0..<60 {
            let place = random.below(whole.count)
            var bytes = whole
            bytes[place] ^= UInt8(1 << random.below(8))
            try bytes.write(to: URL(filePath: path))
            do {
                let catalog = try Catalog.open(path: path, options: readOnly)
                let report = try catalog.check()
                do {
                    #expect(try catalog.contents() == contents, "byte \(place)")
                } catch let error as CatalogError {
                    #expect(error.kind == .corrupt, "byte \(place): \(error)")
                    #expect(!report.isSound, "byte \(place): \(error)")
                    found += 1
                }
            } catch let error as CatalogError {
                #expect([.corrupt, .notPandoFile, .newerFormat].contains(error.kind), "byte \(place): \(error)")
                found += 1
            }
        }
        #expect(found > 0)
    }

    @Test func aReadOnlyDirectory() throws {
        let folder = directory.file("folder")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        _ = try makeFile()
        try FileManager.default.moveItem(atPath: path, toPath: folder + "/test.pando")
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder) }
        let catalog = try Catalog.open(path: folder + "/test.pando", options: readOnly)
        #expect(try catalog.contents().count == 2)
        try catalog.close()
        // The superuser may write anywhere.
        if !FileManager.default.isWritableFile(atPath: folder) {
            expectError(.readOnly) { _ = try Catalog.open(path: folder + "/new.pando") }
        }
    }
}
