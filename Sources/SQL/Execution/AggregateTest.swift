import Catalog

/// A condition on what rows add up to which integers of the row outside lead to: it is asked of many rows at once.
///
///     SELECT * FROM stock s WHERE s.count > (SELECT sum(o.count) / 2 FROM orders o WHERE o.part = s.part)
struct AggregateTest: SubqueryTest {
    let condition: Scalar
    private let subquery: SubqueryScalar
    private let aggregate: AggregatePlan
    private let scan: ScanPlan
    /// What the query makes of the aggregates.
    private let output: Scalar
    /// Stands for the query in the condition that is asked then.
    private let answer: AnswerScalar
    private let asked: Scalar

    /// Nil for other conditions.
    init?(_ condition: Scalar) {
        guard condition is CompareScalar, let subquery = Self.subquery(in: condition),
            let project = subquery.plan.plan as? ProjectPlan, project.scalars.count == 1,
            let aggregate = project.children[0] as? AggregatePlan, aggregate.keys.isEmpty, aggregate.sets == [[]],
            aggregate.setPosition == nil, let scan = aggregate.children[0] as? ScanPlan, scan.looksUp, scan.integerKey != nil
        else { return nil }
        let answer = AnswerScalar(subquery.type)
        guard let asked = try? condition.replacing({ $0 === subquery ? answer : nil }) else { return nil }
        self.condition = condition
        self.subquery = subquery
        self.aggregate = aggregate
        self.scan = scan
        self.answer = answer
        self.asked = asked
        output = project.scalars[0]
    }

    /// The query that is computed whenever the condition is, whatever else there is in it.
    private static func subquery(in scalar: Scalar) -> SubqueryScalar? {
        if let subquery = scalar as? SubqueryScalar {
            if case .scalar = subquery.kind, !subquery.plan.isVolatile { return subquery }
            return nil
        }
        guard scalar is CompareScalar || scalar is CallScalar || scalar is CastScalar || scalar is RelabeledScalar else { return nil }
        for operand in scalar.operands { if let found = subquery(in: operand) { return found } }
        return nil
    }

    func batches(_ run: Run) throws(SQLError) -> LookupBatches? { try LookupBatches(scan, run) }

    func passing(_ rows: [Row], _ batches: LookupBatches, _ run: Run) throws(SQLError) -> [Row]? {
        let operands = subquery.operands[...]
        let known = subquery.knownResults(run)
        // Equal rows outside ask once: by the number of a question what it comes to, and the row that it is of.
        var numbers: [Int] = []
        var answers: [SQLValue] = []
        var places: [(number: Int, row: Int, key: GroupKey)] = []
        var seen: [GroupKey: Int] = [:]
        for (index, row) in rows.enumerated() {
            try subquery.plan.fill(operands, row, run)
            let key = try subquery.plan.key(run)
            if let number = seen[key] {
                numbers.append(number)
                continue
            }
            seen[key] = answers.count
            numbers.append(answers.count)
            if known.isUseful, let value = known.find(key) {
                answers.append(value)
            } else {
                places.append((answers.count, index, key))
                answers.append(.null)
            }
        }
        if places.count < LookupBatches.leastCount {
            for place in places { answers[place.number] = try subquery.value(rows[place.row], run) }
        } else {
            let fill = { (index: Int) throws(SQLError) in try subquery.plan.fill(operands, rows[places[index].row], run) }
            guard try batches.begin(places.count, fill) else { return nil }
            try compute(places.count, batches, fill, run) { index, value in
                answers[places[index].number] = value
                if known.isUseful { known.add(value, for: places[index].key, run) }
            }
        }
        defer { run.answers[ObjectIdentifier(answer)] = nil }
        var passed: [Row] = []
        for (number, row) in zip(numbers, rows) {
            run.answers[ObjectIdentifier(answer)] = answers[number]
            if try asked.isTrue(row, run) { passed.append(row) }
        }
        return passed
    }

    /// Computes the query for so many rows outside, one after the other, of what is looked up for them together.
    private func compute(
        _ count: Int, _ batches: LookupBatches, _ fill: (Int) throws(SQLError) -> Void, _ run: Run, _ body: (Int, SQLValue) -> Void
    ) throws(SQLError) {
        let empty = scan.emptyRow
        var next = 0
        var states = aggregate.calls.map { AggregateState($0, run) }
        func finish(before end: Int) throws(SQLError) {
            while next < end {
                try fill(next)
                var row = empty
                for (call, state) in zip(aggregate.calls, states) { row[call.position] = try state.result(run) }
                body(next, try output.value(row, run))
                states = aggregate.calls.map { AggregateState($0, run) }
                next += 1
            }
        }
        var found = batches.empty
        var own: [Row] = []
        var isBegun = false
        while try batches.next(&found) {
            try batches.forEach(found, fill) { index, append throws(SQLError) in
                if index != next || !isBegun {
                    try finish(before: index)
                    try fill(index)
                    isBegun = true
                }
                own.removeAll(keepingCapacity: true)
                try append(empty, &own)
                for row in own { for state in states { try state.add(row, run) } }
            }
        }
        try finish(before: count)
    }
}

/// What a query has come to for the row at hand.
private final class AnswerScalar: Scalar {
    init(_ type: SQLType) { super.init(type) }
    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { run.answers[ObjectIdentifier(self)] ?? .null }
    override func with(_ operands: [Scalar]) -> Scalar { self }
    override var isImmutableItself: Bool { false }
}
