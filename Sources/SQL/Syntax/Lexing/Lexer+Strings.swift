// Strings and quoted names. A token only marks its place, so each form has a function that reads it twice: once to find
// its end and to refuse what is wrong with it, and again when the parser asks for its value.

extension Lexer {
    /// A string in single quotes that begins `opening` bytes after `start`.
    mutating func quoted(_ kind: Token.Kind, from start: Int, opening: Int) throws(SQLError) -> Token {
        if kind == .escapeString {
            let content = try escapedContent(from: start)
            return token(kind, isPlain: false, from: start, to: content.end)
        }
        let message =
            switch kind {
            case .bitString: "unterminated bit string literal"
            case .hexString: "unterminated hexadecimal string literal"
            default: "unterminated quoted string"
            }
        let doubles = kind == .string || kind == .unicodeString
        var isPlain = true
        var index = start + opening
        while true {
            guard index < source.count else { throw source.error(message, near: start..<source.count) }
            if source.bytes[index] != 0x27 {
                index += 1
            } else if doubles, source.bytes[index + 1] == 0x27 {
                isPlain = false
                index += 2
            } else if let next = continuation(after: index + 1) {
                isPlain = false
                index = next
            } else {
                break
            }
        }
        guard kind == .unicodeString else { return token(kind, isPlain: isPlain, from: start, to: index + 1) }
        return try unicode(kind, from: start, to: index + 1)
    }

    /// A name in double quotes.
    mutating func quotedIdentifier(_ kind: Token.Kind, from start: Int, opening: Int) throws(SQLError) -> Token {
        var isPlain = true
        var index = start + opening
        while true {
            guard index < source.count else { throw source.error("unterminated quoted identifier", near: start..<source.count) }
            if source.bytes[index] != 0x22 {
                index += 1
            } else if source.bytes[index + 1] == 0x22 {
                isPlain = false
                index += 2
            } else {
                break
            }
        }
        guard index > start + opening else { throw source.error("zero-length delimited identifier", near: start..<index + 1) }
        guard kind == .unicodeIdentifier else { return token(kind, isPlain: isPlain, from: start, to: index + 1) }
        return try unicode(kind, from: start, to: index + 1)
    }

    /// Strings with nothing but blanks, comments of one line and at least one line break between them are one string. The place after
    /// the quote that goes on, or nil.
    private func continuation(after end: Int) -> Int? {
        var index = end
        var hasLineBreak = false
        while true {
            let byte = source.bytes[index]
            if byte.isBlank {
                hasLineBreak = hasLineBreak || byte.isLineBreak
                index += 1
            } else if byte == 0x2d, source.bytes[index + 1] == 0x2d {
                index = endOfLine(from: index)
            } else {
                return hasLineBreak && byte == 0x27 ? index + 1 : nil
            }
        }
    }
}

// MARK: - Values

extension Lexer {
    /// What a name or a keyword says.
    func name(of token: Token) -> String {
        switch token.kind {
        case .keyword: token.keyword.spelling
        case .identifier where token.isPlain: text(token.range)
        case .identifier: String(decoding: source.bytes[token.range].map(\.asciiLowercased), as: UTF8.self)
        case .quotedIdentifier where token.isPlain: text(token.start + 1..<token.end - 1)
        case .quotedIdentifier:
            String(decoding: content(from: token.start + 1, quote: 0x22, until: token.end).bytes, as: UTF8.self)
        default: (try? unicodeContent(of: token).value) ?? ""
        }
    }

    /// What a string says; of bit strings, the digits.
    func string(of token: Token) -> String {
        switch token.kind {
        case .string where token.isPlain: return text(token.start + 1..<token.end - 1)
        case .string: return String(decoding: content(from: token.start + 1, quote: 0x27, until: token.end).bytes, as: UTF8.self)
        case .bitString, .hexString:
            return String(decoding: content(from: token.start + 2, quote: 0x27, until: token.end).bytes, as: UTF8.self)
        case .dollarString:
            let tag = (tagEnd(from: token.start) ?? token.start) - token.start
            return text(token.start + tag..<token.end - tag)
        case .escapeString: return String(decoding: (try? escapedContent(from: token.start).bytes) ?? [], as: UTF8.self)
        default: return (try? unicodeContent(of: token).value) ?? ""
        }
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: source.bytes[range], as: UTF8.self)
    }

    /// The bytes between the quotes, doubled ones taken once, of strings with their continuations; and where they end.
    private func content(from start: Int, quote: UInt8, until end: Int) -> (bytes: [UInt8], end: Int) {
        var bytes: [UInt8] = []
        var index = start
        while index < end {
            if source.bytes[index] != quote {
                bytes.append(source.bytes[index])
                index += 1
            } else if source.bytes[index + 1] == quote {
                bytes.append(quote)
                index += 2
            } else if quote == 0x27, let next = continuation(after: index + 1), next < end {
                index = next
            } else {
                break
            }
        }
        return (bytes, index + 1)
    }
}

