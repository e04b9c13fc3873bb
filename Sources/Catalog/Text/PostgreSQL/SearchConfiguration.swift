/// A text search configuration of PostgreSQL: what becomes of the tokens of a text.
package struct SearchConfiguration: Hashable, Sendable {
    package let name: String
    /// Whose stems words have, and which words are left out; nil: words as they are, in lower case.
    package let language: TextLanguage?

    package static let simple = SearchConfiguration(name: "simple", language: nil)
    /// By name.
    package static let all: [SearchConfiguration] =
        ([simple] + TextLanguage.allCases.map { SearchConfiguration(name: $0.rawValue, language: $0) }).sorted { $0.name < $1.name }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private init(name: String, language: TextLanguage?) {
        self.name = name
        self.language = language
    }

    package static func named(_ name: String) -> SearchConfiguration? { byName[name] }

    /// The language of the dictionary for tokens of a kind; nil: `simple`.
    package func dictionary(of kind: TextToken.Kind) -> TextLanguage? {
        guard kind.isStemmed else { return nil }
        // Words of Latin letters in texts of other scripts are taken for English ones.
        return kind.isASCII && (language == .russian || language == .hindi) ? .english : language
    }
}

/// Makes lexemes of the tokens of texts. Most words of a text were there before, so what became of them is kept.
package struct SearchLexemes {
    private struct Word: Hashable {
        let token: ArraySlice<UInt8>
        let language: TextLanguage?
    }

    package let configuration: SearchConfiguration
    private let isStopped: (@Sendable () -> Bool)?
    private var known: [Word: [UInt8]?] = [:]
    private static let knownLimit = 65_536
    /// How many tokens were too long to be indexed.
    package private(set) var skippedCount = 0
    /// In bytes.
    package static let longestToken = 2047

    /// - Parameter isStopped: as of ``TextTokenizer``.
    package init(_ configuration: SearchConfiguration, isStopped: (@Sendable () -> Bool)? = nil) {
        self.configuration = configuration
        self.isStopped = isStopped
    }

    /// Goes through the tokens of a text in order.
    ///
    /// - Parameter found: gets each token, its lexeme, nil if it has none, and the number of tokens with a dictionary up to it: the
    ///   position of its lexeme.
    package mutating func analyze<Failure: Error>(
        _ text: [UInt8], _ found: (_ token: TextToken, _ lexeme: [UInt8]?, _ position: Int) throws(Failure) -> Void
    ) throws(Failure) {
        var tokenizer = TextTokenizer(text, isStopped: isStopped)
        var position = 0
        while let token = tokenizer.next() {
            // As PostgreSQL does, which tells of it.
            if token.range.count > Self.longestToken {
                skippedCount += 1
                continue
            }
            guard token.kind.hasDictionary else {
                try found(token, nil, position)
                continue
            }
            position += 1
            try found(token, lexeme(of: text[token.range], configuration.dictionary(of: token.kind)), position)
        }
    }

    private mutating func lexeme(of token: ArraySlice<UInt8>, _ language: TextLanguage?) -> [UInt8]? {
        if let lexeme = known[Word(token: token, language: language)] { return lexeme }
        let lexeme = Self.lexeme(of: token, language)
        if known.count >= Self.knownLimit { known = [:] }
        // The slice would keep its whole text.
        if token.count <= 64 { known[Word(token: ArraySlice(Array(token)), language: language)] = .some(lexeme) }
        return lexeme
    }

    /// What a dictionary makes of a word; nil for a stop word.
    ///
    /// - Parameter language: nil: the dictionary `simple`.
    package static func lexeme(of token: some Sequence<UInt8>, _ language: TextLanguage?) -> [UInt8]? {
        let letters = String(decoding: Array(token), as: UTF8.self).unicodeScalars.map { scalar in
            scalar.isASCII
                ? (scalar.value >= 0x41 && scalar.value <= 0x5A ? scalar.value + 0x20 : scalar.value)
                : scalar.properties.lowercaseMapping.unicodeScalars.first?.value ?? scalar.value
        }
        let word = bytes(letters)
        guard let language else { return word }
        if word.count > 1000 { return word }
        if word.isEmpty || StopWords.of(language).contains(letters) { return nil }
        return bytes(language.stem(letters))
    }

    private static func bytes(_ letters: [UInt32]) -> [UInt8] {
        var text = String.UnicodeScalarView()
        for letter in letters { text.append(Unicode.Scalar(letter) ?? "\u{FFFD}") }
        return Array(String(text).utf8)
    }
}
