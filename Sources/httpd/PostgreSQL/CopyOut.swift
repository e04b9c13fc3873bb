import Ground
import PostgresWire
import SQL

/// The rows of a COPY … TO STDOUT, as lines or in binary.
struct CopyOut {
    let exchange: CopyExchange
    private let session: any SQLSession
    private(set) var count = 0
    private let delimiter: UInt8
    private let quote: UInt8
    private let escape: UInt8

    init(_ exchange: CopyExchange, _ session: any SQLSession) {
        self.exchange = exchange
        self.session = session
        delimiter = exchange.options.delimiter.utf8.first ?? 9
        quote = exchange.options.quote.utf8.first ?? 34
        escape = exchange.options.escape.utf8.first ?? 34
    }

    var description: BackendMessage.CopyFormat {
        .init(exchange.options.format == .binary ? .binary : .text, columns: exchange.columns.count)
    }

    private static let dataType = BackendMessage.Kind.copyData.rawValue

    /// The header of the binary form comes in one message with the first row, or with the end, as clients expect.
    private func writeSignature(into output: inout ByteBuffer) {
        output.append(CopyBinary.signature)
        output.append(int32: 0)
        output.append(int32: 0)
    }

    /// Throws if the names have characters that the client's encoding has not.
    func writeStart(into output: inout ByteBuffer) throws(SQLError) {
        switch exchange.options.format {
        case .binary: break
        case .csv, .text:
            guard exchange.options.header != .none else { return }
            var line = ByteBuffer()
            for (index, column) in exchange.columns.enumerated() {
                if index > 0 { line.append(delimiter) }
                write(Array(column.name.utf8), column: nil, into: &line)
            }
            line.append("\n")
            let bytes = try exchange.options.encoded(line.bytes)
            let message = output.beginMessage(Self.dataType)
            output.append(bytes)
            output.endMessage(message)
        }
    }

    func writeEnd(into output: inout ByteBuffer) {
        guard exchange.options.format == .binary else { return }
        let message = output.beginMessage(Self.dataType)
        if count == 0 { writeSignature(into: &output) }
        output.append(int16: -1)
        output.endMessage(message)
    }

    /// Writes the next rows that are lines already. Returns those that follow them; nil at the end.
    mutating func nextBatch(into output: inout ByteBuffer) throws(SQLError) -> [[SQLValue]]? {
        var lineCount = 0
        defer { count += lineCount }
        return try exchange.nextBatch { line in
            // A row a message, as the protocol has it.
            output.reserve(line.count + 5)
            let message = output.beginMessage(Self.dataType)
            output.append(line)
            output.endMessage(message)
            lineCount += 1
        }
    }

    mutating func write(_ row: [SQLValue], into output: inout ByteBuffer) throws(SQLError) {
        let message = output.beginMessage(Self.dataType)
        do throws(SQLError) {
            if exchange.options.format == .binary {
                try writeBinary(row, into: &output)
            } else if exchange.options.isLatin1 {
                var line = ByteBuffer()
                try writeLine(row, into: &line)
                output.append(try exchange.options.encoded(line.bytes))
            } else {
                try writeLine(row, into: &output)
            }
        } catch {
            output.truncate(to: message - 1)
            throw error
        }
        output.endMessage(message)
        count += 1
    }

    private func writeBinary(_ row: [SQLValue], into output: inout ByteBuffer) throws(SQLError) {
        if count == 0 { writeSignature(into: &output) }
        output.append(int16: Int16(truncatingIfNeeded: row.count))
        for (value, column) in zip(row, exchange.columns) {
            if value.isNull {
                output.append(int32: -1)
                continue
            }
            let start = output.beginValue()
            ValueForms.write(binary: value, as: column.type, session, into: &output)
            output.endValue(start)
        }
    }

    private func writeLine(_ row: [SQLValue], into output: inout ByteBuffer) throws(SQLError) {
        var text = ByteBuffer()
        for (index, (value, column)) in zip(row, exchange.columns).enumerated() {
            if index > 0 { output.append(delimiter) }
            if value.isNull {
                output.append(exchange.options.null)
                continue
            }
            text.removeAll()
            try ValueForms.write(value, as: column.type, session, into: &text)
            write(text.bytes, column: index, into: &output)
        }
        output.append("\n")
    }

    /// - Parameter column: nil for a name in the header.
    private func write(_ bytes: [UInt8], column: Int?, into output: inout ByteBuffer) {
        if exchange.options.format == .csv {
            writeQuoted(bytes, column: column, into: &output)
        } else {
            writeEscaped(bytes, into: &output)
        }
    }

    private func writeEscaped(_ bytes: [UInt8], into output: inout ByteBuffer) {
        for byte in bytes {
            switch byte {
            case 8: output.append("\\b")
            case 12: output.append("\\f")
            case 10: output.append("\\n")
            case 13: output.append("\\r")
            case 9: output.append("\\t")
            case 11: output.append("\\v")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case delimiter:
                output.append("\\")
                output.append(byte)
            default: output.append(byte)
            }
        }
    }

    private func writeQuoted(_ bytes: [UInt8], column: Int?, into output: inout ByteBuffer) {
        let isForced = column.map { exchange.options.forceQuote.contains($0) } ?? false
        let isEnd = exchange.columns.count == 1 && bytes == Array("\\.".utf8)
        guard
            isForced || isEnd || (column != nil && bytes == Array(exchange.options.null.utf8))
                || bytes.contains(where: { $0 == delimiter || $0 == quote || $0 == 10 || $0 == 13 })
        else { return output.append(bytes) }
        output.append(quote)
        for byte in bytes {
            if byte == quote || byte == escape { output.append(escape) }
            output.append(byte)
        }
        output.append(quote)
    }
}
