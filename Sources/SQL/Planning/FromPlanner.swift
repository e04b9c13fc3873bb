import Catalog

/// Finds the order and the way in which the tables of FROM are joined, and puts conditions where they are decided first.
struct FromPlanner {
    private let level: Level
    private let definitions: Definitions

    /// Gives slots that nothing else of the statement has.
    private let makeSlot: () -> Int

    init(_ level: Level, _ definitions: Definitions, makeSlot: @escaping () -> Int) {
        self.level = level
        self.definitions = definitions
        self.makeSlot = makeSlot
    }

    /// Columns of tables outside an outer join that something within it depends on: each row of those tables fills them.
    private var slotsOfOutside: [Int: SlotScalar] = [:]

    private struct Part {
        var plan: Plan
        var positions: Set<Int>
        /// What it needs of parts that come before it.
        var needs: Set<Int> = []
        /// Of an outer join that needs something: what is filled from each row before it is run.
        var fillings: [(slot: Int, scalar: Scalar)] = []
        var entry: RangeEntry?
        /// Whether it has what it needs of rows outside when it begins: they are outside of the outer join that it stands in.
        var isFilled = false
        /// How many rows it may give, and what the tables in it show of theirs.
        var rowCount: Double
        var samples: [EntrySample] = []

        var documentCount: Int { entry?.documentEstimate ?? 0 }

        init(_ plan: Plan, _ positions: Set<Int>, needs: Set<Int> = [], entry: RangeEntry? = nil) {
            self.plan = plan
            self.positions = positions
            self.needs = needs
            self.entry = entry
            rowCount = Double(plan.estimate)
        }

        /// What the choice of an order looks at.
        var sketch: JoinSketch {
            JoinSketch(
                positions: positions, needs: needs, rowCount: rowCount, documentCount: Double(documentCount), samples: samples,
                lookups: (plan as? ScanPlan)?.lookupPositions ?? [], isFoundByRowsOutside: (plan as? ScanPlan)?.isDependent == true)
        }
    }

    func plan(_ nodes: [FromNode], _ filter: Scalar?) throws(SQLError) -> Plan {
        guard !nodes.isEmpty else {
            let plan = OneRowPlan(level)
            return filter.map { FilterPlan(plan, $0) } ?? plan
        }
        let from = try FlatFrom(nodes, trims: definitions.noteEntry == nil)
        let conditions = try filter.map { filter throws(SQLError) in try Self.conditions(of: from.resolved(filter)) } ?? []
        var plan = try inner(from.nodes, conditions).plan
        if !from.computed.isEmpty { plan = ComputedColumnsPlan(plan, from.computed) }
        try Self.requireShallow(plan)
        return plan
    }

    private static func conditions(of scalar: Scalar) -> [Scalar] { AndScalar.conditions(of: scalar).flatMap(ConditionRewrites.factored) }

    /// So many steps, one below the other, take half of a stack to be run.
    private static let deepest = 5000

    /// Throws `54001` for a plan of more: subqueries in FROM add to the joins around them.
    private static func requireShallow(_ plan: Plan) throws(SQLError) {
        guard plan.depth > deepest else { return }
        throw SQLError(
            .statementTooComplex, "stack depth limit exceeded",
            hint: "A plan has at most \(deepest) steps, one below the other: join fewer tables, or keep a part in a table of its own.")
    }

