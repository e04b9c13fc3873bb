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
