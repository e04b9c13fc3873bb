import Catalog

/// What SQL has declared of a table: the part of its config that this floor writes and reads.
struct Declaration {
    struct Column {
        var name: String
        /// Counts up and is never used again.
        var number: Int
        var type: SQLType
        var isNotNull = false
        /// SQL text.
        var defaultText: String?
        /// The sequence that it owns, by its name.
        var sequence: String?
        /// `always` or `by_default`.
        var identity: String?
        /// SQL text of GENERATED … STORED.
        var generated: String?
        var comment: String?
        /// Of a column of a materialized view: the digits after the point that all its numbers have.
        var scale: Int?
    }

    struct Constraint {
        enum Kind: String { case check, primary, unique, foreign }

        var id: String
        var name: String
        var kind: Kind
        /// Numbers of columns.
        var columns: [Int] = []
        var expression: String?
        var nullsAreEqual = false
        /// The id of the referenced table.
        var references: String?
        var referenced: [Int] = []
        var onDelete = "no action"
        var onUpdate = "no action"
        /// Columns that SET NULL and SET DEFAULT of ON DELETE are for, if not all.
        var onDeleteColumns: [Int] = []
        var isFull = false
        var isDeferrable = false
        var isDeferred = false
        var isValidated = true
        var comment: String?
        /// That of the index which holds it.
        var indexComment: String?
        /// CHECK … NO INHERIT.
        var isNoInherit = false
        /// Numbers of the columns of INCLUDE.
        var included: [Int] = []
    }

    /// An index that a statement made.
    struct Index {
        var id: String
        var name: String
        /// SQL texts of columns or expressions.
        var elements: [String]
        var isUnique = false
        var nullsAreEqual = false
        var method = "btree"
        var predicate: String?
        /// What follows each element: `DESC NULLS LAST`.
        var orders: [String] = []
        var included: [String] = []
        var comment: String?
    }

    var isOpen = false
    var comment: String?
    var columns: [Column] = []
    var constraints: [Constraint] = []
    var indexes: [Index] = []
    var nextNumber = 1
    /// A materialized view: its query.
    var query: String?
    /// The schemas in which the query's names are looked for.
    var queryPath: [String]?
    var isPopulated = true
    /// Whether documents have a key that is no column, also beside a primary key.
    var hidesKey = false
    /// Of a table of cells: the id of the table whose rows are the cells.
    var cells: String?
    /// Of a table of cells: the key of a cell as the columns of the group's table, with which the key of each row begins.
    var cellKey: [Column] = []
    /// Whether its rows are cells.
    var isCellGroup = false

    // MARK: Finding

    func column(named name: String) -> Column? { columns.first { $0.name == name } }
    func index(of number: Int) -> Int? { columns.firstIndex { $0.number == number } }
    /// The greatest number of a column.
    var lastNumber: Int { columns.map(\.number).max() ?? 0 }
    var primaryKey: Constraint? { constraints.first { $0.kind == .primary } }

    /// Indexes of the columns of the primary key; empty if there is none.
    var primaryKeyIndexes: [Int] { primaryKey?.columns.compactMap { index(of: $0) } ?? [] }
}

// MARK: - The stored form

extension Declaration {
    init(_ datum: Datum) {
        isOpen = datum[field: "open"]?.bool ?? false
        comment = datum[field: "comment"]?.string
        query = datum[field: "query"]?.string
        queryPath = datum[field: "path"] == nil ? nil : datum.array("path").compactMap(\.string)
        isPopulated = datum[field: "populated"]?.bool ?? true
        nextNumber = datum[field: "next_number"]?.integer ?? 1
        hidesKey = datum[field: "key"]?.string == "hidden"
        cells = datum[field: "cells"]?.string
        cellKey = datum.array("cell_key").map(Column.init)
        isCellGroup = datum[field: "cell_group"]?.bool ?? false
        columns = datum.array("columns").map(Column.init)
        constraints = datum.array("constraints").map { item in
            Constraint(
                id: item.text("id"), name: item.text("name"), kind: .init(rawValue: item.text("kind")) ?? .check,
                columns: item.array("columns").compactMap(\.integer), expression: item[field: "expression"]?.string,
                nullsAreEqual: item[field: "nulls_equal"]?.bool ?? false, references: item[field: "references"]?.string,
                referenced: item.array("referenced").compactMap(\.integer), onDelete: item[field: "on_delete"]?.string ?? "no action",
                onUpdate: item[field: "on_update"]?.string ?? "no action",
                onDeleteColumns: item.array("on_delete_columns").compactMap(\.integer), isFull: item[field: "match"]?.string == "full",
                isDeferrable: item[field: "deferrable"]?.bool ?? false, isDeferred: item[field: "deferred"]?.bool ?? false,
                isValidated: item[field: "validated"]?.bool ?? true, comment: item[field: "comment"]?.string,
                indexComment: item[field: "index_comment"]?.string, isNoInherit: item[field: "no_inherit"]?.bool ?? false,
                included: item.array("included").compactMap(\.integer))
        }
        indexes = datum.array("indexes").map { item in
            Index(
                id: item.text("id"), name: item.text("name"), elements: item.array("elements").compactMap(\.string),
                isUnique: item[field: "unique"]?.bool ?? false, nullsAreEqual: item[field: "nulls_equal"]?.bool ?? false,
                method: item[field: "method"]?.string ?? "btree", predicate: item[field: "predicate"]?.string,
                orders: item.array("orders").compactMap(\.string), included: item.array("included").compactMap(\.string),
                comment: item[field: "comment"]?.string)
        }
    }

