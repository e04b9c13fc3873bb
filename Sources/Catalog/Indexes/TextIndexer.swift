import Ground
import Synchronization

/// A text index of a table, ready to take in its documents.
struct TextIndexer: Sendable {
    let index: IndexConfig
    let definition: TextIndexDefinition
    let writer: TextIndexWriter
    let analyzer: SharedTextAnalyzer
    let pending: PendingWords

    fileprivate init(
        _ index: IndexConfig, _ definition: TextIndexDefinition, _ writer: TextIndexWriter,
        _ known: (analyzer: SharedTextAnalyzer, pending: PendingWords)
    ) {
        self.index = index
        self.definition = definition
        self.writer = writer
        analyzer = known.analyzer
        pending = known.pending
    }

    /// The words of a document; nil if it has none. Throws `.tooLarge` for lexemes that are more than SQL has in a tsvector.
    func words(of document: Datum) throws(CatalogError) -> DocumentWords? {
        var skipped = 0
        return try words(of: document, countingSkipped: &skipped)
    }

    /// The same as an index keeps it at first.
    func record(of document: Datum, countingSkipped skipped: inout Int) throws(CatalogError) -> DocumentRecord? {
        guard definition.lexemes == nil else { return try words(of: document, countingSkipped: &skipped).map { DocumentRecord($0) } }
        let fields = definition.texts(of: document)
        guard fields.contains(where: { !$0.texts.isEmpty }) else { return nil }
        let record = analyzer.use { DocumentRecord(fields, &$0) }
        return record.length == 0 ? nil : record
    }

    /// - Parameter skipped: grows by the number of words that are left out, for SQL has none as long.
    func words(of document: Datum, countingSkipped skipped: inout Int) throws(CatalogError) -> DocumentWords? {
        if let lexemes = definition.lexemes {
            let made = analyzer.useLexemes { known in
                Result { () throws(CatalogError) in
                    let before = known.values.reduce(0) { $0 + $1.skippedCount }
                    let words = try DocumentLexemes(lexemes, document, &known)?.words
                    return (words: words, skipped: known.values.reduce(0) { $0 + $1.skippedCount } - before)
                }
            }
            let (words, count) = try made.get()
            skipped += count
            return words?.words.isEmpty ?? true ? nil : words
        }
        let fields = definition.texts(of: document)
        guard fields.contains(where: { !$0.texts.isEmpty }) else { return nil }
        let words = analyzer.use { DocumentWords(fields, &$0) }
        return words.words.isEmpty ? nil : words
    }
}

/// An analyzer that several use one after the other: it knows what became of the words that it has met.
final class SharedTextAnalyzer: Sendable {
    private let analyzer: Mutex<TextAnalyzer>
    private let lexemes = Mutex<[SearchConfiguration: SearchLexemes]>([:])

    init(_ definition: TextIndexDefinition) {
        analyzer = Mutex(definition.analyzer)
    }

    func use<Result: Sendable>(_ body: (inout TextAnalyzer) -> Result) -> Result {
        analyzer.withLock { body(&$0) }
    }

    func useLexemes<Result: Sendable>(_ body: (inout [SearchConfiguration: SearchLexemes]) -> Result) -> Result {
        lexemes.withLock { body(&$0) }
    }
}

extension IndexEvaluators {
    /// Nil for an index that is no text index.
    func textIndexer(of index: IndexConfig, in table: TableConfig, limits: TextIndexWriter.Limits) -> TextIndexer? {
        guard case .text(let definition) = index.source else { return nil }
        let writer = TextIndexWriter(prefix: table.indexPrefix(of: index), limits: limits)
        return TextIndexer(index, definition, writer, knownWords(of: index.id, definition))
    }

    /// Throws if an index can't be kept up here.
    func check(_ index: IndexConfig, of table: TableConfig) throws(CatalogError) {
        if case .text = index.source { return }
        _ = try evaluator(of: index, in: table)
    }
}

extension TextIndexDefinition {
    /// The texts of a document, field by field.
    func texts(of document: Datum) -> [DocumentWords.Field] {
        fields.map { field in
            var texts: [[UInt8]] = []
            Self.collect(document, field.path[...], into: &texts)
            return DocumentWords.Field(texts, weight: UInt64(max(1, field.weight)))
        }
    }

    private static func collect(_ value: Datum, _ path: ArraySlice<String>, into texts: inout [[UInt8]]) {
        switch value.kind {
        case .array:
            for element in value.elements { collect(element, path, into: &texts) }
        case .object:
            guard let name = path.first, let next = value[field: name] else { return }
            collect(next, path.dropFirst(), into: &texts)
        case .string where path.isEmpty:
            texts.append(value.withBytes { $0.copy() })
        default: break
        }
    }
}
