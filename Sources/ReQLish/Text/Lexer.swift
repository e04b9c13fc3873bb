/// A piece of a query's text.
struct Token: Equatable {
    enum Kind: Equatable {
        case identifier(String)
        case string(String)
        case number(Datum)
        /// Operators and brackets: `(`, `=>`, `&&`, …
        case symbol(String)
        case end
    }

    var kind: Kind
    /// Where it begins and ends, in bytes from the beginning of the text.
    var start: Int
    var end: Int

    func `is`(_ symbol: String) -> Bool { kind == .symbol(symbol) }
}

/// The cutter of a query's text into tokens. A small value: copying it is how the parser looks ahead.
struct Lexer {
    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) {
        self.text = text
    }

    mutating func next() throws(QuerySyntaxError) -> Token {
        try skipSpaceAndComments()
        let start = position
        guard start < text.count else { return Token(kind: .end, start: start, end: start) }
        let byte = text[start]
        let kind: Token.Kind =
            switch byte {
            case _ where Self.beginsIdentifier(byte): identifier()
            case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
            case UInt8(ascii: ".") where isDigit(at: start + 1): try number()
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): try string(quote: byte)
            default: try symbol()
            }
        return Token(kind: kind, start: start, end: position)
    }

    func error(_ message: String, at offset: Int? = nil) -> QuerySyntaxError {
        QuerySyntaxError(message, text: text, offset: offset ?? position)
    }

    /// Whether a word is safe to write without quotes where a name is expected: ASCII letters, digits, `_` and `$`.
    static func isIdentifier(_ word: String) -> Bool {
        guard let first = word.utf8.first, beginsIdentifier(first) else { return false }
        return word.utf8.allSatisfy { $0 < 0x80 && continuesIdentifier($0) }
    }

    // MARK: Pieces

    /// Letters are ASCII, `_`, `$` and everything beyond ASCII.
    private static func beginsIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    private static func continuesIdentifier(_ byte: UInt8) -> Bool {
        beginsIdentifier(byte) || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private func isDigit(at index: Int) -> Bool {
        index < text.count && text[index] >= UInt8(ascii: "0") && text[index] <= UInt8(ascii: "9")
    }

    private mutating func identifier() -> Token.Kind {
        let start = position
        while position < text.count, Self.continuesIdentifier(text[position]) { position += 1 }
        return .identifier(String(decoding: text[start..<position], as: UTF8.self))
    }

    private mutating func number() throws(QuerySyntaxError) -> Token.Kind {
        let start = position
        if text[start] == UInt8(ascii: "0"), start + 1 < text.count, text[start + 1] | 0x20 == UInt8(ascii: "x") {
            position += 2
            while position < text.count, Self.continuesIdentifier(text[position]) { position += 1 }
            let digits = String(decoding: text[start + 2..<position], as: UTF8.self)
            guard digits.count <= 16, let value = UInt64(digits, radix: 16) else {
                throw error("This is not a hexadecimal number.", at: start)
            }
            return .number(Datum(Double(value)))
        }
        while isDigit(at: position) { position += 1 }
        if position < text.count, text[position] == UInt8(ascii: "."),
            isDigit(at: position + 1) || !(position + 1 < text.count && Self.beginsIdentifier(text[position + 1]))
        {
            position += 1
            while isDigit(at: position) { position += 1 }
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            var exponent = position + 1
            if exponent < text.count, text[exponent] == UInt8(ascii: "+") || text[exponent] == UInt8(ascii: "-") { exponent += 1 }
            guard isDigit(at: exponent) else { throw error("The number's exponent has no digits.", at: start) }
            position = exponent
            while isDigit(at: position) { position += 1 }
        }
        if position < text.count, Self.continuesIdentifier(text[position]) {
            throw error("The number is followed by a letter or digit that can't belong to it.")
        }
        guard let value = Datum(digits: text[start..<position]) else { throw error("The number has too many digits.", at: start) }
        return .number(value)
    }

    private mutating func symbol() throws(QuerySyntaxError) -> Token.Kind {
        if let bracket = Self.bracket(text[position]) {
            position += 1
            return .symbol(bracket)
        }
        for length in [3, 2, 1] where position + length <= text.count {
            let word = String(decoding: text[position..<position + length], as: UTF8.self)
            if Self.symbols.contains(word) {
                position += length
                return .symbol(word)
            }
        }
        throw error("A query has no use for the character “\(String(decoding: text[position..<position + 1], as: UTF8.self))”.")
    }

    /// The most frequent symbols, which begin no longer one.
    private static func bracket(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "("): "("
        case UInt8(ascii: ")"): ")"
        case UInt8(ascii: "["): "["
        case UInt8(ascii: "]"): "]"
        case UInt8(ascii: "{"): "{"
        case UInt8(ascii: "}"): "}"
        case UInt8(ascii: ","): ","
        case UInt8(ascii: ":"): ":"
        default: nil
        }
    }

    private static let symbols: Set<String> = [
        "===", "!==", "...", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "**", "++", "--", "<<", ">>",
        ".", ";", "?", "<", ">", "+", "-", "*", "/", "%", "!", "=", "&", "|", "^", "~",
    ]

    private mutating func skipSpaceAndComments() throws(QuerySyntaxError) {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C: position += 1
            case 0xC2 where position + 1 < text.count && text[position + 1] == 0xA0: position += 2
            case 0xEF where position == 0 && text.starts(with: [0xEF, 0xBB, 0xBF]): position += 3
            case UInt8(ascii: "/") where position + 1 < text.count && text[position + 1] == UInt8(ascii: "/"):
                position = text[position...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            case UInt8(ascii: "/") where position + 1 < text.count && text[position + 1] == UInt8(ascii: "*"):
                let start = position
                position += 2
                while position + 1 < text.count, !(text[position] == UInt8(ascii: "*") && text[position + 1] == UInt8(ascii: "/")) {
                    position += 1
                }
                guard position + 1 < text.count else { throw error("The comment is not closed with */.", at: start) }
                position += 2
            default: return
            }
        }
    }
}
