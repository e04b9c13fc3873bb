import Catalog

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// Roots, powers and logarithms: computed with some digits more than the result's scale, then rounded.
extension Numeric {
    private static func resultScale(_ significant: Int, _ numbers: Numeric...) -> Int {
        min(max(significant, numbers.map(\.scale).max() ?? 0, 0), maximumResultScale)
    }

    package static func squareRoot(_ a: Numeric) throws(SQLError) -> Numeric {
        if a.isNaN { return a }
        if a.isNegative { throw SQLError(.invalidArgumentForPower, "cannot take square root of a negative number") }
        if a.isInfinite { return a }
        let weight = a.leadingGroup.weight
        let places = weight >= 0 ? (weight + 1) * 2 - 1 : 1 - (1 - weight * 4) / 2
        let scale = resultScale(16 - places, a)
        return squareRoot(a, scale: scale)
    }

    static func squareRoot(_ a: Numeric, scale: Int) -> Numeric {
        // floor(sqrt(4·n)) tells which half the next digit is in.
        let shift = 2 * (scale + 1) - a.scale
        let radicand = shift >= 0 ? a.magnitude.timesPowerOfTen(shift) : a.magnitude.droppingDigits(-shift).quotient
        return Numeric(isNegative: false, magnitude: radicand.squareRoot.roundingAway(1), scale: scale)
    }

    /// Throws if the statement is to end: asked between products and quotients of so many digits, unless these take no time.
    private static func heedStop(_ digitCount: Int) throws(SQLError) {
        if digitCount > 500 { try QueryMemory.checkStopped() }
    }

    // MARK: Exponential

    package static func exponential(_ a: Numeric) throws(SQLError) -> Numeric {
        switch a.form {
        case .nan: return a
        case .infinity(let isNegative): return isNegative ? .zero : a
        default: break
        }
        let value = a.double
        let scale = resultScale(16 - Int(min(max(value * 0.434294481903252, -2000), 2000)), a)
        if value.magnitude >= 2000 * 3 {
            if value > 0 { throw overflow() }
            return Numeric(isNegative: false, magnitude: .zero, scale: scale)
        }
        return try exponential(a, scale: scale).checked()
    }

    private static func exponential(_ a: Numeric, scale: Int) throws(SQLError) -> Numeric {
        if a.isZero { return one.rounded(toScale: scale) }
        let weight = a.double * 0.434294481903252
        if weight < -Double(scale) - 10 { return Numeric(isNegative: false, magnitude: .zero, scale: scale) }
        // |a| / 2^halvings is small, then Taylor's series, then as many squarings, each of which doubles the relative error. The more
        // digits, the smaller: a squaring takes as long as two terms, and saves more.
        let most = 3.4 * Double(scale + max(0, Int(weight)))
        let target = min(0.01, exp2(-0.6 * most.squareRoot()))
        var halvings = 0
        var size = abs(a.double)
        while size > target {
            size /= 2
            halvings += 1
        }
        let working = scale + max(0, Int(weight) + 1) + halvings / 3 + 12
        let unit = NaturalNumber.powerOfTen(working)
        let exact = a.absolute
        var x =
            exact.scale <= working
            ? exact.magnitude.timesPowerOfTen(working - exact.scale) : exact.magnitude.droppingDigits(exact.scale - working).quotient
        for _ in 0..<halvings { x = x.dividedBySmall(2).quotient }
        var sum = unit + x
        var term = x
        var n: UInt32 = 2
        while !term.isZero {
            try heedStop(working)
            term = (term * x).droppingDigits(working).quotient.dividedBySmall(n).quotient
            sum = sum + term
            n += 1
        }
        for _ in 0..<halvings {
            try heedStop(working)
            sum = (sum * sum).droppingDigits(working).quotient
        }
        if a.isNegative {
            let more = working + max(0, -Int(weight) + 2)
            // The reciprocal of a number with `working` good digits behind the point and more before it.
            sum = NaturalNumber.powerOfTen(working + more).divided(by: sum).quotient
            return Numeric(isNegative: false, magnitude: sum, scale: more).rounded(toScale: scale)
        }
        return Numeric(isNegative: false, magnitude: sum, scale: working).rounded(toScale: scale)
    }

    // MARK: Logarithms

    private static func logarithmError(_ a: Numeric) -> SQLError? {
        if a.isZero { return SQLError(.invalidArgumentForLogarithm, "cannot take logarithm of zero") }
        if a.isNegative { return SQLError(.invalidArgumentForLogarithm, "cannot take logarithm of a negative number") }
        return nil
    }

