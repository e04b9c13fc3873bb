import Catalog
import Ground

/// ALTER TABLE.
extension Definer {
    func alter(_ alter: AlterTable) throws(SQLError) -> StatementResult {
        let tag = "ALTER " + alter.kind.rawValue.uppercased()
        if alter.kind == .type { return try alterComposite(alter) }
        guard let relation = try definitions.relation(alter.name) else {
            if alter.kind == .index || alter.kind == .table, try table(ofIndexNamed: alter.name, definitions) != nil {
                try alterIndex(alter)
                return done(tag)
            }
            try requireNoComposite(alter.name)
            guard alter.ifExists else { throw definitions.missing(alter.name) }
            session.notice("relation \"\(alter.name.last)\" does not exist, skipping")
            return done(tag)
        }
        try requireKind(alter, relation)
        if case .table(let table) = relation { try requireSettled(table, "ALTER TABLE") }
        for action in alter.actions {
            if case .setOwner(let role) = action.kind { try setOwner(relation, role) }
        }
        // As in PostgreSQL, whatever kind of relation it is.
        let isAboutOwners = alter.actions.allSatisfy { if case .setOwner = $0.kind { true } else { false } }
        if isAboutOwners { return done(tag) }
        guard case .table(let first) = relation else {
            let isOfView = alter.actions.allSatisfy { if case .setDefault = $0.kind { true } else { false } }
            if alter.kind == .view || isOfView, case .view(let view) = relation {
                try self.alter(view, alter.actions)
                return done(tag)
            }
            if alter.kind == .view || alter.kind == .sequence || alter.kind == .index { return done(tag) }
            throw error("42809", "\"\(alter.name.last)\" is not a table")
        }
        if alter.kind == .cell, !first.declaration.isCellGroup { throw error("42809", "\"\(first.name)\" is not a cell group") }
        if first.isMaterialized { try requireNothingOfTables(alter, "materialized views") }
        var table = first
        if first.config.declaration == nil, alter.actions.contains(where: { Self.needsColumns($0.kind) }) {
            table = try declareKey(of: first)
        }
        func refresh() throws(SQLError) { if let current = try refreshed().table(id: first.config.id) { table = current } }
        // As in PostgreSQL: what is in a column's way is dropped before its type changes, and all types change over the same rows.
        var types: [TypeChange] = []
        let ordered = alter.actions.enumerated().sorted {
            (Self.pass($0.element.kind), $0.offset) < (Self.pass($1.element.kind), $1.offset)
        }
        let isChangeOfType = { (action: AlterTable.Action) in if case .setType = action.kind { true } else { false } }
        for (place, item) in ordered.enumerated() {
            if case .setType(let name, let type, _, let using) = item.element.kind {
                types.append((name, type, using))
                if place + 1 < ordered.count, isChangeOfType(ordered[place + 1].element) { continue }
                try setTypes(types, table)
            } else {
                try apply(item.element.kind, table)
            }
            try refresh()
        }
        return done(tag)
    }

    /// ALTER INDEX: nothing that it sets does anything.
    private func alterIndex(_ alter: AlterTable) throws(SQLError) {
        guard let table = try table(ofIndexNamed: alter.name, definitions) else { return }
        try requireNothingOfTables(alter, "indexes")
        let method = table.systemIndexes.first { $0.name == alter.name.last }?.method ?? "btree"
        for action in alter.actions {
            switch action.kind {
            case .setOptions(let options): try checkOptions(options, ofIndex: method)
            case .setTablespace(let name): try requireTablespace(name)
            default: break
            }
        }
    }

    /// Throws `42809` if the relation is not of the kind that the statement names: ALTER TABLE takes all.
    private func requireKind(_ alter: AlterTable, _ relation: Relation) throws(SQLError) {
        let isOfKind =
            switch (alter.kind, relation) {
            case (.table, _), (.cell, _), (.type, _), (.view, .view), (.sequence, .sequence), (.index, .index): true
            case (.materializedView, .table(let table)): table.declaration.query != nil
            default: false
            }
        guard isOfKind else { throw error("42809", "\"\(alter.name.last)\" is not a \(alter.kind.rawValue)") }
    }

