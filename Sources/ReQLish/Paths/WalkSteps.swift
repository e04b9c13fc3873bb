import Ground

/// A step of a walk: an edge, and the node that it leads to.
struct WalkStep {
    let source: Int
    let target: [UInt8]
    let table: UInt8
    /// The key of the edge's document.
    let document: [UInt8]?

    /// Steps of one node are in the order of what they lead to; parallel ones in that of relations, then of edges.
    static func areInOrder(_ left: WalkStep, _ right: WalkStep) -> Bool {
        if left.table != right.table { return left.table < right.table }
        if left.target != right.target { return left.target.lexicographicallyPrecedes(right.target) }
        if left.source != right.source { return left.source < right.source }
        return (left.document ?? []).lexicographicallyPrecedes(right.document ?? [])
    }

    var heldByteCount: Int { 96 + target.count + (document?.count ?? 0) }
}

extension Graph {
    /// The steps from a node, in their order. They are kept until the walk has taken them.
    func steps(from key: [UInt8], table: UInt8, _ held: HeldMemory) throws(ReQLError) -> [WalkStep] {
        var steps: [WalkStep] = []
        for (position, source) in sources.enumerated() where source.from == table {
            try source.forEachEdge(of: key, execution) { target, document throws(ReQLError) in
                let step = WalkStep(source: position, target: target, table: source.to, document: document)
                try held.add(byteCount: step.heldByteCount)
                steps.append(step)
            }
        }
        steps.sort(by: WalkStep.areInOrder)
        return steps
    }
}

/// A condition of a walk: a function of a node, an edge and a depth, of which it takes as many as it has parameters.
struct WalkTest {
    private let function: Function

    init(_ function: Function) {
        self.function = function
    }

    /// Whether it asks for nothing but the node.
    var isOfNodes: Bool { (function.arity ?? 1) <= 1 }

    func holds(_ execution: Execution, node: Datum, edge: @autoclosure () throws(ReQLError) -> Datum, depth: Int) throws(ReQLError) -> Bool
    {
        var arguments: [Value] = [.datum(node)]
        let arity = function.arity ?? 1
        if arity > 1 { arguments.append(.datum(try edge())) }
        if arity > 2 { arguments.append(.datum(Datum(depth))) }
        do {
            return try function.call(execution, arguments).datum(execution, at: function.site).isTruthy
        } catch  where error.kind == .nonExistence {
            return false
        }
    }
}
