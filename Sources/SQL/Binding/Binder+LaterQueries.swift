/// What a SELECT makes of rows by GROUP BY.
struct Groups {
    let keys: [AggregatePlan.Key]
    /// Which keys each grouping set has.
    let sets: [[Int]]
    let setPosition: Int?
    /// Functions that give several rows, which keys ask for.
    let functionSets: [SetCall]
    let calls: [AggregateCall]
    /// Whether there is one group, of which nothing is asked.
    let isOfNothing: Bool
    /// Over the rows of groups.
    var having: Scalar?

    /// The condition over the rows that groups are made of, if it is about keys alone: it is the same for all rows of a group.
    func overRows(_ condition: Scalar) throws(SQLError) -> Scalar? {
        let positions = condition.positions
        guard !positions.isEmpty, !condition.isVolatile, !condition.hasSubquery else { return nil }
        var meanings: [Int: Scalar] = [:]
        for (index, key) in keys.enumerated() where positions.contains(key.position) {
            guard !key.scalar.isVolatile, !key.scalar.hasSubquery, sets.allSatisfy({ $0.contains(index) }),
                functionSets.allSatisfy({ !key.scalar.positions.contains($0.position) })
            else { return nil }
            meanings[key.position] = key.scalar
        }
        guard meanings.count == positions.count else { return nil }
        let made = try condition.replacing { node in (node as? ColumnScalar).flatMap { meanings[$0.position] } }
        return made.isFewNodes ? made : nil
    }

    /// Takes what HAVING says of keys alone, as conditions on the rows that groups are made of.
    mutating func takeConditionsOfRows() throws(SQLError) -> [Scalar] {
        // What a subquery reads may be the rows of the groups, all of them.
        guard let condition = having, !condition.hasSubquery else { return [] }
        var taken: [Scalar] = []
        var left: [Scalar] = []
        for condition in AndScalar.conditions(of: condition) {
            if let condition = try overRows(condition) { taken.append(condition) } else { left.append(condition) }
        }
        having = AndScalar.joining(left)
        return taken
    }
}

extension Scalar {
    /// Conditions on queries over queries over queries, in each of which an expression stands more than once, would grow without end.
    fileprivate var isFewNodes: Bool { nodeCount([:], most: FlatQuery.mostNodes) <= FlatQuery.mostNodes }
}

// Queries in FROM that are planned when it is known what is asked of their rows.
extension Binder {
    /// A SELECT all of whose parts are bound, to be planned later; nil if nothing could be asked of the rows that it reads.
    ///
    /// - Parameters:
    ///   - outputs: over the rows of groups, if there are any. Those behind the values are of ORDER BY alone.
    ///   - order: which outputs the keys are.
    func later(
        _ from: [FromNode], _ filter: Scalar?, _ outputs: [Scalar], valueCount: Int, _ groups: Groups?, _ keys: [SortKey], _ order: [Int],
        _ scope: Scope, _ select: Select
    ) -> LaterQuery? {
        guard scope.mayBeLater, scope.boundary?.own.isEmpty != false, scope.sets.isEmpty, groups != nil || scope.groupingCalls.isEmpty,
            filter?.isVolatile != true, !outputs.contains(where: \.isVolatile), groups?.having?.hasSubquery != true, !from.isEmpty
        else { return nil }
        // Not the scope: the one around it knows this query.
        let (level, windows, entries) = (scope.level, scope.windows, scope.rangeEntries)
        /// What a condition on outputs says of the rows that are read; nil if it is of something else.
        func handedDown(_ asked: Scalar) throws(SQLError) -> Scalar? {
            guard !asked.hasSubquery, asked.isFewNodes else { return nil }
            if !windows.isEmpty {
                // All rows of a partition pass, or none of them.
                let positions = asked.positions
                let isOfPartitions = windows.allSatisfy { call in
                    positions.allSatisfy { position in
                        call.window.partitionBy.contains { ($0 as? ColumnScalar)?.position == position }
                    }
                }
                guard isOfPartitions else { return nil }
            }
            return if let groups { try groups.overRows(asked) } else { asked }
        }
        return LaterQuery { [self] conditions, makeSlot throws(SQLError) in
            var asked = filter.map { [$0] } ?? []
            // Those that are the same for all rows.
            var once: [Scalar] = []
            var left: [Scalar] = []
            for condition in conditions {
                let meant = try condition.replacing { node in (node as? ColumnScalar).map { outputs[$0.position] } }
                if meant.positions.isEmpty, !meant.hasSubquery {
                    once.append(meant)
                } else if let condition = try handedDown(meant) {
                    asked.append(condition)
                } else {
                    left.append(condition)
                }
            }
            var plan = try FromPlanner(level, definitions, makeSlot: makeSlot).plan(from, AndScalar.joining(asked))
            let scan = groups == nil && windows.isEmpty ? scan(of: plan) : nil
            if let groups { plan = try grouped(plan, groups, level, select, entries) }
            plan = ProjectPlan(windowed(plan, windows), outputs)
            if select.distinct == .rows {
                plan = DistinctPlan(plan, outputs.map(\.type))
                if !keys.isEmpty { plan = SortPlan(plan, keys) }
            } else if !keys.isEmpty {
                plan = sorted(plan, keys, order.map { outputs[$0] }, by: scan, isLimited: false)
            }
            if outputs.count > valueCount { plan = TrimPlan(plan, valueCount) }
            if let condition = AndScalar.joining(once) { plan = OneTimeFilterPlan(plan, condition) }
            return (plan, left)
        }
    }

    /// A combination of queries of which one at least is planned later; nil if all have their plans.
    ///
    /// - Parameters:
    ///   - conversions: what brings their columns to the combination's types.
    ///   - handsDown: whether what is asked of its rows may be asked of theirs.
    func later(
        _ queries: [BoundQuery], _ conversions: [[Scalar]?], handsDown: Bool, _ combine: @escaping ([Plan]) -> Plan
    ) -> LaterQuery? {
        guard queries.contains(where: { $0.later != nil }) else { return nil }
        return LaterQuery { conditions, makeSlot throws(SQLError) in
            var plans: [Plan] = []
            for (query, conversion) in zip(queries, conversions) {
                var asked: [Scalar] = []
                for condition in handsDown ? conditions : [] {
                    asked.append(
                        try conversion.map { scalars throws(SQLError) in
                            try condition.replacing { node in (node as? ColumnScalar).map { scalars[$0.position] } }
                        } ?? condition)
                }
                var (plan, left) = (query.plan, asked)
                if let later = query.later { (plan, left) = try later.plan(asking: asked, makeSlot: makeSlot) }
                if let condition = AndScalar.joining(left) { plan = FilterPlan(plan, condition) }
                if let conversion { plan = ProjectPlan(plan, conversion) }
                plans.append(plan)
            }
            return (combine(plans), handsDown ? [] : conditions)
        }
    }
}
