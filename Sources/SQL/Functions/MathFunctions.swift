import Catalog
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// Functions of numbers that have names.
enum MathFunctions {
    private static let outOfRange = SQLError(.numericValueOutOfRange, "input is out of range")
    private static func power(_ message: String) -> SQLError { SQLError(.invalidArgumentForPower, message) }

    /// A function of doubles that is finite where its argument is.
    private static func real(_ body: @escaping @Sendable (Double) -> Double) -> SQLFunction.Body {
        .unary { a throws(SQLError) in
            let result = body(a.double)
            if result.isInfinite, a.double.isFinite { throw ArithmeticFunctions.overflow }
            return .double(result)
        }
    }

    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addRounding(to: &bodies)
        addPowers(to: &bodies)
        addTrigonometry(to: &bodies)
        addDegrees(to: &bodies)
        addRest(to: &bodies)
        return bodies
    }()

    private static func addRounding(to bodies: inout Bodies) {
        bodies["ceil"] = .unary { a in
            if case .numeric(let number) = a { .numeric(number.ceiling) } else { .double(a.double.rounded(.up)) }
        }
        bodies["ceiling"] = bodies["ceil"]
        bodies["floor"] = .unary { a in
            if case .numeric(let number) = a { .numeric(number.floor) } else { .double(a.double.rounded(.down)) }
        }
        bodies["round"] = .scalar { arguments, _ throws(SQLError) in
            guard case .numeric(let number) = arguments[0] else { return .double(arguments[0].double.rounded(.toNearestOrEven)) }
            let scale = arguments.count > 1 ? max(min(arguments[1].int, 16_383), -140_000) : 0
            return .numeric(try number.rounded(toScale: Int(scale)).checked())
        }
        bodies["trunc"] = .scalar { arguments, _ in
            guard case .numeric(let number) = arguments[0] else { return .double(arguments[0].double.rounded(.towardZero)) }
            let scale = arguments.count > 1 ? max(min(arguments[1].int, 16_383), -140_000) : 0
            return .numeric(number.truncated(toScale: Int(scale)))
        }
        bodies["dround"] = bodies["round"]
        bodies["dtrunc"] = bodies["trunc"]
        bodies["sign"] = .unary { a in
            if case .numeric(let number) = a { return .numeric(number.isNaN ? .nan : Numeric(Int64(number.signum))) }
            return .double(a.double > 0 ? 1 : a.double < 0 ? -1 : 0)
        }
        bodies["scale"] = .unary { $0.numeric.isFinite ? .int(Int64($0.numeric.scale)) : .null }
        bodies["min_scale"] = .unary { $0.numeric.isFinite ? .int(Int64($0.numeric.withoutTrailingZeros.scale)) : .null }
        bodies["trim_scale"] = .unary { .numeric($0.numeric.withoutTrailingZeros) }
    }

    private static func addPowers(to bodies: inout Bodies) {
        let root: SQLFunction.Body = .unary { a throws(SQLError) in
            if case .numeric(let number) = a { return .numeric(try Numeric.squareRoot(number)) }
            if a.double < 0 { throw power("cannot take square root of a negative number") }
            return .double(a.double.squareRoot())
        }
        bodies["sqrt"] = root
        bodies["dsqrt"] = root
        bodies["numeric_sqrt"] = root
        bodies["cbrt"] = real { Self.cubeRoot($0) }
        bodies["dcbrt"] = bodies["cbrt"]
        let raised: SQLFunction.Body = .binary { a, b throws(SQLError) in
            if case .numeric(let number) = a { return .numeric(try Numeric.power(number, b.numeric)) }
            return .double(try self.raise(a.double, b.double))
        }
        bodies["power"] = raised
        bodies["pow"] = raised
        bodies["dpow"] = raised
        let exponential: SQLFunction.Body = .unary { a throws(SQLError) in
            if case .numeric(let number) = a { return .numeric(try Numeric.exponential(number)) }
            let result = Self.exponential(a.double)
            if result.isInfinite, a.double.isFinite { throw ArithmeticFunctions.overflow }
            if result == 0, a.double.isFinite { throw ArithmeticFunctions.underflow }
            return .double(result)
        }
        bodies["exp"] = exponential
        bodies["dexp"] = exponential
        @Sendable func logarithm(
            _ real: @escaping @Sendable (Double) -> Double, _ exact: @escaping @Sendable (Numeric) throws(SQLError) -> Numeric
        ) -> SQLFunction.Body {
            .unary { a throws(SQLError) in
                if case .numeric(let number) = a { return .numeric(try exact(number)) }
                if a.double == 0 { throw SQLError(.invalidArgumentForLogarithm, "cannot take logarithm of zero") }
                if a.double < 0 { throw SQLError(.invalidArgumentForLogarithm, "cannot take logarithm of a negative number") }
                return .double(real(a.double))
            }
        }
        bodies["ln"] = logarithm({ Self.naturalLog($0) }, { number throws(SQLError) in try Numeric.naturalLogarithm(number) })
        let ten = Numeric(10 as Int64)
        bodies["log"] = logarithm(
            { Self.decimalLog($0) }, { number throws(SQLError) in try Numeric.logarithm(base: ten, of: number) })
        bodies["log10"] = bodies["log"]
        bodies["numeric_exp"] = exponential
        bodies["numeric_ln"] = bodies["ln"]
        bodies["dlog1"] = bodies["ln"]
        bodies["dlog10"] = bodies["log"]
        bodies["log#1736"] = .binary { a, b throws(SQLError) in .numeric(try Numeric.logarithm(base: a.numeric, of: b.numeric)) }
        bodies["numeric_log"] = bodies["log#1736"]
        bodies["factorial"] = .unary { a throws(SQLError) in
            if a.int < 0 { throw SQLError(.numericValueOutOfRange, "factorial of a negative number is undefined") }
            if a.int > 32177 { throw Numeric.overflow() }
            var product = NaturalNumber.one
            var part: UInt64 = 1
            for factor in stride(from: 2, through: UInt64(max(a.int, 1)), by: 1) {
                if part * factor >= NaturalNumber.base {
                    product = product * NaturalNumber(part)
                    part = 1
                    try QueryMemory.checkStopped()
                }
                part *= factor
            }
            product = product * NaturalNumber(part)
            return .numeric(Numeric(isNegative: false, magnitude: product, scale: 0))
        }
    }

    private static func cubeRoot(_ value: Double) -> Double { cbrt(value) }
    private static func exponential(_ value: Double) -> Double { exp(value) }
    private static func naturalLog(_ value: Double) -> Double { log(value) }
    private static func decimalLog(_ value: Double) -> Double { log10(value) }

    static func raise(_ base: Double, _ exponent: Double) throws(SQLError) -> Double {
        if base.isNaN { return exponent == 0 ? 1 : .nan }
        if exponent.isNaN { return base == 1 ? 1 : .nan }
        if base == 0, exponent < 0 { throw power("zero raised to a negative power is undefined") }
        if base < 0, exponent.isFinite, exponent.rounded() != exponent {
            throw power("a negative number raised to a non-integer power yields a complex result")
        }
        let result = pow(base, exponent)
        if result.isInfinite, base.isFinite, exponent.isFinite { throw ArithmeticFunctions.overflow }
        if result == 0, base != 0, base.isFinite, exponent.isFinite { throw ArithmeticFunctions.underflow }
        return result
    }

    private static func addTrigonometry(to bodies: inout Bodies) {
        /// Infinities have no sine.
        @Sendable func periodic(_ body: @escaping @Sendable (Double) -> Double) -> SQLFunction.Body {
            .unary { a throws(SQLError) in
                if a.double.isInfinite { throw outOfRange }
                let result = body(a.double)
                if result.isInfinite { throw ArithmeticFunctions.overflow }
                return .double(result)
            }
        }
        @Sendable func bounded(_ range: ClosedRange<Double>, _ body: @escaping @Sendable (Double) -> Double) -> SQLFunction.Body {
            .unary { a throws(SQLError) in
                if a.double.isNaN { return .double(.nan) }
                guard range.contains(a.double) else { throw outOfRange }
                return .double(body(a.double))
            }
        }
        bodies["sin"] = periodic { sin($0) }
        bodies["cos"] = periodic { cos($0) }
        bodies["tan"] = .unary { a throws(SQLError) in
            if a.double.isInfinite { throw outOfRange }
            return .double(tan(a.double))
        }
        bodies["cot"] = .unary { a throws(SQLError) in
            if a.double.isInfinite { throw outOfRange }
            return .double(1 / tan(a.double))
        }
        bodies["asin"] = bounded(-1...1) { asin($0) }
        bodies["acos"] = bounded(-1...1) { acos($0) }
        bodies["atan"] = .unary { .double(atan($0.double)) }
        bodies["atan2"] = .binary { .double(atan2($0.double, $1.double)) }
        bodies["sinh"] = .unary { .double(sinh($0.double)) }
        bodies["cosh"] = .unary { .double(cosh($0.double)) }
        bodies["tanh"] = .unary { .double(tanh($0.double)) }
        bodies["asinh"] = .unary { .double(asinh($0.double)) }
        bodies["acosh"] = bounded(1...Double.infinity) { acosh($0) }
        bodies["atanh"] = bounded(-1...1) { atanh($0) }
        bodies["degrees"] = real { $0 / radiansOfDegree }
        bodies["radians"] = .unary { a throws(SQLError) in
            let result = a.double * radiansOfDegree
            if result == 0, a.double != 0 { throw ArithmeticFunctions.underflow }
            return .double(result)
        }
        bodies["pi"] = .scalar { _, _ in .double(.pi) }
    }

    private static let radiansOfDegree = 0.0174532925199432957692

    /// The sine and the cosine of 0 to 90 degrees, by the steps that PostgreSQL takes: exact where the result is a round number.
    private static func firstSine(_ degrees: Double) -> Double {
        degrees <= 30
            ? sin(degrees * radiansOfDegree) / sin(30 * radiansOfDegree) / 2
            : 1 - (1 - cos((90 - degrees) * radiansOfDegree)) / (1 - cos(60 * radiansOfDegree)) / 2
    }

    private static func firstCosine(_ degrees: Double) -> Double {
        degrees <= 60
            ? 1 - (1 - cos(degrees * radiansOfDegree)) / (1 - cos(60 * radiansOfDegree)) / 2
            : sin((90 - degrees) * radiansOfDegree) / sin(30 * radiansOfDegree) / 2
    }

    /// Functions of degrees.
    private static func addDegrees(to bodies: inout Bodies) {
        /// The angle of the first quadrant, and whether the angle was below zero, beyond 180 degrees, and beyond 90 of these.
        @Sendable func folded(_ degrees: Double) -> (angle: Double, isNegative: Bool, isBeyond: Bool, isObtuse: Bool) {
            var angle = degrees.truncatingRemainder(dividingBy: 360)
            let isNegative = angle < 0
            if isNegative { angle = -angle }
            let isBeyond = angle > 180
            if isBeyond { angle = 360 - angle }
            let isObtuse = angle > 90
            return (isObtuse ? 180 - angle : angle, isNegative, isBeyond, isObtuse)
        }
        @Sendable func angle(_ body: @escaping @Sendable (Double) -> Double) -> SQLFunction.Body {
            .unary { a throws(SQLError) in
                if a.double.isNaN { return .double(.nan) }
                if a.double.isInfinite { throw outOfRange }
                return .double(body(a.double))
            }
        }
        bodies["sind"] = angle { degrees in
            let (angle, isNegative, isBeyond, _) = folded(degrees)
            return isNegative != isBeyond ? -firstSine(angle) : firstSine(angle)
        }
        bodies["cosd"] = angle { degrees in
            let (angle, _, _, isObtuse) = folded(degrees)
            return isObtuse ? -firstCosine(angle) : firstCosine(angle)
        }
        /// A quotient of the two, as a part of what it is for 45 degrees. There is no zero below zero.
        @Sendable func quotient(
            _ top: @escaping @Sendable (Double) -> Double, _ bottom: @escaping @Sendable (Double) -> Double
        ) -> SQLFunction.Body {
            angle { degrees in
                let (angle, isNegative, isBeyond, isObtuse) = folded(degrees)
                let result = top(angle) / bottom(angle) / (top(45) / bottom(45))
                let isBelow = (isNegative != isBeyond) != isObtuse
                return result == 0 ? 0 : isBelow ? -result : result
            }
        }
        bodies["tand"] = quotient({ firstSine($0) }, { firstCosine($0) })
        bodies["cotd"] = quotient({ firstCosine($0) }, { firstSine($0) })
        @Sendable func inverse(_ body: @escaping @Sendable (Double) -> Double) -> SQLFunction.Body {
            .unary { a throws(SQLError) in
                if a.double.isNaN { return .double(.nan) }
                guard a.double >= -1, a.double <= 1 else { throw outOfRange }
                return .double(body(a.double))
            }
        }
        @Sendable func firstQuadrant(_ x: Double) -> Double {
            x <= 0.5 ? asin(x) / asin(0.5) * 30 : 90 - acos(x) / acos(0.5) * 60
        }
        bodies["asind"] = inverse { $0 >= 0 ? firstQuadrant($0) : -firstQuadrant(-$0) }
        @Sendable func arcCosine(_ x: Double) -> Double { x <= 0.5 ? 90 - asin(x) / asin(0.5) * 30 : acos(x) / acos(0.5) * 60 }
        bodies["acosd"] = inverse { $0 >= 0 ? arcCosine($0) : 90 + firstQuadrant(-$0) }
        bodies["atand"] = .unary { .double(atan($0.double) / atan(1) * 45) }
        bodies["atan2d"] = .binary { .double(atan2($0.double, $1.double) / atan(1) * 45) }
    }

    /// The generator of `random()`, which `setseed` sets.
    private static let generator = Mutex<(UInt64, UInt64)>((.random(in: 1 ... .max), .random(in: 1 ... .max)))

    static func setSeed(_ value: Double) {
        generator.withLock { $0 = (value.bitPattern ^ 0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9) }
    }

    private static func addRest(to bodies: inout Bodies) {
        bodies["random"] = .scalar { _, _ in
            // xorshift128+
            let bits = generator.withLock { state -> UInt64 in
                var x = state.0
                let y = state.1
                state.0 = y
                x ^= x << 23
                state.1 = x ^ y ^ x >> 17 ^ y >> 26
                return state.1 &+ y
            }
            return .double(Double(bits >> 11) / 9_007_199_254_740_992)
        }
        bodies["setseed"] = .unary { a throws(SQLError) in
            guard a.double >= -1, a.double <= 1 else {
                throw SQLError(
                    .invalidParameterValue, "setseed parameter \(FloatText.general(a.double, precision: 6)) is out of allowed range [-1,1]")
            }
            setSeed(a.double)
            return .text("")
        }
        bodies["width_bucket"] = .scalar { arguments, context throws(SQLError) in try widthBucket(arguments, context) }
        bodies["to_hex"] = .scalar { arguments, context in
            .text(
                context.argumentTypes[0].oid == SQLType.int4.oid
                    ? String(UInt32(truncatingIfNeeded: arguments[0].int), radix: 16)
                    : String(UInt64(bitPattern: arguments[0].int), radix: 16))
        }
    }

    private static func widthBucket(_ arguments: [SQLValue], _ context: CallContext) throws(SQLError) -> SQLValue {
        func wrong(_ message: String) -> SQLError { SQLError(.invalidArgumentForWidthBucket, message) }
        if case .array(let bounds) = arguments[1] {
            if bounds.dimensions.count > 1 { throw SQLError(.arraySubscriptError, "thresholds must be one-dimensional array") }
            if bounds.elements.contains(where: \.isNull) {
                throw SQLError(.nullValueNotAllowed, "thresholds array must not contain NULLs")
            }
            let ordering = Ordering(bounds.elementType, context.session.types)
            var low = 0
            var high = bounds.elements.count
            while low < high {
                let middle = (low + high) / 2
                if ordering.compare(arguments[0], bounds.elements[middle]) < 0 { high = middle } else { low = middle + 1 }
            }
            return .int(Int64(low))
        }
        let count = arguments[3].int
        guard count > 0 else { throw wrong("count must be greater than zero") }
        if case .numeric(let operand) = arguments[0] {
            let (first, last) = (arguments[1].numeric, arguments[2].numeric)
            if operand.isNaN || first.isNaN || last.isNaN { throw wrong("operand, lower bound, and upper bound cannot be NaN") }
            if first.isInfinite || last.isInfinite { throw wrong("lower and upper bounds must be finite") }
            if first == last { throw wrong("lower bound cannot equal upper bound") }
            let isUp = first < last
            if isUp ? operand < first : operand > first { return .int(0) }
            if isUp ? operand >= last : operand <= last { return .int(try nextBucket(count)) }
            let part = try Numeric.multiply(Numeric.subtract(operand, first), Numeric(count))
            let quotient = try Numeric.quotientAndRemainder(part, Numeric.subtract(last, first)).quotient
            return .int((quotient.int64 ?? 0) + 1)
        }
        let (operand, first, last) = (arguments[0].double, arguments[1].double, arguments[2].double)
        if operand.isNaN || first.isNaN || last.isNaN { throw wrong("operand, lower bound, and upper bound cannot be NaN") }
        if first.isInfinite || last.isInfinite { throw wrong("lower and upper bounds must be finite") }
        if first == last { throw wrong("lower bound cannot equal upper bound") }
        let isUp = first < last
        if isUp ? operand < first : operand > first { return .int(0) }
        if isUp ? operand >= last : operand <= last { return .int(try nextBucket(count)) }
        // Of bounds that lie further apart than the greatest double, halves do not.
        let unit = (last - first).isInfinite ? 2.0 : 1.0
        let share = (operand / unit - first / unit) / (last / unit - first / unit)
        return .int(min(Int64(share * Double(count)), count - 1) + 1)
    }

    private static func nextBucket(_ count: Int64) throws(SQLError) -> Int64 {
        guard count < Int64(Int32.max) else { throw SQLError(.numericValueOutOfRange, "integer out of range") }
        return count + 1
    }
}