// MARK: - E'…'

extension Lexer {
    /// The bytes that a string with backslashes stands for, and where it ends.
    private func escapedContent(from start: Int) throws(SQLError) -> (bytes: [UInt8], end: Int) {
        var bytes: [UInt8] = []
        var mayBeBroken = false
        var index = start + 2
        while true {
            guard index < source.count else { throw source.error("unterminated quoted string", near: start..<source.count) }
            let byte = source.bytes[index]
            if byte == 0x27 {
                if source.bytes[index + 1] == 0x27 {
                    bytes.append(byte)
                    index += 2
                } else if let next = continuation(after: index + 1) {
                    index = next
                } else {
                    break
                }
            } else if byte == 0x5c, index + 1 < source.count {
                index = try escape(at: index, into: &bytes, &mayBeBroken)
            } else {
                bytes.append(byte)
                index += 1
            }
        }
        if mayBeBroken, let invalid = SourceText.invalidSequence(in: bytes) { throw SQLError.invalidUTF8(invalid) }
        return (bytes, index + 1)
    }

    /// Reads the escape that begins with the backslash at `start`. The place after it.
    private func escape(at start: Int, into bytes: inout [UInt8], _ mayBeBroken: inout Bool) throws(SQLError) -> Int {
        let letter = source.bytes[start + 1]
        if letter & 0xf8 == 0x30 {
            var end = start + 1
            var value: UInt32 = 0
            while end < start + 4, source.bytes[end] & 0xf8 == 0x30 {
                value = value * 8 + UInt32(source.bytes[end] & 7)
                end += 1
            }
            bytes.append(UInt8(truncatingIfNeeded: value))
            mayBeBroken = mayBeBroken || value & 0xff == 0 || value & 0x80 != 0
            return end
        }
        if letter == 0x78, source.bytes[start + 2].isHexDigit {
            var end = start + 2
            var value: UInt32 = 0
            while end < start + 4, source.bytes[end].isHexDigit {
                value = value * 16 + source.bytes[end].hexValue
                end += 1
            }
            bytes.append(UInt8(truncatingIfNeeded: value))
            mayBeBroken = mayBeBroken || value == 0 || value & 0x80 != 0
            return end
        }
        if letter | 0x20 == 0x75 { return try codePoint(at: start, into: &bytes) }
        switch letter {
        case 0x62: bytes.append(0x08)
        case 0x66: bytes.append(0x0c)
        case 0x6e: bytes.append(0x0a)
        case 0x72: bytes.append(0x0d)
        case 0x74: bytes.append(0x09)
        default: bytes.append(letter)
        }
        return start + 2
    }

    /// `\u0041`, `\U00000041`, or a surrogate pair of them.
    private func codePoint(at start: Int, into bytes: inout [UInt8]) throws(SQLError) -> Int {
        let first = try hexEscape(at: start)
        if first.value & 0xffff_fc00 == 0xdc00 { throw source.error("invalid Unicode surrogate pair", near: start..<first.end) }
        guard first.value & 0xffff_fc00 == 0xd800 else {
            try append(first.value, to: &bytes, near: start..<first.end)
            return first.end
        }
        guard source.bytes[first.end] == 0x5c, source.bytes[first.end + 1] | 0x20 == 0x75 else {
            throw source.error("invalid Unicode surrogate pair", near: first.end..<first.end + 1)
        }
        let second = try hexEscape(at: first.end)
        guard second.value & 0xffff_fc00 == 0xdc00 else {
            throw source.error("invalid Unicode surrogate pair", near: first.end..<second.end)
        }
        try append(Self.codePoint(first.value, second.value), to: &bytes, near: first.end..<second.end)
        return second.end
    }

    private func hexEscape(at start: Int) throws(SQLError) -> (value: UInt32, end: Int) {
        let length = source.bytes[start + 1] == 0x75 ? 4 : 8
        var value: UInt32 = 0
        for index in start + 2..<start + 2 + length {
            guard index < source.count, source.bytes[index].isHexDigit else {
                throw source.error(
                    .invalidEscapeSequence, "invalid Unicode escape", hint: "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.",
                    at: Position(start))
            }
            value = value << 4 | source.bytes[index].hexValue
        }
        return (value, start + 2 + length)
    }

    private func append(_ codePoint: UInt32, to bytes: inout [UInt8], near range: Range<Int>) throws(SQLError) {
        guard codePoint > 0, let scalar = Unicode.Scalar(codePoint) else {
            throw source.error("invalid Unicode escape value", near: range)
        }
        bytes += Array(String(Character(scalar)).utf8)
    }

