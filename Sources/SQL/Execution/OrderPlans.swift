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
    /// The rows in order, equal ones as they came.
    static func sorted(_ rows: [Row], by keys: [SortKey], _ run: Run) throws(SQLError) -> [Row] {
        var items: [(key: Row, index: Int)] = []
        items.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated() {
            var key: Row = []
            for sortKey in keys { key.append(try sortKey.scalar.value(row, run)) }
            items.append((key, index))
        }
        items.sort { left, right in
            let order = compare(left.key, right.key, keys, run)
            return order != 0 ? order < 0 : left.index < right.index
        }
        return items.map { rows[$0.index] }
    }

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

    init(_ child: Plan, _ keys: [SortKey]) {
        self.keys = keys
        super.init([child])
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        var rows: [Row] = []
        while let batch = try source() {
            try run.keep(batch, width: batch[0].count)
            rows += batch
        }
        return Plan.source(try Sorting.sorted(rows, by: keys, run))
    }

    override var title: String { "Sort" }
    override var details: [String] {
        ["Sort Key: \(keys.map { ScalarText.of($0.scalar) + ($0.isDescending ? " DESC" : "") }.joined(separator: ", "))"]
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

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        var skip = try number(offset, "OFFSET", "2201X", run) ?? 0
        var left = try number(count, "LIMIT", "2201W", run) ?? .max
        let source = try children[0].open(run)
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

/// DISTINCT: the first of equal rows.
final class DistinctPlan: Plan {
    /// The columns that count; nil: all.
    private let scalars: [Scalar]?

    init(_ child: Plan, on scalars: [Scalar]? = nil) {
        self.scalars = scalars
        super.init([child])
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        var seen: Set<GroupKey> = []
        let scalars = scalars
        return { () throws(SQLError) in
            while let batch = try source() {
                try run.check()
                var new: [Row] = []
                for row in batch {
                    var key = row
                    if let scalars {
                        key = []
                        for scalar in scalars { key.append(try scalar.value(row, run)) }
                    }
                    if seen.insert(GroupKey(key)).inserted { new.append(row) }
                }
                try run.keep(new, width: scalars?.count ?? batch[0].count)
                if !new.isEmpty { return new }
            }
            return nil
        }
    }

    override var title: String { scalars == nil ? "HashAggregate" : "Unique" }
}

/// UNION, INTERSECT, EXCEPT of two queries with the same columns.
final class CombinePlan: Plan {
    private let operation: Combination.Operation
    private let keepsDuplicates: Bool

    init(_ left: Plan, _ right: Plan, _ operation: Combination.Operation, keepsDuplicates: Bool) {
        self.operation = operation
        self.keepsDuplicates = keepsDuplicates
        super.init([left, right])
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        if operation == .union { return try union(run) }
        var counts: [GroupKey: Int] = [:]
        let right = try children[1].open(run)
        while let batch = try right() {
            try run.keep(batch, width: batch[0].count)
            for row in batch { counts[GroupKey(row), default: 0] += 1 }
        }
        let left = try children[0].open(run)
        let isIntersection = operation == .intersect
        let keepsDuplicates = keepsDuplicates
        var seen: Set<GroupKey> = []
        return { () throws(SQLError) in
            while let batch = try left() {
                try run.check()
                let passed = batch.filter { row in
                    let key = GroupKey(row)
                    if keepsDuplicates {
                        let count = counts[key] ?? 0
                        if count > 0 { counts[key] = count - 1 }
                        return (count > 0) == isIntersection
                    }
                    return (counts[key] != nil) == isIntersection && seen.insert(key).inserted
                }
                if !passed.isEmpty { return passed }
            }
            return nil
        }
    }

    private func union(_ run: Run) throws(SQLError) -> RowSource {
        var source: RowSource? = try children[0].open(run)
        var isSecond = false
        var seen: Set<GroupKey> = []
        let keepsDuplicates = keepsDuplicates
        return { () throws(SQLError) in
            while let current = source {
                if let batch = try current() {
                    if keepsDuplicates { return batch }
                    let new = batch.filter { seen.insert(GroupKey($0)).inserted }
                    try run.keep(new, width: batch[0].count)
                    if !new.isEmpty { return new }
                } else {
                    source = isSecond ? nil : try self.children[1].open(run)
                    isSecond = true
                }
            }
            return nil
        }
    }

    override var title: String { operation == .union ? (keepsDuplicates ? "Append" : "HashAggregate") : "HashSetOp" }
    override var estimate: Int { children[0].estimate + children[1].estimate }
}
