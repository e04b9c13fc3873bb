/// Cuts the text of a query into pieces while it is being written, so nothing is an error: what is not closed ends with the text. For
/// colours, for completion, and to know whether a query goes on on another line; the parser has the last word.
struct QueryScanner {
    struct Token: Equatable {
        enum Kind: Equatable {
            case identifier, number, symbol
            case string(isClosed: Bool)
            case comment(isClosed: Bool)
        }

        var kind: Kind
        /// In characters.
        var range: Range<Int>
        var text: String

        func `is`(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

        /// What stands between the quotes, as it is written.
        var stringContents: String? {
            guard case .string(let isClosed) = kind else { return nil }
            return String(isClosed ? text.dropFirst().dropLast() : text.dropFirst())
        }
    }

    static func tokens(of characters: [Character]) -> [Token] {
        var scanner = QueryScanner(characters: characters)
        var tokens: [Token] = []
        while let token = scanner.next() { tokens.append(token) }
        return tokens
    }

    private let characters: [Character]
    private var place = 0

    private init(characters: [Character]) { self.characters = characters }

    private mutating func next() -> Token? {
        while place < characters.count, characters[place].isWhitespace { place += 1 }
        guard place < characters.count else { return nil }
        let start = place
        let kind = scan()
        return Token(kind: kind, range: start..<place, text: String(characters[start..<place]))
    }

    private mutating func scan() -> Token.Kind {
        let first = characters[place]
        let following = place + 1 < characters.count ? characters[place + 1] : " "
        switch first {
        case "\"", "'", "`": return string(first)
        case "/" where following == "/":
            while place < characters.count, characters[place] != "\n" { place += 1 }
            return .comment(isClosed: true)
        case "/" where following == "*": return comment()
        case "0"..."9":
            while place < characters.count, characters[place].isWord || isPoint() { place += 1 }
            return .number
        case _ where first.isWord:
            while place < characters.count, characters[place].isWord { place += 1 }
            return .identifier
        default:
            let isArrow = first == "=" && following == ">"
            place += isArrow || (first == following && "&|=".contains(first)) ? 2 : 1
            return .symbol
        }
    }

    /// The point of a number, not that before a method.
    private func isPoint() -> Bool {
        characters[place] == "." && !(place + 1 < characters.count && characters[place + 1].isLetter)
    }

    private mutating func string(_ quote: Character) -> Token.Kind {
        place += 1
        while place < characters.count {
            let character = characters[place]
            if character == quote {
                place += 1
                return .string(isClosed: true)
            }
            if character == "\n", quote != "`" { break }
            place += character == "\\" ? 2 : 1
        }
        place = min(place, characters.count)
        return .string(isClosed: false)
    }

    private mutating func comment() -> Token.Kind {
        place += 2
        while place + 1 < characters.count {
            if characters[place] == "*", characters[place + 1] == "/" {
                place += 2
                return .comment(isClosed: true)
            }
            place += 1
        }
        place = characters.count
        return .comment(isClosed: false)
    }
}

// MARK: What tokens say about the whole

extension QueryScanner {
    /// Brackets that are open at the end; negative if more were closed.
    static func openBrackets(_ characters: [Character]) -> Int { openBrackets(tokens(of: characters)) }

    private static func openBrackets(_ tokens: [Token]) -> Int {
        tokens.reduce(0) { depth, token in
            guard token.kind == .symbol else { return depth }
            return "([{".contains(token.text) ? depth + 1 : ")]}".contains(token.text) ? depth - 1 : depth
        }
    }

    /// Whether a text can be run as it is, or goes on on another line: brackets, a comment or a text in backticks are open, or it ends with
    /// what wants something after it. What will never be right is complete, so that the parser says what is wrong.
    static func isComplete(_ text: String) -> Bool {
        if DotCommandLine.isDotCommand(text) { return true }
        let tokens = tokens(of: Array(text))
        for token in tokens {
            switch token.kind {
            case .string(isClosed: false): return !token.text.hasPrefix("`")
            case .comment(isClosed: false): return false
            default: break
            }
        }
        let depth = openBrackets(tokens)
        guard depth <= 0 else { return false }
        guard depth == 0, let last = tokens.last(where: { $0.kind != .comment(isClosed: true) }) else { return true }
        return last.kind != .symbol || ![".", "=>", ",", "&&", "||", "+", "-", "*", "/", "?", ":"].contains(last.text)
    }

    /// The queries of a text, which are separated by semicolons, with the places where they begin; what is empty is left out.
    static func statements(of text: String) -> [(start: Int, text: String)] {
        let characters = Array(text)
        var statements: [(start: Int, text: String)] = []
        var (depth, start) = (0, 0)
        func add(_ range: Range<Int>, hasTokens: Bool) {
            if hasTokens { statements.append((range.lowerBound, String(characters[range]))) }
        }
        var hasTokens = false
        for token in tokens(of: characters) {
            if token.is(";"), depth == 0 {
                add(start..<token.range.lowerBound, hasTokens: hasTokens)
                (start, hasTokens) = (token.range.upperBound, false)
                continue
            }
            if case .comment(isClosed: true) = token.kind { continue }
            hasTokens = true
            if token.kind == .symbol { depth += "([{".contains(token.text) ? 1 : ")]}".contains(token.text) ? -1 : 0 }
        }
        add(start..<characters.count, hasTokens: hasTokens)
        return statements
    }
}
