/// How a search reads its text, and what it adds to its rows.
struct SearchOptions {
    private(set) var query = TextQuery.Options()
    /// The field that rows get; nil: none.
    private(set) var field: String?
    /// The fields that are shown with marks; nil: those of the index.
    private(set) var highlighted: [String]? = []
    /// How many words of each field are shown.
    private(set) var snippets: [(field: String, wordCount: Int)] = []
    private(set) var before = "<b>"
    private(set) var after = "</b>"
    private(set) var escapesHTML = false

    /// Nothing is added to rows.
    var isPlain: Bool { field == nil }

    private static let wordLimit = 10_000
    private static let names = ["as", "highlight", "snippet", "pre", "post", "escape", "fuzzy", "prefix", "operator", "synonyms"]

    /// Throws for options in a call that searches no text index.
    static func checkAbsent(_ call: Call) throws(ReQLError) {
        for name in names {
            guard let option = call.ownOption(name) else { continue }
            throw option.site.error(.queryLogic, "`\(name)` is for a search: name a text index in `index`.")
        }
    }

    init(_ call: Call, _ execution: Execution) throws(ReQLError) {
        query = try Self.query(call, execution)
        field = try call.ownOption("as")?.string(execution)
        if let highlight = call.ownOption("highlight") { try setHighlight(try highlight.datum(execution), at: highlight.site) }
        if let snippet = call.ownOption("snippet") { try setSnippets(try snippet.datum(execution), at: snippet.site) }
        if field == nil, highlighted != [] || !snippets.isEmpty { field = "found" }
        if let pre = call.ownOption("pre") { before = try pre.string(execution) }
        if let post = call.ownOption("post") { after = try post.string(execution) }
        if let escape = call.ownOption("escape") {
            let value = try escape.datum(execution)
            guard value == "html" || value.isNull || value == false else {
                throw escape.site.error(.queryLogic, "`escape` is \"html\" or false, found \(value.shortText).")
            }
            escapesHTML = value == "html"
        }
    }

    /// `fuzzy`, `operator`, `prefix`, `synonyms`.
    static func query(_ call: Call, _ execution: Execution) throws(ReQLError) -> TextQuery.Options {
        var options = TextQuery.Options()
        if let fuzzy = call.ownOption("fuzzy") { options.isFuzzy = try fuzzy.bool(execution) }
        if let prefix = call.ownOption("prefix") {
            let value = try prefix.datum(execution)
            guard value == "last" || value.bool != nil || value.isNull else {
                throw prefix.site.error(.queryLogic, "`prefix` is \"last\" or false, found \(value.shortText).")
            }
            options.lastIsPrefix = value.isTruthy
        }
        if let node = call.ownOption("operator") {
            let name = try node.string(execution)
            guard name == "and" || name == "or" else {
                throw node.site.error(.queryLogic, "`operator` is \"and\" or \"or\", found \(Datum(name)).")
            }
            options.anyWord = name == "or"
        }
        if let node = call.ownOption("synonyms") { options.synonyms = try synonyms(node.datum(execution), at: node.site) }
        return options
    }

    /// `[["tv", "television"], …]`
    private static func synonyms(_ value: Datum, at site: Site) throws(ReQLError) -> [[String]] {
        if value.isNull { return [] }
        var sets: [[String]] = []
        for set in value.kind == .array ? Array(value.elements) : [value] {
            let words = set.kind == .array ? set.elements.compactMap(\.string) : []
            guard words.count == set.count, !words.isEmpty else {
                throw site.error(
                    .queryLogic,
                    "`synonyms` has arrays of words that stand for each other: [[\"tv\", \"television\"]], found \(value.shortText).")
            }
            sets.append(words)
        }
        let count = sets.reduce(0) { $0 + $1.count }
        guard count <= TextQuery.Options.synonymLimit else {
            throw site.error(.resourceLimit, "`synonyms` has \(count) words; the limit is \(TextQuery.Options.synonymLimit).")
        }
        return sets
    }

    private mutating func setHighlight(_ value: Datum, at site: Site) throws(ReQLError) {
        switch value.kind {
        case .bool, .null: highlighted = value.isTruthy ? nil : []
        case .string: highlighted = [value.string ?? ""]
        case .array:
            var names: [String] = []
            for name in value.elements {
                guard let name = name.string else { throw site.mismatch(name, expected: "a STRING") }
                names.append(name)
            }
            highlighted = names
        default: throw site.error(.queryLogic, "`highlight` is true, or an array of names of fields, found \(value.shortText).")
        }
    }

    private mutating func setSnippets(_ value: Datum, at site: Site) throws(ReQLError) {
        guard value.isPlainObject else {
            throw site.error(.queryLogic, "`snippet` has the number of words for each field: {body: 30}, found \(value.shortText).")
        }
        for (name, count) in value.fields {
            guard let count = count.integer, (1...Self.wordLimit).contains(count) else {
                throw site.error(.queryLogic, "The number of words in `snippet` is from 1 to \(Self.wordLimit), found \(count.shortText).")
            }
            snippets.append((name, count))
        }
    }
}
