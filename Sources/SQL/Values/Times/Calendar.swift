import Ground

/// Days and microseconds as PostgreSQL counts them: from 2000-01-01, by the Gregorian calendar in all times.
enum Calendar {
    static let microsecondsPerDay: Int64 = 86_400_000_000
    static let microsecondsPerHour: Int64 = 3_600_000_000
    static let microsecondsPerMinute: Int64 = 60_000_000
    /// The Julian day number of 2000-01-01.
    static let julianEpoch = 2_451_545
    /// Days from 1970-01-01 to 2000-01-01.
    static let unixEpochDays = 10957

    static let infiniteDate = Int32.max
    static let negativeInfiniteDate = Int32.min
    static let infiniteTimestamp = Int64.max
    static let negativeInfiniteTimestamp = Int64.min

    /// The Julian day number of 1970-01-01.
    private static let julianUnixEpoch = 2_440_588

    /// Years count astronomically: 0 is 1 BC.
    static func julianDay(year: Int, month: Int, day: Int) -> Int {
        CalendarDate(year: year, month: month, day: day).dayNumber + julianUnixEpoch
    }

    static func date(julianDay: Int) -> (year: Int, month: Int, day: Int) {
        let date = CalendarDate(dayNumber: julianDay - julianUnixEpoch)
        return (date.year, date.month, date.day)
    }

    static func date(days: Int) -> (year: Int, month: Int, day: Int) { date(julianDay: days + julianEpoch) }
    static func days(year: Int, month: Int, day: Int) -> Int { julianDay(year: year, month: month, day: day) - julianEpoch }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Sunday is 0.
    static func weekday(julianDay: Int) -> Int {
        let day = (julianDay + 1) % 7
        return day < 0 ? day + 7 : day
    }

    /// The Julian day of the Monday that begins a year's first week by ISO 8601.
    static func firstISOWeek(_ year: Int) -> Int {
        let fourth = julianDay(year: year, month: 1, day: 4)
        return fourth - (weekday(julianDay: fourth) + 6) % 7
    }

    static func isoWeek(julianDay day: Int) -> (year: Int, week: Int) {
        var year = date(julianDay: day).year
        if day < firstISOWeek(year) { year -= 1 } else if day >= firstISOWeek(year + 1) { year += 1 }
        return (year, (day - firstISOWeek(year)) / 7 + 1)
    }

    /// Whether PostgreSQL's date has room for it: from 4714-11-24 BC to 5874897-12-31.
    static func isDate(days: Int) -> Bool { days >= -julianEpoch && days < 2_147_483_494 - julianEpoch }

    static func isTimestamp(_ value: Int64) -> Bool { value >= -211_813_488_000_000_000 && value < 9_223_371_331_200_000_000 }

    static func floorDivide(_ a: Int64, _ b: Int64) -> (quotient: Int64, remainder: Int64) {
        var (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        if remainder < 0 {
            quotient -= 1
            remainder += b
        }
        return (quotient, remainder)
    }

    /// A moment as days from 2000-01-01 and microseconds of the day.
    static func split(_ timestamp: Int64) -> (days: Int, microseconds: Int64) {
        let (days, rest) = floorDivide(timestamp, microsecondsPerDay)
        return (Int(days), rest)
    }

    /// Nil where it is out of range.
    static func timestamp(days: Int, microseconds: Int64) -> Int64? {
        let (product, overflow) = Int64(days).multipliedReportingOverflow(by: microsecondsPerDay)
        let (sum, carry) = product.addingReportingOverflow(microseconds)
        return overflow || carry || !isTimestamp(sum) ? nil : sum
    }
}

/// A moment taken apart.
struct BrokenDownTime {
    /// 0 is 1 BC.
    var year = 2000
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    /// Seconds east of UTC.
    var offset = 0
    var zoneAbbreviation = ""

    init() {}

    init(timestamp: Int64) {
        let (days, microseconds) = Calendar.split(timestamp)
        (year, month, day) = Calendar.date(days: days)
        set(microseconds)
    }

    mutating func set(_ microsecondsOfDay: Int64) {
        let seconds = microsecondsOfDay / 1_000_000
        microsecond = Int(microsecondsOfDay % 1_000_000)
        hour = Int(seconds / 3600)
        minute = Int(seconds / 60 % 60)
        second = Int(seconds % 60)
    }

    /// A timestamptz as it stands on a clock of the zone.
    init(timestamptz: Int64, zone: SQLTimeZone) {
        let local = zone.local(timestamptz)
        self.init(timestamp: timestamptz &+ Int64(local.offset) * 1_000_000)
        offset = Int(local.offset)
        zoneAbbreviation = local.abbreviation
    }

    var julianDay: Int { Calendar.julianDay(year: year, month: month, day: day) }
    var microsecondsOfDay: Int64 { Int64(((hour * 60 + minute) * 60 + second)) * 1_000_000 + Int64(microsecond) }
    var dayOfYear: Int { julianDay - Calendar.julianDay(year: year, month: 1, day: 1) + 1 }

    /// Nil where it is out of range.
    var timestamp: Int64? { Calendar.timestamp(days: julianDay - Calendar.julianEpoch, microseconds: microsecondsOfDay) }
}
