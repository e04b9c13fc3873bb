import ReQLish

/// Documents as a table (RFC 4180): a line of names, then one for each document. The columns are the fields that any of the documents has: the
/// primary key first, then the others by name. What is neither text nor a scalar stands as JSON; null and what is missing are empty.
struct CSVPage {
    private var documents: [Datum] = []
    private let primaryKey: String
    private var names: Set<String> = []

    init(primaryKey: String) {
        self.primaryKey = primaryKey
    }

    mutating func append(_ document: Datum) {
        for field in document.fields { names.insert(field.key) }
        documents.append(document)
    }

    func write(into output: inout ByteBuffer) {
        let columns = [primaryKey] + names.subtracting([primaryKey]).sorted()
        Self.write(columns, into: &output)
        for document in documents { Self.write(columns.map { Self.text(document[field: $0]) }, into: &output) }
    }

    private static func text(_ value: Datum?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.string ?? value.description
    }

    private static func write(_ cells: [String], into output: inout ByteBuffer) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            let isPlain = cell.utf8.allSatisfy { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: ",") && $0 != 0x0A && $0 != 0x0D }
            output.append(
                isPlain ? cell : "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"")
        }
        output.append("\r\n")
    }
}
