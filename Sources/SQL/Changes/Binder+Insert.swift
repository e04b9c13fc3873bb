import Catalog

extension Binder {
    /// So many rows of VALUES, and they are put in batches.
    private static let bulkCount = 64

    /// Puts what a view gives its columns where nothing is given.
    private func addDefaults(
        of target: ChangeTarget, _ targets: inout [Int], _ rows: inout [[Scalar?]]?, _ plan: inout Plan?
    ) throws(SQLError) {
        for (index, text) in target.defaults.sorted(by: { $0.key < $1.key }) {
            let scalar = try bind(try Parser.expression(text), Scope(parent: nil, rules: .defaults))
            let value = try assigned(scalar, target.table.declaration.columns[index], at: nil)
            if let place = targets.firstIndex(of: index) {
                for number in rows?.indices ?? 0..<0 where place < rows?[number].count ?? 0 && rows?[number][place] == nil {
                    rows?[number][place] = value
                }
            } else {
                for number in rows?.indices ?? 0..<0 {
                    let missing = targets.count - (rows?[number].count ?? 0)
                    rows?[number] += Array(repeating: nil, count: max(0, missing)) + [value]
                }
                if let rowsOfQuery = plan {
                    let given = targets.enumerated().map { ColumnScalar($0, target.table.rowTypes[$1]) }
                    plan = ProjectPlan(rowsOfQuery, given + [value])
                }
                targets.append(index)
            }
        }
    }

    func bind(_ insert: Insert, _ scope: Scope) throws(SQLError) -> BoundQuery {
        _ = try bind(insert.with, scope)
        let target = try target(insert.relation, alias: insert.alias, .insert, insert.permissions, scope)
        let table = target.table
        let cell = try bind(cells: insert.cells, of: table, scope)
        if table.hasCells, cell == nil { throw Cells.needed(table) }
        if table.isWrittenOpen || makesDocuments(insert.assignedTargets, target) { return try bindOpen(insert, target, scope) }
        /// Two columns of a view may be one of its table.
        func assignedTwice(_ index: Int) -> SQLError {
            error("42601", "multiple assignments to same column \"\(table.declaration.columns[index].name)\"", at: nil)
        }
        var targets: [Int] = []
        var wholes: Set<Int> = []
        for column in insert.columns {
            let index = try columnIndex(column.column, target, .insert)
            guard column.steps.isEmpty ? !targets.contains(index) : !wholes.contains(index) else {
                let isSame = insert.columns.filter { $0.column.text == column.column.text }.count > 1
                guard target.view == nil || isSame else { throw assignedTwice(index) }
                throw error("42701", "column \"\(column.column.text)\" specified more than once", at: column.column.position)
            }
            if column.steps.isEmpty { wholes.insert(index) }
            targets.append(index)
        }
        /// The columns that stand for a list that is not there, as many as are given.
        func unlisted(_ count: Int) throws(SQLError) -> [Int] {
            var indexes: [Int] = []
            for column in target.columns.prefix(count) {
                let index = try index(of: column, target, .insert)
                if indexes.contains(index) { throw assignedTwice(index) }
                indexes.append(index)
            }
            return indexes
        }
        var rows: [[Scalar?]]?
        var plan: Plan?
        var given = 1
        switch insert.rows {
        case .defaultValues:
            rows = [[]]
            targets = []
        case .query(let query):
            if case .values(let values) = query.body, query.isBare {
                if insert.columns.isEmpty { targets = try unlisted(values.rows.map(\.count).max() ?? 0) }
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
                        if insert.columns.isEmpty || insert.columns[index].steps.isEmpty {
                            scalar = try assigned(scalar, column, at: expression.position)
                        }
                        scalars.append(scalar)
                    }
                    bound.append(try gathered(scalars, insert.columns, targets, table, inner))
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
                if insert.columns.isEmpty { targets = try unlisted(bound.columns.count) }
                if bound.columns.count > targets.count {
                    throw error("42601", "INSERT has more expressions than target columns", at: query.position)
                }
                if !insert.columns.isEmpty, bound.columns.count < targets.count {
                    throw error(
                        "42601", "INSERT has more target columns than expressions", at: insert.columns[bound.columns.count].column.position)
                }
                var scalars: [Scalar?] = []
                for (index, column) in bound.columns.enumerated() {
                    let scalar = ColumnScalar(index, column.type)
                    let isPart = !insert.columns.isEmpty && !insert.columns[index].steps.isEmpty
                    if !isPart { try tell(bound, index, table.declaration.columns[targets[index]].type) }
                    let place = column.position ?? query.position
                    scalars.append(isPart ? scalar : try assigned(scalar, table.declaration.columns[targets[index]], at: place))
                }
                given = bound.columns.count
                let places = Scope(parent: nil, rules: .values)
                let project = ProjectPlan(bound.plan, try gathered(scalars, insert.columns, targets, table, places).compactMap { $0 })
                // Chosen cells are read in the state that they are written to.
                plan = table.hasCells ? project : GatheredPlan(project)
            }
        }
        var seen: Set<Int> = []
        targets = targets.prefix(given).filter { seen.insert($0).inserted }
        try addDefaults(of: target, &targets, &rows, &plan)
        try checkGenerated(insert, table, targets, rows)
        let overridesUser = insert.overriding == .user
        let skipped = Set(targets.filter { overridesUser && table.declaration.columns[$0].identity != nil })

