import Catalog

/// A table of the system database as a feed knows it: without a state of the file.
struct SystemSource {
    let table: SystemTable
    let need: SystemRows.Need
    let identifiers: SystemView.Identifiers

    init(_ rows: SystemRows) {
        table = rows.table
        need = rows.need
        identifiers = rows.view.identifiers
    }
}

/// Rows of a system table, or one of them. They are made when they are read, so they are read again when something in the file has
/// changed that is not a document, and, where they tell of the moment, every second; what differs is told.
final class SystemFeedPart: FeedPart {
    private let system: SystemSource
    /// nil: the row with this key only.
    private let rows: WatchedRows?
    private let key: Datum
    private let execution: Execution
    private let site: Site
    private var known: [Datum: Datum] = [:]
    private var initial: ArraySlice<Datum> = []
    /// When to look again; nil: when something has changed.
    private(set) var nextLook: ContinuousClock.Instant?

    init(_ source: FeedSource, _ system: SystemSource, _ execution: Execution, _ site: Site) {
        self.system = system
        self.execution = execution
        self.site = site
        if case .rows(let rows) = source {
            self.rows = rows
            key = .null
        } else {
            rows = nil
            if case .row(let row) = source { key = row.key } else { key = .null }
        }
        super.init(system.table.config, SystemDatabase.config)
    }

    override var obstacleToResuming: String? { "what a system table shows is in no log" }

    /// Takes in the rows as they are.
    func begin(wantsInitial: Bool) throws(ReQLError) {
        known = try read()
        if wantsInitial { initial = known.sorted { $0.key < $1.key }.map(\.value)[...] }
        if wantsInitial, rows == nil, initial.isEmpty { initial = [.null] }
        scheduleLook()
    }

    override func nextInitial() throws(ReQLError) -> FeedNotice? {
        while let row = initial.popFirst() {
            guard let rows else { return .initial(row) }
            if let value = try rows.value(of: row) { return .initial(value) }
        }
        return nil
    }

    /// Tells what has changed since it looked last.
    func look(_ output: Output) throws(ReQLError) {
        let before = known
        known = try read()
        scheduleLook()
        for key in Set(before.keys).union(known.keys).sorted() {
            let (old, new) = (before[key], known[key])
            if let old, let new, old.isIdentical(to: new) { continue }
            // The log forgets its oldest lines; they were written all the same.
            if new == nil, system.table.name == "logs" { continue }
            var sides = (old: old, new: new)
            if let rows {
                if let old { sides.old = try rows.value(of: old) }
                if let new { sides.new = try rows.value(of: new) }
            }
            try output(.change(old: sides.old, new: sides.new))
        }
    }

    func lookSoon() { nextLook = .now }

    private func scheduleLook() {
        switch system.table.name {
        case "stats", "jobs", "current_issues", "table_status", "server_status", "logs": nextLook = .now + .seconds(1)
        default: nextLook = nil
        }
    }

    /// - Throws: also if the user may read them no more.
    private func read() throws(ReQLError) -> [Datum: Datum] {
        let view = try execution.systemView(at: site, system.identifiers)
        try execution.access.require(system.need, of: system.table, in: view.snapshot, at: site)
        var found: [Datum: Datum] = [:]
        if let rows {
            for row in try system.table.rows(view) where !rows.places(of: row, nil).isEmpty { found[row[field: "id"] ?? .null] = row.owned }
        } else if let row = try system.table.row(key, view) {
            found[key] = row.owned
        }
        return found
    }
}
