extension CatalogSnapshot {
    /// The entries of an index whose values are within the bounds, in order of the values and then of the primary keys, or the
    /// exact reverse. Throws `.keyNull` or `.invalidKey` for a bound that no value can be.
    public func entries(
        of index: IndexConfig, in table: TableConfig, _ bounds: KeyBounds = .all, reversed: Bool = false
    ) throws(CatalogError) -> IndexCursor {
        try IndexCursor(self, index, table, bounds, reversed: reversed)
    }

    /// How many entries there are, in O(log n); nil where that takes reading them, because a bound is longer than what is kept of
    /// values.
    public func entryCount(of index: IndexConfig, in table: TableConfig, _ bounds: KeyBounds = .all) throws(CatalogError) -> Int? {
        let range = try bounds.indexRange
        guard range.isExact else { return nil }
        let interval = range.interval(after: table.indexPrefix(of: index))
        return interval.isEmpty ? 0 : try store.count(interval)
    }

    /// How far the building of an index has come, from 0 to 1. O(log n).
    public func progress(of index: IndexConfig, in table: TableConfig) throws(CatalogError) -> Double {
        guard case .building(let position) = index.state else { return 1 }
        let all = KeyInterval.prefix(table.documentsPrefix)
        let count = try store.count(all)
        guard count > 0, !position.isEmpty else { return 0 }
        let done = try store.count(KeyInterval(lower: all.lower, upper: table.documentsPrefix + position + [0]))
        return Double(done) / Double(count)
    }
}

extension KeyBounds {
    var indexRange: IndexKey.Range {
        get throws(CatalogError) {
            try IndexKey.range(
                lower: lower ?? .minval, lowerInclusive: lowerInclusive, upper: upper ?? .maxval, upperInclusive: upperInclusive)
        }
    }

    /// Whether a value is within.
    public func contains(_ value: Datum) -> Bool {
        if let lower {
            let order = Datum.compare(value, lower)
            if order < 0 || (order == 0 && !lowerInclusive) { return false }
        }
        if let upper {
            let order = Datum.compare(value, upper)
            if order > 0 || (order == 0 && !upperInclusive) { return false }
        }
        return true
    }
}

extension IndexKey.Range {
    func interval(after prefix: [UInt8]) -> KeyInterval {
        KeyInterval(lower: prefix + lower, upper: prefix + upper)
    }
}

/// Goes through the entries of an index. Holds its snapshot. For one thread at a time.
///
/// Entries whose values were cut and agree in what was kept are read together and brought into the order of the documents' own
/// values, so a run of them is in memory at once.
public final class IndexCursor {
    private let snapshot: CatalogSnapshot
    private let table: TableConfig
    private let evaluator: IndexEvaluator
    private let bounds: KeyBounds
    private let range: IndexKey.Range
    private let reversed: Bool
    private var cursor: KeyValueCursor
    /// A run of cut entries, the next one last.
    private var run: [IndexHit] = []
    /// An entry that was read to see where a run ends.
    private var ahead: [UInt8]?
    /// Keys that were read.
    private var position = 0
    private let documents: EntryDocuments

    fileprivate init(
        _ snapshot: CatalogSnapshot, _ index: IndexConfig, _ table: TableConfig, _ bounds: KeyBounds, reversed: Bool
    ) throws(CatalogError) {
        self.snapshot = snapshot
        self.table = table
        self.bounds = bounds
        self.reversed = reversed
        range = try bounds.indexRange
        evaluator = try snapshot.indexEvaluators.evaluator(of: index, in: table)
        var interval = range.interval(after: evaluator.prefix)
        if interval.isEmpty { interval.upper = interval.lower }
        cursor = try snapshot.store.cursor(interval, reversed: reversed)
        documents = EntryDocuments(snapshot, table, prefixByteCount: evaluator.prefix.count)
        documents.rows = cursor.rows
    }

    /// The next entry; nil at the end.
    public func next() throws(CatalogError) -> IndexHit? {
        while true {
            if let hit = run.popLast() { return hit }
            guard let key = try nextKey() else { return nil }
            let entry = try IndexKey.decode(key)
            guard entry.value == nil else { return IndexHit(entry, documents, table, evaluator, cutValue: nil) }
            try readRun(from: key, entry)
        }
    }

    /// Passes over entries. O(log n) unless some values are cut.
    public func skip(_ count: Int) throws(CatalogError) {
        guard count > 0 else { return }
        if run.isEmpty, ahead == nil, range.isExact {
            var probe = try snapshot.store.cursor(interval, reversed: reversed)
            try probe.skip(position + count)
            documents.rows = probe.rows
            guard try probe.next() else {
                cursor = probe
                return
            }
            // Not inside a run, so everything before it is passed, in whatever order.
            if try IndexKey.decode(Array(probe.keyBytes.dropFirst(evaluator.prefix.count))).value != nil {
                ahead = Array(probe.keyBytes.dropFirst(evaluator.prefix.count))
                position += count + 1
                cursor = probe
                return
            }
            documents.rows = cursor.rows
        }
        for _ in 0..<count { guard try next() != nil else { return } }
    }

