/// The tree's keys as text that people can read and type.
///
/// Keys are text except for primary keys that are not plain strings. Those are shown as `=` and JSON:
///
///     db:…:table:…:docs:user_123
///     db:…:table:…:docs:=5
///     db:…:table:…:docs:=["eu",1]
///     db:…:table:…:docs:="=odd"
///
/// Anything else that is not printable UTF-8 shows its bytes as `\x0F`.
public enum ReadableKey {
    /// A tree key as text.
    public static func text(of key: [UInt8]) -> String {
        guard let start = documentKeyStart(in: key) else { return printable(key) }
        let label = String(decoding: key[..<start], as: UTF8.self)
        let rest = Array(key[start...])
        guard let datum = try? PrimaryKey.decode(rest.span) else { return label + printable(rest) }
        if let string = datum.string, isPlain(string) { return label + string }
        return label + "=" + datum.description
    }

    /// The bytes of a key, or of a prefix of keys, from that text. A prefix that ends inside JSON is taken letter by letter.
    public static func bytes(of text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard let start = documentKeyStart(in: bytes), start < bytes.count, bytes[start] == UInt8(ascii: "=") else { return bytes }
        let json = Array(bytes[(start + 1)...])
        guard let datum = try? Datum(json: json.span), let key = try? PrimaryKey.encode(datum) else { return bytes }
        return bytes[..<start] + key
    }

    /// Where the primary key begins in a document's key.
    static func documentKeyStart(in key: [UInt8]) -> Int? {
        // db:<36 characters>:table:<36 characters>:docs:
        let mark = Array(CatalogKeys.documentsPart.utf8)
        guard key.starts(with: CatalogKeys.contents.utf8) else { return nil }
        var index = CatalogKeys.contents.utf8.count
        while index + mark.count <= key.count {
            if key[index] == mark[0], key[index..<(index + mark.count)].elementsEqual(mark) { return index + mark.count }
            index += 1
        }
        return nil
    }

    /// Reads as itself: no sign of JSON in front, nothing that a terminal would act on.
    private static func isPlain(_ string: String) -> Bool {
        !string.isEmpty && string.utf8.first != UInt8(ascii: "=") && !string.unicodeScalars.contains(where: \.isControl)
    }

    /// Bytes as text, as they are if they are printable UTF-8.
    static func printable(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: \.isControl) { return text }
        var text = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) }
}
