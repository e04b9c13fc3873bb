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

    /// Its FROM, at positions of the query around it.
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
    private static let mostNodes = 200

    /// The query, if it can stand so at its place.
    convenience init?(_ nodes: [FromNode], _ filter: Scalar?, _ outputs: [Scalar], at place: Place) {
        guard filter?.isVolatile != true, !outputs.contains(where: \.isVolatile) else { return nil }
        let weights = FlatFrom.weights(nodes)
        switch place {
        case .kept:
            guard outputs.allSatisfy({ $0.nodeCount(weights, most: Self.mostNodes) <= Self.mostNodes }) else { return nil }
        case .maybeMissing:
            let columns = outputs.compactMap { ($0 as? ColumnScalar)?.position }
            guard weights.isEmpty, Set(columns).count == outputs.count else { return nil }
        }
        self.init(nodes, filter, outputs)
    }
}

/// FROM with its flat queries resolved into their tables.
struct FlatFrom {
    private(set) var nodes: [FromNode]
    /// What is computed of joined rows, in this order, and where it is put.
    private(set) var computed: [(position: Int, scalar: Scalar)] = []
    /// What columns of flat queries are in terms of the tables.
    private var meanings: [Int: Scalar] = [:]

    /// - Parameter trims: whether columns that nothing asks for are not read.
    init(_ nodes: [FromNode], trims: Bool) throws(SQLError) {
        self.nodes = nodes
        guard nodes.contains(where: { $0.entries.contains { $0.flat != nil } }) else { return }
        self.nodes = []
        for node in nodes { self.nodes.append(try resolved(node, trims: trims)) }
        for index in self.nodes.indices { self.nodes[index] = try withMeanings(self.nodes[index]) }
    }

    /// The expression over columns of tables alone.
    func resolved(_ scalar: Scalar) throws(SQLError) -> Scalar {
        guard !meanings.isEmpty else { return scalar }
        return try scalar.replacing { node in (node as? ColumnScalar).flatMap { meanings[$0.position] } }
    }

    private mutating func resolved(_ node: FromNode, trims: Bool) throws(SQLError) -> FromNode {
        switch node {
        case .join(let kind, let left, let right, let condition):
            return .join(kind, try resolved(left, trims: trims), try resolved(right, trims: trims), condition)
        case .filtered(let node, let condition): return .filtered(try resolved(node, trims: trims), condition)
        case .entry(let entry):
            guard let flat = entry.flat, let first = flat.nodes.first else { return node }
            if trims { flat.read(only: entry.usedColumns.keys) }
            var joined = try resolved(first, trims: trims)
            for other in flat.nodes.dropFirst() { joined = .join(.inner, joined, try resolved(other, trims: trims), nil) }
            for (index, column) in entry.usedColumns.sorted(by: { $0.key < $1.key }) {
                let output = flat.outputs[index]
                meanings[column.position] = try resolved(output)
                if !entry.isColumnItself(index) { computed.append((column.position, output)) }
            }
            return flat.filter.map { .filtered(joined, $0) } ?? joined
        }
    }

    private func withMeanings(_ node: FromNode) throws(SQLError) -> FromNode {
        switch node {
        case .entry: return node
        case .filtered(let node, let condition): return .filtered(try withMeanings(node), try resolved(condition))
        case .join(let kind, let left, let right, let condition):
            let condition = try condition.map { condition throws(SQLError) in try resolved(condition) }
            return .join(kind, try withMeanings(left), try withMeanings(right), condition)
        }
    }

    /// Of how many nodes the columns consist that flat queries compute.
    static func weights(_ nodes: [FromNode]) -> [Int: Int] {
        var weights: [Int: Int] = [:]
        for entry in nodes.flatMap(\.entries) {
            guard let flat = entry.flat else { continue }
            let below = Self.weights(flat.nodes)
            weights.merge(below) { known, _ in known }
            for (index, column) in entry.usedColumns where !entry.isColumnItself(index) {
                weights[column.position] = flat.outputs[index].nodeCount(below, most: .max)
            }
        }
        return weights
    }
}

extension FlatQuery {
    /// Has its tables read no other columns than those that are needed for some of its own.
    fileprivate func read(only columns: some Sequence<Int>) {
        var needed: Set<Int> = []
        for column in columns { needed.formUnion(outputs[column].positions) }
        if let filter { needed.formUnion(filter.positions) }
        for node in nodes { needed.formUnion(node.joinedBy) }
        for entry in nodes.flatMap(\.entries) { entry.use(only: needed) }
    }
}

extension Scalar {
    /// How many nodes it has, where columns count as what they are computed of; no further than a bound.
    fileprivate func nodeCount(_ weights: [Int: Int], most: Int) -> Int {
        if let column = self as? ColumnScalar { return weights[column.position] ?? 1 }
        var count = 1
        for operand in operands where count <= most { count += operand.nodeCount(weights, most: most) }
        return count
    }
}
