import Catalog

// Rows that are looked for by what they have.
extension TableGuard {
    /// The keys of the rows whose columns have the values, in any order; nil if there are no entries that say so.
    ///
    /// - Parameter given: the types of the values.
    func keys(having values: Row, of given: [SQLType], in columns: [Int], limit: Int) throws(SQLError) -> [Datum]? {
        guard let (entries, bounds) = entries(having: values, of: given, in: columns) else { return nil }
        guard let bounds else { return [] }
        let config = table.config
        return try finding { transaction throws(CatalogError) in
            switch entries.place {
            case .index(let index): return try transaction.primaryKeys(of: index, in: config, bounds, limit: limit)
            case .key, .compoundKey:
                if let key = bounds.lower, key == bounds.upper { return try transaction.get(key, in: config) == nil ? [] : [key] }
                let cursor = try transaction.snapshot().documents(in: config, bounds)
                var keys: [Datum] = []
                while keys.count < limit, let document = try cursor.next() {
                    keys.append(document[field: config.primaryKey]?.owned ?? .null)
                }
                return keys
            }
        } ?? []
    }

    /// Whether there is a row whose columns have the values.
    func hasRow(having values: Row, of given: [SQLType], in columns: [Int]) throws(SQLError) -> Bool? {
        guard let (entries, bounds) = entries(having: values, of: given, in: columns) else { return nil }
        guard case .index(let index) = entries.place else {
            return try keys(having: values, of: given, in: columns, limit: 1)?.isEmpty == false
        }
        guard let bounds else { return false }
        let config = table.config
        return try finding { transaction throws(CatalogError) in try transaction.hasEntry(of: index, in: config, bounds) } ?? false
    }

    /// The rows whose columns have the values, with their keys.
    func rows(having values: Row, of given: [SQLType], in columns: [Int]) throws(SQLError) -> [(key: Datum, row: Row)] {
        guard let keys = try keys(having: values, of: given, in: columns, limit: .max) else {
            let arePadded = ForeignKey.arePadded(given, columns.map { types[$0] }, definitions)
            let wanted = ForeignKey.form(values, arePadded)
            var found: [(key: Datum, row: Row)] = []
            try eachRow { key, row throws(SQLError) in
                if ForeignKey.form(columns.map { row[$0] }, arePadded) == wanted { found.append((key, row)) }
            }
            return found
        }
        var rows: [(key: Datum, row: Row)] = []
        for key in keys { if let row = try row(at: key) { rows.append((key, row)) } }
        return rows
    }

    /// Nil if no entries begin with the columns. No bounds: there can be no such row.
    private func entries(having values: Row, of given: [SQLType], in columns: [Int]) -> (TableEntries, KeyBounds?)? {
        for (type, column) in zip(given, columns) where !TableEntries.haveOneForm(type, types[column], run.session.types) { return nil }
        let wanted = Set(columns)
        guard wanted.count == columns.count,
            let found = rules.entries.first(where: { $0.columns.count >= columns.count && Set($0.columns.prefix(columns.count)) == wanted })
        else { return nil }
        var forms: [Datum] = []
        for column in found.columns.prefix(columns.count) {
            guard let place = columns.firstIndex(of: column), let form = TableEntries.form(values[place], types[column], run.session.types)
            else { return (found, nil) }
            forms.append(form)
        }
        return (found, found.bounds(forms))
    }

    /// Nil where a value is none that a key can be.
    private func finding<Result>(
        _ body: (inout CatalogTransaction) throws(CatalogError) -> Result
    ) throws(SQLError) -> Result? {
        try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            do throws(CatalogError) { return try body(&transaction) } catch {
                guard [.keyTooLong, .invalidKey, .keyNull].contains(error.kind) else { throw error }
                return nil
            }
        }
    }

    /// Calls `body` with all rows as the transaction has them now, one after the other, and their keys.
    /// - Parameter columns: those that are wanted, the others are NULL; nil: all.
    func eachRow(_ columns: Set<Int>? = nil, _ body: (Datum, Row) throws(SQLError) -> Void) throws(SQLError) {
        try eachDocument { key, document throws(SQLError) in try body(key, row(of: document, columns)) }
    }

    /// Calls `body` with all documents as the transaction has them now, one after the other, and their keys.
    func eachDocument(_ body: (Datum, Datum) throws(SQLError) -> Void) throws(SQLError) {
        let config = table.config
        // Whoever looks at all of them wants to know what none of them has.
        if !table.isTemporary { try run.session.transaction.rest(on: config) }
        let snapshot = try run.session.transaction.writing(isTemporary: table.isTemporary) { transaction throws(CatalogError) in
            try transaction.snapshot()
        }
        let cursor: DocumentCursor
        do throws(CatalogError) { cursor = try snapshot.documents(in: config) } catch { throw SQLError(error) }
        var count = 0
        while true {
            let found: Datum?
            do throws(CatalogError) { found = try cursor.next() } catch { throw SQLError(error) }
            guard let document = found else { return }
            try body(document[field: config.primaryKey]?.owned ?? .null, document)
            count += 1
            if count % 1024 == 0 { try run.check() }
        }
    }
}
