import Ground
import ReQLish

/// Rows as a table of comma-separated values: a line of names, then one for each row. The columns are the fields that any of the rows has: the
/// primary key first, if there is one, then the others by name; rows that are not objects have the column `value`.
struct CSVPage {
    private var rows: [Datum] = []
    private let primaryKey: String?
    private let columns: [String]?
    private var fields = FieldNames()
    private var hasOthers = false

    /// - Parameter columns: those that there are; nil: what the rows have.
    init(primaryKey: String? = nil, columns: [String]? = nil) {
        self.primaryKey = primaryKey
        self.columns = columns
    }

    mutating func append(_ row: Datum) {
        rows.append(row)
        guard columns == nil else { return }
        if row.kind == .object { fields.add(row) } else { hasOthers = true }
    }

    func write(into output: inout ByteBuffer) {
        let columns = columns ?? fields.columns(primaryKey: primaryKey, others: hasOthers ? [CSVRecordWriter.valueColumn] : [])
        output.append(csvRecord: columns)
        var records = CSVRecordWriter(columns: columns)
        for row in rows { records.write(row, into: &output) }
    }
}
