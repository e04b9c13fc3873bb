import Catalog
import Ground

/// Writes the documents of a table that has no columns of its own, or whole documents of one that has: those are held to its columns, as
/// at every door.
final class OpenTableWriter {
    let table: TableRelation
    private let run: Run
    /// The cell that documents are put into.
    private let cell: [Datum]
    private var lastNumber: Int?
    /// Of a table with columns.
    private let columns: (reader: DeclaredRowReader, guardian: TableGuard)?

    init(_ table: TableRelation, _ run: Run, cell: [Datum] = []) throws(SQLError) {
        self.table = table
        self.run = run
        self.cell = cell
        columns =
            table.isWrittenOpen
            ? nil
            : (try DeclaredRowReader(table, run.definitions, run), try run.writes.guardian(table, run.definitions))
    }

    private var keyField: String { table.config.primaryKey }

    private func error(_ state: String, _ message: String) -> SQLError { SQLError(SQLState(rawValue: state), message) }

    private func writing<Result>(_ body: (inout CatalogTransaction) throws(CatalogError) -> Result) throws(SQLError) -> Result {
        try run.session.transaction.writing(isTemporary: table.isTemporary, body)
    }

    func document(at key: Datum) throws(SQLError) -> Datum? {
        let config = table.config
        return try writing { transaction throws(CatalogError) in try transaction.get(key, in: config) }
    }

    /// The key of a document; nil if it has none.
    func key(of document: Datum) -> Datum? { document[field: keyField].flatMap { $0.isNull ? nil : $0.owned } }

    /// The document with a key made for it, if it has none.
    func completed(_ document: Datum) throws(SQLError) -> Datum {
        guard document.kind == .object else { throw error("22023", "a document is a JSON object") }
        if columns != nil, !table.hasCells || key(of: document) == nil {
            // A column has its default, and the key of a cell goes on with that of the columns, or with the next number.
            guard table.hasCells else { return document }
            guard !cell.isEmpty else { throw Cells.needed(table) }
            return try changing(document, [(keyField, Datum(elements: cell))])
        }
        guard !table.hasCells else { return try placed(document) }
        guard key(of: document) == nil else { return document }
        return try changing(document, [(keyField, Datum(UUID.random().description))])
    }

    /// The document with a key in the cell: its own, or the next number.
    private func placed(_ document: Datum) throws(SQLError) -> Datum {
        if let key = key(of: document) {
            guard key.kind == .array, key.count > cell.count, (0..<cell.count).allSatisfy({ key[$0] == cell[$0] }) else {
                throw error("21000", "the key of a document begins with the key of its cell")
            }
            return document
        }
        guard !cell.isEmpty else { throw Cells.needed(table) }
        let (config, width) = (table.config, cell.count)
        if lastNumber == nil {
            let bounds = Cells.bounds(cell)
            lastNumber = try writing { transaction throws(CatalogError) in
                let last = try transaction.snapshot().nth(0, in: config, bounds, reversed: true)?[field: config.primaryKey]
                return last.flatMap { $0.count > width ? $0[width].integer : nil } ?? 0
            }
        }
        let number = (lastNumber ?? 0) + 1
        lastNumber = number
        return try changing(document, [(keyField, Datum(elements: cell + [Datum(number)]))])
    }

    func changing(_ document: Datum, _ changes: [(String, Datum?)]) throws(SQLError) -> Datum {
        do throws(CatalogError) { return try datumChanging(document, changes) } catch { throw SQLError(error) }
    }

    /// What SET makes of a document that is there. A document that takes its place, and has no key, has its key.
    func assigned(_ fields: [(OpenTarget, Datum?)], to document: Datum, at key: Datum) throws(SQLError) -> Datum {
        let changed = try OpenTarget.put(fields, into: try whole(document))
        guard fields.contains(where: { $0.0.path.isEmpty }), changed[field: keyField] == nil,
            columns == nil || table.declaration.columns.contains(where: { $0.name == keyField }),
            !fields.contains(where: { $0.0.path == [keyField] })
        else { return changed }
        return try changing(changed, [(keyField, key)])
    }

    /// A document that is there, with a null for each column that it lacks: what it lacks after a change is to have the column's default.
    private func whole(_ document: Datum) throws(SQLError) -> Datum {
        guard columns != nil else { return document }
        let missing = table.declaration.columns.filter { document[field: $0.name] == nil && $0.generated == nil }
        return missing.isEmpty ? document : try changing(document, missing.map { ($0.name, .null) })
    }

