/// The functions and operators of dates, times and intervals.
enum DateTimeFunctions {
    static let bodies: Bodies = {
        var bodies: Bodies = [:]
        addOperators(to: &bodies)
        addParts(to: &bodies)
        addMakers(to: &bodies)
        addClocks(to: &bodies)
        addZones(to: &bodies)
        return bodies
    }()

    private static func addOperators(to bodies: inout Bodies) {
        func date(_ days: Int64) throws(SQLError) -> SQLValue {
            guard Calendar.isDate(days: Int(days)) else { throw SQLError(.datetimeFieldOverflow, "date out of range") }
            return .date(Int32(days))
        }
        @Sendable func shifted(_ days: Int32, _ count: Int64) throws(SQLError) -> SQLValue {
            if days == .min || days == .max { return .date(days) }
            guard Calendar.isDate(days: Int(Int64(days) + count)) else { throw SQLError(.datetimeFieldOverflow, "date out of range") }
            return .date(Int32(Int64(days) + count))
        }
        bodies["date_pli"] = .binary { a, b throws(SQLError) in try shifted(a.days, b.int) }
        bodies["integer_pl_date"] = .binary { a, b throws(SQLError) in try shifted(b.days, a.int) }
        bodies["date_mii"] = .binary { a, b throws(SQLError) in try shifted(a.days, -b.int) }
        bodies["date_mi"] = .binary { a, b throws(SQLError) in
            if a.days == .min || a.days == .max || b.days == .min || b.days == .max {
                throw SQLError(.datetimeFieldOverflow, "cannot subtract infinite dates")
            }
            return .int(Int64(a.days) - Int64(b.days))
        }
        let joined: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
            try DateTimeArithmetic.join(
                arguments[0], arguments[1], isZoned: context.resultType.oid == SQLType.timestamptz.oid, context)
        }
        for name in ["datetime_pl", "datetimetz_pl", "timedate_pl", "timetzdate_pl"] { bodies[name] = joined }
        // A moment plus or minus an interval, on either side.
        let plus: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in try sum(arguments[0], arguments[1], context) }
        for name in [
            "date_pl_interval", "interval_pl_date", "timestamp_pl_interval", "interval_pl_timestamp", "timestamptz_pl_interval",
            "interval_pl_timestamptz", "time_pl_interval", "interval_pl_time", "timetz_pl_interval", "interval_pl_timetz",
        ] {
            bodies[name] = plus
        }
        let minus: SQLFunction.Body = .scalar { arguments, context throws(SQLError) in
            try sum(arguments[0], .interval(DateTimeArithmetic.negated(arguments[1].interval)), context)
        }
        for name in ["date_mi_interval", "timestamp_mi_interval", "timestamptz_mi_interval", "time_mi_interval", "timetz_mi_interval"] {
            bodies[name] = minus
        }
        let difference: SQLFunction.Body = .binary { a, b throws(SQLError) in
            .interval(try DateTimeArithmetic.difference(a.microseconds, b.microseconds))
        }
        bodies["timestamp_mi"] = difference
        bodies["timestamptz_mi"] = difference
        bodies["time_mi_time"] = .binary { .interval(Interval(microseconds: $0.microseconds - $1.microseconds)) }
        bodies["interval_pl"] = .binary { a, b throws(SQLError) in .interval(try DateTimeArithmetic.add(a.interval, b.interval)) }
        bodies["interval_mi"] = .binary { a, b throws(SQLError) in
            let (months, first) = a.interval.months.subtractingReportingOverflow(b.interval.months)
            let (days, second) = a.interval.days.subtractingReportingOverflow(b.interval.days)
            let (microseconds, third) = a.interval.microseconds.subtractingReportingOverflow(b.interval.microseconds)
            if first || second || third { throw DateTimeArithmetic.outOfRange("interval") }
            return .interval(Interval(months: months, days: days, microseconds: microseconds))
        }
        bodies["interval_um"] = .unary { a throws(SQLError) in .interval(try DateTimeArithmetic.negated(a.interval)) }
        bodies["interval_mul"] = .binary { a, b throws(SQLError) in
            .interval(try DateTimeArithmetic.multiply(a.interval, by: b.double))
        }
        bodies["mul_d_interval"] = .binary { a, b throws(SQLError) in
            .interval(try DateTimeArithmetic.multiply(b.interval, by: a.double))
        }
        bodies["interval_div"] = .binary { a, b throws(SQLError) in
            .interval(try DateTimeArithmetic.divide(a.interval, by: b.double))
        }
    }

    private static func sum(_ a: SQLValue, _ b: SQLValue, _ context: CallContext) throws(SQLError) -> SQLValue {
        if case .interval = a { if case .interval = b {} else { return try sum(b, a, context) } }
        let interval = b.interval
        switch a {
        case .date(let days): return .timestamp(try DateTimeArithmetic.add(DateTimeConversion.timestamp(days), interval))
        case .timestamp(let moment): return .timestamp(try DateTimeArithmetic.add(moment, interval))
        case .timestamptz(let moment):
            return .timestamptz(try DateTimeArithmetic.add(zoned: moment, interval, context.session.settings.timeZone))
        case .time(let time):
            return .time(
                Calendar.floorDivide(time &+ interval.microseconds % Calendar.microsecondsPerDay, Calendar.microsecondsPerDay).remainder)
        case .timetz(let time, let west):
            let sum = time &+ interval.microseconds % Calendar.microsecondsPerDay
            return .timetz(Calendar.floorDivide(sum, Calendar.microsecondsPerDay).remainder, west: west)
        default: return .null
        }
    }

    private static func addParts(to bodies: inout Bodies) {
        let extraction: @Sendable ([SQLValue], CallContext) throws(SQLError) -> SQLValue = { arguments, context throws(SQLError) in
            guard let number = try DateTimeExtraction.field(arguments[0].text, of: arguments[1], context.argumentTypes[1], context) else {
                return .null
            }
            return context.resultType.oid == SQLType.float8.oid ? .double(number.double) : .numeric(number)
        }
        bodies["extract"] = .scalar(extraction)
        bodies["date_part"] = .scalar { arguments, context throws(SQLError) in
            // Of a date it is that of its midnight, so that it has hours, too.
            guard case .date(let days) = arguments[1] else { return try extraction(arguments, context) }
            let midnight = try DateTimeConversion.timestamp(days)
            guard let number = try DateTimeExtraction.field(arguments[0].text, of: .timestamp(midnight), .timestamp, context) else {
                return .null
            }
            return .double(number.double)
        }
        bodies["date_trunc"] = .scalar { arguments, context throws(SQLError) in
            switch arguments[1] {
            case .timestamp(let moment) where DateTimeConversion.isInfinite(moment): return arguments[1]
            case .timestamptz(let moment) where DateTimeConversion.isInfinite(moment): return arguments[1]
            case .timestamp(let moment):
                return .timestamp(try DateTimeExtraction.truncated(arguments[0].text, moment, "timestamp without time zone").moment)
            case .timestamptz(let moment):
                let zone = arguments.count > 2 ? try zone(named: arguments[2].text) : context.session.settings.timeZone
                let local = try DateTimeConversion.local(moment, zone)
                let (cut, isDate) = try DateTimeExtraction.truncated(arguments[0].text, local, "timestamp with time zone")
                return .timestamptz(isDate ? try DateTimeConversion.utc(cut, zone) : moment - (local - cut))
            default: return .interval(try DateTimeExtraction.truncated(arguments[0].text, arguments[1].interval))
            }
        }
        bodies["date_bin"] = .scalar { arguments, _ throws(SQLError) in
            let moment = arguments[1].microseconds
            if DateTimeConversion.isInfinite(moment) { return arguments[1] }
            let origin = arguments[2].microseconds
            if DateTimeConversion.isInfinite(origin) { throw SQLError(.datetimeFieldOverflow, "origin out of range") }
            let stride = arguments[0].interval
            if stride.months != 0 {
                throw SQLError(.featureNotSupported, "timestamps cannot be binned into intervals containing months or years")
            }
            let width = Int128(stride.days) * Int128(Calendar.microsecondsPerDay) + Int128(stride.microseconds)
            guard width > 0 else { throw SQLError(.datetimeFieldOverflow, "stride must be greater than zero") }
            let distance = Int128(moment) - Int128(origin)
            let remainder = distance % width
            guard width <= Int128(Int64.max), distance >= Int128(Int64.min), distance <= Int128(Int64.max),
                let result = Int64(exactly: Int128(moment) - remainder - (remainder < 0 ? width : 0)), Calendar.isTimestamp(result)
            else { throw DateTimeArithmetic.outOfRange("interval") }
            if case .timestamptz = arguments[1] { return .timestamptz(result) }
            return .timestamp(result)
        }
        bodies["age"] = .scalar { arguments, context throws(SQLError) in
            let zone = context.session.settings.timeZone
            func local(_ value: SQLValue) throws(SQLError) -> Int64 {
                if case .timestamptz(let moment) = value { return try DateTimeConversion.local(moment, zone) }
                return value.microseconds
            }
            if arguments.count == 2 { return .interval(try DateTimeArithmetic.age(local(arguments[0]), local(arguments[1]))) }
            let now = BrokenDownTime(timestamptz: context.session.transactionTime, zone: zone)
            let midnight = Int64(now.julianDay - Calendar.julianEpoch) * Calendar.microsecondsPerDay
            return .interval(try DateTimeArithmetic.age(midnight, local(arguments[0])))
        }
        bodies["justify_hours"] = .unary { a throws(SQLError) in .interval(try DateTimeArithmetic.justifyHours(a.interval)) }
        bodies["justify_days"] = .unary { a throws(SQLError) in .interval(try DateTimeArithmetic.justifyDays(a.interval)) }
        bodies["justify_interval"] = .unary { a throws(SQLError) in .interval(try DateTimeArithmetic.justify(a.interval)) }
        bodies["isfinite"] = .unary { a in
            switch a {
            case .date(let days): .bool(days != .min && days != .max)
            case .timestamp(let moment), .timestamptz(let moment): .bool(!DateTimeConversion.isInfinite(moment))
            default: .bool(true)
            }
        }
        bodies["overlaps"] = .scalar { arguments, context throws(SQLError) in try overlaps(arguments, context) }
    }

    /// Whether two spans of time have a moment in common; each is given by its ends, or its start and its length.
    private static func overlaps(_ arguments: [SQLValue], _ context: CallContext) throws(SQLError) -> SQLValue {
        func span(_ a: SQLValue, _ b: SQLValue) throws(SQLError) -> (SQLValue, SQLValue)? {
            if a.isNull {
                if b.isNull { return nil }
                if case .interval = b { return nil }
                return (b, .null)
            }
            if b.isNull { return (a, .null) }
            var end = b
            if case .interval = b { end = try sum(a, b, context) }
            if case .date(let days) = a, case .timestamp = end { return order(.timestamp(try DateTimeConversion.timestamp(days)), end) }
            return order(a, end)
        }
        func order(_ a: SQLValue, _ b: SQLValue) -> (SQLValue, SQLValue) { Ordering.compare(a, b) > 0 ? (b, a) : (a, b) }
        guard let first = try span(arguments[0], arguments[1]), let second = try span(arguments[2], arguments[3]) else { return .null }
        let starts = Ordering.compare(first.0, second.0)
        if starts == 0 {
            return first.1.isNull || second.1.isNull ? .null : .bool(true)
        }
        let (early, late) = starts < 0 ? (first, second) : (second, first)
        if early.1.isNull { return .null }
        if Ordering.compare(late.0, early.1) < 0 { return .bool(true) }
        return late.1.isNull ? .null : .bool(false)
    }

    private static func addMakers(to bodies: inout Bodies) {
        func outOfRange(_ text: String) -> SQLError { SQLError(.datetimeFieldOverflow, text) }
        @Sendable func days(_ year: Int64, _ month: Int64, _ day: Int64) throws(SQLError) -> Int {
            let text = "date field value out of range: \(year)-\(DateTimeFunctions.two(month))-\(DateTimeFunctions.two(day))"
            let astronomical = year < 0 ? year + 1 : year
            guard year != 0, (1...12).contains(month), (1...31).contains(day), astronomical > -4800, astronomical < 6_000_000,
                Int(day) <= Calendar.dayCount(year: Int(astronomical), month: Int(month))
            else { throw SQLError(.datetimeFieldOverflow, text) }
            let days = Calendar.days(year: Int(astronomical), month: Int(month), day: Int(day))
            guard Calendar.isDate(days: days) else { throw SQLError(.datetimeFieldOverflow, text) }
            return days
        }
        @Sendable func clock(_ hour: Int64, _ minute: Int64, _ second: Double) throws(SQLError) -> Int64 {
            let seconds = FloatText.general(second, precision: 6)
            let wrong = SQLError(
                .datetimeFieldOverflow,
                "time field value out of range: \(hour):\(DateTimeFunctions.two(minute)):\(seconds.utf8.count < 2 ? "0" : "")\(seconds)")
            guard (0...24).contains(hour), (0...59).contains(minute), second >= 0, second <= 60 else { throw wrong }
            let total = (hour * 60 + minute) * 60_000_000 + Int64((second * 1_000_000).rounded(.toNearestOrEven))
            guard total <= Calendar.microsecondsPerDay else { throw wrong }
            return total
        }
        bodies["make_date"] = .scalar { arguments, _ throws(SQLError) in
            .date(Int32(try days(arguments[0].int, arguments[1].int, arguments[2].int)))
        }
        bodies["make_time"] = .scalar { arguments, _ throws(SQLError) in
            .time(try clock(arguments[0].int, arguments[1].int, arguments[2].double))
        }
        @Sendable func timestamp(_ arguments: [SQLValue]) throws(SQLError) -> Int64 {
            let date = try days(arguments[0].int, arguments[1].int, arguments[2].int)
            let time = try clock(arguments[3].int, arguments[4].int, arguments[5].double)
            guard let moment = Calendar.timestamp(days: date, microseconds: time) else { throw DateTimeArithmetic.outOfRange("timestamp") }
            return moment
        }
        bodies["make_timestamp"] = .scalar { arguments, _ throws(SQLError) in .timestamp(try timestamp(arguments)) }
        bodies["make_timestamptz"] = .scalar { arguments, context throws(SQLError) in
            let local = try timestamp(arguments)
            let zone = arguments.count > 6 ? try zone(orOffset: arguments[6].text) : context.session.settings.timeZone
            return .timestamptz(try DateTimeConversion.utc(local, zone))
        }
        bodies["make_interval"] = .scalar { arguments, _ throws(SQLError) in
            let months = arguments[0].int * 12 + arguments[1].int
            let days = arguments[2].int * 7 + arguments[3].int
            let seconds = (arguments[6].double * 1_000_000).rounded(.toNearestOrEven)
            guard let months = Int32(exactly: months), let days = Int32(exactly: days), seconds.magnitude < 9e18 else {
                throw DateTimeArithmetic.outOfRange("interval")
            }
            let time = Int128(arguments[4].int * 3600 + arguments[5].int * 60) * 1_000_000 + Int128(Int64(seconds))
            guard let microseconds = Int64(exactly: time) else { throw DateTimeArithmetic.outOfRange("interval") }
            return .interval(Interval(months: months, days: days, microseconds: microseconds))
        }
        bodies["to_timestamp#1158"] = .unary { a throws(SQLError) in
            let seconds = a.double
            if seconds.isNaN { throw SQLError(.datetimeFieldOverflow, "timestamp cannot be NaN") }
            if seconds.isInfinite { return .timestamptz(seconds < 0 ? .min : .max) }
            let moment = ((seconds - Double(Calendar.unixEpochDays) * 86400) * 1_000_000).rounded(.toNearestOrEven)
            guard moment.magnitude < 9.223e18, Calendar.isTimestamp(Int64(moment)) else {
                throw SQLError(.datetimeFieldOverflow, "timestamp out of range: \"\(FloatText.general(seconds, precision: 6))\"")
            }
            return .timestamptz(Int64(moment))
        }
    }

    static func two(_ number: Int64) -> String { number >= 0 && number < 10 ? "0\(number)" : "\(number)" }

    private static func addClocks(to bodies: inout Bodies) {
        for name in ["now", "transaction_timestamp"] {
            bodies[name] = .scalar { _, context in .timestamptz(context.session.transactionTime) }
        }
        bodies["statement_timestamp"] = .scalar { _, context in .timestamptz(context.session.statementTime) }
        bodies["clock_timestamp"] = .scalar { _, _ in .timestamptz(WallTime.now) }
    }

    // MARK: Zones

    /// A zone by its abbreviation, its name, or POSIX's notation.
    static func zone(named name: String) throws(SQLError) -> SQLTimeZone {
        switch ZoneAbbreviations.meaning(name) {
        case .offset(let offset): return SQLTimeZone(secondsEast: offset)
        case .zone(let zone): return zone
        case nil: break
        }
        guard let zone = SQLTimeZone(named: name) else {
            throw SQLError(.invalidParameterValue, "time zone \"\(name)\" not recognized")
        }
        return zone
    }

    /// A zone as `make_timestamptz` takes it: an offset with its sign, too.
    private static func zone(orOffset text: String) throws(SQLError) -> SQLTimeZone {
        guard let first = text.utf8.first, ASCII.isDigit(first) || first == UInt8(ascii: "+") || first == UInt8(ascii: "-") else {
            return try zone(named: text)
        }
        guard !ASCII.isDigit(first) else {
            throw SQLError(
                .invalidParameterValue, "invalid input syntax for type numeric time zone: \"\(text)\"",
                hint: "Numeric time zones must have \"-\" or \"+\" as first character.")
        }
        do throws(DateTimeFault) {
            return SQLTimeZone(secondsEast: try DateTimeReader.zoneOffset(Array(text.utf8)))
        } catch {
            if case .zoneOverflow = error { throw SQLError(.invalidParameterValue, "numeric time zone \"\(text)\" out of range") }
            return try zone(named: text)
        }
    }

    private static func addZones(to bodies: inout Bodies) {
        bodies["timezone"] = .scalar { arguments, context throws(SQLError) in
            switch arguments[1] {
            case .timestamp(let moment) where DateTimeConversion.isInfinite(moment): return .timestamptz(moment)
            case .timestamptz(let moment) where DateTimeConversion.isInfinite(moment): return .timestamp(moment)
            default: break
            }
            let zone: SQLTimeZone
            if case .interval(let interval) = arguments[0] {
                guard interval.months == 0, interval.days == 0 else {
                    throw SQLError(
                        .invalidParameterValue,
                        "interval time zone \"\(DateTimeWriter.interval(interval, style: .postgres))\" must not include months or days")
                }
                zone = SQLTimeZone(secondsEast: Int32(truncatingIfNeeded: interval.microseconds / 1_000_000))
            } else {
                zone = try self.zone(named: arguments[0].text)
            }
            switch arguments[1] {
            case .timestamp(let local): return .timestamptz(try DateTimeConversion.utc(local, zone))
            case .timestamptz(let moment): return .timestamp(try DateTimeConversion.local(moment, zone))
            case .timetz(let time, let west):
                let offset = zone.local(context.session.transactionTime).offset
                let utc = time + Int64(west) * 1_000_000
                let shifted = Calendar.floorDivide(utc + Int64(offset) * 1_000_000, Calendar.microsecondsPerDay).remainder
                return .timetz(shifted, west: -offset)
            default: return .null
            }
        }
    }
}
