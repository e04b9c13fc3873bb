/// Reads comma-separated values (RFC 4180: quotes around a cell, doubled quotes inside, line breaks in quotes; CRLF or LF) from
/// bytes that come in pieces.
///
/// Feed pieces, take whole records as they are complete, and call `finish` at the end.
package struct CSVReader {
    package struct Record: Equatable {
        package var cells: [String]
        /// The line where the record begins, from 1; of one that can't be read, the line where that shows.
        package var line: Int
        /// Why it can't be read; then it has no cells, and the next one begins on the next line.
        package var problem: String?
        /// Whether each cell stood in quotes; empty if none did.
        package var quoted: [Bool] = []

        package init(cells: [String], line: Int, problem: String? = nil) {
            self.cells = cells
            self.line = line
            self.problem = problem
        }

        /// Whether a cell stands in quotes, but for an empty one alone: without them it would be no record.
        package func isQuoted(_ index: Int) -> Bool { index < quoted.count && quoted[index] && !(cells.count == 1 && cells[0].isEmpty) }

        /// By what they hold, in quotes or not.
        package static func == (a: Record, b: Record) -> Bool { a.cells == b.cells && a.line == b.line && a.problem == b.problem }

        /// Whether quotes tell texts from numbers: they do unless the names, too, stand in them, as those of programs that put everything into
        /// quotes. Asked of the record with the names.
        package var quotesTellTexts: Bool { quoted.isEmpty || !quoted.allSatisfy { $0 } }

        /// A cell as what it reads as: a number, a literal, an array or an object of JSON, else a text. Nil for an empty one.
        ///
        /// - Parameters:
        ///   - isText: whether it stands in quotes that tell texts. Arrays and objects stand in quotes, too.
        ///   - takesStrings: whether a string of JSON, with its quotes, is one.
        package static func value(of cell: String, isText: Bool, takesStrings: Bool = false) -> Datum? {
            if cell.isEmpty { return isText ? Datum(cell) : nil }
            if isText, cell.utf8.first != UInt8(ascii: "["), cell.utf8.first != UInt8(ascii: "{") { return Datum(cell) }
            // A text with quotes around it stays one: texts are written as they are.
            guard let value = try? Datum(json: cell), takesStrings || value.kind != .string else { return Datum(cell) }
            return value
        }
    }

    /// A place that can't be read, nor anything behind it.
    package struct Malformed: Error, Equatable {
        package let line: Int
        package let message: String
    }

    private enum State { case cellStart, inCell, inQuotes, quoteInQuotes, afterCarriageReturn, unreadable }

    private let delimiter: UInt8
    private var state = State.cellStart
    private var cell: [UInt8] = []
    private var cells: [String] = []
    private var isQuoted = false
    private var quoted: [Bool] = []
    /// What the whole cells of the record take.
    private var cellByteCount = 0
    private var line = 1
    /// The line where the record begins that is not whole yet.
    package private(set) var recordLine = 1
    private var isEmptyRecord = true
    /// How much has come of the mark that some programs begin a text with; nil once it, or something else, has come.
    private var markCount: Int? = 0
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    package private(set) var records: [Record] = []

    package init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    /// What the record that is not whole yet takes so far.
    package var pendingByteCount: Int { cellByteCount + cell.count }

    package mutating func takeRecords() -> [Record] {
        defer { records = [] }
        return records
    }

    package mutating func feed(_ bytes: Span<UInt8>) {
        var start = 0
        while start < bytes.count, let count = markCount {
            if bytes[start] == Self.mark[count] {
                markCount = count + 1 == Self.mark.count ? nil : count + 1
                start += 1
            } else {
                takeNoMark(count)
            }
        }
        for index in start..<bytes.count { feed(bytes[index]) }
    }

    /// What looked like the beginning of a mark is text.
    private mutating func takeNoMark(_ count: Int) {
        markCount = nil
        for byte in Self.mark[..<count] { feed(byte) }
    }

    /// A last record without a line break counts too.
    package mutating func finish() throws(Malformed) {
        if let count = markCount { takeNoMark(count) }
        if state == .inQuotes { throw Malformed(line: recordLine, message: "a quote is not closed before the end") }
        if state == .afterCarriageReturn { state = .cellStart }
        if !isEmptyRecord { endRecord() }
    }

    private mutating func feed(_ byte: UInt8) {
        if state == .afterCarriageReturn {
            state = .cellStart
            if byte == UInt8(ascii: "\n") { return }
        }
        switch state {
        case .inQuotes:
            if byte == UInt8(ascii: "\"") {
                state = .quoteInQuotes
            } else {
                if byte == UInt8(ascii: "\n") { line += 1 }
                cell.append(byte)
            }
        case .quoteInQuotes where byte == UInt8(ascii: "\""):
            cell.append(byte)
            state = .inQuotes
        case .cellStart where byte == UInt8(ascii: "\""):
            state = .inQuotes
            isQuoted = true
            isEmptyRecord = false
        default:
            feedUnquoted(byte)
        }
    }

    private mutating func feedUnquoted(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            if !isEmptyRecord { endRecord() }
            line += 1
            recordLine = line
            state = byte == UInt8(ascii: "\r") ? .afterCarriageReturn : .cellStart
        case _ where state == .unreadable: break
        case delimiter:
            isEmptyRecord = false
            endCell()
        case UInt8(ascii: "\""):
            refuse("a quote inside a cell: put the whole cell in quotes and double those inside")
        default:
            guard state != .quoteInQuotes else {
                return refuse("text after a closing quote: double the quotes inside a cell")
            }
            isEmptyRecord = false
            cell.append(byte)
            state = .inCell
        }
    }

    /// What remains of the line is passed over.
    private mutating func refuse(_ message: String) {
        records.append(Record(cells: [], line: line, problem: message))
        cells.removeAll(keepingCapacity: true)
        cell.removeAll(keepingCapacity: true)
        quoted.removeAll(keepingCapacity: true)
        isQuoted = false
        cellByteCount = 0
        state = .unreadable
        isEmptyRecord = true
    }

    private mutating func endCell() {
        guard let text = String(validating: cell, as: UTF8.self) else { return refuse("not UTF-8") }
        if isQuoted {
            while quoted.count < cells.count { quoted.append(false) }
            quoted.append(true)
            isQuoted = false
        }
        cells.append(text)
        cellByteCount += cell.count + 2 * MemoryLayout<String>.stride
        cell.removeAll(keepingCapacity: true)
        state = .cellStart
    }

    private mutating func endRecord() {
        endCell()
        guard state != .unreadable else { return }
        var record = Record(cells: cells, line: recordLine)
        if !quoted.isEmpty {
            while quoted.count < cells.count { quoted.append(false) }
            record.quoted = quoted
            quoted.removeAll(keepingCapacity: true)
        }
        records.append(record)
        cells.removeAll(keepingCapacity: true)
        cellByteCount = 0
        isEmptyRecord = true
    }
}
