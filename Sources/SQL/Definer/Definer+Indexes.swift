import Catalog
import Ground

/// CREATE INDEX.
extension Definer {
    func create(_ index: CreateIndex) throws(SQLError) -> StatementResult {
        guard case .table(let table)? = try definitions.relation(index.relation) else {
            guard try definitions.relation(index.relation) == nil else {
                throw error("42809", "cannot create index on relation \"\(index.relation.last)\"")
            }
            throw definitions.missing(index.relation)
        }
        if index.isConcurrent, session.transaction.isBlock {
            throw error("25001", "CREATE INDEX CONCURRENTLY cannot run inside a transaction block")
        }
        let method = index.method?.text ?? "btree"
        guard ["btree", "hash", "gin"].contains(method) else {
            guard method == "gist" || method == "brin" || method == "spgist" else {
                throw error("42704", "access method \"\(method)\" does not exist")
            }
            throw SQLError(.featureNotSupported, "access method \"\(method)\" is not supported")
        }
        try requireAbilities(index, method)
        try requireIndexColumnCount(index.elements.count + index.included.count)
        try requireTablespace(index.tablespace)
        try checkOptions(index.options, ofIndex: method)
        if table.config.declaration == nil { return try create(index, onOpen: table, method) }
        for element in index.elements where !element.operatorClassOptions.isEmpty {
            throw error("22023", "operator class \(element.operatorClass?.last ?? "") has no options")
        }
        var made = Declaration.Index(id: UUID.random().description, name: "", elements: [])
        made.isUnique = index.isUnique
        made.nullsAreEqual = index.nullsAreEqual
        made.method = method
        var parts: [String] = []
        let scope = Scope(parent: nil, rules: .index)
        scope.items = [ScopeItem.row(of: table)]
        for element in index.elements {
            let scalar = try binder.bind(element.value, scope)
            if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in index expression") }
            guard scalar.isImmutable else { throw error("42P17", "functions in index expression must be marked IMMUTABLE") }
            if case .column(let reference) = element.value, scalar is RowScalar {
                throw error("42703", "column \"\(reference.parts[0].text)\" does not exist", at: reference.position)
            }
            if scalar.type == .record {
                throw error("42P16", "column \"\(OutputNames.name(of: element.value) ?? "row")\" has pseudo-type record")
            }
            if let collation = element.collation { try binder.requireCollation(collation, of: scalar.type, at: collation.position) }
            if method == "gin" { try checkGIN(element, scalar.type) } else { try checkClass(of: element, scalar.type, method) }
            if method != "btree" { try requireNoOrder(element, method) }
            // A column is known by its name, however the statement has quoted it.
            let column = (scalar as? ColumnScalar)?.name
            made.elements.append(column.map(Quoting.identifier) ?? Printer.text(element.value))
            var order: [String] = []
            if let collation = element.collation?.last, collation != "default" { order.append("COLLATE " + Quoting.identifier(collation)) }
            if let name = element.operatorClass?.last, Self.isShown(name) { order.append(name) }
            if element.direction == .descending { order.append("DESC") }
            // What its direction has by itself isn't shown.
            let isFirst = element.direction == .descending
            if element.nulls == .first, !isFirst { order.append("NULLS FIRST") }
            if element.nulls == .last, isFirst { order.append("NULLS LAST") }
            made.orders.append(order.joined(separator: " "))
            parts.append(scalar is ColumnScalar ? (scalar as? ColumnScalar)?.name ?? "expr" : OutputNames.name(of: element.value) ?? "expr")
        }
        for element in index.included {
            let column = (try binder.bind(element.value, scope) as? ColumnScalar)?.name
            made.included.append(column.map(Quoting.identifier) ?? Printer.text(element.value))
            parts.append(column ?? "expr")
        }
        if let predicate = index.predicate {
            let condition = try binder.condition(predicate, scope, "WHERE", predicate.position)
            guard condition.isImmutable else { throw error("42P17", "functions in index predicate must be marked IMMUTABLE") }
            made.predicate = Printer.text(predicate)
        }
        guard let name = try name(of: index, in: table, parts) else { return skipped("CREATE INDEX") }
        try requireSettled(table, "CREATE INDEX")
        made.name = name
        claim(name, table.schema)
        var declaration = table.declaration
        declaration.indexes.append(made)
        try redeclare(table, declaration)
        if made.isUnique { try checkUnique(table.config.id, made.name) }
        return done("CREATE INDEX")
    }

