/// A sum of doubles without any rounding: what was added can be taken out again, in any order, and the rest is exact.
///
/// A fixed-point number that holds every finite double: digit `n` counts units of 2^(32 n − 1074). Digits are signed and wider than they
/// need be, so an addition touches three of them and carries are brought along only now and then.
package struct ExactSum {
    /// 2,098 bits of doubles, and 64 for sums of many.
    private static let digitCount = 68
    /// So many additions before a digit could overflow: each adds less than 2^32 to one of 63 bits.
    private static let carryInterval = 1 << 30

    private var digits = [Int64](repeating: 0, count: digitCount)
    private var additions = 0

    package init() {}

    /// - Parameter number: finite.
    package mutating func add(_ number: Double) {
        guard number != 0 else { return }
        // An integer times 2^(position − 1074).
        let isSubnormal = number.exponentBitPattern == 0
        let significand = number.significandBitPattern | (isSubnormal ? 0 : 1 << 52)
        let position = isSubnormal ? 0 : Int(number.exponentBitPattern) - 1
        let (first, shift) = (position / 32, UInt64(position % 32))
        let low = (significand & 0xFFFF_FFFF) << shift
        let high = (significand >> 32) << shift + low >> 32
        let sign: Int64 = number < 0 ? -1 : 1
        digits[first] += sign * Int64(low & 0xFFFF_FFFF)
        digits[first + 1] += sign * Int64(high & 0xFFFF_FFFF)
        digits[first + 2] += sign * Int64(high >> 32)
        additions += 1
        if additions == Self.carryInterval { carry() }
    }

    /// Adds all that was added to another sum.
    package mutating func add(_ other: ExactSum) {
        var other = other
        other.carry()
        carry()
        for index in digits.indices { digits[index] += other.digits[index] }
        carry()
    }

    /// - Parameters:
    ///   - integer: of less than 2^127.
    ///   - scale: a power of two, with which it stays within the range of doubles.
    package mutating func add(_ integer: Int128, times scale: Double = 1) {
        var rest = integer.magnitude
        var power = integer < 0 ? -scale : scale
        while rest > 0 {
            add(Double(UInt32(truncatingIfNeeded: rest)) * power)
            rest >>= 32
            power *= 0x1p32
        }
    }

    /// Takes out what was added.
    mutating func remove(_ number: Double) { add(-number) }

    /// The double nearest to the sum, of two equally near the even one; infinite beyond the greatest.
    package var value: Double {
        var copy = self
        copy.carry()
        let isNegative = copy.digits[Self.digitCount - 1] < 0
        if isNegative {
            for index in copy.digits.indices { copy.digits[index].negate() }
            copy.carry()
        }
        let magnitude = Self.nearest(copy.digits)
        return isNegative ? -magnitude : magnitude
    }

    /// Brings all digits but the last, which has the sign, into 0 ..< 2^32.
    private mutating func carry() {
        for index in 0..<Self.digitCount - 1 {
            digits[index + 1] += digits[index] >> 32
            digits[index] &= 0xFFFF_FFFF
        }
        additions = 0
    }

    /// - Parameter digits: each in 0 ..< 2^32.
    private static func nearest(_ digits: [Int64]) -> Double {
        guard let top = digits.lastIndex(where: { $0 != 0 }) else { return 0 }
        func digit(_ index: Int) -> UInt64 { index < 0 ? 0 : UInt64(digits[index]) }
        let zeros = UInt64(UInt32(digit(top)).leadingZeroBitCount)
        // The first 64 bits, beginning with a 1, and whether there is one behind them.
        let rest = digit(top - 2) << zeros
        let bits = (digit(top) << 32 | digit(top - 1)) << zeros | rest >> 32
        let hasMore = rest & 0xFFFF_FFFF != 0 || top > 2 && digits[..<(top - 2)].contains { $0 != 0 }
        let position = 32 * top + 31 - Int(zeros)
        // So few bits are all of them.
        guard position >= 53 else { return Double(sign: .plus, exponent: -1074, significand: Double(bits >> UInt64(63 - position))) }
        let (kept, cut, half) = (bits >> 11, bits & 0x7FF, 1 << 10 as UInt64)
        let isUp = cut > half || cut == half && (hasMore || kept & 1 == 1)
        return Double(sign: .plus, exponent: position - 1126, significand: Double(isUp ? kept + 1 : kept))
    }
}
