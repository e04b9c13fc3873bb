import Catalog

/// A condition on a query that looks rows up for each row outside, asked of many rows at once.
protocol SubqueryTest {
    var condition: Scalar { get }
    /// What it looks rows up with; nil if it is asked of one row after the other.
    func batches(_ run: Run) throws(SQLError) -> LookupBatches?
    /// The rows for which it holds; nil if these are not looked up together. It must be the only one that looks rows up with these batches.
    func passing(_ rows: [Row], _ batches: LookupBatches, _ run: Run) throws(SQLError) -> [Row]?
}

/// The tests among conditions that all have to hold, and what the others come to.
struct SubqueryTests {
    private let tests: [any SubqueryTest]
    let others: Scalar?

    /// Nil if there are none.
    init?(_ condition: Scalar?) {
        guard let condition, condition.hasSubquery else { return nil }
        let conditions = AndScalar.conditions(of: condition)
        tests = conditions.compactMap { ExistenceTest($0) ?? AggregateTest($0) }
        if tests.isEmpty { return nil }
        let asked = tests.map(\.condition)
        others = AndScalar.joining(conditions.filter { one in !asked.contains { $0 === one } })
    }

    /// What tells in one run for which rows all tests hold.
    func begin(_ run: Run) -> ([Row]) throws(SQLError) -> [Row] {
        var batches: [LookupBatches?]?
        return { [tests] rows throws(SQLError) in
            var rows = rows
            for (place, test) in tests.enumerated() where !rows.isEmpty {
                if rows.count >= LookupBatches.leastCount, batches == nil {
                    var made: [LookupBatches?] = []
                    for test in tests { made.append(try test.batches(run)) }
                    batches = made
                }
                if rows.count >= LookupBatches.leastCount, let own = batches?[place], let passed = try test.passing(rows, own, run) {
                    rows = passed
                } else {
                    rows = try Self.passingOneByOne(rows, test.condition, run)
                }
            }
            return rows
        }
    }

    private static func passingOneByOne(_ rows: [Row], _ condition: Scalar, _ run: Run) throws(SQLError) -> [Row] {
        var passed: [Row] = []
        for row in rows { if try condition.isTrue(row, run) { passed.append(row) } }
        return passed
    }
}