    /// Joins parts that are all to match; conditions stand as low as they can.
    private func inner(_ nodes: [FromNode], _ conditions: [Scalar], isJoined: Bool = false) throws(SQLError) -> Part {
        var flat: [FromNode] = []
        var left = conditions
        // They are asked before those around the query that they are of, which may fail where they are false.
        var first: [Scalar] = []
        func flatten(_ node: FromNode) {
            switch node {
            case .join(.inner, let one, let two, let condition):
                flatten(one)
                flatten(two)
                if let condition { left += Self.conditions(of: condition) }
            case .filtered(let node, let condition):
                flatten(node)
                first += Self.conditions(of: condition)
            case .entry, .join: flat.append(node)
            }
        }
        nodes.forEach(flatten)
        left = first + left
        let classes = flat.count > 2 ? ColumnClasses(left) : ColumnClasses()
        left += classes.implied
        // A subquery that is run for each row is asked where the fewest are left.
        let dear = flat.count > 1 ? left.filter(\.hasDependentSubquery) : []
        left.removeAll { condition in dear.contains { $0 === condition } }
        var parts: [Part] = []
        var owned: [[Scalar]] = []
        for node in flat {
            try QueryMemory.checkStopped()
            let own = node.positions
            let pushed = left.filter { condition in
                let positions = condition.positions
                return !positions.isEmpty && positions.isSubset(of: own) && !condition.isVolatile
            }
            left.removeAll { condition in pushed.contains { $0 === condition } }
            let restrictions = flat.count > 1 ? left.compactMap { ConditionRewrites.restriction($0, to: own) } : []
            owned.append(pushed + restrictions)
            parts.append(try part(node, pushed + restrictions, isJoined: isJoined || flat.count > 1))
        }
        guard parts.count > 1 else {
            var only = parts[0]
            applyFilters(&only, &left, isLast: true)
            return only
        }
        let choice = JoinOrder(parts.map(\.sketch), left, classes, definitions.methods)
        let order = choice.best
        let counts = choice.rowCounts(order)
        var asked: [Int: [Scalar]] = [:]
        for condition in dear {
            let positions = condition.positions
            var known: Set<Int> = []
            let possible = order.indices.filter { step in
                known.formUnion(parts[order[step]].positions)
                return positions.isSubset(of: known)
            }
            let place = possible.min { counts[$0] < counts[$1] } ?? order.count - 1
            if let own = parts.firstIndex(where: { positions.isSubset(of: $0.positions) }), parts[own].rowCount < counts[place],
                !condition.isVolatile
            {
                owned[own].append(condition)
                parts[own] = try part(flat[own], owned[own], isJoined: true)
            } else {
                asked[place, default: []].append(condition)
            }
        }
        var joined = parts[order[0]]
        left += asked[0] ?? []
        applyFilters(&joined, &left, isLast: false)
        for (place, index) in order.enumerated().dropFirst() {
            try QueryMemory.checkStopped()
            let next = parts[index]
            let both = joined.positions.union(next.positions)
            let usable = left.filter { $0.positions.isSubset(of: both) && !$0.isVolatile }
            left.removeAll { condition in usable.contains { $0 === condition } }
            joined = try join(.inner, joined, next, classes.deduplicated(usable, of: next.positions))
            // Of many rows at once they are asked behind the join.
            left += asked[place] ?? []
            applyFilters(&joined, &left, isLast: place == order.count - 1)
        }
        return joined
    }

    private func applyFilters(_ part: inout Part, _ left: inout [Scalar], isLast: Bool) {
        let now = left.filter { isLast || ($0.positions.isSubset(of: part.positions) && !$0.positions.isEmpty && !$0.isVolatile) }
        guard let condition = AndScalar.joining(now) else { return }
        left.removeAll { condition in now.contains { $0 === condition } }
        part.plan = FilterPlan(part.plan, condition)
        part.rowCount = max(1, part.rowCount / 3)
    }

    private func part(_ node: FromNode, _ conditions: [Scalar], isJoined: Bool) throws(SQLError) -> Part {
        switch node {
        case .entry(let entry): return try entryPart(entry, conditions, isJoined: isJoined)
        case .filtered: return try inner([node], conditions, isJoined: isJoined)
        case .join(let kind, let left, let right, let condition):
            let on = condition.map(AndScalar.conditions) ?? []
            let needed = columnsOfOutside(node)
            guard !needed.isEmpty else { return try outer(kind, left, right, on, conditions) }
            var planner = self
            var fillings: [(slot: Int, scalar: Scalar)] = []
            for column in needed {
                let slot = SlotScalar(makeSlot(), column.type, name: column.name, table: column.table, fields: column.fields)
                planner.slotsOfOutside[column.position] = slot
                fillings.append((slot.slot, column))
            }
            var part = try planner.outer(kind, left, right, on, conditions)
            part.needs = Set(needed.map(\.position))
            part.fillings = fillings
            return part
        }
    }

