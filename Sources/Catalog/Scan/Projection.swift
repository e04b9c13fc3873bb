import Ground

/// Some top-level fields of stored documents, cut out of them: an object of these fields in the same form, in memory of its own.
struct Projection {
    private var finders: [FieldFinder]
    private var offsets: [UInt32] = []
    private var buffer = ByteBuffer(capacity: 1024)

    init(_ names: [String]) {
        // In the order that fields have.
        let different = Set(names.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
        finders = different.map { FieldFinder(String(decoding: $0, as: UTF8.self)) }
    }

    /// Nil if the document has binary values, of which an object has to say whether it has one.
    mutating func fields(of document: StoredDocument) -> Datum? {
        if document.hasBinary { return nil }
        buffer.removeAll()
        offsets.removeAll(keepingCapacity: true)
        buffer.append(UInt8(ascii: "{"))
        for index in finders.indices {
            guard let field = finders[index].field(in: document) else { continue }
            if !offsets.isEmpty { buffer.append(UInt8(ascii: ",")) }
            offsets.append(UInt32(truncatingIfNeeded: buffer.count))
            buffer.append(field)
        }
        buffer.append(UInt8(ascii: "}"))
        DocumentEncoder.appendTable(of: offsets, jsonCount: buffer.count, hasBinary: false, to: &buffer)
        return Datum(copyOfStoredDocument: buffer.raw)
    }
}
