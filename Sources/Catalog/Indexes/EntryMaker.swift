import Ground

/// A maker of the entries that documents have in an index: from their bytes, where it is an index of fields and nothing else.
///
/// One is for many documents, one after another.
struct EntryMaker {
    private let evaluator: IndexEvaluator
    private let keyField: String
    /// Of the fields that are indexed; empty where a document has to be evaluated.
    private var finders: [FieldFinder] = []
    /// Whether their values stand in an array.
    private let areArray: Bool
    /// Whether a document without a value has an entry all the same.
    private let hasNulls: Bool

    init(_ evaluator: IndexEvaluator, of table: TableConfig) {
        self.evaluator = evaluator
        keyField = table.primaryKey
        let fields = evaluator.onlyFields
        finders = fields?.names.map { FieldFinder($0) } ?? []
        (areArray, hasNulls) = (fields?.areArray ?? false, fields?.hasNulls ?? false)
    }

    /// Adds the entries of a document.
    ///
    /// - Parameters:
    ///   - primaryKey: its key in the form of ``PrimaryKey``.
    ///   - owner: keeps the document.
    mutating func add(
        _ stored: StoredDocument, _ primaryKey: Bytes, to batch: inout KeyBatch, owner: () throws(CatalogError) -> Datum?
    ) throws(CatalogError) {
        guard !finders.isEmpty else {
            guard let document = try owner() else { return }
            return try evaluator.addKeys(of: document, primaryKey: document[field: keyField] ?? .null, to: &batch)
        }
        try batch.add { bytes throws(CatalogError) in
            let start = bytes.count
            if areArray { bytes.append(KeyEncoding.array) }
            for index in finders.indices {
                let place = bytes.count
                if let json = finders[index].json(in: stored), Self.append(json, to: &bytes) { continue }
                guard hasNulls else { return false }
                bytes.removeSubrange(place...)
                bytes.append(KeyEncoding.maxval)
            }
            if areArray { bytes.append(KeyEncoding.end) }
            IndexKey.append(primaryKey: primaryKey, behindValueFrom: start, to: &bytes)
            return true
        }
    }

    /// Appends the encoding of a value. False, and anything may be appended, if it is none that is indexed.
    private static func append(_ json: Bytes, to bytes: inout [UInt8]) -> Bool {
        if KeyEncoding.append(plain: json, to: &bytes) { return true }
        let value = StoredDocument.value(json, owner: nil)
        return (try? KeyEncoding.append(value, allowsBounds: false, to: &bytes)) != nil
    }
}
