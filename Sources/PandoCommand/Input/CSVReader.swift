/// Reads comma-separated values (RFC 4180: quotes around a cell, doubled quotes inside, line breaks in quotes; CRLF or LF) from
/// bytes that come in pieces.
///
/// Feed pieces, take whole records as they are complete, and call `finish` at the end.
struct CSVReader {
    struct Record: Equatable {
        var cells: [String]
        /// The line where the record begins, from 1.
        var line: Int
    }

    struct Malformed: Error, Equatable {
        let line: Int
        let message: String
    }

    private enum State { case cellStart, inCell, inQuotes, quoteInQuotes, afterCarriageReturn }

    private let delimiter: UInt8
    private var state = State.cellStart
    private var cell: [UInt8] = []
    private var cells: [String] = []
    private var line = 1
    private var recordLine = 1
    private var isEmptyRecord = true
    private(set) var records: [Record] = []

    init(delimiter: UInt8 = UInt8(ascii: ",")) { self.delimiter = delimiter }

    mutating func takeRecords() -> [Record] {
        defer { records = [] }
        return records
    }

    mutating func feed(_ bytes: Span<UInt8>) throws(Malformed) {
        for index in bytes.indices { try feed(bytes[index]) }
    }

    /// A last record without a line break counts too.
    mutating func finish() throws(Malformed) {
        if state == .inQuotes { throw Malformed(line: recordLine, message: "a quote is not closed before the end") }
        if state == .afterCarriageReturn { state = .cellStart }
        if !isEmptyRecord { try endRecord() }
    }

    private mutating func feed(_ byte: UInt8) throws(Malformed) {
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
            isEmptyRecord = false
        default:
            try feedUnquoted(byte)
        }
    }

    private mutating func feedUnquoted(_ byte: UInt8) throws(Malformed) {
        switch byte {
        case delimiter:
            isEmptyRecord = false
            try endCell()
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            if !isEmptyRecord { try endRecord() }
            line += 1
            recordLine = line
            state = byte == UInt8(ascii: "\r") ? .afterCarriageReturn : .cellStart
        case UInt8(ascii: "\""):
            throw Malformed(line: line, message: "a quote inside a cell: put the whole cell in quotes and double those inside")
        default:
            guard state != .quoteInQuotes else {
                throw Malformed(line: line, message: "text after a closing quote: double the quotes inside a cell")
            }
            isEmptyRecord = false
            cell.append(byte)
            state = .inCell
        }
    }

    private mutating func endCell() throws(Malformed) {
        guard let text = String(validating: cell, as: UTF8.self) else { throw Malformed(line: line, message: "not UTF-8") }
        cells.append(text)
        cell.removeAll(keepingCapacity: true)
        state = .cellStart
    }

    private mutating func endRecord() throws(Malformed) {
        try endCell()
        records.append(Record(cells: cells, line: recordLine))
        cells.removeAll(keepingCapacity: true)
        isEmptyRecord = true
    }
}
