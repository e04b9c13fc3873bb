package import Ground

/// Rows as lines of text, made of the bytes of documents: some top-level fields, each as a typed column of SQL shows it.
///
/// A document of which one field has another form, or a text that would have to be quoted, is handed out.
package struct StoredLines: DocumentConsumer {
    /// What a column's values are.
    package enum Form: Sendable {
        case integer
        /// With so many digits behind the point; nil: as many as there are.
        case decimal(scale: Int?)
        case double
        case bool
        case text
        /// Filled up with blanks to so many characters.
        case padded(Int)
        case day, timestamp, uuid
    }

    /// How lines look.
    package enum Style: Sendable {
        /// A backslash before what would mean something else.
        case escaped
        case csv
    }

    private var finders: [FieldFinder]
    private let forms: [Form]
    private let style: Style
    private let delimiter: UInt8
    private let null: [UInt8]
    private var bytes = ByteBuffer(capacity: 1 << 16)
    private var ends: [Int] = []

    /// - Parameter delimiter: what no number and no date has in it.
    package init(_ fields: [(name: String, form: Form)], _ style: Style, delimiter: UInt8, null: [UInt8]) {
        finders = fields.map { FieldFinder($0.name) }
        forms = fields.map(\.form)
        self.style = style
        self.delimiter = delimiter
        self.null = null
    }

    package var count: Int { ends.count }

    /// A line with its end, until the next is read.
    package subscript(index: Int) -> Bytes { bytes.raw[(index > 0 ? ends[index - 1] : 0)..<ends[index]] }

    package mutating func removeAll() {
        bytes.removeAll()
        ends.removeAll(keepingCapacity: true)
    }

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        let start = bytes.count
        for index in finders.indices {
            if index > 0 { bytes.append(delimiter) }
            guard let json = finders[index].json(in: document), json[0] != UInt8(ascii: "n") else {
                bytes.append(null)
                continue
            }
            guard write(json, forms[index]) else {
                bytes.truncate(to: start)
                return false
            }
        }
        bytes.append(UInt8(ascii: "\n"))
        ends.append(bytes.count)
        return true
    }

    @inline(__always) private mutating func write(_ json: Bytes, _ form: Form) -> Bool {
        let first = json[0]
        switch form {
        case .integer:
            guard let (_, scale) = StoredColumns.number(json), scale == 0 else { return false }
            bytes.append(json)
        case .decimal(let scale):
            guard let (_, own) = StoredColumns.number(json), !json.equals("-0.0") else { return false }
            bytes.append(json)
            if let scale {
                guard own <= scale else { return false }
                if own == 0, scale > 0 { bytes.append(UInt8(ascii: ".")) }
                for _ in own..<scale { bytes.append(UInt8(ascii: "0")) }
            }
        case .double:
            // Numbers below 0.0001 and those of more digits have an exponent.
            guard json.count <= 15, StoredColumns.number(json) != nil, !isTiny(json) else { return false }
            bytes.append(json)
        case .bool:
            guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else { return false }
            bytes.append(first)
        case .text:
            guard first == UInt8(ascii: "\"") else { return false }
            return write(text: json[1..<max(1, json.count - 1)])
        case .padded(let length):
            guard first == UInt8(ascii: "\""), case let text = json[1..<max(1, json.count - 1)], !text.contains(UInt8(ascii: "\\")),
                text.count > 0 || style == .escaped, write(text: text)
            else { return false }
            var missing = length
            for index in 0..<text.count where text[index] & 0xC0 != 0x80 { missing -= 1 }
            if missing > 0 { for _ in 0..<missing { bytes.append(UInt8(ascii: " ")) } }
        case .day:
            guard first == UInt8(ascii: "\""), json.count == 12, TextForm.isDay(json[1..<11]) else { return false }
            bytes.append(json[1..<11])
        case .timestamp:
            guard first == UInt8(ascii: "\""), json.count >= 2, TextForm.isTimestamp(json[1..<json.count - 1]) else { return false }
            bytes.append(json[1..<json.count - 1])
        case .uuid:
            guard first == UInt8(ascii: "\""), json.count >= 2, TextForm.isUUID(json[1..<json.count - 1]) else { return false }
            bytes.append(json[1..<json.count - 1])
        }
        return true
    }

    /// Whether a number is nearer to zero than 0.0001.
    private func isTiny(_ json: Bytes) -> Bool {
        let digits = json[0] == UInt8(ascii: "-") ? json.dropFirst(1) : json
        return digits.count > 6 && digits[0..<6].equals("0.0000") || digits.equals("0.0")
    }

    /// Writes what stands between the quotes of a canonical string.
    private mutating func write(text: Bytes) -> Bool {
        // There are no controls, quotes and backslashes in it without a backslash before them.
        let hasEscapes = text.contains(UInt8(ascii: "\\"))
        if delimiter != UInt8(ascii: "\t"), text.contains(delimiter) { return false }
        if style == .csv {
            guard !hasEscapes, text.count > 0 else { return false }
            bytes.append(text)
            return true
        }
        guard hasEscapes else {
            bytes.append(text)
            return true
        }
        // Both forms have the same escapes, but for a quote, which is none here, and controls by their number.
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\\") {
                guard index + 1 < text.count, text[index + 1] != UInt8(ascii: "u") else { return false }
                if text[index + 1] != UInt8(ascii: "\"") { bytes.append(byte) }
                bytes.append(text[index + 1])
                index += 2
            } else {
                bytes.append(byte)
                index += 1
            }
        }
        return true
    }
}
