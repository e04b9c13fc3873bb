/// Finds the order and the way in which the tables of FROM are joined, and puts conditions where they are decided first.
struct FromPlanner {
    private let level: Level
    private let types: any TypeCatalog

    /// Gives slots that nothing else of the statement has.
    private let makeSlot: () -> Int

    init(_ level: Level, _ types: any TypeCatalog, makeSlot: @escaping () -> Int) {
        self.level = level
        self.types = types
        self.makeSlot = makeSlot
    }

    private struct Part {
        var plan: Plan
        var positions: Set<Int>
        /// What it needs of parts that come before it.
        var needs: Set<Int> = []
        var entry: RangeEntry?

        var documentCount: Int { entry?.documentEstimate ?? 0 }
    }

    func plan(_ nodes: [FromNode], _ filter: Scalar?) throws(SQLError) -> Plan {
        let conditions = filter.map(AndScalar.conditions) ?? []
        guard !nodes.isEmpty else {
            let plan = OneRowPlan(level)
            return AndScalar.joining(conditions).map { FilterPlan(plan, $0) } ?? plan
        }
        return try inner(nodes, conditions).plan
    }

    /// Joins parts that are all to match; conditions stand as low as they can.
    private func inner(_ nodes: [FromNode], _ conditions: [Scalar]) throws(SQLError) -> Part {
        var flat: [FromNode] = []
        var left = conditions
        func flatten(_ node: FromNode) {
            if case .join(.inner, let one, let two, let condition) = node {
                flatten(one)
                flatten(two)
                if let condition { left += AndScalar.conditions(of: condition) }
            } else {
                flat.append(node)
            }
        }
        nodes.forEach(flatten)
        var parts: [Part] = []
        for node in flat {
            let own = node.positions
            let pushed = left.filter { condition in
                let positions = condition.positions
                return !positions.isEmpty && positions.isSubset(of: own) && !condition.isVolatile
            }
            left.removeAll { condition in pushed.contains { $0 === condition } }
            parts.append(try part(node, pushed))
        }
        // Begin with the smallest of those that need nothing, then what is connected, then what is not.
        let free = parts.indices.filter { parts[$0].needs.isEmpty }
        let first = free.min { parts[$0].plan.estimate < parts[$1].plan.estimate } ?? 0
        var joined = parts.remove(at: first)
        applyFilters(&joined, &left, isLast: parts.isEmpty)
        while !parts.isEmpty {
            let ready = parts.indices.filter { parts[$0].needs.isSubset(of: joined.positions) }
            let connected = ready.filter { index in left.contains { isConnection($0, joined.positions, parts[index].positions) } }
            let candidates = connected.isEmpty ? (ready.isEmpty ? Array(parts.indices) : ready) : connected
            let index = candidates.min { parts[$0].plan.estimate < parts[$1].plan.estimate } ?? 0
            let next = parts.remove(at: index)
            let both = joined.positions.union(next.positions)
            let usable = left.filter { $0.positions.isSubset(of: both) && !$0.isVolatile }
            left.removeAll { condition in usable.contains { $0 === condition } }
            joined = join(.inner, joined, next, usable)
            applyFilters(&joined, &left, isLast: parts.isEmpty)
        }
        return joined
    }

    private func applyFilters(_ part: inout Part, _ left: inout [Scalar], isLast: Bool) {
        let now = left.filter { isLast || ($0.positions.isSubset(of: part.positions) && !$0.positions.isEmpty && !$0.isVolatile) }
        guard let condition = AndScalar.joining(now) else { return }
        left.removeAll { condition in now.contains { $0 === condition } }
        part.plan = FilterPlan(part.plan, condition)
    }

    private func isConnection(_ condition: Scalar, _ left: Set<Int>, _ right: Set<Int>) -> Bool { equality(condition, left, right) != nil }

    /// The sides of an equality between two parts.
    private func equality(_ condition: Scalar, _ left: Set<Int>, _ right: Set<Int>) -> (Scalar, Scalar)? {
        guard let comparison = condition as? CompareScalar, comparison.relation == .equal, ValueOrder.hashes(comparison.operands[0].type)
        else { return nil }
        let (one, two) = (comparison.operands[0], comparison.operands[1])
        guard one.type.oid != SQLType.bpchar.oid else { return nil }
        let (first, second) = (one.positions, two.positions)
        guard !first.isEmpty, !second.isEmpty, !one.isVolatile, !two.isVolatile else { return nil }
        if first.isSubset(of: left), second.isSubset(of: right) { return (one, two) }
        if first.isSubset(of: right), second.isSubset(of: left) { return (two, one) }
        return nil
    }

    private func part(_ node: FromNode, _ conditions: [Scalar]) throws(SQLError) -> Part {
        switch node {
        case .entry(let entry): return entryPart(entry, conditions)
        case .join(let kind, let left, let right, let condition):
            return try outer(kind, left, right, condition.map(AndScalar.conditions) ?? [], conditions)
        }
    }

