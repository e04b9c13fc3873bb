/// Cuts the text into tokens, by the rules of PostgreSQL's lexer.
///
/// A lexer is a place in the text: a copy of it reads on from there.
struct Lexer {
    let source: SourceText
    /// Whether `:name` is a parameter.
    let hasNamedParameters: Bool
    private(set) var offset = 0
    private let keywords = KeywordTable.shared

    init(_ source: SourceText, hasNamedParameters: Bool) {
        self.source = source
        self.hasNamedParameters = hasNamedParameters
    }

    /// The next token. Its value is checked, so `value(of:)` does not fail.
    mutating func next() throws(SQLError) -> Token {
        try skipBlanks()
        let start = offset
        let first = source.bytes[start]
        if first.startsIdentifier { return try word(first, start) }
        if first.isDigit { return try number(start) }
        switch first {
        case 0x27: return try quoted(.string, from: start, opening: 1)
        case 0x22: return try quotedIdentifier(.quotedIdentifier, from: start, opening: 1)
        case 0x28: return sign(.leftParenthesis, 1)
        case 0x29: return sign(.rightParenthesis, 1)
        case 0x2c: return sign(.comma, 1)
        case 0x3b: return sign(.semicolon, 1)
        case 0x5b: return sign(.leftBracket, 1)
        case 0x5d: return sign(.rightBracket, 1)
        case 0x2e:
            let second = source.bytes[start + 1]
            return second.isDigit ? try number(start) : second == 0x2e ? sign(.twoDots, 2) : sign(.dot, 1)
        case 0x3a: return colon(start)
        case 0x24: return try dollar(start)
        case 0 where start == source.count: return Token(.endOfInput, start: start, end: start)
        default: return first.isOperatorByte ? try operation(start) : sign(.other, 1)
        }
    }

    private mutating func sign(_ kind: Token.Kind, _ length: Int) -> Token {
        defer { offset += length }
        return Token(kind, start: offset, end: offset + length)
    }

    /// Goes on reading at a place.
    mutating func token(_ kind: Token.Kind, isPlain: Bool = true, from start: Int, to end: Int) -> Token {
        offset = end
        return Token(kind, isPlain: isPlain, start: start, end: end)
    }

    private mutating func colon(_ start: Int) -> Token {
        switch source.bytes[start + 1] {
        case 0x3a: return sign(.typecast, 2)
        case 0x3d: return sign(.colonEquals, 2)
        case let second where hasNamedParameters && second.startsIdentifier:
            var end = start + 2
            while source.bytes[end].continuesIdentifier { end += 1 }
            return token(.namedParameter, from: start, to: end)
        default: return sign(.colon, 1)
        }
    }
}

// MARK: - Blanks and comments

extension Lexer {
    mutating func skipBlanks() throws(SQLError) {
        while true {
            let byte = source.bytes[offset]
            if byte.isBlank {
                offset += 1
            } else if byte == 0x2d, source.bytes[offset + 1] == 0x2d {
                offset = endOfLine(from: offset)
            } else if byte == 0x2f, source.bytes[offset + 1] == 0x2a {
                try skipComment()
            } else {
                return
            }
        }
    }

    /// The next line break, or the end of the text.
    func endOfLine(from start: Int) -> Int {
        var index = start
        while index < source.count, !source.bytes[index].isLineBreak { index += 1 }
        return index
    }

    /// Comments may have comments in them.
    private mutating func skipComment() throws(SQLError) {
        let start = offset
        var depth = 0
        repeat {
            let byte = source.bytes[offset]
            if offset >= source.count { throw source.error("unterminated /* comment", near: start..<source.count) }
            let second = source.bytes[offset + 1]
            if byte == 0x2f, second == 0x2a {
                depth += 1
                offset += 2
            } else if byte == 0x2a, second == 0x2f {
                depth -= 1
                offset += 2
            } else {
                offset += 1
            }
        } while depth > 0
    }
}

// MARK: - Words, numbers, parameters

extension Lexer {
    private mutating func word(_ first: UInt8, _ start: Int) throws(SQLError) -> Token {
        switch first | 0x20 {
        case 0x65 where source.bytes[start + 1] == 0x27: return try quoted(.escapeString, from: start, opening: 2)
        case 0x62 where source.bytes[start + 1] == 0x27: return try quoted(.bitString, from: start, opening: 2)
        case 0x78 where source.bytes[start + 1] == 0x27: return try quoted(.hexString, from: start, opening: 2)
        case 0x6e where source.bytes[start + 1] == 0x27:
            // N'…' is the keyword NCHAR and a string.
            offset = start + 1
            return Token(.keyword, keyword: .nchar, start: start, end: offset)
        case 0x75 where source.bytes[start + 1] == 0x26:
            if source.bytes[start + 2] == 0x27 { return try quoted(.unicodeString, from: start, opening: 3) }
            if source.bytes[start + 2] == 0x22 { return try quotedIdentifier(.unicodeIdentifier, from: start, opening: 3) }
        default: break
        }
        var end = start
        var hash: UInt32 = 0
        var hasCapitals = false
        while source.bytes[end].continuesIdentifier {
            hasCapitals = hasCapitals || source.bytes[end].isASCIIUppercase
            hash = KeywordTable.hash(hash, adding: source.bytes[end].asciiLowercased)
            end += 1
        }
        offset = end
        if end - start <= KeywordTable.maximumLength {
            let keyword = keywords.keyword(in: source.bytes, at: start..<end, hash: hash)
            if keyword != .notKeyword { return Token(.keyword, keyword: keyword, start: start, end: end) }
        }
        return Token(.identifier, isPlain: !hasCapitals, start: start, end: end)
    }

