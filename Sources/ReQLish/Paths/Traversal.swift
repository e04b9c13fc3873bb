import Ground

/// Where a walk begins: at rows of a table, or at keys.
enum WalkStart {
    case rows(Rows)
    case row(RowSelection)
    case keys([Datum])

    /// The table whose documents the nodes are; nil if only the relations say.
    var table: TableReference? {
        switch self {
        case .rows(let rows): rows.table
        case .row(let row): row.table
        case .keys: nil
        }
    }

    /// Calls `body` with each key, once it is known that there is such a node.
    func forEachKey(in graph: Graph, _ body: (_ key: [UInt8], _ table: UInt8) throws(ReQLError) -> Void) throws(ReQLError) {
        let site = graph.site
        func begin(at key: Datum, _ table: UInt8) throws(ReQLError) {
            try graph.execution.check()
            guard let bytes = NodeKey.encode(key) else {
                // The error of a key that can be none.
                _ = try site.reading(PrimaryKey.encode(key))
                return
            }
            if let reference = graph.tables[Int(table)], graph.missing != .keep,
                try !bytes.span.withBytes({ key throws(ReQLError) in
                    try site.reading(reference.snapshot.hasDocument(ofNode: key, in: reference.config))
                })
            {
                return
            }
            try body(bytes, table)
        }
        switch self {
        case .keys(let keys):
            let table = graph.sources.first?.from ?? 0
            for key in keys { try begin(at: key, table) }
        case .row(let row): try begin(at: row.key, graph.number(of: row.table))
        case .rows(let rows):
            let stream = try rows.stream(graph.execution)
            if let table = rows.table {
                let number = graph.number(of: table)
                while let row = try stream.next().row { try begin(at: row[field: table.config.primaryKey] ?? .null, number) }
            } else {
                let table = graph.sources.first?.from ?? 0
                while let row = try stream.next().row { try begin(at: row, table) }
            }
        }
    }
}

/// What `traverse` is told by its options.
struct TraversalOptions {
    enum Form: String {
        case documents, keys, paths, edges
    }

    var direction = Graph.Direction.out
    var missing = Graph.Missing.skip
    var depth: Int?
    var minimumDepth = 1
    var filter: WalkTest?
    var end: WalkTest?
    var unique = PathWalk.Unique.node
    var isDepthFirst = false
    var limit: Int?
    var form = Form.documents
    var depthField: String?

    static let maximumDepth = 1_000_000

    /// Whether a walk need not know how it came to a node.
    var isByLevels: Bool {
        unique == .node && !isDepthFirst && (form == .documents || form == .keys) && filter?.isOfNodes != false && end?.isOfNodes != false
    }
}

/// The nodes, paths or edges that a walk meets, in the order in which it meets them.
final class TraversedRows: Rows {
    private let start: WalkStart
    private let options: TraversalOptions
    private let graph: Graph
    private let source: TableReference?

    init(_ start: WalkStart, _ options: TraversalOptions, _ graph: Graph) {
        self.start = start
        self.options = options
        self.graph = graph
        // Documents of one table, as they are, can be written.
        let isSelection = options.form == .documents && options.depthField == nil && options.missing != .keep && graph.tables.count == 1
        source = isSelection && options.unique == .node ? graph.tables[0] : nil
        super.init(source == nil ? .stream : .selection)
    }

    override var table: TableReference? { source }

    override func planNotes(_ execution: Execution) throws(ReQLError) -> [String] {
        [options.isDepthFirst ? "a walk, depth first" : "a walk, breadth first"] + graph.notes
    }

    /// Nodes are met whether or not they are made rows.
    override func knownCount(at site: Site) throws(ReQLError) -> Int? {
        guard options.isByLevels, options.limit == nil, options.depthField == nil else { return nil }
        return try nodes().count()
    }

    override var countNote: String { "nodes are counted, and no row is made of them" }

    override func countNotes() throws(ReQLError) -> [String] { try planNotes(graph.execution) }

    override func open(_ execution: Execution) throws(ReQLError) -> RowStream {
        let stream = options.isByLevels ? try levels() : try paths()
        return options.limit.map { LimitStream(stream, limit: $0) } ?? stream
    }

    private func levels() throws(ReQLError) -> RowStream {
        let nodes = try nodes()
        return PulledStream { [options, graph] () throws(ReQLError) in
            guard let number = try nodes.next() else { return .end }
            return .row(try Self.row(number, nodes.walk.nodes, nodes.walk.depth, options, graph))
        }
    }

    /// The nodes themselves, of a walk by levels.
    func nodes() throws(ReQLError) -> LevelNodes { try LevelNodes(start, options, graph) }

    private func paths() throws(ReQLError) -> RowStream {
        let walk = PathWalk(
            graph, unique: options.unique, isDepthFirst: options.isDepthFirst,
            maximumDepth: options.depth ?? TraversalOptions.maximumDepth, filter: options.filter, end: options.end)
        try start.forEachKey(in: graph) { key, table throws(ReQLError) in try walk.begin(at: key, table: table) }
        return PulledStream { [options, graph] () throws(ReQLError) in
            while let found = try walk.next() {
                let visit = walk.visits[found]
                if visit.depth < options.minimumDepth { continue }
                switch options.form {
                case .documents, .keys: return .row(try Self.row(visit.number, walk.nodes, visit.depth, options, graph))
                case .edges where visit.depth == 0: continue
                case .edges: return .row(try Self.noting(visit.depth, try walk.edge(of: found), options, graph))
                case .paths: return .row(try Self.noting(visit.depth, try graph.site.object(walk.path(of: found)), options, graph))
                }
            }
            return .end
        }
    }

    private static func row(
        _ number: Int, _ nodes: borrowing NodeNumbers, _ depth: Int, _ options: TraversalOptions, _ graph: Graph
    ) throws(ReQLError) -> Datum {
        let row = options.form == .keys ? try graph.node(number, nodes) : try graph.document(number, nodes)
        return try noting(depth, row, options, graph)
    }

    /// A row with its depth, if that is wanted.
    private static func noting(_ depth: Int, _ row: Datum, _ options: TraversalOptions, _ graph: Graph) throws(ReQLError) -> Datum {
        guard let field = options.depthField else { return row }
        if row.isPlainObject { return try graph.site.building(row.setting(field, to: Datum(depth))) }
        return try graph.site.object([("id", row), (field, Datum(depth))])
    }
}
