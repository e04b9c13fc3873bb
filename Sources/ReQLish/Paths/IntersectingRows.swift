/// The rows of a geo index whose geometries meet a shape, each as often as geometries of it do. In no order.
final class IntersectingRows: Rows {
    private let reference: TableReference
    private let index: IndexConfig
    private let shape: SphericalShape

    init(_ reference: TableReference, _ index: IndexConfig, _ shape: SphericalShape) {
        self.reference = reference
        self.index = index
        self.shape = shape
        super.init(.selection)
    }

    override var table: TableReference? { reference }
    override func binding(_ slots: [Slot]) -> Rows { self }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        .rows(WatchedRows(.shape(shape), of: reference, index: index))
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        IntersectingStream(reference, index, shape, execution)
    }
}

/// A stream of what stands in the cells that cover the shape and in those around them. It asks each geometry itself.
private final class IntersectingStream: RowStream {
    private let entries: EntryReader
    private let shape: SphericalShape
    /// Keys of documents that may come again, because they have several entries.
    private var seen: Set<Datum> = []
    private let held: HeldMemory
    /// How often the last row is still to be given.
    private var pending: (row: Datum, count: Int)?
    private let execution: Execution

    init(_ reference: TableReference, _ index: IndexConfig, _ shape: SphericalShape, _ execution: Execution) {
        self.shape = shape
        let cells = SphereCovering(shape, maximumCount: SphereCovering.queryCount).ranges
        entries = EntryReader(EntryRanges(table: reference, index: index, ranges: cells.map(KeyBounds.init(cells:))))
        self.execution = execution
        held = HeldMemory(execution.memory)
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            if let pending {
                self.pending = pending.count > 1 ? (pending.row, pending.count - 1) : nil
                return .row(pending.row)
            }
            try execution.check()
            guard let hit = try reading(entries.next()) else { return .end }
            guard !seen.contains(hit.primaryKey) else { continue }
            let geometries = try reading(hit.documentValues()).compactMap(Geometry.init(indexed:))
            if geometries.hasSeveralCells, seen.insert(hit.primaryKey).inserted { try held.add(hit.primaryKey) }
            let count = geometries.count { (try? $0.shape())?.intersects(shape) == true }
            if count > 0 { pending = (try reading(hit.document()), count) }
        }
    }
}

extension Geometry {
    /// A value of a geo index; nil for one that has no entry.
    init?(indexed value: Datum) {
        guard let geometry = try? Geometry(value) else { return nil }
        self = geometry
    }
}

extension [Geometry] {
    /// Whether the document that these are indexed of may have more than one entry.
    fileprivate var hasSeveralCells: Bool {
        guard count == 1, case .point = self[0] else { return true }
        return false
    }
}

extension KeyBounds {
    /// The entries of a geo index for these cells.
    init(cells: ClosedRange<Int>) {
        self.init(lower: Datum(cells.lowerBound), lowerInclusive: true, upper: Datum(cells.upperBound), upperInclusive: true)
    }
}