    /// The name of a new index, its own or one of what it is of; nil if there is one that may be there.
    func name(of index: CreateIndex, in table: TableRelation, _ parts: [String]) throws(SQLError) -> String? {
        func isTaken(_ name: String) throws(SQLError) -> Bool {
            if try definitions.table(ofIndex: name, schema: table.schema) != nil { return true }
            if try !definitions.openTables(withIndex: name, schema: table.schema).isEmpty { return true }
            return try definitions.relation(named: name, schema: table.schema) != nil
        }
        guard let name = index.name?.text else {
            return try freeName("\(table.name)_\(OutputNames.distinct(parts).joined(separator: "_"))_idx", isTaken)
        }
        if try isTaken(name) {
            guard index.ifNotExists else { throw error("42P07", "relation \"\(name)\" already exists") }
            session.notice("relation \"\(name)\" already exists, skipping", .notice, "42P07")
            return nil
        }
        try checkLength(name)
        return name
    }

    /// Whether an operator class is one that no type has by itself.
    private static func isShown(_ operatorClass: String) -> Bool {
        operatorClass.hasSuffix("_pattern_ops") || operatorClass == "varchar_ops" || operatorClass == "jsonb_path_ops"
    }

    /// Which indexes a table is to have beside its documents: those of columns, and those of the lexemes that GIN indexes are of.
    func wantedIndexes(_ declaration: Declaration) -> [(name: String, source: IndexConfig.Source)] {
        var wanted = declaration.wantedColumnIndexes(session.types).map { name, columns in
            (name: name, source: IndexConfig.Source.columns(columns, keyParts: declaration.cellKey.count))
        }
        guard !declaration.isOpen, declaration.cells == nil else { return wanted }
        // Each element is an index of its own. One with a condition has all rows: so it serves whoever asks.
        for index in declaration.indexes where index.method == "gin" {
            for (place, element) in index.elements.enumerated() {
                guard let lexemes = lexemes(element, declaration) else { continue }
                let source = IndexConfig.Source.text(TextIndexDefinition(lexemes))
                let name = place == 0 ? index.name : "\(index.name).\(place + 1)"
                if !wanted.contains(where: { $0.source == source }) { wanted.append((name, source)) }
            }
        }
        return wanted
    }

    private func lexemes(_ element: String, _ declaration: Declaration) -> LexemeSource? {
        let scope = Scope(parent: nil, rules: .index)
        scope.items = [RowSketch(name: "", declaration: declaration).item]
        guard let expression = try? Parser.expression(element), let scalar = try? binder.bind(expression, scope) else { return nil }
        return LexemeSource(scalar) { $0 < declaration.columns.count ? declaration.columns[$0] : nil }
    }

