extension Binder {
    /// A query with all its clauses. Its scope is new, and has its surroundings as parent.
    func bind(_ query: Query, _ scope: Scope, resolvesUnknown: Bool) throws(SQLError) -> BoundQuery {
        let tables = try bind(query.with, scope)
        var bound: BoundQuery
        switch query.body {
        case .select(let select):
            scope.rowLocks = query.locks
            bound = try bind(select, orderBy: query.orderBy, limit: query.limit, scope, resolvesUnknown: resolvesUnknown)
        case .values(let values):
            try requireNoLocks(query.locks, "cannot be applied to VALUES")
            bound = try bind(values, scope)
            bound = try sorted(bound, query, scope)
        case .table(let relation):
            let select = Select(
                items: [
                    SelectItem(value: .column(ColumnReference(parts: [], isStar: true, position: query.position)), position: query.position)
                ],
                from: [.relation(relation)], position: query.position)
            scope.rowLocks = query.locks
            bound = try bind(select, orderBy: query.orderBy, limit: query.limit, scope, resolvesUnknown: resolvesUnknown)
        case .combined(let combination):
            try requireNoLocks(query.locks, "is not allowed with UNION/INTERSECT/EXCEPT")
            bound = try bind(combination, scope)
            bound = try sorted(bound, query, scope)
        }
        if !tables.isEmpty, scope.parent != nil || scope.isRecursiveStep { bound.plan = FreshTablesPlan(bound.plan, tables) }
        return bound
    }

