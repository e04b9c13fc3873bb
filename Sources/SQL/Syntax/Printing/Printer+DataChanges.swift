extension Printer {
    /// A query or a change. Nil for other statements, whose text is not kept.
    static func text(_ statement: Statement) -> String? {
        var printer = Printer()
        return printer.change(statement) ? printer.text : nil
    }

    /// False if the statement is neither a query nor a change.
    mutating func change(_ statement: Statement) -> Bool {
        switch statement {
        case .query(let query): self.query(query)
        case .insert(let insert): self.insert(insert)
        case .update(let update): self.update(update)
        case .delete(let delete): self.delete(delete)
        case .merge(let merge): self.merge(merge)
        default: return false
        }
        return true
    }

    private mutating func insert(_ insert: Insert) {
        if let with = insert.with { self.with(with) }
        text += "INSERT INTO "
        name(insert.relation)
        if let alias = insert.alias {
            text += " AS "
            name(alias)
        }
        cells(insert.cells)
        targets(insert.columns)
        overriding(insert.overriding)
        switch insert.rows {
        case .defaultValues: text += " DEFAULT VALUES"
        case .query(let query):
            text += " "
            self.query(query)
        }
        if let conflict = insert.conflict { self.conflict(conflict) }
        returning(insert.returning)
    }

    /// The filter stands in parentheses, so that nothing behind it can belong to it.
    private mutating func cells(_ cells: Expression?) {
        guard let cells else { return }
        text += " USING ("
        expression(cells)
        text += ")"
    }

    private mutating func targets(_ targets: [Target]) {
        guard !targets.isEmpty else { return }
        text += " ("
        list(targets) { $0.target($1) }
        text += ")"
    }

    private mutating func target(_ target: Target) {
        name(target.column)
        for step in target.steps { accessStep(step) }
    }

    private mutating func overriding(_ overriding: Insert.Overriding?) {
        guard let overriding else { return }
        text += " OVERRIDING " + overriding.rawValue.uppercased() + " VALUE"
    }

    private mutating func conflict(_ conflict: Conflict) {
        text += " ON CONFLICT"
        switch conflict.arbiter {
        case .any: break
        case .constraint(let name):
            text += " ON CONSTRAINT "
            self.name(name)
        case .index(let elements, let predicate):
            text += " ("
            list(elements) { $0.indexElement($1) }
            text += ")"
            filter(predicate)
        }
        switch conflict.action {
        case .nothing: text += " DO NOTHING"
        case .update(let assignments, let filter):
            text += " DO UPDATE"
            self.assignments(assignments)
            self.filter(filter)
        }
    }

    mutating func indexElement(_ element: IndexElement) {
        if case .column(let column) = element.value, column.parts.count == 1 {
            expression(element.value)
        } else {
            text += "("
            expression(element.value)
            text += ")"
        }
        if let collation = element.collation {
            text += " COLLATE "
            name(collation)
        }
        if let operatorClass = element.operatorClass {
            text += " "
            name(operatorClass)
        }
        order(element.direction, element.nulls)
    }

    private mutating func assignments(_ assignments: [Assignment]) {
        text += " SET "
        list(assignments) { printer, assignment in
            switch assignment {
            case .single(let target, let value):
                printer.target(target)
                printer.text += " = "
                printer.expression(value)
            case .several(let targets, let value, _):
                printer.text += "("
                printer.list(targets) { $0.target($1) }
                printer.text += ") = "
                printer.expression(value)
            }
        }
    }

    private mutating func changedTable(_ target: RelationSource) {
        relation(target)
        alias(target.alias)
        cells(target.cells)
    }

    private mutating func update(_ update: Update) {
        if let with = update.with { self.with(with) }
        text += "UPDATE "
        changedTable(update.target)
        assignments(update.assignments)
        from(update.from)
        rowFilter(update.filter)
        returning(update.returning)
    }

    private mutating func delete(_ delete: Delete) {
        if let with = delete.with { self.with(with) }
        text += "DELETE FROM "
        changedTable(delete.target)
        if !delete.using.isEmpty {
            text += " USING "
            list(delete.using) { $0.source($1) }
        }
        rowFilter(delete.filter)
        returning(delete.returning)
    }

    private mutating func rowFilter(_ filter: RowFilter?) {
        switch filter {
        case .condition(let condition): self.filter(condition)
        case .current(let cursor, _):
            text += " WHERE CURRENT OF "
            name(cursor)
        case nil: break
        }
    }

    private mutating func returning(_ items: [SelectItem]) {
        guard !items.isEmpty else { return }
        text += " RETURNING "
        self.items(items)
    }

    private mutating func merge(_ merge: Merge) {
        if let with = merge.with { self.with(with) }
        text += "MERGE INTO "
        changedTable(merge.target)
        text += " USING "
        source(merge.source)
        text += " ON "
        expression(merge.condition)
        for branch in merge.branches { self.branch(branch) }
    }

    private mutating func branch(_ branch: Merge.Branch) {
        text += branch.isMatched ? " WHEN MATCHED" : " WHEN NOT MATCHED"
        if let condition = branch.condition {
            text += " AND "
            expression(condition)
        }
        text += " THEN "
        switch branch.action {
        case .nothing: text += "DO NOTHING"
        case .delete: text += "DELETE"
        case .insertDefaults: text += "INSERT DEFAULT VALUES"
        case .update(let assignments):
            text += "UPDATE"
            self.assignments(assignments)
        case .insert(let columns, let overriding, let values):
            text += "INSERT"
            targets(columns)
            self.overriding(overriding)
            text += " VALUES ("
            expressions(values)
            text += ")"
        }
    }
}
