package import Catalog
import Ground

extension Numeric: CustomStringConvertible {
    package var description: String {
        switch form {
        case .nan: return "NaN"
        case .infinity(let isNegative): return isNegative ? "-Infinity" : "Infinity"
        case .small(let value, 0): return String(value)
        default: break
        }
        var bytes = magnitude.digits
        let scale = scale
        if bytes.count <= scale { bytes.insert(contentsOf: repeatElement(48, count: scale + 1 - bytes.count), at: 0) }
        if scale > 0 { bytes.insert(UInt8(ascii: "."), at: bytes.count - scale) }
        if isNegative { bytes.insert(UInt8(ascii: "-"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func syntaxError(_ text: String) -> SQLError {
        SQLError(.invalidTextRepresentation, "invalid input syntax for type numeric: \"\(text)\"")
    }

    /// Reads what PostgreSQL reads: digits, a point, an exponent, `NaN`, `Infinity`, with blanks around.
    package init(_ text: String) throws(SQLError) {
        let bytes = Array(text.utf8)
        guard let number = try Numeric(parsing: bytes[...]) else { throw Self.syntaxError(text) }
        self = number
    }

    /// Nil if it is no number.
    init?(parsing bytes: ArraySlice<UInt8>) throws(SQLError) {
        var bytes = bytes
        while let first = bytes.first, ASCII.isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, ASCII.isSpace(last) { bytes.removeLast() }
        var isNegative = false
        let signed = bytes
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            bytes.removeFirst()
        }
        var digits: [UInt8] = []
        var scale = 0
        var sawPoint = false
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let byte = bytes[place]
            if byte >= 48, byte <= 57 {
                digits.append(byte)
                if sawPoint { scale += 1 }
            } else if byte == UInt8(ascii: "."), !sawPoint {
                sawPoint = true
            } else {
                break
            }
            place += 1
        }
        if digits.isEmpty {
            let word = String(decoding: bytes, as: UTF8.self).lowercased()
            if word == "nan", signed.count == bytes.count {
                self = .nan
            } else if word == "infinity" || word == "inf" {
                self = isNegative ? .negativeInfinity : .infinity
            } else {
                return nil
            }
            return
        }
        if place < bytes.endIndex {
            guard bytes[place] == UInt8(ascii: "e") || bytes[place] == UInt8(ascii: "E") else { return nil }
            place += 1
            var isNegativeExponent = false
            if place < bytes.endIndex, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
                isNegativeExponent = bytes[place] == UInt8(ascii: "-")
                place += 1
            }
            guard place < bytes.endIndex else { return nil }
            var exponent = 0
            while place < bytes.endIndex {
                guard bytes[place] >= 48, bytes[place] <= 57 else { return nil }
                if exponent < 1_000_000_000_000 { exponent = exponent * 10 + Int(bytes[place] - 48) }
                place += 1
            }
            if exponent >= Int(Int32.max) / 2 { throw Self.overflow() }
            scale -= isNegativeExponent ? -exponent : exponent
        }
        if scale < 0 {
            if let first = digits.firstIndex(where: { $0 != 48 }) {
                guard digits.count - first - scale <= Self.maximumIntegerDigits else { throw Self.overflow() }
                digits.append(contentsOf: repeatElement(48, count: -scale))
            }
            scale = 0
        }
        guard scale <= Self.maximumScale else { throw Self.overflow() }
        if digits.count <= 18 {
            var value: Int64 = 0
            for digit in digits { value = value * 10 + Int64(digit - 48) }
            self.init(isNegative ? -value : value, scale: scale)
        } else {
            self = try Numeric(isNegative: isNegative, magnitude: NaturalNumber(digits: digits), scale: scale).checked()
        }
    }

    // MARK: Integers

    /// Rounded, halves away from zero; nil if it is beyond 64 bits or no number.
    package var int64: Int64? {
        guard isFinite else { return nil }
        if case .small(let value, 0) = form { return value }
        let whole = rounded(toScale: 0)
        if case .small(let value, _) = whole.form { return value }
        guard let size = whole.magnitude.uint64 else { return nil }
        return whole.isNegative && size == Int64.min.magnitude ? .min : nil
    }

    // MARK: Doubles

    /// The nearest double.
    package var double: Double {
        switch form {
        case .nan: return .nan
        case .infinity(let isNegative): return isNegative ? -.infinity : .infinity
        case .small(let value, let scale):
            if value.magnitude <= 1 << 53, scale <= 15 { return Double(value) / Double(Self.powersOfTen[Int(scale)]) }
        case .large: break
        }
        return Double(description) ?? (isNegative ? -.infinity : .infinity)
    }

    /// The nearest number of 15 significant digits, as PostgreSQL casts float8; 6 digits for float4.
    package init(_ value: Double, significantDigits: Int = 15) {
        if value.isNaN {
            self = .nan
        } else if value.isInfinite {
            self = value < 0 ? .negativeInfinity : .infinity
        } else if value == 0 {
            self = .zero
        } else if value.magnitude < 1e15, significantDigits >= 15, value == value.rounded(.towardZero) {
            self.init(Int64(value))
        } else {
            let (digits, exponent) = FloatText.rounded(value.magnitude, significantDigits: significantDigits)
            // Trailing zeros are not kept.
            var kept = digits
            while kept.count > 1, kept.last == 48 { kept.removeLast() }
            let scale = kept.count - 1 - exponent
            let magnitude = NaturalNumber(digits: kept).timesPowerOfTen(max(0, -scale))
            self.init(isNegative: value < 0, magnitude: magnitude, scale: max(0, scale))
        }
    }

    // MARK: JSON

    /// A number of a document, with all its digits.
    ///
    /// - Precondition: it is a number.
    package init(json datum: Datum) {
        if datum.hasDigits, let decimal = datum.decimal {
            self.init(decimal)
        } else {
            self.init(json: datum.number ?? 0)
        }
    }

    private init(_ decimal: DecimalNumber) {
        let zeros = max(0, decimal.point - decimal.digits.count)
        let magnitude = NaturalNumber(digits: decimal.digits.map { $0 + 48 }).timesPowerOfTen(zeros)
        self.init(isNegative: decimal.isNegative, magnitude: magnitude, scale: max(0, decimal.digits.count - decimal.point))
    }

    private init(json number: Double) {
        if let integer = Int64(exactly: number), integer.magnitude <= 1 << 53 {
            self.init(integer)
            return
        }
        // Of fifteen digits no two decimals have one double: the first that gives this one is the shortest.
        var power = 10.0
        for scale in 1...6 {
            let digits = (number * power).rounded()
            if digits.magnitude < 1e15, digits / power == number {
                self.init(Int64(digits), scale: scale)
                return
            }
            power *= 10
        }
        self = (try? Numeric(number.description)) ?? .nan
    }

    /// Nil for NaN and the infinities, which JSON doesn't have.
    package var json: Datum? {
        guard isFinite else { return nil }
        if case .small(let value, 0) = form { return Datum(Int(value)) }
        // Of fifteen digits the nearest double shows all.
        if case .small(let value, let scale) = form, value.magnitude < 1_000_000_000_000_000, 0...15 ~= scale {
            return Datum(Double(value) / Double(Self.powersOfTen[Int(scale)]))
        }
        let digits = magnitude.digits.map { $0 - 48 }
        return Datum(DecimalNumber(isNegative: isNegative, digits: digits, point: digits.count - scale))
    }
}
