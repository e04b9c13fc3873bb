/// `config()`: the row of `db_config` or `table_config` that describes a database or a table, to read and to change.
final class ConfigNode: TermNode {
    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        switch try receiver.evaluate(execution) {
        case .database(let database):
            if database.isSystem { throw SystemDatabase.refusal("it can't be configured", at: site) }
            try execution.require(.config, on: database, at: site)
            return try execution.row(of: DatabaseConfigTable.shared, database.id, need: .config(PermissionScope(database)), at: site)
        case .rows(let rows as TableRows) where rows.kind == .table:
            if rows.reference.system != nil { throw SystemDatabase.refusal("its tables can't be configured", at: site) }
            try rows.reference.checkPresent(at: site)
            let table = rows.reference.config
            try execution.require(.config, on: table, at: site)
            return try execution.row(of: TableConfigTable.shared, table.id, need: .config(PermissionScope(table)), at: site)
        case let value: throw value.mismatch(expected: "a DB or a TABLE", at: receiver.site)
        }
    }
}

/// `status()`: the row of `table_status` that describes a table.
final class StatusNode: TermNode {
    override func evaluate(_ execution: Execution) throws(ReQLError) -> Value {
        let table = try receiver.ordinaryTable(execution, "its tables have no status")
        return try execution.row(of: TableStatusTable.shared, table.config.id, need: .nothing, at: site)
    }
}

extension Execution {
    /// A row of a system table as a selection.
    fileprivate func row(
        of table: SystemTable, _ id: String, need: SystemRows.Need, at site: Site
    ) throws(ReQLError) -> Value {
        let reference = TableReference(SystemRows(table, try systemView(at: site), need: need))
        return .row(RowSelection(table: reference, key: Datum(id)))
    }

    /// The row of `table_config`, as results show it.
    func configRow(of table: TableConfig, at site: Site) throws(ReQLError) -> Datum {
        try TableConfigTable.shared.row(of: table, try systemView(at: site))
    }
}

extension Node {
    /// A table that the file holds.
    /// - Parameter refusal: what is said of tables of the system database.
    func ordinaryTable(_ execution: Execution, _ refusal: String) throws(ReQLError) -> TableReference {
        let reference = try table(execution).reference
        if reference.system != nil { throw SystemDatabase.refusal(refusal, at: site) }
        try reference.checkPresent(at: site)
        return reference
    }
}
