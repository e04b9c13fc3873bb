import Catalog

extension Binder {
    /// Binds FROM: its tables become items of the scope.
    func bind(from sources: [Source], _ scope: Scope) throws(SQLError) -> [FromNode] {
        var nodes: [FromNode] = []
        scope.rules = .from
        for source in sources {
            // Each takes a look at all before it.
            try QueryMemory.checkStopped()
            let (node, items) = try bind(source, scope)
            nodes.append(node)
            try add(items, to: scope)
        }
        return nodes
    }

    func add(_ items: [ScopeItem], to scope: Scope) throws(SQLError) {
        for item in items {
            if item.isQualifiedVisible, !item.isCell, let name = item.name,
                scope.items.contains(where: {
                    $0.name == name && $0.isQualifiedVisible && !$0.isCell
                        && ($0.schema == item.schema || $0.schema == nil || item.schema == nil)
                })
            {
                throw error("42712", "table name \"\(name)\" specified more than once", at: nil)
            }
            scope.items.append(item)
        }
    }

    func bind(_ source: Source, _ scope: Scope) throws(SQLError) -> (FromNode, [ScopeItem]) {
        switch source {
        case .relation(let relation):
            if let rows = try pathSource(relation, scope) { return try bind(rows, scope) }
            let entry = try bind(relation, scope)
            let item = entry.item()
            try count(item, of: entry)
            if case .table(let table) = entry.source, relation.alias == nil { item.schema = table.schema }
            item.relation = entry.relation
            if definitions.noteColumn != nil, let oid = entry.relation?.oid {
                for index in item.columns.indices { item.columns[index].relationOID = oid }
            }
            try rename(item, relation.alias)
            return (.entry(entry), [item] + (try cellItems(entry)))
        case .query(let query): return try bind(query, scope)
        case .function(let function): return try bind(function, scope)
        case .joined(let joined): return try bind(joined, scope)
        }
    }

    /// Counts the columns of a part of FROM, for as long as they may be named and for as long as the plan is kept.
    private func count(_ item: ScopeItem, of entry: RangeEntry) throws(SQLError) {
        try item.count()
        try definitions.countBound(byteCount: entry.columns.count * MemoryLayout<RangeEntry.Column>.stride)
    }

    func rename(_ item: ScopeItem, _ alias: Alias?) throws(SQLError) {
        guard let alias, !alias.columns.isEmpty else { return }
        let visible = item.columns.indices.filter { !item.columns[$0].isHidden }
        guard alias.columns.count <= visible.count else {
            throw error(
                "42P10", "table \"\(alias.name.text)\" has \(visible.count) columns available but \(alias.columns.count) columns specified",
                at: nil)
        }
        for (index, name) in zip(visible, alias.columns) {
            item.columns[index].name = name.text
            item.columns[index].isRenamed = true
        }
    }

    // MARK: - Tables and views

