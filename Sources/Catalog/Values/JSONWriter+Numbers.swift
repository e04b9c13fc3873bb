import Ground

extension JSONWriter {
    /// The shortest text that reads back as the same double: integers in ±2^53 without point or exponent, −0 as `-0.0`, other
    /// integers below 1e21 with `.0`, an exponent (`1.5e21`, `1e-7`) from 1e21 on and below 1e-6.
    static func writeNumber(_ number: Double, into buffer: inout ByteBuffer) {
        buffer.reserve(32)
        if number.magnitude <= 0x1p53 {
            let integer = Int64(number)
            if Double(integer) == number, integer != 0 || number.sign == .plus {
                if integer < 0 { buffer.put(UInt8(ascii: "-")) }
                return buffer.put(decimal: integer.magnitude)
            }
        }
        if number.sign == .minus { buffer.put(UInt8(ascii: "-")) }
        if number == 0 { return buffer.append("0.0") }
        let decimal = ShortestDecimal(number.magnitude)
        put(decimal.digits, exponent: decimal.exponent, into: &buffer)
    }

    /// The longest form has 24 bytes.
    fileprivate static func put(_ digits: UInt64, exponent: Int, into buffer: inout ByteBuffer) {
        let count = ByteBuffer.decimalCount(digits)
        // How many digits stand before the point; below zero if zeros follow it.
        let point = count + exponent
        if point > 21 || point <= -6 {
            buffer.put(decimal: digits, pointAfter: 1)
            buffer.put(UInt8(ascii: "e"))
            if point <= 0 { buffer.put(UInt8(ascii: "-")) }
            buffer.put(decimal: UInt64(abs(point - 1)))
        } else if point <= 0 {
            buffer.append("0.")
            for _ in point..<0 { buffer.put(UInt8(ascii: "0")) }
            buffer.put(decimal: digits)
        } else if point < count {
            buffer.put(decimal: digits, pointAfter: point)
        } else {
            buffer.put(decimal: digits)
            for _ in count..<point { buffer.put(UInt8(ascii: "0")) }
            buffer.append(".0")
        }
    }
}

extension Datum {
    /// A number as RethinkDB's `coerceTo("string")` writes it; nil for other values, and for a number whose text is the same as in JSON anyhow.
    ///
    /// Where 17 digits are needed its last one differs sometimes from the nearest.
    package var rethinkDBNumberText: Datum? {
        guard let number, !hasDigits, number != number.rounded() else { return nil }
        var buffer = ByteBuffer(capacity: 32)
        if number.sign == .minus { buffer.append(UInt8(ascii: "-")) }
        let decimal = GrisuDecimal(number.magnitude)
        JSONWriter.put(decimal.digits, exponent: decimal.exponent, into: &buffer)
        return Datum(utf8: buffer.span)
    }
}
