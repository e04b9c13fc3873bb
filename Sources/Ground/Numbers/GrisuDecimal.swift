/// The decimal number that the algorithm Grisu2 finds for a double: F. Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with
/// Integers" (2010).
///
/// It reads back as the double, and nearly always has the fewest digits of those that do. Of several such numbers it need not be the nearest, which is
/// where it differs from ``ShortestDecimal``. RethinkDB's strings of numbers are made by it.
package struct GrisuDecimal {
    /// At most 17 digits.
    package private(set) var digits: UInt64 = 0
    /// The value is `digits` · 10^`exponent`.
    package private(set) var exponent = 0

    /// - Precondition: positive and finite.
    package init(_ number: Double) {
        let isNormal = number.exponentBitPattern != 0
        let significand = number.significandBitPattern | (isNormal ? 1 << 52 : 0)
        let power = (isNormal ? Int(number.exponentBitPattern) : 1) - 1075
        let shift = significand.leadingZeroBitCount
        let value = Scaled(significand: significand << UInt64(shift), power: power - shift)
        // Half way to the neighbours; below a power of two the doubles are twice as dense.
        let above = value.significand + 1 << UInt64(shift - 1)
        let below = value.significand - 1 << UInt64(significand == 1 << 52 ? shift - 2 : shift - 1)
        let ten = Self.powerOfTen(for: value.power)
        exponent = -ten.exponent
        let middle = value.times(ten.scaled)
        let high = Scaled(significand: above, power: value.power).times(ten.scaled).significand - 1
        let low = Scaled(significand: below, power: value.power).times(ten.scaled).significand + 1
        generate(high, shift: UInt64(-middle.power), width: high - low, distance: high - middle.significand)
    }

    /// A number as 64 bits and a power of two.
    private struct Scaled {
        var significand: UInt64
        var power: Int

        func times(_ other: Scaled) -> Scaled {
            let product = significand.multipliedFullWidth(by: other.significand)
            return Scaled(significand: product.high + product.low >> 63, power: power + other.power + 64)
        }
    }

    /// Of every eighth power of ten the one that leaves 4 to 32 bits before the point.
    private static func powerOfTen(for power: Int) -> (scaled: Scaled, exponent: Int) {
        let exact = Double(-61 - power) * 0.30102999566398114 + 347
        let wanted = Int(exact) + (exact > Double(Int(exact)) ? 1 : 0)
        let exponent = -348 + (wanted / 8 + 1) * 8
        return (Scaled(significand: PowerOfTen.rounded(exponent), power: (exponent * 1_741_647) >> 19 - 63), exponent)
    }

    /// Digits of the upper bound, until what is left lies within the width.
    private mutating func generate(_ high: UInt64, shift: UInt64, width: UInt64, distance: UInt64) {
        let one: UInt64 = 1 << shift
        var (width, distance) = (width, distance)
        var whole = high >> shift
        var fraction = high & (one - 1)
        var unit: UInt64 = 1
        var place = 1
        while unit <= whole / 10 {
            unit *= 10
            place += 1
        }
        while place > 0 {
            digits = digits * 10 + whole / unit
            whole %= unit
            place -= 1
            let rest = whole << shift + fraction
            if rest <= width {
                exponent += place
                return round(width, rest, unit << shift, distance)
            }
            unit /= 10
        }
        while true {
            fraction *= 10
            width *= 10
            distance &*= 10
            digits = digits * 10 + fraction >> shift
            fraction &= one - 1
            place -= 1
            if fraction < width {
                exponent += place
                // Farther on the distance has overflowed.
                return round(width, fraction, one, place > -10 ? distance : 0)
            }
        }
    }

    /// Lowers the last digit as long as that is nearer to the number.
    private mutating func round(_ width: UInt64, _ rest: UInt64, _ unit: UInt64, _ distance: UInt64) {
        var rest = rest
        while rest < distance, width - rest >= unit, rest + unit < distance || distance - rest > rest + unit - distance {
            digits -= 1
            rest += unit
        }
    }
}