    /// The columns of tables that are not of an outer join, which something in it depends on.
    private func columnsOfOutside(_ join: FromNode) -> [ColumnScalar] {
        let own = join.positions
        var found: [Int: ColumnScalar] = [:]
        for entry in join.entries {
            guard case .query(_, _?, let operands) = entry.source else { continue }
            for operand in operands {
                operand.visit { node in
                    guard let column = node as? ColumnScalar, !own.contains(column.position) else { return }
                    if slotsOfOutside[column.position] == nil { found[column.position] = column }
                }
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// An expression that takes the columns of tables outside from their slots.
    private func withSlots(_ scalar: Scalar) throws(SQLError) -> Scalar {
        try scalar.replacing { node in (node as? ColumnScalar).flatMap { slotsOfOutside[$0.position] } }
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
        try QueryMemory.checkStopped()
        let one = try inner([left], toLeft + onLeft, isJoined: true)
        let two = try inner([right], toRight + onRight, isJoined: true)
        var part = try join(kind, one, two, between)
        if let condition = AndScalar.joining(rest) { part.plan = FilterPlan(part.plan, condition) }
        return part
    }

    private func entryPart(_ entry: RangeEntry, _ conditions: [Scalar], isJoined: Bool) throws(SQLError) -> Part {
        let positions = Set(entry.positions)
        switch entry.source {
        case .table(let table):
            let plan = ScanPlan(table, entry, level, conditions, definitions)
            var part = Part(plan, positions, entry: entry)
            if isJoined, !plan.isOfOneRow, let sample = EntrySample(table, entry, level, definitions) {
                part.samples = [sample]
                part.rowCount = max(1, sample.rowCount * sample.share(of: conditions))
                plan.rowEstimate = Int(min(part.rowCount, 1e15))
            }
            return part
        case .query(var query, let lateral, let operands):
            var conditions = conditions
            if let later = entry.later { (query, conditions) = try later.plan(of: entry, asking: conditions, makeSlot: makeSlot) }
            let places = entry.usedColumns.map { (from: $0.key, to: $0.value.position) }
            var plan: Plan = PlacePlan(query.computing(Set(places.map(\.from))), level, places, name: entry.name ?? "unnamed")
            if let condition = AndScalar.joining(conditions) { plan = FilterPlan(plan, condition) }
            var needs: Set<Int> = []
            if lateral != nil { for operand in operands { needs.formUnion(operand.positions) } }
            needs.subtract(slotsOfOutside.keys)
            var isFilled = false
            if let lateral, needs.isEmpty {
                var outside: [Scalar] = []
                for operand in operands { outside.append(try withSlots(operand)) }
                plan = FilledPlan(plan, lateral, outside)
                isFilled = true
            }
            var part = Part(plan, positions, needs: needs, entry: entry)
            part.isFilled = isFilled
            return part
        }
    }

    /// What a join takes, in each of the ways that it may be done, about.
    private static let joinByteCount = 2048

    private func join(_ kind: Join.Kind, _ left: Part, _ right: Part, _ conditions: [Scalar]) throws(SQLError) -> Part {
        let positions = left.positions.union(right.positions)
        // Each may know the places of all that are joined below.
        try definitions.countBound(byteCount: Self.joinByteCount + positions.count * MemoryLayout<Int>.stride)
        if let (subplan, operands) = try dependent(right) {
            let plan = LateralPlan(
                left.plan, subplan, operands: operands, isOuter: kind == .left, condition: AndScalar.joining(conditions),
                rightPositions: Array(right.positions))
            var part = Part(plan, positions)
            part.rowCount = left.rowCount * right.rowCount
            part.samples = left.samples + right.samples
            return part
        }
        var leftKeys: [Scalar] = []
        var rightKeys: [Scalar] = []
        var rest: [Scalar] = []
        for condition in conditions {
            if let (one, two) = JoinEquality.sides(of: condition, left.positions, right.positions) {
                leftKeys.append(one)
                rightKeys.append(two)
            } else {
                rest.append(condition)
            }
        }
        // The table is built of the right side: the smaller one.
        let swaps = right.needs.isEmpty && Self.swaps(kind, left.rowCount, right.rowCount)
        let (probe, build) = swaps ? (right, left) : (left, right)
        let condition = AndScalar.joining(rest)
        let methods = definitions.methods
        let avoidsHash = methods.avoidsHashJoin && kind != .full
        let avoidsTable = methods.avoidsJoinTable && kind != .full
        let hash = JoinPlan(
            probe.plan, build.plan, swaps ? kind.mirrored : kind, leftKeys: avoidsTable ? [] : swaps ? rightKeys : leftKeys,
            rightKeys: avoidsTable ? [] : swaps ? leftKeys : rightKeys, condition: avoidsTable ? AndScalar.joining(conditions) : condition,
            rightPositions: build.positions.sorted(), level: level)
        let count = JoinOrder.rowCount(left.sketch, right.sketch, conditions.compactMap { JoinEquality($0) })
        hash.isSampled = !left.samples.isEmpty && !right.samples.isEmpty
        hash.rowEstimate = Int(min(kind == .inner ? count : max(count, left.rowCount, kind == .full ? right.rowCount : 0), 1e15))
        if methods.avoidsNestedLoop, !leftKeys.isEmpty { return joined(hash, left, right) }
        // The fewer rows look up those of the other table; of as many, the larger table is looked up in.
        var inner: [Bool] = []
        if kind == .inner || kind == .left { inner.append(true) }
        if kind == .inner || kind == .right { inner.append(false) }
        inner.sort { one, other in
            let (first, second) = (one ? left : right, other ? left : right)
            if first.rowCount != second.rowCount { return first.rowCount < second.rowCount }
            return (one ? right : left).documentCount > (other ? right : left).documentCount
        }
        for isRight in inner {
            let (own, other) = isRight ? (right, left) : (left, right)
            guard let table = own.plan as? ScanPlan, other.needs.isEmpty || isRight else { continue }
            let text = ScalarText(showsTables: true)
            var keys: [(own: Scalar, slot: SlotScalar)] = []
            var lookups: [(slot: Int, scalar: Scalar)] = []
            for (mine, its) in isRight ? zip(rightKeys, leftKeys) : zip(leftKeys, rightKeys) {
                let slot = makeSlot()
                keys.append((mine, SlotScalar(slot, its.type, name: text.of(its))))
                lookups.append((slot, its))
            }
            var searches: [Scalar] = []
            for condition in rest {
                guard let (vector, query) = TextAccess.sides(condition), !query.positions.isEmpty, !query.isVolatile,
                    query.positions.isSubset(of: other.positions), !vector.positions.isEmpty, vector.positions.isSubset(of: own.positions)
                else { continue }
                let slot = makeSlot()
                let asked = SlotScalar(slot, query.type, name: text.of(query))
                searches.append(condition.with(condition.operands.map { $0 === query ? asked : $0 }))
                lookups.append((slot, query))
            }
            guard let scan = table.lookingUp(keys, searches: searches, definitions) else { continue }
            let plan = IndexJoinPlan(
                hash, outerIsLeft: isRight != swaps, scan, lookups: lookups, positions: own.positions.sorted(),
                keepsOuter: kind == .left || kind == .right, condition: condition, avoidsHash: avoidsHash)
            return joined(plan, left, right)
        }
        return joined(hash, left, right)
    }

    /// What is to be run for each row of the left side, and what fills its slots; nil if the right side is the same for all of them.
    private func dependent(_ right: Part) throws(SQLError) -> (Subplan, [Scalar])? {
        let subplan: Subplan
        var operands: [Scalar] = []
        if !right.isFilled, let entry = right.entry, case .query(_, let lateral?, let needed) = entry.source {
            subplan = Subplan(
                right.plan, columns: lateral.columns, ownSlots: lateral.ownSlots, outerSlots: lateral.outerSlots, isVolatile: true)
            for operand in needed { operands.append(try withSlots(operand)) }
        } else if !right.fillings.isEmpty {
            let slots = right.fillings.map(\.slot)
            subplan = Subplan(right.plan, columns: [], ownSlots: slots, outerSlots: Set(slots), isVolatile: true)
            for filling in right.fillings { operands.append(try withSlots(filling.scalar)) }
        } else {
            return nil
        }
        return (subplan, operands)
    }

    /// Whether the left side's rows are better in the table. Those of an outer join stay in their order where it makes little difference.
    private static func swaps(_ kind: Join.Kind, _ left: Double, _ right: Double) -> Bool {
        kind == .inner ? left < right : left * 2 < right && right > 1000
    }

    private func joined(_ plan: Plan, _ left: Part, _ right: Part) -> Part {
        var part = Part(plan, left.positions.union(right.positions))
        part.samples = left.samples + right.samples
        return part
    }
}

extension Join.Kind {
    /// The kind with the sides changed.
    fileprivate var mirrored: Self {
        switch self {
        case .left: .right
        case .right: .left
        default: self
        }
    }
}
