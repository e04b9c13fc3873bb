/// Sums and differences of dates, times and intervals.
enum DateTimeArithmetic {
    static func outOfRange(_ type: String) -> SQLError { SQLError(.datetimeFieldOverflow, "\(type) out of range") }

    /// A date and a time of the day, in either order.
    static func join(_ a: SQLValue, _ b: SQLValue, isZoned: Bool, _ context: CallContext) throws(SQLError) -> SQLValue {
        let (days, time): (Int32, SQLValue)
        if case .date(let date) = a { (days, time) = (date, b) } else { (days, time) = (b.days, a) }
        let start = try DateTimeConversion.timestamp(days)
        if DateTimeConversion.isInfinite(start) { return isZoned ? .timestamptz(start) : .timestamp(start) }
        switch time {
        case .timetz(let clock, let west):
            let moment = start + clock + Int64(west) * 1_000_000
            guard Calendar.isTimestamp(moment) else { throw outOfRange("timestamp") }
            return .timestamptz(moment)
        default:
            let local = start + time.microseconds
            guard Calendar.isTimestamp(local) else { throw outOfRange("timestamp") }
            return isZoned ? .timestamptz(try DateTimeConversion.utc(local, context.session.settings.timeZone)) : .timestamp(local)
        }
    }

    /// Months first, clipped to the month's end, then days, then the time.
    static func add(_ moment: Int64, _ interval: Interval) throws(SQLError) -> Int64 {
        if DateTimeConversion.isInfinite(moment) { return moment }
        var (days, time) = Calendar.split(moment)
        if interval.months != 0 { days = try addMonths(days, Int(interval.months)) }
        days += Int(interval.days)
        guard days > -5_000_000, days < 2_200_000_000, let date = Calendar.timestamp(days: days, microseconds: time) else {
            throw outOfRange("timestamp")
        }
        time = date
        let (sum, overflow) = time.addingReportingOverflow(interval.microseconds)
        guard !overflow, Calendar.isTimestamp(sum) else { throw outOfRange("timestamp") }
        return sum
    }

    private static func addMonths(_ days: Int, _ months: Int) throws(SQLError) -> Int {
        var (year, month, day) = Calendar.date(days: days)
        let total = year * 12 + month - 1 + months
        year = total >= 0 ? total / 12 : -((11 - total) / 12)
        month = total - year * 12 + 1
        guard year > -4800, year < 6_000_000 else { throw outOfRange("timestamp") }
        day = min(day, Calendar.dayCount(year: year, month: month))
        return Calendar.days(year: year, month: month, day: day)
    }

    /// Months and days by the zone's clocks, the rest by the time that passes.
    static func add(zoned moment: Int64, _ interval: Interval, _ zone: SQLTimeZone) throws(SQLError) -> Int64 {
        if DateTimeConversion.isInfinite(moment) { return moment }
        var moment = moment
        if interval.months != 0 || interval.days != 0 {
            let local = try DateTimeConversion.local(moment, zone)
            let sum = try add(local, Interval(months: interval.months, days: interval.days))
            moment = try DateTimeConversion.utc(sum, zone)
        }
        let (sum, overflow) = moment.addingReportingOverflow(interval.microseconds)
        guard !overflow, Calendar.isTimestamp(sum) else { throw outOfRange("timestamp") }
        return sum
    }

    static func negated(_ interval: Interval) throws(SQLError) -> Interval {
        guard interval.months != .min, interval.days != .min, interval.microseconds != .min else { throw outOfRange("interval") }
        return Interval(months: -interval.months, days: -interval.days, microseconds: -interval.microseconds)
    }

    static func add(_ a: Interval, _ b: Interval) throws(SQLError) -> Interval {
        let (months, first) = a.months.addingReportingOverflow(b.months)
        let (days, second) = a.days.addingReportingOverflow(b.days)
        let (microseconds, third) = a.microseconds.addingReportingOverflow(b.microseconds)
        if first || second || third { throw outOfRange("interval") }
        return Interval(months: months, days: days, microseconds: microseconds)
    }

    /// The difference as days and time.
    static func difference(_ a: Int64, _ b: Int64) throws(SQLError) -> Interval {
        if DateTimeConversion.isInfinite(a) || DateTimeConversion.isInfinite(b) {
            throw SQLError(.datetimeFieldOverflow, "cannot subtract infinite timestamps")
        }
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        if overflow { throw outOfRange("interval") }
        let (days, rest) = difference.quotientAndRemainder(dividingBy: Calendar.microsecondsPerDay)
        guard let days = Int32(exactly: days) else { throw outOfRange("interval") }
        return Interval(days: days, microseconds: rest)
    }

    /// What is broken of a month goes to days, what is broken of a day to the time.
    static func multiply(_ interval: Interval, by factor: Double) throws(SQLError) -> Interval {
        func whole(_ value: Double) throws(SQLError) -> Int32 {
            guard !value.isNaN, value >= -2_147_483_648, value <= 2_147_483_647 else { throw outOfRange("interval") }
            return Int32(value.rounded(.towardZero))
        }
        func rounded(_ value: Double) -> Double { (value * 1_000_000).rounded(.toNearestOrEven) / 1_000_000 }
        let months = Double(interval.months) * factor
        let days = Double(interval.days) * factor
        let wholeMonths = try whole(months)
        let wholeDays = try whole(days)
        var monthRest = (months - Double(wholeMonths)) * 30
        monthRest = rounded(monthRest)
        var seconds = (days - Double(wholeDays) + monthRest - monthRest.rounded(.towardZero)) * 86400
        seconds = rounded(seconds)
        var dayCount = wholeDays
        if seconds.magnitude >= 86400 {
            let extra = try whole(seconds / 86400)
            dayCount = dayCount &+ extra
            seconds -= Double(extra) * 86400
        }
        let (sum, overflow) = dayCount.addingReportingOverflow(try whole(monthRest))
        let microseconds = (Double(interval.microseconds) * factor + seconds * 1_000_000).rounded(.toNearestOrEven)
        guard !overflow, microseconds.magnitude < 9.223372036854775e18 else { throw outOfRange("interval") }
        return Interval(months: wholeMonths, days: sum, microseconds: Int64(microseconds))
    }

