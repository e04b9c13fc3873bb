import Catalog

extension Binder {
    /// INSERT, UPDATE, DELETE, MERGE, as a plan whose columns are those of RETURNING.
    func bindChange(_ statement: Statement, _ scope: Scope) throws(SQLError) -> BoundQuery {
        switch statement {
        case .insert(let insert): return try bind(insert, scope)
        case .update(let update): return try bind(update, scope)
        case .delete(let delete): return try bind(delete, scope)
        case .merge(let merge): return try bind(merge, scope)
        case .query(let query): return try bind(query, scope, resolvesUnknown: true)
        default: throw unsupported("this statement here", at: nil)
        }
    }

    /// The table that a statement writes.
    func target(_ name: QualifiedName, _ permission: Permission) throws(SQLError) -> TableRelation {
        guard let relation = try definitions.relation(name) else {
            throw error("42P01", "relation \"\(name.text)\" does not exist", at: name.position)
        }
        switch relation {
        case .table(let table):
            if table.declaration.query != nil {
                throw error("42809", "cannot change materialized view \"\(table.name)\"", at: name.position)
            }
            if table.config.declaration == nil { throw unsupported("writing an open table by SQL", at: name.position) }
            try definitions.require(permission, table)
            return table
        case .view(let view): throw error("55000", "cannot change view \"\(view.name)\"", hint: "Change the table that it is of.", at: nil)
        case .sequence: throw error("42809", "cannot change sequence \"\(name.last)\"", at: name.position)
        case .rows: throw error("42501", "permission denied for table \(name.last)", at: nil)
        case .index: throw error("42809", "\"\(name.last)\" is an index", at: name.position)
        }
    }

    func entry(_ table: TableRelation, _ name: String, _ scope: Scope) -> RangeEntry {
        let entry = RangeEntry(name: name, level: scope.level, columns: table.rangeColumns, source: .table(table))
        entry.primaryKey = table.declaration.primaryKeyIndexes
        scope.rangeEntries.append(entry)
        return entry
    }

    private func returning(_ items: [SelectItem], _ entry: RangeEntry, _ scope: Scope) throws(SQLError) -> Returning {
        scope.rules = .returning
        var values = try selected(items, scope)
        for index in values.indices { values[index].scalar = resolved(values[index].scalar) }
        return Returning(
            scalars: values.map(\.scalar),
            columns: values.map {
                OutputColumn(name: $0.name, type: $0.scalar.type, tableOID: $0.column?.tableOID ?? 0, number: $0.column?.number ?? 0)
            }, level: scope.level, entry: entry)
    }

    private func columnIndex(_ name: Name, _ table: TableRelation) throws(SQLError) -> Int {
        if let index = table.declaration.columns.firstIndex(where: { $0.name == name.text })
            ?? table.declaration.columns.firstIndex(where: { $0.name == name.written })
        {
            return index
        }
        throw error("42703", "column \"\(name.text)\" of relation \"\(table.name)\" does not exist", at: name.position)
    }

    private func assigned(
        _ scalar: Scalar, _ column: Declaration.Column, at position: Position?
    ) throws(SQLError) -> Scalar {
        if let coerced = try coerceIfPossible(scalar, to: column.type, .assignment, at: position) { return coerced }
        throw error(
            "42804",
            "column \"\(column.name)\" is of type \(typeName(SQLType(column.type.oid))) but expression is of type "
                + typeName(SQLType(scalar.type.oid)), hint: "You will need to rewrite or cast the expression.", at: position)
    }

    // MARK: - INSERT

