/// What is known of a table, or of tables that are joined already, before the next one is chosen.
struct JoinSketch {
    var positions: Set<Int>
    /// What it needs of those that come before it.
    var needs: Set<Int> = []
    /// How many rows it may give, how many it has to look at, and what the tables in it show of theirs.
    var rowCount: Double
    var documentCount: Double
    var samples: [EntrySample] = []
    /// The columns by which its rows can be found without reading the others.
    var lookups: Set<Int> = []
    /// Whether its rows are found by values of rows outside.
    var isFoundByRowsOutside = false

    /// How many different values one side of an equality has; nil if that isn't known.
    func distinctCount(of key: Scalar) -> Double? {
        samples.first { $0.has(key) }.map { min($0.distinctCount(of: key), max(rowCount, 1)) }
    }

    /// How many rows the table has of which one side of an equality is a key.
    func uniqueCount(of key: Scalar) -> Double? {
        for sample in samples { if let count = sample.uniqueCount(of: key) { return count } }
        return nil
    }

    /// Joins a part, which leaves so many rows.
    mutating func add(_ part: JoinSketch, rowCount: Double) {
        positions.formUnion(part.positions)
        samples += part.samples
        self.rowCount = rowCount
    }

    /// What it costs to read it by itself, in documents that are read in a row.
    var cost: Double { isFoundByRowsOutside ? rowCount * Double(ScanPlan.lookupCost) : max(documentCount, rowCount) }
}

/// An equality between expressions of different tables.
struct JoinEquality {
    let one: Scalar
    let two: Scalar
    private let first: Set<Int>
    private let second: Set<Int>

    init?(_ condition: Scalar) {
        guard let comparison = condition as? CompareScalar, comparison.relation == .equal, ValueOrder.hashes(comparison.operands[0].type)
        else { return nil }
        (one, two) = (comparison.operands[0], comparison.operands[1])
        (first, second) = (one.positions, two.positions)
        guard !first.isEmpty, !second.isEmpty, !one.isVolatile, !two.isVolatile else { return nil }
    }

    /// Its sides, if each is of one of two parts: that of the left one first.
    func sides(_ left: Set<Int>, _ right: Set<Int>) -> (Scalar, Scalar)? {
        if first.isSubset(of: left), second.isSubset(of: right) { return (one, two) }
        if first.isSubset(of: right), second.isSubset(of: left) { return (two, one) }
        return nil
    }

    static func sides(of condition: Scalar, _ left: Set<Int>, _ right: Set<Int>) -> (Scalar, Scalar)? {
        JoinEquality(condition)?.sides(left, right)
    }
}

/// Chooses the order in which tables that are all to match are joined: from each that may come first, always the one next that leaves the
/// fewest rows; of these orders the one that costs least.
struct JoinOrder {
    private let parts: [JoinSketch]
    private let equalities: [JoinEquality]
    private let classes: ColumnClasses
    private let methods: PlanMethods

    /// With more tables only the smallest one is tried as the first.
    private static let mostStarts = 10
    /// Of more tables not all orders are tried.
    private static let mostTried = 8
    /// More tables are joined as they were written: a choice takes the cube of their number.
    private static let mostOrdered = 100
    /// What it costs to make a row, in documents that are looked at in a row.
    private static let rowCost = 3.0

    init(_ parts: [JoinSketch], _ conditions: [Scalar], _ classes: ColumnClasses, _ methods: PlanMethods) {
        self.parts = parts
        self.methods = methods
        self.classes = classes
        equalities = parts.count > 1 ? conditions.compactMap { JoinEquality($0) } : []
    }

    var best: [Int] {
        let free = parts.indices.filter { parts[$0].needs.isEmpty }
        guard let smallest = free.min(by: { parts[$0].rowCount < parts[$1].rowCount }) else { return Array(parts.indices) }
        guard parts.count > 1 else { return [smallest] }
        guard parts.count <= Self.mostOrdered else { return Array(parts.indices) }
        if parts.count > 2, parts.count <= Self.mostTried, let order = bestOfAll(free) { return order }
        var best = order(from: smallest)
        guard parts.count > 2, parts.count <= Self.mostStarts else { return best.order }
        for start in free where start != smallest {
            let other = order(from: start)
            // The smallest one stays in front where the others are no better.
            if other.cost < best.cost * 0.9 { best = other }
        }
        return best.order
    }

    /// How many rows there are after each step of an order.
    func rowCounts(_ order: [Int]) -> [Double] {
        var joined = parts[order[0]]
        var counts = [joined.rowCount]
        for index in order.dropFirst() {
            joined.add(parts[index], rowCount: rowCount(joined, parts[index]))
            counts.append(joined.rowCount)
        }
        return counts
    }

    private struct Joined {
        var sketch: JoinSketch
        var order: [Int]
        var cost: Double
    }

