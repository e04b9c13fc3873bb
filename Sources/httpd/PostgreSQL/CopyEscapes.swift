import Ground

/// What stands for something else in the fields of a COPY in text or CSV.
enum CopyEscapes {
    /// Puts a field of CSV as it is meant.
    static func unquote(_ text: Bytes, _ quote: UInt8, _ escape: UInt8, to plain: inout ByteBuffer) {
        var isInside = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            if isInside {
                if byte == escape, index + 1 < text.count, text[index + 1] == quote || text[index + 1] == escape {
                    plain.append(text[index + 1])
                    index += 1
                } else if byte == quote {
                    isInside = false
                } else {
                    plain.append(byte)
                }
            } else if byte == quote {
                isInside = true
            } else {
                plain.append(byte)
            }
            index += 1
        }
    }

    /// Puts a field of text as it is meant.
    static func unescape(_ text: Bytes, to plain: inout ByteBuffer) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            // Behind the last backslash of all there may be nothing.
            if index < text.count { index = unescape(text, index, to: &plain) }
        }
    }

    /// Reads what follows a backslash.
    /// - Returns: the position behind it.
    private static func unescape(_ text: Bytes, _ index: Int, to plain: inout ByteBuffer) -> Int {
        switch text[index] {
        case UInt8(ascii: "b"): plain.append(8)
        case UInt8(ascii: "f"): plain.append(12)
        case UInt8(ascii: "n"): plain.append(10)
        case UInt8(ascii: "r"): plain.append(13)
        case UInt8(ascii: "t"): plain.append(9)
        case UInt8(ascii: "v"): plain.append(11)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = 0
            var end = index
            while end < text.count, end < index + 3, (48...55).contains(text[end]) {
                value = value * 8 + Int(text[end] - 48)
                end += 1
            }
            plain.append(UInt8(truncatingIfNeeded: value))
            return end
        case UInt8(ascii: "x") where index + 1 < text.count && text[index + 1].hexadecimalValue != nil:
            var value = 0
            var end = index + 1
            while end < text.count, end < index + 3, let digit = text[end].hexadecimalValue {
                value = value * 16 + Int(digit)
                end += 1
            }
            plain.append(UInt8(truncatingIfNeeded: value))
            return end
        default: plain.append(text[index])
        }
        return index + 1
    }
}
