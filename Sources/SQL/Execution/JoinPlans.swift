/// A join by a table of the right side's rows where there are equalities, or by a loop over them where there are none.
final class JoinPlan: Plan {
    let kind: Join.Kind
    /// Equal pairs of expressions of both sides.
    let leftKeys: [Scalar]
    let rightKeys: [Scalar]
    /// What has to be true beside.
    let condition: Scalar?
    let rightPositions: [Int]
    let level: Level

    init(
        _ left: Plan, _ right: Plan, _ kind: Join.Kind, leftKeys: [Scalar], rightKeys: [Scalar], condition: Scalar?,
        rightPositions: [Int], level: Level
    ) {
        self.kind = kind
        self.leftKeys = leftKeys
        self.rightKeys = rightKeys
        self.condition = condition
        self.rightPositions = rightPositions
        self.level = level
        super.init([left, right])
    }

    override var expressions: [Scalar] { leftKeys + rightKeys + (condition.map { [$0] } ?? []) }
    override func begin(_ run: Run) throws(SQLError) -> RowSource { try open(run, left: nil, right: nil) }

    /// Over rows of a side that was opened already.
    func open(_ run: Run, left: RowSource?, right: RowSource?) throws(SQLError) -> RowSource {
        let join = try HashJoin(self, run, left, right)
        return { () throws(SQLError) in try join.next() }
    }

    /// Rows of a side that is not kept would be missed by those of the other one.
    override func scan(filling position: Int) -> ScanPlan? {
        let isRight = rightPositions.contains(position)
        guard kind == .inner || kind == (isRight ? .right : .left) else { return nil }
        return children[isRight ? 1 : 0].scan(filling: position)
    }

    override var showsConditions: Bool { true }
    override var title: String {
        let word =
            switch kind {
            case .left: " Left"
            case .right: " Right"
            case .full: " Full"
            default: ""
            }
        return leftKeys.isEmpty ? "Nested Loop" + word + (word.isEmpty ? "" : " Join") : "Hash" + word + " Join"
    }
    override func details(_ text: ScalarText) -> [String] {
        let filter = Self.filter(condition, text)
        guard !leftKeys.isEmpty else { return filter }
        let pairs = zip(leftKeys, rightKeys).map { "(\(text.of($0)) = \(text.of($1)))" }
        return ["Hash Cond: " + pairs.joined(separator: " AND ")] + filter
    }

    /// What has to be true of the rows of both sides.
    static func filter(_ condition: Scalar?, _ text: ScalarText) -> [String] {
        guard let condition, !(condition is ConstantScalar) else { return [] }
        return ["Join Filter: \(text.of(condition))"]
    }

    /// What the planner expects.
    var rowEstimate: Int?
    /// Whether that was read off samples of the rows of both sides.
    var isSampled = false
    override var estimateKind: EstimateKind? { isSampled ? .sampled : nil }
    override var estimate: Int {
        if let rowEstimate { return rowEstimate }
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

    override var expressions: [Scalar] { operands + (condition.map { [$0] } ?? []) }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let left = try children[0].open(run)
        // The rows of the left side that wait for their turn, the one whose turn it is, and what the right side has for it.
        var waiting: ArraySlice<Row> = []
        var row: Row = []
        var right: RowSource?
        var hasMatch = false
        return { () throws(SQLError) in
            var joined: [Row] = []
            while joined.count < Plan.batchCount {
                if let source = right {
                    if let rows = try source() {
                        try run.check()
                        if try self.join(row, rows, to: &joined, run) { hasMatch = true }
                    } else {
                        right = nil
                        if !hasMatch, self.isOuter { joined.append(row) }
                    }
                } else if let next = waiting.popFirst() {
                    try run.check()
                    (row, hasMatch) = (next, false)
                    try self.subplan.fill(self.operands[...], row, run)
                    right = try self.subplan.plan.open(run)
                } else if joined.isEmpty, let batch = try left() {
                    waiting = batch[...]
                } else {
                    break
                }
            }
            return joined.isEmpty ? nil : joined
        }
    }

    /// Appends the rows with which the condition is true; false if there is none.
    private func join(_ row: Row, _ rows: [Row], to joined: inout [Row], _ run: Run) throws(SQLError) -> Bool {
        let start = joined.count
        for other in rows {
            var both = row
            for position in rightPositions { both[position] = other[position] }
            if let condition, try !condition.isTrue(both, run) { continue }
            joined.append(both)
        }
        return joined.count > start
    }

    override var showsConditions: Bool { true }
    override var title: String { isOuter ? "Nested Loop Left Join" : "Nested Loop" }
}

/// A query of FROM that depends on rows outside of the joins around it, whose values are in slots when it begins.
final class FilledPlan: Plan {
    private let subplan: Subplan
    private let operands: [Scalar]

    /// - Parameter operands: what its own slots are filled with, of other slots.
    init(_ child: Plan, _ subplan: Subplan, _ operands: [Scalar]) {
        self.subplan = subplan
        self.operands = operands
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        try subplan.fill(operands[...], [], run)
        return try children[0].open(run)
    }

    override var isShown: Bool { false }
}