    func bind(_ source: RelationSource, _ scope: Scope) throws(SQLError) -> RangeEntry {
        let name = source.alias?.name.text ?? source.name.last
        if source.name.parts.count == 1, let pending = scope.pending(source.name.last) {
            if let table = pending.waiting[source.name.last] {
                try bind(table, pending)
            } else if pending.underWay.last?.text == source.name.last {
                throw error(
                    "42P19",
                    "recursive query \"\(source.name.last)\" does not have the form non-recursive-term UNION [ALL] recursive-term",
                    at: source.name.position)
            } else {
                throw unsupported("mutual recursion between WITH items", at: source.name.position)
            }
        }
        if source.name.parts.count == 1, let table = scope.commonTable(source.name.last) {
            if let sample = source.sample { throw notSampled(sample) }
            if let cells = source.cells { throw notInCells(cells) }
            if table.isOpen { try checkRecursion(table, source.name, scope) }
            if table.rows.isWrite, table.columns.isEmpty {
                throw error("0A000", "WITH query \"\(name)\" does not have a RETURNING clause", at: source.name.position)
            }
            table.wasReferred = true
            var current: Scope? = scope
            while let inner = current, inner.commonTables[source.name.last] == nil, !table.outerSlots.isEmpty {
                inner.boundary?.outerSlots.formUnion(table.outerSlots)
                current = inner.parent
            }
            let shownCount = table.columns.count - table.hiddenCount
            let columns = table.columns.enumerated().map { index, column in
                RangeEntry.Column(name: column.name, type: column.type, isHidden: index >= shownCount, fields: column.fields)
            }
            let entry = RangeEntry(
                name: name, level: scope.level, columns: columns,
                source: .query(CommonTablePlan(table.rows), lateral: nil, operands: []))
            entry.noteSources(table.columns)
            scope.rangeEntries.append(entry)
            return entry
        }
        guard let relation = try relation(source.name) else {
            throw error("42P01", "relation \"\(source.name.text)\" does not exist", at: source.name.position)
        }
        definitions.noteSource?(source, relation)
        let entry: RangeEntry
        if case .table = relation {} else if let sample = source.sample { throw notSampled(sample) }
        if case .table = relation {} else if let cells = source.cells { throw notInCells(cells) }
        switch relation {
        case .table(let table):
            try definitions.require(.read, table)
            entry = RangeEntry(name: name, level: scope.level, columns: table.rangeColumns, source: .table(table))
            // In several cells rows may have the same key.
            if !table.hasCells { entry.primaryKey = table.declared.primaryKeyIndexes }
            entry.cells = try bind(cells: source.cells, of: table, scope)
            definitions.noteEntry?(entry)
            entry.sample = try source.sample.map { sample throws(SQLError) in try bind(sample, scope) }
        case .view(let view):
            try definitions.require(.read, view)
            let bound = try bind(view: view, for: name, scope)
            let columns = zip(bound.columns, view.columns).map { RangeEntry.Column(name: $1.name, type: $0.type) }
            entry = RangeEntry(
                name: name, level: scope.level, columns: columns, source: .query(bound.plan, lateral: nil, operands: []), flat: bound.flat,
                later: bound.later)
            entry.noteSources(bound.columns)
            definitions.noteEntry?(entry)
        case .sequence(let sequence):
            try definitions.require(.read, sequence)
            entry = RangeEntry(
                name: name, level: scope.level,
                columns: [
                    .init(name: "last_value", type: .int8), .init(name: "log_cnt", type: .int8), .init(name: "is_called", type: .bool),
                ], source: .query(SequencePlan(sequence), lateral: nil, operands: []))
        case .rows(let columns, let hidden, let plan):
            entry = RangeEntry(
                name: name, level: scope.level,
                columns: columns.map { .init(name: $0.name, type: $0.type) }
                    + hidden.map { .init(name: $0.name, type: $0.type, isHidden: true) },
                source: .query(plan, lateral: nil, operands: []))
        case .index:
            throw error("42809", "\"\(source.name.last)\" is an index", at: source.name.position)
        }
        entry.relation = relation
        scope.rangeEntries.append(entry)
        return entry
    }

    /// Where the recursive part of a table may name it: once, in FROM, on no side of an outer join that may be missing.
    private func checkRecursion(_ table: CommonTableEntry, _ name: QualifiedName, _ scope: Scope) throws(SQLError) {
        func refused(_ where: String) -> SQLError {
            error("42P19", "recursive reference to query \"\(name.last)\" must not appear \(`where`)", at: name.position)
        }
        if table.wasReferred { throw refused("more than once") }
        var current: Scope? = scope
        while let inner = current {
            if inner.missingSides > 0 { throw refused("within an outer join") }
            if inner.commonTables[name.last] === table { break }
            if inner.isExpression { throw refused("within a subquery") }
            current = inner.parent
        }
        scope.readsOwnTable = true
    }

    private func notSampled(_ sample: Sample) -> SQLError {
        error(
            "42809", "TABLESAMPLE clause can only be applied to tables and materialized views",
            at: sample.method.position)
    }

    func bind(_ sample: Sample, _ scope: Scope) throws(SQLError) -> TableSample {
        let name = sample.method.last
        guard name == "bernoulli" || name == "system" else {
            throw error("42704", "tablesample method \(name) does not exist", at: sample.method.position)
        }
        guard sample.arguments.count == 1 else {
            throw error(
                "2202H", "tablesample method \(name) requires 1 argument, not \(sample.arguments.count)", at: sample.method.position)
        }
        let inner = Scope(parent: scope.parent, rules: .from)
        func number(_ expression: Expression, _ type: SQLType) throws(SQLError) -> Scalar {
            let scalar = try coerce(try bind(expression, inner), to: type, .assignment, at: expression.position)
            guard scalar.positions.isEmpty, scalar.slots.isEmpty else {
                throw unsupported("TABLESAMPLE by values of other tables", at: expression.position)
            }
            return scalar
        }
        return TableSample(
            isByBlocks: name == "system", percentage: try number(sample.arguments[0], .float4),
            seed: try sample.seed.map { seed throws(SQLError) in try number(seed, .float8) })
    }

