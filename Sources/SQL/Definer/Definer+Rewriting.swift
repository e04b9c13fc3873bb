import Catalog

// Rows that get another form or other keys with the declaration of their table.
extension Definer {
    /// Stores a changed declaration; rows are written anew if they are given, or if the key becomes another one.
    func restore(_ table: TableRelation, _ declaration: Declaration, rows: [[SQLValue?]]? = nil) throws(SQLError) {
        let field = declaration.documentKey
        let isSameKey =
            field == table.config.primaryKey && (field != "_key" || Self.keyNumbers(declaration) == Self.keyNumbers(table.declaration))
        guard rows != nil || !isSameKey else { return try redeclare(table, declaration) }
        if !isSameKey {
            try session.transaction.writing(isTemporary: table.isTemporary) { transaction in transaction.tellRekeyed(table.config) }
        }
        if rows == nil, try rekey(table, declaration, field) { return }
        var rows = rows
        if rows == nil { rows = try currentRows(table).map { $0.row.map { $0 } } }
        let config = table.config
        let cells = table.hasCells ? try rowsInCells(table).map { Array($0.row[table.cellIndexes]) } : []
        let others = try otherFields(table, besides: declaration)
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.deleteAll(in: config)
        }
        // Rows that were there before are not held to what was declared NOT VALID.
        var proven = declaration
        proven.constraints.removeAll { $0.kind == .check && !$0.isValidated }
        try redeclare(table, proven, primaryKey: field)
        let definitions = try refreshed()
        guard let current = try definitions.table(id: table.config.id) else { return }
        let run = try makeRun()
        let guardian = try run.writes.guardian(current, definitions)
        for (place, row) in (rows ?? []).enumerated() {
            do throws(SQLError) {
                _ = try guardian.insert(
                    row, cell: place < cells.count ? cells[place] : [], others: place < others.count ? others[place] : [])
            } catch {
                // The rows were there before: it is the table that can't be so.
                guard error.state.rawValue == "23502", let column = current.declaration.columns.last else { throw error }
                throw self.error("23502", "column \"\(column.name)\" of relation \"\(table.name)\" contains null values")
            }
        }
        for unique in guardian.deferrable { try unique.check(guardian, run) }
        if proven.constraints.count < declaration.constraints.count { try redeclare(current, declaration) }
    }

    /// Of an open table the fields of each document that are no columns, in the order of the keys.
    private func otherFields(_ table: TableRelation, besides declaration: Declaration) throws(SQLError) -> [[(String, Datum)]] {
        guard table.declaration.isOpen else { return [] }
        let config = table.config
        let columns = table.declaration.columns + declaration.columns
        let names = Set(columns.map(\.name) + [config.primaryKey, declaration.documentKey])
        let snapshot = try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.snapshot()
        }
        return try definitions.reading { () throws(CatalogError) in
            let cursor = try snapshot.documents(in: config)
            var all: [[(String, Datum)]] = []
            while let document = try cursor.next() {
                var fields: [(String, Datum)] = []
                for index in 0..<document.count where !names.contains(document.key(at: index)) {
                    fields.append((document.key(at: index), document[index].owned))
                }
                all.append(fields)
            }
            return all
        }
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
