import Foundation
import Ground
import TestSupport
import Testing

@testable import Catalog

/// Text indexes of tables: whatever is done to documents, the index has their words, as the check says and as searching finds them.
@Suite struct TextIndexOfTableTests {
    private static let words = ["tree", "trees", "page", "paper", "copy", "write", "writer", "log", "the", "Zürich", "日本語"]
    private static let queries = ["tree", "tree -page", "\"copy write\"", "wri*", "logs~ OR paper", "title:tree", "-title:tree page", "日本"]

    static func catalog(_ limits: TextIndexWriter.Limits = .init(pendingDocuments: 7, segmentsOfOneSize: 2)) throws -> Catalog {
        var options = CatalogOptions()
        options.textIndexLimits = limits
        return try Catalog.inMemory(options: options)
    }

    static let definition = TextIndexDefinition(
        fields: [.init(path: ["title"], weight: 3), .init(path: ["body"]), .init(path: ["notes", "text"])], language: .english)

    static func document(_ id: Int, _ random: inout SeededGenerator) throws -> Datum {
        func text() -> Datum { Datum((0..<random.below(12)).map { _ in words[random.below(words.count)] }.joined(separator: " ")) }
        var fields: [(String, Datum)] = [("id", Datum(id)), ("n", Datum(random.below(3)))]
        if random.below(4) > 0 { fields.append(("title", text())) }
        if random.below(4) > 0 { fields.append(("body", random.below(5) == 0 ? try .array([text(), text()]) : text())) }
        if random.below(4) == 0 { fields.append(("notes", try .array([["text": text()], ["text": text()], 5]))) }
        return try .object(fields)
    }

    /// Every query finds what going through the documents finds.
    static func compare(_ catalog: Catalog, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try catalog.expectSound(sourceLocation: sourceLocation)
        let snapshot = try catalog.snapshot()
        let table = try snapshot.existing("d", "t")
        let index = try #require(table.index(named: "text"))
        #expect(index.isReady, sourceLocation: sourceLocation)
        var reader = try TextIndexReader(index, in: table, snapshot)
        for text in queries {
            let query = try reader.query(text)
            let matcher = reader.matcher([query])
            let expected = try snapshot.all(in: table).filter { matcher.finds($0) }.compactMap { $0[field: "id"]?.integer }
            let found = try reader.best(10_000, query)
            #expect(found.compactMap { $0.primaryKey.integer }.sorted() == expected.sorted(), "\(text)", sourceLocation: sourceLocation)
            #expect(try reader.count(query) == expected.count, sourceLocation: sourceLocation)
        }
        try compareWords(reader, snapshot.all(in: table), sourceLocation: sourceLocation)
    }

