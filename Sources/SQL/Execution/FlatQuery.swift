/// A query in FROM, or a view, that does no more than to join, choose and compute. Its tables are joined together with those around it, in
/// any order and by any index, and what it computes is computed of the rows that are left:
///
///     SELECT s.name FROM (SELECT id, upper(name) AS name FROM t WHERE x > 1) s WHERE s.id = 5
///
/// reads the one row of `t` whose `id` is 5.
final class FlatQuery {
    /// Where it stands.
    enum Place {
        /// All rows of what is joined there are rows of it.
        case kept
        /// On a side of an outer join that may be missing, where nothing can be computed afterwards.
        case maybeMissing
    }

    /// Its FROM. Until that is a part of the FROM around it, it has positions of its own.
    let nodes: [FromNode]
    let filter: Scalar?
    let outputs: [Scalar]

    init(_ nodes: [FromNode], _ filter: Scalar?, _ outputs: [Scalar]) {
        self.nodes = nodes
        self.filter = filter
        self.outputs = outputs
    }

    /// Nodes of expressions of which a column may consist. Beyond that, conditions on queries over queries over queries, in each of which it
    /// stands more than once, would grow without end.
    static let mostNodes = 200

    /// The query, if it can stand so at its place.
    convenience init?(_ nodes: [FromNode], _ filter: Scalar?, _ outputs: [Scalar], at place: Place) {
        guard filter?.isVolatile != true, !outputs.contains(where: \.isVolatile) else { return nil }
        let weights = Self.weights(nodes)
        switch place {
        case .kept:
            guard outputs.allSatisfy({ $0.nodeCount(weights, most: Self.mostNodes) <= Self.mostNodes }) else { return nil }
        case .maybeMissing:
            let columns = outputs.compactMap { ($0 as? ColumnScalar)?.position }
            guard weights.isEmpty, Set(columns).count == outputs.count else { return nil }
        }
        self.init(nodes, filter, outputs)
    }

    /// Of how many nodes the columns consist that flat queries compute.
    private static func weights(_ nodes: [FromNode]) -> [Int: Int] {
        var weights: [Int: Int] = [:]
        for entry in nodes.flatMap(\.entries) {
            guard let flat = entry.flat else { continue }
            let below = Self.weights(flat.nodes)
            weights.merge(below) { known, _ in known }
            let own = flat.tableColumns(of: entry.usedColumns.keys)
            for (index, column) in entry.usedColumns where !own.contains(index) {
                weights[column.position] = flat.outputs[index].nodeCount(below, most: .max)
            }
        }
        return weights
    }

    /// Those of the columns that are used which are a table's, and no two of them the same one.
    func tableColumns(of used: some Sequence<Int>) -> Set<Int> {
        var met: Set<Int> = []
        return Set(used.sorted().filter { index in (outputs[index] as? ColumnScalar).map { met.insert($0.position).inserted } ?? false })
    }
}

extension Scalar {
    /// How many nodes it has, where columns count as what they are computed of; no further than a bound.
    func nodeCount(_ weights: [Int: Int], most: Int) -> Int {
        if let column = self as? ColumnScalar { return weights[column.position] ?? 1 }
        var count = 1
        for operand in operands where count <= most { count += operand.nodeCount(weights, most: most) }
        return count
    }
}
