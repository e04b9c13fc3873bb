import Catalog
import Ground

/// Functions of times. Parts are read in the zone that the time itself carries.
enum Times {
    // MARK: - Making times

    /// `r.epochTime(seconds)`, in UTC.
    static func epochTime(_ seconds: Datum) throws(ReQLError) -> Datum {
        Instant(epochSeconds: try TypeCheck.number(seconds), offsetMinutes: 0).datum
    }

    /// `r.time(year, month, day, [hours, minutes, seconds], zone)`: four or seven arguments.
    static func time(_ arguments: [Datum]) throws(ReQLError) -> Datum {
        guard arguments.count == 4 || arguments.count == 7, let zone = arguments.last else {
            throw ReQLError(
                .queryLogic,
                "time takes year, month, day and zone, or these with hours, minutes and seconds before the zone; found \(arguments.count) arguments."
            )
        }
        let date = CalendarDate(
            year: try TypeCheck.integer32(arguments[0]), month: try TypeCheck.integer32(arguments[1]),
            day: try TypeCheck.integer32(arguments[2]))
        var hours = 0
        var minutes = 0
        var seconds = 0.0
        if arguments.count == 7 {
            hours = try TypeCheck.integer32(arguments[3])
            minutes = try TypeCheck.integer32(arguments[4])
            seconds = try TypeCheck.number(arguments[5])
            guard seconds.magnitude < 1e15 else {
                throw ReQLError(.queryLogic, "The seconds \(arguments[5].shortText) are too many for a time.")
            }
        }
        let offset = try zoneOffset(zone)
        try checkDate(date)
        // As in RethinkDB, what is more than a day, an hour or a minute carries over.
        return instant(date, milliseconds: (hours * 60 + minutes) * 60_000, seconds: seconds, offsetMinutes: offset).datum
    }

    /// Seconds later, in the zone of the time.
    static func adding(_ seconds: Double, to time: Datum) throws(ReQLError) -> Datum {
        var instant = try TypeCheck.time(time)
        instant.epochSeconds += seconds
        guard instant.epochSeconds.isFinite else { throw ReQLError(.queryLogic, "The resulting time is too far away.") }
        return instant.datum
    }

    static func inTimezone(_ time: Datum, _ zone: Datum) throws(ReQLError) -> Datum {
        // The moment stays what it is, to the microsecond.
        .time(preciseEpochSeconds: try TypeCheck.time(time).epochSeconds, offsetMinutes: try zoneOffset(zone))
    }

    /// Midnight at which the time's day began, in its zone.
    static func date(_ time: Datum) throws(ReQLError) -> Datum {
        var instant = try TypeCheck.time(time)
        let parts = try instant.parts()
        instant.epochSeconds = Double(parts.dayNumber * 86_400 - instant.offsetMinutes * 60)
        return instant.datum
    }

    // MARK: - Reading times

    static func toEpochTime(_ time: Datum) throws(ReQLError) -> Datum {
        Datum(try TypeCheck.time(time).epochSeconds)
    }

    static func timezone(_ time: Datum) throws(ReQLError) -> Datum {
        Datum(TimeZoneText.string(try TypeCheck.time(time).offsetMinutes))
    }

    /// Seconds since midnight, with the milliseconds as a fraction.
    static func timeOfDay(_ time: Datum) throws(ReQLError) -> Datum {
        Datum(Double(try parts(time).millisecondOfDay) / 1_000)
    }

    static func year(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).date.year) }
    static func month(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).date.month) }
    static func day(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).date.day) }
    static func hours(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).hours) }
    static func minutes(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).minutes) }
    static func dayOfWeek(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).dayOfWeek) }
    static func dayOfYear(_ time: Datum) throws(ReQLError) -> Datum { Datum(try parts(time).dayOfYear) }

    /// Seconds of the minute, with the milliseconds as a fraction.
    static func seconds(_ time: Datum) throws(ReQLError) -> Datum {
        Datum(Double(try parts(time).milliseconds) / 1_000)
    }

    /// Whether a time lies between two others; the left bound belongs to the span, the right one does not, unless stated.
    static func during(
        _ time: Datum, _ start: Datum, _ end: Datum, isLeftOpen: Bool = false, isRightClosed: Bool = false
    ) throws(ReQLError) -> Datum {
        let instant = try TypeCheck.time(time).epochSeconds
        let start = try TypeCheck.time(start).epochSeconds
        let end = try TypeCheck.time(end).epochSeconds
        let isAfterStart = isLeftOpen ? instant > start : instant >= start
        let isBeforeEnd = isRightClosed ? instant <= end : instant < end
        return Datum(isAfterStart && isBeforeEnd)
    }

    // MARK: - Parts

    private static func parts(_ time: Datum) throws(ReQLError) -> CalendarParts {
        try TypeCheck.time(time).parts()
    }

    /// Minutes east of UTC.
    static func zoneOffset(_ zone: Datum) throws(ReQLError) -> Int {
        let text = try TypeCheck.string(zone)
        guard let offset = TimeZoneText.offsetMinutes(text) else {
            throw ReQLError(
                .queryLogic,
                "The time zone \(zone.shortText) is none of `Z`, `+HH`, `+HHMM`, `+HH:MM` (or with `-`), at most 24:59, and not `-00:00`.")
        }
        return offset
    }

    static func checkDate(_ date: CalendarDate) throws(ReQLError) {
        guard !date.isValid else { return }
        guard CalendarDate.years.contains(date.year) else {
            throw ReQLError(.queryLogic, "The year \(date.year) lies outside the calendar of times, 1400 to 9999.")
        }
        throw ReQLError(.queryLogic, "There is no date \(date.year)-\(date.month)-\(date.day).")
    }

    /// A local date and time of day as a point in time. The seconds are rounded to milliseconds.
    static func instant(_ date: CalendarDate, milliseconds: Int, seconds: Double, offsetMinutes: Int) -> Instant {
        let whole = date.dayNumber * Instant.millisecondsPerDay + milliseconds - offsetMinutes * 60_000
        let total = Double(whole) + (seconds * 1_000).rounded()
        return Instant(epochSeconds: total / 1_000, offsetMinutes: offsetMinutes)
    }
}
