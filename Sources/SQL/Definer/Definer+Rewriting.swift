import Catalog

// Rows that get another form or other keys with the declaration of their table.
extension Definer {
    /// Stores a changed declaration; rows are written anew if they become others, or if the key becomes another one.
    /// - Parameter change: what becomes of a row's values: those of the table's columns as they were.
    func restore(
        _ table: TableRelation, _ declaration: Declaration, changing change: ((Row) throws(SQLError) -> [SQLValue?])? = nil
    ) throws(SQLError) {
        let field = declaration.documentKey
        let isSameKey =
            field == table.config.primaryKey && (field != "_key" || Self.keyNumbers(declaration) == Self.keyNumbers(table.declaration))
        guard change != nil || !isSameKey else { return try redeclare(table, declaration) }
        if !isSameKey {
            try session.transaction.writing(isTemporary: table.isTemporary) { transaction in transaction.tellRekeyed(table.config) }
        }
        if change == nil, try rekey(table, declaration, field) { return }
        let config = table.config
        // Only to read: what the table's expressions are does not matter.
        let reader = try makeRun().writes.guardian(table, try refreshed())
        if !table.isTemporary { try session.transaction.rest(on: config) }
        // Rows are read from the state before, one after the other, so that there may be more of them than memory has room for.
        let earlier = try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            let documents = try transaction.snapshot().documents(in: config)
            _ = try transaction.deleteAll(in: config)
            return documents
        }
        // Rows that were there before are not held to what was declared NOT VALID.
        var proven = declaration
        proven.constraints.removeAll { $0.kind == .check && !$0.isValidated }
        try redeclare(table, proven, primaryKey: field)
        let definitions = try refreshed()
        guard let current = try definitions.table(id: table.config.id) else { return }
        let run = try makeRun()
        let guardian = try run.writes.guardian(current, definitions)
        // Whoever changes what foreign keys are about looks at all rows by himself.
        guardian.notesNothing()
        let columns = (table.declaration.columns + declaration.columns).map(\.name)
        let known = Set(columns + [config.primaryKey, declaration.documentKey])
        var count = 0
        while let document = try definitions.reading({ () throws(CatalogError) in try earlier.next() }) {
            let whole = reader.row(of: document)
            let row = Array(whole.prefix(table.declaration.columns.count))
            let cell = table.hasCells ? Array(whole[table.cellIndexes]) : []
            let others = table.declaration.isOpen ? Self.fields(of: document, besides: known) : []
            let changed = if let change { try change(row) } else { row.map { Optional($0) } }
            do throws(SQLError) {
                _ = try guardian.insert(changed, cell: cell, others: others)
            } catch {
                // The rows were there before: it is the table that can't be so.
                guard error.state.rawValue == "23502", let column = current.declaration.columns.last else { throw error }
                throw self.error("23502", "column \"\(column.name)\" of relation \"\(table.name)\" contains null values")
            }
            count += 1
            if count % 1024 == 0 { try run.check() }
        }
        for unique in guardian.deferrable { try unique.check(guardian, run) }
        if proven.constraints.count < declaration.constraints.count { try redeclare(current, declaration) }
    }

    /// The fields of a document of an open table that are no columns.
    private static func fields(of document: Datum, besides names: Set<String>) -> [(String, Datum)] {
        var fields: [(String, Datum)] = []
        for index in 0..<document.count where !names.contains(document.key(at: index)) {
            fields.append((document.key(at: index), document[index].owned))
        }
        return fields
    }

    /// Gives documents keys of their columns, without a look at their values. False if each has to be written as a row.
    private func rekey(_ table: TableRelation, _ declaration: Declaration, _ field: String) throws(SQLError) -> Bool {
        let isHidden = field == "_key"
        let columns = isHidden ? declaration.keyColumns : declaration.columns.indices.filter { declaration.columns[$0].name == field }
        guard !columns.isEmpty, !table.hasCells, declaration.cells == nil, !declaration.isOpen else { return false }
        let config = table.config
        let earlier = try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            guard try transaction.takesBlocks(config) else { return nil as CatalogSnapshot? }
            let earlier = try transaction.snapshot().unnoted
            _ = try transaction.deleteAll(in: config)
            return earlier
        }
        guard let earlier else { return false }
        try redeclare(table, declaration, primaryKey: field)
        let definitions = try refreshed()
        guard let current = try definitions.table(id: config.id) else { return true }
        let fields = declaration.columns.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let keyFields = columns.map { declaration.columns[$0].name }
        let problem = try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.rekey(current.config, earlier, fields: fields, by: keyFields)
        }
        switch problem {
        case nil: return true
        case .null(let name)?: throw error("23502", "column \"\(name)\" of relation \"\(table.name)\" contains null values")
        case .taken(let document)?:
            throw try makeRun().writes.guardian(current, definitions).duplicateKey(of: document)
        }
    }

    /// The columns whose values make the keys of documents.
    private static func keyNumbers(_ declaration: Declaration) -> [Int] { declaration.keyColumns.map { declaration.columns[$0].number } }
}
