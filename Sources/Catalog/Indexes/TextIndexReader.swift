import Ground

/// A text index of a table in one state: what floors above ask.
package struct TextIndexReader {
    package struct Found {
        package let primaryKey: Datum
        package let score: Double
    }

    private let indexer: TextIndexer
    private var search: TextSearch
    private let source: TextIndexSource

    /// Longer ones, in bytes, are refused.
    package static let queryByteLimit = 64 << 10
    /// So are those with more words.
    package static let queryWordLimit = 1_000
    /// How many words that begin alike may be told.
    package static let wordCounts = 1...TextIndexSource.expansionLimit

    /// Throws `.notStorable` for an index that is no text index.
    package init(
        _ index: IndexConfig, in table: TableConfig, _ snapshot: CatalogSnapshot, stoppedBy cancellation: Cancellation? = nil
    ) throws(CatalogError) {
        guard let indexer = snapshot.indexEvaluators.textIndexer(of: index, in: table, limits: .init()) else {
            throw CatalogError(.notStorable, "Index `\(index.name)` of table `\(table.qualifiedName)` is no text index.")
        }
        self.indexer = indexer
        // What is found hangs on all documents, and the index's own keys on the order in which these were written.
        snapshot.store.notes?.note(KeyInterval.prefix(table.documentsPrefix))
        source = try TextIndexSource(prefix: table.indexPrefix(of: index), snapshot.unnoted.store, indexer.pending)
        search = TextSearch(source)
        search.cancellation = cancellation
    }

    package var definition: TextIndexDefinition { indexer.definition }

    /// What the last searches looked at, all together.
    package var work: TextSearch.Work { search.work }

    /// Throws `.tooLarge` for a query that is too long, or finds too many words.
    package func query(_ text: String, _ options: TextQuery.Options = .init()) throws(CatalogError) -> TextQuery {
        let fields = definition.fields.map(\.name)
        guard text.utf8.count <= Self.queryByteLimit else { throw TextQuery.tooLong(text.utf8.count) }
        let query = indexer.analyzer.use { TextQuery(text, &$0, options, fields: fields) }
        try query.check()
        return query
    }

    /// How many documents it may find at most.
    package func mostDocuments(_ query: TextQuery) throws(CatalogError) -> Int { try search.mostDocuments(query) }

    /// The keys of the first documents that are found from a number on, and the number from which it goes on; nil if these are all.
    package mutating func keys(
        _ query: TextQuery, from number: UInt64, limit: Int
    ) throws(CatalogError) -> (keys: [Datum], next: UInt64?) {
        let found = try search.keys(query, from: number, limit: limit)
        var keys: [Datum] = []
        for key in found.keys { keys.append(try PrimaryKey.decode(key)) }
        return (keys, found.next)
    }

    package mutating func count(_ query: TextQuery) throws(CatalogError) -> Int { try search.count(query) }

    /// The words that begin so, folded as the index folds, and how many documents have each: those of most documents first.
    ///
    /// None begins with several words. Throws `.tooLarge` for a beginning that too many have.
    package func words(beginningWith text: String, limit: Int) throws(CatalogError) -> [CountedWord] {
        guard text.utf8.count <= Self.queryByteLimit else { throw TextQuery.tooLong(text.utf8.count) }
        let words = indexer.analyzer.use { $0.words(of: Array(text.utf8), asWritten: true) }
        guard words.count <= 1 else { return [] }
        let start = words.first?.term ?? []
        try TextQuery.checkBeginning(start)
        return try source.words(beginningWith: start, limit: limit)
    }

    /// Some of the documents that have words.
    package struct Candidates {
        fileprivate let numbers: [UInt64]
    }

    /// Those of documents with these primary keys that the index has.
    package func candidates(_ primaryKeys: [Datum]) throws(CatalogError) -> Candidates {
        var numbers: [UInt64] = []
        for key in primaryKeys {
            if let number = try source.number(ofKey: PrimaryKey.encode(key)) { numbers.append(number) }
        }
        return Candidates(numbers: numbers.sorted())
    }

    /// The best documents, the best first; of equal ones those with the lower keys.
    /// - Parameter candidates: those that are looked at; nil: all.
    package mutating func best(_ limit: Int, _ query: TextQuery, among candidates: Candidates? = nil) throws(CatalogError) -> [Found] {
        var found: [Found] = []
        for hit in try search.best(limit, query, among: candidates?.numbers) {
            found.append(Found(primaryKey: try PrimaryKey.decode(hit.key), score: hit.score))
        }
        return found
    }

    /// Tells of documents whether one of the queries finds them. Holds no state of the file.
    package func matcher(_ queries: [TextQuery]) -> TextMatcher { TextMatcher(definition, indexer.analyzer, queries) }

    /// A document's texts by the names of the index's fields, and where in them the words are that the queries ask for.
    package func marks(in document: Datum, of queries: [TextQuery]) -> [String: [MarkedText]] {
        let texts = definition.texts(of: document)
        return indexer.analyzer.use { analyzer in
            let words = DocumentWords(texts, &analyzer)
            let places = queries.reduce(into: Set<UInt64>()) { $0.formUnion($1.places(in: words)) }
            var marked: [String: [MarkedText]] = [:]
            for (number, field) in definition.fields.enumerated() {
                marked[field.name] = MarkedText.texts(texts[number].texts, ofField: number, places, &analyzer)
            }
            return marked
        }
    }

    /// What the index holds: documents, words, segments, what is gone in them, what is pending, and bytes of values and of what keys have
    /// behind the index's prefix, which pages keep once: for these every record is passed.
    package func status() throws(CatalogError) -> [(String, Int)] {
        let state = source.state
        var byteCount = 0
        let prefix = indexer.writer.keys.prefix
        var cursor = try source.snapshot.cursor(.prefix(prefix))
        while try cursor.next() { byteCount += cursor.withKey { $0.count } - prefix.count + (try cursor.value.count) }
        return [
            ("documents", Int(clamping: state.documents)), ("words", Int(clamping: state.length)), ("segments", state.segments.count),
            ("dead", Int(clamping: state.segments.reduce(0) { $0 + $1.dead })), ("pending", Int(clamping: state.pending)),
            ("bytes", byteCount),
        ]
    }
}

