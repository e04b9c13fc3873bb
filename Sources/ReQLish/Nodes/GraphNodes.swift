import Ground

/// What the terms of graphs have in common: where a walk begins, and what their options say.
private struct GraphOptions {
    let call: Call
    let execution: Execution

    /// The nodes that the receiver stands for: rows of a table, or keys.
    func start(_ node: Node) throws(ReQLError) -> WalkStart {
        switch try node.receivedValue(execution) {
        case .rows(let rows):
            if rows.isFeed { throw node.site.error(.queryLogic, "A walk doesn't begin at a feed.") }
            try rows.finite(at: node.site)
            if rows.table?.system != nil { throw SystemDatabase.refusal("its rows are no nodes", at: node.site) }
            return .rows(rows)
        case .row(let row):
            if row.table.system != nil { throw SystemDatabase.refusal("its rows are no nodes", at: node.site) }
            return .row(row)
        case .datum(let datum):
            if datum.isNull || datum.kind == .object { throw node.site.mismatch(datum, expected: "rows of a table, or keys") }
            return .keys(datum.kind == .array ? Array(datum.elements) : [datum])
        case let value: throw value.mismatch(expected: "rows of a table, or keys", at: node.site)
        }
    }

    func graph(
        from start: WalkStart?, _ direction: Graph.Direction, missing: Graph.Missing = .skip
    ) throws(ReQLError) -> Graph {
        let relations = try RelationOption(call).relations(execution, start: start?.table)
        return try Graph(relations, direction, missing: missing, starts: start?.table.map { [$0] } ?? [], execution, at: call.site)
    }