    /// ORDER BY and LIMIT of what is no plain SELECT: by output columns alone.
    private func sorted(_ bound: BoundQuery, _ query: Query, _ scope: Scope) throws(SQLError) -> BoundQuery {
        var sorted = bound
        var keys: [SortKey] = []
        for item in query.orderBy {
            guard let index = try outputPosition(item.value, bound.columns, clause: "ORDER BY") else {
                if case .column(let reference) = item.value, reference.parts.count > 1 {
                    throw error("42P01", "missing FROM-clause entry for table \"\(reference.parts[0].text)\"", at: reference.position)
                }
                throw error(
                    "0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    hint: "Add the expression/function to every SELECT, or move the UNION into a FROM clause.", at: item.value.position)
            }
            keys.append(try sortKey(item, ColumnScalar(index, bound.columns[index].type, name: bound.columns[index].name)))
        }
        if let later = bound.later, !keys.isEmpty {
            sorted.later = LaterQuery { conditions, makeSlot throws(SQLError) in
                let (plan, left) = try later.plan(asking: conditions, makeSlot: makeSlot)
                return (SortPlan(plan, keys), left)
            }
            return sorted
        }
        if !keys.isEmpty { sorted.plan = SortPlan(sorted.plan, keys) }
        sorted.plan = try limited(sorted.plan, query.limit, try bounds(query.limit, scope), keys)
        return sorted
    }

    /// Which output column a name or a number means; nil if it is an expression.
    private func outputPosition(_ expression: Expression, _ columns: [OutputColumn], clause: String) throws(SQLError) -> Int? {
        switch expression {
        case .literal(let literal):
            if case .integer(let number) = literal.value, number <= Int32.max {
                guard number >= 1, number <= columns.count else {
                    throw error("42P10", "\(clause) position \(number) is not in select list", at: literal.position)
                }
                return Int(number) - 1
            }
            throw error("42601", "non-integer constant in \(clause)", at: literal.position)
        case .column(let reference) where reference.parts.count == 1 && !reference.isStar:
            let name = reference.parts[0]
            let matches = columns.indices.filter { columns[$0].name == name.text }
            if matches.isEmpty {
                guard clause == "ORDER BY" else { return nil }
                throw error("42703", "column \"\(name.text)\" does not exist", at: name.position)
            }
            if matches.count > 1 { throw error("42702", "\(clause) \"\(name.text)\" is ambiguous", at: name.position) }
            return matches[0]
        default: return nil
        }
    }

    /// The expressions of LIMIT and OFFSET.
    func bounds(_ limit: Limit?, _ scope: Scope) throws(SQLError) -> (count: Scalar?, offset: Scalar?) {
        guard let limit else { return (nil, nil) }
        func number(_ expression: Expression?, _ word: String) throws(SQLError) -> Scalar? {
            guard let expression else { return nil }
            let inner = Scope(parent: scope.parent, rules: .limit)
            let outer = scope.boundary
            let bound: Scalar
            do throws(SQLError) {
                bound = try bind(expression, inner)
            } catch {
                guard ["42703", "42P01"].contains(error.state.rawValue),
                    let other = try? bind(expression, Scope(parent: scope, rules: .limit))
                else { throw error }
                guard try coerceIfPossible(other, to: .int8, .assignment, at: expression.position) != nil else {
                    throw self.error(
                        "42804", "argument of \(word) must be type bigint, not type \(typeName(other.type))", at: expression.position)
                }
                throw self.error("42P10", "argument of \(word) must not contain variables", at: expression.position)
            }
            guard let scalar = try coerceIfPossible(bound, to: .int8, .assignment, at: expression.position) else {
                throw error(
                    "42804", "argument of \(word) must be type bigint, not type \(typeName(bound.type))", at: expression.position)
            }
            if !scalar.positions.isEmpty { throw error("42P10", "argument of \(word) must not contain variables", at: expression.position) }
            // What it needs of outer rows comes over the query's own line.
            if let boundary = inner.boundary, let outer {
                for item in boundary.own where !outer.own.contains(where: { $0.slot == item.slot }) { outer.own.append(item) }
                outer.outerSlots.formUnion(boundary.outerSlots)
            }
            return scalar
        }
        var count: Scalar?
        if case .rows(let expression) = limit.count { count = try number(expression, "LIMIT") }
        return (count, try number(limit.offset, "OFFSET"))
    }

    func limited(
        _ plan: Plan, _ limit: Limit?, _ bounds: (count: Scalar?, offset: Scalar?), _ keys: [SortKey]
    ) throws(SQLError) -> Plan {
        guard let limit else { return plan }
        let (count, offset) = bounds
        if limit.hasTies, keys.isEmpty { throw error("42601", "WITH TIES cannot be specified without ORDER BY clause", at: nil) }
        if limit.hasTies, case .rows(let expression) = limit.count, case .literal(let literal) = expression, literal.value == .null {
            throw error("2201W", "row count cannot be null in FETCH FIRST ... WITH TIES clause", at: literal.position)
        }
        guard count != nil || offset != nil else { return plan }
        return LimitPlan(plan, count: count, offset: offset, ties: limit.hasTies ? keys : nil)
    }

    // MARK: - VALUES and set operations

    private func bind(_ values: Values, _ scope: Scope) throws(SQLError) -> BoundQuery {
        let inner = scope
        inner.rules = .values
        var rows: [[Scalar]] = []
        for row in values.rows {
            var scalars: [Scalar] = []
            for expression in row { scalars.append(try bind(expression, inner)) }
            if let first = rows.first, first.count != scalars.count {
                throw error("42601", "VALUES lists must all be the same length", at: row.first?.position)
            }
            rows.append(scalars)
        }
        guard let width = rows.first?.count else { throw error("42601", "VALUES needs a row", at: values.position) }
        var columns: [OutputColumn] = []
        for index in 0..<width {
            let all = rows.map { $0[index] }
            var type = try commonType(all, "VALUES", at: values.rows.map { $0[index].position })
            if type == .unknown { type = .text }
            for row in rows.indices {
                let coerced = try coerce(rows[row][index], to: type, .implicit, at: values.rows[row][index].position)
                rows[row][index] = type.modifier < 0 ? withBlanks(coerced) : coerced
            }
            columns.append(OutputColumn(name: "column\(index + 1)", type: type))
        }
        var plan: Plan
        if inner.sets.isEmpty {
            plan = ValuesPlan(rows)
        } else if rows.count == 1 {
            plan = ProjectPlan(SetFunctionsPlan(OneRowPlan(inner.level), inner.sets), rows[0])
        } else {
            throw error("0A000", "set-returning functions are not allowed in VALUES", at: values.position)
        }
        if !inner.aggregates.isEmpty { plan = ValuesPlan(rows) }
        return BoundQuery(plan: plan, columns: columns)
    }

    private func bind(_ combination: Combination, _ scope: Scope) throws(SQLError) -> BoundQuery {
        try requireShallow(combination.steps.count)
        var left = try bindOperand(combination.first, scope)
        for step in combination.steps {
            let right = try bindOperand(step.query, scope)
            let word = step.operation.rawValue.uppercased()
            guard left.columns.count == right.columns.count else {
                throw error(
                    "42601", "each \(word) query must have the same number of columns",
                    at: right.columns.first?.position ?? step.query.position)
            }
            (left, _) = try combined(left, right, step.operation, keepsDuplicates: step.keepsDuplicates, word, step.query.position)
        }
        if left.later != nil { return left }
        var plan = left.plan
        var columns = left.columns
        if columns.contains(where: { $0.type == .unknown }) {
            let scalars = columns.enumerated().map { resolved(ColumnScalar($0.offset, $0.element.type)) }
            plan = ProjectPlan(plan, scalars)
            for index in columns.indices { columns[index].type = scalars[index].type }
        }
        return BoundQuery(plan: plan, columns: columns)
    }

    private func bindOperand(_ query: Query, _ scope: Scope) throws(SQLError) -> BoundQuery {
        // An operand is a query of its own, over the same surroundings.
        let inner = Scope(parent: scope.parent, rules: .select)
        inner.commonTables = scope.commonTables
        inner.pendingTables = scope.pendingTables
        inner.isRecursiveStep = scope.isRecursiveStep
        inner.mayBeLater = scope.mayBeLater && query.isBare
        let bound = try bind(query, inner, resolvesUnknown: false)
        if let boundary = inner.boundary, let outer = scope.boundary {
            for item in boundary.own where !outer.own.contains(where: { $0.slot == item.slot }) { outer.own.append(item) }
            outer.outerSlots.formUnion(boundary.outerSlots)
            outer.hasVolatile = outer.hasVolatile || boundary.hasVolatile
        }
        return bound
    }

    func combined(
        _ left: BoundQuery, _ right: BoundQuery, _ operation: Combination.Operation, keepsDuplicates: Bool, _ word: String,
        _ position: Position
    ) throws(SQLError) -> (BoundQuery, [SQLType]) {
        var columns = left.columns
        var types: [SQLType] = []
        for index in columns.indices {
            let both = [left.columns[index], right.columns[index]]
            let isUnknown = both.allSatisfy { $0.type == .unknown }
            let type = isUnknown ? SQLType.text : try commonType(both.map(\.type), word, at: both.map { $0.position ?? position })
            if type.oid == SQLType.json.oid, !(operation == .union && keepsDuplicates) {
                throw error("42883", "could not identify an equality operator for type json", at: position)
            }
            types.append(type)
            columns[index].type = type
            columns[index].tableOID = 0
            columns[index].number = 0
            // Of other operations all values come from the left.
            if operation == .union { columns[index].open = Self.sources(left.columns[index], right.columns[index]) }
            if type != .open { columns[index].open = [] }
        }
        let conversions = [try conversion(of: left, to: types), try conversion(of: right, to: types)]
        func combine(_ plans: [Plan]) -> Plan { CombinePlan(plans[0], plans[1], types, operation, keepsDuplicates: keepsDuplicates) }
        if let later = later([left, right], conversions, handsDown: operation != .except, combine) {
            return (BoundQuery(plan: left.plan, columns: columns, later: later), types)
        }
        return (BoundQuery(plan: combine(zip([left, right], conversions).map { Self.converted($0, $1) }), columns: columns), types)
    }

    private static func sources(_ left: OutputColumn, _ right: OutputColumn) -> [OpenSource] {
        left.open.isEmpty || right.open.isEmpty ? [] : left.open + right.open
    }

    /// Reads a literal that a column is as a value of a type, whether or not there will be rows, and tells a parameter that it is of it.
    func tell(_ query: BoundQuery, _ index: Int, _ type: SQLType) throws(SQLError) {
        if let scalar = query.untold[index] { _ = try coerce(scalar, to: type, .assignment, at: query.columns[index].position) }
    }

    /// The rows with columns of these types.
    func converted(_ query: BoundQuery, to types: [SQLType]) throws(SQLError) -> Plan {
        Self.converted(query, try conversion(of: query, to: types))
    }

    private static func converted(_ query: BoundQuery, _ conversion: [Scalar]?) -> Plan {
        conversion.map { ProjectPlan(query.plan, $0) } ?? query.plan
    }

    /// What brings columns to these types; nil if they have them.
    private func conversion(of query: BoundQuery, to types: [SQLType]) throws(SQLError) -> [Scalar]? {
        let losesLength = { (from: SQLType, to: SQLType) in to.oid == SQLType.bpchar.oid && from.modifier != to.modifier }
        guard zip(query.columns, types).contains(where: { $0.type.oid != $1.oid || losesLength($0.type, $1) }) else { return nil }
        var scalars: [Scalar] = []
        for (index, column) in query.columns.enumerated() {
            try tell(query, index, types[index])
            let coerced = try coerce(ColumnScalar(index, column.type), to: types[index], .implicit, at: nil)
            scalars.append(types[index].modifier < 0 ? withBlanks(coerced) : coerced)
        }
        return scalars
    }

    // MARK: - WITH

    /// Binds the tables of WITH into the scope; returns those that read only.
    func bind(_ with: With?, _ scope: Scope) throws(SQLError) -> [CommonTableRows] {
        guard let with else { return [] }
        try requireShallow(with.tables.count)
        var names: Set<String> = []
        for table in with.tables where !names.insert(table.name.text).inserted {
            throw error("42712", "WITH query name \"\(table.name.text)\" specified more than once", at: table.name.position)
        }
        let pending = PendingTables(with, scope)
        if with.isRecursive { scope.pendingTables = pending }
        for table in with.tables where pending.bound[table.name.text] == nil { try bind(table, pending) }
        scope.pendingTables = pending.outer
        return pending.readers
    }

    /// Binds one table of WITH: in its turn, or when another one names it.
    func bind(_ table: CommonTable, _ pending: PendingTables) throws(SQLError) {
        let scope = pending.scope
        pending.waiting[table.name.text] = nil
        pending.underWay.append(table.name)
        let notedBefore = notesConstants
        notesConstants = false
        defer {
            pending.underWay.removeLast()
            notesConstants = notedBefore
        }
        let addsColumns = table.search != nil || table.cycle != nil
        let entry = CommonTableEntry(CommonTableRows(name: table.name.text))
        if case .query(let query) = table.statement {
            if pending.isRecursive, case .combined(let combination) = query.body, combination.steps.last?.operation == .union {
                try bindRecursive(table, query, combination, entry, scope)
            } else {
                if addsColumns { throw error("42601", "WITH query is not recursive", at: table.name.position) }
                let inner = inside(scope)
                let bound = try bind(query, inner, resolvesUnknown: true)
                adopt(inner, scope)
                entry.outerSlots = inner.boundary?.outerSlots ?? []
                entry.rows.plan = bound.plan
                entry.columns = try renamed(bound.columns, table)
            }
            pending.readers.append(entry.rows)
        } else {
            guard scope.parent == nil else {
                throw error(
                    "0A000", "WITH clause containing a data-modifying statement must be at the top level", at: table.name.position)
            }
            let inner = inside(scope)
            let bound = try bindChange(table.statement, inner)
            entry.rows.plan = bound.plan
            entry.rows.isWrite = true
            entry.columns = try renamed(bound.columns, table)
            writes.append(entry.rows)
        }
        entry.rows.width = entry.columns.count
        scope.commonTables[table.name.text] = entry
        pending.bound[table.name.text] = entry
    }

    /// A scope for a table of WITH: it sees what is around the query, and not the query's rows.
    private func inside(_ scope: Scope) -> Scope {
        let inner = Scope(parent: scope.parent, rules: .select)
        inner.commonTables = scope.commonTables
        inner.pendingTables = scope.pendingTables
        return inner
    }

    /// What an inner query needs of outer rows, its surrounding needs too.
    private func adopt(_ inner: Scope, _ scope: Scope) {
        guard let boundary = inner.boundary, let outer = scope.boundary else { return }
        for item in boundary.own where !outer.own.contains(where: { $0.slot == item.slot }) { outer.own.append(item) }
        outer.outerSlots.formUnion(boundary.outerSlots)
    }

    private func renamed(_ columns: [OutputColumn], _ table: CommonTable) throws(SQLError) -> [OutputColumn] {
        guard table.columns.count <= columns.count else {
            throw error(
                "42P10",
                "WITH query \"\(table.name.text)\" has \(columns.count) columns available but \(table.columns.count) columns "
                    + "specified", at: table.name.position)
        }
        var columns = columns
        for (index, name) in table.columns.enumerated() { columns[index].name = name.text }
        return columns.map { OutputColumn(name: $0.name, type: $0.type, fields: $0.fields, open: $0.open) }
    }

    private func bindRecursive(
        _ table: CommonTable, _ query: Query, _ combination: Combination, _ entry: CommonTableEntry, _ scope: Scope
    ) throws(SQLError) {
        var first = combination
        var last = first.steps.removeLast()
        let inner = inside(scope)
        _ = try bind(query.with, inner)
        let firstQuery = first.steps.isEmpty ? first.first : Query(body: .combined(first), position: query.position)
        let base = try bindOperand(firstQuery, inner)
        let types = base.columns.map { $0.type == .unknown ? SQLType.text : $0.type }
        var columns = base.columns
        for index in columns.indices { (columns[index].type, columns[index].open) = (types[index], []) }
        entry.columns = try renamed(columns, table)
        let added = try recursionColumns(table, entry.columns)
        if let added { last = try carrying(added, table, combination).steps[0] }
        let width = columns.count + (added?.columns.count ?? 0)
        let working = CommonTableRows(name: table.name.text)
        working.width = width
        let self_ = CommonTableEntry(working)
        self_.columns = entry.columns + (added?.columns ?? [])
        self_.hiddenCount = added?.columns.count ?? 0
        self_.isOpen = true
        inner.commonTables[table.name.text] = self_
        inner.isRecursiveStep = true
        let step = try bindOperand(last.query, inner)
        adopt(inner, scope)
        entry.outerSlots = inner.boundary?.outerSlots ?? []
        guard step.columns.count == width else {
            throw error("42601", "each UNION query must have the same number of columns", at: last.query.position)
        }
        if !self_.wasReferred {
            let (bound, _) = try combined(
                base, step, .union, keepsDuplicates: last.keepsDuplicates, "UNION", last.query.position)
            entry.rows.plan = bound.plan
            entry.columns = try renamed(bound.columns, table)
            return
        }
        guard query.orderBy.isEmpty else { throw unsupported("ORDER BY in a recursive query", at: query.orderBy[0].value.position) }
        guard query.limit == nil else { throw unsupported("LIMIT in a recursive query", at: query.position) }
        guard query.locks.isEmpty else { throw unsupported("FOR UPDATE/SHARE in a recursive query", at: query.position) }
        for (index, column) in step.columns.prefix(columns.count).enumerated() where column.type != types[index] && column.type != .unknown
        {
            let fits = castsImplicitly(column.type, types[index])
            guard fits, types[index].modifier < 0 else {
                let overall = fits ? SQLType(types[index].oid) : column.type
                throw error(
                    "42804",
                    "recursive query \"\(table.name.text)\" column \(index + 1) has type \(typeName(types[index])) in non-recursive "
                        + "term but type \(typeName(overall)) overall",
                    hint: "Cast the output of the non-recursive term to the correct type.",
                    at: base.columns[index].position ?? last.query.position)
            }
        }
        var parts = (try converted(base, to: types), try converted(step, to: types + (added?.columns.map(\.type) ?? [])))
        if let added {
            parts = (added.beginning(parts.0, types), added.following(parts.1, types))
            entry.columns += added.columns
        }
        entry.rows.plan = RecursivePlan(
            parts.0, parts.1, working, keepsDuplicates: last.keepsDuplicates, width: width, endingAt: added?.mark)
    }
}
