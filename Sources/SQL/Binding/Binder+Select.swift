/// One value of a select list.
struct SelectedValue {
    var scalar: Scalar
    var name: String
    var column: ScopeColumn?
    var expression: Expression?
}

extension Binder {
    func bind(
        _ select: Select, orderBy: [SortItem], limit: Limit?, _ scope: Scope, resolvesUnknown: Bool
    ) throws(SQLError) -> BoundQuery {
        if select.into != nil { throw error("42601", "SELECT ... INTO is not allowed here", at: select.position) }
        let from = try bind(from: select.from, scope)
        for window in select.windows {
            guard scope.windowDefinitions[window.name.text] == nil else {
                throw error("42P20", "window \"\(window.name.text)\" is already defined", at: window.name.position)
            }
            scope.windowDefinitions[window.name.text] = try completed(window.window, scope)
        }
        scope.rules = .whereClause
        var filter: Scalar?
        if let condition = select.filter { filter = try self.condition(condition, scope, "WHERE", condition.position) }

        scope.rules = .select
        var values = try selected(select.items, scope)
        if resolvesUnknown { for index in values.indices { values[index].scalar = resolved(values[index].scalar) } }

        // GROUP BY
        scope.rules = .groupBy
        let grouping = try groups(select, values, scope)
        scope.rules = .having
        var having: Scalar?
        if let condition = select.having { having = try self.condition(condition, scope, "HAVING", condition.position) }

        // ORDER BY and DISTINCT ON
        scope.rules = .orderBy
        var hidden: [Scalar] = []
        func place(_ scalar: Scalar) -> Int {
            if let index = values.firstIndex(where: { $0.scalar.isSame(as: scalar) }) { return index }
            if let index = hidden.firstIndex(where: { $0.isSame(as: scalar) }) { return values.count + index }
            hidden.append(scalar)
            return values.count + hidden.count - 1
        }
        var order: [(index: Int, item: SortItem)] = []
        for item in orderBy { order.append((try outputIndex(item.value, values, scope, "ORDER BY", place), item)) }
        var distinctOn: [Int] = []
        if case .on(let expressions) = select.distinct {
            for expression in expressions { distinctOn.append(try outputIndex(expression, values, scope, "DISTINCT ON", place)) }
            for (index, key) in order.enumerated() where index < Set(distinctOn).count && !distinctOn.contains(key.index) {
                throw error("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions", at: expressions[0].position)
            }
        }
        if case .rows = select.distinct, !hidden.isEmpty {
            throw error(
                "42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                at: order.first { $0.index >= values.count }?.item.value.position)
        }
        if case .rows = select.distinct, let json = values.first(where: { $0.scalar.type.oid == SQLType.json.oid }) {
            throw error("42883", "could not identify an equality operator for type json", at: json.expression?.position)
        }

        // The plan, from the rows up.
        var plan = try FromPlanner(self, scope).plan(from, filter)
        var outputs = values.map(\.scalar) + hidden
        let isGrouped = !select.groupBy.isEmpty || !scope.aggregates.isEmpty || select.having != nil
        if isGrouped {
            let made = try grouped(&plan, grouping, scope, &outputs, &having, select)
            if let having = made { plan = FilterPlan(plan, having) }
        } else if let request = scope.groupingCalls.first {
            _ = request
            throw error("42803", "arguments to GROUPING must be grouping expressions of the associated query level", at: select.position)
        }
        plan = windowed(plan, scope)
        plan = try withSets(plan, scope)
        plan = ProjectPlan(plan, outputs)
        let keys = try order.map { pair throws(SQLError) in
            try sortKey(pair.item, ColumnScalar(pair.index, outputs[pair.index].type))
        }
        if case .rows = select.distinct {
            plan = DistinctPlan(plan)
            if !keys.isEmpty { plan = SortPlan(plan, keys) }
        } else if !distinctOn.isEmpty {
            if !keys.isEmpty { plan = SortPlan(plan, keys) }
            plan = DistinctPlan(plan, on: distinctOn.map { ColumnScalar($0, outputs[$0].type) })
        } else if !keys.isEmpty {
            plan = SortPlan(plan, keys)
        }
        plan = try limited(plan, limit, keys, scope)
        if !hidden.isEmpty { plan = TrimPlan(plan, values.count) }
        return BoundQuery(
            plan: plan,
            columns: values.map {
                OutputColumn(
                    name: $0.name, type: $0.scalar.type, tableOID: $0.column?.tableOID ?? 0, number: $0.column?.number ?? 0,
                    fields: recordFields($0.scalar))
            })
    }

    /// Where an expression of ORDER BY or DISTINCT ON stands among the outputs.
    private func outputIndex(
        _ expression: Expression, _ values: [SelectedValue], _ scope: Scope, _ clause: String, _ place: (Scalar) -> Int
    ) throws(SQLError) -> Int {
        if case .literal(let literal) = expression {
            guard case .integer(let number) = literal.value else {
                throw error("42601", "non-integer constant in \(clause)", at: literal.position)
            }
            guard number >= 1, number <= values.count else {
                throw error("42P10", "\(clause) position \(number) is not in select list", at: literal.position)
            }
            return Int(number) - 1
        }
        if case .column(let reference) = expression, reference.parts.count == 1, !reference.isStar {
            let name = reference.parts[0].text
            let matches = values.indices.filter { values[$0].name == name }
            if let first = matches.first {
                guard matches.allSatisfy({ values[$0].scalar.isSame(as: values[first].scalar) }) else {
                    throw error("42702", "\(clause) \"\(name)\" is ambiguous", at: reference.position)
                }
                return first
            }
        }
        return place(resolved(try bind(expression, scope)))
    }

    // MARK: - The select list

    func selected(_ items: [SelectItem], _ scope: Scope) throws(SQLError) -> [SelectedValue] {
        var values: [SelectedValue] = []
        for item in items {
            if case .column(let reference) = item.value, reference.isStar {
                values += try expandStar(reference, scope)
                continue
            }
            if case .access(let access) = item.value, case .allFields(let position)? = access.steps.last {
                values += try expandFields(access, position, scope)
                continue
            }
            let scalar = try bind(item.value, scope)
            var column: ScopeColumn?
            if case .column(let reference) = item.value, scalar is ColumnScalar {
                column =
                    reference.parts.count == 1
                    ? try self.column(reference.parts[0], scope)?.column
                    : reference.parts.count == 2
                        ? try self.column(reference.parts[1], of: reference.parts[0], schema: nil, scope)?.column : nil
            }
            values.append(
                SelectedValue(
                    scalar: scalar, name: item.label?.text ?? OutputNames.name(of: item.value) ?? "?column?", column: column,
                    expression: item.value))
        }
        guard values.count <= 1664 else { throw error("54011", "target lists can have at most 1664 entries", at: items.first?.position) }
        return values
    }

    func expandStar(_ reference: ColumnReference, _ scope: Scope) throws(SQLError) -> [SelectedValue] {
        var columns: [ScopeColumn] = []
        if let table = reference.parts.last {
            var current: Scope? = scope
            var found: ScopeItem?
            while let scope = current, found == nil {
                found = scope.item(named: table.text)
                if found != nil, scope !== current { break }
                current = scope.parent
            }
            guard let item = found else {
                if let value = try? column(table, scope)?.scalar {
                    return try expandRecord(value, table.position)
                }
                throw error("42P01", "missing FROM-clause entry for table \"\(table.text)\"", at: reference.position)
            }
            if scope.item(named: table.text) == nil, let row = wholeRow(table, scope) as? RowScalar {
                return zip(row.fields, row.operands).map { SelectedValue(scalar: $1, name: $0.name, column: nil) }
            }
            columns = item.visibleColumns
        } else {
            guard !scope.items.isEmpty else {
                throw error("42601", "SELECT * with no tables specified is not valid", at: reference.position)
            }
            columns = scope.items.filter(\.areColumnsVisible).flatMap(\.visibleColumns)
        }
        return columns.map { SelectedValue(scalar: $0.make(), name: $0.name, column: $0) }
    }

    private func expandFields(_ access: Access, _ position: Position, _ scope: Scope) throws(SQLError) -> [SelectedValue] {
        var base = access
        base.steps.removeLast()
        return try expandRecord(try bind(base.steps.isEmpty ? base.base : .access(base), scope), position)
    }

    private func expandRecord(_ scalar: Scalar, _ position: Position) throws(SQLError) -> [SelectedValue] {
        if let row = scalar as? RowScalar {
            return zip(row.fields, row.operands).map { SelectedValue(scalar: $1, name: $0.name, column: nil) }
        }
        var fields = recordFields(scalar)
        if case .composite(let declared)? = types.type(scalar.type.oid)?.kind { fields = declared }
        guard let fields, !fields.isEmpty else {
            throw error("42809", "type \(typeName(scalar.type)) is not composite", at: position)
        }
        return fields.enumerated().map {
            SelectedValue(
                scalar: FieldScalar(scalar, $0.offset, $0.element.type, name: $0.element.name), name: $0.element.name, column: nil)
        }
    }

    // MARK: - Groups

    struct Grouping {
        var keys: [Scalar] = []
        var sets: [[Int]] = []
    }

    private func groups(_ select: Select, _ values: [SelectedValue], _ scope: Scope) throws(SQLError) -> Grouping {
        var grouping = Grouping()
        guard !select.groupBy.isEmpty else {
            grouping.sets = [[]]
            return grouping
        }
        func key(_ expression: Expression) throws(SQLError) -> [Int] {
            let scalar: Scalar
            if case .row(let row) = expression, !row.isExplicit {
                var all: [Int] = []
                for field in row.fields { all += try key(field) }
                return all
            }
            if case .literal(let literal) = expression {
                guard case .integer(let number) = literal.value else {
                    throw error("42601", "non-integer constant in GROUP BY", at: literal.position)
                }
                guard number >= 1, number <= values.count else {
                    throw error("42P10", "GROUP BY position \(number) is not in select list", at: literal.position)
                }
                scalar = values[Int(number) - 1].scalar
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
                throw error("42803", "aggregate functions are not allowed in GROUP BY", at: expression.position)
            }
            if scalar.positions.contains(where: { position in scope.windows.contains { $0.position == position } }) {
                throw error("42P20", "window functions are not allowed in GROUP BY", at: expression.position)
            }
            if scalar.type.oid == SQLType.json.oid {
                throw error("42883", "could not identify an equality operator for type json", at: expression.position)
            }
            if let index = grouping.keys.firstIndex(where: { $0.isSame(as: scalar) }) { return [index] }
            grouping.keys.append(scalar)
            return [grouping.keys.count - 1]
        }
        func sets(_ item: GroupItem) throws(SQLError) -> [[Int]] {
            switch item {
            case .expression(let expression): return [try key(expression)]
            case .empty: return [[]]
            case .rollup(let expressions, _):
                var parts: [[Int]] = []
                for expression in expressions { parts.append(try key(expression)) }
                return (0...parts.count).reversed().map { Array(parts[..<$0].joined()) }
            case .cube(let expressions, let position):
                var parts: [[Int]] = []
                for expression in expressions { parts.append(try key(expression)) }
                guard parts.count <= 12 else { throw error("54011", "CUBE is limited to 12 elements", at: position) }
                return (0..<(1 << parts.count)).reversed().map { mask in
                    parts.indices.filter { mask & (1 << (parts.count - 1 - $0)) != 0 }.flatMap { parts[$0] }
                }
            case .sets(let items, _):
                var all: [[Int]] = []
                for item in items { all += try sets(item) }
                return all
            }
        }
        var product: [[Int]] = [[]]
        for item in select.groupBy {
            let parts = try sets(item)
            product = product.flatMap { left in parts.map { left + $0 } }
            guard product.count <= 4096 else { throw error("54001", "too many grouping sets present (maximum 4096)", at: select.position) }
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

    /// Puts the aggregation on top of the plan, and rewrites what comes after it to the groups' rows.
    private func grouped(
        _ plan: inout Plan, _ grouping: Grouping, _ scope: Scope, _ outputs: inout [Scalar], _ having: inout Scalar?, _ select: Select
    ) throws(SQLError) -> Scalar? {
        var keys = grouping.keys.map { AggregatePlan.Key(scalar: $0, position: scope.level.allocate()) }
        var sets = grouping.sets
        // Sets of the rows' own functions come before the groups if keys use them.
        let usedSets = scope.sets.filter { set in keys.contains { $0.scalar.positions.contains(set.position) } }
        if !usedSets.isEmpty {
            plan = SetFunctionsPlan(plan, usedSets)
            scope.sets.removeAll { set in usedSets.contains { $0 === set } }
        }
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
                    keys.append(AggregatePlan.Key(scalar: column, position: scope.level.allocate()))
                    for set in sets.indices { sets[set].append(keys.count - 1) }
                }
            }
        }
        let setPosition = scope.groupingCalls.isEmpty ? nil : scope.level.allocate()
        let computed = scope.computedPositions
        func rewritten(_ scalar: Scalar) throws(SQLError) -> Scalar {
            try scalar.replacing { node throws(SQLError) in
                if let request = node as? GroupingRequest {
                    return try self.grouping(request, grouping, setPosition ?? 0, select.position)
                }
                if let key = keys.first(where: { $0.scalar.isSame(as: node) }) {
                    return ColumnScalar(
                        key.position, node.type, name: (node as? ColumnScalar)?.name ?? "?column?", fields: (node as? ColumnScalar)?.fields)
                }
                if let column = node as? ColumnScalar, !computed.contains(column.position) {
                    let table = scope.rangeEntries.first { $0.usedColumns.values.contains { $0.position == column.position } }?.name
                    throw self.error(
                        "42803",
                        "column \"\(table.map { "\($0)." } ?? "")\(column.name)\" must appear in the GROUP BY clause or be used in "
                            + "an aggregate function", at: select.position)
                }
                return nil
            }
        }
        for index in outputs.indices { outputs[index] = try rewritten(outputs[index]) }
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
        plan = AggregatePlan(plan, keys: keys, sets: sets, calls: scope.aggregates, setPosition: setPosition, level: scope.level)
        return condition
    }

