import Ground

/// All edges of some relations, read once as numbers of nodes, or again and again where memory has no room for them.
final class WholeGraph {
    let graph: Graph
    private(set) var nodes = NodeNumbers()
    /// Whether there is such a node, by its number: its key may have no document.
    private(set) var isThere: [Bool] = []
    /// Whether all nodes so far are there.
    private var isWhole = true
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
                let edges = isWhole ? links : links.filter { isThere[Int($0.source)] && isThere[Int($0.target)] }
                if !hasRead { try keep(edges) }
                try body(edges, nodes.count)
            }
        }
        hasRead = true
    }

    private static let batch = 4096

    private func note(_ nodes: borrowing NodeNumbers) throws(ReQLError) {
        while isThere.count < nodes.count {
            isThere.append(try graph.mayEnter(isThere.count, nodes))
            if !isThere[isThere.count - 1] { isWhole = false }
        }
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
        var sets = DisjointSets()
        try forEachBatch { links, count throws(ReQLError) in
            sets.grow(to: count)
            for link in links { sets.unite(Int(link.source), Int(link.target)) }
        }
        let order = order
        var least = [Int](repeating: -1, count: nodes.count)
        var components = [Int](repeating: -1, count: nodes.count)
        for number in order {
            let root = sets.root(of: Int(number))
            if least[root] < 0 { least[root] = Int(number) }
            components[Int(number)] = least[root]
        }
        return (order, components)
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

        var name: String {
            switch self {
            case .component: "component"
            case .rank: "rank"
            }
        }
    }

    private let graph: Graph
    private let measure: Measure

    init(_ graph: Graph, _ measure: Measure) {
        self.graph = graph
        self.measure = measure
        super.init(.stream)
    }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] { ["all edges are read as numbers of nodes"] }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream { measured(.object(["id", "table", measure.name])) }

    override func open(_ execution: Execution, only wanted: WantedFields) throws(ReQLError) -> RowStream? { measured(wanted) }

    private func measured(_ wanted: WantedFields) -> RowStream {
        let names = (graph.namesTables ? ["id", "table", measure.name] : ["id", measure.name]).filter { wanted.names.contains($0) }
        var nodes: MeasuredNodes?
        return PulledStream { [graph, measure] () throws(ReQLError) in
            if nodes == nil { nodes = try MeasuredNodes(WholeGraph(graph), measure) }
            guard let nodes, let number = nodes.next() else { return .end }
            try graph.execution.check()
            if !wanted.isObject {
                // Of rows without the field nothing is wanted.
                guard let name = names.first else { return .end }
                return .row(try nodes.value(name, of: number))
            }
            var fields: [(String, Datum)] = []
            for name in names { fields.append((name, try nodes.value(name, of: number))) }
            return .row(try graph.site.object(fields))
        }
    }
}

/// The nodes of a graph in order, and what is said of each.
private final class MeasuredNodes {
    private let whole: WholeGraph
    private let order: [UInt32]
    private var components: [Int] = []
    private var ranks: [Double] = []
    private var position = 0
    /// Most nodes are of the same component as the one before.
    private var last: (component: Int, name: Datum)?

    init(_ whole: WholeGraph, _ measure: WholeGraphRows.Measure) throws(ReQLError) {
        self.whole = whole
        switch measure {
        case .component: (order, components) = try whole.components()
        case .rank(let rounds, let damping): (order, ranks) = try whole.ranks(rounds: rounds, damping: damping)
        }
    }

    func next() -> Int? {
        guard position < order.count else { return nil }
        position += 1
        return Int(order[position - 1])
    }

    func value(_ name: String, of number: Int) throws(ReQLError) -> Datum {
        switch name {
        case "id": return try whole.graph.key(of: number, whole.nodes)
        case "table": return whole.graph.tableName(of: number, whole.nodes)
        case "rank": return Datum(ranks[number])
        default:
            let component = components[number]
            if let last, last.component == component { return last.name }
            let name = try whole.graph.node(component, whole.nodes)
            last = (component, name)
            return name
        }
    }
}
