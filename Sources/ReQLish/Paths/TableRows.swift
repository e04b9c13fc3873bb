/// A table, or the part of one whose keys or values of an index are between two bounds, in one of two directions. Counting and
/// positions cost O(log n), except among values of an index that are too long for its entries.
final class TableRows: Rows {
    enum Order { case unordered, ascending, descending }

    let reference: TableReference
    /// What bounds and order are of; nil: the primary index.
    let index: IndexConfig?
    let bounds: KeyBounds
    let order: Order
    /// Whether `between` has narrowed it already.
    let isBounded: Bool
    /// The bounds leave no room for a row.
    let isUnachievable: Bool
    /// An index that was named and isn't there. That is an error once a row is wanted; until then the slice can be talked about (`info`).
    private let missingIndex: MissingIndex?

    private struct MissingIndex {
        let name: String
        let error: ReQLError
    }

    /// A whole table.
    init(_ reference: TableReference) {
        self.reference = reference
        index = nil
        bounds = .all
        order = .unordered
        isBounded = false
        isUnachievable = false
        missingIndex = nil
        super.init(.table)
    }

    convenience init(slice reference: TableReference, _ index: IndexConfig?, _ bounds: KeyBounds, _ order: Order) {
        self.init(slice: reference, index, nil, bounds, order, isBounded: true, isUnachievable: false)
    }

    private init(
        slice reference: TableReference, _ index: IndexConfig?, _ missing: MissingIndex?, _ bounds: KeyBounds, _ order: Order,
        isBounded: Bool, isUnachievable: Bool
    ) {
        self.reference = reference
        self.index = index
        self.bounds = bounds
        self.order = order
        self.isBounded = isBounded
        self.isUnachievable = isUnachievable
        missingIndex = missing
        super.init(.slice)
    }

    func bounded(by bounds: KeyBounds, isUnachievable: Bool = false) -> TableRows {
        TableRows(slice: reference, index, missingIndex, bounds, order, isBounded: true, isUnachievable: isUnachievable)
    }

    func ordered(_ order: Order) -> TableRows {
        TableRows(slice: reference, index, missingIndex, bounds, order, isBounded: isBounded, isUnachievable: isUnachievable)
    }

    /// The same rows by the index of that name. A slice has an index already, and can't change it.
    ///
    /// - Parameter lazily: Whether a missing index is an error only once a row is wanted.
    func using(_ name: String, at site: Site, lazily: Bool = false) throws(ReQLError) -> TableRows {
        try reference.checkRead(at: site)
        var missing: MissingIndex?
        var wanted: IndexConfig?
        do {
            wanted = try reference.index(name, at: site)
        } catch {
            guard lazily && reference.isMissing(name) else { throw error }
            missing = MissingIndex(name: name, error: error)
        }
        guard kind == .slice else {
            return TableRows(slice: reference, wanted, missing, bounds, order, isBounded: isBounded, isUnachievable: isUnachievable)
        }
        guard name == indexName else {
            throw site.error(.queryLogic, "The slice is one of index `\(indexName)`; it can't be used with `\(name)`.")
        }
        return self
    }

    var indexName: String { missingIndex?.name ?? index?.name ?? reference.config.primaryKey }

    func checkRead(at site: Site = .root) throws(ReQLError) {
        if let missingIndex { throw missingIndex.error }
        try reference.checkRead(at: site)
    }

    override var table: TableReference? { reference }

    /// Whether these are all documents of the table, in the order of their keys or the reverse.
    var isWhole: Bool { index == nil && missingIndex == nil && bounds == .all && !isUnachievable && reference.system == nil }

    override func binding(_ slots: [Slot]) -> Rows { self }

    /// The entries of the index within the bounds, in this order.
    func entries(of index: IndexConfig, reversed: Bool? = nil) throws(CatalogError) -> IndexCursor {
        try reference.snapshot.entries(of: index, in: reference.config, bounds, reversed: reversed ?? isReversed)
    }

    /// The same, to be read one after the other.
    private func ranges(of index: IndexConfig) -> EntryRanges {
        EntryRanges(table: reference, index: index, ranges: [bounds], isReversed: isReversed)
    }

    override func path() throws(ReQLError) -> AccessPath {
        if missingIndex != nil || reference.system != nil { return .rows }
        guard let index else { return .scan(self, nil) }
        try checkRead()
        return .entries(ranges(of: index))
    }

    private var isReversed: Bool { order == .descending }

