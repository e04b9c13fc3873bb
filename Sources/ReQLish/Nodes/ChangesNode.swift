/// `changes`: a stream without an end of what happens to a row, to rows, or to the first rows of an order.
final class ChangesNode: TermNode {
    private var options: FeedOptionNodes { FeedOptionNodes(call) }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let source = try source(execution)
        if source.isPast { throw receiver.site.notWatchable("a state of the past doesn't change; leave `as_of` out") }
        let options = try options.values(execution)
        for part in source.parts where part.system != nil {
            if case .first = part { throw site.error(.operationFailed, "The first rows of a system table can't be followed.") }
            if case .aggregate = part { throw site.error(.operationFailed, "A count or a sum of a system table can't be followed.") }
            if options.includesOffsets {
                throw site.error(.operationFailed, "The rows of a system table have no offsets that could be followed.")
            }
        }
        if options.includesOffsets {
            for part in source.parts {
                guard case .first = part else {
                    throw (self.options.offsets ?? self).site.error(
                        .queryLogic, "`include_offsets` goes with `orderBy` by an index and `limit` only.")
                }
            }
        }
        for part in source.parts {
            if case .first(_, let limit) = part { try execution.checkArray(limit, at: receiver.site) }
        }
        return .rows(FeedRows(source, options, site))
    }

    private func source(_ execution: Execution) throws(ReQLError) -> FeedSource {
        // The row with the least or greatest key, which there need not be now.
        if let extreme = receiver as? ExtremeNode {
            return .first(try extreme.ordered(execution).watched, limit: 1)
        }
        if let aggregating = receiver as? any WatchableAggregateNode, let (rows, aggregate) = try aggregating.watched(execution) {
            guard case .rows(let watched) = try rows.feedSource(execution, at: receiver.site) else {
                throw receiver.site.notWatchable("only rows of one table can be counted or summed up, and no `limit` of them")
            }
            try receiver.site.checkWatchable(aggregate.determinism)
            return .aggregate(watched, aggregate)
        }
        switch try receiver.evaluate(execution) {
        case .row(let row) where row.isByKey: return .row(row)
        case .rows(let rows): return try rows.feedSource(execution, at: receiver.site)
        case let value:
            throw receiver.site.notWatchable(
                "it is \(value.typeName), and no table, part of a table, row got by its key, or sequence made of these row by row")
        }
    }
}

/// The sequence that `changes` answers.
final class FeedRows: Rows {
    private let source: FeedSource
    private let options: FeedOptions
    private let site: Site

    init(_ source: FeedSource, _ options: FeedOptions, _ site: Site) {
        self.source = source
        self.options = options
        self.site = site
        super.init(.stream)
    }

    override var isInfinite: Bool { true }
    override var isFeed: Bool { true }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        guard let signal = execution.feedSignal else {
            throw site.error(.queryLogic, "A feed can only be what a query answers: no other term can wait for its rows.")
        }
        let stream = try FeedStream(source, options, signal, execution, site)
        execution.hasOpened(stream.kind, includesStates: options.includesStates)
        return stream
    }
}
