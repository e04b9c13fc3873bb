import Catalog

/// generate_series.
enum SeriesFunctions {
    private static let limit = 50_000_000
    static let name = "generate_series"
    private static let partCount = 1024

    /// The integers of a series in parts, as they are wanted; nil for other arguments.
    static func parts(_ arguments: [SQLValue]) throws(SQLError) -> (() -> [SQLValue]?)? {
        guard case .int(let start)? = arguments.first, arguments.count >= 2, case .int(let end) = arguments[1] else { return nil }
        let step = arguments.count > 2 ? arguments[2].int : 1
        if step == 0 { throw SQLError(.invalidParameterValue, "step size cannot equal zero") }
        var current: Int64? = start
        return {
            var part: [SQLValue] = []
            part.reserveCapacity(partCount)
            while part.count < partCount, let value = current, step < 0 ? value >= end : value <= end {
                part.append(.int(value))
                let (next, overflow) = value.addingReportingOverflow(step)
                current = overflow ? nil : next
            }
            return part.isEmpty ? nil : part
        }
    }

    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        let zero = SQLError(.invalidParameterValue, "step size cannot equal zero")
        bodies["generate_series"] = .set { arguments, context throws(SQLError) in
            switch arguments[0] {
            case .int(let start): return try integers(start, arguments[1].int, arguments.count > 2 ? arguments[2].int : 1)
            case .numeric(let start):
                let (end, step) = (arguments[1].numeric, arguments.count > 2 ? arguments[2].numeric : .one)
                for (number, what) in [(start, "start"), (end, "stop"), (step, "step")] where !number.isFinite {
                    let kind = number.isNaN ? "NaN" : "infinity"
                    throw SQLError(.invalidParameterValue, "\(what) \(what == "step" ? "size" : "value") cannot be \(kind)")
                }
                if step.isZero { throw zero }
                var values: [SQLValue] = []
                var current = start
                while step.isNegative ? current >= end : current <= end {
                    values.append(.numeric(current))
                    current = try Numeric.add(current, step)
                    try check(values.count)
                }
                return values
            case .timestamp(let start): return try moments(start, arguments[1].microseconds, arguments[2].interval, nil)
            case .timestamptz(let start):
                return try moments(start, arguments[1].microseconds, arguments[2].interval, context.session.settings.timeZone)
            default: return []
            }
        }
        return bodies

        @Sendable func integers(_ start: Int64, _ end: Int64, _ step: Int64) throws(SQLError) -> [SQLValue] {
            if step == 0 { throw zero }
            var values: [SQLValue] = []
            var current = start
            while step < 0 ? current >= end : current <= end {
                values.append(.int(current))
                let (next, overflow) = current.addingReportingOverflow(step)
                if overflow { break }
                current = next
                try check(values.count)
            }
            return values
        }
        @Sendable func moments(_ start: Int64, _ end: Int64, _ step: Interval, _ zone: SQLTimeZone?) throws(SQLError) -> [SQLValue] {
            if step.span == 0 { throw zero }
            let isBackwards = step.span < 0
            var values: [SQLValue] = []
            var current = start
            while isBackwards ? current >= end : current <= end {
                values.append(zone == nil ? .timestamp(current) : .timestamptz(current))
                if let zone {
                    current = try DateTimeArithmetic.add(zoned: current, step, zone)
                } else {
                    current = try DateTimeArithmetic.add(current, step)
                }
                try check(values.count)
            }
            return values
        }
    }()

    private static func check(_ count: Int) throws(SQLError) {
        if count % 4096 == 0 { try QueryMemory.requireRoom(forValues: count) }
        if count > limit { throw SQLError(.programLimitExceeded, "a series has at most \(limit) values here") }
    }
}