    /// SET and RESET of a view's options.
    private func alter(_ view: ViewRelation, _ actions: [AlterTable.Action]) throws(SQLError) {
        let key = Definitions.key(view.schema, view.name)
        var changedDefaults: [Int: String]?
        for action in actions {
            switch action.kind {
            case .setOptions(let options):
                let check = try checkOption(options)
                if let isInvoker = try invokerOption(options) {
                    try changeObject("view", key, "security_invoker", Datum(isInvoker), isTemporary: view.isTemporary)
                }
                guard let check else { continue }
                try changeObject("view", key, "check", Datum(check), isTemporary: view.isTemporary)
            case .resetOptions(let options):
                for (option, field) in [("check_option", "check"), ("security_invoker", "security_invoker")]
                where options.contains(where: { $0.name.text == option }) {
                    try changeObject("view", key, field, nil, isTemporary: view.isTemporary)
                }
            case .setDefault(let name, let expression):
                guard let place = view.columns.firstIndex(where: { $0.name == name.text }) else {
                    throw error(
                        "42703", "column \"\(name.text)\" of relation \"\(view.name)\" does not exist", at: name.position)
                }
                if let expression {
                    let scalar = try binder.bind(expression, Scope(parent: nil, rules: .defaults))
                    _ = try binder.coerce(scalar, to: view.columns[place].type, .assignment, at: name.position)
                }
                var defaults = changedDefaults ?? view.defaults
                defaults[place] = try expression.map { (written) throws(SQLError) in try bound(written) }
                changedDefaults = defaults
                try changeObject("view", key, "defaults", ViewRelation.stored(defaults), isTemporary: view.isTemporary)
            default: break
            }
        }
    }

