package import Ground

/// A writer of rows as records of comma-separated values (RFC 4180) with the same columns: the fields of these names. Arrays and objects stand
/// as JSON; null and missing fields are empty. What is not an object has the column `value`.
package struct CSVRecordWriter {
    package static let valueColumn = "value"

    private let columns: [String]
    private var finders: [FieldFinder]
    /// A cell that does not stand in the document as it is written.
    private var cell = ByteBuffer()

    package init(columns: [String]) {
        self.columns = columns
        finders = columns.map { FieldFinder($0) }
    }

    package mutating func write(_ row: Datum, into output: inout ByteBuffer) {
        if row.isStoredDocument, case let document = row.stored, !document.hasBinary {
            write(document, into: &output)
            withExtendedLifetime(row) {}
        } else {
            for (index, column) in columns.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(row.kind == .object ? row[field: column] : column == Self.valueColumn ? row : nil, into: &output)
            }
            output.append("\r\n")
        }
    }

    private mutating func write(_ document: StoredDocument, into output: inout ByteBuffer) {
        for index in finders.indices {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard let json = finders[index].json(in: document), json.count > 0, json[0] != UInt8(ascii: "n") else {
                write(.empty, into: &output)
                continue
            }
            guard json[0] == UInt8(ascii: "\"") else {
                write(json, into: &output)
                continue
            }
            let text = json[1..<max(1, json.count - 1)]
            if text.contains(UInt8(ascii: "\\")) {
                cell.removeAll()
                StoredDocument.unescape(text, into: &cell)
                write(text: cell.raw, into: &output)
            } else {
                write(text: text, into: &output)
            }
        }
        output.append("\r\n")
    }

    private mutating func write(_ value: Datum?, into output: inout ByteBuffer) {
        cell.removeAll()
        if let value, value.kind == .string {
            value.withBytes { write(text: $0, into: &output) }
        } else {
            if let value, !value.isNull { value.writeJSON(into: &cell) }
            write(cell.raw, into: &output)
        }
    }

    private func write(_ cell: Bytes, into output: inout ByteBuffer) { output.append(csvCell: cell, isAlone: columns.count == 1) }

    private func write(text: Bytes, into output: inout ByteBuffer) {
        output.append(csvCell: text, isAlone: columns.count == 1, isQuoted: Self.readsAsElse(text))
    }

    /// Whether a text would read as something else without quotes: as nothing, a number, true, false or null. Some that would not get them, too.
    private static func readsAsElse(_ text: Bytes) -> Bool {
        guard text.count > 0 else { return true }
        switch text[0] {
        case 0x09, 0x0A, 0x0D, 0x20: return true
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return isNumber(text)
        case UInt8(ascii: "t"): return isWord(text, words.yes)
        case UInt8(ascii: "f"): return isWord(text, words.no)
        case UInt8(ascii: "n"): return isWord(text, words.null)
        default: return false
        }
    }

    /// Whether a text is a number of JSON, perhaps with blanks behind it.
    private static func isNumber(_ text: Bytes) -> Bool {
        var index = 0
        func has(_ byte: UInt8) -> Bool { index < text.count && text[index] == byte }
        func digits() -> Int {
            let start = index
            while index < text.count, 0x30...0x39 ~= text[index] { index += 1 }
            return index - start
        }
        if has(UInt8(ascii: "-")) { index += 1 }
        let startsWithZero = has(UInt8(ascii: "0"))
        let count = digits()
        guard count == 1 || count > 1 && !startsWithZero else { return false }
        if has(UInt8(ascii: ".")) {
            index += 1
            guard digits() > 0 else { return false }
        }
        if has(UInt8(ascii: "e")) || has(UInt8(ascii: "E")) {
            index += 1
            if has(UInt8(ascii: "+")) || has(UInt8(ascii: "-")) { index += 1 }
            guard digits() > 0 else { return false }
        }
        while index < text.count, text[index] <= 0x20 { index += 1 }
        return index == text.count
    }

    private static let words = (yes: Array("true".utf8), no: Array("false".utf8), null: Array("null".utf8))

    /// Whether a text begins with the word, and has blanks at most behind it.
    private static func isWord(_ text: Bytes, _ word: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        for index in 0..<text.count {
            if index < word.count {
                guard text[index] == word[index] else { return false }
            } else if text[index] > 0x20 {
                return false
            }
        }
        return true
    }
}

extension ByteBuffer {
    /// A record of CSV as RFC 4180 wants it, with the end of its line.
    package mutating func append(csvRecord cells: [String]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            cell.withBytes { append(csvCell: $0, isAlone: cells.count == 1) }
        }
        append("\r\n")
    }

    /// A cell, in quotes if it needs them. An empty one alone on its line would read as no record, so it gets them too.
    fileprivate mutating func append(csvCell cell: Bytes, isAlone: Bool, isQuoted: Bool = false) {
        if !isQuoted && Self.isPlain(cell) && !(isAlone && cell.count == 0) { return append(cell) }
        append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<cell.count where cell[index] == UInt8(ascii: "\"") {
            // The quote ends one piece and begins the next.
            append(cell[start..<index + 1])
            start = index
        }
        append(cell[start..<cell.count])
        append(UInt8(ascii: "\""))
    }

    /// Whether there is neither a quote nor a comma nor the end of a line.
    private static func isPlain(_ cell: Bytes) -> Bool {
        var index = 0
        while index + 8 <= cell.count {
            let word = cell.word(at: index)
            // Other controls err to this side, and are looked at one by one.
            if WordScan.escapedBytes(word) | WordScan.places(of: UInt8(ascii: ","), in: word) != 0 { break }
            index += 8
        }
        while index < cell.count {
            switch cell[index] {
            case UInt8(ascii: "\""), UInt8(ascii: ","), 0x0A, 0x0D: return false
            default: index += 1
            }
        }
        return true
    }
}
