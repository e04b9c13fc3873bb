import Catalog

// INSERT, UPDATE and DELETE of tables without columns of their own: what is assigned are fields of documents. So is what statements about
// tables with columns assign to other fields.
extension Binder {
    /// Whether a statement about a table with columns assigns to fields that are none.
    func makesDocuments(_ targets: [Target], _ changed: ChangeTarget) -> Bool {
        let declaration = changed.table.declaration
        guard declaration.isOpen, changed.view == nil else { return false }
        return targets.contains { target in
            !declaration.columns.contains { $0.name == target.column.text || $0.name == target.column.written }
        }
    }

    /// What RETURNING and conditions see of a document: its fields by the names that the statement uses.
    static func row(of document: Datum, _ entry: RangeEntry, _ base: Row, _ table: TableRelation) -> Row {
        var row = base
        let width = (entry.usedColumns.values.map(\.position).max() ?? -1) + 1
        if row.count < width { row += Array(repeating: .null, count: width - row.count) }
        for (index, scalar) in entry.usedColumns {
            if index == table.documentIndex {
                row[scalar.position] = .json(document)
            } else if table.cellIndexes.contains(index) {
                let key = document[field: table.config.primaryKey] ?? .null
                row[scalar.position] = Cells.part(index - table.cellIndexes.lowerBound, of: key, scalar.type, NeutralSession.noTypes)
            } else {
                let name = index == table.keyIndex ? table.config.primaryKey : entry.columns[index].name
                row[scalar.position] = document[field: name].map { $0.isNull ? .null : .json($0.owned) } ?? .null
            }
        }
        return row
    }

    private static func returned(
        _ document: Datum, _ returning: Returning, _ base: Row?, _ table: TableRelation, _ run: Run
    ) throws(SQLError) -> Row {
        var base = base ?? returning.level.emptyRow
        if base.count < returning.level.width { base += Array(repeating: .null, count: returning.level.width - base.count) }
        var row = row(of: document, returning.entry, base, table)
        if !table.isWrittenOpen {
            let columns = try run.writes.guardian(table, run.definitions).row(of: document)
            for (index, scalar) in returning.entry.usedColumns where index < columns.count { row[scalar.position] = columns[index] }
        }
        var values: Row = []
        for scalar in returning.scalars { values.append(try scalar.value(row, run)) }
        return values
    }

    func openTarget(_ target: Target, in table: TableRelation) throws(SQLError) -> OpenTarget {
        if target.column.text == "_doc", target.steps.isEmpty { return OpenTarget(path: []) }
        let (name, columns) = (target.column, table.isWrittenOpen ? [] : table.declaration.columns)
        if let column = columns.first(where: { $0.name == name.text }) ?? columns.first(where: { $0.name == name.written }) {
            guard target.steps.isEmpty else {
                throw unsupported("assignment to a part of a column beside one to a field", at: target.column.position)
            }
            return OpenTarget(path: [column.name], column: column)
        }
        var path = [target.column.written ?? target.column.text]
        for step in target.steps {
            switch step {
            case .field(let name): path.append(name.written ?? name.text)
            default: throw unsupported("assignment to an element of a field", at: target.column.position)
            }
        }
        return OpenTarget(path: path)
    }

    /// What an INSERT gives values to: what it names, or else all columns; none of a table that has none.
    func openTargets(_ named: [Target], in table: TableRelation) throws(SQLError) -> [OpenTarget] {
        if named.isEmpty, !table.isWrittenOpen { return table.declaration.columns.map { OpenTarget(path: [$0.name], column: $0) } }
        var targets: [OpenTarget] = []
        for target in named { targets.append(try openTarget(target, in: table)) }
        return targets
    }

    func unnamedFields(_ statement: String, at position: Position?) -> SQLError {
        error(
            "42601", "INSERT into an open table needs the names of its fields", hint: "Say \(statement) (a, b) VALUES ….", at: position)
    }

    /// A value that is to be a field: a text whose type nothing tells is a text.
    func fieldValue(_ expression: Expression, _ scope: Scope, _ target: OpenTarget) throws(SQLError) -> Scalar? {
        if case .default = expression { return nil }
        let scalar = try bind(expression, scope)
        if target.path.isEmpty { return try coerce(scalar, to: .jsonb, .assignment, at: expression.position) }
        if let column = target.column {
            if column.generated != nil || column.identity == "always" {
                throw error(
                    "428C9", "column \"\(column.name)\" takes no value beside one for a field that is no column", at: expression.position)
            }
            return try assigned(scalar, column, at: expression.position)
        }
        return resolved(scalar)
    }

