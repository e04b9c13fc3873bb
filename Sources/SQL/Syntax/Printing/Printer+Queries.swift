extension Printer {
    mutating func query(_ query: Query) {
        if let with = query.with { self.with(with) }
        switch query.body {
        case .select(let select): self.select(select)
        case .values(let values): self.values(values)
        case .table(let table):
            text += "TABLE "
            relation(table)
        case .combined(let combination): self.combination(combination)
        }
        orderBy(query.orderBy)
        if let limit = query.limit { self.limit(limit) }
        for lock in query.locks { self.lock(lock) }
    }

    mutating func with(_ with: With) {
        text += with.isRecursive ? "WITH RECURSIVE " : "WITH "
        list(with.tables) { $0.commonTable($1) }
        text += " "
    }

    private mutating func commonTable(_ table: CommonTable) {
        name(table.name)
        optionalNames(table.columns)
        text += " AS "
        switch table.materialization {
        case .unsaid: break
        case .materialized: text += "MATERIALIZED "
        case .notMaterialized: text += "NOT MATERIALIZED "
        }
        text += "("
        _ = change(table.statement)
        text += ")"
        if let search = table.search {
            text += " SEARCH \(search.isBreadthFirst ? "BREADTH" : "DEPTH") FIRST BY "
            list(search.columns) { $0.name($1) }
            text += " SET "
            name(search.sequenceColumn)
        }
        if let cycle = table.cycle { self.cycle(cycle) }
    }

    private mutating func cycle(_ cycle: CycleClause) {
        text += " CYCLE "
        list(cycle.columns) { $0.name($1) }
        text += " SET "
        name(cycle.markColumn)
        if let value = cycle.markValue, let other = cycle.markDefault {
            text += " TO "
            cycleMark(value)
            text += " DEFAULT "
            cycleMark(other)
        }
        text += " USING "
        name(cycle.pathColumn)
    }

    /// A mark is a constant, perhaps of a named type, and takes no parentheses.
    private mutating func cycleMark(_ value: Expression) {
        guard case .chain(let chain) = value, case .cast(let type, _)? = chain.steps.first else { return expression(value) }
        self.type(type)
        text += " "
        expression(chain.first)
    }

    private mutating func combination(_ combination: Combination) {
        combined(combination.first)
        for step in combination.steps {
            text += " " + step.operation.rawValue.uppercased() + (step.keepsDuplicates ? " ALL " : " ")
            combined(step.query)
        }
    }

    /// A part of a combination, in parentheses unless it is one SELECT.
    private mutating func combined(_ query: Query) {
        if query.isBare, case .select = query.body { return self.query(query) }
        text += "("
        self.query(query)
        text += ")"
    }

    mutating func values(_ values: Values) {
        text += "VALUES "
        list(values.rows) { printer, row in
            printer.text += "("
            printer.expressions(row)
            printer.text += ")"
        }
    }

    // MARK: - SELECT

    private mutating func select(_ select: Select) {
        text += "SELECT"
        switch select.distinct {
        case .no: break
        case .rows: text += " DISTINCT"
        case .on(let expressions):
            text += " DISTINCT ON ("
            self.expressions(expressions)
            text += ")"
        }
        if !select.items.isEmpty {
            text += " "
            items(select.items)
        }
        if let into = select.into {
            text += " INTO " + (into.persistence == .temporary ? "TEMPORARY " : into.persistence == .unlogged ? "UNLOGGED " : "") + "TABLE "
            name(into.relation)
        }
        from(select.from)
        filter(select.filter)
        if !select.groupBy.isEmpty {
            text += select.groupsAreDistinct ? " GROUP BY DISTINCT " : " GROUP BY "
            list(select.groupBy) { $0.groupItem($1) }
        }
        if let having = select.having {
            text += " HAVING "
            expression(having)
        }
        if !select.windows.isEmpty {
            text += " WINDOW "
            list(select.windows) { printer, named in
                printer.name(named.name)
                printer.text += " AS "
                printer.window(named.window)
            }
        }
    }

    mutating func items(_ items: [SelectItem]) {
        list(items) { printer, item in
            printer.expression(item.value)
            guard let label = item.label else { return }
            printer.text += " AS "
            printer.name(label)
        }
    }

    mutating func from(_ sources: [Source]) {
        guard !sources.isEmpty else { return }
        text += " FROM "
        list(sources) { $0.source($1) }
    }

    mutating func filter(_ condition: Expression?) {
        guard let condition else { return }
        text += " WHERE "
        expression(condition)
    }

    private mutating func groupItem(_ item: GroupItem) {
        switch item {
        case .expression(let value): expression(value)
        case .empty: text += "()"
        case .rollup(let values, _), .cube(let values, _):
            if case .cube = item { text += "CUBE (" } else { text += "ROLLUP (" }
            expressions(values)
            text += ")"
        case .sets(let items, _):
            text += "GROUPING SETS ("
            list(items) { $0.groupItem($1) }
            text += ")"
        }
    }

    // MARK: - ORDER BY, LIMIT, FOR

    mutating func orderBy(_ items: [SortItem]) {
        guard !items.isEmpty else { return }
        text += text.hasSuffix("(") ? "ORDER BY " : " ORDER BY "
        list(items) { printer, item in
            printer.expression(item.value)
            printer.order(item.direction, item.nulls)
        }
    }

    mutating func order(_ direction: SortItem.Direction, _ nulls: SortItem.Nulls) {
        switch direction {
        case .unsaid: break
        case .ascending: text += " ASC"
        case .descending: text += " DESC"
        case .using(let name):
            text += " USING "
            self.operator(name)
        }
        switch nulls {
        case .unsaid: break
        case .first: text += " NULLS FIRST"
        case .last: text += " NULLS LAST"
        }
    }

    private mutating func limit(_ limit: Limit) {
        if let offset = limit.offset {
            text += " OFFSET "
            expression(offset)
        }
        switch limit.count {
        case .unsaid: break
        case .all: text += " LIMIT ALL"
        case .rows(let count) where limit.hasTies:
            text += " FETCH FIRST "
            tiesCount(count)
            text += " ROWS WITH TIES"
        case .rows(let count):
            text += " LIMIT "
            expression(count)
        }
    }

    /// FETCH takes a number with its sign, and other expressions only if they are simple.
    private mutating func tiesCount(_ count: Expression) {
        if case .literal = count { expression(count) } else { operand(count) }
    }

    private mutating func lock(_ lock: RowLock) {
        text += " FOR " + lock.strength.rawValue.uppercased()
        if !lock.relations.isEmpty {
            text += " OF "
            list(lock.relations) { $0.name($1) }
        }
        switch lock.waiting {
        case .wait: break
        case .noWait: text += " NOWAIT"
        case .skipLocked: text += " SKIP LOCKED"
        }
    }

    // MARK: - Windows

    mutating func window(_ window: Window) {
        text += "("
        if let base = window.base {
            name(base)
            text += " "
        }
        if !window.partitionBy.isEmpty {
            text += "PARTITION BY "
            expressions(window.partitionBy)
            text += " "
        }
        if !window.orderBy.isEmpty {
            orderBy(window.orderBy)
            text += " "
        }
        if let frame = window.frame { self.frame(frame) }
        text += ")"
    }

    private mutating func frame(_ frame: Window.Frame) {
        text += frame.unit.rawValue.uppercased() + " "
        if let end = frame.end {
            text += "BETWEEN "
            bound(frame.start)
            text += " AND "
            bound(end)
        } else {
            bound(frame.start)
        }
        if let exclusion = frame.exclusion { text += " EXCLUDE " + exclusion.rawValue.uppercased() }
    }

    private mutating func bound(_ bound: Window.Bound) {
        switch bound {
        case .unboundedPreceding: text += "UNBOUNDED PRECEDING"
        case .unboundedFollowing: text += "UNBOUNDED FOLLOWING"
        case .currentRow: text += "CURRENT ROW"
        case .preceding(let distance):
            operand(distance)
            text += " PRECEDING"
        case .following(let distance):
            operand(distance)
            text += " FOLLOWING"
        }
    }
}

