/// A decimal number as it is read: up to 19 digits, a power of ten, and whether digits did not fit.
@usableFromInline package struct Decimal64 {
    /// The value is `mantissa` · 10^`exponent`, and a bit more if digits were dropped.
    @usableFromInline package var mantissa: UInt64 = 0
    @usableFromInline package var exponent = 0
    /// Digits after the 19th, counted from the first that is not zero.
    @usableFromInline package internal(set) var dropped = 0
    @usableFromInline var kept = 0

    @inlinable @inline(__always) package init() {}

    @inlinable @inline(__always) package mutating func append(_ digit: UInt8) {
        if kept < 19 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            if mantissa != 0 { kept += 1 }
        } else {
            dropped += 1
            exponent += 1
        }
    }

    @inlinable @inline(__always) package mutating func append(fraction digit: UInt8) {
        if kept < 19 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            if mantissa != 0 { kept += 1 }
            exponent -= 1
        } else {
            dropped += 1
        }
    }

    /// The nearest double (of two that are equally near, the even one); infinity if it is beyond all doubles. `exactly` converts
    /// the original text; it is asked only if there are more than 19 digits and those after them may decide.
    @inlinable @inline(__always) package func value(exactly: () -> Double) -> Double {
        if dropped == 0 {
            return exponent == 0 && mantissa <= 1 << 53 ? Double(mantissa) : Self.scaled(mantissa, exponent)
        }
        let below = Self.nearest(mantissa, exponent)
        return below == Self.nearest(mantissa + 1, exponent) ? below : exactly()
    }

    /// A number of up to 15 digits, of which so many stand behind the point: both are doubles without an error, so one operation rounds once.
    package static func quotient(_ digits: Int, _ places: Int) -> Double { Double(digits) / powersOfTen[places] }

    @usableFromInline static func scaled(_ mantissa: UInt64, _ exponent: Int) -> Double {
        // Both parts are doubles without an error, so one operation rounds once (W. D. Clinger, 1990).
        if mantissa <= 1 << 53 {
            if exponent >= 0 && exponent <= 22 { return Double(mantissa) * powersOfTen[exponent] }
            if exponent < 0 && exponent >= -22 { return Double(mantissa) / powersOfTen[-exponent] }
        }
        return nearest(mantissa, exponent)
    }

    /// The double nearest to `mantissa` · 10^`exponent`, from a product with the 128-bit power (D. Lemire, "Number Parsing at a
    /// Gigabyte per Second", 2021; N. Mushtak and D. Lemire proved in 2022 that no case is left open).
    @usableFromInline static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Double {
        if mantissa == 0 || exponent < PowerOfTen.lowestExponent { return 0 }
        if exponent > 308 { return .infinity }
        let shift = mantissa.leadingZeroBitCount
        let normalized = mantissa << UInt64(shift)
        let (high, low) = product(normalized, exponent)

        // 52 bits and the hidden one, one to round with, and one more because the product may begin with a zero.
        let upperBit = Int(high >> 63)
        let excess = UInt64(upperBit + 64 - 52 - 3)
        var bits = high >> excess
        // 217706 / 2^16 is the binary logarithm of ten.
        var binaryExponent = ((217706 * exponent) >> 16) + 63 + upperBit - shift + 1023

        if binaryExponent <= 0 {
            // Subnormal: fewer bits. A double that rounds up to the least normal one gets the exponent 1 by itself.
            if 1 - binaryExponent >= 64 { return 0 }
            bits >>= UInt64(1 - binaryExponent)
            bits = (bits + (bits & 1)) >> 1
            return Double(bitPattern: bits)
        }
        // Exactly between two doubles, which only happens with small powers: to the even one.
        if low <= 1, exponent >= -4, exponent <= 23, bits & 3 == 1, bits << excess == high { bits &= ~1 }
        bits = (bits + (bits & 1)) >> 1
        if bits >= 1 << 53 {
            bits = 1 << 52
            binaryExponent += 1
        }
        if binaryExponent >= 0x7FF { return .infinity }
        return Double(bitPattern: UInt64(binaryExponent) << 52 | bits & ~(1 << 52))
    }

    /// The first 128 bits of the product with the power of ten, as exactly as needed.
    private static func product(_ mantissa: UInt64, _ exponent: Int) -> (high: UInt64, low: UInt64) {
        var power = PowerOfTen.cut(exponent)
        if exponent < 0 && exponent >= -27 { power = power.successor }
        var (high, low) = mantissa.multipliedFullWidth(by: power.high)
        if high & 0x1FF == 0x1FF {
            let more = mantissa.multipliedFullWidth(by: power.low).high
            let (sum, overflow) = low.addingReportingOverflow(more)
            low = sum
            if overflow { high += 1 }
        }
        return (high, low)
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