    private var interval: KeyInterval {
        var interval = range.interval(after: evaluator.prefix)
        if interval.isEmpty { interval.upper = interval.lower }
        return interval
    }

    /// What stands behind the index's prefix in the next key.
    private func nextKey() throws(CatalogError) -> [UInt8]? {
        if let key = ahead.take() { return key }
        position += 1
        return try cursor.next() ? Array(cursor.keyBytes.dropFirst(evaluator.prefix.count)) : nil
    }

    private func readRun(from first: [UInt8], _ entry: IndexKey.Entry) throws(CatalogError) {
        let kept = first.prefix(IndexKey.maximumValueByteCount)
        var hits: [IndexHit] = []
        func take(_ entry: IndexKey.Entry) throws(CatalogError) {
            let document = try documents.document(entry.primaryKey)
            guard
                let value = try document.flatMap({ document throws(CatalogError) in
                    try evaluator.value(of: document, startingWith: Array(kept), ordinal: entry.ordinal)
                })
            else {
                throw IndexHit.dangling(evaluator.index, table)
            }
            if range.isExact || bounds.contains(value) { hits.append(IndexHit(entry, documents, table, evaluator, cutValue: value)) }
        }
        try take(entry)
        while let key = try nextKey() {
            let entry = try IndexKey.decode(key)
            guard entry.value == nil, key.starts(with: kept) else {
                ahead = key
                break
            }
            try take(entry)
        }
        // The order of the run so far is that of the primary keys, in this direction; the sort keeps it where values are equal.
        hits.sort { left, right in
            let order = Datum.compare(left.cutValue!, right.cutValue!)
            return reversed ? order > 0 : order < 0
        }
        run = hits.reversed()
    }
}

/// The documents that the entries of a cursor lead to: from an engine they come with those of entries that the cursor is about to reach.
private final class EntryDocuments {
    private let snapshot: CatalogSnapshot
    private let table: TableConfig
    private let prefixByteCount: Int
    private let ahead: DocumentsAhead?
    /// What the cursor has of the engine's entries.
    var rows: EngineCursor?

    init(_ snapshot: CatalogSnapshot, _ table: TableConfig, prefixByteCount: Int) {
        self.snapshot = snapshot
        self.table = table
        self.prefixByteCount = prefixByteCount
        ahead = snapshot.documentsAhead
    }

    func document(_ key: Datum) throws(CatalogError) -> Datum? {
        guard let ahead else { return try snapshot.get(key, in: table) }
        return try snapshot.get(key, in: table, ahead) { count in
            // An entry that can't be read is told of when the cursor comes to it.
            (rows?.following(count) ?? []).compactMap { try? IndexKey.decode(Array($0.dropFirst(prefixByteCount))).primaryKey }
        }
    }
}

/// An entry of an index, and through it the value and the document.
public final class IndexHit {
    public let primaryKey: Datum
    private let entry: IndexKey.Entry
    private let documents: EntryDocuments
    private let table: TableConfig
    private let evaluator: IndexEvaluator
    fileprivate let cutValue: Datum?

    fileprivate init(
        _ entry: IndexKey.Entry, _ documents: EntryDocuments, _ table: TableConfig, _ evaluator: IndexEvaluator, cutValue: Datum?
    ) {
        self.entry = entry
        primaryKey = entry.primaryKey
        self.documents = documents
        self.table = table
        self.evaluator = evaluator
        self.cutValue = cutValue
    }

    /// The document, read lazily from its page.
    public func document() throws(CatalogError) -> Datum {
        guard let document = try documents.document(primaryKey) else { throw Self.dangling(evaluator.index, table) }
        return document
    }

    /// Everything that the index has of the document, this entry's value among it; of a geo index, the geometries that it has entries
    /// for the cells of. Reads the document.
    public func documentValues() throws(CatalogError) -> [Datum] {
        let values = try evaluator.values(of: try document())
        return evaluator.index.isGeo ? values.filter(\.isGeometry) : values
    }

    /// The value as the order of the index has it: equal to the document's own, but a time has lost its zone, and −0 its sign.
    public var key: Datum { cutValue ?? entry.value ?? .null }

    /// The value as the document has it, where the entry says all of it.
    public var exactKey: Datum? { entry.isExact ? entry.value : nil }

    /// The primary key as the document has it, where the entry says all of it.
    public var exactPrimaryKey: Datum? { IndexKey.isExact(primaryKey) ? primaryKey : nil }

    /// The value as the document has it. Reads the document only where the entry does not say all.
    public func value() throws(CatalogError) -> Datum {
        if let cutValue { return cutValue }
        if entry.isExact { return key }
        let key = key
        let values = try evaluator.values(of: try document()).filter { $0 == key }
        guard entry.ordinal < values.count else { throw Self.dangling(evaluator.index, table) }
        return values[entry.ordinal]
    }

    fileprivate static func dangling(_ index: IndexConfig, _ table: TableConfig) -> CatalogError {
        CatalogError(
            .corrupt,
            "An entry of index `\(index.name)` of table `\(table.qualifiedName)` does not agree with its document. Run `pando check`; "
                + "dropping and making the index anew mends it.")
    }
}
