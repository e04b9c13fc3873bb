import Catalog

// INSERT, UPDATE and DELETE of tables without columns of their own: what is assigned are fields of documents. So is what statements about
// tables with columns assign to other fields.
extension Binder {
    /// Whether a statement about a table with columns assigns to fields that are none.
    func makesDocuments(_ targets: [Target], _ changed: ChangeTarget) -> Bool {
        let declaration = changed.table.declaration
        guard declaration.isOpen, changed.view == nil, !changed.table.hasCells else { return false }
        return targets.contains { target in
            !declaration.columns.contains { $0.name == target.column.text || $0.name == target.column.written }
        }
    }

    /// What RETURNING and conditions see of a document: its fields by the names that the statement uses.
    private static func row(of document: Datum, _ entry: RangeEntry, _ base: Row, _ table: TableRelation) -> Row {
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

    private func openTarget(_ target: Target, in table: TableRelation) throws(SQLError) -> OpenTarget {
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

    /// A value that is to be a field: a text whose type nothing tells is a text.
    private func fieldValue(_ expression: Expression, _ scope: Scope, _ target: OpenTarget) throws(SQLError) -> Scalar? {
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
    private static func field(_ scalar: Scalar?, _ row: Row, _ run: Run) throws(SQLError) -> Datum? {
        guard let scalar else { return nil }
        return try StoredForm.datum(try scalar.value(row, run), scalar.type).owned
    }

    // MARK: - INSERT

    func bindOpen(_ insert: Insert, _ target: ChangeTarget, _ scope: Scope) throws(SQLError) -> BoundQuery {
        let table = target.table
        if target.view != nil { throw unsupported("writing an open table by a view", at: insert.position) }
        let cell = try bind(cells: insert.cells, of: table, scope)
        var targets: [OpenTarget] = []
        for target in insert.columns { targets.append(try openTarget(target, in: table)) }
        if insert.conflict != nil, !table.isWrittenOpen {
            throw unsupported("ON CONFLICT beside fields that are no columns", at: insert.position)
        }
        var rows: [[Scalar?]] = []
        var plan: Plan?
        var planColumns: [OutputColumn] = []
        switch insert.rows {
        case .defaultValues: rows = [[]]
        case .query(let query):
            if case .values(let values) = query.body, query.isBare {
                guard !targets.isEmpty else {
                    throw error(
                        "42601", "INSERT into an open table needs the names of its fields",
                        hint: "Say INSERT INTO \(table.name) (a, b) VALUES ….",
                        at: query.position)
                }
                let inner = Scope(parent: scope, rules: .values)
                inner.commonTables = scope.commonTables
                for row in values.rows {
                    if row.count > targets.count {
                        throw error("42601", "INSERT has more expressions than target columns", at: row[targets.count].position)
                    }
                    if row.count < targets.count {
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
        let conflict = try insert.conflict.map { conflict throws(SQLError) in try bindOpen(conflict, table, entry, scope) }
        scope.items = try items(of: target)
        let returning = try returning(insert.returning, entry, scope)
        let finalTargets = targets
        let change = ChangePlan("Insert on \(table.name)", plan.map { [$0] } ?? []) { (run) throws(SQLError) in
            let writer = try OpenTableWriter(table, run, cell: try cell?.only(run) ?? [])
            let results = ReturnedRows(run)
            var count = 0
            func add(_ fields: [Datum?]) throws(SQLError) {
                var document = Datum(fields: [])
                for (target, field) in zip(finalTargets, fields) {
                    guard let field else { continue }
                    if target.path.isEmpty, field.kind != .object {
                        throw SQLError(SQLState(rawValue: "22023"), "a document is a JSON object")
                    }
                    document = try target.put(field, into: document)
                }
                document = try writer.completed(document)
                var stored: Datum?
                if let conflict, let key = writer.key(of: document), let old = try writer.document(at: key) {
                    stored = try conflict.update(old, document, writer, run)
                } else {
                    stored = try writer.insert(document)
                }
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

    private func bindOpen(_ conflict: Conflict, _ table: TableRelation, _ entry: RangeEntry, _ scope: Scope) throws(SQLError)
        -> OpenConflict
    {
        switch conflict.arbiter {
        case .any: break
        case .constraint(let name):
            throw error("42704", "constraint \"\(name.text)\" for table \"\(table.name)\" does not exist", at: conflict.position)
        case .index(let elements, _):
            guard elements.count == 1, case .column(let reference) = elements[0].value, reference.parts.count == 1,
                (reference.parts[0].written ?? reference.parts[0].text) == table.config.primaryKey
            else {
                throw error(
                    "42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification", at: conflict.position)
            }
        }
        guard case .update(let list, let filter) = conflict.action else { return OpenConflict(table: table, level: scope.level) }
        if case .any = conflict.arbiter {
            throw error(
                "42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                hint: "For example, ON CONFLICT (column_name).", at: conflict.position)
        }
        let excluded = RangeEntry(name: "excluded", level: scope.level, columns: table.rangeColumns, source: .table(table))
        // A name alone is a field of the row that is there.
        let item = excluded.item()
        item.areColumnsVisible = false
        scope.items.append(item)
        scope.rules = .update
        let assignments = try openAssignments(list, table, scope)
        scope.rules = .whereClause
        let condition = try filter.map { filter throws(SQLError) in try self.condition(filter, scope, "WHERE", filter.position) }
        var bound = OpenConflict(table: table, level: scope.level)
        bound.entry = entry
        bound.excluded = excluded
        bound.assignments = assignments
        bound.filter = condition
        bound.row = { document, entry, base in Self.row(of: document, entry, base, table) }
        return bound
    }

    // MARK: - UPDATE

    private func openAssignments(
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
                var new = try writer.whole(document)
                var place = 0
                for (target, scalar) in assignments {
                    var field: Datum?
                    if let scalar {
                        let value = if let known = item.values { known[place] } else { try scalar.value(item.row, run) }
                        field = try StoredForm.datum(value, scalar.type).owned
                        place += 1
                    }
                    new = try target.put(field, into: new)
                }
                let stored = try writer.update(key, new)
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

/// ON CONFLICT of an open table, whose only key is that of its documents.
struct OpenConflict {
    var table: TableRelation
    var level: Level
    var entry: RangeEntry?
    var excluded: RangeEntry?
    /// Nil: DO NOTHING.
    var assignments: [(target: OpenTarget, scalar: Scalar?)]?
    var filter: Scalar?
    var row: ((Datum, RangeEntry, Row) -> Row)?

    init(table: TableRelation, level: Level) {
        self.table = table
        self.level = level
    }

    /// What was stored; nil if nothing was.
    func update(_ old: Datum, _ given: Datum, _ writer: OpenTableWriter, _ run: Run) throws(SQLError) -> Datum? {
        guard let key = writer.key(of: old) else { return nil }
        guard let assignments, let entry, let excluded, let makeRow = row else {
            try writer.requireSettled(key)
            return nil
        }
        let row = makeRow(given, excluded, makeRow(old, entry, level.emptyRow))
        if let filter, try !filter.isTrue(row, run) {
            try writer.lock(key)
            return nil
        }
        var new = old
        for (target, scalar) in assignments {
            var value: Datum?
            if let scalar { value = try StoredForm.datum(try scalar.value(row, run), scalar.type).owned }
            new = try target.put(value, into: new)
        }
        return try writer.update(key, new)
    }
}
