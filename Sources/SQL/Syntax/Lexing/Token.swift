/// A word, a number, a string or a sign of the text.
struct Token: Sendable {
    enum Kind: UInt8, Sendable {
        case endOfInput
        /// An unquoted name that is not a keyword.
        case identifier
        case quotedIdentifier, unicodeIdentifier
        case keyword
        /// Digits alone; digits with a point or an exponent.
        case wholeNumber, number
        case string, escapeString, unicodeString, dollarString
        case bitString, hexString
        /// `$1` and `:name`.
        case numberedParameter, namedParameter
        case leftParenthesis, rightParenthesis, leftBracket, rightBracket, comma, semicolon, dot, colon
        case plus, minus, star, slash, percent, caret
        case less, greater, equal, lessOrEqual, greaterOrEqual, notEqual
        /// Any other operator.
        case symbol
        /// `::`, `..`, `:=`, `=>`.
        case typecast, twoDots, colonEquals, arrow
        /// A byte that begins nothing.
        case other
    }

    var kind: Kind
    var keyword = Keyword.notKeyword
    /// Whether the text between the quotes, or of the name, is the value as it stands.
    var isPlain = true
    private let startOffset: UInt32
    private let endOffset: UInt32

    init(_ kind: Kind, keyword: Keyword = .notKeyword, isPlain: Bool = true, start: Int, end: Int) {
        self.kind = kind
        self.keyword = keyword
        self.isPlain = isPlain
        startOffset = UInt32(truncatingIfNeeded: start)
        endOffset = UInt32(truncatingIfNeeded: end)
    }

    /// What a tree takes for it, about.
    var treeByteCount: Int {
        switch kind {
        case .endOfInput, .comma, .semicolon, .rightParenthesis, .rightBracket, .dot: 0
        case .wholeNumber, .keyword: 64
        case .leftParenthesis, .leftBracket: 80
        case .number, .string, .escapeString, .unicodeString, .dollarString, .bitString, .hexString:
            end - start < 16 ? 64 : 96 + (end - start)
        case .identifier, .quotedIdentifier, .unicodeIdentifier: end - start < 16 ? 144 : 176 + (end - start)
        default: 2 * MemoryLayout<Chain.Step>.stride
        }
    }

    var start: Int { Int(startOffset) }
    var end: Int { Int(endOffset) }
    var range: Range<Int> { start..<end }
    var position: Position { Position(start) }

    var isIdentifier: Bool { kind == .identifier || kind == .quotedIdentifier || kind == .unicodeIdentifier }

    var isString: Bool {
        kind == .string || kind == .escapeString || kind == .unicodeString || kind == .dollarString
    }

    /// A name of a column, table, schema, role, …
    var isColumnName: Bool {
        isIdentifier || kind == .keyword && (keyword.category == .unreserved || keyword.category == .columnName)
    }

    /// A name of a function or type that has no schema before it.
    var isTypeOrFunctionName: Bool {
        isIdentifier || kind == .keyword && (keyword.category == .unreserved || keyword.category == .typeOrFunctionName)
    }

    var isNonReservedWord: Bool {
        isIdentifier || kind == .keyword && keyword.category != .reserved
    }

    /// A name after AS or a point: any word.
    var isLabel: Bool {
        isIdentifier || kind == .keyword && keyword.rawValue < Keyword.notBefore.rawValue
    }

    var isBareLabel: Bool {
        isIdentifier || kind == .keyword && keyword.isBareLabel
    }
}