    /// Digits, at most one point, an exponent. A letter may not follow.
    private mutating func number(_ start: Int) throws(SQLError) -> Token {
        var kind = Token.Kind.wholeNumber
        var end = digits(from: start)
        // 1..2 is a number, two points and a number.
        if source.bytes[end] == 0x2e, !(end > start && source.bytes[end + 1] == 0x2e) {
            kind = .number
            end = digits(from: end + 1)
        }
        if source.bytes[end] | 0x20 == 0x65 {
            let isSigned = source.bytes[end + 1] == 0x2b || source.bytes[end + 1] == 0x2d
            let exponent = end + (isSigned ? 2 : 1)
            if source.bytes[exponent].isDigit {
                kind = .number
                end = digits(from: exponent)
            } else if isSigned {
                throw source.error("trailing junk after numeric literal", near: start..<exponent)
            }
        }
        try refuseLetters("trailing junk after numeric literal", from: start, to: end)
        return token(kind, from: start, to: end)
    }

    private func digits(from start: Int) -> Int {
        var end = start
        while source.bytes[end].isDigit { end += 1 }
        return end
    }

    private func refuseLetters(_ message: String, from start: Int, to end: Int) throws(SQLError) {
        guard source.bytes[end].startsIdentifier else { return }
        var junk = end
        while source.bytes[junk].continuesIdentifier { junk += 1 }
        throw source.error(message, near: start..<junk)
    }

    /// `$1`, or a string in `$tag$`.
    private mutating func dollar(_ start: Int) throws(SQLError) -> Token {
        if source.bytes[start + 1].isDigit {
            let end = digits(from: start + 1)
            try refuseLetters("trailing junk after parameter", from: start, to: end)
            return token(.numberedParameter, from: start, to: end)
        }
        guard let opened = tagEnd(from: start) else { return sign(.other, 1) }
        let tag = source.bytes[start..<opened]
        var index = opened
        while index + tag.count <= source.count {
            if source.bytes[index] == 0x24, source.bytes[index..<index + tag.count] == tag {
                return token(.dollarString, from: start, to: index + tag.count)
            }
            index += 1
        }
        throw source.error("unterminated dollar-quoted string", near: start..<source.count)
    }

    /// Where `$tag$` ends that begins at a dollar sign.
    func tagEnd(from start: Int) -> Int? {
        var end = start + 1
        if source.bytes[end].startsIdentifier {
            while source.bytes[end].startsIdentifier || source.bytes[end].isDigit { end += 1 }
        }
        return source.bytes[end] == 0x24 ? end + 1 : nil
    }
}

// MARK: - Operators

extension Lexer {
    /// The longest operator. It ends before a comment, and does not end with + or - unless it has a sign that SQL's own operators lack.
    private mutating func operation(_ start: Int) throws(SQLError) -> Token {
        var end = start
        while source.bytes[end].isOperatorByte {
            let pair = (source.bytes[end], source.bytes[end + 1])
            if end > start, pair == (0x2d, 0x2d) || pair == (0x2f, 0x2a) { break }
            end += 1
        }
        while end - start > 1, source.bytes[end - 1] == 0x2b || source.bytes[end - 1] == 0x2d,
            !source.bytes[start..<end].contains(where: \.allowsSignAtEnd)
        {
            end -= 1
        }
        if end - start == 1 { return sign(Self.kind(ofSingle: source.bytes[start]), 1) }
        if end - start == 2 {
            switch (source.bytes[start], source.bytes[start + 1]) {
            case (0x3d, 0x3e): return sign(.arrow, 2)
            case (0x3c, 0x3d): return sign(.lessOrEqual, 2)
            case (0x3e, 0x3d): return sign(.greaterOrEqual, 2)
            case (0x3c, 0x3e), (0x21, 0x3d): return sign(.notEqual, 2)
            default: break
            }
        }
        guard end - start < 64 else { throw source.error("operator too long", near: start..<end) }
        return token(.symbol, from: start, to: end)
    }

    private static func kind(ofSingle byte: UInt8) -> Token.Kind {
        switch byte {
        case 0x2b: .plus
        case 0x2d: .minus
        case 0x2a: .star
        case 0x2f: .slash
        case 0x25: .percent
        case 0x5e: .caret
        case 0x3c: .less
        case 0x3e: .greater
        case 0x3d: .equal
        default: .symbol
        }
    }
}

extension UInt8 {
    /// One of `~!@#^&|?%` and the grave accent.
    fileprivate var allowsSignAtEnd: Bool {
        switch self {
        case 0x7e, 0x21, 0x40, 0x23, 0x5e, 0x26, 0x7c, 0x60, 0x3f, 0x25: true
        default: false
        }
    }
}
