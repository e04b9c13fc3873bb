import Ground

extension JSONParser {
    @inline(__always) mutating func parseNumber() throws(Failure) -> Double {
        var digits = Decimal64()
        return try parseNumber(&digits)
    }

    /// Reads a number at `index`, correctly rounded; of one beyond all doubles, the greatest. ``digits(from:of:_:)`` says whether that is all
    /// of it.
    ///
    /// - Parameter digits: takes what was read, as far as it goes.
    @inline(__always)
    mutating func parseNumber(_ digits: inout Decimal64) throws(Failure) -> Double {
        let start = index
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }

        // Up to 19 digits fit in 64 bits; of more, only that they were there is kept.
        let integerStart = index
        while let digit = nextDigit() { digits.append(digit) }
        let integerLength = index - integerStart
        guard integerLength > 0 else { throw failure("A number has no digits.", at: start) }
        if integerLength > 1, bytes[integerStart] == UInt8(ascii: "0") {
            throw failure("A number must not begin with a zero.", at: start)
        }
        var isInteger = true
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            let fractionStart = index
            while let digit = nextDigit() { digits.append(fraction: digit) }
            guard index > fractionStart else { throw failure("A number has no digits after its point.", at: start) }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            try parseExponent(of: &digits, from: start)
        }
        if isInteger, digits.dropped == 0 {
            let magnitude = Double(digits.mantissa)
            return isNegative ? -magnitude : magnitude
        }
        let magnitude = min(
            .greatestFiniteMagnitude, digits.value { Double(bytes[(isNegative ? start + 1 : start)..<index].string) ?? .infinity })
        return isNegative ? -magnitude : magnitude
    }

    @inline(__always) private mutating func nextDigit() -> UInt8? {
        guard index < bytes.count else { return nil }
        let digit = bytes[index] &- 0x30
        guard digit < 10 else { return nil }
        index += 1
        return digit
    }

    private mutating func parseExponent(of digits: inout Decimal64, from start: Int) throws(Failure) {
        index += 1
        var isNegative = false
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            isNegative = bytes[index] == UInt8(ascii: "-")
            index += 1
        }
        let exponentStart = index
        var exponent = 0
        while let digit = nextDigit() {
            // Far beyond every double; the mantissa's own digits (a text of gigabytes) can't bring it back.
            if exponent < 1 << 40 { exponent = exponent * 10 + Int(digit) }
        }
        guard index > exponentStart else { throw failure("A number has no digits in its exponent.", at: start) }
        digits.exponent += isNegative ? -exponent : exponent
    }
}
