import Catalog
import Ground

/// Times as ISO 8601 text.
///
///     date   YYYY  YYYY-MM  YYYY-MM-DD  YYYYMMDD  YYYY-DDD  YYYYDDD
///     time   HH  HH:MM  HHMM  HH:MM:SS[.fraction]  HHMMSS[.fraction]
///     text   date [T time [zone]]
enum ISO8601 {
    /// `r.ISO8601(text, {defaultTimezone: zone})`.
    static func parse(_ text: Datum, defaultTimezone: Datum? = nil) throws(ReQLError) -> Datum {
        let bytes = try Strings.utf8(text)
        var defaultOffset: Int?
        if let defaultTimezone { defaultOffset = try Times.zoneOffset(defaultTimezone) }
        var scanner = ISO8601Scanner(bytes: bytes)
        let date = try scanner.date()
        var milliseconds = 0
        var zone: Int?
        if scanner.take("T") {
            milliseconds = try scanner.timeOfDay()
            let rest = bytes[scanner.position...]
            if !rest.isEmpty { zone = try Times.zoneOffset(Datum(utf8: rest.span)) }
        } else if !scanner.isAtEnd {
            throw scanner.error("has text after the date where `T` and a time could stand")
        }
        guard let offset = zone ?? defaultOffset else {
            throw scanner.error("has no time zone, and there is no default one")
        }
        try Times.checkDate(date)
        return Times.instant(date, milliseconds: milliseconds, seconds: 0, offsetMinutes: offset).datum
    }

    /// `time.toISO8601()`: `YYYY-MM-DDTHH:MM:SS[.mmm]±HH:MM`.
    static func text(_ time: Datum) throws(ReQLError) -> Datum {
        let instant = try TypeCheck.time(time)
        let parts = try instant.parts()
        var text = padded(parts.date.year, 4) + "-" + padded(parts.date.month, 2)
        text += "-" + padded(parts.date.day, 2) + "T" + padded(parts.hours, 2)
        text += ":" + padded(parts.minutes, 2) + ":" + padded(parts.milliseconds / 1_000, 2)
        let fraction = parts.milliseconds % 1_000
        if fraction != 0 { text += "." + padded(fraction, 3) }
        return Datum(text + TimeZoneText.string(instant.offsetMinutes))
    }

    /// Decimal digits with leading zeros.
    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// A reader of the pieces of an ISO 8601 text, from left to right.
private struct ISO8601Scanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    func error(_ what: String) -> ReQLError {
        ReQLError(.queryLogic, "The ISO 8601 time \(Datum(utf8: bytes.span).shortText) \(what).")
    }

    /// How many digits stand here.
    private var digitsAhead: Int { bytes[position...].prefix { $0 &- 0x30 < 10 }.count }

    private mutating func number(digits: Int, _ what: String) throws(ReQLError) -> Int {
        guard digitsAhead >= digits else { throw error("needs \(digits) digits for the \(what) at byte \(position)") }
        defer { position += digits }
        return bytes[position..<position + digits].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    mutating func date() throws(ReQLError) -> CalendarDate {
        switch digitsAhead {
        case 8:
            return CalendarDate(
                year: try number(digits: 4, "year"), month: try number(digits: 2, "month"),
                day: try number(digits: 2, "day"))
        case 7:
            return try ordinalDate(year: try number(digits: 4, "year"))
        case 4:
            let year = try number(digits: 4, "year")
            guard take("-") else { return CalendarDate(year: year, month: 1, day: 1) }
            if digitsAhead == 3 { return try ordinalDate(year: year) }
            guard digitsAhead == 2 else { throw error("needs a month of two digits or a day of three after the year") }
            let month = try number(digits: 2, "month")
            guard take("-") else { return CalendarDate(year: year, month: month, day: 1) }
            guard digitsAhead == 2 else { throw error("needs two digits for the day") }
            return CalendarDate(year: year, month: month, day: try number(digits: 2, "day"))
        default:
            throw error("does not begin with YYYY, YYYY-MM, YYYY-MM-DD, YYYYMMDD, YYYY-DDD or YYYYDDD")
        }
    }

    private mutating func ordinalDate(year: Int) throws(ReQLError) -> CalendarDate {
        let dayOfYear = try number(digits: 3, "day of the year")
        let first = CalendarDate(year: year, month: 1, day: 1)
        guard dayOfYear >= 1, dayOfYear <= (first.isLeapYear ? 366 : 365) else {
            throw error("names a day of the year that does not exist")
        }
        return CalendarDate(dayNumber: first.dayNumber + dayOfYear - 1)
    }

    /// Milliseconds since midnight. As in RethinkDB the hour 24 and the minute 60 carry over.
    mutating func timeOfDay() throws(ReQLError) -> Int {
        var hours = 0
        var minutes = 0
        var milliseconds = 0
        switch digitsAhead {
        case 2:
            hours = try number(digits: 2, "hours")
            guard take(":") else { break }
            guard digitsAhead == 2 else { throw error("needs two digits for the minutes") }
            minutes = try number(digits: 2, "minutes")
            guard take(":") else { break }
            guard digitsAhead == 2 else { throw error("needs two digits for the seconds") }
            milliseconds = try seconds()
        case 4:
            hours = try number(digits: 2, "hours")
            minutes = try number(digits: 2, "minutes")
        case 6:
            hours = try number(digits: 2, "hours")
            minutes = try number(digits: 2, "minutes")
            milliseconds = try seconds()
        default:
            throw error("needs HH, HH:MM, HHMM, HH:MM:SS or HHMMSS after the `T`")
        }
        return (hours * 60 + minutes) * 60_000 + milliseconds
    }

    /// Seconds and their fraction, in milliseconds: 59.9996 rounds to the full minute.
    private mutating func seconds() throws(ReQLError) -> Int {
        let whole = try number(digits: 2, "seconds")
        guard take(".") else { return whole * 1_000 }
        let fraction = bytes[position..<position + digitsAhead].map { Int($0) - 0x30 }
        guard !fraction.isEmpty else { throw error("needs digits after the decimal point") }
        position += fraction.count
        var milliseconds = 0
        for place in 0..<3 { milliseconds = milliseconds * 10 + (place < fraction.count ? fraction[place] : 0) }
        if fraction.count > 3, fraction[3] >= 5 { milliseconds += 1 }
        return whole * 1_000 + milliseconds
    }
}
