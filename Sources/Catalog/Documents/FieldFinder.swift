import Ground

/// A search for the field of one name in document after document.
///
/// Documents of a table mostly have the same fields, so it looks first where the field was in the last document: that is one
/// comparison of eight bytes. Only where it is not there does it search.
struct FieldFinder {
    /// The key as it stands in front of its value: in quotes, with its escapes, and with the colon.
    private let lead: Bytes
    private let key: Bytes
    /// The first eight bytes of `lead`, and which of them count.
    private let word: UInt64
    private let mask: UInt64
    private var position = 0
    /// Keeps `lead` and `key` where they are.
    private let texts: (lead: Datum, key: Datum)

    init(_ name: String) {
        let keyText = Datum(name)
        var buffer = ByteBuffer()
        keyText.withBytes { JSONWriter.writeKey($0, isFirst: true, into: &buffer) }
        let leadText = Datum(.string, bytes: buffer.raw)
        texts = (leadText, keyText)
        lead = leadText.withBytes { $0 }
        key = keyText.withBytes { $0 }
        var word: UInt64 = 0
        for index in 0..<min(8, lead.count) { word |= UInt64(lead[index]) << UInt64(8 * index) }
        self.word = word
        mask = lead.count >= 8 ? .max : (1 << UInt64(8 * lead.count)) - 1
    }

    /// The field's value as canonical JSON, where it lies; nil if there is no such field.
    @inline(__always) mutating func json(in document: StoredDocument) -> Bytes? {
        if let json = json(in: document, at: position) { return json }
        return search(document)
    }

    /// The same with the key in front.
    @inline(__always) mutating func field(in document: StoredDocument) -> Bytes? {
        guard json(in: document) != nil else { return nil }
        return document.bytes[document.fieldRange(position)]
    }

    /// Whether it is the document's field at a position.
    func isField(_ position: Int, of document: StoredDocument) -> Bool { json(in: document, at: position) != nil }

    /// The field's value, if it is the document's field at a position.
    @inline(__always) func json(in document: StoredDocument, at position: Int) -> Bytes? {
        guard position < document.fieldCount else { return nil }
        let field = document.fieldRange(position)
        // Shorter than its key with a value, it can't be. It has four bytes at least then, and behind it stand a brace and the table of
        // fields with three: there are eight bytes to be read.
        guard field.count > lead.count, document.bytes.word(at: field.lowerBound) & mask == word else { return nil }
        let start = field.lowerBound + lead.count
        if lead.count > 8, !(document.bytes[field.lowerBound + 8..<start] == lead.dropFirst(8)) { return nil }
        return document.bytes[start..<field.upperBound]
    }

    @inline(never) private mutating func search(_ document: StoredDocument) -> Bytes? {
        guard let found = document.find(key), let json = json(in: document, at: found) else { return nil }
        position = found
        return json
    }
}
