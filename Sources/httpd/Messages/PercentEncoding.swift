import Ground
import ReQLish

/// Percent-encoding of paths and queries, RFC 3986.
enum PercentEncoding {
    /// The decoded text, or nil if an escape is not two hexadecimal digits or the bytes are not UTF-8.
    /// - Parameter plusIsSpace: as forms have it, in queries.
    static func decode(_ bytes: Span<UInt8>, plusIsSpace: Bool = false) -> String? {
        var isPlain = true
        for index in bytes.indices where bytes[index] == UInt8(ascii: "%") || bytes[index] == UInt8(ascii: "+") { isPlain = false }
        if isPlain { return bytes.validText }
        var decoded = ByteBuffer(capacity: bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.count, let high = bytes[index + 1].hexadecimalValue, let low = bytes[index + 2].hexadecimalValue
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+") where plusIsSpace:
                decoded.append(0x20)
                index += 1
            case let byte:
                decoded.append(byte)
                index += 1
            }
        }
        return decoded.span.validText
    }

    /// Text as one segment of a path, or one value of a query: everything but unreserved characters is escaped.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
