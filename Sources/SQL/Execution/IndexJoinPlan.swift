import Catalog

/// A join of few rows with a table that has an index of what they are to be equal to: the table's rows are looked up for each.
///
/// Whether they are few shows when they are read. If they are not, the tables are joined as they would have been without the index, the
/// rows that were read first.
final class IndexJoinPlan: Plan {
    private let hash: JoinPlan
    /// Whether the rows that look up are those of the hash join's left side.
    private let outerIsLeft: Bool
    private let scan: ScanPlan
    /// What the scan's slots are filled with for each row.
    private let lookups: [(slot: Int, scalar: Scalar)]
    private let positions: [Int]
    /// Whether the rows that find none are kept.
    private let keepsOuter: Bool
    private let isExpected: Bool
    private let condition: Scalar?
    /// Whether rows are looked up however many there are.
    private let avoidsHash: Bool

    init(
        _ hash: JoinPlan, outerIsLeft: Bool, _ scan: ScanPlan, lookups: [(slot: Int, scalar: Scalar)], positions: [Int], keepsOuter: Bool,
        condition: Scalar?, avoidsHash: Bool
    ) {
        self.avoidsHash = avoidsHash
        self.hash = hash
        self.outerIsLeft = outerIsLeft
        self.scan = scan
        self.lookups = lookups
        self.positions = positions
        self.keepsOuter = keepsOuter
        self.condition = condition
        let outer = hash.children[outerIsLeft ? 0 : 1]
        isExpected =
            avoidsHash
            || outer.estimate.multipliedReportingOverflow(by: ScanPlan.lookupCost).partialValue
                < hash.children[outerIsLeft ? 1 : 0].estimate
        super.init(isExpected ? [outer, scan] : hash.children)
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let outer = Outer(try hash.children[outerIsLeft ? 0 : 1].open(run), run)
        let most = try scan.roughCount(run)
        guard try looksUp(outer, most, run) else {
            let rest: RowSource = { () throws(SQLError) in try outer.next() }
            return try hash.open(run, left: outerIsLeft ? rest : nil, right: outerIsLeft ? nil : rest)
        }
        var batches: LookupBatches??
        return { () throws(SQLError) in
            while let batch = try outer.next() {
                // Nothing is made for many rows before there are many.
                if batch.count >= LookupBatches.leastCount, batches == nil { batches = .some(try self.batches(run)) }
                let joined = try self.join(batch, batches ?? nil, run)
                if !joined.isEmpty { return joined }
            }
            return nil
        }
    }

    private func batches(_ run: Run) throws(SQLError) -> LookupBatches? {
        if lookups.contains(where: { $0.scalar.isVolatile }) { return nil }
        let known = run.lookupCosts[ObjectIdentifier(self)]
        return try LookupBatches(scan, run, cost: known.map { $0.cost / max(1, $0.rows) } ?? ScanPlan.lookupCost)
    }

    /// The rows that look up, of which some are read before it is known how many there are.
    private final class Outer {
        private let source: RowSource
        private var batches: [[Row]] = []
        private var position = 0
        private var isOver = false
        private let held: HeldBytes

        init(_ source: @escaping RowSource, _ run: Run) {
            self.source = source
            held = HeldBytes(run)
        }

        func isFew(_ most: Int) throws(SQLError) -> Bool {
            var count = 0
            while count <= most {
                guard let batch = try source() else {
                    isOver = true
                    return true
                }
                count += batch.count
                batches.append(batch)
                if try !held.set(held.count + Run.byteCount(of: batch, width: batch[0].count)) { return false }
            }
            return false
        }

        /// Rows at even distances, of those that were read.
        func sample(_ most: Int) -> (rows: [Row], of: Int) {
            let count = batches.reduce(0) { $0 + $1.count }
            var rows: [Row] = []
            var (batch, start) = (0, 0)
            for index in 0..<min(most, count) {
                let place = index * count / min(most, count)
                while place - start >= batches[batch].count {
                    start += batches[batch].count
                    batch += 1
                }
                rows.append(batches[batch][place - start])
            }
            return (rows, count)
        }

        func next() throws(SQLError) -> [Row]? {
            if position < batches.count {
                defer { position += 1 }
                return batches[position]
            }
            if !batches.isEmpty {
                (batches, position) = ([], 0)
                _ = try held.set(0)
            }
            return isOver ? nil : try source()
        }
    }

