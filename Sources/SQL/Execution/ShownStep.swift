/// A step as EXPLAIN shows it, with what chooses and makes its rows.
struct ShownStep {
    let plan: Plan
    /// The last that belongs to it, whose rows are the step's.
    let last: Plan
    /// What its rows are chosen by beside what the plan itself tells, the first first.
    private(set) var conditions: [Scalar] = []
    /// The queries in what it computes and compares.
    private(set) var subplans: [Subplan] = []

    init(_ node: Plan) {
        var plan = node
        var last: Plan?
        var expressions: [Scalar] = []
        while !plan.isShown {
            if plan.isOfStepBelow { last = last ?? plan }
            if let filter = plan as? FilterPlan { conditions.insert(filter.condition, at: 0) }
            expressions += plan.expressions
            plan = plan.children[0]
        }
        expressions += plan.expressions
        self.plan = plan
        self.last = last ?? plan
        for expression in expressions {
            expression.visit { node in
                guard let query = node as? SubqueryScalar, !subplans.contains(where: { $0 === query.plan }) else { return }
                subplans.append(query.plan)
            }
        }
    }

    func details(_ text: ScalarText) -> [String] {
        var details = plan.details(text)
        guard !conditions.isEmpty else { return details }
        // What hangs on no row is looked at before there is one.
        let name = plan is OneRowPlan ? "One-Time Filter: " : "Filter: "
        var parts = conditions.map { text.of($0) }
        if let place = details.firstIndex(where: { $0.hasPrefix(name) }) {
            parts.insert(String(details.remove(at: place).dropFirst(name.utf8.count)), at: 0)
        }
        return details + [name + (parts.count > 1 ? "(\(parts.joined(separator: " AND ")))" : parts[0])]
    }
}