    private func apply(_ action: AlterTable.Action.Kind, _ table: TableRelation) throws(SQLError) {
        if table.declaration.isCellGroup { try checkGroup(action, table) }
        var declaration = table.declaration
        func index(_ name: Name) throws(SQLError) -> Int {
            guard let index = declaration.columns.firstIndex(where: { $0.name == name.text }) else {
                throw error(
                    "42703", "column \"\(name.text)\" of relation \"\(table.name)\" does not exist",
                    hint: declaration.isOpen ? "ADD COLUMN makes a column of a field." : nil)
            }
            return index
        }
        switch action {
        case .addColumn(let column, let ifNotExists): try addColumn(column, ifNotExists, table)
        case .dropColumn(let name, let ifExists, let behavior): try dropColumn(name, ifExists, behavior, table)
        case .addConstraint(let constraint):
            var builder = TableBuilder(self, table)
            // Of a foreign key the name is looked at before what it refers to.
            if case .foreignKey = constraint.kind, let name = constraint.name?.text,
                declaration.constraints.contains(where: { $0.name == name })
            {
                throw error("42710", "constraint \"\(name)\" for relation \"\(table.name)\" already exists")
            }
            try builder.add(constraint)
            try builder.resolveConstraints()
            try restore(table, builder.declaration)
            if !constraint.isNotValid { try validateRows(table.config.id, builder.declaration, since: declaration) }
        case .dropConstraint(let name, let ifExists, let behavior): try dropConstraint(name, ifExists, behavior, table)
        case .validateConstraint(let name):
            guard let place = declaration.constraints.firstIndex(where: { $0.name == name.text }) else {
                throw error("42704", "constraint \"\(name.text)\" of relation \"\(table.name)\" does not exist")
            }
            guard [.foreign, .check].contains(declaration.constraints[place].kind) else {
                throw error(
                    "42809",
                    "constraint \"\(name.text)\" of relation \"\(table.name)\" is not a foreign key or check constraint")
            }
            declaration.constraints[place].isValidated = true
            try redeclare(table, declaration)
            var without = declaration
            without.constraints.remove(at: place)
            try validateRows(table.config.id, declaration, since: without)
        case .alterConstraint(let name, let isDeferrable, let isInitiallyDeferred):
            guard let place = declaration.constraints.firstIndex(where: { $0.name == name.text }) else {
                throw error("42704", "constraint \"\(name.text)\" of relation \"\(table.name)\" does not exist")
            }
            guard declaration.constraints[place].kind == .foreign else {
                throw error("42809", "constraint \"\(name.text)\" of relation \"\(table.name)\" is not a foreign key constraint")
            }
            declaration.constraints[place].isDeferrable = isDeferrable
            declaration.constraints[place].isDeferred = isInitiallyDeferred
            try redeclare(table, declaration)
        case .setType(let name, let type, _, let using): try setTypes([(name, type, using)], table)
        case .setDefault(let name, let expression):
            let place = try index(name)
            if declaration.columns[place].identity != nil {
                throw error("42601", "column \"\(name.text)\" of relation \"\(table.name)\" is an identity column")
            }
            if declaration.columns[place].generated != nil {
                throw error("42601", "column \"\(name.text)\" of relation \"\(table.name)\" is a generated column")
            }
            let builder = TableBuilder(self, table)
            declaration.columns[place].defaultText = try expression.map { (written) throws(SQLError) in
                try builder.bound(Printer.text(written), definitions)
            }
            try builder.checkDefault(declaration.columns[place])
            if let expression, try builder.isNull(expression, declaration.columns[place].type) {
                declaration.columns[place].defaultText = nil
            }
            try redeclare(table, declaration)
        case .setNotNull(let name, let flag):
            let place = try index(name)
            if !flag, let primary = declaration.primaryKey, primary.columns.contains(declaration.columns[place].number) {
                throw error("42P16", "column \"\(name.text)\" is in a primary key")
            }
            if !flag, declaration.columns[place].identity != nil {
                throw error("42601", "column \"\(name.text)\" of relation \"\(table.name)\" is an identity column")
            }
            declaration.columns[place].isNotNull = flag
            if flag { try requireNoNulls(place, table) }
            try redeclare(table, declaration)
        case .dropIdentity(let name, let ifExists):
            let place = try index(name)
            guard declaration.columns[place].identity != nil else {
                guard ifExists else {
                    throw error("55000", "column \"\(name.text)\" of relation \"\(table.name)\" is not an identity column")
                }
                session.notice("column \"\(name.text)\" of relation \"\(table.name)\" is not an identity column, skipping")
                return
            }
            if let sequence = declaration.columns[place].sequence {
                try put("sequence", Definitions.key(table.schema, sequence), nil, isTemporary: table.isTemporary)
            }
            declaration.columns[place].identity = nil
            declaration.columns[place].sequence = nil
            try redeclare(table, declaration)
        case .dropExpression(let name, let ifExists):
            let place = try index(name)
            guard declaration.columns[place].generated != nil else {
                let refusal = "column \"\(name.text)\" of relation \"\(table.name)\" is not a stored generated column"
                guard ifExists else { throw error("55000", refusal) }
                session.notice(refusal + ", skipping")
                return
            }
            declaration.columns[place].generated = nil
            try redeclare(table, declaration)
        case .addIdentity(let name, let isAlways, let options):
            let place = try index(name)
            let column = declaration.columns[place]
            guard [SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid].contains(column.type.oid) else {
                throw error("22023", "identity column type must be smallint, integer, or bigint")
            }
            func refusal(_ why: String) -> SQLError { error("55000", "column \"\(name.text)\" of relation \"\(table.name)\" \(why)") }
            guard column.isNotNull else { throw refusal("must be declared NOT NULL before identity can be added") }
            guard column.identity == nil else { throw refusal("is already an identity column") }
            guard column.defaultText == nil else { throw refusal("already has a default value") }
            var builder = TableBuilder(self, table)
            try builder.addIdentity(place, isAlways: isAlways, options)
            try builder.storeSequences()
            try redeclare(table, builder.declaration)
        case .setIdentity(let name, let isAlways, let options):
            let place = try index(name)
            guard declaration.columns[place].identity != nil, let sequence = declaration.columns[place].sequence else {
                throw error("55000", "column \"\(name.text)\" of relation \"\(table.name)\" is not an identity column")
            }
            if let isAlways {
                declaration.columns[place].identity = isAlways ? "always" : "by_default"
                try redeclare(table, declaration)
            }
            guard !options.isEmpty, case .sequence(let owned)? = try refreshed().relation(named: sequence, schema: table.schema) else {
                return
            }
            try change(owned, options)
        case .tuneColumn(let name, _): _ = try index(name)
        case .setOptions(let options):
            try checkOptions(options, isNew: false)
            try setOptions(options, table)
        case .resetOptions(let options): try resetOptions(options, table)
        case .setTablespace(let name): try requireTablespace(name)
        case .setAccessMethod(let name): try requireTableMethod(name)
        case .setTriggers(_, let name?):
            throw error("42704", "trigger \"\(name.text)\" for table \"\(table.name)\" does not exist")
        case .ignoredIndex(let name, let isIdentity): try requireIndex(name, of: table, isIdentity: isIdentity)
        case .setOwner, .setLogged, .setTriggers, .ignored: break
        }
    }

    // MARK: - Columns

