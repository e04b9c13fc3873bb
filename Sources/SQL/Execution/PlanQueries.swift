/// The queries in a plan: those in expressions, with their numbers, and the tables of WITH that it reads.
struct PlanQueries {
    private(set) var numbers: [ObjectIdentifier: Int] = [:]
    private(set) var commonTables: [(name: String, plan: Plan)] = []
    /// How many tables and queries stand in the FROM of one of them, at the most: of a single one, names of columns tell whose they are.
    private(set) var entryCount = 0

    init(_ plan: Plan) {
        var known: Set<ObjectIdentifier> = []
        var queries = [plan]
        var position = 0
        while position < queries.count {
            var count = 0
            var waiting = [queries[position]]
            position += 1
            while let next = waiting.popLast() {
                if next.isOfEntry { count += 1 }
                if let table = (next as? CommonTablePlan)?.table, let plan = table.plan, known.insert(ObjectIdentifier(table)).inserted {
                    commonTables.append((table.name, plan))
                    queries.append(plan)
                }
                for expression in next.expressions {
                    expression.visit { node in
                        guard let plan = (node as? SubqueryScalar)?.plan, known.insert(ObjectIdentifier(plan)).inserted else { return }
                        numbers[ObjectIdentifier(plan)] = numbers.count + 1
                        queries.append(plan.plan)
                    }
                }
                // The first is looked at first.
                waiting += next.children.reversed()
            }
            entryCount = max(entryCount, count)
        }
    }
}
