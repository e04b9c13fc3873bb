/// Some rows in the middle of a sequence. On a table the first one is found in O(log n).
final class SliceRows: Rows {
    private let source: Rows
    private let from: Int
    /// How many rows at most; nil for all that are left.
    private let limit: Int?
    /// Whether it was written as `limit`.
    private let isLimit: Bool

    init(_ source: Rows, from: Int, limit: Int?, isLimit: Bool = false) {
        self.source = source
        self.isLimit = isLimit
        self.from = from
        self.limit = limit
        super.init(source.kind.filtered)
    }

    override var table: TableReference? { source.table }
    override var isInfinite: Bool { limit == nil && source.isInfinite }
    override var isFeed: Bool { source.isFeed }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        guard let count = try source.knownCount(at: site) else { return nil }
        return min(max(0, count - from), limit ?? .max)
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? {
        if source.isInfinite { return limit.map { .atMost($0) } }
        guard let estimate = try source.estimate(at: site) else { return limit.map { .atMost($0) } }
        return estimate.map { min(max(0, $0 - from), limit ?? .max) }
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        from > 0 && source is TableRows ? ["the first row is found by its rank"] : []
    }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        guard isLimit, let limit else { throw site.notWatchable("it is cut out of a sequence by position") }
        guard case .rows(let rows) = try source.feedSource(execution, at: site), rows.order != .unordered else {
            throw site.notWatchable("`limit` needs an `orderBy` with an index before it, and one `limit` is all")
        }
        return .first(rows, limit: limit)
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        if limit == 0 { return ListStream([], execution) }
        var stream: RowStream
        if source.isFeed {
            stream = try source.stream(execution)
            if from > 0 { stream = Self.skipping(from, of: stream) }
        } else if let search = source as? TextSearchRows {
            stream = try search.stream(execution, first: limit.map { from.addingReportingOverflow($0).partialValue })
            try stream.skip(from)
        } else if let table = source as? TableRows {
            stream = try table.stream(execution, skipping: from)
        } else {
            stream = try source.stream(execution)
            try stream.skip(from)
        }
        return limit.map { LimitStream(stream, limit: $0) } ?? stream
    }

    /// A feed without its first rows, which are passed over as they come.
    private static func skipping(_ count: Int, of feed: RowStream) -> RowStream {
        var left = count
        return PulledStream { () throws(ReQLError) in
            while left > 0 {
                let pulled = try feed.next()
                guard case .row = pulled else { return pulled }
                left -= 1
            }
            return try feed.next()
        }
    }
}

/// The first rows of another stream.
final class LimitStream: RowStream {
    private let source: RowStream
    private var left: Int

    init(_ source: RowStream, limit: Int) {
        self.source = source
        left = limit
    }

    override func next() throws(ReQLError) -> Pulled {
        guard left > 0 else { return .end }
        let pulled = try source.next()
        if case .row = pulled { left -= 1 }
        return pulled
    }

    override func skip(_ count: Int) throws(ReQLError) {
        let skipped = min(count, left)
        left -= skipped
        try source.skip(skipped)
    }
}

/// Consecutive integers.
final class RangeRows: Rows {
    private let lower: Int
    /// Exclusive; nil never ends.
    private let upper: Int?

    init(_ lower: Int, _ upper: Int?) {
        self.lower = lower
        self.upper = upper
        super.init(.stream)
    }

    override var isInfinite: Bool { upper == nil }
    override func binding(_ slots: [Slot]) -> Rows { self }
    override func knownCount(at site: Site) throws(ReQLError) -> Int? { upper.map { max(0, $0 - lower) } }
    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { RangeStream(lower, upper ?? .max, execution) }
}

private final class RangeStream: RowStream {
    private var current: Int
    private let upper: Int
    private let execution: Execution

    init(_ lower: Int, _ upper: Int, _ execution: Execution) {
        current = lower
        self.upper = upper
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        guard current < upper else { return .end }
        try execution.check()
        defer { current += 1 }
        return .row(Datum(current))
    }

    override func skip(_ count: Int) {
        let (sum, overflow) = current.addingReportingOverflow(count)
        current = overflow ? upper : min(max(current, upper), sum)
    }
}
