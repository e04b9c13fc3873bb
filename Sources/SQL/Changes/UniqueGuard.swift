import Catalog
import Ground

/// The values that a UNIQUE has, and the keys of their rows: looked for among entries. Without entries they are read once a statement, and
/// kept up to date by it.
final class UniqueGuard {
    private let unique: TableRules.Unique
    private var known: [GroupKey: Datum]?
    /// What rows have that were written, where it is looked at later.
    private var written: DeferredCheck

    init(_ unique: TableRules.Unique) {
        self.unique = unique
        written = DeferredCheck(unique.name)
    }

    var name: String { unique.name }
    /// Indexes of the columns, if it is of columns.
    var columns: [Int] { unique.columns }
    /// What is to be different.
    var scalars: [Scalar] { unique.scalars }
    /// Whether it is of columns alone, of all rows: entries may have what it needs.
    var isOfColumns: Bool { unique.predicate == nil && columns.count == unique.scalars.count }

    private func key(_ row: Row, _ run: Run) throws(SQLError) -> GroupKey? {
        if let predicate = unique.predicate, try !predicate.isTrue(row, run) { return nil }
        var values: Row = []
        for scalar in unique.scalars { values.append(try scalar.value(row, run)) }
        if !unique.nullsAreEqual, values.contains(where: \.isNull) { return nil }
        return GroupKey(values)
    }

    func isUnchanged(from old: Row, to new: Row, _ run: Run) throws(SQLError) -> Bool {
        guard let before = try key(old, run), let after = try key(new, run) else { return false }
        return before == after
    }

    /// The key of another row that has what a row has.
    func find(_ row: Row, _ table: TableGuard, _ run: Run, ignoring own: Datum?) throws(SQLError) -> Datum? {
        guard let key = try key(row, run) else { return nil }
        if isOfColumns,
            let keys = try table.keys(having: columns.map { row[$0] }, of: columns.map { table.types[$0] }, in: columns, limit: 2)
        {
            return keys.first { $0 != own }
        }
        if known == nil {
            var all: [GroupKey: Datum] = [:]
            let columns = unique.scalars.reduce(into: unique.predicate?.positions ?? []) { $0.formUnion($1.positions) }
            try table.eachRow(columns) { rowKey, row throws(SQLError) in
                if let key = try self.key(row, run) { all[key] = rowKey }
            }
            known = all
        }
        let found = known?[key]
        return found == own ? nil : found
    }

    func add(_ row: Row, _ rowKey: Datum, _ run: Run) throws(SQLError) {
        guard known != nil, let key = try key(row, run) else { return }
        known?[key] = rowKey
    }

    func remove(_ row: Row, _ run: Run) throws(SQLError) {
        guard known != nil, let key = try key(row, run) else { return }
        known?[key] = nil
    }

    /// Notes what a row has that was written.
    func note(_ row: Row) {
        let values = columns.map { row[$0] }
        if unique.nullsAreEqual || !values.contains(where: \.isNull) { written.add(values) }
    }

    func takeWritten() -> DeferredCheck {
        defer { written = DeferredCheck(name) }
        return written
    }

    /// Throws `23505` if several rows have what was written.
    func check(_ written: DeferredCheck, _ table: TableGuard, _ run: Run) throws(SQLError) {
        guard !written.isWhole else { return try check(table, run, isNew: false) }
        let types = columns.map { table.types[$0] }
        for entry in written.entries {
            guard let keys = try table.keys(having: entry.values, of: types, in: columns, limit: 2) else {
                return try check(table, run, isNew: false)
            }
            guard keys.count > 1 else { continue }
            var row: Row = Array(repeating: .null, count: table.types.count)
            for (column, value) in zip(columns, entry.values) { row[column] = value }
            throw table.duplicate(name, row, columns)
        }
    }

    /// Throws `23505` if rows that are there are alike.
    /// - Parameter isNew: whether it is declared just now, over the rows that there are.
    func check(_ table: TableGuard, _ run: Run, isNew: Bool = true) throws(SQLError) {
        let keys = RowKeys(unique.scalars, run)
        let seen = KeyTable()
        let held = HeldBytes(run)
        var key = ByteBuffer(capacity: 64)
        let columns = unique.scalars.reduce(into: unique.predicate?.positions ?? []) { $0.formUnion($1.positions) }
        try table.eachRow(columns) { _, row throws(SQLError) in
            if let predicate = unique.predicate, try !predicate.isTrue(row, run) { return }
            if unique.nullsAreEqual { try keys.make(row, run, &key) } else if try !keys.makeIfKnown(row, run, &key) { return }
            guard seen.insert(key.raw).isNew else {
                let message = isNew ? "could not create unique index" : "duplicate key value violates unique constraint"
                throw SQLError(
                    SQLState(rawValue: "23505"), "\(message) \"\(name)\"",
                    detail: table.keyText(row, unique.scalars).map { "Key \($0) \(isNew ? "is duplicated" : "already exists")." },
                    subject: table.table.subject(constraint: name))
            }
            if try !held.set(seen.byteCount) { try held.require() }
        }
    }
}
