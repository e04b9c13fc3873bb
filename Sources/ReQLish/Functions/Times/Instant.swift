import Catalog
import Ground

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
    var dayOfWeek: Int { date.dayOfWeek }
    /// 1 to 366.
    var dayOfYear: Int { dayNumber - CalendarDate(year: date.year, month: 1, day: 1).dayNumber + 1 }
}

extension CalendarDate {
    /// The years that calendar terms work on.
    static let years = 1400...9999

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
