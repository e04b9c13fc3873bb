/// The fields of extract, date_part and date_trunc.
enum DateTimeField: String {
    case century, day, decade, dow, doy, epoch, hour, isodow, isoyear, julian, microsecond, millennium, millisecond, minute, month, quarter,
        second, timezone, timezoneHour, timezoneMinute, week, year

    private static let spellings: [String: DateTimeField] = {
        var table: [String: DateTimeField] = [
            "c": .century, "cent": .century, "centuries": .century, "d": .day, "days": .day, "decades": .decade, "dec": .decade,
            "decs": .decade, "h": .hour, "hr": .hour, "hours": .hour, "hrs": .hour, "j": .julian, "jd": .julian, "us": .microsecond,
            "usec": .microsecond, "usecs": .microsecond, "usecond": .microsecond, "useconds": .microsecond, "microseconds": .microsecond,
            "microsecon": .microsecond, "mil": .millennium, "mils": .millennium, "millennia": .millennium, "ms": .millisecond,
            "msec": .millisecond, "msecs": .millisecond, "msecond": .millisecond, "mseconds": .millisecond, "milliseconds": .millisecond,
            "millisecon": .millisecond, "m": .minute, "min": .minute, "mins": .minute, "minutes": .minute, "mon": .month, "mons": .month,
            "months": .month, "qtr": .quarter, "s": .second, "sec": .second, "secs": .second, "seconds": .second,
            "timezone_hour": .timezoneHour, "timezone_h": .timezoneHour, "timezone_minute": .timezoneMinute, "timezone_m": .timezoneMinute,
            "w": .week, "weeks": .week, "y": .year, "yr": .year, "years": .year, "yrs": .year,
        ]
        for field in [
            DateTimeField.century, .day, .decade, .dow, .doy, .epoch, .hour, .isodow, .isoyear, .julian, .microsecond, .millennium,
            .millisecond,
            .minute, .month, .quarter, .second, .timezone, .week, .year,
        ] {
            table[field.rawValue] = field
        }
        return table
    }()

    init?(named name: String) {
        guard let field = Self.spellings[name.lowercased()] else { return nil }
        self = field
    }

    static func unknown(_ name: String, _ type: String) -> SQLError {
        SQLError(.invalidParameterValue, "unit \"\(name.lowercased())\" not recognized for type \(type)")
    }

    static func unsupported(_ name: String, _ type: String) -> SQLError {
        SQLError(.featureNotSupported, "unit \"\(name.lowercased())\" not supported for type \(type)")
    }
}

enum DateTimeExtraction {
    /// extract's number; date_part's is its double.
    static func field(_ name: String, of value: SQLValue, _ type: SQLType, _ context: CallContext) throws(SQLError) -> Numeric? {
        let typeName = TypeTable.entry(type.oid)?.displayName ?? ""
        guard let field = DateTimeField(named: name) else { throw DateTimeField.unknown(name, typeName) }
        switch value {
        case .date(let days):
            if days == Calendar.infiniteDate || days == Calendar.negativeInfiniteDate {
                return try infinite(field, name, isNegative: days < 0, typeName)
            }
            var time = BrokenDownTime()
            (time.year, time.month, time.day) = Calendar.date(days: Int(days))
            switch field {
            case .epoch: return Numeric((Int64(days) + Int64(Calendar.unixEpochDays)) * 86400)
            case .julian: return Numeric(Int64(days) + Int64(Calendar.julianEpoch))
            case .hour, .minute, .second, .microsecond, .millisecond, .timezone, .timezoneHour, .timezoneMinute:
                throw DateTimeField.unsupported(name, typeName)
            default: return try ofDate(field, time)
            }
        case .timestamp(let moment), .timestamptz(let moment):
            if DateTimeConversion.isInfinite(moment) { return try infinite(field, name, isNegative: moment < 0, typeName) }
            let isZoned = if case .timestamptz = value { true } else { false }
            let time =
                isZoned
                ? BrokenDownTime(timestamptz: moment, zone: context.session.settings.timeZone) : BrokenDownTime(timestamp: moment)
            switch field {
            case .epoch:
                return Numeric(wide: Int128(moment) + Int128(Calendar.unixEpochDays) * Int128(Calendar.microsecondsPerDay), scale: 6)
            case .julian:
                let rest = try Numeric.divide(
                    Numeric(time.microsecondsOfDay), Numeric(Calendar.microsecondsPerDay))
                return try Numeric.add(Numeric(Int64(time.julianDay)), rest)
            case .timezone, .timezoneHour, .timezoneMinute:
                guard isZoned else { throw DateTimeField.unsupported(name, typeName) }
                return zone(field, Int64(time.offset))
            default: return try ofDate(field, time)
            }
        case .time(let time):
            guard let result = ofTime(field, time) else { throw DateTimeField.unsupported(name, typeName) }
            return result
        case .timetz(let time, let west):
            switch field {
            case .timezone, .timezoneHour, .timezoneMinute: return zone(field, -Int64(west))
            case .epoch: return Numeric(time + Int64(west) * 1_000_000, scale: 6)
            default:
                guard let result = ofTime(field, time) else { throw DateTimeField.unsupported(name, typeName) }
                return result
            }
        case .interval(let interval): return try ofInterval(field, interval, name)
        default: return nil
        }
    }

