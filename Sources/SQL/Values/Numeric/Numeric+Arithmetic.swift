extension Numeric {
    package static func add(_ a: Numeric, _ b: Numeric) throws(SQLError) -> Numeric { try exactSum(a, b).checked() }

    /// The sum with all its digits, even if it has more than a numeric may have.
    static func exactSum(_ a: Numeric, _ b: Numeric) -> Numeric {
        if case .small(let x, let s) = a.form, case .small(let y, let t) = b.form {
            if s == t { return Numeric(wide: Int128(x) + Int128(y), scale: Int(s)) }
            if abs(s - t) <= 18 {
                return s < t
                    ? Numeric(wide: Int128(x) * Int128(powersOfTen[Int(t - s)]) + Int128(y), scale: Int(t))
                    : Numeric(wide: Int128(x) + Int128(y) * Int128(powersOfTen[Int(s - t)]), scale: Int(s))
            }
        }
        switch (a.form, b.form) {
        case (.nan, _), (_, .nan): return .nan
        case (.infinity(let x), .infinity(let y)): return x == y ? a : .nan
        case (.infinity, _): return a
        case (_, .infinity): return b
        default: break
        }
        let scale = max(a.scale, b.scale)
        let x = a.magnitude.timesPowerOfTen(scale - a.scale)
        let y = b.magnitude.timesPowerOfTen(scale - b.scale)
        if a.isNegative == b.isNegative { return Numeric(isNegative: a.isNegative, magnitude: x + y, scale: scale) }
        return NaturalNumber.compare(x, y) >= 0
            ? Numeric(isNegative: a.isNegative, magnitude: x - y, scale: scale)
            : Numeric(isNegative: b.isNegative, magnitude: y - x, scale: scale)
    }

    package static func subtract(_ a: Numeric, _ b: Numeric) throws(SQLError) -> Numeric { try add(a, b.negated) }

    package static func multiply(_ a: Numeric, _ b: Numeric) throws(SQLError) -> Numeric {
        let product = exactProduct(a, b)
        return try (product.scale > maximumScale ? product.rounded(toScale: maximumScale) : product).checked()
    }

    /// The product with all its digits, even if it has more than a numeric may have.
    static func exactProduct(_ a: Numeric, _ b: Numeric) -> Numeric {
        if case .small(let x, let s) = a.form, case .small(let y, let t) = b.form {
            return Numeric(wide: Int128(x) * Int128(y), scale: Int(s + t))
        }
        switch (a.form, b.form) {
        case (.nan, _), (_, .nan): return .nan
        case (.infinity, _), (_, .infinity):
            let sign = a.signum * b.signum
            return sign == 0 ? .nan : Numeric(form: .infinity(isNegative: sign < 0))
        default: break
        }
        return Numeric(isNegative: a.isNegative != b.isNegative, magnitude: a.magnitude * b.magnitude, scale: a.scale + b.scale)
    }

    static func divisionByZero() -> SQLError { SQLError(.divisionByZero, "division by zero") }

    package static func divide(_ a: Numeric, _ b: Numeric) throws(SQLError) -> Numeric {
        switch (a.form, b.form) {
        case (.nan, _), (_, .nan): return .nan
        case (.infinity, .infinity): return .nan
        case (.infinity(let isNegative), _):
            if b.isZero { throw divisionByZero() }
            return Numeric(form: .infinity(isNegative: isNegative != b.isNegative))
        case (_, .infinity): return .zero
        default: break
        }
        if b.isZero { throw divisionByZero() }
        return try divide(a, b, scale: quotientScale(a, b)).checked()
    }

    /// Enough digits for 16 significant ones, counted in groups of four as PostgreSQL stores them.
    static func quotientScale(_ a: Numeric, _ b: Numeric) -> Int {
        let (weight, first) = a.leadingGroup
        let (otherWeight, otherFirst) = b.leadingGroup
        var quotientWeight = weight - otherWeight
        if first <= otherFirst { quotientWeight -= 1 }
        return min(max(16 - quotientWeight * 4, a.scale, b.scale, 0), maximumResultScale)
    }

    /// The power of 10,000 of the first digit in that base, and this digit.
    var leadingGroup: (weight: Int, digit: Int) {
        guard let exponent else { return (0, 0) }
        let weight = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4)
        let count = exponent - 4 * weight + 1
        var digit = 0
        let digits = magnitude.digits
        for place in 0..<count { digit = digit * 10 + (place < digits.count ? Int(digits[place] - 48) : 0) }
        return (weight, digit)
    }

    /// - Precondition: both are finite, the divisor is not zero.
    static func divide(_ a: Numeric, _ b: Numeric, scale: Int) -> Numeric {
        let isNegative = a.isNegative != b.isNegative
        // One digit more than asked for, and halves away from zero.
        let shift = scale + 1 + b.scale - a.scale
        let dividend = shift >= 0 ? a.magnitude.timesPowerOfTen(shift) : a.magnitude
        let divisor = shift >= 0 ? b.magnitude : b.magnitude.timesPowerOfTen(-shift)
        return Numeric(isNegative: isNegative, magnitude: dividend.divided(by: divisor).quotient.roundingAway(1), scale: scale)
    }

    /// The quotient cut to an integer, and the remainder, which has the sign of the dividend.
    static func quotientAndRemainder(_ a: Numeric, _ b: Numeric) throws(SQLError) -> (quotient: Numeric, remainder: Numeric) {
        switch (a.form, b.form) {
        case (.nan, _), (_, .nan): return (.nan, .nan)
        case (.infinity, .infinity): return (.nan, .nan)
        case (.infinity(let isNegative), _):
            if b.isZero { throw divisionByZero() }
            return (Numeric(form: .infinity(isNegative: isNegative != b.isNegative)), .nan)
        case (_, .infinity): return (.zero, a)
        default: break
        }
        if b.isZero { throw divisionByZero() }
        let scale = max(a.scale, b.scale)
        let (quotient, remainder) = a.magnitude.timesPowerOfTen(scale - a.scale)
            .divided(by: b.magnitude.timesPowerOfTen(scale - b.scale))
        return (
            Numeric(isNegative: a.isNegative != b.isNegative, magnitude: quotient, scale: 0),
            Numeric(isNegative: a.isNegative, magnitude: remainder, scale: scale)
        )
    }

    package static func remainder(_ a: Numeric, _ b: Numeric) throws(SQLError) -> Numeric { try quotientAndRemainder(a, b).remainder }

    /// Rounded to so many digits behind the point, halves away from zero; a negative count rounds before the point.
    package func rounded(toScale count: Int) -> Numeric {
        guard isFinite else { return self }
        let scale = scale
        if count >= scale { return withScale(count) }
        let rounded = magnitude.roundingAway(scale - count)
        return Numeric(isNegative: isNegative, magnitude: count < 0 ? rounded.timesPowerOfTen(-count) : rounded, scale: max(count, 0))
    }

    /// Cut to so many digits behind the point.
    package func truncated(toScale count: Int) -> Numeric {
        guard isFinite else { return self }
        let scale = scale
        if count >= scale { return withScale(count) }
        let cut = magnitude.droppingDigits(scale - count).quotient
        return Numeric(isNegative: isNegative, magnitude: count < 0 ? cut.timesPowerOfTen(-count) : cut, scale: max(count, 0))
    }

    /// The same number with zeros behind it.
    private func withScale(_ count: Int) -> Numeric {
        let scale = scale
        if count == scale { return self }
        if case .small(let value, _) = form, count - scale <= 18 {
            let (product, overflow) = value.multipliedReportingOverflow(by: Self.powersOfTen[count - scale])
            if !overflow { return Numeric(product, scale: count) }
        }
        return Numeric(isNegative: isNegative, magnitude: magnitude.timesPowerOfTen(count - scale), scale: count)
    }

    package var ceiling: Numeric {
        guard isFinite else { return self }
        let cut = truncated(toScale: 0)
        return !isNegative && cut < self ? Numeric(isNegative: false, magnitude: cut.magnitude + .one, scale: 0) : cut
    }

    package var floor: Numeric {
        guard isFinite else { return self }
        let cut = truncated(toScale: 0)
        return isNegative && self < cut ? Numeric(isNegative: true, magnitude: cut.magnitude + .one, scale: 0) : cut
    }
}
