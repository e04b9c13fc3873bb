/// The rows with given keys, of the primary key or of an index, each key as often as it was given.
final class KeyedRows: Rows {
    private let reference: TableReference
    private let index: IndexConfig?
    private let keys: [Datum]

    init(_ reference: TableReference, keys: [Datum], index: IndexConfig? = nil) {
        self.reference = reference
        self.index = index
        self.keys = keys
        super.init(.selection)
    }

    override var table: TableReference? { reference }
    override func binding(_ slots: [Slot]) -> Rows { self }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        .rows(WatchedRows(.keys(keys), of: reference, index: index))
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
        guard index == nil else { return try super.estimate(at: site) }
        return .atMost(keys.count)
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        let keys = keys.count == 1 ? self.keys[0].shortText : "\(keys.count) values"
        return [index.map { "index `\($0.name)` at \(keys)" } ?? "primary key at \(keys)"]
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        try reference.checkRead()
        if let index { return EntryStream(ranges(of: index), execution) }
        return KeyedStream(reference, keys, nil, execution)
    }

    private func ranges(of index: IndexConfig) -> EntryRanges {
        EntryRanges(table: reference, index: index, ranges: keys.map { .only($0) })
    }

    override func path() throws(ReQLError) -> AccessPath {
        guard let index else { return .rows }
        try reference.checkRead()
        return .entries(ranges(of: index))
    }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        guard let index else { return nil }
        var count = 0
        for key in keys { count += try reference.entryCount(of: index, .only(key), at: site) }
        return count
    }
}
