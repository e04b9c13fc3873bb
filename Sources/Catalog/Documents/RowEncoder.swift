package import Ground

/// A writer of rows as documents in their stored form: field by field in the order of their names, without a value made of any.
package struct RowEncoder: ~Copyable {
    /// The document that is written.
    package var output = ByteBuffer(capacity: 1024)
    /// Where the opening quote of each key is.
    private var offsets = GrowingBuffer<UInt32>()
    /// The keys as they stand in front of their values, each but the first with a comma before it; one behind the other.
    private var leads = ByteBuffer()
    private var leadEnds: [Int] = []

    /// - Parameter names: of all fields, in the ascending order of their bytes.
    package init(_ names: [String]) {
        for (index, name) in names.enumerated() {
            name.withBytes { JSONWriter.writeKey($0, isFirst: index == 0, into: &leads) }
            leadEnds.append(leads.count)
        }
    }

    /// Begins another document.
    package mutating func begin() {
        // The memory of one giant is not kept.
        if output.count > 1 << 20 { output = ByteBuffer(capacity: 1024) } else { output.removeAll() }
        offsets.truncate(to: 0)
        output.append(UInt8(ascii: "{"))
    }

    /// Writes the key of the next field; its value has to follow.
    package mutating func beginField() {
        let index = offsets.count
        offsets.append(UInt32(truncatingIfNeeded: output.count + (index > 0 ? 1 : 0)))
        output.append(leads.raw[(index > 0 ? leadEnds[index - 1] : 0)..<leadEnds[index]])
    }

    /// Ends the document.
    /// - Parameter hasBinary: whether there is a binary value in it.
    package mutating func end(hasBinary: Bool = false) {
        output.append(UInt8(ascii: "}"))
        let width = Document.offsetWidth(jsonCount: output.count)
        output.reserve((offsets.count + 1) * width + 16)
        for index in 0..<offsets.count { output.putWord(UInt64(offsets[index]), counting: width) }
        output.putWord(UInt64(offsets.count), counting: width)
        output.put(UInt8(width / 2) | (hasBinary ? Document.binaryFlag : 0))
    }

    /// Replaces what was written by a document.
    /// Throws `.notStorable` or `.tooDeep`.
    package mutating func write(_ document: Datum) throws(CatalogError) {
        output.removeAll()
        do throws(DatumError) { try Document.encode(document, into: &output) } catch { throw CatalogError(error) }
    }

    /// The value of a field of the document that was written field by field, as canonical JSON.
    func json(_ index: Int) -> Bytes {
        let stored = StoredDocument(output.raw)
        let field = stored.fieldRange(index)
        let lead = leadEnds[index] - (index > 0 ? leadEnds[index - 1] + 1 : 0)
        return output.raw[field.lowerBound + lead..<field.upperBound]
    }

    // MARK: Values

    package mutating func writeNull() { output.append("null") }

    /// Writes a string, which has to be valid UTF-8.
    package mutating func write(string: Bytes) { JSONWriter.writeString(string, into: &output) }

    /// Writes a value that is stored as it is wherever it stands: no array, object or binary value. False for others.
    package mutating func write(scalar datum: Datum) -> Bool {
        switch datum.kind {
        case .null, .bool, .number, .string, .time: datum.writeJSON(into: &output, binaryLineBreaks: false)
        default: return false
        }
        return true
    }

    /// Writes the value of a text that is one of a type, as far as it is written in the usual way.
    ///
    /// - Parameter text: valid UTF-8.
    /// - Returns: False if the text has to be read by who knows the whole of the type. Nothing was written then.
    @inline(__always) package mutating func write(_ text: Bytes, as form: TextForm) -> Bool {
        switch form {
        case .integer(let range): return writeInteger(text, range)
        case .decimal(let whole, let fraction): return writeDecimal(text, whole, fraction)
        case .bool:
            guard text.count == 1, text[0] == UInt8(ascii: "t") || text[0] == UInt8(ascii: "f") else { return false }
            output.append(text[0] == UInt8(ascii: "t") ? "true" : "false")
            return true
        case .text(let most):
            // No more characters than bytes.
            guard text.count <= most else { return false }
            write(string: text)
            return true
        case .padded(let most):
            var count = text.count
            while count > 0, text[count - 1] == UInt8(ascii: " ") { count -= 1 }
            guard count <= most else { return false }
            write(string: text[0..<count])
            return true
        case .day:
            guard text.count == 10, TextForm.isDay(text) else { return false }
            return writeQuoted(text)
        case .timestamp:
            guard TextForm.isTimestamp(text) else { return false }
            return writeQuoted(text)
        case .uuid:
            guard TextForm.isUUID(text) else { return false }
            return writeQuoted(text)
        }
    }

    /// - Parameter text: nothing that has to be escaped.
    private mutating func writeQuoted(_ text: Bytes) -> Bool {
        output.append(UInt8(ascii: "\""))
        output.append(text)
        output.append(UInt8(ascii: "\""))
        return true
    }

    private mutating func writeInteger(_ text: Bytes, _ range: ClosedRange<Int64>) -> Bool {
        // All integers of 15 digits are doubles.
        guard text.count > 0, text.count <= 16 else { return false }
        let isNegative = text[0] == UInt8(ascii: "-")
        let first = isNegative ? 1 : 0
        guard first < text.count, text.count - first <= 15 else { return false }
        if text[first] == UInt8(ascii: "0"), text.count > 1 { return false }
        var value: Int64 = 0
        for index in first..<text.count {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return false }
            value = value &* 10 &+ Int64(digit)
        }
        guard range.contains(isNegative ? -value : value) else { return false }
        output.append(text)
        return true
    }

    /// A number of up to 15 digits is the shortest decimal of its double, without zeros at its end.
    private mutating func writeDecimal(_ text: Bytes, _ whole: Int, _ fraction: Int) -> Bool {
        let first = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        guard text.count > first, text.count <= 17 else { return false }
        var index = first
        while index < text.count, text[index] &- 0x30 < 10 { index += 1 }
        let wholeCount = index - first
        let startsWithZero = wholeCount > 0 && text[first] == UInt8(ascii: "0")
        guard wholeCount > 0, startsWithZero ? wholeCount == 1 : wholeCount <= whole else { return false }
        var end = index
        if index < text.count {
            guard text[index] == UInt8(ascii: ".") else { return false }
            let point = index
            index += 1
            while index < text.count, text[index] == UInt8(ascii: "0") { index += 1 }
            // Below 0.000001 they have an exponent.
            let zeroCount = index - point - 1
            if index < text.count {
                guard !startsWithZero || zeroCount < 6 else { return false }
                while index < text.count {
                    guard text[index] &- 0x30 < 10 else { return false }
                    index += 1
                }
            }
            let fractionCount = index - point - 1
            guard fractionCount > 0, fractionCount <= fraction, wholeCount + fractionCount <= 15 else { return false }
            end = index
            while text[end - 1] == UInt8(ascii: "0") { end -= 1 }
            if end - 1 == point { end = point }
        }
        guard wholeCount <= 15 else { return false }
        // There is no negative zero here.
        if first == 1, startsWithZero, end == first + 1 { return false }
        output.append(text[0..<end])
        return true
    }
}

