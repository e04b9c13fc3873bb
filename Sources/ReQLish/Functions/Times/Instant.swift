import Catalog

/// A point in time and the zone in which its parts are read: what a TIME datum holds.
struct Instant: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z, rounded to milliseconds.
    var epochSeconds: Double
    /// The zone: minutes east of UTC.
    var offsetMinutes: Int

    var datum: Datum { .time(epochSeconds: epochSeconds, offsetMinutes: offsetMinutes) }

    /// The local calendar date and the time of day; years from 1400 to 9999 only.
    func parts() throws(ReQLError) -> CalendarParts {
        let yearError = ReQLError(
            .queryLogic, "The calendar of times goes from the year 1400 to 9999; \(epochSeconds) seconds since 1970 lie outside it.")
        // Far outside the calendar, and safely inside Int64 milliseconds.
        guard epochSeconds.magnitude < 1e12 else { throw yearError }
        let milliseconds = Int((epochSeconds * 1_000).rounded()) + offsetMinutes * 60_000
        var day = milliseconds / Self.millisecondsPerDay
        var rest = milliseconds % Self.millisecondsPerDay
        if rest < 0 {
            day -= 1
            rest += Self.millisecondsPerDay
        }
        let date = CalendarDate(dayNumber: day)
        guard CalendarDate.years.contains(date.year) else { throw yearError }
        return CalendarParts(date: date, millisecondOfDay: rest, dayNumber: day)
    }

    static let millisecondsPerDay = 86_400_000
}

/// A calendar date and the time of day in some zone.
struct CalendarParts: Hashable, Sendable {
    var date: CalendarDate
    /// 0 to 86,399,999.
    var millisecondOfDay: Int
    /// Days since 1970-01-01.
    var dayNumber: Int

    var hours: Int { millisecondOfDay / 3_600_000 }
    var minutes: Int { millisecondOfDay / 60_000 % 60 }
    /// Milliseconds since the last full minute.
    var milliseconds: Int { millisecondOfDay % 60_000 }
    /// Monday is 1, Sunday 7.
    var dayOfWeek: Int { ((dayNumber + 3) % 7 + 7) % 7 + 1 }
    /// 1 to 366.
    var dayOfYear: Int { dayNumber - CalendarDate(year: date.year, month: 1, day: 1).dayNumber + 1 }
}

/// A date of the Gregorian calendar, extended to all years.
struct CalendarDate: Hashable, Sendable {
    var year: Int
    var month: Int
    var day: Int

    /// The years that calendar terms work on.
    static let years = 1400...9999

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date so many days after 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day ends them: month lengths then follow a straight line, 153 days
    /// to five months, and a cycle of 400 years has 146,097 days.
    init(dayNumber: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01; the inverse of `init(dayNumber:)`.
    var dayNumber: Int {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = (yearFromMarch >= 0 ? yearFromMarch : yearFromMarch - 399) / 400
        let yearOfEra = yearFromMarch - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Whether there is such a day, in a year of the calendar.
    var isValid: Bool {
        guard Self.years.contains(year), (1...12).contains(month), day >= 1 else { return false }
        switch month {
        case 2: return day <= (isLeapYear ? 29 : 28)
        case 4, 6, 9, 11: return day <= 30
        default: return day <= 31
        }
    }
}