    package static func naturalLogarithm(_ a: Numeric) throws(SQLError) -> Numeric {
        if a.isNaN { return a }
        if let error = logarithmError(a) { throw error }
        if a.isInfinite { return a }
        let scale = resultScale(16 - logarithmWeight(a), a)
        return try naturalLogarithm(a, scale: scale)
    }

    /// About the power of ten of the first digit of the number's logarithm.
    private static func logarithmWeight(_ a: Numeric) -> Int {
        if a.isNegative || a.isZero { return 0 }
        let low = Numeric(9, scale: 1)
        let high = Numeric(11, scale: 1)
        if low <= a, a <= high {
            // ln(1 + x) is about x.
            guard let difference = try? subtract(a, one), !difference.isZero else { return 0 }
            let (weight, digit) = difference.leadingGroup
            return weight * 4 + Int(log10(Double(max(digit, 1))))
        }
        let (weight, digit) = a.leadingGroup
        var digits = Double(digit)
        var power = weight * 4
        let all = a.magnitude.digits
        let count = (a.exponent ?? 0) - 4 * weight + 1
        if all.count > count {
            var next = 0
            for place in count..<count + 4 { next = next * 10 + (place < all.count ? Int(all[place] - 48) : 0) }
            digits = digits * 10_000 + Double(next)
            power -= 4
        }
        let logarithm = log(digits) + Double(power) * 2.302585092994046
        return Int(log10(abs(logarithm)))
    }

    private static func naturalLogarithm(_ a: Numeric, scale: Int) throws(SQLError) -> Numeric {
        if a == one { return Numeric(isNegative: false, magnitude: .zero, scale: scale) }
        // Square roots until the number is near 1, then ln x = 2 artanh((x − 1) / (x + 1)).
        let exponent = a.exponent ?? 0
        let working = scale + 20 + max(0, -exponent)
        let unit = NaturalNumber.powerOfTen(working)
        var x = a.rounded(toScale: working).magnitude
        let low = NaturalNumber(9 as UInt64).timesPowerOfTen(working - 1)
        let high = NaturalNumber(11 as UInt64).timesPowerOfTen(working - 1)
        var factor = NaturalNumber(2 as UInt64)
        while NaturalNumber.compare(x, low) < 0 || NaturalNumber.compare(x, high) > 0 {
            try heedStop(x.digitCount)
            x = x.timesPowerOfTen(working).squareRoot
            factor = factor * NaturalNumber(2 as UInt64)
        }
        let isNegative = NaturalNumber.compare(x, unit) < 0
        let numerator = isNegative ? unit - x : x - unit
        let z = numerator.timesPowerOfTen(working).divided(by: x + unit).quotient
        let square = (z * z).droppingDigits(working).quotient
        var sum = z
        var term = z
        var n: UInt32 = 3
        while !term.isZero {
            try heedStop(working)
            term = (term * square).droppingDigits(working).quotient
            sum = sum + term.dividedBySmall(n).quotient
            n += 2
        }
        return Numeric(isNegative: isNegative, magnitude: sum * factor, scale: working).rounded(toScale: scale)
    }

    package static func logarithm(base: Numeric, of a: Numeric) throws(SQLError) -> Numeric {
        if base.isNaN || a.isNaN { return .nan }
        if let error = logarithmError(base) ?? logarithmError(a) { throw error }
        if base.isInfinite { return a.isInfinite ? .nan : .zero }
        if a.isInfinite { return base < one ? .negativeInfinity : .infinity }
        let baseWeight = logarithmWeight(base)
        let weight = logarithmWeight(a)
        let scale = resultScale(16 - (weight - baseWeight), base, a)
        let working = scale + 12 + max(0, weight - baseWeight) + max(0, -baseWeight)
        let divisor = try naturalLogarithm(base, scale: working + 4)
        if divisor.isZero { throw divisionByZero() }
        return divide(try naturalLogarithm(a, scale: working + 4), divisor, scale: scale)
    }

    // MARK: Powers

