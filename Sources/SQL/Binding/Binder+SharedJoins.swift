import Catalog

// A join that a query groups, and that a query in its HAVING reads again.
extension Binder {
    /// The condition on groups over them. What it compares them with is computed of the rows that are grouped, if it says the same of where
    /// those come from:
    ///
    ///     SELECT part, sum(price) FROM a JOIN b USING (id) GROUP BY part
    ///     HAVING sum(price) > (SELECT sum(price) / 100 FROM a JOIN b USING (id))
    func filtered(_ plan: Plan, _ having: Scalar, _ select: Select, _ entries: [RangeEntry]) throws(SQLError) -> Plan {
        guard having.hasSubquery, let groups = plan as? AggregatePlan, !(groups.children[0] is ScanPlan),
            Set(entries.map(\.name)).count == entries.count, entries.allSatisfy(Self.isPlain)
        else { return FilterPlan(plan, having) }
        let rows = SharedRowsPlan(groups.children[0])
        let condition = try having.replacing { node throws(SQLError) in
            try (node as? SubqueryScalar).flatMap { subquery throws(SQLError) in try self.reading(rows, subquery, select, entries) }
        }
        guard condition !== having else { return FilterPlan(plan, having) }
        let shared = AggregatePlan(
            rows, keys: groups.keys, sets: groups.sets, calls: groups.calls, setPosition: groups.setPosition, level: groups.level)
        return FilterPlan(shared, condition)
    }

    /// Whether it is a table all of whose rows are read, whenever they are.
    private static func isPlain(_ entry: RangeEntry) -> Bool {
        guard case .table = entry.source else { return false }
        return entry.name != nil && entry.sample == nil && entry.cells == nil && entry.scoreColumn == nil
    }

    /// The query over these rows, with their positions; nil if it reads others.
    private func reading(
        _ rows: SharedRowsPlan, _ subquery: SubqueryScalar, _ select: Select, _ entries: [RangeEntry]
    ) throws(SQLError) -> Scalar? {
        guard case .scalar = subquery.kind, subquery.operands.isEmpty, !subquery.plan.isVolatile, subquery.plan.outerSlots.isEmpty,
            let origin = subquery.plan.origin as? WrittenQuery, origin.readsSame(as: select),
            let project = subquery.plan.plan as? ProjectPlan, let groups = project.children[0] as? AggregatePlan, groups.keys.isEmpty,
            groups.sets == [[]], groups.setPosition == nil
        else { return nil }
        // What stands where in its rows, and where in those that are grouped.
        var places: [Int: ColumnScalar] = [:]
        var met: Set<ObjectIdentifier> = []
        for entry in Self.entries(of: groups.children[0]) where met.insert(ObjectIdentifier(entry)).inserted {
            guard Self.isPlain(entry), case .table(let table) = entry.source,
                let own = entries.first(where: { $0.name == entry.name }), case .table(let ownTable) = own.source,
                ownTable.config.id == table.config.id
            else { return nil }
            for (index, column) in entry.usedColumns { places[column.position] = own.usedColumns[index] }
        }
        guard met.count == entries.count else { return nil }
        var isKnown = true
        func moved(_ scalar: Scalar) throws(SQLError) -> Scalar {
            try scalar.replacing { node in
                guard let column = node as? ColumnScalar else { return nil }
                guard let own = places[column.position], own.type == column.type else {
                    isKnown = false
                    return nil
                }
                return own
            }
        }
        var calls: [AggregateCall] = []
        for call in groups.calls {
            var operands: [Scalar] = []
            for operand in call.operands { operands.append(try moved(operand)) }
            var keys: [SortKey] = []
            for key in call.orderBy {
                keys.append(SortKey(scalar: try moved(key.scalar), isDescending: key.isDescending, nullsFirst: key.nullsFirst))
            }
            let filter = try call.filter.map { filter throws(SQLError) in try moved(filter) }
            guard
                let made = AggregateCall(
                    call.function, operands, filter: filter, isDistinct: call.isDistinct, orderBy: keys, position: call.position,
                    type: call.type)
            else { return nil }
            calls.append(made)
        }
        guard isKnown else { return nil }
        let plan = ProjectPlan(
            AggregatePlan(rows, keys: [], sets: [[]], calls: calls, setPosition: nil, level: groups.level), project.scalars)
        let subplan = Subplan(
            plan, columns: subquery.plan.columns, ownSlots: [], outerSlots: [], isVolatile: subquery.plan.isVolatile)
        subplan.recordFields = subquery.plan.recordFields
        subplan.origin = subquery.plan.origin
        return SubqueryScalar(subquery.kind, subplan, subquery.type, [])
    }

    /// The tables that a plan reads.
    private static func entries(of plan: Plan) -> [RangeEntry] {
        ((plan as? ScanPlan).map { [$0.entry] } ?? []) + plan.children.flatMap { entries(of: $0) }
    }
}