    /// The query of a view, bound as it was written: whoever reads the view needs no rights on what it reads, but its owner does.
    /// - Parameter name: what it is called in the FROM of `outside`.
    private func bind(view: ViewRelation, for name: String, _ outside: Scope) throws(SQLError) -> BoundQuery {
        let (path, hidesTemporary) = (definitions.viewPath, definitions.hidesTemporary)
        definitions.viewPath = view.path
        definitions.hidesTemporary = !view.isTemporary
        definitions.viewDepth += 1
        defer {
            definitions.viewDepth -= 1
            definitions.viewPath = path
            definitions.hidesTemporary = hidesTemporary
        }
        try definitions.open(view)
        defer { definitions.openViews.remove(view.id) }
        let script = try Script(view.query)
        guard case .query(var query)? = script.statements.first?.statement else {
            throw SQLError(SQLState(rawValue: "XX001"), "view \"\(view.name)\" has no query")
        }
        query.locks += outside.locks(of: name)
        let inner = Binder(session, definitions, script.source, ParameterTypes([]))
        inner.slotCount = slotCount
        let scope = outside.scope(of: query, parent: nil)
        inner.notesConstants = false
        let bound = try definitions.asOwner(of: view) { () throws(SQLError) in try inner.bind(query, scope, resolvesUnknown: true) }
        slotCount = inner.slotCount
        locking = locking ?? inner.locking
        return bound
    }

    // MARK: - Queries and functions

    func bind(_ source: QuerySource, _ scope: Scope) throws(SQLError) -> (FromNode, [ScopeItem]) {
        let items = scope.items
        let forbidden = scope.forbidden
        if !source.isLateral {
            scope.forbidden += items
            scope.items = []
        }
        defer {
            scope.items = items
            scope.forbidden = forbidden
        }
        var query = source.query
        if case .values = query.body {} else { query.locks += scope.locks(of: source.alias?.name.text) }
        let inner = scope.scope(of: query, parent: scope)
        let bound = try bind(query, inner, resolvesUnknown: true)
        let entry = try entry(source.alias?.name.text, bound, inner, scope)
        let item = entry.item()
        try count(item, of: entry)
        if source.alias == nil { item.isQualifiedVisible = false }
        try rename(item, source.alias)
        return (.entry(entry), [item])
    }

    func entry(_ name: String?, _ bound: BoundQuery, _ inner: Scope, _ scope: Scope) throws(SQLError) -> RangeEntry {
        // What comes from this level makes it lateral; the rest is in its slots already.
        let boundary = inner.boundary
        let own = boundary?.own ?? []
        var bound = bound
        if !own.isEmpty, let later = bound.later {
            bound.plan = try later.plan(asking: [], makeSlot: makeSlot).plan
            bound.later = nil
        }
        let lateral =
            own.isEmpty
            ? nil
            : Subplan(
                bound.plan, columns: bound.columns.map(\.type), ownSlots: own.map(\.slot), outerSlots: boundary?.outerSlots ?? [],
                isVolatile: true)
        if let outer = scope.boundary, let boundary {
            outer.outerSlots.formUnion(boundary.outerSlots.subtracting(own.map(\.slot)))
            outer.hasVolatile = outer.hasVolatile || boundary.hasVolatile
        }
        let entry = RangeEntry(
            name: name, level: scope.level,
            columns: bound.columns.map {
                .init(name: $0.name, type: $0.type, number: $0.number, tableOID: $0.tableOID, fields: $0.fields)
            },
            source: .query(bound.plan, lateral: lateral, operands: own.map(\.scalar)), flat: bound.flat, later: bound.later)
        entry.noteSources(bound.columns)
        scope.rangeEntries.append(entry)
        return entry
    }

    func bind(_ source: FunctionSource, _ scope: Scope) throws(SQLError) -> (FromNode, [ScopeItem]) {
        let inner = Scope(parent: scope, rules: ClauseRules(sets: true, name: "functions in FROM"))
        if let walk = try bind(walk: source, inner) {
            let entry = try entry(source.alias?.name.text ?? WalkPlan.name, walk, inner, scope)
            let item = entry.item()
            try rename(item, source.alias)
            return (.entry(entry), [item])
        }
        var items: [FunctionPlan.Item] = []
        var columns: [OutputColumn] = []
        for item in source.items {
            let declared = source.items.count == 1 && !source.columns.isEmpty ? source.columns : item.columns
            let (made, names) = try bind(item.function, declared, source, inner)
            items += made
            columns += names
        }
        if source.hasOrdinality { columns.append(OutputColumn(name: "ordinality", type: .int8)) }
        let plan = FunctionPlan(items, hasOrdinality: source.hasOrdinality, name: source.alias?.name.text ?? columns.first?.name ?? "")
        let name = source.alias?.name.text ?? (source.items.first.flatMap { OutputNames.name(of: $0.function) } ?? "?column?")
        let entry = try entry(name, BoundQuery(plan: plan, columns: columns), inner, scope)
        let item = entry.item()
        let isScalar = columns.count == 1 && items.count == 1 && items[0].recordWidth == nil
        // A function's alias is its column's name, too.
        if isScalar || (source.hasOrdinality && items.count == 1 && items[0].recordWidth == nil), let alias = source.alias,
            alias.columns.isEmpty, items[0].call?.function.columns.isEmpty ?? true
        {
            item.columns[0].name = alias.name.text
        }
        if isScalar { item.rowType = .void }
        // `FROM posts, to_tsquery('tree') query`: an index can be asked for what is the same for all rows.
        if isScalar, let scalar = items[0].scalar, scalar.type == .tsquery, scalar.positions.isEmpty, scalar.slots.isEmpty,
            !scalar.isVolatile, !scalar.hasSubquery
        {
            let once = OnceScalar(scalar)
            item.columns[0].make = { once }
        }
        try rename(item, source.alias)
        return (.entry(entry), [item])
    }

