import httpd

/// What an import reads next.
enum SourceItem {
    /// A document and the line where it begins, from 1.
    case document(Datum, line: Int)
    /// Something that is no document. If reading can't go on after it, nothing follows.
    case bad(line: Int, message: String)
}

/// Gives an import its documents one after another, reading no further than it must.
protocol DocumentSource {
    /// The next item, `nil` at the end.
    mutating func next() throws -> SourceItem?
    /// The part that has been read, `nil` if nobody knows.
    var fraction: Double? { get }
}

/// A document a line.
struct NDJSONSource: DocumentSource {
    /// A longer line is refused, for it must fit in memory.
    static let maximumLineByteCount = 256 << 20

    private let input: InputFile
    private var pending: [UInt8] = []
    /// Where the next line begins in `pending`, and how far it has been searched for an end.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false
    private var line = 0

    init(_ input: InputFile) { self.input = input }

    var fraction: Double? { input.fraction }

    mutating func next() throws -> SourceItem? {
        while let range = try nextLine() {
            line += 1
            let bytes = pending.span.extracting(range)
            if isBlank(bytes) { continue }
            do throws(JSONError) {
                return .document(try Datum(json: bytes), line: line)
            } catch {
                return .bad(line: line, message: "\(error.message) (column \(error.column))")
            }
        }
        return nil
    }

    private func isBlank(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where ![0x20, 0x09, 0x0D].contains(bytes[index]) { return false }
        return true
    }

    /// Where the next line stands in `pending`, without its line feed.
    private mutating func nextLine() throws -> Range<Int>? {
        while true {
            if let end = lineFeed() {
                defer {
                    start = end + 1
                    searched = start
                }
                return start..<end
            }
            if isAtEnd {
                guard start < pending.count else { return nil }
                defer { start = pending.count }
                return start..<pending.count
            }
            try readMore()
        }
    }

    private mutating func lineFeed() -> Int? {
        searched = position(of: UInt8(ascii: "\n"), in: pending.span, from: searched)
        return searched < pending.count ? searched : nil
    }

    private mutating func readMore() throws {
        pending.removeSubrange(..<start)
        searched -= start
        start = 0
        guard pending.count <= Self.maximumLineByteCount else {
            throw CommandError.failed("Line \(line + 1) is longer than \(byteSize(Self.maximumLineByteCount)).")
        }
        isAtEnd = try !input.appendPiece(to: &pending)
    }
}

/// A record of comma-separated values a document; the first record names the fields.
struct CSVSource: DocumentSource {
    private let input: InputFile
    private var reader: CSVReader
    private var records: ArraySlice<CSVReader.Record> = []
    private var fields: [String]?
    private let infersTypes: Bool
    private var malformed: CSVReader.Malformed?
    private var isAtEnd = false

    /// - Parameter infersTypes: a cell that is a JSON number, literal, array or object becomes that; otherwise all cells are strings.
    init(_ input: InputFile, infersTypes: Bool) {
        self.input = input
        self.infersTypes = infersTypes
        reader = CSVReader()
    }

    var fraction: Double? { input.fraction }

    mutating func next() throws -> SourceItem? {
        while true {
            if let record = records.popFirst() {
                guard let fields else {
                    try take(header: record)
                    continue
                }
                return item(record, fields)
            }
            if let error = malformed {
                malformed = nil
                isAtEnd = true
                return .bad(line: error.line, message: error.message)
            }
            if isAtEnd { return nil }
            try readMore()
        }
    }

    private mutating func readMore() throws {
        var piece: [UInt8] = []
        isAtEnd = try !input.appendPiece(to: &piece)
        do throws(CSVReader.Malformed) {
            if isAtEnd { try reader.finish() } else { try reader.feed(piece.span) }
        } catch {
            malformed = error
        }
        records = reader.takeRecords()[...]
    }

    private mutating func take(header record: CSVReader.Record) throws {
        var names = record.cells
        if names[0].hasPrefix("\u{FEFF}") { names[0].removeFirst() }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw CommandError.failed("Line \(record.line) names the column “\(name)” twice.")
        }
        fields = names
    }

    private func item(_ record: CSVReader.Record, _ fields: [String]) -> SourceItem {
        guard record.cells.count == fields.count else {
            return .bad(line: record.line, message: "\(record.cells.count) cells, but \(fields.count) columns have names")
        }
        let pairs = zip(fields, record.cells).compactMap { field, cell in value(cell).map { (field, $0) } }
        guard let document = try? Datum.object(pairs) else { return .bad(line: record.line, message: "too deep") }
        return .document(document, line: record.line)
    }

    /// An empty cell is no field when types are inferred: `export` writes null and absent fields so.
    private func value(_ cell: String) -> Datum? {
        guard infersTypes else { return Datum(cell) }
        if cell.isEmpty { return nil }
        return (try? Datum(json: cell)) ?? Datum(cell)
    }
}

/// The first place of a byte at or after `start`, or the end.
private func position(of byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count, bytes[index] != byte { index += 1 }
    return index
}
