/// A table that a restore of an archive has made.
struct RestoredTable {
    let name: String
    let database: String
    /// The id that it had where it comes from.
    let archivedID: String?
    /// How many rows it was restored with; nil: by an earlier restore.
    var rowCount: Int?
}

extension Catalog {
    /// Holds tables to the declarations that they came with, now that all of the archive is here. A table with a row that its declaration
    /// does not allow is dropped again. Without somebody who understands declarations the rows are taken as they are.
    ///
    /// - Parameter summary: gets notes of what became of foreign keys, and loses the tables that are dropped.
    /// - Throws: `.constraintViolated` or `.duplicateValue`, once the rest has been looked at.
    func hold(_ restored: [RestoredTable], _ summary: inout ArchiveSummary) throws(CatalogError) {
        guard let declared = indexEvaluators.declared else { return }
        var transaction = try beginWrite(waiting: nil, isLong: true)
        var ids: [String: String] = [:]
        var held: [TableConfig] = []
        var refusal: CatalogError?
        for item in restored {
            guard let id = item.archivedID, let database = try transaction.database(item.database),
                let table = try transaction.table(item.name, in: database), table.id != id
            else { continue }
            ids[id] = table.id
        }
        for item in restored {
            guard let database = try transaction.database(item.database), let table = try transaction.table(item.name, in: database),
                table.declaration != nil
            else { continue }
            do throws(CatalogError) { try declared.gate().validate(table, ids: ids, &transaction) } catch {
                guard error.kind == .constraintViolated || error.kind == .duplicateValue else { throw error }
                try declared.gate().drop(table, &transaction)
                refusal = refusal ?? CatalogError(error.kind, "`\(table.qualifiedName)` was not restored: \(error.message).")
                if let count = item.rowCount { (summary.tables, summary.rows) = (summary.tables - 1, summary.rows - count) }
                continue
            }
            held.append(table)
        }
        for table in held { summary.notes += try declared.gate().settleForeignKeys(of: table, ids: ids, &transaction) }
        try transaction.commit(.soft)
        if let refusal { throw refusal }
    }
}
