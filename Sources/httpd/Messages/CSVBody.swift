import Ground
import ReQLish

/// The documents of a body of comma-separated values (RFC 4180), a record each. The first record names the fields.
///
/// A cell that is a number, a literal, an array or an object of JSON becomes that, and an empty one is not a field, as `pando import` has
/// it; but strings stay what they are where a column is declared to be of texts; or all cells are strings.
struct CSVBody {
    private var reader = CSVReader()
    /// Of each column its name, and whether its cells are strings.
    private var columns: [(name: String, isText: Bool)]?
    private let infersTypes: Bool
    private let texts: Set<String>

    /// - Parameter texts: the columns whose cells are strings, whatever they look like.
    init(infersTypes: Bool, texts: Set<String> = []) {
        self.infersTypes = infersTypes
        self.texts = texts
    }

    /// What is read of the body at once.
    private static let piece = 1 << 16

    /// Calls `take` with each document and the line where it begins, and `refuse` with what is wrong with a line.
    mutating func read(
        _ bytes: Span<UInt8>, _ take: (_ document: Datum, _ line: Int) throws -> Void,
        refuse: (_ problem: Problem, _ line: Int) throws -> Void
    ) throws {
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.piece, bytes.count)
            reader.feed(bytes.extracting(start..<end))
            start = end
            try takeRecords(take, refuse)
        }
        do throws(CSVReader.Malformed) { try reader.finish() } catch {
            // What is behind it has been lost in it.
            throw Self.problem(error.line, error.message)
        }
        try takeRecords(take, refuse)
    }

    private mutating func takeRecords(
        _ take: (_ document: Datum, _ line: Int) throws -> Void, _ refuse: (_ problem: Problem, _ line: Int) throws -> Void
    ) throws {
        for record in reader.takeRecords() {
            guard let columns else {
                columns = try Self.names(record).map { ($0, texts.contains($0)) }
                continue
            }
            if let problem = record.problem {
                try refuse(Self.problem(record.line, problem), record.line)
            } else if record.cells.count != columns.count {
                let cells = record.cells.count == 1 ? "1 cell" : "\(record.cells.count) cells"
                try refuse(Self.problem(record.line, "\(cells), but \(columns.count) columns have names"), record.line)
            } else {
                let fields = zip(columns, record.cells).compactMap { column, cell in value(cell, column.isText).map { (column.name, $0) } }
                try take(try Datum.object(fields), record.line)
            }
        }
    }

    private static func names(_ record: CSVReader.Record) throws(Problem) -> [String] {
        if let problem = record.problem { throw Self.problem(record.line, problem) }
        var names = record.cells
        if names.first?.hasPrefix("\u{FEFF}") == true { names[0].removeFirst() }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw Self.problem(record.line, "the column `\(name)` is named twice")
        }
        return names
    }

    private static func problem(_ line: Int, _ message: String) -> Problem { .request(400, "Line \(line): \(message).") }

    private func value(_ cell: String, _ isText: Bool) -> Datum? {
        guard infersTypes else { return Datum(cell) }
        if cell.isEmpty { return nil }
        return isText ? Datum(cell) : (try? Datum(json: cell)) ?? Datum(cell)
    }
}