    /// Throws `42704` and `42804` if there is no such operator class, or not for values of the type.
    private func checkClass(of element: IndexElement, _ type: SQLType, _ method: String) throws(SQLError) {
        guard let name = element.operatorClass else {
            let oid = TypeTable.base(of: type, session.types).oid
            if Self.unordered.contains(oid) || method == "hash" && Self.unhashed.contains(oid) { throw missingClass(type, method) }
            return
        }
        let types = Definitions.types(ofOperatorClass: name.last, isHash: method == "hash")
        guard !types.isEmpty else {
            throw error("42704", "operator class \"\(name.text)\" does not exist for access method \"\(method)\"")
        }
        let base = TypeTable.base(of: type, session.types)
        let isArray = TypeTable.element(of: base.oid, session.types) != nil
        let category = TypeTable.category(of: base.oid, session.types)
        guard
            types.contains(where: { $0 == base.oid })
                || types.contains(SQLType.text.oid) && base.oid == SQLType.varchar.oid
                || types.contains(SQLType.inet.oid) && base.oid == SQLType.cidr.oid
                || isArray && types.contains(SQLType.anyarray.oid) || category == "E" && types.contains(SQLType.anyenum.oid)
                || category == "C" || category == "P"
        else {
            throw error("42804", "operator class \"\(name.text)\" does not accept data type \(binder.typeName(SQLType(type.oid)))")
        }
    }

    private static let unordered = [SQLType.json.oid, SQLType.jsonpath.oid]
    private static let unhashed = [SQLType.tsvector.oid, SQLType.tsquery.oid, SQLType.bit.oid, SQLType.varbit.oid]

    private func missingClass(_ type: SQLType, _ method: String) -> SQLError {
        error(
            "42704", "data type \(binder.typeName(SQLType(type.oid))) has no default operator class for access method \"\(method)\"",
            hint: "You must specify an operator class for the index or define a default operator class for the data type.")
    }

    /// Throws `0A000` for what an index of this method can't be, before anybody looks at its columns.
    private func requireAbilities(_ index: CreateIndex, _ method: String) throws(SQLError) {
        guard method != "btree" else { return }
        func refusal(_ what: String) -> SQLError {
            SQLError(.featureNotSupported, "access method \"\(method)\" does not support \(what)")
        }
        if index.isUnique { throw refusal("unique indexes") }
        if !index.included.isEmpty { throw refusal("included columns") }
        if method == "hash", index.elements.count > 1 { throw refusal("multicolumn indexes") }
    }

    /// Throws `0A000` for an order, which only B-trees have.
    func requireNoOrder(_ element: IndexElement, _ method: String) throws(SQLError) {
        func refusal(_ what: String) -> SQLError {
            SQLError(.featureNotSupported, "access method \"\(method)\" does not support \(what) options")
        }
        if element.direction != .unsaid { throw refusal("ASC/DESC") }
        if element.nulls != .unsaid { throw refusal("NULLS FIRST/LAST") }
    }

    /// Throws `42704` where GIN has nothing of a type, or no operators of that name for it.
    func checkGIN(_ element: IndexElement, _ type: SQLType) throws(SQLError) {
        let base = TypeTable.base(of: type, session.types)
        let isArray = TypeTable.element(of: base.oid, session.types) != nil
        let classes: [String] =
            switch base.oid {
            case SQLType.tsvector.oid: ["tsvector_ops"]
            case SQLType.jsonb.oid: ["jsonb_ops", "jsonb_path_ops"]
            default: isArray ? ["array_ops"] : []
            }
        if let name = element.operatorClass {
            guard ["tsvector_ops", "jsonb_ops", "jsonb_path_ops", "array_ops"].contains(name.last) else {
                throw error("42704", "operator class \"\(name.text)\" does not exist for access method \"gin\"", at: name.position)
            }
            guard classes.contains(name.last) else {
                throw error(
                    "42804", "operator class \"\(name.text)\" does not accept data type \(binder.typeName(type))", at: name.position)
            }
        } else if classes.isEmpty {
            throw missingClass(type, "gin")
        }
    }

    /// Throws `23505` if rows that are there break a new UNIQUE.
    func checkUnique(_ id: String, _ name: String) throws(SQLError) {
        let definitions = try refreshed()
        guard let table = try definitions.table(id: id) else { return }
        let run = try makeRun()
        let guardian = try run.writes.guardian(table, definitions)
        for unique in guardian.uniques where unique.name == name { try unique.check(guardian, run) }
    }
}
