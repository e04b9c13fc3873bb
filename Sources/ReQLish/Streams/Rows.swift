/// A sequence that can be opened any number of times: a table, a slice of one, a selection, a stream, or an array taken as one.
///
/// Holds what it needs to be opened; reading happens in the ``RowStream`` that ``open(_:)`` answers.
class Rows {
    /// The kind of a sequence; the raw values are the names that `typeOf` answers.
    enum Kind: String {
        case table = "TABLE"
        case slice = "TABLE_SLICE"
        case selection = "SELECTION<STREAM>"
        case selectionArray = "SELECTION<ARRAY>"
        case stream = "STREAM"
        /// Made of arrays only, and so an array itself.
        case array = "ARRAY"

        /// Whether rows can be written through it.
        var isSelection: Bool { self != .stream && self != .array }

        /// The kind after some rows were left out: a selection stays one.
        var filtered: Kind {
            switch self {
            case .table, .slice: .selection
            default: self
            }
        }

        /// The kind after the rows were turned into other values.
        var mapped: Kind { self == .array || self == .selectionArray ? .array : .stream }
    }

    let kind: Kind
    /// Where its rows are counted, in a query that is explained.
    final var record: StepRecord?

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// The table whose rows these are, unchanged; nil for a stream or an array.
    var table: TableReference? { nil }

    /// Whether there is no end to it.
    var isInfinite: Bool { false }

    /// Whether its rows come only in time, so that a stream may have none now and yet not be at its end.
    var isFeed: Bool { false }

    /// What a feed follows to tell of changes of this sequence.
    func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        throw site.notWatchable("it is not a table, nor made of one row by row by `filter`, `map`, `pluck` and the like")
    }

    /// A stream from the first row.
    func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        preconditionFailure("\(type(of: self)) does not say how it is opened")
    }

    /// A stream of what is wanted of each row, if that is less work than the whole rows; nil if it isn't. Reads none yet.
    func open(_ execution: Execution, only wanted: WantedFields) throws(ReQLError) -> RowStream? { nil }

    /// How the rows are read from their table. Reads none.
    func path() throws(ReQLError) -> AccessPath { .rows }

    /// As `open`, by a path that was asked for before.
    func open(_ execution: Execution, by path: AccessPath) throws(ReQLError) -> RowStream { try open(execution) }

    /// As `open`, counted if the query is explained: what terms call.
    final func stream(_ execution: Execution) throws(ReQLError) -> RowStream {
        guard let record else { return try open(execution) }
        return try record.opening { () throws(ReQLError) in try open(execution) }
    }

    /// The same, of what is wanted; nil if the whole rows are as good.
    final func stream(_ execution: Execution, only wanted: WantedFields) throws(ReQLError) -> RowStream? {
        guard let stream = try open(execution, only: wanted) else { return nil }
        return try record?.opening { () throws(ReQLError) in stream } ?? stream
    }

    /// The same, by a path that was asked for before.
    final func stream(_ execution: Execution, by path: AccessPath) throws(ReQLError) -> RowStream {
        guard let record else { return try open(execution, by: path) }
        return try record.opening { () throws(ReQLError) in try open(execution, by: path) }
    }

    /// How many rows there will be, for a plan.
    func estimate(at site: Site) throws(ReQLError) -> RowEstimate? { try knownCount(at: site).map { .exactly($0) } }

    /// Plan notes on how the rows are obtained: phrases without a full stop.
    func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { [] }

    /// Says in the plan, if there is one, that the rows were counted and not read.
    final func noteCount() throws(ReQLError) {
        if let record { record.notes = try countNotes() }
    }

    /// How many rows there are, where that is known without reading them.
    func knownCount(at site: Site) throws(ReQLError) -> Int? { nil }

    /// What a plan says of `count` where `knownCount` knows.
    var countNote: String { "counted in the tree, and no row is read" }

    /// Plan notes on how `knownCount` knows.
    func countNotes() throws(ReQLError) -> [String] { [] }

    /// The same sequence, remembering the present values of the variables: it may be read after they have changed.
    func binding(_ slots: [Slot]) -> Rows {
        BoundRows(self, slots)
    }

    /// All rows as an array, within the array limit.
    func collect(_ execution: Execution, at site: Site) throws(ReQLError) -> Datum {
        try finite(at: site)
        let stream = try self.stream(execution)
        var count = 0
        // Rows go into the array as they come, and count as parts of it: kept one by one until the end they would take their memory twice.
        var array = DatumBuilder()
        try site.building(array.beginArray())
        while let row = try stream.next().row {
            count += 1
            if count > execution.arrayLimit { try execution.checkArray(count, at: site) }
            try site.building(array.append(row))
        }
        try site.building(array.endArray())
        return array.finish()
    }

    /// The sequence as the value of a term: one that is made of arrays is an array.
    func value(_ execution: Execution, at site: Site) throws(ReQLError) -> Value {
        if let recorder = execution.recorder { recorder.meet(self, at: site, execution) }
        return kind == .array ? .datum(try collect(execution, at: site)) : .rows(self)
    }

    /// Throws for a sequence without an end, which a term that needs all of it would never finish.
    @discardableResult
    final func finite(at site: Site) throws(ReQLError) -> Rows {
        if isInfinite {
            throw site.error(.queryLogic, "The sequence never ends, and this term needs all of it. `limit` makes it end.")
        }
        return self
    }
}

