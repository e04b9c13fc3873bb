/// The rows of an index in its order, those of equal values sorted by further keys. Reads one value's rows at a time.
final class TieSortedRows: Rows {
    private let source: TableRows
    private let keys: [SortKey]
    private let site: Site

    init(_ source: TableRows, _ keys: [SortKey], _ site: Site) {
        self.source = source
        self.keys = keys
        self.site = site
        super.init(.selection)
    }

    override var table: TableReference? { source.table }

    override func knownCount(at site: Site) throws(ReQLError) -> Int? { try source.count(at: site) }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        try source.planNotes(execution) + ["rows of one value are kept and sorted by the other keys"]
    }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        guard let index = source.index else { return try source.stream(execution) }
        return TieSortedStream(try reading(source.entries(of: index)), keys, site, execution)
    }
}

private final class TieSortedStream: RowStream {
    private let cursor: IndexCursor
    private let keys: [SortKey]
    private let site: Site
    private let execution: Execution
    /// Sorted rows of one value, the next one last.
    private var ready: [Datum] = []
    /// The first entry of the next value.
    private var ahead: IndexHit?
    private let held: HeldMemory

    init(_ cursor: IndexCursor, _ keys: [SortKey], _ site: Site, _ execution: Execution) {
        self.cursor = cursor
        self.keys = keys
        self.site = site
        self.execution = execution
        held = HeldMemory(execution.memory)
    }

    override func next() throws(ReQLError) -> Pulled {
        if ready.isEmpty { try readTies() }
        return Pulled(ready.popLast())
    }

    private func readTies() throws(ReQLError) {
        var next = ahead.take()
        if next == nil { next = try nextHit() }
        guard let first = next else { return }
        var entries: [(row: Datum, keys: [Datum?])] = []
        func add(_ hit: IndexHit) throws(ReQLError) {
            let row = try site.reading(hit.document())
            var values: [Datum?] = []
            for key in keys { values.append(try key.value(of: row, execution)) }
            entries.append((row, values))
            try site.locating(held.add(row))
            if entries.count > execution.arrayLimit { try execution.checkArray(entries.count, at: site) }
        }
        held.removeAll()
        try add(first)
        while let hit = try nextHit() {
            guard hit.key == first.key else {
                ahead = hit
                break
            }
            try add(hit)
        }
        if entries.count > 1 { entries.sort { keys.areInOrder($0.keys, $1.keys) } }
        ready = entries.reversed().map(\.row)
    }

    private func nextHit() throws(ReQLError) -> IndexHit? {
        try execution.check()
        return try site.reading(cursor.next())
    }
}

/// The values of an index, each once.
final class IndexValueRows: Rows {
    private let source: TableRows

    init(_ source: TableRows) {
        self.source = source
        super.init(.stream)
    }

    override func estimate(at site: Site) throws(ReQLError) -> RowEstimate? { .atMost(try source.count(at: site)) }
    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { ["values of index `\(source.indexName)`"] }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        guard let index = source.index else { return try source.stream(execution) }
        let cursor = try reading(source.entries(of: index))
        return DistinctValueStream(cursor, execution)
    }
}

/// The values of an index, each once.
private final class DistinctValueStream: RowStream {
    private let cursor: IndexCursor
    private let execution: Execution
    private var last: Datum?

    init(_ cursor: IndexCursor, _ execution: Execution) {
        self.cursor = cursor
        self.execution = execution
    }

    override func next() throws(ReQLError) -> Pulled {
        while true {
            try execution.check()
            guard let hit = try reading(cursor.next()) else { return .end }
            if let last, last == hit.key { continue }
            last = hit.key
            return .row(try reading(hit.value()))
        }
    }
}

/// The rows of an index, each together with the value it stands there with, which goes into a slot.
final class IndexedGroupRows: Rows {
    private let source: TableRows
    private let value: Slot

    init(_ source: TableRows, value: Slot) {
        self.source = source
        self.value = value
        super.init(source.kind)
    }

    override var table: TableReference? { source.table }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        guard let index = source.index else { return try source.stream(execution) }
        let cursor = try reading(source.entries(of: index))
        return PulledStream { [value] () throws(ReQLError) in
            try execution.check()
            guard let hit = try reading(cursor.next()) else { return .end }
            value.value = .datum(try reading(hit.value()))
            return .row(try reading(hit.document()))
        }
    }
}

/// The value of a slot, whatever the row.
final class SlotFunction: Function {
    private let slot: Slot

    init(_ slot: Slot, site: Site) {
        self.slot = slot
        super.init(site: site, arity: nil)
    }

    override func call(_ execution: Execution, _ arguments: [Value]) throws(ReQLError) -> Value { slot.value }
    override func datum(_ execution: Execution, _ row: Datum) throws(ReQLError) -> Datum { try slot.value.datum(execution, at: site) }
}
