import Catalog
import ReQLish

/// Aggregates over the values of a group.
enum AggregateFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        bodies["count"] = .aggregate { _ in CountAccumulator() }
        bodies["sum"] = .aggregate { context in
            switch context.resultType.oid {
            case SQLType.float4.oid, SQLType.float8.oid:
                FloatSumAccumulator(isAverage: false, isSingle: context.resultType.oid == SQLType.float4.oid)
            case SQLType.interval.oid: IntervalSumAccumulator(isAverage: false)
            case SQLType.int8.oid: IntegerSumAccumulator(.bigint)
            default:
                context.argumentTypes[0].oid == SQLType.int8.oid ? IntegerSumAccumulator(.numeric) : NumericSumAccumulator(isAverage: false)
            }
        }
        bodies["avg"] = .aggregate { context in
            switch context.resultType.oid {
            case SQLType.float8.oid: FloatSumAccumulator(isAverage: true, isSingle: false)
            case SQLType.interval.oid: IntervalSumAccumulator(isAverage: true)
            default:
                context.argumentTypes[0].oid == SQLType.numeric.oid
                    ? NumericSumAccumulator(isAverage: true) : IntegerSumAccumulator(.average)
            }
        }
        bodies["min"] = .aggregate { ExtremeAccumulator(Ordering($0.argumentTypes[0], $0.session.types), sign: -1) }
        bodies["max"] = .aggregate { ExtremeAccumulator(Ordering($0.argumentTypes[0], $0.session.types), sign: 1) }
        bodies["bool_and"] = .aggregate { _ in FoldAccumulator { .bool($0.bool && $1.bool) } }
        bodies["every"] = bodies["bool_and"]
        bodies["bool_or"] = .aggregate { _ in FoldAccumulator { .bool($0.bool || $1.bool) } }
        bodies["bit_and"] = .aggregate { _ in FoldAccumulator { .int($0.int & $1.int) } }
        bodies["bit_or"] = .aggregate { _ in FoldAccumulator { .int($0.int | $1.int) } }
        bodies["bit_xor"] = .aggregate { _ in FoldAccumulator { .int($0.int ^ $1.int) } }
        bodies["array_agg"] = .aggregate { ArrayAccumulator($0) }
        bodies["string_agg"] = .aggregate { _ in StringAccumulator() }
        bodies["json_agg"] = .aggregate { JSONArrayAccumulator($0, isBinary: false) }
        bodies["jsonb_agg"] = .aggregate { JSONArrayAccumulator($0, isBinary: true) }
        bodies["json_object_agg"] = .aggregate { JSONObjectAccumulator($0, isBinary: false) }
        bodies["jsonb_object_agg"] = .aggregate { JSONObjectAccumulator($0, isBinary: true) }
        return bodies
    }()
}

/// An accumulator that takes what was counted and added up elsewhere.
protocol TallyAccumulator: Accumulator {
    func add(_ tally: Tally) throws(SQLError)
}

private final class CountAccumulator: TallyAccumulator {
    private var count: Int64 = 0
    func add(_ arguments: [SQLValue]) throws(SQLError) { count += 1 }
    func add(_ tally: Tally) { count += Int64(tally.count) }
    func result() throws(SQLError) -> SQLValue { .int(count) }
    var byteCount: Int { 32 }
    var canRemove: Bool { true }
    func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool {
        count -= 1
        return true
    }
}

/// Sums of integers: exact in 128 bits.
private final class IntegerSumAccumulator: Accumulator {
    enum Result { case bigint, numeric, average }

    private let kind: Result
    private var sum: Int128 = 0
    private var count: Int64 = 0

    init(_ kind: Result) { self.kind = kind }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        sum += Int128(arguments[0].int)
        count += 1
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 { return .null }
        switch kind {
        case .bigint:
            guard let sum = Int64(exactly: sum) else { throw SQLError(.numericValueOutOfRange, "bigint out of range") }
            return .int(sum)
        case .numeric: return .numeric(Numeric(wide: sum))
        case .average: return .numeric(try Numeric.divide(Numeric(wide: sum), Numeric(count)))
        }
    }

    var byteCount: Int { 48 }
    var canRemove: Bool { true }
    func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool {
        sum -= Int128(arguments[0].int)
        count -= 1
        return true
    }
}

private final class NumericSumAccumulator: Accumulator {
    private let isAverage: Bool
    private var sum = Numeric.zero
    private var count: Int64 = 0

    init(isAverage: Bool) { self.isAverage = isAverage }

