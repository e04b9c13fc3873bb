import TestSupport
import Testing

@testable import Catalog

/// What of an encrypted database lies in other files for a while, and how applications name its key.
@Suite struct EncryptionTests {
    private final class Bytes: TemporaryFile {
        private(set) var bytes: [UInt8] = []
        var byteCount: Int { bytes.count }
        func append(_ more: Span<UInt8>) { for index in more.indices { bytes.append(more[index]) } }
        func read(at offset: Int, count: Int) -> [UInt8] { Array(bytes[offset..<offset + count]) }
        func flip(_ place: Int) { bytes[place] ^= 1 }
    }

    @Test func temporaryFilesAreSealed() throws {
        let under = Bytes()
        let file = try SealedTemporaryFile(under)
        var random = SeededGenerator(seed: 1)
        var expected: [UInt8] = []
        for _ in 0..<40 {
            let piece = Array(String(repeating: "Hippopotamus", count: random.below(1500)).utf8)
            try file.append(piece.span)
            expected += piece
        }
        #expect(file.byteCount == expected.count && expected.count > 200_000)
        #expect(!String(decoding: under.bytes, as: Unicode.ASCII.self).contains("Hippopotamus"))
        for _ in 0..<50 {
            let start = random.below(expected.count)
            let count = random.below(min(expected.count - start, 100_000) + 1)
            #expect(try file.read(at: start, count: count) == Array(expected[start..<start + count]))
        }
        #expect(throws: CatalogError.self) { try file.read(at: 1, count: expected.count) }
        under.flip(100)
        _ = try file.read(at: 70_000, count: 10)
        #expect(throws: CatalogError.self) { try file.read(at: 0, count: 10) }
    }

    /// Decrypted pages are memory: a query that keeps a document of one has memory for it, and does not keep the page.
    @Test(arguments: [false, true]) func documentsThatAreKeptAreCounted(isEncrypted: Bool) throws {
        let directory = try TemporaryDirectory()
        var options = CatalogOptions()
        if isEncrypted { options.encryption = try .masterKey([UInt8](repeating: 7, count: 32)) }
        let catalog = try Catalog.open(path: directory.file("kept.pando"), options: options)
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: transaction.createDatabase("app"))
        let text = Datum(String(repeating: "x", count: 1000))
        for number in 0..<40 { _ = try transaction.put(["id": Datum(number), "text": text], in: table) }
        try transaction.commit()
        let documents = try catalog.snapshot().documents(in: table)
        var count = 0
        while let document = try documents.next() {
            #expect((document.heldByteCount > 1000) == isEncrypted)
            count += 1
        }
        #expect(count == 40)
        try catalog.close()
    }

    @Test func aFileOpensWithItsKeyAlone() throws {
        let directory = try TemporaryDirectory()
        do {
            let path = directory.file("sealed.pando")
            var options = CatalogOptions()
            options.encryption = try .masterKey([UInt8](repeating: 7, count: 32), name: "prod")
            let catalog = try Catalog.open(path: path, options: options)
            var transaction = try catalog.beginWrite()
            _ = try transaction.createDatabase("app")
            try transaction.commit(.hard)
            try catalog.close()
            #expect(try Catalog.keys(ofFileAt: path) == [FileKey(name: "prod", kind: "key")])
            for wrong in [nil, try FileEncryption.masterKey([UInt8](repeating: 8, count: 32))] {
                var options = CatalogOptions()
                options.encryption = wrong
                do throws(CatalogError) {
                    _ = try Catalog.open(path: path, options: options)
                    Issue.record("it opens")
                } catch { #expect(error.kind == .invalidEncryption && error.message.contains("prod")) }
            }
            let next = try FileEncryption.service(name: "kms", wrap: { Array($0.reversed()) }, unwrap: { Array($0.reversed()) })
            try Catalog.replaceKey(ofFileAt: path, #require(options.encryption), with: next)
            options.encryption = next
            #expect(try Catalog.open(path: path, options: options).snapshot().databases().map(\.name) == ["app"])
            #expect(throws: CatalogError.self) { try FileEncryption.masterKey([1, 2, 3]) }
            #expect(throws: CatalogError.self) { try FileEncryption.passphrase("") }
        }
    }
}
