import Catalog

// UPDATE and DELETE.
extension Binder {
    /// What SET assigns, a value a column; nil is DEFAULT.
    func assignments(_ list: [Assignment], _ changed: ChangeTarget, _ scope: Scope) throws(SQLError) -> [(index: Int, scalar: Scalar?)] {
        let table = changed.table
        var result: [(index: Int, scalar: Scalar?)] = []
        /// Columns of which parts are assigned, as they are after the parts so far.
        var parts: [Int: Scalar] = [:]
        func add(_ target: Target, _ expression: Expression?, _ bound: Scalar?) throws(SQLError) {
            let index = try columnIndex(target.column, changed, .update)
            let column = table.declaration.columns[index]
            if result.contains(where: { $0.index == index }), target.steps.isEmpty || parts[index] == nil {
                throw error("42601", "multiple assignments to same column \"\(column.name)\"", at: nil)
            }
            var scalar = bound
            if let expression {
                if case .default = expression {
                    scalar = nil
                } else if case .array(let elements, let position) = expression {
                    scalar = try bind(array: elements, scope, position, as: elements.isEmpty ? column.type : nil)
                } else {
                    scalar = try bind(expression, scope)
                }
            }
            if scalar != nil, column.generated != nil || column.identity == "always" {
                throw error(
                    "428C9", "column \"\(column.name)\" can only be updated to DEFAULT",
                    detail: column.generated == nil
                        ? "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS."
                        : "Column \"\(column.name)\" is a generated column.", at: nil)
            }
            guard !target.steps.isEmpty else {
                let place = expression?.position ?? target.column.position
                let value = try scalar.map { scalar throws(SQLError) in try assigned(scalar, column, at: place) }
                result.append((index, value))
                return
            }
            guard let scalar else { throw error("0A000", "cannot set an array element to DEFAULT", at: target.column.position) }
            let current = changed.entry.scalar(index)
            parts[index] = try assigning(scalar, to: target, of: parts[index] ?? current, column, scope)
            if !result.contains(where: { $0.index == index }) { result.append((index, nil)) }
        }
        for assignment in list {
            switch assignment {
            case .single(let target, let expression): try add(target, expression, nil)
            case .several(let targets, let expression, let position):
                switch expression {
                case .row(let row)
                where row.fields.contains { if case .column(let reference) = $0 { reference.isStar } else { false } }:
                    let values = try bind(expression, scope).operands
                    guard values.count == targets.count else {
                        throw error("42601", "number of columns does not match number of values", at: position)
                    }
                    for (target, value) in zip(targets, values) { try add(target, nil, value) }
                case .row(let row):
                    guard row.fields.count == targets.count else {
                        throw error("42601", "number of columns does not match number of values", at: position)
                    }
                    for (target, field) in zip(targets, row.fields) { try add(target, field, nil) }
                case .subquery(let subquery) where subquery.kind == .scalar:
                    let (subplan, columns, operands) = try subplan(subquery.query, scope)
                    guard columns.count == targets.count else {
                        throw error("42601", "number of columns does not match number of values", at: position)
                    }
                    let record = SubqueryScalar(.row, subplan, .record, operands)
                    for (index, target) in targets.enumerated() {
                        try add(target, nil, FieldScalar(record, index, columns[index].type, name: columns[index].name))
                    }
                default:
                    guard targets.count == 1 else {
                        throw error(
                            "0A000", "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression", at: position)
                    }
                    try add(targets[0], expression, nil)
                }
            }
        }
        for place in result.indices {
            guard let scalar = parts[result[place].index] else { continue }
            result[place].scalar = try assigned(scalar, table.declaration.columns[result[place].index], at: nil)
        }
        return result
    }

