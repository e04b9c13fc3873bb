/// Variances, regressions and percentiles.
enum StatisticsFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        for (name, isRoot, isPopulation) in [
            ("stddev", true, false), ("stddev_samp", true, false), ("stddev_pop", true, true), ("variance", false, false),
            ("var_samp", false, false), ("var_pop", false, true),
        ] {
            bodies[name] = .aggregate { context in
                if context.resultType.oid == SQLType.float8.oid { return FloatVariance(isRoot: isRoot, isPopulation: isPopulation) }
                return NumericVariance(isRoot: isRoot, isPopulation: isPopulation)
            }
        }
        for name in Regression.Result.allCases { bodies[name.rawValue] = .aggregate { _ in Regression(name) } }
        bodies["percentile_cont"] = .aggregate { Percentile($0, isContinuous: true) }
        bodies["percentile_disc"] = .aggregate { Percentile($0, isContinuous: false) }
        bodies["mode"] = .aggregate { ModeAccumulator(Ordering($0.argumentTypes[0], $0.session.types)) }
        return bodies
    }()
}

/// Finite numbers whose sums or squares are none.
private let overflow = SQLError(.numericValueOutOfRange, "value out of range: overflow")

private final class NumericVariance: Accumulator {
    private let isRoot: Bool
    private let isPopulation: Bool
    private var count: Int64 = 0
    private var sum = Numeric.zero
    private var squares = Numeric.zero

    init(isRoot: Bool, isPopulation: Bool) {
        self.isRoot = isRoot
        self.isPopulation = isPopulation
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        let number: Numeric = if case .int(let integer) = arguments[0] { Numeric(integer) } else { arguments[0].numeric }
        count += 1
        // The difference of these may be small, and the squares larger than any numeric: all digits count.
        sum = Numeric.exactSum(sum, number)
        squares = Numeric.exactSum(squares, Numeric.exactProduct(number, number))
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 || !isPopulation && count == 1 { return .null }
        if !sum.isFinite || !squares.isFinite { return .numeric(.nan) }
        let number = Numeric(count)
        let numerator = Numeric.exactSum(Numeric.exactProduct(squares, number), Numeric.exactProduct(sum, sum).negated)
        if numerator.signum <= 0 { return .numeric(.zero) }
        let divisor = try Numeric.multiply(number, isPopulation ? number : Numeric(count - 1))
        let scale = Numeric.quotientScale(numerator, divisor)
        let variance = Numeric.divide(numerator, divisor, scale: scale)
        return .numeric(isRoot ? Numeric.squareRoot(variance, scale: scale) : variance)
    }

    var byteCount: Int { 160 }
}

/// Youngs' and Cramer's way: no cancellation between large sums.
private final class FloatVariance: Accumulator {
    private let isRoot: Bool
    private let isPopulation: Bool
    private var count = 0.0
    private var sum = 0.0
    private var deviation = 0.0

    init(isRoot: Bool, isPopulation: Bool) {
        self.isRoot = isRoot
        self.isPopulation = isPopulation
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        let value = arguments[0].double
        let areFinite = !sum.isInfinite && !value.isInfinite
        count += 1
        sum += value
        if count > 1 {
            let difference = value * count - sum
            deviation += difference * difference / (count * (count - 1))
            if deviation.isInfinite || sum.isInfinite {
                if areFinite { throw overflow }
                deviation = .nan
            }
        } else if !value.isFinite {
            deviation = .nan
        }
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 || !isPopulation && count == 1 { return .null }
        let variance = deviation / (isPopulation ? count : count - 1)
        return .double(isRoot ? variance.squareRoot() : variance)
    }

    var byteCount: Int { 64 }
}

private final class Regression: Accumulator {
    enum Result: String, CaseIterable, Sendable {
        case corr, covar_pop, covar_samp, regr_avgx, regr_avgy, regr_count, regr_intercept, regr_r2, regr_slope, regr_sxx, regr_sxy,
            regr_syy
    }

    private let kind: Result
    private var count = 0.0
    private var sumX = 0.0
    private var sumY = 0.0
    private var xx = 0.0
    private var yy = 0.0
    private var xy = 0.0

    init(_ kind: Result) { self.kind = kind }

