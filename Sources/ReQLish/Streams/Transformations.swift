extension Rows {
    /// Each row by what a function makes of it.
    func mapped(by function: Function, _ execution: Execution) -> Rows {
        CompactMapRows(self, determinism: function.determinism, keepsCount: true) { row throws(ReQLError) in
            try function.datum(execution, row)
        }
    }

    /// Each row by the sequence that a function makes of it, one after the other.
    func concatMapped(by function: Function) -> Rows {
        PipedRows(self) { source, execution in
            var current: RowStream?
            return PulledStream { () throws(ReQLError) in
                while true {
                    if let pulled = try current?.next(), case .row = pulled { return pulled }
                    current = nil
                    let pulled = try source.next()
                    guard case .row(let row) = pulled else { return pulled }
                    let result = try function.call(execution, [.datum(row)])
                    current = try result.rows(execution, at: function.site).stream(execution)
                }
            }
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
final class CompactMapRows: PipedRows {
    private let transform: (Datum) throws(ReQLError) -> Datum?
    private let determinism: Determinism?
    private let wanted: WantedFields?
    private let keepsCount: Bool

    /// - Parameters:
    ///   - kind: `.selection…` only if the transform answers rows unchanged.
    ///   - determinism: the transform's, if a feed may follow the rows through it.
    ///   - wanted: the top-level fields that are all that is left of each row, if that is what the transform does.
    ///   - keepsCount: Whether the transform leaves no row out.
    init(
        _ source: Rows, kind: Kind? = nil, determinism: Determinism? = nil, wanted: WantedFields? = nil, keepsCount: Bool = false,
        _ transform: @escaping (Datum) throws(ReQLError) -> Datum?
    ) {
        self.transform = transform
        self.determinism = determinism
        self.wanted = wanted
        self.keepsCount = keepsCount
        super.init(source, kind) { stream, _ in CompactMapStream(stream, transform) }
    }

    override var table: TableReference? { kind.isSelection ? source.table : nil }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        guard let determinism else { return try super.feedSource(execution, at: site) }
        try site.checkWatchable(determinism)
        return try source.feedSource(execution, at: site).transformed(by: transform, at: site)
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
        keepsCount ? try source.estimate(at: site) : try source.estimate(at: site)?.filtered
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
        guard let wanted else { return try super.open(execution) }
        let path = try source.path(execution)
        switch path {
        case .scan(let table, let filter) where wanted.isObject:
            return ProjectedStream(try source.scan(table, filter, execution), wanted.names, transform)
        case .entries(let entries):
            if let covering = Covering(wanted, entries) { return CoveredStream(entries.reader(), covering, execution, transform) }
        default: break
        }
        return CompactMapStream(try source.stream(execution, by: path), transform)
    }
}
