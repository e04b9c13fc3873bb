import Catalog
import ReQLish

// Indexes of open tables are of fields, as ReQL makes them, and serve every door. A document that lacks one of the fields has no entry.
extension Definer {
    func create(_ index: CreateIndex, onOpen table: TableRelation, _ method: String) throws(SQLError) -> StatementResult {
        let names = index.elements.compactMap(Self.field)
        guard method != "gin", names.count == index.elements.count, index.included.isEmpty, index.predicate == nil, !index.nullsAreEqual
        else {
            throw SQLError(
                .featureNotSupported, "an index of an open table is of fields and nothing else",
                hint: "ReQL's indexCreate makes indexes of functions and of texts; a table with columns has all that SQL knows.")
        }
        if method != "btree" { for element in index.elements { try requireNoOrder(element, method) } }
        for name in names { try definitions.warn(of: name, in: table) }
        guard let name = try name(of: index, in: table, names) else { return done("CREATE INDEX") }
        let source = IndexFields.source(names)
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.createBuiltIndex(name, on: table.config, source, isUnique: index.isUnique)
        }
        return done("CREATE INDEX")
    }

    /// The field that an element names, as it is written.
    private static func field(_ element: IndexElement) -> String? {
        guard case .column(let reference) = element.value, reference.parts.count == 1, !reference.isStar, element.collation == nil,
            element.operatorClass == nil
        else { return nil }
        return reference.parts[0].written ?? reference.parts[0].text
    }

    /// Drops an index of an open table; false if there is none of the name. Throws `42P09` where several tables have one.
    func dropOpenIndex(_ name: QualifiedName, _ definitions: Definitions) throws(SQLError) -> Bool {
        let schema = name.parts.dropLast().last?.text
        let tables = try definitions.openTables(withIndex: name.last, schema: schema)
        guard let table = tables.first else { return false }
        guard tables.count == 1 else {
            throw SQLError(
                SQLState(rawValue: "42P09"), "index name \"\(name.last)\" is ambiguous",
                detail: "The tables \(tables.map { "\"\($0.name)\"" }.joined(separator: ", ")) have one each.",
                hint: "ReQL's indexDrop drops that of one table.")
        }
        try definitions.require(.config, table)
        try session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            _ = try transaction.dropIndex(name.last, of: table.config)
        }
        return true
    }
}
