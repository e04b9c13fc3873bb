import Ground
import PostgresWire
package import SQL

/// The client's side of a COPY … FROM STDIN, as it comes.
package final class CopyIn {
    let exchange: CopyExchange
    private let session: any SQLSession
    private var fields: CopyFields
    private var hasHeader: Bool
    private var binary: CopyBinary
    /// The value that is read, if one is; it has no text if it is binary.
    private var reading: (column: String, text: String?)?
    private var isRead = false

    /// The context of an error: the line that is wrong, and what of it. Nil for an error that is of no line.
    var place: String? {
        if let line = exchange.failedLine { return "line \(line)" }
        if isRead { return nil }
        let isBinary = exchange.options.format == .binary
        let line = isBinary ? binary.rowNumber : fields.lineNumber
        guard line > 0 else { return nil }
        guard let reading else {
            guard !isBinary, let text = fields.text else { return "line \(line)" }
            return "line \(line): \"\(Self.shortened(text))\""
        }
        return "line \(line), column \(reading.column)" + (reading.text.map { ": \"\(Self.shortened($0))\"" } ?? "")
    }

    private static func shortened(_ text: String) -> String { text.count > 100 ? text.prefix(100) + "..." : text }

    /// - Parameter limit: the most bytes of a line, or of a binary row.
    package init(_ exchange: CopyExchange, _ session: any SQLSession, limit: Int = 1 << 30) {
        self.exchange = exchange
        self.session = session
        fields = CopyFields(exchange.options, limit: limit)
        hasHeader = exchange.options.header != .none
        binary = CopyBinary(columns: exchange.columns.count, limit: limit)
    }

    var description: BackendMessage.CopyFormat {
        .init(exchange.options.format == .binary ? .binary : .text, columns: exchange.columns.count)
    }

    package func receive(_ bytes: [UInt8]) throws(SQLError) {
        try settling { () throws(SQLError) in
            if exchange.options.format == .binary {
                binary.append(bytes)
                while let values = try binary.next() { try take(values) }
            } else {
                fields.append(exchange.options.decoded(bytes))
                try takeLines(atEnd: false)
            }
        }
    }

    /// All bytes are there.
    /// - Returns: the number of rows.
    package func end() throws(SQLError) -> Int {
        try settling { () throws(SQLError) in
            if exchange.options.format == .binary {
                try binary.finish()
            } else {
                try takeLines(atEnd: true)
            }
        }
        isRead = true
        return try exchange.end()
    }

    /// Does something after which rows may be wrong that came before it.
    private func settling(_ body: () throws(SQLError) -> Void) throws(SQLError) {
        do throws(SQLError) { try body() } catch {
            try exchange.settle()
            throw error
        }
    }

    private func takeLines(atEnd: Bool) throws(SQLError) {
        while try fields.next(atEnd: atEnd) {
            if hasHeader {
                hasHeader = false
                if exchange.options.header == .match { try checkHeader() }
                continue
            }
            try takeLine()
        }
    }

    private func checkHeader() throws(SQLError) {
        let columns = exchange.columns
        guard fields.line.count == columns.count else {
            throw Self.badFormat("wrong number of fields in header line: got \(fields.line.count), expected \(columns.count)")
        }
        for (index, column) in columns.enumerated() {
            let name = fields.line[index]?.string
            guard name != column.name else { continue }
            throw Self.badFormat(
                "column name mismatch in header line field \(index + 1): got \(name.map { "\"\($0)\"" } ?? "null value"), "
                    + "expected \"\(column.name)\"")
        }
    }

    private func takeLine() throws(SQLError) {
        let columns = exchange.columns
        if columns.isEmpty {
            guard fields.isBlank else { throw Self.badFormat("extra data after last expected column") }
            return try exchange.receive([], line: fields.lineNumber)
        }
        let count = fields.line.count
        guard count <= columns.count else { throw Self.badFormat("extra data after last expected column") }
        if count == columns.count, try exchange.receive(fields.line, number: fields.lineNumber) { return }
        var row: [SQLValue] = []
        row.reserveCapacity(count)
        for (index, column) in columns.enumerated() {
            // What is wrong in the fields before goes first.
            guard index < count else {
                reading = nil
                throw Self.badFormat("missing data for column \"\(column.name)\"")
            }
            guard let text = fields.line[index]?.string else {
                row.append(.null)
                continue
            }
            reading = (column.name, text)
            row.append(try ValueForms.read(text, as: column.type, session))
        }
        reading = nil
        try exchange.receive(row, line: fields.lineNumber)
    }

    private func take(_ values: [[UInt8]?]) throws(SQLError) {
        var row: [SQLValue] = []
        row.reserveCapacity(values.count)
        for (value, column) in zip(values, exchange.columns) {
            reading = (column.name, nil)
            row.append(try value.map { value throws(SQLError) in try ValueForms.read(binary: value, as: column.type, session) } ?? .null)
        }
        reading = nil
        try exchange.receive(row, line: binary.rowNumber)
    }

    static func tooLong(_ limit: Int) -> SQLError {
        SQLError(.programLimitExceeded, "a row of COPY may have \(limit) bytes")
    }

    static func badFormat(_ message: String, hint: String? = nil) -> SQLError {
        SQLError(SQLState(rawValue: "22P04"), message, hint: hint)
    }
}