    private func grouping(
        _ request: GroupingRequest, _ grouping: Grouping, _ setPosition: Int, _ position: Position
    ) throws(SQLError) -> Scalar {
        var indexes: [Int] = []
        for argument in request.arguments {
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

    // MARK: - Windows and sets

    private func windowed(_ plan: Plan, _ scope: Scope) -> Plan {
        var plan = plan
        var done: [WindowSpecification] = []
        for call in scope.windows where !done.contains(where: { $0 === call.window }) {
            done.append(call.window)
            plan = WindowPlan(plan, call.window, scope.windows.filter { $0.window === call.window })
        }
        return plan
    }

    /// Sets whose arguments are other sets' rows come after those.
    private func withSets(_ plan: Plan, _ scope: Scope) throws(SQLError) -> Plan {
        var plan = plan
        var left = scope.sets
        while !left.isEmpty {
            let ready = left.filter { set in
                !left.contains { other in other !== set && set.operands.contains { $0.positions.contains(other.position) } }
            }
            guard !ready.isEmpty else { return plan }
            plan = SetFunctionsPlan(plan, ready)
            left.removeAll { set in ready.contains { $0 === set } }
        }
        return plan
    }
}

/// What an output column is called that has no label.
enum OutputNames {
    static func name(of expression: Expression) -> String? {
        switch expression {
        case .column(let reference): return reference.parts.last?.text
        case .access(let access):
            for case .field(let name) in access.steps.reversed() { return name.text }
            return name(of: access.base)
        case .call(let call): return call.name.last
        case .conditional(let conditional): return conditional.kind.rawValue
        case .case(let expression): return expression.otherwise.flatMap(strong) ?? "case"
        case .row: return "row"
        case .array: return "array"
        case .special(let special): return special.kind.rawValue
        case .subquery(let subquery):
            switch subquery.kind {
            case .exists: return "exists"
            case .array: return "array"
            case .scalar:
                var query = subquery.query
                while case .combined(let combination) = query.body { query = combination.first }
                if case .select(let select) = query.body, let item = select.items.first {
                    return item.label?.text ?? name(of: item.value)
                }
                return query.body.isValues ? "column1" : nil
            }
        case .chain(let chain):
            switch chain.steps.last {
            case .cast(let type, _)?:
                var inner = chain
                inner.steps.removeLast()
                let base = inner.steps.isEmpty ? strong(inner.first) : strong(.chain(inner))
                return base ?? type.name.last
            case .collate?:
                var inner = chain
                inner.steps.removeLast()
                return inner.steps.isEmpty ? name(of: inner.first) : name(of: .chain(inner))
            case .atTimeZone?: return "timezone"
            default: return nil
            }
        default: return nil
        }
    }

    /// A name that goes before that of a cast's type: `case` and a type's name don't.
    private static func strong(_ expression: Expression) -> String? {
        switch expression {
        case .case(let expression): return expression.otherwise.flatMap(strong)
        case .chain(let chain):
            if case .cast? = chain.steps.last {
                var inner = chain
                inner.steps.removeLast()
                return inner.steps.isEmpty ? strong(inner.first) : strong(.chain(inner))
            }
            return name(of: expression)
        default: return name(of: expression)
        }
    }
}

extension Query.Body {
    fileprivate var isValues: Bool {
        if case .values = self { true } else { false }
    }
}
