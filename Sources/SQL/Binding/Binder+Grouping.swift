/// GROUP BY, its sets, and what stands on top of groups.
extension Binder {
    struct Grouping {
        var keys: [Scalar] = []
        var sets: [[Int]] = []
    }

    func groups(_ select: Select, _ values: [SelectedValue], _ scope: Scope) throws(SQLError) -> Grouping {
        var grouping = Grouping()
        guard !select.groupBy.isEmpty else {
            grouping.sets = [[]]
            return grouping
        }
        func key(_ expression: Expression) throws(SQLError) -> [Int] {
            let scalar: Scalar
            var place = expression.position
            if case .row(let row) = expression, !row.isExplicit {
                var all: [Int] = []
                for field in row.fields { all += try key(field) }
                return all
            }
            if case .literal(let literal) = expression {
                guard case .integer(let number) = literal.value, number <= Int32.max else {
                    throw error("42601", "non-integer constant in GROUP BY", at: literal.position)
                }
                guard number >= 1, number <= values.count else {
                    throw error("42P10", "GROUP BY position \(number) is not in select list", at: literal.position)
                }
                scalar = values[Int(number) - 1].scalar
                place = values[Int(number) - 1].expression?.position ?? place
            } else if case .column(let reference) = expression, reference.parts.count == 1, !reference.isStar,
                try !isColumn(reference.parts[0], scope), case let matches = values.filter({ $0.name == reference.parts[0].text }),
                !matches.isEmpty
            {
                guard matches.dropFirst().allSatisfy({ $0.scalar.isSame(as: matches[0].scalar) }) else {
                    throw error("42702", "GROUP BY \"\(reference.parts[0].text)\" is ambiguous", at: reference.position)
                }
                scalar = matches[0].scalar
            } else {
                scalar = resolved(try bind(expression, scope))
            }
            if scalar.positions.contains(where: { position in scope.aggregates.contains { $0.position == position } }) {
                throw error("42803", "aggregate functions are not allowed in GROUP BY", at: place)
            }
            if scalar.positions.contains(where: { position in scope.windows.contains { $0.position == position } }) {
                throw error("42P20", "window functions are not allowed in GROUP BY", at: place)
            }
            if scalar.type.oid == SQLType.json.oid {
                throw error("42883", "could not identify an equality operator for type json", at: expression.position)
            }
            if let index = grouping.keys.firstIndex(where: { $0.isSame(as: scalar) }) { return [index] }
            grouping.keys.append(scalar)
            return [grouping.keys.count - 1]
        }
        func requireFew(_ count: Int) throws(SQLError) {
            guard count <= 4096 else { throw error("54001", "too many grouping sets present (maximum 4096)", at: select.position) }
        }
        /// Counts sets before they are made.
        func count(_ setCount: Int, of keyCount: Int) throws(SQLError) {
            try definitions.countBound(byteCount: setCount * (keyCount * MemoryLayout<Int>.stride + 32))
        }
        func sets(_ item: GroupItem) throws(SQLError) -> [[Int]] {
            switch item {
            case .expression(let expression): return [try key(expression)]
            case .empty: return [[]]
            case .rollup(let expressions, _):
                var parts: [[Int]] = []
                for expression in expressions { parts.append(try key(expression)) }
                try requireFew(parts.count + 1)
                try count(parts.count + 1, of: parts.joined().count / 2)
                return (0...parts.count).reversed().map { Array(parts[..<$0].joined()) }
            case .cube(let expressions, let position):
                var parts: [[Int]] = []
                for expression in expressions { parts.append(try key(expression)) }
                guard parts.count <= 12 else { throw error("54011", "CUBE is limited to 12 elements", at: position) }
                try count(1 << parts.count, of: parts.joined().count / 2)
                return (0..<(1 << parts.count)).reversed().map { mask in
                    parts.indices.filter { mask & (1 << (parts.count - 1 - $0)) != 0 }.flatMap { parts[$0] }
                }
            case .sets(let items, _):
                var all: [[Int]] = []
                for item in items {
                    all += try sets(item)
                    try requireFew(all.count)
                }
                return all
            }
        }
        var product: [[Int]] = [[]]
        for item in select.groupBy {
            let parts = try sets(item)
            try requireFew(product.count * parts.count)
            let keyCount = product.joined().count * parts.count + parts.joined().count * product.count
            try count(1, of: keyCount)
            product = product.flatMap { left in parts.map { left + $0 } }
        }
        grouping.sets = product.map { set in
            var seen: Set<Int> = []
            return set.filter { seen.insert($0).inserted }
        }
        if select.groupsAreDistinct {
            var seen: Set<Set<Int>> = []
            grouping.sets = grouping.sets.filter { seen.insert(Set($0)).inserted }
        }
        return grouping
    }

