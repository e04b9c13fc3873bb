import Catalog

/// The aggregation of the rows that a feed follows.
struct WatchedAggregate {
    enum Form {
        case count(RowFilter?)
        /// The sum of the rows themselves, or of what a function makes of them.
        case sum(Function?)
        case average(Function?)
    }

    let form: Form
    /// Nil: of all rows together.
    var groups: GroupKeyFunctions?
    /// What is done to each row once its group is known.
    var stages: [RowStage] = []

    var determinism: Determinism {
        var functions = groups?.functions ?? []
        switch form {
        case .count(let filter): if let filter { functions.append(filter.function) }
        case .sum(let key), .average(let key): if let key { functions.append(key) }
        }
        for stage in stages {
            switch stage {
            case .map(let function), .concatMap(let function): functions.append(function)
            case .filter(let filter): functions.append(filter.function)
            case .compactMap: break
            }
        }
        return functions.reduce(.always) { max($0, $1.determinism) }
    }

    /// What a row adds; nil: nothing.
    fileprivate func number(of base: Datum, _ execution: Execution) throws(ReQLError) -> Double? {
        var row = base
        for stage in stages {
            switch stage {
            case .map(let function): row = try function.datum(execution, row)
            case .filter(let filter): guard try filter.passes(row, execution) else { return nil }
            case .compactMap(let transform):
                guard let next = try transform(row) else { return nil }
                row = next
            case .concatMap: return nil
            }
        }
        switch form {
        case .count(let filter): return try filter?.passes(row, execution) ?? true ? 1 : nil
        case .sum(let key), .average(let key):
            guard let value = key == nil ? row : try key?.lookup(execution, row), !value.isNull else { return nil }
            return try TypeCheck.number(value)
        }
    }
}

/// A term whose value a feed can follow: `count`, `sum`, `avg`, and these of groups.
protocol WatchableAggregateNode: Node {
    /// What answers the rows.
    var source: Node { get }
    func form(_ execution: Execution) throws(ReQLError) -> WatchedAggregate.Form
}

extension WatchableAggregateNode {
    /// The rows that are summed up, and how; nil if the receiver is not a sequence.
    func watched(_ execution: Execution) throws(ReQLError) -> (rows: Rows, aggregate: WatchedAggregate)? {
        switch try source.evaluate(execution) {
        case .rows(let rows): return (rows, WatchedAggregate(form: try form(execution)))
        case .grouped(let grouped):
            guard let source = grouped.source else { return nil }
            for case .concatMap in source.stages { throw site.notWatchable("`concatMap` of groups can't be followed") }
            return (source.rows, WatchedAggregate(form: try form(execution), groups: source.keys, stages: source.stages))
        default: return nil
        }
    }
}

/// A count, sum or average of rows, or those of each group, kept up to date by what commits do to single documents: a commit costs what
/// it changed, however many rows there are.
final class AggregateFeedPart: FeedPart {
    private struct Total {
        var count = 0
        var sum = ExactSum()
    }

    private let rows: WatchedRows
    private let aggregate: WatchedAggregate
    private let execution: Execution
    private let site: Site
    private let renew: Renewal
    private var values: IndexValues?
    private var totals: [Datum: Total] = [:]
    private var initial: ArraySlice<FeedNotice> = []
    /// Newer states whose place has not been passed yet.
    private var renewals = 0

    init(_ rows: WatchedRows, _ aggregate: WatchedAggregate, _ execution: Execution, _ site: Site, renew: @escaping Renewal) {
        self.rows = rows
        self.aggregate = aggregate
        self.execution = execution
        self.site = site
        self.renew = renew
        super.init(rows.table, rows.database)
    }

    override var scope: WatchRequest.Scope { rows.scope }

    override var tellsTogether: Bool { true }

    override var obstacleToResuming: String? { "it begins with the value as it is now, which is all that can be known of it" }

    override var tellsWholeCommits: Bool { true }

    override func begin(_ table: TableReference, wantsInitial: Bool) throws(ReQLError) {
        values = try rows.values(in: table.snapshot)
        try read(table)
        guard wantsInitial else { return }
        var notices: [FeedNotice] = []
        for group in aggregate.groups == nil ? [.null] : totals.keys.sorted() {
            notices.append(.initial(try value(of: group) ?? .null))
        }
        initial = notices[...]
    }

