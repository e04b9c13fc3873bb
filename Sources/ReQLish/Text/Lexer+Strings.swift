extension Lexer {
    /// A string in single or double quotes or backticks, with JavaScript's escapes.
    mutating func string(quote: UInt8) throws(QuerySyntaxError) -> Token.Kind {
        let start = position
        var bytes: [UInt8] = []
        position += 1
        while true {
            guard position < text.count else { throw error("The string is not closed.", at: start) }
            let byte = text[position]
            switch byte {
            case quote:
                position += 1
                return .string(String(decoding: bytes, as: UTF8.self))
            case UInt8(ascii: "\\"):
                try escape(into: &bytes)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                guard quote == UInt8(ascii: "`") else { throw error("The string is not closed at the end of its line.", at: start) }
                fallthrough
            default:
                if byte == UInt8(ascii: "$"), quote == UInt8(ascii: "`"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "{")
                {
                    throw error("A query has no values to put in place of ${…}: join strings with +.")
                }
                bytes.append(byte)
                position += 1
            }
        }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(QuerySyntaxError) {
        let start = position
        position += 1
        guard position < text.count else { throw error("The string is not closed.", at: start) }
        let byte = text[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "v"): bytes.append(0x0B)
        case UInt8(ascii: "0") where position == text.count || !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]):
            bytes.append(0)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): throw error("Octal escapes are not read: write \\xNN.", at: start)
        case UInt8(ascii: "\n"): break
        case UInt8(ascii: "\r"): if position < text.count, text[position] == 0x0A { position += 1 }
        case UInt8(ascii: "x"): append(try hexadecimal(digits: 2, from: start), to: &bytes)
        case UInt8(ascii: "u"): append(try unicode(from: start), to: &bytes)
        default: bytes.append(byte)
        }
    }

    /// After `\u`: four digits, a surrogate pair of two such escapes, or `{…}`.
    private mutating func unicode(from start: Int) throws(QuerySyntaxError) -> Unicode.Scalar {
        if position < text.count, text[position] == UInt8(ascii: "{") {
            let end = text[position...].firstIndex(of: UInt8(ascii: "}")) ?? text.count
            let digits = String(decoding: text[position + 1..<end], as: UTF8.self)
            guard end < text.count, digits.utf8.count <= 8, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
                throw error("This is not a Unicode character.", at: start)
            }
            position = end + 1
            return scalar
        }
        let first = try hexadecimalValue(digits: 4, from: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, text[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            position += 2
            let second = try hexadecimalValue(digits: 4, from: start)
            if (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) {
                return scalar
            }
        }
        throw error("Half of a surrogate pair is not a character.", at: start)
    }

    private mutating func hexadecimal(digits: Int, from start: Int) throws(QuerySyntaxError) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(try hexadecimalValue(digits: digits, from: start)) else {
            throw error("This is not a Unicode character.", at: start)
        }
        return scalar
    }

    private mutating func hexadecimalValue(digits: Int, from start: Int) throws(QuerySyntaxError) -> UInt32 {
        guard position + digits <= text.count,
            text[position..<position + digits].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: text[position..<position + digits], as: UTF8.self), radix: 16)
        else { throw error("The escape needs \(digits) hexadecimal digits.", at: start) }
        position += digits
        return value
    }

    private func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: Array(String(scalar).utf8))
    }
}
