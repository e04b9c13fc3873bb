import TestSupport
import Testing

@testable import Catalog

/// Records that are made straight from texts are those of their words, and lists made of records are those of words.
@Suite struct DocumentRecordTests {
    private static let vocabulary = ["tree", "trees", "a", "Zürich", "the", "copyonwrite", "copyonwriteofpages", "日本語", "x", "1.5", "été"]

    private func fields(_ generator: inout some RandomNumberGenerator) -> [DocumentWords.Field] {
        (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            let texts = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                let count = Int.random(in: 0...60, using: &generator)
                let words = (0..<count).map { _ in Self.vocabulary.randomElement(using: &generator) ?? "" }
                return Array(words.joined(separator: " ").utf8)
            }
            return .init(texts, weight: UInt64.random(in: 1...3, using: &generator))
        }
    }

    @Test(arguments: [nil, TextLanguage.english]) func recordsAreThoseOfWords(_ language: TextLanguage?) throws {
        var generator = Fuzzing.generator
        var (one, other) = (TextAnalyzer(language), TextAnalyzer(language))
        // So few are known that they are forgotten again and again.
        (one.knownLimit, other.knownLimit) = (7, 7)
        var (fromWords, fromRecords) = (WordLists(), WordLists())
        for number in 0..<300 {
            let fields = fields(&generator)
            let words = DocumentWords(fields, &one)
            let record = DocumentRecord(fields, &other)
            #expect(record == DocumentRecord(words))
            #expect(other.marks.allSatisfy { $0 == 0 })
            #expect(DocumentWords(record.bytes) == words)
            fromWords.add(words, UInt64(number))
            #expect(fromRecords.add(record: record.bytes, UInt64(number)) == words.length)
        }
        func parts(_ lists: WordLists) throws -> [[UInt8]] {
            var parts: [[UInt8]] = []
            try lists.visitParts(of: nil) { word, first, part throws(CatalogError) in parts += [word, TextIndexKeys.bytes(first, 5), part] }
            return parts
        }
        #expect(try parts(fromWords) == parts(fromRecords))
    }

    /// What can't be read as words is no record for the lists either.
    @Test func damagedRecordsAreRefused() throws {
        var generator = Fuzzing.generator
        var analyzer = TextAnalyzer(nil)
        for _ in 0..<3_000 {
            var bytes = DocumentRecord(fields(&generator), &analyzer).bytes
            for _ in 0...1 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator) }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            var lists = WordLists()
            #expect(lists.add(record: bytes, 1) == DocumentWords(bytes)?.length)
        }
    }

    /// A word that stands twice, by a byte that is another one, would have places that don't ascend.
    @Test func wordsStandOnceAndInOrder() {
        func record(_ terms: [String]) -> [UInt8] {
            var writer = PackedNumberWriter()
            writer.variable(UInt64(terms.count))
            for (place, term) in terms.enumerated() {
                writer.append(UInt8(term.utf8.count))
                writer.append(term.utf8)
                writer.variable(1)
                PositionBlock.append([UInt64(terms.count - place)], to: &writer)
            }
            return writer.bytes
        }
        for (terms, isSound) in [(["log", "tree"], true), (["tree", "tree"], false), (["tree", "log"], false), (["", "tree"], false)] {
            var lists = WordLists()
            let length = lists.add(record: record(terms), 1)
            #expect((length != nil) == isSound, "\(terms)")
            #expect((DocumentWords(record(terms)) != nil) == isSound, "\(terms)")
        }
    }
}
