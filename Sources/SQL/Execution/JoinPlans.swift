/// A join by a loop over the kept rows of the right side, or by a table of them where there are equalities.
final class JoinPlan: Plan {
    private let kind: Join.Kind
    /// Equal pairs of expressions of both sides.
    private let leftKeys: [Scalar]
    private let rightKeys: [Scalar]
    /// What has to be true beside.
    private let condition: Scalar?
    private let rightPositions: [Int]
    private let leftPositions: [Int]
    private let level: Level
    /// A semi join gives rows of the left side that have a match, an anti join those that have none.
    private let existence: Bool?

    init(
        _ left: Plan, _ right: Plan, _ kind: Join.Kind, leftKeys: [Scalar], rightKeys: [Scalar], condition: Scalar?,
        leftPositions: [Int], rightPositions: [Int], level: Level, existence: Bool? = nil
    ) {
        self.kind = kind
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.condition = condition
        self.leftPositions = leftPositions
        self.rightPositions = rightPositions
        self.level = level
        self.existence = existence
        super.init([left, right])
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        let left = try children[0].open(run)
        var rightRows: [Row] = []
        var table: [GroupKey: [Int]] = [:]
        let right = try children[1].open(run)
        while let batch = try right() {
            try run.check()
            try run.keep(batch, width: rightPositions.count + 4)
            if !leftKeys.isEmpty {
                for (offset, row) in batch.enumerated() {
                    guard let key = try key(rightKeys, row, run) else { continue }
                    table[key, default: []].append(rightRows.count + offset)
                }
            }
            rightRows += batch
        }
        let all = Array(rightRows.indices)
        let keepsLeft = kind == .left || kind == .full
        let keepsRight = kind == .right || kind == .full
        var matched = keepsRight ? Array(repeating: false, count: rightRows.count) : []
        var pending: [Row] = []
        var position = 0
        var isOver = false
        return { () throws(SQLError) in
            var joined: [Row] = []
            while !isOver {
                if position == pending.count {
                    try run.check()
                    position = 0
                    guard let batch = try left() else {
                        isOver = true
                        if keepsRight {
                            for (index, row) in rightRows.enumerated() where !matched[index] { joined.append(row) }
                        }
                        break
                    }
                    pending = batch
                }
                let row = pending[position]
                position += 1
                let candidates: [Int]
                if self.leftKeys.isEmpty {
                    candidates = all
                } else if let key = try self.key(self.leftKeys, row, run) {
                    candidates = table[key] ?? []
                } else {
                    candidates = []
                }
                var hasMatch = false
                for index in candidates {
                    let both = self.merged(row, rightRows[index])
                    if let condition = self.condition, try !condition.isTrue(both, run) { continue }
                    hasMatch = true
                    if self.existence != nil { break }
                    if keepsRight { matched[index] = true }
                    joined.append(both)
                }
                if let existence = self.existence {
                    if existence == hasMatch { joined.append(row) }
                } else if !hasMatch, keepsLeft {
                    joined.append(row)
                }
                if joined.count >= Plan.batchCount { return joined }
                if self.leftKeys.isEmpty, all.count > 10_000 { try run.check() }
            }
            return joined.isEmpty ? nil : joined
        }
    }

    /// Nil if a part is NULL, which equals nothing.
    private func key(_ scalars: [Scalar], _ row: Row, _ run: Run) throws(SQLError) -> GroupKey? {
        var values: Row = []
        values.reserveCapacity(scalars.count)
        for scalar in scalars {
            let value = try scalar.value(row, run)
            if value.isNull { return nil }
            values.append(value)
        }
        return GroupKey(values)
    }

    private func merged(_ left: Row, _ right: Row) -> Row {
        var row = left
        for position in rightPositions { row[position] = right[position] }
        return row
    }

    override var title: String {
        let word =
            switch kind {
            case .left: " Left"
            case .right: " Right"
            case .full: " Full"
            default: existence == nil ? "" : existence == true ? " Semi" : " Anti"
            }
        return leftKeys.isEmpty ? "Nested Loop" + word + (word.isEmpty ? "" : " Join") : "Hash" + word + " Join"
    }
    override var details: [String] {
        guard !leftKeys.isEmpty else { return [] }
        let pairs = zip(leftKeys, rightKeys).map { "(\(ScalarText.of($0)) = \(ScalarText.of($1)))" }
        return ["Hash Cond: " + pairs.joined(separator: " AND ")]
    }
    override var estimate: Int {
        let (left, right) = (children[0].estimate, children[1].estimate)
        return leftKeys.isEmpty ? left.multipliedReportingOverflow(by: max(right, 1)).partialValue.magnitude.clampedToInt : max(left, right)
    }
}

extension UInt {
    fileprivate var clampedToInt: Int { self > UInt(Int32.max) ? Int(Int32.max) : Int(self) }
}

/// A join whose right side depends on the row of the left one: it is run for each.
final class LateralPlan: Plan {
    private let isOuter: Bool
    private let condition: Scalar?
    private let subplan: Subplan
    private let operands: [Scalar]
    private let rightPositions: [Int]

    /// - Parameter subplan: gives rows of the level, with what is right in its places.
    init(_ left: Plan, _ subplan: Subplan, operands: [Scalar], isOuter: Bool, condition: Scalar?, rightPositions: [Int]) {
        self.isOuter = isOuter
        self.condition = condition
        self.subplan = subplan
        self.operands = operands
        self.rightPositions = rightPositions
        super.init([left, subplan.plan])
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        let left = try children[0].open(run)
        return { () throws(SQLError) in
            while let batch = try left() {
                var joined: [Row] = []
                for row in batch {
                    try run.check()
                    try self.subplan.fill(self.operands[...], row, run)
                    var hasMatch = false
                    let right = try self.subplan.plan.open(run)
                    while let rows = try right() {
                        for other in rows {
                            var both = row
                            for position in self.rightPositions { both[position] = other[position] }
                            if let condition = self.condition, try !condition.isTrue(both, run) { continue }
                            hasMatch = true
                            joined.append(both)
                        }
                    }
                    if !hasMatch, self.isOuter { joined.append(row) }
                }
                if !joined.isEmpty { return joined }
            }
            return nil
        }
    }

    override var title: String { isOuter ? "Nested Loop Left Join" : "Nested Loop" }
}
