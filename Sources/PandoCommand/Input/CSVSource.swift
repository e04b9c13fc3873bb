import httpd

/// A record of comma-separated values a document; the first record names the fields, unless they are given.
final class CSVSource: DocumentSource {
    let input: InputFile
    private var reader: CSVReader
    private var records: ArraySlice<CSVReader.Record> = []
    private var fields: [String]?
    private let infersTypes: Bool
    private var quotesTellTexts = false
    private var isAtEnd = false

    /// - Parameters:
    ///   - infersTypes: a cell that is a JSON number, literal, array or object becomes that, and an empty one is not a field; but those in
    ///     quotes are texts, if the names have none. Otherwise all cells are strings.
    ///   - fields: the names of the columns; `nil`: the first record has them.
    init(_ input: InputFile, infersTypes: Bool, fields: [String]? = nil, delimiter: UInt8 = UInt8(ascii: ",")) {
        self.input = input
        self.infersTypes = infersTypes
        self.fields = fields
        reader = CSVReader(delimiter: delimiter)
    }

    func next() throws -> SourceItem? {
        while true {
            if let record = records.popFirst() {
                guard let fields else {
                    try take(header: record)
                    continue
                }
                return item(record, fields)
            }
            if isAtEnd { return nil }
            try readMore()
        }
    }

    private func readMore() throws {
        var piece: [UInt8] = []
        isAtEnd = try !input.appendPiece(to: &piece)
        reader.feed(piece.span)
        if isAtEnd {
            do throws(CSVReader.Malformed) { try reader.finish() } catch {
                // What is behind it has been lost in it, which skipping one document would not say.
                throw CommandError.failed("\(input.name), line \(error.line): \(error.message)")
            }
        }
        records = reader.takeRecords()[...]
    }

    private func take(header record: CSVReader.Record) throws {
        if let problem = record.problem { throw CommandError.failed("\(input.name), line \(record.line): \(problem)") }
        let names = record.cells
        if names.count == 1, let other = [";", "\t", "|"].first(where: names[0].contains) {
            let shown = other == "\t" ? "$'\\t'" : "'\(other)'"
            throw CommandError.failed("Line \(record.line) has no delimiter; if one stands between its names, say --delimiter \(shown).")
        }
        var known: Set<String> = []
        for name in names where !known.insert(name).inserted {
            throw CommandError.failed("Line \(record.line) names the column “\(name)” twice.")
        }
        fields = names
        quotesTellTexts = record.quotesTellTexts
    }

    private func item(_ record: CSVReader.Record, _ fields: [String]) -> SourceItem {
        if let problem = record.problem { return .bad(line: record.line, message: problem) }
        guard record.cells.count == fields.count else {
            return .bad(line: record.line, message: "\(counted(record.cells.count, "cell")), but \(fields.count) columns have names")
        }
        var pairs: [(String, Datum)] = []
        for (index, cell) in record.cells.enumerated() {
            if let value = value(cell, isText: quotesTellTexts && record.isQuoted(index)) { pairs.append((fields[index], value)) }
        }
        guard let document = try? Datum.object(pairs) else { return .bad(line: record.line, message: "too deep") }
        return .document(document, line: record.line)
    }

    private func value(_ cell: String, isText: Bool) -> Datum? {
        infersTypes ? CSVReader.Record.value(of: cell, isText: isText) : Datum(cell)
    }
}
