import Catalog

/// What a statement writes: a table, under its own name or under that of a view over it.
struct ChangeTarget {
    struct Column {
        var name: String
        /// The index of the table's column; nil if it is computed, and so can't be assigned.
        var index: Int?
    }

    /// What a row has to be, so that the view shows it.
    struct Check {
        var view: String
        var condition: Scalar
    }

    let table: TableRelation
    let entry: RangeEntry
    /// The columns as the statement's expressions name them.
    let item: ScopeItem
    let columns: [Column]
    /// Of the views: other rows are not theirs.
    var filters: [Scalar] = []
    /// WITH CHECK OPTION.
    var checks: [Check] = []
    /// SQL texts of what the views give columns of the table that an insert doesn't, by the columns' indexes.
    var defaults: [Int: String] = [:]
    /// Nil: the table itself.
    var view: String?

    var name: String { view ?? table.name }

    /// Throws `44000` unless the views show a row.
    func check(_ stored: Row, _ level: Level, _ run: Run, _ guardian: TableGuard) throws(SQLError) {
        guard !checks.isEmpty else { return }
        var row = level.emptyRow
        for (index, column) in entry.usedColumns where index < stored.count { row[column.position] = stored[index] }
        for check in checks where try !check.condition.isTrue(row, run) {
            throw SQLError(
                SQLState(rawValue: "44000"), "new row violates check option for view \"\(check.view)\"",
                detail: "Failing row contains \(guardian.text(of: stored)).")
        }
    }
}

extension Binder {
    /// What is done to a target, for messages.
    enum ChangeKind: String {
        case insert = "insert into"
        case update, merge
        case delete = "delete from"
    }

    /// The table that a statement writes.
    /// - Parameter permissions: what the statement does to it.
    func target(
        _ name: QualifiedName, alias: Name?, _ kind: ChangeKind, _ permissions: [Permission], _ scope: Scope
    ) throws(SQLError) -> ChangeTarget {
        guard let relation = try self.relation(name) else {
            throw error("42P01", "relation \"\(name.text)\" does not exist", at: name.position)
        }
        if kind == .merge {
            let isOther =
                switch relation {
                case .view: true
                case .table(let table): table.declaration.query != nil
                default: false
                }
            if isOther { throw error("0A000", "cannot execute MERGE on relation \"\(name.last)\"", at: name.position) }
        }
        let target = try target(relation, name, kind, permissions, scope, over: nil)
        target.item.name = alias?.text ?? name.last
        if kind != .delete, target.view != nil, !target.columns.contains(where: { $0.index != nil }) {
            throw Self.notUpdatable(target.name, kind, "Views that have no updatable columns are not automatically updatable.")
        }
        return target
    }

    /// - Parameter entry: the table's columns at the level, if they are there already.
    func target(
        _ relation: Relation, _ name: QualifiedName, _ kind: ChangeKind, _ permissions: [Permission], _ scope: Scope,
        over entry: RangeEntry?
    ) throws(SQLError) -> ChangeTarget {
        switch relation {
        case .table(let table):
            if table.declaration.query != nil {
                throw error("42809", "cannot change materialized view \"\(table.name)\"", at: nil)
            }
            for permission in permissions { try definitions.require(permission, table) }
            let entry = entry ?? self.entry(table, table.name, scope)
            let columns = table.declaration.columns.enumerated().map { ChangeTarget.Column(name: $1.name, index: $0) }
            let item = entry.item()
            item.relation = relation
            return ChangeTarget(table: table, entry: entry, item: item, columns: columns)
        case .view(let view): return try target(of: view, kind, permissions, scope, over: entry)
        case .sequence: throw error("42809", "cannot change sequence \"\(name.last)\"", at: name.position)
        case .rows: throw error("42501", "permission denied for table \(name.last)", at: nil)
        case .index: throw error("42809", "\"\(name.last)\" is an index", at: name.position)
        }
    }

    /// Which columns of a view can be written; nil if its rows can't be. No permission is asked for, as nothing is written.
    func writableColumns(of view: ViewRelation) throws(SQLError) -> [Bool]? {
        let asked = definitions.asksPermissions
        definitions.asksPermissions = false
        defer { definitions.asksPermissions = asked }
        let (name, scope) = (QualifiedName([Name(view.name, at: Position(0))]), Scope(parent: nil, rules: .select))
        do throws(SQLError) {
            return try target(.view(view), name, .update, [], scope, over: nil).columns.map { $0.index != nil }
        } catch {
            guard error.state.rawValue == "55000" else { throw error }
            return nil
        }
    }

