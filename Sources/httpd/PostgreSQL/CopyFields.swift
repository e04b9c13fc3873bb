import Ground
package import SQL

/// The lines of a COPY in text or CSV, cut out of its bytes, and their fields: each line in one pass, and its fields where they lie, unless
/// something in them stands for something else.
package struct CopyFields: ~Copyable {
    private let options: CopyOptions
    private let delimiter: UInt8
    private let quote: UInt8
    private let escape: UInt8
    private let null: [UInt8]
    /// One where a byte is not just one of a field.
    private let marks: [UInt8]

    /// What has come and was not taken.
    private var bytes = ByteBuffer(capacity: 1 << 16)
    private var start = 0
    /// How many bytes were not a whole line when they were looked at.
    private var triedCount = 0
    /// Lines that were taken.
    private(set) var lineNumber = 0
    /// The line `\.` has come: what follows counts for nothing.
    private(set) var hasEnded = false

    /// The fields of the line that was taken last.
    package private(set) var line = CopyLine()
    /// Where it stood.
    private var range = 0..<0
    private var fields = GrowingBuffer<Field>()
    /// The fields of a line in which something stands for something else, as they are meant.
    private var plain = ByteBuffer()

    /// A field as it came. It is not private, as the compiler (6.3.1) fails to lay out a type of other modules that has such a part.
    struct Field: BitwiseCopyable {
        var start: Int
        var end: Int
        /// Whether there are escapes in it, or quotes.
        var isMarked: Bool
    }

    package init(_ options: CopyOptions) {
        self.options = options
        delimiter = options.delimiter.utf8.first ?? 9
        quote = options.quote.utf8.first ?? 34
        escape = options.escape.utf8.first ?? 34
        null = Array(options.null.utf8)
        var marks = [UInt8](repeating: 0, count: 256)
        for byte in [0, 10, 13, delimiter, options.format == .csv ? quote : UInt8(ascii: "\\")] { marks[Int(byte)] = 1 }
        self.marks = marks
    }

    /// Whether there was nothing in the line.
    var isBlank: Bool { range.isEmpty }

    /// The line as it came.
    var text: String { bytes.raw[range].string }

    package mutating func append(_ more: [UInt8]) {
        range = 0..<0
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(more)
    }

    /// Takes the next line; false if none is whole.
    /// - Parameter atEnd: no more bytes come, so that what is left is a line.
    package mutating func next(atEnd: Bool) throws(SQLError) -> Bool {
        guard !hasEnded else { return false }
        // A long line that comes in many pieces is not gone through for each of them.
        guard atEnd || bytes.count - start >= 2 * triedCount else { return false }
        fields.truncate(to: 0)
        let found = options.format == .csv ? try csvEnd(atEnd) : textEnd(atEnd)
        guard let (end, next, isASCII) = found else {
            triedCount = bytes.count - start
            return false
        }
        triedCount = 0
        let lineStart = start
        start = next
        lineNumber += 1
        range = lineStart..<end
        if bytes.raw[lineStart..<end].equals("\\.") {
            hasEnded = true
            return false
        }
        try takeFields(isASCII)
        return true
    }

    /// What is found of a line: its end, where the next one begins, and whether it is ASCII without zero bytes.
    private typealias Found = (end: Int, next: Int, isASCII: Bool)

    private mutating func textEnd(_ atEnd: Bool) -> Found? {
        let input = bytes.raw
        let count = input.count
        var index = start
        var fieldStart = start
        var isMarked = false
        var seen: UInt8 = 0
        var hasZero = false
        let marks = marks
        let isFound = marks.span.withBytes { marks in
            while index < count {
                let byte = input[index]
                seen |= byte
                if marks[Int(byte)] == 0 {
                    index &+= 1
                } else if byte == delimiter {
                    fields.append(Field(start: fieldStart, end: index, isMarked: isMarked))
                    index &+= 1
                    fieldStart = index
                    isMarked = false
                } else if byte == UInt8(ascii: "\\") {
                    guard index + 1 < count || atEnd else { return false }
                    // A line end behind a backslash is part of the value, `\.` is not.
                    if index + 1 < count { seen |= input[index + 1] }
                    isMarked = true
                    index = min(index + 2, count)
                } else if byte == 0 {
                    hasZero = true
                    index &+= 1
                } else {
                    return true
                }
            }
            return false
        }
        return lineEnd(isFound, index, fieldStart, isMarked, seen < 0x80 && !hasZero, atEnd)
    }

    private mutating func csvEnd(_ atEnd: Bool) throws(SQLError) -> Found? {
        let input = bytes.raw
        let count = input.count
        var index = start
        var fieldStart = start
        var isMarked = false
        var isInside = false
        var seen: UInt8 = 0
        var hasZero = false
        var isFound = false
        while index < count, !isFound {
            let byte = input[index]
            seen |= byte
            if byte == 0 { hasZero = true }
            if isInside {
                if byte == quote || byte == escape {
                    guard index + 1 < count || atEnd else { return nil }
                    let isDoubled = byte == escape && index + 1 < count && (input[index + 1] == quote || input[index + 1] == escape)
                    if isDoubled {
                        seen |= input[index + 1]
                        index += 1
                    } else if byte == quote {
                        isInside = false
                    }
                }
                index += 1
            } else if byte == delimiter {
                fields.append(Field(start: fieldStart, end: index, isMarked: isMarked))
                index += 1
                fieldStart = index
                isMarked = false
            } else if byte == quote {
                (isInside, isMarked) = (true, true)
                index += 1
            } else if byte == 10 || byte == 13 {
                isFound = true
            } else {
                index += 1
            }
        }
        if !isFound, atEnd, isInside { throw SQLError(SQLState(rawValue: "22P04"), "unterminated CSV quoted field") }
        return lineEnd(isFound, index, fieldStart, isMarked, seen < 0x80 && !hasZero, atEnd)
    }

    /// - Parameter isFound: whether there is a line end at the index.
    private mutating func lineEnd(
        _ isFound: Bool, _ index: Int, _ fieldStart: Int, _ isMarked: Bool, _ isASCII: Bool, _ atEnd: Bool
    ) -> Found? {
        let count = bytes.count
        var next = index
        if isFound {
            next += 1
            if bytes[index] == 13 {
                // Its line feed may be still to come.
                if next == count, !atEnd { return nil }
                if next < count, bytes[next] == 10 { next += 1 }
            }
        } else {
            guard atEnd, start < count else { return nil }
        }
        fields.append(Field(start: fieldStart, end: index, isMarked: isMarked))
        return (index, next, isASCII)
    }

    // MARK: Fields

    private mutating func takeFields(_ isASCII: Bool) throws(SQLError) {
        line.removeAll()
        let input = bytes.raw
        let isCSV = options.format == .csv
        var isPlain = true
        for index in 0..<fields.count {
            let field = fields[index]
            if isNull(input[field.start..<field.end]), !isCSV || !options.forceNotNull.contains(index) {
                line.appendNull()
            } else {
                if field.isMarked { isPlain = false }
                line.append(field.start..<field.end)
            }
        }
        if isPlain {
            line.end(in: input)
        } else {
            line.removeAll()
            plain.removeAll()
            for index in 0..<fields.count { takeMarked(fields[index], index, input) }
            line.end(in: plain.raw)
        }
        // What stands for something else may stand for any byte.
        if isASCII, isPlain || isCSV { return }
        for index in 0..<line.count {
            guard let text = line[index] else { continue }
            guard UTF8Check.isValid(text), text.withSpan({ $0.firstIndex(of: 0, from: 0) }) == text.count else {
                throw SQLError(.characterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
            }
        }
    }

    private func isNull(_ text: Bytes) -> Bool {
        guard text.count == null.count else { return false }
        return null.span.withBytes { $0 == text }
    }

    /// Takes a field as it is meant.
    private mutating func takeMarked(_ field: Field, _ index: Int, _ input: Bytes) {
        let text = input[field.start..<field.end]
        let start = plain.count
        if options.format == .csv {
            unquote(text)
            let isNull = isNull(plain.raw.dropFirst(start))
            if isNull, field.isMarked ? options.forceNull.contains(index) : !options.forceNotNull.contains(index) {
                return line.appendNull()
            }
        } else {
            if isNull(text) { return line.appendNull() }
            if field.isMarked { unescape(text) } else { plain.append(text) }
        }
        line.append(start..<plain.count)
    }

    private mutating func unquote(_ text: Bytes) {
        var isInside = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            if isInside {
                if byte == escape, index + 1 < text.count, text[index + 1] == quote || text[index + 1] == escape {
                    plain.append(text[index + 1])
                    index += 1
                } else if byte == quote {
                    isInside = false
                } else {
                    plain.append(byte)
                }
            } else if byte == quote {
                isInside = true
            } else {
                plain.append(byte)
            }
            index += 1
        }
    }

    private mutating func unescape(_ text: Bytes) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\\"), index < text.count { index = unescape(text, index) } else { plain.append(byte) }
        }
    }

    /// Reads what follows a backslash.
    /// - Returns: the position behind it.
    private mutating func unescape(_ text: Bytes, _ index: Int) -> Int {
        switch text[index] {
        case UInt8(ascii: "b"): plain.append(8)
        case UInt8(ascii: "f"): plain.append(12)
        case UInt8(ascii: "n"): plain.append(10)
        case UInt8(ascii: "r"): plain.append(13)
        case UInt8(ascii: "t"): plain.append(9)
        case UInt8(ascii: "v"): plain.append(11)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = 0
            var end = index
            while end < text.count, end < index + 3, (48...55).contains(text[end]) {
                value = value * 8 + Int(text[end] - 48)
                end += 1
            }
            plain.append(UInt8(truncatingIfNeeded: value))
            return end
        case UInt8(ascii: "x") where index + 1 < text.count && text[index + 1].hexadecimalValue != nil:
            var value = 0
            var end = index + 1
            while end < text.count, end < index + 3, let digit = text[end].hexadecimalValue {
                value = value * 16 + Int(digit)
                end += 1
            }
            plain.append(UInt8(truncatingIfNeeded: value))
            return end
        default: plain.append(text[index])
        }
        return index + 1
    }
}
