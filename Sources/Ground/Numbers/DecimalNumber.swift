/// A decimal number with all its digits, however many: what a double can't hold.
///
/// The value is 0.d₁d₂d₃… · 10^`point`. There are no zeros at either end of the digits, so a value has one form.
package struct DecimalNumber: Hashable, Sendable {
    package private(set) var isNegative: Bool
    /// From 0 to 9. Zero has none.
    package private(set) var digits: [UInt8]
    package private(set) var point: Int

    /// A number has at most this many digits before its point.
    package static let maximumIntegerDigits = 131_072
    /// A number has at most this many digits after its point.
    package static let maximumFractionDigits = 16_383

    /// The digits may have zeros at both ends.
    package init(isNegative: Bool, digits: [UInt8], point: Int) {
        let first = digits.firstIndex { $0 != 0 } ?? digits.count
        let end = (digits.lastIndex { $0 != 0 } ?? first - 1) + 1
        self.digits = Array(digits[first..<end])
        self.point = self.digits.isEmpty ? 0 : point - first
        self.isNegative = isNegative && !self.digits.isEmpty
    }

    /// What a double is shown as: the shortest decimal that reads back as it.
    ///
    /// - Precondition: the number is finite.
    package init(shown number: Double) {
        guard number != 0 else {
            self.init(isNegative: false, digits: [], point: 0)
            return
        }
        let decimal = ShortestDecimal(number.magnitude)
        let digits = String(decimal.digits).utf8.map { $0 - 0x30 }
        self.init(isNegative: number < 0, digits: digits, point: digits.count + decimal.exponent)
    }

    /// Reads what JSON takes for a number; what follows it is passed over.
    package init(json: Bytes) {
        var index = 0
        var digits: [UInt8] = []
        var point = 0
        var isFraction = false
        let isNegative = json.count > 0 && json[0] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        while index < json.count {
            let byte = json[index]
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if byte &- 0x30 < 10 {
                digits.append(byte &- 0x30)
                if !isFraction { point += 1 }
            } else {
                break
            }
            index += 1
        }
        if index < json.count, json[index] | 0x20 == UInt8(ascii: "e") { point += Self.exponent(json.dropFirst(index + 1)) }
        self.init(isNegative: isNegative, digits: digits, point: point)
    }

    private static func exponent(_ text: Bytes) -> Int {
        var exponent = 0
        var isNegative = false
        for index in 0..<text.count {
            let byte = text[index]
            if index == 0, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
                isNegative = byte == UInt8(ascii: "-")
                continue
            }
            guard byte &- 0x30 < 10 else { break }
            // Far beyond every number that is allowed.
            if exponent < 1 << 40 { exponent = exponent * 10 + Int(byte &- 0x30) }
        }
        return isNegative ? -exponent : exponent
    }

    /// Whether it is what its double shows for sure: a decimal of up to 15 digits is, but for those at the ends of the doubles' range.
    package var isShownBriefly: Bool { digits.count <= 15 && point > -290 && point < 300 }

    /// Whether it has no more digits than a number may have.
    package var isWithinLimits: Bool { point <= Self.maximumIntegerDigits && digits.count - point <= Self.maximumFractionDigits }

    /// The nearest double; beyond all doubles, the greatest one of the sign.
    package var nearestDouble: Double {
        var text = ByteBuffer(capacity: digits.count + 32)
        write(into: &text)
        guard let number = Double(text.string), number.isFinite else {
            return isNegative ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
        }
        return number
    }

    /// Below zero, zero or above.
    package static func compare(_ left: DecimalNumber, _ right: DecimalNumber) -> Int {
        if left.sign != right.sign { return left.sign - right.sign }
        return left.isNegative ? compareMagnitudes(right, left) : compareMagnitudes(left, right)
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    private static func compareMagnitudes(_ left: DecimalNumber, _ right: DecimalNumber) -> Int {
        if left.point != right.point { return left.point - right.point }
        for index in 0..<min(left.digits.count, right.digits.count) where left.digits[index] != right.digits[index] {
            return Int(left.digits[index]) - Int(right.digits[index])
        }
        return left.digits.count - right.digits.count
    }

    /// How many zeros may stand before the point, and how many after it, before an exponent is shorter to read.
    private static let zerosBeforePoint = 21
    private static let zerosAfterPoint = 5

    /// Appends the one text of the value in JSON: `9007199254740993`, `0.10000000000000001`, `1e400`. Integers have no point. What would
    /// need many zeros has an exponent.
    package func write(into buffer: inout ByteBuffer) {
        if digits.isEmpty { return buffer.append(UInt8(ascii: "0")) }
        if isNegative { buffer.append(UInt8(ascii: "-")) }
        if point - digits.count > Self.zerosBeforePoint || -point > Self.zerosAfterPoint {
            for (index, digit) in digits.enumerated() {
                if index == 1 { buffer.append(UInt8(ascii: ".")) }
                buffer.append(digit + 0x30)
            }
            buffer.append(UInt8(ascii: "e"))
            return buffer.append(decimal: point - 1)
        }
        if point <= 0 {
            buffer.append("0.")
            for _ in point..<0 { buffer.append(UInt8(ascii: "0")) }
        }
        for (index, digit) in digits.enumerated() {
            if index == point, index > 0 { buffer.append(UInt8(ascii: ".")) }
            buffer.append(digit + 0x30)
        }
        for _ in digits.count..<max(digits.count, point) { buffer.append(UInt8(ascii: "0")) }
    }
}

extension DecimalNumber: CustomStringConvertible {
    package var description: String {
        var buffer = ByteBuffer(capacity: digits.count + 32)
        write(into: &buffer)
        return buffer.string
    }

    /// The value if it is an integer of 64 bits.
    package var int64: Int64? {
        guard digits.count <= point, point <= 19 else { return digits.isEmpty ? 0 : nil }
        var magnitude: UInt64 = 0
        for index in 0..<point {
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(index < digits.count ? UInt64(digits[index]) : 0)
            if overflow || carry { return nil }
            magnitude = sum
        }
        if isNegative { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    package init(_ integer: Int64) {
        let digits = String(integer.magnitude).utf8.map { $0 - 0x30 }
        self.init(isNegative: integer < 0, digits: digits, point: digits.count)
    }
}

extension Int64 {
    /// The integer that a text of digits is, perhaps behind a minus; nil if it is anything else, or doesn't fit.
    package init?(digits text: Bytes) {
        let first = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        guard text.count > first, text.count - first <= 19 else { return nil }
        // Nineteen digits fit into 64 bits without a sign.
        var magnitude: UInt64 = 0
        for index in first..<text.count {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            magnitude = magnitude &* 10 &+ UInt64(digit)
        }
        guard magnitude <= (first == 1 ? 1 << 63 : UInt64(Int64.max)) else { return nil }
        self = first == 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
    }

    /// Below zero, zero or above: how it compares with what a double of at least 2^53 is shown as, so that its digits are those of an integer.
    package func compare(withShown number: Double) -> Int {
        if (number < 0) != (self < 0) { return self < 0 ? -1 : 1 }
        let decimal = ShortestDecimal(number.magnitude)
        // At most 2^63 as it is shown, 9223372036854776000, which fits.
        var shown = decimal.digits
        for _ in 0..<decimal.exponent { shown &*= 10 }
        let order = magnitude < shown ? -1 : magnitude == shown ? 0 : 1
        return self < 0 ? -order : order
    }
}
