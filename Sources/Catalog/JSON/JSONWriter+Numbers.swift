extension JSONWriter {
    /// The shortest text that reads back as the same double: integers in ±2^53 without point or exponent, −0 as `-0.0`, other
    /// integers below 1e21 with `.0`, an exponent (`1.5e21`, `1e-7`) from 1e21 on and below 1e-6.
    static func writeNumber(_ number: Double, into buffer: inout ByteBuffer) {
        if number.magnitude <= 0x1p53 {
            let integer = Int64(number)
            if Double(integer) == number, integer != 0 || number.sign == .plus {
                return writeInteger(integer, into: &buffer)
            }
        }
        if number.sign == .minus { buffer.append(UInt8(ascii: "-")) }
        if number == 0 { return buffer.append("0.0") }
        let (digits, exponent) = shortestDigits(number.magnitude)
        writeDecimal(digits, pointAt: exponent, into: &buffer)
    }

    static func writeInteger(_ integer: Int64, into buffer: inout ByteBuffer) {
        buffer.append(String(integer))
    }

    /// The digits of a positive number, first one not zero, last one not zero, and where the point is: 12.5 is "125" and 2.
    private static func shortestDigits(_ number: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var text = number.description.utf8[...]
        while let byte = text.popFirst() {
            switch byte {
            case UInt8(ascii: "."): point = digits.count
            case UInt8(ascii: "e"):
                exponent = Int(String(Substring(text))) ?? 0
                text = text[text.endIndex...]
            default: digits.append(byte)
            }
        }
        var position = (point ?? digits.count) + exponent
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        position -= zeros
        return (digits, position)
    }

    private static func writeDecimal(_ digits: [UInt8], pointAt point: Int, into buffer: inout ByteBuffer) {
        if point > 21 || point < -5 {
            buffer.append(digits[0])
            if digits.count > 1 {
                buffer.append(UInt8(ascii: "."))
                for digit in digits.dropFirst() { buffer.append(digit) }
            }
            buffer.append(UInt8(ascii: "e"))
            writeInteger(Int64(point - 1), into: &buffer)
        } else if point <= 0 {
            buffer.append("0.")
            for _ in point..<0 { buffer.append(UInt8(ascii: "0")) }
            for digit in digits { buffer.append(digit) }
        } else {
            for index in 0..<max(point, digits.count) {
                if index == point { buffer.append(UInt8(ascii: ".")) }
                buffer.append(index < digits.count ? digits[index] : UInt8(ascii: "0"))
            }
            if point >= digits.count { buffer.append(".0") }
        }
    }
}
