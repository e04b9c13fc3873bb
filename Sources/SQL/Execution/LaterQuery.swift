/// A query in FROM that is planned when it is known what is asked of its rows. Conditions on what it groups by, or on the columns of all parts
/// of a UNION, then stand where rows are read:
///
///     SELECT * FROM (SELECT customer, sum(price) FROM orders GROUP BY customer) s WHERE customer = 5
///
/// adds up the orders of one customer, which an index finds.
final class LaterQuery {
    /// Makes the plan for conditions on its columns, each by its index. Those that it answers are still to be asked of the plan's rows.
    typealias Making = (_ conditions: [Scalar], _ makeSlot: @escaping () -> Int) throws(SQLError) -> (plan: Plan, left: [Scalar])

    private let make: Making
    private var made: (plan: Plan, asked: [Scalar])?

    init(_ make: @escaping Making) { self.make = make }

    /// The plan for conditions on its columns, each by its index, and those that are still to be asked of its rows.
    func plan(asking conditions: [Scalar], makeSlot: @escaping () -> Int) throws(SQLError) -> (plan: Plan, left: [Scalar]) {
        let asked = conditions.filter { !$0.positions.isEmpty && !$0.isVolatile && !$0.hasSubquery }
        let (plan, left) = try make(asked, makeSlot)
        return (plan, conditions.filter { condition in !asked.contains { $0 === condition } || left.contains { $0 === condition } })
    }

    /// The plan of an entry's query for conditions on the rows that it stands in, and those that are still to be asked. It is made once:
    /// what is asked later is asked of its rows.
    func plan(
        of entry: RangeEntry, asking conditions: [Scalar], makeSlot: @escaping () -> Int
    ) throws(SQLError) -> (plan: Plan, left: [Scalar]) {
        if let made { return (made.plan, conditions.filter { condition in !made.asked.contains { $0 === condition } }) }
        let columns = Dictionary(entry.usedColumns.map { ($0.value.position, $0.key) }) { first, _ in first }
        var own: [Scalar] = []
        for condition in conditions {
            own.append(try condition.replacing { node in (node as? ColumnScalar).flatMap { $0.at(columns[$0.position] ?? -1) } })
        }
        let (plan, left) = try plan(asking: own, makeSlot: makeSlot)
        let places = conditions.indices.filter { place in left.contains { $0 === own[place] } }
        made = (plan, conditions.indices.filter { !places.contains($0) }.map { conditions[$0] })
        return (plan, places.map { conditions[$0] })
    }
}
