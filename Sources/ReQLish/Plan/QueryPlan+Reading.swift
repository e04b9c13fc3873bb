public import Catalog

// Plans that another process made.
extension QueryPlan {
    /// Reads what ``datum`` is. Nil if it isn't a plan.
    public init?(_ datum: Datum) {
        guard let milliseconds = datum[field: "milliseconds"]?.number, let documentsRead = datum[field: "documents_read"]?.integer,
            let heldByteCount = datum[field: "held_bytes"]?.integer, let isRolledBack = datum[field: "rolled_back"]?.bool,
            let list = datum[field: "steps"], list.kind == .array
        else { return nil }
        var steps: [PlanStep] = []
        for element in list.elements {
            // A step stands below one of those before it.
            guard let step = PlanStep(element), step.depth <= (steps.last?.depth ?? -1) + 1 else { return nil }
            steps.append(step)
        }
        self.init(
            steps: steps, duration: .microseconds(milliseconds * 1000), documentsRead: documentsRead, heldByteCount: heldByteCount,
            isRolledBack: isRolledBack)
    }
}

extension PlanStep {
    fileprivate init?(_ datum: Datum) {
        guard let name = datum[field: "name"]?.string, let text = datum[field: "text"]?.string,
            let depth = datum[field: "depth"]?.integer, depth >= 0
        else { return nil }
        self.init(name: name, text: text, isInFunction: datum[field: "in_function"]?.bool ?? false, depth: depth)
        notes = (datum[field: "notes"] ?? .emptyArray).elements.compactMap(\.string)
        let estimate = datum[field: "estimate"] ?? .null
        self.estimate = estimate[field: "exactly"]?.integer.map { .exactly($0) } ?? estimate[field: "at_most"]?.integer.map { .atMost($0) }
        rowCount = datum[field: "rows"]?.integer
        openCount = datum[field: "opened"]?.integer ?? 0
        duration = datum[field: "milliseconds"]?.number.map { .microseconds($0 * 1000) }
    }
}
