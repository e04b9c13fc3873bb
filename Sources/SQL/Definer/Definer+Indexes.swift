import Catalog
import Ground

/// CREATE INDEX.
extension Definer {
    func create(_ index: CreateIndex) throws(SQLError) -> StatementResult {
        guard case .table(let table)? = try definitions.relation(index.relation) else {
            guard try definitions.relation(index.relation) == nil else {
                throw error("42809", "cannot create index on relation \"\(index.relation.last)\"")
            }
            throw error("42P01", "relation \"\(index.relation.text)\" does not exist", at: index.relation.position)
        }
        // It would be declared, and so closed to fields that it does not declare.
        guard table.config.declaration != nil else {
            throw SQLError(.featureNotSupported, "CREATE INDEX on an open table is not supported yet")
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
        if index.isUnique, method != "btree" {
            throw SQLError(.featureNotSupported, "access method \"\(method)\" does not support unique indexes")
        }
        var made = Declaration.Index(id: UUID.random().description, name: "", elements: [])
        made.isUnique = index.isUnique
        made.nullsAreEqual = index.nullsAreEqual
        made.method = method
        var parts: [String] = []
        let scope = Scope(parent: nil, rules: .index)
        scope.items = [TableRules.rowItem(table)]
        for element in index.elements {
            let scalar = try binder.bind(element.value, scope)
            if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in index expression") }
            guard scalar.isImmutable else { throw error("42P17", "functions in index expression must be marked IMMUTABLE") }
            if [SQLType.json.oid].contains(scalar.type.oid) {
                throw error("42704", "data type json has no default operator class for access method \"\(method)\"")
            }
            // A column is known by its name, however the statement has quoted it.
            let column = (scalar as? ColumnScalar)?.name
            made.elements.append(column.map(Quoting.identifier) ?? Printer.text(element.value))
            var order = element.direction == .descending ? "DESC" : ""
            if element.nulls == .first { order += " NULLS FIRST" } else if element.nulls == .last { order += " NULLS LAST" }
            made.orders.append(order)
            parts.append(scalar is ColumnScalar ? (scalar as? ColumnScalar)?.name ?? "expr" : OutputNames.name(of: element.value) ?? "expr")
        }
        for element in index.included {
            let column = (try binder.bind(element.value, scope) as? ColumnScalar)?.name
            made.included.append(column.map(Quoting.identifier) ?? Printer.text(element.value))
        }
        if let predicate = index.predicate {
            let condition = try binder.condition(predicate, scope, "WHERE", predicate.position)
            guard condition.isImmutable else { throw error("42P17", "functions in index predicate must be marked IMMUTABLE") }
            made.predicate = Printer.text(predicate)
        }
        if let name = index.name {
            let taken = try definitions.relation(named: name.text, schema: table.schema) != nil
            let isIndex = try definitions.table(ofIndex: name.text, schema: table.schema) != nil
            if taken || isIndex {
                guard index.ifNotExists else { throw error("42P07", "relation \"\(name.text)\" already exists") }
                session.notice("relation \"\(name.text)\" already exists, skipping", .notice, "42P07")
                return done("CREATE INDEX")
            }
            made.name = name.text
        } else {
            made.name = try freeName("\(table.name)_\(parts.joined(separator: "_"))_idx") { (candidate) throws(SQLError) in
                if try definitions.table(ofIndex: candidate, schema: table.schema) != nil { return true }
                return try definitions.relation(named: candidate, schema: table.schema) != nil
            }
        }
        var declaration = table.declaration
        declaration.indexes.append(made)
        try redeclare(table, declaration)
        if made.isUnique { try checkUnique(table.config.id, made.name) }
        return done("CREATE INDEX")
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
