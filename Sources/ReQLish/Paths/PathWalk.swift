import Ground

/// A walk that remembers how it came to each node: for paths and edges, for conditions on edges, and for walks that meet a node again.
final class PathWalk {
    /// What is met once.
    enum Unique: String {
        case node, path, none
    }

    /// A node at the end of a path.
    struct Visit {
        let number: Int
        /// The visit before; -1 where the walk began.
        let parent: Int
        let depth: Int
        /// The edge that led here.
        let source: Int
        let document: [UInt8]?
        var isEnd = false
    }

    let graph: Graph
    private(set) var nodes = NodeNumbers()
    private(set) var visits: [Visit] = []
    private let unique: Unique
    private let isDepthFirst: Bool
    private let maximumDepth: Int
    private let filter: WalkTest?
    private let end: WalkTest?
    private let held: HeldMemory
    /// Whether a node was entered, by its number.
    private var isEntered: [Bool] = []
    private var starts: [Int] = []
    /// Visits to hand out.
    private var ready: ArraySlice<Int> = []
    /// The visit to go on from, breadth first.
    private var position = 0
    private var hasBegun = false
    /// The way down, depth first, with the steps that are left at each node.
    private var stack: [(visit: Int, steps: [WalkStep], next: Int, held: HeldMemory)] = []

    init(
        _ graph: Graph, unique: Unique = .node, isDepthFirst: Bool = false, maximumDepth: Int, filter: WalkTest? = nil, end: WalkTest? = nil
    ) {
        self.graph = graph
        self.unique = unique
        self.isDepthFirst = isDepthFirst
        self.maximumDepth = maximumDepth
        self.filter = filter
        self.end = end
        held = HeldMemory(graph.execution.memory)
    }

    /// Begins at a node, unless the walk is there already.
    func begin(at key: [UInt8], table: UInt8) throws(ReQLError) {
        let (number, isNew) = key.span.withBytes { nodes.number(of: $0, table: table) }
        guard isNew else { return }
        try held.add(byteCount: 128 + key.count)
        enter(number)
        starts.append(visits.count)
        visits.append(Visit(number: number, parent: -1, depth: 0, source: -1, document: nil))
    }

    private func enter(_ number: Int) {
        while isEntered.count <= number { isEntered.append(false) }
        isEntered[number] = true
    }

    /// The next visit; nil at the end. Where each node is met once, those of one depth come in the order of their keys.
    func next() throws(ReQLError) -> Int? {
        if !hasBegun {
            hasBegun = true
            starts = inOrder(starts)
            if !isDepthFirst { ready = starts[...] }
        }
        return isDepthFirst ? try nextDown() : try nextLevel()
    }

    private func inOrder(_ visits: [Int]) -> [Int] {
        visits.sorted {
            self.visits[$0].number != self.visits[$1].number && nodes.isOrdered(self.visits[$0].number, self.visits[$1].number)
        }
    }

    // MARK: Breadth first

    private func nextLevel() throws(ReQLError) -> Int? {
        while true {
            if let visit = ready.popFirst() { return visit }
            guard position < visits.count else { return nil }
            // Of several paths to a node the least by its keys is taken, for they are gone on from in that order.
            var found: [Int] = []
            let depth = visits[position].depth
            repeat {
                let step = HeldMemory(graph.execution.memory)
                for next in try steps(from: position, step) {
                    if let visit = try take(next, from: position) { found.append(visit) }
                }
                position += 1
            } while unique == .node && position < visits.count && visits[position].depth == depth
            ready = (unique == .node ? inOrder(found) : found)[...]
        }
    }

    // MARK: Depth first

    private func nextDown() throws(ReQLError) -> Int? {
        while true {
            guard let top = stack.last else {
                guard position < starts.count else { return nil }
                position += 1
                try push(starts[position - 1])
                return starts[position - 1]
            }
            guard top.next < top.steps.count else {
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            if let visit = try take(top.steps[top.next], from: top.visit) {
                try push(visit)
                return visit
            }
        }
    }

    private func push(_ visit: Int) throws(ReQLError) {
        let held = HeldMemory(graph.execution.memory)
        stack.append((visit, try steps(from: visit, held), 0, held))
    }

    // MARK: Steps

    private func steps(from visit: Int, _ held: HeldMemory) throws(ReQLError) -> [WalkStep] {
        let from = visits[visit]
        guard !from.isEnd, from.depth < maximumDepth else { return [] }
        return try graph.steps(from: nodes.key(of: from.number), table: nodes.table(of: from.number), held)
    }

    /// Takes a step, if that is allowed.
    private func take(_ step: WalkStep, from parent: Int) throws(ReQLError) -> Int? {
        try graph.execution.check()
        let number = step.target.span.withBytes { nodes.number(of: $0, table: step.table) }.number
        switch unique {
        case .node: if number < isEntered.count, isEntered[number] { return nil }
        case .path:
            var visit = parent
            while visit >= 0 {
                if visits[visit].number == number { return nil }
                visit = visits[visit].parent
            }
        case .none: break
        }
        guard try graph.mayEnter(number, nodes) else { return nil }
        let depth = visits[parent].depth + 1
        var isEnd = false
        if filter != nil || end != nil {
            let node = try graph.document(number, nodes)
            let source = graph.sources[step.source]
            let edge = { [self] () throws(ReQLError) in
                try graph.edgeValue(
                    source, from: try graph.node(visits[parent].number, nodes), to: try graph.node(number, nodes), document: step.document)
            }
            if let filter, !(try filter.holds(graph.execution, node: node, edge: try edge(), depth: depth)) { return nil }
            if let end { isEnd = try end.holds(graph.execution, node: node, edge: try edge(), depth: depth) }
        }
        try held.add(byteCount: 128 + step.target.count + (step.document?.count ?? 0))
        enter(number)
        visits.append(Visit(number: number, parent: parent, depth: depth, source: step.source, document: step.document, isEnd: isEnd))
        return visits.count - 1
    }

    // MARK: Answers

    /// The edge that led to a visit; null where the walk began.
    func edge(of visit: Int) throws(ReQLError) -> Datum {
        let here = visits[visit]
        guard here.parent >= 0 else { return .null }
        return try graph.edge(
            graph.sources[here.source], from: try graph.node(visits[here.parent].number, nodes), to: try graph.node(here.number, nodes),
            document: here.document)
    }

    /// `{length, nodes, edges}`.
    func path(of visit: Int) throws(ReQLError) -> [(String, Datum)] {
        var path: [Int] = []
        var visit = visit
        while visit >= 0 {
            path.append(visit)
            visit = visits[visit].parent
        }
        path.reverse()
        var places: [Datum] = []
        var edges: [Datum] = []
        for visit in path {
            places.append(try graph.node(visits[visit].number, nodes))
            if visits[visit].parent >= 0 { edges.append(try edge(of: visit)) }
        }
        return [
            ("length", Datum(edges.count)), ("nodes", try graph.execution.array(places, at: graph.site)),
            ("edges", try graph.execution.array(edges, at: graph.site)),
        ]
    }
}
