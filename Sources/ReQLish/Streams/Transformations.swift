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

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        MapStream(try source.open(execution), function, execution)
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
        super.init(sources.allSatisfy { $0.kind == .array } ? .array : .stream)
    }

    override var isInfinite: Bool { sources.allSatisfy(\.isInfinite) }
    override var isFeed: Bool { sources.contains(where: \.isFeed) }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        var streams: [RowStream] = []
        for source in sources { streams.append(try source.open(execution)) }
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
    private let filter: RowFilter

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

    /// An index that says how many rows there are.
    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        guard let choice = try indexChoice, choice.isExact else { return nil }
        return choice.entryCount
    }

    /// Where an index has the rows that pass, if the table as a whole is filtered.
    private var indexChoice: IndexChoice? {
        get throws(ReQLError) {
            guard let table = source as? TableRows, table.isWhole, case .value(false) = filter.missing,
                let test = filter.function.documentTest
            else { return nil }
            try table.reference.checkRead()
            return try IndexChoice(test, in: table.reference)
        }
    }

    /// The rows by an index, where that is cheaper than going through all of the table.
    private func chosen(_ execution: Execution) throws(ReQLError) -> KeyedStream? {
        guard let choice = try indexChoice, let table = source as? TableRows,
            choice.isWorthwhile(of: try table.count(at: .root))
        else { return nil }
        let keys = try choice.keys(in: table.reference, execution)
        return KeyedStream(table.reference, table.order == .descending ? keys.reversed() : keys, filter, execution)
    }

    override func scan(_ execution: Execution) throws(ReQLError) -> TableScan? {
        guard let table = source as? TableRows, try chosen(execution) == nil else { return nil }
        return try table.scan(execution, filter)
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        if let chosen = try chosen(execution) { return chosen }
        if let scan = try scan(execution) { return ScanStream(scan) }
        return FilterStream(try source.open(execution), filter, execution)
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
        ConcatMapStream(try source.open(execution), function, execution)
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
            current = try result.rows(execution, at: function.site).open(execution)
        }
    }
}

/// Rows turned into others one by one, some left out: field access over a sequence and the like.
final class CompactMapRows: Rows {
    private let source: Rows
    private let transform: (Datum) throws(ReQLError) -> Datum?
    private let determinism: Determinism?
    private let fields: [String]?

    /// - Parameters:
    ///   - fields: the top-level fields that are all that is left of each row, if that is what the transform does.
    ///   - kind: `.selection…` only if the transform answers rows unchanged.
    ///   - determinism: the transform's, if a feed may follow the rows through it.
    init(
        _ source: Rows, kind: Kind? = nil, determinism: Determinism? = nil, fields: [String]? = nil,
        _ transform: @escaping (Datum) throws(ReQLError) -> Datum?
    ) {
        self.source = source
        self.transform = transform
        self.determinism = determinism
        self.fields = fields
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

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        if let fields, let scan = try source.scan(execution) { return ProjectedStream(scan, fields, transform) }
        return CompactMapStream(try source.open(execution), transform)
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
