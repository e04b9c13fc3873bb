import TestSupport
import Testing

@testable import Catalog

/// Documents inserted many at a time, against the same ones put one by one.
@Suite struct DocumentBlockTests {
    private static func value(_ generator: inout SeededGenerator, depth: Int = 0) throws -> Datum {
        switch generator.below(depth < 2 ? 10 : 7) {
        case 0: return .null
        case 1: return Datum(generator.below(2) == 0)
        case 2: return Datum(generator.below(2000) - 1000)
        case 3: return Datum(Double(generator.below(1000)) / 8)
        case 4: return Datum(String(repeating: ["a", "\u{0}", "é", "\"\\", "日本"][generator.below(5)], count: generator.below(300)))
        case 5: return .time(epochSeconds: Double(generator.below(1_000_000)), offsetMinutes: generator.below(3) * 60)
        case 6: return .binary((0..<generator.below(20)).map { _ in UInt8(generator.below(4)) })
        case 7: return try .array((0..<generator.below(4)).map { _ in try value(&generator, depth: depth + 1) })
        default: return try .object((0..<generator.below(3)).map { ("f\($0)", try value(&generator, depth: depth + 1)) })
        }
    }

    private static func key(_ number: Int, _ generator: inout SeededGenerator) throws -> Datum {
        switch generator.below(5) {
        case 0: Datum(number)
        case 1: Datum("\(number)")
        case 2: try .array([Datum("k"), Datum(number)])
        case 3: .time(epochSeconds: Double(number), offsetMinutes: 0)
        default: Datum("\u{1}key \(number)")
        }
    }

    private static func catalog() throws -> (Catalog, TableConfig) {
        let catalog = try Catalog.inMemory()
        let table = try catalog.fill("d", "t", primaryKey: "key")
        try catalog.write { transaction in
            _ = try transaction.createIndex("a", on: table, .field("a"))
            _ = try transaction.createIndex("b", on: table, .field("b"), isMulti: true)
        }
        return (catalog, table)
    }

    @Test func manyAtATimeOrOneByOneIsTheSame() throws {
        for seed in Fuzzing.seeds(12) {
            var generator = SeededGenerator(seed: seed)
            let (all, table) = try Self.catalog()
            let (single, other) = try Self.catalog()
            for _ in 0..<3 {
                var blocks: [DocumentBlock] = []
                var documents: [Datum] = []
                for _ in 0..<1 + generator.below(4) {
                    let block = DocumentBlock(for: table)
                    for line in 1...1 + generator.below(120) {
                        let fields = [
                            ("key", try Self.key(generator.below(1 << 40), &generator)), ("a", try Self.value(&generator)),
                            ("b", try Self.value(&generator)), ("c", try Self.value(&generator)),
                        ].filter { name, _ in name == "key" || generator.below(5) > 0 }
                        let document = try Datum.object(fields)
                        if generator.below(2) == 0 {
                            block.add(document, line: line)
                        } else {
                            block.add(json: Array(document.description.utf8).span, line: line)
                        }
                        #expect(block.line(of: block.count - 1) == line)
                        documents.append(document)
                    }
                    #expect(block.problems.isEmpty && block.generatedKeyCount == 0)
                    blocks.append(block)
                }
                let isDone = try all.write { try $0.insertAll(blocks, in: table) }
                #expect(isDone)
                try single.write { transaction in for document in documents { try transaction.put(document, in: other) } }
            }
            #expect(try all.contents() == single.contents(), "seed \(seed)")
            try all.expectSound()
        }
    }

    @Test func aKeyThatIsTakenIsRefused() throws {
        let (catalog, table) = try Self.catalog()
        try catalog.write { try $0.put(["key": 7], in: table) }
        let first = DocumentBlock(for: table)
        let second = DocumentBlock(for: table)
        for (block, keys) in [(first, 1...6), (second, 6...6)] { for key in keys { block.add(["key": Datum(key)], line: key) } }
        for blocks in [[first, second], [first, second, first]] {
            var transaction = try catalog.beginWrite()
            let isDone = try transaction.insertAll(blocks, in: table)
            transaction.rollback()
            #expect(!isDone)
        }
        second.truncate(to: 0)
        second.add(["key": 7], line: 1)
        var transaction = try catalog.beginWrite()
        let isDone = try transaction.insertAll([first, second], in: table)
        transaction.rollback()
        #expect(!isDone)
        let isDoneAtLast = try catalog.write { try $0.insertAll([first], in: table) }
        #expect(isDoneAtLast)
        #expect(try catalog.contents()["d.t"]?.count == 7)
        try catalog.expectSound()
    }

    @Test func whatIsWrongIsNoted() throws {
        let (_, table) = try Self.catalog()
        let block = DocumentBlock(for: table)
        let texts = [
            "{\"key\":1}", "{\"key\":2,}", "[1]", "{\"key\":null}", "{\"key\":{}}", "{\"a\":1}",
            "{\"key\":\"\(String(repeating: "k", count: 128))\"}", "{\"key\":\"a\\u0000b\"}", "{\"key\":3} {}", "{\"key\":4}",
        ]
        for (index, text) in texts.enumerated() { block.add(json: Array(text.utf8).span, line: index + 1) }
        block.add(json: [0x7B, 0x22, 0xFF, 0x22, 0x7D].span, line: 11)
        #expect(block.problems.map(\.line) == [2, 3, 4, 5, 7, 8, 9, 11])
        #expect(block.problems.map(\.position) == [1, 1, 1, 1, 2, 2, 2, 3])
        #expect(block.count == 3 && block.generatedKeyCount == 1 && block.hasGeneratedKey(1))
        block.truncate(to: 1)
        #expect(block.count == 1 && block.generatedKeyCount == 0 && block.problems.count == 4)
        #expect(block.document(0) == ["key": 1])
    }
}
