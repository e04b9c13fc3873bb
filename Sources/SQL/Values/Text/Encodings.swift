/// Bytes as text: base64, hexadecimal, PostgreSQL's escapes.
package enum Encodings {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// - Parameter lineLength: MIME's 76, after which there is a line break; nil for one line.
    package static func base64(_ bytes: [UInt8], lineLength: Int? = 76) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 4 / 3 + 4)
        var length = 0
        var place = 0
        while place < bytes.count {
            let group =
                UInt32(bytes[place]) << 16 | (place + 1 < bytes.count ? UInt32(bytes[place + 1]) << 8 : 0)
                | (place + 2 < bytes.count ? UInt32(bytes[place + 2]) : 0)
            result.append(alphabet[Int(group >> 18)])
            result.append(alphabet[Int(group >> 12 & 63)])
            result.append(place + 1 < bytes.count ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            result.append(place + 2 < bytes.count ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            place += 3
            length += 4
            if let lineLength, length >= lineLength {
                result.append(10)
                length = 0
            }
        }
        if lineLength != nil, length == 0, result.last == 10, bytes.isEmpty { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    package static func base64Decoded(_ text: String) throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        var end = 0
        for byte in text.utf8 {
            if byte == 32 || byte == 9 || byte == 10 || byte == 13 { continue }
            var digit: UInt32 = 0
            if byte == UInt8(ascii: "=") {
                if end == 0 {
                    guard count == 2 || count == 3 else {
                        throw SQLError(.invalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
                    }
                    end = count == 2 ? 1 : 2
                }
            } else {
                guard let place = alphabet.firstIndex(of: byte) else {
                    throw SQLError(
                        .invalidParameterValue,
                        "invalid symbol \"\(String(decoding: [byte], as: UTF8.self))\" found while decoding base64 sequence")
                }
                digit = UInt32(place)
            }
            group = group << 6 | digit
            count += 1
            if count == 4 {
                result.append(UInt8(truncatingIfNeeded: group >> 16))
                if end == 0 || end > 1 { result.append(UInt8(truncatingIfNeeded: group >> 8)) }
                if end == 0 { result.append(UInt8(truncatingIfNeeded: group)) }
                group = 0
                count = 0
            }
        }
        guard count == 0 else {
            throw SQLError(
                .invalidParameterValue, "invalid base64 end sequence",
                hint: "Input data is missing padding, is truncated, or is otherwise corrupted.")
        }
        return result
    }

    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            result.append(ASCII.hexadecimalDigits[Int(byte >> 4)])
            result.append(ASCII.hexadecimalDigits[Int(byte & 15)])
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Blanks between pairs of digits are passed over.
    package static func hexadecimalDecoded(_ text: some Sequence<UInt8>) throws(SQLError) -> [UInt8] {
        var result: [UInt8] = []
        var high: UInt8?
        for byte in text {
            if high == nil, ASCII.isSpace(byte) { continue }
            guard let digit = ASCII.hexadecimal(byte) else {
                throw SQLError(.invalidParameterValue, "invalid hexadecimal digit: \"\(String(decoding: [byte], as: UTF8.self))\"")
            }
            if let first = high {
                result.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { throw SQLError(.invalidParameterValue, "invalid hexadecimal data: odd number of digits") }
        return result
    }

    /// What bytea_output = escape writes: octal for what is no printable ASCII.
    package static func escaped(_ bytes: [UInt8], highOnly: Bool = false) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\\") {
                result.append(contentsOf: "\\\\".utf8)
            } else if highOnly ? byte == 0 || byte >= 128 : byte < 32 || byte > 126 {
                result.append(UInt8(ascii: "\\"))
                result.append(48 + (byte >> 6))
                result.append(48 + (byte >> 3 & 7))
                result.append(48 + (byte & 7))
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Nil if a backslash begins no escape.
    package static func unescaped(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "\\") else {
                result.append(bytes[place])
                place += 1
                continue
            }
            if place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "\\") {
                result.append(UInt8(ascii: "\\"))
                place += 2
            } else if place + 3 < bytes.count, (48...51).contains(bytes[place + 1]), (48...55).contains(bytes[place + 2]),
                (48...55).contains(bytes[place + 3])
            {
                result.append((bytes[place + 1] - 48) << 6 | (bytes[place + 2] - 48) << 3 | (bytes[place + 3] - 48))
                place += 4
            } else {
                return nil
            }
        }
        return result
    }
}
