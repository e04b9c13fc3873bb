import Ground

/// A walk breadth first that meets each node once, level by level. It keeps the keys of nodes and nothing else: in memory, and if that has
/// no room for them, in a temporary file.
final class LevelWalk {
    let graph: Graph
    /// The numbers of the nodes that were handed out last, and while all are in memory of all others.
    private(set) var nodes = NodeNumbers()
    /// How many edges the nodes that were handed out last are away from where the walk began.
    private(set) var depth = 0
    private let maximumDepth: Int
    /// The nodes from which the walk goes on.
    private var front: [UInt32] = []
    private var isFrontOrdered = false
    private let filter: WalkTest?
    private let end: WalkTest?
    private let held: HeldMemory
    private var heldByteCount = 0
    private var spilled: SpilledLevels?
    private let maySpill: Bool

    /// - Parameters:
    ///   - filter: nodes are entered for which it holds.
    ///   - end: from nodes for which it holds the walk doesn't go on.
    ///   - maySpill: whether nodes may get other numbers from one ``next()`` to another.
    init(_ graph: Graph, maximumDepth: Int, filter: WalkTest? = nil, end: WalkTest? = nil, maySpill: Bool = false) {
        self.graph = graph
        self.maximumDepth = maximumDepth
        self.filter = filter
        self.end = end
        self.maySpill = maySpill && graph.execution.spilling != nil
        held = HeldMemory(graph.execution.memory)
    }

    /// Begins at a node, unless the walk is there already.
    func begin(at key: [UInt8], table: UInt8) throws(ReQLError) {
        let (number, isNew) = key.span.withBytes { nodes.number(of: $0, table: table) }
        guard isNew else { return }
        front.append(UInt32(truncatingIfNeeded: number))
        isFrontOrdered = false
        try hold(nodes)
    }

    /// The nodes where it begins, in order.
    var starts: [UInt32] {
        orderFront()
        return front
    }

    private func orderFront() {
        if !isFrontOrdered { nodes.sort(&front) }
        isFrontOrdered = true
    }

    /// The next nodes of a level; none: the walk is over.
    /// - Parameter ordered: whether they are to be in order.
    func next(ordered: Bool = true) throws(ReQLError) -> [UInt32] {
        if spilled == nil, depth < maximumDepth {
            let first = nodes.count
            do throws(ReQLError) {
                return try nextInMemory(ordered: ordered)
            } catch {
                guard maySpill, error.kind == .resourceLimit else { throw error }
                try spill(first)
            }
        }
        return try nextSpilled()
    }

    /// How many nodes the last level has; nil if the next one is not the last, or its nodes have to be looked at. No level follows then.
    func countLast() throws(ReQLError) -> Int? {
        guard spilled == nil, depth + 1 == maximumDepth, isOpen, filter == nil, graph.tables.count == 1 else { return nil }
        let first = nodes.count
        orderFront()
        do throws(ReQLError) {
            var count = 0
            for source in graph.sources {
                count += try source.count(front, in: &nodes, graph.execution) { nodes throws(ReQLError) in try hold(nodes) }
            }
            depth += 1
            return count
        } catch {
            guard maySpill, error.kind == .resourceLimit else { throw error }
            try spill(first)
            return nil
        }
    }

    private func nextInMemory(ordered: Bool) throws(ReQLError) -> [UInt32] {
        orderFront()
        var found: [UInt32] = []
        for source in graph.sources {
            let part = graph.tables.count == 1 ? front : front.filter { nodes.table(of: Int($0)) == source.from }
            if part.isEmpty { continue }
            try source.expand(part, into: &nodes, found: &found, graph.execution) { nodes throws(ReQLError) in try hold(nodes) }
        }
        if ordered { nodes.sort(&found) }
        depth += 1
        (found, front) = try entered(found)
        isFrontOrdered = ordered
        return found
    }

    // MARK: Beyond the memory

    /// Puts aside the nodes that were met before the level that didn't fit.
    private func spill(_ count: Int) throws(ReQLError) {
        var met = (0..<count).map { UInt32(truncatingIfNeeded: $0) }
        nodes.sort(&met)
        orderFront()
        // The rest of the level is found again.
        spilled = try SpilledLevels(graph, nodes, met: met, front: front)
        nodes = NodeNumbers()
        front = []
        held.removeAll()
        heldByteCount = 0
        try spilled?.advance()
        depth += 1
    }

    private func nextSpilled() throws(ReQLError) -> [UInt32] {
        guard let spilled else { return [] }
        var isNewLevel = false
        while true {
            let numbers = try spilled.next(&nodes)
            if numbers.isEmpty {
                // A level without nodes is the end.
                guard !isNewLevel, depth < maximumDepth else { return [] }
                try spilled.advance()
                depth += 1
                isNewLevel = true
                continue
            }
            isNewLevel = false
            let (found, front) = try entered(numbers)
            try spilled.goOn(from: front, nodes)
            if !found.isEmpty { return found }
        }
    }

    // MARK: Nodes

    /// Whether any key is a node.
    private var isOpen: Bool { graph.missing == .keep || graph.tables.allSatisfy { $0 == nil } }

    /// Those of some nodes that may be entered, and those of them to go on from.
    private func entered(_ found: [UInt32]) throws(ReQLError) -> (found: [UInt32], front: [UInt32]) {
        if isOpen, filter == nil, end == nil { return (found, found) }
        let isOpen = isOpen
        var front: [UInt32] = []
        var entered: [UInt32] = []
        for number in found {
            try graph.execution.check()
            if !isOpen, !(try graph.mayEnter(Int(number), nodes)) { continue }
            if filter != nil || end != nil {
                let node = try graph.document(Int(number), nodes)
                if let filter, !(try filter.holds(graph.execution, node: node, edge: .null, depth: depth)) { continue }
                entered.append(number)
                if let end, try end.holds(graph.execution, node: node, edge: .null, depth: depth) { continue }
            } else {
                entered.append(number)
            }
            front.append(number)
        }
        return (entered, front)
    }

    private func hold(_ nodes: borrowing NodeNumbers) throws(ReQLError) {
        let byteCount = nodes.byteCount
        guard byteCount > heldByteCount else { return }
        try held.add(byteCount: byteCount - heldByteCount)
        heldByteCount = byteCount
    }
}