    /// An outer join. Conditions from above go down to the side that is kept, those of ON to the side that is not.
    private func outer(
        _ kind: Join.Kind, _ left: FromNode, _ right: FromNode, _ on: [Scalar], _ above: [Scalar]
    ) throws(SQLError) -> Part {
        let (leftPositions, rightPositions) = (left.positions, right.positions)
        let toLeft = kind == .left ? above.filter { $0.positions.isSubset(of: leftPositions) } : []
        let toRight = kind == .right ? above.filter { $0.positions.isSubset(of: rightPositions) } : []
        let rest = above.filter { condition in !(toLeft + toRight).contains { $0 === condition } }
        let isOwn = { (condition: Scalar, positions: Set<Int>) in
            !condition.positions.isEmpty && condition.positions.isSubset(of: positions) && !condition.isVolatile
        }
        let onRight = kind == .left ? on.filter { isOwn($0, rightPositions) } : []
        let onLeft = kind == .right ? on.filter { isOwn($0, leftPositions) } : []
        let between = on.filter { condition in !(onRight + onLeft).contains { $0 === condition } }
        let one = try inner([left], toLeft + onLeft)
        let two = try inner([right], toRight + onRight)
        var part = join(kind, one, two, between)
        if let condition = AndScalar.joining(rest) { part.plan = FilterPlan(part.plan, condition) }
        return part
    }

    private func entryPart(_ entry: RangeEntry, _ conditions: [Scalar]) -> Part {
        let positions = Set(entry.positions)
        switch entry.source {
        case .table(let table):
            let plan = ScanPlan(table, entry, level, conditions, types)
            return Part(plan: plan, positions: positions, entry: entry)
        case .query(let query, let lateral, let operands):
            let places = entry.usedColumns.map { (from: $0.key, to: $0.value.position) }
            var plan: Plan = PlacePlan(query.computing(Set(places.map(\.from))), level, places, name: entry.name ?? "unnamed")
            if let condition = AndScalar.joining(conditions) { plan = FilterPlan(plan, condition) }
            let needs = lateral == nil ? [] : operands.reduce(into: Set<Int>()) { $0.formUnion($1.positions) }
            return Part(plan: plan, positions: positions, needs: needs, entry: entry)
        }
    }

    private func join(_ kind: Join.Kind, _ left: Part, _ right: Part, _ conditions: [Scalar]) -> Part {
        let positions = left.positions.union(right.positions)
        if let entry = right.entry, case .query(_, let lateral?, let operands) = entry.source {
            let subplan = Subplan(
                right.plan, columns: lateral.columns, ownSlots: lateral.ownSlots, outerSlots: lateral.outerSlots, isVolatile: true)
            let plan = LateralPlan(
                left.plan, subplan, operands: operands, isOuter: kind == .left, condition: AndScalar.joining(conditions),
                rightPositions: Array(right.positions))
            return Part(plan: plan, positions: positions)
        }
        var leftKeys: [Scalar] = []
        var rightKeys: [Scalar] = []
        var rest: [Scalar] = []
        for condition in conditions {
            if let (one, two) = equality(condition, left.positions, right.positions) {
                leftKeys.append(one)
                rightKeys.append(two)
            } else {
                rest.append(condition)
            }
        }
        // The table is built of the right side: the smaller one, where both are alike.
        let swaps = kind == .inner && left.plan.estimate < right.plan.estimate && right.needs.isEmpty
        let (probe, build) = swaps ? (right, left) : (left, right)
        let condition = AndScalar.joining(rest)
        let hash = JoinPlan(
            probe.plan, build.plan, kind, leftKeys: swaps ? rightKeys : leftKeys, rightKeys: swaps ? leftKeys : rightKeys,
            condition: condition, rightPositions: build.positions.sorted(), level: level)
        // The larger of two tables that can be looked up in is looked up in.
        var inner: [Bool] = []
        if kind == .inner || kind == .left { inner.append(true) }
        if kind == .inner || kind == .right { inner.append(false) }
        inner.sort { one, other in (one ? right : left).documentCount > (other ? right : left).documentCount }
        for isRight in inner {
            let (own, other) = isRight ? (right, left) : (left, right)
            guard let table = own.plan as? ScanPlan, other.needs.isEmpty || isRight else { continue }
            var keys: [(own: Scalar, slot: SlotScalar)] = []
            var lookups: [(slot: Int, scalar: Scalar)] = []
            for (mine, its) in isRight ? zip(rightKeys, leftKeys) : zip(leftKeys, rightKeys) {
                let slot = makeSlot()
                keys.append((mine, SlotScalar(slot, its.type, name: ScalarText.of(its))))
                lookups.append((slot, its))
            }
            guard let scan = table.lookingUp(keys) else { continue }
            let plan = IndexJoinPlan(
                hash, outerIsLeft: isRight != swaps, scan, lookups: lookups, positions: own.positions.sorted(),
                keepsOuter: kind == .left || kind == .right, condition: condition)
            return Part(plan: plan, positions: positions)
        }
        return Part(plan: hash, positions: positions)
    }
}
