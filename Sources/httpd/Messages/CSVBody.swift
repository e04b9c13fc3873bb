import Ground
import ReQLish

/// The documents of a body of comma-separated values (RFC 4180), a record each. The first record names the fields.
///
/// A cell that is a number, a literal, an array or an object of JSON becomes that, and an empty one is not a field, as `pando import` has
/// it; but strings stay what they are where a column is declared to be of texts, and, without declarations, in quotes, unless the names have
/// quotes as well; or all cells are strings.
struct CSVBody {
    private var reader = CSVReader()
    /// Of each column its name, and whether its cells are strings.
    private var columns: [(name: String, isText: Bool)]?
    private let infersTypes: Bool
    private let texts: Set<String>
    private let areDeclared: Bool
    private var quotesTellTexts = false

    /// - Parameters:
    ///   - texts: the columns whose cells are strings, whatever they look like.
    ///   - areDeclared: whether other columns are known to hold something else, so that a string of JSON is meant as one.
    init(infersTypes: Bool, texts: Set<String> = [], areDeclared: Bool = false) {
        self.infersTypes = infersTypes
        self.texts = texts
        self.areDeclared = areDeclared
    }

    enum Record {
        case document(Datum)
        /// What is wrong with it.
        case refused(Problem)
    }

    /// Records that were read, with the lines where they begin, and how many of them were taken.
    private var records: [CSVReader.Record] = []
    private var takenCount = 0

    /// A record is in memory as a whole, however long the body may be.
    private static let recordByteCount = 64 << 20

    /// Reads a piece of the body. All records of the one before were taken. Throws if a record is too long: what a quote that is never closed
    /// makes of all that follows.
    mutating func append(_ piece: Span<UInt8>) throws(Problem) {
        reader.feed(piece)
        (records, takenCount) = (reader.takeRecords(), 0)
        guard reader.pendingByteCount <= Self.recordByteCount else {
            throw Problem(
                413, .resourceLimit,
                "Line \(reader.recordLine): the record has more than \(Self.recordByteCount >> 20) MiB; a quote may not be closed.")
        }
    }

    /// All of the body is there. Throws if it ends within a quote: what is behind that has been lost in it.
    mutating func finish() throws(Problem) {
        do throws(CSVReader.Malformed) { try reader.finish() } catch { throw Self.problem(error.line, error.message) }
        (records, takenCount) = (reader.takeRecords(), 0)
    }

    /// The next record and its line; nil if more of the body must come first.
    mutating func next() throws -> (record: Record, line: Int)? {
        while takenCount < records.count {
            let record = records[takenCount]
            takenCount += 1
            guard let columns else {
                columns = try Self.names(record).map { ($0, texts.contains($0)) }
                quotesTellTexts = !areDeclared && record.quotesTellTexts
                continue
            }
            if let problem = record.problem { return (.refused(Self.problem(record.line, problem)), record.line) }
            guard record.cells.count == columns.count else {
                let cells = record.cells.count == 1 ? "1 cell" : "\(record.cells.count) cells"
                return (.refused(Self.problem(record.line, "\(cells), but \(columns.count) columns have names")), record.line)
            }
            var fields: [(String, Datum)] = []
            for (index, cell) in record.cells.enumerated() {
                guard let value = value(cell, columns[index].isText, isQuoted: record.isQuoted(index)) else { continue }
                fields.append((columns[index].name, value))
            }
            return (.document(try Datum.object(fields)), record.line)
        }
        return nil
    }

    private static func names(_ record: CSVReader.Record) throws(Problem) -> [String] {
        if let problem = record.problem { throw Self.problem(record.line, problem) }
        let names = record.cells
        // There may be as many names as the body has bytes, and others wait for the writer's turn meanwhile.
        var known: Set<String> = []
        for name in names where !known.insert(name).inserted {
            throw Self.problem(record.line, "the column `\(name)` is named twice")
        }
        return names
    }

    private static func problem(_ line: Int, _ message: String) -> Problem { .request(400, "Line \(line): \(message).") }

    private func value(_ cell: String, _ isText: Bool, isQuoted: Bool) -> Datum? {
        guard infersTypes else { return Datum(cell) }
        if isText { return cell.isEmpty ? nil : Datum(cell) }
        return CSVReader.Record.value(of: cell, isText: isQuoted && quotesTellTexts, takesStrings: areDeclared)
    }
}
