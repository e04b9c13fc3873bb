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
    /// What the client had sent of the line that is wrong: the context of an error.
    var place: String {
        guard let reading else { return "" }
        guard let column = reading.column else { return "line \(reading.line)" }
        return "line \(reading.line), column \(column): \"\(reading.text.prefix(100))\""
    }
    private var reading: (line: Int, column: String?, text: String)?

    package init(_ exchange: CopyExchange, _ session: any SQLSession) {
        self.exchange = exchange
        self.session = session
        fields = CopyFields(exchange.options)
        hasHeader = exchange.options.header != .none
        binary = CopyBinary(columns: exchange.columns.count)
    }

    var description: BackendMessage.CopyFormat {
        .init(exchange.options.format == .binary ? .binary : .text, columns: exchange.columns.count)
    }

    package func receive(_ bytes: [UInt8]) throws(SQLError) {
        if exchange.options.format == .binary {
            binary.append(bytes)
            while let values = try binary.next() { try take(values) }
        } else {
            fields.append(bytes)
            try takeLines(atEnd: false)
        }
    }

    /// All bytes are there.
    /// - Returns: the number of rows.
    package func end() throws(SQLError) -> Int {
        if exchange.options.format == .binary {
            try binary.finish()
        } else {
            try takeLines(atEnd: true)
        }
        return try exchange.end()
    }

    private func takeLines(atEnd: Bool) throws(SQLError) {
        while let line = try fields.nextLine(atEnd: atEnd) {
            reading = (fields.lineNumber, nil, "")
            if hasHeader {
                hasHeader = false
                if exchange.options.header == .match { try checkHeader(try fields.fields(of: line)) }
                continue
            }
            try take(line)
        }
    }

    private func checkHeader(_ names: [CopyFields.Field]) throws(SQLError) {
        let columns = exchange.columns
        guard names.count == columns.count else {
            throw Self.badFormat("wrong number of fields in header line: got \(names.count), expected \(columns.count)")
        }
        for (index, (name, column)) in zip(names, columns).enumerated() where name.text != column.name {
            throw Self.badFormat(
                "column name mismatch in header line field \(index + 1): got \(name.text.map { "\"\($0)\"" } ?? "null value"), "
                    + "expected \"\(column.name)\"")
        }
    }

    private func take(_ line: [UInt8]) throws(SQLError) {
        let columns = exchange.columns
        if columns.isEmpty {
            guard line.isEmpty else { throw Self.badFormat("extra data after last expected column") }
            return try exchange.receive([])
        }
        let fields = try self.fields.fields(of: line)
        guard fields.count <= columns.count else { throw Self.badFormat("extra data after last expected column") }
        guard fields.count == columns.count else {
            throw Self.badFormat("missing data for column \"\(columns[fields.count].name)\"")
        }
        var row: [SQLValue] = []
        row.reserveCapacity(fields.count)
        for (field, column) in zip(fields, columns) {
            guard let text = field.text else {
                row.append(.null)
                continue
            }
            reading = (self.fields.lineNumber, column.name, text)
            row.append(try ValueForms.read(text, as: column.type, session))
        }
        reading = (self.fields.lineNumber, nil, "")
        try exchange.receive(row)
    }

    private func take(_ values: [[UInt8]?]) throws(SQLError) {
        var row: [SQLValue] = []
        row.reserveCapacity(values.count)
        for (value, column) in zip(values, exchange.columns) {
            row.append(try value.map { value throws(SQLError) in try ValueForms.read(binary: value, as: column.type, session) } ?? .null)
        }
        try exchange.receive(row)
    }

    static func badFormat(_ message: String) -> SQLError { SQLError(SQLState(rawValue: "22P04"), message) }
}

/// The rows of a COPY in binary.
struct CopyBinary {
    static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n".utf8) + [0]

    private let columns: Int
    private var bytes: [UInt8] = []
    private var start = 0
    private var hasHeader = false
    private var isOver = false

    init(columns: Int) {
        self.columns = columns
    }

    mutating func append(_ more: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    private func number(at position: Int, bytes count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        let bits = bytes[position..<position + count].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return count == 2 ? Int(Int16(truncatingIfNeeded: bits)) : Int(Int32(bitPattern: bits))
    }

    /// The next row if it is whole.
    mutating func next() throws(SQLError) -> [[UInt8]?]? {
        if !hasHeader {
            let signature = Self.signature
            guard bytes.count >= signature.count + 8 else { return nil }
            guard bytes.starts(with: signature) else { throw CopyIn.badFormat("COPY file signature not recognized") }
            let flags = number(at: signature.count, bytes: 4) ?? 0
            guard flags & 0xFFFF_0000 == 0 else { throw CopyIn.badFormat("unrecognized critical flags in COPY file header") }
            let extra = number(at: signature.count + 4, bytes: 4) ?? 0
            guard extra >= 0 else { throw CopyIn.badFormat("invalid COPY file header (missing length)") }
            guard bytes.count >= signature.count + 8 + extra else { return nil }
            start = signature.count + 8 + extra
            hasHeader = true
        }
        guard !isOver, let count = number(at: start, bytes: 2) else { return nil }
        if count == -1 {
            isOver = true
            start += 2
            return nil
        }
        guard count == columns else { throw CopyIn.badFormat("row field count is \(count), expected \(columns)") }
        var position = start + 2
        var row: [[UInt8]?] = []
        for _ in 0..<count {
            guard let length = number(at: position, bytes: 4) else { return nil }
            position += 4
            if length == -1 {
                row.append(nil)
                continue
            }
            guard length >= 0 else { throw CopyIn.badFormat("invalid field size") }
            guard position + length <= bytes.count else { return nil }
            row.append(Array(bytes[position..<position + length]))
            position += length
        }
        start = position
        return row
    }

    /// Nothing may be left over.
    func finish() throws(SQLError) {
        if !hasHeader { throw CopyIn.badFormat("COPY file signature not recognized") }
        if !isOver, start < bytes.count { throw CopyIn.badFormat("unexpected EOF in COPY data") }
        if isOver, start < bytes.count { throw CopyIn.badFormat("received copy data after EOF marker") }
    }
}
