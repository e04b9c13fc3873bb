/// A piece of a text as PostgreSQL's parser cuts it: words, numbers, addresses, paths, tags and what is between them.
package struct TextToken: Equatable {
    /// The parser's kinds, by its numbers of them.
    package enum Kind: UInt8, CaseIterable, Sendable {
        case asciiWord = 1
        case word, numericWord, email, url, host, scientific, version, numericPart, wordPart, asciiPart, blank, tag, protocolHead
        case numericHyphenated, asciiHyphenated, hyphenated, urlPath, file, decimal, signedInteger, integer, entity

        /// The name and the description that PostgreSQL has for it.
        package var names: (alias: String, description: String) { Self.names[Int(rawValue) - 1] }

        private static let names: [(alias: String, description: String)] = [
            ("asciiword", "Word, all ASCII"), ("word", "Word, all letters"), ("numword", "Word, letters and digits"),
            ("email", "Email address"), ("url", "URL"), ("host", "Host"), ("sfloat", "Scientific notation"), ("version", "Version number"),
            ("hword_numpart", "Hyphenated word part, letters and digits"), ("hword_part", "Hyphenated word part, all letters"),
            ("hword_asciipart", "Hyphenated word part, all ASCII"), ("blank", "Space symbols"), ("tag", "XML tag"),
            ("protocol", "Protocol head"), ("numhword", "Hyphenated word, letters and digits"),
            ("asciihword", "Hyphenated word, all ASCII"), ("hword", "Hyphenated word, all letters"), ("url_path", "URL path"),
            ("file", "File or path name"), ("float", "Decimal notation"), ("int", "Signed integer"), ("uint", "Unsigned integer"),
            ("entity", "XML entity"),
        ]

        static func named(_ alias: Substring) -> Kind? { byAlias[String(alias)] }

        private static let byAlias = Dictionary(uniqueKeysWithValues: allCases.map { ($0.names.alias, $0) })

        /// Whether tokens of the kind become lexemes.
        package var hasDictionary: Bool {
            switch self {
            case .blank, .tag, .protocolHead, .entity: false
            default: true
            }
        }

        /// Whether the dictionaries of a language stem tokens of the kind; others stay as they are, in lower case.
        package var isStemmed: Bool {
            switch self {
            case .asciiWord, .word, .wordPart, .asciiPart, .asciiHyphenated, .hyphenated: true
            default: false
            }
        }

        /// Whether it has no letters but those of ASCII: for languages whose dictionary has other letters, English ones.
        package var isASCII: Bool { self == .asciiWord || self == .asciiPart || self == .asciiHyphenated }
    }

    package var kind: Kind
    /// Its bytes in the text.
    package var range: Range<Int>
}
