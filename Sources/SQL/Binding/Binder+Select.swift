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
        let joinsAround = joinsAround
        defer { self.joinsAround = joinsAround }
        scope.takesFlat = true
        let from = try bind(from: select.from, scope)
        for window in select.windows {
            guard scope.windowDefinitions[window.name.text] == nil else {
                throw error("42P20", "window \"\(window.name.text)\" is already defined", at: window.name.position)
            }
            scope.windowDefinitions[window.name.text] = try completed(window.window, scope)
        }
        // As in PostgreSQL, so that of two things that are wrong the same one is told.
        scope.rules = .select
        var values = try selected(select.items, scope)
        if resolvesUnknown { for index in values.indices { values[index].scalar = resolved(values[index].scalar) } }
        scope.rules = .whereClause
        var filter: Scalar?
        if let condition = select.filter { filter = try self.condition(condition, scope, "WHERE", condition.position) }
        scope.rules = .having
        var having: Scalar?
        if let condition = select.having { having = try self.condition(condition, scope, "HAVING", condition.position) }

        note([filter, having])
        // What a query in FROM gives may be left out.
        if scope.parent == nil {
            note(values.map(\.scalar))
            for call in scope.aggregates { note(call.operands) }
        }

        // ORDER BY and DISTINCT ON
        scope.rules = .orderBy
        var hidden: [Scalar] = []
        func place(_ scalar: Scalar) -> Int {
            if let index = values.firstIndex(where: { $0.scalar.isSame(as: scalar) }) { return index }
            if let index = hidden.firstIndex(where: { $0.isSame(as: scalar) }) { return values.count + index }
            hidden.append(scalar)
            return values.count + hidden.count - 1
        }
        try requireLockable(select, scope.rowLocks, scope)
        let locks = try lockedTables(scope).compactMap { locked -> LockRowsPlan.Target? in
            guard case .table(let table) = locked.entry.source else { return nil }
            let position = place(locked.entry.scalar(table.keyIndex))
            return LockRowsPlan.Target(table: table, position: position, strength: locked.strength, waiting: locked.waiting)
        }
        var order: [(index: Int, item: SortItem)] = []
        for item in orderBy { order.append((try outputIndex(item.value, values, scope, "ORDER BY", place), item)) }

        scope.rules = .groupBy
        let grouping = try groups(select, values, scope)

        scope.rules = .orderBy
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

        let bounds = try self.bounds(limit, scope)

        let columns = values.map {
            OutputColumn(
                name: $0.name, type: $0.scalar.type, tableOID: $0.column?.tableOID ?? 0, number: $0.column?.number ?? 0,
                fields: recordFields($0.scalar), position: $0.expression?.position, open: openSources($0.scalar, scope.rangeEntries))
        }
        if let flat = flatQuery(from, filter, values.map(\.scalar), scope) {
            return BoundQuery(plan: OneRowPlan(scope.level), columns: columns, flat: flat)
        }

        var outputs = values.map(\.scalar) + hidden
        let isGrouped = !select.groupBy.isEmpty || !scope.aggregates.isEmpty || select.having != nil
        var groups: Groups?
        if isGrouped {
            var made = try self.groups(grouping, scope, &outputs, having, select)
            // What HAVING says of keys is asked of rows, before there are groups.
            filter = AndScalar.joining((filter.map { [$0] } ?? []) + (try made.takeConditionsOfRows()))
            groups = made
        }
        var untold: [Int: Scalar] = [:]
        for (index, value) in values.enumerated() where value.scalar.isUntold { untold[index] = value.scalar }
        let keys = try order.map { pair throws(SQLError) in
            let (index, output) = (pair.index, outputs[pair.index])
            let name = (output as? ColumnScalar)?.name ?? (index < values.count ? values[index].name : "?column?")
            return try sortKey(pair.item, ColumnScalar(index, output.type, name: name, table: (output as? ColumnScalar)?.table))
        }
        if distinctOn.isEmpty, bounds.count == nil, bounds.offset == nil,
            let later = later(from, filter, outputs, valueCount: values.count, groups, keys, order.map(\.index), scope, select)
        {
            return BoundQuery(plan: OneRowPlan(scope.level), columns: columns, untold: untold, later: later)
        }

        // The plan, from the rows up.
        var plan = try FromPlanner(scope.level, definitions, makeSlot: makeSlot).plan(from, filter)
        let scan = scan(of: plan)
        if let groups {
            plan = try grouped(plan, groups, scope.level, select, scope.rangeEntries)
        } else if let request = scope.groupingCalls.first {
            throw error(
                "42803", "arguments to GROUPING must be grouping expressions of the associated query level",
                at: request.argumentPositions.first ?? select.position)
        }
        plan = windowed(plan, scope.windows)
        // Equal rows stand together: by ORDER BY, and by what it doesn't say.
        func unique(_ plan: Plan, _ scalar: (Int) -> Scalar) throws(SQLError) -> Plan {
            let keys = try order.map { key throws(SQLError) in try sortKey(key.item, scalar(key.index)) }
            let unordered = distinctOn.filter { index in !order.contains { $0.index == index } }
            let missing = unordered.map { SortKey(scalar: scalar($0), isDescending: false, nullsFirst: false) }
            return UniquePlan(SortPlan(plan, keys + missing), distinctOn.map(scalar))
        }
        // Sets are made for the rows that DISTINCT ON keeps, unless they say which these are.
        var isUniqueFirst = false
        if !distinctOn.isEmpty, !scope.sets.isEmpty {
            let deciding = Set((order.map(\.index) + distinctOn).flatMap { outputs[$0].positions })
            isUniqueFirst = !scope.sets.contains { deciding.contains($0.position) }
        }
        if isUniqueFirst { plan = try unique(plan) { outputs[$0] } }
        plan = try withSets(plan, scope)
        var postponed: [Scalar] = []
        if !order.isEmpty || bounds.count != nil, case .no = select.distinct, limit?.hasTies != true {
            postponed = try postponing(&outputs, except: Set(order.map(\.index)), count: values.count)
        }
        plan = ProjectPlan(plan, outputs)
        if case .rows = select.distinct {
            plan = DistinctPlan(plan, outputs.map(\.type))
            if !keys.isEmpty { plan = SortPlan(plan, keys) }
        } else if !distinctOn.isEmpty {
            if !isUniqueFirst {
                plan = try unique(plan) { index in
                    let output = outputs[index] as? ColumnScalar
                    let name = output?.name ?? (index < values.count ? values[index].name : "?column?")
                    return ColumnScalar(index, outputs[index].type, name: name, table: output?.table)
                }
            }
        } else if !keys.isEmpty {
            let isPlain = !isGrouped && scope.windows.isEmpty && scope.sets.isEmpty && !outputs.contains(where: \.isVolatile)
            var isLimited = false
            if case .rows? = limit?.count { isLimited = limit?.hasTies == false }
            plan = sorted(plan, keys, order.map { outputs[$0.index] }, by: isPlain ? scan : nil, isLimited: isLimited)
        }
        if !locks.isEmpty { plan = LockRowsPlan(plan, locks) }
        if !postponed.isEmpty {
            if bounds.count != nil { plan = LimitPlan(plan, count: LastRowScalar(bounds), offset: nil, ties: nil) }
            plan = ProjectPlan(plan, postponed)
        }
        plan = try limited(plan, limit, bounds, keys)
        if outputs.count > values.count { plan = TrimPlan(plan, values.count) }
        return BoundQuery(plan: plan, columns: columns, untold: untold)
    }

    /// Rows in an order.
    ///
    /// - Parameters:
    ///   - outputs: what each key is of the rows below.
    ///   - scan: gives those rows, and may give them in the order; nil if they are others.
    func sorted(_ plan: Plan, _ keys: [SortKey], _ outputs: [Scalar], by scan: ScanPlan?, isLimited: Bool) -> Plan {
        let columns = zip(outputs, keys).compactMap { output, key in (output as? ColumnScalar).map { (position: $0.position, key: key) } }
        let scan = columns.count == keys.count ? scan : nil
        return SortPlan(
            plan, keys, ordered: scan?.ordered(by: columns, definitions), best: scan?.isBest(by: columns) == true ? scan : nil,
            isLimited: isLimited, avoidsSort: !definitions.methods.sort)
    }

    /// The scan whose rows these are; what is computed of them doesn't change their order.
    func scan(of plan: Plan) -> ScanPlan? { ((plan as? ComputedColumnsPlan)?.children[0] ?? plan) as? ScanPlan }

    /// Takes those of the first outputs that are another value each time out of the rows that are sorted and limited, so that they are made
    /// once for each row that comes out, and in that order. Returns what makes them of such a row, beside the others; empty if there are none.
    private func postponing(_ outputs: inout [Scalar], except keys: Set<Int>, count: Int) throws(SQLError) -> [Scalar] {
        let places = (0..<count).filter { !keys.contains($0) && outputs[$0].isVolatile && !outputs[$0].hasSubquery }
        guard !places.isEmpty else { return [] }
        var later: [Scalar] = outputs.enumerated().map { ColumnScalar($0.offset, $0.element.type) }
        for place in places {
            let scalar = outputs[place]
            outputs[place] = ConstantScalar.null(scalar.type)
            later[place] = try scalar.replacing { node throws(SQLError) in
                guard let column = node as? ColumnScalar else { return nil }
                let known = outputs.firstIndex { ($0 as? ColumnScalar)?.position == column.position }
                if known == nil { outputs.append(column) }
                return ColumnScalar(known ?? outputs.count - 1, column.type, name: column.name, fields: column.fields)
            }
        }
        for place in later.count..<max(later.count, outputs.count) { later.append(ColumnScalar(place, outputs[place].type)) }
        return later
    }

    /// Where an expression of ORDER BY or DISTINCT ON stands among the outputs.
    private func outputIndex(
        _ expression: Expression, _ values: [SelectedValue], _ scope: Scope, _ clause: String, _ place: (Scalar) -> Int
    ) throws(SQLError) -> Int {
        if case .literal(let literal) = expression {
            guard case .integer(let number) = literal.value, number <= Int32.max else {
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
                guard matches.dropFirst().allSatisfy({ values[$0].scalar.isSame(as: values[first].scalar) }) else {
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
                try requireFew(values.count, at: items.first?.position)
                continue
            }
            if case .access(let access) = item.value, case .allFields(let position)? = access.steps.last {
                values += try expandFields(access, position, scope)
                continue
            }
            let scalar = try bind(item.value, scope)
            var column: ScopeColumn?
            if let note = definitions.noteUnlabelled, item.label == nil, let name = OutputNames.name(of: item.value) {
                note(item.position.offset, name)
            }
            if case .column(let reference) = item.value, scalar is ColumnScalar {
                column =
                    reference.parts.count == 1
                    ? try self.column(reference.parts[0], scope)?.column
                    : reference.parts.count == 2
                        ? try self.column(reference.parts[1], of: reference.parts[0], schema: nil, scope)?.column : nil
            }
            var name = item.label?.text ?? OutputNames.name(of: item.value)
            // `(TABLE t)` and `(SELECT * FROM t)` are called like their column.
            if name == nil, case .subquery(let subquery) = item.value, subquery.kind == .scalar {
                name = (scalar as? SubqueryScalar)?.label
            }
            values.append(SelectedValue(scalar: scalar, name: name ?? "?column?", column: column, expression: item.value))
        }
        try requireFew(values.count, at: items.first?.position)
        return values
    }

    private func requireFew(_ count: Int, at position: Position?) throws(SQLError) {
        guard count <= 1664 else { throw error("54011", "target lists can have at most 1664 entries", at: position) }
    }

    func expandStar(_ reference: ColumnReference, _ scope: Scope) throws(SQLError) -> [SelectedValue] {
        try requireColumns(scope, at: reference.position)
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
                throw missingEntry(table, scope, at: reference.position)
            }
            if scope.item(named: table.text) == nil, let row = wholeRow(table, scope) as? RowScalar {
                return zip(row.fields, row.operands).map { SelectedValue(scalar: $1, name: $0.name, column: nil) }
            }
            columns = try starColumns(item, at: reference.position)
        } else {
            guard !scope.items.isEmpty else {
                throw error("42601", "SELECT * with no tables specified is not valid", at: reference.position)
            }
            for item in scope.items where item.areColumnsVisible { columns += try starColumns(item, at: reference.position) }
        }
        // Of wide tables, joined by the hundred, they aren't made first.
        try requireFew(columns.count, at: reference.position)
        if let refusal = columns.lazy.compactMap(\.refusal).first { throw refusal }
        if stars != nil { try noteStar(reference, scope) }
        // The expression, and the column of the result.
        try definitions.countBound(byteCount: columns.count * 2 * Definitions.expressionByteCount)
        return columns.map { SelectedValue(scalar: $0.make(), name: $0.name, column: $0) }
    }

    /// The columns of an item, and the fields that documents of an open table have.
    private func starColumns(_ item: ScopeItem, at position: Position) throws(SQLError) -> [ScopeColumn] {
        guard let open = item.open else { return item.visibleColumns }
        var names = try definitions.openFields(of: open.table).map(\.name)
        let columns = item.visibleColumns
        let new = Set(item.writtenFields).subtracting(names).subtracting(columns.map(\.name))
        if !new.isEmpty { names = (names + new).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
        return columns + names.map { open.column(Name($0, at: position)) }
    }

    /// Notes the names of what a star stands for.
    private func noteStar(_ reference: ColumnReference, _ scope: Scope) throws(SQLError) {
        var items = scope.items.filter(\.areColumnsVisible)
        if let table = reference.parts.last { items = scope.item(named: table.text).map { [$0] } ?? [] }
        guard !items.isEmpty else { return }
        var names: [String] = []
        for item in items {
            let table = item.isQualifiedVisible ? item.name.map { Quoting.identifier($0) + "." } : nil
            for column in try starColumns(item, at: reference.position) { names.append((table ?? "") + Quoting.identifier(column.name)) }
        }
        stars?[reference.position.offset] = names.joined(separator: ", ")
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
        if case .composite(let declared)? = types.type(TypeTable.base(of: scalar.type, types).oid)?.kind { fields = declared }
        guard let fields, !fields.isEmpty else {
            throw error("42809", "type \(typeName(scalar.type)) is not composite", at: position)
        }
        return fields.enumerated().map {
            SelectedValue(
                scalar: FieldScalar(scalar, $0.offset, $0.element.type, name: $0.element.name), name: $0.element.name, column: nil)
        }
    }

    // MARK: - Windows and sets

    func windowed(_ plan: Plan, _ calls: [WindowCall]) -> Plan {
        var plan = plan
        var done: [WindowSpecification] = []
        for call in calls where !done.contains(where: { $0 === call.window }) {
            done.append(call.window)
            plan = WindowPlan(plan, call.window, calls.filter { $0.window === call.window })
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