    func bind(
        _ expression: Expression, _ declared: [ColumnDefinition], _ source: FunctionSource, _ inner: Scope
    ) throws(SQLError) -> ([FunctionPlan.Item], [OutputColumn]) {
        // unnest(a, b) stands for ROWS FROM (unnest(a), unnest(b)).
        if case .call(let call) = expression, call.name.last == "unnest", call.arguments.count > 1 {
            var items: [FunctionPlan.Item] = []
            var columns: [OutputColumn] = []
            for argument in call.arguments {
                var single = call
                single.arguments = [argument]
                let (made, names) = try bind(.call(single), [], source, inner)
                items += made
                columns += names
            }
            return (items, columns)
        }
        let before = inner.sets.count
        let scalar = resolved(try bind(expression, inner))
        var item = FunctionPlan.Item()
        var function: SQLFunction?
        if inner.sets.count > before, let call = inner.sets.last, (scalar as? ColumnScalar)?.position == call.position {
            guard inner.sets.count == before + 1 else {
                throw error("0A000", "set-returning functions must appear at top level of FROM", at: source.position)
            }
            item.call = call
            function = call.function
        } else {
            guard inner.sets.count == before else {
                throw error("0A000", "set-returning functions must appear at top level of FROM", at: source.position)
            }
            item.scalar = scalar
            function = (scalar as? CallScalar)?.function
        }
        let name = OutputNames.name(of: expression) ?? "?column?"
        if !declared.isEmpty {
            var columns: [OutputColumn] = []
            for column in declared {
                if columns.contains(where: { $0.name == column.name.text }) {
                    throw error("42701", "column name \"\(column.name.text)\" specified more than once", at: column.name.position)
                }
                columns.append(OutputColumn(name: column.name.text, type: try TypeNames.resolve(column.type, self)))
            }
            guard scalar.type.oid == SQLType.record.oid else {
                throw error(
                    "42601", "a column definition list is only allowed for functions returning \"record\"", at: source.position)
            }
            guard function?.columns.isEmpty ?? true else {
                throw error(
                    "42601", "a column definition list is redundant for a function with OUT parameters", at: source.position)
            }
            item.recordWidth = columns.count
            let definition = columns.map { SQLRecord.Field($0.name, $0.type) }
            item.definition = definition
            let check = try fieldsCheck(definition)
            item.call?.check = check
            if let call = item.scalar as? CallScalar {
                let declaring = call.declaring(definition)
                item.scalar = check.map { holding(declaring, as: declaring.type, to: $0) } ?? declaring
            }
            return ([item], columns)
        }
        var fields = function?.columns ?? []
        if case .composite(let composite)? = types.type(scalar.type.oid)?.kind { fields = composite }
        if let row = scalar as? RowScalar { fields = row.fields }
        // A function of one column gives its values as they are, under the column's name.
        if fields.count == 1, scalar.type.oid == fields[0].type.oid {
            return ([item], [OutputColumn(name: fields[0].name, type: scalar.type)])
        }
        if !fields.isEmpty {
            item.recordWidth = fields.count
            return ([item], fields.map { OutputColumn(name: $0.name, type: $0.type) })
        }
        if scalar.type.oid == SQLType.record.oid {
            throw error("42601", "a column definition list is required for functions returning \"record\"", at: source.position)
        }
        return ([item], [OutputColumn(name: name, type: scalar.type)])
    }
}

extension RangeEntry {
    /// What it gives to names.
    func item() -> ScopeItem {
        let item = ScopeItem(
            name: name,
            columns: columns.indices.filter { !columns[$0].isOfCell }.map { index in
                let column = columns[index]
                return ScopeColumn(
                    name: column.name, type: column.type, isHidden: column.isHidden, tableOID: column.tableOID, number: column.number,
                    make: { self.scalar(index) })
            })
        if case .table(let relation) = source, relation.declaration.isOpen {
            item.open = (
                relation,
                { name in
                    let written = name.written ?? name.text
                    let index = self.openColumn(written)
                    return ScopeColumn(name: written, type: .open, isHidden: true, make: { self.scalar(index) })
                }
            )
        }
        return item
    }

    var isLateral: Bool {
        if case .query(_, .some, _) = source { true } else { false }
    }
}

extension QualifiedName {
    /// As it is written in messages.
    var text: String { parts.map(\.text).joined(separator: ".") }
}