    private func addColumn(_ column: ColumnDefinition, _ ifNotExists: Bool, _ table: TableRelation) throws(SQLError) {
        if table.declaration.column(named: column.name.text) != nil {
            guard ifNotExists else {
                throw error("42701", "column \"\(column.name.text)\" of relation \"\(table.name)\" already exists")
            }
            session.notice("column \"\(column.name.text)\" of relation \"\(table.name)\" already exists, skipping", .notice, "42701")
            return
        }
        var builder = TableBuilder(self, table)
        try builder.add(column)
        try builder.resolveConstraints()
        let added = builder.declaration.columns[builder.declaration.columns.count - 1]
        var needsRows = added.defaultText != nil || added.identity != nil || added.generated != nil || added.isNotNull
        // A domain has a default of its own, and NULL may be none of its values.
        if case .domain? = definitions.type(added.type.oid)?.kind { needsRows = true }
        if table.declaration.isOpen, !table.hasCells {
            try addFieldColumn(builder.declaration, to: table, needsAll: needsRows)
            return try validateRows(table.config.id, builder.declaration, since: table.declaration)
        }
        let before = try refreshed()
        // Where no row has a value of the new column, all of them stay as they are.
        if needsRows {
            try restore(table, builder.declaration) { (row) throws(SQLError) in row.map { $0 } + [nil] }
        } else {
            try restore(table, builder.declaration)
        }
        try validateRows(table.config.id, builder.declaration, since: table.declaration)
        if !table.declaration.isOpen { try keepMeaning(ofReadersOf: .table(table), [column.name.text], since: before) }
    }

    func requireNoNulls(_ index: Int, _ table: TableRelation) throws(SQLError) {
        let run = try makeRun()
        try run.writes.guardian(table, try refreshed()).eachRow([index]) { _, row throws(SQLError) in
            guard row[index].isNull else { return }
            throw error("23502", "column \"\(table.declaration.columns[index].name)\" of relation \"\(table.name)\" contains null values")
        }
    }

    // MARK: - Constraints

    private func dropConstraint(_ name: Name, _ ifExists: Bool, _ behavior: DropBehavior, _ table: TableRelation) throws(SQLError) {
        var declaration = table.declaration
        guard let index = declaration.constraints.firstIndex(where: { $0.name == name.text }) else {
            guard ifExists else { throw error("42704", "constraint \"\(name.text)\" of relation \"\(table.name)\" does not exist") }
            session.notice("constraint \"\(name.text)\" of relation \"\(table.name)\" does not exist, skipping")
            return
        }
        let constraint = declaration.constraints[index]
        if constraint.kind == .primary || constraint.kind == .unique {
            func needs(_ other: Declaration.Constraint) -> Bool {
                other.kind == .foreign && other.references == table.config.id && Set(other.referenced) == Set(constraint.columns)
            }
            let others = try refreshed().tables().filter { $0.declaration.constraints.contains(where: needs) }
            let keys = others.flatMap { shownConstraints(of: $0, where: needs) }
            let views = constraint.kind == .primary ? try dependents(ofKeyOf: table, try refreshed()) : []
            if !others.isEmpty || !views.isEmpty, behavior != .cascade {
                let object = "constraint \(name.text) on \(shown(.table(table)))"
                let index = "index \(name.text)"
                throw stillNeeded(object, keys.map { "\($0) depends on \(index)" } + views.map { "\(shown($0)) depends on \(object)" })
            }
            cascaded += keys
            for view in views { try dropDependent(view, try refreshed()) }
            for other in others where other.config.id != table.config.id {
                var changed = other.declaration
                changed.constraints.removeAll(where: needs)
                try redeclare(other, changed)
            }
        }
        declaration.constraints.remove(at: index)
        try restore(table, declaration)
    }

    /// Looks at all rows for constraints that were not there before.
    private func validateRows(_ id: String, _ declaration: Declaration, since old: Declaration) throws(SQLError) {
        let definitions = try refreshed()
        guard let table = try definitions.table(id: id) else { return }
        let run = try makeRun()
        let known = Set(old.constraints.map(\.id))
        let guardian = try run.writes.guardian(table, definitions)
        for constraint in declaration.constraints where !known.contains(constraint.id) {
            switch constraint.kind {
            case .foreign: if constraint.isValidated { try session.validate(constraint, table, definitions, run) }
            case .unique, .primary:
                if constraint.kind == .primary, declaration.keysAreUnique { continue }
                for unique in guardian.uniques where unique.name == constraint.name { try unique.check(guardian, run) }
                // Keys of documents are never NULL.
                if constraint.kind == .primary, table.hasHiddenKey, table.declared.keyColumns.isEmpty {
                    for number in constraint.columns { if let index = declaration.index(of: number) { try requireNoNulls(index, table) } }
                }
            case .check:
                let scalar = try TableRules.bind(constraint.expression ?? "true", table, .check, binder)
                try guardian.eachRow(scalar.positions) { _, row throws(SQLError) in
                    guard case .bool(false) = try scalar.value(row, run) else { return }
                    throw error("23514", "check constraint \"\(constraint.name)\" of relation \"\(table.name)\" is violated by some row")
                }
            }
        }
    }
}
