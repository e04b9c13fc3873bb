/// Each row by what a function makes of it.
final class MapRows: Rows {
    private let source: Rows
    private let function: Function

    init(_ source: Rows, _ function: Function) {
        self.source = source
        self.function = function
        super.init(source.kind.mapped)
    }

    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        try site.checkWatchable(function.determinism)
        return try source.feedSource(execution, at: site)
            .transformed(by: { [function] row throws(ReQLError) in try function.datum(execution, row) }, at: site)
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? { try source.estimate(at: site) }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        MapStream(try source.stream(execution), function, execution)
    }
}

private final class MapStream: RowStream {
    private let source: RowStream
    private let function: Function
    private let execution: Execution

    init(_ source: RowStream, _ function: Function, _ execution: Execution) {
        self.source = source
        self.function = function
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        guard let row = try source.next() else { return nil }
        return try function.datum(execution, row)
    }
}

/// The rows of several sequences side by side, as long as the shortest.
final class ZippedMapRows: Rows {
    private let sources: [Rows]
    private let function: Function

    init(_ sources: [Rows], _ function: Function) {
        self.sources = sources
        self.function = function
        super.init(sources.kind)
    }

    override var isInfinite: Bool { sources.allSatisfy(\.isInfinite) }
    override var isFeed: Bool { sources.contains(where: \.isFeed) }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        var streams: [RowStream] = []
        for source in sources { streams.append(try source.stream(execution)) }
        return ZippedMapStream(streams, function, execution)
    }
}

private final class ZippedMapStream: RowStream {
    private let sources: [RowStream]
    private let function: Function
    private let execution: Execution
    private var arguments: [Value] = []

    init(_ sources: [RowStream], _ function: Function, _ execution: Execution) {
        self.sources = sources
        self.function = function
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        // A feed may have had none for its place last time; what stands before it was read already.
        for source in sources[arguments.count...] {
            guard let row = try source.next() else { return nil }
            arguments.append(.datum(row))
        }
        defer { arguments.removeAll(keepingCapacity: true) }
        return try function.call(execution, arguments).datum(execution, at: function.site)
    }
}

/// The rows that pass a test.
final class FilterRows: Rows {
    private let source: Rows
    let filter: RowFilter

    init(_ source: Rows, _ filter: RowFilter) {
        self.source = source
        self.filter = filter
        super.init(source.kind.filtered)
    }

