/// FROM with its flat queries resolved into their tables.
struct FlatFrom {
    private(set) var nodes: [FromNode] = []
    /// What is computed of joined rows, in this order, and where it is put.
    private(set) var computed: [(position: Int, scalar: Scalar)] = []
    /// What columns of flat queries are in terms of the tables.
    private var meanings: [Int: Scalar] = [:]

    /// - Parameter trims: whether columns that nothing asks for are not read.
    init(_ nodes: [FromNode], trims: Bool) throws(SQLError) {
        guard nodes.contains(where: { $0.entries.contains { $0.flat != nil } }) else {
            self.nodes = nodes
            return
        }
        var taken: [FromNode] = []
        for node in nodes { taken.append(try take(node, trims: trims)) }
        for node in taken { self.nodes.append(try node.replacing(resolved)) }
    }

    /// The expression over columns of tables alone.
    func resolved(_ scalar: Scalar) throws(SQLError) -> Scalar {
        guard !meanings.isEmpty else { return scalar }
        return try scalar.replacing { node in (node as? ColumnScalar).flatMap { meanings[$0.position] } }
    }

    private mutating func take(_ node: FromNode, trims: Bool) throws(SQLError) -> FromNode {
        switch node {
        case .join(let kind, let left, let right, let condition):
            return .join(kind, try take(left, trims: trims), try take(right, trims: trims), condition)
        case .filtered(let node, let condition): return .filtered(try take(node, trims: trims), condition)
        case .entry(let entry):
            guard let flat = entry.flat else { return node }
            return try take(flat, entry, trims: trims) ?? node
        }
    }

    private mutating func take(_ flat: FlatQuery, _ entry: RangeEntry, trims: Bool) throws(SQLError) -> FromNode? {
        let used = entry.usedColumns.sorted { $0.key < $1.key }
        if trims { flat.read(only: used.map(\.key)) }
        let own = try FlatFrom(flat.nodes, trims: trims)
        // A column that is a table's stands where the one that means it does.
        var places: [Int: Int] = [:]
        let tableColumns = flat.tableColumns(of: entry.usedColumns.keys)
        for (index, column) in used where tableColumns.contains(index) {
            if let output = flat.outputs[index] as? ColumnScalar { places[output.position] = column.position }
        }
        func place(_ position: Int) -> Int {
            if let known = places[position] { return known }
            let made = entry.level.allocate()
            places[position] = made
            return made
        }
        func moved(_ scalar: Scalar) throws(SQLError) -> Scalar {
            try scalar.replacing { node in (node as? ColumnScalar).map { $0.at(place($0.position)) } }
        }
        var joined: FromNode?
        for node in own.nodes {
            let node = try node.moving(to: place, moved)
            joined = joined.map { .join(.inner, $0, node, nil) } ?? node
        }
        if let filter = flat.filter, let all = joined { joined = .filtered(all, try moved(own.resolved(filter))) }
        for (position, scalar) in own.computed { computed.append((place(position), try moved(scalar))) }
        for (index, column) in used {
            meanings[column.position] = try moved(own.resolved(flat.outputs[index]))
            if !tableColumns.contains(index) { computed.append((column.position, try moved(flat.outputs[index]))) }
        }
        return joined
    }
}

extension FlatQuery {
    /// Has its tables read no other columns than those that are needed for some of its own.
    fileprivate func read(only columns: [Int]) {
        var needed: Set<Int> = []
        for column in columns { needed.formUnion(outputs[column].positions) }
        if let filter { needed.formUnion(filter.positions) }
        for node in nodes { needed.formUnion(node.joinedBy) }
        for entry in nodes.flatMap(\.entries) { entry.use(only: needed) }
    }
}

extension FromNode {
    /// The same with other expressions in its conditions, and in what is LATERAL in it.
    fileprivate func replacing(_ replaced: (Scalar) throws(SQLError) -> Scalar) throws(SQLError) -> FromNode {
        switch self {
        case .entry(let entry):
            try entry.depend(on: replaced)
            return self
        case .filtered(let node, let condition): return .filtered(try node.replacing(replaced), try replaced(condition))
        case .join(let kind, let left, let right, let condition):
            let condition = try condition.map { condition throws(SQLError) in try replaced(condition) }
            return .join(kind, try left.replacing(replaced), try right.replacing(replaced), condition)
        }
    }

    /// The same with all of its columns at other positions.
    fileprivate func moving(
        to place: (Int) -> Int, _ moved: (Scalar) throws(SQLError) -> Scalar
    ) throws(SQLError) -> FromNode {
        for entry in entries { entry.move(to: place) }
        return try replacing(moved)
    }
}
