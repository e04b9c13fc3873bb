import Ground

extension JSONParser {
    /// Reads a string at `index`, unescapes it into the builder's text and leaves a node for it.
    mutating func parseString(into builder: inout DatumBuilder) throws(Failure) {
        let opening = index
        let start = builder.text.count
        index += 1
        while true {
            // Eight bytes at once as long as there is nothing special in them.
            if index + 8 <= bytes.count {
                let word = bytes.word(at: index)
                let special = WordScan.specialBytes(word)
                // With what an escape, or a character of several bytes, may add behind them.
                try reserve(12, in: &builder)
                if special == 0 {
                    builder.text.appendWord(word, counting: 8)
                    index += 8
                    continue
                }
                let plain = special.trailingZeroBitCount / 8
                builder.text.appendWord(word, counting: plain)
                index += plain
            }
            guard index < bytes.count else { throw failure("A string has no closing quote.", at: opening) }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                builder.pending.append(DatumNode(.string, textOffset: UInt64(start), byteCount: builder.text.count - start))
                return
            case UInt8(ascii: "\\"):
                try parseEscape(into: &builder.text)
            case 0..<0x20:
                throw failure("A control character in a string must be written as an escape like `\\n`.")
            case 0x20..<0x80:
                builder.text.append(byte)
                index += 1
            default:
                let length = UTF8Check.sequenceLength(bytes, at: index)
                guard length > 0 else { throw failure("A string has bytes that are not valid UTF-8.") }
                builder.text.append(bytes[index..<index + length])
                index += length
            }
        }
    }

    /// Reads an escape at `index`, or two that are one character, and appends what it stands for.
    mutating func parseEscape(into text: inout GrowingBuffer<UInt8>) throws(Failure) {
        let start = index
        guard index + 1 < bytes.count else { throw failure("The JSON text ends inside a string.") }
        index += 2
        switch bytes[index - 1] {
        case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try parseHexDigits()
            if code >= 0xD800 && code <= 0xDFFF {
                guard code <= 0xDBFF, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
                else { throw failure("An escape names one half of a surrogate pair without the other.", at: start) }
                index += 2
                let low = try parseHexDigits()
                guard low >= 0xDC00 && low <= 0xDFFF else {
                    throw failure("An escape names one half of a surrogate pair without the other.", at: start)
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            Self.appendUTF8(code, to: &text)
        default: throw failure("There is no such escape in JSON.", at: start)
        }
    }

    private mutating func parseHexDigits() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count else { throw failure("The JSON text ends inside a string.") }
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: code = code << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: code = code << 4 | UInt32(byte - 0x61 + 10)
            default: throw failure("`\\u` needs four hexadecimal digits.")
            }
            index += 1
        }
        return code
    }

    private static func appendUTF8(_ code: UInt32, to text: inout GrowingBuffer<UInt8>) {
        if code < 0x80 {
            text.append(UInt8(code))
        } else if code < 0x800 {
            text.append(UInt8(0xC0 | code >> 6))
            text.append(UInt8(0x80 | code & 0x3F))
        } else if code < 0x10000 {
            text.append(UInt8(0xE0 | code >> 12))
            text.append(UInt8(0x80 | code >> 6 & 0x3F))
            text.append(UInt8(0x80 | code & 0x3F))
        } else {
            text.append(UInt8(0xF0 | code >> 18))
            text.append(UInt8(0x80 | code >> 12 & 0x3F))
            text.append(UInt8(0x80 | code >> 6 & 0x3F))
            text.append(UInt8(0x80 | code & 0x3F))
        }
    }
}