/// A type whose texts mostly stand in a document as they are written.
package enum TextForm: Sendable {
    case integer(ClosedRange<Int64>)
    /// So many digits before the point, and behind it.
    case decimal(whole: Int, fraction: Int)
    case bool
    /// Of at most so many characters.
    case text(most: Int)
    /// The same without the blanks at its end.
    case padded(most: Int)
    /// Such as `2024-02-29`.
    case day
    /// Such as `2024-02-29 23:59:59.25`.
    case timestamp
    case uuid

    @inline(__always) private static func number(_ text: Bytes, _ range: Range<Int>) -> Int? {
        var value = 0
        for index in range {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// Whether the first ten bytes are a day.
    static func isDay(_ text: Bytes) -> Bool {
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), let year = number(text, 0..<4), year > 0,
            let month = number(text, 5..<7), 1...12 ~= month, let day = number(text, 8..<10), day >= 1
        else { return false }
        if day <= 28 { return true }
        switch month {
        case 2: return day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        case 4, 6, 9, 11: return day <= 30
        default: return day <= 31
        }
    }

    static func isTimestamp(_ text: Bytes) -> Bool {
        guard text.count == 19 || text.count >= 21 && text.count <= 26, text[10] == UInt8(ascii: " "), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"), isDay(text), let hour = number(text, 11..<13), hour < 24, let minute = number(text, 14..<16),
            minute < 60, let second = number(text, 17..<19), second < 60
        else { return false }
        if text.count == 19 { return true }
        return text[19] == UInt8(ascii: ".") && number(text, 20..<text.count) != nil && text[text.count - 1] != UInt8(ascii: "0")
    }

    static func isUUID(_ text: Bytes) -> Bool {
        guard text.count == 36 else { return false }
        for index in 0..<36 {
            let byte = text[index]
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return false }
            } else {
                guard byte &- 0x30 < 10 || byte &- 0x61 < 6 else { return false }
            }
        }
        return true
    }
}