// MARK: - FROM

extension Printer {
    mutating func source(_ source: Source) {
        switch source {
        case .relation(let relation):
            text += relation.cells == nil ? "" : "("
            self.relation(relation)
            if let cells = relation.cells {
                text += " USING "
                expression(cells)
                text += ")"
            }
            alias(relation.alias)
            if let sample = relation.sample { self.sample(sample) }
        case .query(let source):
            text += source.isLateral ? "LATERAL (" : "("
            query(source.query)
            text += ")"
            alias(source.alias)
        case .function(let source): function(source)
        case .joined(let joined):
            if joined.alias != nil { text += "(" }
            joinSide(joined.first)
            for join in joined.joins { self.join(join) }
            if joined.alias != nil { text += ")" }
            alias(joined.alias)
        }
    }

    mutating func relation(_ relation: RelationSource) {
        if relation.isOnly { text += "ONLY " }
        name(relation.name)
    }

    mutating func alias(_ alias: Alias?) {
        guard let alias else { return }
        text += " AS "
        name(alias.name)
        optionalNames(alias.columns)
    }

    private mutating func sample(_ sample: Sample) {
        text += " TABLESAMPLE "
        name(sample.method)
        text += "("
        expressions(sample.arguments)
        text += ")"
        guard let seed = sample.seed else { return }
        text += " REPEATABLE ("
        expression(seed)
        text += ")"
    }

    private mutating func function(_ source: FunctionSource) {
        if source.isLateral { text += "LATERAL " }
        if source.isRowsFrom { text += "ROWS FROM (" }
        list(source.items) { printer, item in
            printer.called(item.function)
            guard !item.columns.isEmpty else { return }
            printer.text += " AS "
            printer.columns(item.columns)
        }
        if source.isRowsFrom { text += ")" }
        if source.hasOrdinality { text += " WITH ORDINALITY" }
        alias(source.alias)
        guard !source.columns.isEmpty else { return }
        if source.alias == nil { text += " AS " }
        columns(source.columns)
    }

    /// CAST counts as a call here, `::` does not.
    private mutating func called(_ function: Expression) {
        guard case .chain(let chain) = function, case .cast(let type, _)? = chain.steps.first else { return expression(function) }
        text += "CAST("
        expression(chain.first)
        text += " AS "
        self.type(type)
        text += ")"
    }

    private mutating func columns(_ columns: [ColumnDefinition]) {
        text += "("
        list(columns) { printer, column in
            printer.name(column.name)
            printer.text += " "
            printer.type(column.type)
            guard let collation = column.collation else { return }
            printer.text += " COLLATE "
            printer.name(collation)
        }
        text += ")"
    }

    /// A side of a join, which has parentheses if it is joined itself.
    private mutating func joinSide(_ source: Source) {
        guard case .joined(let joined) = source, joined.alias == nil else { return self.source(source) }
        text += "("
        self.source(source)
        text += ")"
    }

    private mutating func join(_ join: Join) {
        if join.condition == .natural { text += " NATURAL" }
        text += " " + join.kind.rawValue.uppercased() + " JOIN "
        joinSide(join.source)
        switch join.condition {
        case .none, .natural: break
        case .on(let condition):
            text += " ON "
            expression(condition)
        case .using(let columns, let alias):
            text += " USING "
            names(columns)
            guard let alias else { return }
            text += " AS "
            name(alias)
        }
    }
}
