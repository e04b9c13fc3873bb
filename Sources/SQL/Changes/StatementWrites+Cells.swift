import Catalog

// A cell keeps its key while it has rows.
extension StatementWrites {
    /// Throws `23503` for a cell that is gone, or has another key, and has rows.
    func checkCells(_ notes: [Note], _ tables: [TableRelation], _ run: Run) throws(SQLError) {
        for note in notes where note.table.declaration.isCellGroup {
            guard let old = note.old else { continue }
            let columns = note.table.declaration.primaryKeyIndexes
            if let new = note.new, GroupKey(columns.map { new[$0] }) == GroupKey(columns.map { old[$0] }) { continue }
            var cell: [Datum] = []
            for column in columns { cell.append(try StoredForm.datum(old[column], note.table.rowTypes[column]).owned) }
            let (forms, group) = (cell, note.table.config)
            let isThere = try run.session.transaction.writing { transaction throws(CatalogError) in
                try transaction.get(Cells.documentKey(forms), in: group) != nil
            }
            if isThere { continue }
            for table in tables where table.declaration.cells == group.id {
                let config = table.config
                let count = try run.session.transaction.writing { transaction throws(CatalogError) in
                    try transaction.snapshot().count(in: config, Cells.bounds(forms))
                }
                if count > 0 { throw Cells.used(note.table, by: table, note.new == nil ? "removing a cell" : "changing the key of a cell") }
            }
        }
    }
}
