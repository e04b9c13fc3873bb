/// Standard Base64 (RFC 4648, section 4).
package enum Base64 {
    /// White space anywhere and missing padding are tolerated; any other stray character is not. Nil if the text is not valid.
    package static func decode(_ text: String) -> [UInt8]? {
        text.withBytes { decode($0) }
    }

    /// With padding, on one line.
    package static func encode(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer(capacity: bytes.count / 3 * 4 + 4)
        bytes.span.withBytes { encode($0, lineBreaks: false, into: &buffer) }
        return buffer.string
    }

    /// White space anywhere and missing padding are tolerated; any other stray character is not. Nil if the text is not valid.
    package static func decode(_ text: Bytes) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        for index in 0..<text.count {
            let character = text[index]
            switch character {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: "="):
                padding += 1
                continue
            default: break
            }
            guard padding == 0, let digit = value(character) else { return nil }
            bits = bits << 6 | digit
            digits += 1
            if digits % 4 == 0 {
                result.append(UInt8(truncatingIfNeeded: bits >> 16))
                result.append(UInt8(truncatingIfNeeded: bits >> 8))
                result.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        switch digits % 4 {
        case 0:
            return padding == 0 ? result : nil
        case 2:
            guard padding == 0 || padding == 2 else { return nil }
            result.append(UInt8(truncatingIfNeeded: bits >> 4))
            return result
        case 3:
            guard padding <= 1 else { return nil }
            result.append(UInt8(truncatingIfNeeded: bits >> 10))
            result.append(UInt8(truncatingIfNeeded: bits >> 2))
            return result
        default:
            return nil
        }
    }

    @inline(__always) private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5A: UInt32(character) - 0x41
        case 0x61...0x7A: UInt32(character) - 0x61 + 26
        case 0x30...0x39: UInt32(character) - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// With padding. With `lineBreaks`, `separator` (already escaped for JSON) stands after each 76 characters but not at the end.
    package static func encode(_ bytes: Bytes, lineBreaks: Bool, into buffer: inout ByteBuffer) {
        buffer.reserve(bytes.count / 3 * 4 + bytes.count / 14 + 8)
        var index = 0
        var column = 0
        while index < bytes.count {
            if lineBreaks, column == 76 {
                buffer.append("\\r\\n")
                column = 0
            }
            let left = bytes.count - index
            let b0 = UInt32(bytes[index])
            let b1 = left > 1 ? UInt32(bytes[index + 1]) : 0
            let b2 = left > 2 ? UInt32(bytes[index + 2]) : 0
            let bits = b0 << 16 | b1 << 8 | b2
            buffer.append(alphabet[Int(bits >> 18)])
            buffer.append(alphabet[Int(bits >> 12 & 63)])
            buffer.append(left > 1 ? alphabet[Int(bits >> 6 & 63)] : UInt8(ascii: "="))
            buffer.append(left > 2 ? alphabet[Int(bits & 63)] : UInt8(ascii: "="))
            index += 3
            column += 4
        }
    }
}