    private static func zone(_ field: DateTimeField, _ east: Int64) -> Numeric {
        switch field {
        case .timezoneHour: Numeric(east / 3600)
        case .timezoneMinute: Numeric(east / 60 % 60)
        default: Numeric(east)
        }
    }

    private static func infinite(
        _ field: DateTimeField, _ name: String, isNegative: Bool, _ type: String
    ) throws(SQLError) -> Numeric? {
        switch field {
        case .year, .decade, .century, .millennium, .julian, .isoyear, .epoch: return isNegative ? .negativeInfinity : .infinity
        default:
            let isTimeOfDate = type == "date" && [.hour, .minute, .second, .microsecond, .millisecond, .timezone].contains(field)
            if isTimeOfDate { throw DateTimeField.unsupported(name, type) }
            return nil
        }
    }

    private static func ofTime(_ field: DateTimeField, _ time: Int64) -> Numeric? {
        switch field {
        case .microsecond: Numeric(time % 60_000_000)
        case .millisecond: Numeric(time % 60_000_000, scale: 3)
        case .second: Numeric(time % 60_000_000, scale: 6)
        case .minute: Numeric(time / 60_000_000 % 60)
        case .hour: Numeric(time / 3_600_000_000)
        case .epoch: Numeric(time, scale: 6)
        default: nil
        }
    }

