import Ground

/// The nodes that a walk by levels meets, one after the other.
package final class LevelNodes {
    /// A node as floors above are told of it.
    package struct Node {
        /// The table that has its document; nil: the key is a node by itself.
        package let table: String?
        package let key: Datum
        package let depth: Int
        package let document: Datum?
    }

    let walk: LevelWalk
    private let minimumDepth: Int
    private var level: [UInt32]
    private var position = 0
    private var isOver = false

    init(_ start: WalkStart, _ options: TraversalOptions, _ graph: Graph) throws(ReQLError) {
        let walk = LevelWalk(
            graph, maximumDepth: options.depth ?? TraversalOptions.maximumDepth, filter: options.filter, end: options.end, maySpill: true)
        try start.forEachKey(in: graph) { key, table throws(ReQLError) in try walk.begin(at: key, table: table) }
        minimumDepth = options.minimumDepth
        level = minimumDepth == 0 ? walk.starts : []
        self.walk = walk
    }

    /// The number of the next node; nil at the end.
    func next() throws(ReQLError) -> Int? {
        while true {
            try walk.graph.execution.check()
            if position < level.count {
                position += 1
                return Int(level[position - 1])
            }
            if isOver { return nil }
            level = try walk.next()
            position = walk.depth < minimumDepth ? level.count : 0
            isOver = level.isEmpty
        }
    }

    /// How many nodes are left.
    func count() throws(ReQLError) -> Int {
        var count = level.count - position
        while !isOver {
            try walk.graph.execution.check()
            if let last = try walk.countLast() {
                level = []
                isOver = true
                if walk.depth >= minimumDepth { count += last }
                break
            }
            level = try walk.next(ordered: false)
            isOver = level.isEmpty
            if walk.depth >= minimumDepth { count += level.count }
        }
        position = level.count
        return count
    }

    /// The next node; nil at the end.
    package func next(withDocument: Bool) throws(ReQLError) -> Node? {
        guard let number = try next() else { return nil }
        let graph = walk.graph
        let table = graph.tables[Int(walk.nodes.table(of: number))]
        let document =
            if withDocument, let table {
                try walk.nodes.withKey(of: number) { key throws(ReQLError) in
                    try table.counting(table.snapshot.document(ofNode: key, in: table.config))
                }
            } else {
                Datum?.none
            }
        return Node(table: table?.config.name, key: try graph.key(of: number, walk.nodes), depth: walk.depth, document: document)
    }
}