    func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ usual: Choice, _ names: String
    ) throws(ReQLError) -> Choice {
        guard let node = call.ownOption(name) else { return usual }
        let text = try node.string(execution)
        guard let choice = Choice(rawValue: text) else {
            throw node.site.error(.queryLogic, "`\(TermType.camelCase(name))` is \(names), found \(Datum(text)).")
        }
        return choice
    }

    func direction(_ usual: Graph.Direction) throws(ReQLError) -> Graph.Direction {
        try choice("direction", usual, #""out", "in" or "both""#)
    }

    func missing() throws(ReQLError) -> Graph.Missing { try choice("missing", .skip, #""skip", "keep" or "error""#) }

    func count(_ name: String, from least: Int = 0, through most: Int = TraversalOptions.maximumDepth) throws(ReQLError) -> Int? {
        guard let node = call.ownOption(name) else { return nil }
        let count = try node.integer(execution)
        guard count >= least, count <= most else {
            throw node.site.error(.queryLogic, "`\(TermType.camelCase(name))` is from \(least) to \(most), found \(count).")
        }
        return count
    }

    func test(_ name: String) throws(ReQLError) -> WalkTest? {
        guard let node = call.ownOption(name) else { return nil }
        let function = try node.function(execution, .predicate)
        guard (function.arity ?? 1) <= 3 else {
            throw node.site.error(.queryLogic, "`\(name)` is a function of the node, the edge and the depth.")
        }
        return WalkTest(function)
    }
}

/// `traverse({over: …})` and `neighbors({over: …})`.
final class TraverseNode: TermNode {
    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let given = GraphOptions(call: call, execution: execution)
        let start = try given.start(receiver)
        var options = TraversalOptions()
        options.direction = try given.direction(call.type == .neighbors ? .both : .out)
        options.missing = try given.missing()
        options.depth = call.type == .neighbors ? 1 : try given.count("depth")
        options.minimumDepth = try given.count("min_depth") ?? 1
        options.filter = try given.test("where")
        options.end = try given.test("until")
        options.unique = try given.choice("unique", .node, #""node", "path" or "none""#)
        enum Order: String { case breadth, depth }
        options.isDepthFirst = try given.choice("order", Order.breadth, #""breadth" or "depth""#) == .depth
        options.limit = try given.count("limit", through: .max)
        options.form = try given.choice("as", .documents, #""documents", "keys", "paths" or "edges""#)
        options.depthField = try call.ownOption("depth_field").map { node throws(ReQLError) in try node.string(execution) }
        if options.unique == .none, options.depth == nil {
            throw site.error(
                .queryLogic, "A walk that meets nodes again and again (`unique: \"none\"`) needs a `depth`, or it might never end.")
        }
        let graph = try given.graph(from: start, options.direction, missing: options.missing)
        return .rows(TraversedRows(start, options, graph))
    }
}

/// `r.shortestPath(from, to, {over: …})`.
final class ShortestPathNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let given = GraphOptions(call: call, execution: execution)
        let starts = (try given.start(call[0]), try given.start(call[1]))
        let direction = try given.direction(.out)
        let missing = try given.missing()
        let depth = try given.count("depth")
        let filter = try given.test("where")
        let relations = try RelationOption(call).relations(execution, start: starts.0.table ?? starts.1.table)
        let tables = [starts.0.table, starts.1.table].compactMap { $0 }
        let graph = try Graph(relations, direction, missing: missing, starts: tables, execution, at: site)
        guard let from = try node(starts.0, graph, isEnd: false), let to = try node(starts.1, graph, isEnd: true) else { return .null }
        if let weight = call.ownOption("weight") {
            if depth != nil { throw site.error(.queryLogic, "A path of least cost has no `depth`.") }
            let field = try weight.datum(execution)
            guard field.string != nil || field == .true else {
                throw weight.site.error(
                    .queryLogic, "`weight` is the name of a field of the edges, or true for what the relation declares.")
            }
            let search = CheapestPath(graph, filter: filter) { field.string ?? $0.relation.weight }
            return try search.find(from: from, to: to)
        }
        if let filter { return try find(from: from, to: to, graph, filter, depth) }
        let opposite: Graph.Direction =
            switch direction {
            case .out: .in
            case .in: .out
            case .both: .both
            }
        let backward = try Graph(relations, opposite, missing: missing, starts: tables, execution, at: site)
        return try ShortestPath.find(
            from: from, to: to, graph, backward: backward, maximumDepth: depth ?? TraversalOptions.maximumDepth)
    }

    /// The one node that an argument stands for; nil if it isn't there.
    private func node(_ start: WalkStart, _ graph: Graph, isEnd: Bool) throws(ReQLError) -> ([UInt8], UInt8)? {
        var found: [([UInt8], UInt8)] = []
        if case .keys(let keys) = start, isEnd {
            // A bare key is of a table that edges lead to.
            guard let key = keys.first, keys.count == 1, let bytes = NodeKey.encode(key) else {
                throw site.error(.queryLogic, "`shortestPath` leads from one node to one other.")
            }
            let table = graph.sources.first?.to ?? 0
            if graph.missing != .keep, let reference = graph.tables[Int(table)] {
                let isThere = try bytes.span.withBytes { key throws(ReQLError) in
                    try site.reading(reference.snapshot.hasDocument(ofNode: key, in: reference.config))
                }
                guard isThere else { return nil }
            }
            return (bytes, table)
        }
        try start.forEachKey(in: graph) { key, table throws(ReQLError) in
            found.append((key, table))
            guard found.count == 1 else { throw site.error(.queryLogic, "`shortestPath` leads from one node to one other.") }
        }
        return found.first
    }

    /// With a condition, which may ask for the depth, the walk goes from the start only.
    private func find(
        from: ([UInt8], UInt8), to: ([UInt8], UInt8), _ graph: Graph, _ filter: WalkTest, _ depth: Int?
    ) throws(ReQLError) -> Datum {
        let walk = PathWalk(graph, maximumDepth: depth ?? TraversalOptions.maximumDepth, filter: filter)
        try walk.begin(at: from.0, table: from.1)
        while let visit = try walk.next() {
            let number = walk.visits[visit].number
            guard walk.nodes.table(of: number) == to.1, walk.nodes.key(of: number) == to.0 else { continue }
            return try site.object(try walk.path(of: visit) + [("cost", Datum(walk.visits[visit].depth))])
        }
        return .null
    }
}

/// `degree({over: …})`: of one node, by the ranks of indexes.
final class DegreeNode: DatumNode {
    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let given = GraphOptions(call: call, execution: execution)
        let start = try given.start(receiver)
        let graph = try given.graph(from: start, try given.direction(.both), missing: .keep)
        var count = 0
        try start.forEachKey(in: graph) { key, table throws(ReQLError) in
            for source in graph.sources where source.from == table { count += try source.count(of: key, execution) }
        }
        return Datum(count)
    }
}

/// `subgraph({over: …})`: the nodes that a walk meets, and all edges among them.
final class SubgraphNode: DatumNode {
    private static let usualLimit = 500

    override func datum(_ execution: Execution) throws(ReQLError) -> Datum {
        let given = GraphOptions(call: call, execution: execution)
        let start = try given.start(receiver)
        let missing = try given.missing()
        let direction = try given.direction(.both)
        let graph = try given.graph(from: start, direction, missing: missing)
        // In both directions each edge is met twice.
        let edgeSources = direction == .both ? graph.sources.filter(\.isForward) : graph.sources
        let depth = try given.count("depth") ?? 1
        let limit = try given.count("limit", from: 1, through: 100_000) ?? Self.usualLimit
        let label = try call.ownOption("label").map { node throws(ReQLError) in try node.string(execution) }
        let hasDocuments = try call.ownOption("documents").map { node throws(ReQLError) in try node.bool(execution) } ?? false

        let walk = LevelWalk(graph, maximumDepth: depth)
        try start.forEachKey(in: graph) { key, table throws(ReQLError) in try walk.begin(at: key, table: table) }
        var chosen = walk.starts
        while chosen.count <= limit {
            let level = try walk.next()
            if level.isEmpty { break }
            chosen += level
        }
        let isTruncated = chosen.count > limit
        if isTruncated { chosen.removeLast(chosen.count - limit) }
        let isChosen = Set(chosen)

        var nodes: [Datum] = []
        var edges: [Datum] = []
        for number in chosen {
            let number = Int(number)
            let key = walk.nodes.key(of: number)
            let table = walk.nodes.table(of: number)
            var degree = 0
            for source in graph.sources where source.from == table { degree += try source.count(of: key, execution) }
            nodes.append(try self.node(number, walk.nodes, graph, degree: degree, label: label, hasDocuments))
            for source in edgeSources where source.from == table {
                try source.forEachEdge(of: key, execution) { target, document throws(ReQLError) in
                    guard let end = target.span.withBytes({ walk.nodes.find($0, table: source.to) }),
                        isChosen.contains(UInt32(truncatingIfNeeded: end))
                    else { return }
                    edges.append(
                        try graph.edge(
                            source, from: try graph.node(number, walk.nodes), to: try graph.node(end, walk.nodes), document: document))
                    try execution.checkArray(edges.count, at: site)
                }
            }
        }
        return try site.object([
            ("nodes", try execution.array(nodes, at: site)), ("edges", try execution.array(edges, at: site)),
            ("truncated", Datum(isTruncated)),
        ])
    }

    private func node(
        _ number: Int, _ nodes: borrowing NodeNumbers, _ graph: Graph, degree: Int, label: String?, _ hasDocument: Bool
    ) throws(ReQLError) -> Datum {
        let key = try graph.key(of: number, nodes)
        let document = try graph.document(number, nodes)
        let names = label.map { [$0] } ?? ["name", "title", "label"]
        let text = document.isPlainObject ? names.lazy.compactMap { document[field: $0] }.first { !$0.isNull } : nil
        var fields = [
            ("table", graph.tableName(of: number, nodes)), ("id", key), ("label", text ?? key), ("degree", Datum(degree)),
        ]
        if hasDocument, document.isPlainObject { fields.append(("document", document)) }
        return try site.object(fields)
    }
}

/// `r.components({over: …})` and `r.pageRank({over: …})`.
final class WholeGraphNode: TermNode {
    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let given = GraphOptions(call: call, execution: execution)
        let graph = try given.graph(from: nil, .out)
        guard call.type == .pageRank else { return .rows(WholeGraphRows(graph, .component)) }
        let rounds = try given.count("rounds", through: 10_000) ?? 20
        var damping = 0.85
        if let node = call.ownOption("damping") {
            damping = try node.number(execution)
            guard damping >= 0, damping <= 1 else {
                throw node.site.error(.queryLogic, "`damping` is from 0 to 1, found \(Datum(damping)).")
            }
        }
        return .rows(WholeGraphRows(graph, .rank(rounds: rounds, damping: damping)))
    }
}
