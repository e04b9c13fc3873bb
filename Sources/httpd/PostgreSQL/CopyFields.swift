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
    private let limit: Int
    /// One where a byte is not just one of a field.
    private let marks: [UInt8]

    /// What has come and was not taken.
    private var bytes = ByteBuffer(capacity: 1 << 16)
    private var start = 0
    /// How many bytes were not a whole line when they were looked at.
    private var triedCount = 0
    /// Lines that were taken, with the one that was refused; of CSV, the lines of the text.
    private(set) var lineNumber = 0
    /// `\.` has come: what follows counts for nothing.
    private(set) var hasEnded = false

    /// How a line ends: the first one says it, and all others must end in the same way, as what ends otherwise is mostly meant as data.
    /// It is not private for the reason that `Field` has.
    enum Ending { case lineFeed, carriageReturn, both }
    private var ending: Ending?

    /// The fields of the line that was taken last.
    package private(set) var line = CopyLine()
    /// Where it stood; nil if it was refused before it was read.
    private var range: Range<Int>? = 0..<0
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

    /// - Parameter limit: how many bytes may be kept of a line whose end has not come.
    package init(_ options: CopyOptions, limit: Int = .max) {
        self.options = options
        self.limit = limit
        delimiter = options.delimiter.utf8.first ?? 9
        quote = options.quote.utf8.first ?? 34
        escape = options.escape.utf8.first ?? 34
        null = Array(options.null.utf8)
        var marks = [UInt8](repeating: 0, count: 256)
        for byte in [0, 10, 13, delimiter, options.format == .csv ? quote : UInt8(ascii: "\\")] { marks[Int(byte)] = 1 }
        self.marks = marks
    }

    /// Whether there was nothing in the line.
    var isBlank: Bool { range?.isEmpty ?? true }

    /// The line as it came, if it was read.
    var text: String? { range.map { bytes.raw[$0].string } }

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
        let found = options.format == .csv ? try csvEnd(atEnd) : try textEnd(atEnd)
        guard let (end, next, isASCII) = found else {
            triedCount = bytes.count - start
            if triedCount > limit { throw refusal(CopyIn.tooLong(limit)) }
            return false
        }
        triedCount = 0
        if !isASCII, let invalid = invalidCharacter(start..<end) { throw refusal(invalid) }
        let lineStart = start
        start = next
        lineNumber += 1
        range = lineStart..<end
        // What stands before `\.` in its line is one.
        if hasEnded, lineStart == end { return false }
        try takeFields()
        return true
    }

    /// Refuses the line that is looked at before it is read.
    private mutating func refusal(_ error: SQLError) -> SQLError {
        lineNumber += 1
        range = nil
        return error
    }

    /// Refuses a line end that is not like those before it.
    private mutating func strayEnd(_ name: String, _ escape: String) -> SQLError {
        let isCSV = options.format == .csv
        return refusal(
            CopyIn.badFormat(
                "\(isCSV ? "unquoted" : "literal") \(name) found in data",
                hint: isCSV ? "Use quoted CSV field to represent \(name)." : "Use \"\(escape)\" to represent \(name)."))
    }

    private mutating func strayMarker() -> SQLError {
        refusal(CopyIn.badFormat("end-of-copy marker does not match previous newline style"))
    }

    /// What is found of a line: its end, where the next one begins, and whether it is ASCII without zero bytes.
    private typealias Found = (end: Int, next: Int, isASCII: Bool)

    private mutating func textEnd(_ atEnd: Bool) throws(SQLError) -> Found? {
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
                    // A line end behind a backslash is part of the value.
                    if index + 1 < count {
                        if input[index + 1] == UInt8(ascii: ".") { return true }
                        seen |= input[index + 1]
                        if input[index + 1] == 0 { hasZero = true }
                    }
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
        let isASCII = seen < 0x80 && !hasZero
        if isFound, bytes[index] == UInt8(ascii: "\\") { return try markerEnd(index, fieldStart, isMarked, isASCII, atEnd) }
        return try lineEnd(isFound, index, fieldStart, isMarked, isASCII, atEnd)
    }

    /// - Parameter index: where `\.` stands in a line of text, which ends everything. Nothing but the end of the line may follow it.
    private mutating func markerEnd(
        _ index: Int, _ fieldStart: Int, _ isMarked: Bool, _ isASCII: Bool, _ atEnd: Bool
    ) throws(SQLError) -> Found? {
        let count = bytes.count
        var next = index + 2
        guard next + (ending == .both ? 1 : 0) < count || atEnd else { return nil }
        if ending == .both, next < count {
            if bytes[next] == 10 { throw strayMarker() }
            if bytes[next] == 13 { next += 1 }
        }
        guard next < count, bytes[next] == 10 || bytes[next] == 13 else {
            throw refusal(CopyIn.badFormat("end-of-copy marker corrupt"))
        }
        guard isEnd(bytes[next]) else { throw strayMarker() }
        fields.append(Field(start: fieldStart, end: index, isMarked: isMarked))
        hasEnded = true
        return (index, next + 1, isASCII)
    }

    /// Whether a line of CSV that begins here is `\.` alone; nil if too little of it has come.
    private mutating func isMarkerLine(_ atEnd: Bool) throws(SQLError) -> Bool? {
        let count = bytes.count - start
        guard count > 0, bytes[start] == UInt8(ascii: "\\") else { return false }
        guard count == 1 || bytes[start + 1] == UInt8(ascii: ".") else { return false }
        let length = ending == .both ? 4 : 3
        guard count >= length else { return atEnd ? false : nil }
        if ending == .both, bytes[start + 2] != 13 { return false }
        let last = bytes[start + length - 1]
        guard last == 10 || last == 13 else { return false }
        guard isEnd(last) else { throw strayMarker() }
        return true
    }

    /// Whether lines end with a byte, a line feed or a carriage return.
    private func isEnd(_ byte: UInt8) -> Bool {
        switch ending {
        case nil: true
        case .carriageReturn: byte == 13
        case .lineFeed, .both: byte == 10
        }
    }

    private mutating func csvEnd(_ atEnd: Bool) throws(SQLError) -> Found? {
        guard let isMarkerLine = try isMarkerLine(atEnd) else { return nil }
        if isMarkerLine {
            hasEnded = true
            return (start, start + 3, true)
        }
        let input = bytes.raw
        let count = input.count
        // A quoted line end of this kind begins a line of the text.
        let counted: UInt8 = ending == .lineFeed ? 10 : 13
        var innerLines = 0
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
                if byte == counted { innerLines += 1 }
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
        if !isFound, atEnd, isInside {
            lineNumber += innerLines + 1
            range = start..<count
            throw CopyIn.badFormat("unterminated CSV quoted field")
        }
        let found = try lineEnd(isFound, index, fieldStart, isMarked, seen < 0x80 && !hasZero, atEnd)
        if found != nil { lineNumber += innerLines }
        return found
    }

    /// - Parameter isFound: whether there is a line end at the index.
    private mutating func lineEnd(
        _ isFound: Bool, _ index: Int, _ fieldStart: Int, _ isMarked: Bool, _ isASCII: Bool, _ atEnd: Bool
    ) throws(SQLError) -> Found? {
        let count = bytes.count
        var next = index
        if isFound {
            next += 1
            if bytes[index] == 10 {
                guard ending == .lineFeed || ending == nil else { throw strayEnd("newline", "\\n") }
                ending = .lineFeed
            } else {
                if ending == .lineFeed { throw strayEnd("carriage return", "\\r") }
                // Its line feed may be still to come.
                if next == count, !atEnd, ending != .carriageReturn { return nil }
                let hasFeed = next < count && bytes[next] == 10 && ending != .carriageReturn
                if ending == .both, !hasFeed { throw strayEnd("carriage return", "\\r") }
                if hasFeed { next += 1 }
                ending = hasFeed ? .both : .carriageReturn
            }
        } else {
            guard atEnd, start < count else { return nil }
        }
        fields.append(Field(start: fieldStart, end: index, isMarked: isMarked))
        return (index, next, isASCII)
    }

    // MARK: Fields

    private mutating func takeFields() throws(SQLError) {
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
        if isPlain || isCSV { return }
        for index in 0..<line.count {
            guard let text = line[index], !Self.isText(text) else { continue }
            throw SQLError.invalidUTF8(in: text.copy())
        }
    }

    private static func isText(_ text: Bytes) -> Bool {
        UTF8Check.isValid(text) && text.withSpan({ $0.firstIndex(of: 0, from: 0) }) == text.count
    }

    /// The error of a line that is not UTF-8, or has a NUL in it. The bytes that are told may be those of its end, too.
    private func invalidCharacter(_ line: Range<Int>) -> SQLError? {
        if Self.isText(bytes.raw[line]) { return nil }
        return SQLError.invalidUTF8(in: bytes.raw[line.lowerBound..<min(line.upperBound + 4, bytes.count)].copy())
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
            CopyEscapes.unquote(text, quote, escape, to: &plain)
            let isNull = isNull(plain.raw.dropFirst(start))
            if isNull, field.isMarked ? options.forceNull.contains(index) : !options.forceNotNull.contains(index) {
                return line.appendNull()
            }
        } else {
            if isNull(text) { return line.appendNull() }
            if field.isMarked { CopyEscapes.unescape(text, to: &plain) } else { plain.append(text) }
        }
        line.append(start..<plain.count)
    }
}
