import Ground

/// Primary keys as they stand behind `docs:`, in ReQL's order: array < bool < number < binary < time < string.
///
/// A string stands as it is, so that keys can be read in the file. One that is empty, or begins with a byte below 0x10, has
/// 0x0F before it, for below 0x10 are the tags with which all other types begin (see ``KeyEncoding``). A key's end is the end
/// of the tree's key, so a string at the top needs no end of its own.
///
///     "user_123"   75 73 65 72 5F 31 32 33
///     ""           0F
///     "\ttab"      0F 09 74 61 62
///     5            06 C0 14 00 00 00 00 00 00
///     ["a", true]  02 0F 61 00 04 00
public enum PrimaryKey {
    /// A string key has at most this many bytes of UTF-8.
    public static let maximumStringByteCount = 127

    /// Any other key has at most this many bytes when it is encoded.
    public static let maximumByteCount = 129

    /// The bytes of a key.
    ///
    /// - Throws: ``CatalogError/Kind/keyNull`` for null (in an array too), ``CatalogError/Kind/invalidKey`` for an object, a
    ///   bound, or a string with a NUL character, ``CatalogError/Kind/keyTooLong``.
    public static func encode(_ datum: Datum) throws(CatalogError) -> [UInt8] {
        try encode(datum, allowsBounds: false)
    }

    /// The bytes of one end of a range of keys: a key, or a value with `minval` or `maxval` in it, which no key equals.
    ///
    /// - Throws: as ``encode(_:)``.
    public static func encode(bound datum: Datum) throws(CatalogError) -> [UInt8] {
        // Above all strings as well, which begin with no tag here; no UTF-8 begins with FF.
        if datum.kind == .maxval { return [0xFF] }
        return try encode(datum, allowsBounds: true)
    }

    private static func encode(_ datum: Datum, allowsBounds: Bool) throws(CatalogError) -> [UInt8] {
        var key: [UInt8] = []
        try append(datum, allowsBounds: allowsBounds, to: &key)
        return key
    }

    /// Appends the bytes of a key. Throws as ``encode(_:)``.
    static func append(_ datum: Datum, allowsBounds: Bool = false, to key: inout [UInt8]) throws(CatalogError) {
        let start = key.count
        if datum.kind == .string {
            guard datum.utf8Count <= maximumStringByteCount else {
                throw CatalogError(
                    .keyTooLong,
                    "Primary key too long (max \(maximumStringByteCount) characters): \(shown(datum))")
            }
            datum.withBytes { bytes in
                if bytes.count == 0 || bytes[0] < 0x10 { key.append(KeyEncoding.string) }
                bytes.append(to: &key)
            }
        } else {
            do {
                try KeyEncoding.append(datum, allowsBounds: allowsBounds, to: &key)
            } catch {
                throw refused(error, datum)
            }
            guard key.count - start <= maximumByteCount else {
                throw CatalogError(
                    .keyTooLong,
                    "A primary key has \(key.count - start) bytes when encoded; \(datum.typeName) has at most \(maximumByteCount).")
            }
        }
        guard !containsNUL(datum) else {
            throw CatalogError(.invalidKey, "A string in a primary key must not contain the NUL character (U+0000).")
        }
    }

    /// A key that is refused, as a message has it: the first thousand characters of it, for it may be a whole book.
    private static func shown(_ datum: Datum) -> String {
        let text = datum.description.unicodeScalars
        let cut = text.prefix(1_000)
        return cut.endIndex == text.endIndex ? String(text) : String(cut) + "… (\(datum.utf8Count) bytes of UTF-8)"
    }

    /// Appends the bytes of a key, of those that it has in an index entry; false if it can be none.
    static func append(ofEntry bytes: Bytes, to key: inout [UInt8]) -> Bool {
        guard bytes.count > 0, bytes[0] == KeyEncoding.string else {
            bytes.append(to: &key)
            return true
        }
        guard bytes.count > 1, bytes[bytes.count - 1] == KeyEncoding.end else { return false }
        let text = bytes[1..<bytes.count - 1]
        guard text.count <= maximumStringByteCount, !text.contains(0) else { return false }
        if text.count == 0 || text[0] < 0x10 { key.append(KeyEncoding.string) }
        text.append(to: &key)
        return true
    }

    private static func refused(_ refusal: KeyEncoding.Refusal, _ datum: Datum) -> CatalogError {
        let place = datum.kind == .array ? "A primary key that is an array has an element that is " : "A primary key is "
        switch refusal {
        case .null:
            // In an array, RethinkDB's words with their two spaces, as clients find them in `first_error`.
            let words = "Array keys can only contain numbers, strings, bools,  pseudotypes, or arrays (got null of type NULL)."
            return CatalogError(.keyNull, datum.kind == .array ? words : place + "NULL, which no key can be.")
        case .object:
            return CatalogError(
                .invalidKey, place + "an OBJECT; a key is a number, string, bool, time, binary, or an array of these.")
        case .bound: return CatalogError(.invalidKey, place + "`minval` or `maxval`, which are only bounds of a range.")
        }
    }

    private static func containsNUL(_ datum: Datum) -> Bool {
        switch datum.kind {
        case .string: datum.withBytes { $0.contains(0) }
        case .array: datum.elements.contains(where: containsNUL)
        default: false
        }
    }

    /// The key that bytes stand for. The zone of a time is not in its key; it comes back as UTC.
    ///
    /// - Throws: ``CatalogError/Kind/corrupt`` if they stand for none.
    public static func decode(_ bytes: Span<UInt8>) throws(CatalogError) -> Datum {
        let datum: Datum? = bytes.withBytes { bytes in
            guard bytes.count > 0 else { return nil }
            if bytes[0] >= 0x10 || bytes[0] == KeyEncoding.string {
                let text = bytes.dropFirst(bytes[0] == KeyEncoding.string ? 1 : 0)
                return UTF8Check.isValid(text) ? Datum(.string, bytes: text) : nil
            }
            var decoder = KeyDecoder(bytes)
            guard let datum = try? decoder.next(), decoder.index == bytes.count else { return nil }
            return datum
        }
        guard let datum else { throw CatalogError(.corrupt, "The bytes after `docs:` in a key are not a primary key.") }
        return datum
    }

    public static func decode(_ bytes: [UInt8]) throws(CatalogError) -> Datum {
        try decode(bytes.span)
    }
}
