/// A decimal number as it was read: up to 19 digits, a power of ten, and how many digits did not fit.
struct Decimal64 {
    var mantissa: UInt64 = 0
    /// The value is `mantissa` · 10^`exponent`, and a bit more if digits were dropped.
    var exponent = 0
    /// Digits after the 19th that counts.
    var dropped = 0
    private var kept = 0

    @inline(__always) mutating func append(_ digit: UInt8) {
        if kept < 19 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            if mantissa != 0 { kept += 1 }
        } else {
            dropped += 1
            exponent += 1
        }
    }

    @inline(__always) mutating func append(fraction digit: UInt8) {
        if kept < 19 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
            if mantissa != 0 { kept += 1 }
            exponent -= 1
        } else {
            dropped += 1
        }
    }

    /// The nearest double (a tie goes to the even one); infinity if there is none. `exactly` converts the original text and is
    /// asked in the few cases where 64 bits of mantissa do not decide.
    @inline(__always) func value(exactly: () -> Double) -> Double {
        // Clinger: both parts are doubles without an error, so one operation rounds once.
        if dropped == 0, mantissa <= 1 << 53 {
            if exponent >= 0 && exponent <= 22 { return Double(mantissa) * Self.powersOfTen[exponent] }
            if exponent < 0 && exponent >= -22 { return Double(mantissa) / Self.powersOfTen[-exponent] }
        }
        return exactly()
    }

    static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