        let entry = target.entry
        let items = try items(of: target)
        scope.items = items
        let conflict = try insert.conflict.map { conflict throws(SQLError) in try bind(conflict, target, scope, insert) }
        scope.items = items
        let returning = try returning(insert.returning, entry, scope)
        let width = table.declaration.columns.count
        let finalTargets = targets
        let plans = plan.map { [$0] } ?? []
        let change = ChangePlan("Insert on \(table.name)", of: target, plans) { (run) throws(SQLError) in
            let guardian = try run.writes.guardian(table, run.definitions)
            let cell = try cell?.onlyKey(run) ?? []
            let results = ReturnedRows(run)
            var count = 0
            var touched: Set<GroupKey> = []
            let isPlain = conflict == nil && returning.scalars.isEmpty && target.view == nil
            let isMany = rows.map { $0.count >= Self.bulkCount } ?? true
            let loader = try isPlain && isMany ? RowLoader(guardian, run, given: [], cell: cell, needsValues: true) : nil
            var waiting = rows?.count != 1 && loader == nil ? RowsAhead(guardian, run) : nil
            func add(_ values: [SQLValue?]) throws(SQLError) {
                var full: [SQLValue?] = Array(repeating: nil, count: width)
                for (place, value) in zip(finalTargets, values) where !skipped.contains(place) { full[place] = value }
                guard waiting != nil else { return try put(full) }
                if waiting!.add(full) { try putWaiting() }
            }
            func putWaiting() throws(SQLError) {
                for row in try waiting?.take() ?? [] { try put(row) }
            }
            func put(_ full: [SQLValue?]) throws(SQLError) {
                if let loader {
                    count += 1
                    return try loader.add(full, number: count)
                }
                var stored: Row?
                if let conflict {
                    stored = try conflict.insert(full, cell, guardian, run, &touched)
                } else {
                    stored = try guardian.insert(full, cell: cell)
                }
                guard let stored else { return }
                try target.check(stored, returning.level, run, guardian)
                count += 1
                if !returning.scalars.isEmpty { try results.append(try returning.row(stored, nil, run, guardian)) }
            }
            do throws(SQLError) {
                if let rows {
                    for row in rows {
                        var values: [SQLValue?] = []
                        for scalar in row { values.append(try scalar?.value([], run)) }
                        try add(values)
                        if count % 512 == 0 { try run.check() }
                    }
                } else if let plan {
                    try plan.forEach(run) { row throws(SQLError) in try add(row) }
                }
            } catch {
                // What is wrong with a row before counts first.
                try putWaiting()
                try loader?.flush()
                throw error
            }
            try putWaiting()
            try loader?.finish()
            return (results.rows, count)
        }
        if let rows, table.hasGivenKeys, target.view == nil {
            change.givenKeys = { (run) throws(SQLError) in
                try Self.keys(of: rows, finalTargets.map { skipped.contains($0) ? nil : $0 }, table, run)
            }
        }
        return BoundQuery(plan: change, columns: returning.columns)
    }

    /// The keys that rows of VALUES say.
    /// - Parameter places: the column that each of their values is for; nil: none.
    private static func keys(
        of rows: [[Scalar?]], _ places: [Int?], _ table: TableRelation, _ run: Run
    ) throws(SQLError) -> [Datum] {
        var keys: [Datum] = []
        for row in rows {
            var full: [SQLValue?] = Array(repeating: nil, count: table.declaration.columns.count)
            for column in table.givenKeyColumns {
                guard let place = places.firstIndex(of: column), place < row.count else { continue }
                full[column] = try row[place]?.value([], run)
            }
            if let key = table.givenKey(of: full) { keys.append(key) }
        }
        return keys
    }

    private func checkGenerated(
        _ insert: Insert, _ table: TableRelation, _ targets: [Int], _ rows: [[Scalar?]]?
    ) throws(SQLError) {
        for (place, index) in targets.enumerated() {
            let column = table.declaration.columns[index]
            let isDefault = rows.map { $0.allSatisfy { place >= $0.count || $0[place] == nil } } ?? false
            guard !isDefault else { continue }
            try requireAssignable(column, insert.overriding)
        }
    }

    /// Throws `428C9` for a value of a column that makes its own.
    func requireAssignable(_ column: Declaration.Column, _ overriding: Insert.Overriding?) throws(SQLError) {
        if column.generated != nil {
            throw SQLError(
                SQLState(rawValue: "428C9"), "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                detail: "Column \"\(column.name)\" is a generated column.")
        }
        if column.identity == "always", overriding == nil {
            throw SQLError(
                SQLState(rawValue: "428C9"), "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                detail: "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS.",
                hint: "Use OVERRIDING SYSTEM VALUE to override.")
        }
    }

    /// The names of the constraints that ON CONFLICT is about; nil: all.
    func arbiters(of conflict: Conflict, _ target: ChangeTarget, _ insert: Insert) throws(SQLError) -> Set<String>? {
        let table = target.table
        var names: Set<String>?
        let guardian = Scope(parent: nil, rules: .index)
        // By the names of the view, if it is one.
        let types = table.declaration.columns.map(\.type)
        guardian.items = [
            ScopeItem(
                name: insert.alias?.text ?? target.name,
                columns: target.columns.compactMap { column in
                    column.index.map { index in
                        ScopeColumn(name: column.name, type: types[index], make: { ColumnScalar(index, types[index], name: column.name) })
                    }
                })
        ]
        switch conflict.arbiter {
        case .any: names = nil
        case .constraint(let name):
            guard table.declaration.constraints.contains(where: { $0.name == name.text && ($0.kind == .unique || $0.kind == .primary) })
            else {
                throw error(
                    "42704", "constraint \"\(name.text)\" for table \"\(table.name)\" does not exist", at: nil)
            }
            names = [name.text]
        case .index(let elements, let predicate):
            guardian.rules = .whereClause
            let condition = try predicate.map { predicate throws(SQLError) in try self.condition(predicate, guardian, "WHERE", nil) }
            guardian.rules = .index
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
                if let text = index.predicate {
                    // It has to be sure that the row is one of the index.
                    let wanted = try TableRules.bind(text, table, .index, self)
                    guard let condition, Implication(condition).implies(wanted) else { continue }
                }
                var others: [Scalar] = []
                for text in index.elements { others.append(try TableRules.bind(text, table, .index, self)) }
                if matches(others) { found.insert(index.name) }
            }
            guard !found.isEmpty else {
                throw error(
                    "42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification", at: nil)
            }
            names = found
        }
        if let names, table.declaration.constraints.contains(where: { names.contains($0.name) && $0.isDeferrable }) {
            throw error("55000", Self.deferrableArbiter, at: nil)
        }
        return names
    }

    private static let deferrableArbiter =
        "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters"

    private func bind(
        _ conflict: Conflict, _ target: ChangeTarget, _ scope: Scope, _ insert: Insert
    ) throws(SQLError) -> BoundConflict {
        let (table, entry) = (target.table, target.entry)
        let names = try arbiters(of: conflict, target, insert)
        var bound = BoundConflict(names: names, level: scope.level)
        guard case .update(let assignments, let filter) = conflict.action else {
            // Without a name all of them are asked.
            let isAsked = { (constraint: Declaration.Constraint) in
                constraint.isDeferrable && (constraint.kind == .unique || constraint.kind == .primary)
            }
            if names == nil, table.declaration.constraints.contains(where: isAsked) {
                throw error("55000", Self.deferrableArbiter, at: nil)
            }
            return bound
        }
        if names == nil { throw uninferred(conflict) }
        let excluded = RangeEntry(name: "excluded", level: scope.level, columns: table.rangeColumns, source: .table(table))
        let item: ScopeItem
        if target.view != nil, let relation = try definitions.relation(insert.relation) {
            item = try self.target(relation, insert.relation, .insert, [], scope, over: excluded).item
            item.name = "excluded"
        } else {
            item = excluded.item()
        }
        // Columns of declared tables are ambiguous: those of the row that is there, and of the one that was given. RETURNING knows the first.
        let isAmbiguous = item.open == nil
        item.areColumnsVisible = isAmbiguous
        defer { if isAmbiguous { item.areColumnsVisible = false } }
        scope.items.append(item)
        bound.entry = entry
        bound.excluded = excluded
        bound.assignments = try self.assignments(assignments, target, scope)
        scope.rules = .whereClause
        bound.filter = try filter.map { filter throws(SQLError) in try condition(filter, scope, "WHERE", filter.position) }
        return bound
    }
}