    /// The best of all orders in which each next one is connected to those before it, if it can be. Of some that were joined in one order or
    /// another only the cheapest order goes on.
    private func bestOfAll(_ free: [Int]) -> [Int]? {
        var known: [UInt: Joined] = [:]
        for start in free { known[1 << UInt(start)] = Joined(sketch: parts[start], order: [start], cost: parts[start].cost) }
        for _ in 1..<parts.count {
            var next: [UInt: Joined] = [:]
            for (set, joined) in known.sorted(by: { $0.key < $1.key }) {
                for index in candidates(joined.sketch, parts.indices.filter { set & 1 << UInt($0) == 0 }) {
                    let count = rowCount(joined.sketch, parts[index])
                    let cost = joined.cost + joinCost(joined.sketch, parts[index], count)
                    let all = set | 1 << UInt(index)
                    if let other = next[all], other.cost <= cost { continue }
                    var sketch = joined.sketch
                    sketch.add(parts[index], rowCount: count)
                    next[all] = Joined(sketch: sketch, order: joined.order + [index], cost: cost)
                }
            }
            known = next
        }
        return known.values.first?.order
    }

    /// Those that may come next: what is connected comes before what is not.
    private func candidates(_ joined: JoinSketch, _ left: [Int]) -> [Int] {
        let ready = left.filter { parts[$0].needs.isSubset(of: joined.positions) }
        let connected = ready.filter { index in equalities.contains { $0.sides(joined.positions, parts[index].positions) != nil } }
        return connected.isEmpty ? (ready.isEmpty ? left : ready) : connected
    }

    private func rowCount(_ left: JoinSketch, _ right: JoinSketch) -> Double { Self.rowCount(left, right, equalities, classes) }

    private func order(from start: Int) -> (order: [Int], cost: Double) {
        var joined = parts[start]
        var order = [start]
        var cost = joined.cost
        var left = parts.indices.filter { $0 != start }
        while !left.isEmpty {
            let candidates = candidates(joined, left)
            let counts = candidates.map { rowCount(joined, parts[$0]) }
            let best = candidates.indices.min { one, other in
                counts[one] != counts[other]
                    ? counts[one] < counts[other] : parts[candidates[one]].rowCount < parts[candidates[other]].rowCount
            }
            guard let best else { break }
            let next = candidates[best]
            cost += joinCost(joined, parts[next], counts[best])
            joined.add(parts[next], rowCount: counts[best])
            order.append(next)
            left.removeAll { $0 == next }
        }
        return (order, cost)
    }

    /// By a table of the rows of either side, or looking the right side's rows up for each of the left.
    private func joinCost(_ left: JoinSketch, _ right: JoinSketch, _ count: Double) -> Double {
        let joined = methods.avoidsJoinTable ? left.rowCount * right.rowCount : min(left.rowCount, right.rowCount) * Self.rowCost
        let hash = right.cost + joined
        var lookup = Double.infinity
        for equality in equalities where !methods.avoidsNestedLoop {
            guard let (_, its) = equality.sides(left.positions, right.positions), let column = its as? ColumnScalar,
                right.lookups.contains(column.position)
            else { continue }
            let matches = right.documentCount / max(1, right.samples.first?.distinctCount(of: its) ?? right.documentCount)
            lookup = min(lookup, left.rowCount * max(1, matches) * Double(ScanPlan.lookupCost))
        }
        return min(hash, lookup) + count * Self.rowCost
    }

    /// How many rows the join of two parts may give: a key finds one row for each that asks for it, as far as its own is there; of other
    /// equalities as if all values of the side that has fewer were on the other one.
    static func rowCount(
        _ left: JoinSketch, _ right: JoinSketch, _ equalities: [JoinEquality], _ classes: ColumnClasses = ColumnClasses()
    ) -> Double {
        var (one, other, keys) = (1.0, 1.0, 1.0)
        var (count, otherCount) = (0, 0)
        var met: Set<Int> = []
        var most = left.rowCount * right.rowCount
        for equality in equalities {
            guard let (mine, its) = equality.sides(left.positions, right.positions) else { continue }
            if let column = its as? ColumnScalar, classes.has(column), !met.insert(column.position).inserted { continue }
            count += 1
            if let all = right.uniqueCount(of: its) {
                keys *= all
                if right.samples.count == 1 { most = min(most, left.rowCount) }
            } else if let all = left.uniqueCount(of: mine) {
                keys *= all
                if left.samples.count == 1 { most = min(most, right.rowCount) }
            } else {
                otherCount += 1
                one *= left.distinctCount(of: mine) ?? left.rowCount
                other *= right.distinctCount(of: its) ?? right.rowCount
            }
        }
        let product = left.rowCount * right.rowCount
        if count == 0 { return product }
        // Several values together have no more than there are rows.
        (one, other) = (min(one, left.rowCount), min(other, right.rowCount))
        let divisor = keys * (otherCount == 1 && count == 1 ? max(one, other) : min(one, other))
        return max(1, min(most, product / max(1, divisor)))
    }
}