    package static func power(_ base: Numeric, _ exponent: Numeric) throws(SQLError) -> Numeric {
        if let special = try powerOfSpecial(base, exponent) { return special }
        if base.isZero, exponent.isNegative {
            throw SQLError(.invalidArgumentForPower, "zero raised to a negative power is undefined")
        }
        let isInteger = exponent.withoutTrailingZeros.scale == 0
        if base.isNegative, !isInteger {
            throw SQLError(.invalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
        }
        if isInteger, let count = exponent.int64, count >= Int64(Int32.min), count <= Int64(Int32.max) {
            return try power(base, Int(count))
        }
        if base.isZero { return Numeric(isNegative: false, magnitude: .zero, scale: 16) }
        // Beyond this only an even or odd exponent of 32 bits and more is negative's business.
        let isNegative = base.isNegative && isOdd(exponent)
        let size = base.absolute
        let rough = try naturalLogarithm(size, scale: max(8 - logarithmWeight(size), 0))
        let product = try multiply(rough, exponent).double
        if product.magnitude > 2000 * 3.01 {
            if product > 0 { throw overflow() }
            return Numeric(isNegative: false, magnitude: .zero, scale: maximumResultScale)
        }
        let weight = product * 0.434294481903252
        let scale = resultScale(16 - Int(weight), base, exponent)
        let digits = scale + max(0, Int(weight)) + 12 + max(0, exponent.exponent ?? 0)
        let logarithm = try naturalLogarithm(size, scale: digits)
        let result = try exponential(multiply(logarithm, exponent), scale: scale)
        return try (isNegative ? result.negated : result).checked()
    }

    private static func isOdd(_ a: Numeric) -> Bool {
        guard let last = a.truncated(toScale: 0).magnitude.digits.last else { return false }
        return last % 2 == 1
    }

    private static func powerOfSpecial(_ base: Numeric, _ exponent: Numeric) throws(SQLError) -> Numeric? {
        if base.isFinite, exponent.isFinite { return nil }
        if base.isNaN { return exponent.isFinite && exponent.isZero ? one : .nan }
        if exponent.isNaN { return base.isFinite && base == one ? one : .nan }
        if base.isFinite, base.isZero, exponent.isNegative {
            throw SQLError(.invalidArgumentForPower, "zero raised to a negative power is undefined")
        }
        if exponent.isInfinite {
            if base.isFinite, base == one || base == one.negated { return one }
            let isLarge = base.absolute > one
            return isLarge != exponent.isNegative ? .infinity : .zero
        }
        // The base is infinite.
        if exponent.isZero { return one }
        if !base.isNegative { return exponent.isNegative ? .zero : .infinity }
        guard exponent.withoutTrailingZeros.scale == 0 else {
            throw SQLError(.invalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
        }
        if exponent.isNegative { return .zero }
        return isOdd(exponent) ? .negativeInfinity : .infinity
    }

    private static func power(_ base: Numeric, _ count: Int) throws(SQLError) -> Numeric {
        let scale = resultScale(16, base)

        var weight = 0.0
        if !base.isZero {
            let digits = base.magnitude.digits.prefix(18)
            let leading = Double(String(decoding: digits, as: UTF8.self)) ?? 1
            weight = Double(count) * (log10(leading) + Double((base.exponent ?? 0) - (digits.count - 1)))
        }
        if weight > Double(maximumIntegerDigits) { throw overflow() }
        if weight + 1 < -Double(scale) { return Numeric(isNegative: false, magnitude: .zero, scale: scale) }
        switch count {
        case 0: return one.rounded(toScale: scale)
        case 1: return base.rounded(toScale: scale)
        case -1: return try divide(one, base, scale: scale).checked()
        case 2: return try multiply(base, base).rounded(toScale: scale).checked()
        default: break
        }
        if base.isZero { return Numeric(isNegative: false, magnitude: .zero, scale: scale) }
        // So many significant digits are enough; the rest is cut, with the power of ten kept beside.
        let significant = max(1, 1 + scale + Int(weight)) + Int(log10(Double(count.magnitude))) + 10
        func cut(_ value: (NaturalNumber, Int)) -> (NaturalNumber, Int) {
            let surplus: Int = value.0.digitCount - significant
            return surplus > 0 ? (value.0.droppingDigits(surplus).quotient, value.1 - surplus) : value
        }
        var square = cut((base.magnitude, base.scale))
        var product = (NaturalNumber.one, 0)
        var rest = count.magnitude
        while rest > 0 {
            try heedStop(significant)
            if rest & 1 == 1 { product = cut((product.0 * square.0, product.1 + square.1)) }
            rest >>= 1
            if rest > 0 { square = cut((square.0 * square.0, square.1 + square.1)) }
        }
        let isNegative = base.isNegative && count % 2 != 0
        let (magnitude, places) = product
        if count < 0 {
            let shift = scale + 1 + places
            let quotient =
                shift >= 0
                ? NaturalNumber.powerOfTen(shift).divided(by: magnitude).quotient : NaturalNumber.zero
            return Numeric(isNegative: isNegative, magnitude: quotient.roundingAway(1), scale: scale)
        }
        let whole = places < 0 ? magnitude.timesPowerOfTen(-places) : magnitude
        return try Numeric(isNegative: isNegative, magnitude: whole, scale: max(places, 0)).rounded(toScale: scale).checked()
    }
}
