import Catalog

/// DROP of relations and indexes, with what depends on them.
extension Definer {
    func drop(_ drop: Drop) throws(SQLError) -> StatementResult {
        let tag = "DROP " + drop.kind.rawValue.uppercased()
        switch drop.kind {
        case .table, .view, .sequence, .materializedView, .index:
            // They may depend on each other.
            for name in drop.names where drop.kind != .index {
                switch try definitions.relation(name) {
                case .table(let table)?: doomed.insert(table.config.id)
                case .view(let view)?: doomed.insert(view.id)
                case nil where !drop.ifExists: try dropRelation(name, drop)
                default: break
                }
            }
            for name in drop.names { try dropRelation(name, drop) }
        default: try dropOther(drop)
        }
        return done(tag)
    }

    private func dropRelation(_ name: QualifiedName, _ drop: Drop) throws(SQLError) {
        let definitions = try refreshed()
        if drop.kind == .index { return try dropIndex(name, drop, definitions) }
        guard let relation = try definitions.relation(name) else {
            // CASCADE of one before took it along.
            if try self.definitions.relation(name) != nil { return }
            let what = drop.kind == .materializedView ? "materialized view" : drop.kind.rawValue
            if try lacksSchema(name, drop, definitions) { return }
            guard drop.ifExists else { throw error("42P01", "\(what) \"\(name.last)\" does not exist") }
            session.notice("\(what) \"\(name.last)\" does not exist, skipping")
            return
        }
        switch (relation, drop.kind) {
        case (.table(let table), .table) where table.declaration.query == nil,
            (.table(let table), .materializedView) where table.declaration.query != nil:
            guard !table.declaration.isCellGroup else {
                throw error("42809", "\"\(table.name)\" is a cell group", hint: "Use DROP CELL to remove a cell group.")
            }
            try dropTable(table, drop.behavior, definitions)
        case (.view(let view), .view): try dropView(view, drop.behavior, definitions)
        case (.sequence(let sequence), .sequence):
            try requireUnused(sequence, drop.behavior, definitions)
            try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary)
        case (.rows, .table), (.rows, .view):
            throw error("42501", "permission denied: \"\(name.last)\" is a system catalog")
        default:
            throw notOfKind(relation, drop.kind, name.last)
        }
    }

    /// Whether there is no schema as a name says. Throws `3F000` if what is to be dropped must be there.
    private func lacksSchema(_ name: QualifiedName, _ drop: Drop, _ definitions: Definitions) throws(SQLError) -> Bool {
        guard name.parts.count > 1, !definitions.hasSchema(name.parts[name.parts.count - 2].text) else { return false }
        let message = "schema \"\(name.parts[name.parts.count - 2].text)\" does not exist"
        guard drop.ifExists else { throw error("3F000", message) }
        session.notice(message + ", skipping")
        return true
    }

    private func notOfKind(_ relation: Relation, _ kind: ObjectReference.Kind, _ name: String) -> SQLError {
        let wanted = kind == .materializedView ? "materialized view" : kind.rawValue
        let isOf: String? =
            switch relation {
            case .table(let table): table.isMaterialized ? "materialized view" : "table"
            case .view: "view"
            case .sequence: "sequence"
            default: nil
            }
        return error(
            "42809", "\"\(name)\" is not \(kind == .index ? "an" : "a") \(wanted)",
            hint: isOf.map { "Use DROP \($0.uppercased()) to remove a \($0)." })
    }

    func put(_ kind: String, _ key: String, _ content: Datum?, isTemporary: Bool) throws(SQLError) {
        try writing(isTemporary: isTemporary) { (transaction, database) throws(CatalogError) in
            try transaction.putObject(kind, key, content, in: database)
        }
    }

    func dropTable(_ table: TableRelation, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        let referencing = try referencing(table)
        let keys = referencing.filter { !doomed.contains($0.config.id) }.flatMap { other in
            shownConstraints(of: other) { $0.kind == .foreign && $0.references == table.config.id }
        }
        let readers = try readers(of: .table(table), definitions)
        let views = lines(readers)
        let owned = try definitions.sequences().filter { Self.owns($0, table) }
        var defaults: [String] = []
        for user in try self.defaults(using: owned, definitions)
        where user.table.config.id != table.config.id && !doomed.contains(user.table.config.id) {
            defaults.append("\(shownDefault(user.table, user.index)) depends on \(shown(user.sequence))")
        }
        guard behavior == .cascade || keys.isEmpty && views.isEmpty && defaults.isEmpty else {
            let name = shown(.table(table))
            throw stillNeeded(name, keys.map { "\($0) depends on \(name)" } + views + defaults)
        }
        cascaded += keys
        try forget(owned, besides: table.config.id)
        try drop(readers)
        try remove(table, referencing)
    }

    /// Whether a sequence goes with a table.
    static func owns(_ sequence: SequenceRelation, _ table: TableRelation) -> Bool {
        sequence.content.text("owner_table") == table.config.id
            || sequence.schema == table.schema && table.declaration.columns.contains { $0.sequence == sequence.name }
    }

    /// Columns whose DEFAULT takes values of one of these sequences.
    func defaults(
        using sequences: [SequenceRelation], _ definitions: Definitions
    ) throws(SQLError) -> [(table: TableRelation, index: Int, sequence: SequenceRelation)] {
        guard !sequences.isEmpty else { return [] }
        let ids = Set(sequences.map(\.id))
        var found: [(table: TableRelation, index: Int, sequence: SequenceRelation)] = []
        for table in try definitions.tables() {
            for (index, column) in table.declaration.columns.enumerated() {
                for place in SequenceNames.places(in: column.defaultText ?? "") {
                    guard let used = try definitions.sequence(place.name, ofTablesIn: table.schema), ids.contains(used.id) else { continue }
                    found.append((table, index, used))
                    break
                }
            }
        }
        return found
    }

    func shown(_ sequence: SequenceRelation) -> String { "sequence \(shown(sequence.schema, sequence.name))" }

    func shownDefault(_ table: TableRelation, _ index: Int) -> String {
        "default value for column \(table.declaration.columns[index].name) of \(shown(.table(table)))"
    }

    /// Takes the DEFAULT of columns away that takes values of one of these sequences.
    func forget(_ sequences: [SequenceRelation], besides id: String? = nil) throws(SQLError) {
        guard !sequences.isEmpty else { return }
        for (table, index, _) in try defaults(using: sequences, try refreshed()) where table.config.id != id {
            // What goes itself may keep it so long.
            if doomed.contains(table.config.id) { continue }
            guard let current = try refreshed().table(id: table.config.id) else { continue }
            var declaration = current.declaration
            declaration.columns[index].defaultText = nil
            cascaded.append(shownDefault(table, index))
            try redeclare(current, declaration)
        }
    }

    /// Other tables with foreign keys that refer to a table.
    private func referencing(_ table: TableRelation) throws(SQLError) -> [TableRelation] {
        try definitions.tables().filter { other in
            other.config.id != table.config.id
                && other.declaration.constraints.contains { $0.kind == .foreign && $0.references == table.config.id }
        }
    }

    /// Takes a table away, and the foreign keys that refer to it, whoever reads it.
    func remove(_ table: TableRelation) throws(SQLError) {
        try forget(try definitions.sequences().filter { Self.owns($0, table) }, besides: table.config.id)
        try remove(table, try referencing(table))
    }

    private func remove(_ table: TableRelation, _ referencing: [TableRelation]) throws(SQLError) {
        guard dropped.insert(table.config.id).inserted else { return }
        try requireSettled(table, "DROP TABLE")
        for other in referencing where !dropped.contains(other.config.id) {
            guard let other = try refreshed().table(id: other.config.id) else { continue }
            var declaration = other.declaration
            declaration.constraints.removeAll { $0.kind == .foreign && $0.references == table.config.id }
            try redeclare(other, declaration)
        }
        for column in table.declaration.columns {
            guard let sequence = column.sequence else { continue }
            try put("sequence", Definitions.key(table.schema, sequence), nil, isTemporary: table.isTemporary)
        }
        for sequence in try definitions.sequences() where sequence.content.text("owner_table") == table.config.id {
            try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary)
        }
        let name = table.config.name
        try writing(isTemporary: table.isTemporary) { (transaction, database) throws(CatalogError) in
            _ = try transaction.dropTable(name, in: database)
        }
    }

    func redeclare(_ table: TableRelation, _ declaration: Declaration, name: String? = nil, primaryKey: String? = nil) throws(SQLError) {
        let config = table.config
        let (datum, indexes) = (declaration.datum, wantedIndexes(declaration))
        // What was noted of rows has the forms that they had.
        session.transaction.lookAtAllDeferred()
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            let table = try transaction.redeclare(config, datum, name: name, primaryKey: primaryKey)
            try transaction.keepIndexes(indexes, of: table)
        }
    }

    /// Takes tables and views away, all of which are doomed, with the sequences that belong to them and with what reads them.
    func dropAll(_ tables: [TableRelation], _ views: [ViewRelation], _ sequences: [SequenceRelation]) throws(SQLError) {
        let definitions = try refreshed()
        let ids = Set(tables.map(\.config.id) + views.map(\.id))
        for dependent in try dependents(ofAny: ids, definitions) { try drop(dependent) }
        for view in views { try drop(.view(view)) }
        let inside = Set(sequences.map(\.id))
        let owned = try definitions.sequences().filter { inside.contains($0.id) || ids.contains($0.content.text("owner_table")) }
        try forget(owned)
        for sequence in owned { try put("sequence", sequence.key, nil, isTemporary: sequence.isTemporary) }
        func refers(_ constraint: Declaration.Constraint) -> Bool {
            constraint.kind == .foreign && constraint.references.map { ids.contains($0) } ?? false
        }
        let others = try refreshed().tables().filter { !ids.contains($0.config.id) && $0.declaration.constraints.contains(where: refers) }
        for other in others {
            cascaded += shownConstraints(of: other, where: refers)
            var declaration = other.declaration
            declaration.constraints.removeAll(where: refers)
            try redeclare(other, declaration)
        }
        for table in tables where dropped.insert(table.config.id).inserted {
            try requireSettled(table, "DROP TABLE")
            let name = table.config.name
            try writing(isTemporary: table.isTemporary) { (transaction, database) throws(CatalogError) in
                _ = try transaction.dropTable(name, in: database)
            }
        }
    }

    func drop(_ readers: [Reader]) throws(SQLError) { for reader in readers { try drop(reader.dependent) } }

    private func drop(_ dependent: Dependent) throws(SQLError) {
        guard !dropped.contains(dependent.id) else { return }
        if !doomed.contains(dependent.id) { cascaded.append(shown(dependent)) }
        switch dependent {
        case .view(let view):
            dropped.insert(view.id)
            try put("view", Definitions.key(view.schema, view.name), nil, isTemporary: view.isTemporary)
        case .table(let table): try remove(table, [])
        }
    }

    func dropDependent(_ dependent: Dependent, _ definitions: Definitions) throws(SQLError) {
        let readers = try readers(of: dependent, definitions)
        try drop(dependent)
        try drop(readers)
    }

    func dropView(_ view: ViewRelation, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        let readers = try readers(of: .view(view), definitions)
        let lines = lines(readers)
        guard behavior == .cascade || lines.isEmpty else { throw stillNeeded(shown(.view(view)), lines) }
        try drop(.view(view))
        try drop(readers)
    }

    func requireUnused(_ sequence: SequenceRelation, _ behavior: DropBehavior, _ definitions: Definitions) throws(SQLError) {
        for table in try definitions.tables() where table.schema == sequence.schema {
            guard let index = table.declaration.columns.firstIndex(where: { $0.sequence == sequence.name }) else { continue }
            let column = table.declaration.columns[index]
            guard column.identity == nil else {
                throw SQLError(
                    SQLState(rawValue: "2BP01"),
                    "cannot drop sequence \(sequence.name) because column \(column.name) of table \(table.name) requires it",
                    hint: "You can drop column \(column.name) of table \(table.name) instead.")
            }
        }
        let users = try defaults(using: [sequence], definitions)
        let views = try queries(using: sequence, definitions)
        guard behavior == .cascade || users.isEmpty && views.isEmpty else {
            let name = "sequence \(shown(sequence.schema, sequence.name))"
            throw stillNeeded(
                name, (users.map { shownDefault($0.table, $0.index) } + views.map { shown($0) }).map { "\($0) depends on \(name)" })
        }
        for view in views { try dropDependent(view, try refreshed()) }
        try forget([sequence])
        for table in try refreshed().tables() where table.schema == sequence.schema {
            guard let index = table.declaration.columns.firstIndex(where: { $0.sequence == sequence.name }) else { continue }
            var declaration = table.declaration
            declaration.columns[index].sequence = nil
            try redeclare(table, declaration)
        }
    }

    private func dropIndex(_ name: QualifiedName, _ drop: Drop, _ definitions: Definitions) throws(SQLError) {
        if drop.isConcurrent, session.transaction.isBlock {
            throw error("25001", "DROP INDEX CONCURRENTLY cannot run inside a transaction block")
        }
        guard let table = try table(ofIndexNamed: name, definitions) else {
            if try dropOpenIndex(name, definitions) { return }
            if let relation = try definitions.relation(name) { throw notOfKind(relation, .index, name.last) }
            if try lacksSchema(name, drop, definitions) { return }
            guard drop.ifExists else { throw error("42704", "index \"\(name.last)\" does not exist") }
            session.notice("index \"\(name.last)\" does not exist, skipping")
            return
        }
        var declaration = table.declaration
        guard let index = declaration.indexes.firstIndex(where: { $0.name == name.last }) else {
            throw SQLError(
                SQLState(rawValue: "2BP01"),
                "cannot drop index \(name.last) because constraint \(name.last) on table \(table.name) requires it",
                hint: "You can drop constraint \(name.last) on table \(table.name) instead.")
        }
        try requireUnreferred(declaration.indexes[index], table, drop.behavior)
        // A foreign key within the table has gone with it.
        guard let current = try refreshed().table(id: table.config.id) else { return }
        declaration = current.declaration
        declaration.indexes.removeAll { $0.name == name.last }
        try redeclare(current, declaration)
    }

    /// Foreign keys may refer to what a unique index is of: they keep it, or go with it.
    private func requireUnreferred(
        _ index: Declaration.Index, _ table: TableRelation, _ behavior: DropBehavior
    ) throws(SQLError) {
        guard index.isUnique, index.predicate == nil else { return }
        let columns = table.declaration.columns.filter { index.elements.contains(Quoting.identifier($0.name)) }.map(\.number)
        guard columns.count == index.elements.count else { return }
        let isKey = table.declaration.constraints.contains {
            ($0.kind == .primary || $0.kind == .unique) && Set($0.columns) == Set(columns)
        }
        if isKey { return }
        func needs(_ constraint: Declaration.Constraint) -> Bool {
            constraint.kind == .foreign && constraint.references == table.config.id && Set(constraint.referenced) == Set(columns)
        }
        let others = try refreshed().tables().filter { $0.declaration.constraints.contains(where: needs) }
        let keys = others.flatMap { shownConstraints(of: $0, where: needs) }
        guard behavior == .cascade || keys.isEmpty else {
            let object = "index \(index.name)"
            throw stillNeeded(object, keys.map { "\($0) depends on \(object)" })
        }
        cascaded += keys
        for other in others {
            var changed = other.declaration
            changed.constraints.removeAll(where: needs)
            try redeclare(other, changed)
        }
    }
}
