import Catalog

/// The first rows in the order of an index.
///
/// When more rows have left than were kept in reserve, it reads the newest state and tells what leads there from what it told last; the
/// changes that are part of that state, and are still to come from the queue, it passes over.
final class LimitFeedPart: FeedPart {
    private let rows: WatchedRows
    private let execution: Execution
    /// Answers a newer state, whose place among the changes is told with ``passRenewal()``.
    private let renew: (LimitFeedPart) throws(ReQLError) -> CatalogSnapshot
    private var window: LimitWindow
    private var values: IndexValues?
    private var toldCount = 0
    private var wantsInitial = false
    /// Newer states whose place has not been passed yet.
    private var renewals = 0
    /// Counts the rows of the window, which are kept as long as the feed is open.
    private let held: HeldMemory
    private var heldByteCount = 0

    init(
        _ rows: WatchedRows, limit: Int, _ execution: Execution,
        renew: @escaping (LimitFeedPart) throws(ReQLError) -> CatalogSnapshot
    ) {
        self.rows = rows
        self.execution = execution
        self.renew = renew
        window = LimitWindow(limit: limit, isDescending: rows.order == .descending)
        held = HeldMemory(execution.memory)
        super.init(rows.table, rows.database)
    }

    override var scope: WatchRequest.Scope { rows.scope }

    override var tellsTogether: Bool { true }

    override var obstacleToResuming: String? { "the first rows of an order can't be told from changes alone" }

    override func begin(_ table: TableReference, wantsInitial: Bool) throws(ReQLError) {
        values = try rows.values(in: table.snapshot)
        self.wantsInitial = wantsInitial
        try read(table)
    }

    override func nextInitial() throws(ReQLError) -> FeedNotice? {
        guard wantsInitial, toldCount < window.rows.count else { return nil }
        defer { toldCount += 1 }
        return .initial(window.rows[toldCount].row, offset: toldCount)
    }

    override func tell(_ change: DocumentChange, _ output: Output) throws(ReQLError) {
        guard renewals == 0 else { return }
        let (old, new) = try change.sides()
        var oldEntries: [LimitWindow.Entry] = []
        var newEntries: [LimitWindow.Entry] = []
        if let old { oldEntries = try entries(of: old) }
        if let new { newEntries = try entries(of: new) }
        if oldEntries.isEmpty, newEntries.isEmpty { return }
        guard window.lacksRows(without: oldEntries.count) else {
            let changes = window.replace(oldEntries, by: newEntries)
            try hold(window.byteCount)
            return try tell(changes, output)
        }
        let before = Array(window.rows)
        let changes = window.replace(oldEntries, by: newEntries)
        try hold(window.byteCount)
        guard window.lacksRows else { return try tell(changes, output) }
        try readNewest()
        try tell(LimitWindow.changes(from: before, to: window.rows), output)
    }

    override func tell(squashed changes: [DocumentChange], _ output: Output) throws(ReQLError) {
        let before = Array(window.rows)
        for change in changes { try tell(change) { _ throws(ReQLError) in } }
        try tell(LimitWindow.changes(from: before, to: window.rows), output)
    }

    override func recover(_ output: Output) throws(ReQLError) {
        let before = Array(window.rows)
        try readNewest()
        try tell(LimitWindow.changes(from: before, to: window.rows), output)
    }

    override func passRenewal() { renewals -= 1 }

    private func tell(_ changes: [LimitWindow.Change], _ output: Output) throws(ReQLError) {
        for change in changes {
            try output(.change(old: change.old?.row, new: change.new?.row, oldOffset: change.old?.offset, newOffset: change.new?.offset))
        }
    }

    // MARK: Reading

    private func readNewest() throws(ReQLError) {
        let snapshot = try renew(self)
        renewals += 1
        _ = try reading(locate(in: snapshot))
        try read(TableReference(table, in: database, snapshot: snapshot, access: execution.access))
    }

    private func read(_ table: TableReference) throws(ReQLError) {
        guard let slice = rows.rows(of: table) as? TableRows else { preconditionFailure("only a slice is ordered") }
        let places = try PlaceReader(slice, execution)
        var entries: [LimitWindow.Entry] = []
        var byteCount = 0
        var isComplete = false
        while entries.count < window.wantedCount {
            guard let (document, value) = try places.next() else {
                isComplete = true
                break
            }
            let its = try self.entries(of: document).filter { value == nil || $0.value == value }
            entries += rows.order == .descending ? its.reversed() : its
            for entry in its { byteCount += entry.byteCount }
            try hold(max(byteCount, window.byteCount))
        }
        window.fill(entries, isComplete: isComplete)
        try hold(window.byteCount)
    }

    /// Throws `resourceLimit` if so much is more than the query may keep.
    private func hold(_ byteCount: Int) throws(ReQLError) {
        if byteCount > heldByteCount { try held.add(byteCount: byteCount - heldByteCount) }
        if byteCount < heldByteCount { held.remove(byteCount: heldByteCount - byteCount) }
        heldByteCount = byteCount
    }

    /// The places that a row has in the window's order, independent of any state.
    private func entries(of document: Datum) throws(ReQLError) -> [LimitWindow.Entry] {
        let places = rows.places(of: document, values)
        guard !places.isEmpty, let row = try rows.value(of: document)?.owned else { return [] }
        let key = (document[field: table.primaryKey] ?? .null).owned
        var counts: [Datum: Int] = [:]
        var rowByteCount = row.heldByteCount
        return places.map { value in
            counts[value, default: 0] += 1
            // The row is one for all its places.
            defer { rowByteCount = 0 }
            return LimitWindow.Entry(
                value: value.owned, key: key, ordinal: counts[value, default: 1] - 1, row: row,
                byteCount: MemoryLayout<LimitWindow.Entry>.stride + value.heldByteCount + key.heldByteCount + rowByteCount)
        }
    }
}

/// The rows of a slice in its order, each with the value it stands at if that is not the primary key. A row that stands at one value
/// several times comes once.
private final class PlaceReader {
    private let rows: RowStream?
    private let entries: IndexCursor?
    private let execution: Execution
    private var last: (value: Datum, key: Datum)?

    init(_ slice: TableRows, _ execution: Execution) throws(ReQLError) {
        self.execution = execution
        if let index = slice.index {
            rows = nil
            entries = try reading(slice.entries(of: index))
        } else {
            rows = try slice.open(execution)
            entries = nil
        }
    }

    func next() throws(ReQLError) -> (document: Datum, value: Datum?)? {
        guard let entries else { return try rows?.next().row.map { ($0, nil) } }
        while true {
            try execution.check()
            guard let hit = try reading(entries.next()) else { return nil }
            if let last, last.value == hit.key, last.key == hit.primaryKey { continue }
            last = (hit.key, hit.primaryKey)
            return (try reading(hit.document()), hit.key)
        }
    }
}
