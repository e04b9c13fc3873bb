import Foundation
import TestSupport
import Testing

@testable import Catalog

/// Text indexes where tables go with their file or without it: archives, encryption, compaction, earlier states.
@Suite struct TextIndexElsewhereTests {
    private typealias Fixture = TextIndexOfTableTests

    @Test func `An archive has the definition, of which the index is built anew`() throws {
        var random = SeededGenerator(seed: 0xA2C4)
        let source = try Fixture.catalog()
        let table = try source.fill("d", "t", try (0..<80).map { try Fixture.document($0, &random) })
        try Fixture.build(source, table)
        let target = try Fixture.catalog()
        try target.restore(source.snapshot().dumped())
        let restored = try target.snapshot().existing("d", "t")
        let index = try #require(restored.index(named: "text"))
        while try !target.buildIndex(index.id, of: restored) {}
        try Fixture.compare(target)
    }

    @Test func `An index of an earlier version that an archive has is built as the newest`() throws {
        let source = try Fixture.catalog()
        let table = try source.fill("d", "t", [["id": 1, "t": "日本語"], ["id": 2, "t": "語"], ["id": 3, "t": "tree"]])
        let old = TextIndexDefinition(fields: [.init(path: ["t"], weight: 2)], language: .english, stopWords: .none, version: 1)
        let made = try source.write { try $0.createIndex("text", on: table, .text(old)) }
        while try !source.buildIndex(made.id, of: table) {}
        func found(_ text: String, in catalog: Catalog) throws -> [Datum] {
            let snapshot = try catalog.snapshot()
            let table = try snapshot.existing("d", "t")
            var reader = try TextIndexReader(try #require(table.index(named: "text")), in: table, snapshot)
            return try reader.best(10, try reader.query(text)).map(\.primaryKey).sorted()
        }
        #expect(try found("語", in: source) == [2])
        let target = try Fixture.catalog()
        try target.restore(source.snapshot().dumped())
        let restored = try target.snapshot().existing("d", "t")
        let index = try #require(restored.index(named: "text"))
        while try !target.buildIndex(index.id, of: restored) {}
        let newest = TextIndexDefinition(fields: old.fields, language: .english, stopWords: .none)
        #expect(index.source == .text(newest) && newest.version == TextAnalyzer.newestVersion)
        #expect(try found("語", in: target) == [1, 2])
        // What is in a file stays as it is there.
        #expect(try source.snapshot().existing("d", "t").index(named: "text")?.source == .text(old))
    }

    @Test func `An encrypted file finds what it found, opened again and compacted, and shows no word`() throws {
        var random = SeededGenerator(seed: 0x5EA1)
        let folder = try TemporaryDirectory()
        let path = folder.file("sealed.pando")
        var options = CatalogOptions()
        options.encryption = try .masterKey([UInt8](repeating: 7, count: 32), name: "prod")
        var catalog = try Catalog.open(path: path, options: options)
        let table = try catalog.fill("d", "t", try (0..<300).map { try Fixture.document($0, &random) })
        try Fixture.build(catalog, table)
        try catalog.write { for id in 280..<340 { try $0.put(try Fixture.document(id, &random), in: table) } }
        try catalog.close()
        catalog = try Catalog.open(path: path, options: options)
        try Fixture.compare(catalog)
        _ = try catalog.compact()
        try Fixture.compare(catalog)
        try catalog.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
            for word in ["writer", "paper", "zurich", "Zürich"] { #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word) in \(name)") }
        }
    }

    @Test func `An earlier state is searched as it was`() throws {
        var random = SeededGenerator(seed: 0x57A7)
        let folder = try TemporaryDirectory()
        let catalog = try Catalog.open(path: folder.file("a.pando"))
        let table = try catalog.fill("d", "t", try (0..<120).map { try Fixture.document($0, &random) })
        try Fixture.build(catalog, table)
        func count(_ snapshot: CatalogSnapshot) throws -> Int {
            let table = try snapshot.existing("d", "t")
            var reader = try TextIndexReader(try #require(table.index(named: "text")), in: table, snapshot)
            return try reader.count(try reader.query("tree OR zurich"))
        }
        let before = try count(catalog.snapshot())
        #expect(before > 30)
        _ = try catalog.createState("before")
        try catalog.write { transaction in
            let count = try transaction.deleteAll(in: table)
            #expect(count == 120)
        }
        while try catalog.tidyTextIndex() {}
        #expect(try count(catalog.snapshot()) == 0)
        #expect(try count(catalog.snapshot(asOf: .named("before"))) == before)
        try catalog.close()
    }
}
