import Catalog
import ReQLish

// USING of a table of cells, and the range variable `cell`.
extension Binder {
    /// The cells that USING chooses; nil: all of them. Throws `42P10` for a table that has no cells.
    func bind(cells filter: Expression?, of table: TableRelation, _ scope: Scope) throws(SQLError) -> CellChoice? {
        guard let filter else { return nil }
        guard let group = try self.group(of: table) else { throw notInCells(filter) }
        return try choice(filter, group, scope)
    }

    func notInCells(_ filter: Expression) -> SQLError {
        error("42P10", "USING needs a table of a cell group", at: filter.position)
    }

    /// The table whose rows are the cells.
    func group(of table: TableRelation) throws(SQLError) -> TableRelation? {
        guard let id = table.declaration.cells else { return nil }
        guard let group = try definitions.table(id: id) else {
            throw SQLError(SQLState(rawValue: "XX001"), "the cell group of table \"\(table.name)\" is missing")
        }
        return group
    }

    /// The cells of a group for which a condition is true; without one all of them.
    func choice(_ filter: Expression?, _ group: TableRelation, _ scope: Scope) throws(SQLError) -> CellChoice {
        // Rows beside are not seen from here, rows around are.
        let items = scope.items
        scope.items = []
        defer { scope.items = items }
        let inner = Scope(parent: scope, rules: ClauseRules(name: "USING"))
        let entry = self.entry(group, group.name, inner)
        note(group, entry)
        let item = entry.item()
        item.relation = entry.relation
        if definitions.noteColumn != nil {
            for index in item.columns.indices { item.columns[index].relationOID = group.oid }
        }
        inner.items = [item]
        let condition = try filter.map { filter throws(SQLError) in try self.condition(filter, inner, "USING", filter.position) }
        let keys = group.declaration.primaryKeyIndexes
        // Keys are known to whoever may read the table: they are those of its rows.
        if !entry.usedColumns.keys.allSatisfy(keys.contains) { try definitions.require(.read, group) }
        let outputs = keys.map { entry.scalar($0) }
        let plan = ProjectPlan(try FromPlanner(inner.level, definitions, makeSlot: makeSlot).plan([.entry(entry)], condition), outputs)
        return CellChoice(group, plan, condition, outerSlots: inner.boundary?.outerSlots ?? [])
    }

    /// `cell`, and `alias_cell` where there are several: the group's row beside each row of a table.
    func cellItems(_ entry: RangeEntry) throws(SQLError) -> [ScopeItem] {
        guard case .table(let table) = entry.source, let group = try self.group(of: table) else { return [] }
        let refusal = try definitions.may(.read, PermissionScope(group.config)) ? nil : Definitions.denied("table", group.name)
        let indexes = Array(table.cellIndexes)
        let shadow = RangeEntry(name: "cell", level: Level(), columns: group.rangeColumns, source: .table(group))
        var columns = group.declaration.columns.enumerated().map { place, column in
            if let part = table.declaration.cellKey.firstIndex(where: { $0.number == column.number }), part < indexes.count {
                return ScopeColumn(name: column.name, type: column.type, make: { entry.scalar(indexes[part]) })
            }
            return ScopeColumn(
                name: column.name, type: column.type, refusal: refusal,
                make: {
                    _ = shadow.scalar(place)
                    self.note(group, shadow)
                    return CellPropertyScalar(group, place, indexes.map { entry.scalar($0) })
                })
        }
        if definitions.noteColumn != nil { for index in columns.indices { columns[index].relationOID = group.oid } }
        return ["cell", (entry.name ?? table.name) + "_cell"].map { name in
            let item = ScopeItem(name: name, columns: columns)
            item.areColumnsVisible = false
            item.isCell = true
            return item
        }
    }

    /// Whoever looks for what a view reads is told of the group, too.
    private func note(_ group: TableRelation, _ entry: RangeEntry) {
        definitions.noteRelation?(group.config.id)
        definitions.noteEntry?(entry)
    }

    /// USING of DELETE that reads like a table or a call, and is a condition as the table has cells.
    func cellFilter(_ delete: Delete, _ table: TableRelation) -> (cells: Expression?, using: [Source]) {
        guard table.hasCells, delete.target.cells == nil, delete.using.count == 1 else { return (delete.target.cells, delete.using) }
        switch delete.using[0] {
        case .relation(let source) where source.alias == nil && source.sample == nil:
            return (.column(ColumnReference(parts: source.name.parts, isStar: false, position: source.name.position)), [])
        case .function(let source) where source.alias == nil && source.items.count == 1 && !source.isRowsFrom && !source.hasOrdinality:
            return (source.items[0].function, [])
        default: return (nil, delete.using)
        }
    }
}
