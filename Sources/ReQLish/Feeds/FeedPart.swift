import Catalog

/// One source of a feed: what it begins with, and what changes of documents mean for it.
class FeedPart {
    /// Puts together what the feed tells.
    typealias Output = (FeedNotice) throws(ReQLError) -> Void
    /// Answers a newer state, whose place among the changes is told with ``passRenewal()``.
    typealias Renewal = (FeedPart) throws(ReQLError) -> CatalogSnapshot

    private(set) var table: TableConfig
    private(set) var database: DatabaseConfig

    init(_ table: TableConfig, _ database: DatabaseConfig) {
        self.table = table
        self.database = database
    }

    var scope: WatchRequest.Scope { .nothing }

    /// Why it can't go on from where an earlier feed stood; nil if changes of documents are all that it needs.
    var obstacleToResuming: String? { nil }

    /// Whether what a commit did is told as one: with ``tell(squashed:_:)``.
    var tellsWholeCommits: Bool { false }

    /// Whether what it tells of a document is made by functions, which may make much of little.
    var makesValues: Bool { false }

    /// Whether changes of different documents are told together.
    var tellsTogether: Bool { false }

    /// Looks where the table is now: it may have moved to another database.
    /// - Returns: false if it is gone.
    @discardableResult
    final func locate(in snapshot: CatalogSnapshot) throws(CatalogError) -> Bool {
        guard let table = try snapshot.table(id: table.id), let database = try snapshot.database(id: table.databaseID) else { return false }
        self.table = table
        self.database = database
        return true
    }

    /// Takes in the state that the feed begins with.
    func begin(_ table: TableReference, wantsInitial: Bool) throws(ReQLError) {}

    /// The next of the documents that the feed begins with; nil at the end, when the state is let go of.
    func nextInitial() throws(ReQLError) -> FeedNotice? { nil }

    func tell(_ change: DocumentChange, _ output: Output) throws(ReQLError) {}

    /// As ``tell(_:_:)``, for changes of different documents, the most that are told being one for each row.
    func tell(squashed changes: [DocumentChange], _ output: Output) throws(ReQLError) {
        for change in changes { try tell(change, output) }
    }

    /// Changes were lost.
    func recover(_ output: Output) throws(ReQLError) {}

    /// The newer snapshot that was asked for has been passed.
    func passRenewal() {}
}

/// Something that a feed tells.
enum FeedNotice {
    case initial(Datum, offset: Int? = nil)
    case change(old: Datum?, new: Datum?, oldOffset: Int? = nil, newOffset: Int? = nil)
    case initializing
    case ready
    case skipped(Int)

    /// What the values in it take.
    var heldByteCount: Int {
        switch self {
        case .initial(let value, _): value.heldByteCount
        case .change(let old, let new, _, _): (old?.heldByteCount ?? 0) + (new?.heldByteCount ?? 0)
        case .initializing, .ready, .skipped: 0
        }
    }
}

// MARK: One row

final class RowFeedPart: FeedPart {
    private let key: Datum
    private var first: Datum?

    init(_ row: RowSelection) {
        key = row.key
        super.init(row.table.config, row.table.database)
    }

    override var scope: WatchRequest.Scope { .document(key) }

    override func begin(_ table: TableReference, wantsInitial: Bool) throws(ReQLError) {
        guard wantsInitial else { return }
        first = try reading(table.snapshot.get(key, in: table.config)?.owned ?? .null)
    }

    override func nextInitial() throws(ReQLError) -> FeedNotice? {
        first.take().map { .initial($0) }
    }

    override func tell(_ change: DocumentChange, _ output: Output) throws(ReQLError) {
        let (old, new) = try change.sides()
        try output(.change(old: old, new: new))
    }
}

// MARK: Rows

final class RangeFeedPart: FeedPart {
    private let rows: WatchedRows
    private let execution: Execution
    private var initial: RowStream?
    private var values: IndexValues?

    init(_ rows: WatchedRows, _ execution: Execution) {
        self.rows = rows
        self.execution = execution
        super.init(rows.table, rows.database)
    }

    override var scope: WatchRequest.Scope { rows.scope }

    override var makesValues: Bool { !rows.isUntransformed }

    override func begin(_ table: TableReference, wantsInitial: Bool) throws(ReQLError) {
        values = try rows.values(in: table.snapshot)
        if wantsInitial { initial = try rows.rows(of: table).open(execution) }
    }

    override func nextInitial() throws(ReQLError) -> FeedNotice? {
        while let row = try initial?.next().row {
            if let value = try rows.value(of: row) { return .initial(value) }
        }
        initial = nil
        return nil
    }

    override func tell(_ change: DocumentChange, _ output: Output) throws(ReQLError) {
        let (old, new) = try change.sides()
        let oldCount = count(old)
        let newCount = count(new)
        var oldValue: Datum?
        var newValue: Datum?
        if let old, oldCount > 0 { oldValue = try rows.value(of: old) }
        if let new, newCount > 0 { newValue = try rows.value(of: new) }
        for copy in 0..<max(oldCount, newCount) {
            try output(.change(old: copy < oldCount ? oldValue : nil, new: copy < newCount ? newValue : nil))
        }
    }

    private func count(_ document: Datum?) -> Int {
        document.map { rows.places(of: $0, values).count } ?? 0
    }
}

extension DocumentChange {
    func sides() throws(ReQLError) -> (old: Datum?, new: Datum?) {
        return (try reading(old()), try reading(new()))
    }
}