    /// So do the words that begin alike, with how many documents have each.
    private static func compareWords(_ reader: TextIndexReader, _ documents: [Datum], sourceLocation: SourceLocation) throws {
        var analyzer = definition.analyzer
        let documents = documents.map { DocumentWords(definition.texts(of: $0), &analyzer) }
        for start in ["tr", "WRI", "zur", "日", "日本", "none"] {
            let term = try #require(analyzer.words(of: Array(start.utf8), asWritten: true).first?.term)
            var counts: [[UInt8]: Int] = [:]
            for word in documents.flatMap({ $0.words(beginningWith: term) }) { counts[word.term, default: 0] += 1 }
            let ordered = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key) }
            let expected = ordered.map { CountedWord(word: String(decoding: $0.key, as: UTF8.self), documents: $0.value) }
            #expect(try reader.words(beginningWith: start, limit: 100) == expected, "\(start)", sourceLocation: sourceLocation)
            #expect(try reader.words(beginningWith: start, limit: 1) == Array(expected.prefix(1)), sourceLocation: sourceLocation)
        }
    }

    static func build(_ catalog: Catalog, _ table: TableConfig, batch: Int = 500) throws {
        let index = try catalog.write { try $0.createIndex("text", on: table, .text(definition)) }
        while try !catalog.buildIndex(index.id, of: table, batch: batch) {}
    }

    @Test(arguments: 0..<4) func `Whatever is written, the index follows`(round: Int) throws {
        var random = SeededGenerator(seed: 0x7E47 + UInt64(round))
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        try catalog.write { transaction in
            for id in 0..<60 { try transaction.put(try Self.document(id, &random), in: table) }
        }
        if round % 2 == 0 { try Self.build(catalog, table, batch: 11) }
        for step in 0..<40 {
            try catalog.write { transaction in
                for _ in 0..<random.below(12) {
                    let id = random.below(90)
                    switch random.below(6) {
                    case 0: try transaction.delete(Datum(id), in: table)
                    case 1:
                        let found = try transaction.find(Datum(id), in: table)
                        // Only what is not indexed changes.
                        var changed = try found.document?.setting("n", to: Datum(random.below(9)))
                        _ = try transaction.replace(found, by: &changed, in: table)
                    default: try transaction.put(try Self.document(id, &random), in: table)
                    }
                }
            }
            if step % 3 == 0 { while try catalog.tidyTextIndex() {} }
            if step == 20, round % 2 == 1 { try Self.build(catalog, table) }
            if step % 8 == 7, step >= 20 || round % 2 == 0 { try Self.compare(catalog) }
        }
        try Self.compare(catalog)
        try catalog.write { transaction in
            let count = try transaction.deleteAll(in: table)
            #expect(count > 0)
            try transaction.put(["id": 1, "title": "a tree"], in: table)
        }
        try Self.compare(catalog)
        try catalog.write { try $0.renameIndex("text", of: table, to: "other") }
        try catalog.expectSound()
        try catalog.write { try $0.dropIndex("other", of: table) }
        let left = try catalog.keys()
        #expect(left.allSatisfy { !$0.contains(":index:") })
    }

    @Test func `An index is built while others write`() throws {
        var random = SeededGenerator(seed: 0xB11D)
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        try catalog.write { for id in 0..<200 { try $0.put(try Self.document(id, &random), in: table) } }
        let index = try catalog.write { try $0.createIndex("text", on: table, .text(Self.definition)) }
        var isReady = false
        while !isReady {
            isReady = try catalog.buildIndex(index.id, of: table, batch: 7)
            try catalog.write { transaction in
                for _ in 0..<3 { try transaction.put(try Self.document(random.below(220), &random), in: table) }
                try transaction.delete(Datum(random.below(220)), in: table)
            }
            try catalog.expectSound()
        }
        try Self.compare(catalog)
    }

    @Test func `Transactions that wait for their clients don't wait for each other`() throws {
        var random = SeededGenerator(seed: 0x5E7A)
        var options = CatalogOptions()
        options.setsAsideAtOnce = true
        options.textIndexLimits = .init(pendingDocuments: 5, segmentsOfOneSize: 2)
        let catalog = try Catalog.inMemory(options: options)
        let table = try catalog.fill("d", "t", try (0..<30).map { try Self.document($0, &random) })
        try Self.build(catalog, table)
        let present = try catalog.snapshot().existing("d", "t")
        let first = catalog.openTransactions.begin(catalog, .readCommitted, user: nil)
        let second = catalog.openTransactions.begin(catalog, .readCommitted, user: nil)
        func put(_ transaction: OpenTransaction, _ ids: Range<Int>) throws {
            let documents = try ids.map { try Self.document($0, &random) }
            try transaction.write(
                { (writer: inout CatalogTransaction) throws(CatalogError) in
                    for document in documents { try writer.put(document, in: present) }
                }, refusing: { $0 })
            transaction.rest()
        }
        try put(first, 0..<8)
        try put(second, 10..<20)
        try first.savepoint()
        first.rest()
        try put(first, 40..<48)
        try put(second, 50..<52)
        try first.rollBack(to: 0)
        first.rest()
        try catalog.write { try $0.put(["id": 25, "title": "writer of trees"], in: present) }
        while try catalog.tidyTextIndex() {}
        try put(first, 60..<63)
        try first.commit(.none)
        try Self.compare(catalog)
        #expect(second.setAsideCount > 0)
        try second.commit(.none)
        try Self.compare(catalog)
        #expect(try catalog.snapshot().all(in: present).count == 30 + 2 + 3)
    }

    private static func settingAside() throws -> Catalog {
        var options = CatalogOptions()
        options.setsAsideAtOnce = true
        options.textIndexLimits = .init(pendingDocuments: 5, segmentsOfOneSize: 2)
        return try Catalog.inMemory(options: options)
    }

    @Test func `A table that is moved by a transaction that waits keeps its words`() throws {
        var random = SeededGenerator(seed: 0x30FE)
        let catalog = try Self.settingAside()
        let table = try catalog.fill("e", "t", try (0..<30).map { try Self.document($0, &random) })
        try Self.build(catalog, table)
        let other = try catalog.fill("d", "other")
        let present = try catalog.snapshot().existing("e", "t")
        let target = try catalog.snapshot().existing("d")
        let document = try Self.document(40, &random)
        let transaction = catalog.openTransactions.begin(catalog, .readCommitted, user: nil)
        try transaction.write(
            { (writer: inout CatalogTransaction) throws(CatalogError) in
                var change = TableChange()
                change.database = target
                let moved = try writer.change(present, change)
                try writer.put(document, in: moved)
            }, refusing: { $0 })
        transaction.rest()
        try catalog.write { try $0.put(["id": 1], in: other) }
        while try catalog.tidyTextIndex() {}
        try transaction.commit(.none)
        #expect(transaction.setAsideCount > 0)
        try Self.compare(catalog)
        let left = try catalog.keys()
        #expect(left.allSatisfy { !$0.contains(table.databaseID) || !$0.contains(":index:") })
    }

    @Test func `An index that is dropped by a transaction that waits is not tidied up`() throws {
        var random = SeededGenerator(seed: 0xD209)
        let catalog = try Self.settingAside()
        let table = try catalog.fill("d", "t", try (0..<30).map { try Self.document($0, &random) })
        try Self.build(catalog, table)
        let present = try catalog.snapshot().existing("d", "t")
        for commits in [false, true] {
            try catalog.write { writer in
                for id in 0..<12 { try writer.put(["id": Datum(id), "title": Datum("tree \(id) \(commits)")], in: table) }
            }
            let transaction = catalog.openTransactions.begin(catalog, .readCommitted, user: nil)
            try transaction.write(
                { (writer: inout CatalogTransaction) throws(CatalogError) in _ = try writer.dropIndex("text", of: present) },
                refusing: { $0 })
            transaction.rest()
            let before = try catalog.keys()
            let isChanged = try catalog.tidyTextIndex()
            #expect(!isChanged && catalog.hasUntidyTextIndexes)
            #expect(try catalog.keys() == before)
            guard commits else {
                transaction.rollback()
                let isTidied = try catalog.tidyTextIndex()
                #expect(isTidied)
                try Self.compare(catalog)
                continue
            }
            try transaction.commit(.none)
            while try catalog.tidyTextIndex() {}
        }
        let left = try catalog.keys()
        #expect(left.allSatisfy { !$0.contains(":index:") })
        try catalog.expectSound()
    }

    /// Of a table that was locked, and of one of which more was read than is noted one by one.
    @Test(arguments: [OpenTransaction.Isolation.readCommitted, .serializable], [false, true])
    func `Merging segments fails no transaction that waits`(isolation: OpenTransaction.Isolation, locks: Bool) throws {
        var random = SeededGenerator(seed: 0x40E1)
        let catalog = try Self.settingAside()
        let table = try catalog.fill("d", "t", try (0..<30).map { try Self.document($0, &random) })
        try Self.build(catalog, table)
        let present = try catalog.snapshot().existing("d", "t")
        for isChangedByOthers in [false, true] {
            try catalog.write { writer in
                for id in 0..<12 { try writer.put(["id": Datum(id), "title": Datum("tree \(id) \(isChangedByOthers)")], in: table) }
            }
            let transaction = catalog.openTransactions.begin(catalog, isolation, user: nil)
            let snapshot = try transaction.snapshot()
            if locks {
                try transaction.takeTurn()
                try transaction.rest(on: present, .share)
            } else {
                for id in 0...ReadNotes.maximumCount { _ = try snapshot.get(Datum(id), in: present) }
            }
            let document: Datum = ["id": 40, "title": Datum("log \(isChangedByOthers)")]
            _ = try transaction.write(
                { (writer: inout CatalogTransaction) throws(CatalogError) in try writer.put(document, in: present) }, refusing: { $0 })
            transaction.rest()
            let isTidied = try catalog.tidyTextIndex()
            #expect(isTidied)
            while try catalog.tidyTextIndex() {}
            guard isChangedByOthers, isolation == .serializable else {
                try transaction.commit(.none)
                try Self.compare(catalog)
                continue
            }
            try catalog.write { try $0.put(["id": 5, "title": "paper"], in: present) }
            do throws(CatalogError) {
                try transaction.commit(.none)
                Issue.record("nothing was thrown")
            } catch {
                #expect(error.kind == .serializationFailure)
            }
        }
    }

    /// SQL's words for it are not sentences, as other errors are.
    private func expectTooLarge(_ body: () throws -> Void) {
        do {
            try body()
            Issue.record("nothing was thrown")
        } catch {
            #expect((error as? CatalogError)?.kind == .tooLarge, "\(error)")
        }
    }

    /// What SQL has no tsvector for is refused before anything of the document is written.
    @Test(arguments: [nil, 7]) func `A document of too many lexemes is refused as a whole`(batch: Int?) throws {
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        let definition = TextIndexDefinition(LexemeSource([.texts([.field("a", otherwise: "")], configuration: "simple", weight: 0)]))
        let index = try catalog.write { try $0.createIndex("text", on: table, .text(definition)) }
        let filler = String(repeating: "x", count: 26)
        let long = (100_000..<130_000).map { "w\(filler)\($0)" }.joined(separator: " ")
        try catalog.write { transaction in
            try transaction.put(["id": 1, "a": "tree"], in: table)
            expectTooLarge { _ = try transaction.put(["id": 1, "a": Datum(long)], in: table) }
            expectTooLarge { _ = try transaction.put(["id": 2, "a": Datum(long)], in: table) }
        }
        let snapshot = try catalog.snapshot()
        #expect(try snapshot.all(in: table) == [["id": 1, "a": "tree"]])
        try catalog.expectSound()
        // One that is there already leaves an index that is to be built as failed, and the table as it is.
        try catalog.write { try $0.dropIndex(index.name, of: table) }
        try catalog.write { try $0.put(["id": 2, "a": Datum(long)], in: table) }
        let again = try catalog.write { try $0.createIndex("text", on: table, .text(definition)) }
        expectTooLarge { while try !catalog.buildIndex(again.id, of: table, batch: batch) {} }
        #expect(try catalog.snapshot().existing("d", "t").index(named: "text")?.failure?.contains("too long for tsvector") == true)
        try catalog.write { try $0.put(["id": 3, "a": Datum(long)], in: table) }
        try catalog.expectSound()
    }

    @Test func `A damaged index keeps the others of its table from nothing`() throws {
        var random = SeededGenerator(seed: 0xDA3A)
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        let names = ["one", "two"]
        try catalog.write { for name in names { try $0.createIndex(name, on: table, .text(Self.definition)) } }
        try catalog.write { for id in 0..<20 { try $0.put(try Self.document(id, &random), in: table) } }
        let present = try catalog.snapshot().existing("d", "t")
        let damaged = try #require(present.indexes.first)
        let keys = TextIndexKeys(prefix: present.indexPrefix(of: damaged))
        // A merge that nobody can read.
        let unreadable: [UInt8] = [0xFF]
        try catalog.write { try $0.store.put(keys.merge, unreadable) }
        let isChanged = try catalog.tidyTextIndex()
        #expect(isChanged)
        expectError(.corrupt) { while try catalog.tidyTextIndex() {} }
        let snapshot = try catalog.snapshot()
        let other = try #require(present.indexes.last)
        let status = try TextIndexReader(other, in: present, snapshot).status()
        #expect(status.first { $0.0 == "pending" }?.1 ?? 99 < 7)
    }

    @Test func `What a transaction rolls back was never there`() throws {
        var random = SeededGenerator(seed: 0x0BAC)
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t", try (0..<30).map { try Self.document($0, &random) })
        try Self.build(catalog, table)
        let keys = try catalog.keys()
        var transaction = try catalog.beginWrite()
        for id in 0..<50 { try transaction.put(try Self.document(id, &random), in: table) }
        transaction.rollback()
        #expect(try catalog.keys() == keys)
        try Self.compare(catalog)
    }

    /// The file as a process leaves it that is killed at any step: opened again, it has the documents of a commit, and their words.
    @Test(arguments: 0..<2) func `A process that dies leaves a whole index`(round: Int) throws {
        var random = SeededGenerator(seed: 0xDEAD + UInt64(round))
        let folder = try TemporaryDirectory()
        var options = CatalogOptions()
        options.textIndexLimits = .init(pendingDocuments: 6, segmentsOfOneSize: 2, mergedBytes: round == 0 ? 150 : 1 << 20)
        let catalog = try Catalog.open(path: folder.file("a.pando"), options: options)
        let table = try catalog.fill("d", "t", try (0..<30).map { try Self.document($0, &random) })
        try Self.build(catalog, table)
        try catalog.sync()
        var states = [try catalog.contents()]
        var number = 0
        func die() throws {
            number += 1
            let path = folder.file("dead-\(number).pando")
            try FileManager.default.copyItem(atPath: folder.file("a.pando"), toPath: path)
            let again = try Catalog.open(path: path, options: options)
            #expect(states.contains(try again.contents()))
            try Self.compare(again)
            // What was begun goes on.
            again.noteTextIndexes(of: try again.snapshot().existing("d", "t"))
            while try again.tidyTextIndex() {}
            try Self.compare(again)
            try again.close()
            try FileManager.default.removeItem(atPath: path)
        }
        for step in 0..<30 {
            var transaction = try catalog.beginWrite()
            for _ in 0..<5 {
                let id = random.below(60)
                if random.below(4) == 0 {
                    try transaction.delete(Datum(id), in: table)
                } else {
                    try transaction.put(try Self.document(id, &random), in: table)
                }
            }
            if step % 3 == 0 { try die() }
            try transaction.commit(step % 2 == 0 ? .hard : .none)
            states.append(try catalog.contents())
            if step % 3 == 1 { try die() }
            if try catalog.tidyTextIndex(), step % 3 == 2 { try die() }
        }
        try catalog.close()
    }

    @Test(arguments: [false, true]) func `An index is built at once`(isFile: Bool) throws {
        var random = SeededGenerator(seed: 0xA70C)
        let folder = try TemporaryDirectory()
        let catalog = isFile ? try Catalog.open(path: folder.file("a.pando")) : try Self.catalog()
        let table = try catalog.fill("d", "t", try (0..<900).map { try Self.document($0, &random) })
        let index = try catalog.write { try $0.createIndex("text", on: table, .text(Self.definition)) }
        #expect(try catalog.buildIndex(index.id, of: table))
        try Self.compare(catalog)
        try catalog.write { transaction in
            for id in 300..<600 { try transaction.delete(Datum(id), in: table) }
            for id in 0..<20 { try transaction.put(try Self.document(id, &random), in: table) }
        }
        while try catalog.tidyTextIndex() {}
        try Self.compare(catalog)
        try catalog.close()
    }

    @Test func `However many threads build it, the index is the same`() throws {
        var random = SeededGenerator(seed: 0x7423)
        // Some threads find no words in their parts, or few.
        let documents = try (0..<700).map { id in 200..<480 ~= id ? ["id": Datum(id)] : try Self.document(id, &random) }
        var first: [[UInt8]] = []
        for threadCount in 1...5 {
            let folder = try TemporaryDirectory()
            var options = CatalogOptions()
            options.buildThreadCount = threadCount
            let catalog = try Catalog.open(path: folder.file("a.pando"), options: options)
            let table = try catalog.fill("d", "t", documents)
            let index = try catalog.write { try $0.createIndex("text", on: table, .text(Self.definition)) }
            #expect(try catalog.buildIndex(index.id, of: table))
            try Self.compare(catalog)
            let prefix = table.indexPrefix(of: index)
            var cursor = try catalog.snapshot().store.cursor(.prefix(prefix))
            var records: [[UInt8]] = []
            while try cursor.next() { records += [Array(cursor.keyBytes.dropFirst(prefix.count)), try cursor.value.bytes] }
            if threadCount == 1 { first = records }
            #expect(records == first && records.count > 100, "\(threadCount) threads")
            try catalog.close()
        }
    }

    @Test func `Documents that expire leave the index`() throws {
        let catalog = try Self.catalog()
        catalog.clock.set(1000)
        let table = try catalog.write { transaction in
            try transaction.createTable("t", in: try transaction.createDatabase("d"), expiryField: "until")
        }
        try catalog.write { transaction in
            for id in 0..<20 {
                let until = Datum.time(epochSeconds: 1000 + Double(id), offsetMinutes: 0)
                try transaction.put(["id": Datum(id), "title": "a tree", "until": until], in: table)
            }
        }
        try Self.build(catalog, table)
        catalog.clock.set(1010)
        #expect(try catalog.removeExpired(from: table) > 5)
        try Self.compare(catalog)
    }

    @Test func `Many documents at once`() throws {
        var random = SeededGenerator(seed: 0x3A27)
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        try Self.build(catalog, table)
        let documents = try (0..<90).map { try Self.document($0, &random) }
        try catalog.write { transaction in
            let block = DocumentBlock(for: table)
            for (line, document) in documents.enumerated() { block.add(document, line: line) }
            let isDone = try transaction.insertAll([block], in: table)
            #expect(isDone)
        }
        try Self.compare(catalog)
    }

    @Test func `What no text index can be is refused`() throws {
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        for (isMulti, isGeo, isUnique) in [(true, false, false), (false, true, false), (false, false, true)] {
            let error = expectError(.notStorable) {
                var transaction = try catalog.beginWrite()
                try transaction.createIndex(
                    "text", on: table, .text(Self.definition), isMulti: isMulti, isGeo: isGeo, isUnique: isUnique)
            }
            #expect(error?.message.contains("text index") == true)
        }
        try Self.build(catalog, table)
        let snapshot = try catalog.snapshot()
        let present = try snapshot.existing("d", "t")
        let index = try #require(present.index(named: "text"))
        expectError(.notStorable) { _ = try snapshot.entries(of: index, in: present) }
        let reader = try TextIndexReader(index, in: present, snapshot)
        expectError(.tooLarge) { _ = try reader.query("a*") }
        expectError(.tooLarge) { _ = try reader.query(String(repeating: "tree ", count: 1_001)) }
        expectError(.tooLarge) { _ = try reader.query(String(repeating: "a", count: 65_537)) }
    }

    @Test func `Whatever a text holds, it is words or none`() throws {
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        try Self.build(catalog, table)
        let long = 1 << 20
        let texts = [
            String(repeating: "a", count: long), String(repeating: "\u{0301}", count: long / 2), String(repeating: "漢", count: long / 3),
            String(repeating: "\u{378}", count: long / 2), String(repeating: "a.", count: long / 2),
            "tree" + String(repeating: "!", count: long), String(repeating: "\u{FFFD}\u{0}", count: long / 4),
        ]
        try catalog.write { transaction in
            for (id, text) in texts.enumerated() {
                try transaction.put(["id": Datum(9_000 + id), "title": Datum(text), "body": [5, .null, ["x": 1]]], in: table)
            }
        }
        let snapshot = try catalog.snapshot()
        let present = try snapshot.existing("d", "t")
        var reader = try TextIndexReader(try #require(present.index(named: "text")), in: present, snapshot)
        let found = try reader.best(1_000, try reader.query("tree", .init(anyWord: true))).map(\.primaryKey)
        #expect(found.contains(9_005))
        #expect(try reader.count(try reader.query("漢漢")) == 1)
        #expect(try catalog.check().problems.isEmpty)
        // Ten megabytes of all of them, and a word at the end of another text.
        let all: Datum = ["id": 9_100, "title": Datum(texts.joined() + texts.joined()), "body": "log"]
        try catalog.write { try $0.put(all, in: table) }
        let later = try catalog.snapshot()
        var again = try TextIndexReader(try #require(present.index(named: "text")), in: present, later)
        #expect(try again.best(10, try again.query("log")).map(\.primaryKey) == [9_100])
    }

    /// A field that is to be a tsvector is any text, if SQL has not written it.
    @Test(arguments: [false, true]) func `Places that a field says are taken in any order`(isBuiltLater: Bool) throws {
        let catalog = try Self.catalog()
        let table = try catalog.fill("d", "t")
        let definition = TextIndexDefinition(LexemeSource([.stored(field: "v", weight: nil)]))
        func build() throws {
            let index = try catalog.write { try $0.createIndex("text", on: table, .text(definition)) }
            while try !catalog.buildIndex(index.id, of: table) {}
        }
        if !isBuiltLater { try build() }
        let texts = ["'tree':5,3,3A 'log':1", "'tree':99999,0", "'tree'", "tree", "'tree':", "'tree':,,1"]
        try catalog.write { transaction in
            for (id, text) in texts.enumerated() { try transaction.put(["id": Datum(id), "v": Datum(text)], in: table) }
        }
        if isBuiltLater { try build() }
        #expect(try catalog.check().problems.isEmpty)
        let snapshot = try catalog.snapshot()
        let present = try snapshot.existing("d", "t")
        var reader = try TextIndexReader(try #require(present.index(named: "text")), in: present, snapshot)
        let query = TextQuery(groups: [[.word(Array("tree".utf8))]])
        #expect(try reader.best(10, query).compactMap { $0.primaryKey.integer }.sorted() == [0, 1, 2, 4, 5])
        let phrase = TextQuery(groups: [[.phrase([(Array("log".utf8), 0), (Array("tree".utf8), 2)])]])
        #expect(try reader.count(phrase) == 1)
    }

    @Test func `The definition is kept as it was given`() throws {
        let definitions = [
            Self.definition, TextIndexDefinition(fields: [.init(path: ["a"])], language: nil, stopWords: .none),
            TextIndexDefinition(fields: [.init(path: ["a", "b"], weight: 7)], language: .swedish, stopWords: .these(["och", "ett"])),
        ]
        for definition in definitions {
            #expect(TextIndexDefinition(json: try definition.json) == definition)
            let index = IndexConfig(name: "x", IndexDefinition(.text(definition)), state: .ready)
            let again = IndexConfig(json: try index.storedForm)
            #expect(again.source == .text(definition) && again.isText && again.isReady)
        }
        let lexemes = TextIndexDefinition(
            LexemeSource([
                .texts([.field("a", otherwise: ""), .constant(" "), .field("b", otherwise: nil)], configuration: "english", weight: 3),
                .stored(field: "v", weight: nil),
            ]))
        #expect(TextIndexDefinition(json: try lexemes.json) == lexemes)
        #expect(lexemes.creatingCall(name: "all") == nil)
        for damaged: Datum in [[], [["stored": 5]], [["configuration": "klingon", "texts": []]], [["stored": "v", "weight": 4]]] {
            #expect(IndexConfig(json: ["id": "x", "name": "n", "text": ["version": 1, "lexemes": damaged]]).source == .unknown)
        }
        #expect(IndexConfig(json: ["id": "x", "name": "n", "text": ["version": 2]]).source == .unknown)
        #expect(
            Self.definition.creatingCall(name: "all")
                == "indexCreate(\"all\", {text: \"english\", fields: {\"title\": 3, \"body\": 1, \"notes.text\": 1}})")
        #expect(definitions[1].creatingCall(name: "a") == "indexCreate(\"a\", {text: {language: \"simple\", stop: false}})")
    }
}
