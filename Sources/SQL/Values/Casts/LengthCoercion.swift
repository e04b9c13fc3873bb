/// Fits values to the modifier of their type: `varchar(n)`, `numeric(p, s)`, `timestamp(n)`.
enum LengthCoercion {
    static func apply(_ value: SQLValue, _ type: SQLType, isExplicit: Bool) throws(SQLError) -> SQLValue {
        guard type.modifier >= 0 else { return value }
        switch value {
        case .numeric(let number): return .numeric(try numeric(number, type.modifier))
        case .text(let text):
            switch type.oid {
            case SQLType.varchar.oid: return .text(try varchar(text, type.modifier, isExplicit: isExplicit))
            case SQLType.bpchar.oid: return .text(try bpchar(text, type.modifier, isExplicit: isExplicit))
            default: return value
            }
        case .bits(let content): return .bits(try bits(content, type, isExplicit: isExplicit))
        case .time(let time): return .time(microseconds(time, type.modifier))
        case .timetz(let time, let west): return .timetz(microseconds(time, type.modifier), west: west)
        case .timestamp(let moment):
            guard let rounded = timestamp(moment, type.modifier) else { throw outOfRange() }
            return .timestamp(rounded)
        case .timestamptz(let moment):
            guard let rounded = timestamp(moment, type.modifier) else { throw outOfRange() }
            return .timestamptz(rounded)
        case .interval(let value): return .interval(interval(value, type.modifier))
        case .array(let array):
            var elements: [SQLValue] = []
            elements.reserveCapacity(array.elements.count)
            let element = SQLType(array.elementType.oid, modifier: type.modifier)
            for value in array.elements { elements.append(try apply(value, element, isExplicit: isExplicit)) }
            return .array(SQLArray(array.elementType, dimensions: array.dimensions, elements: elements))
        default: return value
        }
    }

    private static func outOfRange() -> SQLError { SQLError(.datetimeFieldOverflow, "timestamp out of range") }

    static func numeric(_ number: Numeric, _ modifier: Int32) throws(SQLError) -> Numeric {
        guard let (precision, scale) = TypeTable.numericBounds(modifier), !number.isNaN else { return number }
        func overflow(_ detail: String) -> SQLError { SQLError(.numericValueOutOfRange, "numeric field overflow", detail: detail) }
        if number.isInfinite {
            throw overflow("A field with precision \(precision), scale \(scale) cannot hold an infinite value.")
        }
        let rounded = number.rounded(toScale: scale)
        if let exponent = rounded.exponent, exponent >= precision - scale {
            let bound = precision - scale
            throw overflow(
                "A field with precision \(precision), scale \(scale) must round to an absolute value less than \(bound == 0 ? "1" : "10^\(bound)")."
            )
        }
        return rounded
    }

    static func varchar(_ text: String, _ modifier: Int32, isExplicit: Bool) throws(SQLError) -> String {
        let bound = Int(modifier) - 4
        guard modifier >= 4, text.utf8.count > bound else { return text }
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: bound, limitedBy: scalars.endIndex), end < scalars.endIndex else {
            return text
        }
        if !isExplicit, scalars[end...].contains(where: { $0 != " " }) {
            throw SQLError(.stringDataRightTruncation, "value too long for type character varying(\(bound))")
        }
        return String(scalars[..<end])
    }

    static func bpchar(_ text: String, _ modifier: Int32, isExplicit: Bool) throws(SQLError) -> String {
        let bound = Int(modifier) - 4
        let trimmed = withoutTrailingBlanks(text)
        guard modifier >= 4, trimmed.utf8.count > bound else { return trimmed }
        let scalars = trimmed.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: bound, limitedBy: scalars.endIndex), end < scalars.endIndex else {
            return trimmed
        }
        guard isExplicit else { throw SQLError(.stringDataRightTruncation, "value too long for type character(\(bound))") }
        return withoutTrailingBlanks(String(scalars[..<end]))
    }

    static func bits(_ bits: BitString, _ type: SQLType, isExplicit: Bool) throws(SQLError) -> BitString {
        let count = Int(type.modifier)
        guard count > 0, bits.count != count else { return bits }
        if type.oid == SQLType.varbit.oid {
            guard bits.count > count else { return bits }
            guard isExplicit else {
                throw SQLError(.stringDataRightTruncation, "bit string too long for type bit varying(\(count))")
            }
        } else if !isExplicit {
            throw SQLError(
                SQLState(rawValue: "22026"), "bit string length \(bits.count) does not match type bit(\(count))")
        }
        return bits.fitted(to: count)
    }

    static func withoutTrailingBlanks(_ text: String) -> String {
        guard text.utf8.last == 32 else { return text }
        var bytes = text.utf8[...]
        while bytes.last == 32 { bytes.removeLast() }
        return String(Substring(bytes))
    }

    /// At most 63 bytes, or fewer, whole characters.
    static func name(_ text: String, byteCount: Int = 63) -> String {
        guard text.utf8.count > byteCount else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if result.utf8.count + String(scalar).utf8.count > byteCount { break }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    // MARK: Fractions of seconds

    private static let units: [Int64] = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1]

    /// Halves away from zero.
    static func microseconds(_ value: Int64, _ modifier: Int32) -> Int64 {
        guard modifier >= 0, modifier < 6 else { return value }
        let unit = units[Int(modifier)]
        return value >= 0 ? (value + unit / 2) / unit * unit : -((-value + unit / 2) / unit * unit)
    }

    static func timestamp(_ value: Int64, _ modifier: Int32) -> Int64? {
        guard modifier >= 0, modifier < 6, value != .min, value != .max else { return value }
        return microseconds(value, modifier)
    }

    static func interval(_ value: Interval, _ modifier: Int32) -> Interval {
        guard modifier >= 0 else { return value }
        var value = value
        let fields = IntervalReader.Fields(rawValue: modifier >> 16 & 0x7FFF)
        // The last field that is declared decides; what is smaller is cut.
        if fields.rawValue != 0x7FFF {
            if fields.isSubset(of: .year) {
                value = Interval(months: value.months / 12 * 12)
            } else if fields.isSubset(of: [.year, .month]) {
                value = Interval(months: value.months)
            } else if !fields.contains(.hour), !fields.contains(.minute), !fields.contains(.second) {
                value.microseconds = 0
            } else if !fields.contains(.minute), !fields.contains(.second) {
                value.microseconds -= value.microseconds % Calendar.microsecondsPerHour
            } else if !fields.contains(.second) {
                value.microseconds -= value.microseconds % Calendar.microsecondsPerMinute
            }
        }
        let precision = modifier & 0xFFFF
        if precision < 6 { value.microseconds = microseconds(value.microseconds, precision) }
        return value
    }
}