    func bind(_ update: Update, _ scope: Scope) throws(SQLError) -> BoundQuery {
        _ = try bind(update.with, scope)
        let target = try target(update.target.name, alias: update.target.alias?.name, .update, [.update, .read], scope)
        let (table, entry) = (target.table, target.entry)
        entry.cells = try bind(cells: update.target.cells, of: table, scope)
        if table.isWrittenOpen || makesDocuments(update.assignments.flatMap(\.targets), target) {
            return try bindOpen(update, target, scope)
        }
        scope.items = try items(of: target)
        let nodes = [FromNode.entry(entry)] + (try bind(from: update.from, scope))
        try requireIndependent(nodes.dropFirst(), of: entry)
        scope.rules = .whereClause
        let filter = try bindFilter(update.filter, scope)
        scope.rules = .update
        let assignments = try assignments(update.assignments, target, scope)
        note(assignments.map(\.scalar))
        let returning = try returning(update.returning, entry, scope)
        let document = entry.scalar(table.documentIndex)
        let found = try found(target, nodes, filter, update.filter, document, assignments.compactMap(\.scalar), scope)
        let change = ChangePlan("Update on \(table.name)", of: target, [found.plan]) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, run.definitions)
            var seen = ChangedKeys(run, isNeeded: nodes.count > 1)
            let results = ReturnedRows(run)
            var count = 0
            try found.forEach(run) { item throws(SQLError) in
                guard let (key, document) = item.stored, try seen.insert(key) else { return }
                let old = guardian.row(of: document)
                var new = old
                try guardian.assign(assignments, known: item.values, to: &new, item.row, run)
                try guardian.update(old, oldKey: key, &new)
                try target.check(new, returning.level, run, guardian)
                count += 1
                if !returning.scalars.isEmpty { try results.append(try returning.row(new, item.row, run, guardian)) }
            }
            return (results.rows, count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    func bindFilter(_ filter: RowFilter?, _ scope: Scope) throws(SQLError) -> Scalar? {
        switch filter {
        case nil: return nil
        case .condition(let expression):
            let condition = try condition(expression, scope, "WHERE", expression.position)
            note([condition])
            return condition
        // The plan reads just that row.
        case .current: return nil
        }
    }

    /// The rows that are changed, those of FROM or USING beside them.
    func changedRows(
        _ target: ChangeTarget, _ nodes: [FromNode], _ filter: Scalar?, _ written: RowFilter?, _ scope: Scope
    ) throws(SQLError) -> Plan {
        guard case .current(let name, _)? = written else {
            return try FromPlanner(scope.level, definitions, makeSlot: makeSlot).plan(
                nodes, AndScalar.joining(target.filters + (filter.map { [$0] } ?? [])))
        }
        guard target.view == nil, nodes.count == 1 else {
            throw SQLError(.featureNotSupported, "WHERE CURRENT OF on a view or with other tables is not supported")
        }
        let plan = ScanPlan(target.table, target.entry, scope.level, [], definitions)
        let table = target.table
        plan.onlyKey = { (run) throws(SQLError) in
            guard let cursor = run.session.cursors[name.text] else { throw Session.noCursor(name) }
            return try cursor.key(of: table, name.text)
        }
        return plan
    }

    /// The rows that are changed, and what is computed of them.
    func found(
        _ target: ChangeTarget, _ nodes: [FromNode], _ filter: Scalar?, _ written: RowFilter?, _ document: ColumnScalar,
        _ values: [Scalar], wanted: FoundRows.Wanted = .row, _ scope: Scope
    ) throws(SQLError) -> FoundRows {
        let plan = try changedRows(target, nodes, filter, written, scope)
        let conditions = AndScalar.joining(target.filters + (filter.map { [$0] } ?? []))
        return FoundRows(plan, target, document: document.position, nodes, conditions, wanted: wanted, FoundRows.values(values))
    }

    func bind(_ delete: Delete, _ scope: Scope) throws(SQLError) -> BoundQuery {
        _ = try bind(delete.with, scope)
        let target = try target(delete.target.name, alias: delete.target.alias?.name, .delete, [.delete, .read], scope)
        let (table, entry) = (target.table, target.entry)
        var delete = delete
        (delete.target.cells, delete.using) = cellFilter(delete, table)
        entry.cells = try bind(cells: delete.target.cells, of: table, scope)
        if table.isWrittenOpen { return try bindOpen(delete, target, scope) }
        scope.items = try items(of: target)
        let nodes = [FromNode.entry(entry)] + (try bind(from: delete.using, scope))
        try requireIndependent(nodes.dropFirst(), of: entry)
        scope.rules = .whereClause
        let filter = try bindFilter(delete.filter, scope)
        let returning = try returning(delete.returning, entry, scope)
        let document = entry.scalar(table.documentIndex)
        let found = try found(target, nodes, filter, delete.filter, document, [], scope)
        let change = ChangePlan("Delete on \(table.name)", of: target, [found.plan]) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, run.definitions)
            var seen = ChangedKeys(run, isNeeded: nodes.count > 1)
            let results = ReturnedRows(run)
            var count = 0
            try found.forEach(run) { item throws(SQLError) in
                guard let (key, document) = item.stored, try seen.insert(key) else { return }
                let old = guardian.row(of: document)
                try guardian.delete(old, key: key)
                count += 1
                if !returning.scalars.isEmpty { try results.append(try returning.row(old, item.row, run)) }
            }
            return (results.rows, count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    /// Throws `42P10` where something of FROM or USING is LATERAL to the table that is changed.
    private func requireIndependent(_ nodes: ArraySlice<FromNode>, of target: RangeEntry) throws(SQLError) {
        let own = Set(target.positions)
        for entry in nodes.flatMap(\.entries) {
            guard case .query(_, _?, let operands) = entry.source, operands.contains(where: { !$0.positions.isDisjoint(with: own) })
            else { continue }
            throw error("42P10", "invalid reference to FROM-clause entry for table \"\(target.name ?? "")\"", at: nil)
        }
    }
}
