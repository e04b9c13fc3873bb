extension Query {
    // MARK: Texts

    /// The documents that a text index finds words in, the best first. `posts.search("copy on write", {index: "body"})`
    ///
    /// - Parameters:
    ///   - index: nil: the table's only text index.
    ///   - matchAny: one of the words is enough.
    ///   - fuzzy: words may have typos.
    ///   - prefix: the last word may be the beginning of one.
    ///   - synonyms: words that stand for each other, set by set.
    ///   - as: the field in which rows get their score, and the texts below; nil: rows stay as they are.
    ///   - highlight: fields that are shown with marks.
    ///   - snippet: of these fields as many words are shown, with marks.
    ///   - marks: what stands before and behind the words that were found; `<b>` and `</b>` if it is nil.
    ///   - escapeHTML: the text between the marks is escaped.
    public func search(
        _ text: some QueryConvertible, index: String? = nil, matchAny: Bool = false, fuzzy: Bool = false, prefix: Bool = false,
        synonyms: [[String]] = [], as field: String? = nil, highlight: [String]? = nil, snippet: [String: Int]? = nil,
        marks: (pre: String, post: String)? = nil,
        escapeHTML: Bool = false
    ) -> Query {
        let shown = highlight.map { Query(Datum(elements: $0.map { Datum($0) })) }
        let snippets = snippet.flatMap { try? Datum.object($0.map { ($0.key, Datum($0.value)) }) }.map { Query($0) }
        return Query(
            .search, [self, text.query],
            options: [
                ("index", index?.query), ("operator", matchAny ? "or" : nil), ("fuzzy", fuzzy ? true : nil),
                ("prefix", prefix ? "last" : nil), ("synonyms", Self.synonyms(synonyms)),
                ("as", field?.query), ("highlight", shown), ("snippet", snippets), ("pre", marks?.pre.query), ("post", marks?.post.query),
                ("escape", escapeHTML ? "html" : nil),
            ])
    }

    /// The words of a text index that begin so, and how many documents have each: `[{word, documents}]`, those of most documents first.
    /// `posts.searchWords("comp", {index: "body", limit: 10})`
    ///
    /// - Parameters:
    ///   - index: nil: the table's only text index.
    ///   - limit: how many words at most; 10 if it is nil.
    public func searchWords(_ start: some QueryConvertible, index: String? = nil, limit: Int? = nil) -> Query {
        Query(.searchWords, [self, start.query], options: [("index", index?.query), ("limit", limit?.query)])
    }

    /// Whether a text, or texts in an array, have what is searched for. `x("body").matches("copy -paste", {text: "english"})`
    public func matches(
        _ text: some QueryConvertible, text language: String? = nil, matchAny: Bool = false, fuzzy: Bool = false, prefix: Bool = false,
        synonyms: [[String]] = []
    ) -> Query {
        Query(
            .matches, [self, text.query],
            options: [
                ("text", language?.query), ("operator", matchAny ? "or" : nil), ("fuzzy", fuzzy ? true : nil),
                ("prefix", prefix ? "last" : nil), ("synonyms", Self.synonyms(synonyms)),
            ])
    }

    private static func synonyms(_ sets: [[String]]) -> Query? {
        // A nil of its own would be the query `null`.
        guard !sets.isEmpty else { return Query?.none }
        return Query(Datum(elements: sets.map { Datum(elements: $0.map { Datum($0) }) }))
    }
}