    private func bind(_ insert: Insert, _ scope: Scope) throws(SQLError) -> BoundQuery {
        if insert.cells != nil { throw unsupported("USING of a table", at: insert.position) }
        _ = try bind(insert.with, scope)
        let table = try target(insert.relation, .write)
        var targets: [Int] = []
        for target in insert.columns {
            guard target.steps.isEmpty else { throw unsupported("assignment to a part of a column", at: target.column.position) }
            let index = try columnIndex(target.column, table)
            guard !targets.contains(index) else {
                throw error("42701", "column \"\(target.column.text)\" specified more than once", at: target.column.position)
            }
            targets.append(index)
        }
        let all = Array(table.declaration.columns.indices)
        var rows: [[Scalar?]]?
        var plan: Plan?
        var given = 1
        switch insert.rows {
        case .defaultValues:
            rows = [[]]
            targets = []
        case .query(let query):
            if case .values(let values) = query.body, query.isBare {
                if insert.columns.isEmpty { targets = all }
                var bound: [[Scalar?]] = []
                let inner = Scope(parent: scope, rules: .values)
                inner.commonTables = scope.commonTables
                for row in values.rows {
                    if let first = values.rows.first, first.count != row.count {
                        throw error("42601", "VALUES lists must all be the same length", at: row.first?.position)
                    }
                    if row.count > targets.count {
                        throw error("42601", "INSERT has more expressions than target columns", at: row[targets.count].position)
                    }
                    if !insert.columns.isEmpty, row.count < targets.count {
                        throw error(
                            "42601", "INSERT has more target columns than expressions", at: insert.columns[row.count].column.position)
                    }
                    var scalars: [Scalar?] = []
                    for (index, expression) in row.enumerated() {
                        if case .default = expression {
                            scalars.append(nil)
                            continue
                        }
                        let column = table.declaration.columns[targets[index]]
                        var scalar: Scalar
                        if case .array(let elements, let position) = expression {
                            scalar = try bind(array: elements, inner, position, as: elements.isEmpty ? column.type : nil)
                        } else {
                            scalar = try bind(expression, inner)
                        }
                        scalar = try assigned(scalar, column, at: expression.position)
                        scalars.append(scalar)
                    }
                    bound.append(scalars)
                }
                given = values.rows.first?.count ?? 0
                if !inner.sets.isEmpty {
                    guard bound.count == 1 else { throw unsupported("set-returning functions in several rows", at: insert.position) }
                    plan = ProjectPlan(SetFunctionsPlan(OneRowPlan(inner.level), inner.sets), bound[0].compactMap { $0 })
                } else {
                    rows = bound
                }
            } else {
                let inner = Scope(parent: scope, rules: .select)
                inner.commonTables = scope.commonTables
                let bound = try bind(query, inner, resolvesUnknown: false)
                if insert.columns.isEmpty { targets = all }
                if bound.columns.count > targets.count {
                    throw error("42601", "INSERT has more expressions than target columns", at: query.position)
                }
                if !insert.columns.isEmpty, bound.columns.count < targets.count {
                    throw error(
                        "42601", "INSERT has more target columns than expressions", at: insert.columns[bound.columns.count].column.position)
                }
                var scalars: [Scalar] = []
                for (index, column) in bound.columns.enumerated() {
                    scalars.append(
                        try assigned(ColumnScalar(index, column.type), table.declaration.columns[targets[index]], at: query.position))
                }
                given = bound.columns.count
                plan = ProjectPlan(bound.plan, scalars)
            }
        }
        targets = Array(targets.prefix(given))
        try checkGenerated(insert, table, targets, rows)
        let overridesUser = insert.overriding == .user
        let skipped = Set(targets.filter { overridesUser && table.declaration.columns[$0].identity != nil })

        let entry = entry(table, insert.alias?.text ?? table.name, scope)
        scope.items = [entry.item()]
        let conflict = try insert.conflict.map { conflict throws(SQLError) in try bind(conflict, table, entry, scope) }
        scope.items = [entry.item()]
        let returning = try returning(insert.returning, entry, scope)
        let width = table.declaration.columns.count
        let (definitions, finalTargets) = (definitions, targets)
        let plans = plan.map { [$0] } ?? []
        let change = ChangePlan("Insert on \(table.name)", plans) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, definitions)
            var results: [Row] = []
            var count = 0
            var touched: Set<GroupKey> = []
            func add(_ values: [SQLValue?]) throws(SQLError) {
                var full: [SQLValue?] = Array(repeating: nil, count: width)
                for (place, value) in zip(finalTargets, values) where !skipped.contains(place) { full[place] = value }
                var stored: Row?
                if let conflict {
                    stored = try conflict.insert(full, guardian, run, &touched)
                } else {
                    stored = try guardian.insert(full)
                }
                guard let stored else { return }
                count += 1
                if !returning.scalars.isEmpty { results.append(try returning.row(stored, nil, run)) }
            }
            if let rows {
                for row in rows {
                    var values: [SQLValue?] = []
                    for scalar in row { values.append(try scalar?.value([], run)) }
                    try add(values)
                    if count % 512 == 0 { try run.check() }
                }
            } else if let plan {
                // All is read before the first row is written.
                for row in try plan.all(run) { try add(row) }
            }
            return (results, count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    private func checkGenerated(
        _ insert: Insert, _ table: TableRelation, _ targets: [Int], _ rows: [[Scalar?]]?
    ) throws(SQLError) {
        for (place, index) in targets.enumerated() {
            let column = table.declaration.columns[index]
            let isDefault = rows.map { $0.allSatisfy { place >= $0.count || $0[place] == nil } } ?? false
            guard !isDefault else { continue }
            if column.generated != nil {
                throw SQLError(
                    SQLState(rawValue: "428C9"), "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                    detail: "Column \"\(column.name)\" is a generated column.")
            }
            if column.identity == "always", insert.overriding == nil {
                throw SQLError(
                    SQLState(rawValue: "428C9"), "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                    detail: "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS.",
                    hint: "Use OVERRIDING SYSTEM VALUE to override.")
            }
        }
    }

    private func bind(_ conflict: Conflict, _ table: TableRelation, _ entry: RangeEntry, _ scope: Scope) throws(SQLError) -> BoundConflict {
        var names: Set<String>?
        let guardian = Scope(parent: nil, rules: .index)
        guardian.items = [TableGuard.rowItem(table)]
        switch conflict.arbiter {
        case .any: names = nil
        case .constraint(let name):
            guard table.declaration.constraints.contains(where: { $0.name == name.text && ($0.kind == .unique || $0.kind == .primary) })
            else {
                throw error(
                    "42704", "constraint \"\(name.text)\" for table \"\(table.name)\" does not exist", at: conflict.position)
            }
            names = [name.text]
        case .index(let elements, _):
            var scalars: [Scalar] = []
            for element in elements { scalars.append(try bind(element.value, guardian)) }
            func matches(_ others: [Scalar]) -> Bool {
                others.allSatisfy { other in scalars.contains { $0.isSame(as: other) } }
                    && scalars.allSatisfy { mine in others.contains { $0.isSame(as: mine) } }
            }
            var found: Set<String> = []
            for constraint in table.declaration.constraints where constraint.kind == .unique || constraint.kind == .primary {
                let columns = constraint.columns.compactMap { number -> Scalar? in
                    guard let index = table.declaration.index(of: number) else { return nil }
                    return ColumnScalar(index, table.declaration.columns[index].type)
                }
                if matches(columns) { found.insert(constraint.name) }
            }
            for index in table.declaration.indexes where index.isUnique {
                var others: [Scalar] = []
                for text in index.elements { others.append(try TableGuard.bind(text, table, .index, self)) }
                if matches(others) { found.insert(index.name) }
            }
            guard !found.isEmpty else {
                throw error(
                    "42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification", at: conflict.position)
            }
            names = found
        }
        var bound = BoundConflict(names: names, table: table, level: scope.level)
        guard case .update(let assignments, let filter) = conflict.action else { return bound }
        if names == nil {
            throw error(
                "42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                hint: "For example, ON CONFLICT (column_name).", at: conflict.position)
        }
        let excluded = RangeEntry(name: "excluded", level: scope.level, columns: table.rangeColumns, source: .table(table))
        scope.items.append(excluded.item())
        bound.entry = entry
        bound.excluded = excluded
        bound.assignments = try self.assignments(assignments, table, scope)
        scope.rules = .whereClause
        bound.filter = try filter.map { filter throws(SQLError) in try condition(filter, scope, "WHERE", filter.position) }
        return bound
    }

    // MARK: - UPDATE and DELETE

    /// What SET assigns, a value a column; nil is DEFAULT.
    func assignments(_ list: [Assignment], _ table: TableRelation, _ scope: Scope) throws(SQLError) -> [(index: Int, scalar: Scalar?)] {
        var result: [(index: Int, scalar: Scalar?)] = []
        func add(_ target: Target, _ expression: Expression?, _ bound: Scalar?) throws(SQLError) {
            let index = try columnIndex(target.column, table)
            let column = table.declaration.columns[index]
            if !target.steps.isEmpty {
                var given = bound
                if given == nil, let expression { given = try bind(expression, scope) }
                guard let value = given else { return }
                let current = try self.column(target.column, scope)?.scalar ?? ConstantScalar.null(column.type)
                let base = result.first { $0.index == index }?.scalar ?? current
                let scalar = try assigning(value, to: target.steps, of: base, column, scope)
                result.removeAll { $0.index == index }
                result.append((index, scalar))
                return
            }
            if result.contains(where: { $0.index == index }) {
                throw error("42601", "multiple assignments to same column \"\(column.name)\"", at: target.column.position)
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
                    "428C9", "column \"\(column.name)\" can only be updated to DEFAULT", at: target.column.position)
            }
            result.append((index, try scalar.map { scalar throws(SQLError) in try assigned(scalar, column, at: target.column.position) }))
        }
        for assignment in list {
            switch assignment {
            case .single(let target, let expression): try add(target, expression, nil)
            case .several(let targets, let expression, let position):
                switch expression {
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
        return result
    }

    /// `a[1] = v`.
    private func assigning(
        _ value: Scalar, to steps: [Access.Step], of base: Scalar, _ column: Declaration.Column, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        guard steps.count == 1, case .element(let index, let position) = steps[0],
            let element = TypeTable.element(of: column.type.oid, types)
        else { throw unsupported("assignment to this part of a column", at: nil) }
        let place = try coerce(try bind(index, scope), to: .int4, .assignment, at: position)
        return ElementAssignScalar(base, place, try coerce(value, to: element, .assignment, at: position), element)
    }

    private func bind(_ update: Update, _ scope: Scope) throws(SQLError) -> BoundQuery {
        _ = try bind(update.with, scope)
        if update.target.cells != nil { throw unsupported("USING of a table", at: update.position) }
        let table = try target(update.target.name, .write)
        let entry = entry(table, update.target.alias?.name.text ?? table.name, scope)
        let item = entry.item()
        scope.items = [item]
        let nodes = [FromNode.entry(entry)] + (try bind(from: update.from, scope))
        scope.rules = .whereClause
        let filter = try bind(update.filter, scope)
        scope.rules = .update
        let assignments = try assignments(update.assignments, table, scope)
        let returning = try returning(update.returning, entry, scope)
        let document = entry.scalar(table.documentIndex)
        let plan = try FromPlanner(self, scope).plan(nodes, filter)
        let definitions = definitions
        let change = ChangePlan("Update on \(table.name)", [plan]) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, definitions)
            var seen: Set<GroupKey> = []
            var changes: [(key: Datum, old: Row, new: Row, row: Row)] = []
            for row in try plan.all(run) {
                guard case .json(let stored) = row[document.position], let key = stored[field: table.config.primaryKey],
                    seen.insert(GroupKey([.json(key)])).inserted
                else { continue }
                let old = guardian.row(of: stored)
                var new = old
                try guardian.assign(assignments, to: &new, row, run)
                changes.append((key.owned, old, new, row))
                if changes.count % 512 == 0 { try run.check() }
            }
            var results: [Row] = []
            for change in changes {
                var new = change.new
                try guardian.update(change.old, oldKey: change.key, &new)
                if !returning.scalars.isEmpty { results.append(try returning.row(new, change.row, run)) }
            }
            return (results, changes.count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    private func bind(_ filter: RowFilter?, _ scope: Scope) throws(SQLError) -> Scalar? {
        switch filter {
        case nil: return nil
        case .condition(let expression): return try condition(expression, scope, "WHERE", expression.position)
        case .current(_, let position): throw unsupported("WHERE CURRENT OF", at: position)
        }
    }

    private func bind(_ delete: Delete, _ scope: Scope) throws(SQLError) -> BoundQuery {
        _ = try bind(delete.with, scope)
        if delete.target.cells != nil { throw unsupported("USING of a table", at: delete.position) }
        let table = try target(delete.target.name, .write)
        let entry = entry(table, delete.target.alias?.name.text ?? table.name, scope)
        scope.items = [entry.item()]
        let nodes = [FromNode.entry(entry)] + (try bind(from: delete.using, scope))
        scope.rules = .whereClause
        let filter = try bind(delete.filter, scope)
        let returning = try returning(delete.returning, entry, scope)
        let document = entry.scalar(table.documentIndex)
        let plan = try FromPlanner(self, scope).plan(nodes, filter)
        let definitions = definitions
        let change = ChangePlan("Delete on \(table.name)", [plan]) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, definitions)
            var seen: Set<GroupKey> = []
            var removed: [(key: Datum, old: Row, row: Row)] = []
            for row in try plan.all(run) {
                guard case .json(let stored) = row[document.position], let key = stored[field: table.config.primaryKey],
                    seen.insert(GroupKey([.json(key)])).inserted
                else { continue }
                removed.append((key.owned, guardian.row(of: stored), row))
            }
            var results: [Row] = []
            for item in removed {
                try guardian.delete(item.old, key: item.key)
                if !returning.scalars.isEmpty { results.append(try returning.row(item.old, item.row, run)) }
            }
            return (results, removed.count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    // MARK: - MERGE

    private struct MergeBranch {
        enum Action {
            case update([(index: Int, scalar: Scalar?)])
            case delete, nothing
            case insert([(index: Int, scalar: Scalar?)])
        }

        var isMatched: Bool
        var condition: Scalar?
        var action: Action
    }

    private func bind(_ merge: Merge, _ scope: Scope) throws(SQLError) -> BoundQuery {
        _ = try bind(merge.with, scope)
        let table = try target(merge.target.name, .write)
        let sourceNode = try bind(from: [merge.source], scope)
        let sourceItems = scope.items
        let entry = entry(table, merge.target.alias?.name.text ?? table.name, scope)
        let item = entry.item()
        try add([item], to: scope)
        scope.rules = .join
        let on = try condition(merge.condition, scope, "JOIN/ON", merge.condition.position)
        var branches: [MergeBranch] = []
        let allItems = scope.items
        for branch in merge.branches {
            scope.items = branch.isMatched ? allItems : sourceItems
            scope.forbidden = branch.isMatched ? [] : [item]
            scope.rules = ClauseRules(name: "MERGE WHEN conditions")
            let condition = try branch.condition.map { condition throws(SQLError) in
                try self.condition(condition, scope, "WHEN", condition.position)
            }
            let action: MergeBranch.Action
            switch branch.action {
            case .update(let list): action = .update(try assignments(list, table, scope))
            case .delete: action = .delete
            case .nothing: action = .nothing
            case .insertDefaults: action = .insert([])
            case .insert(let columns, _, let values):
                var targets = Array(table.declaration.columns.indices)
                if !columns.isEmpty {
                    targets = []
                    for column in columns { targets.append(try columnIndex(column.column, table)) }
                }
                guard values.count <= targets.count else {
                    throw error("42601", "INSERT has more expressions than target columns", at: branch.position)
                }
                guard columns.isEmpty || values.count == targets.count else {
                    throw error("42601", "INSERT has more target columns than expressions", at: branch.position)
                }
                var list: [(index: Int, scalar: Scalar?)] = []
                for (index, value) in zip(targets, values) {
                    if case .default = value {
                        list.append((index, nil))
                    } else {
                        list.append((index, try assigned(try bind(value, scope), table.declaration.columns[index], at: value.position)))
                    }
                }
                action = .insert(list)
            }
            branches.append(MergeBranch(isMatched: branch.isMatched, condition: condition, action: action))
        }
        scope.items = allItems
        let document = entry.scalar(table.documentIndex)
        let plan = try FromPlanner(self, scope).plan([.join(.left, sourceNode[0], .entry(entry), on)], nil)
        let definitions = definitions
        let width = table.declaration.columns.count
        let change = ChangePlan("Merge on \(table.name)", [plan]) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, definitions)
            var seen: Set<GroupKey> = []
            var count = 0
            for row in try plan.all(run) {
                var stored: Datum?
                if case .json(let document) = row[document.position] { stored = document }
                var chosen: MergeBranch?
                for branch in branches where branch.isMatched == (stored != nil) {
                    if let condition = branch.condition, try !condition.isTrue(row, run) { continue }
                    chosen = branch
                    break
                }
                guard let chosen else { continue }
                if let stored, let key = stored[field: table.config.primaryKey]?.owned {
                    switch chosen.action {
                    case .nothing, .insert: continue
                    case .update, .delete: break
                    }
                    guard seen.insert(GroupKey([.json(key)])).inserted else {
                        throw SQLError(
                            SQLState(rawValue: "21000"), "MERGE command cannot affect row a second time",
                            hint: "Ensure that not more than one source row matches any one target row.")
                    }
                    let old = guardian.row(of: stored)
                    if case .update(let list) = chosen.action {
                        var new = old
                        try guardian.assign(list, to: &new, row, run)
                        try guardian.update(old, oldKey: key, &new)
                    } else {
                        try guardian.delete(old, key: key)
                    }
                    count += 1
                } else if case .insert(let list) = chosen.action {
                    var values: [SQLValue?] = Array(repeating: nil, count: width)
                    for (index, scalar) in list { values[index] = try scalar?.value(row, run) }
                    _ = try guardian.insert(values)
                    count += 1
                }
            }
            return ([], count)
        }
        return BoundQuery(plan: change, columns: [])
    }
}

/// ON CONFLICT, bound.
struct BoundConflict {
    /// Constraints that count; nil: all.
    var names: Set<String>?
    var table: TableRelation
    var level: Level
    var entry: RangeEntry?
    var excluded: RangeEntry?
    /// Nil: DO NOTHING.
    var assignments: [(index: Int, scalar: Scalar?)]?
    var filter: Scalar?

    init(names: Set<String>?, table: TableRelation, level: Level) {
        self.names = names
        self.table = table
        self.level = level
    }

    /// The row that was inserted or updated; nil if nothing was.
    func insert(_ given: [SQLValue?], _ guardian: TableGuard, _ run: Run, _ touched: inout Set<GroupKey>) throws(SQLError) -> Row? {
        var full: [SQLValue?] = given
        for index in full.indices where full[index] == nil { full[index] = try guardian.defaultValue(index) }
        var taken: TableGuard.Conflicting?
        if let stored = try guardian.insert(
            full,
            conflict: { (found) throws(SQLError) in
                if let names, !names.contains(found.name) {
                    throw SQLError(
                        SQLState(rawValue: "23505"), "duplicate key value violates unique constraint \"\(found.name)\"")
                }
                taken = found
            })
        {
            touched.insert(GroupKey(stored))
            return stored
        }
        guard let taken, let assignments, let entry, let excluded else { return nil }
        guard let old = try guardian.row(at: taken.key) else { return nil }
        if touched.contains(GroupKey(old)) {
            throw SQLError(
                SQLState(rawValue: "21000"), "ON CONFLICT DO UPDATE command cannot affect row a second time",
                hint: "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
        }
        var row = level.emptyRow
        for (index, column) in entry.usedColumns where index < old.count { row[column.position] = old[index] }
        for (index, column) in excluded.usedColumns where index < full.count { row[column.position] = full[index] ?? .null }
        if let filter, try !filter.isTrue(row, run) { return nil }
        var new = old
        try guardian.assign(assignments, to: &new, row, run)
        try guardian.update(old, oldKey: taken.key, &new)
        touched.insert(GroupKey(new))
        return new
    }
}

/// An array with another element.
final class ElementAssignScalar: Scalar {
    private let elementType: SQLType

    init(_ array: Scalar, _ index: Scalar, _ value: Scalar, _ elementType: SQLType) {
        self.elementType = elementType
        super.init(array.type, [array, index, value])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .int(let index) = try operands[1].value(row, run) else {
            throw SQLError(SQLState(rawValue: "22004"), "array subscript in assignment must not be null")
        }
        let value = try operands[2].value(row, run)
        guard case .array(let array) = try operands[0].value(row, run), !array.elements.isEmpty else {
            return .array(SQLArray(elementType, dimensions: [.init(count: 1, lowerBound: Int32(clamping: index))], elements: [value]))
        }
        guard array.dimensions.count == 1 else { throw SQLError(SQLState(rawValue: "2202E"), "wrong number of array subscripts") }
        var lower = Int64(array.dimensions[0].lowerBound)
        var elements = array.elements
        guard abs(index - lower) < 10_000_000 else { throw SQLError(.programLimitExceeded, "array size exceeds the maximum allowed") }
        while index < lower {
            elements.insert(.null, at: 0)
            lower -= 1
        }
        while index >= lower + Int64(elements.count) { elements.append(.null) }
        elements[Int(index - lower)] = value
        return .array(
            SQLArray(elementType, dimensions: [.init(count: elements.count, lowerBound: Int32(lower))], elements: elements))
    }

    override func with(_ operands: [Scalar]) -> Scalar { ElementAssignScalar(operands[0], operands[1], operands[2], elementType) }
    override func agrees(with other: Scalar) -> Bool { true }
}
