/// Looks for a second document with the same value of a unique index.
///
/// Documents whose values have no entry (null, objects, no such field) are not held to anything. Equal elements of one document's array are
/// one value.
struct Duplicates {
    private var pairs: [(Datum, Datum)] = []

    /// A message names no more.
    static let maximumPairCount = 3

    /// Why an index failed, without the keys.
    static let failure = "The index can't be unique: there are documents with the same value."

    init() {}

    /// - Parameter pairs: primary keys of documents with the same value.
    init(_ pairs: [(Datum, Datum)]) {
        self.pairs = pairs
    }

    /// Throws if another document has one of the values already.
    ///
    /// - Parameter keys: tree keys of the entries that the document will have; some may be there already.
    static func refuse(
        _ keys: [[UInt8]], of document: Datum, _ evaluator: IndexEvaluator, _ table: TableConfig, _ store: inout KeyValueTransaction
    ) throws(CatalogError) {
        guard let other = try other(with: keys, document, evaluator, table, &store) else { return }
        throw CatalogError(
            .duplicateValue,
            "Index `\(evaluator.index.name)` of table `\(table.qualifiedName)` is unique, and the document with the key \(other) has this value "
                + "already.")
    }

    /// Notes a document and the one that has a value of it already.
    mutating func look(
        for keys: [[UInt8]], of document: Datum, _ evaluator: IndexEvaluator, _ table: TableConfig, _ store: inout KeyValueTransaction
    ) throws(CatalogError) {
        guard pairs.count < Self.maximumPairCount, let other = try Self.other(with: keys, document, evaluator, table, &store) else {
            return
        }
        pairs.append((other, document[field: table.primaryKey] ?? .null))
    }

    /// What is wrong with the documents that were looked at; nil: nothing.
    func error(_ index: IndexConfig) -> CatalogError? {
        guard !pairs.isEmpty else { return nil }
        let named = pairs.map { "\($0) and \($1)" }.joined(separator: ", ")
        return CatalogError(
            .duplicateValue,
            "Index `\(index.name)` can't be unique: there are documents with the same value, those with the keys \(named) among them.")
    }

    /// The primary key of another document with one of the values.
    private static func other(
        with keys: [[UInt8]], _ document: Datum, _ evaluator: IndexEvaluator, _ table: TableConfig, _ store: inout KeyValueTransaction
    ) throws(CatalogError) -> Datum? {
        let prefixCount = evaluator.prefix.count
        var last: [UInt8]?
        for key in keys {
            guard let (count, isCut) = IndexKey.valueByteCount(key.dropFirst(prefixCount)) else { continue }
            let value = Array(key.prefix(prefixCount + count))
            // Equal elements of an array stand together only in a sorted one; for others this is done once more.
            if value == last { continue }
            last = value
            // An entry goes on with a primary key, whose tag is below FF.
            let interval = KeyInterval(lower: value, upper: value + [KeyEncoding.aboveTags])
            try store.access?.willRest(on: interval)
            var found = try store.count(interval)
            if found == 0 { continue }
            for own in keys where own.starts(with: value) {
                if try store.contains(own) { found -= 1 }
            }
            // Entries that the document has now, and will not have any more, are among those found.
            if found == 0 { continue }
            if let other = try other(in: interval, isCut, document, evaluator, table, &store) { return other }
        }
        return nil
    }

    /// The slow and certain way: entry by entry.
    private static func other(
        in interval: KeyInterval, _ isCut: Bool, _ document: Datum, _ evaluator: IndexEvaluator, _ table: TableConfig,
        _ store: inout KeyValueTransaction
    ) throws(CatalogError) -> Datum? {
        let primaryKey = document[field: table.primaryKey]
        var cursor = try store.snapshot().cursor(interval)
        while try cursor.next() {
            let entry = try IndexKey.decode(Array(cursor.keyBytes.dropFirst(evaluator.prefix.count)))
            if entry.primaryKey == primaryKey { continue }
            guard isCut else { return entry.primaryKey }
            // What was cut off may differ, and may change without the entry.
            let key = try table.documentKey(for: entry.primaryKey)
            try store.access?.willRest(on: key)
            guard let other = try store.document(at: key) else { continue }
            let values = try evaluator.values(of: document)
            if try evaluator.values(of: other).contains(where: { values.contains($0) }) { return entry.primaryKey }
        }
        return nil
    }
}