    /// The field that an expression makes; nil for DEFAULT.
    static func field(_ scalar: Scalar?, _ row: Row, _ run: Run) throws(SQLError) -> Datum? {
        guard let scalar else { return nil }
        return try StoredForm.datum(try scalar.value(row, run), scalar.type).owned
    }

    // MARK: - INSERT

    func bindOpen(_ insert: Insert, _ target: ChangeTarget, _ scope: Scope) throws(SQLError) -> BoundQuery {
        let table = target.table
        if target.view != nil { throw unsupported("writing an open table by a view", at: insert.position) }
        let cell = try bind(cells: insert.cells, of: table, scope)
        var targets = try openTargets(insert.columns, in: table)
        var rows: [[Scalar?]] = []
        var plan: Plan?
        var planColumns: [OutputColumn] = []
        switch insert.rows {
        case .defaultValues: rows = [[]]
        case .query(let query):
            if case .values(let values) = query.body, query.isBare {
                guard !targets.isEmpty else { throw unnamedFields("INSERT INTO \(table.name)", at: query.position) }
                let inner = Scope(parent: scope, rules: .values)
                inner.commonTables = scope.commonTables
                for row in values.rows {
                    if row.count > targets.count {
                        throw error("42601", "INSERT has more expressions than target columns", at: row[targets.count].position)
                    }
                    if row.count < insert.columns.count {
                        throw error(
                            "42601", "INSERT has more target columns than expressions", at: insert.columns[row.count].column.position)
                    }
                    var scalars: [Scalar?] = []
                    for (expression, target) in zip(row, targets) { scalars.append(try fieldValue(expression, inner, target)) }
                    rows.append(scalars)
                }
            } else {
                let inner = Scope(parent: scope, rules: .select)
                inner.commonTables = scope.commonTables
                let bound = try bind(query, inner, resolvesUnknown: true)
                if targets.isEmpty { targets = bound.columns.map { OpenTarget(path: $0.name == "_doc" ? [] : [$0.name]) } }
                if insert.columns.isEmpty { targets = Array(targets.prefix(bound.columns.count)) }
                guard bound.columns.count == targets.count else {
                    throw error(
                        "42601",
                        bound.columns.count > targets.count
                            ? "INSERT has more expressions than target columns" : "INSERT has more target columns than expressions",
                        at: query.position)
                }
                plan = table.hasCells ? bound.plan : GatheredPlan(bound.plan)
                planColumns = bound.columns
            }
        }
        let entry = target.entry
        scope.items = try items(of: target)
        let conflict = try insert.conflict.map { conflict throws(SQLError) in try bindOpen(conflict, target, scope, insert) }
        scope.items = try items(of: target)
        target.item.writtenFields = targets.compactMap(\.path.first)
        let returning = try returning(insert.returning, entry, scope)
        let finalTargets = targets
        let change = ChangePlan("Insert on \(table.name)", plan.map { [$0] } ?? []) { (run) throws(SQLError) in
            let writer = try OpenTableWriter(table, run, cell: try cell?.only(run) ?? [])
            let results = ReturnedRows(run)
            var count = 0
            var touched: Set<GroupKey> = []
            func add(_ fields: [Datum?]) throws(SQLError) {
                let document = try writer.completed(try OpenTarget.put(zip(finalTargets, fields), into: Datum(fields: [])))
                let stored =
                    if let conflict { try conflict.insert(document, writer, run, &touched) } else { try writer.insert(document) }
                guard let stored else { return }
                count += 1
                if !returning.scalars.isEmpty { try results.append(try Self.returned(stored, returning, nil, table, run)) }
            }
            if let plan {
                try plan.forEach(run) { row throws(SQLError) in
                    var fields: [Datum?] = []
                    for (value, column) in zip(row, planColumns) { fields.append(try StoredForm.datum(value, column.type).owned) }
                    try add(fields)
                }
            } else {
                for row in rows {
                    var fields: [Datum?] = []
                    for scalar in row { fields.append(try Self.field(scalar, [], run)) }
                    try add(fields)
                    if count % 512 == 0 { try run.check() }
                }
            }
            return (results.rows, count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    // MARK: - UPDATE

    func openAssignments(
        _ list: [Assignment], _ table: TableRelation, _ scope: Scope
    ) throws(SQLError) -> [(target: OpenTarget, scalar: Scalar?)] {
        var result: [(target: OpenTarget, scalar: Scalar?)] = []
        for assignment in list {
            switch assignment {
            case .single(let target, let expression):
                let place = try openTarget(target, in: table)
                result.append((place, try fieldValue(expression, scope, place)))
            case .several(let targets, .row(let row), let position):
                guard row.fields.count == targets.count else {
                    throw error("42601", "number of columns does not match number of values", at: position)
                }
                for (target, field) in zip(targets, row.fields) {
                    let place = try openTarget(target, in: table)
                    result.append((place, try fieldValue(field, scope, place)))
                }
            case .several(_, _, let position): throw unsupported("this assignment of several fields", at: position)
            }
        }
        return result
    }

    func bindOpen(_ update: Update, _ target: ChangeTarget, _ scope: Scope) throws(SQLError) -> BoundQuery {
        let (table, entry) = (target.table, target.entry)
        if target.view != nil { throw unsupported("writing an open table by a view", at: update.position) }
        scope.items = try items(of: target)
        let nodes = [FromNode.entry(entry)] + (try bind(from: update.from, scope))
        scope.rules = .whereClause
        let filter = try bindFilter(update.filter, scope)
        scope.rules = .update
        let assignments = try openAssignments(update.assignments, table, scope)
        target.item.writtenFields = assignments.compactMap(\.target.path.first)
        let returning = try returning(update.returning, entry, scope)
        let document = entry.scalar(table.documentIndex)
        let found = try found(
            target, nodes, filter, update.filter, document, assignments.compactMap(\.scalar),
            wanted: returning.scalars.isEmpty ? .document : .row, scope)
        let change = ChangePlan("Update on \(table.name)", [found.plan]) { (run) throws(SQLError) in
            let writer = try OpenTableWriter(table, run)
            var seen = ChangedKeys(run, isNeeded: nodes.count > 1)
            let results = ReturnedRows(run)
            var count = 0
            try found.forEach(run) { item throws(SQLError) in
                guard let (key, document) = item.stored, try seen.insert(key) else { return }
                var fields: [(OpenTarget, Datum?)] = []
                var place = 0
                for (target, scalar) in assignments {
                    var field: Datum?
                    if let scalar {
                        let value = if let known = item.values { known[place] } else { try scalar.value(item.row, run) }
                        field = try StoredForm.datum(value, scalar.type).owned
                        place += 1
                    }
                    fields.append((target, field))
                }
                let stored = try writer.update(key, try writer.assigned(fields, to: document, at: key))
                count += 1
                if !returning.scalars.isEmpty { try results.append(try Self.returned(stored, returning, item.row, table, run)) }
            }
            return (results.rows, count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    func bindOpen(_ delete: Delete, _ target: ChangeTarget, _ scope: Scope) throws(SQLError) -> BoundQuery {
        let (table, entry) = (target.table, target.entry)
        if target.view != nil { throw unsupported("writing an open table by a view", at: delete.position) }
        scope.items = try items(of: target)
        let nodes = [FromNode.entry(entry)] + (try bind(from: delete.using, scope))
        scope.rules = .whereClause
        let filter = try bindFilter(delete.filter, scope)
        let returning = try returning(delete.returning, entry, scope)
        let document = entry.scalar(table.documentIndex)
        let found = try found(
            target, nodes, filter, delete.filter, document, [], wanted: returning.scalars.isEmpty ? .key : .row, scope)
        let change = ChangePlan("Delete on \(table.name)", [found.plan]) { (run) throws(SQLError) in
            let writer = try OpenTableWriter(table, run)
            var seen = ChangedKeys(run, isNeeded: nodes.count > 1)
            let results = ReturnedRows(run)
            var count = 0
            try found.forEach(run) { item throws(SQLError) in
                guard let (key, document) = item.stored, try seen.insert(key) else { return }
                try writer.delete(key)
                count += 1
                if !returning.scalars.isEmpty { try results.append(try Self.returned(document, returning, item.row, table, run)) }
            }
            return (results.rows, count)
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }
}