extension Insert {
    /// What it assigns to by name.
    fileprivate var assignedTargets: [Target] {
        guard case .update(let list, _)? = conflict?.action else { return columns }
        return columns + list.flatMap(\.targets)
    }
}

/// ON CONFLICT, bound.
struct BoundConflict {
    /// Constraints that count; nil: all.
    var names: Set<String>?
    var level: Level
    var entry: RangeEntry?
    var excluded: RangeEntry?
    /// Nil: DO NOTHING.
    var assignments: [(index: Int, scalar: Scalar?)]?
    var filter: Scalar?

    /// The row that was inserted or updated; nil if nothing was.
    func insert(
        _ given: [SQLValue?], _ cell: Row, _ guardian: TableGuard, _ run: Run, _ touched: inout Set<GroupKey>
    ) throws(SQLError) -> Row? {
        var full: [SQLValue?] = given
        for index in full.indices where full[index] == nil { full[index] = try guardian.defaultValue(index) }
        var taken: TableGuard.Conflicting?
        if let stored = try guardian.insert(
            full, cell: cell, arbiters: names,
            conflict: { (found) throws(SQLError) in
                if let names, !names.contains(found.name) {
                    throw guardian.duplicate(found.name, full.map { $0 ?? .null } + cell, of: found.scalars)
                }
                taken = found
            })
        {
            touched.insert(GroupKey(stored))
            return stored
        }
        guard let taken, let assignments, let entry, let excluded else { return nil }
        guard let old = try guardian.row(at: taken.key) else { return nil }
        if touched.contains(GroupKey(old)) { throw OpenConflict.touchedTwice }
        var row = level.emptyRow
        for (index, column) in entry.usedColumns where index < old.count { row[column.position] = old[index] }
        var wanted = full.map { $0 ?? .null }
        try guardian.generate(&wanted)
        wanted += cell
        for (index, column) in excluded.usedColumns where index < wanted.count { row[column.position] = wanted[index] }
        if let filter, try !filter.isTrue(row, run) {
            // It was looked at, and stays as it is. Where it is being changed, its newest version counts.
            try guardian.lock(taken.key)
            return nil
        }
        var new = old
        try guardian.assign(assignments, to: &new, row, run)
        try guardian.update(old, oldKey: taken.key, &new)
        touched.insert(GroupKey(new))
        return new
    }
}