    private func looksUp(_ outer: Outer, _ most: Int, _ run: Run) throws(SQLError) -> Bool {
        if avoidsHash { return true }
        guard try outer.isFew(most / ScanPlan.lookupCost) else { return false }
        return try isWorthIt(outer, most, run)
    }

    private static let sampleSize = 24

    /// Whether the rows that are looked up cost less than reading all of the table: some are counted.
    private func isWorthIt(_ outer: Outer, _ most: Int, _ run: Run) throws(SQLError) -> Bool {
        let (rows, count) = outer.sample(Self.sampleSize)
        guard count > 1 else { return true }
        // A join that is begun again and again, for rows outside, knows after some of them what a look costs.
        let id = ObjectIdentifier(self)
        var known = run.lookupCosts[id] ?? (cost: 0, rows: 0)
        if known.rows < Self.sampleSize {
            for row in rows {
                try fill(row, run)
                guard let found = try scan.lookupCost(run) else { return true }
                known.cost += max(found, 4)
                known.rows += 1
            }
            run.lookupCosts[id] = known
        }
        return known.cost * count / known.rows <= most
    }

    private func fill(_ row: Row, _ run: Run) throws(SQLError) {
        for (slot, scalar) in lookups {
            run.needSlots(slot)
            run.slots[slot] = try scalar.value(row, run)
        }
    }

    private func join(_ batch: [Row], _ batches: LookupBatches?, _ run: Run) throws(SQLError) -> [Row] {
        guard batch.count >= LookupBatches.leastCount, let batches,
            case let fill = { (index: Int) throws(SQLError) in try self.fill(batch[index], run) }, try batches.begin(batch.count, fill)
        else { return try joinOneByOne(batch, run) }
        var joined: [Row] = []
        var found = batches.empty
        // The first row outside that is still to be looked at, if rows without partners are kept, and whether it has a partner.
        var (next, hasMatch) = (0, false)
        func pass(to index: Int) {
            guard keepsOuter, next < index else { return }
            for row in next..<index {
                if !hasMatch { joined.append(batch[row]) }
                hasMatch = false
            }
            next = index
        }
        while try batches.next(&found) {
            try batches.forEach(found, fill) { index, append throws(SQLError) in
                pass(to: index)
                let start = joined.count
                try append(batch[index], &joined)
                if let condition, joined.count > start, try !condition.isTrue(joined[start], run) { joined.removeLast() }
                if joined.count > start { hasMatch = true }
            }
        }
        pass(to: batch.count)
        return joined
    }

    private func joinOneByOne(_ batch: [Row], _ run: Run) throws(SQLError) -> [Row] {
        var joined: [Row] = []
        if lookups.allSatisfy({ !$0.scalar.isVolatile }) {
            try scan.expectLookups(run, count: batch.count) { index throws(SQLError) in try fill(batch[index], run) }
        }
        for row in batch {
            try fill(row, run)
            let start = joined.count
            if try scan.lookUp(run, base: row, to: &joined) {
                if let condition {
                    var kept = start
                    for index in start..<joined.count where try condition.isTrue(joined[index], run) {
                        joined.swapAt(kept, index)
                        kept += 1
                    }
                    joined.removeLast(joined.count - kept)
                }
                if keepsOuter, joined.count == start { joined.append(row) }
                continue
            }
            var hasMatch = false
            let found = try scan.open(run)
            while let rows = try found() {
                for other in rows {
                    var both = row
                    for position in positions { both[position] = other[position] }
                    if let condition, try !condition.isTrue(both, run) { continue }
                    hasMatch = true
                    joined.append(both)
                }
            }
            if keepsOuter, !hasMatch { joined.append(row) }
        }
        return joined
    }

    /// The join without the index, if that is what is expected to be run.
    var expectedHash: JoinPlan? { isExpected ? nil : hash }

    override func scan(filling position: Int) -> ScanPlan? { hash.scan(filling: position) }
    override var showsConditions: Bool { true }
    override var title: String { isExpected ? (keepsOuter ? "Nested Loop Left Join" : "Nested Loop") : hash.title }
    override func details(_ text: ScalarText) -> [String] {
        isExpected ? JoinPlan.filter(condition, text) : hash.details(text)
    }
    override var estimate: Int { hash.estimate }
    override var estimateKind: EstimateKind? { hash.estimateKind }
}
