import Catalog

/// Rows that wait to be put one by one, so that an engine is asked about the keys of many at once, and not on a trip for each.
struct RowsAhead {
    private let guardian: TableGuard
    private var rows: [[SQLValue?]] = []
    private var byteCount = 0

    private static let mostRows = 256
    private static let mostBytes = 512 << 10

    /// Nil where rows are put without a trip, or nothing that is given says which keys they have.
    init?(_ guardian: TableGuard, _ run: Run) {
        guard run.session.catalog.waitsForEngine, !guardian.table.isTemporary, guardian.hasGivenKeys else { return nil }
        self.guardian = guardian
    }

    /// Adds a row; nil stands for a default. Returns whether those that wait are to be put now.
    mutating func add(_ row: [SQLValue?]) -> Bool {
        rows.append(row)
        byteCount += Run.byteCount(of: row.map { $0 ?? .null })
        return rows.count >= Self.mostRows || byteCount >= Self.mostBytes
    }

    /// All that wait, whose keys have been asked for.
    mutating func take() throws(SQLError) -> [[SQLValue?]] {
        let taken = rows
        (rows, byteCount) = ([], 0)
        if taken.count > 1 { try guardian.expect(taken) }
        return taken
    }
}

extension TableGuard {
    /// Whether keys are made of columns alone.
    fileprivate var hasGivenKeys: Bool {
        table.cellIndexes.isEmpty && (table.declared.keyColumn != nil || !table.declared.keyColumns.isEmpty)
    }

    /// Says that the keys of rows are looked for next, as far as no default makes them. What is no key is told of where it is used.
    fileprivate func expect(_ rows: [[SQLValue?]]) throws(SQLError) {
        var keys: [Datum] = []
        for row in rows {
            func part(_ column: Int) -> Datum? {
                row[column].flatMap { value in try? StoredForm.datum(value, types[column]) }
            }
            if let column = table.declared.keyColumn {
                if let key = part(column) { keys.append(key) }
            } else {
                let parts = table.declared.keyColumns.compactMap(part)
                if parts.count == table.declared.keyColumns.count { keys.append(Datum(elements: parts)) }
            }
        }
        let (config, expected) = (table.config, keys)
        try run.session.transaction.writing { transaction throws(CatalogError) in try transaction.prefetch({ expected }, in: config) }
    }
}
