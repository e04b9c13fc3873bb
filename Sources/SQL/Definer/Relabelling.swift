import Catalog

/// What a type's new name, or that of a label, changes: the texts of declarations and views have it, and rows have labels as texts.
struct Relabelling {
    enum Change {
        case label(old: String, new: String, of: UInt32)
        /// By the numbers of the types: their names as they are written from then on.
        case types([UInt32: String])
    }

    private let change: Change
    private let definer: Definer
    private var declarations: [(id: String, declaration: Declaration)] = []
    private var queries: [(dependent: Definer.Dependent, before: String, after: String)] = []
    private var domains: [(key: String, constraints: Datum, defaultText: String?)] = []

    /// Finds the texts, as long as all have their old names.
    init(_ change: Change, _ definer: Definer) throws(SQLError) {
        (self.change, self.definer) = (change, definer)
        let definitions = definer.definitions
        for table in try definitions.tables() {
            let declaration = try relabelled(table)
            if declaration.datum != table.declaration.datum { declarations.append((table.config.id, declaration)) }
        }
        let views = try definitions.views().map { Definer.Dependent.view($0) }
        let materialized = try definitions.tables().filter { $0.declaration.query != nil }.map { Definer.Dependent.table($0) }
        for dependent in views + materialized {
            guard let (text, path, isTemporary) = Definer.query(of: dependent), let (tree, source) = Definer.read(text) else { continue }
            let changed = edited(text) {
                let binder = Binder(definer.session, definitions, source, ParameterTypes([]))
                let scope = Scope(parent: nil, rules: .select)
                definer.bindQuietly(tree, path, binder, scope, definitions, isTemporary: isTemporary) { _ in }
            }
            queries.append((dependent, text, changed))
        }
        for domain in definitions.declaredTypes() {
            if case .domain(let base, _) = domain.kind { try add(domain, base) }
        }
    }

    private func edited(_ text: String, _ look: () throws(SQLError) -> Void) -> String {
        var edits: [Int: String] = [:]
        let (definitions, depth) = (definer.definitions, definer.definitions.viewDepth)
        switch change {
        case .label(let old, let new, let oid):
            let isPlain = !old.contains { $0 == "\"" || $0 == "\\" }
            guard !isPlain || text.contains(old.replacing("'", with: "''")) else { return text }
            let definer = definer
            definitions.noteLabel = { offset, label, type, value in
                guard definitions.viewDepth == depth else { return }
                if type.oid == oid {
                    if label == old { edits[offset] = Quoting.literal(new) }
                } else if definer.contains(type, oid) {
                    // An array or a row that has it.
                    let changed = Self.relabelled(value, type, oid, old, new, definer.definitions)
                    guard let before = try? TextOutput.text(value, type, definer.session),
                        let after = try? TextOutput.text(changed, type, definer.session), before != after
                    else { return }
                    edits[offset] = Quoting.literal(after)
                }
            }
        case .types(let names):
            definitions.noteTypeName = { name, oid in
                guard let written = names[oid], let last = name.parts.last, definitions.viewDepth == depth else { return }
                for part in name.parts.dropLast() { edits[part.position.offset] = "" }
                edits[last.position.offset] = written
            }
        }
        defer { (definitions.noteLabel, definitions.noteTypeName) = (nil, nil) }
        try? look()
        return Definer.edited(text, edits)
    }

    private func relabelled(_ table: TableRelation) throws(SQLError) -> Declaration {
        var declaration = table.declaration
        let binder = definer.binder
        func edited(_ text: String, _ rules: ClauseRules, as type: SQLType? = nil) -> String {
            self.edited(text) { () throws(SQLError) in
                let scalar = try TableRules.bind(text, table, rules, binder)
                if let type { _ = try binder.coerceIfPossible(scalar, to: type, .assignment, at: nil) }
            }
        }
        for index in declaration.columns.indices {
            let column = declaration.columns[index]
            declaration.columns[index].generated = column.generated.map { edited($0, .generated, as: column.type) }
            declaration.columns[index].defaultText = column.defaultText.map { text in
                self.edited(text) { () throws(SQLError) in
                    let scalar = try binder.bind(try Parser.expression(text), Scope(parent: nil, rules: .defaults))
                    _ = try binder.coerceIfPossible(scalar, to: column.type, .assignment, at: nil)
                }
            }
        }
        for index in declaration.constraints.indices {
            declaration.constraints[index].expression = declaration.constraints[index].expression.map { edited($0, .check) }
        }
        for index in declaration.indexes.indices {
            declaration.indexes[index].elements = declaration.indexes[index].elements.map { edited($0, .index) }
            declaration.indexes[index].predicate = declaration.indexes[index].predicate.map { edited($0, .index) }
        }
        return declaration
    }