    /// A view of one table, whose columns are the table's, writes the table.
    private func target(
        of view: ViewRelation, _ kind: ChangeKind, _ permissions: [Permission], _ scope: Scope, over entry: RangeEntry?
    ) throws(SQLError) -> ChangeTarget {
        isKeepable = false
        for permission in permissions { try definitions.require(permission, view) }
        try definitions.open(view)
        defer { definitions.openViews.remove(view.id) }
        let script = try Script(view.query)
        guard case .query(let query)? = script.statements.first?.statement else {
            throw SQLError(SQLState(rawValue: "XX001"), "view \"\(view.name)\" has no query")
        }
        let (select, source) = try Self.simpleParts(of: query, view, kind)
        let path = definitions.viewPath
        definitions.viewPath = view.path
        definitions.viewDepth += 1
        defer {
            definitions.viewPath = path
            definitions.viewDepth -= 1
        }
        guard let relation = try definitions.relation(source.name) else {
            throw error("42P01", "relation \"\(source.name.text)\" does not exist", at: nil)
        }
        switch relation {
        case .table(let table) where table.declaration.query == nil: break
        case .view: break
        default:
            throw Self.notUpdatable(
                view.name, kind, "Views that do not select from a single table or view are not automatically updatable.")
        }
        let inner = try definitions.asOwner(of: view) { () throws(SQLError) in
            try self.target(relation, source.name, kind, permissions, scope, over: entry)
        }
        if let alias = source.alias {
            for (index, name) in alias.columns.enumerated() where index < inner.item.columns.count {
                inner.item.columns[index].name = name.text
            }
        }
        inner.item.name = source.alias?.name.text ?? source.name.last
        // The view's own expressions, over the rows of this statement.
        let binder = Binder(session, definitions, script.source, ParameterTypes([]))
        binder.slotCount = slotCount
        defer { slotCount = binder.slotCount }
        let own = Scope(parent: nil, rules: .select, level: scope.level)
        own.items = [inner.item]
        let values = try definitions.asOwner(of: view) { () throws(SQLError) in try binder.selected(select.items, own) }
        guard own.aggregates.isEmpty else {
            throw Self.notUpdatable(view.name, kind, "Views that return aggregate functions are not automatically updatable.")
        }
        guard own.windows.isEmpty else {
            throw Self.notUpdatable(view.name, kind, "Views that return window functions are not automatically updatable.")
        }
        guard own.sets.isEmpty else {
            throw Self.notUpdatable(view.name, kind, "Views that return set-returning functions are not automatically updatable.")
        }
        var columns: [ChangeTarget.Column] = []
        var defaults = inner.defaults
        var shown: [ScopeColumn] = []
        for (place, (value, column)) in zip(values, view.columns).enumerated() {
            let scalar = binder.resolved(value.scalar)
            var index: Int?
            if let column = scalar as? ColumnScalar {
                index = inner.entry.usedColumns.first { $0.value.position == column.position }?.key
                if let known = index, known >= inner.table.declaration.columns.count { index = nil }
            }
            if let text = view.defaults[place] {
                if let index {
                    defaults[index] = text
                } else if kind == .insert {
                    throw SQLError(
                        .featureNotSupported, "cannot insert into column \"\(column.name)\" of view \"\(view.name)\"",
                        detail: "View columns that are not columns of their base relation are not updatable.")
                }
            }
            columns.append(.init(name: column.name, index: index))
            shown.append(ScopeColumn(name: column.name, type: scalar.type, make: { scalar }))
        }
        own.rules = .whereClause
        let filter = try definitions.asOwner(of: view) { () throws(SQLError) in
            try select.filter.map { filter throws(SQLError) in try binder.condition(filter, own, "WHERE", nil) }
        }
        var target = ChangeTarget(
            table: inner.table, entry: inner.entry, item: ScopeItem(name: view.name, columns: shown), columns: columns,
            filters: inner.filters, checks: inner.checks, defaults: defaults, view: view.name)
        if view.check == .cascaded {
            for filter in inner.filters where !target.checks.contains(where: { $0.condition === filter }) {
                target.checks.append(.init(view: view.name, condition: filter))
            }
        }
        if let filter {
            target.filters.append(filter)
            if view.check != .none { target.checks.append(.init(view: view.name, condition: filter)) }
        }
        return target
    }

    private static func notUpdatable(_ name: String, _ kind: ChangeKind, _ why: String) -> SQLError {
        let word = kind.rawValue
        return SQLError(SQLState(rawValue: "55000"), "cannot \(word) view \"\(name)\"", detail: why)
    }

    /// The SELECT and the one relation of a view that can be written. Throws `55000` for others.
    private static func simpleParts(
        of query: Query, _ view: ViewRelation, _ kind: ChangeKind
    ) throws(SQLError) -> (Select, RelationSource) {
        func no(_ what: String) -> SQLError { notUpdatable(view.name, kind, "Views \(what) are not automatically updatable.") }
        var plain = Select(position: query.position)
        switch query.body {
        case .select(let select): plain = select
        case .table(let source):
            plain.from = [.relation(source)]
            plain.items = [
                SelectItem(
                    value: .column(ColumnReference(parts: [], isStar: true, position: query.position)), label: nil, position: query.position
                )
            ]
        case .combined: throw no("containing UNION, INTERSECT, or EXCEPT")
        case .values: throw no("that do not select from a single table or view")
        }
        if plain.distinct != .no { throw no("containing DISTINCT") }
        if !plain.groupBy.isEmpty { throw no("containing GROUP BY") }
        if plain.having != nil { throw no("containing HAVING") }
        if query.with != nil { throw no("containing WITH") }
        if query.limit != nil { throw no("containing LIMIT or OFFSET") }
        guard plain.from.count == 1, case .relation(let source) = plain.from[0], source.sample == nil, source.cells == nil else {
            throw no("that do not select from a single table or view")
        }
        return (plain, source)
    }
}

extension Insert {
    /// What it does to its table: rows are read where it answers with them, or looks whether they are there.
    fileprivate var isReading: Bool { conflict != nil || !returning.isEmpty }

    var permissions: [Permission] {
        var permissions = [Permission.insert]
        if case .update? = conflict?.action { permissions.append(.update) }
        return isReading ? permissions + [.read] : permissions
    }
}

extension Merge {
    /// What its branches do to its table, all of whose rows are read.
    var permissions: [Permission] {
        let parts = branches.compactMap { branch -> Permission? in
            switch branch.action {
            case .update: .update
            case .delete: .delete
            case .insert, .insertDefaults: .insert
            case .nothing: nil
            }
        }
        return [.read] + Permission.partsOfWrite.filter(parts.contains)
    }
}
