import Ground

/// The nodes of a walk breadth first once they no longer fit into memory: in a temporary file, in order.
///
/// Each level is made of runs: what the front's edges lead to, a part of it after the other, each sorted, then merged with each other and
/// with the nodes that were met before. Nodes are bytes here: a table's number, then a key.
final class SpilledLevels {
    private let graph: Graph
    private let order: SortOrder
    /// All nodes that were met.
    private var met: SortedRuns
    private var front: SortedRuns
    private var nextFront: SortedRuns
    /// The level that is handed out.
    private var level: SortedRuns.Merge?

    /// So many nodes are handed out, or written, at once.
    private static let batch = 1024
    /// The edges of so many nodes of the front are followed at once: what they lead to is held meanwhile.
    private static let followed = 32

    /// - Parameters:
    ///   - met: the nodes of the levels so far, in order.
    ///   - front: those to go on from, in order.
    init(_ graph: Graph, _ nodes: borrowing NodeNumbers, met: [UInt32], front: [UInt32]) throws(ReQLError) {
        self.graph = graph
        order = SortOrder(keys: [SortKey(function: ConstantFunction(.null, site: graph.site), isDescending: false)])
        self.met = try SortedRuns(order, graph.execution)
        self.front = try SortedRuns(order, graph.execution)
        nextFront = try SortedRuns(order, graph.execution)
        try Self.write(met, nodes, to: self.met)
        try Self.write(front, nodes, to: self.front)
    }

    private static func write(_ numbers: [UInt32], _ nodes: borrowing NodeNumbers, to runs: SortedRuns) throws(ReQLError) {
        for start in stride(from: 0, to: numbers.count, by: Self.batch) {
            try runs.append(numbers[start..<min(start + Self.batch, numbers.count)].map { entry(Int($0), nodes) })
        }
    }

    private static func entry(_ number: Int, _ nodes: borrowing NodeNumbers) -> SortEntry {
        SortEntry(row: .null, first: .binary([nodes.table(of: number)] + nodes.key(of: number)), others: [])
    }

    /// Numbers a node that was written.
    private static func number(_ entry: SortEntry, _ nodes: inout NodeNumbers) -> UInt32 {
        let bytes = entry.first?.binary ?? []
        guard let table = bytes.first else { return 0 }
        return UInt32(truncatingIfNeeded: bytes.span.withBytes { nodes.number(of: $0.dropFirst(1), table: table) }.number)
    }

    // MARK: Levels

    /// Goes one edge further.
    func advance() throws(ReQLError) {
        let candidates = try follow()
        met = try met.mergedUntilFew()
        let found = try SortedRuns(order, graph.execution)
        let old = try met.merge()
        let new = try candidates.mergedUntilFew().merge()
        var chunk: [SortEntry] = []
        var known = try old.next()
        var last: Datum?
        while let entry = try new.next() {
            try graph.execution.check()
            guard let node = entry.first, node != last else { continue }
            last = node
            while let before = known?.first, before < node { known = try old.next() }
            if known?.first == node { continue }
            chunk.append(entry)
            guard chunk.count == Self.batch else { continue }
            try found.append(chunk)
            chunk.removeAll(keepingCapacity: true)
        }
        try found.append(chunk)
        let merged = try found.mergedUntilFew()
        let again = try merged.merge()
        chunk.removeAll(keepingCapacity: true)
        while let entry = try again.next() {
            chunk.append(entry)
            guard chunk.count == Self.batch else { continue }
            try met.append(chunk)
            chunk.removeAll(keepingCapacity: true)
        }
        try met.append(chunk)
        level = try merged.merge()
        nextFront = try SortedRuns(order, graph.execution)
    }

    /// What the edges of the front lead to, with repetitions.
    private func follow() throws(ReQLError) -> SortedRuns {
        let candidates = try SortedRuns(order, graph.execution)
        let stream = try front.mergedUntilFew().merge()
        let budget = graph.execution.memory.limit / 8
        let held = HeldMemory(graph.execution.memory)
        var nodes = NodeNumbers()
        var found: [UInt32] = []
        var heldByteCount = 0
        var isOver = false
        func putAside() throws(ReQLError) {
            nodes.sort(&found)
            try Self.write(found, nodes, to: candidates)
            nodes = NodeNumbers()
            found = []
            held.removeAll()
            heldByteCount = 0
        }
        while !isOver {
            var part: [(table: UInt8, key: [UInt8])] = []
            while part.count < Self.followed {
                guard let entry = try stream.next() else {
                    isOver = true
                    break
                }
                let number = Int(Self.number(entry, &nodes))
                part.append((nodes.table(of: number), nodes.key(of: number)))
            }
            for source in graph.sources {
                let own = part.filter { $0.table == source.from }
                if own.isEmpty { continue }
                let numbers = own.map { node in
                    UInt32(truncatingIfNeeded: node.key.span.withBytes { nodes.number(of: $0, table: node.table) }.number)
                }
                do throws(ReQLError) {
                    try source.expand(numbers, into: &nodes, found: &found, graph.execution) { nodes throws(ReQLError) in
                        let byteCount = nodes.byteCount
                        guard byteCount > heldByteCount else { return }
                        try held.add(byteCount: byteCount - heldByteCount)
                        heldByteCount = byteCount
                    }
                } catch {
                    guard error.kind == .resourceLimit else { throw error }
                    // They have more edges than there is room for, which are followed again, one after the other.
                    try putAside()
                    for node in own {
                        try source.forEachEdge(of: node.key, graph.execution) { target, _ throws(ReQLError) in
                            let (number, isNew) = target.span.withBytes { nodes.number(of: $0, table: source.to) }
                            if isNew { found.append(UInt32(truncatingIfNeeded: number)) }
                            if nodes.byteCount > budget { try putAside() }
                        }
                    }
                }
            }
            if isOver || nodes.byteCount > budget { try putAside() }
        }
        return candidates
    }

    /// The next nodes of the level, in order, in numbers of their own; none at its end.
    func next(_ nodes: inout NodeNumbers) throws(ReQLError) -> [UInt32] {
        nodes = NodeNumbers()
        var numbers: [UInt32] = []
        while numbers.count < Self.batch, let entry = try level?.next() { numbers.append(Self.number(entry, &nodes)) }
        if numbers.isEmpty {
            front = nextFront
            level = nil
        }
        return numbers
    }

    /// Says from which of these nodes the walk goes on.
    func goOn(from numbers: [UInt32], _ nodes: borrowing NodeNumbers) throws(ReQLError) {
        try Self.write(numbers, nodes, to: nextFront)
    }
}
