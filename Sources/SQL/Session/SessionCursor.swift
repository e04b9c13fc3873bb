import Catalog

/// A cursor, by its name.
final class SessionCursor {
    let columns: [OutputColumn]
    let rows: KeptRows
    let isHeld: Bool
    let scrolls: Bool
    /// The number of the row that it stands on, from 1; 0 is before the first.
    var position = 0
    /// The tables whose keys stand behind the columns of each row, in their order: those that WHERE CURRENT OF may mean.
    let keyTables: [String]
    /// How many savepoints there were when it was made.
    var savepointCount = 0
    /// Whether a row of it could not be made: there is no more to be had from it.
    var hasFailed = false
    /// Whether the transaction that made it has committed.
    var isKept = false

    init(columns: [OutputColumn], rows: KeptRows, isHeld: Bool, scrolls: Bool, keyTables: [String] = []) {
        self.columns = columns
        self.rows = rows
        rows.run.isHeld = true
        self.isHeld = isHeld
        self.scrolls = scrolls
        self.keyTables = keyTables
    }

    /// DECLARE … BINARY.
    var isBinary = false
    /// The text that declared it.
    var statement = ""

    deinit { rows.run.end() }

    /// The key of the row of a table that the cursor stands on; nil if there is none.
    func key(of table: TableRelation, _ name: String) throws(SQLError) -> Datum? {
        guard !isKept else {
            throw SQLError(SQLState(rawValue: "24000"), "cursor \"\(name)\" is held from a previous transaction")
        }
        guard let place = keyTables.firstIndex(of: table.config.id), place == keyTables.lastIndex(of: table.config.id) else {
            throw SQLError(
                SQLState(rawValue: "24000"), "cursor \"\(name)\" is not a simply updatable scan of table \"\(table.name)\"")
        }
        guard position >= 1, try rows.has(position - 1) else {
            throw SQLError(SQLState(rawValue: "24000"), "cursor \"\(name)\" is not positioned on a row")
        }
        guard case .json(let key) = rows.rows[position - 1][columns.count + place] else { return nil }
        return key
    }
}
