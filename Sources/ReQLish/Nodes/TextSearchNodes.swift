// Searching texts: by a text index, and one by one.

/// `search(text, {index: …})`: the documents that have what is searched for, the best first.
final class SearchNode: TermNode {
    private var text: Node { call[1] }
    private var index: Node? { call.option("index") }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let table = try receiver.table(execution)
        let name = try index.map { index throws(ReQLError) in try index.string(execution) }
        let chosen = try table.reference.textIndex(name, at: index?.site ?? site)
        let texts = [try text.string(execution)]
        return .rows(try TextSearchRows(table.reference, chosen, texts, SearchOptions(call, execution), at: site))
    }
}

/// `searchWords(start, {index: …, limit: …})`: the words of a text index that begin so, and how many documents have each.
final class SearchWordsNode: DatumNode {
    private static let usualLimit = 10
    private var index: Node? { call.option("index") }

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let table = try receiver.table(execution).reference
        let name = try index.map { index throws(ReQLError) in try index.string(execution) }
        let chosen = try table.textIndex(name, at: index?.site ?? site)
        let start = try call[1].string(execution)
        let limit = try limit(execution)
        let reader = try site.reading(TextIndexReader(chosen, in: table.config, table.snapshot))
        var words: [Datum] = []
        for word in try site.reading(reader.words(beginningWith: start, limit: limit)) {
            words.append(try site.object([("word", Datum(word.word)), ("documents", Datum(word.documents))]))
        }
        return try execution.array(words, at: site)
    }

    private func limit(_ execution: Execution) throws(ReQLError) -> Int {
        guard let node = call.ownOption("limit") else { return Self.usualLimit }
        let limit = try node.integer(execution)
        guard TextIndexReader.wordCounts.contains(limit) else {
            throw node.site.error(
                .queryLogic,
                "`limit` is from \(TextIndexReader.wordCounts.lowerBound) to \(TextIndexReader.wordCounts.upperBound), found \(limit).")
        }
        return limit
    }
}

/// `matches(text, {text: …})`: whether a string, or one of an array, has what is searched for.
final class MatchesNode: DatumNode {
    private var matcher: (text: String, language: Datum?, options: TextQuery.Options, matcher: TextMatcher)?

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let subject = try receiver.datum(execution)
        guard subject.kind == .string || subject.kind == .array else {
            throw receiver.site.mismatch(subject, expected: "a STRING or ARRAY")
        }
        let text = try call[1].string(execution)
        let language = try call.ownOption("text").map { node throws(ReQLError) in try node.datum(execution) }
        let options = try SearchOptions.query(call, execution)
        if let matcher, matcher.text == text, matcher.language == language, matcher.options == options {
            return Datum(matcher.matcher.finds(subject))
        }
        let (tongue, stopWords) = try TextOptions.language(language ?? true, at: call.ownOption("text")?.site ?? site)
        let definition = TextIndexDefinition(fields: [.init(path: [])], language: tongue, stopWords: stopWords)
        let made = try site.reading(TextMatcher(definition, text, options))
        matcher = (text, language?.owned, options, made)
        return Datum(made.finds(subject))
    }
}

/// How texts are cut into words, as the options of `indexCreate` and `matches` say it.
enum TextOptions {
    /// `"english"`, `"simple"`, `true`, or an object with `language` and `stop`.
    static func language(_ value: Datum, at site: Site) throws(ReQLError) -> (TextLanguage?, TextIndexDefinition.StopWords) {
        switch value.kind {
        case .bool where value.isTruthy: return (nil, .usual)
        case .string: return (try language(named: value.string ?? "", at: site), .usual)
        case .object where value.isPlainObject:
            for (name, _) in value.fields where !["language", "positions", "stop"].contains(name) {
                throw site.error(.queryLogic, "`text` has no option `\(name)`; it has `language`, `stop` and `positions`.")
            }
            guard value[field: "positions"] ?? true == true else {
                throw site.error(.queryLogic, "A text index always has `positions`.")
            }
            var tongue: TextLanguage?
            if let name = value[field: "language"], !name.isNull {
                guard let name = name.string else { throw site.mismatch(name, expected: "a STRING") }
                tongue = try language(named: name, at: site)
            }
            return (tongue, try stopWords(value[field: "stop"], at: site))
        default:
            throw site.error(
                .queryLogic,
                "`text` is the name of a language, \"simple\", or an object with `language` and `stop`, found \(value.shortText).")
        }
    }

    private static func language(named name: String, at site: Site) throws(ReQLError) -> TextLanguage? {
        if name == "simple" { return nil }
        if let language = TextLanguage(rawValue: name) { return language }
        let names = TextLanguage.allCases.map(\.rawValue).sorted().joined(separator: ", ")
        throw site.error(.queryLogic, "There is no language `\(name)`. There are simple, \(names).")
    }

    private static func stopWords(_ value: Datum?, at site: Site) throws(ReQLError) -> TextIndexDefinition.StopWords {
        guard let value, value != true else { return .usual }
        if value == false { return .none }
        guard value.kind == .array, value.count <= TextIndexDefinition.stopWordLimit else {
            throw site.error(
                .queryLogic, "`stop` is true, false, or an array of at most \(TextIndexDefinition.stopWordLimit) words that are left out.")
        }
        var words: [String] = []
        for word in value.elements {
            guard let word = word.string else { throw site.mismatch(word, expected: "a STRING") }
            words.append(word)
        }
        return .these(words)
    }

    /// `{title: 4, body: 1}`, `["title", "body"]`, or the name of one.
    static func fields(_ value: Datum, at site: Site) throws(ReQLError) -> [TextIndexDefinition.Field] {
        var fields: [TextIndexDefinition.Field] = []
        switch value.kind {
        case .string: fields = [try field(value.string ?? "", weight: 1, at: site)]
        case .array:
            for name in value.elements {
                guard let name = name.string else { throw site.mismatch(name, expected: "a STRING") }
                fields.append(try field(name, weight: 1, at: site))
            }
        case .object where value.isPlainObject:
            for (name, weight) in value.fields {
                guard let weight = weight.integer, (1...TextIndexDefinition.weightLimit).contains(weight) else {
                    throw site.error(
                        .queryLogic,
                        "The weight of `\(name)` is a whole number from 1 to \(TextIndexDefinition.weightLimit), found \(weight.shortText)."
                    )
                }
                fields.append(try field(name, weight: weight, at: site))
            }
        default: throw site.mismatch(value, expected: "an OBJECT or ARRAY")
        }
        guard !fields.isEmpty, fields.count <= TextIndexDefinition.fieldLimit else {
            throw site.error(.queryLogic, "A text index has 1 to \(TextIndexDefinition.fieldLimit) fields, found \(fields.count).")
        }
        var names: Set<String> = []
        for field in fields where !names.insert(field.name).inserted {
            throw site.error(.queryLogic, "`\(field.name)` is named twice: a text index has each field once.")
        }
        return fields
    }

    /// `meta.tags` leads into an object.
    static func field(_ name: String, weight: Int, at site: Site) throws(ReQLError) -> TextIndexDefinition.Field {
        let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains("") else {
            throw site.error(.queryLogic, "\(Datum(name).shortText) names no field: between points of a path stand names.")
        }
        return TextIndexDefinition.Field(path: path, weight: weight)
    }
}