    static func divide(_ interval: Interval, by divisor: Double) throws(SQLError) -> Interval {
        if divisor == 0 { throw ArithmeticFunctions.divisionByZero }
        func rounded(_ value: Double) -> Double { (value * 1_000_000).rounded(.toNearestOrEven) / 1_000_000 }
        let months = (Double(interval.months) / divisor).rounded(.towardZero)
        let days = (Double(interval.days) / divisor).rounded(.towardZero)
        let monthRest = rounded((Double(interval.months) / divisor - months) * 30)
        var seconds = rounded((Double(interval.days) / divisor - days + monthRest - monthRest.rounded(.towardZero)) * 86400)
        var dayCount = days
        if seconds.magnitude >= 86400 {
            let extra = (seconds / 86400).rounded(.towardZero)
            dayCount += extra
            seconds -= extra * 86400
        }
        dayCount += monthRest.rounded(.towardZero)
        let microseconds = (Double(interval.microseconds) / divisor + seconds * 1_000_000).rounded(.toNearestOrEven)
        guard let months = Int32(exactly: months), let days = Int32(exactly: dayCount), microseconds.magnitude < 9.223372036854775e18 else {
            throw outOfRange("interval")
        }
        return Interval(months: months, days: days, microseconds: Int64(microseconds))
    }

    /// The difference as years, months, days and time: symbolic, as people count.
    static func age(_ a: Int64, _ b: Int64) throws(SQLError) -> Interval {
        if DateTimeConversion.isInfinite(a) || DateTimeConversion.isInfinite(b) {
            throw SQLError(.datetimeFieldOverflow, "cannot subtract infinite timestamps")
        }
        let isNegative = a < b
        let later = BrokenDownTime(timestamp: isNegative ? b : a)
        let earlier = BrokenDownTime(timestamp: isNegative ? a : b)
        var time = later.microsecondsOfDay - earlier.microsecondsOfDay
        var day = later.day - earlier.day
        var month = later.month - earlier.month
        var year = later.year - earlier.year
        if time < 0 {
            time += Calendar.microsecondsPerDay
            day -= 1
        }
        while day < 0 {
            // The days of the earlier date's month.
            day +=
                isNegative
                ? Calendar.dayCount(year: earlier.year, month: earlier.month) : Calendar.dayCount(year: earlier.year, month: earlier.month)
            month -= 1
        }
        while month < 0 {
            month += 12
            year -= 1
        }
        let sign = isNegative ? -1 : 1
        return Interval(months: Int32(sign * (year * 12 + month)), days: Int32(sign * day), microseconds: Int64(sign) * time)
    }

    // MARK: Justifying

    static func justifyHours(_ interval: Interval) throws(SQLError) -> Interval {
        let (days, rest) = interval.microseconds.quotientAndRemainder(dividingBy: Calendar.microsecondsPerDay)
        var result = Interval(months: interval.months, microseconds: rest)
        guard let day = Int32(exactly: Int64(interval.days) + days) else { throw outOfRange("interval") }
        result.days = day
        if result.days > 0, result.microseconds < 0 {
            result.microseconds += Calendar.microsecondsPerDay
            result.days -= 1
        } else if result.days < 0, result.microseconds > 0 {
            result.microseconds -= Calendar.microsecondsPerDay
            result.days += 1
        }
        return result
    }

    static func justifyDays(_ interval: Interval) throws(SQLError) -> Interval {
        let (months, rest) = interval.days.quotientAndRemainder(dividingBy: 30)
        let (sum, overflow) = interval.months.addingReportingOverflow(months)
        if overflow { throw outOfRange("interval") }
        var result = Interval(months: sum, days: rest, microseconds: interval.microseconds)
        if result.months > 0, result.days < 0 {
            result.days += 30
            result.months -= 1
        } else if result.months < 0, result.days > 0 {
            result.days -= 30
            result.months += 1
        }
        return result
    }

    static func justify(_ interval: Interval) throws(SQLError) -> Interval {
        var result = interval
        if result.days > 0 && result.microseconds > 0 || result.days < 0 && result.microseconds < 0 {
            let months = result.days / 30
            result.days -= months * 30
            let (sum, overflow) = result.months.addingReportingOverflow(months)
            if overflow { throw outOfRange("interval") }
            result.months = sum
        }
        let extra = result.microseconds / Calendar.microsecondsPerDay
        result.microseconds -= extra * Calendar.microsecondsPerDay
        guard let days = Int32(exactly: Int64(result.days) + extra) else { throw outOfRange("interval") }
        result.days = days
        let months = result.days / 30
        result.days -= months * 30
        let (sum, overflow) = result.months.addingReportingOverflow(months)
        if overflow { throw outOfRange("interval") }
        result.months = sum
        if result.months > 0, result.days < 0 || result.days == 0 && result.microseconds < 0 {
            result.days += 30
            result.months -= 1
        } else if result.months < 0, result.days > 0 || result.days == 0 && result.microseconds > 0 {
            result.days -= 30
            result.months += 1
        }
        if result.days > 0, result.microseconds < 0 {
            result.microseconds += Calendar.microsecondsPerDay
            result.days -= 1
        } else if result.days < 0, result.microseconds > 0 {
            result.microseconds -= Calendar.microsecondsPerDay
            result.days += 1
        }
        return result
    }
}
