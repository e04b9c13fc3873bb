import Catalog
import Ground
import ReQLish

// CREATE, ALTER and DROP CELL.
extension Definer {
    /// A table whose rows are cells, and a schema of its name for the tables that are divided by them.
    func createCell(_ name: Name, ifNotExists: Bool, _ elements: [TableElement]) throws(SQLError) -> StatementResult {
        try checkName(name.text)
        if name.text.hasPrefix("pg_") { throw error("42939", "unacceptable name of a cell group \"\(name.text)\"") }
        if let relation = try definitions.relation(named: name.text, schema: "public") {
            guard ifNotExists, case .table(let table) = relation, table.declaration.isCellGroup else {
                throw error("42P07", "relation \"\(name.text)\" already exists")
            }
            session.notice("cell group \"\(name.text)\" already exists, skipping", .notice, "42P07")
            return done("CREATE CELL")
        }
        try requireFree(name.text, "public")
        if definitions.hasSchema(name.text) { throw error("42P06", "schema \"\(name.text)\" already exists") }
        var builder = TableBuilder(self, name: name.text, schema: "public", isTemporary: false)
        for element in elements { try builder.add(element) }
        builder.declaration.isCellGroup = true
        try builder.resolveConstraints()
        try checkKey(builder.declaration, name)
        let schema = Datum.fields([("id", Datum(UUID.random().description)), ("cells", Datum(builder.id))])
        try builder.finish(key: name.text)
        try put("schema", name.text, schema, isTemporary: false)
        return done("CREATE CELL")
    }

    /// The key of a cell stands in the key of each of its rows.
    private func checkKey(_ declaration: Declaration, _ name: Name) throws(SQLError) {
        guard let primary = declaration.primaryKey else {
            throw error("42P16", "cell group \"\(name.text)\" needs a PRIMARY KEY", at: name.position)
        }
        if primary.isDeferrable { throw error("42P16", "the PRIMARY KEY of a cell group is not deferrable", at: name.position) }
        for index in declaration.primaryKeyIndexes {
            let column = declaration.columns[index]
            let isKey =
                primary.columns.count > 1 ? TableEntries.canHold(column.type, session.types) : declaration.documentKey != "_key"
            guard !isKey else { continue }
            throw error(
                "0A000", "column \"\(column.name)\" of type \(binder.typeName(column.type)) can't be the key of a cell", at: name.position)
        }
    }

    /// Makes a table that is about to be made one of a group's, if its schema is one.
    func placeInCells(_ builder: inout TableBuilder) throws(SQLError) {
        guard let group = try definitions.group(ofSchema: builder.schema) else { return }
        builder.declaration.cells = group.config.id
        builder.declaration.cellKey = group.declaration.primaryKeyIndexes.map { group.declaration.columns[$0] }
    }

    /// Refuses what would change the key by which a group's tables are divided.
    func checkGroup(_ action: AlterTable.Action.Kind, _ group: TableRelation) throws(SQLError) {
        let keys = Set(group.declaration.primaryKeyIndexes.map { group.declaration.columns[$0].name })
        switch action {
        case .dropColumn(let name, _, _): guard keys.contains(name.text) else { return }
        case .dropConstraint(let name, _, _): guard group.declaration.primaryKey?.name == name.text else { return }
        case .alterConstraint(let name, let isDeferrable, _):
            guard isDeferrable, group.declaration.primaryKey?.name == name.text else { return }
        case .setOptions(let options): guard keyIsHidden(options) != nil else { return }
        case .setType(let name, _, _, _):
            guard keys.contains(name.text), try !tables(of: group, definitions).isEmpty else { return }
        default: return
        }
        throw error("42P16", "the key of cell group \"\(group.name)\" can't be changed: its tables are divided by it")
    }

    /// A new name for a group, which is that of its schema too.
    func renameGroup(_ group: TableRelation, to newName: Name) throws(SQLError) {
        try requireFree(newName.text, group.schema)
        try checkName(newName.text)
        if definitions.hasSchema(newName.text) { throw error("42P06", "schema \"\(newName.text)\" already exists") }
        try rename(group, to: newName.text)
        try moveSchema(group.name, newName.text)
    }

    /// Tells the tables of a group the names of its key.
    func renameKey(of group: TableRelation) throws(SQLError) {
        let definitions = try refreshed()
        guard let current = try definitions.table(id: group.config.id) else { return }
        for table in try tables(of: group, definitions) {
            var declaration = table.declaration
            declaration.cellKey = current.declaration.primaryKeyIndexes.map { current.declaration.columns[$0] }
            try redeclare(table, declaration)
        }
    }

    func tables(of group: TableRelation, _ definitions: Definitions) throws(SQLError) -> [TableRelation] {
        try definitions.tables().filter { $0.declaration.cells == group.config.id }
    }

    // MARK: - DROP CELL

    func dropCell(
        _ name: Name, ifExists: Bool, _ cells: Expression?, _ behavior: DropBehavior
    ) throws(SQLError) -> StatementResult {
        guard let relation = try definitions.relation(named: name.text, schema: "public") else {
            guard ifExists else { throw error("42P01", "cell group \"\(name.text)\" does not exist", at: name.position) }
            session.notice("cell group \"\(name.text)\" does not exist, skipping")
            return done("DROP CELL")
        }
        guard case .table(let group) = relation, group.declaration.isCellGroup else {
            throw error("42809", "\"\(name.text)\" is not a cell group", at: name.position)
        }
        if let cells {
            try drop(cells, of: group, behavior)
        } else {
            try dropGroup(group, behavior)
        }
        return done("DROP CELL")
    }

    private func dropGroup(_ group: TableRelation, _ behavior: DropBehavior) throws(SQLError) {
        guard try definitions.may(.config, PermissionScope(group.config)) else {
            throw error("42501", "must be owner of cell group \(group.name)")
        }
        try emptySchema(group.name, behavior, definitions, what: "cell group")
        try dropTable(group, behavior, try refreshed())
    }

    /// Cells with all their rows, a subtree of each table and index.
    private func drop(_ filter: Expression, of group: TableRelation, _ behavior: DropBehavior) throws(SQLError) {
        try definitions.require(.delete, group)
        let choice = try binder.choice(filter, group, Scope(parent: nil, rules: .from))
        let run = Run(session, definitions.state, parameters: [], slotCount: binder.slotCount, session.canceller.begin())
        let cells = try choice.forms(run)
        for table in try tables(of: group, definitions) {
            let config = table.config
            let isUsed = try session.transaction.writing { transaction throws(CatalogError) in
                let snapshot = try transaction.snapshot()
                for cell in cells { if try snapshot.count(in: config, Cells.bounds(cell)) > 0 { return true } }
                return false
            }
            guard isUsed else { continue }
            guard behavior == .cascade else {
                throw error(
                    "2BP01", "cannot drop cells of \(group.name) because they have rows in table \(table.name)",
                    hint: "Use DROP CELL ... CASCADE to drop the rows too.")
            }
            try definitions.require(.delete, table)
            try clear(table, cells)
        }
        let guardian = try run.writes.guardian(group, definitions)
        for cell in cells {
            let key = Cells.documentKey(cell)
            if let row = try guardian.row(at: key) { try guardian.delete(row, key: key) }
        }
        try run.writes.finish(definitions)
    }

    /// Removes the rows of cells from a table.
    func clear(_ table: TableRelation, _ cells: [[Datum]]) throws(SQLError) {
        let config = table.config
        try session.transaction.writing { transaction throws(CatalogError) in
            for cell in cells { try transaction.deleteAll(beginningWith: cell, in: config) }
        }
    }
}