    /// Y comes first.
    func add(_ arguments: [SQLValue]) throws(SQLError) {
        if kind == .regr_count {
            count += 1
            return
        }
        let (y, x) = (arguments[0].double, arguments[1].double)
        let (isFiniteX, isFiniteY) = (!sumX.isInfinite && !x.isInfinite, !sumY.isInfinite && !y.isInfinite)
        count += 1
        sumX += x
        sumY += y
        if count > 1 {
            let dx = x * count - sumX
            let dy = y * count - sumY
            let scale = 1 / (count * (count - 1))
            xx += dx * dx * scale
            yy += dy * dy * scale
            xy += dx * dy * scale
            if isFiniteX && (sumX.isInfinite || xx.isInfinite) || isFiniteY && (sumY.isInfinite || yy.isInfinite)
                || isFiniteX && isFiniteY && xy.isInfinite
            {
                throw overflow
            }
            if xx.isInfinite { xx = .nan }
            if yy.isInfinite { yy = .nan }
            if xy.isInfinite { xy = .nan }
        } else {
            if !x.isFinite { (xx, xy) = (.nan, .nan) }
            if !y.isFinite { (yy, xy) = (.nan, .nan) }
        }
    }

    func result() throws(SQLError) -> SQLValue {
        if kind == .regr_count { return .int(Int64(count)) }
        if count < 1 || kind == .covar_samp && count < 2 { return .null }
        switch kind {
        case .regr_sxx: return .double(xx)
        case .regr_syy: return .double(yy)
        case .regr_sxy: return .double(xy)
        case .regr_avgx: return .double(sumX / count)
        case .regr_avgy: return .double(sumY / count)
        case .covar_pop: return .double(xy / count)
        case .covar_samp: return .double(xy / (count - 1))
        case .corr: return xx == 0 || yy == 0 ? .null : .double(xy / (xx * yy).squareRoot())
        case .regr_r2: return xx == 0 ? .null : yy == 0 ? .double(1) : .double(xy * xy / (xx * yy))
        case .regr_slope: return xx == 0 ? .null : .double(xy / xx)
        case .regr_intercept: return xx == 0 ? .null : .double((sumY - sumX * xy / xx) / count)
        case .regr_count: return .null
        }
    }

    var byteCount: Int { 96 }
}

/// percentile_cont and percentile_disc: each row brings the fraction, or an array of fractions, and the value, which come in order.
private final class Percentile: Accumulator {
    private let isContinuous: Bool
    private let elementType: SQLType
    private var fraction: SQLValue = .null
    private var values: [SQLValue] = []

    init(_ context: CallContext, isContinuous: Bool) {
        self.isContinuous = isContinuous
        elementType = SQLType(context.argumentTypes.last?.oid ?? 0)
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        fraction = arguments[0]
        guard let value = arguments.last, !value.isNull else { return }
        values.append(value)
    }

    func result() throws(SQLError) -> SQLValue {
        if values.isEmpty || fraction.isNull { return .null }
        guard case .array(let fractions) = fraction else { return try value(at: fraction.double) }
        var results: [SQLValue] = []
        for fraction in fractions.elements { results.append(fraction.isNull ? .null : try value(at: fraction.double)) }
        return .array(SQLArray(elementType, dimensions: fractions.dimensions, elements: results))
    }

    private func value(at fraction: Double) throws(SQLError) -> SQLValue {
        guard fraction >= 0, fraction <= 1 else {
            throw SQLError(
                .numericValueOutOfRange, "percentile value \(FloatText.general(fraction, precision: 6)) is not between 0 and 1")
        }
        if !isContinuous {
            let place = (fraction * Double(values.count)).rounded(.up)
            return values[max(0, Int(place) - 1)]
        }
        let place = fraction * Double(values.count - 1)
        let low = Int(place.rounded(.down))
        let high = Int(place.rounded(.up))
        let part = place - Double(low)
        if low == high { return values[low] }
        if case .interval(let a) = values[low] {
            let difference = try DateTimeArithmetic.add(values[high].interval, DateTimeArithmetic.negated(a))
            return .interval(try DateTimeArithmetic.add(a, DateTimeArithmetic.multiply(difference, by: part)))
        }
        return .double(values[low].double + part * (values[high].double - values[low].double))
    }

    var byteCount: Int { values.count * 32 + 64 }
}

/// The most frequent value; rows come in order, so equal ones stand together.
private final class ModeAccumulator: Accumulator {
    private let ordering: Ordering
    private var current: SQLValue = .null
    private var count = 0
    private var best: SQLValue = .null
    private var bestCount = 0

    init(_ ordering: Ordering) { self.ordering = ordering }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        guard let value = arguments.last, !value.isNull else { return }
        if count > 0, ordering.equal(value, current) {
            count += 1
        } else {
            current = value
            count = 1
        }
        if count > bestCount {
            best = current
            bestCount = count
        }
    }

    func result() throws(SQLError) -> SQLValue { best }
    var byteCount: Int { 128 }
}
