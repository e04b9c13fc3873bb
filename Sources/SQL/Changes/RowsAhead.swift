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
        guard run.session.catalog.waitsForEngine, !guardian.table.isTemporary, guardian.table.hasGivenKeys else { return nil }
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
    /// Says that the keys of rows are looked for next, as far as no default makes them.
    fileprivate func expect(_ rows: [[SQLValue?]]) throws(SQLError) {
        let (config, keys) = (table.config, rows.compactMap(table.givenKey))
        try run.session.transaction.writing { transaction throws(CatalogError) in try transaction.prefetch({ keys }, in: config) }
    }
}

extension TableRelation {
    /// Whether keys are made of columns alone.
    var hasGivenKeys: Bool { cellIndexes.isEmpty && (declared.keyColumn != nil || !declared.keyColumns.isEmpty) }

    /// The columns that keys are made of.
    var givenKeyColumns: [Int] { declared.keyColumn.map { [$0] } ?? declared.keyColumns }

    /// The key that a row of its columns has, nil where a default makes it. What is no key is told of where it is used.
    func givenKey(of row: [SQLValue?]) -> Datum? {
        func part(_ column: Int) -> Datum? {
            row[column].flatMap { value in try? StoredForm.datum(value, rowTypes[column]) }
        }
        if let column = declared.keyColumn { return part(column) }
        let parts = declared.keyColumns.compactMap(part)
        return parts.count == declared.keyColumns.count ? Datum(elements: parts) : nil
    }
}
