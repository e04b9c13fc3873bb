import Catalog
import Ground

// Columns of tables that had none: what documents have already in a field becomes the column's.
extension Definer {
    /// Declares the key of an open table, its first column: others can be declared beside it then. Throws `42804` for keys of several
    /// kinds.
    func declareKey(of table: TableRelation) throws(SQLError) -> TableRelation {
        // What documents have decides, and is told.
        try definitions.require(.read, table)
        guard let type = try definitions.keyType(of: table) else {
            throw error(
                "42804", "the keys of table \"\(table.name)\" are of several kinds, and a column has one type",
                hint: "Without columns the table can have keys of any kind.")
        }
        let field = table.config.primaryKey
        var builder = TableBuilder(self, table)
        var key = Declaration.Column(name: field, number: 1, type: type)
        // As every door makes keys for documents without one.
        if type == .text { key.defaultText = "(gen_random_uuid())::text" }
        key.comment = table.config.comment(ofField: field)
        builder.declaration.columns = [key]
        builder.declaration.nextNumber = 2
        builder.uniqueColumns.append((nil, [Name(field, at: Position(0))], UniqueRule(), true, false, false))
        try builder.resolveConstraints()
        try redeclare(table, builder.declaration)
        guard let declared = try refreshed().table(id: table.config.id) else { return table }
        // Not all of an engine's keys were looked at.
        if !session.catalog.knowsShapes { try requireNoNulls(0, declared) }
        return declared
    }

    /// Whether an action is about columns, or about which fields there may be beside them.
    static func needsColumns(_ action: AlterTable.Action.Kind) -> Bool {
        switch action {
        case .setOptions(let options), .resetOptions(let options):
            options.contains { $0.name.text == "open" && $0.namespace == nil }
        case .setTablespace, .setAccessMethod, .setOwner, .setLogged, .setTriggers, .ignored, .ignoredIndex: false
        default: true
        }
    }

    /// Adds a column to a table whose documents may have a field of its name. They keep its value, in the column's form; a default is for
    /// those that lack it.
    func addFieldColumn(_ declaration: Declaration, to table: TableRelation, needsAll: Bool) throws(SQLError) {
        try definitions.require(.read, table)
        let place = declaration.columns.count - 1
        var declaration = declaration
        let name = declaration.columns[place].name
        // What was said of the field is said of the column.
        if let comment = table.config.comment(ofField: name) {
            declaration.columns[place].comment = comment
            try keep(nil, of: table, name)
        }
        var first = declaration
        first.columns[place].isNotNull = false
        first.constraints = table.declaration.constraints
        try redeclare(table, first)
        try takeFields(of: table.config, place, needsAll: needsAll)
        if declaration.columns[place].isNotNull, let current = try refreshed().table(id: table.config.id) {
            try requireNoNulls(place, current)
        }
        try redeclare(table, declaration)
    }

    private func takeFields(of config: TableConfig, _ place: Int, needsAll: Bool) throws(SQLError) {
        let definitions = try refreshed()
        guard let table = try definitions.table(id: config.id) else { return }
        let run = try makeRun()
        let guardian = try run.writes.guardian(table, definitions)
        let reader = try DeclaredRowReader(table, definitions, run)
        let name = table.declaration.columns[place].name
        let documents = try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.snapshot().unnoted.documents(in: config)
        }
        while let document = try definitions.reading({ () throws(CatalogError) in try documents.next()?.owned }) {
            guard needsAll || document[field: name] != nil else { continue }
            let key = document[field: config.primaryKey] ?? .null
            let before = guardian.row(of: document)
            var row = before
            do throws(SQLError) {
                if let value = try reader.value(ofColumn: place, in: document) {
                    row[place] = value
                } else {
                    row[place] = try guardian.defaultValue(place)
                }
            } catch {
                throw SQLError(
                    error.state, error.message, detail: "The document with the key \(JSONText.text(key)) has it in the field \"\(name)\".")
            }
            try guardian.update(before, oldKey: key, &row)
        }
        try run.writes.finish(definitions)
        try session.storeTouchedSequences()
    }
}