    /// Adds a document. Returns what was stored; nil if another one has what it may not have as well, and that is no error.
    ///
    /// - Parameter arbiters: the constraints of which that is no error; nil: all.
    /// - Parameter isTaken: told the key of the other one, and the values of the columns that the document would have had.
    func insert(_ given: Datum, arbiters: Set<String>? = nil, _ isTaken: ((Datum, Row) -> Void)? = nil) throws(SQLError) -> Datum? {
        if let columns {
            guard let key = try columns.reader.insert(given, columns.guardian, arbiters: arbiters, isTaken) else { return nil }
            return try document(at: key)
        }
        let document = try completed(given)
        if let key = key(of: document), try self.document(at: key) != nil {
            try requireSettled(key)
            guard let isTaken else { throw duplicate(key) }
            isTaken(key, [])
            return nil
        }
        return try put(document)
    }

    /// What an open transaction has changed or removed is waited for: it may be gone then.
    func requireSettled(_ key: Datum) throws(SQLError) {
        let config = table.config
        try writing { transaction throws(CatalogError) in try transaction.requireSettled(key, in: config) }
    }

    /// Keeps others from changing a document until the transaction ends.
    func lock(_ key: Datum) throws(SQLError) {
        let config = table.config
        try writing { transaction throws(CatalogError) in
            try transaction.lock(key, in: config, .noKeyUpdate)
        }
    }

    private func duplicate(_ key: Datum) -> SQLError {
        SQLError(
            SQLState(rawValue: "23505"), "duplicate key value violates unique constraint \"\(table.name)_pkey\"",
            detail: "Key (\(keyField))=(\(key.string ?? JSONText.text(key))) already exists.",
            subject: table.subject(constraint: table.name + "_pkey"))
    }

    private func put(_ document: Datum) throws(SQLError) -> Datum {
        let config = table.config
        return try writing { transaction throws(CatalogError) in
            var stored = document
            _ = try transaction.put(&stored, in: config)
            return stored
        }
    }

    /// Replaces a document by another, which may have another key.
    func update(_ key: Datum, _ document: Datum) throws(SQLError) -> Datum {
        guard document.kind == .object else { throw error("22023", "a document is a JSON object") }
        if let columns {
            let newKey = try columns.reader.write(document, over: try self.document(at: key), columns.guardian) ?? key
            return try self.document(at: newKey) ?? document
        }
        guard let newKey = self.key(of: document) else {
            throw error("23502", "null value in column \"\(keyField)\" of relation \"\(table.name)\" violates not-null constraint")
        }
        if newKey != key {
            if try self.document(at: newKey) != nil {
                try requireSettled(newKey)
                throw duplicate(newKey)
            }
            try delete(key)
        }
        return try put(document)
    }

    func delete(_ key: Datum) throws(SQLError) {
        let config = table.config
        try writing { transaction throws(CatalogError) in _ = try transaction.delete(key, in: config) }
    }
}

/// A place in a document that SET assigns to, or the whole document.
struct OpenTarget {
    /// Empty: the document.
    var path: [String]
    /// The column that it is, of a table that has some.
    var column: Declaration.Column?

    /// The document with values at several places.
    static func put(_ fields: some Sequence<(OpenTarget, Datum?)>, into document: Datum) throws(SQLError) -> Datum {
        var document = document
        for (target, field) in fields {
            if target.path.isEmpty, let field, field.kind != .object {
                throw SQLError(SQLState(rawValue: "22023"), "a document is a JSON object")
            }
            document = try target.put(field, into: document)
        }
        return document
    }

    /// The document with a value at the place; nil takes the field away.
    func put(_ value: Datum?, into document: Datum) throws(SQLError) -> Datum {
        if path.isEmpty { return value ?? document }
        return try put(value, into: document, path[...])
    }

    private func put(_ value: Datum?, into object: Datum, _ path: ArraySlice<String>) throws(SQLError) -> Datum {
        guard let name = path.first else { return value ?? .null }
        let base: Datum
        switch object.kind {
        case .object: base = object
        case .null: base = Datum(fields: [])
        default:
            throw SQLError(
                SQLState(rawValue: "2203C"), "there is no JSON object on the path to \"\(self.path.joined(separator: "."))\"")
        }
        let inner = path.dropFirst()
        var changed = value
        if !inner.isEmpty {
            // Nothing is made on the way to what is taken away.
            if value == nil, base[field: name].map({ $0.isNull }) ?? true { return object }
            changed = try put(value, into: base[field: name] ?? .null, inner)
        }
        do throws(CatalogError) { return try datumChanging(base, [(name, changed)]) } catch { throw SQLError(error) }
    }
}
