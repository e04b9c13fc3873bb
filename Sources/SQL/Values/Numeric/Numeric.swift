/// A decimal number of any size: up to 131,072 digits before the point and 16,383 after it. Also NaN and the infinities.
///
/// A number of up to 18 digits, which most are, is an integer with a scale and needs no memory of its own.
package struct Numeric: Sendable {
    enum Form: Sendable {
        case small(Int64, scale: Int32)
        case large(Large)
        case nan
        case infinity(isNegative: Bool)
    }

    /// The number is the magnitude divided by ten to the power of the scale.
    final class Large: Sendable {
        let isNegative: Bool
        let magnitude: NaturalNumber
        let scale: Int

        init(isNegative: Bool, magnitude: NaturalNumber, scale: Int) {
            self.isNegative = isNegative
            self.magnitude = magnitude
            self.scale = scale
        }
    }

    let form: Form

    static let maximumIntegerDigits = 131_072
    static let maximumScale = 16_383
    /// Results of division, roots and logarithms have at most so many digits behind the point.
    static let maximumResultScale = 1000

    init(form: Form) {
        self.form = form
    }

    package init(_ value: Int64, scale: Int = 0) {
        self.form = .small(value, scale: Int32(scale))
    }

    package init(wide value: Int128, scale: Int = 0) {
        if let small = Int64(exactly: value) {
            self.init(small, scale: scale)
        } else {
            self.init(isNegative: value < 0, magnitude: NaturalNumber(value.magnitude), scale: scale)
        }
    }

    /// Takes the small form where it can.
    init(isNegative: Bool, magnitude: NaturalNumber, scale: Int) {
        if let value = magnitude.uint64, let small = Int64(exactly: value) {
            form = .small(isNegative ? -small : small, scale: Int32(scale))
        } else {
            form = .large(Large(isNegative: isNegative, magnitude: magnitude, scale: scale))
        }
    }

    package static let nan = Numeric(form: .nan)
    package static let infinity = Numeric(form: .infinity(isNegative: false))
    package static let negativeInfinity = Numeric(form: .infinity(isNegative: true))
    package static let zero = Numeric(0 as Int64)
    package static let one = Numeric(1 as Int64)

    package var isNaN: Bool {
        if case .nan = form { true } else { false }
    }

    package var isInfinite: Bool {
        if case .infinity = form { true } else { false }
    }

    package var isFinite: Bool { !isNaN && !isInfinite }

    package var isNegative: Bool {
        switch form {
        case .small(let value, _): value < 0
        case .large(let large): large.isNegative
        case .nan: false
        case .infinity(let isNegative): isNegative
        }
    }

    package var isZero: Bool {
        if case .small(0, _) = form { true } else { false }
    }

    /// −1, 0 or 1; 0 for NaN.
    package var signum: Int { isNaN || isZero ? 0 : isNegative ? -1 : 1 }

    /// How many digits stand behind the point; zero for NaN and the infinities.
    package var scale: Int {
        switch form {
        case .small(_, let scale): Int(scale)
        case .large(let large): large.scale
        default: 0
        }
    }

    var magnitude: NaturalNumber {
        switch form {
        case .small(let value, _): NaturalNumber(value.magnitude)
        case .large(let large): large.magnitude
        default: .zero
        }
    }

    /// The power of ten of the first digit; nil for zero.
    var exponent: Int? {
        let count = magnitude.digitCount
        return count == 0 ? nil : count - scale - 1
    }

    package var negated: Numeric {
        switch form {
        case .small(let value, let scale):
            value == .min ? Numeric(isNegative: false, magnitude: magnitude, scale: Int(scale)) : Numeric(-value, scale: Int(scale))
        case .large(let large): Numeric(isNegative: !large.isNegative, magnitude: large.magnitude, scale: large.scale)
        case .nan: self
        case .infinity(let isNegative): Numeric(form: .infinity(isNegative: !isNegative))
        }
    }

    package var absolute: Numeric { isNegative ? negated : self }

    static let powersOfTen: [Int64] = {
        var powers: [Int64] = [1]
        for _ in 0..<18 { powers.append((powers.last ?? 1) * 10) }
        return powers
    }()

    static func overflow() -> SQLError { SQLError(.numericValueOutOfRange, "value overflows numeric format") }

    /// The number itself, if PostgreSQL's format has room for it.
    func checked() throws(SQLError) -> Numeric {
        if case .large(let large) = form {
            guard large.scale <= Self.maximumScale, large.magnitude.digitCount - large.scale <= Self.maximumIntegerDigits else {
                throw Self.overflow()
            }
        }
        return self
    }
}

// MARK: Order

extension Numeric: Hashable, Comparable {
    /// NaN equals itself and is greater than every other number.
    package static func compare(_ a: Numeric, _ b: Numeric) -> Int {
        if case .small(let x, let s) = a.form, case .small(let y, let t) = b.form {
            if s == t { return x < y ? -1 : x > y ? 1 : 0 }
            if abs(s - t) <= 18 {
                let left = s < t ? Int128(x) * Int128(powersOfTen[Int(t - s)]) : Int128(x)
                let right = t < s ? Int128(y) * Int128(powersOfTen[Int(s - t)]) : Int128(y)
                return left < right ? -1 : left > right ? 1 : 0
            }
        }
        switch (a.form, b.form) {
        case (.nan, .nan): return 0
        case (.nan, _): return 1
        case (_, .nan): return -1
        case (.infinity(let x), .infinity(let y)): return x == y ? 0 : x ? -1 : 1
        case (.infinity(let x), _): return x ? -1 : 1
        case (_, .infinity(let y)): return y ? 1 : -1
        default: break
        }
        let (x, y) = (a.signum, b.signum)
        if x != y { return x < y ? -1 : 1 }
        if x == 0 { return 0 }
        guard let e = a.exponent, let f = b.exponent, e == f else {
            return (a.exponent ?? 0) < (b.exponent ?? 0) ? -x : x
        }
        let scale = max(a.scale, b.scale)
        return x
            * NaturalNumber.compare(a.magnitude.timesPowerOfTen(scale - a.scale), b.magnitude.timesPowerOfTen(scale - b.scale))
    }

    package static func == (a: Numeric, b: Numeric) -> Bool { compare(a, b) == 0 }
    package static func < (a: Numeric, b: Numeric) -> Bool { compare(a, b) < 0 }

    package func hash(into hasher: inout Hasher) {
        switch form {
        case .nan: hasher.combine(1)
        case .infinity(let isNegative): hasher.combine(isNegative ? 2 : 3)
        default:
            // 1.50 and 1.5 are equal.
            let trimmed = withoutTrailingZeros
            hasher.combine(trimmed.scale)
            if case .small(let value, _) = trimmed.form {
                hasher.combine(value)
            } else {
                hasher.combine(trimmed.isNegative)
                hasher.combine(trimmed.magnitude)
            }
        }
    }

    /// The same number with as few digits behind the point as it needs.
    package var withoutTrailingZeros: Numeric {
        switch form {
        case .small(var value, var scale):
            if value == 0 { return .zero }
            while scale > 0, value % 10 == 0 {
                value /= 10
                scale -= 1
            }
            return Numeric(value, scale: Int(scale))
        case .large(let large):
            let count = min(large.magnitude.trailingZeroDigits, large.scale)
            return count == 0
                ? self
                : Numeric(
                    isNegative: large.isNegative, magnitude: large.magnitude.droppingDigits(count).quotient, scale: large.scale - count)
        default: return self
        }
    }
}
