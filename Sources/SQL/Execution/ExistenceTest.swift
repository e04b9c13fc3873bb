import Catalog

/// A condition that there is, or is not, a row which integers of the row outside lead to: it is asked of many rows at once.
struct ExistenceTest: SubqueryTest {
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

    func passing(_ rows: [Row], _ batches: LookupBatches, _ run: Run) throws(SQLError) -> [Row]? {
        let operands = subquery.operands[...]
        let fill = { (index: Int) throws(SQLError) in try subquery.plan.fill(operands, rows[index], run) }
        guard try batches.begin(rows.count, fill) else { return nil }
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

    func batches(_ run: Run) throws(SQLError) -> LookupBatches? {
        try LookupBatches(scan, run, most: Self.most, readsDocuments: scan.foundCondition != nil)
    }
}
