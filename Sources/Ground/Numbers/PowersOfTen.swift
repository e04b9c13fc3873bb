/// The first 128 bits of the powers of ten, from which doubles are read and written without big numbers.
///
/// Ten is two times five, and the twos only move the point, so the table holds powers of five, shifted so that the highest bit
/// is set, and cut (not rounded). It is made when it is first needed, in a fraction of a millisecond.
struct PowerOfTen {
    let high: UInt64
    let low: UInt64

    static let lowestExponent = -342
    static let highestExponent = 324

    /// 10^0 to 10^55 fit in 128 bits; all others are cut.
    static func isExact(_ exponent: Int) -> Bool { exponent >= 0 && exponent <= 55 }

    @inline(__always) static func cut(_ exponent: Int) -> PowerOfTen {
        table[exponent - lowestExponent]
    }

    /// The first 64 bits, rounded.
    static func rounded(_ exponent: Int) -> UInt64 {
        let power = cut(exponent)
        return power.high + power.low >> 63
    }

    /// Rounded up where it is not exact.
    @inline(__always) static func ceiling(_ exponent: Int) -> PowerOfTen {
        let power = cut(exponent)
        return isExact(exponent) ? power : power.successor
    }

    var successor: PowerOfTen {
        let (low, overflow) = low.addingReportingOverflow(1)
        return PowerOfTen(high: high + (overflow ? 1 : 0), low: low)
    }

    private static let table: [PowerOfTen] = {
        // A power that is below one is 2^960 divided by fives; dividing again and again loses nothing but the fraction.
        var quotient = BigNumber(words: 16)
        quotient.words[15] = 1
        var powers: [PowerOfTen] = []
        for _ in lowestExponent..<0 {
            quotient.divideByFive()
            powers.append(quotient.leading128Bits)
        }
        powers.reverse()
        var product = BigNumber(words: 13)
        product.words[0] = 1
        for _ in 0...highestExponent {
            powers.append(product.leading128Bits)
            product.multiplyByFive()
        }
        return powers
    }()
}

/// Just enough of a big natural number for the table above.
private struct BigNumber {
    /// Lowest first.
    var words: [UInt64]

    init(words count: Int) {
        words = Array(repeating: 0, count: count)
    }

    mutating func multiplyByFive() {
        var carry: UInt64 = 0
        for index in words.indices {
            let (high, low) = words[index].multipliedFullWidth(by: 5)
            let (sum, overflow) = low.addingReportingOverflow(carry)
            words[index] = sum
            carry = high + (overflow ? 1 : 0)
        }
    }

    mutating func divideByFive() {
        var remainder: UInt64 = 0
        for index in words.indices.reversed() {
            (words[index], remainder) = UInt64(5).dividingFullWidth((remainder, words[index]))
        }
    }

    /// The highest bits, moved up until the first is set.
    var leading128Bits: PowerOfTen {
        let top = words.lastIndex { $0 != 0 } ?? 0
        let shift = UInt64(words[top].leadingZeroBitCount)
        func word(_ index: Int) -> UInt64 { index >= 0 ? words[index] : 0 }
        func shifted(_ index: Int) -> UInt64 { word(index) << shift | (shift == 0 ? 0 : word(index - 1) >> (64 - shift)) }
        return PowerOfTen(high: shifted(top), low: shifted(top - 1))
    }
}
