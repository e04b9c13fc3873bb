/// Each row by what a function makes of it.
final class MapRows: DerivedRows {
    private let function: Function

    init(_ source: Rows, _ function: Function) {
        self.function = function
        super.init(source, source.kind.mapped)
    }

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

/// Each row by the sequence that a function makes of it, one after the other.
final class ConcatMapRows: DerivedRows {
    private let function: Function

    init(_ source: Rows, _ function: Function) {
        self.function = function
        super.init(source, source.kind.mapped)
    }

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

    override func next() throws(ReQLError) -> Pulled {
        while true {
            if let pulled = try current?.next(), case .row = pulled { return pulled }
            current = nil
            let pulled = try source.next()
            guard case .row(let row) = pulled else { return pulled }
            let result = try function.call(execution, row)
            current = try result.rows(execution, at: function.site).stream(execution)
        }
    }
}

extension [Rows] {
    func streams(_ execution: Execution) throws(ReQLError) -> [RowStream] {
        var streams: [RowStream] = []
        for rows in self { streams.append(try rows.stream(execution)) }
        return streams
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
        let streams = try sources.streams(execution)
        var arguments: [Value] = []
        return PulledStream { [function] () throws(ReQLError) in
            // A feed may have had none for its place last time; what stands before it was read already.
            for stream in streams[arguments.count...] {
                let pulled = try stream.next()
                guard case .row(let row) = pulled else { return pulled }
                arguments.append(.datum(row))
            }
            defer { arguments.removeAll(keepingCapacity: true) }
            return .row(try function.call(execution, arguments).datum(execution, at: function.site))
        }
    }
}

/// Rows turned into others one by one, some left out: `map`, field access over a sequence, `pluck` and the like.
final class CompactMapRows: DerivedRows {
    private let transform: (Datum) throws(ReQLError) -> Datum?
    private let determinism: Determinism?
    private let wanted: WantedFields?

    /// - Parameters:
    ///   - kind: `.selection…` only if the transform answers rows unchanged.
    ///   - determinism: the transform's, if a feed may follow the rows through it.
    ///   - wanted: the top-level fields that are all that is left of each row, if that is what the transform does.
    init(
        _ source: Rows, kind: Kind? = nil, determinism: Determinism? = nil, wanted: WantedFields? = nil,
        _ transform: @escaping (Datum) throws(ReQLError) -> Datum?
    ) {
        self.transform = transform
        self.determinism = determinism
        self.wanted = wanted
        super.init(source, kind ?? source.kind.mapped)
    }

    override var table: TableReference? { kind.isSelection ? source.table : nil }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        guard let determinism else { return try super.feedSource(execution, at: site) }
        try site.checkWatchable(determinism)
        return try source.feedSource(execution, at: site).transformed(by: transform, at: site)
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
        try source.estimate(at: site)?.filtered
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        guard let wanted else { return [] }
        switch try source.path() {
        case .scan where wanted.isObject: return ["the fields are copied from the stored bytes, in the scan of the table"]
        case .entries(let entries) where Covering(wanted, entries) != nil:
            return ["from the entries of index `\(entries.index.name)`: documents are read only where an entry does not say all"]
        default: return []
        }
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        guard let wanted else { return CompactMapStream(try source.stream(execution), transform) }
        let path = try source.path(execution)
        switch path {
        case .scan(let table, let filter) where wanted.isObject:
            return ProjectedStream(try source.scan(table, filter, execution), wanted.names, transform)
        case .entries(let entries):
            if let covering = Covering(wanted, entries) { return CoveredStream(entries.reader(), covering, execution, transform) }
        case .rows:
            if let stream = try source.stream(execution, only: wanted) { return stream }
        default: break
        }
        return CompactMapStream(try source.stream(execution, by: path), transform)
    }
}
