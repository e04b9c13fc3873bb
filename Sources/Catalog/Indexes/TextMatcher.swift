/// Tells of documents by themselves whether a search would find them.
package struct TextMatcher: Sendable {
    private let definition: TextIndexDefinition
    private let analyzer: SharedTextAnalyzer
    /// One of them is enough.
    private let queries: [TextQuery]

    init(_ definition: TextIndexDefinition, _ analyzer: SharedTextAnalyzer, _ queries: [TextQuery]) {
        self.definition = definition
        self.analyzer = analyzer
        self.queries = queries
    }

    /// - Parameter definition: says which texts are looked at, and how they are cut into words. A field without a name is the value itself.
    /// - Throws: `.tooLarge` for a text that is too long.
    package init(_ definition: TextIndexDefinition, _ text: String, _ options: TextQuery.Options) throws(CatalogError) {
        guard text.utf8.count <= TextIndexReader.queryByteLimit else { throw TextQuery.tooLong(text.utf8.count) }
        let analyzer = SharedTextAnalyzer(definition)
        let query = analyzer.use { TextQuery(text, &$0, options) }
        try query.check()
        self.init(definition, analyzer, [query])
    }

    package func finds(_ value: Datum) -> Bool {
        let texts = definition.texts(of: value)
        guard texts.contains(where: { !$0.texts.isEmpty }) else { return false }
        let words = analyzer.use { DocumentWords(texts, &$0) }
        return queries.contains { $0.finds(words) }
    }
}