    /// How many of the numbers have so many digits behind the point: the sum shows as many as the longest of them.
    private var scaleCounts: [Int] = []

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        let number = arguments[0].numeric
        sum = try Numeric.add(sum, number)
        count += 1
        let scale = max(0, number.scale)
        while scaleCounts.count <= scale { scaleCounts.append(0) }
        scaleCounts[scale] += 1
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 { return .null }
        return .numeric(isAverage ? try Numeric.divide(sum, Numeric(count)) : sum)
    }

    var byteCount: Int { 96 }
    var canRemove: Bool { true }

    /// NaN and the infinities never go away.
    func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool {
        let number = arguments[0].numeric
        guard sum.isFinite, number.isFinite else { return false }
        sum = try Numeric.subtract(sum, number)
        count -= 1
        scaleCounts[max(0, number.scale)] -= 1
        if let scale = scaleCounts.lastIndex(where: { $0 > 0 }) {
            if scale < sum.scale { sum = sum.rounded(toScale: scale) }
        } else {
            sum = .zero
        }
        return true
    }
}

/// Sums of floats, exact before the last rounding, so that the order of rows doesn't matter.
private final class FloatSumAccumulator: TallyAccumulator {
    private let isAverage: Bool
    private let isSingle: Bool
    private var sum = ExactSum()
    /// Infinities and NaN, which the exact sum has no place for.
    private var special: Double?
    private var count = 0

    init(isAverage: Bool, isSingle: Bool) {
        self.isAverage = isAverage
        self.isSingle = isSingle
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        let number = arguments[0].double
        count += 1
        if number.isFinite { sum.add(number) } else { special = (special ?? 0) + number }
    }

    func add(_ tally: Tally) {
        count += tally.count
        sum.add(tally.sum)
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 { return .null }
        var total = special ?? sum.value
        if isSingle { total = Double(Float(total)) }
        if total.isInfinite, special == nil { throw ArithmeticFunctions.overflow }
        return .double(isAverage ? total / Double(count) : total)
    }

    var byteCount: Int { 600 }
    var canRemove: Bool { special == nil }
    func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool {
        guard special == nil, arguments[0].double.isFinite else { return false }
        sum.add(-arguments[0].double)
        count -= 1
        return true
    }
}

private final class IntervalSumAccumulator: Accumulator {
    private let isAverage: Bool
    private var sum = Interval()
    private var count = 0

    init(isAverage: Bool) { self.isAverage = isAverage }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        sum = try DateTimeArithmetic.add(sum, arguments[0].interval)
        count += 1
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 { return .null }
        return .interval(isAverage ? try DateTimeArithmetic.divide(sum, by: Double(count)) : sum)
    }

    var byteCount: Int { 48 }
}

private final class ExtremeAccumulator: TallyAccumulator {
    private let ordering: Ordering
    private let sign: Int
    private var best: SQLValue?

    init(_ ordering: Ordering, sign: Int) {
        self.ordering = ordering
        self.sign = sign
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        guard let current = best else {
            best = arguments[0]
            return
        }
        if ordering.compare(arguments[0], current) * sign > 0 { best = arguments[0] }
    }

    /// Of the numbers of a field of an open table.
    func add(_ tally: Tally) throws(SQLError) {
        if tally.count > 0 { try add([.json(Datum(sign < 0 ? tally.least : tally.greatest))]) }
    }

    func result() throws(SQLError) -> SQLValue { best ?? .null }
    var byteCount: Int { 96 }
    var fold: ((SQLValue, SQLValue) -> SQLValue)? {
        { [ordering, sign] current, new in ordering.compare(new, current) * sign > 0 ? new : current }
    }
}

private final class FoldAccumulator: Accumulator {
    private let body: (SQLValue, SQLValue) -> SQLValue
    private var value: SQLValue?

    init(_ body: @escaping (SQLValue, SQLValue) -> SQLValue) { self.body = body }

    var fold: ((SQLValue, SQLValue) -> SQLValue)? { body }
    func add(_ arguments: [SQLValue]) throws(SQLError) { value = value.map { body($0, arguments[0]) } ?? arguments[0] }
    func result() throws(SQLError) -> SQLValue { value ?? .null }
    var byteCount: Int { 64 }
}

/// Arrays of values, or of arrays as one with a dimension more.
private final class ArrayAccumulator: Accumulator {
    private let type: SQLType
    private let isNested: Bool
    private var elements: [SQLValue] = []
    private var dimensions: [SQLArray.Dimension]?
    private var count = 0
    private var bytes = 0