// MARK: - Arrays and lists

/// An array as a sequence.
final class ArrayRows: Rows {
    let array: Datum
    private let source: TableReference?

    /// - Parameter kind: `.array`, or `.selectionArray` for rows of `table`.
    init(_ array: Datum, kind: Kind = .array, table: TableReference? = nil) {
        self.array = array
        source = table
        super.init(kind)
    }

    override var table: TableReference? { source }
    override func binding(_ slots: [Slot]) -> Rows { self }
    override func knownCount(at site: Site) throws(ReQLError) -> Int? { array.count }
    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { ArrayStream(array, execution) }
    override func collect(_ execution: Execution, at site: Site) throws(ReQLError) -> Datum { array }
}

/// Rows that were collected already, without the detour over a datum.
final class ListRows: Rows {
    let rows: [Datum]
    private let source: TableReference?
    private let held: HeldMemory?

    /// - Parameter held: counts the rows, as long as they are here.
    init(_ rows: [Datum], kind: Kind, table: TableReference? = nil, held: HeldMemory? = nil) {
        self.held = held
        self.rows = rows
        source = table
        super.init(kind)
    }

    override var table: TableReference? { source }
    override func binding(_ slots: [Slot]) -> Rows { self }
    override func knownCount(at site: Site) throws(ReQLError) -> Int? { rows.count }
    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { ListStream(rows, execution) }
}

// MARK: - Variables that outlive their call

/// A sequence made inside a function, with the variables as they were then.
final class BoundRows: Rows {
    private let rows: Rows
    private let binding: SavedVariables

    init(_ rows: Rows, _ slots: [Slot]) {
        self.rows = rows
        binding = SavedVariables(slots)
        super.init(rows.kind)
    }

    override var table: TableReference? { rows.table }
    override var isInfinite: Bool { rows.isInfinite }
    override var isFeed: Bool { rows.isFeed }
    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? { nil }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        try rows.feedSource(execution, at: site).binding(binding)
    }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        binding.restore()
        return try rows.knownCount(at: site)
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        binding.restore()
        return BoundStream(try rows.stream(execution), binding)
    }
}

final class BoundStream: RowStream {
    private let stream: RowStream
    private let binding: SavedVariables

    init(_ stream: RowStream, _ binding: SavedVariables) {
        self.stream = stream
        self.binding = binding
    }

    override func next() throws(ReQLError) -> Pulled {
        binding.restore()
        return try stream.next()
    }

    override func skip(_ count: Int) throws(ReQLError) {
        binding.restore()
        try stream.skip(count)
    }
}

/// The values of some variables at one time.
struct SavedVariables {
    private let saved: [(slot: Slot, value: Value)]

    init(_ slots: [Slot]) {
        saved = slots.map { ($0, $0.value) }
    }

    func restore() {
        for (slot, value) in saved { slot.value = value }
    }
}
