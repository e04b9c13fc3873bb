import Catalog

extension Binder {
    func bindOpen(
        _ conflict: Conflict, _ target: ChangeTarget, _ scope: Scope, _ insert: Insert
    ) throws(SQLError) -> OpenConflict {
        let table = target.table
        if table.hasCells, !table.isWrittenOpen {
            throw unsupported("ON CONFLICT beside fields that are no columns of a table of a cell group", at: conflict.position)
        }
        var bound = OpenConflict(table: table, level: scope.level)
        if table.isWrittenOpen {
            try requireKey(conflict, table)
        } else {
            bound.names = try arbiters(of: conflict, target, insert)
        }
        guard case .update(let list, let filter) = conflict.action else { return bound }
        if case .any = conflict.arbiter { throw uninferred(conflict) }
        let excluded = RangeEntry(name: "excluded", level: scope.level, columns: table.rangeColumns, source: .table(table))
        // A name alone is a field of the row that is there.
        let item = excluded.item()
        item.areColumnsVisible = false
        scope.items.append(item)
        scope.rules = .update
        bound.entries = (target.entry, excluded)
        bound.assignments = try openAssignments(list, table, scope)
        scope.rules = .whereClause
        bound.filter = try filter.map { filter throws(SQLError) in try condition(filter, scope, "WHERE", filter.position) }
        return bound
    }

    /// An open table has one key, that of its documents.
    private func requireKey(_ conflict: Conflict, _ table: TableRelation) throws(SQLError) {
        switch conflict.arbiter {
        case .any: break
        case .constraint(let name):
            throw error("42704", "constraint \"\(name.text)\" for table \"\(table.name)\" does not exist", at: nil)
        case .index(let elements, _):
            guard elements.count == 1, case .column(let reference) = elements[0].value, reference.parts.count == 1,
                (reference.parts[0].written ?? reference.parts[0].text) == table.config.primaryKey
            else {
                throw error(
                    "42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification", at: nil)
            }
        }
    }

    func uninferred(_ conflict: Conflict) -> SQLError {
        error(
            "42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            hint: "For example, ON CONFLICT (column_name).", at: conflict.position)
    }
}

/// ON CONFLICT where documents are written: of a table without columns, or with fields that are none.
struct OpenConflict {
    let table: TableRelation
    let level: Level
    /// Constraints that count, of a table with columns; nil: all.
    var names: Set<String>?
    /// The document that is there, and the one that was given.
    var entries: (old: RangeEntry, excluded: RangeEntry)?
    /// Nil: DO NOTHING.
    var assignments: [(target: OpenTarget, scalar: Scalar?)]?
    var filter: Scalar?

    init(table: TableRelation, level: Level) {
        self.table = table
        self.level = level
    }

    /// What was inserted or updated; nil if nothing was.
    func insert(
        _ given: Datum, _ writer: OpenTableWriter, _ run: Run, _ touched: inout Set<GroupKey>
    ) throws(SQLError) -> Datum? {
        var taken: (key: Datum, values: Row)?
        let stored = try writer.insert(given, arbiters: names) { taken = ($0, $1) }
        guard let assignments, let entries else { return stored }
        if let stored {
            if let key = writer.key(of: stored) { touched.insert(GroupKey([.json(key)])) }
            return stored
        }
        guard let taken, let old = try writer.document(at: taken.key) else { return nil }
        if touched.contains(GroupKey([.json(taken.key)])) { throw Self.touchedTwice }
        var row = Binder.row(of: given, entries.excluded, Binder.row(of: old, entries.old, level.emptyRow, table), table)
        for (index, column) in entries.excluded.usedColumns where index < taken.values.count { row[column.position] = taken.values[index] }
        if !table.isWrittenOpen {
            let values = try run.writes.guardian(table, run.definitions).row(of: old)
            for (index, column) in entries.old.usedColumns where index < values.count { row[column.position] = values[index] }
        }
        if let filter, try !filter.isTrue(row, run) {
            // It was looked at, and stays as it is. Where it is being changed, its newest version counts.
            try writer.lock(taken.key)
            return nil
        }
        var fields: [(OpenTarget, Datum?)] = []
        for (target, scalar) in assignments { fields.append((target, try Binder.field(scalar, row, run))) }
        let changed = try writer.update(taken.key, try writer.assigned(fields, to: old, at: taken.key))
        if let key = writer.key(of: changed) { touched.insert(GroupKey([.json(key)])) }
        return changed
    }

    static let touchedTwice = SQLError(
        SQLState(rawValue: "21000"), "ON CONFLICT DO UPDATE command cannot affect row a second time",
        hint: "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
}
