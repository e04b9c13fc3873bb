import Ground

/// Dijkstra's search for the path of least cost, where edges have weights.
final class CheapestPath {
    private struct Place {
        var cost = Double.infinity
        var parent = -1
        var step: WalkStep?
        var isSettled = false
    }

    private let graph: Graph
    private let weight: (_ source: EdgeSource) -> String?
    private let filter: WalkTest?
    private let held: HeldMemory
    private var nodes = NodeNumbers()
    private var places: [Place] = []

    /// - Parameter weight: the field of an edge's document that has it.
    init(_ graph: Graph, filter: WalkTest?, weight: @escaping (_ source: EdgeSource) -> String?) {
        self.graph = graph
        self.filter = filter
        self.weight = weight
        held = HeldMemory(graph.execution.memory)
    }

    func find(from start: ([UInt8], UInt8), to end: ([UInt8], UInt8)) throws(ReQLError) -> Datum {
        let first = number(of: start)
        places[first].cost = 0
        let last = number(of: end)
        var heap = Heap<(cost: Double, number: Int)> { $0.cost != $1.cost ? $0.cost < $1.cost : $0.number < $1.number }
        heap.insert((0, first))
        while let (cost, here) = heap.popFirst() {
            try graph.execution.check()
            if places[here].isSettled || cost > places[here].cost { continue }
            places[here].isSettled = true
            if here == last { return try answer(last) }
            for step in try graph.steps(from: nodes.key(of: here), table: nodes.table(of: here), HeldMemory(graph.execution.memory)) {
                let target = number(of: (step.target, step.table))
                if places[target].isSettled { continue }
                guard try graph.mayEnter(target, nodes) else { continue }
                let total = cost + (try weight(of: step))
                guard total < places[target].cost || (total == places[target].cost && isLess(here, than: places[target].parent)) else {
                    continue
                }
                if let filter {
                    let depth = chain(here).count
                    let source = graph.sources[step.source]
                    guard
                        try filter.holds(
                            graph.execution, node: graph.document(target, nodes),
                            edge: try graph.edgeValue(
                                source, from: try graph.node(here, nodes), to: try graph.node(target, nodes), document: step.document),
                            depth: depth)
                    else { continue }
                }
                try held.add(byteCount: 160 + step.heldByteCount)
                places[target].cost = total
                places[target].parent = here
                places[target].step = step
                heap.insert((total, target))
            }
        }
        return .null
    }

    private func number(of node: ([UInt8], UInt8)) -> Int {
        let (number, isNew) = node.0.span.withBytes { nodes.number(of: $0, table: node.1) }
        if isNew { places.append(Place()) }
        return number
    }

    private func weight(of step: WalkStep) throws(ReQLError) -> Double {
        let source = graph.sources[step.source]
        guard let field = weight(source), let table = source.edgeTable, let key = step.document else {
            throw graph.site.error(
                .queryLogic, "The edges of `\(source.relation.name)` have no weights: they are not documents with a field of numbers.")
        }
        let value = try table.document(ofNode: key)?[field: field]
        guard let number = value?.number, number >= 0 else {
            let id = try key.span.withBytes { key throws(ReQLError) in try graph.site.reading(NodeKey.decode(key)) }
            throw graph.site.error(
                .queryLogic,
                "The edge `\(id)` of `\(table.qualifiedName)` has \(value.map { "\($0.shortText)" } ?? "nothing") in `\(field)`; a weight is a "
                    + "number, at least 0.")
        }
        return number
    }

    /// The nodes from the start to one of them.
    private func chain(_ number: Int) -> [Int] {
        var chain: [Int] = []
        var here = number
        while here >= 0 {
            chain.append(here)
            here = places[here].parent
        }
        return chain.reversed()
    }

    /// Whether the path to one node is less by its keys than that to another one.
    private func isLess(_ left: Int, than right: Int) -> Bool {
        if left == right || right < 0 { return false }
        let (one, other) = (chain(left), chain(right))
        for (left, right) in zip(one, other) where left != right { return nodes.isOrdered(left, right) }
        return one.count < other.count
    }

    private func answer(_ number: Int) throws(ReQLError) -> Datum {
        let chain = chain(number)
        var path: [Datum] = []
        var edges: [Datum] = []
        for (position, here) in chain.enumerated() {
            path.append(try graph.node(here, nodes))
            guard position > 0, let step = places[here].step else { continue }
            edges.append(
                try graph.edge(graph.sources[step.source], from: path[position - 1], to: path[position], document: step.document))
        }
        return try graph.site.object([
            ("length", Datum(edges.count)), ("cost", Datum(places[number].cost)),
            ("nodes", try graph.execution.array(path, at: graph.site)), ("edges", try graph.execution.array(edges, at: graph.site)),
        ])
    }
}