extension TextQuery {
    static func tooLong(_ byteCount: Int) -> CatalogError {
        CatalogError(
            .tooLarge, "The text to search for takes \(byteCount) bytes; the limit is \(TextIndexReader.queryByteLimit).")
    }

    /// Throws `.tooLarge` for more words than are looked for, and for beginnings of words that too many have.
    package func check() throws(CatalogError) {
        let parts = groups.joined() + excluded + preferred
        let count = parts.reduce(0) { $0 + $1.wordCount }
        guard count <= TextIndexReader.queryWordLimit else {
            throw CatalogError(
                .tooLarge, "The text to search for has \(count) words; the limit is \(TextIndexReader.queryWordLimit).")
        }
        for part in parts {
            if let start = part.start { try Self.checkBeginning(start) }
        }
    }

    /// Throws `.tooLarge` for the beginning of too many words: for less than two letters, or one of a script that stands in pairs.
    static func checkBeginning(_ start: [UInt8]) throws(CatalogError) {
        guard !start.hasTwoLetters, !TextAnalyzer.isPairedLetter(start) else { return }
        throw CatalogError(
            .tooLarge, "`\(String(decoding: start, as: UTF8.self))*` would find too many words: give two letters at least.")
    }

    /// Where the words stand in a document that the query asks for.
    func places(in document: DocumentWords) -> Set<UInt64> {
        var places: Set<UInt64> = []
        for part in groups.joined() + preferred { places.formUnion(part.places(in: document) ?? []) }
        return places
    }
}

extension TextQuery.Part {
    fileprivate var wordCount: Int {
        switch self {
        case .word, .prefix, .similar: 1
        case .phrase(let words): words.count
        case .near(let words, _): words.count
        case .inField(_, let part), .unscored(let part): part.wordCount
        }
    }

    /// What words are to begin with.
    fileprivate var start: [UInt8]? {
        switch self {
        case .prefix(let start): start
        case .inField(_, let part), .unscored(let part): part.start
        case .word, .phrase, .near, .similar: nil
        }
    }
}
