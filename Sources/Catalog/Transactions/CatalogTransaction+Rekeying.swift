import Ground

extension CatalogTransaction {
    /// The reason why documents did not get other keys.
    package enum RekeyingProblem {
        /// The field has no value in one of them.
        case null(String)
        /// Another document has the key of this one.
        case taken(Datum)
    }

    private static let rekeyedByteCount = 4 << 20

    /// Tells those who watch a table that its documents get other keys, by which nothing of what they were told can be found.
    package mutating func tellRekeyed(_ table: TableConfig) { tellEnd(.tableRekeyed, ofTable: table.id) }

    /// Puts the documents that a table had in an earlier state of this transaction into it again, with keys of their fields. It has to be
    /// empty, and to take blocks.
    ///
    /// - Parameters:
    ///   - fields: those that documents have beside a key that is none of them, in the ascending order of their names.
    ///   - keyFields: what the key is made of: the field itself that is the table's key, or what its array has.
    /// - Returns: what was wrong; then, and after an error, only rolling back is left.
    package mutating func rekey(
        _ table: TableConfig, _ earlier: CatalogSnapshot, fields: [String], by keyFields: [String]
    ) throws(CatalogError) -> RekeyingProblem? {
        var maker = RekeyedDocuments(table, fields, keyFields)
        let block = DocumentBlock(for: table, byteCount: Self.rekeyedByteCount)
        var cursor = try earlier.store.cursor(.prefix(table.documentsPrefix))
        while true {
            let isAtEnd = try !cursor.next()
            if isAtEnd || block.byteCount >= Self.rekeyedByteCount {
                if let taken = try insert(block, in: table) { return block.document(taken).map { .taken($0) } ?? .null(keyFields[0]) }
                block.removeAll()
            }
            if isAtEnd { return nil }
            try check()
            if try maker.add(try cursor.storedDocument, to: block) { continue }
            if let null = try maker.add(try cursor.value.document, to: block) { return .null(null) }
        }
    }
}

/// A maker of documents with other keys.
private struct RekeyedDocuments: ~Copyable {
    private let keyField: String
    private let fields: [String]
    private let keyFields: [String]
    private var finders: [FieldFinder]
    private var encoder: RowEncoder
    /// Where a key that is no field of its own stands among the fields.
    private let keyPlace: Int?
    /// The numbers of the fields that the key is made of, as they are found, and as they are written.
    private let found: [Int]
    private let key: DocumentBlock.Key
    private var values: [Bytes] = []

    init(_ table: TableConfig, _ fields: [String], _ keyFields: [String]) {
        keyField = table.primaryKey
        self.fields = fields
        self.keyFields = keyFields
        finders = fields.map { FieldFinder($0) }
        var names = fields
        found = keyFields.compactMap { fields.firstIndex(of: $0) }
        if fields.contains(keyField) {
            keyPlace = nil
            key = .field(found[0])
        } else {
            let place = fields.firstIndex { $0.utf8.lexicographicallyPrecedes(table.primaryKey.utf8) == false } ?? fields.count
            names.insert(keyField, at: place)
            keyPlace = place
            key = .fields(found.map { $0 < place ? $0 : $0 + 1 })
        }
        encoder = RowEncoder(names)
    }

    /// False if the document is no plain row, and was not added.
    mutating func add(_ stored: StoredDocument, to block: DocumentBlock) throws(CatalogError) -> Bool {
        // Another key that is none of the fields is the only other one.
        guard stored.fieldCount == fields.count || stored.fieldCount == fields.count + 1 else { return false }
        values.removeAll(keepingCapacity: true)
        for index in finders.indices {
            guard let json = finders[index].json(in: stored) else { return false }
            values.append(json)
        }
        for index in found where values[index][0] == UInt8(ascii: "n") { return false }
        encoder.begin()
        for index in 0...fields.count {
            if index == keyPlace {
                encoder.beginField()
                for (place, part) in found.enumerated() {
                    encoder.output.append(place == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
                    encoder.output.append(values[part])
                }
                encoder.output.append(UInt8(ascii: "]"))
            }
            if index < fields.count {
                encoder.beginField()
                encoder.output.append(values[index])
            }
        }
        encoder.end(hasBinary: stored.hasBinary)
        try block.add(encoder, key: key, line: 0)
        return true
    }

    /// Adds any document. Returns the field of its key that has no value.
    mutating func add(_ document: Datum, to block: DocumentBlock) throws(CatalogError) -> String? {
        var parts: [Datum] = []
        for name in keyFields {
            guard let part = document[field: name], !part.isNull else { return name }
            parts.append(part.owned)
        }
        let names = Set(fields)
        var kept: [(String, Datum)] = []
        for index in 0..<document.count where names.contains(document.key(at: index)) {
            kept.append((document.key(at: index), document[index].owned))
        }
        let key = keyPlace == nil ? parts[0] : Datum(elements: parts)
        if keyPlace != nil { kept.append((keyField, key)) }
        try encoder.write(Datum(fields: kept))
        try block.add(encoder, key: .value(key), line: 0)
        return nil
    }
}
