import Ground

/// What rows are ordered by.
struct SortKey {
    var scalar: Scalar
    var isDescending: Bool
    var nullsFirst: Bool

    func compare(_ left: SQLValue, _ right: SQLValue, _ run: Run) -> Int {
        if left.isNull || right.isNull {
            if left.isNull, right.isNull { return 0 }
            return left.isNull == nullsFirst ? -1 : 1
        }
        let order = ValueOrder.compare(left, right, scalar.type, run)
        return isDescending ? -order : order
    }
}

enum Sorting {
    static func compare(_ left: Row, _ right: Row, _ keys: [SortKey], _ run: Run) -> Int {
        for index in keys.indices {
            let order = keys[index].compare(left[index], right[index], run)
            if order != 0 { return order }
        }
        return 0
    }
}

final class SortPlan: Plan {
    private let keys: [SortKey]
    /// A scan below that can give the rows in the order.
    private let ordered: OrderedScan?
    /// Whether the first rows only are wanted.
    private let isLimited: Bool
    /// Whether rows come in the order of the scan however much that costs.
    private let avoidsSort: Bool

    /// A scan below that gives its rows in the order of their scores.
    private let best: ScanPlan?

    init(
        _ child: Plan, _ keys: [SortKey], ordered: OrderedScan? = nil, best: ScanPlan? = nil, isLimited: Bool = false,
        avoidsSort: Bool = false
    ) {
        self.keys = keys
        self.best = best
        self.isLimited = isLimited
        self.avoidsSort = avoidsSort
        self.ordered = ordered
        super.init([child])
        if let ordered, isInOrderOfScan { ordered.scan.order = (ordered.access, ordered.isReversed) }
        best?.isInOrderOfScores = true
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource { try begin(run, limit: nil) }

    /// The first rows only.
    func open(_ run: Run, limit: Int?) throws(SQLError) -> RowSource {
        guard let measures = run.measures else { return try begin(run, limit: limit) }
        return try measures.measuring(self) { () throws(SQLError) in try begin(run, limit: limit) }
    }

    private func begin(_ run: Run, limit: Int?) throws(SQLError) -> RowSource {
        if let best {
            run.bestCounts[ObjectIdentifier(best)] = limit
            defer { run.bestCounts[ObjectIdentifier(best)] = nil }
            return try children[0].open(run)
        }
        if let ordered, let source = try open(run, ordered, limit) { return source }
        let source = try children[0].open(run)
        let sorter = RowSorter(run, limit: limit)
        let columns = keys.map { ValueKey($0.scalar.type, run) }
        var key = ByteBuffer(capacity: 64)
        var width = 0
        while let batch = try source() {
            try run.check()
            for row in batch {
                key.removeAll()
                for (index, item) in keys.enumerated() {
                    columns[index].append(
                        try item.scalar.value(row, run), isDescending: item.isDescending, nullsFirst: item.nullsFirst, to: &key)
                }
                try sorter.add(row, key: key.raw)
                width = row.count
            }
        }
        return try sorter.finish(width: width)
    }

    /// The rows as the scan gives them. Nil if that would cost more than to sort them: an index is left as soon as that shows.
    private func open(_ run: Run, _ ordered: OrderedScan, _ limit: Int?) throws(SQLError) -> RowSource? {
        if ordered.isByKey || avoidsSort { return try open(run, OrderedRead(ordered, budget: nil)) }
        guard let limit else { return nil }
        let budget = try ordered.scan.orderedBudget(run)
        guard limit <= budget else { return nil }
        let read = OrderedRead(ordered, budget: budget)
        let source = try open(run, read)
        let held = HeldBytes(run)
        var rows: [Row] = []
        while rows.count < limit, let batch = try source() {
            guard try held.set(held.count + Run.byteCount(of: batch, width: batch[0].count)) else { return nil }
            rows += batch
        }
        if read.isGivenUp, rows.count < limit { return nil }
        let kept = Plan.source(rows)
        return { () throws(SQLError) in try withExtendedLifetime(held) { () throws(SQLError) in try kept() } }
    }

    private func open(_ run: Run, _ read: OrderedRead) throws(SQLError) -> RowSource {
        run.orderedReads[ObjectIdentifier(read.scan.scan)] = read
        defer { run.orderedReads[ObjectIdentifier(read.scan.scan)] = nil }
        return try children[0].open(run)
    }

    override var isShown: Bool { best == nil && !isInOrderOfScan }
    private var isInOrderOfScan: Bool { ordered.map { $0.isByKey || isLimited || avoidsSort } ?? false }
    override var expressions: [Scalar] { keys.map(\.scalar) }
    override var title: String { "Sort" }
    override func details(_ text: ScalarText) -> [String] {
        ["Sort Key: \(keys.map { text.of($0.scalar) + ($0.isDescending ? " DESC" : "") }.joined(separator: ", "))"]
    }
}

final class LimitPlan: Plan {
    private let count: Scalar?
    private let offset: Scalar?
    /// Of WITH TIES: rows that are equal by these to the last one come along.
    private let ties: [SortKey]?

