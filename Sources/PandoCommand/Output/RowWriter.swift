import Ground
import httpd

/// The format of written rows.
enum RowFormat: String {
    case json, ndjson, table, csv, xml
}

/// A writer of the rows of a sequence as they come.
///
/// - `json`: one array, a row a line. `ndjson`: a row a line.
/// - `xml`: an element each, in one that is the root.
/// - `csv` and `table` have a column for each top-level field; without a list of fields the rows are kept until the end, up to
///   `keptRowLimit`, so that no field is missed.
struct RowWriter {
    static let keptRowLimit = 100_000

    private let format: RowFormat
    private let sink: ByteSink
    private let fields: [String]?
    private let style: Style
    private let width: Int?
    private var kept: [Datum] = []
    private var xml: XMLDocumentWriter
    private let root: String?
    private var count = 0
    /// For `csv` with a list of fields.
    private var records: CSVRecordWriter

    /// - Parameters:
    ///   - fields: the only top-level fields to write, for `csv` and `table` in this order.
    ///   - width: what a table must fit in; `nil`: as wide as it needs.
    init(
        _ format: RowFormat, to sink: ByteSink, fields: [String]? = nil, style: Style = Style(isTerminal: false), width: Int? = nil,
        shape: XMLShape = XMLShape(), root: String? = nil
    ) {
        xml = XMLDocumentWriter(shape: shape)
        self.root = root
        self.format = format
        self.sink = sink
        self.fields = fields
        records = CSVRecordWriter(columns: fields ?? [])
        self.style = style
        self.width = width
    }

    mutating func write(_ row: Datum) throws(CommandError) {
        switch format {
        case .json:
            sink.buffer.append(count == 0 ? "[\n" : ",\n")
            selected(row).writeJSON(into: &sink.buffer)
        case .ndjson:
            selected(row).writeJSON(into: &sink.buffer)
            sink.buffer.append(UInt8(ascii: "\n"))
        case .xml:
            if count == 0 { xml.writeBeginning(root: root, into: &sink.buffer) }
            xml.write(selected(row), into: &sink.buffer)
        case .csv where fields != nil:
            if count == 0 { sink.buffer.append(csvRecord: fields ?? []) }
            records.write(row, into: &sink.buffer)
        case .csv, .table:
            guard kept.count < Self.keptRowLimit else {
                let advice = format == .csv ? "Name the columns with --fields a,b." : "Add .limit(…), or choose --format ndjson."
                throw .failed("There are more than \(grouped(Self.keptRowLimit)) rows. \(advice)")
            }
            kept.append(row)
        }
        count += 1
        try sink.flushIfLarge()
    }

    func finish() throws(CommandError) {
        switch format {
        case .json: sink.buffer.append(count == 0 ? "[]\n" : "\n]\n")
        case .ndjson: break
        case .xml:
            if count == 0 { xml.writeBeginning(root: root, into: &sink.buffer) }
            xml.writeEnd(root: root, into: &sink.buffer)
        case .csv where fields != nil && count > 0: break
        case .csv where fields == nil && count == 0: break
        case .csv:
            let headings = RowColumns(of: kept, fields: fields, nullText: "").headings
            var records = CSVRecordWriter(columns: headings)
            sink.buffer.append(csvRecord: headings)
            for row in kept { records.write(row, into: &sink.buffer) }
        case .table:
            if count > 0 {
                for line in TextTable(rows: kept, fields: fields).lines(style: style, width: width) { sink.buffer.append(line + "\n") }
            }
            sink.buffer.append(style.faint(counted(count, "row")) + "\n")
        }
        try sink.flushIfLarge()
    }

    private func selected(_ row: Datum) -> Datum {
        guard let fields, row.kind == .object else { return row }
        // Only a field that is named twice is refused, and the option's reader has refused that before.
        return (try? Datum.object(fields.compactMap { field in row[field: field].map { (field, $0) } })) ?? row
    }
}
