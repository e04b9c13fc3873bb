/// What of documents stands in a text index, and how it is cut into words.
public struct TextIndexDefinition: Sendable, Hashable {
    /// A field whose text is indexed.
    public struct Field: Sendable, Hashable {
        /// The names that lead to it, from the top of the document. Arrays on the way, and in the end, are gone through.
        public let path: [String]
        /// How often a word counts that stands there.
        public let weight: Int

        public init(path: [String], weight: Int = 1) {
            self.path = path
            self.weight = weight
        }

        /// `meta.tags`: that names it in the index's definition, and before the colon in what is searched for.
        public var name: String { path.joined(separator: ".") }
    }

    /// Which words are left out.
    public enum StopWords: Sendable, Hashable {
        /// Those of the language.
        case usual
        case none
        case these([String])
    }

    /// At most ``fieldLimit``, weighted from 1 to ``weightLimit``. None if the index is SQL's.
    public let fields: [Field]
    /// Whose stems words have; nil: they are taken as they stand.
    package let language: TextLanguage?
    public let stopWords: StopWords
    /// How texts are cut into words. Words stand in the file, so another way is another number, and indexes keep theirs.
    let version: Int
    /// What an index that SQL has made is of, in place of fields. Its words are SQL's, so nothing else searches it.
    package let lexemes: LexemeSource?

    package static let fieldLimit = 64
    package static let weightLimit = 1_000
    package static let stopWordLimit = 10_000

    private static let versionOfLexemes = 1

    package init(fields: [Field], language: TextLanguage?, stopWords: StopWords = .usual) {
        self.init(fields: fields, language: language, stopWords: stopWords, version: TextAnalyzer.newestVersion)
    }

    init(fields: [Field], language: TextLanguage?, stopWords: StopWords, version: Int) {
        self.version = version
        self.fields = fields
        self.language = language
        self.stopWords = stopWords
        lexemes = nil
    }

    package init(_ lexemes: LexemeSource) {
        fields = []
        language = nil
        stopWords = .usual
        version = Self.versionOfLexemes
        self.lexemes = lexemes
    }

    /// The same with the newest way of cutting texts into words. The lexemes of SQL have one way alone.
    var newest: TextIndexDefinition {
        lexemes == nil ? TextIndexDefinition(fields: fields, language: language, stopWords: stopWords) : self
    }

    package var analyzer: TextAnalyzer {
        switch stopWords {
        case .usual: TextAnalyzer(language, version: version)
        case .none: TextAnalyzer(language, stopWords: [], version: version)
        case .these(let words): TextAnalyzer(language, stopWords: words, version: version)
        }
    }

    /// Whether the texts of two documents must be the same.
    func isUnchanged(from old: Datum, to new: Datum) -> Bool {
        func isUnchanged(_ name: String) -> Bool {
            guard let before = old[field: name] else { return new[field: name] == nil }
            return new[field: name].map { $0.isIdentical(to: before) } ?? false
        }
        if let lexemes { return lexemes.fieldNames.allSatisfy(isUnchanged) }
        return fields.allSatisfy { field in field.path.first.map(isUnchanged) ?? true }
    }
}

// MARK: In the file, and for people

extension TextIndexDefinition {
    /// Nil for one that this version can't have made.
    init?(json: Datum) {
        if let lexemes = json[field: "lexemes"] {
            guard json[field: "version"] == Datum(Self.versionOfLexemes), let source = LexemeSource(json: lexemes) else { return nil }
            self.init(source)
            return
        }
        guard let version = json[field: "version"]?.integer, (1...TextAnalyzer.newestVersion).contains(version),
            let forms = json[field: "fields"], forms.kind == .array, forms.count > 0, forms.count <= Self.fieldLimit
        else { return nil }
        var fields: [Field] = []
        for form in forms.elements {
            guard let path = form[field: "path"], path.kind == .array, path.count > 0, let weight = form[field: "weight"]?.integer,
                weight >= 1, weight <= Self.weightLimit
            else { return nil }
            let names = path.elements.compactMap(\.string)
            guard names.count == path.count else { return nil }
            fields.append(Field(path: names, weight: weight))
        }
        var language: TextLanguage?
        if let name = json[field: "language"]?.string {
            guard let known = TextLanguage(rawValue: name) else { return nil }
            language = known
        }
        let stopWords: StopWords
        switch json[field: "stop"] {
        case nil: stopWords = .usual
        case false?: stopWords = .none
        case let words? where words.kind == .array: stopWords = .these(words.elements.compactMap(\.string))
        default: return nil
        }
        self.init(fields: fields, language: language, stopWords: stopWords, version: version)
    }

    /// The stored form.
    var json: Datum {
        get throws(CatalogError) {
            try datum { () throws(DatumError) in
                if let lexemes { return try .object([("version", Datum(version)), ("lexemes", try lexemes.json)]) }
                var forms: [Datum] = []
                for field in fields {
                    let path = Datum(elements: field.path.map { Datum($0) })
                    forms.append(try .object([("path", path), ("weight", Datum(field.weight))]))
                }
                var json = try Datum.object([("version", Datum(version)), ("fields", try .array(forms))])
                if let language { json = try json.setting("language", to: Datum(language.rawValue)) }
                if let stop = stopWords.form { json = try json.setting("stop", to: stop) }
                return json
            }
        }
    }

    /// The call that makes an index like this, as people write it; nil if only SQL makes such.
    func creatingCall(name: String) -> String? {
        guard lexemes == nil else { return nil }
        let tongue = Datum(language?.rawValue ?? "simple").description
        let text = stopWords.form.map { "{language: \(tongue), stop: \($0)}" } ?? tongue
        let isPlain = fields.count == 1 && fields[0].name == name && fields[0].weight == 1
        let list = fields.map { "\(Datum($0.name)): \($0.weight)" }.joined(separator: ", ")
        return "indexCreate(\(Datum(name)), {text: \(text)\(isPlain ? "" : ", fields: {\(list)}")})"
    }
}

extension TextIndexDefinition.StopWords {
    /// Nil if they are the usual ones.
    fileprivate var form: Datum? {
        switch self {
        case .usual: nil
        case .none: false
        case .these(let words): Datum(elements: words.map { Datum($0) })
        }
    }
}
