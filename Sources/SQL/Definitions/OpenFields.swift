import Catalog
import ReQLish

/// A field that documents of an open table have at the top, and the type that is told of it.
struct OpenField {
    let name: String
    let type: SQLType
}

/// Where a column of a result comes from: a field of an open table, and nothing else.
struct OpenSource {
    let table: TableRelation
    let field: String
}

// What the documents of an open table have beside its columns. That describes, and decides nothing: which values a condition or a function
// takes is up to each value.
extension Definitions {
    /// To help with a name must take no longer than the statement.
    private static let mostHelped = 20_000
    /// So many documents are read in the hundreds of microseconds that a loop has for a statement.
    private static let mostAtOnce = 200
    private static let mostShown = 1_000_000

    /// What `*` stands for behind the columns. Throws `54011` if there are more than a table could have.
    func openFields(of table: TableRelation) throws(SQLError) -> [OpenField] {
        guard table.declaration.isOpen else { return [] }
        hasStarOfFields = true
        let shape = try shape(of: table)
        guard !shape.isCut else {
            throw SQLError(
                SQLState(rawValue: "54011"), "the documents of \"\(table.name)\" have more than \(DocumentShape.mostFields) fields",
                hint: "Name the fields, or select _doc, the document as it is.")
        }
        return table.fields(of: shape)
    }

    /// The type that clients are told of a field. All values that there are now have it, but for nulls.
    func type(of source: OpenSource) throws(SQLError) -> SQLType {
        let shape = try shape(of: source.table)
        return shape.fields[source.field]?.type ?? (shape.isCut ? .jsonb : .text)
    }

    /// The type that all keys of an open table have; nil if there is none.
    func keyType(of table: TableRelation) throws(SQLError) -> SQLType? {
        forgetFields(of: table)
        let type = (try shape(of: table).fields[table.config.primaryKey] ?? []).type
        return type == .jsonb ? nil : type
    }

    /// Throws where that would take long and somebody is in a hurry: for whoever has more time to say.
    private func shape(of table: TableRelation) throws(SQLError) -> DocumentShape {
        let key = table.config.id
        if let known = shapes[key] { return known }
        guard let (catalog, snapshot) = place(of: table) else { return DocumentShape() }
        let most = isHurried ? Self.mostAtOnce : .max
        let found = try reading { () throws(CatalogError) in try catalog.shape(of: table.config, in: snapshot, atMost: most) }
        guard let shape = found else {
            wasRefusedTime = true
            throw SQLError(.featureNotSupported, "the fields of \"\(table.name)\" are not known yet")
        }
        shapes[key] = shape
        return shape
    }

    /// Has the fields looked for anew, so that there are none any more that no document has.
    func forgetFields(of table: TableRelation) {
        if let (catalog, _) = place(of: table) { catalog.forgetShape(of: table.config) }
    }

    /// What catalogs show to who may read the table. Nothing of a large one until somebody has asked for its fields.
    func shownFields(of table: TableRelation) -> [OpenField] {
        guard table.declaration.isOpen, (try? require(.read, table)) != nil else { return [] }
        return quickShape(of: table, atMost: Self.mostShown).map(table.fields) ?? []
    }

    /// What catalogs show of a column: the type of a field, of one that has none of its own.
    func shownType(_ column: Declaration.Column, of table: TableRelation) -> SQLType {
        guard column.type == .open, table.declaration.isOpen, (try? require(.read, table)) != nil,
            let kinds = quickShape(of: table, atMost: Self.mostShown)?.fields[column.name]
        else { return column.type }
        return kinds.type
    }

    private func quickShape(of table: TableRelation, atMost count: Int) -> DocumentShape? {
        guard let (catalog, snapshot) = place(of: table) else { return nil }
        return (try? catalog.shape(of: table.config, in: snapshot, atMost: count)) ?? nil
    }

    private func place(of table: TableRelation) -> (Catalog, CatalogSnapshot)? {
        guard let (snapshot, _) = state.place(isTemporary: table.isTemporary) else { return nil }
        return (table.isTemporary ? session.temporaryStore : session.catalog).map { ($0, snapshot) }
    }

    /// Tells whoever names a field that no document has which one may have been meant, where that is soon known. Throws where somebody is
    /// in a hurry and others had time for it.
    func warn(of field: String, in table: TableRelation) throws(SQLError) {
        guard (try? require(.read, table)) != nil, let (catalog, snapshot) = place(of: table), catalog.knowsShapes,
            (try? catalog.hasEarlyField(field, table.config, in: snapshot)) == false
        else { return }
        guard let shape = quickShape(of: table, atMost: isHurried ? Self.mostAtOnce : Self.mostHelped) else {
            guard isHurried, let count = try? snapshot.unnoted.documentCount(in: table.config), count <= Self.mostHelped else { return }
            wasRefusedTime = true
            throw SQLError(.featureNotSupported, "the fields of \"\(table.name)\" are not known yet")
        }
        guard !shape.isCut, !shape.fields.isEmpty, shape.fields[field] == nil else { return }
        let nearest = Spelling.nearest(to: field, in: shape.names)
        session.noticeOnce(
            "no document of \"\(table.name)\" has a field \"\(field)\"", .warning, "01000",
            hint: nearest.map { "Perhaps you meant \"\($0)\"." })
    }
}

extension TableRelation {
    fileprivate func fields(of shape: DocumentShape) -> [OpenField] {
        let known = Set(rangeColumns.map(\.name))
        return shape.names.filter { !known.contains($0) }.map { OpenField(name: $0, type: (shape.fields[$0] ?? []).type) }
    }
}

extension DocumentShape.Kinds {
    /// The type that all values of these kinds have.
    fileprivate var type: SQLType {
        switch self {
        case []: .text
        case .integer: .int8
        case .number, [.integer, .number]: .float8
        case .bool: .bool
        case .string: .text
        case .time: .timestamptz
        case .binary: .bytea
        default: .jsonb
        }
    }
}

extension TableConfig {
    /// What is said of a table that declares nothing.
    var comment: String? { comments?[field: "table"]?.string }

    /// What is said of a field that is no column.
    func comment(ofField name: String) -> String? { comments?[field: "fields"]?[field: name]?.string }
}