    /// Whether the name is a column of this query's FROM: that goes before an output of the name.
    private func isColumn(_ name: Name, _ scope: Scope) throws(SQLError) -> Bool {
        scope.items.contains { $0.areColumnsVisible && $0.columns.contains { $0.name == name.text } }
    }

    /// The groups that are made of rows, and rewrites what comes after them to their rows.
    func groups(
        _ grouping: Grouping, _ scope: Scope, _ outputs: inout [Scalar], _ having: Scalar?, _ select: Select
    ) throws(SQLError) -> Groups {
        var keys = grouping.keys.map { AggregatePlan.Key(scalar: $0, position: scope.level.allocate()) }
        var sets = grouping.sets
        // Sets of the rows' own functions come before the groups if keys use them.
        let usedSets = scope.sets.filter { set in keys.contains { $0.scalar.positions.contains(set.position) } }
        scope.sets.removeAll { set in usedSets.contains { $0 === set } }
        // A group by a primary key has one row of its table: the other columns follow from it.
        do {
            for entry in scope.rangeEntries where entry.primaryKey.isEmpty == false {
                let isGrouped = entry.primaryKey.allSatisfy { column in
                    guard let position = entry.positionIfUsed(column) else { return false }
                    // In every set, so that it is never left out.
                    guard let index = keys.firstIndex(where: { ($0.scalar as? ColumnScalar)?.position == position }) else { return false }
                    return sets.allSatisfy { $0.contains(index) }
                }
                guard isGrouped else { continue }
                for column in entry.usedColumns.values {
                    guard !keys.contains(where: { ($0.scalar as? ColumnScalar)?.position == column.position }) else { continue }
                    if case .table(let table) = entry.source { definitions.noteKey?(table) }
                    keys.append(AggregatePlan.Key(scalar: column, position: scope.level.allocate()))
                    try definitions.countBound(byteCount: sets.count * MemoryLayout<Int>.stride)
                    for set in sets.indices { sets[set].append(keys.count - 1) }
                }
                guard case .table(let table) = entry.source, table.declaration.primaryKey?.isDeferrable == false else { continue }
                let ofKey = Set(entry.primaryKey.compactMap(entry.positionIfUsed))
                let others = Set(entry.positions).subtracting(ofKey)
                for index in keys.indices {
                    if let column = keys[index].scalar as? ColumnScalar, others.contains(column.position) { keys[index].isImplied = true }
                }
            }
        }
        let setPosition = scope.groupingCalls.isEmpty ? nil : scope.level.allocate()
        let computed = scope.computedPositions
        func rewritten(_ scalar: Scalar) throws(SQLError) -> Scalar {
            try scalar.replacing { node throws(SQLError) in
                if let request = node as? GroupingRequest {
                    return try self.grouping(request, grouping, setPosition ?? 0)
                }
                if let key = keys.first(where: { $0.scalar.isSame(as: node) }) {
                    let column = node as? ColumnScalar
                    return ColumnScalar(
                        key.position, node.type, name: column?.name ?? "?column?", table: column?.table, fields: column?.fields)
                }
                if let column = node as? ColumnScalar, !computed.contains(column.position) {
                    let table = scope.rangeEntries.first { $0.usedColumns.values.contains { $0.position == column.position } }?.name
                    // As it was named, where an alias has given it another name.
                    let renamed = scope.items.lazy.flatMap(\.columns).first {
                        $0.isRenamed && ($0.make() as? ColumnScalar)?.position == column.position
                    }
                    throw self.error(
                        "42803",
                        "column \"\(table.map { "\($0)." } ?? "")\(renamed?.name ?? column.name)\" must appear in the GROUP BY clause or be used in "
                            + "an aggregate function",
                        at: scope.columnPlaces.first { $0.column == column.position }?.position ?? select.position)
                }
                return nil
            }
        }
        for index in outputs.indices { outputs[index] = try rewritten(outputs[index]) }
        for scalar in scope.grouped {
            let positions = try rewritten(scalar).positions
            // They are taken from a group's first row, where what a set leaves out isn't NULL.
            guard sets.contains(where: { set in keys.indices.contains { positions.contains(keys[$0].position) && !set.contains($0) } })
            else { continue }
            throw unsupported("a direct argument of an ordered-set aggregate that a grouping set leaves out", at: select.position)
        }
        for window in scope.windows {
            for index in window.operands.indices { window.operands[index] = try rewritten(window.operands[index]) }
            if let filter = window.filter { window.filter = try rewritten(filter) }
            let specification = window.window
            guard !specification.isRewritten else { continue }
            specification.isRewritten = true
            for index in specification.partitionBy.indices {
                specification.partitionBy[index] = try rewritten(specification.partitionBy[index])
            }
            for index in specification.orderBy.indices {
                specification.orderBy[index].scalar = try rewritten(specification.orderBy[index].scalar)
            }
        }
        for set in scope.sets { for index in set.operands.indices { set.operands[index] = try rewritten(set.operands[index]) } }
        let condition = try having.map { having throws(SQLError) in try rewritten(having) }
        return Groups(
            keys: keys, sets: sets, setPosition: setPosition, functionSets: usedSets, calls: scope.aggregates,
            isOfNothing: select.groupBy.isEmpty && scope.aggregates.isEmpty && scope.groupingCalls.isEmpty, having: condition)
    }

