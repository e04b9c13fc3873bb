/// The shortest decimal number that reads back as a given double; of several, the one nearest to it.
package struct ShortestDecimal {
    /// Without zeros at its end.
    package let digits: UInt64
    /// The value is `digits` · 10^`exponent`.
    package let exponent: Int

    /// R. Giulietti, "The Schubfach way to render doubles" (2020): all numbers that read back as this double are an interval; a
    /// power of ten is chosen so that between one and ten of its multiples lie in it.
    ///
    /// - Precondition: positive and finite.
    package init(_ number: Double) {
        let fraction = number.significandBitPattern
        let biased = Int(number.exponentBitPattern)
        let isNormal = biased != 0
        let bits = isNormal ? fraction | 1 << 52 : fraction
        let binaryExponent = (isNormal ? biased : 1) - 1075

        // The interval's ends belong to it if the double is even. Below a power of two the doubles are twice as dense.
        let excluded: UInt64 = bits & 1
        let isPowerOfTwo = fraction == 0 && biased > 1
        // 1262611 / 2^22 is the decimal logarithm of two, 524031 / 2^22 that of 4/3; 1741647 / 2^19 the binary logarithm of ten.
        let power = (binaryExponent * 1_262_611 - (isPowerOfTwo ? 524_031 : 0)) >> 22
        let shift = UInt64(binaryExponent + ((-power * 1_741_647) >> 19) + 1)

        let factor = PowerOfTen.ceiling(-power)
        let lower = Self.product(factor, (4 * bits - (isPowerOfTwo ? 1 : 2)) << shift) + excluded
        let middle = Self.product(factor, (4 * bits) << shift)
        let upper = Self.product(factor, (4 * bits + 2) << shift) - excluded

        let quotient = middle / 4
        if quotient >= 10 {
            let tens = quotient / 10
            let belowIsInside = lower <= 40 * tens
            let aboveIsInside = 40 * tens + 40 <= upper
            if belowIsInside != aboveIsInside {
                (digits, exponent) = Self.trimmed(tens + (aboveIsInside ? 1 : 0), power + 1)
                return
            }
        }
        let belowIsInside = lower <= 4 * quotient
        let aboveIsInside = 4 * quotient + 4 <= upper
        let up: Bool
        if belowIsInside != aboveIsInside {
            up = aboveIsInside
        } else {
            let half = 4 * quotient + 2
            up = middle > half || middle == half && quotient & 1 == 1
        }
        (digits, exponent) = Self.trimmed(quotient + (up ? 1 : 0), power)
    }

    /// The highest 64 bits of a product; if any bit below is set, the lowest one is set.
    @inline(__always) private static func product(_ power: PowerOfTen, _ number: UInt64) -> UInt64 {
        let carry = power.low.multipliedFullWidth(by: number).high
        let (high, low) = power.high.multipliedFullWidth(by: number)
        let (sum, overflow) = low.addingReportingOverflow(carry)
        return (high &+ (overflow ? 1 : 0)) | (sum > 1 ? 1 : 0)
    }

    private static func trimmed(_ digits: UInt64, _ exponent: Int) -> (UInt64, Int) {
        var digits = digits
        var exponent = exponent
        while true {
            let (tenth, last) = digits.quotientAndRemainder(dividingBy: 10)
            guard last == 0 else { return (digits, exponent) }
            digits = tenth
            exponent += 1
        }
    }
}
