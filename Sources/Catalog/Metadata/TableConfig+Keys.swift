extension TableConfig {
    /// The tree key of the document with that primary key.
    func documentKey(for key: Datum) throws(CatalogError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(documentsPrefix.count + 32)
        bytes += documentsPrefix
        try PrimaryKey.append(key, to: &bytes)
        return bytes
    }

    /// The tree key of a document.
    func documentKey(of document: Datum) throws(CatalogError) -> [UInt8] {
        try documentKey(for: try primaryKey(of: document))
    }

    /// What a document has in the field of its key.
    func primaryKey(of document: Datum) throws(CatalogError) -> Datum {
        guard document.kind == .object else {
            throw CatalogError(.notStorable, "A document of `\(qualifiedName)` must be an object, not \(document.typeName).")
        }
        guard let key = document[field: primaryKey] else {
            throw CatalogError(.keyMissing, "A document of `\(qualifiedName)` needs its primary key in the field `\(primaryKey)`.")
        }
        return key
    }

    /// `db:<database id>:table:<id>:log:`.
    var logPrefix: [UInt8] { Array((CatalogKeys.contentsPrefix(ofTable: id, inDatabase: databaseID) + "log:").utf8) }

    /// The part of a document's tree key that doesn't change when the table moves to another database.
    func part(of documentKey: [UInt8]) -> [UInt8] { Array(documentKey.dropFirst(documentsPrefix.count)) }

    /// The tree keys of the documents within the bounds.
    func interval(of bounds: KeyBounds) throws(CatalogError) -> KeyInterval {
        var interval = KeyInterval.prefix(documentsPrefix)
        if let lower = bounds.lower, lower != .minval {
            interval.lower = lower == .maxval ? interval.upper! : try boundKey(for: lower) + (bounds.lowerInclusive ? [] : [0])
        }
        if let upper = bounds.upper, upper != .maxval {
            interval.upper = upper == .minval ? interval.lower : try boundKey(for: upper) + (bounds.upperInclusive ? [0] : [])
        }
        return interval
    }

    /// One end of an interval; there may be `minval` and `maxval` in it.
    private func boundKey(for bound: Datum) throws(CatalogError) -> [UInt8] {
        documentsPrefix + (try PrimaryKey.encode(bound: bound))
    }
}
