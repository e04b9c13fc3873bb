import Ground
package import SQL

/// The lines of a COPY in text or CSV, cut out of its bytes, and their fields.
package struct CopyFields {
    /// A field: its text, and whether quotes stood around it. Nil is the text that stands for NULL.
    package typealias Field = (text: String?, wasQuoted: Bool)

    private let options: CopyOptions
    private let delimiter: UInt8
    private let quote: UInt8
    private let escape: UInt8
    private let null: [UInt8]
    private var bytes: [UInt8] = []
    private var start = 0
    /// Up to where no line ends.
    private var searched = 0
    /// Whether the search stands within quotes.
    private var isQuoted = false
    /// Lines that were taken.
    private(set) var lineNumber = 0
    /// The line `\.` has come: what follows counts for nothing.
    private(set) var hasEnded = false

    package init(_ options: CopyOptions) {
        self.options = options
        delimiter = options.delimiter.utf8.first ?? 9
        quote = options.quote.utf8.first ?? 34
        escape = options.escape.utf8.first ?? 34
        null = Array(options.null.utf8)
    }

    mutating func append(_ more: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes += more
    }

    /// The next line without its end; nil if none is whole.
    /// - Parameter atEnd: no more bytes come, so that what is left is a line.
    mutating func nextLine(atEnd: Bool) throws(SQLError) -> [UInt8]? {
        guard !hasEnded else { return nil }
        let isCSV = options.format == .csv
        while searched < bytes.count {
            let byte = bytes[searched]
            if isCSV {
                if isQuoted, byte == escape, escape != quote, searched + 1 < bytes.count {
                    searched += 2
                    continue
                }
                if byte == quote { isQuoted.toggle() }
            } else if byte == UInt8(ascii: "\\") {
                guard searched + 1 < bytes.count || atEnd else { return nil }
                // A line end behind a backslash is part of the value, `\.` is not.
                searched += 2
                continue
            }
            if !isQuoted, byte == 10 || byte == 13 {
                // The line feed of a carriage return may be still to come.
                if byte == 13, searched + 1 == bytes.count, !atEnd { return nil }
                let end = searched
                searched += byte == 13 && searched + 1 < bytes.count && bytes[searched + 1] == 10 ? 2 : 1
                return take(to: end)
            }
            searched += 1
        }
        guard atEnd, start < bytes.count else { return nil }
        if isQuoted { throw SQLError(SQLState(rawValue: "22P04"), "unterminated CSV quoted field") }
        searched = bytes.count
        return take(to: bytes.count)
    }

    private mutating func take(to end: Int) -> [UInt8]? {
        let line = Array(bytes[start..<max(end, start)])
        start = searched
        lineNumber += 1
        if line == Array("\\.".utf8) {
            hasEnded = true
            return nil
        }
        return line
    }

    package func fields(of line: [UInt8]) throws(SQLError) -> [Field] {
        options.format == .csv ? try csvFields(of: line) : try textFields(of: line)
    }

    private func textFields(of line: [UInt8]) throws(SQLError) -> [Field] {
        var fields: [Field] = []
        var field: [UInt8] = []
        var rawStart = 0
        var index = 0
        func finish(_ end: Int) throws(SQLError) {
            fields.append(Array(line[rawStart..<end]) == null ? (nil, false) : (try Self.text(field), false))
        }
        while index < line.count {
            let byte = line[index]
            if byte == delimiter {
                try finish(index)
                field = []
                rawStart = index + 1
            } else if byte == UInt8(ascii: "\\"), index + 1 < line.count {
                index += 1
                index = Self.unescape(line, index, into: &field)
                continue
            } else {
                field.append(byte)
            }
            index += 1
        }
        try finish(line.count)
        return fields
    }

    /// Reads what follows a backslash.
    /// - Returns: the position behind it.
    private static func unescape(_ line: [UInt8], _ index: Int, into field: inout [UInt8]) -> Int {
        switch line[index] {
        case UInt8(ascii: "b"): field.append(8)
        case UInt8(ascii: "f"): field.append(12)
        case UInt8(ascii: "n"): field.append(10)
        case UInt8(ascii: "r"): field.append(13)
        case UInt8(ascii: "t"): field.append(9)
        case UInt8(ascii: "v"): field.append(11)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = 0
            var end = index
            while end < line.count, end < index + 3, (48...55).contains(line[end]) {
                value = value * 8 + Int(line[end] - 48)
                end += 1
            }
            field.append(UInt8(truncatingIfNeeded: value))
            return end
        case UInt8(ascii: "x") where index + 1 < line.count && hexadecimal(line[index + 1]) != nil:
            var value = 0
            var end = index + 1
            while end < line.count, end < index + 3, let digit = hexadecimal(line[end]) {
                value = value * 16 + digit
                end += 1
            }
            field.append(UInt8(truncatingIfNeeded: value))
            return end
        default: field.append(line[index])
        }
        return index + 1
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? { Character(Unicode.Scalar(byte)).hexDigitValue }

    private func csvFields(of line: [UInt8]) throws(SQLError) -> [Field] {
        var fields: [Field] = []
        var index = 0
        while true {
            var field: [UInt8] = []
            var wasQuoted = false
            var isInside = false
            while index < line.count {
                let byte = line[index]
                if isInside {
                    if byte == escape, index + 1 < line.count, line[index + 1] == quote || line[index + 1] == escape {
                        field.append(line[index + 1])
                        index += 1
                    } else if byte == quote {
                        isInside = false
                    } else {
                        field.append(byte)
                    }
                } else if byte == delimiter {
                    break
                } else if byte == quote {
                    (isInside, wasQuoted) = (true, true)
                } else {
                    field.append(byte)
                }
                index += 1
            }
            let isNull = field == null
            let place = fields.count
            let countsAsNull =
                isNull && (wasQuoted ? options.forceNull.contains(place) : !options.forceNotNull.contains(place))
            fields.append((countsAsNull ? nil : try Self.text(field), wasQuoted))
            guard index < line.count else { return fields }
            index += 1
        }
    }

    private static func text(_ bytes: [UInt8]) throws(SQLError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw SQLError(.characterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
        }
        return text
    }
}