    init(_ context: CallContext) {
        let argument = context.argumentTypes[0]
        let inner = TypeTable.element(of: TypeTable.base(of: argument, context.session.types).oid, context.session.types)
        isNested = inner != nil && argument.oid != SQLType.int2vector.oid && argument.oid != SQLType.oidvector.oid
        type = isNested ? inner ?? argument : SQLType(argument.oid)
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        count += 1
        bytes += 32
        guard isNested else {
            elements.append(arguments[0])
            bytes += arguments[0].longByteCount
            return
        }
        guard case .array(let array) = arguments[0] else {
            throw SQLError(.nullValueNotAllowed, "cannot accumulate null arrays")
        }
        if array.dimensions.isEmpty { throw SQLError(.arraySubscriptError, "cannot accumulate empty arrays") }
        if let dimensions, dimensions.map(\.count) != array.dimensions.map(\.count) {
            throw SQLError(.arraySubscriptError, "cannot accumulate arrays of different dimensionality")
        }
        try SQLArray.requireDimensions(array.dimensions.count + 1)
        dimensions = dimensions ?? array.dimensions
        elements += array.elements
        bytes += array.elements.count * 32
    }

    func result() throws(SQLError) -> SQLValue {
        if count == 0 { return .null }
        guard isNested else { return .array(SQLArray(type, elements)) }
        return .array(SQLArray(type, dimensions: [.init(count: count)] + (dimensions ?? []), elements: elements))
    }

    var byteCount: Int { bytes + 64 }
}

/// Texts or bytes with separators between them; NULLs are passed over.
private final class StringAccumulator: Accumulator {
    private var text: String?
    private var bytes: [UInt8]?

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        switch arguments[0] {
        case .text(let part):
            // In place: a copy for each row would make the whole quadratic.
            if text == nil { text = part } else { text?.append(arguments[1].text + part) }
            if (text?.utf8.count ?? 0) > TextFunctions.maximumByteCount { throw TextFunctions.tooLong }
        case .bytes(let part):
            if bytes == nil { bytes = part } else { bytes?.append(contentsOf: arguments[1].bytes + part) }
            if (bytes?.count ?? 0) > TextFunctions.maximumByteCount { throw TextFunctions.tooLong }
        default: break
        }
    }

    func result() throws(SQLError) -> SQLValue { text.map { .text($0) } ?? bytes.map { .bytes($0) } ?? .null }
    var byteCount: Int { (text?.utf8.count ?? 0) + (bytes?.count ?? 0) + 64 }
}

private final class JSONArrayAccumulator: Accumulator {
    private let context: CallContext
    private let isBinary: Bool
    private var elements: [Datum] = []
    private var text: String?
    private var bytes = 64

    init(_ context: CallContext, isBinary: Bool) {
        self.context = context
        self.isBinary = isBinary
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        if isBinary {
            elements.append(try JSONConversion.datum(arguments[0], context.argumentTypes[0], context.session))
            bytes += 48
            return
        }
        let part = JSONConversion.text(arguments[0], context.argumentTypes[0], context.session)
        let isCompound =
            switch arguments[0] {
            case .record, .array: true
            default: false
            }
        if text == nil { text = part } else { text?.append((isCompound ? ", \n " : ", ") + part) }
        if (text?.utf8.count ?? 0) > TextFunctions.maximumByteCount { throw TextFunctions.tooLong }
    }

    func result() throws(SQLError) -> SQLValue {
        if isBinary { return elements.isEmpty ? .null : .json(try JSONConversion.array(elements)) }
        return text.map { .text("[" + $0 + "]") } ?? .null
    }

    var byteCount: Int { bytes + (text?.utf8.count ?? 0) }
}

private final class JSONObjectAccumulator: Accumulator {
    private let context: CallContext
    private let isBinary: Bool
    private var fields: [(String, Datum)] = []
    private var text: String?

    init(_ context: CallContext, isBinary: Bool) {
        self.context = context
        self.isBinary = isBinary
    }

    func add(_ arguments: [SQLValue]) throws(SQLError) {
        let types = context.argumentTypes
        if arguments[0].isNull { throw SQLError(.invalidParameterValue, "field name must not be null") }
        let key = try JSONBuilding.key(arguments[0], types[0], context.session, isBinary: isBinary, number: 1)
        if isBinary {
            fields.append((key, try JSONConversion.datum(arguments[1], types[1], context.session)))
        } else {
            let part = JSONText.quoted(key) + " : " + JSONConversion.text(arguments[1], types[1], context.session)
            text = text.map { $0 + ", " + part } ?? part
        }
    }

    func result() throws(SQLError) -> SQLValue {
        if isBinary { return fields.isEmpty ? .null : .json(try JSONConversion.object(fields)) }
        return text.map { .text("{ " + $0 + " }") } ?? .null
    }

    var byteCount: Int { fields.count * 64 + (text?.utf8.count ?? 0) + 64 }
}
