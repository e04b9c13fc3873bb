import Ground

/// One record of the tree, as text.
public struct InspectedRecord: Sendable, Hashable {
    /// As ``ReadableKey`` has it.
    public let key: String
    /// A document as canonical JSON, metadata as it stands.
    public let value: String
    /// What they take in the tree, in bytes.
    public let keyByteCount: Int
    public let valueByteCount: Int
}

/// Goes through the tree's records. Holds its snapshot. For one thread at a time.
public final class RecordCursor {
    private var cursor: KeyValueCursor

    init(_ cursor: consuming KeyValueCursor) {
        self.cursor = cursor
    }

    /// The next record, `nil` at the end.
    public func next() throws(CatalogError) -> InspectedRecord? {
        guard try cursor.next() else { return nil }
        let key = cursor.keyBytes
        let value = try cursor.value
        return InspectedRecord(
            key: ReadableKey.text(of: key), value: value.readableText(at: key), keyByteCount: key.count, valueByteCount: value.count)
    }

    /// Passes over the next `n` records. O(log n).
    public func skip(_ n: Int) throws(CatalogError) {
        try cursor.skip(n)
    }
}

extension CatalogSnapshot {
    /// The tree's records whose keys begin with `prefix`, in key order, whatever they are. The prefix is as ``ReadableKey`` reads it.
    public func records(prefix: String = "", reversed: Bool = false) throws(CatalogError) -> RecordCursor {
        RecordCursor(try store.cursor(.prefix(ReadableKey.bytes(of: prefix)), reversed: reversed, forgets: true))
    }

    /// How many there are. O(log n), exact.
    public func recordCount(prefix: String = "") throws(CatalogError) -> Int {
        try store.count(.prefix(ReadableKey.bytes(of: prefix)))
    }
}

extension StoredValue {
    /// A document's JSON without its field table; anything else as text.
    func readableText(at key: [UInt8]) -> String {
        if ReadableKey.documentKeyStart(in: key) != nil {
            var buffer = ByteBuffer()
            if (try? appendDocumentJSON(to: &buffer)) != nil { return buffer.string }
        }
        return ReadableKey.printable(bytes)
    }
}