    init(_ child: Plan, count: Scalar?, offset: Scalar?, ties: [SortKey]?) {
        self.count = count
        self.offset = offset
        self.ties = ties
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        var skip = try number(offset, "OFFSET", "2201X", run) ?? 0
        var left = try number(count, "LIMIT", "2201W", run) ?? .max
        let source: RowSource
        let (sum, isAll) = skip.addingReportingOverflow(left)
        let wanted = isAll || sum > 1 << 40 || ties != nil ? nil : sum
        if let sort = children[0] as? SortPlan, let wanted {
            source = try sort.open(run, limit: wanted)
        } else if let locking = children[0] as? LockRowsPlan {
            source = try locking.open(run, limit: wanted)
        } else {
            source = try children[0].open(run)
        }
        var last: Row?
        var isOver = left == 0
        return { () throws(SQLError) in
            while !isOver {
                guard var batch = try source() else { return nil }
                if skip > 0 {
                    let passed = min(skip, batch.count)
                    batch.removeFirst(passed)
                    skip -= passed
                }
                var taken = Array(batch.prefix(left))
                left -= taken.count
                if let row = taken.last { last = row }
                if left == 0 {
                    if let ties = self.ties, let last {
                        let rest = batch.dropFirst(taken.count)
                        for row in rest {
                            guard try self.ties(row, last, ties, run) else {
                                isOver = true
                                break
                            }
                            taken.append(row)
                        }
                    } else {
                        isOver = true
                    }
                }
                if !taken.isEmpty { return taken }
            }
            return nil
        }
    }

    private func ties(_ row: Row, _ last: Row, _ keys: [SortKey], _ run: Run) throws(SQLError) -> Bool {
        for key in keys where key.compare(try key.scalar.value(row, run), try key.scalar.value(last, run), run) != 0 { return false }
        return true
    }

    private func number(_ scalar: Scalar?, _ word: String, _ state: String, _ run: Run) throws(SQLError) -> Int? {
        guard let scalar, case .int(let number) = try scalar.value([], run) else { return nil }
        guard number >= 0 else { throw SQLError(SQLState(rawValue: state), "\(word) must not be negative") }
        return Int(number)
    }

    override var title: String { "Limit" }
}

/// DISTINCT ON, of rows whose equal ones stand together: the first of them.
final class UniquePlan: Plan {
    private let scalars: [Scalar]

    init(_ child: Plan, _ scalars: [Scalar]) {
        self.scalars = scalars
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        let keys = RowKeys(scalars, run)
        var key = ByteBuffer(capacity: 64)
        var last: [UInt8]?
        return { () throws(SQLError) in
            while let batch = try source() {
                try run.check()
                var new: [Row] = []
                for row in batch {
                    try keys.make(row, run, &key)
                    if let last, last.span.withBytes({ $0 == key.raw }) { continue }
                    last = key.bytes
                    new.append(row)
                }
                if !new.isEmpty { return new }
            }
            return nil
        }
    }

    override var title: String { "Unique" }
}