    var datum: Datum {
        let constraints = constraints.map { item in
            Datum.fields([
                ("id", Datum(item.id)), ("name", Datum(item.name)), ("kind", Datum(item.kind.rawValue)),
                ("columns", .numbers(item.columns)),
                ("expression", item.expression.map { Datum($0) }), ("nulls_equal", item.nullsAreEqual ? true : nil),
                ("references", item.references.map { Datum($0) }), ("referenced", item.references == nil ? nil : .numbers(item.referenced)),
                ("on_delete", item.references == nil ? nil : Datum(item.onDelete)),
                ("on_update", item.references == nil ? nil : Datum(item.onUpdate)),
                ("on_delete_columns", item.onDeleteColumns.isEmpty ? nil : .numbers(item.onDeleteColumns)),
                ("match", item.isFull ? "full" : nil), ("deferrable", item.isDeferrable ? true : nil),
                ("deferred", item.isDeferred ? true : nil), ("validated", item.isValidated ? nil : false),
                ("comment", item.comment.map { Datum($0) }), ("index_comment", item.indexComment.map { Datum($0) }),
                ("no_inherit", item.isNoInherit ? true : nil), ("included", item.included.isEmpty ? nil : .numbers(item.included)),
            ])
        }
        let indexes = indexes.map { item in
            Datum.fields([
                ("id", Datum(item.id)), ("name", Datum(item.name)), ("elements", .strings(item.elements)), ("unique", Datum(item.isUnique)),
                ("nulls_equal", item.nullsAreEqual ? true : nil), ("method", Datum(item.method)),
                ("predicate", item.predicate.map { Datum($0) }),
                ("orders", .strings(item.orders)), ("included", item.included.isEmpty ? nil : .strings(item.included)),
                ("comment", item.comment.map { Datum($0) }),
            ])
        }
        return .fields([
            ("version", 1), ("open", Datum(isOpen)), ("comment", comment.map { Datum($0) }), ("query", query.map { Datum($0) }),
            ("path", queryPath.map { .strings($0) }), ("populated", isPopulated ? nil : false), ("next_number", Datum(nextNumber)),
            ("key", hidesKey ? "hidden" : nil),
            ("cells", cells.map { Datum($0) }), ("cell_key", cells == nil ? nil : Datum(elements: cellKey.map(\.datum))),
            ("cell_group", isCellGroup ? true : nil), ("columns", Datum(elements: columns.map(\.datum))),
            ("constraints", Datum(elements: constraints)), ("indexes", Datum(elements: indexes)),
        ])
    }
}

extension Declaration.Column {
    fileprivate init(_ datum: Datum) {
        self.init(
            name: datum.text("name"), number: datum[field: "number"]?.integer ?? 0,
            type: SQLType(UInt32(datum[field: "type"]?.integer ?? 25), modifier: Int32(datum[field: "modifier"]?.integer ?? -1)),
            isNotNull: datum[field: "not_null"]?.bool ?? false, defaultText: datum[field: "default"]?.string,
            sequence: datum[field: "sequence"]?.string, identity: datum[field: "identity"]?.string,
            generated: datum[field: "generated"]?.string, comment: datum[field: "comment"]?.string,
            scale: datum[field: "scale"]?.integer)
    }

    fileprivate var datum: Datum {
        .fields([
            ("name", Datum(name)), ("number", Datum(number)), ("type", Datum(Int(type.oid))), ("modifier", Datum(Int(type.modifier))),
            ("not_null", Datum(isNotNull)), ("default", defaultText.map { Datum($0) }), ("sequence", sequence.map { Datum($0) }),
            ("identity", identity.map { Datum($0) }), ("generated", generated.map { Datum($0) }), ("comment", comment.map { Datum($0) }),
            ("scale", scale.map { Datum($0) }),
        ])
    }
}

extension Datum {
    static func fields(_ fields: [(String, Datum?)]) -> Datum {
        Datum(fields: fields.compactMap { name, value in value.map { (name, $0) } })
    }

    static func numbers(_ numbers: [Int]) -> Datum { Datum(elements: numbers.map { Datum($0) }) }
    static func strings(_ strings: [String]) -> Datum { Datum(elements: strings.map { Datum($0) }) }

    func array(_ field: String) -> [Datum] {
        guard let value = self[field: field], value.kind == .array else { return [] }
        return Array(value.elements)
    }

    func text(_ field: String) -> String { self[field: field]?.string ?? "" }
}