    private mutating func add(_ domain: UserType, _ base: SQLType) throws(SQLError) {
        let key = Definitions.key(domain.schema, domain.name)
        guard let content = try definer.content("type", key, isTemporary: false) else { return }
        let plain = TypeTable.base(of: base, definer.definitions)
        let scope = Scope(parent: nil, rules: .check)
        scope.items = [
            ScopeItem(name: nil, columns: [ScopeColumn(name: "value", type: plain, make: { ColumnScalar(0, plain, name: "value") })])
        ]
        let binder = definer.binder
        var constraints: [Datum] = []
        for constraint in content.array("constraints") {
            let text = constraint.text("expression")
            let changed = edited(text) { () throws(SQLError) in _ = try binder.bind(try Parser.expression(text), scope) }
            constraints.append(changed == text ? constraint : try definer.changed(constraint, [("expression", Datum(changed))]))
        }
        let written = content[field: "default"]?.string
        let defaultText = written.map { text in
            edited(text) { () throws(SQLError) in
                let scalar = try binder.bind(try Parser.expression(text), Scope(parent: nil, rules: .defaults))
                _ = try binder.coerceIfPossible(scalar, to: plain, .assignment, at: nil)
            }
        }
        let isChanged = defaultText != written || Datum(elements: constraints) != Datum(elements: content.array("constraints"))
        if isChanged { domains.append((key, Datum(elements: constraints), defaultText)) }
    }

    /// Writes them: once a label has its new name, and before a type has.
    func store() throws(SQLError) {
        for (key, constraints, defaultText) in domains {
            try definer.changeObject("type", key, "constraints", constraints, isTemporary: false)
            if let defaultText { try definer.changeObject("type", key, "default", Datum(defaultText), isTemporary: false) }
        }
        for (id, declaration) in declarations {
            if let table = try definer.refreshed().table(id: id) { try definer.redeclare(table, declaration) }
        }
        for query in queries where query.after != query.before { try definer.rewriteViews([query.dependent]) { _ in query.after } }
        guard case .label(let old, let new, let oid) = change else { return }
        // What was noted of rows has the label as it was.
        definer.session.transaction.lookAtAllDeferred()
        let definitions = try definer.refreshed()
        for table in try definitions.tables() {
            let columns = table.declaration.columns.indices.filter { definer.contains(table.declaration.columns[$0].type, oid) }
            guard !columns.isEmpty else { continue }
            let guardian = try definer.makeRun().writes.guardian(table, definitions)
            guardian.ignoresHook = true
            try guardian.eachRow { key, row throws(SQLError) in
                var changed = row
                for column in columns {
                    let type = table.declaration.columns[column].type
                    changed[column] = Self.relabelled(row[column], type, oid, old, new, definer.definitions)
                }
                try guardian.update(row, oldKey: key, &changed)
            }
        }
        try requireReadable(old)
    }

    /// Throws `0A000` for a view that can't be read any more, as it has the label where it wasn't found.
    private func requireReadable(_ label: String) throws(SQLError) {
        let fresh = try definer.refreshed()
        for query in queries
        where definer.meaning(query.after, of: query.dependent, fresh) == nil
            && definer.meaning(query.before, of: query.dependent, definer.definitions) != nil
        {
            throw SQLError(
                .featureNotSupported, "cannot rename label \"\(label)\" because \(definer.shown(query.dependent)) depends on its name",
                hint: "Drop it, and make it again with the new name.")
        }
    }

    private static func relabelled(
        _ value: SQLValue, _ type: SQLType, _ oid: UInt32, _ old: String, _ new: String, _ types: any TypeCatalog
    ) -> SQLValue {
        let base = TypeTable.base(of: type, types)
        switch value {
        case .text(let label): return base.oid == oid && label == old ? .text(new) : value
        case .array(let array):
            let element = array.elementType
            let elements = array.elements.map { relabelled($0, element, oid, old, new, types) }
            return .array(SQLArray(element, dimensions: array.dimensions, elements: elements))
        case .record(let record):
            let values = zip(record.fields, record.values).map { relabelled($1, $0.type, oid, old, new, types) }
            return .record(SQLRecord(fields: record.fields, values: values))
        default: return value
        }
    }
}

extension Definer {
    /// Puts the new names of types into the texts that name them, before the types have them.
    func renameTypes(_ names: [UInt32: (schema: String, name: String)]) throws(SQLError) {
        guard !names.isEmpty else { return }
        let written = names.mapValues { $0.schema == "public" ? Quoting.identifier($0.name) : SequenceNames.qualified($0.schema, $0.name) }
        try Relabelling(.types(written), self).store()
    }
}