    override var table: TableReference? { source.table }
    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        try site.checkWatchable(filter.function.determinism)
        return try source.feedSource(execution, at: site)
            .filtered(by: { [filter] row throws(ReQLError) in try filter.passes(row, execution) ? row : nil }, at: site)
    }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        if let part = try primaryPart, part.isExact { return try part.rows.count(at: site) }
        if let choice = try indexChoice, choice.isExact { return choice.entryCount }
        return nil
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
        if let count = try knownCount(at: site) { return .exactly(count) }
        if let part = try primaryPart { return .atMost(try part.rows.count(at: site)) }
        if let choice = try indexChoice { return .atMost(choice.entryCount) }
        return try source.estimate(at: site)?.filtered
    }

    // MARK: By which way

    /// The whole table that is filtered by what can be told from its documents' bytes, so that another way to them can be looked for.
    var wholeTable: (rows: TableRows, test: DocumentTest)? {
        guard let table = source as? TableRows, table.isWhole, case .value(false) = filter.missing, let test = filter.function.documentTest
        else { return nil }
        return (table, test)
    }

    /// The part of the table where the rows are that pass, if the filter is about the primary key.
    private var primaryPart: (rows: TableRows, isExact: Bool)? {
        get throws(ReQLError) {
            guard let (table, test) = wholeTable else { return nil }
            try table.reference.checkRead()
            return IndexChoice.primaryBounds(test, in: table.reference).map { (table.bounded(by: $0.bounds), $0.isExact) }
        }
    }

    /// Where an index has the rows that pass.
    var indexChoice: IndexChoice? {
        get throws(ReQLError) {
            guard let (table, test) = wholeTable else { return nil }
            try table.reference.checkRead()
            return try IndexChoice(test, in: table.reference)
        }
    }

    /// How the rows are read.
    private enum Way {
        /// By keys that indexes gave, those of the documents that may pass.
        case keys([Datum])
        /// One after the other, of a table or a part of one.
        case through(Rows)
    }

    /// The way that `scan` found, for the `open` that comes next if it was none for a scan: keys are not read twice.
    private var foundWay: Way?

    /// The cheapest way, by exact counts.
    private func way(_ execution: Execution) throws(ReQLError) -> Way {
        guard let (table, _) = wholeTable else { return .through(source) }
        var through = table
        if let part = try primaryPart { through = part.rows }
        guard let choice = try indexChoice else { return .through(through) }
        let count = try through.count(at: .root)
        guard choice.isWorthwhile(of: count), let keys = try choice.keys(in: table.reference, of: count, execution) else {
            return .through(through)
        }
        return .keys(table.order == .descending ? keys.reversed() : keys)
    }

    /// The scan, if that is the way.
    private func scan(_ way: Way, _ execution: Execution) throws(ReQLError) -> TableScan? {
        guard case .through(let rows) = way, let table = rows as? TableRows, let scan = try table.scan(execution, filter) else {
            return nil
        }
        scan.records(in: source.record, record)
        return scan
    }

    override func planScans() throws(ReQLError) -> Bool {
        guard filter.function.documentTest != nil, let table = source as? TableRows, try table.planScans() else { return false }
        return try !goesByIndexes(of: table)
    }

    /// Whether the rows are read by their keys.
    private func goesByIndexes(of table: TableRows) throws(ReQLError) -> Bool {
        guard let choice = try indexChoice else { return false }
        return choice.isWorthwhile(of: try (try primaryPart?.rows ?? table).count(at: .root))
    }

    override func countNotes() throws(ReQLError) -> [String] {
        if let part = try primaryPart, part.isExact { return ["the primary key at \(part.rows.bounds.text) says how many rows pass"] }
        guard let choice = try indexChoice, choice.isExact else { return [] }
        return ["there are as many rows as entries: \(choice.note)"]
    }

    override func scan(_ execution: Execution) throws(ReQLError) -> TableScan? {
        guard source is TableRows else { return nil }
        let way = try way(execution)
        if case .keys = way {
            foundWay = way
            return nil
        }
        return try scan(way, execution)
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        let way = if let foundWay = foundWay.take() { foundWay } else { try way(execution) }
        if case .keys(let keys) = way, let table = source.table { return KeyedStream(table, keys, filter, execution) }
        if let scan = try scan(way, execution) { return ScanStream(scan) }
        return FilterStream(try source.stream(execution), filter, execution)
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        guard let table = source as? TableRows, table.reference.system == nil else { return ["a function of each row"] }
        guard filter.function.documentTest != nil else {
            return ["each document is evaluated: the function is more than comparisons of its top-level fields with constants"]
        }
        let bytes = "tested on the stored bytes, in the scan of the table"
        guard table.index == nil else { return ["each document that index `\(table.indexName)` leads to is tested"] }
        guard wholeTable != nil else { return [bytes] }
        guard table.reference.usesIndexes else { return [bytes, "indexes are not to be used"] }
        var notes: [String] = []
        var count = try table.count(at: .root)
        let whole = count
        if let part = try primaryPart {
            count = try part.rows.count(at: .root)
            notes.append("by the primary key at \(part.rows.bounds.text): \(count) of \(whole) documents")
        }
        guard let choice = try indexChoice else {
            return notes + [bytes] + (notes.isEmpty ? ["no index tells which documents pass"] : [])
        }
        guard choice.isWorthwhile(of: count) else {
            return notes + [bytes, "not by \(choice.note) of \(count) documents, which would take longer"]
        }
        return ["by \(choice.note) of \(whole) documents", "keys are put into the table's order, and each document is tested again"]
    }
}

private final class FilterStream: RowStream {
    private let source: RowStream
    private let filter: RowFilter
    private let execution: Execution

