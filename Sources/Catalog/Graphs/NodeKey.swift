package import Ground

/// The keys of nodes as they stand in index entries. What can't be the key of a document is no node.
package enum NodeKey {
    /// Appends the bytes of a key; false, and nothing is appended, if the value can be none.
    package static func append(_ datum: Datum, to bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        guard (try? PrimaryKey.encode(datum)) != nil, (try? KeyEncoding.append(datum, allowsBounds: false, to: &bytes)) != nil else {
            bytes.removeSubrange(start...)
            return false
        }
        return true
    }

    package static func encode(_ datum: Datum) -> [UInt8]? {
        var bytes: [UInt8] = []
        return append(datum, to: &bytes) ? bytes : nil
    }

    /// The key that bytes stand for. Throws `.corrupt` if they stand for none.
    package static func decode(_ bytes: Bytes) throws(CatalogError) -> Datum {
        var decoder = KeyDecoder(bytes)
        guard let datum = try? decoder.next(), decoder.index == bytes.count else { throw EdgeEntries.malformed }
        return datum
    }

    /// The form that a key has in a table, of that which it has in an index; nil if it can be none. See ``PrimaryKey``.
    static func documentKey(_ bytes: Bytes, in table: TableConfig) -> [UInt8]? {
        var key = table.documentsPrefix
        return PrimaryKey.append(ofEntry: bytes, to: &key) ? key : nil
    }
}

extension CatalogSnapshot {
    /// The document of a node, or nil. It is read lazily from its page and keeps the snapshot alive.
    package func document(ofNode key: Bytes, in table: TableConfig) throws(CatalogError) -> Datum? {
        guard let key = NodeKey.documentKey(key, in: table) else { return nil }
        return try store.get(key)?.document
    }

    /// Whether a node has a document.
    package func hasDocument(ofNode key: Bytes, in table: TableConfig) throws(CatalogError) -> Bool {
        guard let key = NodeKey.documentKey(key, in: table) else { return false }
        return try store.get(key) != nil
    }
}