    override func nextInitial() throws(ReQLError) -> FeedNotice? { initial.popFirst() }

    override func tell(_ change: DocumentChange, _ output: Output) throws(ReQLError) { try tell(squashed: [change], output) }

    override func tell(squashed changes: [DocumentChange], _ output: Output) throws(ReQLError) {
        guard renewals == 0 else { return }
        var before: [Datum: Datum?] = [:]
        for change in changes {
            let (old, new) = try change.sides()
            for (document, isNew) in [(old, false), (new, true)] {
                guard let document, case let copies = rows.places(of: document, values).count, copies > 0 else { continue }
                for (group, number) in try contributions(of: document) {
                    try execution.check()
                    if before[group] == nil { before[group] = .some(try value(of: group)) }
                    try add(number, to: group, times: isNew ? copies : -copies)
                }
            }
        }
        try tell(from: before, output)
    }

    override func recover(_ output: Output) throws(ReQLError) {
        var before: [Datum: Datum?] = [:]
        for group in totals.keys { before[group] = .some(try value(of: group)) }
        let snapshot = try renew(self)
        renewals += 1
        _ = try reading(locate(in: snapshot))
        try read(TableReference(table, in: database, snapshot: snapshot, access: execution.access))
        for group in totals.keys where before[group] == nil { before[group] = .some(nil) }
        if aggregate.groups == nil, before.isEmpty { before[.null] = .some(try value(of: .null)) }
        try tell(from: before, output)
    }

    override func passRenewal() { renewals -= 1 }

    private func tell(from before: [Datum: Datum?], _ output: Output) throws(ReQLError) {
        for (group, old) in before.sorted(by: { $0.key < $1.key }) {
            try output(.change(old: old, new: try value(of: group)))
        }
    }

    // MARK: What is known

    private func read(_ table: TableReference) throws(ReQLError) {
        totals = [:]
        let all = rows.rows(of: table)
        if rows.isUntransformed, aggregate.groups == nil, case .count(nil) = aggregate.form, let count = try all.knownCount(at: site) {
            totals[.null] = Total(count: count)
            return
        }
        let stream = try all.open(execution)
        while let document = try stream.next().row {
            for (group, number) in try contributions(of: document) { try add(number, to: group, times: 1) }
        }
    }

    /// What a document adds to which groups. A row for which that can't be worked out counts as not there.
    private func contributions(of document: Datum) throws(ReQLError) -> [(group: Datum, number: Double)] {
        guard let row = try rows.value(of: document) else { return [] }
        do {
            guard let number = try aggregate.number(of: row, execution) else { return [] }
            return try (aggregate.groups?.groups(of: row, execution) ?? [.null]).map { ($0, number) }
        } catch {
            if error.isCancellation { throw error }
            return []
        }
    }

    private func add(_ number: Double, to group: Datum, times: Int) throws(ReQLError) {
        var total = totals.removeValue(forKey: group) ?? Total()
        total.count += times
        var isCount = false
        if case .count = aggregate.form { isCount = true }
        for _ in 0..<(isCount ? 0 : abs(times)) {
            if times > 0 { total.sum.add(number) } else { total.sum.remove(number) }
        }
        guard total.count > 0 else { return }
        guard totals.count < execution.arrayLimit else {
            throw site.error(.resourceLimit, "There are more than \(execution.arrayLimit) groups; `array_limit` changes that.")
        }
        totals[group.owned] = total
    }

    /// What is told of a group; nil if there is none, or nothing to average.
    private func value(of group: Datum) throws(ReQLError) -> Datum? {
        let total = totals[group]
        if total == nil, aggregate.groups != nil { return nil }
        let value: Datum
        switch aggregate.form {
        case .count: value = Datum(total?.count ?? 0)
        case .sum: value = try site.locating(TypeCheck.finite(total?.sum.value ?? 0, from: "the sum"))
        case .average:
            guard let total else { return nil }
            value = try site.locating(TypeCheck.finite(total.sum.value / Double(total.count), from: "the average"))
        }
        return aggregate.groups == nil ? value : try site.object([("group", group), ("reduction", value)])
    }
}
