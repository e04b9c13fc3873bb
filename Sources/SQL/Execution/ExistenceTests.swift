import Catalog

/// A condition that there is, or is not, a row which integers of the row outside lead to: it is asked of many rows at once.
struct ExistenceTest {
    let condition: Scalar
    private let subquery: SubqueryScalar
    private let isNegated: Bool
    private let scan: ScanPlan

    /// So many rows of a look-up are read before it is asked by itself, which reads one after the other until there is one.
    private static let most = 16

    /// Nil for other conditions.
    init?(_ condition: Scalar) {
        let isNegated = condition is NotScalar
        guard let subquery = (isNegated ? condition.operands[0] : condition) as? SubqueryScalar, case .exists = subquery.kind,
            !subquery.plan.isVolatile, let scan = subquery.plan.plan.scanOfExistence, scan.looksUp, scan.integerKey != nil
        else { return nil }
        self.condition = condition
        self.subquery = subquery
        self.isNegated = isNegated
        self.scan = scan
    }

    /// The rows for which it holds. It must be the only one that looks rows up with these batches.
    fileprivate func passing(_ rows: [Row], _ batches: LookupBatches?, _ run: Run) throws(SQLError) -> [Row] {
        let operands = subquery.operands[...]
        let fill = { (index: Int) throws(SQLError) in try subquery.plan.fill(operands, rows[index], run) }
        guard let batches, try batches.begin(rows.count, fill) else { return try passingOneByOne(rows, run) }
        var isFound = Array(repeating: false, count: rows.count)
        var cut: [Int] = []
        var found = batches.empty
        while try batches.next(&found) {
            try batches.note(found, in: &isFound, fill)
            for owner in found.cut { cut.append(Int(batches.outside[Int(owner)])) }
        }
        for index in cut where !isFound[index] { isFound[index] = try subquery.isTrue(rows[index], run) }
        var passed: [Row] = []
        for index in rows.indices where isFound[index] != isNegated { passed.append(rows[index]) }
        return passed
    }

    private func passingOneByOne(_ rows: [Row], _ run: Run) throws(SQLError) -> [Row] {
        var passed: [Row] = []
        for row in rows { if try condition.isTrue(row, run) { passed.append(row) } }
        return passed
    }

    fileprivate func batches(_ run: Run) throws(SQLError) -> LookupBatches? {
        try LookupBatches(scan, run, most: Self.most, readsDocuments: scan.foundCondition != nil)
    }
}

/// The tests among conditions that all have to hold, and what the others come to.
struct ExistenceTests {
    private let tests: [ExistenceTest]
    let others: Scalar?

    /// Nil if there are none.
    init?(_ condition: Scalar?) {
        guard let condition, condition.hasSubquery else { return nil }
        let conditions = AndScalar.conditions(of: condition)
        tests = conditions.compactMap { ExistenceTest($0) }
        if tests.isEmpty { return nil }
        let asked = tests.map(\.condition)
        others = AndScalar.joining(conditions.filter { one in !asked.contains { $0 === one } })
    }

    /// What tells in one run for which rows all tests hold.
    func begin(_ run: Run) -> ([Row]) throws(SQLError) -> [Row] {
        var batches: [LookupBatches?]?
        return { [tests] rows throws(SQLError) in
            if rows.isEmpty { return [] }
            var rows = rows
            for (place, test) in tests.enumerated() {
                guard rows.count >= LookupBatches.leastCount else {
                    rows = try test.passing(rows, nil, run)
                    continue
                }
                if batches == nil {
                    var made: [LookupBatches?] = []
                    for test in tests { made.append(try test.batches(run)) }
                    batches = made
                }
                rows = try test.passing(rows, batches?[place], run)
            }
            return rows
        }
    }
}
