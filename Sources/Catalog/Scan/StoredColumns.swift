import Ground

/// Some top-level fields of documents, read where they lie as what a typed column of each wants: no document is made of them.
///
/// A document of which one field has another form (a text with escapes, a number with an exponent) is handed out.
@usableFromInline package struct StoredColumns: DocumentConsumer {
    /// What a column's values are.
    package enum Form: Sendable {
        case integer, decimal, double, text, bool
        /// A string such as `2024-02-29`.
        case day
    }

    @usableFromInline package enum Cell: Sendable {
        /// There is no such field, or it is null.
        case null
        case bool(Bool)
        case integer(Int64)
        /// The digits, and how many of them stand behind the point.
        case decimal(Int64, scale: Int)
        case double(Double)
        case text(String)
        case day(year: Int32, month: Int32, day: Int32)
    }

    private var finders: [FieldFinder]
    private let forms: [Form]
    @usableFromInline var cells: [Cell] = []
    @usableFromInline let width: Int
    /// Documents read since the last ``removeAll()``.
    package private(set) var count = 0
    /// Bytes of texts among what was read.
    package private(set) var textByteCount = 0

    package init(_ fields: [(name: String, form: Form)]) {
        finders = fields.map { FieldFinder($0.name) }
        forms = fields.map(\.form)
        width = fields.count
    }

    @inlinable package subscript(row: Int, column: Int) -> Cell { cells[row &* width &+ column] }

    package mutating func removeAll() {
        cells.removeAll(keepingCapacity: true)
        count = 0
        textByteCount = 0
    }

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        let start = cells.count
        for index in finders.indices {
            guard let json = finders[index].json(in: document) else {
                cells.append(.null)
                continue
            }
            guard let cell = Self.cell(json, forms[index]) else {
                cells.removeSubrange(start...)
                return false
            }
            if case .text = forms[index] { textByteCount += json.count }
            cells.append(cell)
        }
        count += 1
        return true
    }

    @inline(__always) private static func cell(_ json: Bytes, _ form: Form) -> Cell? {
        let first = json[0]
        if first == UInt8(ascii: "n") { return .null }
        switch form {
        case .integer:
            guard let (digits, scale) = number(json), scale == 0 else { return nil }
            return .integer(digits)
        case .decimal:
            guard let (digits, scale) = number(json) else { return nil }
            return .decimal(digits, scale: scale)
        case .double: return StoredScalar.storedNumber(json).map { .double($0) }
        case .bool:
            guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else { return nil }
            return .bool(first == UInt8(ascii: "t"))
        case .text:
            guard first == UInt8(ascii: "\"") else { return nil }
            let text = json[1..<max(1, json.count - 1)]
            return text.contains(UInt8(ascii: "\\")) ? nil : .text(text.string)
        case .day:
            guard first == UInt8(ascii: "\""), json.count == 12, json[5] == UInt8(ascii: "-"), json[8] == UInt8(ascii: "-"),
                let year = digits(json, 1..<5), let month = digits(json, 6..<8), let day = digits(json, 9..<11)
            else { return nil }
            return .day(year: year, month: month, day: day)
        }
    }

    @inline(__always) private static func digits(_ json: Bytes, _ range: Range<Int>) -> Int32? {
        var value: Int32 = 0
        for index in range {
            let digit = json[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int32(digit)
        }
        return value
    }

    /// The digits of a canonical number and how many stand behind the point; nil for one with an exponent, or of more than 18 digits.
    @inline(__always) static func number(_ json: Bytes) -> (digits: Int64, scale: Int)? {
        guard json.count <= 19 else { return nil }
        var index = json[0] == UInt8(ascii: "-") ? 1 : 0
        let isNegative = index == 1
        var value: Int64 = 0
        var scale = -1
        var count = 0
        while index < json.count {
            let digit = json[index] &- 0x30
            index &+= 1
            if digit < 10 {
                value = value &* 10 &+ Int64(digit)
                count &+= 1
                if scale >= 0 { scale &+= 1 }
            } else {
                guard digit == UInt8(ascii: ".") &- 0x30, scale < 0 else { return nil }
                scale = 0
            }
        }
        guard count > 0, count <= 18 else { return nil }
        return (isNegative ? -value : value, max(0, scale))
    }
}
