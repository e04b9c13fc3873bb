import Catalog

// What rows that come in bulk need of their table.
extension TableGuard {
    /// Whether a row is what is given of it, with defaults for what is not, and nothing has to be asked of it but that values are there.
    func takesRowsAsTheyAre() throws(SQLError) -> Bool {
        guard rules.generated.isEmpty, rules.checks.isEmpty, rules.jsonKeyColumns.isEmpty, deferrable.isEmpty else { return false }
        return try !needsNotes()
    }

    /// Notes a row that somebody else has put, or will.
    func noteInserted(_ values: Row) throws(SQLError) { try note(.inserted, old: nil, new: values) }

    /// Numbers that are the keys of rows to come, one after the other.
    func takeNumbers(_ count: Int) throws(SQLError) -> Range<Int> {
        let whole = Datum(elements: [])
        let known = if let noted = greatestKeys[whole] { noted } else { try greatestKey(in: whole) }
        let first = ServerSessions.of(run.session.catalog).takeRowNumbers(count, of: table.config.id, above: known)
        greatestKeys[whole] = first + count - 1
        return first..<first + count
    }

    /// Numbers that were taken and are no row's key. Others get them if nobody has taken any since.
    func giveBack(_ numbers: Range<Int>) {
        guard !numbers.isEmpty else { return }
        ServerSessions.of(run.session.catalog).giveBack(numbers, of: table.config.id)
        greatestKeys = [:]
    }

    /// What to say of a row whose key another one has.
    func duplicateKey(of document: Datum?) -> SQLError {
        let values = document.map { row(of: $0) } ?? []
        guard let primary = table.declaration.primaryKey, !values.isEmpty else { return duplicate(table.name + "_pkey", values, []) }
        return duplicate(primary.name, values, table.declaration.primaryKeyIndexes)
    }
}
