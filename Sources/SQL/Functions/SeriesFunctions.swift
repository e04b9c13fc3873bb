import Catalog

/// generate_series.
enum SeriesFunctions {
    static let name = "generate_series"
    private static let limit = 50_000_000
    private static let partCount = 1024

    /// The next values of a series, nil at its end.
    typealias Parts = () throws(SQLError) -> [SQLValue]?

    static let bodies: Bodies = [
        name: .set { arguments, context throws(SQLError) in
            let next = try parts(arguments, context.session)
            var values: [SQLValue] = []
            while let part = try next() {
                try QueryMemory.checkStopped()
                values += part
                try QueryMemory.requireRoom(forValues: values.count)
                if values.count > limit { throw SQLError(.programLimitExceeded, "a series has at most \(limit) values here") }
            }
            return values
        }
    ]

    /// The values of a series in parts, as they are wanted.
    static func parts(_ arguments: [SQLValue], _ session: any SQLSession) throws(SQLError) -> Parts {
        switch arguments[0] {
        case .int(let start):
            let (end, step) = (arguments[1].int, arguments.count > 2 ? arguments[2].int : 1)
            if step == 0 { throw zero }
            return counted(from: start, while: { step < 0 ? $0 >= end : $0 <= end }, SQLValue.int) { value in
                let (next, overflow) = value.addingReportingOverflow(step)
                return overflow ? nil : next
            }
        case .numeric(let start):
            let (end, step) = (arguments[1].numeric, arguments.count > 2 ? arguments[2].numeric : .one)
            for (number, what) in [(start, "start"), (end, "stop"), (step, "step")] where !number.isFinite {
                let kind = number.isNaN ? "NaN" : "infinity"
                throw SQLError(.invalidParameterValue, "\(what) \(what == "step" ? "size" : "value") cannot be \(kind)")
            }
            if step.isZero { throw zero }
            return counted(from: start, while: { step.isNegative ? $0 >= end : $0 <= end }, SQLValue.numeric) { value in
                // What is too large for a number is behind the end.
                try? Numeric.add(value, step)
            }
        case .timestamp(let start):
            return try moments(from: start, arguments, SQLValue.timestamp) { moment, step throws(SQLError) in
                try DateTimeArithmetic.add(moment, step)
            }
        case .timestamptz(let start):
            let zone = session.settings.timeZone
            return try moments(from: start, arguments, SQLValue.timestamptz) { moment, step throws(SQLError) in
                try DateTimeArithmetic.add(zoned: moment, step, zone)
            }
        default: return { nil }
        }
    }

    private static let zero = SQLError(.invalidParameterValue, "step size cannot equal zero")

    private static func moments(
        from start: Int64, _ arguments: [SQLValue], _ made: @escaping (Int64) -> SQLValue,
        _ following: @escaping (Int64, Interval) throws(SQLError) -> Int64
    ) throws(SQLError) -> Parts {
        let (end, step) = (arguments[1].microseconds, arguments[2].interval)
        if step.span == 0 { throw zero }
        let isBackwards = step.span < 0
        return counted(from: start, while: { isBackwards ? $0 >= end : $0 <= end }, made) { moment throws(SQLError) in
            try following(moment, step)
        }
    }

    /// - Parameter following: nil at the end of what the type has.
    private static func counted<Value>(
        from start: Value, while isInside: @escaping (Value) -> Bool, _ made: @escaping (Value) -> SQLValue,
        _ following: @escaping (Value) throws(SQLError) -> Value?
    ) -> Parts {
        var current: Value? = start
        return { () throws(SQLError) in
            var part: [SQLValue] = []
            part.reserveCapacity(partCount)
            while part.count < partCount, let value = current, isInside(value) {
                part.append(made(value))
                current = try following(value)
            }
            return part.isEmpty ? nil : part
        }
    }
}