    var watched: WatchedRows { WatchedRows(.range(bounds, order), of: reference, index: index) }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        try checkRead(at: site)
        return .rows(watched)
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        try open(execution, skipping: 0)
    }

    /// The rows from one on, as `stream`.
    func stream(_ execution: Execution, skipping skipped: Int) throws(ReQLError) -> RowStream {
        guard let record else { return try open(execution, skipping: skipped) }
        record.openCount += 1
        return RecordedStream(try open(execution, skipping: skipped), record)
    }

    private func open(_ execution: Execution, skipping skipped: Int) throws(ReQLError) -> RowStream {
        try checkRead()
        if let system = reference.system {
            let stream = ListStream(try system.rows(in: bounds, reversed: isReversed), execution)
            stream.skip(skipped)
            return stream
        }
        let stream: RowStream
        if let index {
            stream = EntryStream(ranges(of: index), execution)
        } else {
            let cursor = try reading(reference.snapshot.documents(in: reference.config, bounds, reversed: isReversed))
            stream = TableStream(cursor, reference, execution)
        }
        if skipped > 0 { try stream.skip(skipped) }
        return stream
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        if reference.system != nil { return ["rows of the system, made when they are read"] }
        let direction = order == .descending ? ", descending" : order == .ascending ? ", ascending" : ""
        if let index { return ["index `\(index.name)` at \(bounds.text)\(direction)"] }
        if bounds == .all { return order == .unordered ? [] : ["in the order of the primary key\(direction)"] }
        return ["primary key at \(bounds.text)\(direction)"]
    }

    /// A scan of the rows that pass a filter, whose function can be told from a document's bytes.
    ///
    /// - Parameter records: Where the documents looked at, and those that pass, are counted in a query that is explained.
    func scan(
        _ filter: RowFilter?, _ execution: Execution, records: (table: StepRecord?, filter: StepRecord?)
    ) throws(ReQLError) -> TableScan {
        try checkRead()
        let test = filter?.function.documentTest
        var whereMissing = Verdict.undecided
        if let filter, case .value(let value) = filter.missing { whereMissing = value ? .passes : .fails }
        let (reference, bounds, isReversed) = (reference, bounds, isReversed)
        func scan() throws(CatalogError) -> DocumentScan {
            try reference.snapshot.scan(reference.config, bounds, reversed: isReversed, test, whereMissing: whereMissing)
        }
        func count() throws(CatalogError) -> Int { try reference.snapshot.count(in: reference.config, bounds) }
        return TableScan(
            try reading(scan()), filter, reference, execution, TableScan.Extent(count: count, another: scan), records: records)
    }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? { try count(at: site) }

    func count(at site: Site) throws(ReQLError) -> Int { try count(in: reference.snapshot, at: site) }

    /// The same to choose a way by, where no transaction need know of it.
    func estimatedCount(at site: Site) throws(ReQLError) -> Int { try count(in: reference.snapshot.unnoted, at: site) }

    private func count(in snapshot: CatalogSnapshot, at site: Site) throws(ReQLError) -> Int {
        try checkRead(at: site)
        if let index { return try reference.entryCount(of: index, bounds, in: snapshot, at: site) }
        if let system = reference.system { return try system.rows(in: bounds, reversed: false).count }
        return try site.reading(snapshot.count(in: reference.config, bounds))
    }

    /// The row at a position in this order, negative ones from the end; nil if there is none.
    func nth(_ position: Int, at site: Site) throws(ReQLError) -> Datum? {
        try checkRead(at: site)
        if let system = reference.system {
            let rows = try system.rows(in: bounds, reversed: isReversed)
            let index = position < 0 ? rows.count + position : position
            return rows.indices.contains(index) ? rows[index] : nil
        }
        let fromEnd = position < 0
        let rank = fromEnd ? -1 - position : position
        if let index {
            let cursor = try site.reading(entries(of: index, reversed: isReversed != fromEnd))
            try site.reading(cursor.skip(rank))
            return try site.reading(cursor.next()?.document())
        }
        return try site.reading(reference.snapshot.nth(rank, in: reference.config, bounds, reversed: isReversed != fromEnd))
    }

    /// The row with the least or greatest key, whatever the order of the slice.
    func extreme(greatest: Bool, at site: Site) throws(ReQLError) -> Datum? {
        try checkRead(at: site)
        if let system = reference.system { return try system.rows(in: bounds, reversed: greatest).first }
        if let index { return try site.reading(entries(of: index, reversed: greatest).next()?.document()) }
        return try site.reading(reference.snapshot.nth(0, in: reference.config, bounds, reversed: greatest))
    }
}

/// The documents of a table, each read lazily from its page.
final class TableStream: RowStream {
    private let cursor: DocumentCursor
    private let table: TableReference
    private let execution: Execution

    init(_ cursor: DocumentCursor, _ table: TableReference, _ execution: Execution) {
        self.cursor = cursor
        self.table = table
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        try execution.check()
        return Pulled(try table.counting(cursor.next()))
    }

    override func skip(_ count: Int) throws(ReQLError) {
        try reading(cursor.skip(count))
    }
}
