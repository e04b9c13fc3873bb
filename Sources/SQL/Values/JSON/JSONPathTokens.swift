/// The words, signs, numbers and strings of a jsonpath's text.
struct JSONPathTokens {
    enum Token: Equatable {
        case string(String)
        case word(String)
        case variable(String)
        case number(String)
        case sign(String)
        case end
    }

    private let bytes: [UInt8]
    private var place = 0
    private var start = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    func fault(at token: Token) -> SQLError {
        if token == .end { return SQLError(.syntaxError, "syntax error at end of jsonpath input") }
        return junk("syntax error")
    }

    private func junk(_ message: String) -> SQLError {
        let shown = String(decoding: bytes[start..<max(place, start)], as: UTF8.self)
        return SQLError(.syntaxError, "\(message) at or near \"\(shown)\" of jsonpath input")
    }

    private static let signs = Set("?%$.[]{}()|&!=<>@#,*:-+/".utf8)

    /// Whether a byte may stand in a word: all that is no blank, sign, quote or backslash.
    private static func isOfWord(_ byte: UInt8) -> Bool {
        !signs.contains(byte) && !ASCII.isSpace(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private func peek(_ offset: Int = 0) -> UInt8? { place + offset < bytes.count ? bytes[place + offset] : nil }

    mutating func next() throws(SQLError) -> Token {
        try skipBlanks()
        start = place
        guard let byte = peek() else { return .end }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "$"):
            place += 1
            if peek() == UInt8(ascii: "\"") { return .variable(try string()) }
            guard let following = peek(), Self.isOfWord(following) || following == UInt8(ascii: "\\") else { return .sign("$") }
            return .variable(try word())
        case 48...57: return .number(try number())
        case UInt8(ascii: "."):
            if let digit = peek(1), ASCII.isDigit(digit) { return .number(try number()) }
            place += 1
            return .sign(".")
        default: break
        }
        guard Self.signs.contains(byte) else { return .word(try word()) }
        for sign in ["&&", "||", "==", "!=", "<>", "<=", ">=", "**"] where bytes[place...].starts(with: sign.utf8) {
            place += 2
            return .sign(sign)
        }
        place += 1
        return .sign(String(UnicodeScalar(byte)))
    }

    private mutating func skipBlanks() throws(SQLError) {
        while let byte = peek() {
            if ASCII.isSpace(byte) {
                place += 1
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                start = place
                place += 2
                while !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    guard place < bytes.count else { throw SQLError(.syntaxError, "unexpected end of comment at end of jsonpath input") }
                    place += 1
                }
                place += 2
            } else {
                return
            }
        }
    }

    /// An integer without needless zeros, with a fraction or without, and an exponent.
    private mutating func number() throws(SQLError) -> String {
        func digits() { while let byte = peek(), ASCII.isDigit(byte) { place += 1 } }
        if peek() == UInt8(ascii: "0") { place += 1 } else { digits() }
        if peek() == UInt8(ascii: ".") {
            place += 1
            digits()
        }
        if let mark = peek(), mark | 32 == UInt8(ascii: "e") {
            let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
            if let digit = peek(signed ? 2 : 1), ASCII.isDigit(digit) {
                place += signed ? 2 : 1
                digits()
            } else if signed {
                place += 2
                throw junk("invalid numeric literal")
            }
        }
        if let byte = peek(), Self.isOfWord(byte) {
            place += 1
            throw junk("trailing junk after numeric literal")
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func word() throws(SQLError) -> String {
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == UInt8(ascii: "\\") {
                try escape(into: &content)
            } else if Self.isOfWord(byte) {
                content.append(byte)
                place += 1
            } else {
                break
            }
        }
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func string() throws(SQLError) -> String {
        place += 1
        var content: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &content)
            default:
                content.append(byte)
                place += 1
            }
        }
        throw SQLError(.syntaxError, "unexpected end of quoted string at end of jsonpath input")
    }

    // MARK: Escapes

    private mutating func escape(into content: inout [UInt8]) throws(SQLError) {
        place += 1
        guard let byte = peek() else { throw SQLError(.syntaxError, "unexpected end after backslash at end of jsonpath input") }
        place += 1
        switch byte {
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "f"): content.append(12)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "r"): content.append(13)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "v"): content.append(11)
        case UInt8(ascii: "x"): try append(try hexadecimal(2, "invalid hexadecimal character sequence"), to: &content)
        case UInt8(ascii: "u"):
            var code = try unicode()
            if code & 0xFFFFFC00 == 0xD800 {
                guard peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") else { throw Self.loneLowSurrogate }
                place += 2
                let low = try unicode()
                if low & 0xFFFFFC00 == 0xD800 {
                    throw SQLError(
                        .invalidTextRepresentation, "invalid input syntax for type jsonpath",
                        detail: "Unicode high surrogate must not follow a high surrogate.")
                }
                guard low & 0xFFFFFC00 == 0xDC00 else { throw Self.loneLowSurrogate }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            try append(code, to: &content)
        default: content.append(byte)
        }
    }

    private static var loneLowSurrogate: SQLError {
        SQLError(
            .invalidTextRepresentation, "invalid input syntax for type jsonpath",
            detail: "Unicode low surrogate must follow a high surrogate.")
    }

    private func append(_ code: UInt32, to content: inout [UInt8]) throws(SQLError) {
        if code == 0 {
            throw SQLError(
                .untranslatableCharacter, "unsupported Unicode escape sequence", detail: "\\u0000 cannot be converted to text.")
        }
        if code & 0xFFFFFC00 == 0xDC00 { throw Self.loneLowSurrogate }
        guard let scalar = Unicode.Scalar(code) else { throw junk("invalid Unicode escape sequence") }
        content.append(contentsOf: String(Character(scalar)).utf8)
    }

    /// Four digits, or up to six in braces.
    private mutating func unicode() throws(SQLError) -> UInt32 {
        guard peek() == UInt8(ascii: "{") else { return try hexadecimal(4, "invalid Unicode escape sequence") }
        place += 1
        var code: UInt32 = 0
        var count = 0
        while let byte = peek(), let digit = ASCII.hexadecimal(byte), count < 6 {
            code = code << 4 | UInt32(digit)
            count += 1
            place += 1
        }
        guard count > 0, peek() == UInt8(ascii: "}") else { throw junk("invalid Unicode escape sequence") }
        place += 1
        return code
    }

    private mutating func hexadecimal(_ count: Int, _ message: String) throws(SQLError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<count {
            guard let byte = peek(), let digit = ASCII.hexadecimal(byte) else { throw junk(message) }
            code = code << 4 | UInt32(digit)
            place += 1
        }
        return code
    }
}
