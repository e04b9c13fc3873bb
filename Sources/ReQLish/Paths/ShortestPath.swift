import Ground

/// A search for a shortest path from both ends by turns, the smaller front first.
///
/// Of all shortest paths it finds the one whose nodes are least, from the first on: forward, the nodes of a level are ranked by the least
/// paths that lead to them; backward, each node keeps the least of those that it can go on to.
struct ShortestPath {
    private final class Side {
        let graph: Graph
        let isForward: Bool
        var nodes = NodeNumbers()
        /// By the number of a node: how far it is, which node is next to it on the way back, and its rank within its level.
        var depths: [Int] = []
        var parents: [UInt32] = []
        var ranks: [UInt32] = []
        var front: [UInt32] = []
        var depth = 0
        private let held: HeldMemory
        private var heldByteCount = 0

        init(_ graph: Graph, isForward: Bool, at key: [UInt8], table: UInt8) {
            self.graph = graph
            self.isForward = isForward
            held = HeldMemory(graph.execution.memory)
            _ = key.span.withBytes { nodes.number(of: $0, table: table) }
            depths = [0]
            parents = [0]
            ranks = [0]
            front = [0]
        }

        /// Goes one edge further; answers the nodes that are new.
        func advance() throws(ReQLError) {
            let first = nodes.count
            var links: [NodeLink] = []
            for source in graph.sources {
                let part = front.filter { nodes.table(of: Int($0)) == source.from }
                if part.isEmpty { continue }
                try source.expand(part, into: &nodes, since: first, links: &links, graph.execution) { nodes throws(ReQLError) in
                    let byteCount = nodes.byteCount + 32 * nodes.count
                    guard byteCount > heldByteCount else { return }
                    try held.add(byteCount: byteCount - heldByteCount)
                    heldByteCount = byteCount
                }
            }
            depth += 1
            let count = nodes.count
            depths += [Int](repeating: -1, count: count - first)
            parents += [UInt32](repeating: .max, count: count - first)
            ranks += [UInt32](repeating: 0, count: count - first)
            for link in links {
                let target = Int(link.target)
                let parent = parents[target]
                if parent == .max || isBetter(Int(link.source), than: Int(parent)) { parents[target] = link.source }
            }
            var found: [UInt32] = []
            for number in first..<count where try graph.mayEnter(number, nodes) {
                depths[number] = depth
                found.append(UInt32(truncatingIfNeeded: number))
            }
            nodes.sort(&found)
            front = found
            guard isForward else { return }
            // The sort by keys stands where ranks are equal.
            let order = found.indices.sorted { left, right in
                let (one, other) = (ranks[Int(parents[Int(found[left])])], ranks[Int(parents[Int(found[right])])])
                return one != other ? one < other : left < right
            }
            for (rank, index) in order.enumerated() { ranks[Int(found[index])] = UInt32(truncatingIfNeeded: rank) }
        }

        private func isBetter(_ left: Int, than right: Int) -> Bool {
            isForward ? ranks[left] < ranks[right] : left != right && nodes.isOrdered(left, right)
        }

        /// The number of a node of the other side that was entered here; nil if it was not.
        func find(_ number: Int, of other: Side) -> Int? {
            let found = other.nodes.withKey(of: number) { nodes.find($0, table: other.nodes.table(of: number)) }
            return found.flatMap { depths[$0] >= 0 ? $0 : nil }
        }
    }

    /// - Parameter backward: the same relations, in the opposite direction.
    static func find(
        from start: ([UInt8], UInt8), to end: ([UInt8], UInt8), _ graph: Graph, backward: Graph, maximumDepth: Int
    ) throws(ReQLError) -> Datum {
        if start == end { return try answer([start], graph) }
        let forward = Side(graph, isForward: true, at: start.0, table: start.1)
        let back = Side(backward, isForward: false, at: end.0, table: end.1)
        while forward.depth + back.depth < maximumDepth {
            let side = forward.front.count <= back.front.count ? forward : back
            let other = side === forward ? back : forward
            try side.advance()
            guard !side.front.isEmpty else { return .null }
            var best: (forward: Int, back: Int)?
            for number in side.front {
                guard let met = other.find(Int(number), of: side) else { continue }
                let pair = side === forward ? (forward: Int(number), back: met) : (forward: met, back: Int(number))
                if best.map({ forward.ranks[pair.forward] < forward.ranks[$0.forward] }) ?? true { best = pair }
            }
            if let best { return try answer(path(best, forward, back), graph) }
        }
        return .null
    }

    private static func path(_ meeting: (forward: Int, back: Int), _ forward: Side, _ back: Side) -> [([UInt8], UInt8)] {
        var path: [([UInt8], UInt8)] = []
        var number = meeting.forward
        while true {
            path.append((forward.nodes.key(of: number), forward.nodes.table(of: number)))
            if forward.depths[number] == 0 { break }
            number = Int(forward.parents[number])
        }
        path.reverse()
        number = meeting.back
        while back.depths[number] > 0 {
            number = Int(back.parents[number])
            path.append((back.nodes.key(of: number), back.nodes.table(of: number)))
        }
        return path
    }

    private static func answer(_ path: [([UInt8], UInt8)], _ graph: Graph) throws(ReQLError) -> Datum {
        var places: [Datum] = []
        var edges: [Datum] = []
        for (position, node) in path.enumerated() {
            places.append(try graph.node(node.0, table: node.1))
            guard position > 0 else { continue }
            let before = path[position - 1]
            guard let step = try leastStep(from: before, to: node, graph) else { continue }
            edges.append(
                try graph.edge(graph.sources[step.source], from: places[position - 1], to: places[position], document: step.document))
        }
        return try graph.site.object([
            ("length", Datum(path.count - 1)), ("cost", Datum(path.count - 1)),
            ("nodes", try graph.execution.array(places, at: graph.site)), ("edges", try graph.execution.array(edges, at: graph.site)),
        ])
    }

    /// The first of the edges between two nodes.
    private static func leastStep(
        from: ([UInt8], UInt8), to: ([UInt8], UInt8), _ graph: Graph
    ) throws(ReQLError) -> WalkStep? {
        var least: WalkStep?
        for (position, source) in graph.sources.enumerated() where source.from == from.1 && source.to == to.1 {
            try source.forEachEdge(of: from.0, graph.execution) { target, document throws(ReQLError) in
                guard target == to.0 else { return }
                let step = WalkStep(source: position, target: target, table: source.to, document: document)
                if least.map({ WalkStep.areInOrder(step, $0) }) ?? true { least = step }
            }
        }
        return least
    }
}
