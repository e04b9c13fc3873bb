import Ground
import ReQLish

/// Rows as a table (RFC 4180): a line of names, then one for each row. The columns are the fields that any of the rows has: the
/// primary key first, if there is one, then the others by name; rows that are not objects have the column `value`. Arrays and objects
/// stand as JSON; null and missing fields are empty.
struct CSVPage {
    private var rows: [Datum] = []
    private let primaryKey: String?
    private let columns: [String]?
    private var names: Set<String> = []

    /// - Parameter columns: those that there are; nil: what the rows have.
    init(primaryKey: String? = nil, columns: [String]? = nil) {
        self.primaryKey = primaryKey
        self.columns = columns
    }

    mutating func append(_ row: Datum) {
        if columns != nil {
            rows.append(row)
            return
        }
        if row.kind == .object {
            for field in row.fields { names.insert(field.key) }
        } else {
            names.insert(Self.valueColumn)
        }
        rows.append(row)
    }

    private static let valueColumn = "value"

    func write(into output: inout ByteBuffer) {
        let columns = columns ?? Self.columns(names, after: primaryKey)
        output.append(csvRecord: columns)
        for row in rows { output.append(csvRecord: Self.record(row, columns)) }
    }

    /// The key, then the others by their names.
    static func columns(_ names: Set<String>, after primaryKey: String?) -> [String] {
        let first = primaryKey.map { [$0] } ?? []
        return first + names.subtracting(first).sorted()
    }

    static func record(_ row: Datum, _ columns: [String]) -> [String] { columns.map { text(cell($0, of: row)) } }

    private static func cell(_ column: String, of row: Datum) -> Datum? {
        row.kind == .object ? row[field: column] : column == valueColumn ? row : nil
    }

    private static func text(_ value: Datum?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.string ?? value.description
    }
}

extension ByteBuffer {
    /// A record of CSV as RFC 4180 wants it. An empty cell alone on its line would read as no record, so it gets quotes.
    package mutating func append(csvRecord cells: [String]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            let isPlain = cell.utf8.allSatisfy { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: ",") && $0 != 0x0A && $0 != 0x0D }
            let needsNoQuotes = isPlain && !(cell.isEmpty && cells.count == 1)
            append(
                needsNoQuotes ? cell : "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            )
        }
        append("\r\n")
    }
}
