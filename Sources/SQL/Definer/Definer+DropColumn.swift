import Catalog

// ALTER TABLE … DROP COLUMN.
extension Definer {
    func dropColumn(_ name: Name, _ ifExists: Bool, _ behavior: DropBehavior, _ table: TableRelation) throws(SQLError) {
        var declaration = table.declaration
        guard let index = declaration.columns.firstIndex(where: { $0.name == name.text }) else {
            guard ifExists else { throw error("42703", "column \"\(name.text)\" of relation \"\(table.name)\" does not exist") }
            session.notice("column \"\(name.text)\" of relation \"\(table.name)\" does not exist, skipping")
            return
        }
        let number = declaration.columns[index].number
        let keys = declaration.constraints.filter { ($0.columns + $0.included).contains(number) }.map { Set($0.columns) }
        // Foreign keys go with what they refer to.
        func refers(_ constraint: Declaration.Constraint) -> Bool {
            guard constraint.kind == .foreign, constraint.references == table.config.id else { return false }
            return constraint.referenced.contains(number) || keys.contains(Set(constraint.referenced))
        }
        // Another column may have been dropped just before.
        let fresh = try refreshed()
        let referring = try fresh.tables().filter { $0.declaration.constraints.contains(where: refers) }
        /// Those that read the column, or one of these.
        var needing: Set<String> = []
        let views = try readers(of: .table(table), fresh).filter { reader in
            let isReading =
                switch reader.dependent {
                case .view(let view): reads(view.query, view.path, table, column: index, fresh, isTemporary: view.isTemporary)
                case .table(let other):
                    other.declaration.query.map { reads($0, other.declaration.queryPath, table, column: index, fresh) } ?? false
                }
            guard isReading || needing.contains(reader.source.id) else { return false }
            needing.insert(reader.dependent.id)
            return true
        }
        // What a column of the same foreign key is goes with it.
        let foreignKeys = referring.flatMap { other in
            shownConstraints(of: other) { refers($0) && !(other.config.id == table.config.id && $0.columns.contains(number)) }
        }
        let column = "column \(name.text) of \(shown(.table(table)))"
        let owned = try fresh.sequences().filter { sequence in
            sequence.schema == table.schema && sequence.name == declaration.columns[index].sequence
                || sequence.content.text("owner_table") == table.config.id && sequence.content[field: "owner_column"]?.integer == number
        }
        let users = try defaults(using: owned, fresh).filter { user in
            user.table.config.id != table.config.id || user.table.declaration.columns[user.index].number != number
        }
        let generated = declaration.columns.filter { other in
            other.number != number && other.generated.map { reads($0, column: index, of: table) } ?? false
        }
        let others = generated.map { "column \($0.name) of \(shown(.table(table)))" }
        guard behavior == .cascade || foreignKeys.isEmpty && views.isEmpty && users.isEmpty && generated.isEmpty else {
            let lines = views.map { view in
                "\(shown(view.dependent)) depends on \(needing.contains(view.source.id) ? shown(view.source) : column)"
            }
            throw stillNeeded(
                column,
                foreignKeys.map { "\($0) depends on \(column)" } + lines + others.map { "\($0) depends on \(column)" }
                    + users.map { "\(shownDefault($0.table, $0.index)) depends on \(shown($0.sequence))" })
        }
        cascaded += foreignKeys
        try drop(views)
        for other in referring where other.config.id != table.config.id {
            var changed = other.declaration
            changed.constraints.removeAll(where: refers)
            try redeclare(other, changed)
        }
        if let first = generated.first {
            cascaded.append(others[0])
            try dropColumn(Name(first.name, at: name.position), false, behavior, table)
            guard let rest = try refreshed().table(id: table.config.id) else { return }
            return try dropColumn(name, ifExists, behavior, rest)
        }
        declaration.columns.remove(at: index)
        declaration.constraints.removeAll { ($0.columns + $0.included).contains(number) || refers($0) }
        declaration.indexes.removeAll { item in
            (item.elements + item.included + [item.predicate].compactMap { $0 }).contains { reads($0, column: index, of: table) }
        }
        try restore(table, declaration) { (row) throws(SQLError) in
            var rest: [SQLValue?] = row.map { $0 }
            rest.remove(at: index)
            return rest
        }
        // Its own sequence goes last: until then DEFAULTs that take values of it can be read.
        try forget(owned)
        for sequence in owned { try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary) }
    }

    /// Whether an expression of a table's declaration reads a column: the one of that index.
    func reads(_ text: String, column index: Int, of table: TableRelation) -> Bool {
        guard let scalar = try? TableRules.bind(text, table, .index, binder) else {
            return Self.mentions(text, table.declaration.columns[index].name)
        }
        return scalar.positions.contains(index)
    }

    /// Whether a text has a name in it.
    static func mentions(_ text: String, _ name: String) -> Bool {
        guard var lexer = try? Parser(SourceText(text)) else { return false }
        while !lexer.at(.endOfInput) {
            if String(decoding: lexer.source.bytes[lexer.token.range], as: UTF8.self).replacing("\"", with: "") == name { return true }
            guard (try? lexer.advance()) != nil else { return false }
        }
        return false
    }
}
