import Ground

/// All edges of some relations, read once as numbers of nodes, or again and again where memory has no room for them.
final class WholeGraph {
    let graph: Graph
    private(set) var nodes = NodeNumbers()
    /// Whether there is such a node, by its number: its key may have no document.
    private(set) var isThere: [Bool] = []
    private let held: HeldMemory
    private var heldByteCount = 0
    private var kept: [NodeLink]? = []
    private let heldLinks: HeldMemory
    private var hasRead = false

    init(_ graph: Graph) {
        self.graph = graph
        held = HeldMemory(graph.execution.memory)
        heldLinks = HeldMemory(graph.execution.memory)
    }

    /// Calls `body` with edges whose ends are both there, many at a time.
    /// - Parameter keeping: whether they are to be kept for the next time, if there is room.
    func forEachBatch(keeping: Bool = false, _ body: (_ links: [NodeLink], _ nodeCount: Int) throws(ReQLError) -> Void) throws(ReQLError) {
        if hasRead, let kept {
            for start in stride(from: 0, to: kept.count, by: Self.batch) {
                try graph.execution.check()
                try body(Array(kept[start..<min(start + Self.batch, kept.count)]), isThere.count)
            }
            return
        }
        if !keeping { kept = nil }
        for source in graph.sources {
            try source.readAll(into: &nodes, graph.execution, batch: Self.batch) { links, nodes throws(ReQLError) in
                try note(nodes)
                let edges = links.filter { isThere[Int($0.source)] && isThere[Int($0.target)] }
                if !hasRead { try keep(edges) }
                try body(edges, nodes.count)
            }
        }
        hasRead = true
    }

    private static let batch = 4096

    private func note(_ nodes: NodeNumbers) throws(ReQLError) {
        while isThere.count < nodes.count { isThere.append(try graph.mayEnter(isThere.count, nodes)) }
        let byteCount = nodes.byteCount + 17 * nodes.count
        guard byteCount > heldByteCount else { return }
        try held.add(byteCount: byteCount - heldByteCount)
        heldByteCount = byteCount
    }

    private func keep(_ edges: [NodeLink]) throws(ReQLError) {
        guard kept != nil else { return }
        do throws(ReQLError) {
            try heldLinks.add(byteCount: edges.count * MemoryLayout<NodeLink>.stride)
            kept?.append(contentsOf: edges)
        } catch {
            guard error.kind == .resourceLimit else { throw error }
            kept = nil
            heldLinks.removeAll()
        }
    }

    /// The nodes that are there, in order.
    var order: [UInt32] {
        var numbers = (0..<nodes.count).filter { isThere[$0] }.map { UInt32(truncatingIfNeeded: $0) }
        nodes.sort(&numbers)
        return numbers
    }

    // MARK: Components

    /// The number of a node of each node's component: of the least one.
    func components() throws(ReQLError) -> (order: [UInt32], components: [Int]) {
        var parents: [Int] = []
        func root(_ node: Int) -> Int {
            var node = node
            while parents[node] != node {
                parents[node] = parents[parents[node]]
                node = parents[node]
            }
            return node
        }
        var sizes: [Int] = []
        try forEachBatch { links, count throws(ReQLError) in
            while parents.count < count {
                parents.append(parents.count)
                sizes.append(1)
            }
            for link in links {
                var (one, other) = (root(Int(link.source)), root(Int(link.target)))
                if one == other { continue }
                if sizes[one] < sizes[other] { swap(&one, &other) }
                parents[other] = one
                sizes[one] += sizes[other]
            }
        }
        let order = order
        var least = [Int](repeating: -1, count: parents.count)
        for number in order where least[root(Int(number))] < 0 { least[root(Int(number))] = Int(number) }
        return (order, parents.indices.map { least[root($0)] })
    }

    // MARK: Ranks

    /// PageRank after some rounds. What a node without edges that lead on would give goes to all alike.
    func ranks(rounds: Int, damping: Double) throws(ReQLError) -> (order: [UInt32], ranks: [Double]) {
        var degrees: [UInt32] = []
        try forEachBatch(keeping: true) { links, count throws(ReQLError) in
            while degrees.count < count { degrees.append(0) }
            for link in links { degrees[Int(link.source)] += 1 }
        }
        let order = order
        let count = Double(order.count)
        var ranks = [Double](repeating: 0, count: nodes.count)
        for number in order { ranks[Int(number)] = 1 / count }
        for _ in 0..<rounds {
            var given = [Double](repeating: 0, count: ranks.count)
            try forEachBatch(keeping: true) { links, _ throws(ReQLError) in
                for link in links { given[Int(link.target)] += ranks[Int(link.source)] / Double(degrees[Int(link.source)]) }
            }
            var rest = 0.0
            for number in order where degrees[Int(number)] == 0 { rest += ranks[Int(number)] }
            for number in order { ranks[Int(number)] = (1 - damping) / count + damping * (given[Int(number)] + rest / count) }
        }
        return (order, ranks)
    }
}

/// The nodes of a whole graph, each with what was computed of it.
final class WholeGraphRows: Rows {
    enum Measure {
        case component
        case rank(rounds: Int, damping: Double)
    }

    private let graph: Graph
    private let measure: Measure

    init(_ graph: Graph, _ measure: Measure) {
        self.graph = graph
        self.measure = measure
        super.init(.stream)
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { ["all edges are read as numbers of nodes"] }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        let whole = WholeGraph(graph)
        let order: [UInt32]
        let value: (Int) throws(ReQLError) -> (String, Datum)
        switch measure {
        case .component:
            let (found, components) = try whole.components()
            order = found
            value = { [graph] number throws(ReQLError) in ("component", try graph.node(components[number], whole.nodes)) }
        case .rank(let rounds, let damping):
            let (found, ranks) = try whole.ranks(rounds: rounds, damping: damping)
            order = found
            value = { number in ("rank", Datum(ranks[number])) }
        }
        var position = 0
        return PulledStream { [graph] () throws(ReQLError) in
            guard position < order.count else { return .end }
            try graph.execution.check()
            let number = Int(order[position])
            position += 1
            var fields = [("id", try graph.key(of: number, whole.nodes)), try value(number)]
            if graph.namesTables { fields.append(("table", graph.tableName(of: number, whole.nodes))) }
            return .row(try graph.site.object(fields))
        }
    }
}