    private static func ofDate(_ field: DateTimeField, _ time: BrokenDownTime) throws(SQLError) -> Numeric? {
        if field != .epoch, let result = ofTime(field, time.microsecondsOfDay) { return result }
        let year = time.year
        let result: Int
        switch field {
        case .day: result = time.day
        case .month: result = time.month
        case .quarter: result = (time.month - 1) / 3 + 1
        case .week: result = Calendar.isoWeek(julianDay: time.julianDay).week
        case .isoyear:
            let iso = Calendar.isoWeek(julianDay: time.julianDay).year
            result = iso > 0 ? iso : iso - 1
        case .year: result = year > 0 ? year : year - 1
        case .decade: result = year >= 0 ? year / 10 : -((8 - (year - 1)) / 10)
        case .century: result = year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100)
        case .millennium: result = year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000)
        case .dow: result = Calendar.weekday(julianDay: time.julianDay)
        case .isodow:
            let day = Calendar.weekday(julianDay: time.julianDay)
            result = day == 0 ? 7 : day
        case .doy: result = time.dayOfYear
        default: return nil
        }
        return Numeric(Int64(result))
    }

    private static func ofInterval(_ field: DateTimeField, _ interval: Interval, _ name: String) throws(SQLError) -> Numeric? {
        let parts = IntervalParts(interval)
        switch field {
        case .microsecond: return Numeric(Int64(parts.seconds * 1_000_000 + parts.microseconds))
        case .millisecond: return Numeric(Int64(parts.seconds * 1_000_000 + parts.microseconds), scale: 3)
        case .second: return Numeric(Int64(parts.seconds * 1_000_000 + parts.microseconds), scale: 6)
        case .minute: return Numeric(Int64(parts.minutes))
        case .hour: return Numeric(Int64(parts.hours))
        case .day: return Numeric(Int64(parts.days))
        case .month: return Numeric(Int64(parts.months))
        case .quarter: return Numeric(Int64(parts.months / 3 + 1))
        case .year: return Numeric(Int64(parts.years))
        case .decade: return Numeric(Int64(parts.years / 10))
        case .century: return Numeric(Int64(parts.years / 100))
        case .millennium: return Numeric(Int64(parts.years / 1000))
        case .epoch:
            // A year has 365.25 days here.
            let days = Int128(interval.months / 12) * 1461 * 6 + Int128(interval.months % 12) * 720 + Int128(interval.days) * 24
            return Numeric(wide: days * 3_600_000_000 + Int128(interval.microseconds), scale: 6)
        default: throw DateTimeField.unsupported(name, "interval")
        }
    }

    // MARK: Truncation

    static func truncated(_ name: String, _ moment: Int64, _ type: String) throws(SQLError) -> (moment: Int64, isDate: Bool) {
        guard let field = DateTimeField(named: name) else { throw DateTimeField.unknown(name, type) }
        var time = BrokenDownTime(timestamp: DateTimeConversion.isInfinite(moment) ? 0 : moment)
        func clearTime() {
            time.hour = 0
            time.minute = 0
            time.second = 0
            time.microsecond = 0
        }
        var isDate = true
        switch field {
        case .week:
            let (year, week) = Calendar.isoWeek(julianDay: time.julianDay)
            (time.year, time.month, time.day) = Calendar.date(julianDay: Calendar.firstISOWeek(year) + (week - 1) * 7)
            clearTime()
        case .millennium, .century, .decade, .year:
            switch field {
            case .millennium:
                time.year = time.year > 0 ? (time.year + 999) / 1000 * 1000 - 999 : -((999 - (time.year - 1)) / 1000) * 1000 + 1
            case .century: time.year = time.year > 0 ? (time.year + 99) / 100 * 100 - 99 : -((99 - (time.year - 1)) / 100) * 100 + 1
            case .decade: time.year = time.year > 0 ? time.year / 10 * 10 : -((8 - (time.year - 1)) / 10) * 10
            default: break
            }
            (time.month, time.day) = (1, 1)
            clearTime()
        case .quarter:
            (time.month, time.day) = ((time.month - 1) / 3 * 3 + 1, 1)
            clearTime()
        case .month:
            time.day = 1
            clearTime()
        case .day: clearTime()
        case .hour, .minute, .second, .millisecond, .microsecond:
            isDate = false
            let unit: Int64 =
                field == .hour
                ? 3_600_000_000
                : field == .minute
                    ? 60_000_000
                    : field == .second
                        ? 1_000_000
                        : field == .millisecond ? 1000 : 1
            if DateTimeConversion.isInfinite(moment) { return (moment, false) }
            return (moment - Calendar.floorDivide(moment, unit).remainder, false)
        default: throw DateTimeField.unsupported(name, type)
        }
        if DateTimeConversion.isInfinite(moment) { return (moment, isDate) }
        guard let result = time.timestamp else { throw DateTimeArithmetic.outOfRange("timestamp") }
        isDate = true
        return (result, isDate)
    }

    static func truncated(_ name: String, _ interval: Interval) throws(SQLError) -> Interval {
        guard let field = DateTimeField(named: name) else { throw DateTimeField.unknown(name, "interval") }
        var result = interval
        func cut(_ unit: Int64) { result.microseconds -= result.microseconds % unit }
        switch field {
        case .microsecond: break
        case .millisecond: cut(1000)
        case .second: cut(1_000_000)
        case .minute: cut(60_000_000)
        case .hour: cut(3_600_000_000)
        case .day: result.microseconds = 0
        case .month: result = Interval(months: interval.months)
        case .quarter: result = Interval(months: interval.months / 3 * 3)
        case .year: result = Interval(months: interval.months / 12 * 12)
        case .decade: result = Interval(months: interval.months / 120 * 120)
        case .century: result = Interval(months: interval.months / 1200 * 1200)
        case .millennium: result = Interval(months: interval.months / 12000 * 12000)
        case .week:
            throw SQLError(
                .featureNotSupported, "unit \"week\" not supported for type interval", detail: "Months usually have fractional weeks.")
        default: throw DateTimeField.unsupported(name, "interval")
        }
        return result
    }
}