    private static func codePoint(_ first: UInt32, _ second: UInt32) -> UInt32 {
        (first & 0x3ff) << 10 + (second & 0x3ff) + 0x10000
    }
}

// MARK: - U&'…' and U&"…"

extension Lexer {
    /// Reads the UESCAPE that may follow.
    private mutating func unicode(_ kind: Token.Kind, from start: Int, to end: Int) throws(SQLError) -> Token {
        let bare = token(kind, isPlain: false, from: start, to: end)
        let end = try unicodeContent(of: bare).end
        return token(kind, isPlain: false, from: start, to: end)
    }

    /// What the token says, and where it ends with its UESCAPE.
    private func unicodeContent(of token: Token) throws(SQLError) -> (value: String, end: Int) {
        let quote: UInt8 = token.kind == .unicodeString ? 0x27 : 0x22
        let content = self.content(from: token.start + 3, quote: quote, until: source.count)
        var rest = self
        _ = rest.token(.other, from: content.end, to: content.end)
        // Another string of this kind behind this one is not read here, or a long row of them would nest as deep.
        guard try !rest.startsUnicode(), try rest.next().keyword == .uescape else {
            return (try unescape(content.bytes, by: 0x5c, from: token.start + 3), content.end)
        }
        if try rest.startsUnicode() {
            let quote = rest.source.bytes[rest.offset + 2]
            let end = self.content(from: rest.offset + 3, quote: quote, until: source.count).end
            throw source.error("UESCAPE must be followed by a simple string literal", near: rest.offset..<end)
        }
        let argument = try rest.next()
        guard argument.isString else {
            throw source.error("UESCAPE must be followed by a simple string literal", near: argument.range)
        }
        let mark = Array(string(of: argument).utf8)
        guard mark.count == 1, !mark[0].isHexDigit, !mark[0].isBlank, ![0x2b, 0x27, 0x22].contains(mark[0]) else {
            throw source.error("invalid Unicode escape character", near: argument.range)
        }
        return (try unescape(content.bytes, by: mark[0], from: token.start + 3), argument.end)
    }

    /// Whether a `U&` string or name begins here, behind blanks.
    private mutating func startsUnicode() throws(SQLError) -> Bool {
        try skipBlanks()
        let (first, second) = (source.bytes[offset], source.bytes[min(offset + 1, source.count)])
        guard first | 0x20 == 0x75, second == 0x26 else { return false }
        return source.bytes[offset + 2] == 0x27 || source.bytes[offset + 2] == 0x22
    }

    /// Takes `\0041` and `\+000041` for their characters. `start` is the place of the content in the text.
    private func unescape(_ content: [UInt8], by mark: UInt8, from start: Int) throws(SQLError) -> String {
        var bytes: [UInt8] = []
        var pairFirst: UInt32?
        var index = 0
        func invalidPair() -> SQLError {
            source.error(.syntaxError, "invalid Unicode surrogate pair", at: Position(start + index))
        }
        while index < content.count {
            guard content[index] == mark else {
                guard pairFirst == nil else { throw invalidPair() }
                bytes.append(content[index])
                index += 1
                continue
            }
            if index + 1 < content.count, content[index + 1] == mark {
                guard pairFirst == nil else { throw invalidPair() }
                bytes.append(mark)
                index += 2
                continue
            }
            let isLong = index + 1 < content.count && content[index + 1] == 0x2b
            let digits = content[min(index + (isLong ? 2 : 1), content.count)...].prefix(isLong ? 6 : 4)
            guard digits.count == (isLong ? 6 : 4), digits.allSatisfy(\.isHexDigit) else {
                throw source.error(
                    .syntaxError, "invalid Unicode escape", hint: "Unicode escapes must be \\XXXX or \\+XXXXXX.",
                    at: Position(start + index))
            }
            var value = digits.reduce(UInt32(0)) { $0 << 4 | $1.hexValue }
            guard value > 0, value <= 0x10ffff else {
                throw source.error(.syntaxError, "invalid Unicode escape value", at: Position(start + index))
            }
            let isSecond = value & 0xffff_fc00 == 0xdc00
            guard isSecond == (pairFirst != nil) else { throw invalidPair() }
            if let first = pairFirst {
                value = Self.codePoint(first, value)
                pairFirst = nil
            }
            if value & 0xffff_fc00 == 0xd800 {
                pairFirst = value
            } else if let scalar = Unicode.Scalar(value) {
                bytes += Array(String(Character(scalar)).utf8)
            }
            index += isLong ? 8 : 5
        }
        guard pairFirst == nil else { throw invalidPair() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