    init(_ source: RowStream, _ filter: RowFilter, _ execution: Execution) {
        self.source = source
        self.filter = filter
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        while let row = try source.next() {
            if try filter.passes(row, execution) { return row }
        }
        return nil
    }
}

/// A filter's function, and what becomes of rows where it meets something that is not there.
struct RowFilter {
    enum Missing {
        case value(Bool)
        /// The error is raised after all: `default: r.error()`.
        case raises
        /// The option's own error, with a message.
        case fails(ReQLError)
    }

    let function: Function
    var missing = Missing.value(false)

    func passes(_ row: Datum, _ execution: Execution) throws(ReQLError) -> Bool {
        if let result = try function.test(execution, row) { return result }
        switch missing {
        case .value(let value): return value
        case .raises: return try function.datum(execution, row).isTruthy
        case .fails(let error): throw error
        }
    }
}

/// Each row by the sequence that a function makes of it, one after the other.
final class ConcatMapRows: Rows {
    private let source: Rows
    private let function: Function

    init(_ source: Rows, _ function: Function) {
        self.source = source
        self.function = function
        super.init(source.kind.mapped)
    }

    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        ConcatMapStream(try source.stream(execution), function, execution)
    }
}

private final class ConcatMapStream: RowStream {
    private let source: RowStream
    private let function: Function
    private let execution: Execution
    private var current: RowStream?

    init(_ source: RowStream, _ function: Function, _ execution: Execution) {
        self.source = source
        self.function = function
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Datum? {
        while true {
            if let row = try current?.next() { return row }
            current = nil
            guard let row = try source.next() else { return nil }
            let result = try function.call(execution, [.datum(row)])
            current = try result.rows(execution, at: function.site).stream(execution)
        }
    }
}

/// Rows turned into others one by one, some left out: field access over a sequence and the like.
final class CompactMapRows: Rows {
    private let source: Rows
    private let transform: (Datum) throws(ReQLError) -> Datum?
    private let determinism: Determinism?
    private let wanted: WantedFields?

    /// - Parameters:
    ///   - wanted: the top-level fields that are all that is left of each row, if that is what the transform does.
    ///   - kind: `.selection…` only if the transform answers rows unchanged.
    ///   - determinism: the transform's, if a feed may follow the rows through it.
    init(
        _ source: Rows, kind: Kind? = nil, determinism: Determinism? = nil, wanted: WantedFields? = nil,
        _ transform: @escaping (Datum) throws(ReQLError) -> Datum?
    ) {
        self.source = source
        self.transform = transform
        self.determinism = determinism
        self.wanted = wanted
        super.init(kind ?? source.kind.mapped)
    }

    override var table: TableReference? { kind.isSelection ? source.table : nil }
    override var isInfinite: Bool { source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        guard let determinism else { return try super.feedSource(execution, at: site) }
        try site.checkWatchable(determinism)
        return try source.feedSource(execution, at: site).transformed(by: transform, at: site)
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? { try source.estimate(at: site)?.filtered }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        if case .object? = wanted, try source.planScans() {
            return ["the fields are copied from the stored bytes, in the scan of the table"]
        }
        guard let wanted, let entries = try source.indexEntries(), Covering(wanted, entries.index, entries.table) != nil else { return [] }
        return ["from the entries of index `\(entries.index.name)`: documents are read only where an entry does not say all"]
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        if case .object(let fields)? = wanted, let scan = try source.scan(execution) { return ProjectedStream(scan, fields, transform) }
        if let wanted, let entries = try source.indexEntries(), let covering = Covering(wanted, entries.index, entries.table) {
            return CoveredStream(entries, covering, execution, transform)
        }
        return CompactMapStream(try source.stream(execution), transform)
    }
}

private final class CompactMapStream: RowStream {
    private let source: RowStream
    private let transform: (Datum) throws(ReQLError) -> Datum?

    init(_ source: RowStream, _ transform: @escaping (Datum) throws(ReQLError) -> Datum?) {
        self.source = source
        self.transform = transform
    }

    override func next() throws(ReQLError) -> Datum? {
        while let row = try source.next() {
            if let result = try transform(row) { return result }
        }
        return nil
    }
}
