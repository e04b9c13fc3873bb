/// `union`: one sequence after the other, or, with keys to `interleave` by, a merge of sorted ones.
final class UnionNode: TermNode {
    private var keys: [Node] {
        switch call.option("interleave") {
        case nil: []
        case let list as OrderingListNode: list.keys
        case let key?: [key]
        }
    }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        var rows: [Rows] = []
        for source in call.arguments { rows.append(try source.rows(execution)) }
        var sortKeys: [SortKey] = []
        for key in keys {
            // true and false speak of the order of arguments, which is kept either way.
            if key.constant?.bool != nil { continue }
            if let names = key.constant, names.kind == .array {
                for name in names.elements { sortKeys.append(try SortKey(ConstantNode(name, key.site), execution)) }
                continue
            }
            sortKeys.append(try SortKey(key, execution))
        }
        if !sortKeys.isEmpty, rows.contains(where: \.isFeed) {
            throw site.error(.queryLogic, "A feed has no order that `union` could keep.")
        }
        let union = sortKeys.isEmpty ? UnionRows(rows) : MergedRows(rows, sortKeys, site)
        return try union.value(execution, at: site)
    }
}

/// An array of `asc`, `desc` and keys in the option `interleave`.
final class OrderingListNode: TermNode {
    var keys: [Node] { call.arguments }

    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        throw site.error(.queryLogic, "An array holds values; functions, `asc` and `desc` are none.")
    }
}

extension [Rows] {
    /// The kind of what is made of all of them: an array if each one is an array, or a selection that is one.
    var kind: Rows.Kind { allSatisfy { $0.kind.mapped == .array } ? .array : .stream }
}

private final class UnionRows: Rows {
    private let sources: [Rows]

    init(_ sources: [Rows]) {
        self.sources = sources
        super.init(sources.kind)
    }

    override var isInfinite: Bool { sources.contains(where: \.isInfinite) }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        var total = 0
        for source in sources {
            guard let count = try source.knownCount(at: site) else { return nil }
            total += count
        }
        return total
    }

    override var isFeed: Bool { sources.contains(where: \.isFeed) }

    override func feedSource(_ execution: Execution, at site: Site) throws(ReQLError) -> FeedSource {
        var parts: [FeedSource] = []
        for source in sources { parts.append(try source.feedSource(execution, at: site)) }
        return .union(parts)
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        if isFeed { return Self.mixed(try sources.streams(execution)) }
        return ChainedStream(sources, execution)
    }

    /// Feeds, and other sequences among them, each as it has something.
    private static func mixed(_ streams: [RowStream]) -> RowStream {
        var streams = streams
        // Whose turn it is.
        var turn = 0
        return PulledStream { () throws(ReQLError) in
            var waitingCount = 0
            while waitingCount < streams.count {
                turn = turn < streams.count ? turn : 0
                switch try streams[turn].next() {
                case .row(let row): return .row(row)
                case .nothing:
                    waitingCount += 1
                    turn += 1
                case .end: streams.remove(at: turn)
                }
            }
            return streams.isEmpty ? .end : .nothing
        }
    }
}

/// Sequences one after the other.
private final class ChainedStream: RowStream {
    private var left: ArraySlice<Rows>
    private var current: RowStream?
    private let execution: Execution

    init(_ sources: [Rows], _ execution: Execution) {
        left = sources[...]
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            if let pulled = try current?.next(), case .row = pulled { return pulled }
            guard let source = left.popFirst() else { return .end }
            current = try source.stream(execution)
        }
    }
}

/// Sorted sequences merged into one sorted sequence.
private final class MergedRows: Rows {
    private let sources: [Rows]
    private let keys: [SortKey]
    private let site: Site

    init(_ sources: [Rows], _ keys: [SortKey], _ site: Site) {
        self.sources = sources
        self.keys = keys
        self.site = site
        super.init(sources.kind)
    }

    override var isInfinite: Bool { sources.contains(where: \.isInfinite) }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        MergeStream(try sources.streams(execution), keys, site, execution)
    }
}

private final class MergeStream: RowStream {
    private struct Head {
        let source: RowStream
        var row: Datum
        var keys: [Datum?]
    }

    private var unread: [RowStream]
    private var heads: [Head] = []
    private let keys: [SortKey]
    private let site: Site
    private let execution: Execution

    init(_ streams: [RowStream], _ keys: [SortKey], _ site: Site, _ execution: Execution) {
        unread = streams
        self.keys = keys
        self.site = site
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        for source in unread {
            if let head = try read(source) { heads.append(head) }
        }
        unread = []
        guard var first = heads.indices.first else { return .end }
        for position in heads.indices.dropFirst() where compare(heads[position].keys, heads[first].keys) < 0 { first = position }
        let row = heads[first].row
        if let next = try read(heads[first].source) {
            guard compare(next.keys, heads[first].keys) >= 0 else {
                throw site.error(.queryLogic, "A sequence given to `union` is not sorted by the keys of `interleave`.")
            }
            heads[first] = next
        } else {
            heads.remove(at: first)
        }
        return .row(row)
    }

    private func read(_ source: RowStream) throws(ReQLError) -> Head? {
        guard let row = try source.next().row else { return nil }
        var values: [Datum?] = []
        for key in keys { values.append(try key.value(of: row, execution)) }
        return Head(source: source, row: row, keys: values)
    }

    private func compare(_ left: [Datum?], _ right: [Datum?]) -> Int {
        for position in keys.indices {
            let order = keys[position].compare(left[position], right[position])
            if order != 0 { return order }
        }
        return 0
    }
}
