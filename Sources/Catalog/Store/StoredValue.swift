import Ground

extension StoredValue {
    /// A value that is plain text; damaged UTF-8 shows as replacement characters.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A stored config. `key` is where it stands, for the message.
    func config(at key: String) throws(CatalogError) -> Datum {
        try Datum(config: bytes, at: key)
    }

    /// A stored document as it was written: canonical JSON. One copy.
    func appendDocumentJSON(to buffer: inout ByteBuffer) throws(CatalogError) {
        buffer.append(try document.stored.json)
    }

    /// A stored document, parsed from its JSON without regard to its field table. Throws `.corrupt` if it is not a JSON object.
    func parsedDocument() throws(CatalogError) -> Datum {
        let json = try document.stored.json.copy()
        do throws(JSONError) { return try Datum(json: json.span) } catch {
            throw CatalogError(.corrupt, "A stored document is not JSON. \(error.message) Run `pando check`, and restore a backup.")
        }
    }

    /// How many bytes ``appendDocumentJSON(to:)`` appends.
    var documentJSONByteCount: Int {
        get throws(CatalogError) { try document.stored.json.count }
    }
}

extension Datum {
    /// A stored config. `key` is where it stands, for the message.
    init(config bytes: [UInt8], at key: String) throws(CatalogError) {
        do throws(JSONError) { try self.init(json: bytes.span) } catch {
            throw CatalogError(.corrupt, "The config at `\(key)` is not JSON. \(error.message) Run `pando check`.")
        }
    }

    /// A document from its stored form, independent of the bytes.
    init(document bytes: [UInt8]) throws(CatalogError) {
        guard let document = bytes.span.withBytes({ Datum(copyOfStoredDocument: $0) }) else { throw CatalogError.unreadableDocument }
        self = document
    }
}

extension CatalogError {
    static var unreadableDocument: CatalogError {
        CatalogError(.corrupt, "A stored document can't be read. Run `pando check`, and restore a backup.")
    }
}