    /// Puts the groups on top of the plan of their rows.
    func grouped(
        _ plan: Plan, _ groups: Groups, _ level: Level, _ select: Select, _ entries: [RangeEntry]
    ) throws(SQLError) -> Plan {
        // There is one row whatever the tables hold.
        var plan = groups.isOfNothing ? OneRowPlan(level) : plan
        if !groups.functionSets.isEmpty { plan = SetFunctionsPlan(plan, groups.functionSets) }
        let (keys, sets) = (groups.keys, groups.sets)
        if groups.setPosition == nil, sets == [Array(keys.indices)], let early = EarlyGroups.plan(plan, keys, groups.calls, level) {
            plan = early
        } else {
            plan = AggregatePlan(plan, keys: keys, sets: sets, calls: groups.calls, setPosition: groups.setPosition, level: level)
        }
        guard let having = groups.having else { return plan }
        return try filtered(plan, having, select, entries)
    }

    private func grouping(
        _ request: GroupingRequest, _ grouping: Grouping, _ setPosition: Int
    ) throws(SQLError) -> Scalar {
        var indexes: [Int] = []
        for (argument, position) in zip(request.arguments, request.argumentPositions) {
            guard let index = grouping.keys.firstIndex(where: { $0.isSame(as: argument) }) else {
                throw error("42803", "arguments to GROUPING must be grouping expressions of the associated query level", at: position)
            }
            indexes.append(index)
        }
        let values = grouping.sets.map { set in
            indexes.reduce(Int64(0)) { $0 << 1 | (set.contains($1) ? 0 : 1) }
        }
        return GroupingScalar(setPosition: setPosition, values: values)
    }
}
