import Catalog
import Ground

/// What a name in FROM may be.
enum Relation {
    case table(TableRelation)
    case view(ViewRelation)
    case sequence(SequenceRelation)
    /// A table of the system catalogs, made when it is read.
    case rows([OutputColumn], hidden: [OutputColumn], Plan)
    case index(TableRelation)
}

extension Relation {
    /// The number of a table or view.
    var oid: UInt32? {
        switch self {
        case .table(let table): table.oid
        case .view(let view): view.oid
        default: nil
        }
    }
}

/// A table with its declaration.
final class TableRelation {
    let declared: DeclaredTable
    let isTemporary: Bool
    /// How many rows it had when it was looked up.
    var documentCount = 1000

    init(_ declared: DeclaredTable, isTemporary: Bool) {
        self.declared = declared
        self.isTemporary = isTemporary
    }

    var config: TableConfig { declared.config }
    var declaration: Declaration { declared.declaration }
    var schema: String { isTemporary ? "pg_temp" : declared.schema }
    /// Without its schema.
    var name: String { declared.name }
    /// Of a row's values: those of the columns, then those of the cell's key.
    var rowTypes: [SQLType] { declared.rowTypes }
    var oid: UInt32 { declared.oid }
    /// Columns, the key of the cell, then `_doc` and `_key`.
    var rangeColumns: [RangeEntry.Column] { declared.rangeColumns }

    /// What an error about the table, a column or a constraint of it tells clients.
    func subject(column: String? = nil, constraint: String? = nil) -> SQLError.Subject {
        SQLError.Subject(schema: schema, table: name, column: column, constraint: constraint)
    }

    /// Whether the table's key is no column: it is made of several, or counted.
    var hasHiddenKey: Bool { declared.keyColumn == nil }

    var documentIndex: Int { rowTypes.count }
    var keyIndex: Int { rowTypes.count + 1 }

    /// Where the key of the cell stands in a row; empty for a table that is in no cells.
    var cellIndexes: Range<Int> { declaration.columns.count..<rowTypes.count }

    var hasCells: Bool { declaration.cells != nil }

    /// Whether documents are written as they are given, without columns of their own.
    var isWrittenOpen: Bool { config.declaration == nil || (declaration.isOpen && hasCells && declaration.columns.isEmpty) }
}

final class ViewRelation {
    let id: String
    let name: String
    let schema: String
    let query: String
    let columns: [SQLRecord.Field]
    let comment: String?
    /// What is said of columns, by their places.
    let columnComments: [Int: String]
    let isTemporary: Bool
    /// The schemas in which its query's names are looked for; nil: those of whoever reads it.
    let path: [String]?
    let check: CreateView.Check
    /// SQL texts of what columns that are not given get when a row is inserted, by the columns' places; the table's own otherwise.
    let defaults: [Int: String]
    let owner: String?
    /// Whose permissions its query needs: its owner's; nil: those of whoever reads it.
    let actor: String?
    let isInvoker: Bool

    /// Texts by the places of columns, as they are kept; nil for none.
    static func stored(_ texts: [Int: String]) -> Datum? {
        guard !texts.isEmpty else { return nil }
        return Datum(
            elements: texts.sorted { $0.key < $1.key }.map { Datum.fields([("place", Datum($0.key)), ("text", Datum($0.value))]) })
    }

    init(_ key: String, _ datum: Datum, isTemporary: Bool) {
        path = datum[field: "path"] == nil ? nil : datum.array("path").compactMap(\.string)
        switch datum.text("check") {
        case "local": check = .local
        case "cascaded": check = .cascaded
        default: check = .none
        }
        func texts(_ field: String) -> [Int: String] {
            Dictionary(datum.array(field).map { ($0[field: "place"]?.integer ?? -1, $0.text("text")) }, uniquingKeysWith: { $1 })
        }
        (defaults, columnComments) = (texts("defaults"), texts("column_comments"))
        id = datum.text("id")
        owner = datum[field: "owner"]?.string
        isInvoker = datum[field: "security_invoker"]?.bool == true
        actor = isInvoker ? nil : owner
        let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
        schema = isTemporary ? "pg_temp" : parts.count == 2 ? parts[0] : "public"
        name = parts.last ?? key
        query = datum.text("query")
        comment = datum[field: "comment"]?.string
        self.isTemporary = isTemporary
        columns = datum.array("columns").map {
            SQLRecord.Field(
                $0.text("name"), SQLType(UInt32($0[field: "type"]?.integer ?? 25), modifier: Int32($0[field: "modifier"]?.integer ?? -1)))
        }
    }

    var oid: UInt32 { ObjectNumbers.of(id) }
}

/// PostgreSQL's kind of numbers for our objects.
enum ObjectNumbers {
    /// Of the object's UUID: it never changes.
    static func of(_ id: String) -> UInt32 {
        let digest = SHA256.hash(Array(id.utf8))
        var number: UInt64 = 0
        for byte in digest.prefix(8) { number = number << 8 | UInt64(byte) }
        return 16384 + UInt32(number % UInt64(end - 16384))
    }

    /// Behind all of them.
    static let end: UInt32 = 1 << 31
}

extension Definitions {
    /// Throws `42P17` for a view that reads itself, `54001` for views that are nested too deep.
    func open(_ view: ViewRelation) throws(SQLError) {
        guard openViews.insert(view.id).inserted else {
            throw SQLError(SQLState(rawValue: "42P17"), "infinite recursion detected in rules for relation \"\(view.name)\"")
        }
        guard viewDepth < 24 else {
            openViews.remove(view.id)
            throw SQLError(.statementTooComplex, "views are nested too deep")
        }
    }
}
